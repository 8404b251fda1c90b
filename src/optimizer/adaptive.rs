//! What Adam and its kin share; `shaders/optimizer/shared/adaptive.wgsl`.

use crate::function::Unary;
use crate::hyperparameter::Hyperparameter;
use crate::optimizer::{Common, Moment, mixed, root};
use crate::real::Real;

pub(super) const BETA1: Hyperparameter = Hyperparameter::share("beta1", 0.9);
pub(super) const BETA2: Hyperparameter = Hyperparameter::share("beta2", 0.999);
pub(super) const EPSILON: Hyperparameter = Hyperparameter::of("epsilon", 1e-8).called("eps");
/// Numbers of state for the powers of both β.
pub(super) const POWERS: usize = 4;

/// 1 − βᵗ at this update, the t-th, `power` being βᵗ⁻¹ before and βᵗ after it, in two parts.
///
/// Where multiply-add rounds once, the second part holds what rounding took from the first, so that 1 − βᵗ is right to a few ulp at every t;
/// elsewhere the power is off by up to t/2 ulp of itself, and 1 − βᵗ by no more than 2⁻²⁴ / (e (1 − β)).
#[inline(always)]
pub(super) fn complement<R: Real>(moment: Moment<R>, beta: R, power: &mut [R]) -> R {
    let one = R::splat(1.0);
    let before = R::select(moment.is_first(), one, power[0]);
    let product = before * beta;
    power[1] = power[1].mul_add(beta, before.mul_add(beta, -product));
    power[0] = product;
    (one - product) - power[1]
}

/// m and v, the first two of `vectors` (`R[D]` each), after coordinate i of the gradient; returns v.
#[inline(always)]
pub(super) fn moments<R: Real>(hyper: &[R], vectors: &mut [R], d: usize, i: usize, gradient: R) -> R {
    vectors[i] = mixed(hyper[1], vectors[i], gradient);
    vectors[d + i] = mixed(hyper[2], vectors[d + i], gradient * gradient);
    vectors[d + i]
}

/// What corrects the bias that m and v have from their start at 0: with s = √(1 − β₂ᵗ),
/// −η m̂ / (√v̂ + ε) = −η s / (1 − β₁ᵗ) · m / (√v + ε s), which divides less. Here −η s / (1 − β₁ᵗ) and ε s.
#[inline(always)]
pub(super) fn scale<R: Real>(moment: Moment<R>, hyper: &[R], powers: &mut [R]) -> Common<R> {
    let (first, second) = powers.split_at_mut(2);
    let size = root(complement(moment, hyper[2], second));
    [-hyper[0] * size / complement(moment, hyper[1], first), hyper[3] * size, R::splat(0.0)]
}

/// A coordinate `x` moved by its m and v, with the [`scale`] of this update. An exact root and a near quotient keep the divider and the multipliers of
/// a processor busy at once.
#[inline(always)]
pub(super) fn scaled<R: Real>([rate, epsilon, _]: &Common<R>, m: R, v: R, x: R) -> R {
    rate.mul_add(m.near_quotient(v.unary(Unary::Sqrt) + *epsilon), x)
}
