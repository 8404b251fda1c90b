//! ηₜ = η/(1 + k t).
//!
//! Hyper-parameters: k the decay rate. Robbins & Monro, doi:10.1214/aoms/1177729586. Twin of `shaders/schedule/inverse_time.wgsl`.

use crate::hyperparameter::Hyperparameter;
use crate::real::Real;
use crate::schedule::{Course, DECAY_RATE};

/// A learning rate that falls as 1/t.
#[derive(Clone, Copy, Debug)]
pub struct InverseTime;

impl Course for InverseTime {
    const FORMULA: &'static str = "η/(1 + k t)";
    const HYPERPARAMETERS: &'static [Hyperparameter] = &[DECAY_RATE];

    #[inline(always)]
    fn rate<R: Real>(&self, rate: R, time: R, hyper: &[R]) -> R {
        rate / hyper[0].mul_add(time, R::splat(1.0))
    }
}
