//! What a stationary point is: a strict or a degenerate minimum, a point of a valley, or no minimum.

use crate::analysis::minima::ball::Ball;
use crate::analysis::minima::site::{FLAT, Site, Spectrum, finite, spectrum};
use crate::analysis::minima::{Nature, Smooth, Stationary, axes, directions, inner, moved, norm, scale, valley};

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
        return if Sides::near(loss, site).all_rise() { found(Nature::Degenerate) } else { None };
    };
    let (largest, lowest) = (spectrum.largest(), spectrum.values[0]);
    if largest * size > PLATEAU && lowest < -FLAT * largest {
        return None;
    }
    let open = |is_least: bool| if is_least { found(Nature::Valley { foot: site.point.clone(), is_anchored: false }) } else { None };
    // Most minima are beyond doubt; the others are strict where the curvature is the same for some way around.
    let is_curved = lowest > 1e-6 * largest && lowest * size > 1e-5;
    if is_curved || lowest > FLAT * largest && largest * size > PLATEAU && Ball::strict(loss, site).is_some() {
        let is_brim = is_level_beside(loss, site, spectrum, 0);
        return if is_brim { open(Sides::near(loss, site).is_bottom()) } else { found(Nature::Strict) };
    }
    let zero = (1e-6 * largest).max(PLATEAU / size);
    let flat = spectrum.values.iter().filter(|value| **value <= zero).count().max(1);
    if is_level_beside(loss, site, spectrum, flat) {
        return open(Sides::near(loss, site).is_bottom());
    }
    let is_level = is_level_along(loss, site, spectrum, flat)?;
    if flat < site.point.len() {
        return if is_level { Some(valley::anchored(loss, site)) } else { found(Nature::Degenerate) };
    }
    let near = Sides::near(loss, site);
    if near.all_rise() && !is_level {
        return found(Nature::Degenerate);
    }
    open(near.is_bottom() && is_fork(loss, site, spectrum) || is_floor(loss, site))
}

/// Whether f is level along one of the `flat` modes without curvature; `None` where it falls along one.
fn is_level_along(loss: &dyn Smooth, site: &Site, spectrum: &Spectrum, flat: usize) -> Option<bool> {
    let mut is_level = false;
    for (_, v) in spectrum.modes().take(flat) {
        let both = [1.0, -1.0].map(|sign| course(loss, site, spectrum, flat, v, sign));
        let is_level_here = both.contains(&Course::Level);
        if both.contains(&Course::Down) || is_level_here && tends_away(loss, site, spectrum, flat, v) {
            return None;
        }
        is_level |= is_level_here;
    }
    Some(is_level)
}

/// Whether f is level on one side along a mode with curvature, as max(0, x)² is: there the modes do not tell where a valley goes.
fn is_level_beside(loss: &dyn Smooth, site: &Site, spectrum: &Spectrum, flat: usize) -> bool {
    let rise = 1e-7 + 1e-10 * site.loss.abs();
    spectrum.modes().skip(flat).any(|(value, v)| {
        let length = (2.0 * rise / value).sqrt();
        let difference = |sign: f64| loss.loss(&moved(&site.point, sign * length, v)) - site.loss;
        [1.0, -1.0].into_iter().any(|sign| difference(sign).abs() <= 1e-3 * rise)
    })
}

/// The highest order that a minimum without curvature may have.
const HIGHEST_ORDER: f64 = 30.0;

