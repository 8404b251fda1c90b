//! What a loss L does at one point x, in f64: why a step against its gradient goes down, and how far.
//!
//! With g = ∇L(x) and H = ∇²L(x), L(x + ηu) = L(x) + η gᵀu + ½η² uᵀHu + O(η³). Nocedal & Wright, *Numerical Optimization*, 2nd ed. 2006,
//! §2.2, doi:10.1007/978-0-387-40065-5.

pub mod approach;
pub mod path;
pub mod scan;
pub mod step;
pub mod taylor;

use crate::analysis::curvature::{Curvature, Lowest};
use crate::analysis::minima::{Smooth, inner, norm};
use crate::axis::Axis;
use crate::backend::descend::{WithLoss, with_loss};
use crate::error::{Error, Result};
use crate::experiment::{Experiment, PROBLEM, Source};
use crate::loss::{Evaluate, Hessian, Loss, Problem, Written};
use crate::optimizer::Optimizer;
use crate::real::{Shared, decimal};
use crate::stop::StopRule;

/// Parts of x by which the gradient of a quadratic at x is off.
const ROUNDING: f64 = 4.0 * f64::EPSILON;
/// The most variables for whose Hessian eigenvalues are found.
pub(crate) const MOST_VARIABLES: usize = 200;
/// The hyper-parameter that may have several values.
pub(crate) const LEARNING_RATE: &str = "learning_rate";

/// The loss of an experiment of which all but the learning rate is fixed, in the reference's arithmetic.
#[derive(Clone, Copy, Debug)]
pub struct Surface<'a>(&'a Experiment);

impl<'a> Surface<'a> {
    /// The loss of `experiment`.
    ///
    /// # Errors
    /// [`Error::Invalid`] that names an input of several values other than the learning rate, or what makes the method more than plain
    /// gradient descent.
    pub fn of(experiment: &'a Experiment) -> Result<Self> {
        let is_several = |name: &str, count: u64| match name {
            PROBLEM => format!("there are {count} problems; explain takes one"),
            _ => format!("has {count} values; explain looks at one point, so give it one; only the learning rate may have several"),
        };
        if let Some(axis) = experiment.axes().iter().find(|axis| axis.is_swept() && axis.name() != LEARNING_RATE) {
            return Err(Error::invalid(axis.name(), is_several(&axis.name(), axis.axis.count())));
        }
        let method = experiment.method();
        if method != Optimizer::GradientDescent.into() {
            let added = method.hyperparameters().get(1).map_or("optimizer", |hyper| hyper.name);
            return Err(Error::invalid(added, "explain is about plain gradient descent; leave it out"));
        }
        Ok(Self(experiment))
    }

    /// The point that the experiment starts from (`f64[D]`), as it was written.
    pub fn start(&self) -> Vec<f64> {
        let value = |source: Source| decimal(self.0.axes()[source.axis].axis.value(0, source.column));
        self.0.sources().take(self.0.dimension()).map(value).collect()
    }

    /// Its learning rates, in order, as they were written.
    pub fn learning_rates(&self) -> Vec<f64> {
        let Some(source) = self.0.hyperparameter_named(LEARNING_RATE) else { return Vec::new() };
        let axis = &self.0.axes()[source.axis].axis;
        axis.rows(0..axis.count()).into_iter().map(decimal).collect()
    }

    /// About how many instructions it takes to evaluate L and ∇L.
    pub fn instructions(&self) -> usize {
        self.0.kernel().work(self.0.dimension())
    }

    /// L at `x` (`f64[D]`).
    pub fn loss(&self, x: &[f64]) -> f64 {
        self.evaluate(x).0
    }

    /// L and ∇L (`f64[D]`) at `x` (`f64[D]`).
    pub fn evaluate(&self, x: &[f64]) -> (f64, Vec<f64>) {
        self.with(At { row: self.row(), x })
    }

