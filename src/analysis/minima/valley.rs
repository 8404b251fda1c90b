//! A valley's anchor: the point that all its ends share.
//!
//! Along the valley ½‖x−a‖² is descended, first with a generic a near the origin, which has a nearest point on round valleys too, then
//! with a = 0, so that the anchor is the shortest point where there is one.

use crate::analysis::minima::nature::relaxed;
use crate::analysis::minima::site::{Site, Spectrum, spectrum};
use crate::analysis::minima::{Nature, Smooth, Stationary, distance, inner, moved, norm, scale};

/// The largest D at which valleys are followed: beyond, it would take too long for each of millions of ends.
pub(super) const FOLLOWED: usize = 3;
/// Steps along a valley.
const STEPS: usize = 2000;
/// An eigenvalue below this part of the largest belongs to a direction along the valley.
const ALONG: f64 = 1e-6;

/// The valley through `site`.
pub(super) fn anchored(loss: &dyn Smooth, site: &Site) -> Stationary {
    let anchor = (site.point.len() <= FOLLOWED).then(|| anchor(loss, site)).flatten();
    let is_anchored = anchor.is_some();
    let point = anchor.unwrap_or_else(|| site.point.clone());
    Stationary { loss: loss.loss(&point), point, nature: Nature::Valley { foot: site.point.clone(), is_anchored } }
}

fn anchor(loss: &dyn Smooth, site: &Site) -> Option<Vec<f64>> {
    let dimension = site.point.len();
    let generic: Vec<f64> = [0.053, -0.031, 0.019].into_iter().take(dimension).collect();
    let near = follow(loss, site.point.clone(), &generic)?;
    let shortest = follow(loss, near.clone(), &vec![0.0; dimension])?;
    let point = if distance(&shortest, &near) <= 0.2 * scale(&near) { shortest } else { near };
    // From whichever end it was reached, it has the same digits: those that follow from the first five.
    let round: Vec<f64> = point.iter().map(|x| (x * 1e5).round() / 1e5 + 0.0).collect();
    let there = spectrum(loss, &point)?;
    let flat = along(&there, there.largest())?;
    let round = spectrum(loss, &round).and_then(|there| relaxed(loss, &there, flat, round));
    Some(round.filter(|round| is_level(loss, round, site.loss)).unwrap_or(point))
}

/// Whether `point` has not left a valley where f is `level`.
fn is_level(loss: &dyn Smooth, point: &[f64], level: f64) -> bool {
    (loss.loss(point) - level).abs() <= 1e-9 * (1.0 + level.abs())
}

/// How many of the eigenvalues belong to directions along a valley; `None` unless some and not all do, and the others are positive.
///
/// Beside the curvature of the same valley elsewhere, `largest`, that at a fork is zero in every direction.
fn along(spectrum: &Spectrum, largest: f64) -> Option<usize> {
    let zero = ALONG * largest.max(spectrum.largest());
    let count = spectrum.values.iter().filter(|value| value.abs() <= zero).count();
    (spectrum.values[0] >= -zero && count > 0 && count < spectrum.values.len()).then_some(count)
}

/// The point of the valley through `point` that is nearest to `target`, by descent; `None` where the valley ends or forks on the way.
fn follow(loss: &dyn Smooth, mut point: Vec<f64>, target: &[f64]) -> Option<Vec<f64>> {
    let level = loss.loss(&point);
    let mut here = spectrum(loss, &point)?;
    let largest = here.largest();
    let flat = along(&here, largest)?;
    let mut rate = 0.5;
    for _ in 0..STEPS {
        let way = moved(target, -1.0, &point);
        let mut tangent = vec![0.0; way.len()];
        for (_, v) in here.modes().take(flat) {
            let part = inner(v, &way);
            tangent.iter_mut().zip(v).for_each(|(t, v)| *t += part * v);
        }
        let (slope, size) = (norm(&tangent), scale(&point));
        if slope <= 1e-8 * size {
            return Some(point);
        }
        rate = f64::min(rate, 0.1 * size / slope);
        let next = relaxed(loss, &here, flat, moved(&point, rate, &tangent));
        let next = next.filter(|next| is_level(loss, next, level));
        let nearer = |next: &Vec<f64>| 0.5 * (inner(&way, &way) - distance(next, target).powi(2)) >= 0.3 * rate * slope * slope;
        match next.filter(nearer) {
            Some(next) => {
                here = spectrum(loss, &next).filter(|there| along(there, largest) == Some(flat))?;
                point = next;
                rate *= 2.0;
            }
            None if rate * slope <= 1e-9 * size => return (slope <= 1e-5 * size).then_some(point),
            None => rate *= 0.4,
        }
    }
    None
}
