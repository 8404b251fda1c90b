//! The levels between the colours of a contour.
//!
//! They are quantiles of what is shown, closer together the lower they are, so that valleys show however high the hills are. Round
//! numbers near them are taken.

use super::ticks;

/// The part of all values that lies below each level.
const PARTS: [f64; 15] = [0.001, 0.003, 0.01, 0.03, 0.06, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9];
/// Levels closer than this part of the height between the bottom and the middle of all values are one.
const CLOSE: f64 = 1e-4;
/// Where quantiles make fewer levels, because most values are the same, evenly spaced ones are taken.
const FEWEST: usize = 6;
/// How many bands they make at most.
const EVEN: usize = 10;

/// Bands of values that have one colour each.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Bands {
    /// Where they begin and end, ascending, with the least value in front and the largest one last.
    edges: Vec<f64>,
    /// How the edges are written.
    pub(super) labels: Vec<String>,
}

impl Bands {
    /// Bands for `values`, those that are finite; `None` if none is.
    pub(super) fn of(values: &[f64]) -> Option<Self> {
        let mut sorted: Vec<f64> = values.iter().copied().filter(|value| value.is_finite()).collect();
        sorted.sort_unstable_by(f64::total_cmp);
        let (low, high) = (*sorted.first()?, *sorted.last()?);
        let levels = match quantiles(&sorted) {
            few if few.len() < FEWEST => even(low, high, sorted[sorted.len() / 2]),
            many => many,
        };
        let edges: Vec<f64> = std::iter::once(low).chain(levels).chain([high]).collect();
        let exponents: Vec<Option<i32>> = (0..edges.len()).map(|number| exponent(&edges, number)).collect();
        let last = edges.len() - 1;
        let round = |(number, edge): (usize, &f64)| match exponents[number] {
            Some(exponent) if (1..last).contains(&number) => rounded(*edge, exponent),
            _ => *edge,
        };
        let labels = edges.iter().zip(&exponents).map(|(edge, exponent)| label(*edge, *exponent)).collect();
        Some(Self { edges: edges.iter().enumerate().map(round).collect(), labels })
    }

    /// How many there are.
    pub(super) fn count(&self) -> usize {
        self.edges.len() - 1
    }

    /// The band of a value, if it is finite.
    pub(super) fn of_value(&self, value: f64) -> Option<usize> {
        let inner = &self.edges[1..self.count()];
        value.is_finite().then(|| inner.partition_point(|edge| *edge <= value))
    }
}

/// The quantiles of `sorted` that are apart from each other and from both ends.
fn quantiles(sorted: &[f64]) -> Vec<f64> {
    let last = sorted.len() - 1;
    let at = |part: f64| sorted[(part * last as f64).round() as usize];
    let (low, high) = (sorted[0], sorted[last]);
    let height = if at(0.5) > low { at(0.5) - low } else { high - low };
    let mut levels: Vec<f64> = Vec::new();
    for level in PARTS.map(at) {
        let before = levels.last().copied().unwrap_or(low);
        if level - before > CLOSE * height && high - level > CLOSE * height {
            levels.push(level);
        }
    }
    levels
}

/// Multiples of a round step. One at the height of a plain, `middle`, would show nothing but the plain's rounding.
fn even(low: f64, high: f64, middle: f64) -> Vec<f64> {
    let least = high / EVEN as f64 - low / EVEN as f64;
    // Below this the multiples are no longer distinct numbers.
    if least <= low.abs().max(high.abs()) * 1e-12 || least < f64::MIN_POSITIVE {
        return Vec::new();
    }
    let power = 10_f64.powf(least.log10().floor());
    let step = [1.0, 2.0, 5.0].map(|digit| digit * power).into_iter().find(|step| *step >= least).unwrap_or(10.0 * power);
    let (first, last) = ((low / step).ceil() as i64, (high / step).floor() as i64);
    let is_apart = |level: &f64| low < *level && *level < high && (level - middle).abs() > step / 100.0;
    (first..=last).map(|number| number as f64 * step).filter(is_apart).collect()
}

