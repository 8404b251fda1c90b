//! Work-precision: how near the f64 reference's ends a backend comes in how much time, as more steps are allowed.

use std::iter::successors;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::backend::reference::Reference;
use crate::backend::{Backend, Columns, Monitor, Outcomes, run_tile};
use crate::cli::bench::measure::{Bench, PATIENCE, Point};
use crate::error::Result;
use crate::experiment::Experiment;
use crate::plan::Tile;
use crate::stop::{Status, StopRule};

/// The most descents whose error is looked at.
const MOST: u64 = 1 << 12;
/// How long the reference may take for them; it leaves out the rest.
const REFERENCE_TIME: Duration = Duration::from_secs(2);
/// The fractional part of the golden ratio, whose multiples modulo 1 lie evenly however many there are.
const GOLDEN: f64 = 0.618_033_988_749_894_9;

/// Descents spread over the grid, and where the reference ends them.
#[derive(Debug)]
pub(super) struct Sample {
    /// Ascending, each with its end.
    ends: Vec<(u64, Vec<f32>)>,
}

/// The error under one cap on the steps.
#[derive(Clone, Copy, Debug)]
pub(super) struct Precision {
    /// The most steps a descent may take.
    pub(super) cap: u32,
    /// The time of the whole experiment.
    pub(super) point: Point,
    /// Of the largest coordinate of |x − x*|.
    pub(super) median_error: f64,
    pub(super) largest_error: f64,
}

impl Sample {
    /// Runs the reference from a sample of the grid; nothing where all of it diverges.
    pub(super) fn of(experiment: &Arc<Experiment>, monitor: &Monitor) -> Result<Option<Self>> {
        let (all, started) = (experiment.descents(), Instant::now());
        let columns = Columns { ending: true, point: true, ..Columns::default() };
        let mut ends = Vec::new();
        for number in 0..all.min(MOST) {
            if started.elapsed() > REFERENCE_TIME {
                break;
            }
            monitor.check()?;
            // All of a small grid, else places all over it in an order that leaves no part out for long.
            let index = if all <= MOST { number } else { ((number as f64 * GOLDEN).fract() * all as f64) as u64 };
            let outcomes = run_tile(&Reference::default(), experiment, single(experiment, index), columns)?;
            if outcomes.endings[0].status() != Some(Status::Diverged) {
                ends.push((index, outcomes.point));
            }
        }
        ends.sort_by_key(|end| end.0);
        Ok((!ends.is_empty()).then_some(Self { ends }))
    }

    /// Runs the whole experiment on `backend` with 1, 2, 4, … steps at most, up to its own cap.
    pub(super) fn precisions(&self, bench: &Bench, backend: &dyn Backend, whole: &Point) -> Result<Vec<Precision>> {
        let stop = *bench.experiment.stop();
        let repeats = if whole.end_to_end.seconds > PATIENCE { 1 } else { bench.repeats };
        let precision = |cap: u32| {
            let mut errors = Vec::with_capacity(self.ends.len());
            let point = bench.whole_under(backend, StopRule { steps: cap, ..stop }, repeats, |outcomes| {
                errors.extend(self.errors(outcomes));
            })?;
            errors.sort_by(f64::total_cmp);
            let (median_error, largest_error) = (errors[errors.len() / 2], errors[errors.len() - 1]);
            Ok(Precision { cap, point, median_error, largest_error })
        };
        let doubled = successors(Some(1), |cap| Some(2 * cap)).take_while(|cap| *cap < stop.steps);
        doubled.chain([stop.steps]).map(precision).collect()
    }

    /// The errors of those descents of the sample that are among `outcomes`; infinite where a point is not finite.
    fn errors(&self, outcomes: &Outcomes) -> impl Iterator<Item = f64> {
        let first = outcomes.tile.first;
        let from = self.ends.partition_point(|(index, _)| *index < first);
        let within = self.ends[from..].iter().take_while(move |(index, _)| index - first < outcomes.tile.descents.into());
        within.map(move |(index, end)| {
            let point = &outcomes.point[(index - first) as usize * end.len()..][..end.len()];
            let distances = point.iter().zip(end).map(|(x, end)| (f64::from(*x) - f64::from(*end)).abs());
            distances.map(|distance| if distance.is_nan() { f64::INFINITY } else { distance }).fold(0.0, f64::max)
        })
    }
}

/// The tile of one descent.
fn single(experiment: &Experiment, index: u64) -> Tile {
    let ranges = experiment.positions(index).into_iter().map(|position| position..position + 1).collect();
    Tile { first: index, descents: 1, ranges }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::axis::Axis;
    use crate::loss::Loss;
    use crate::plan::{MemoryBudget, Plan};

    fn experiment(starts: u64, rate: f32) -> Arc<Experiment> {
        let axis = Axis::linear(-1.0, 1.0, starts);
        let draft = Experiment::new(Loss::named("booth", None).unwrap()).input("x", axis.clone()).input("y", axis);
        Arc::new(draft.input("learning_rate", rate).validate().unwrap())
    }

    #[test]
    fn the_reference_has_no_error_against_itself_and_a_moved_point_has_that_much() {
        let experiment = experiment(100, 0.05);
        let sample = Sample::of(&experiment, &Monitor::default()).unwrap().unwrap();
        let plan = Plan::within(&experiment, MemoryBudget::default(), 300);
        let (mut errors, mut moved) = (Vec::new(), Vec::new());
        for tile in plan.tiles() {
            let mut outcomes = run_tile(&Reference::default(), &experiment, tile, Columns::ALL).unwrap();
            errors.extend(sample.errors(&outcomes));
            outcomes.point.iter_mut().skip(1).step_by(2).for_each(|y| *y += 0.25);
            moved.extend(sample.errors(&outcomes));
            outcomes.point.fill(f32::NAN);
            assert!(sample.errors(&outcomes).all(f64::is_infinite));
        }
        assert!(errors.len() > 4000 && errors.iter().all(|error| *error == 0.0), "{}", errors.len());
        assert!(moved.len() == errors.len() && moved.iter().all(|error| (error - 0.25).abs() < 1e-6));
    }

    #[test]
    fn a_grid_that_diverges_has_no_sample() {
        assert!(Sample::of(&experiment(3, 0.5), &Monitor::default()).unwrap().is_none());
    }
}