    /// vᵀ∇²L v at `x`, both `f64[D]`, where it is finite; `None` too where the second derivative is too long to write down.
    pub fn bend(&self, x: &[f64], v: &[f64]) -> Option<f64> {
        let product = match self.0.loss() {
            Loss::Bound(bound) => bound.hessian_times(&[], x, v).ok()?,
            _ => self.quadratic(x)?.hessian().times(v),
        };
        Some(inner(v, &product)).filter(|bend| bend.is_finite())
    }

    /// ∇²L at `x` (`f64[D]`), where it is finite; `None` too where it is too long to write down.
    pub fn hessian(&self, x: &[f64]) -> Option<Hessian> {
        match self.0.loss() {
            Loss::Bound(bound) => {
                let dimension = x.len();
                let unit = |i: usize| (0..dimension).map(|j| f64::from(u8::from(i == j))).collect::<Vec<f64>>();
                let columns = (0..dimension).map(|i| bound.hessian_times(&[], x, &unit(i)).ok()).collect::<Option<Vec<_>>>()?;
                // Each number and its twin across the diagonal are rounded on their own.
                let entry = |i: usize, j: usize| 0.5 * (columns[i][j] + columns[j][i]);
                let entries = (0..dimension * dimension).map(|at| entry(at / dimension, at % dimension)).collect::<Vec<f64>>();
                Hessian::dense(dimension, entries).ok()
            }
            _ => self.quadratic(x).map(|quadratic| quadratic.hessian().clone()),
        }
    }

    /// The eigenvalues of ∇²L at `x` (`f64[D]`), ascending, where it is finite and there are not too many.
    pub fn eigenvalues(&self, x: &[f64]) -> Option<Vec<f64>> {
        let hessian = Some(x).filter(|x| x.len() <= MOST_VARIABLES).and_then(|x| self.hessian(x))?;
        Some(hessian.eigen().ok()?.0)
    }

    /// The quadratic that L is around `x`, where it is made of quadratics: the only one, or the lowest of the wells.
    pub fn quadratic(&self, x: &[f64]) -> Option<Problem> {
        match self.0.loss() {
            Loss::Quadratic(quadratic) => Some(quadratic.problem(0)),
            Loss::Wells(wells) => {
                let well = wells.wells()[wells.lowest(x).0].clone();
                Problem::centered(Hessian::Diagonal(well.curvature), well.center, well.offset).ok()
            }
            Loss::Bound(_) | Loss::Formula(_) => None,
        }
    }

    /// Where it is least, if it is a quadratic.
    pub fn lowest(&self) -> Option<Lowest> {
        let Loss::Quadratic(quadratic) = self.0.loss() else { return None };
        Some(Curvature::of(&quadratic.problem(0)).ok()?.lowest)
    }

    /// Where it is least, in a valley the shortest such point (`f64[D]`), if it is a quadratic with a minimum.
    pub fn minimum(&self) -> Option<Vec<f64>> {
        self.lowest()?.point().map(<[f64]>::to_vec)
    }

    /// Whether it is one quadratic, so that it bends everywhere as it does at one point.
    pub fn is_quadratic(&self) -> bool {
        matches!(self.0.loss(), Loss::Quadratic(_))
    }

    /// An experiment that evaluates the loss at `points` (`f32[n·D]`, a point after the other) and moves none of them; `source` names them.
    ///
    /// # Errors
    /// [`Error::Invalid`] where a point is not finite in f32 or there are too many.
    pub fn at(&self, points: Vec<f32>, source: &str) -> Result<Experiment> {
        self.descending(points, source, 0.0, StopRule { steps: 0, fixed_steps: true, ..StopRule::default() })
    }

    /// An experiment that descends from `points` (`f32[n·D]`, a point after the other) with one learning rate; `source` names them.
    ///
    /// # Errors
    /// As [`Self::at`].
    pub fn descending(&self, points: Vec<f32>, source: &str, learning_rate: f32, stop: StopRule) -> Result<Experiment> {
        let draft = Experiment::new(self.0.loss().clone()).start(Axis::table(points, self.0.dimension(), source));
        draft.input(LEARNING_RATE, learning_rate).stop(stop).validate()
    }

