//! What one step costs, counted on the tape that its twins leave.

use crate::backend::descend::{Motion, WithTwins, with_twins};
use crate::backend::roofline::tape::{Traced, TracedRow, record};
use crate::backend::roofline::{Cost, Operations};
use crate::experiment::Experiment;
use crate::loss::{Evaluate, Kernel};
use crate::method::Method;
use crate::optimizer::Update;
use crate::real::{Real, dot};

/// Beyond this D the counts are those of a polynomial through these three: losses loop over coordinates, or over pairs of them.
const TRACED: [usize; 3] = [16, 32, 64];

impl Cost {
    /// What `experiment` costs.
    pub fn of(experiment: &Experiment) -> Self {
        let trace = Trace {
            kernel: experiment.kernel(),
            method: experiment.method(),
            checked: !experiment.stop().fixed_steps,
            is_in_step: experiment.is_in_step(),
            dimension: experiment.dimension(),
        };
        let (mut step, mut end) = trace.count();
        if experiment.row_axis().is_none() && experiment.parameters().is_empty() {
            (step.load, end.load) = (0, 0);
        }
        Self { step, end, bytes: bytes(experiment) }
    }
}

/// Bytes read and written at least: every value of the axes and every coefficient once, and all outcomes.
fn bytes(experiment: &Experiment) -> u64 {
    let values: u64 = experiment.axes().iter().map(|axis| axis.axis.count() * axis.axis.columns() as u64).sum();
    let outcome = 3 + experiment.dimension() as u64;
    4 * (values + experiment.rows().size() as u64 + experiment.descents() * outcome)
}

/// What is traced.
#[derive(Clone)]
struct Trace {
    kernel: Kernel,
    method: Method,
    /// Whether the stop rule is looked at before every step.
    checked: bool,
    /// Whether all descents take the same steps with the same hyper-parameters.
    is_in_step: bool,
    dimension: usize,
}

impl Trace {
    /// The operations of a step and of an end.
    fn count(self) -> (Operations, Operations) {
        if self.dimension <= TRACED[2] || matches!(self.kernel, Kernel::Formula(_)) {
            return with_twins(&self.kernel.clone(), self.method.optimizer(), self);
        }
        let known = TRACED.map(|dimension| Self { dimension, ..self.clone() }.count());
        let at = |part: fn(&(Operations, Operations)) -> Operations| extrapolated(known.map(|count| part(&count)), self.dimension);
        (at(|count| count.0), at(|count| count.1))
    }
}

impl WithTwins for Trace {
    type Output = (Operations, Operations);

    fn call<E: Evaluate, U: Update>(self, loss: E, optimizer: U) -> Self::Output {
        let ((next, running, end), tape) = record(|| {
            let point: Vec<Traced> = (0..self.dimension).map(Traced::coordinate).collect();
            let hyper: Vec<Traced> = (0..self.method.hyperparameters().len()).map(Traced::hyperparameter).collect();
            let (mut gradient, mut next) = (point.clone(), point.clone());
            let height = loss.evaluate(&TracedRow, &point, &mut gradient);
            let (first, vectors) = (self.dimension, U::VECTORS * self.dimension);
            // Where all take the same steps, what follows from their number alone is done once for all of them.
            let alone = |number: usize| if self.is_in_step { Traced::hyperparameter(number) } else { Traced::coordinate(number) };
            let state = (0..U::state(self.dimension)).map(|number| match number < vectors {
                true => Traced::coordinate(first + number),
                false => alone(first + hyper.len() + number),
            });
            let state: Vec<Traced> = state.collect();
            let updates = alone(first + hyper.len() + state.len());
            let mut motion = Motion::new(self.method, loss, optimizer, &hyper, self.dimension).with_state(state);
            motion.advance(&TracedRow, updates, &mut next, &gradient);
            next.extend(motion.state());
            let converged = dot(&gradient, &gradient).less_or_equal(Traced::splat(1.0));
            let inside = dot(&point, &point).less_or_equal(Traced::splat(1.0));
            (next, (converged | !inside).0, height.is_finite().0)
        });
        let next = next.iter().map(|coordinate| coordinate.0);
        (tape.count(next.chain(self.checked.then_some(running))), tape.count([running, end]))
    }
}

