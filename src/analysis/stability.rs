//! Gradient descent with a fixed learning rate η on one positive definite quadratic, and the floor of its arithmetic.
//!
//! With eigenvalues 0 < m = λ_min ≤ … ≤ λ_max = L of the Hessian, κ = L/m: it converges from everywhere iff 0 < η < 2/L,
//! fastest at η = 2/(m+L), where the error shrinks by (κ−1)/(κ+1) a step. In f32 a coordinate near c stops moving once
//! η|∂f| < ½ ulp(c), so ‖∇f‖ stays near ½‖ulp(c)‖/η.

use crate::analysis::curvature::{Curvature, Lowest};
use crate::experiment::{Experiment, Source};
use crate::loss::Loss;
use crate::optimizer::Optimizer;

/// What is known beforehand of gradient descent on one positive definite quadratic.
#[derive(Clone, Debug, PartialEq)]
pub struct Theory {
    /// The Hessian's, ascending.
    pub eigenvalues: Vec<f64>,
    /// Learning rates below this converge, 2/λ_max.
    pub stable_below: f64,
    /// The fastest learning rate, 2/(λ_min+λ_max).
    pub optimal_learning_rate: f64,
    /// The factor by which the error shrinks a step there, (κ−1)/(κ+1).
    pub rate: f64,
}

impl Theory {
    /// The theory of `experiment`, where it is gradient descent on one positive definite quadratic.
    pub fn of(experiment: &Experiment) -> Option<Self> {
        match experiment.loss() {
            Loss::Quadratic(quadratic) if quadratic.problems() == 1 && experiment.method() == Optimizer::GradientDescent.into() => {
                Self::of_curvature(&Curvature::of(&quadratic.problem(0)).ok()?)
            }
            _ => None,
        }
    }

    /// The theory of a quadratic of this curvature, where it is positive definite.
    pub fn of_curvature(curvature: &Curvature) -> Option<Self> {
        let eigenvalues = curvature.eigenvalues.clone();
        let (smallest, largest) = (*eigenvalues.first()?, *eigenvalues.last()?);
        matches!(curvature.lowest, Lowest::Point(_)).then(|| Self {
            eigenvalues,
            stable_below: 2.0 / largest,
            optimal_learning_rate: 2.0 / (smallest + largest),
            rate: (largest - smallest) / (largest + smallest),
        })
    }
}

/// Where learning rates cease to converge on one positive definite quadratic, under a rule of constant coefficients.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Limit {
    optimizer: Optimizer,
    /// λ_max.
    largest: f64,
}

impl Limit {
    /// The limit for `experiment`, if there is one that is known.
    pub fn of(experiment: &Experiment) -> Option<Self> {
        let optimizer = experiment.optimizer();
        let is_damped = experiment.hyperparameter_named("dampening").is_some_and(|Source { axis, column }| {
            let axis = &experiment.axes()[axis].axis;
            axis.count() > 1 || axis.value(0, column) != 0.0
        });
        let Loss::Quadratic(quadratic) = experiment.loss() else { return None };
        if quadratic.problems() != 1 || is_damped || !experiment.method().is_plain() {
            return None;
        }
        let theory = Theory::of_curvature(&Curvature::of(&quadratic.problem(0)).ok()?)?;
        let limit = Self { optimizer, largest: *theory.eigenvalues.last()? };
        limit.at(0.0).map(|_| limit)
    }

    /// What it is called.
    pub fn formula(&self) -> &'static str {
        match self.optimizer {
            Optimizer::Momentum => "2(1+β)/λ_max",
            Optimizer::Nesterov => "(2+2β)/((1+2β)λ_max)",
            _ => "2/λ_max",
        }
    }

    /// Learning rates below this converge under momentum β: 2/λ_max for gradient descent, 2(1+β)/λ_max for heavy ball (Polyak 1964), and
    /// (2+2β)/((1+2β)λ_max) for Nesterov's.
    pub fn at(&self, momentum: f64) -> Option<f64> {
        match self.optimizer {
            Optimizer::GradientDescent => Some(2.0 / self.largest),
            _ if !(0.0..1.0).contains(&momentum) => None,
            Optimizer::Momentum => Some(2.0 * (1.0 + momentum) / self.largest),
            Optimizer::Nesterov => Some((2.0 + 2.0 * momentum) / ((1.0 + 2.0 * momentum) * self.largest)),
            _ => None,
        }
    }
}

/// Axes longer than this are judged by their ends.
const LONGEST_LOOK: u64 = 1 << 22;

