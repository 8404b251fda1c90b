//! Steps of one length η in very many directions u at an angle β to g: ΔL = η‖g‖ cos β + ½η² uᵀHu + O(η³), least at β = 180°.
//!
//! In one variable there are two directions. In two, they are evenly spread and β is signed, from g towards its left, so that sums over them are
//! Fourier coefficients: ½η² uᵀHu is ¼η² tr H and a wave of 2β. In more, u = n/‖n‖ with n a seeded normal sample, which is uniform on the
//! sphere (Muller 1959, doi:10.1145/377939.377946), and β is from 0 to 180°.

use std::f64::consts::TAU;

use rayon::prelude::*;

use crate::analysis::explain::Slope;
use crate::analysis::minima::{inner, moved, norm};
use crate::error::{Error, Result};
use crate::sample::Distribution;

/// Directions where none are asked for, if so many fit.
pub const DIRECTIONS: u64 = 1_000_000;
/// The fewest and the most directions that may be asked for.
pub const RANGE: [u64; 2] = [16, 10_000_000];
/// The most numbers that the points of a scan may consist of.
const MOST_NUMBERS: u64 = 1 << 26;
/// The steps that are scanned, as multiples of the one that was asked for.
pub const MULTIPLES: [f64; 2] = [1.0, 10.0];
/// The width of a bin of angles, in degrees.
pub const BIN: usize = 15;
/// Steps so many f32 values long, or shorter, are rounded by more than a percent.
const COARSE: f64 = 50.0;

/// Which steps to take from one point.
#[derive(Clone, Debug, PartialEq)]
pub struct Scan {
    /// β of each direction, in radians.
    angles: Vec<f64>,
    /// η of either part of the scan.
    steps: [f64; 2],
    /// ‖g‖.
    norm: f64,
    dimension: usize,
}

impl Scan {
    /// Steps of `step` and of ten times that from where `slope` is, in `directions` or as many as fit; and the points they lead to
    /// (`f32[1 + 2·directions, D]`): first the point itself, then all that are `step` away, then the others. `None` where there is no gradient.
    ///
    /// # Errors
    /// [`Error::Invalid`] where the step is not above 0 or leads out of f32, or the directions are too few or too many.
    pub fn new(slope: &Slope, step: f64, directions: Option<u64>, seed: u64) -> Result<Option<(Self, Vec<f32>)>> {
        let steps = MULTIPLES.map(|multiple| multiple * step);
        let reach = slope.point.iter().fold(0.0_f64, |largest, x| largest.max(x.abs())) + steps[1];
        if step.is_nan() || step <= 0.0 || !(reach as f32).is_finite() {
            return Err(Error::invalid("scan_step", format!("{step} must be above 0, and ten times that finite in f32")));
        }
        let dimension = slope.point.len();
        let count = count(dimension, directions)?;
        let Some(ascent) = slope.ascent() else { return Ok(None) };
        let mut points = vec![0.0; (1 + 2 * count) * dimension];
        let (start, rest) = points.split_at_mut(dimension);
        start.iter_mut().zip(&slope.point).for_each(|(to, x)| *to = *x as f32);
        let (near, far) = rest.split_at_mut(count * dimension);
        let pairs = near.par_chunks_exact_mut(dimension).zip(far.par_chunks_exact_mut(dimension)).enumerate();
        let angles = pairs.map(|(number, (near, far))| {
            let (angle, u) = direction(&ascent, number, count, seed);
            for (point, step) in [(near, steps[0]), (far, steps[1])] {
                point.iter_mut().zip(moved(&slope.point, step, &u)).for_each(|(to, x)| *to = x as f32);
            }
            angle
        });
        let scan = Self { angles: angles.collect(), steps, norm: slope.norm, dimension };
        Ok(Some((scan, points)))
    }

    /// How many directions there are.
    pub fn directions(&self) -> usize {
        self.angles.len()
    }

    /// What `losses`, those of all points in their order, say.
    pub fn judge(&self, losses: &[f32]) -> Findings {
        let changes: Vec<f64> = losses[1..].iter().map(|loss| f64::from(*loss) - f64::from(losses[0])).collect();
        let (near, far) = changes.split_at(self.angles.len());
        let finite = self.angles.iter().zip(near).filter(|(_, change)| change.is_finite());
        let least = finite.min_by(|a, b| a.1.total_cmp(b.1));
        Findings {
            laws: [self.law(near, self.steps[0]), self.law(far, self.steps[1])],
            bins: self.bins(near),
            least: least.map(|(angle, change)| (angle.abs().to_degrees(), *change)),
            missing: near.iter().filter(|change| !change.is_finite()).count(),
        }
    }

