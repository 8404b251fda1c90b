//! Logarithms to the bases e, 2 and 10.
//!
//! x = 2ᵉ (1 + f) with √½ ≤ 1 + f < √2, and ln(1 + f) = f − ½ f² + f³ p(f), with p of degree 7, minimax, within 2⁻²⁷ of the logarithm. The
//! terms are added smallest first; products that are not small are exact, of factors with few bits. Numbers below the normal ones are
//! scaled up first. Twin: `shaders/function/logarithm.wgsl`.

use std::f32::consts::{LOG2_E, LOG10_E};

use super::{LN_2_HIGH, LN_2_LOW, bits, polynomial};
use crate::backend::cpu::arithmetic::Arithmetic;

/// p in ln(1 + f) = f − ½ f² + f³ p(f).
const SERIES: [f32; 8] = [0.333_333_3, -0.250_008_2, 0.200_012_42, -0.166_234_1, 0.142_015_86, -0.131_596, 0.127_621_44, -0.076_363_56];

const ONE: u32 = 0x3f80_0000;
const MANTISSA: u32 = 0x007f_ffff;
/// The bits of √½.
const ROOT_HALF: u32 = 0x3f35_04f3;
/// The number 2²³, whose low bits count.
const COUNTER: f32 = 8_388_608.0;

/// The logarithm of e to some base, whole and in two parts, the first of 12 bits; and that of 2, less its first 16 bits.
struct Base {
    e: f32,
    e_high: f32,
    e_low: f32,
    two_low: f32,
}

const TWO: Base = Base { e: LOG2_E, e_high: 1.442_871_1, e_low: -0.000_176_052_85, two_low: 0.0 };
const TEN: Base = Base { e: LOG10_E, e_high: 0.434_326_17, e_low: -3.168_997e-5, two_low: 4.605_039e-6 };

/// log10 2, its first 16 bits.
const LOG10_2_HIGH: f32 = 0.301_025_4;

/// x as 2ᵉ (1 + f), with p(f).
struct Parts<R> {
    exponent: R,
    f: R,
    p: R,
}

/// ln x, within 1 ulp.
#[inline(always)]
pub(crate) fn ln<R: Arithmetic>(x: R) -> R {
    let parts = parts(x);
    let low = parts.f + parts.exponent.mul_add(R::splat(LN_2_LOW), parts.rest());
    completed(x, parts.exponent.mul_add(R::splat(LN_2_HIGH), low))
}

/// log2 x, within 1.4 ulp.
#[inline(always)]
pub(crate) fn log2<R: Arithmetic>(x: R) -> R {
    let parts = parts(x);
    completed(x, parts.logarithm(parts.exponent, &TWO))
}

/// log10 x, within 1.7 ulp.
#[inline(always)]
pub(crate) fn log10<R: Arithmetic>(x: R) -> R {
    let parts = parts(x);
    completed(x, parts.logarithm(parts.exponent * R::splat(LOG10_2_HIGH), &TEN))
}

/// log2 x as a sum, the first of 12 bits: within 2⁻²⁵ of it together, for a positive finite x.
#[inline(always)]
pub(super) fn log2_in_two<R: Arithmetic>(x: R) -> (R, R) {
    let Parts { exponent, f, p } = parts(x);
    let half = R::splat(0.5);
    // Half the square of the leading bits is exact, and so is what f less that has beyond its own leading bits.
    let f_high = leading(f);
    let half_square = f_high * f_high * half;
    let high = leading(f - half_square);
    let rest = f * f * (f * p) - (f + f_high) * (f - f_high) * half;
    let rest = ((f - high) - half_square) + rest;
    let log_high = leading((high + rest).mul_add(R::splat(LOG2_E), exponent));
    (log_high, sum(exponent - log_high, high, rest * R::splat(LOG2_E), &TWO))
}

impl<R: Arithmetic> Parts<R> {
    /// ln(1 + f) − f.
    #[inline(always)]
    fn rest(&self) -> R {
        let Self { f, p, .. } = *self;
        f * f * f.mul_add(p, R::splat(-0.5))
    }

    /// start + log(1 + f), and the lower part of log 2ᵉ.
    #[inline(always)]
    fn logarithm(&self, start: R, base: &Base) -> R {
        let high = leading(self.f);
        let rest = (self.f - high) + self.rest();
        sum(start, high, rest.mul_add(R::splat(base.e), self.exponent * R::splat(base.two_low)), base)
    }
}

/// start + high log e + low, for a high of 12 bits: the largest product is exact.
#[inline(always)]
fn sum<R: Arithmetic>(start: R, high: R, low: R, base: &Base) -> R {
    high.mul_add(R::splat(base.e_high), start) + high.mul_add(R::splat(base.e_low), low)
}

/// The logarithm of any x, given that of a positive finite one.
#[inline(always)]
fn completed<R: Arithmetic>(x: R, result: R) -> R {
    let zero = R::splat(0.0);
    let outside = R::select(x.less(zero), R::splat(f32::NAN), R::splat(f32::NEG_INFINITY));
    // NaN and +∞ are their own logarithm.
    let result = R::select(x.less(R::splat(f32::INFINITY)), result, x);
    R::select(x.less_or_equal(zero), outside, result)
}

/// A number's leading 12 bits.
#[inline(always)]
pub(super) fn leading<R: Arithmetic>(x: R) -> R {
    x.and_bits(bits(0xffff_f000))
}

/// The parts of a positive finite x.
#[inline(always)]
fn parts<R: Arithmetic>(x: R) -> Parts<R> {
    let tiny = x.less(R::splat(f32::MIN_POSITIVE));
    let x = R::select(tiny, x * R::splat(COUNTER), x);
    // Numbers from √½ times a power of two on to the next have one exponent once the bits are moved so that √½ becomes 1.
    let moved = x.plus_bits(bits(ONE - ROOT_HALF));
    let counted = moved.shift_right(23).or_bits(R::splat(COUNTER));
    let exponent = counted - R::select(tiny, R::splat(COUNTER + 150.0), R::splat(COUNTER + 127.0));
    let f = moved.and_bits(bits(MANTISSA)).plus_bits(bits(ROOT_HALF)) - R::splat(1.0);
    Parts { exponent, f, p: polynomial(f, SERIES) }
}