/// What a user should know before gradient descent in f32 begins: a tolerance that the arithmetic cannot reach, one sentence each.
pub fn floor_warning(experiment: &Experiment) -> Option<String> {
    if experiment.method() != Optimizer::GradientDescent.into() {
        return None;
    }
    let stop = experiment.stop();
    let source = experiment.hyperparameter_named("learning_rate")?;
    let axis = &experiment.axes()[source.axis].axis;
    let last = axis.count() - 1;
    let smallest = |rows: &mut dyn Iterator<Item = u64>| {
        rows.map(|row| f64::from(axis.value(row, source.column))).filter(|rate| *rate > 0.0).fold(f64::INFINITY, f64::min)
    };
    let rate = if last < LONGEST_LOOK { smallest(&mut (0..=last)) } else { smallest(&mut [0, last].into_iter()) };
    let reach = largest_half_ulp(experiment.loss());
    let (floor, tolerance) = (reach / rate, f64::from(stop.gradient_norm));
    (!stop.fixed_steps && rate.is_finite() && floor >= tolerance).then(|| {
        let below = if last == 0 { String::new() } else { format!(" with a learning_rate below {:.2e}", reach / tolerance) };
        format!(
            "a gradient norm of {tolerance:.1e} lies below the floor of f32, about {floor:.1e} for learning_rate {rate:.2e}: \
             descents{below} will end stalled; raise --gradient-norm to about {:.0e}, or use --backend reference",
            2.0 * floor
        )
    })
}

/// ½‖ulp(c)‖ where it is largest among the centres c of the loss.
fn largest_half_ulp(loss: &Loss) -> f64 {
    let half_ulp = |center: &[f64]| 0.5 * center.iter().map(|c| ulp(*c as f32).powi(2)).sum::<f64>().sqrt();
    match loss {
        Loss::Quadratic(quadratic) => {
            let centers: Vec<&[f32]> = quadratic.rows().columns().skip(1).take(quadratic.dimension()).collect();
            let center = |problem: usize| centers.iter().map(|column| f64::from(column[problem])).collect::<Vec<_>>();
            (0..quadratic.problems()).map(|problem| half_ulp(&center(problem))).fold(0.0, f64::max)
        }
        Loss::Wells(wells) => wells.wells().iter().map(|well| half_ulp(&well.center)).fold(0.0, f64::max),
        Loss::Formula(_) | Loss::Bound(_) => 0.0,
    }
}

fn ulp(value: f32) -> f64 {
    f64::from(value.abs().next_up()) - f64::from(value.abs())
}

/// One sentence for each swept axis whose neighbours are only a few f32 values apart.
pub fn spacing_warnings(experiment: &Experiment) -> Vec<String> {
    let warn = |axis: &crate::experiment::GridAxis| {
        let spacing = axis.axis.coarse_spacing()?;
        Some(format!("neighbours on the axis {} are only {spacing:.1} f32 values apart, so that their rounding shows", axis.name()))
    };
    experiment.axes().iter().filter_map(warn).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::axis::Axis;

    fn booth(rate: Axis) -> Experiment {
        let draft = Experiment::new(Loss::named("booth", None).unwrap()).input("learning_rate", rate);
        draft.start(Axis::table(vec![0.0, 0.0], 2, "0")).validate().unwrap()
    }

    #[test]
    fn booth_is_stable_below_a_ninth_and_fastest_at_a_tenth() {
        let theory = Theory::of(&booth(Axis::fixed(0.1))).unwrap();
        for (found, expected) in [(theory.stable_below, 1.0 / 9.0), (theory.optimal_learning_rate, 0.1), (theory.rate, 0.8)] {
            assert!((found - expected).abs() < 1e-14, "{found} {expected}");
        }
        assert!((theory.eigenvalues[0] - 2.0).abs() < 1e-13 && (theory.eigenvalues[1] - 18.0).abs() < 1e-13);
    }

    #[test]
    fn a_saddle_has_no_theory() {
        let hessian = crate::loss::Hessian::Diagonal(vec![1.0, -1.0]);
        let problem = crate::loss::Problem::centered(hessian, vec![0.0; 2], 0.0).unwrap();
        assert_eq!(Theory::of_curvature(&Curvature::of(&problem).unwrap()), None);
    }

    #[test]
    fn a_tolerance_below_the_floor_of_f32_is_foretold() {
        // Booth stalls near 1.2e-4 to 1.3e-4 at a learning rate of 1e-3.
        let warning = floor_warning(&booth(Axis::logarithmic(1e-3, 1.0, 64))).unwrap();
        assert!(warning.contains("below 1.33e-3") && warning.contains("stalled") && warning.contains("--gradient-norm"), "{warning}");
        assert_eq!(floor_warning(&booth(Axis::logarithmic(2e-3, 1.0, 64))), None);
    }

    #[test]
    fn an_axis_finer_than_f32_is_foretold() {
        let draft = Experiment::new(Loss::named("sphere", Some(1)).unwrap()).input("learning_rate", 0.1);
        let experiment = draft.input("x", Axis::linear(1e6, 1e6 + 1.0, 1000)).validate().unwrap();
        assert!(spacing_warnings(&experiment)[0].contains("axis x"));
    }
}
