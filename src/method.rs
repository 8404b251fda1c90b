//! How points move: an update rule, what is done to gradients before, and how the learning rate changes.
//!
//! The hyper-parameters of a method stand in this order: the rule's, of which the first is what a schedule changes; one for each transform;
//! the steps of warm-up, if there is one; the schedule's.

use crate::hyperparameter::Hyperparameter;
use crate::optimizer::Optimizer;
use crate::real::Real;
use crate::schedule::Schedule;
use crate::transform::Transform;

/// W: with 0, the first steps are full ones; else ηₜ is a share (t + 1)/(W + 1) of the learning rate for t < W, and the schedule begins at t = W.
/// As `torch.optim.lr_scheduler.LinearLR` with `start_factor` 1/(W + 1), one after the other by `SequentialLR`.
const WARMUP: Hyperparameter = Hyperparameter::asked("warmup");

/// How points move.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Method {
    optimizer: Optimizer,
    /// How many numbers the rule takes.
    own: usize,
    /// Which of [`Transform::ALL`] are applied.
    transforms: [bool; Transform::ALL.len()],
    warms_up: bool,
    schedule: Schedule,
}

impl From<Optimizer> for Method {
    fn from(optimizer: Optimizer) -> Self {
        let own = optimizer.hyperparameters().len();
        Self { optimizer, own, transforms: [false; Transform::ALL.len()], warms_up: false, schedule: Schedule::Constant }
    }
}

impl Method {
    /// The same rule under a schedule.
    pub fn with_schedule(self, schedule: Schedule) -> Self {
        Self { schedule, ..self }
    }

    /// The same with the option of this name, a transform or `warmup`, if there is one that the rule has not itself.
    pub fn with_option(self, name: &str) -> Option<Self> {
        let mut method = self;
        if name == WARMUP.name && !self.searches() {
            method.warms_up = true;
        } else {
            let number = self.free_transforms().find(|number| Transform::ALL[*number].hyperparameter().name == name)?;
            method.transforms[number] = true;
        }
        Some(method)
    }

    /// The names of all options that it may have.
    pub fn options(&self) -> impl Iterator<Item = &'static str> + '_ {
        self.free_transforms().map(|number| Transform::ALL[number].hyperparameter().name).chain((!self.searches()).then_some(WARMUP.name))
    }

    /// Whether the rule finds its own step, so that there is nothing to transform or to schedule.
    pub fn searches(&self) -> bool {
        self.optimizer.traits().searches
    }

