//! Nesterov's momentum: b ← μ b + g, x ← x − η (g + μ b).
//!
//! Hyper-parameters: η, μ the momentum. Nesterov, Soviet Mathematics Doklady 27 (1983), in the form of `torch.optim.SGD`: x is the point
//! that looks ahead, at which the gradient is taken and the stop rule looks. State: b. Twin of `shaders/optimizer/nesterov.wgsl`.

use crate::hyperparameter::Hyperparameter;
use crate::optimizer::{Common, LEARNING_RATE, MOMENTUM, Moment, Update};
use crate::real::Real;

/// A ball that looks ahead.
#[derive(Clone, Copy, Debug)]
pub struct Nesterov;

impl Update for Nesterov {
    const FORMULA: &'static str = "b ← μb + ∇f(x); x ← x − η(∇f(x) + μb)";
    const HYPERPARAMETERS: &'static [Hyperparameter] = &[LEARNING_RATE, MOMENTUM];
    const VECTORS: usize = 1;

    #[inline(always)]
    fn update<R: Real>(&self, _moment: Moment<R>, hyper: &[R], _common: &Common<R>, vectors: &mut [R], x: &mut [R], gradient: &[R]) {
        let (rate, momentum) = (-hyper[0], hyper[1]);
        for i in 0..x.len() {
            vectors[i] = momentum.mul_add(vectors[i], gradient[i]);
            x[i] = rate.mul_add(momentum.mul_add(vectors[i], gradient[i]), x[i]);
        }
    }
}
