//! Axes: the values that one or more inputs take, and the text forms they are written in.
//!
//! Values are made in f64 and rounded to f32, any part of an axis on its own, so that no axis need fit in memory.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use crate::error::{Error, Result};
use crate::sample::{Distribution, MAX_SOBOL_COUNT, MAX_SOBOL_DIMENSION};

/// The longest axis: positions on it are 32-bit numbers with a bit to spare on the device.
pub const MAX_COUNT: u64 = 1 << 31;

/// A table of f32 values: `count` rows of `columns` numbers, one column an input.
#[derive(Clone, Debug, PartialEq)]
pub struct Axis {
    count: u64,
    columns: usize,
    form: Form,
}

#[derive(Clone, Debug, PartialEq)]
enum Form {
    Fixed(f32),
    Linear {
        from: f64,
        to: f64,
    },
    Logarithmic {
        from: f64,
        to: f64,
    },
    /// Row-major; `source` is how the user named it.
    Table {
        values: Arc<[f32]>,
        source: String,
    },
    Sample {
        distribution: Distribution,
        seed: u64,
    },
    Index,
}

impl Axis {
    /// One value.
    pub fn fixed(value: f32) -> Self {
        Self { count: 1, columns: 1, form: Form::Fixed(value) }
    }

    /// `count` values evenly spaced from `from` to `to`, both included.
    pub fn linear(from: f64, to: f64, count: u64) -> Self {
        Self { count, columns: 1, form: Form::Linear { from, to } }
    }

    /// `count` values from `from` to `to`, both included, each a fixed multiple of the one before.
    pub fn logarithmic(from: f64, to: f64, count: u64) -> Self {
        Self { count, columns: 1, form: Form::Logarithmic { from, to } }
    }

    /// Rows of `columns` values each, row-major; `source` names them in messages and results.
    pub fn table(values: impl Into<Arc<[f32]>>, columns: usize, source: impl Into<String>) -> Self {
        let values = values.into();
        Self { count: (values.len() / columns.max(1)) as u64, columns, form: Form::Table { values, source: source.into() } }
    }

    /// `count` seeded random or low-discrepancy points of `columns` coordinates.
    pub fn sample(distribution: Distribution, count: u64, columns: usize, seed: u64) -> Self {
        Self { count, columns, form: Form::Sample { distribution, seed } }
    }

    /// The numbers 0, 1, …, count−1.
    pub fn index(count: u64) -> Self {
        Self { count, columns: 1, form: Form::Index }
    }

    /// How many rows there are.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// How many numbers a row holds.
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// Whether it is a single fixed value, and so nothing to sweep.
    pub fn is_fixed(&self) -> bool {
        matches!(self.form, Form::Fixed(_))
    }

    /// Whether its values are spaced by a factor rather than by a difference.
    pub fn is_logarithmic(&self) -> bool {
        matches!(self.form, Form::Logarithmic { .. })
    }

    /// Rows `range`, row-major.
    pub fn rows(&self, range: Range<u64>) -> Vec<f32> {
        match &self.form {
            Form::Table { values, .. } => values[range.start as usize * self.columns..range.end as usize * self.columns].to_vec(),
            _ => range.flat_map(|row| (0..self.columns).map(move |column| self.value(row, column))).collect(),
        }
    }

    /// One number.
    pub fn value(&self, row: u64, column: usize) -> f32 {
        let part = || row as f64 / (self.count - 1) as f64;
        match &self.form {
            Form::Fixed(value) => *value,
            Form::Linear { from, .. } | Form::Logarithmic { from, .. } if row == 0 => *from as f32,
            Form::Linear { to, .. } | Form::Logarithmic { to, .. } if row == self.count - 1 => *to as f32,
            Form::Linear { from, to } => (from + (to - from) * part()) as f32,
            Form::Logarithmic { from, to } => (from * (to / from).powf(part())) as f32,
            Form::Table { values, .. } => values[row as usize * self.columns + column],
            Form::Sample { distribution, seed } => distribution.coordinate(*seed, row, column) as f32,
            Form::Index => row as f32,
        }
    }

