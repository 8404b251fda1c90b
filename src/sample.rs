//! Seeded samples of points, each coordinate a function of (seed, index, column) alone, so that any part can be made anywhere.
//!
//! `uniform` and `normal` hash the position with SplitMix64's finaliser (Steele, Lea & Flood 2014, doi:10.1145/2660193.2660195;
//! normal by Box & Muller 1958, doi:10.1214/aoms/1177706645); `sobol` is the digital sequence with the direction numbers of
//! Joe & Kuo 2008, doi:10.1137/070709359, from its first point on, unscrambled.

use std::f64::consts::TAU;
use std::sync::LazyLock;

use sobol::{Sobol, params::JoeKuoD6};

/// How the coordinates of a sample are spread.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Distribution {
    /// Independent, uniform in [low, high).
    Uniform {
        /// Lower end.
        low: f64,
        /// Upper end.
        high: f64,
    },
    /// Independent and normal.
    Normal {
        /// Mean.
        mean: f64,
        /// Standard deviation.
        deviation: f64,
    },
    /// A Sobol sequence in the cube [low, high)^D.
    Sobol {
        /// Lower end.
        low: f64,
        /// Upper end.
        high: f64,
    },
}

/// The largest dimension for which Sobol direction numbers are at hand.
pub const MAX_SOBOL_DIMENSION: usize = 1000;
/// The largest number of Sobol points: their bits.
pub const MAX_SOBOL_COUNT: u64 = 1 << 32;

static DIRECTIONS: LazyLock<Vec<Vec<u32>>> =
    LazyLock::new(|| Sobol::<u32>::init_direction_vals::<u32>(MAX_SOBOL_DIMENSION, 32, &JoeKuoD6::standard()));

impl Distribution {
    /// Coordinate `column` of point `index`.
    ///
    /// # Panics
    /// For a Sobol sequence, where `column` is not below [`MAX_SOBOL_DIMENSION`].
    pub fn coordinate(self, seed: u64, index: u64, column: usize) -> f64 {
        match self {
            Self::Uniform { low, high } => low + (high - low) * unit(seed, index, column, 0),
            Self::Normal { mean, deviation } => {
                let radius = (-2.0 * unit(seed, index, column, 0).ln()).sqrt();
                mean + deviation * radius * (TAU * unit(seed, index, column, 1)).cos()
            }
            Self::Sobol { low, high } => low + (high - low) * f64::from(sobol(index, column)) / 4_294_967_296.0,
        }
    }
}

/// A number in (0, 1).
fn unit(seed: u64, index: u64, column: usize, draw: u64) -> f64 {
    let stream = mix(seed ^ mix(2 * column as u64 + draw + 1));
    ((mix(stream.wrapping_add(index.wrapping_mul(0x9e37_79b9_7f4a_7c15))) >> 11) as f64 + 0.5) / 9_007_199_254_740_992.0
}

/// SplitMix64's finaliser.
fn mix(mut bits: u64) -> u64 {
    bits = bits.wrapping_add(0x9e37_79b9_7f4a_7c15);
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}

/// Point `index` of the sequence in Gray-code order, as a 32-bit fraction.
fn sobol(index: u64, column: usize) -> u32 {
    let gray = index ^ (index >> 1);
    let bits = DIRECTIONS[column].iter().enumerate().filter(|(bit, _)| gray >> bit & 1 == 1);
    bits.fold(0, |value, (_, direction)| value ^ direction)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moments(distribution: Distribution, count: u64) -> (f64, f64) {
        let values: Vec<f64> = (0..count).map(|index| distribution.coordinate(7, index, 3)).collect();
        let mean = values.iter().sum::<f64>() / count as f64;
        (mean, values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / count as f64)
    }

    #[test]
    fn samples_have_the_moments_of_their_distributions() {
        let (mean, variance) = moments(Distribution::Uniform { low: -4.0, high: 4.0 }, 100_000);
        assert!(mean.abs() < 0.03 && (variance - 64.0 / 12.0).abs() < 0.05, "{mean} {variance}");
        let (mean, variance) = moments(Distribution::Normal { mean: 1.0, deviation: 2.0 }, 100_000);
        assert!((mean - 1.0).abs() < 0.03 && (variance - 4.0).abs() < 0.06, "{mean} {variance}");
    }

    #[test]
    fn seeds_and_columns_give_unrelated_numbers() {
        let uniform = Distribution::Uniform { low: -1.0, high: 1.0 };
        let product = |a: (u64, usize), b: (u64, usize)| {
            let sum: f64 = (0..100_000).map(|index| uniform.coordinate(a.0, index, a.1) * uniform.coordinate(b.0, index, b.1)).sum();
            sum / 100_000.0
        };
        assert!(product((1, 0), (1, 1)).abs() < 0.005);
        assert!(product((1, 0), (2, 0)).abs() < 0.005);
    }

    #[test]
    fn sobol_points_are_the_published_sequence() {
        // First points of new-joe-kuo-6 in Gray-code order, as SciPy's qmc.Sobol(3, scramble=False) gives them.
        let expected = [[0.0, 0.0, 0.0], [0.5, 0.5, 0.5], [0.75, 0.25, 0.25], [0.25, 0.75, 0.75], [0.375, 0.375, 0.625]];
        for (index, point) in expected.iter().enumerate() {
            for (column, value) in point.iter().enumerate() {
                assert_eq!(Distribution::Sobol { low: 0.0, high: 1.0 }.coordinate(0, index as u64, column), *value);
            }
        }
    }

    #[test]
    fn every_dyadic_box_holds_one_sobol_point_of_a_power_of_two() {
        for column in [0, 1, 31, 999] {
            let mut seen = [false; 256];
            (0..256).for_each(|index| seen[(sobol(index, column) >> 24) as usize] = true);
            assert!(seen.iter().all(|seen| *seen), "column {column}");
        }
    }
}
