//! One hardware vector of f32, for each instruction set.
//!
//! The methods are thin names for single instructions. They are unsafe to reach without the instructions they stand for, so
//! these types stay inside the backend, which looks before it uses one.

use super::lanes::{Block, Lanes};
use crate::real::Mask;

/// A vector register of f32 numbers.
pub(crate) trait Vector: Copy {
    /// Lanes for a point in memory: with [`Self::SUMS`] sums to a vector, as many as the registers hold.
    type Wide: Block;
    /// One truth value a number.
    type Mask: Mask;
    /// How many numbers there are.
    const LANES: usize;
    /// How many sums of [`Self::Wide`] the registers hold beside what is added to them.
    const SUMS: usize = 6;
    /// Whether [`Self::mul_add`] rounds once.
    const FUSED: bool = true;

    /// Does `work` in a function of its own that is compiled for these instructions.
    fn enter<W: Within>(work: W) -> W::Output;

    fn splat(value: f32) -> Self;
    fn from_lanes(lane: impl FnMut(usize) -> f32) -> Self;
    /// For each lane the number of `from` (`f32[LANES]`) at its place, which the bits of `places` are.
    #[inline(always)]
    fn pick(from: &[f32], places: Self) -> Self {
        Self::from_lanes(|lane| from[places.lane(lane).to_bits() as usize])
    }
    /// Has the numbers of `D` vectors stand in turn in `to` (`f32[LANES · D]`): the first of each, then the second of each. Nothing, and false, where
    /// there are no instructions for that.
    #[inline(always)]
    fn interleave<const D: usize>(_vectors: &[Self; D], _to: &mut [f32]) -> bool {
        false
    }
    fn lane(self, lane: usize) -> f32;
    fn add(self, other: Self) -> Self;
    fn sub(self, other: Self) -> Self;
    fn mul(self, other: Self) -> Self;
    fn divide(self, other: Self) -> Self;
    /// Rounded to nearest; NaN below zero.
    fn sqrt(self) -> Self;
    /// To two units in the last place; NaN below zero.
    #[inline(always)]
    fn near_sqrt(self) -> Self {
        self.sqrt()
    }
    /// self / other to two units in the last place, where the size of `other` is between 1e-30 and 1e30; not finite where it is 0.
    #[inline(always)]
    fn near_quotient(self, other: Self) -> Self {
        self.divide(other)
    }
    /// 1 / √self to two units in the last place, where the number is between 1e-30 and 1e30; not finite where it is 0.
    #[inline(always)]
    fn near_inverse_root(self) -> Self {
        Self::splat(1.0).divide(self.sqrt())
    }
    fn neg(self) -> Self;
    fn abs(self) -> Self;
    /// The largest whole number that is not more.
    fn floor(self) -> Self;
    /// −1 or 1; a zero and NaN are their own sign.
    #[inline(always)]
    fn sign(self) -> Self {
        // One comparison, which is dearer than operations on bits.
        let unit = self.and_bits(Self::splat(-0.0)).or_bits(Self::splat(1.0));
        Self::select(Self::splat(0.0).less(self.abs()), unit, self)
    }
    /// `self` where it is less, else `other`: so `other` where either is NaN, or where both are zeros.
    #[inline(always)]
    fn min(self, other: Self) -> Self {
        Self::select(self.less(other), self, other)
    }
    /// `self` where it is more, else `other`: so `other` where either is NaN, or where both are zeros.
    #[inline(always)]
    fn max(self, other: Self) -> Self {
        Self::select(other.less(self), self, other)
    }
    /// self · factor + term; rounded once where the processor can, else twice, since the library's way is slower by far.
    fn mul_add(self, factor: Self, term: Self) -> Self;
    fn less(self, other: Self) -> Self::Mask;
    fn less_or_equal(self, other: Self) -> Self::Mask;
    /// By the bits of the exponent, since compilers may assume infinities and NaN away.
    fn is_finite(self) -> Self::Mask;
    fn same_bits(self, other: Self) -> Self::Mask;
    /// The sum of the bits, as numbers without sign that wrap around.
    fn plus_bits(self, other: Self) -> Self;
    /// The difference of the bits, as numbers without sign that wrap around.
    fn minus_bits(self, other: Self) -> Self;
    /// The larger of the bits, as numbers without sign.
    fn max_bits(self, other: Self) -> Self;
    /// Whether the bits are more than `other`'s, as numbers without sign.
    fn more_bits(self, other: Self) -> Self::Mask;
    fn and_bits(self, other: Self) -> Self;
    fn or_bits(self, other: Self) -> Self;
    fn xor_bits(self, other: Self) -> Self;
    /// The bits moved up by `count`, zeros below. A shift by a constant is one instruction.
    fn shift_left(self, count: u32) -> Self;
    /// The bits moved down by `count`, zeros above.
    fn shift_right(self, count: u32) -> Self;
    fn select(mask: Self::Mask, yes: Self, no: Self) -> Self;
}

/// Something to do with vectors that are known, in a function of its own.
pub(crate) trait Within {
    type Output;
    /// Must be inlined, so that it is compiled for the instruction set of its caller.
    fn call(self) -> Self::Output;
}

/// All set in an infinity or a NaN.
const EXPONENT: u32 = 0x7f80_0000;

/// All bits but the sign.
#[cfg(target_arch = "x86_64")]
const MAGNITUDE: u32 = 0x7fff_ffff;
/// What `vfixupimmps` makes of numbers for their sign, four bits a class from the lowest: NaN (two kinds) and zeros stay what they are,
/// 1 and what else is above 0 becomes 1, what is below becomes −1.
pub(crate) const SIGNS: u32 = 0xa9a9_a111;

/// Implements `BitAnd`, `BitOr` and `Not` for a mask type from three expressions.
macro_rules! mask_operators {
    ($mask:ty, |$a:ident, $b:ident| $and:expr, |$c:ident, $d:ident| $or:expr, |$e:ident| $not:expr) => {
        impl std::ops::BitAnd for $mask {
            type Output = Self;
            #[inline(always)]
            fn bitand(self, $b: Self) -> Self {
                let $a = self;
                $and
            }
        }
        impl std::ops::BitOr for $mask {
            type Output = Self;
            #[inline(always)]
            fn bitor(self, $d: Self) -> Self {
                let $c = self;
                $or
            }
        }
        impl std::ops::Not for $mask {
            type Output = Self;
            #[inline(always)]
            fn not(self) -> Self {
                let $e = self;
                $not
            }
        }
    };
}

pub(super) mod scalar;

#[cfg(target_arch = "x86_64")]
pub(super) mod avx2;
#[cfg(target_arch = "x86_64")]
pub(super) mod avx512;
#[cfg(target_arch = "aarch64")]
pub(super) mod neon;
