//! The sign of a number, as a number. Twin: `shaders/function/sign.wgsl`.

use crate::backend::cpu::arithmetic::Arithmetic;

/// −1 or 1; a zero and NaN are their own sign. Exact.
#[inline(always)]
pub(crate) fn sign<R: Arithmetic>(x: R) -> R {
    x.sign()
}