    /// The transforms, by number, whose names are not those of numbers of the rule.
    fn free_transforms(&self) -> impl Iterator<Item = usize> + '_ {
        let own = self.optimizer.hyperparameters();
        (0..Transform::ALL.len())
            .filter(|_| !self.searches())
            .filter(|number| own.iter().all(|own| own.name != Transform::ALL[*number].hyperparameter().name))
    }

    /// The update rule.
    pub fn optimizer(&self) -> Optimizer {
        self.optimizer
    }

    /// How the learning rate changes.
    pub fn schedule(&self) -> Schedule {
        self.schedule
    }

    /// What is done to gradients, in this order.
    pub fn transforms(&self) -> impl Iterator<Item = Transform> + '_ {
        Transform::ALL.iter().zip(self.transforms).filter(|(_, is_applied)| *is_applied).map(|(transform, _)| *transform)
    }

    /// Whether the learning rate grows in the first steps.
    pub fn warms_up(&self) -> bool {
        self.warms_up
    }

    /// Whether the learning rate is the same at all steps.
    pub fn is_steady(&self) -> bool {
        !self.warms_up && self.schedule == Schedule::Constant
    }

    /// Whether gradients and the learning rate reach the rule as they are.
    pub fn is_plain(&self) -> bool {
        self.is_steady() && self.transforms().next().is_none()
    }

    /// Whether an update that leaves a point as it is will do so for ever.
    pub fn is_memoryless(&self) -> bool {
        self.is_steady() && self.optimizer.traits().is_memoryless
    }

    /// Whether a descent that no longer moves is at a stationary point of the loss, up to rounding.
    pub fn rests_at_minima(&self) -> bool {
        self.transforms().all(|transform| transform != Transform::WeightDecay)
    }

    /// All numbers that it takes.
    pub fn hyperparameters(&self) -> Vec<&'static Hyperparameter> {
        let transforms = self.transforms().map(Transform::hyperparameter);
        let own = self.optimizer.hyperparameters().iter();
        own.chain(transforms).chain(self.warms_up.then_some(&WARMUP)).chain(self.schedule.hyperparameters()).collect()
    }

    /// Where the numbers of the transforms, of the warm-up, and of the schedule begin among all.
    pub fn places(&self) -> [usize; 3] {
        let warmup = self.own + self.transforms().count();
        [self.own, warmup, warmup + usize::from(self.warms_up)]
    }

    /// Makes of ∇f(x) what the rule gets: changes `gradient` (`R[D]`) at `x` (`R[D]`). `hyper` are all numbers of the method.
    #[inline(always)]
    pub fn change<R: Real>(&self, hyper: &[R], x: &[R], gradient: &mut [R]) {
        let mut number = self.own;
        for (transform, is_applied) in Transform::ALL.iter().zip(self.transforms) {
            if is_applied {
                transform.change(hyper[number], x, gradient);
                number += 1;
            }
        }
    }

    /// The first of `hyper`, all of the method's, as it is after `updates` updates.
    #[inline(always)]
    pub fn rate<R: Real>(&self, updates: R, hyper: &[R]) -> R {
        let [_, warmup, schedule] = self.places();
        if !self.warms_up {
            return self.schedule.rate(hyper[0], updates, &hyper[schedule..]);
        }
        let (one, steps) = (R::splat(1.0), hyper[warmup]);
        let is_warm = steps.less_or_equal(updates);
        let time = R::select(is_warm, updates - steps, R::splat(0.0));
        let share = R::select(is_warm, one, (updates + one) / (steps + one));
        share * self.schedule.rate(hyper[0], time, &hyper[schedule..])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_that_the_rule_has_itself_are_not_offered() {
        let names = |optimizer| Method::from(optimizer).options().collect::<Vec<_>>();
        assert_eq!(names(Optimizer::Adam), ["clip_value", "clip_norm", "weight_decay", "warmup"]);
        assert_eq!(names(Optimizer::Adamw), ["clip_value", "clip_norm", "warmup"]);
        assert!(Method::from(Optimizer::Adamw).with_option("weight_decay").is_none());
        assert!(Method::from(Optimizer::Adam).with_option("warm").is_none());
        assert_eq!(names(Optimizer::SteepestDescent), [""; 0]);
        assert!(Method::from(Optimizer::SteepestDescent).with_option("warmup").is_none());
    }

    #[test]
    fn numbers_stand_in_order() {
        let method = Method::from(Optimizer::Momentum).with_schedule(Schedule::Cosine);
        let method = ["warmup", "weight_decay", "clip_value"].iter().fold(method, |method, name| method.with_option(name).unwrap());
        let names: Vec<&str> = method.hyperparameters().iter().map(|hyper| hyper.name).collect();
        let expected =
            ["learning_rate", "momentum", "dampening", "clip_value", "weight_decay", "warmup", "decay_steps", "min_learning_rate"];
        assert_eq!(names, expected);
        assert_eq!(method.places(), [3, 5, 6]);
        assert!(!method.is_plain() && !method.is_steady());
    }

    #[test]
    fn a_warm_up_grows_evenly_and_then_the_schedule_begins() {
        let method = Method::from(Optimizer::GradientDescent).with_schedule(Schedule::InverseTime).with_option("warmup").unwrap();
        let rates = |warmup: f64| -> Vec<f64> { (0..6).map(|t| method.rate(f64::from(t), &[1.0, warmup, 1.0])).collect() };
        assert_eq!(rates(3.0), [0.25, 0.5, 0.75, 1.0, 0.5, 1.0 / 3.0]);
        assert_eq!(rates(0.0), [1.0, 0.5, 1.0 / 3.0, 0.25, 0.2, 1.0 / 6.0]);
    }
}
