//! What commands that descend have in common: an experiment, a backend, and the totals of a run.

use std::sync::Arc;
use std::time::{Duration, Instant};

use rayon::prelude::*;

use crate::analysis::stability;
use crate::backend::choice::{Chosen, choose};
use crate::backend::{self, Description, Monitor, Outcomes, Wanted};
use crate::cli::options::{Place, Voice};
use crate::cli::progress::{Progress, cancelled_by_ctrl_c};
use crate::cli::report;
use crate::error::{Error, Result};
use crate::experiment::Experiment;
use crate::plan::{Plan, Tile};
use crate::stop::{Ending, Status};

/// An experiment ready to run.
#[derive(Debug)]
pub(super) struct Session {
    pub(super) experiment: Arc<Experiment>,
    /// Says whether the user wants the run to end.
    pub(super) monitor: Arc<Monitor>,
    chosen: Chosen,
    plan: Plan,
    quiet: bool,
    started: Instant,
}

impl Session {
    /// Opens the backend that runs `experiment`.
    pub(super) fn prepare(place: &Place, voice: Voice, experiment: Experiment) -> Result<Self> {
        let started = Instant::now();
        let chosen = choose(&place.choice()?, &experiment)?;
        if let Some(threads) = place.threads {
            // Fails only where a pool was made before, which then serves as well.
            let _ = rayon::ThreadPoolBuilder::new().num_threads(threads).build_global();
        }
        let plan = Plan::within(&experiment, place.budget(), chosen.backend.largest_tile(&experiment)?);
        let monitor = cancelled_by_ctrl_c()?;
        Ok(Self { experiment: Arc::new(experiment), monitor, chosen, plan, quiet: voice.quiet, started })
    }

    /// The same backend, for another experiment like this one.
    pub(super) fn onto(self, place: &Place, experiment: Experiment) -> Result<Self> {
        let plan = Plan::within(&experiment, place.budget(), self.chosen.backend.largest_tile(&experiment)?);
        Ok(Self { experiment: Arc::new(experiment), plan, ..self })
    }

    pub(super) fn backend(&self) -> &Description {
        self.chosen.backend.description()
    }

    /// The tiles of a run.
    pub(super) fn tiles(&self) -> impl Iterator<Item = Tile> + '_ {
        self.plan.tiles()
    }

    /// Runs every tile and hands its outcomes to `consume`, in order; says beforehand where, and what to beware of.
    pub(super) fn run(&self, wanted: impl Into<Wanted>, consume: impl FnMut(&Outcomes) -> Result<()>) -> Result<Totals> {
        let mut running = self.start();
        running.run(&self.plan, wanted, consume)?;
        Ok(running.finish())
    }

    /// All tiles as one, or else the first one and the others, for whoever learns from it what to ask of them.
    pub(super) fn parts(&self, as_one: bool) -> Vec<Plan> {
        if as_one { vec![self.plan.clone()] } else { self.plan.clone().split_first().into() }
    }

    /// Begins to run: says where, and what to beware of.
    pub(super) fn start(&self) -> Running<'_> {
        self.announce();
        let progress = Progress::new(&self.monitor, self.experiment.descents(), self.quiet);
        Running { session: self, progress, totals: Totals::default() }
    }

    fn announce(&self) {
        if self.quiet {
            return;
        }
        report::note(&format!("backend: {}: {}", self.backend(), self.chosen.reason));
        let floor = if self.backend().kind == "reference" { None } else { stability::floor_warning(&self.experiment) };
        for warning in floor.into_iter().chain(stability::spacing_warnings(&self.experiment)) {
            report::note(&format!("warning: {warning}"));
        }
    }
}

/// A run under way.
pub(super) struct Running<'a> {
    session: &'a Session,
    progress: Progress,
    totals: Totals,
}

impl Running<'_> {
    /// Runs the tiles of `plan` and hands their outcomes to `consume`, in order.
    pub(super) fn run(&mut self, plan: &Plan, wanted: impl Into<Wanted>, mut consume: impl FnMut(&Outcomes) -> Result<()>) -> Result<()> {
        let (session, totals) = (self.session, &mut self.totals);
        backend::run(&*session.chosen.backend, &session.experiment, plan, wanted, &session.monitor, |outcomes| {
            totals.add(outcomes, session.backend())?;
            consume(outcomes)
        })
    }

    /// What all descents add up to.
    pub(super) fn finish(self) -> Totals {
        let Self { session, progress, mut totals } = self;
        drop(progress);
        totals.total = session.started.elapsed();
        // Tiles under way together count their common time each.
        totals.compute = totals.compute.min(totals.total);
        totals
    }
}

/// What all descents of a run add up to.
#[derive(Clone, Debug, Default)]
pub(super) struct Totals {
    pub(super) statuses: [u64; 4],
    pub(super) steps_taken: u64,
    pub(super) compute: Duration,
    pub(super) total: Duration,
}

impl Totals {
    fn add(&mut self, outcomes: &Outcomes, backend: &Description) -> Result<()> {
        let is_complete = |statuses: &[u64; 4]| statuses.iter().sum::<u64>() == u64::from(outcomes.tile.descents);
        let Some((statuses, steps)) = count(outcomes).filter(|(statuses, _)| is_complete(statuses)) else {
            let reason = "it left descents without a status; please report this, with what `thalweg verify` says".into();
            return Err(Error::Device { adapter: backend.adapter.clone(), reason });
        };
        (self.statuses, self.steps_taken) = join((self.statuses, self.steps_taken), (statuses, steps));
        self.compute += outcomes.compute;
        Ok(())
    }

    pub(super) fn descents(&self) -> u64 {
        self.statuses.iter().sum()
    }

    /// The statuses that occurred, with their counts.
    pub(super) fn seen(&self) -> impl Iterator<Item = (Status, u64)> + '_ {
        Status::ALL.into_iter().map(|status| (status, self.statuses[status.index()])).filter(|(_, count)| *count > 0)
    }
}

/// Descents of each status, and the sum of their steps.
type Counted = ([u64; 4], u64);

fn join((a, b): Counted, (c, d): Counted) -> Counted {
    (std::array::from_fn(|i| a[i] + c[i]), b + d)
}

/// What a tile's descents add up to; `None` where one has no status.
fn count(outcomes: &Outcomes) -> Option<Counted> {
    if let Some(ends) = &outcomes.ends {
        return Some((ends.statuses, ends.steps));
    }
    if !outcomes.rows.is_empty() {
        return outcomes.rows.iter().map(|row| (row.statuses, row.steps)).reduce(join);
    }
    let count = |endings: &[Ending]| {
        endings.iter().try_fold(Counted::default(), |(mut statuses, steps), ending| {
            statuses[ending.status()?.index()] += 1;
            Some((statuses, steps + u64::from(ending.steps())))
        })
    };
    outcomes.endings.par_chunks(1 << 16).map(count).try_reduce(Counted::default, |a, b| Some(join(a, b)))
}
