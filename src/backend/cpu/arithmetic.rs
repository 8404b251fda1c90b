//! What the elementary functions and the steps of descents are made of, besides what [`Real`] has.

use crate::function::Unary;
use crate::real::Real;

/// The power of two that takes `x`, 2⁻¹²⁶ at least, to between ½ and 1, or to below 4 where it is above 2¹²⁵: its exponent and that of `x`, as both
/// are stored, are 253 together.
#[inline(always)]
pub(crate) fn to_unit<R: Arithmetic>(x: R) -> R {
    let exponents = |bits| R::splat(f32::from_bits(bits));
    let least = x.min(exponents(252 << 23));
    exponents(253 << 23).minus_bits(least.and_bits(exponents(255 << 23)))
}

/// Numbers of f32 and their bits.
pub(crate) trait Arithmetic: Real {
    /// Whether [`mul_add`](Real::mul_add) rounds once.
    const FUSED: bool;

    /// self / other, rounded to nearest.
    fn divide(self, other: Self) -> Self;
    /// The square root, rounded to nearest; NaN below zero.
    fn sqrt(self) -> Self;
    /// The number without its sign.
    fn abs(self) -> Self;
    /// The largest whole number that is not more.
    fn floor(self) -> Self;
    /// −1 or 1; a zero and NaN are their own sign.
    fn sign(self) -> Self;
    /// `self` where it is less, else `other`: so `other` where either is NaN, or where both are zeros.
    fn min(self, other: Self) -> Self;
    /// `self` where it is more, else `other`: so `other` where either is NaN, or where both are zeros.
    fn max(self, other: Self) -> Self;
    /// The sum of the bits, as numbers without sign that wrap around.
    fn plus_bits(self, other: Self) -> Self;
    /// The difference of the bits, as numbers without sign that wrap around.
    fn minus_bits(self, other: Self) -> Self;
    /// The larger of the bits, as numbers without sign.
    fn max_bits(self, other: Self) -> Self;
    /// Whether the bits are more than `other`'s, as numbers without sign.
    fn more_bits(self, other: Self) -> Self::Mask;
    /// The bits that both have.
    fn and_bits(self, other: Self) -> Self;
    /// The bits that either has.
    fn or_bits(self, other: Self) -> Self;
    /// The bits that one of them has.
    fn xor_bits(self, other: Self) -> Self;
    /// The bits moved up by `count`, zeros below.
    fn shift_left(self, count: u32) -> Self;
    /// The bits moved down by `count`, zeros above.
    fn shift_right(self, count: u32) -> Self;
    /// `result`, which is `function` of these numbers, in f64 and number by number where the numbers are not `near`; that is seldom.
    fn mended(self, near: Self::Mask, result: Self, function: Unary) -> Self;
}
