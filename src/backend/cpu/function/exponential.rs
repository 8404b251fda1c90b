//! eˣ and 2ˣ.
//!
//! x ln b = k ln 2 + r with k whole and |r| ≤ ½ ln 2, so the power is eʳ 2ᵏ. ln 2 is told in two parts, the first of 16 bits, so that
//! k times it is exact also without FMA (Cody and Waite). eʳ = 1 + r + r² q(r), with q of degree 4, minimax, within
//! 2⁻²⁸ of eʳ. Twin: `shaders/function/exponential.wgsl`.

use std::f32::consts::{LN_2, LOG2_E};

use super::{LN_2_HIGH, LN_2_LOW, polynomial};
use crate::backend::cpu::arithmetic::Arithmetic;

/// Added to a small number, rounds it to a whole one, which then stands in the low bits, 254 too large.
const WHOLE: f32 = 12_582_912.0 + 254.0;

/// q in eʳ = 1 + r + r² q(r).
const SERIES: [f32; 5] = [0.499_999_94, 0.166_665_09, 0.041_668_01, 0.008_369_991, 0.001_384_706_5];

/// eˣ, within 1.1 ulp; +∞ and 0 exactly where that is what rounds to nearest.
#[inline(always)]
pub(crate) fn exp<R: Arithmetic>(x: R) -> R {
    let (rest, whole) = reduced(x);
    times_power(exp_rest(rest), whole)
}

/// eˣ / 2, which is finite a little farther than eˣ.
#[inline(always)]
pub(super) fn exp_half<R: Arithmetic>(x: R) -> R {
    let (rest, whole) = reduced(x);
    times_power(exp_rest(rest), whole - R::splat(1.0))
}

/// 2ˣ, within 1.1 ulp; +∞ and 0 exactly where that is what rounds to nearest.
#[inline(always)]
pub(crate) fn exp2<R: Arithmetic>(x: R) -> R {
    let (x, whole) = whole_power(x);
    times_power(exp_rest((x - power_of(whole)) * R::splat(LN_2)), whole)
}

/// x within what does not overflow or vanish anyway, NaN kept, and the whole number nearest to it, for [`times_power`].
#[inline(always)]
pub(super) fn whole_power<R: Arithmetic>(x: R) -> (R, R) {
    let x = R::splat(-152.0).max(R::splat(130.0).min(x));
    (x, x + R::splat(WHOLE))
}

/// k of a whole power.
#[inline(always)]
pub(super) fn power_of<R: Arithmetic>(whole: R) -> R {
    whole - R::splat(WHOLE)
}

/// r and k of x = k ln 2 + r.
#[inline(always)]
fn reduced<R: Arithmetic>(x: R) -> (R, R) {
    let x = R::splat(-105.0).max(R::splat(90.0).min(x));
    let whole = x.mul_add(R::splat(LOG2_E), R::splat(WHOLE));
    let power = power_of(whole);
    let rest = power.mul_add(R::splat(-LN_2_HIGH), x);
    (power.mul_add(R::splat(-LN_2_LOW), rest), whole)
}

/// eʳ for a small r.
#[inline(always)]
pub(super) fn exp_rest<R: Arithmetic>(rest: R) -> R {
    let series = polynomial(rest, SERIES);
    (rest * rest).mul_add(series, rest) + R::splat(1.0)
}

/// y 2ᵏ, in two steps of half the power, since 2ᵏ itself may overflow or vanish where the product does not.
#[inline(always)]
pub(super) fn times_power<R: Arithmetic>(y: R, whole: R) -> R {
    // The low bits hold k + 254: two exponents, each with its bias of 127.
    let half = whole.shift_right(1);
    let other = whole.minus_bits(half);
    y * half.shift_left(23) * other.shift_left(23)
}