    /// Checks the axis as the values of `field`: a count in range, and every value finite in f32.
    pub fn validate(&self, field: &str) -> Result<()> {
        let refuse = |reason: String| Err(Error::invalid(field, reason));
        if self.count == 0 || self.columns == 0 {
            return refuse("has no values; give at least one".into());
        }
        if self.count > MAX_COUNT {
            return refuse(format!("{} values are more than an axis can hold, {MAX_COUNT}", self.count));
        }
        match &self.form {
            Form::Fixed(value) if !value.is_finite() => refuse(format!("{value} is not a finite f32")),
            Form::Linear { from, to } | Form::Logarithmic { from, to } => check_ends(field, *from, *to, self),
            Form::Table { values, .. } => match values.iter().position(|value| !value.is_finite()) {
                Some(at) => refuse(format!("value {} of row {} is not a finite f32", at % self.columns + 1, at / self.columns + 1)),
                None => Ok(()),
            },
            Form::Sample { distribution, .. } => check_sample(field, *distribution, self),
            _ => Ok(()),
        }
    }

    /// How many f32 values lie between neighbours where they lie closest, if that is so few that rounding shows; linear axes only.
    pub fn coarse_spacing(&self) -> Option<f64> {
        let Form::Linear { from, to } = self.form else { return None };
        let largest = from.abs().max(to.abs()) as f32;
        let spacing = (to - from).abs() / (self.count.max(2) - 1) as f64 / f64::from(largest.next_up() - largest);
        (self.count > 1 && spacing < 8.0).then_some(spacing)
    }

    /// Reads the values of the scalar input `field`: a number, `from:to:count`, `log:from:to:count` or a list `a,b,c`.
    pub fn parse(field: &str, text: &str) -> Result<Self> {
        let parts: Vec<&str> = text.split(':').map(str::trim).collect();
        let axis = match parts[..] {
            ["log", from, to, count] => Self::logarithmic(number(field, from)?, number(field, to)?, whole(field, count)?),
            [from, to, count] if from != "log" => Self::linear(number(field, from)?, number(field, to)?, whole(field, count)?),
            [list] if list.contains(',') => {
                let values = list.split(',').map(|part| number(field, part.trim()).map(|value| value as f32));
                Self::table(values.collect::<Result<Vec<_>>>()?, 1, text)
            }
            [value] => Self::fixed(number(field, value)? as f32),
            _ => {
                let forms = "a number, from:to:count, log:from:to:count, a list a,b,c or @file";
                return Err(Error::invalid(field, format!("'{text}' is not {forms}")));
            }
        };
        axis.validate(field)?;
        Ok(axis)
    }

    /// Reads the start points of `columns` variables: a number for all, or `uniform:low:high:count`, `normal:mean:deviation:count`
    /// or `sobol:low:high:count`.
    pub fn parse_start(text: &str, columns: usize, seed: u64) -> Result<Self> {
        let field = "start";
        let parts: Vec<&str> = text.split(':').map(str::trim).collect();
        let axis = match parts[..] {
            [value] => {
                let value = number(field, value)? as f32;
                return Ok(Self::table(vec![value; columns], columns, text));
            }
            [kind @ ("uniform" | "normal" | "sobol"), first, second, count] => {
                let (low, high) = (number(field, first)?, number(field, second)?);
                let distribution = match kind {
                    "uniform" => Distribution::Uniform { low, high },
                    "normal" => Distribution::Normal { mean: low, deviation: high },
                    _ => Distribution::Sobol { low, high },
                };
                Self::sample(distribution, whole(field, count)?, columns, seed)
            }
            _ => {
                let forms = "a number, uniform:low:high:count, normal:mean:deviation:count, sobol:low:high:count or @file";
                return Err(Error::invalid(field, format!("'{text}' is not {forms}; name a variable to give it a grid, as in x=-4:4:100")));
            }
        };
        axis.validate(field)?;
        Ok(axis)
    }
}