    /// The law of the `changes` over a step.
    fn law(&self, changes: &[f64], step: f64) -> Law {
        Law { step, first_order: step * self.norm, fit: Fit::of(&self.angles, changes, step * self.norm, self.dimension == 2) }
    }

    /// Means of the `changes` around every multiple of [`BIN`] degrees.
    fn bins(&self, changes: &[f64]) -> Vec<Bin> {
        let mut bins: Vec<Bin> =
            (0..=180 / BIN).map(|number| Bin { angle: number * BIN, count: 0, change: 0.0, first_order: 0.0 }).collect();
        for (angle, change) in self.angles.iter().zip(changes).filter(|(_, change)| change.is_finite()) {
            let number = (angle.abs().to_degrees() / BIN as f64).round() as usize;
            let bin = &mut bins[number.min(180 / BIN)];
            bin.count += 1;
            bin.change += change;
            bin.first_order += self.steps[0] * self.norm * angle.cos();
        }
        for bin in bins.iter_mut().filter(|bin| bin.count > 0) {
            bin.change /= bin.count as f64;
            bin.first_order /= bin.count as f64;
            // What cosines that cancel leave is rounding.
            if bin.first_order.abs() < 1e-12 * self.steps[0] * self.norm {
                bin.first_order = 0.0;
            }
        }
        bins.retain(|bin| bin.count > 0);
        bins
    }
}

/// A sentence of warning where the f32 values around `point` (`f64[D]`) are so far apart that `step` is rounded by more than a percent.
pub fn spacing_warning(point: &[f64], step: f64) -> Option<String> {
    let largest = point.iter().fold(0.0_f64, |largest, x| largest.max(x.abs())) as f32;
    let spacing = f64::from(largest.next_up()) - f64::from(largest);
    (step < COARSE * spacing).then(|| {
        format!("f32 values around the point are {spacing:.1e} apart, so that steps of {step:e} are rounded; give a longer --scan-step")
    })
}

/// How many directions there are to be.
fn count(dimension: usize, asked: Option<u64>) -> Result<usize> {
    let fitting = MOST_NUMBERS / (2 * dimension as u64);
    let [least, most] = [RANGE[0], RANGE[1].min(fitting)];
    let refuse = |reason: String| Err(Error::invalid("directions", reason));
    match asked {
        Some(count) if count < least => refuse(format!("{count} are too few to tell a law; give {least} or more")),
        Some(count) if count > most => refuse(format!("{count} are more than {most}, what fits for {dimension} variables")),
        _ if dimension == 1 => Ok(2),
        asked => Ok(asked.unwrap_or(DIRECTIONS.min(most)) as usize),
    }
}

/// β and u (`f64[D]`) of direction `number` of `count`, from `ascent`, g/‖g‖.
fn direction(ascent: &[f64], number: usize, count: usize, seed: u64) -> (f64, Vec<f64>) {
    match *ascent {
        [up] => {
            if number == 0 {
                (0.0, vec![up])
            } else {
                (0.5 * TAU, vec![-up])
            }
        }
        [x, y] => {
            // From −180° on, each angle once.
            let angle = TAU * (number as f64 / count as f64 - 0.5);
            let (sine, cosine) = angle.sin_cos();
            (angle, vec![cosine * x - sine * y, cosine * y + sine * x])
        }
        _ => {
            let normal = Distribution::Normal { mean: 0.0, deviation: 1.0 };
            let mut u: Vec<f64> = (0..ascent.len()).map(|column| normal.coordinate(seed, number as u64, column)).collect();
            let length = norm(&u);
            u.iter_mut().for_each(|u| *u /= length);
            (inner(&u, ascent).clamp(-1.0, 1.0).acos(), u)
        }
    }
}

/// What a scan found.
#[derive(Clone, Debug, PartialEq)]
pub struct Findings {
    /// One for each of [`MULTIPLES`].
    pub laws: [Law; 2],
    /// Those that are not empty, by angle, for the shorter step.
    pub bins: Vec<Bin>,
    /// |β| in degrees of the direction along which L changes by the least, and that change; of the shorter step.
    pub least: Option<(f64, f64)>,
    /// Directions in which the shorter step leads to where the loss is not finite.
    pub missing: usize,
}

