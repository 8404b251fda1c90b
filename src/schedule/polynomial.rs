//! ηₜ = η (1 − min(t, T)/T)ᵖ.
//!
//! Hyper-parameters: T the steps after which it is 0, p the power. As `torch.optim.lr_scheduler.PolynomialLR`.
//! Twin of `shaders/schedule/polynomial.wgsl`.

use crate::function::Binary;
use crate::hyperparameter::Hyperparameter;
use crate::real::Real;
use crate::schedule::{Course, DECAY_STEPS, Functions, left};

/// A learning rate that falls to 0 as a power of the steps that are left.
#[derive(Clone, Copy, Debug)]
pub struct Polynomial;

impl Course for Polynomial {
    const FORMULA: &'static str = "η (1 − min(t, T)/T)ᵖ";
    const HYPERPARAMETERS: &'static [Hyperparameter] = &[DECAY_STEPS, Hyperparameter::of("power", 1.0)];
    const FUNCTIONS: Functions = Functions { unary: &[], binary: &[Binary::Power] };

    #[inline(always)]
    fn rate<R: Real>(&self, rate: R, time: R, hyper: &[R]) -> R {
        rate * left(time, hyper[0]).binary(Binary::Power, hyper[1])
    }
}
