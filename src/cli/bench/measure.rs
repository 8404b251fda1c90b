//! Timing one backend over growing parts of an experiment.

use std::sync::Arc;
use std::time::Instant;

use crate::backend::{Backend, Columns, Description, Monitor, run};
use crate::error::Result;
use crate::experiment::Experiment;
use crate::plan::{MemoryBudget, Plan};
use crate::stop::Ending;

/// The smallest size, as a power of two.
const SMALLEST: u32 = 10;
/// A leg grows no further once one run of it takes longer than this, the whole experiment excepted.
const PATIENCE: f64 = 1.0;
/// Outcomes kept for comparison.
const KEPT: usize = 1 << 14;

/// What is measured, and how.
#[derive(Debug)]
pub(super) struct Bench {
    pub(super) experiment: Arc<Experiment>,
    pub(super) repeats: usize,
    budget: MemoryBudget,
    monitor: Arc<Monitor>,
}

/// One backend's measurements.
#[derive(Debug)]
pub(super) struct Leg {
    pub(super) description: Description,
    /// By size, ascending.
    pub(super) points: Vec<Point>,
    /// Share of the first statuses that equal the reference's.
    pub(super) agreement: f64,
    /// How many of them there were to compare.
    pub(super) compared: usize,
    endings: Vec<Ending>,
}

/// One size: medians over the repeats.
#[derive(Clone, Copy, Debug)]
pub(super) struct Point {
    pub(super) descents: u64,
    pub(super) steps: u64,
    /// Seconds.
    pub(super) compute: f64,
    /// Seconds.
    pub(super) total: f64,
    /// (largest − smallest) / median of the total.
    pub(super) spread: f64,
}

impl Point {
    /// Descent-steps a second, of the whole.
    pub(super) fn rate(&self) -> f64 {
        self.steps as f64 / self.total
    }
}

impl Leg {
    pub(super) fn largest(&self) -> Option<&Point> {
        self.points.last()
    }
}

/// Where a GPU takes the lead.
#[derive(Debug)]
pub(super) struct Crossover {
    pub(super) descents: u64,
    pub(super) adapter: String,
}

impl Bench {
    pub(super) fn new(experiment: Experiment, budget: MemoryBudget, repeats: usize, monitor: Arc<Monitor>) -> Self {
        Self { experiment: Arc::new(experiment), repeats, budget, monitor }
    }

    /// Measures `backend` at every size.
    pub(super) fn leg(&self, backend: &dyn Backend) -> Result<Leg> {
        let all = self.experiment.descents();
        let mut leg =
            Leg { description: backend.description().clone(), points: Vec::new(), agreement: f64::NAN, compared: 0, endings: Vec::new() };
        let mut wanted = 1_u64 << SMALLEST;
        loop {
            let is_last = wanted >= all;
            let plan = self.plan(backend, wanted.min(all))?;
            let (first, endings) = self.once(backend, &plan)?;
            if leg.endings.len() < endings.len() {
                leg.endings = endings;
            }
            let runs = (0..self.repeats).map(|_| self.once(backend, &plan).map(|(point, _)| point)).collect::<Result<Vec<_>>>()?;
            leg.points.push(median(&runs));
            if is_last {
                return Ok(leg);
            }
            if first.total > PATIENCE {
                if backend.description().kind == "reference" {
                    return Ok(leg);
                }
                wanted = all;
            } else {
                wanted *= 2;
            }
        }
    }

    fn plan(&self, backend: &dyn Backend, wanted: u64) -> Result<Plan> {
        let limit = backend.largest_tile(&self.experiment)?.min(wanted);
        Ok(Plan::within(&self.experiment, self.budget, limit).first(wanted))
    }

    fn once(&self, backend: &dyn Backend, plan: &Plan) -> Result<(Point, Vec<Ending>)> {
        let (started, mut compute, mut steps, mut kept) = (Instant::now(), 0.0, 0, Vec::new());
        run(backend, &self.experiment, plan, Columns::ALL, &self.monitor, |outcomes| {
            compute += outcomes.compute.as_secs_f64();
            steps += outcomes.endings.iter().map(|ending| u64::from(ending.steps())).sum::<u64>();
            kept.extend(outcomes.endings.iter().take(KEPT - kept.len()));
            Ok(())
        })?;
        Ok((Point { descents: plan.descents(), steps, compute, total: started.elapsed().as_secs_f64(), spread: 0.0 }, kept))
    }
}

fn median(runs: &[Point]) -> Point {
    let middle = |value: fn(&Point) -> f64| {
        let mut values: Vec<f64> = runs.iter().map(value).collect();
        values.sort_by(f64::total_cmp);
        (values[values.len() / 2], values[values.len() - 1] - values[0])
    };
    let (total, range) = middle(|point| point.total);
    Point { compute: middle(|point| point.compute).0, total, spread: range / total, ..runs[0] }
}

/// Compares every leg's first statuses with the reference's, the first leg's.
pub(super) fn agree(legs: &mut [Leg]) {
    let Some(expected) = legs.first().map(|leg| leg.endings.clone()) else { return };
    for leg in legs {
        let compared = expected.len().min(leg.endings.len());
        let equal = expected.iter().zip(&leg.endings).filter(|(a, b)| a.status() == b.status()).count();
        (leg.agreement, leg.compared) = (equal as f64 / compared as f64, compared);
    }
}

/// The smallest size from which on some GPU ends before the cpu backend at every size that both ran.
pub(super) fn crossover(legs: &[Leg]) -> Option<Crossover> {
    let cpu = legs.iter().find(|leg| leg.description.kind == "cpu")?;
    let of = |leg: &Leg| {
        let time_on_cpu = |descents: u64| cpu.points.iter().find(|point| point.descents == descents).map(|point| point.total);
        let shared: Vec<(u64, bool)> =
            leg.points.iter().filter_map(|point| Some((point.descents, point.total < time_on_cpu(point.descents)?))).collect();
        let ahead = shared.iter().rev().take_while(|(_, is_ahead)| *is_ahead).last()?;
        Some(Crossover { descents: ahead.0, adapter: leg.description.adapter.clone() })
    };
    legs.iter().filter(|leg| leg.description.kind == "gpu").filter_map(of).min_by_key(|found| found.descents)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn leg(kind: &'static str, times: &[(u64, f64)]) -> Leg {
        let point = |(descents, total): &(u64, f64)| Point { descents: *descents, steps: 1, compute: *total, total: *total, spread: 0.0 };
        let description = Description { kind, adapter: kind.into(), driver: String::new(), lanes: 1, clock: "wall" };
        Leg { description, points: times.iter().map(point).collect(), agreement: 1.0, compared: 0, endings: Vec::new() }
    }

    #[test]
    fn the_crossover_is_where_the_lead_is_taken_for_good() {
        let cpu = leg("cpu", &[(1, 1.0), (2, 2.0), (4, 4.0), (8, 8.0)]);
        let gpu = leg("gpu", &[(1, 0.5), (2, 3.0), (4, 3.0), (8, 3.0)]);
        assert_eq!(crossover(&[cpu, gpu]).unwrap().descents, 4);
        let cpu = leg("cpu", &[(1, 1.0), (2, 2.0)]);
        assert!(crossover(&[cpu, leg("gpu", &[(1, 0.5), (2, 3.0)])]).is_none());
    }

    #[test]
    fn the_median_run_counts_and_the_spread_is_the_range() {
        let runs = leg("cpu", &[(1, 1.0), (1, 9.0), (1, 2.0)]).points;
        let point = median(&runs);
        assert_eq!((point.total, point.spread), (2.0, 4.0));
    }
}
