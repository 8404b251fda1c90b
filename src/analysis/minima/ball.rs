//! The surroundings of a minimum from which every descent leads to it.

use crate::analysis::minima::nature::within;
use crate::analysis::minima::polish::polish;
use crate::analysis::minima::site::Site;
use crate::analysis::minima::{Smooth, Stationary, axes, directions, distance, inner, moved, scale};
use crate::backend::Region;

/// The ellipsoid (x−c)ᵀM(x−c) ≤ 1.
#[derive(Clone, Debug)]
pub(super) struct Ball {
    center: Vec<f64>,
    /// M by rows.
    metric: Vec<f64>,
    /// How far it reaches along each axis (`f64[D]`).
    pub(super) reach: Vec<f64>,
}

/// How much ∇²f may change: ‖H^(−½)(∇²f−H)H^(−½)‖, bounded by the Frobenius norm.
pub(super) const CHANGE: f64 = 0.25;
/// The longest half-axis that is tried, and the shortest that makes a minimum strict, as parts of 1 + ‖x‖.
const LONGEST: f64 = 0.5;
const SHORTEST: f64 = 4e-6;

/// The most axes along which points are looked at.
const MOST_AXES: usize = 8;

impl Ball {
    /// All points within `radius` of `center`.
    pub(super) fn round(center: Vec<f64>, radius: f64) -> Self {
        let dimension = center.len();
        let metric = (0..dimension * dimension).map(|at| if at % (dimension + 1) == 0 { radius.powi(-2) } else { 0.0 }).collect();
        Self { metric, reach: vec![radius; dimension], center }
    }

    /// The ellipsoid around the minimum at `site` in which ∇²f is nearly the same; `None` where there is none worth the name.
    ///
    /// ∇²f is looked at in pairs of points along the eigenvectors and some other directions, and the ellipsoid is half as large as
    /// the one that was looked at: no proof for a loss that changes in between, but the same for every descent.
    pub(super) fn strict(loss: &dyn Smooth, site: &Site) -> Option<Self> {
        let spectrum = site.spectrum.as_ref().filter(|spectrum| spectrum.values[0] > 0.0)?;
        let (dimension, lowest, scale) = (site.point.len(), spectrum.values[0], scale(&site.point));
        let units: Vec<Vec<f64>> = spectrum.modes().map(|(value, v)| v.iter().map(|v| v / value.sqrt()).collect()).collect();
        // In many dimensions not every axis: the longest of them, along which ∇²f is seen farthest away, and the shortest.
        let chosen = units.iter().enumerate().filter(|(mode, _)| *mode < MOST_AXES || mode + 1 == dimension).map(|(_, unit)| unit);
        let along = chosen.flat_map(|unit| [unit.clone(), unit.iter().map(|u| -u).collect()]);
        let mixed = directions(dimension, 6).map(|v| {
            let mut sum = vec![0.0; dimension];
            v.iter().zip(&units).for_each(|(v, unit)| sum.iter_mut().zip(unit).for_each(|(s, u)| *s += v * u));
            sum
        });
        let probes: Vec<Vec<f64>> = along.chain(mixed).collect();
        let modes: Vec<&[f64]> = units.iter().map(Vec::as_slice).collect();

        // Upwards first, with a few points: seen from afar, waves could look the same at all of them by chance.
        let few = &probes[..probes.len().min(4)];
        let mut half_axis = SHORTEST * scale;
        while half_axis < LONGEST * scale && largest_change(loss, &site.point, half_axis * lowest.sqrt(), few, &modes) <= CHANGE {
            half_axis = (4.0 * half_axis).min(LONGEST * scale);
        }
        while half_axis >= SHORTEST * scale {
            let radius = half_axis * lowest.sqrt();
            let change = largest_change(loss, &site.point, radius, &probes, &modes);
            if change <= CHANGE {
                return Some(Self::of(site, 0.5 * radius));
            }
            // The change grows at least in proportion where it is smooth.
            half_axis *= if change.is_finite() { (0.9 * CHANGE / change).clamp(0.01, 0.5) } else { 0.5 };
        }
        None
    }

