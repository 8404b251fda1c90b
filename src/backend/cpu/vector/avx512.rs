//! Sixteen numbers in an AVX-512 register, conditions in mask registers.
#![expect(unsafe_code, reason = "intrinsics; the backend has checked for AVX-512F and DQ before it uses these types")]

use std::arch::x86_64::*;

use super::{EXPONENT, Lanes, MAGNITUDE, Mask, SIGNS, Vector, Within};

/// Sixteen numbers.
#[derive(Clone, Copy, Debug)]
#[repr(transparent)]
pub(in crate::backend::cpu) struct F32x16(__m512);

/// Classes of numbers as the instruction that tells them counts them: zeros of either sign, and ∞.
const ZEROS: i32 = 0x06;
const INFINITY: i32 = 0x08;

/// Sixteen truth values, a bit each.
#[derive(Clone, Copy, Debug)]
#[repr(transparent)]
pub(in crate::backend::cpu) struct Mask16(__mmask16);

mask_operators!(Mask16, |a, b| Mask16(a.0 & b.0), |a, b| Mask16(a.0 | b.0), |a| Mask16(!a.0));

/// For each of `D` results and each vector but the first: which numbers of the result so far, and beyond 15 of that vector, make the next one.
const fn turns<const D: usize>() -> [[[i32; 16]; D]; D] {
    let (mut turns, mut place) = ([[[0; 16]; D]; D], 0);
    while place < 16 * D {
        let (vector, number, lane) = (place % D, place / D, place % 16);
        let mut i = 1;
        while i < D {
            turns[place / 16][i][lane] = if vector == i {
                16 + number as i32
            } else if vector == 0 && i == 1 {
                number as i32
            } else {
                lane as i32
            };
            i += 1;
        }
        place += 1;
    }
    turns
}

#[inline(never)]
#[target_feature(enable = "avx512f,avx512dq,avx2,fma")]
fn enter<W: Within>(work: W) -> W::Output {
    work.call()
}

impl Mask for Mask16 {
    const LANES: usize = 16;

    #[inline(always)]
    fn splat(value: bool) -> Self {
        Self(if value { u16::MAX } else { 0 })
    }
    #[inline(always)]
    fn any(self) -> bool {
        self.0 != 0
    }
    #[inline(always)]
    fn bits(self) -> u64 {
        self.0.into()
    }
}

impl Vector for F32x16 {
    type Wide = Lanes<Self, 2>;
    type Mask = Mask16;
    const LANES: usize = 16;
    const SUMS: usize = 8;

