//! From the end of a descent to the stationary point nearby.

use crate::analysis::minima::site::{Site, finite};
use crate::analysis::minima::{Nature, Smooth, Stationary, distance, inner, moved, nature, norm, scale};

/// Steps of Newton's method; at a zero of higher order each takes off a fixed part of the error only.
const STEPS: usize = 150;
/// Times a step is halved.
const HALVINGS: usize = 30;
/// By how much the first step of Newton's method may fall short of the whole way, as it does by 5 on x⁶.
const SHORTFALL: f64 = 16.0;
/// What part of the largest curvature a negative one may be: in a bent valley descents end a little outside of the bend, and where two
/// valleys cross it is a third.
const DOWNWARDS: f64 = 0.5;

/// The minimum to which `start` (`f64[D]`) leads downhill; `None` where there is none nearby.
///
/// There is none from a point that is not finite, near a saddle, on a slope or on a plateau, where f is flat in every direction; and
/// a kink is a minimum only from its very tip, where ∇f is 0 by convention.
pub(crate) fn polish(loss: &dyn Smooth, start: &[f64]) -> Option<Stationary> {
    if start.iter().any(|x| !x.is_finite()) {
        return None;
    }
    let site = descend(loss, Site::at(loss, start.to_vec())?)?;
    // Where rounding of the slope stands in the way, a minimum without curvature is known roughly all the same.
    let is_exact = site.error() <= 1e-7 * scale(start);
    let mut found = nature::classify(loss, &site).filter(|found| is_exact || found.nature == Nature::Degenerate)?;
    match found.nature {
        Nature::Strict => settle(loss, &mut found),
        Nature::Degenerate | Nature::Valley { is_anchored: false, .. } => snap(loss, &mut found),
        Nature::Valley { .. } => {}
    }
    Some(found)
}

/// How far a descent may be carried: beyond, the stationary point is another one than that whose slope made it rest.
struct Reach {
    start: Site,
    energy: f64,
    distance: f64,
}

impl Reach {
    fn of(start: &Site) -> Self {
        let (step, scale) = (start.step(), scale(&start.point));
        let energy = start.spectrum.as_ref().map_or(0.0, |s| SHORTFALL.powi(2) * s.square(&step) + s.largest() * (1e-7 * scale).powi(2));
        Self { energy, distance: (0.5 * scale).max(4.0 * norm(&step)), start: start.clone() }
    }

    fn includes(&self, point: &[f64]) -> bool {
        let way = moved(point, -1.0, &self.start.point);
        norm(&way) <= self.distance && self.start.spectrum.as_ref().is_none_or(|spectrum| spectrum.square(&way) <= self.energy)
    }
}

/// Newton's method downhill to where rounding ends it; `None` where it leads far away or does not arrive.
fn descend(loss: &dyn Smooth, start: Site) -> Option<Site> {
    // Where f curves downwards this much, as it does beside a saddle, there is no minimum close by.
    if start.spectrum.as_ref().is_some_and(|spectrum| spectrum.values[0] < -DOWNWARDS * spectrum.largest()) {
        return None;
    }
    let reach = Reach::of(&start);
    let mut site = start;
    for _ in 0..STEPS {
        // A slope that nothing bends leads nowhere.
        if site.spectrum.as_ref().is_some_and(|spectrum| spectrum.largest() == 0.0) && norm(&site.gradient) > 0.0 {
            return None;
        }
        let steps = [(site.step_across(), 1e-9), (site.step(), 1e-16)];
        let mut worthwhile = steps.iter().filter(|(step, least)| norm(step) > least * scale(&site.point));
        let Some(point) = worthwhile.find_map(|(step, _)| shorten(loss, &site, step)) else { break };
        if !reach.includes(&point) {
            return None;
        }
        site = Site::at(loss, point)?;
    }
    let is_tip = site.spectrum.is_some() || site.gradient.iter().all(|slope| *slope == 0.0);
    (is_tip && site.error() <= 1e-3 * scale(&site.point)).then_some(site)
}

/// The point at the end of `step` or of a part of it, where f is lower, or where the slope is and f cannot tell.
fn shorten(loss: &dyn Smooth, site: &Site, step: &[f64]) -> Option<Vec<f64>> {
    let spectrum = site.spectrum.as_ref()?;
    let (slope, before) = (inner(&site.gradient, step), spectrum.dual_square(&site.gradient));
    let rounding = 1e-13 * (1.0 + site.loss.abs());
    // A step that rounding made too long does not become better by being shorter.
    let halvings = if norm(step) <= 1e-9 * scale(&site.point) { 1 } else { HALVINGS };
    let mut part = 1.0;
    for _ in 0..halvings {
        let point = moved(&site.point, part, step);
        if point == site.point {
            return None;
        }
        if let Some((value, gradient)) = finite(loss, &point) {
            let is_lower = value <= site.loss + 1e-4 * part * slope && value < site.loss;
            let is_flatter = value <= site.loss + rounding && spectrum.dual_square(&gradient) < 0.8 * before;
            if is_lower || is_flatter {
                return Some(point);
            }
        }
        part *= 0.5;
    }
    None
}

/// Makes a strict minimum's digits independent of the start: Newton's method once more, from the nearest point of a grid.
fn settle(loss: &dyn Smooth, found: &mut Stationary) {
    let near = 1e-7 * scale(&found.point);
    let size = found.point.iter().fold(1.0_f64, |size, x| size.max(x.abs()));
    for bits in [22, 30, 38] {
        let spacing = 2.0_f64.powf(size.log2().ceil() - f64::from(bits));
        // Adding 0 makes −0 into 0.
        let seed: Vec<f64> = found.point.iter().map(|x| (x / spacing).round() * spacing + 0.0).collect();
        if let Some(site) = newton(loss, seed).filter(|site| distance(&site.point, &found.point) <= near) {
            (found.point, found.loss) = (site.point, site.loss);
            return;
        }
    }
}

/// Newton's method as long as each step is less than half of the one before.
fn newton(loss: &dyn Smooth, seed: Vec<f64>) -> Option<Site> {
    let mut site = Site::at(loss, seed)?;
    let mut last = f64::INFINITY;
    loop {
        let step = site.step();
        let length = norm(&step);
        if site.spectrum.as_ref()?.values[0] <= 0.0 {
            return None;
        }
        if length == 0.0 || length > 0.5 * last {
            return Some(site);
        }
        last = length;
        site = Site::at(loss, moved(&site.point, 1.0, &step).iter().map(|x| x + 0.0).collect())?;
    }
}

/// Moves a minimum that is known roughly, or is one of many, to round coordinates, where the slope there is no steeper.
fn snap(loss: &dyn Smooth, found: &mut Stationary) {
    let (slope, tolerance) = (norm(&loss.gradient(&found.point)), found.tolerance());
    for digits in 0..6 {
        let power = 10.0_f64.powi(digits);
        let point: Vec<f64> = found.point.iter().map(|x| (x * power).round() / power + 0.0).collect();
        let is_flatter =
            |(value, gradient): &(f64, Vec<f64>)| norm(gradient) <= slope && *value <= found.loss + 1e-13 * (1.0 + value.abs());
        if let Some((value, _)) = finite(loss, &point).filter(is_flatter).filter(|_| distance(&point, &found.point) <= tolerance) {
            (found.point, found.loss) = (point, value);
            return;
        }
    }
}
