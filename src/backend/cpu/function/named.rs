//! The functions by their names in formulas.

use super::{acos, asin, atan, atan2, cbrt, cos, cosh, exp, exp2, ln, log2, log10, power, sign, sin, sinh, tan, tanh};
use crate::backend::cpu::arithmetic::Arithmetic;
use crate::function::{Binary, Unary};

/// A function of one number.
#[inline(always)]
pub(crate) fn unary<R: Arithmetic>(function: Unary, x: R) -> R {
    match function {
        Unary::Negate => -x,
        Unary::Abs => x.abs(),
        Unary::Sign => sign(x),
        Unary::Floor => x.floor(),
        Unary::Sqrt => x.sqrt(),
        Unary::Cbrt => cbrt(x),
        Unary::Exp => exp(x),
        Unary::Exp2 => exp2(x),
        Unary::Ln => ln(x),
        Unary::Log2 => log2(x),
        Unary::Log10 => log10(x),
        Unary::Sin => sin(x),
        Unary::Cos => cos(x),
        Unary::Tan => tan(x),
        Unary::Asin => asin(x),
        Unary::Acos => acos(x),
        Unary::Atan => atan(x),
        Unary::Sinh => sinh(x),
        Unary::Cosh => cosh(x),
        Unary::Tanh => tanh(x),
    }
}

/// A function of two numbers.
#[inline(always)]
pub(crate) fn binary<R: Arithmetic>(function: Binary, a: R, b: R) -> R {
    match function {
        Binary::Minimum => a.min(b),
        Binary::Maximum => a.max(b),
        Binary::Atan2 => atan2(a, b),
        Binary::Power => power(a, b),
    }
}
