//! The lane type that losses, optimizers and the descent loop are written over.
//!
//! [`Real`] is one number of every descent that a caller advances together: `f64` is one descent and the meaning of the
//! program, a block of `f32` lanes is the fast one. A condition is a [`Mask`], one bit of truth a lane, and branches are
//! [`Real::select`], so one text serves all of them and reads like its WGSL twin.

use std::ops::{Add, BitAnd, BitOr, Div, Mul, Neg, Not, Sub};

use crate::function::{Binary, Unary};

/// The shortest decimal that rounds to `value`, as someone would have written it: 0.1 and not 0.10000000149011612.
pub(crate) fn decimal(value: f32) -> f64 {
    // Widening keeps all the binary digits; the shortest decimal has only those that tell one f32 from the next.
    value.to_string().parse().unwrap_or(f64::NAN)
}

/// One truth value a lane.
pub trait Mask: Copy + BitAnd<Output = Self> + BitOr<Output = Self> + Not<Output = Self> {
    /// How many lanes there are.
    const LANES: usize;

    /// The same truth in every lane.
    fn splat(value: bool) -> Self;
    /// Whether any lane is true.
    fn any(self) -> bool;
    /// One bit a lane, the first lane's lowest; there are at most 64 lanes.
    fn bits(self) -> u64;
    /// The truth of one lane.
    #[inline(always)]
    fn lane(self, lane: usize) -> bool {
        self.bits() >> lane & 1 == 1
    }
}

/// One number a lane, with the arithmetic that a descent needs.
pub trait Real: Copy + Add<Output = Self> + Sub<Output = Self> + Mul<Output = Self> + Div<Output = Self> + Neg<Output = Self> {
    /// One truth value for each of these numbers.
    type Mask: Mask;
    /// How many descents this type advances at once.
    const LANES: usize;
    /// How many sums the registers hold, at most 8, beside what is added to them.
    const SUMS: usize = 6;

    /// The same number in every lane; exact.
    fn splat(value: f32) -> Self;
    /// The same number in every lane, rounded to the type of a lane.
    fn constant(value: f64) -> Self {
        Self::splat(value as f32)
    }
    /// One number a lane, taken from `lane(0)`, `lane(1)`, …
    fn from_lanes(lane: impl FnMut(usize) -> f32) -> Self;
    /// The number in one lane; exact.
    fn lane(self, lane: usize) -> f64;
    /// self · factor + term, rounded once where that costs no more than rounding twice.
    fn mul_add(self, factor: Self, term: Self) -> Self;
    /// A function of one number.
    fn unary(self, function: Unary) -> Self;
    /// √self to two units in the last place, for what something is divided by; NaN below zero.
    #[inline(always)]
    fn near_sqrt(self) -> Self {
        self.unary(Unary::Sqrt)
    }
    /// self / other to two units in the last place, where the size of `other` is between 1e-30 and 1e30; not finite where it is 0.
    #[inline(always)]
    fn near_quotient(self, other: Self) -> Self {
        self / other
    }
    /// 1 / √self to two units in the last place, where the number is between 1e-30 and 1e30; not finite where it is 0.
    #[inline(always)]
    fn near_inverse_root(self) -> Self {
        Self::splat(1.0) / self.unary(Unary::Sqrt)
    }
    /// A number that takes this one, 2⁻¹²⁶ at least, to between ½ and 1 as its factor, or to below 4 where it is above 2¹²⁵.
    #[inline(always)]
    fn to_unit(self) -> Self {
        Self::splat(1.0) / self
    }
    /// A function of two numbers.
    fn binary(self, function: Binary, other: Self) -> Self;
    /// self < other; false where either is NaN.
    fn less(self, other: Self) -> Self::Mask;
    /// self ≤ other; false where either is NaN.
    fn less_or_equal(self, other: Self) -> Self::Mask;
    /// Whether the number is finite as an `f32`, the type that outcomes are stored in.
    fn is_finite(self) -> Self::Mask;
    /// Whether both numbers are the same bit for bit.
    fn same_bits(self, other: Self) -> Self::Mask;
    /// `yes` where the mask is true, else `no`.
    fn select(mask: Self::Mask, yes: Self, no: Self) -> Self;
}

impl Mask for bool {
    const LANES: usize = 1;