    /// The coefficients of the loss.
    fn row(&self) -> &'a [f32] {
        self.0.rows().only()
    }

    /// Does something with the loss's twin.
    fn with<W: WithLoss>(&self, work: W) -> W::Output {
        match self.0.loss() {
            Loss::Bound(bound) => work.call(Written(bound)),
            _ => with_loss(&self.0.kernel(), work),
        }
    }
}

impl Smooth for Surface<'_> {
    fn dimension(&self) -> usize {
        self.0.dimension()
    }
    fn loss(&self, x: &[f64]) -> f64 {
        self.evaluate(x).0
    }
    fn gradient(&self, x: &[f64]) -> Vec<f64> {
        self.evaluate(x).1
    }
    fn hessian(&self, x: &[f64]) -> Vec<f64> {
        let hessian = Self::hessian(self, x).map(Hessian::into_dense);
        hessian.map_or_else(|| vec![f64::NAN; x.len() * x.len()], |hessian| hessian.entries().to_vec())
    }
}

/// A loss and its gradient at a point.
struct At<'a> {
    row: &'a [f32],
    x: &'a [f64],
}

impl WithLoss for At<'_> {
    type Output = (f64, Vec<f64>);

    fn call<E: Evaluate>(self, loss: E) -> Self::Output {
        let mut gradient = vec![0.0; self.x.len()];
        let value = loss.evaluate(&Shared(self.row), self.x, &mut gradient);
        (value, gradient)
    }
}

/// What a loss is at a point, to the first order and, along its gradient, to the second.
#[derive(Clone, Debug, PartialEq)]
pub struct Slope {
    /// x (`f64[D]`).
    pub point: Vec<f64>,
    /// L(x).
    pub loss: f64,
    /// g = ∇L(x) (`f64[D]`).
    pub gradient: Vec<f64>,
    /// ‖g‖₂.
    pub norm: f64,
    /// gᵀHg / gᵀg, the second derivative along g, where there is one.
    pub curvature: Option<f64>,
}

impl Slope {
    /// That of `surface` at `point` (`f64[D]`). A gradient that is no more than rounding is 0.
    ///
    /// # Errors
    /// [`Error::Invalid`] where the loss or the norm of its gradient is not finite there.
    pub fn at(surface: Surface<'_>, point: Vec<f64>) -> Result<Self> {
        let (loss, gradient) = surface.evaluate(&point);
        let norm = norm(&gradient);
        for (what, number) in [("loss has no finite value", loss), ("gradient has no finite norm", norm)] {
            if !number.is_finite() {
                return Err(Error::invalid("point", format!("the {what} there; choose another point")));
            }
        }
        let mut slope = Self { point, loss, gradient, norm, curvature: None };
        slope.curvature = slope.ascent().and_then(|u| surface.bend(&slope.point, &u));
        // What the rounding of x alone may make of a gradient that is 0.
        let rounding = slope.curvature.map_or(0.0, |curvature| ROUNDING * curvature.abs() * self::norm(&slope.point));
        if norm <= rounding {
            slope = Self { gradient: vec![0.0; slope.point.len()], norm: 0.0, curvature: None, ..slope };
        }
        Ok(slope)
    }

    /// The direction of steepest ascent, g/‖g‖ (`f64[D]`), if there is one.
    pub fn ascent(&self) -> Option<Vec<f64>> {
        (self.norm > 0.0).then(|| self.gradient.iter().map(|g| g / self.norm).collect())
    }

    /// The direction of steepest descent, −g/‖g‖ (`f64[D]`), if there is one.
    pub fn descent(&self) -> Option<Vec<f64>> {
        Some(self.ascent()?.iter().map(|u| -u).collect())
    }