/// Changes around an angle.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bin {
    /// |β| in degrees at its middle.
    pub angle: usize,
    /// Directions in it.
    pub count: u64,
    /// Their mean ΔL.
    pub change: f64,
    /// Their mean η‖g‖ cos β.
    pub first_order: f64,
}

/// How ΔL depends on β for one step.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Law {
    /// η.
    pub step: f64,
    /// η‖g‖, the amplitude that is foretold.
    pub first_order: f64,
    /// What was found; `None` where a change is not finite, or all are 0.
    pub fit: Option<Fit>,
}

/// The wave that is nearest to all changes in the sense of least squares, and what it leaves.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Fit {
    /// A of A cos(β − φ).
    pub amplitude: f64,
    /// φ in degrees; two variables only.
    pub phase: Option<f64>,
    /// The share of the squares of ΔL that the wave explains; not of their variance, since a wave has no constant part.
    pub r_squared: f64,
    /// The share of them that η‖g‖ cos β, the law of the first order, leaves.
    pub unexplained: f64,
    /// The mean of ΔL, ½η² tr H / D to the second order.
    pub mean: f64,
    /// The amplitude of the wave of 2β, ¼η² |λ₁ − λ₂| to the second order with the eigenvalues λ of H; two variables only.
    pub bend: Option<f64>,
}

impl Fit {
    fn of(angles: &[f64], changes: &[f64], first_order: f64, is_even: bool) -> Option<Self> {
        let count = changes.len() as f64;
        let mean = changes.iter().sum::<f64>() / count;
        let total: f64 = changes.iter().map(|change| change * change).sum();
        if total == 0.0 || !total.is_finite() {
            return None;
        }
        // The wave that is nearest, of a shape that is orthogonal to the others.
        let part = |wave: &dyn Fn(f64) -> f64| {
            let (product, square) = angles.iter().zip(changes).fold((0.0, 0.0), |(product, square), (angle, change)| {
                let height = wave(*angle);
                (product + height * change, square + height * height)
            });
            product / square
        };
        let cosine = part(&f64::cos);
        let sine = if is_even { part(&f64::sin) } else { 0.0 };
        let left = |a: f64, b: f64| -> f64 {
            let squares = angles.iter().zip(changes).map(|(angle, change)| (change - a * angle.cos() - b * angle.sin()).powi(2));
            squares.sum::<f64>() / total
        };
        Some(Self {
            amplitude: if is_even { cosine.hypot(sine) } else { cosine },
            phase: is_even.then(|| sine.atan2(cosine).to_degrees()),
            r_squared: 1.0 - left(cosine, sine),
            unexplained: left(first_order, 0.0),
            mean,
            bend: is_even.then(|| part(&|angle| (2.0 * angle).cos()).hypot(part(&|angle| (2.0 * angle).sin()))),
        })
    }

