//! Eight numbers in an AVX register, with FMA and AVX2's integer comparisons.
#![expect(unsafe_code, reason = "intrinsics; the backend has checked for AVX2 and FMA before it uses these types")]

use std::arch::x86_64::*;

use super::{EXPONENT, Lanes, MAGNITUDE, Mask, Vector, Within};

/// Eight numbers.
#[derive(Clone, Copy, Debug)]
#[repr(transparent)]
pub(in crate::backend::cpu) struct F32x8(__m256);

/// Eight truth values, all bits of each set or none.
#[derive(Clone, Copy, Debug)]
#[repr(transparent)]
pub(in crate::backend::cpu) struct Mask8(__m256);

mask_operators!(Mask8, |a, b| Mask8(unsafe { _mm256_and_ps(a.0, b.0) }), |a, b| Mask8(unsafe { _mm256_or_ps(a.0, b.0) }), |a| a
    ^ Mask8::splat(true));

impl std::ops::BitXor for Mask8 {
    type Output = Self;
    #[inline(always)]
    fn bitxor(self, other: Self) -> Self {
        Self(unsafe { _mm256_xor_ps(self.0, other.0) })
    }
}

#[inline(never)]
#[target_feature(enable = "avx2,fma")]
fn enter<W: Within>(work: W) -> W::Output {
    work.call()
}

impl Mask for Mask8 {
    const LANES: usize = 8;

    #[inline(always)]
    fn splat(value: bool) -> Self {
        Self(unsafe { _mm256_castsi256_ps(_mm256_set1_epi32(-i32::from(value))) })
    }
    #[inline(always)]
    fn any(self) -> bool {
        unsafe { _mm256_movemask_ps(self.0) != 0 }
    }
    #[inline(always)]
    fn bits(self) -> u64 {
        unsafe { _mm256_movemask_ps(self.0) }.cast_unsigned().into()
    }
}

impl Vector for F32x8 {
    type Wide = Lanes<Self, 2>;
    type Mask = Mask8;
    const LANES: usize = 8;

