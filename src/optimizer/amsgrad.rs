//! AMSGrad: Adam whose v̂ is the largest so far: w ← max(w, v), x ← x − η m̂ / (√ŵ + ε).
//!
//! Hyper-parameters: η, β₁, β₂, ε. Reddi, Kale & Kumar, arXiv:1904.09237, as in `torch.optim.Adam` with `amsgrad`. State: m, v, w, and the
//! powers of both β.
//! Twin of `shaders/optimizer/amsgrad.wgsl`.

use crate::hyperparameter::Hyperparameter;
use crate::optimizer::adaptive::{BETA1, BETA2, EPSILON, POWERS, moments, scale, scaled};
use crate::optimizer::{Common, LEARNING_RATE, Moment, Update};
use crate::real::Real;

/// Adam whose steps do not grow again.
#[derive(Clone, Copy, Debug)]
pub struct Amsgrad;

impl Update for Amsgrad {
    const FORMULA: &'static str = "Adam's m and v; w ← max(w, v); x ← x − η m̂/(√ŵ + ε)";
    const HYPERPARAMETERS: &'static [Hyperparameter] = &[LEARNING_RATE.or(1e-3), BETA1, BETA2, EPSILON];
    const VECTORS: usize = 3;
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
            let largest = R::select(vectors[2 * d + i].less(v), v, vectors[2 * d + i]);
            vectors[2 * d + i] = largest;
            x[i] = scaled(scale, vectors[i], largest, x[i]);
        }
    }
}
