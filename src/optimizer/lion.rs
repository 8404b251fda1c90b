//! Lion: x ← (1 − η λ) x − η sign(β₁ m + (1 − β₁) g), m ← β₂ m + (1 − β₂) g.
//!
//! Hyper-parameters: η, β₁, β₂, λ the weight decay. Chen et al., arXiv:2302.06675. State: m. Twin of `shaders/optimizer/lion.wgsl`.

use crate::function::Unary;
use crate::hyperparameter::Hyperparameter;
use crate::optimizer::{Common, LEARNING_RATE, Moment, Update, WEIGHT_DECAY, mixed};
use crate::real::Real;

/// Signs of smoothed gradients.
#[derive(Clone, Copy, Debug)]
pub struct Lion;

impl Update for Lion {
    const FORMULA: &'static str = "x ← (1 − ηλ)x − η sign(β₁m + (1 − β₁)g); m ← β₂m + (1 − β₂)g";
    const HYPERPARAMETERS: &'static [Hyperparameter] =
        &[LEARNING_RATE.or(1e-4), Hyperparameter::share("beta1", 0.9), Hyperparameter::share("beta2", 0.99), WEIGHT_DECAY];
    const VECTORS: usize = 1;

    #[inline(always)]
    fn update<R: Real>(&self, _moment: Moment<R>, hyper: &[R], _common: &Common<R>, vectors: &mut [R], x: &mut [R], gradient: &[R]) {
        let (rate, shrink) = (-hyper[0], -hyper[0] * hyper[3]);
        for i in 0..x.len() {
            let direction = mixed(hyper[1], vectors[i], gradient[i]).unary(Unary::Sign);
            x[i] = rate.mul_add(direction, shrink.mul_add(x[i], x[i]));
            vectors[i] = mixed(hyper[2], vectors[i], gradient[i]);
        }
    }
}
