//! Numbers that carry a bound on the error that f32 arithmetic may make of them: what a backend is held against.
//!
//! Running error analysis: every operation adds its own rounding to what its operands bring along. Wilkinson, *Error analysis
//! revisited*, IMA Bulletin 22 (1986); Higham, *Accuracy and Stability of Numerical Algorithms*, 2nd ed. 2002, §3.3,
//! doi:10.1137/1.9780898718027.

use std::ops::{Add, BitAnd, BitOr, Div, Mul, Neg, Not, Sub};

use crate::function::{Binary, Unary};
use crate::real::{Mask, Real};

/// What one rounding may cost, relative: a whole ulp at most, so that the order in which a sum is formed does not matter.
const ROUNDING: f64 = 1.0 / (1 << 23) as f64;
/// And absolute, where numbers too small for f32's full precision are taken for 0.
const UNDERFLOW: f64 = f32::MIN_POSITIVE as f64;
/// Roundings that a division or a root is worth: WGSL allows two and a half ulps.
const DIVISION: f64 = 3.0;
/// Roundings that an elementary function is worth.
const FUNCTION: f64 = 4.0;
/// Beyond this size of an angle, sine and cosine lose digits.
const LARGE_ANGLE: f64 = 8192.0;

/// An f64 value and how far f32 arithmetic may be off.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bounded {
    /// The value.
    pub value: f64,
    /// The largest error, absolute.
    pub error: f64,
    /// The sum of the magnitudes of the terms that it was added up from.
    terms: f64,
    /// Whether rounding may have taken another branch on the way here.
    pub is_doubtful: bool,
}

/// A truth value, and whether rounding may decide it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Doubtful {
    holds: bool,
    is_doubtful: bool,
}

impl Bounded {
    /// A value and its error.
    pub fn new(value: f64, error: f64) -> Self {
        Self { value, error, terms: value.abs(), is_doubtful: false }
    }

    /// How far `found` lies from the value, as a multiple of the bound; infinite where it is not a number.
    pub fn error_of(self, found: f32) -> f64 {
        // What is stored is rounded once more.
        let allowed = self.error + self.value.abs() * ROUNDING + UNDERFLOW;
        let error = (f64::from(found) - self.value).abs() / allowed;
        if error.is_nan() { f64::INFINITY } else { error }
    }

    /// The square root.
    pub fn sqrt(self) -> Self {
        self.unary(Unary::Sqrt)
    }

    /// The square root of a sum of squares, which rounding does not make negative.
    pub fn root_of_squares(self) -> Self {
        let ends = self.ends().map(|end| end.max(0.0).sqrt());
        Self::of_ends(self.value.sqrt(), ends.into_iter(), DIVISION, self.is_doubtful)
    }

    /// Rounded after `roundings`, of operands that are in doubt or not.
    fn rounded(value: f64, error: f64, roundings: f64, is_doubtful: bool) -> Self {
        let error = error + roundings * value.abs() * ROUNDING + UNDERFLOW;
        Self { value, error, terms: value.abs(), is_doubtful: is_doubtful || may_overflow(value, error) }
    }

    /// The value of a function, given its values at the ends of what the arguments may be.
    fn of_ends(value: f64, ends: impl Iterator<Item = f64>, roundings: f64, is_doubtful: bool) -> Self {
        let ends: Vec<f64> = ends.collect();
        // Where it has no value at an end, it may have none here either, and the other way round.
        let is_doubtful = is_doubtful || ends.iter().any(|end| end.is_nan() != value.is_nan());
        let error = ends.iter().map(|end| (end - value).abs()).filter(|error| !error.is_nan()).fold(0.0, f64::max);
        Self::rounded(value, error, roundings, is_doubtful)
    }

    fn ends(self) -> [f64; 2] {
        [self.value - self.error, self.value + self.error]
    }

    fn compare(self, other: Self, holds: bool) -> Doubtful {
        let is_close = (self.value - other.value).abs() <= self.error + other.error;
        // Two numbers that are exact compare as they do.
        let is_exact = self.error == 0.0 && other.error == 0.0;
        Doubtful { holds, is_doubtful: self.is_doubtful || other.is_doubtful || (is_close && !is_exact) }
    }
}

/// Whether f32 may take a number for infinite, from which nothing comes back.
fn may_overflow(value: f64, error: f64) -> bool {
    value.abs() + error > f32::MAX.into()
}

