//! The axes of a grid as the scales of a picture, and the words beneath its title.

use crate::experiment::{Experiment, GridAxis};
use crate::picture::Scale;
use crate::schedule::Schedule;
use crate::stop::StopRule;

/// Where an axis has no even spacing of its own, its cells are counted.
const UNEVEN: f64 = 0.05;

/// The scale of a map's side along which every `stride`-th value of `axis` has a cell.
pub(super) fn of_cells(axis: &GridAxis, stride: u64) -> Scale {
    let (values, name) = (&axis.axis, axis.name());
    let last = last(axis, stride);
    let (low, high) = (f64::from(values.value(0, 0)), f64::from(values.value(last, 0)));
    if values.is_logarithmic() {
        Scale::logarithmic(name, low, high)
    } else if is_even(axis, stride) {
        Scale::linear(name, low, high)
    } else {
        Scale::linear(format!("{name}, by position in {values}"), 0.0, last as f64)
    }
}

/// Whether the scale along `axis` shows values, and not their positions.
pub(super) fn shows_values(axis: &GridAxis, stride: u64) -> bool {
    axis.axis.is_logarithmic() || is_even(axis, stride)
}

fn is_even(axis: &GridAxis, stride: u64) -> bool {
    let (values, last) = (&axis.axis, last(axis, stride));
    let (low, high) = (f64::from(values.value(0, 0)), f64::from(values.value(last, 0)));
    let step = (high - low) / last.max(1) as f64;
    let rounding = f64::from(f32::EPSILON) * low.abs().max(high.abs());
    let is_near = |row: u64| (f64::from(values.value(row, 0)) - low - step * row as f64).abs() <= UNEVEN * step.abs() + rounding;
    (0..=last).all(is_near)
}

/// The last value that has a cell.
fn last(axis: &GridAxis, stride: u64) -> u64 {
    (axis.axis.count() - 1) / stride * stride
}

/// What is the same for all of the picture: the optimizer, single values and the stop rule.
pub(super) fn circumstances(experiment: &Experiment) -> String {
    let fixed = experiment.axes().iter().filter(|axis| !axis.is_swept() && axis.inputs.len() == 1);
    let method = experiment.method();
    let mut words = vec![method.optimizer().name().replace('_', " ")];
    if method.schedule() != Schedule::Constant {
        words.push(format!("{} schedule", method.schedule().name().replace('_', " ")));
    }
    words.extend(fixed.map(|axis| format!("{} = {}", axis.inputs[0], axis.axis.value(0, 0))));
    let StopRule { steps, gradient_norm, fixed_steps, .. } = experiment.stop();
    words.push(match fixed_steps {
        true => format!("exactly {steps} steps"),
        false => format!("at most {steps} steps, to a gradient norm of {gradient_norm:e}"),
    });
    words.join(", ")
}
