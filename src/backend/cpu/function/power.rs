//! xʸ for real x and y, with the special cases of IEEE 754's pow.
//!
//! |x|ʸ = 2ᵗ with t = y log2 |x|. The logarithm comes in two parts, and y is split likewise, so that the larger product is exact; t's
//! whole part is taken off before the parts are added. What is left of the error is 2⁻²⁵ of t, so the result is within
//! 1.2 + ⅓ |y ln x| ulp. Twin: `shaders/function/power.wgsl`.

use std::f32::consts::LN_2;

use super::exponential::{exp_rest, power_of, times_power, whole_power};
use super::logarithm::{leading, log2_in_two};
use super::sign_of;
use crate::backend::cpu::arithmetic::Arithmetic;

/// Raised to this much, every number but 1 overflows or vanishes.
const MOST: f32 = 8_589_934_592.0;

/// xʸ: x⁰ = 1ʸ = 1 also for NaN; for x < 0 with the sign of a whole y's parity, NaN for any other y.
#[inline(always)]
pub(crate) fn power<R: Arithmetic>(x: R, y: R) -> R {
    let (zero, one) = (R::splat(0.0), R::splat(1.0));
    let size = x.abs();
    let result = power_of_edge(size, y, power_of_size(size, y));
    let half = y * R::splat(0.5);
    let is_whole = y.less_or_equal(y.floor());
    let is_odd = is_whole & half.floor().less(half);
    let result = result.or_bits(R::select(is_odd, sign_of(x), zero));
    let has_root = is_whole | zero.less_or_equal(x) | !x.is_finite();
    let is_number = x.less_or_equal(x) & y.less_or_equal(y);
    let result = R::select(has_root & is_number, result, R::splat(f32::NAN));
    R::select(y.abs().less_or_equal(zero) | x.same_bits(one), one, result)
}

/// `result`, but what 0 or +∞ to the power of y is where `size` is that.
#[inline(always)]
fn power_of_edge<R: Arithmetic>(size: R, y: R, result: R) -> R {
    let (zero, infinity) = (R::splat(0.0), R::splat(f32::INFINITY));
    let (is_zero, is_infinite, is_inverse) = (size.less_or_equal(zero), infinity.less_or_equal(size), y.less(zero));
    let is_large = (is_zero & is_inverse) | (is_infinite & !is_inverse);
    R::select(is_zero | is_infinite, R::select(is_large, infinity, zero), result)
}

/// `size`ʸ for a positive finite `size`.
#[inline(always)]
fn power_of_size<R: Arithmetic>(size: R, y: R) -> R {
    let (log_high, log_low) = log2_in_two(size);
    let y = R::splat(-MOST).max(R::splat(MOST).min(y));
    let y_high = leading(y);
    let high = y_high * log_high;
    let low = (y - y_high).mul_add(log_high, y * log_low);
    let (_, whole) = whole_power(high + low);
    // More than a half only where the result overflows or vanishes.
    let rest = (high - power_of(whole)) + low;
    let rest = R::splat(-1.0).max(R::splat(1.0).min(rest));
    times_power(exp_rest(rest * R::splat(LN_2)), whole)
}
