//! The CPU backend: f32, blocks of lanes, all cores.
//!
//! A tile is cut into chunks that the thread pool shares out. A chunk's descents move in groups of a few blocks of lanes.

mod arithmetic;
mod compiler;
mod crew;
mod descents;
mod end;
mod extent;
mod fixed;
mod function;
mod group;
mod instructions;
mod lanes;
mod machine;
mod peak;
mod sink;
mod stopping;
mod subnormals;
mod vector;
mod watch;

use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Instant;

use futures_intrusive::channel::shared::oneshot_channel;
use rayon::prelude::*;

use crate::backend::cpu::crew::{RoundCode, Rounds};
use crate::backend::cpu::descents::{Descents, Room, Widths};
use crate::backend::cpu::extent::{Extent, Extents, HELD_ROW, Held, InMemory, Long, Own, Row, Small};
use crate::backend::cpu::group::{GroupCode, GroupRounds};
use crate::backend::cpu::instructions::{Instructions, OnLanes};
use crate::backend::cpu::machine::Machine;
use crate::backend::cpu::sink::Sink;
use crate::backend::cpu::subnormals::SubnormalsAreZero;
use crate::backend::cpu::vector::Vector;
use crate::backend::descend::{Rules, WithLoss, with_loss};
use crate::backend::roofline::Peaks;
use crate::backend::{Backend, Description, IN_FLIGHT, Job, Outcomes, Pending, processor};
use crate::error::{Error, Result};
use crate::experiment::Experiment;
use crate::loss::{Evaluate, Kernel};
use crate::optimizer::{GradientDescent, Optimizer, Update};
use crate::plan::Tables;
use crate::real::Real;

/// The most threads: as many as the largest machines have cores.
const MAX_THREADS: usize = 1024;

/// The state of a chunk's descents takes up to this many bytes, part of a core's second-level cache.
const CHUNK_BYTES: usize = 1 << 18;
/// The fewest descents worth a chunk: a multiple of what any group moves side by side, so that none is half empty.
const SMALLEST_CHUNK: u32 = 384;
/// Chunks that each thread should get of a tile, so that all end at about the same time.
const CHUNKS_PER_THREAD: u32 = 8;

/// Where no coefficient is larger than this, a loss is finite wherever the squared gradient norm is and ‖x‖ is within the divergence radius,
/// 1e15 at most: it is a sum of at most 2048 products of the two, below 2e15 · 1.9e19 each.
const LARGEST_COEFFICIENT: f32 = 1e15;

/// f32 lanes on all cores.
#[derive(Clone, Debug)]
pub struct Cpu {
    description: Description,
    instructions: Instructions,
    /// Whether losses and methods are compiled where they can be.
    compiles: bool,
    pool: Arc<rayon::ThreadPool>,
    /// Outcomes that nobody needs any longer.
    spent: Arc<Mutex<Vec<Outcomes>>>,
    /// The last experiment, and its code.
    compiled: Arc<Mutex<(Weak<Experiment>, Arc<Code>)>>,
}

/// What is compiled for an experiment, for all its tiles.
#[derive(Debug, Default)]
struct Code {
    rounds: RoundCode,
    groups: GroupCode,
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
        Ok(Self::with(Instructions::detect(), true, Arc::new(pool)))
    }

    fn with(instructions: Instructions, compiles: bool, pool: Arc<rayon::ThreadPool>) -> Self {
        let threads = pool.current_num_threads();
        let description = Description {
            kind: "cpu",
            adapter: processor::name(),
            driver: format!("{}, {threads} thread{}", instructions.name(), if threads == 1 { "" } else { "s" }),
            lanes: instructions.lanes(),
            clock: "wall",
        };
        Self { description, instructions, compiles, pool, spent: Arc::default(), compiled: Arc::default() }
    }

    /// The code of `experiment`: what there is already, if it was the last one.
    fn code(&self, experiment: &Arc<Experiment>) -> Arc<Code> {
        let mut compiled = self.compiled.lock().unwrap_or_else(PoisonError::into_inner);
        // No other experiment has its place in memory while that is kept.
        if !std::ptr::eq(compiled.0.as_ptr(), Arc::as_ptr(experiment)) {
            *compiled = (Arc::downgrade(experiment), Arc::default());
        }
        Arc::clone(&compiled.1)
    }

    /// The same backend with each instruction set that this processor has, the best first, compiling what it can and interpreting all.
    pub fn instruction_sets(&self) -> impl Iterator<Item = Self> {
        let ways = Instructions::available().into_iter().flat_map(|instructions| [(instructions, true), (instructions, false)]);
        ways.map(|(instructions, compiles)| Self::with(instructions, compiles, Arc::clone(&self.pool)))
    }

    /// How many threads it has.
    pub fn threads(&self) -> usize {
        self.pool.current_num_threads()
    }

    /// The name of the vector instructions it uses.
    pub fn instructions(&self) -> &'static str {
        self.instructions.name()
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
        let (instructions, compiles) = (self.instructions, self.compiles);
        let spent = self.spent.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let code = self.code(&job.experiment);
        self.pool.spawn(move || {
            // The receiver is gone only where the caller gave up waiting.
            let _ = sender.send(run_tile((instructions, compiles), &job, &code, spent));
        });
        Box::pin(async move { receiver.receive().await.unwrap_or(Err(Error::Interrupted)) })
    }

    fn reuse(&self, outcomes: Outcomes) {
        let mut spent = self.spent.lock().unwrap_or_else(PoisonError::into_inner);
        if spent.len() < IN_FLIGHT {
            spent.push(outcomes);
        }
    }

    fn peaks(&self) -> Result<Option<Peaks>> {
        Ok(Some(peak::measure(self.instructions, &self.pool)))
    }
}

