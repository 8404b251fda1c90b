//! sinh, cosh and tanh, from e to the magnitude; the sign is put back at the end.
//!
//! Where the difference of the two powers would cancel, an odd polynomial x + x³ p(x²) stands in, minimax, within
//! 2⁻³¹ of sinh for |x| ≤ 1 and 2⁻²⁷·⁷ of tanh for |x| ≤ ⅝ (the ranges of Cephes). Twin: `shaders/function/hyperbolic.wgsl`.

use super::exponential::{exp, exp_half};
use super::{odd_polynomial, with_sign};
use crate::backend::cpu::arithmetic::Arithmetic;

const SINH: [f32; 4] = [0.166_666_67, 0.008_333_31, 0.000_198_428_96, 2.782_213_2e-6];
const TANH: [f32; 5] = [-0.333_332_8, 0.133_314_06, -0.053_736_515, 0.020_628_167, -0.005_692_297];

/// sinh x, within 1.7 ulp.
#[inline(always)]
pub(crate) fn sinh<R: Arithmetic>(x: R) -> R {
    let size = x.abs();
    let power = exp_half(size);
    let far = power - R::splat(0.25).divide(power);
    with_sign(R::select(size.less(R::splat(1.0)), odd_polynomial(size, SINH), far), x)
}

/// cosh x, within 1.6 ulp.
#[inline(always)]
pub(crate) fn cosh<R: Arithmetic>(x: R) -> R {
    let power = exp_half(x.abs());
    power + R::splat(0.25).divide(power)
}

/// tanh x, within 1.4 ulp.
#[inline(always)]
pub(crate) fn tanh<R: Arithmetic>(x: R) -> R {
    let size = x.abs();
    let far = R::splat(1.0) - R::splat(2.0).divide(exp(size + size) + R::splat(1.0));
    with_sign(R::select(size.less(R::splat(0.625)), odd_polynomial(size, TANH), far), x)
}