    #[inline(always)]
    fn splat(value: bool) -> Self {
        value
    }
    #[inline(always)]
    fn any(self) -> bool {
        self
    }
    #[inline(always)]
    fn bits(self) -> u64 {
        self.into()
    }
}

impl Real for f64 {
    type Mask = bool;
    const LANES: usize = 1;

    fn splat(value: f32) -> Self {
        value.into()
    }
    fn constant(value: f64) -> Self {
        value
    }
    fn unary(self, function: Unary) -> Self {
        function.of(self)
    }
    fn binary(self, function: Binary, other: Self) -> Self {
        function.of(self, other)
    }
    fn from_lanes(mut lane: impl FnMut(usize) -> f32) -> Self {
        lane(0).into()
    }
    fn lane(self, _lane: usize) -> f64 {
        self
    }
    fn mul_add(self, factor: Self, term: Self) -> Self {
        self * factor + term
    }
    fn less(self, other: Self) -> bool {
        self < other
    }
    fn less_or_equal(self, other: Self) -> bool {
        self <= other
    }
    fn is_finite(self) -> bool {
        (self as f32).is_finite()
    }
    fn same_bits(self, other: Self) -> bool {
        self.to_bits() == other.to_bits()
    }
    fn select(mask: bool, yes: Self, no: Self) -> Self {
        if mask { yes } else { no }
    }
}

/// The numbers that describe one loss, as a row of `f32`, the same for every lane or each lane's own.
pub trait Coefficients<R: Real> {
    /// The number at `position` of the row.
    fn at(&self, position: usize) -> R;
    /// The `N` numbers from `position` on.
    #[inline(always)]
    fn part<const N: usize>(&self, position: usize) -> [R; N] {
        let mut part = [R::splat(0.0); N];
        for i in 0..N {
            part[i] = self.at(position + i);
        }
        part
    }
}

/// One row that all lanes share.
#[derive(Clone, Copy, Debug)]
pub struct Shared<'a>(pub &'a [f32]);

impl<R: Real> Coefficients<R> for Shared<'_> {
    #[inline(always)]
    fn at(&self, position: usize) -> R {
        R::splat(self.0[position])
    }
    #[inline(always)]
    fn part<const N: usize>(&self, position: usize) -> [R; N] {
        let from = &self.0[position..position + N];
        let mut part = [R::splat(0.0); N];
        for i in 0..N {
            part[i] = R::splat(from[i]);
        }
        part
    }
}

/// A row for each lane, position by position.
#[derive(Clone, Copy, Debug)]
pub struct Each<'a, R>(pub &'a [R]);

impl<R: Real> Coefficients<R> for Each<'_, R> {
    #[inline(always)]
    fn at(&self, position: usize) -> R {
        self.0[position]
    }
    #[inline(always)]
    fn part<const N: usize>(&self, position: usize) -> [R; N] {
        let from = &self.0[position..position + N];
        let mut part = [R::splat(0.0); N];
        part.copy_from_slice(from);
        part
    }
}

/// Σᵢ aᵢ bᵢ of two points.
#[inline(always)]
pub fn dot<R: Real>(a: &[R], b: &[R]) -> R {
    let mut sum = a[0] * b[0];
    for i in 1..a.len() {
        sum = a[i].mul_add(b[i], sum);
    }
    sum
}

/// The size of the largest number of `v` (`R[D]`), or the smallest usual number: over it, no number's square overflows, and not all vanish.
#[inline(always)]
pub fn largest<R: Real>(v: &[R]) -> R {
    let mut largest = R::splat(f32::MIN_POSITIVE);
    for i in 0..v.len() {
        let size = v[i].unary(Unary::Abs);
        largest = R::select(largest.less(size), size, largest);
    }
    largest
}

/// ‖v‖₂ of `v` (`R[D]`), where no square overflows or vanishes on the way.
#[inline(always)]
pub fn norm<R: Real>(v: &[R]) -> R {
    let largest = largest(v);
    let to_unit = R::splat(1.0) / largest;
    let mut sum = R::splat(0.0);
    for i in 0..v.len() {
        let part = v[i] * to_unit;
        sum = part.mul_add(part, sum);
    }
    largest * sum.unary(Unary::Sqrt)
}