/// Whether f, level as it is along `v`, falls that way without end, as exp(x) and 1/x do.
///
/// Towards a minimum of order p + 1 at a distance of m steps the slope falls from step to step by the factor e^l with l = p/(m − k − ½),
/// from which two of them tell p. Towards one at infinity they tell a p that is negative or large.
fn tends_away(loss: &dyn Smooth, site: &Site, spectrum: &Spectrum, flat: usize, v: &[f64]) -> bool {
    let slope = inner(v, &site.gradient);
    if slope == 0.0 {
        return false;
    }
    let step = -0.03 * scale(&site.point) * slope.signum();
    let slope_at = |number: i32| -> Option<f64> {
        let point = relaxed(loss, spectrum, flat, moved(&site.point, f64::from(number) * step, v))?;
        Some(inner(v, &loss.gradient(&point)) * slope.signum())
    };
    let Some(slopes) = (0..6).map(slope_at).collect::<Option<Vec<f64>>>() else { return false };
    let falls: Vec<f64> = slopes.windows(2).map(|pair| (pair[0] / pair[1]).ln()).collect();
    falls.windows(2).all(|pair| pair[0] >= 0.02 && pair[1] >= 0.02 && 1.0 - pair[0] / pair[1] < pair[0] / HIGHEST_ORDER)
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

/// On how many rays from a point f rises, and on how many it falls, where it changes first.
struct Sides {
    rays: usize,
    rises: usize,
    falls: usize,
}

impl Sides {
    /// Around a point that may have no curvature, as at a kink.
    fn near(loss: &dyn Smooth, site: &Site) -> Self {
        Self::of(loss, site, &[1e-4, 1e-3, 0.01, 0.1, 0.3])
    }

    fn of(loss: &dyn Smooth, site: &Site, parts: &[f64]) -> Self {
        let (dimension, scale) = (site.point.len(), scale(&site.point));
        let rounding = 0.1 * PLATEAU + 1e-12 * site.loss.abs();
        let mut sides = Self { rays: 0, rises: 0, falls: 0 };
        for (v, sign) in axes(dimension).chain(directions(dimension, 8)).flat_map(|v| [(v.clone(), 1.0), (v, -1.0)]) {
            let mut changes = parts.iter().map(|part| loss.loss(&moved(&site.point, sign * part * scale, &v)) - site.loss);
            let first = changes.find(|change| change.is_nan() || change.abs() > rounding).unwrap_or(0.0);
            sides.rays += 1;
            sides.rises += usize::from(first > 0.0);
            sides.falls += usize::from(first < 0.0 || first.is_nan());
        }
        sides
    }

    /// Whether f falls nowhere and rises on so many rays as there is nothing above a plain far from a well.
    fn is_bottom(&self) -> bool {
        self.falls == 0 && 4 * self.rises >= self.rays
    }

    fn all_rise(&self) -> bool {
        self.rises == self.rays
    }
}

/// Whether a point without curvature is where valleys cross: along some direction f stays the same to the last digits.
fn is_fork(loss: &dyn Smooth, site: &Site, spectrum: &Spectrum) -> bool {
    let far = 0.3 * scale(&site.point);
    let mut ways = axes(site.point.len()).chain(spectrum.modes().map(|(_, v)| v.to_vec()));
    ways.any(|v| (loss.loss(&moved(&site.point, far, &v)) - site.loss).abs() <= 1e-15 * (1.0 + site.loss.abs()))
}

/// Whether a point in the midst of a plain is of a set of minima: f is the same to the last digit there, and rises beyond it.
///
fn is_floor(loss: &dyn Smooth, site: &Site) -> bool {
    let is_exact = site.spectrum.as_ref().is_some_and(|spectrum| spectrum.largest() == 0.0) && norm(&site.gradient) == 0.0;
    is_exact && Sides::of(loss, site, &[0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0]).is_bottom()
}

/// Whether f is a plateau around `point` as far as f, ∇f and ∇²f there tell.
pub(super) fn is_plateau(loss: &dyn Smooth, point: &[f64]) -> bool {
    let Some((_, gradient)) = finite(loss, point) else { return false };
    let scale = scale(point);
    gradient.iter().all(|slope| slope.abs() * scale <= 0.1 * PLATEAU)
        && spectrum(loss, point).is_some_and(|spectrum| spectrum.largest() * scale * scale <= 0.1 * PLATEAU)
}