impl fmt::Display for Axis {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = self.count;
        match &self.form {
            Form::Fixed(value) => write!(out, "{value}"),
            Form::Linear { from, to } => write!(out, "{}:{}:{count}", Short(*from), Short(*to)),
            Form::Logarithmic { from, to } => write!(out, "log:{}:{}:{count}", Short(*from), Short(*to)),
            Form::Table { source, .. } => write!(out, "{source}"),
            Form::Sample { distribution: Distribution::Uniform { low, high }, .. } => write!(out, "uniform:{low}:{high}:{count}"),
            Form::Sample { distribution: Distribution::Normal { mean, deviation }, .. } => write!(out, "normal:{mean}:{deviation}:{count}"),
            Form::Sample { distribution: Distribution::Sobol { low, high }, .. } => write!(out, "sobol:{low}:{high}:{count}"),
            Form::Index => write!(out, "0:{}:{count}", count.saturating_sub(1)),
        }
    }
}

/// A number with an exponent where it would else be long.
struct Short(f64);

impl fmt::Display for Short {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let size = self.0.abs();
        if size == 0.0 || (1e-5..1e9).contains(&size) { write!(out, "{}", self.0) } else { write!(out, "{:e}", self.0) }
    }
}

fn check_ends(field: &str, from: f64, to: f64, axis: &Axis) -> Result<()> {
    let logarithmic = axis.is_logarithmic();
    let refuse = |reason: String| Err(Error::invalid(field, reason));
    if let Some(end) = [from, to].into_iter().find(|end| !(*end as f32).is_finite()) {
        return refuse(format!("{end} is not a finite f32"));
    }
    if let Some(end) = [from, to].into_iter().find(|end| logarithmic && *end <= 0.0) {
        return refuse(format!("a logarithmic axis cannot reach {end}; both ends must be above 0"));
    }
    if (axis.count == 1) != (from == to) {
        let advice = if axis.count == 1 { "give a count of 2 or more, or one number" } else { "they are the same; give one number" };
        return refuse(format!("{} value(s) from {from} to {to}: {advice}", axis.count));
    }
    Ok(())
}

fn check_sample(field: &str, distribution: Distribution, axis: &Axis) -> Result<()> {
    let refuse = |reason: String| Err(Error::invalid(field, reason));
    match distribution {
        Distribution::Uniform { low, high } | Distribution::Sobol { low, high }
            if !((low as f32).is_finite() && (high as f32).is_finite() && low < high) =>
        {
            refuse(format!("low {low} must be below high {high}, both finite"))
        }
        Distribution::Normal { mean, deviation } if !((mean.abs() + 10.0 * deviation) as f32).is_finite() || deviation <= 0.0 => {
            refuse(format!(
                "a normal sample needs a deviation above 0 and ten of them around the mean finite in f32, not {mean:e} and {deviation:e}"
            ))
        }
        Distribution::Sobol { .. } if axis.columns > MAX_SOBOL_DIMENSION || axis.count > MAX_SOBOL_COUNT => {
            refuse(format!("sobol points have at most {MAX_SOBOL_DIMENSION} coordinates, not {}; use uniform", axis.columns))
        }
        _ => Ok(()),
    }
}

fn number(field: &str, text: &str) -> Result<f64> {
    let value: f64 = text.parse().map_err(|_| Error::invalid(field, format!("'{text}' is not a number")))?;
    match value as f32 {
        single if !single.is_finite() => Err(Error::invalid(field, format!("'{text}' is not finite in f32"))),
        0.0 if value != 0.0 => Err(Error::invalid(field, format!("'{text}' is 0 in f32; give 0, or a number of 1e-38 or more"))),
        _ => Ok(value),
    }
}

