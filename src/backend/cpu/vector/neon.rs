//! Four numbers in a NEON register, which every 64-bit Arm processor has.
#![expect(unsafe_code, reason = "intrinsics; NEON is part of the 64-bit Arm baseline")]

use std::arch::aarch64::*;

use super::{EXPONENT, Lanes, Mask, Vector, Within};

/// Four numbers.
#[derive(Clone, Copy, Debug)]
#[repr(transparent)]
pub(in crate::backend::cpu) struct F32x4(float32x4_t);

/// Four truth values, all bits of each set or none.
#[derive(Clone, Copy, Debug)]
pub(in crate::backend::cpu) struct Mask4(uint32x4_t);

mask_operators!(Mask4, |a, b| Mask4(unsafe { vandq_u32(a.0, b.0) }), |a, b| Mask4(unsafe { vorrq_u32(a.0, b.0) }), |a| Mask4(unsafe {
    vmvnq_u32(a.0)
}));

impl Mask for Mask4 {
    const LANES: usize = 4;

    #[inline(always)]
    fn splat(value: bool) -> Self {
        Self(unsafe { vdupq_n_u32(if value { u32::MAX } else { 0 }) })
    }
    #[inline(always)]
    fn any(self) -> bool {
        unsafe { vmaxvq_u32(self.0) != 0 }
    }
    #[inline(always)]
    fn bits(self) -> u64 {
        const BITS: [u32; 4] = [1, 2, 4, 8];
        unsafe { vaddvq_u32(vandq_u32(self.0, vld1q_u32(BITS.as_ptr()))) }.into()
    }
}

impl Vector for F32x4 {
    type Wide = Lanes<Self, 4>;
    type Mask = Mask4;
    const LANES: usize = 4;

    #[inline(never)]
    fn enter<W: Within>(work: W) -> W::Output {
        work.call()
    }
    #[inline(always)]
    fn splat(value: f32) -> Self {
        Self(unsafe { vdupq_n_f32(value) })
    }
    #[inline(always)]
    fn from_lanes(lane: impl FnMut(usize) -> f32) -> Self {
        let lanes: [f32; 4] = std::array::from_fn(lane);
        Self(unsafe { vld1q_f32(lanes.as_ptr()) })
    }
    #[inline(always)]
    fn lane(self, lane: usize) -> f32 {
        let mut lanes = [0.0; 4];
        unsafe { vst1q_f32(lanes.as_mut_ptr(), self.0) };
        lanes[lane]
    }
    #[inline(always)]
    fn add(self, other: Self) -> Self {
        Self(unsafe { vaddq_f32(self.0, other.0) })
    }
    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        Self(unsafe { vsubq_f32(self.0, other.0) })
    }
    #[inline(always)]
    fn mul(self, other: Self) -> Self {
        Self(unsafe { vmulq_f32(self.0, other.0) })
    }
    #[inline(always)]
    fn divide(self, other: Self) -> Self {
        Self(unsafe { vdivq_f32(self.0, other.0) })
    }
    #[inline(always)]
    fn sqrt(self) -> Self {
        Self(unsafe { vsqrtq_f32(self.0) })
    }
    #[inline(always)]
    fn neg(self) -> Self {
        Self(unsafe { vnegq_f32(self.0) })
    }
    #[inline(always)]
    fn abs(self) -> Self {
        Self(unsafe { vabsq_f32(self.0) })
    }
    #[inline(always)]
    fn floor(self) -> Self {
        Self(unsafe { vrndmq_f32(self.0) })
    }
    #[inline(always)]
    fn mul_add(self, factor: Self, term: Self) -> Self {
        Self(unsafe { vfmaq_f32(term.0, self.0, factor.0) })
    }
    #[inline(always)]
    fn less(self, other: Self) -> Mask4 {
        Mask4(unsafe { vcltq_f32(self.0, other.0) })
    }
    #[inline(always)]
    fn less_or_equal(self, other: Self) -> Mask4 {
        Mask4(unsafe { vcleq_f32(self.0, other.0) })
    }
    #[inline(always)]
    fn is_finite(self) -> Mask4 {
        unsafe {
            let exponent = vdupq_n_u32(EXPONENT);
            Mask4(vcltq_u32(vandq_u32(vreinterpretq_u32_f32(self.0), exponent), exponent))
        }
    }
    #[inline(always)]
    fn same_bits(self, other: Self) -> Mask4 {
        Mask4(unsafe { vceqq_u32(vreinterpretq_u32_f32(self.0), vreinterpretq_u32_f32(other.0)) })
    }
    #[inline(always)]
    fn plus_bits(self, other: Self) -> Self {
        Self(unsafe { vreinterpretq_f32_u32(vaddq_u32(vreinterpretq_u32_f32(self.0), vreinterpretq_u32_f32(other.0))) })
    }
    #[inline(always)]
    fn minus_bits(self, other: Self) -> Self {
        Self(unsafe { vreinterpretq_f32_u32(vsubq_u32(vreinterpretq_u32_f32(self.0), vreinterpretq_u32_f32(other.0))) })
    }
    #[inline(always)]
    fn max_bits(self, other: Self) -> Self {
        Self(unsafe { vreinterpretq_f32_u32(vmaxq_u32(vreinterpretq_u32_f32(self.0), vreinterpretq_u32_f32(other.0))) })
    }
    #[inline(always)]
    fn more_bits(self, other: Self) -> Mask4 {
        Mask4(unsafe { vcgtq_u32(vreinterpretq_u32_f32(self.0), vreinterpretq_u32_f32(other.0)) })
    }
    #[inline(always)]
    fn and_bits(self, other: Self) -> Self {
        Self(unsafe { vreinterpretq_f32_u32(vandq_u32(vreinterpretq_u32_f32(self.0), vreinterpretq_u32_f32(other.0))) })
    }
    #[inline(always)]
    fn or_bits(self, other: Self) -> Self {
        Self(unsafe { vreinterpretq_f32_u32(vorrq_u32(vreinterpretq_u32_f32(self.0), vreinterpretq_u32_f32(other.0))) })
    }
    #[inline(always)]
    fn xor_bits(self, other: Self) -> Self {
        Self(unsafe { vreinterpretq_f32_u32(veorq_u32(vreinterpretq_u32_f32(self.0), vreinterpretq_u32_f32(other.0))) })
    }
    #[inline(always)]
    fn shift_left(self, count: u32) -> Self {
        Self(unsafe { vreinterpretq_f32_u32(vshlq_u32(vreinterpretq_u32_f32(self.0), vdupq_n_s32(count.cast_signed()))) })
    }
    #[inline(always)]
    fn shift_right(self, count: u32) -> Self {
        Self(unsafe { vreinterpretq_f32_u32(vshlq_u32(vreinterpretq_u32_f32(self.0), vdupq_n_s32(-count.cast_signed()))) })
    }
    #[inline(always)]
    fn select(mask: Mask4, yes: Self, no: Self) -> Self {
        Self(unsafe { vbslq_f32(mask.0, yes.0, no.0) })
    }
}
