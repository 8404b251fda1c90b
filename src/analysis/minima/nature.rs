//! What a stationary point is: a strict or a degenerate minimum, a point of a valley, or no minimum.

use crate::analysis::minima::ball::Ball;
use crate::analysis::minima::site::{FLAT, Site, Spectrum, finite, spectrum};
use crate::analysis::minima::{Nature, Smooth, Stationary, axes, directions, inner, moved, scale, valley};

/// Where |λ|·(1+‖x‖²) is less, f changes around x by less than matters: the far field of a well that has an end is a plateau, though
/// f64 still resolves it.
pub(super) const PLATEAU: f64 = 1e-7;

/// What f does along a direction.
#[derive(Clone, Copy, PartialEq)]
enum Course {
    Up,
    Down,
    Level,
}

/// What the stationary point at `site` is; `None` if no minimum.
pub(super) fn classify(loss: &dyn Smooth, site: &Site) -> Option<Stationary> {
    let found = |nature| Some(Stationary { point: site.point.clone(), loss: site.loss, nature });
    let size = 1.0 + inner(&site.point, &site.point);
    let Some(spectrum) = &site.spectrum else {
        return rises_on_all_sides(loss, site).then(|| found(Nature::Degenerate)).flatten();
    };
    let (largest, lowest) = (spectrum.largest(), spectrum.values[0]);
    if largest * size > PLATEAU && lowest < -FLAT * largest {
        return None;
    }
    // Most minima are beyond doubt; the others are strict where the curvature is the same for some way around.
    let is_curved = lowest > 1e-6 * largest && lowest * size > 1e-5;
    if is_curved || lowest > FLAT * largest && largest * size > PLATEAU && Ball::strict(loss, site).is_some() {
        return found(Nature::Strict);
    }
    let zero = (1e-6 * largest).max(PLATEAU / size);
    let flat = spectrum.values.iter().filter(|value| **value <= zero).count().max(1);
    let (mut level, mut up) = (0, 0);
    for mode in 0..flat {
        for sign in [1.0, -1.0] {
            match course(loss, site, spectrum, flat, spectrum.vector(mode), sign) {
                Course::Up => up += 1,
                Course::Level => level += 1,
                Course::Down => return None,
            }
        }
    }
    match (level, flat == site.point.len()) {
        (0, true) => rises_on_all_sides(loss, site).then(|| found(Nature::Degenerate)).flatten(),
        (0, false) => found(Nature::Degenerate),
        // Level in every direction, or at the brink of such a plain.
        (_, true) if up == 0 => None,
        _ => Some(valley::anchored(loss, site)),
    }
}

/// What f does as the point moves along `v`, the modes from `flat` on following to where they have no slope; down where they cannot.
fn course(loss: &dyn Smooth, site: &Site, spectrum: &Spectrum, flat: usize, v: &[f64], sign: f64) -> Course {
    let scale = scale(&site.point);
    let rounding = 0.1 * PLATEAU + 1e-12 * (site.loss.abs() + spectrum.largest() * scale * scale);
    let mut course = Course::Down;
    for part in [1e-4, 3e-4, 1e-3, 3e-3, 0.01, 0.03, 0.1, 0.3] {
        let Some(point) = relaxed(loss, spectrum, flat, moved(&site.point, sign * part * scale, v)) else { break };
        match loss.loss(&point) - site.loss {
            difference if difference > rounding => return Course::Up,
            difference if difference < -rounding => return Course::Down,
            difference if difference.is_nan() => break,
            _ => course = Course::Level,
        }
    }
    course
}

/// `point` moved within the span of the modes from `flat` on to where f has no slope in it; `None` where that is far or not found.
pub(super) fn relaxed(loss: &dyn Smooth, spectrum: &Spectrum, flat: usize, mut point: Vec<f64>) -> Option<Vec<f64>> {
    let modes: Vec<&[f64]> = spectrum.modes().skip(flat).map(|(_, v)| v).collect();
    if modes.is_empty() {
        return Some(point);
    }
    let (mut last, enough) = (f64::INFINITY, (1e-6 * scale(&point)).powi(2));
    for _ in 0..8 {
        let (_, gradient) = finite(loss, &point)?;
        let within = within(&loss.hessian(&point), &modes);
        let slopes: Vec<f64> = modes.iter().map(|v| inner(v, &gradient)).collect();
        let small = Spectrum::of(&within, modes.len()).filter(|small| small.values[0] > 0.0)?;
        let mut length = 0.0;
        for (value, w) in small.modes() {
            let step = -inner(w, &slopes) / value;
            length += step * step;
            modes.iter().zip(w).for_each(|(v, w)| point.iter_mut().zip(*v).for_each(|(x, v)| *x += step * w * v));
        }
        // Once rounding sets in, steps no longer get shorter.
        if length == 0.0 || length <= enough && length > 0.25 * last {
            return Some(point);
        }
        last = length;
    }
    (last <= enough).then_some(point)
}

/// VᵀHV for the `modes` v, by rows.
pub(super) fn within(hessian: &[f64], modes: &[&[f64]]) -> Vec<f64> {
    let times = |v: &[f64]| -> Vec<f64> { hessian.chunks_exact(v.len()).map(|row| inner(row, v)).collect() };
    let images: Vec<Vec<f64>> = modes.iter().map(|v| times(v)).collect();
    modes.iter().flat_map(|v| images.iter().map(|image| inner(v, image))).collect()
}

/// Whether f is greater all around a point without curvature, as it is at a kink.
fn rises_on_all_sides(loss: &dyn Smooth, site: &Site) -> bool {
    let dimension = site.point.len();
    let scale = scale(&site.point);
    let rounding = 0.1 * PLATEAU + 1e-12 * site.loss.abs();
    axes(dimension).chain(directions(dimension, 8)).all(|v| {
        [1.0, -1.0].into_iter().all(|sign| {
            let rises = [1e-4, 1e-3, 0.01, 0.1, 0.3].map(|part| loss.loss(&moved(&site.point, sign * part * scale, &v)) - site.loss);
            rises.into_iter().find(|rise| rise.is_nan() || rise.abs() > rounding).is_some_and(|rise| rise > 0.0)
        })
    })
}

/// Whether f is a plateau around `point` as far as f, ∇f and ∇²f there tell.
pub(super) fn is_plateau(loss: &dyn Smooth, point: &[f64]) -> bool {
    let Some((_, gradient)) = finite(loss, point) else { return false };
    let scale = scale(point);
    gradient.iter().all(|slope| slope.abs() * scale <= 0.1 * PLATEAU)
        && spectrum(loss, point).is_some_and(|spectrum| spectrum.largest() * scale * scale <= 0.1 * PLATEAU)
}