/// A count, which may be written as 1e6.
fn whole(field: &str, text: &str) -> Result<u64> {
    let value = number(field, text).ok().filter(|value| value.fract() == 0.0 && (0.0..1e18).contains(value));
    value.map(|value| value as u64).ok_or_else(|| Error::invalid(field, format!("'{text}' is not a count of values")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn forms_that_are_not_an_axis_are_refused_by_field() {
        for text in
            ["", "a", "1:2", "1:2:3:4", "log:1:2", "log:0:1:4", "1:2:0", "1:2:1", "1:1:5", "1:2:2.5", "1,,2", "nan", "1:inf:3", "1e39"]
        {
            let message = Axis::parse("x", text).expect_err(text).to_string();
            assert!(message.starts_with("x: "), "{text}: {message}");
        }
        for text in ["", "1:2", "1:2:3", "uniform:1:1:5", "normal:0:-1:5", "sobol:0:1:0", "uniform:0:1"] {
            let message = Axis::parse_start(text, 2, 0).expect_err(text).to_string();
            assert!(message.starts_with("start: "), "{text}: {message}");
        }
    }

    proptest! {
        #[test]
        fn a_linear_axis_begins_and_ends_where_it_says_and_is_even(from in -1e3..1e3_f64, width in 1e-2..1e3_f64, count in 2_u64..500) {
            let axis = Axis::parse("x", &format!("{from}:{}:{count}", from + width)).unwrap();
            let values = axis.rows(0..count);
            prop_assert_eq!(values.len() as u64, count);
            prop_assert_eq!((values[0], values[values.len() - 1]), (from as f32, (from + width) as f32));
            let step = width / (count - 1) as f64;
            for (i, value) in values.iter().enumerate() {
                prop_assert!((f64::from(*value) - from - step * i as f64).abs() <= f64::from(f32::EPSILON) * (from.abs() + width));
            }
        }

        #[test]
        fn a_logarithmic_axis_has_one_ratio(from in 1e-6..1e3_f64, factor in 1.5..1e6_f64, count in 2_u64..200) {
            let axis = Axis::parse("lr", &format!("log:{from}:{}:{count}", from * factor)).unwrap();
            let ratio = factor.powf(1.0 / (count - 1) as f64);
            for pair in axis.rows(0..count).windows(2) {
                prop_assert!((f64::from(pair[1]) / f64::from(pair[0]) / ratio - 1.0).abs() < 4.0 * f64::from(f32::EPSILON));
            }
        }

        #[test]
        fn what_an_axis_prints_reads_back_as_itself(text in "(log:)?[1-9]{1,3}\\.[1-9]:[1-9]{4}\\.5:[2-9]{1,3}|[0-9]{1,4}\\.25|[0-9]{1,3},[0-9]{1,3}") {
            let axis = Axis::parse("x", &text).unwrap();
            prop_assert_eq!(Axis::parse("x", &axis.to_string()).unwrap(), axis);
        }

        #[test]
        fn any_part_of_an_axis_is_that_part_of_the_whole(count in 2_u64..300, at in 0_u64..300, length in 0_u64..300, which in 0_usize..3) {
            let axis = [
                Axis::linear(-3.0, 5.0, count),
                Axis::sample(Distribution::Normal { mean: 0.0, deviation: 2.0 }, count, 3, 9),
                Axis::sample(Distribution::Sobol { low: -1.0, high: 1.0 }, count, 2, 0),
            ][which].clone();
            let (start, end) = (at.min(count), (at + length).min(count));
            let columns = axis.columns() as u64;
            prop_assert_eq!(axis.rows(start..end), axis.rows(0..count)[(start * columns) as usize..(end * columns) as usize].to_vec());
        }

        #[test]
        fn no_text_makes_the_reader_panic(text in ".{0,24}") {
            let _ = Axis::parse("x", &text);
            let _ = Axis::parse_start(&text, 3, 1);
        }
    }
}
