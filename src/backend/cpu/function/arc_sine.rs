//! asin and acos.
//!
//! For s ≤ ½, asin s = s + s³ p(s²), with p of degree 4, minimax, within 2⁻²⁷·⁶. For larger |x| it is π/2 − 2 asin s
//! with s² = (1 − |x|)/2, which is exact (Cephes, fdlibm). s and its small correction are added to the angle one after the other, the
//! correction together with the angle's own. Twin: `shaders/function/arc_sine.wgsl`.

use std::f32::consts::{FRAC_PI_2, PI};

use super::{FRAC_PI_2_LOW, polynomial, with_sign};
use crate::backend::cpu::arithmetic::Arithmetic;

/// π/2 less 1.5. The larger part, less a double s, is of fewer bits than π/2, so that less of it is rounded away.
const FRAC_PI_2_PAST: f32 = 0.070_796_326;

const SERIES: [f32; 5] = [0.166_667_52, 0.074_953_094, 0.045_469_154, 0.024_184_743, 0.042_158_388];

/// The angle asin(s) = s + correction that both functions are made of.
struct Angle<R: Arithmetic> {
    s: R,
    correction: R,
    /// Whether |x| > ½, so that s is not |x| itself.
    is_far: R::Mask,
}

/// asin x, within 1.3 ulp; NaN for |x| > 1.
#[inline(always)]
pub(crate) fn asin<R: Arithmetic>(x: R) -> R {
    let Angle { s, correction, is_far } = angle(x.abs());
    let minus_two = R::splat(-2.0);
    let far = s.mul_add(minus_two, R::splat(1.5)) + correction.mul_add(minus_two, R::splat(FRAC_PI_2_PAST));
    with_sign(R::select(is_far, far, s + correction), x)
}

/// acos x, within 1.3 ulp; NaN for |x| > 1.
#[inline(always)]
pub(crate) fn acos<R: Arithmetic>(x: R) -> R {
    let Angle { s, correction, is_far } = angle(x.abs());
    let zero = R::splat(0.0);
    let is_negative = x.less(zero);
    // π/2 − asin x, or 2 asin s from 0 up or from π down.
    let start = R::select(is_far, R::select(is_negative, R::splat(PI), zero), R::splat(FRAC_PI_2));
    let start_low = R::select(is_far, R::select(is_negative, R::splat(2.0 * FRAC_PI_2_LOW), zero), R::splat(FRAC_PI_2_LOW));
    let factor = R::select(is_far, R::splat(2.0), R::splat(-1.0));
    with_sign(s, x).mul_add(factor, start) + with_sign(correction, x).mul_add(factor, start_low)
}

#[inline(always)]
fn angle<R: Arithmetic>(size: R) -> Angle<R> {
    let half = R::splat(0.5);
    let is_far = half.less(size);
    let square = R::select(is_far, size.mul_add(-half, half), size * size);
    let s = R::select(is_far, square.sqrt(), size);
    Angle { s, correction: s * square * polynomial(square, SERIES), is_far }
}
