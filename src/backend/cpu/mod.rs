//! The CPU backend: f32, blocks of lanes, all cores.
//!
//! A tile is cut into chunks that the thread pool shares out. The descents of a chunk advance in rounds of a few steps, blocks of
//! lanes side by side; those that may have ended in a round leave for a block of their own, which runs with every test, and the
//! others close ranks.

mod extent;
mod instructions;
mod lanes;
mod leaving;
mod peak;
mod pool;
mod rounds;
mod sink;
mod vector;
mod watch;

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Instant;

use futures_intrusive::channel::shared::oneshot_channel;
use rayon::prelude::*;

use crate::backend::cpu::extent::{Extent, HELD_ROW, Held, InMemory, InRegisters, Long, Own, Row};
use crate::backend::cpu::instructions::{Instructions, OnLanes};
use crate::backend::cpu::pool::Widths;
use crate::backend::cpu::rounds::Runner;
use crate::backend::cpu::sink::Sink;
use crate::backend::cpu::vector::Vector;
use crate::backend::descend::{Rules, WithTwins, with_twins};
use crate::backend::roofline::Peaks;
use crate::backend::{Backend, Description, Job, Outcomes, Pending};
use crate::error::{Error, Result};
use crate::experiment::Experiment;
use crate::loss::Evaluate;
use crate::optimizer::Update;
use crate::plan::Tables;

/// The most threads: as many as the largest machines have cores.
const MAX_THREADS: usize = 1024;

/// The state of a chunk's descents takes up to this many bytes, part of a core's second-level cache.
const CHUNK_BYTES: usize = 1 << 18;
/// The fewest descents worth a chunk.
const SMALLEST_CHUNK: u32 = 256;
/// Chunks that each thread should get of a tile, so that all end at about the same time.
const CHUNKS_PER_THREAD: u32 = 8;

/// Where no coefficient is larger than this, a loss is finite wherever x and the squared gradient norm are: it is a sum of at most
/// 2048 products of the two, below 2e15 · 1.9e19 each.
const LARGEST_COEFFICIENT: f32 = 1e15;

/// f32 lanes on all cores.
#[derive(Clone, Debug)]
pub struct Cpu {
    description: Description,
    instructions: Instructions,
    pool: Arc<rayon::ThreadPool>,
}

impl Cpu {
    /// A backend of `threads` threads, or of one a core.
    ///
    /// # Errors
    /// [`Error::Invalid`] where the threads cannot be made.
    pub fn new(threads: Option<usize>) -> Result<Self> {
        if threads == Some(0) {
            return Err(Error::invalid("threads", "0 threads do no work; give 1 or more, or leave it out"));
        }
        if let Some(threads) = threads.filter(|threads| *threads > MAX_THREADS) {
            return Err(Error::invalid("threads", format!("{threads} are more than {MAX_THREADS}; one a core is best")));
        }
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads.unwrap_or(0)).build();
        let pool = pool.map_err(|error| Error::invalid("threads", error.to_string()))?;
        let instructions = Instructions::detect();
        let threads = pool.current_num_threads();
        let description = Description {
            kind: "cpu",
            adapter: instructions.name().into(),
            driver: format!("{threads} thread{}", if threads == 1 { "" } else { "s" }),
            lanes: instructions.lanes(),
            clock: "wall",
        };
        Ok(Self { description, instructions, pool: Arc::new(pool) })
    }

    /// How many threads it has.
    pub fn threads(&self) -> usize {
        self.pool.current_num_threads()
    }
}

impl Backend for Cpu {
    fn description(&self) -> &Description {
        &self.description
    }

    fn largest_tile(&self, _experiment: &Experiment) -> Result<u64> {
        Ok(u64::MAX)
    }

    fn submit(&self, job: Job) -> Pending {
        let (sender, receiver) = oneshot_channel();
        let instructions = self.instructions;
        self.pool.spawn(move || {
            // The receiver is gone only where the caller gave up waiting.
            let _ = sender.send(run_tile(instructions, &job));
        });
        Box::pin(async move { receiver.receive().await.unwrap_or(Err(Error::Interrupted)) })
    }

    fn peaks(&self) -> Result<Option<Peaks>> {
        Ok(Some(peak::measure(self.instructions, &self.pool)))
    }
}

fn run_tile(instructions: Instructions, job: &Job) -> Result<Outcomes> {
    let tables = Tables::of(&job.experiment, &job.tile);
    let started = Instant::now();
    let mut outcomes = sink::room(job);
    let size = chunk_size(job, &tables);
    let rows = &job.experiment.rows()[tables.rows.clone()];
    let is_loss_finite = rows.iter().all(|value| value.abs() <= LARGEST_COEFFICIENT);
    let sinks = Sink::cut(&mut outcomes, job.experiment.dimension(), size);
    sinks.into_par_iter().enumerate().try_for_each(|(number, mut sink)| {
        let first = number as u32 * size;
        let chunk = Chunk { job, tables: &tables, is_loss_finite, first, count: size.min(job.tile.descents - first) };
        with_twins(job.experiment.kernel(), job.experiment.optimizer(), WithLanes { instructions, chunk, sink: &mut sink })?;
        job.monitor.finished.fetch_add(chunk.count.into(), Ordering::Relaxed);
        Ok(())
    })?;
    outcomes.compute = started.elapsed();
    Ok(outcomes)
}

