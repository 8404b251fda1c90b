//! Blocks of f32 lanes: a few vector registers that advance together, so that their latencies overlap.

use std::ops::{Add, BitAnd, BitOr, Div, Mul, Neg, Not, Sub};

use super::arithmetic::{self, Arithmetic};
use super::function;
use super::vector::Vector;
use crate::function::{Binary, Unary};
use crate::real::{Mask, Real};

/// The most lanes of a block: as many as there are bits in a word.
pub(super) const MOST_LANES: usize = 64;

/// Lanes in memory.
pub(crate) trait Block: Arithmetic {
    /// The numbers of some blocks, `LANES` a block.
    fn numbers(blocks: &[Self]) -> &[f32];
    /// For each lane the number of `from` (`f32[LANES]`) at its place, which the bits of `places` are.
    fn pick(from: &[f32], places: Self) -> Self;
    /// Has the numbers of `D` blocks stand in turn in `to` (`f32[LANES · D]`): the first of each, then the second of each. Nothing, and false, where
    /// there are no instructions for that.
    fn interleave<const D: usize>(blocks: &[Self; D], to: &mut [f32]) -> bool;
    /// The numbers of some blocks, `LANES` a block.
    fn numbers_mut(blocks: &mut [Self]) -> &mut [f32];
}

/// `N` vectors of numbers.
#[derive(Clone, Copy, Debug)]
#[repr(transparent)]
pub(crate) struct Lanes<V, const N: usize>([V; N]);

/// `N` vectors of truth values.
#[derive(Clone, Copy, Debug)]
#[repr(transparent)]
pub(crate) struct LaneMask<M, const N: usize>([M; N]);

/// Methods that do to each vector what its method of the same name does.
macro_rules! vector_by_vector {
    ($($method:ident($($other:ident),*)),*) => {
        $(
            #[inline(always)]
            fn $method(self $(, $other: Self)*) -> Self {
                let mut result = self;
                for i in 0..N {
                    result.0[i] = self.0[i].$method($($other.0[i]),*);
                }
                result
            }
        )*
    };
}

impl<V: Vector, const N: usize> Add for Lanes<V, N> {
    type Output = Self;
    vector_by_vector!(add(other));
}

impl<V: Vector, const N: usize> Sub for Lanes<V, N> {
    type Output = Self;
    vector_by_vector!(sub(other));
}

impl<V: Vector, const N: usize> Mul for Lanes<V, N> {
    type Output = Self;
    vector_by_vector!(mul(other));
}

impl<V: Vector, const N: usize> Div for Lanes<V, N> {
    type Output = Self;
    #[inline(always)]
    fn div(self, other: Self) -> Self {
        self.divide(other)
    }
}

impl<V: Vector, const N: usize> Neg for Lanes<V, N> {
    type Output = Self;
    vector_by_vector!(neg());
}

impl<M: Mask, const N: usize> BitAnd for LaneMask<M, N> {
    type Output = Self;
    #[inline(always)]
    fn bitand(self, other: Self) -> Self {
        let mut result = self;
        for i in 0..N {
            result.0[i] = self.0[i] & other.0[i];
        }
        result
    }
}

impl<M: Mask, const N: usize> BitOr for LaneMask<M, N> {
    type Output = Self;
    #[inline(always)]
    fn bitor(self, other: Self) -> Self {
        let mut result = self;
        for i in 0..N {
            result.0[i] = self.0[i] | other.0[i];
        }
        result
    }
}

impl<M: Mask, const N: usize> Not for LaneMask<M, N> {
    type Output = Self;
    #[inline(always)]
    fn not(self) -> Self {
        let mut result = self;
        for i in 0..N {
            result.0[i] = !self.0[i];
        }
        result
    }
}

impl<M: Mask, const N: usize> Mask for LaneMask<M, N> {
    const LANES: usize = M::LANES * N;

    #[inline(always)]
    fn splat(value: bool) -> Self {
        Self([M::splat(value); N])
    }
    #[inline(always)]
    fn any(self) -> bool {
        let mut any = self.0[0];
        for i in 1..N {
            any = any | self.0[i];
        }
        any.any()
    }
    #[inline(always)]
    fn bits(self) -> u64 {
        const { assert!(Self::LANES <= MOST_LANES) }
        let mut bits = 0;
        for i in 0..N {
            bits |= self.0[i].bits() << (i * M::LANES);
        }
        bits
    }
}

impl<V: Vector, const N: usize> Real for Lanes<V, N> {
    type Mask = LaneMask<V::Mask, N>;
    const LANES: usize = V::LANES * N;
    const SUMS: usize = V::SUMS;

