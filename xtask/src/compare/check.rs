//! Whether a peer ended every descent as thalweg did.
//!
//! Both round to f32, in different orders. A step rounds x − η∇f(x) by a few units in the last place of x, and where steps do not
//! increase distances k of them add up to k such units. So points reached in equally many steps are compared to (k + 16) · 2⁻²³ · ‖x‖₂, and
//! to the resolution of f32 at the scale of all ends, below which a sum of terms of either sign is not known. Rounding may move the step at
//! which a threshold is crossed, and on a boundary between two minima it decides which is reached: a few descents may therefore differ.

use serde::Deserialize;

use crate::compare::outcomes::Outcomes;

/// The shares of descents that rounding may move.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Allowance {
    /// By no more than [`SLACK`] steps.
    late: f64,
    /// Anywhere.
    stray: f64,
}

impl Default for Allowance {
    fn default() -> Self {
        Self { late: 0.01, stray: 1e-3 }
    }
}

/// Ends this many steps apart are those of the same descent.
const SLACK: u32 = 2;

/// How many of the compared descents differ, and in what.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Agreement {
    pub(super) compared: u64,
    status: u64,
    /// By more than [`SLACK`].
    steps: u64,
    /// By no more than [`SLACK`].
    late: u64,
    points: u64,
}

impl Agreement {
    /// The share of descents that end alike, up to rounding.
    pub(super) fn share(&self) -> f64 {
        1.0 - self.strays() as f64 / self.compared as f64
    }

    fn strays(&self) -> u64 {
        self.status + self.steps + self.points
    }

    fn judged(self, rounding: Allowance) -> Result<Self, String> {
        let allowed = |share: f64| (share * self.compared as f64) as u64;
        if self.strays() <= allowed(rounding.stray) && self.late <= allowed(rounding.late) {
            return Ok(self);
        }
        let Self { compared, status, steps, late, points } = self;
        let counts = format!("{status} statuses, {steps} numbers of steps, {points} final points; {late} end {SLACK} or fewer steps apart");
        Err(format!("computed something else: of {compared} descents there differ {counts}"))
    }
}

/// Compares each of `peer`'s descents with every `stride`-th of thalweg's, of which rounding may have moved some.
pub(super) fn compare(truth: &Outcomes, peer: &Outcomes, stride: usize, rounding: Allowance) -> Result<Agreement, String> {
    let wanted = truth.count().div_ceil(stride);
    let has_all = [&peer.steps.len(), &peer.statuses.len()].iter().all(|length| **length == wanted || **length == 0);
    if peer.count() != wanted || peer.dimension != truth.dimension || !has_all || wanted == 0 {
        return Err(format!("has {} descents of {} variables instead of {wanted} of {}", peer.count(), peer.dimension, truth.dimension));
    }
    let scale = truth.points.iter().map(|x| x.abs()).filter(|x| *x < 1e3).fold(0.0, f32::max);
    let mut found = Agreement { compared: wanted as u64, ..Agreement::default() };
    for (n, place) in (0..truth.count()).step_by(stride).enumerate() {
        let (mine, theirs) = (at(truth, place), at(peer, n));
        let (expected, taken) = (truth.steps[place], peer.steps.get(n).copied().unwrap_or(truth.steps[place]));
        let apart = expected.abs_diff(taken);
        if peer.statuses.get(n).is_some_and(|status| *status != truth.statuses[place]) {
            found.status += 1;
        } else if apart > SLACK {
            found.steps += 1;
        } else if apart > 0 {
            found.late += 1;
        } else if !are_close(mine, theirs, expected, scale) {
            found.points += 1;
        }
    }
    found.judged(rounding)
}

fn at(outcomes: &Outcomes, place: usize) -> &[f32] {
    &outcomes.points[place * outcomes.dimension..][..outcomes.dimension]
}

/// Whether two ends after `steps` steps are one point but for rounding. A NaN is close to nothing.
fn are_close(a: &[f32], b: &[f32], steps: u32, scale: f32) -> bool {
    let norm = |values: &mut dyn Iterator<Item = f64>| values.map(|value| value * value).sum::<f64>().sqrt();
    let distance = norm(&mut a.iter().zip(b).map(|(a, b)| f64::from(*a) - f64::from(*b)));
    let length = norm(&mut a.iter().map(|a| f64::from(*a)));
    let unit = f64::from(f32::EPSILON);
    distance <= unit * ((f64::from(steps) + 16.0) * length + f64::from(scale))
}

#[cfg(test)]
mod tests {
    use super::*;

    const COUNT: usize = 10_000;

    /// Ends of descents towards (1, −2), some of which stop early.
    fn truth() -> Outcomes {
        let end = |n: usize| (-(n as f32) / 4000.0).exp() * 1e-2;
        Outcomes {
            dimension: 2,
            points: (0..COUNT).flat_map(|n| [1.0 + end(n), -2.0 - end(n)]).collect(),
            steps: (0..COUNT).map(|n| 100 + n as u32 % 50).collect(),
            statuses: (0..COUNT).map(|n| if n % 3 == 0 { 4 } else { 1 }).collect(),
        }
    }

    fn fault(lie: impl FnOnce(&mut Outcomes)) -> String {
        let mut peer = truth();
        lie(&mut peer);
        compare(&truth(), &peer, 1, Allowance::default()).unwrap_err()
    }

    #[test]
    fn the_same_outcomes_agree_whole_by_sample_and_with_fixed_steps() {
        assert_eq!(compare(&truth(), &truth(), 1, Allowance::default()).unwrap().share(), 1.0);
        let every = |values: &[f32]| values.chunks(2).step_by(7).flatten().copied().collect();
        let sample = Outcomes { points: every(&truth().points), dimension: 2, ..Outcomes::default() };
        assert_eq!(compare(&truth(), &sample, 7, Allowance::default()).unwrap().compared, COUNT.div_ceil(7) as u64);
        assert!(compare(&truth(), &sample, 6, Allowance::default()).is_err());
    }

    #[test]
    fn rounding_and_a_few_strays_are_let_pass() {
        let mut peer = truth();
        peer.points.iter_mut().for_each(|x| *x *= 1.0 + 8.0 * f32::EPSILON);
        peer.steps.iter_mut().step_by(100).for_each(|steps| *steps += 1);
        peer.statuses[5] = 2;
        assert_eq!(compare(&truth(), &peer, 1, Allowance::default()).unwrap().share(), 1.0 - 1.0 / COUNT as f64);
    }

    #[test]
    fn every_lie_is_reported() {
        fault(|peer| peer.points.iter_mut().for_each(|x| *x = -*x));
        fault(|peer| peer.points.iter_mut().for_each(|x| *x *= 1.001));
        fault(|peer| peer.points.iter_mut().step_by(200).for_each(|x| *x = f32::NAN));
        fault(|peer| peer.points.rotate_left(200));
        fault(|peer| peer.points.fill(0.0));
        fault(|peer| peer.points.truncate(COUNT));
        fault(|peer| peer.steps.iter_mut().for_each(|steps| *steps += 1));
        fault(|peer| peer.steps.iter_mut().step_by(200).for_each(|steps| *steps += 3));
        fault(|peer| peer.steps.truncate(1));
        fault(|peer| peer.statuses.iter_mut().for_each(|status| *status = 1));
        fault(|peer| *peer = Outcomes::default());
    }

    #[test]
    fn a_fault_says_how_many_descents_differ_in_what() {
        let message = fault(|peer| peer.statuses.fill(2));
        assert!(message.contains("of 10000 descents there differ 10000 statuses, 0 numbers of steps"), "{message}");
    }
}
