//! Where a GPU takes the lead: in descents once it is running, and in steps when it must be started first.

use crate::cli::bench::measure::{Contender, Point};

/// What comes before a backend's first descent.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct StartUp {
    /// Seconds to find the adapter and open the device.
    pub(super) opening: f64,
    /// Seconds that the first run took longer than later ones of its size: compiling, above all.
    pub(super) first_run: f64,
}

impl StartUp {
    pub(super) fn seconds(self) -> f64 {
        self.opening + self.first_run
    }
}

/// Where a GPU takes the lead.
#[derive(Debug, PartialEq)]
pub(super) struct Crossover {
    pub(super) descents: u64,
    pub(super) adapter: String,
}

fn cpu(contenders: &[Contender]) -> Option<&Contender> {
    contenders.iter().find(|contender| contender.description.kind == "cpu")
}

/// The end-to-end seconds of so many descents, by those of the sizes around it: backends cut an experiment into tiles of their own, so
/// that their sizes differ.
fn seconds_of(points: &[Point], descents: u64) -> Option<f64> {
    let above = points.iter().position(|point| point.descents >= descents)?;
    let (above, below) = (points[above], points[above.saturating_sub(1)]);
    let part = match above.descents - below.descents {
        0 => (above.descents == descents).then_some(0.0)?,
        width => (above.descents - descents) as f64 / width as f64,
    };
    Some(above.end_to_end.seconds + part * (below.end_to_end.seconds - above.end_to_end.seconds))
}

/// The smallest size from which on some GPU, once it runs, ends before the cpu backend at every size that the cpu backend's cover.
pub(super) fn crossover(contenders: &[Contender]) -> Option<Crossover> {
    let cpu = cpu(contenders)?;
    let of = |contender: &Contender| {
        let shared = contender.points.iter().filter_map(|point| {
            let seconds = seconds_of(&cpu.points, point.descents)?;
            Some((point.descents, point.end_to_end.seconds < seconds))
        });
        let shared: Vec<(u64, bool)> = shared.collect();
        let ahead = shared.iter().rev().take_while(|(_, is_ahead)| *is_ahead).last()?;
        Some(Crossover { descents: ahead.0, adapter: contender.description.adapter.clone() })
    };
    contenders.iter().filter(|contender| contender.description.kind == "gpu").filter_map(of).min_by_key(|found| found.descents)
}

/// The steps from which on `gpu`, start-up included, ends before the cpu backend, by the rates of both at their largest size.
pub(super) fn steps_worth_starting(contenders: &[Contender], gpu: &Contender) -> Option<f64> {
    let seconds_a_step = |contender: &Contender| contender.points.last().map(|point| 1.0 / point.rate(point.end_to_end));
    let saved = seconds_a_step(cpu(contenders)?)? - seconds_a_step(gpu)?;
    (saved > 0.0).then(|| gpu.start_up.seconds() / saved)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backend::Description;
    use crate::cli::bench::measure::{Leg, Point};

    fn contender(kind: &'static str, times: &[(u64, f64)]) -> Contender {
        let point = |(descents, seconds): &(u64, f64)| {
            let leg = Leg { seconds: *seconds, shortest: *seconds, longest: *seconds };
            Point { descents: *descents, steps: 10 * descents, repeats: 1, resident: leg, end_to_end: leg }
        };
        Contender {
            description: Description { kind, adapter: kind.into(), driver: String::new(), lanes: 1, clock: "wall" },
            points: times.iter().map(point).collect(),
            start_up: StartUp { opening: 2.0, first_run: 1.0 },
            roofline: None,
            early_exits: None,
            precisions: Vec::new(),
            agreement: 1.0,
            compared: 0,
            endings: Vec::new(),
        }
    }

    #[test]
    fn the_crossover_is_where_the_lead_is_taken_for_good() {
        let cpu = || contender("cpu", &[(1, 1.0), (2, 2.0), (4, 4.0), (8, 8.0)]);
        let gpu = contender("gpu", &[(1, 0.5), (2, 3.0), (4, 3.0), (8, 3.0)]);
        assert_eq!(crossover(&[cpu(), gpu]).unwrap().descents, 4);
        assert_eq!(crossover(&[cpu(), contender("gpu", &[(1, 0.5), (2, 3.0)])]), None);
        // Sizes of its own: 6 descents take the cpu backend 6 s.
        let gpu = |seconds| contender("gpu", &[(3, 3.5), (6, seconds), (9, 0.1)]);
        assert_eq!(crossover(&[cpu(), gpu(5.9)]).unwrap().descents, 6);
        assert_eq!(crossover(&[cpu(), gpu(6.1)]), None);
    }

    #[test]
    fn starting_pays_once_the_steps_saved_make_up_for_it() {
        // 80 steps take 8 s on one and 2 s on the other: a step saves 0.075 s, and 3 s of start-up are worth 40 of them.
        let contenders = [contender("cpu", &[(8, 8.0)]), contender("gpu", &[(8, 2.0)]), contender("gpu", &[(8, 9.0)])];
        assert!((steps_worth_starting(&contenders, &contenders[1]).unwrap() - 40.0).abs() < 1e-9);
        assert_eq!(steps_worth_starting(&contenders, &contenders[2]), None);
    }
}
