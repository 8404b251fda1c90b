//! Where descents run: one small trait, three backends, and the loop that feeds them tiles.
//!
//! A backend never blocks: [`Backend::submit`] hands back a future of the tile's outcomes. [`run()`] waits for them: up to
//! [`IN_FLIGHT`] tiles are under way, or ready, while its caller looks at another.

pub mod choice;
pub mod cpu;
pub(crate) mod descend;
mod digest;
pub mod gpu;
mod processor;
pub mod reference;
pub mod roofline;
mod run;

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use crate::backend::roofline::Peaks;
use crate::error::{Error, Result};
use crate::experiment::Experiment;
use crate::plan::Tile;
use crate::stop::Ending;

pub use digest::{Digest, Ends, Layout, Region, Rest, RowStatistics, Wanted};
pub(crate) use digest::{finite_or_infinity, from_ordered_bits, ordered_bits};
pub use run::{run, run_tile};

/// Tiles that [`run()`] keeps under way at once.
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

/// What the descents of one tile ended with, one entry a descent in the tile's order; or, where that was asked for and the backend
/// makes it, a [`Digest`] of it, and no columns.
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
    /// Statistics of each row in the tile, as [`Layout`] numbers them.
    pub rows: Vec<RowStatistics>,
    /// How many ended where; columns then have those alone that rest outside all regions.
    pub ends: Option<Ends>,
    /// Time the descents took, without transfers where the backend can tell.
    pub compute: Duration,
}

/// What a backend is, for people and for results.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Description {
    /// `gpu`, `cpu` or `reference`.
    pub kind: &'static str,
    /// The adapter's name; the processor's on the CPU backend, and the arithmetic of the reference, which is the same everywhere.
    pub adapter: String,
    /// The driver and its version; the instruction set and the threads on the CPU backend.
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
    /// What may be handed back in the place of columns.
    pub digest: Option<Digest>,
    /// Progress and cancellation.
    pub monitor: Arc<Monitor>,
    /// Set once nobody wants the outcomes any longer.
    pub ended: Arc<AtomicBool>,
}

impl Job {
    /// Whether to go on.
    pub(crate) fn check(&self) -> Result<()> {
        if self.ended.load(Ordering::Relaxed) { Err(Error::Interrupted) } else { self.monitor.check() }
    }
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