/// The decimal place to which an edge can be rounded without coming near its neighbours.
fn exponent(edges: &[f64], number: usize) -> Option<i32> {
    let neighbours = [number.checked_sub(1), number.checked_add(1)].into_iter().flatten().filter_map(|other| edges.get(other));
    let gap = neighbours.map(|other| (other - edges[number]).abs()).fold(f64::INFINITY, f64::min);
    let exponent = (gap / 2.0).log10().floor();
    (gap > 0.0 && exponent.is_finite() && exponent > -300.0).then_some(exponent as i32)
}

fn rounded(value: f64, exponent: i32) -> f64 {
    // Dividing by a whole number leaves the nearest number to the decimal.
    match exponent {
        0.. => (value / 10_f64.powi(exponent)).round() * 10_f64.powi(exponent),
        _ => (value * 10_f64.powi(-exponent)).round() / 10_f64.powi(-exponent),
    }
}

fn label(value: f64, exponent: Option<i32>) -> String {
    let magnitude = value.abs();
    let exponent = exponent.unwrap_or_else(|| if magnitude > 0.0 { magnitude.log10().floor() as i32 - 2 } else { 0 });
    // Without zeros at its end.
    let exponent = (exponent..0).find(|finer| rounded(value, finer + 1) != rounded(value, *finer)).unwrap_or(exponent.max(0));
    ticks::decimal(rounded(value, exponent), exponent, magnitude.max(10_f64.powi(exponent)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bowl() -> Vec<f64> {
        (0..10_000).map(|cell| f64::from(cell % 100 - 50).powi(2) + f64::from(cell / 100 - 50).powi(2)).collect()
    }

    #[test]
    fn bands_ascend_and_hold_every_finite_value() {
        let steep: Vec<f64> = bowl().iter().map(|value| (value / 10.0).exp() - 500.0).collect();
        let sets = [bowl(), steep, vec![3.0], vec![0.0; 50], vec![f64::MIN, f64::MAX, 0.0], vec![1e-300, 2e-300], vec![f64::NAN, 1.0, 2.0]];
        for values in sets {
            let bands = Bands::of(&values).unwrap();
            assert!(bands.edges.windows(2).all(|pair| pair[0] <= pair[1]), "{bands:?}");
            assert!(bands.edges[1..bands.count()].windows(2).all(|pair| pair[0] < pair[1]), "{bands:?}");
            assert_eq!(bands.labels.len(), bands.count() + 1);
            for value in values {
                let band = bands.of_value(value);
                assert_eq!(band.is_some(), value.is_finite());
                let holds = |band: usize| bands.edges[band] <= value && value <= bands.edges[band + 1];
                assert!(band.is_none_or(|band| band < bands.count() && holds(band)), "{value} {bands:?}");
            }
        }
        assert_eq!(Bands::of(&[f64::NAN, f64::INFINITY]), None);
    }

    #[test]
    fn levels_are_round_numbers_of_few_digits() {
        let bands = Bands::of(&bowl()).unwrap();
        assert_eq!(bands.count(), PARTS.len() + 1);
        assert!(bands.labels.iter().all(|label| label.len() <= 4), "{bands:?}");
    }

    #[test]
    fn a_lone_hole_in_a_plain_gets_levels_of_its_own() {
        let mut plain = vec![0.0; 10_000];
        plain[..10].copy_from_slice(&[-1.0, -0.9, -0.8, -0.7, -0.6, -0.5, -0.4, -0.3, -0.2, -0.1]);
        let bands = Bands::of(&plain).unwrap();
        assert_eq!(bands.labels[1..bands.count()], ["−0.9", "−0.8", "−0.7", "−0.6", "−0.5", "−0.4", "−0.3", "−0.2", "−0.1"]);
        plain[..2].copy_from_slice(&[-1.1, 1e-3]);
        assert_eq!(Bands::of(&plain).unwrap().labels[1..6], ["−1", "−0.8", "−0.6", "−0.4", "−0.2"]);
    }
}
