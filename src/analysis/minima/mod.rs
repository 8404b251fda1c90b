//! The minima of any smooth loss, found from the ends of descents.
//!
//! An end x₀ that rests is carried on in f64 to the stationary point x* nearby ([`polish()`]), and x* is its label's minimum. Since
//! x* follows from x₀ alone, labels do not depend on the order of the ends, on tiles or on threads.
//!
//! For most ends x* is known without computing it ([`Finder`]): around a minimum with the Hessian H the ellipsoid
//! (x−x*)ᵀH(x−x*) ≤ ρ² is found in which the Hessian differs from H by at most a quarter of it. There f is convex, x* is the only
//! stationary point, and each step of Newton's method takes at least two thirds off the error in the norm of H.
//!
//! What is told apart how well: isolated minima at a distance of 10⁻⁶·(1+‖x‖), those without curvature in some direction (x⁴) at
//! 10⁻³·(1+‖x‖). For D ≤ 3 each valley has its own label, or several where its distance from the origin has several minima along it;
//! for D > 3, and where a valley ends or branches, all valleys with one value of f have one label. An eigenvalue below 10⁻⁷ of the
//! largest is none, and where all are below 10⁻⁷/(1+‖x‖²) and f does not rise either, there is a plateau. That is no minimum, but for
//! one on which f is the same to the last digit, rises beyond it on a quarter of some rays and falls on none: the set where
//! max(0, x)² is 0, though not what lies far from a well. It counts as a valley that branches.
//!
//! Along a valley f is level as long as it changes by less than 10⁻⁸ + 10⁻¹²·|f|. Where it falls by more within 0.3·(1+‖x‖) there is no
//! minimum, nor where it falls ever less without end, as exp(x) does.
//!
//! The ellipsoid is found by looking at the Hessian in some dozens of points, which proves nothing for a loss that changes in between.
//! There, and where a minimum without curvature at no round coordinates is shown with its last digits, the first end may matter.

mod ball;
mod cells;
mod finder;
mod index;
mod known;
mod nature;
mod of_formula;
mod order;
mod polish;
mod site;
#[cfg(test)]
mod tests;
mod valley;
mod watched;

use finder::Finder;
pub(crate) use of_formula::{FINDER_SHIFT, Finders};
pub(crate) use polish::polish;

/// A loss in f64, for analysis.
pub(crate) trait Smooth: Sync {
    /// D, the number of variables.
    fn dimension(&self) -> usize;
    /// f at `x` (`f64[D]`).
    fn loss(&self, x: &[f64]) -> f64;
    /// ∇f at `x` (`f64[D]`).
    fn gradient(&self, x: &[f64]) -> Vec<f64>;
    /// ∇²f at `x`, D×D by rows and symmetric; not finite where it does not exist, as at a kink.
    fn hessian(&self, x: &[f64]) -> Vec<f64>;
}

/// A minimum, or a point of a valley of minima.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Stationary {
    /// Where it is (`f64[D]`); for an anchored valley that point of the whole valley which all its ends share.
    pub(crate) point: Vec<f64>,
    /// f there.
    pub(crate) loss: f64,
    /// What surrounds it.
    pub(crate) nature: Nature,
}

/// What surrounds a minimum.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Nature {
    /// f curves upwards in every direction.
    Strict,
    /// f rises in every direction, though in some without curvature, as x⁴ and |x| do at 0.
    Degenerate,
    /// f stays the same along a curve or more.
    Valley {
        /// The point of the valley that the descent reached (`f64[D]`).
        foot: Vec<f64>,
        /// Whether the valley was followed to its anchor; if not, it is known by its loss only.
        is_anchored: bool,
    },
}

impl Stationary {
    /// Whether this is a point of a valley.
    pub(crate) fn is_valley(&self) -> bool {
        matches!(self.nature, Nature::Valley { .. })
    }

    /// How far apart the points of two descents to this minimum may be.
    fn tolerance(&self) -> f64 {
        let relative = if self.nature == Nature::Strict { 1e-6 } else { 1e-3 };
        relative * scale(&self.point)
    }
}

/// 1 + ‖x‖, the size beside which lengths at x are small or not.
fn scale(x: &[f64]) -> f64 {
    1.0 + norm(x)
}

pub(super) fn norm(v: &[f64]) -> f64 {
    inner(v, v).sqrt()
}

pub(super) fn inner(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn distance(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum::<f64>().sqrt()
}

/// x + t·v.
pub(super) fn moved(x: &[f64], t: f64, v: &[f64]) -> Vec<f64> {
    x.iter().zip(v).map(|(x, v)| x + t * v).collect()
}

/// The unit vectors along the axes.
fn axes(dimension: usize) -> impl Iterator<Item = Vec<f64>> {
    (0..dimension).map(move |axis| (0..dimension).map(|i| f64::from(u8::from(i == axis))).collect())
}

/// Directions that look random and are always the same: unit vectors (`f64[dimension]`).
fn directions(dimension: usize, count: usize) -> impl Iterator<Item = Vec<f64>> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut uniform = move || {
        // Splitmix64, Steele, Lea & Flood 2014, doi:10.1145/2714064.2660195.
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = (state ^ state >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ z >> 31) as f64 / 2.0_f64.powi(63) - 1.0
    };
    (0..count).map(move |_| {
        let v: Vec<f64> = (0..dimension).map(|_| uniform()).collect();
        let length = norm(&v);
        v.iter().map(|v| v / length).collect()
    })
}