    /// β in degrees at which the wave is least; two variables only.
    pub fn steepest_decrease(&self) -> Option<f64> {
        self.phase.map(|phase| phase + 180.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::explain::Surface;
    use crate::analysis::explain::tests::experiment;
    use proptest::prelude::*;

    fn scanned(formula: &str, start: &[f32], step: f64, directions: u64) -> Option<Findings> {
        let experiment = experiment(formula, start);
        let surface = Surface::of(&experiment).unwrap();
        let slope = Slope::at(surface, surface.start()).unwrap();
        let (scan, points) = Scan::new(&slope, step, Some(directions), 1).unwrap()?;
        assert_eq!(points.len(), (1 + 2 * scan.directions()) * start.len());
        let point = |x: &[f32]| x.iter().map(|x| f64::from(*x)).collect::<Vec<_>>();
        let losses: Vec<f32> = points.chunks(start.len()).map(|x| surface.loss(&point(x)) as f32).collect();
        Some(scan.judge(&losses))
    }

    #[test]
    fn the_bend_of_a_quadratic_is_its_wave_of_twice_the_angle() {
        // x² + 3y² has the eigenvalues 2 and 6.
        let found = scanned("x^2 + 3*y^2", &[1.0, -1.0], 0.1, 5000).unwrap();
        for law in found.laws {
            let (fit, square) = (law.fit.unwrap(), law.step * law.step);
            assert!((law.first_order - law.step * 40.0_f64.sqrt()).abs() < 1e-9);
            assert!((fit.amplitude / law.first_order - 1.0).abs() < 1e-6 && fit.phase.unwrap().abs() < 1e-3, "{fit:?}");
            assert!((fit.mean - 2.0 * square).abs() < 1e-6 && (fit.bend.unwrap() - square).abs() < 1e-6, "{fit:?}");
            assert!((fit.r_squared + fit.unexplained - 1.0).abs() < 1e-6, "{fit:?}");
        }
    }

    #[test]
    fn angles_are_counted_around_every_fifteenth_degree() {
        let found = scanned("x^2 + 3*y^2", &[1.0, -1.0], 1e-3, 3600).unwrap();
        assert_eq!(found.bins.iter().map(|bin| bin.angle).collect::<Vec<_>>(), (0..=180).step_by(15).collect::<Vec<_>>());
        assert_eq!(found.bins.iter().map(|bin| bin.count).sum::<u64>(), 3600);
        assert!(found.bins.iter().all(|bin| (bin.change - bin.first_order).abs() < 5e-6), "{:?}", found.bins);
        assert!(found.least.is_some_and(|(angle, change)| angle > 178.0 && change < -6e-3) && found.missing == 0);
    }

    #[test]
    fn one_variable_has_two_directions() {
        let found = scanned("(w - 2)^2", &[0.0], 0.5, 100).unwrap();
        assert_eq!(found.bins.iter().map(|bin| (bin.angle, bin.change)).collect::<Vec<_>>(), [(0, 2.25), (180, -1.75)]);
        let fit = found.laws[0].fit.unwrap();
        assert_eq!((fit.amplitude, fit.mean, fit.phase, fit.bend), (2.0, 0.25, None, None));
    }

    #[test]
    fn what_cannot_be_told_is_not_told() {
        assert!(scanned("x^2 + y^2", &[0.0, 0.0], 1e-3, 100).is_none());
        let edge = scanned("ln(x) + y", &[0.5, 0.0], 1.0, 100).unwrap();
        assert!(edge.laws[0].fit.is_none() && edge.missing > 20 && edge.missing < 50, "{edge:?}");
        let lost = scanned("1e9 + x + y", &[0.5, 0.0], 1e-3, 100).unwrap();
        assert_eq!((lost.laws[0].fit, lost.missing), (None, 0));
        // Beside a minimum all is bend, and no wave of β.
        let level = scanned("x^2 + y^2", &[1e-30, 1e-30], 1e-3, 100).unwrap().laws[0].fit.unwrap();
        assert!(
            level.r_squared.abs() < 1e-6 && (level.unexplained - 1.0).abs() < 1e-6 && (level.mean / 1e-6 - 1.0).abs() < 1e-6,
            "{level:?}"
        );
        assert!(spacing_warning(&[1e6, 0.0], 1e-3).is_some() && spacing_warning(&[10.0], 1e-3).is_none());
    }

    #[test]
    fn steps_and_directions_out_of_range_are_refused_by_name() {
        let slope = Slope { point: vec![0.0; 100], loss: 0.0, gradient: vec![1.0; 100], norm: 10.0, curvature: None };
        let message = |step, directions| Scan::new(&slope, step, directions, 0).unwrap_err().to_string();
        for step in [0.0, -1.0, f64::NAN, f64::INFINITY, 1e38] {
            assert!(message(step, None).starts_with("scan_step: "), "{step}");
        }
        assert!(message(1e-3, Some(3)).contains("give 16 or more") && message(1e-3, Some(1_000_000)).contains("more than 335544"));
        assert_eq!([1, 2, 33, 2048].map(|dimension| count(dimension, None).unwrap()), [2, 1_000_000, 1_000_000, 16_384]);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]
        #[test]
        fn directions_are_unit_vectors_at_their_angle(ascent in prop::collection::vec(-1.0..1.0_f64, 1..6), number in 0_usize..1000) {
            let length = norm(&ascent);
            prop_assume!(length > 0.1);
            let ascent: Vec<f64> = ascent.iter().map(|g| g / length).collect();
            let (angle, u) = direction(&ascent, number, 1000, 3);
            prop_assert!((norm(&u) - 1.0).abs() < 1e-12 && (inner(&u, &ascent) - angle.cos()).abs() < 1e-9);
        }

        #[test]
        fn a_short_step_follows_the_cosine(start in prop::array::uniform4(-2.0..2.0_f32)) {
            let found = scanned("sin(a)*b + c^2*d + exp(a/2)", &start, 1e-3, 4000).unwrap();
            let law = found.laws[0];
            prop_assume!(law.first_order > 5e-4);
            prop_assert!(law.fit.is_some_and(|fit| fit.r_squared > 0.999 && (fit.amplitude / law.first_order - 1.0).abs() < 0.01), "{law:?}");
        }
    }
}
