//! ∛x.
//!
//! A third of the bits, taken from a constant, is x to the power of −⅓ within 4 % (the trick of the fast inverse square root). Two steps of
//! Householder's method of order 3, y ← y (1 + h/3 + 2h²/9) with h = 1 − x y³, bring that to 2⁻²², and one of Newton's for the root
//! itself, x y² + (x − (x y²)³) y²/3, to 1 ulp. No step divides. Twin: `shaders/function/cbrt.wgsl`.

use super::with_sign;
use crate::backend::cpu::arithmetic::Arithmetic;

/// Numbers below this are scaled up, so that no step meets one below the normal ones.
const SMALL: f32 = 7.888_609e-31;

/// The number 2²³, whose low bits count.
const COUNTER: f32 = 8_388_608.0;

/// The bits of 1^(−⅓) that suit best, and a third of those of 1, both without their lowest 8 bits.
const START: f32 = COUNTER + 5_546_746.0 + COUNTER / 3.0;

/// ∛x, within 1 ulp, the sign kept.
#[inline(always)]
pub(crate) fn cbrt<R: Arithmetic>(x: R) -> R {
    let third = R::splat(1.0 / 3.0);
    let size = x.abs();
    let is_small = size.less(R::splat(SMALL));
    // By cubes: 2²⁷ up, or 2⁻³ down, so that no step overflows.
    let scaled = size * R::select(is_small, R::splat(134_217_728.0), R::splat(0.125));
    let y = improved(scaled, improved(scaled, inverse_guess(scaled)));
    let root = scaled * y * y;
    let error = (root * root).mul_add(-root, scaled);
    let root = error.mul_add(y * y * third, root);
    let root = root * R::select(is_small, R::splat(1.0 / 512.0), R::splat(2.0));
    R::select(x.is_finite(), with_sign(root, x), x)
}

/// About x^(−⅓).
#[inline(always)]
fn inverse_guess<R: Arithmetic>(x: R) -> R {
    let counted = x.shift_right(8).or_bits(R::splat(COUNTER));
    counted.mul_add(R::splat(-1.0 / 3.0), R::splat(START)).shift_left(8)
}

/// A better x^(−⅓).
#[inline(always)]
fn improved<R: Arithmetic>(x: R, y: R) -> R {
    let h = (x * y).mul_add(-(y * y), R::splat(1.0));
    let correction = h * h.mul_add(R::splat(2.0 / 9.0), R::splat(1.0 / 3.0));
    correction.mul_add(y, y)
}