    #[inline(always)]
    fn enter<W: Within>(work: W) -> W::Output {
        // SAFETY: there is a vector of this type only where the instructions are.
        unsafe { enter(work) }
    }
    #[inline(always)]
    fn splat(value: f32) -> Self {
        Self(unsafe { _mm512_set1_ps(value) })
    }
    #[inline(always)]
    fn from_lanes(lane: impl FnMut(usize) -> f32) -> Self {
        let lanes: [f32; 16] = std::array::from_fn(lane);
        Self(unsafe { _mm512_loadu_ps(lanes.as_ptr()) })
    }
    #[inline(always)]
    fn pick(from: &[f32], places: Self) -> Self {
        let from: &[f32; 16] = from.try_into().expect("there is a number for each lane");
        Self(unsafe { _mm512_permutexvar_ps(_mm512_castps_si512(places.0), _mm512_loadu_ps(from.as_ptr())) })
    }
    #[inline(always)]
    fn interleave<const D: usize>(vectors: &[Self; D], to: &mut [f32]) -> bool {
        for (number, to) in to.chunks_exact_mut(16).take(D).enumerate() {
            let mut turn = vectors[0].0;
            for i in 1..D {
                let places = const { turns::<D>() }[number][i];
                turn = unsafe { _mm512_permutex2var_ps(turn, _mm512_loadu_epi32(places.as_ptr()), vectors[i].0) };
            }
            unsafe { _mm512_storeu_ps(to.as_mut_ptr(), turn) };
        }
        true
    }
    #[inline(always)]
    fn lane(self, lane: usize) -> f32 {
        let mut lanes = [0.0; 16];
        unsafe { _mm512_storeu_ps(lanes.as_mut_ptr(), self.0) };
        lanes[lane]
    }
    #[inline(always)]
    fn add(self, other: Self) -> Self {
        Self(unsafe { _mm512_add_ps(self.0, other.0) })
    }
    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        Self(unsafe { _mm512_sub_ps(self.0, other.0) })
    }
    #[inline(always)]
    fn mul(self, other: Self) -> Self {
        Self(unsafe { _mm512_mul_ps(self.0, other.0) })
    }
    #[inline(always)]
    fn divide(self, other: Self) -> Self {
        Self(unsafe { _mm512_div_ps(self.0, other.0) })
    }
    #[inline(always)]
    fn sqrt(self) -> Self {
        Self(unsafe { _mm512_sqrt_ps(self.0) })
    }
    /// One step of Newton's method from an estimate of 1/√x to 2⁻¹⁴: multiplications, while the divider, which is slow, does something else.
    #[inline(always)]
    fn near_sqrt(self) -> Self {
        let estimate = Self(unsafe { _mm512_rsqrt14_ps(self.0) });
        let (root, half) = (self.mul(estimate), Self::splat(0.5).mul(estimate));
        let error = Self(unsafe { _mm512_fnmadd_ps(root.0, half.0, Self::splat(0.5).0) });
        let root = error.mul_add(root, root);
        // The estimates of 0 and ∞ are each other.
        let is_itself = Mask16(unsafe { _mm512_fpclass_ps_mask::<{ ZEROS | INFINITY }>(self.0) });
        Self::select(is_itself, self, root)
    }
    /// Likewise.
    #[inline(always)]
    fn near_inverse_root(self) -> Self {
        let estimate = Self(unsafe { _mm512_rsqrt14_ps(self.0) });
        let error = Self(unsafe { _mm512_fnmadd_ps(self.mul(estimate).0, estimate.0, Self::splat(1.0).0) });
        error.mul_add(Self::splat(0.5).mul(estimate), estimate)
    }
    /// Likewise from an estimate of 1/other.
    #[inline(always)]
    fn near_quotient(self, other: Self) -> Self {
        let estimate = Self(unsafe { _mm512_rcp14_ps(other.0) });
        let error = Self(unsafe { _mm512_fnmadd_ps(other.0, estimate.0, Self::splat(1.0).0) });
        self.mul(error.mul_add(estimate, estimate))
    }
    #[inline(always)]
    fn neg(self) -> Self {
        Self(unsafe { _mm512_xor_ps(self.0, _mm512_set1_ps(-0.0)) })
    }
    #[inline(always)]
    fn abs(self) -> Self {
        self.and_bits(Self::splat(f32::from_bits(MAGNITUDE)))
    }
    #[inline(always)]
    fn floor(self) -> Self {
        Self(unsafe { _mm512_roundscale_ps::<{ _MM_FROUND_TO_NEG_INF | _MM_FROUND_NO_EXC }>(self.0) })
    }
    /// By the table of what becomes of numbers of each class.
    #[inline(always)]
    fn sign(self) -> Self {
        Self(unsafe { _mm512_fixupimm_ps::<0>(self.0, self.0, _mm512_set1_epi32(SIGNS.cast_signed())) })
    }
    #[inline(always)]
    fn min(self, other: Self) -> Self {
        Self(unsafe { _mm512_min_ps(self.0, other.0) })
    }
    #[inline(always)]
    fn max(self, other: Self) -> Self {
        Self(unsafe { _mm512_max_ps(self.0, other.0) })
    }
    #[inline(always)]
    fn mul_add(self, factor: Self, term: Self) -> Self {
        Self(unsafe { _mm512_fmadd_ps(self.0, factor.0, term.0) })
    }
    #[inline(always)]
    fn less(self, other: Self) -> Mask16 {
        Mask16(unsafe { _mm512_cmp_ps_mask::<_CMP_LT_OQ>(self.0, other.0) })
    }
    #[inline(always)]
    fn less_or_equal(self, other: Self) -> Mask16 {
        Mask16(unsafe { _mm512_cmp_ps_mask::<_CMP_LE_OQ>(self.0, other.0) })
    }
    #[inline(always)]
    fn is_finite(self) -> Mask16 {
        unsafe {
            let exponent = _mm512_set1_epi32(EXPONENT.cast_signed());
            Mask16(_mm512_cmpneq_epi32_mask(_mm512_and_si512(_mm512_castps_si512(self.0), exponent), exponent))
        }
    }
    #[inline(always)]
    fn same_bits(self, other: Self) -> Mask16 {
        Mask16(unsafe { _mm512_cmpeq_epi32_mask(_mm512_castps_si512(self.0), _mm512_castps_si512(other.0)) })
    }
    #[inline(always)]
    fn plus_bits(self, other: Self) -> Self {
        Self(unsafe { _mm512_castsi512_ps(_mm512_add_epi32(_mm512_castps_si512(self.0), _mm512_castps_si512(other.0))) })
    }
    #[inline(always)]
    fn minus_bits(self, other: Self) -> Self {
        Self(unsafe { _mm512_castsi512_ps(_mm512_sub_epi32(_mm512_castps_si512(self.0), _mm512_castps_si512(other.0))) })
    }
    #[inline(always)]
    fn max_bits(self, other: Self) -> Self {
        Self(unsafe { _mm512_castsi512_ps(_mm512_max_epu32(_mm512_castps_si512(self.0), _mm512_castps_si512(other.0))) })
    }
    #[inline(always)]
    fn more_bits(self, other: Self) -> Mask16 {
        Mask16(unsafe { _mm512_cmpgt_epu32_mask(_mm512_castps_si512(self.0), _mm512_castps_si512(other.0)) })
    }
    #[inline(always)]
    fn and_bits(self, other: Self) -> Self {
        Self(unsafe { _mm512_and_ps(self.0, other.0) })
    }
    #[inline(always)]
    fn or_bits(self, other: Self) -> Self {
        Self(unsafe { _mm512_or_ps(self.0, other.0) })
    }
    #[inline(always)]
    fn xor_bits(self, other: Self) -> Self {
        Self(unsafe { _mm512_xor_ps(self.0, other.0) })
    }
    #[inline(always)]
    fn shift_left(self, count: u32) -> Self {
        Self(unsafe { _mm512_castsi512_ps(_mm512_sllv_epi32(_mm512_castps_si512(self.0), _mm512_set1_epi32(count.cast_signed()))) })
    }
    #[inline(always)]
    fn shift_right(self, count: u32) -> Self {
        Self(unsafe { _mm512_castsi512_ps(_mm512_srlv_epi32(_mm512_castps_si512(self.0), _mm512_set1_epi32(count.cast_signed()))) })
    }
    #[inline(always)]
    fn select(mask: Mask16, yes: Self, no: Self) -> Self {
        Self(unsafe { _mm512_mask_blend_ps(mask.0, no.0, yes.0) })
    }
}