/// The counts at `dimension` of the polynomials of second degree through those at the traced dimensions.
fn extrapolated(known: [Operations; 3], dimension: usize) -> Operations {
    let [a, b, c] = TRACED.map(|traced| traced as f64);
    let d = dimension as f64;
    let weights =
        [(d - b) * (d - c) / ((a - b) * (a - c)), (d - a) * (d - c) / ((b - a) * (b - c)), (d - a) * (d - b) / ((c - a) * (c - b))];
    let at = |field: fn(&Operations) -> u64| {
        let terms = known.iter().zip(weights).map(|(count, weight)| field(count) as f64 * weight);
        terms.sum::<f64>().round() as u64
    };
    Operations {
        add: at(|count| count.add),
        multiply: at(|count| count.multiply),
        multiply_add: at(|count| count.multiply_add),
        compare: at(|count| count.compare),
        select: at(|count| count.select),
        logic: at(|count| count.logic),
        divide: at(|count| count.divide),
        root: at(|count| count.root),
        near_quotient: at(|count| count.near_quotient),
        near_root: at(|count| count.near_root),
        near_inverse_root: at(|count| count.near_inverse_root),
        function: at(|count| count.function),
        load: at(|count| count.load),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::axis::Axis;
    use crate::loss::{Hessian, Loss, Problem, Quadratic};
    use crate::optimizer::Optimizer;

    fn trace(kernel: Kernel, dimension: usize, checked: bool) -> Trace {
        Trace { kernel, method: Optimizer::GradientDescent.into(), checked, is_in_step: !checked, dimension }
    }

    /// Additions, multiplications, multiply-adds, comparisons with selections, logic.
    fn classes(count: Operations) -> [u64; 5] {
        [count.add, count.multiply, count.multiply_add, count.compare + count.select, count.logic]
    }

    #[test]
    fn what_all_descents_have_in_common_is_counted_where_it_is_done_for_each() {
        let adam = |is_in_step: bool| {
            Trace { method: Optimizer::Adam.into(), is_in_step, ..trace(Kernel::Diagonal { at_origin: false }, 2, false) }.count().0
        };
        let (together, apart) = (adam(true), adam(false));
        // m / (√v + ε s) for each coordinate, and s / (1 − β₁ᵗ) and s = √(1 − β₂ᵗ) besides.
        let counts = |operations: Operations| [operations.divide, operations.root, operations.near_quotient, operations.near_root];
        assert_eq!([together, apart].map(counts), [[0, 2, 2, 0], [1, 2, 2, 1]]);
    }

    #[test]
    fn fixed_steps_cost_what_a_hand_counts() {
        // For each i: xᵢ − cᵢ; aᵢ(xᵢ−cᵢ) + bᵢ and the update.
        assert_eq!(classes(trace(Kernel::Diagonal { at_origin: false }, 2, false).count().0), [2, 0, 4, 0, 0]);
        assert_eq!(classes(trace(Kernel::Diagonal { at_origin: false }, 7, false).count().0), [7, 0, 14, 0, 0]);
        // A difference from the origin is xᵢ itself.
        assert_eq!(classes(trace(Kernel::Diagonal { at_origin: true }, 7, false).count().0), [0, 0, 14, 0, 0]);
        // D differences, D² multiply-adds of the product and D of the update.
        assert_eq!(classes(trace(Kernel::Dense { at_origin: false }, 2, false).count().0), [2, 0, 6, 0, 0]);
        assert_eq!(classes(trace(Kernel::Dense { at_origin: true }, 2, false).count().0), [0, 0, 6, 0, 0]);
        assert_eq!(classes(trace(Kernel::Dense { at_origin: false }, 16, false).count().0), [16, 0, 272, 0, 0]);
        // Each of three wells: D differences, D slopes, and D multiply-adds for twice its height. Two comparisons choose a height, the first of
        // which is selected, and twice two slopes; D updates.
        assert_eq!(classes(trace(Kernel::Wells(3), 2, false).count().0), [6, 6, 8, 7, 0]);
    }

    #[test]
    fn a_stop_rule_costs_two_squared_norms_and_their_comparisons() {
        // One multiplication and D − 1 multiply-adds for each norm; the loss is not among them.
        assert_eq!(classes(trace(Kernel::Dense { at_origin: false }, 2, true).count().0), [2, 2, 8, 2, 1]);
        assert_eq!(classes(trace(Kernel::Diagonal { at_origin: false }, 5, true).count().0), [5, 2, 18, 2, 1]);
    }

    #[test]
    fn the_end_costs_the_loss_and_no_update() {
        // To the gradient's 2 subtractions and 2 multiply-adds: gᵢ + bᵢ, one multiply-add for each, ½ and the constant; the norms; is it finite?
        assert_eq!(classes(trace(Kernel::Diagonal { at_origin: false }, 2, false).count().1), [4, 2, 7, 3, 2]);
    }

    #[test]
    fn counts_of_large_dimensions_follow_those_of_small_ones() {
        for kernel in [Kernel::Diagonal { at_origin: false }, Kernel::Dense { at_origin: false }, Kernel::Wells(3)] {
            for checked in [false, true] {
                let direct = with_twins(&kernel, Optimizer::GradientDescent, trace(kernel.clone(), 100, checked));
                assert_eq!(trace(kernel.clone(), 100, checked).count(), direct, "{kernel:?}");
            }
        }
        assert_eq!(trace(Kernel::Dense { at_origin: false }, 2048, false).count().0.multiply_add, 2048 * 2049);
    }

    #[test]
    fn own_coefficients_are_loaded_and_their_bytes_counted() {
        let problem = |curvature: f64| {
            let hessian = Hessian::dense(2, vec![3.0, 0.5, 0.5, curvature]).unwrap();
            Problem::uncentered(hessian, &[1.0, 2.0], 0.0).unwrap()
        };
        let experiment = |problems: Vec<Problem>| {
            let loss = Loss::Quadratic(Quadratic::new("quadratic", problems).unwrap());
            let draft = Experiment::new(loss).input("x", Axis::linear(0.0, 1.0, 5)).input("y", 0.0).input("lr", 0.1);
            Cost::of(&draft.validate().unwrap())
        };
        let (shared, own) = (experiment(vec![problem(1.0)]), experiment(vec![problem(1.0), problem(2.0)]));
        // c, b and the triangle of A, but not the constant.
        assert_eq!((shared.step.load, own.step.load), (0, 7));
        // x, y, η; a row of 1 + 2D + D²; ending, loss, norm and point of each descent.
        assert_eq!(shared.bytes, 4 * (5 + 1 + 1 + 9 + 5 * 5));
        assert_eq!(own.bytes, 4 * (5 + 1 + 1 + 2 + 2 * 9 + 10 * 5));
    }
}