    #[inline(always)]
    fn splat(value: f32) -> Self {
        Self([V::splat(value); N])
    }
    #[inline(always)]
    fn from_lanes(mut lane: impl FnMut(usize) -> f32) -> Self {
        let mut result = Self::splat(0.0);
        for i in 0..N {
            result.0[i] = V::from_lanes(|j| lane(i * V::LANES + j));
        }
        result
    }
    #[inline(always)]
    fn lane(self, lane: usize) -> f64 {
        self.0[lane / V::LANES].lane(lane % V::LANES).into()
    }
    vector_by_vector!(mul_add(factor, term), near_sqrt(), near_quotient(other), near_inverse_root());
    #[inline(always)]
    fn to_unit(self) -> Self {
        arithmetic::to_unit(self)
    }
    #[inline(always)]
    fn unary(self, function: Unary) -> Self {
        function::unary(function, self)
    }
    #[inline(always)]
    fn binary(self, function: Binary, other: Self) -> Self {
        function::binary(function, self, other)
    }
    #[inline(always)]
    fn less(self, other: Self) -> Self::Mask {
        let mut result = Self::Mask::splat(false);
        for i in 0..N {
            result.0[i] = self.0[i].less(other.0[i]);
        }
        result
    }
    #[inline(always)]
    fn less_or_equal(self, other: Self) -> Self::Mask {
        let mut result = Self::Mask::splat(false);
        for i in 0..N {
            result.0[i] = self.0[i].less_or_equal(other.0[i]);
        }
        result
    }
    #[inline(always)]
    fn is_finite(self) -> Self::Mask {
        let mut result = Self::Mask::splat(false);
        for i in 0..N {
            result.0[i] = self.0[i].is_finite();
        }
        result
    }
    #[inline(always)]
    fn same_bits(self, other: Self) -> Self::Mask {
        let mut result = Self::Mask::splat(false);
        for i in 0..N {
            result.0[i] = self.0[i].same_bits(other.0[i]);
        }
        result
    }
    #[inline(always)]
    fn select(mask: Self::Mask, yes: Self, no: Self) -> Self {
        let mut result = no;
        for i in 0..N {
            result.0[i] = V::select(mask.0[i], yes.0[i], no.0[i]);
        }
        result
    }
}

/// The first `count` lanes of a block.
#[inline(always)]
pub(super) fn first_lanes<R: Real>(count: usize) -> R::Mask {
    R::from_lanes(|lane| if lane < count { 0.0 } else { 1.0 }).less(R::splat(1.0))
}

impl<V: Vector, const N: usize> Arithmetic for Lanes<V, N> {
    const FUSED: bool = V::FUSED;

    vector_by_vector!(divide(other), sqrt(), abs(), floor(), sign(), min(other), max(other));
    vector_by_vector!(plus_bits(other), minus_bits(other), max_bits(other), and_bits(other), or_bits(other), xor_bits(other));
    #[inline(always)]
    fn shift_left(self, count: u32) -> Self {
        let mut result = self;
        for i in 0..N {
            result.0[i] = self.0[i].shift_left(count);
        }
        result
    }
    #[inline(always)]
    fn shift_right(self, count: u32) -> Self {
        let mut result = self;
        for i in 0..N {
            result.0[i] = self.0[i].shift_right(count);
        }
        result
    }
    #[inline(always)]
    fn more_bits(self, other: Self) -> Self::Mask {
        let mut result = Self::Mask::splat(false);
        for i in 0..N {
            result.0[i] = self.0[i].more_bits(other.0[i]);
        }
        result
    }
    #[inline(always)]
    fn mended(self, near: Self::Mask, result: Self, function: Unary) -> Self {
        if !(!near).any() {
            return result;
        }
        let mut mended = [result];
        function::mend(Self::numbers(&[self]), Self::numbers_mut(&mut mended), Self::FUSED, function);
        mended[0]
    }
}

