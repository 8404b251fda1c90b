//! Adam: m ← β₁ m + (1 − β₁) g, v ← β₂ v + (1 − β₂) g², x ← x − η m̂ / (√v̂ + ε), where m̂ = m / (1 − β₁ᵗ) and v̂ = v / (1 − β₂ᵗ).
//!
//! Hyper-parameters: η, β₁, β₂, ε. Kingma & Ba, arXiv:1412.6980, as in `torch.optim.Adam`. State: m, v, and the powers of both β.
//! Twin of `shaders/optimizer/adam.wgsl`.

use crate::hyperparameter::Hyperparameter;
use crate::optimizer::adaptive::{BETA1, BETA2, EPSILON, POWERS, moments, scale, scaled};
use crate::optimizer::{Common, LEARNING_RATE, Moment, Update};
use crate::real::Real;

/// Smoothed gradients over their smoothed size.
#[derive(Clone, Copy, Debug)]
pub struct Adam;

impl Update for Adam {
    const FORMULA: &'static str = "m ← β₁m + (1 − β₁)g; v ← β₂v + (1 − β₂)g²; x ← x − η m̂/(√v̂ + ε)";
    const HYPERPARAMETERS: &'static [Hyperparameter] = &[LEARNING_RATE.or(1e-3), BETA1, BETA2, EPSILON];
    const VECTORS: usize = 2;
    const SCALARS: usize = POWERS;
    const COUNTS: bool = true;

    #[inline(always)]
    fn common<R: Real>(&self, moment: Moment<R>, hyper: &[R], powers: &mut [R]) -> Common<R> {
        scale(moment, hyper, powers)
    }

    #[inline(always)]
    fn update<R: Real>(&self, _moment: Moment<R>, hyper: &[R], scale: &Common<R>, vectors: &mut [R], x: &mut [R], gradient: &[R]) {
        let d = x.len();
        for i in 0..d {
            let v = moments(hyper, vectors, d, i, gradient[i]);
            x[i] = scaled(scale, vectors[i], v, x[i]);
        }
    }
}
