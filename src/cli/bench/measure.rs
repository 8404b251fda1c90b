//! Timing one backend over growing parts of an experiment.

use std::sync::Arc;
use std::time::Instant;

use crate::backend::roofline::{Cost, Floor, Peaks};
use crate::backend::{Backend, Columns, Description, Monitor, Outcomes, run, run_tile};
use crate::cli::bench::crossover::StartUp;
use crate::cli::bench::precision::{Precision, Sample};
use crate::error::Result;
use crate::experiment::Experiment;
use crate::plan::{MemoryBudget, Plan};
use crate::stop::{Ending, StopRule};

/// The smallest size, as a power of two.
const SMALLEST: u32 = 10;
/// Sizes grow no further once one run takes longer than this many seconds, the whole experiment excepted.
pub(super) const PATIENCE: f64 = 1.0;
/// Outcomes kept for comparison.
const KEPT: usize = 1 << 14;

/// What is measured, and how.
#[derive(Debug)]
pub(super) struct Bench {
    pub(super) experiment: Arc<Experiment>,
    pub(super) cost: Cost,
    pub(super) repeats: usize,
    /// Whether only the whole experiment is run.
    only_whole: bool,
    budget: MemoryBudget,
    monitor: Arc<Monitor>,
    /// Where the f64 reference ends.
    sample: Option<Sample>,
}

/// One backend's measurements.
#[derive(Debug)]
pub(super) struct Contender {
    pub(super) description: Description,
    /// By size, ascending.
    pub(super) points: Vec<Point>,
    pub(super) start_up: StartUp,
    /// Of the whole experiment.
    pub(super) roofline: Option<Roofline>,
    pub(super) early_exits: Option<EarlyExits>,
    pub(super) precisions: Vec<Precision>,
    /// Share of the first statuses that equal the reference's.
    pub(super) agreement: f64,
    /// How many of them there were to compare.
    pub(super) compared: usize,
    pub(super) endings: Vec<Ending>,
}

impl Contender {
    /// Its kind, with its adapter where others are of that kind as well.
    pub(super) fn name(&self, all: &[Self]) -> String {
        let Description { kind, adapter, .. } = &self.description;
        let is_alone = all.iter().filter(|other| other.description.kind == *kind).count() == 1;
        if is_alone { kind.to_string() } else { format!("{kind} ({adapter})") }
    }
}

/// The seconds of several runs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Leg {
    /// Their median.
    pub(super) seconds: f64,
    pub(super) shortest: f64,
    pub(super) longest: f64,
}

/// One size: medians over the repeats.
#[derive(Clone, Copy, Debug)]
pub(super) struct Point {
    pub(super) descents: u64,
    pub(super) steps: u64,
    pub(super) repeats: usize,
    /// The descents alone.
    pub(super) resident: Leg,
    /// With decoding, transfers and read-back.
    pub(super) end_to_end: Leg,
}

impl Point {
    /// Descent-steps a second of one leg.
    pub(super) fn rate(&self, leg: Leg) -> f64 {
        self.steps as f64 / leg.seconds
    }

    /// (longest − shortest) / median of one leg; NaN of a single run.
    pub(super) fn spread(&self, leg: Leg) -> f64 {
        if self.repeats == 1 { f64::NAN } else { (leg.longest - leg.shortest) / leg.seconds }
    }
}

/// How near the whole experiment, or as many steps of it as are allowed, comes to its floor.
#[derive(Clone, Copy, Debug)]
pub(super) struct Roofline {
    pub(super) peaks: Peaks,
    pub(super) floor: Floor,
    /// Floor / resident seconds.
    pub(super) reached: f64,
}

impl Roofline {
    pub(super) fn of(cost: &Cost, point: &Point, peaks: Peaks) -> Self {
        let floor = Floor::of(cost, point.descents, point.steps, &peaks);
        Self { peaks, floor, reached: floor.seconds() / point.resident.seconds }
    }
}

