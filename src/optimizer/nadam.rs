//! NAdam: Adam's m and v, x ← x − η [(1 − μₜ) g / (1 − Π μ) + μₜ₊₁ m / (1 − μₜ₊₁ Π μ)] / (√v̂ + ε), where μₜ = β₁ (1 − ½ · 0.96^(t ψ))
//! and Π is over all μ up to μₜ.
//!
//! Hyper-parameters: η, β₁, β₂, ε, ψ the momentum's decay. Dozat, ICLR 2016 workshop, as in `torch.optim.NAdam`. State: m, v, the power of
//! β₂ and Π μ. Twin of `shaders/optimizer/nadam.wgsl`.

use crate::function::Unary;
use crate::hyperparameter::Hyperparameter;
use crate::optimizer::adaptive::{BETA1, BETA2, EPSILON, complement, moments};
use crate::optimizer::{Common, LEARNING_RATE, Moment, Update, root};
use crate::real::Real;

/// log₂ 0.96.
const LOG2_DECAY: f64 = -0.058_893_689_053_568_565;

/// Adam that looks ahead.
#[derive(Clone, Copy, Debug)]
pub struct Nadam;

impl Update for Nadam {
    const FORMULA: &'static str = "Adam's m and v; x ← x − η[(1 − μ)g/(1 − Πμ) + μ'm/(1 − μ'Πμ)]/(√v̂ + ε)";
    const HYPERPARAMETERS: &'static [Hyperparameter] =
        &[LEARNING_RATE.or(2e-3), BETA1, BETA2, EPSILON, Hyperparameter::of("momentum_decay", 4e-3)];
    const VECTORS: usize = 2;
    const SCALARS: usize = 3;
    const COUNTS: bool = true;

    #[inline(always)]
    fn common<R: Real>(&self, moment: Moment<R>, hyper: &[R], scalars: &mut [R]) -> Common<R> {
        let one = R::splat(1.0);
        let time = moment.updates + one;
        let (now, next) = (momentum(hyper, time), momentum(hyper, time + one));
        let size = complement(moment, hyper[2], &mut scalars[..2]);
        let product = now * R::select(moment.is_first(), one, scalars[2]);
        scalars[2] = product;
        [-hyper[0] * (one - now) / (one - product), -hyper[0] * next / (one - product * next), size]
    }

    #[inline(always)]
    fn update<R: Real>(
        &self,
        _moment: Moment<R>,
        hyper: &[R],
        [by_gradient, by_moment, size]: &Common<R>,
        vectors: &mut [R],
        x: &mut [R],
        gradient: &[R],
    ) {
        let d = x.len();
        for i in 0..d {
            let v = moments(hyper, vectors, d, i, gradient[i]);
            let denominator = root(v / *size) + hyper[3];
            x[i] = by_moment.mul_add(vectors[i], *by_gradient * gradient[i]) / denominator + x[i];
        }
    }
}

/// μ of the update number `time`. A function, since a closure need not be inlined, and then is not compiled for the vectors of its caller.
#[inline(always)]
fn momentum<R: Real>(hyper: &[R], time: R) -> R {
    let decay = (time * hyper[4] * R::constant(LOG2_DECAY)).unary(Unary::Exp2);
    hyper[1] * (R::splat(1.0) - R::splat(0.5) * decay)
}