fn run_tile((instructions, compiles): (Instructions, bool), job: &Job, code: &Code, spent: Option<Outcomes>) -> Result<Outcomes> {
    let tables = Tables::of(&job.experiment, &job.tile);
    let started = Instant::now();
    let mut outcomes = sink::room(job, spent);
    let size = chunk_size(job, &tables);
    let kernel = job.experiment.kernel();
    let machine = if let Kernel::Formula(bound) = &kernel { Some(Machine::new(bound, job.experiment.stop())) } else { None };
    let compiled = compiles.then_some(instructions);
    let rounds = Rounds::new(job, &kernel, compiled, &code.rounds);
    let group_rounds = GroupRounds::new(job, &kernel, compiled, &code.groups);
    // With fixed steps nothing is asked on the way.
    let is_loss_finite = !job.experiment.stop().fixed_steps && {
        let numbers = job.experiment.rows().columns().map(|column| &column[tables.problems.clone()]);
        numbers.flatten().fold(true, |is_so, value| is_so & (value.abs() <= LARGEST_COEFFICIENT))
    };
    let sinks = Sink::cut(&mut outcomes, job.experiment.dimension(), size);
    sinks.into_par_iter().enumerate().try_for_each_init(Room::default, |room, (number, mut sink)| {
        let first = number as u32 * size;
        let count = size.min(job.tile.descents - first);
        let shared = tables.shared_problem(first..first + count).map(|problem| job.experiment.rows().row(problem));
        let chunk = Chunk {
            job,
            tables: &tables,
            rounds: &rounds,
            group_rounds: &group_rounds,
            is_loss_finite,
            shared_row: shared.as_deref(),
            first,
            count,
        };
        match &machine {
            Some(machine) => machine.run(instructions, chunk, room, &mut sink)?,
            None if job.experiment.method() == Optimizer::GradientDescent.into() => {
                with_loss(&kernel, WithLanes { instructions, chunk, room, sink: &mut sink })?;
            }
            None => crew::run_twins(&kernel, instructions, chunk, room, &mut sink)?,
        }
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
    let Widths { point, hyper, .. } = Widths::of(&job.experiment, shares_row);
    let cached = (CHUNK_BYTES / (4 * (point + hyper + 2))) as u32;
    let of_threads = job.tile.descents.div_ceil(rayon::current_num_threads() as u32 * CHUNKS_PER_THREAD);
    let most = of_threads.min(cached);
    if tables.row.count > 1 && shares_row {
        // A part of a row, so that few chunks lie in two of them.
        return most.min(tables.row.stride / CHUNKS_PER_THREAD).max(SMALLEST_CHUNK);
    }
    most.next_multiple_of(SMALLEST_CHUNK)
}

/// Some descents of a tile, one after another.
#[derive(Clone, Copy)]
struct Chunk<'a> {
    job: &'a Job,
    tables: &'a Tables,
    rounds: &'a Rounds<'a>,
    group_rounds: &'a GroupRounds<'a>,
    /// See [`Rules::is_loss_finite`].
    is_loss_finite: bool,
    /// The row of coefficients that all its descents have, if it is the same.
    shared_row: Option<&'a [f32]>,
    first: u32,
    count: u32,
}

struct WithLanes<'a, 'b> {
    instructions: Instructions,
    chunk: Chunk<'a>,
    room: &'a mut Room,
    sink: &'a mut Sink<'b>,
}

impl WithLoss for WithLanes<'_, '_> {
    type Output = Result<()>;

    fn call<E: Evaluate>(self, loss: E) -> Result<()> {
        let optimizer = GradientDescent;
        let dimension = self.chunk.job.experiment.dimension();
        if E::HAS_PARTS {
            return match dimension {
                1 => self.held(loss, optimizer, Small::<1, 4, 4>),
                2 => self.held(loss, optimizer, Small::<2, 4, 4>),
                3 => self.held(loss, optimizer, Small::<3, 4, 4>),
                4 => self.held(loss, optimizer, Small::<4, 4, 4>),
                _ => self.long(loss, optimizer, InMemory(dimension)),
            };
        }
        match dimension {
            1 => self.held(loss, optimizer, Small::<1, 8, 12>),
            2 => self.held(loss, optimizer, Small::<2, 4, 6>),
            3 => self.held(loss, optimizer, Small::<3, 3, 4>),
            4 => self.held(loss, optimizer, Small::<4, 2, 2>),
            5 => self.sharing(loss, optimizer, Small::<5, 1, 2>),
            6 => self.sharing(loss, optimizer, Small::<6, 1, 2>),
            7 => self.sharing(loss, optimizer, Small::<7, 1, 2>),
            8 => self.sharing(loss, optimizer, Small::<8, 1, 2>),
            _ => self.long(loss, optimizer, InMemory(dimension)),
        }
    }
}

impl WithLanes<'_, '_> {
    fn held<E: Evaluate, U: Update, const D: usize, const STOPPING: usize, const FIXED: usize>(
        self,
        loss: E,
        optimizer: U,
        extents: Small<D, STOPPING, FIXED>,
    ) -> Result<()> {
        match self.chunk.shared_row {
            None => self.run(loss, optimizer, extents, Own),
            Some(_) => self.sharing(loss, optimizer, extents),
        }
    }

    /// In registers if all descents share one row that is short enough.
    fn sharing<E: Evaluate, U: Update, const D: usize, const STOPPING: usize, const FIXED: usize>(
        self,
        loss: E,
        optimizer: U,
        extents: Small<D, STOPPING, FIXED>,
    ) -> Result<()> {
        match self.chunk.shared_row.filter(|row| row.len() <= HELD_ROW) {
            Some(row) => {
                let mut held = [0.0; HELD_ROW];
                held[..row.len()].copy_from_slice(row);
                self.run(loss, optimizer, extents, Held(held))
            }
            None => self.long(loss, optimizer, InMemory(D)),
        }
    }

    fn long<E: Evaluate, U: Update>(self, loss: E, optimizer: U, extents: InMemory) -> Result<()> {
        match self.chunk.shared_row {
            None => self.run(loss, optimizer, extents, Own),
            Some(row) => self.run(loss, optimizer, extents, Long(row)),
        }
    }

    fn run<E: Evaluate, U: Update, X: Extents, C: Row>(self, loss: E, optimizer: U, extents: X, row: C) -> Result<()> {
        const { assert!(!U::SEARCHES, "of coefficients of their own descents have here what losses and gradients read") };
        let Self { instructions, chunk, room, sink } = self;
        let experiment = &chunk.job.experiment;
        let rules = Rules { loss, optimizer, is_loss_finite: chunk.is_loss_finite, stop: experiment.stop() };
        let _zero = SubnormalsAreZero::start();
        instructions.call(RunChunk { rules, row, extents, chunk, room, sink })
    }
}

/// A chunk, with everything known but the vectors.
struct RunChunk<'a, 'b, E, U, X, C> {
    rules: Rules<'a, E, U>,
    row: C,
    extents: X,
    chunk: Chunk<'a>,
    room: &'a mut Room,
    sink: &'a mut Sink<'b>,
}

impl<E: Evaluate, U: Update, X: Extents, C: Row> OnLanes for RunChunk<'_, '_, E, U, X, C> {
    type Output = Result<()>;

    #[inline(always)]
    fn call<V: Vector>(self) -> Result<()> {
        const { assert!(fill_chunks(lanes::<V, X::Fixed>()) && fill_chunks(lanes::<V, X::Stopping>())) };
        let Self { rules, row, extents, chunk, room, sink } = self;
        if rules.stop.fixed_steps {
            let descents = Descents::starting(chunk, room, lanes::<V, X::Fixed>());
            return fixed::run::<<X::Fixed as Extent>::Lanes<V>, _, _, _, _>(&rules, &row, extents.fixed(), &descents, sink);
        }
        let mut descents = Descents::starting(chunk, room, lanes::<V, X::Stopping>());
        stopping::run::<<X::Stopping as Extent>::Lanes<V>, _, _, _, _>(&rules, &row, extents.stopping(), &mut descents)?;
        end::of_all::<<X::Stopping as Extent>::Lanes<V>, _, _, _, _>(&rules, &row, extents.stopping(), &descents, sink);
        Ok(())
    }
}

/// How many descents a group moves side by side.
const fn lanes<V: Vector, X: Extent>() -> usize {
    X::BLOCKS * <X::Lanes<V> as Real>::LANES
}

/// Whether chunks are whole numbers of groups of so many descents.
const fn fill_chunks(lanes: usize) -> bool {
    (SMALLEST_CHUNK as usize).is_multiple_of(lanes)
}