/// How many descents a chunk holds: enough to keep lanes full while one after another ends, few enough for the cache and for all
/// threads to have some.
fn chunk_size(job: &Job, tables: &Tables) -> u32 {
    let shares_row = tables.row.count == 1 || tables.row.stride >= CHUNKS_PER_THREAD * SMALLEST_CHUNK;
    let cached = (CHUNK_BYTES / (4 * (Widths::of(&job.experiment, shares_row).total() + 2))) as u32;
    let of_threads = job.tile.descents.div_ceil(rayon::current_num_threads() as u32 * CHUNKS_PER_THREAD);
    let of_row = if tables.row.count > 1 && shares_row { tables.row.stride / CHUNKS_PER_THREAD } else { u32::MAX };
    of_threads.min(cached).min(of_row).max(SMALLEST_CHUNK)
}

/// Some descents of a tile, one after another.
#[derive(Clone, Copy)]
struct Chunk<'a> {
    job: &'a Job,
    tables: &'a Tables,
    /// Whether the loss is finite wherever x and the squared gradient norm are.
    is_loss_finite: bool,
    first: u32,
    count: u32,
}

impl<'a> Chunk<'a> {
    /// The row of coefficients that all its descents have, if it is the same.
    fn shared_row(&self) -> Option<&'a [f32]> {
        let Tables { row, rows, .. } = self.tables;
        let is_shared = row.count == 1 || self.first / row.stride == (self.first + self.count - 1) / row.stride;
        let experiment = &self.job.experiment;
        let length = experiment.kernel().row_length(experiment.dimension());
        is_shared.then(|| &experiment.rows()[rows.clone()][row.at(self.first)..][..length])
    }
}

struct WithLanes<'a, 'b> {
    instructions: Instructions,
    chunk: Chunk<'a>,
    sink: &'a mut Sink<'b>,
}

impl WithTwins for WithLanes<'_, '_> {
    type Output = Result<()>;

    fn call<E: Evaluate, U: Update>(self, loss: E, optimizer: U) -> Result<()> {
        match self.chunk.job.experiment.dimension() {
            1 => self.held(loss, optimizer, InRegisters::<1>),
            2 => self.held(loss, optimizer, InRegisters::<2>),
            3 => self.held(loss, optimizer, InRegisters::<3>),
            4 => self.held(loss, optimizer, InRegisters::<4>),
            dimension => self.long(loss, optimizer, InMemory(dimension)),
        }
    }
}

impl WithLanes<'_, '_> {
    fn held<E: Evaluate, U: Update, const D: usize>(self, loss: E, optimizer: U, extent: InRegisters<D>) -> Result<()> {
        match self.chunk.shared_row() {
            None => self.run(loss, optimizer, extent, Own),
            Some(row) if row.len() <= HELD_ROW => {
                let mut held = [0.0; HELD_ROW];
                held[..row.len()].copy_from_slice(row);
                self.run(loss, optimizer, extent, Held(held))
            }
            Some(_) => self.long(loss, optimizer, InMemory(D)),
        }
    }

    fn long<E: Evaluate, U: Update>(self, loss: E, optimizer: U, extent: InMemory) -> Result<()> {
        match self.chunk.shared_row() {
            None => self.run(loss, optimizer, extent, Own),
            Some(row) => self.run(loss, optimizer, extent, Long(row)),
        }
    }

    fn run<E: Evaluate, U: Update, X: Extent, C: Row>(self, loss: E, optimizer: U, extent: X, row: C) -> Result<()> {
        let Self { instructions, chunk, sink } = self;
        let experiment = &chunk.job.experiment;
        let rules = Rules {
            loss,
            optimizer,
            is_memoryless: experiment.optimizer().is_memoryless(),
            is_loss_finite: chunk.is_loss_finite,
            stop: experiment.stop(),
        };
        instructions.call(RunChunk { rules, row, extent, chunk, sink })
    }
}

/// A chunk, with everything known but the vectors.
struct RunChunk<'a, 'b, E, U, X, C> {
    rules: Rules<'a, E, U>,
    row: C,
    extent: X,
    chunk: Chunk<'a>,
    sink: &'a mut Sink<'b>,
}

impl<E: Evaluate, U: Update, X: Extent, C: Row> OnLanes for RunChunk<'_, '_, E, U, X, C> {
    type Output = Result<()>;

    #[inline(always)]
    fn call<V: Vector>(self) -> Result<()> {
        Runner::<X::Running<V>, X::Leaving<V>, E, U, C, X>::new(self.rules, self.row, self.extent, &self.chunk).run(&self.chunk, self.sink)
    }
}