#[expect(unsafe_code, reason = "a view of vectors as the numbers they hold")]
impl<V: Vector, const N: usize> Block for Lanes<V, N> {
    #[inline(always)]
    fn pick(from: &[f32], places: Self) -> Self {
        if N == 1 {
            return Self([V::pick(from, places.0[0]); N]);
        }
        let mut picked = places;
        Self::numbers_mut(std::slice::from_mut(&mut picked)).iter_mut().for_each(|number| *number = from[number.to_bits() as usize]);
        picked
    }
    #[inline(always)]
    fn interleave<const D: usize>(blocks: &[Self; D], to: &mut [f32]) -> bool {
        for i in 0..N {
            let mut vectors = [blocks[0].0[i]; D];
            for number in 1..D {
                vectors[number] = blocks[number].0[i];
            }
            if !V::interleave(&vectors, &mut to[i * V::LANES * D..][..V::LANES * D]) {
                return false;
            }
        }
        true
    }
    #[inline(always)]
    fn numbers(blocks: &[Self]) -> &[f32] {
        const { assert!(size_of::<Self>() == size_of::<f32>() * Self::LANES) }
        // SAFETY: a block is N vectors and nothing else, a vector its f32 numbers and nothing else, and no f32 is less aligned.
        unsafe { std::slice::from_raw_parts(blocks.as_ptr().cast(), blocks.len() * Self::LANES) }
    }
    #[inline(always)]
    fn numbers_mut(blocks: &mut [Self]) -> &mut [f32] {
        const { assert!(size_of::<Self>() == size_of::<f32>() * Self::LANES) }
        // SAFETY: as above; every pattern of bits is a valid f32.
        unsafe { std::slice::from_raw_parts_mut(blocks.as_mut_ptr().cast(), blocks.len() * Self::LANES) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backend::cpu::instructions::{Instructions, OnLanes};

    struct Compare;

    impl OnLanes for Compare {
        type Output = ();

        #[inline(always)]
        fn call<V: Vector>(self) {
            compare::<Lanes<V, 1>>();
            compare::<V::Wide>();
            pick::<Lanes<V, 1>>();
            pick::<V::Wide>();
            let are_done = [interleave::<Lanes<V, 1>, 2>(), interleave::<V::Wide, 3>(), interleave::<Lanes<V, 1>, 4>()];
            assert_eq!(are_done, [V::LANES == 16; 3]);
        }
    }

    fn same(lane: usize, block: impl Block, expected: f32) {
        let found = Block::numbers(&[block])[lane];
        assert!(found.to_bits() == expected.to_bits() || found.is_nan() && expected.is_nan(), "{found} is not {expected}");
    }

    fn near(lane: usize, block: impl Block, expected: f32) {
        let (found, room) = (block.lane(lane) as f32, 2.0 * f32::EPSILON * expected.abs());
        assert!((found - expected).abs() <= room || found.to_bits() == expected.to_bits() || found.is_nan() && expected.is_nan());
    }

    fn compute<R: Block>(i: usize, (a, b): (R, R), (x, y): (f32, f32)) {
        let of_bits = |operation: fn(u32, u32) -> u32| f32::from_bits(operation(x.to_bits(), y.to_bits()));
        same(i, a.divide(b), x / y);
        same(i, a.sqrt(), x.sqrt());
        let nears = [(a.near_sqrt(), x.sqrt()), (a.near_quotient(R::splat(3.0)), x / 3.0)];
        nears.into_iter().for_each(|(found, expected)| near(i, found, expected));
        if (1e-30..1e30).contains(&x) {
            near(i, a.near_inverse_root(), 1.0 / x.sqrt());
            assert!((0.5..1.0).contains(&(f64::from(x) * a.to_unit().lane(i))));
        }
        same(i, a.abs(), x.abs());
        same(i, a.floor(), x.floor());
        same(i, a.min(b), if x < y { x } else { y });
        same(i, a.max(b), if x > y { x } else { y });
        same(i, a.and_bits(b), of_bits(|x, y| x & y));
        same(i, a.or_bits(b), of_bits(|x, y| x | y));
        same(i, a.xor_bits(b), of_bits(|x, y| x ^ y));
        same(i, a.shift_left(5), of_bits(|x, _| x << 5));
        same(i, a.shift_right(5), of_bits(|x, _| x >> 5));
    }

    fn compare<R: Block>() {
        let values = [1.5, -0.0, f32::INFINITY, f32::NAN, 1e-40, -3.25, f32::MAX, 0.0, -1.0];
        for shift in 0..values.len() {
            let (first, second) = (|i: usize| values[i % values.len()], |i: usize| values[(i + shift) % values.len()]);
            let (a, b) = (R::from_lanes(first), R::from_lanes(second));
            for i in 0..R::LANES {
                let (x, y) = (first(i), second(i));
                compute(i, (a, b), (x, y));
                assert_eq!(a.less(b).lane(i), x < y);
                assert_eq!(a.less_or_equal(b).lane(i), x <= y);
                assert_ne!((!a.less(b)).lane(i), x < y);
                assert_eq!(a.is_finite().lane(i), x.is_finite());
                assert_eq!(a.same_bits(b).lane(i), x.to_bits() == y.to_bits());
                let chosen = R::select(a.less(b), a, b).lane(i) as f32;
                assert!(chosen.to_bits() == if x < y { x } else { y }.to_bits() || chosen.is_nan());
                let sum = a.mul_add(R::splat(1.0), b).lane(i) as f32;
                assert!(sum == x + y || (x + y).is_nan() && sum.is_nan(), "{x} + {y} is not {sum}");
            }
            assert_eq!(a.less(b).any(), (0..R::LANES).any(|i| first(i) < second(i)));
        }
    }

    fn pick<R: Block>() {
        let from: Vec<f32> = (0..R::LANES).map(|number| number as f32 + 0.5).collect();
        for shift in 0..R::LANES {
            let place = |lane: usize| (lane * 7 + shift) % R::LANES;
            let picked = R::pick(&from, R::from_lanes(|lane| f32::from_bits(place(lane) as u32)));
            (0..R::LANES).for_each(|lane| same(lane, picked, from[place(lane)]));
        }
    }

    fn interleave<R: Block, const D: usize>() -> bool {
        let blocks: [R; D] = std::array::from_fn(|number| R::from_lanes(|lane| (lane * D + number) as f32));
        let mut numbers = vec![-1.0; R::LANES * D];
        let is_done = R::interleave(&blocks, &mut numbers);
        assert!((0..R::LANES * D).all(|place| numbers[place] == if is_done { place as f32 } else { -1.0 }), "{numbers:?}");
        is_done
    }

    #[test]
    fn every_instruction_set_does_what_one_number_does() {
        for instructions in Instructions::available() {
            instructions.call(Compare);
        }
    }
}
