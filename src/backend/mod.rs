//! Where descents run: one small trait, three backends, and the loop that feeds them tiles.
//!
//! A backend never blocks: [`Backend::submit`] hands back a future of the tile's outcomes. [`run`] waits for them, keeping
//! [`IN_FLIGHT`] tiles under way so that reading one back overlaps with computing the next.

pub mod choice;
pub mod cpu;
pub(crate) mod descend;
pub mod gpu;
pub mod reference;
pub mod roofline;

use std::collections::VecDeque;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use crate::backend::roofline::Peaks;
use crate::error::{Error, Result};
use crate::experiment::Experiment;
use crate::plan::{Plan, Tile};
use crate::stop::Ending;

/// Tiles that [`run`] keeps under way at once.
pub const IN_FLIGHT: usize = 2;

/// Which columns of the outcomes a caller wants; the others stay empty and are never read back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Columns {
    /// Status and steps.
    pub ending: bool,
    /// f at the last point.
    pub loss: bool,
    /// ‖∇f‖₂ at the last point.
    pub gradient_norm: bool,
    /// The last point.
    pub point: bool,
}

impl Columns {
    /// All of them.
    pub const ALL: Self = Self { ending: true, loss: true, gradient_norm: true, point: true };
    /// Status and steps alone.
    pub const ENDING: Self = Self { ending: true, loss: false, gradient_norm: false, point: false };
}

/// What the descents of one tile ended with, one entry a descent in the tile's order.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcomes {
    /// The tile.
    pub tile: Tile,
    /// Status and number of updates.
    pub endings: Vec<Ending>,
    /// f at the last point.
    pub loss: Vec<f32>,
    /// ‖∇f‖₂ at the last point.
    pub gradient_norm: Vec<f32>,
    /// The last points, D numbers a descent.
    pub point: Vec<f32>,
    /// Time the descents took, without transfers where the backend can tell.
    pub compute: Duration,
}

/// What a backend is, for people and for results.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Description {
    /// `gpu`, `cpu` or `reference`.
    pub kind: &'static str,
    /// The adapter's name, or the instruction set of the CPU backend.
    pub adapter: String,
    /// The driver and its version; threads on the CPU backend.
    pub driver: String,
    /// How many descents one invocation at most, or one block of lanes, advances together.
    pub lanes: usize,
    /// What measures [`Outcomes::compute`]: `device`, the device's own clock, or `wall`.
    pub clock: &'static str,
}

/// How far a run has come, and whether it should go on; shared between whoever waits and whoever works.
#[derive(Debug, Default)]
pub struct Monitor {
    /// Set to end the run early with [`Error::Interrupted`].
    pub cancelled: AtomicBool,
    /// Descents that have ended.
    pub finished: AtomicU64,
}

impl Monitor {
    pub(crate) fn check(&self) -> Result<()> {
        if self.cancelled.load(Ordering::Relaxed) { Err(Error::Interrupted) } else { Ok(()) }
    }
}

/// One tile's work.
#[derive(Clone, Debug)]
pub struct Job {
    /// The experiment the tile is part of.
    pub experiment: Arc<Experiment>,
    /// Which of its descents to run.
    pub tile: Tile,
    /// What to hand back.
    pub columns: Columns,
    /// Progress and cancellation.
    pub monitor: Arc<Monitor>,
}

/// The outcomes of a tile, some time later.
pub type Pending = Pin<Box<dyn Future<Output = Result<Outcomes>> + Send>>;

/// A place where descents run.
pub trait Backend: Send + Sync + std::fmt::Debug {
    /// What it is.
    fn description(&self) -> &Description;

    /// The most descents of `experiment` one tile may hold here.
    ///
    /// # Errors
    /// [`Error::Unsupported`] where the experiment cannot run on this backend at all.
    fn largest_tile(&self, experiment: &Experiment) -> Result<u64>;

    /// Starts on a tile. Nothing happens here that waits.
    fn submit(&self, job: Job) -> Pending;

    /// Lets a device deliver what it has finished, waiting a short while for it; returns whether it must be asked again.
    fn drive(&self) -> Result<bool> {
        Ok(false)
    }

    /// Takes outcomes back that nobody needs any longer: the room they take may serve the next tile.
    fn reuse(&self, _outcomes: Outcomes) {}

    /// Measures what this place does at most, where the speed of descents is to be held against that; takes about a second.
    fn peaks(&self) -> Result<Option<Peaks>> {
        Ok(None)
    }
}

/// Runs all tiles of `plan` and shows each one's outcomes to `consume`, in order.
///
/// # Errors
/// The backend's, the consumer's, or [`Error::Interrupted`].
pub fn run(
    backend: &dyn Backend,
    experiment: &Arc<Experiment>,
    plan: &Plan,
    columns: Columns,
    monitor: &Arc<Monitor>,
    mut consume: impl FnMut(&Outcomes) -> Result<()>,
) -> Result<()> {
    let mut tiles = plan.tiles();
    let mut flight: VecDeque<Slot> = VecDeque::new();
    loop {
        while flight.len() < IN_FLIGHT
            && let Some(tile) = tiles.next()
        {
            let job = Job { experiment: Arc::clone(experiment), tile, columns, monitor: Arc::clone(monitor) };
            flight.push_back(Slot::Running(backend.submit(job)));
        }
        if flight.is_empty() {
            return Ok(());
        }
        let outcomes = pollster::block_on(poll_fn(|context| poll_front(backend, &mut flight, context)))?;
        consume(&outcomes)?;
        backend.reuse(outcomes);
        monitor.check()?;
    }
}

/// Outcomes of one tile: [`run`] for a caller that has a single one.
pub fn run_tile(backend: &dyn Backend, experiment: &Arc<Experiment>, tile: Tile, columns: Columns) -> Result<Outcomes> {
    let job = Job { experiment: Arc::clone(experiment), tile, columns, monitor: Arc::default() };
    let mut flight = VecDeque::from([Slot::Running(backend.submit(job))]);
    pollster::block_on(poll_fn(|context| poll_front(backend, &mut flight, context)))
}

enum Slot {
    Running(Pending),
    Done(Result<Outcomes>),
}

/// Advances every tile under way and takes the first one's outcomes once they are there.
fn poll_front(backend: &dyn Backend, flight: &mut VecDeque<Slot>, context: &mut Context<'_>) -> Poll<Result<Outcomes>> {
    for slot in flight.iter_mut() {
        if let Slot::Running(pending) = slot
            && let Poll::Ready(result) = pending.as_mut().poll(context)
        {
            *slot = Slot::Done(result);
        }
    }
    match flight.pop_front() {
        Some(Slot::Done(result)) => return Poll::Ready(result),
        Some(running) => flight.push_front(running),
        None => {}
    }
    if backend.drive()? {
        context.waker().wake_by_ref();
    }
    Poll::Pending
}
