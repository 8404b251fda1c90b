//! Numbers that carry the sum of the absolute terms they were made of: the scale on which rounding errors are judged.

use std::ops::{Add, Mul, Neg, Sub};

use crate::real::Real;

/// An f64 value, and what it would be had no term of it ever been subtracted.
///
/// A computation in f32 whose result cancels is off by ulps of its terms, not of its result; see Higham, *Accuracy and
/// Stability of Numerical Algorithms*, 2nd ed. 2002, §3.1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tracked {
    /// The value.
    pub value: f64,
    /// The sum of its terms' magnitudes, at least |value|.
    pub terms: f64,
}

impl Tracked {
    /// How far `found` lies from the value, in f32 ulps of the sum of terms; infinite where it is not a number.
    pub fn error(self, found: f32) -> f64 {
        let scale = (self.terms as f32).max(f32::MIN_POSITIVE);
        let error = (f64::from(found) - self.value).abs() / f64::from(scale.next_up() - scale);
        if error.is_nan() { f64::INFINITY } else { error }
    }

    /// The square root.
    pub fn sqrt(self) -> Self {
        Self { value: self.value.sqrt(), terms: self.terms.sqrt() }
    }
}

impl Add for Tracked {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self { value: self.value + other.value, terms: self.terms + other.terms }
    }
}

impl Sub for Tracked {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self { value: self.value - other.value, terms: self.terms + other.terms }
    }
}

impl Mul for Tracked {
    type Output = Self;
    fn mul(self, other: Self) -> Self {
        Self { value: self.value * other.value, terms: self.terms * other.terms }
    }
}

impl Neg for Tracked {
    type Output = Self;
    fn neg(self) -> Self {
        Self { value: -self.value, terms: self.terms }
    }
}

impl Real for Tracked {
    type Mask = bool;
    const LANES: usize = 1;

    fn splat(value: f32) -> Self {
        Self { value: value.into(), terms: value.abs().into() }
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
    fn less(self, other: Self) -> bool {
        self.value < other.value
    }
    fn less_or_equal(self, other: Self) -> bool {
        self.value <= other.value
    }
    fn is_finite(self) -> bool {
        self.value.is_finite()
    }
    fn same_bits(self, other: Self) -> bool {
        self.value.to_bits() == other.value.to_bits()
    }
    fn select(mask: bool, yes: Self, no: Self) -> Self {
        if mask { yes } else { no }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cancelling_difference_is_judged_by_its_terms() {
        let difference = Tracked::splat(1000.0) - Tracked::splat(1000.0);
        assert_eq!((difference.value, difference.terms), (0.0, 2000.0));
        assert!(difference.error(1e-4) < 1.0);
        assert!(difference.error(1.0) > 1000.0);
        assert_eq!(difference.error(f32::NAN), f64::INFINITY);
    }
}
