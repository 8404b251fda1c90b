//! atan and atan2.
//!
//! The point (x, y) is turned and mirrored into the first eighth of the circle, where the tangent t of its angle lies in 0 ..= 1 and the
//! angle is t + t³ p(t²), with p of degree 8, minimax, within 2⁻²⁸. Turning back adds or subtracts from 0, π/2 or π.
//! Twin: `shaders/function/arc_tangent.wgsl`.

use std::f32::consts::{FRAC_PI_2, PI};

use super::{FRAC_PI_2_LOW, bits, polynomial, sign_of, with_sign};
use crate::backend::cpu::arithmetic::Arithmetic;

const MAGNITUDE: u32 = 0x7fff_ffff;

const SERIES: [f32; 9] =
    [-0.333_333, 0.199_985_3, -0.142_640_16, 0.109_509_41, -0.083_998_65, 0.057_900_3, -0.031_126_743, 0.010_890_816, -0.001_789_118_4];

/// atan x, within 1.5 ulp.
#[inline(always)]
pub(crate) fn atan<R: Arithmetic>(x: R) -> R {
    let one = R::splat(1.0);
    let size = x.abs();
    let is_steep = one.less(size);
    let tangent = one.min(size).divide(one.max(size));
    with_sign(angle(tangent, is_steep, R::splat(0.0)), x)
}

/// The angle of the point (x, y) from the x axis, −π ..= π, within 1.7 ulp; on the axes and at infinities as IEEE 754 has it.
#[inline(always)]
pub(crate) fn atan2<R: Arithmetic>(y: R, x: R) -> R {
    let (zero, one) = (R::splat(0.0), R::splat(1.0));
    let (height, width) = (y.abs(), x.abs());
    let is_steep = width.less(height);
    let (short, long) = (height.min(width), height.max(width));
    // 0/0 and ∞/∞ are NaN.
    let diagonal = R::select(long.less_or_equal(zero), zero, one);
    let tangent = R::select(short.same_bits(long), diagonal, short.divide(long));
    let angle = with_sign(angle(tangent, is_steep, x), y);
    R::select(x.less_or_equal(x) & y.less_or_equal(y), angle, R::splat(f32::NAN))
}

/// The angle whose tangent is t, or π/2 less that where it is steep, or π less either where `x` has a sign.
#[inline(always)]
fn angle<R: Arithmetic>(tangent: R, is_steep: R::Mask, x: R) -> R {
    let zero = R::splat(0.0);
    let is_behind = x.more_bits(bits(MAGNITUDE));
    let start = R::select(is_steep, R::splat(FRAC_PI_2), R::select(is_behind, R::splat(PI), zero));
    let start_low = R::select(is_steep, R::splat(FRAC_PI_2_LOW), R::select(is_behind, R::splat(2.0 * FRAC_PI_2_LOW), zero));
    let tangent = tangent.xor_bits(sign_of(x)).xor_bits(R::select(is_steep, R::splat(-0.0), zero));
    let square = tangent * tangent;
    start + (tangent + (tangent * square).mul_add(polynomial(square, SERIES), start_low))
}