    /// (x−c)ᵀH(x−c) ≤ `radius`².
    fn of(site: &Site, radius: f64) -> Self {
        let dimension = site.point.len();
        let (mut metric, mut reach) = (vec![0.0; dimension * dimension], vec![0.0; dimension]);
        for (value, v) in site.spectrum.iter().flat_map(|spectrum| spectrum.modes()) {
            for i in 0..dimension {
                reach[i] += v[i] * v[i] / value;
                for j in 0..dimension {
                    metric[i * dimension + j] += value * v[i] * v[j] / (radius * radius);
                }
            }
        }
        reach.iter_mut().for_each(|reach| *reach = radius * reach.sqrt());
        Self { center: site.point.clone(), metric, reach }
    }

    /// The round ball about a degenerate minimum from whose surface samples are carried to it, of half the radius.
    pub(super) fn degenerate(loss: &dyn Smooth, minimum: &Stationary) -> Option<Self> {
        let dimension = minimum.point.len();
        let probes: Vec<Vec<f64>> = axes(dimension).take(16).chain(directions(dimension, 8)).collect();
        let leads_back = |point: &[f64]| {
            let end = polish(loss, point).filter(|end| !end.is_valley());
            end.is_some_and(|end| distance(&end.point, &minimum.point) <= minimum.tolerance())
        };
        let scale = scale(&minimum.point);
        [0.25, 0.1, 0.03, 0.01, 3e-3].into_iter().map(|part| part * scale).find_map(|radius| {
            let parts = [1.0, -1.0, 0.5, -0.5, 0.2, -0.2];
            let leads = probes.iter().all(|v| parts.iter().all(|part| leads_back(&moved(&minimum.point, part * radius, v))));
            leads.then(|| Self::round(minimum.point.clone(), 0.5 * radius))
        })
    }

    /// The round ball inside it: its radius is 1/√λ with λ the largest eigenvalue of M, of which the trace is no less.
    pub(super) fn region(&self) -> Option<Region> {
        let trace: f64 = self.metric.iter().step_by(self.center.len() + 1).sum();
        Region::within(&self.center, trace.sqrt().recip())
    }

    /// (x−c)ᵀM(x−c), which is at most 1 inside; `None` outside.
    pub(super) fn depth(&self, x: &[f64]) -> Option<f64> {
        let mut sum = 0.0;
        for (row, (x_row, c_row)) in self.metric.chunks_exact(x.len()).zip(x.iter().zip(&self.center)) {
            let along: f64 = row.iter().zip(x.iter().zip(&self.center)).map(|(m, (x, c))| m * (x - c)).sum();
            sum += along * (x_row - c_row);
        }
        (sum <= 1.0).then_some(sum)
    }
}

/// The largest ‖H^(−½)(∇²f−H)H^(−½)‖ among points at up to `radius` from `center`, or one that is too large; infinite where ∇²f is not
/// finite.
pub(super) fn largest_change(loss: &dyn Smooth, center: &[f64], radius: f64, probes: &[Vec<f64>], units: &[&[f64]]) -> f64 {
    let mut largest: f64 = 0.0;
    for (number, probe) in probes.iter().enumerate() {
        // Inner points at changing places, lest a periodic loss look the same at all of them.
        let inside = 0.2 + 0.7 * (0.618_033_988_75 * (number + 1) as f64).fract();
        for part in [1.0, inside] {
            let mut relative = within(&loss.hessian(&moved(center, part * radius, probe)), units);
            (0..units.len()).for_each(|i| relative[i * (units.len() + 1)] -= 1.0);
            let change = inner(&relative, &relative).sqrt();
            if change.is_nan() {
                return f64::INFINITY;
            }
            largest = largest.max(change);
            if largest > CHANGE {
                return largest;
            }
        }
    }
    largest
}