impl Add for Bounded {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        let terms = self.terms + other.terms;
        let error = self.error + other.error + terms * ROUNDING + UNDERFLOW;
        let value = self.value + other.value;
        let is_doubtful = self.is_doubtful || other.is_doubtful || may_overflow(value, error);
        Self { value, error, terms, is_doubtful }
    }
}

impl Sub for Bounded {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        self + -other
    }
}

impl Mul for Bounded {
    type Output = Self;
    fn mul(self, other: Self) -> Self {
        let error = self.value.abs() * other.error + other.value.abs() * self.error + self.error * other.error;
        Self::rounded(self.value * other.value, error, 1.0, self.is_doubtful || other.is_doubtful)
    }
}

impl Div for Bounded {
    type Output = Self;
    fn div(self, other: Self) -> Self {
        let quotients = other.ends().into_iter().flat_map(|divisor| self.ends().map(|end| end / divisor));
        let may_be_zero = other.value != 0.0 && other.value.abs() <= other.error;
        Self::of_ends(self.value / other.value, quotients, DIVISION, self.is_doubtful || other.is_doubtful || may_be_zero)
    }
}

impl Neg for Bounded {
    type Output = Self;
    fn neg(self) -> Self {
        Self { value: -self.value, ..self }
    }
}

impl Real for Bounded {
    type Mask = Doubtful;
    const LANES: usize = 1;

    fn splat(value: f32) -> Self {
        Self::new(value.into(), 0.0)
    }
    fn constant(value: f64) -> Self {
        Self::new(value, (value - f64::from(value as f32)).abs())
    }
    fn from_lanes(mut lane: impl FnMut(usize) -> f32) -> Self {
        Self::splat(lane(0))
    }
    fn lane(self, _lane: usize) -> f64 {
        self.value
    }
    fn mul_add(self, factor: Self, term: Self) -> Self {
        self * factor + term
    }
    fn unary(self, function: Unary) -> Self {
        let value = function.of(self.value);
        let ends = self.ends().map(|end| function.of(end));
        match function {
            Unary::Negate => -self,
            Unary::Abs => Self { value, terms: value.abs(), ..self },
            // They jump.
            Unary::Sign | Unary::Floor => {
                let jumps = ends.iter().any(|end| *end != value) && self.error > 0.0;
                Self { is_doubtful: self.is_doubtful || jumps, ..Self::new(value, 0.0) }
            }
            Unary::Sqrt => Self::of_ends(value, ends.into_iter(), DIVISION, self.is_doubtful),
            Unary::Tan if ends[1] < ends[0] => Self::of_ends(value, ends.into_iter(), FUNCTION, true), // beyond a pole
            Unary::Sin | Unary::Cos | Unary::Tan => {
                // Not monotonous, so that the ends may both lie on one side of what is in between.
                let curved = Self::of_ends(value, ends.into_iter(), FUNCTION, self.is_doubtful);
                let lost = if self.value.abs() > LARGE_ANGLE { self.value.abs() * ROUNDING } else { 0.0 };
                Self { error: curved.error + self.error * self.error + lost + ROUNDING * ROUNDING, ..curved }
            }
            _ => Self::of_ends(value, ends.into_iter(), FUNCTION, self.is_doubtful),
        }
    }
    fn binary(self, function: Binary, other: Self) -> Self {
        match function {
            Binary::Minimum => Self::select(self.less(other), self, other),
            Binary::Maximum => Self::select(other.less(self), self, other),
            Binary::Atan2 | Binary::Power => {
                let value = function.of(self.value, other.value);
                let ends = self.ends().into_iter().flat_map(|a| other.ends().map(|b| function.of(a, b)));
                let size = if function == Binary::Power { value.abs().ln().abs() } else { 0.0 };
                let roundings = FUNCTION + if size.is_finite() { size } else { 0.0 };
                // Across the cut of atan2 the ends are 2π apart, and there is no telling which is right.
                let straddles = function == Binary::Atan2 && self.value.abs() <= self.error && self.error > 0.0;
                Self::of_ends(value, ends, roundings, self.is_doubtful || other.is_doubtful || straddles)
            }
        }
    }
    fn less(self, other: Self) -> Doubtful {
        self.compare(other, self.value < other.value)
    }
    fn less_or_equal(self, other: Self) -> Doubtful {
        self.compare(other, self.value <= other.value)
    }
    fn is_finite(self) -> Doubtful {
        Doubtful { holds: (self.value as f32).is_finite(), is_doubtful: self.is_doubtful }
    }
    fn same_bits(self, other: Self) -> Doubtful {
        self.compare(other, self.value.to_bits() == other.value.to_bits())
    }
    fn select(mask: Doubtful, yes: Self, no: Self) -> Self {
        let chosen = if mask.holds { yes } else { no };
        Self { is_doubtful: chosen.is_doubtful || (mask.is_doubtful && yes != no), ..chosen }
    }
}

