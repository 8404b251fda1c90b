//! ηₜ = η/√(1 + k t).
//!
//! Hyper-parameters: k the decay rate. The rate of subgradient methods and of averaged stochastic descent; Nemirovski et al.,
//! doi:10.1137/070704277. Twin of `shaders/schedule/inverse_sqrt.wgsl`.

use crate::function::Unary;
use crate::hyperparameter::Hyperparameter;
use crate::real::Real;
use crate::schedule::{Course, DECAY_RATE};

/// A learning rate that falls as 1/√t.
#[derive(Clone, Copy, Debug)]
pub struct InverseSqrt;

impl Course for InverseSqrt {
    const FORMULA: &'static str = "η/√(1 + k t)";
    const HYPERPARAMETERS: &'static [Hyperparameter] = &[DECAY_RATE];

    #[inline(always)]
    fn rate<R: Real>(&self, rate: R, time: R, hyper: &[R]) -> R {
        rate / hyper[0].mul_add(time, R::splat(1.0)).unary(Unary::Sqrt)
    }
}
