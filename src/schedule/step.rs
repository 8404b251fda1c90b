//! ηₜ = η γ^⌊t/s⌋.
//!
//! Hyper-parameters: s the steps from one fall to the next, γ what η is multiplied by. As `torch.optim.lr_scheduler.StepLR`.
//! Twin of `shaders/schedule/step.wgsl`.

use crate::function::{Binary, Unary};
use crate::hyperparameter::Hyperparameter;
use crate::real::Real;
use crate::schedule::{Course, Functions, GAMMA};

/// A learning rate that falls from time to time.
#[derive(Clone, Copy, Debug)]
pub struct Step;

impl Course for Step {
    const FORMULA: &'static str = "η γ^⌊t/s⌋";
    const HYPERPARAMETERS: &'static [Hyperparameter] = &[Hyperparameter::asked("step_size").least(1.0), GAMMA.or(0.1)];
    const FUNCTIONS: Functions = Functions { unary: &[Unary::Floor], binary: &[Binary::Power] };

    #[inline(always)]
    fn rate<R: Real>(&self, rate: R, time: R, hyper: &[R]) -> R {
        let (zero, one, size) = (R::splat(0.0), R::splat(1.0), hyper[0]);
        let quotient = (time / size).unary(Unary::Floor);
        // A quotient that was rounded to or from a whole number is one too many or too few, which shows in the rest.
        let rest = (-size).mul_add(quotient, time);
        let quotient = R::select(rest.less(zero), quotient - one, R::select(size.less_or_equal(rest), quotient + one, quotient));
        rate * hyper[1].binary(Binary::Power, quotient)
    }
}
