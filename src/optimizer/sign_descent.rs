//! x ← x − η sign ∇f(x), coordinate by coordinate.
//!
//! Hyper-parameters: η. Riedmiller & Braun, doi:10.1109/ICNN.1993.298623, without its adaptive steps; Bernstein et al.,
//! arXiv:1802.04434. Twin of `shaders/optimizer/sign_descent.wgsl`.

use crate::function::Unary;
use crate::hyperparameter::Hyperparameter;
use crate::optimizer::{Common, LEARNING_RATE, Moment, Update};
use crate::real::Real;

/// Steps of one length in every coordinate.
#[derive(Clone, Copy, Debug)]
pub struct SignDescent;

impl Update for SignDescent {
    const FORMULA: &'static str = "x ← x − η sign ∇f(x)";
    const HYPERPARAMETERS: &'static [Hyperparameter] = &[LEARNING_RATE];
    const IS_MEMORYLESS: bool = true;

    #[inline(always)]
    fn update<R: Real>(&self, _moment: Moment<R>, hyper: &[R], _common: &Common<R>, _vectors: &mut [R], x: &mut [R], gradient: &[R]) {
        let rate = -hyper[0];
        for i in 0..x.len() {
            x[i] = rate.mul_add(gradient[i].unary(Unary::Sign), x[i]);
        }
    }
}