/// What it costs that descents end at different steps.
#[derive(Clone, Copy, Debug)]
pub(super) struct EarlyExits {
    /// Steps that a descent takes on average, and each took at fixed steps.
    pub(super) mean_steps: u32,
    /// The resident rate as a share of that at fixed steps.
    pub(super) share: f64,
}

/// One run.
pub(super) struct Run {
    descents: u64,
    steps: u64,
    resident: f64,
    end_to_end: f64,
}

impl Bench {
    pub(super) fn new(
        experiment: Experiment,
        budget: MemoryBudget,
        repeats: usize,
        only_whole: bool,
        monitor: Arc<Monitor>,
    ) -> Result<Self> {
        let experiment = Arc::new(experiment);
        let sample = if only_whole { None } else { Sample::of(&experiment, &monitor)? };
        Ok(Self { cost: Cost::of(&experiment), experiment, repeats, only_whole, budget, monitor, sample })
    }

    /// Measures `backend`, which took `opening` seconds to open.
    pub(super) fn contender(&self, backend: &dyn Backend, opening: f64) -> Result<Contender> {
        let description = backend.description().clone();
        let mut endings = Vec::new();
        let (first_run, points) = self.sizes(backend, &mut endings)?;
        let start_up = StartUp { opening, first_run: (first_run - points[0].end_to_end.seconds).max(0.0) };
        let whole = points.last().copied().filter(|point| point.descents == self.experiment.descents());
        let (mut roofline, mut early_exits, mut precisions) = (None, None, Vec::new());
        if let Some(whole) = whole.filter(|_| description.kind != "reference") {
            roofline = backend.peaks()?.map(|peaks| Roofline::of(&self.cost, &whole, peaks));
            early_exits = self.early_exits(backend, &whole)?;
            if let Some(sample) = &self.sample {
                precisions = sample.precisions(self, backend, &whole)?;
            }
        }
        Ok(Contender { description, points, start_up, roofline, early_exits, precisions, agreement: f64::NAN, compared: 0, endings })
    }

    /// Every size, and the end-to-end seconds of the very first run.
    fn sizes(&self, backend: &dyn Backend, endings: &mut Vec<Ending>) -> Result<(f64, Vec<Point>)> {
        let all = self.experiment.descents();
        let mut wanted = if self.only_whole { all } else { 1_u64 << SMALLEST };
        let (mut first_run, mut points) = (None, Vec::new());
        loop {
            let plan = self.plan(backend, wanted)?;
            endings.clear();
            let warm_up = self.once(backend, &self.experiment, &plan, |outcomes| {
                endings.extend(outcomes.endings.iter().take(KEPT - endings.len()));
            })?;
            points.push(self.repeated(backend, &self.experiment, &plan, self.repeats)?);
            let first_run = *first_run.get_or_insert(warm_up.end_to_end);
            let is_slow = warm_up.end_to_end > PATIENCE;
            if wanted >= all || is_slow && backend.description().kind == "reference" {
                return Ok((first_run, points));
            }
            wanted = if is_slow { all } else { 2 * wanted };
        }
    }

    fn plan(&self, backend: &dyn Backend, wanted: u64) -> Result<Plan> {
        let limit = backend.largest_tile(&self.experiment)?.min(wanted);
        Ok(Plan::within(&self.experiment, self.budget, limit).first(wanted))
    }

    fn early_exits(&self, backend: &dyn Backend, whole: &Point) -> Result<Option<EarlyExits>> {
        let stop = *self.experiment.stop();
        let mean_steps = (whole.steps as f64 / whole.descents as f64).round() as u32;
        if stop.fixed_steps || mean_steps == 0 {
            return Ok(None);
        }
        let stop = StopRule { steps: mean_steps, fixed_steps: true, ..stop };
        let fixed = self.whole_under(backend, stop, self.repeats, |_| {})?;
        Ok(Some(EarlyExits { mean_steps, share: whole.rate(whole.resident) / fixed.rate(fixed.resident) }))
    }

