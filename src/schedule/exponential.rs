//! ηₜ = η γᵗ.
//!
//! Hyper-parameters: γ. As `torch.optim.lr_scheduler.ExponentialLR`. Twin of `shaders/schedule/exponential.wgsl`.

use crate::function::Binary;
use crate::hyperparameter::Hyperparameter;
use crate::real::Real;
use crate::schedule::{Course, Functions, GAMMA};

/// A learning rate that falls by the same factor at every step.
#[derive(Clone, Copy, Debug)]
pub struct Exponential;

impl Course for Exponential {
    const FORMULA: &'static str = "η γᵗ";
    const HYPERPARAMETERS: &'static [Hyperparameter] = &[GAMMA];
    const FUNCTIONS: Functions = Functions { unary: &[], binary: &[Binary::Power] };

    #[inline(always)]
    fn rate<R: Real>(&self, rate: R, time: R, hyper: &[R]) -> R {
        rate * hyper[0].binary(Binary::Power, time)
    }
}
