//! Elementary functions of f32 lanes, without tables, and without branches but for very large angles.
//!
//! Each file has a twin of the same stem in `shaders/function`, with the same steps and constants, so that what one reckons the other
//! does too, up to the rounding of multiply-add. The errors at most, in units in the last place of the result, stand in [`BOUNDS`]: for
//! all arguments, those below the normal numbers included, with and without FMA. NaN gives NaN, but in x⁰ and 1ʸ. A lane's value
//! depends on nothing but its argument. Polynomials are minimax, by Remez' exchange or linear programming, their coefficients rounded
//! one by one.

mod arc_sine;
mod arc_tangent;
mod cbrt;
mod exponential;
mod hyperbolic;
mod logarithm;
mod named;
mod power;
mod sign;
#[cfg(test)]
mod tests;
mod trigonometric;

pub(crate) use arc_sine::{acos, asin};
pub(crate) use arc_tangent::{atan, atan2};
pub(crate) use cbrt::cbrt;
pub(crate) use exponential::{exp, exp2};
pub(crate) use hyperbolic::{cosh, sinh, tanh};
pub(crate) use logarithm::{ln, log2, log10};
pub(crate) use named::{binary, unary};
pub(crate) use power::power;
pub(crate) use sign::sign;
pub(crate) use trigonometric::{cos, mend, sin, tan};

use super::arithmetic::Arithmetic;

/// The largest error of each function, in ulp, a little above what was found for all numbers between ¼ and 4 and many others. That of
/// [`power`] is for xʸ near 1.
#[cfg(test)]
const BOUNDS: [(&str, f64); 18] = [
    ("exp", 1.1),
    ("exp2", 1.1),
    ("ln", 1.0),
    ("log2", 1.4),
    ("log10", 1.7),
    ("power", 1.2),
    ("sin", 1.6),
    ("cos", 1.6),
    ("tan", 2.0),
    ("asin", 1.3),
    ("acos", 1.3),
    ("atan", 1.5),
    ("atan2", 1.7),
    ("sinh", 1.7),
    ("cosh", 1.6),
    ("tanh", 1.4),
    ("cbrt", 1.0),
    ("sign", 0.0),
];

/// How much more the error of xʸ is, for each 1 of |y ln x|.
#[cfg(test)]
const POWER_GROWTH: f64 = 1.0 / 3.0;

/// ln 2 in two parts, the first of 16 bits, so that its product with an exponent is exact.
const LN_2_HIGH: f32 = 0.693_145_75;
const LN_2_LOW: f32 = 1.428_606_8e-6;

/// What f32's π/2 lacks; twice that is what its π lacks.
const FRAC_PI_2_LOW: f32 = -4.371_139e-8;

/// These bits in every lane.
#[inline(always)]
fn bits<R: Arithmetic>(bits: u32) -> R {
    R::splat(f32::from_bits(bits))
}

/// The bit of the sign.
#[inline(always)]
fn sign_of<R: Arithmetic>(x: R) -> R {
    x.and_bits(R::splat(-0.0))
}

/// A number without sign, with that of another.
#[inline(always)]
fn with_sign<R: Arithmetic>(size: R, x: R) -> R {
    size.or_bits(sign_of(x))
}

/// Σᵢ cᵢ xⁱ, by Horner's rule.
#[inline(always)]
fn polynomial<R: Arithmetic, const N: usize>(x: R, coefficients: [f32; N]) -> R {
    let mut sum = R::splat(coefficients[N - 1]);
    for i in 2..=N {
        sum = sum.mul_add(x, R::splat(coefficients[N - i]));
    }
    sum
}

/// x + x³ Σᵢ cᵢ x²ⁱ.
#[inline(always)]
fn odd_polynomial<R: Arithmetic, const N: usize>(x: R, coefficients: [f32; N]) -> R {
    let square = x * x;
    (x * square).mul_add(polynomial(square, coefficients), x)
}