    /// The whole experiment under another stop rule; `look` sees the outcomes of the run that warms up.
    pub(super) fn whole_under(&self, backend: &dyn Backend, stop: StopRule, repeats: usize, look: impl FnMut(&Outcomes)) -> Result<Point> {
        let experiment = Arc::new(self.experiment.with_stop(stop)?);
        let plan = self.plan(backend, experiment.descents())?;
        self.once(backend, &experiment, &plan, look)?;
        self.repeated(backend, &experiment, &plan, repeats)
    }

    fn repeated(&self, backend: &dyn Backend, experiment: &Arc<Experiment>, plan: &Plan, repeats: usize) -> Result<Point> {
        let runs = (0..repeats).map(|_| self.once(backend, experiment, plan, |_| {})).collect::<Result<Vec<_>>>()?;
        Ok(Point {
            descents: runs[0].descents,
            steps: runs[0].steps,
            repeats,
            resident: Leg::of(runs.iter().map(|run| run.resident)),
            end_to_end: Leg::of(runs.iter().map(|run| run.end_to_end)),
        })
    }

    fn once(&self, backend: &dyn Backend, experiment: &Arc<Experiment>, plan: &Plan, mut look: impl FnMut(&Outcomes)) -> Result<Run> {
        let (started, mut resident, mut steps) = (Instant::now(), 0.0, 0);
        run(backend, experiment, plan, Columns::ALL, &self.monitor, |outcomes| {
            resident += outcomes.compute.as_secs_f64();
            steps += outcomes.endings.iter().map(|ending| u64::from(ending.steps())).sum::<u64>();
            look(outcomes);
            Ok(())
        })?;
        let end_to_end = started.elapsed().as_secs_f64();
        if plan.len() > 1 {
            // Two tiles under way share the machine and count their common time each, so they are timed again, one at a time.
            resident = self.one_at_a_time(backend, experiment, plan)?;
        }
        Ok(Run { descents: plan.descents(), steps, resident, end_to_end })
    }

    fn one_at_a_time(&self, backend: &dyn Backend, experiment: &Arc<Experiment>, plan: &Plan) -> Result<f64> {
        plan.tiles().try_fold(0.0, |seconds, tile| {
            self.monitor.check()?;
            let outcomes = run_tile(backend, experiment, tile, Columns::ALL)?;
            let compute = outcomes.compute.as_secs_f64();
            backend.reuse(outcomes);
            Ok(seconds + compute)
        })
    }
}

impl Leg {
    /// Of one time or more.
    fn of(seconds: impl Iterator<Item = f64>) -> Self {
        let mut sorted: Vec<f64> = seconds.collect();
        sorted.sort_by(f64::total_cmp);
        let middle = [sorted[(sorted.len() - 1) / 2], sorted[sorted.len() / 2]];
        Self { seconds: (middle[0] + middle[1]) / 2.0, shortest: sorted[0], longest: sorted[sorted.len() - 1] }
    }
}

/// Compares all first statuses with the reference's, where that is among the contenders.
pub(super) fn agree(contenders: &mut [Contender]) {
    let reference = contenders.iter().find(|contender| contender.description.kind == "reference");
    let Some(expected) = reference.map(|reference| reference.endings.clone()) else { return };
    for contender in contenders {
        let compared = expected.len().min(contender.endings.len());
        let equal = expected.iter().zip(&contender.endings).filter(|(a, b)| a.status() == b.status()).count();
        (contender.agreement, contender.compared) = (equal as f64 / compared as f64, compared);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_run_counts_and_the_spread_is_the_range() {
        let leg = Leg::of([1.0, 9.0, 2.0].into_iter());
        let point = |repeats| Point { descents: 1, steps: 1, repeats, resident: leg, end_to_end: leg };
        assert_eq!((leg.seconds, point(3).spread(leg)), (2.0, 4.0));
        assert!(point(1).spread(leg).is_nan());
        assert_eq!(Leg::of([4.0, 1.0, 2.0, 9.0].into_iter()).seconds, 3.0);
    }
}