    #[inline(always)]
    fn enter<W: Within>(work: W) -> W::Output {
        // SAFETY: there is a vector of this type only where the instructions are.
        unsafe { enter(work) }
    }
    #[inline(always)]
    fn splat(value: f32) -> Self {
        Self(unsafe { _mm256_set1_ps(value) })
    }
    #[inline(always)]
    fn from_lanes(lane: impl FnMut(usize) -> f32) -> Self {
        let lanes: [f32; 8] = std::array::from_fn(lane);
        Self(unsafe { _mm256_loadu_ps(lanes.as_ptr()) })
    }
    #[inline(always)]
    fn pick(from: &[f32], places: Self) -> Self {
        let from: &[f32; 8] = from.try_into().expect("there is a number for each lane");
        Self(unsafe { _mm256_permutevar8x32_ps(_mm256_loadu_ps(from.as_ptr()), _mm256_castps_si256(places.0)) })
    }
    #[inline(always)]
    fn lane(self, lane: usize) -> f32 {
        let mut lanes = [0.0; 8];
        unsafe { _mm256_storeu_ps(lanes.as_mut_ptr(), self.0) };
        lanes[lane]
    }
    #[inline(always)]
    fn add(self, other: Self) -> Self {
        Self(unsafe { _mm256_add_ps(self.0, other.0) })
    }
    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        Self(unsafe { _mm256_sub_ps(self.0, other.0) })
    }
    #[inline(always)]
    fn mul(self, other: Self) -> Self {
        Self(unsafe { _mm256_mul_ps(self.0, other.0) })
    }
    #[inline(always)]
    fn divide(self, other: Self) -> Self {
        Self(unsafe { _mm256_div_ps(self.0, other.0) })
    }
    #[inline(always)]
    fn sqrt(self) -> Self {
        Self(unsafe { _mm256_sqrt_ps(self.0) })
    }
    #[inline(always)]
    fn neg(self) -> Self {
        Self(unsafe { _mm256_xor_ps(self.0, _mm256_set1_ps(-0.0)) })
    }
    #[inline(always)]
    fn abs(self) -> Self {
        self.and_bits(Self::splat(f32::from_bits(MAGNITUDE)))
    }
    #[inline(always)]
    fn floor(self) -> Self {
        Self(unsafe { _mm256_floor_ps(self.0) })
    }
    #[inline(always)]
    fn min(self, other: Self) -> Self {
        Self(unsafe { _mm256_min_ps(self.0, other.0) })
    }
    #[inline(always)]
    fn max(self, other: Self) -> Self {
        Self(unsafe { _mm256_max_ps(self.0, other.0) })
    }
    #[inline(always)]
    fn mul_add(self, factor: Self, term: Self) -> Self {
        Self(unsafe { _mm256_fmadd_ps(self.0, factor.0, term.0) })
    }
    #[inline(always)]
    fn less(self, other: Self) -> Mask8 {
        Mask8(unsafe { _mm256_cmp_ps::<_CMP_LT_OQ>(self.0, other.0) })
    }
    #[inline(always)]
    fn less_or_equal(self, other: Self) -> Mask8 {
        Mask8(unsafe { _mm256_cmp_ps::<_CMP_LE_OQ>(self.0, other.0) })
    }
    #[inline(always)]
    fn is_finite(self) -> Mask8 {
        unsafe {
            let exponent = _mm256_set1_epi32(EXPONENT.cast_signed());
            let bits = _mm256_and_si256(_mm256_castps_si256(self.0), exponent);
            Mask8(_mm256_castsi256_ps(_mm256_cmpgt_epi32(exponent, bits)))
        }
    }
    #[inline(always)]
    fn same_bits(self, other: Self) -> Mask8 {
        Mask8(unsafe { _mm256_castsi256_ps(_mm256_cmpeq_epi32(_mm256_castps_si256(self.0), _mm256_castps_si256(other.0))) })
    }
    #[inline(always)]
    fn plus_bits(self, other: Self) -> Self {
        Self(unsafe { _mm256_castsi256_ps(_mm256_add_epi32(_mm256_castps_si256(self.0), _mm256_castps_si256(other.0))) })
    }
    #[inline(always)]
    fn minus_bits(self, other: Self) -> Self {
        Self(unsafe { _mm256_castsi256_ps(_mm256_sub_epi32(_mm256_castps_si256(self.0), _mm256_castps_si256(other.0))) })
    }
    #[inline(always)]
    fn max_bits(self, other: Self) -> Self {
        Self(unsafe { _mm256_castsi256_ps(_mm256_max_epu32(_mm256_castps_si256(self.0), _mm256_castps_si256(other.0))) })
    }
    #[inline(always)]
    fn more_bits(self, other: Self) -> Mask8 {
        // There is no comparison of numbers without sign: more than the other is what the other is not the larger of.
        !self.max_bits(other).same_bits(other)
    }
    #[inline(always)]
    fn and_bits(self, other: Self) -> Self {
        Self(unsafe { _mm256_and_ps(self.0, other.0) })
    }
    #[inline(always)]
    fn or_bits(self, other: Self) -> Self {
        Self(unsafe { _mm256_or_ps(self.0, other.0) })
    }
    #[inline(always)]
    fn xor_bits(self, other: Self) -> Self {
        Self(unsafe { _mm256_xor_ps(self.0, other.0) })
    }
    #[inline(always)]
    fn shift_left(self, count: u32) -> Self {
        Self(unsafe { _mm256_castsi256_ps(_mm256_sllv_epi32(_mm256_castps_si256(self.0), _mm256_set1_epi32(count.cast_signed()))) })
    }
    #[inline(always)]
    fn shift_right(self, count: u32) -> Self {
        Self(unsafe { _mm256_castsi256_ps(_mm256_srlv_epi32(_mm256_castps_si256(self.0), _mm256_set1_epi32(count.cast_signed()))) })
    }
    #[inline(always)]
    fn select(mask: Mask8, yes: Self, no: Self) -> Self {
        Self(unsafe { _mm256_blendv_ps(no.0, yes.0, mask.0) })
    }
}
