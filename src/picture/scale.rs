//! The scale along one side of a picture.

use crate::error::{Error, Result};

/// How values are spread along a scale.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spacing {
    /// Equal differences take equal room.
    Linear,
    /// The same, of whole numbers.
    Whole,
    /// Equal ratios take equal room.
    Logarithmic,
}

/// The values along one side of a picture, from `low` (left or bottom) to `high` (right or top).
#[derive(Debug, Clone, PartialEq)]
pub struct Scale {
    /// What the values are, with their unit if they have one.
    pub label: String,
    /// The value at the left or bottom end.
    pub low: f64,
    /// The value at the right or top end; below `low` for a scale that runs backwards.
    pub high: f64,
    /// How the values between the ends are spread.
    pub spacing: Spacing,
}

impl Scale {
    /// A linear scale from `low` to `high`.
    pub fn linear(label: impl Into<String>, low: f64, high: f64) -> Self {
        Self { label: label.into(), low, high, spacing: Spacing::Linear }
    }

    /// A linear scale of whole numbers from `low` to `high`.
    pub fn whole(label: impl Into<String>, low: f64, high: f64) -> Self {
        Self { label: label.into(), low, high, spacing: Spacing::Whole }
    }

    /// A logarithmic scale from `low` to `high`, both to be positive.
    pub fn logarithmic(label: impl Into<String>, low: f64, high: f64) -> Self {
        Self { label: label.into(), low, high, spacing: Spacing::Logarithmic }
    }

    /// A scale that shows all of `values` with a little room at the ends.
    ///
    /// Values that are not finite, or not positive on a logarithmic scale, are left out of account.
    pub fn around(label: impl Into<String>, spacing: Spacing, values: impl IntoIterator<Item = f64>) -> Self {
        let shown = |value: &f64| value.is_finite() && (spacing != Spacing::Logarithmic || *value > 0.0);
        let ends = values.into_iter().filter(shown).fold(None, |ends, value| match ends {
            None => Some((value, value)),
            Some((low, high)) => Some((value.min(low), value.max(high))),
        });
        let (low, high) = match spacing {
            Spacing::Linear | Spacing::Whole => widened(ends.unwrap_or((0.0, 1.0))),
            Spacing::Logarithmic => {
                let (low, high) = ends.unwrap_or((0.1, 10.0));
                let (low, high) = widened((low.log10(), high.log10()));
                (10_f64.powf(low).max(f64::MIN_POSITIVE), 10_f64.powf(high))
            }
        };
        Self { label: label.into(), low: low.max(f64::MIN), high: high.min(f64::MAX), spacing }
    }

    /// Checks that both ends are finite, and positive on a logarithmic scale.
    ///
    /// # Errors
    /// [`Error::Invalid`] that names the scale.
    pub(super) fn check(&self) -> Result<()> {
        let range = format!("runs from {} to {}", self.low, self.high);
        if !self.low.is_finite() || !self.high.is_finite() {
            return Err(Error::invalid(format!("scale '{}'", self.label), format!("{range}: both must be finite")));
        }
        if self.spacing == Spacing::Logarithmic && (self.low <= 0.0 || self.high <= 0.0) {
            return Err(Error::invalid(
                format!("scale '{}'", self.label),
                format!("{range}: both must be positive on a logarithmic scale"),
            ));
        }
        Ok(())
    }

    /// Where `value` lies, as [`Self::fraction`] says, if it lies between the ends.
    pub(super) fn place(&self, value: f64) -> Option<f64> {
        self.fraction(value).filter(|fraction| (0.0..=1.0).contains(fraction))
    }

    /// Where `value` lies, 0 at `low` and 1 at `high`, or beyond; nothing for a value that has no place on the scale.
    pub(super) fn fraction(&self, value: f64) -> Option<f64> {
        if !value.is_finite() || (self.spacing == Spacing::Logarithmic && value <= 0.0) {
            return None;
        }
        let (value, low, high) = match self.spacing {
            // Halves, since the difference of two finite numbers may be infinite.
            Spacing::Linear | Spacing::Whole => (value / 2.0, self.low / 2.0, self.high / 2.0),
            Spacing::Logarithmic => (value.log10(), self.low.log10(), self.high.log10()),
        };
        if low == high { (value == low).then_some(0.5) } else { Some((value - low) / (high - low)) }
    }
}

/// The range with a 25th more at both ends, or some range around a single value.
fn widened((low, high): (f64, f64)) -> (f64, f64) {
    let room = if low == high { low.abs().max(1.0) / 2.0 } else { (high / 25.0) - (low / 25.0) };
    (low - room, high + room)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scale_around_values_is_valid_and_shows_every_value_it_can() {
        let sets: [&[f64]; 7] =
            [&[], &[0.0], &[-3.0, 5.0], &[f64::NAN, f64::INFINITY], &[1e-300, 1e300], &[f64::MIN, f64::MAX], &[5e-324, 1.0]];
        for values in sets {
            for spacing in [Spacing::Linear, Spacing::Logarithmic] {
                let scale = Scale::around("y", spacing, values.iter().copied());
                scale.check().unwrap();
                assert!(scale.low < scale.high, "{scale:?}");
                for fraction in values.iter().filter_map(|value| scale.fraction(*value)) {
                    assert!((-0.1..=1.1).contains(&fraction), "{values:?} {scale:?}");
                }
            }
        }
    }

    #[test]
    fn equal_ratios_take_equal_room_on_a_logarithmic_scale() {
        let scale = Scale::logarithmic("η", 1e-4, 1.0);
        assert!((scale.fraction(1e-2).unwrap() - 0.5).abs() < 1e-12);
        assert_eq!(scale.fraction(0.0), None);
        assert_eq!(scale.fraction(-1.0), None);
    }

    #[test]
    fn a_scale_may_run_backwards_or_have_no_length() {
        assert_eq!(Scale::linear("x", 2.0, -2.0).fraction(1.0), Some(0.25));
        assert_eq!(Scale::linear("x", 2.0, 2.0).fraction(2.0), Some(0.5));
        assert_eq!(Scale::linear("x", 2.0, 2.0).fraction(3.0), None);
    }

    #[test]
    fn ends_without_a_place_are_refused_by_name() {
        for scale in [Scale::linear("momentum", f64::NAN, 1.0), Scale::logarithmic("momentum", 0.0, 1.0)] {
            assert!(scale.check().unwrap_err().to_string().contains("momentum"));
        }
    }
}
