//! The reference backend: f64, one descent at a time, one thread. What it says is what the program means.

use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::Ordering;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use crate::backend::descend::{Rules, WithTwins, with_twins};
use crate::backend::{Backend, Columns, Description, Job, Outcomes, Pending};
use crate::error::Result;
use crate::experiment::Experiment;
use crate::loss::{Evaluate, Loss};
use crate::optimizer::Update;
use crate::plan::{Tables, Tile};
use crate::real::{Each, Shared};

/// f64, one descent at a time.
#[derive(Clone, Debug)]
pub struct Reference(Description);

impl Default for Reference {
    fn default() -> Self {
        Self(Description { kind: "reference", adapter: "f64".into(), driver: "1 thread".into(), lanes: 1, clock: "wall" })
    }
}

impl Backend for Reference {
    fn description(&self) -> &Description {
        &self.0
    }

    fn largest_tile(&self, _experiment: &Experiment) -> Result<u64> {
        Ok(u64::MAX)
    }

    fn submit(&self, job: Job) -> Pending {
        let tables = Tables::of(&job.experiment, &job.tile);
        let outcomes = Outcomes::of(&job.tile);
        Box::pin(Work { job, tables, outcomes, next: 0 })
    }
}

impl Outcomes {
    /// None yet.
    pub(crate) fn of(tile: &Tile) -> Self {
        Self {
            tile: tile.clone(),
            endings: Vec::new(),
            loss: Vec::new(),
            gradient_norm: Vec::new(),
            point: Vec::new(),
            rows: Vec::new(),
            ends: None,
            compute: Duration::ZERO,
        }
    }

    /// Adds one descent.
    pub(crate) fn push(
        &mut self,
        columns: Columns,
        ending: crate::stop::Ending,
        loss: f64,
        squared_norm: f64,
        point: impl Iterator<Item = f64>,
    ) {
        if columns.ending {
            self.endings.push(ending);
        }
        if columns.loss {
            self.loss.push(loss as f32);
        }
        if columns.gradient_norm {
            self.gradient_norm.push(squared_norm.sqrt() as f32);
        }
        if columns.point {
            self.point.extend(point.map(|x| x as f32));
        }
    }
}

/// A tile part-way: every poll runs descents for a little while, so that whoever polls stays in charge.
struct Work {
    job: Job,
    tables: Tables,
    outcomes: Outcomes,
    next: u32,
}

/// How long one poll works.
const SLICE: Duration = Duration::from_millis(20);

impl Future for Work {
    type Output = Result<Outcomes>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let work = self.get_mut();
        work.job.check()?;
        let started = Instant::now();
        let (kernel, optimizer) = (work.job.experiment.kernel(), work.job.experiment.optimizer());
        while work.next < work.job.tile.descents && started.elapsed() < SLICE {
            let descent = work.next;
            with_twins(&kernel, optimizer, One { work, descent });
            work.next += 1;
            work.job.monitor.finished.fetch_add(1, Ordering::Relaxed);
        }
        work.outcomes.compute += started.elapsed();
        if work.next < work.job.tile.descents {
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        let empty = Outcomes::of(&work.job.tile);
        Poll::Ready(Ok(std::mem::replace(&mut work.outcomes, empty)))
    }
}

struct One<'a> {
    work: &'a mut Work,
    descent: u32,
}

impl WithTwins for One<'_> {
    type Output = ();

    fn call<E: Evaluate, U: Update>(self, loss: E, optimizer: U) {
        let Work { job, tables, outcomes, .. } = self.work;
        let experiment = &job.experiment;
        let inputs: Vec<f64> = (0..tables.inputs.len()).map(|number| f64::from(tables.input(number, self.descent))).collect();
        let (x, rest) = inputs.split_at(experiment.dimension());
        let method = experiment.method();
        let (hyper, parameters) = rest.split_at(experiment.hyperparameters());
        let row = experiment.rows().row(tables.problem(self.descent));
        let rules = Rules { loss, optimizer, is_loss_finite: false, stop: experiment.stop() };
        let mut x = x.to_vec();
        let end = match experiment.loss() {
            Loss::Bound(_) => rules.descend(method, &Each(parameters), hyper, &mut x),
            _ => rules.descend(method, &Shared(&row), hyper, &mut x),
        };
        outcomes.push(job.columns, end.ending, end.loss, end.squared_norm, x.into_iter());
    }
}