    /// What the rounding of x and of L in f64 may, about, make of a difference between L(x) and another loss nearby.
    fn rounding(&self) -> f64 {
        let shift: f64 = self.gradient.iter().zip(&self.point).map(|(g, x)| (g * x).abs()).sum();
        4.0 * f64::EPSILON * (self.loss.abs() + shift)
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A typed loss of one or two variables from `start`, with one learning rate.
    pub(crate) fn experiment(formula: &str, start: &[f32]) -> Experiment {
        let draft = Experiment::new(Loss::formula(formula, None, None).unwrap()).input("lr", 0.1);
        draft.start(Axis::table(start.to_vec(), start.len(), "start")).validate().unwrap()
    }

    #[test]
    fn a_slope_is_the_gradient_and_what_bends_along_it() {
        let experiment = experiment("x^2 + 3*y^2", &[1.0, -1.0]);
        let surface = Surface::of(&experiment).unwrap();
        let slope = Slope::at(surface, surface.start()).unwrap();
        assert_eq!((slope.loss, &slope.gradient[..]), (4.0, &[2.0, -6.0][..]));
        // gᵀHg = 2·4 + 6·36.
        assert!((slope.norm - 40.0_f64.sqrt()).abs() < 1e-12 && (slope.curvature.unwrap() - 224.0 / 40.0).abs() < 1e-12);
        assert_eq!(slope.descent().unwrap()[0], -slope.ascent().unwrap()[0]);
    }

    #[test]
    fn a_loss_bends_by_its_second_derivative_whatever_it_is_made_of() {
        let quartic = experiment("x^4 + x*y", &[2.0, 0.0]);
        // H = (12x², 1; 1, 0).
        let bend = |v| Surface::of(&quartic).unwrap().bend(&[2.0, 0.0], v);
        assert_eq!((bend(&[1.0, 1.0]), bend(&[1e200, 0.0])), (Some(50.0), None));
        let wells = [(0.0, 2.0, 3.0), (5.0, 9.0, 1.0)].map(|(center, a, offset)| crate::loss::Well {
            offset,
            center: vec![center],
            curvature: vec![a],
        });
        let loss = Loss::Wells(crate::loss::Wells::new(wells.to_vec()).unwrap());
        let wells = Experiment::new(loss).input("x", 5.0).input("lr", 0.1).validate().unwrap();
        let surface = Surface::of(&wells).unwrap();
        assert_eq!([0.5, 5.0].map(|x| surface.bend(&[x], &[2.0])), [Some(8.0), Some(36.0)]);
    }

    #[test]
    fn a_flat_point_has_no_direction_and_one_without_a_loss_is_refused() {
        let flat = experiment("x^2", &[0.0]);
        let slope = Slope::at(Surface::of(&flat).unwrap(), vec![0.0]).unwrap();
        assert_eq!((slope.norm, slope.ascent(), slope.descent(), slope.curvature), (0.0, None, None, None));
        for (formula, start, what) in [("ln(x)", 0.0, "the loss has no finite value"), ("x^8", 1e38, "the gradient has no finite norm")] {
            let experiment = experiment(formula, &[start]);
            let surface = Surface::of(&experiment).unwrap();
            let message = Slope::at(surface, surface.start()).unwrap_err().to_string();
            assert!(message.contains(what), "{message}");
        }
    }

    #[test]
    fn all_but_the_learning_rate_has_one_value_and_nothing_is_added_to_the_rule() {
        let draft =
            || Experiment::new(Loss::formula("a=1; a*x^2", None, None).unwrap()).input("x", 1.0).input("lr", Axis::linear(0.0, 1.0, 3));
        let experiment = draft().validate().unwrap();
        assert_eq!(Surface::of(&experiment).unwrap().learning_rates(), [0.0, 0.5, 1.0]);
        let swept = draft().input("a", Axis::linear(1.0, 2.0, 5)).validate().unwrap();
        assert!(Surface::of(&swept).unwrap_err().to_string().starts_with("a: has 5 values"));
        let clipped = draft().input("clip_norm", 1.0).validate().unwrap();
        assert!(Surface::of(&clipped).unwrap_err().to_string().starts_with("clip_norm: explain is about plain"));
    }
}
