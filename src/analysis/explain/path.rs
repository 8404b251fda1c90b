//! One descent, point by point, in the reference's arithmetic.

use crate::analysis::explain::Surface;
use crate::analysis::minima::norm;
use crate::backend::descend::{Rules, WithLoss};
use crate::experiment::Experiment;
use crate::loss::Evaluate;
use crate::optimizer::GradientDescent;
use crate::real::{Shared, dot};
use crate::stop::{Status, StopRule};

/// A point on the way.
#[derive(Clone, Debug, PartialEq)]
pub struct Place {
    /// x after so many updates as there are places before it (`f64[D]`).
    pub point: Vec<f64>,
    /// L(x).
    pub loss: f64,
    /// ‖∇L(x)‖₂.
    pub gradient_norm: f64,
}

impl Place {
    /// ‖x‖₂.
    pub fn distance(&self) -> f64 {
        norm(&self.point)
    }
}

/// A descent.
#[derive(Clone, Debug, PartialEq)]
pub struct Path {
    /// η.
    pub learning_rate: f64,
    /// The start and where each update led.
    pub places: Vec<Place>,
    /// How it ended.
    pub status: Status,
}

impl Path {
    /// The descent of `surface` from its start with one learning rate, to the end that the experiment's stop rule sets it.
    pub fn of(surface: Surface<'_>, learning_rate: f64) -> Self {
        Self::within(surface, learning_rate, surface.0.stop())
    }

    /// The first step of the same.
    pub fn single(surface: Surface<'_>, learning_rate: f64) -> Self {
        Self::within(surface, learning_rate, &StopRule { steps: 1, ..*surface.0.stop() })
    }

    fn within(surface: Surface<'_>, learning_rate: f64, stop: &StopRule) -> Self {
        surface.with(Walk { experiment: surface.0, stop, start: surface.start(), learning_rate })
    }
}

/// A descent to be gone along.
struct Walk<'a> {
    experiment: &'a Experiment,
    stop: &'a StopRule,
    start: Vec<f64>,
    learning_rate: f64,
}

impl WithLoss for Walk<'_> {
    type Output = Path;

    fn call<E: Evaluate>(self, loss: E) -> Path {
        let Self { experiment, stop, start: mut x, learning_rate } = self;
        let (row, mut places) = (Shared(experiment.rows().only()), Vec::new());
        let rules = Rules { loss, optimizer: GradientDescent, is_loss_finite: false, stop };
        let end = rules.follow(experiment.method(), &row, &[learning_rate], &mut x, |x, gradient| {
            let gradient_norm = dot(gradient, gradient).sqrt();
            places.push(Place { point: x.to_vec(), loss: loss.loss(&row, x, gradient), gradient_norm });
        });
        Path { learning_rate, places, status: end.ending.status().expect("a descent ends with a status") }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::explain::tests::experiment;
    use crate::real::decimal;
    use crate::stop::StopRule;
    use proptest::prelude::*;

    fn path(formula: &str, start: &[f32], learning_rate: f64, steps: u32) -> Path {
        let experiment = experiment(formula, start).with_stop(StopRule { steps, ..StopRule::default() }).unwrap();
        Path::of(Surface::of(&experiment).unwrap(), learning_rate)
    }

    #[test]
    fn a_path_ends_where_the_stop_rule_says() {
        let ends = [
            (0.1, 5, Status::Exhausted, 6),
            (0.5, 5, Status::Converged, 2),
            (100.0, 50, Status::Diverged, 4),
            (0.1, 0, Status::Exhausted, 1),
        ];
        for (rate, steps, status, places) in ends {
            let path = path("(w - 2)^2", &[0.0], rate, steps);
            assert_eq!((path.status, path.places.len()), (status, places), "{rate}");
        }
    }

    proptest! {
        #[test]
        fn the_error_of_a_bowl_shrinks_by_one_minus_the_rate_times_its_curvature(start in -3.0..3.0_f32, rate in 0.01..0.9_f64) {
            let path = path("(w - 2)^2", &[start], rate, 8);
            for (step, place) in path.places.iter().enumerate() {
                let error = (decimal(start) - 2.0) * (1.0 - 2.0 * rate).powi(step as i32);
                prop_assert!((place.point[0] - 2.0 - error).abs() < 1e-12 && (place.loss - error * error).abs() < 1e-11);
                prop_assert!((place.gradient_norm - 2.0 * error.abs()).abs() < 1e-11);
            }
        }
    }
}
