//! AdamW: Adam after x ← (1 − η λ) x.
//!
//! Hyper-parameters: η, β₁, β₂, ε, λ the weight decay. Loshchilov & Hutter, arXiv:1711.05101, as in `torch.optim.AdamW`. State: m, v, and the
//! powers of both β.
//! Twin of `shaders/optimizer/adamw.wgsl`.

use crate::hyperparameter::Hyperparameter;
use crate::optimizer::adaptive::{BETA1, BETA2, EPSILON, POWERS, moments, scale, scaled};
use crate::optimizer::{Common, LEARNING_RATE, Moment, Update, WEIGHT_DECAY};
use crate::real::Real;

/// Adam with weights that decay by themselves.
#[derive(Clone, Copy, Debug)]
pub struct Adamw;

impl Update for Adamw {
    const FORMULA: &'static str = "x ← (1 − ηλ)x, then Adam";
    const HYPERPARAMETERS: &'static [Hyperparameter] = &[LEARNING_RATE.or(1e-3), BETA1, BETA2, EPSILON, WEIGHT_DECAY.or(0.01)];
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
        let shrink = -hyper[0] * hyper[4];
        for i in 0..d {
            let v = moments(hyper, vectors, d, i, gradient[i]);
            let decayed = shrink.mul_add(x[i], x[i]);
            x[i] = scaled(scale, vectors[i], v, decayed);
        }
    }
}
