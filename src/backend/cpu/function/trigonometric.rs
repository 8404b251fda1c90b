//! sin, cos and tan.
//!
//! x = k π/2 + r with k whole and |r| ≤ π/4 (Cody and Waite). The first part of π/2 has 24 bits; x less k times it is exact, at once where
//! multiply-add rounds once, else in three steps of at most 11 bits. What rounding leaves out of r is added last. Then, with z = r²,
//! sin r = r + r z s(z), cos r = 1 + z (z c(z) − ½) and tan r = r + r z t(z), minimax, within 2⁻²⁷·⁷, 2⁻³² and 2⁻²⁹.
//!
//! Beyond |x| = 2¹⁹, or 2¹³ without FMA, the library reckons in f64, lane by lane, so that the bounds hold for all numbers. Twin:
//! `shaders/function/trigonometric.wgsl`, which has no library to turn to and takes larger numbers in more steps.

use std::f32::consts::FRAC_2_PI;

use super::{bits, polynomial};
use crate::backend::cpu::arithmetic::Arithmetic;
use crate::function::Unary;

/// Added to a number of at most 22 bits, rounds it to a whole one, which then stands in the low bits.
const WHOLE: f32 = 12_582_912.0;

/// As far as the lanes reckon themselves: so far that k, by f32's 2/π, is off by less than 1/100, as the polynomials allow.
const REACH: f32 = 524_288.0;
/// The same where multiply-add may round twice: so far that k has at most 13 bits.
const REACH_SHORT: f32 = 8192.0;

/// π/2 in parts of 24 bits each.
const FIRST: f32 = 1.570_796_4;
const MIDDLE: f32 = -4.371_139e-8;
const LAST: f32 = -1.715_124_5e-15;

/// The first part in parts of at most 11 bits, and what follows in parts of 11 and 24 bits.
const FIRST_SHORT: [f32; 3] = [1.570_312_5, 0.000_483_989_72, -1.192_092_9e-7];
const MIDDLE_SHORT: f32 = -4.371_395_3e-8;
const LAST_SHORT: f32 = 2.563_344e-12;

const SIN: [f32; 3] = [-0.166_666_54, 0.008_332_093, -0.000_195_051_46];
const COS: [f32; 3] = [0.041_666_64, -0.001_388_713, 2.441_208_6e-5];
const TAN: [f32; 7] = [0.333_333_55, 0.133_324_62, 0.054_083_7, 0.021_155_65, 0.011_171_173, -0.000_342_960_88, 0.004_592_529];

/// x = k π/2 + rest + left.
struct Reduced<R> {
    /// r, rounded.
    rest: R,
    /// What rounding left out.
    left: R,
    /// k, in the lowest two bits.
    quadrant: R,
}

/// sin x, within 1.6 ulp; the sign of a zero is not kept.
#[inline(always)]
pub(crate) fn sin<R: Arithmetic>(x: R) -> R {
    mended(x, turned_sine(reduced(x), 0), Unary::Sin)
}

/// cos x, within 1.6 ulp.
#[inline(always)]
pub(crate) fn cos<R: Arithmetic>(x: R) -> R {
    mended(x, turned_sine(reduced(x), 1), Unary::Cos)
}

/// tan x, within 2 ulp; the sign of a zero is not kept.
#[inline(always)]
pub(crate) fn tan<R: Arithmetic>(x: R) -> R {
    let Reduced { rest, left, quadrant } = reduced(x);
    let square = rest * rest;
    let tangent = rest + (rest * square).mul_add(polynomial(square, TAN), left);
    mended(x, R::select(is_odd(quadrant), R::splat(-1.0).divide(tangent), tangent), Unary::Tan)
}

/// The sine of the angle, `turn` quadrants on.
#[inline(always)]
fn turned_sine<R: Arithmetic>(angle: Reduced<R>, turn: u32) -> R {
    let Reduced { rest, left, quadrant } = angle;
    let square = rest * rest;
    let sine = rest + (rest * square).mul_add(polynomial(square, SIN), left);
    let cosine = square.mul_add(square.mul_add(polynomial(square, COS), R::splat(-0.5)), R::splat(1.0));
    let quadrant = quadrant.plus_bits(bits(turn));
    let sign = quadrant.and_bits(bits(2)).shift_left(30);
    R::select(is_odd(quadrant), cosine, sine).xor_bits(sign)
}

/// Whether the lowest bit is set.
#[inline(always)]
fn is_odd<R: Arithmetic>(quadrant: R) -> R::Mask {
    quadrant.and_bits(bits(1)).same_bits(bits(1))
}

#[inline(always)]
fn reduced<R: Arithmetic>(x: R) -> Reduced<R> {
    let quadrant = x.mul_add(R::splat(FRAC_2_PI), R::splat(WHOLE));
    let k = quadrant - R::splat(WHOLE);
    let (rest, left) = if R::FUSED {
        rest_of(k.mul_add(R::splat(-FIRST), x), k, MIDDLE, LAST)
    } else {
        let [first, second, third] = FIRST_SHORT.map(|part| R::splat(-part));
        rest_of(k.mul_add(third, k.mul_add(second, k.mul_add(first, x))), k, MIDDLE_SHORT, LAST_SHORT)
    };
    Reduced { rest, left, quadrant }
}

/// near − k (`middle` + `last`), rounded, and what rounding left out.
#[inline(always)]
fn rest_of<R: Arithmetic>(near: R, k: R, middle: f32, last: f32) -> (R, R) {
    let (middle, last) = (R::splat(middle), R::splat(-last));
    // The product is rounded by itself, else rest had digits finer than the second difference can tell.
    let rest = near - k * middle;
    (rest, k.mul_add(last, k.mul_add(-middle, near - rest)))
}

/// `result`, but `function` of x where x lies beyond what the lanes reckon, or is infinite or NaN.
#[inline(always)]
fn mended<R: Arithmetic>(x: R, result: R, function: Unary) -> R {
    x.mended(x.abs().less_or_equal(R::splat(reach(R::FUSED))), result, function)
}

/// How far lanes reckon, with multiply-adds that round once or twice.
fn reach(fused: bool) -> f32 {
    if fused { REACH } else { REACH_SHORT }
}

/// Puts `function` of each x that is beyond the reach, infinite or NaN, rounded, in its place among `results`.
#[cold]
pub(crate) fn mend(x: &[f32], results: &mut [f32], fused: bool, function: Unary) {
    for (x, result) in x.iter().zip(results) {
        if x.is_nan() || x.abs() > reach(fused) {
            *result = function.of(f64::from(*x)) as f32;
        }
    }
}
