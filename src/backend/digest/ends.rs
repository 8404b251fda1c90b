//! How many of a tile's ends lie in each of some balls.

use crate::stop::Status;

/// A ball.
#[derive(Clone, Debug, PartialEq)]
pub struct Region {
    /// Its centre (`f32[D]`).
    pub center: Vec<f32>,
    /// The square of its radius.
    pub squared_radius: f32,
}

/// Where descents come to rest.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Rest {
    /// Whether those that stalled rest, as those that converged do.
    pub stalled: bool,
    /// Balls whose ends need not be told apart; those that rest in none of them, or in several, are handed back.
    pub regions: Vec<Region>,
}

impl Rest {
    /// The most regions that a backend counts by.
    pub const MOST: usize = 256;
}

impl Region {
    /// The ball about `center` (`f64[D]`) of `radius`, a little smaller: a point of which f32 says that it is inside is inside. `None`
    /// where nothing is left of it.
    pub fn within(center: &[f64], radius: f64) -> Option<Self> {
        let rounded: Vec<f32> = center.iter().map(|c| *c as f32).collect();
        let moved = center.iter().zip(&rounded).map(|(c, rounded)| (c - f64::from(*rounded)).powi(2)).sum::<f64>().sqrt();
        // D differences, products and sums, each rounded by 2⁻²⁴ of itself at most, or by twice as much on some devices.
        let slack = (center.len() + 4) as f64 * f64::from(f32::EPSILON);
        let squared = ((radius - moved) * (1.0 - slack)).powi(2).min(f64::from(f32::MAX) / 2.0) as f32;
        let is_large = radius > moved && squared.is_normal() && rounded.iter().all(|c| c.is_finite());
        is_large.then_some(Self { center: rounded, squared_radius: squared })
    }

    /// Everything there is, of so many dimensions.
    pub fn everywhere(dimension: usize) -> Self {
        Self { center: vec![0.0; dimension], squared_radius: f32::MAX }
    }
}

/// How the descents of a tile ended. Those that rest in no region, or in several, stand in the columns of the outcomes, by themselves and
/// in order.
#[derive(Clone, Debug, PartialEq)]
pub struct Ends {
    /// Descents of each status, in the order of [`Status::ALL`].
    pub statuses: [u64; Status::ALL.len()],
    /// The sum of their steps.
    pub steps: u64,
    /// Those that rest in each region.
    pub regions: Vec<u64>,
}

impl Ends {
    /// The statuses of descents that do not rest, with their counts; those that stalled may.
    pub fn in_motion(&self, stalled_rest: bool) -> impl Iterator<Item = (Status, u64)> + '_ {
        let rests = move |status: &Status| *status == Status::Converged || (*status == Status::Stalled && stalled_rest);
        Status::ALL.into_iter().filter(move |status| !rests(status)).map(|status| (status, self.statuses[status.index()]))
    }
}
