//! One number: the vector of a processor of which nothing is known. Twice rounded where FMA would round once.

use super::{EXPONENT, Lanes, Vector, Within};

/// One number.
#[derive(Clone, Copy, Debug)]
#[repr(transparent)]
pub(in crate::backend::cpu) struct F32x1(f32);

impl Vector for F32x1 {
    type Wide = Lanes<Self, 4>;
    type Mask = bool;
    const LANES: usize = 1;
    const FUSED: bool = false;

    #[inline(never)]
    fn enter<W: Within>(work: W) -> W::Output {
        work.call()
    }
    #[inline(always)]
    fn splat(value: f32) -> Self {
        Self(value)
    }
    #[inline(always)]
    fn from_lanes(mut lane: impl FnMut(usize) -> f32) -> Self {
        Self(lane(0))
    }
    #[inline(always)]
    fn lane(self, _lane: usize) -> f32 {
        self.0
    }
    #[inline(always)]
    fn add(self, other: Self) -> Self {
        Self(self.0 + other.0)
    }
    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        Self(self.0 - other.0)
    }
    #[inline(always)]
    fn mul(self, other: Self) -> Self {
        Self(self.0 * other.0)
    }
    #[inline(always)]
    fn divide(self, other: Self) -> Self {
        Self(self.0 / other.0)
    }
    #[inline(always)]
    fn sqrt(self) -> Self {
        Self(self.0.sqrt())
    }
    #[inline(always)]
    fn neg(self) -> Self {
        Self(-self.0)
    }
    #[inline(always)]
    fn abs(self) -> Self {
        Self(self.0.abs())
    }
    #[inline(always)]
    fn floor(self) -> Self {
        Self(self.0.floor())
    }
    #[inline(always)]
    fn mul_add(self, factor: Self, term: Self) -> Self {
        Self(self.0 * factor.0 + term.0)
    }
    #[inline(always)]
    fn less(self, other: Self) -> bool {
        self.0 < other.0
    }
    #[inline(always)]
    fn less_or_equal(self, other: Self) -> bool {
        self.0 <= other.0
    }
    #[inline(always)]
    fn is_finite(self) -> bool {
        self.0.to_bits() & EXPONENT != EXPONENT
    }
    #[inline(always)]
    fn same_bits(self, other: Self) -> bool {
        self.0.to_bits() == other.0.to_bits()
    }
    #[inline(always)]
    fn plus_bits(self, other: Self) -> Self {
        Self(f32::from_bits(self.0.to_bits().wrapping_add(other.0.to_bits())))
    }
    #[inline(always)]
    fn minus_bits(self, other: Self) -> Self {
        Self(f32::from_bits(self.0.to_bits().wrapping_sub(other.0.to_bits())))
    }
    #[inline(always)]
    fn max_bits(self, other: Self) -> Self {
        Self(f32::from_bits(self.0.to_bits().max(other.0.to_bits())))
    }
    #[inline(always)]
    fn more_bits(self, other: Self) -> bool {
        self.0.to_bits() > other.0.to_bits()
    }
    #[inline(always)]
    fn and_bits(self, other: Self) -> Self {
        Self(f32::from_bits(self.0.to_bits() & other.0.to_bits()))
    }
    #[inline(always)]
    fn or_bits(self, other: Self) -> Self {
        Self(f32::from_bits(self.0.to_bits() | other.0.to_bits()))
    }
    #[inline(always)]
    fn xor_bits(self, other: Self) -> Self {
        Self(f32::from_bits(self.0.to_bits() ^ other.0.to_bits()))
    }
    #[inline(always)]
    fn shift_left(self, count: u32) -> Self {
        Self(f32::from_bits(self.0.to_bits() << count))
    }
    #[inline(always)]
    fn shift_right(self, count: u32) -> Self {
        Self(f32::from_bits(self.0.to_bits() >> count))
    }
    #[inline(always)]
    fn select(mask: bool, yes: Self, no: Self) -> Self {
        if mask { yes } else { no }
    }
}