impl BitAnd for Doubtful {
    type Output = Self;
    fn bitand(self, other: Self) -> Self {
        Self { holds: self.holds & other.holds, is_doubtful: self.is_doubtful | other.is_doubtful }
    }
}

impl BitOr for Doubtful {
    type Output = Self;
    fn bitor(self, other: Self) -> Self {
        Self { holds: self.holds | other.holds, is_doubtful: self.is_doubtful | other.is_doubtful }
    }
}

impl Not for Doubtful {
    type Output = Self;
    fn not(self) -> Self {
        Self { holds: !self.holds, ..self }
    }
}

impl Mask for Doubtful {
    const LANES: usize = 1;

    fn splat(value: bool) -> Self {
        Self { holds: value, is_doubtful: false }
    }
    fn any(self) -> bool {
        self.holds
    }
    fn bits(self) -> u64 {
        self.holds.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_cancelling_difference_is_judged_by_its_terms() {
        let third = |x: f32| Bounded::splat(x) / Bounded::splat(3.0);
        let difference = third(1000.0) - third(1000.001);
        assert!(difference.error_of(difference.value as f32 + 1e-4) < 1.0);
        assert!(difference.error_of(1.0) > 1000.0);
        assert_eq!(difference.error_of(f32::NAN), f64::INFINITY);
    }

    #[test]
    fn a_close_comparison_is_doubtful_and_an_exact_one_is_not() {
        let (a, b) = (Bounded::splat(1.0), Bounded::splat(1.0));
        assert!(!a.less(b).is_doubtful);
        let third = Bounded::splat(1.0) / Bounded::splat(3.0);
        assert!(third.less(Bounded::constant(1.0 / 3.0)).is_doubtful);
        assert!(Bounded::select(third.less(Bounded::constant(1.0 / 3.0)), a, Bounded::splat(2.0)).is_doubtful);
        assert!(!third.less(Bounded::splat(0.5)).is_doubtful);
    }

    #[test]
    fn what_f32_may_take_for_infinite_or_for_no_number_is_doubtful() {
        let of = Bounded::splat;
        let large = of(f32::MAX) * of(0.5);
        assert!(!large.is_doubtful && (large + large).is_doubtful && (large * of(2.0)).is_doubtful);
        assert!((of(1.0) / of(0.0)).is_doubtful && of(90.0).unary(Unary::Exp).is_doubtful);
        // 1 − 3 · (1/3) is 0, give or take a rounding.
        let nothing = of(1.0) - of(3.0) * (of(1.0) / of(3.0));
        assert!(nothing.sqrt().is_doubtful && (of(1.0) / nothing).is_doubtful && !nothing.root_of_squares().is_doubtful);
        assert!((of(1.0) + nothing).unary(Unary::Asin).is_doubtful && !of(2.0).unary(Unary::Asin).is_doubtful);
    }

    #[test]
    fn an_angle_on_either_side_of_a_pole_has_a_doubtful_tangent() {
        let near = |angle: f64, error| Bounded::new(angle, error).unary(Unary::Tan).is_doubtful;
        assert!(near(1.57, 1e-3) && near(-1.572, 2e-3));
        assert!(!near(1.57, 1e-6) && !near(0.0, 1e-3));
    }

    proptest! {
        #[test]
        fn f32_arithmetic_stays_within_the_bound(a in -100_f32..100.0, b in -100_f32..100.0, c in 0.0625_f32..128.0) {
            let of = Bounded::splat;
            let exact = (of(a) * of(b) - of(c)) / of(c) + (of(a) + of(b)).unary(Unary::Sin) * of(c).sqrt();
            let found = (a * b - c) / c + (a + b).sin() * c.sqrt();
            prop_assert!(exact.error_of(found) <= 1.0, "{exact:?} {found}");
            prop_assert!(exact.error_of(found + 1e-3 * (1.0 + found.abs())) > 1.0);
        }
    }
}
