//! The CPU backend: f32, blocks of lanes, all cores.
//!
//! A tile is cut into chunks that the thread pool shares out; a chunk is run block by block, each block's lanes in step until
//! the last of them ends.

mod instructions;
mod lanes;
mod vector;

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Instant;

use futures_intrusive::channel::shared::oneshot_channel;
use rayon::prelude::*;

use crate::backend::cpu::instructions::{Instructions, OnLanes};
use crate::backend::descend::{End, Point, Rules, WithTwins, with_twins};
use crate::backend::{Backend, Description, Job, Outcomes, Pending};
use crate::error::{Error, Result};
use crate::experiment::Experiment;
use crate::loss::Evaluate;
use crate::optimizer::Update;
use crate::plan::Tables;
use crate::real::{Each, Real, Shared};
use crate::stop::{Ending, Status};

/// Rows up to this length are copied for each block.
const HELD_ROW: usize = 32;

/// The most threads: as many as the largest machines have cores.
const MAX_THREADS: usize = 1024;

/// Descents that a thread takes at a time.
const CHUNK: u32 = 4096;

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
}

fn run_tile(instructions: Instructions, job: &Job) -> Result<Outcomes> {
    let tables = Tables::of(&job.experiment, &job.tile);
    let started = Instant::now();
    let chunks: Vec<Outcomes> = (0..job.tile.descents.div_ceil(CHUNK))
        .into_par_iter()
        .map(|number| {
            job.monitor.check()?;
            let first = number * CHUNK;
            let count = CHUNK.min(job.tile.descents - first);
            let chunk = Chunk { job, tables: &tables, first, count };
            let outcomes = with_twins(job.experiment.kernel(), job.experiment.optimizer(), WithLanes { instructions, chunk });
            job.monitor.finished.fetch_add(count.into(), Ordering::Relaxed);
            Ok(outcomes)
        })
        .collect::<Result<_>>()?;
    let compute = started.elapsed();
    let mut outcomes = Outcomes::of(job);
    for chunk in chunks {
        outcomes.endings.extend(chunk.endings);
        outcomes.loss.extend(chunk.loss);
        outcomes.gradient_norm.extend(chunk.gradient_norm);
        outcomes.point.extend(chunk.point);
    }
    outcomes.compute = compute;
    Ok(outcomes)
}

/// Some descents of a tile, one after another.
#[derive(Clone, Copy)]
struct Chunk<'a> {
    job: &'a Job,
    tables: &'a Tables,
    first: u32,
    count: u32,
}

struct WithLanes<'a> {
    instructions: Instructions,
    chunk: Chunk<'a>,
}

impl WithTwins for WithLanes<'_> {
    type Output = Outcomes;

    fn call<E: Evaluate, U: Update>(self, loss: E, optimizer: U) -> Outcomes {
        let experiment = &self.chunk.job.experiment;
        let rules = Rules { loss, optimizer, is_memoryless: experiment.optimizer().is_memoryless(), stop: experiment.stop() };
        self.instructions.call(RunChunk { rules, chunk: self.chunk })
    }
}

/// Runs a chunk over blocks of lanes, their points in registers where D is small.
struct RunChunk<'a, E, U> {
    rules: Rules<'a, E, U>,
    chunk: Chunk<'a>,
}

impl<E: Evaluate, U: Update> OnLanes for RunChunk<'_, E, U> {
    type Output = Outcomes;

    #[inline(always)]
    fn call<R: Real>(self) -> Outcomes {
        let Self { rules, chunk } = self;
        match chunk.job.experiment.dimension() {
            1 => run_blocks(rules, chunk, [R::splat(0.0); 1]),
            2 => run_blocks(rules, chunk, [R::splat(0.0); 2]),
            3 => run_blocks(rules, chunk, [R::splat(0.0); 3]),
            4 => run_blocks(rules, chunk, [R::splat(0.0); 4]),
            dimension => run_blocks(rules, chunk, vec![R::splat(0.0); dimension]),
        }
    }
}

#[inline(always)]
fn run_blocks<R: Real, P: Point<R>, E: Evaluate, U: Update>(rules: Rules<'_, E, U>, chunk: Chunk<'_>, origin: P) -> Outcomes {
    let Chunk { job, tables, first, count } = chunk;
    let dimension = origin.as_ref().len();
    let rows = &job.experiment.rows()[tables.rows.clone()];
    let length = job.experiment.kernel().row_length(dimension);
    let mut found = Found::new(count as usize, dimension);
    let mut hyper = vec![R::splat(0.0); tables.inputs.len() - dimension];
    let mut each = Vec::new();
    let mut block = 0;
    while block < count {
        // A block that reaches past the end repeats the last descent.
        let descent = |lane: usize| first + (block + lane as u32).min(count - 1);
        let input = |number: usize| R::from_lanes(|lane| tables.input(number, descent(lane)));
        let mut x = origin.clone();
        x.as_mut().iter_mut().enumerate().for_each(|(number, x)| *x = input(number));
        hyper.iter_mut().enumerate().for_each(|(number, hyper)| *hyper = input(dimension + number));
        let row = |lane: usize| tables.row.at(descent(lane));
        let store = |end: End<'_, R>| found.store(block as usize, end);
        if (1..R::LANES).all(|lane| row(lane) == row(0)) {
            let shared = &rows[row(0)..][..length];
            if length <= HELD_ROW {
                // An array of known length: no bounds are checked where its coefficients are read.
                let mut held = [0.0; HELD_ROW];
                held[..length].copy_from_slice(shared);
                rules.descend(&Shared(&held), &hyper, x, store);
            } else {
                rules.descend(&Shared(shared), &hyper, x, store);
            }
        } else {
            each.clear();
            each.extend((0..length).map(|position| R::from_lanes(|lane| rows[row(lane) + position])));
            rules.descend(&Each(&each), &hyper, x, store);
        }
        block += R::LANES as u32;
    }
    found.into_outcomes(job)
}

/// What the descents of a chunk ended with, in their order.
struct Found {
    dimension: usize,
    endings: Vec<Ending>,
    loss: Vec<f64>,
    squared_norm: Vec<f64>,
    point: Vec<f32>,
}

impl Found {
    fn new(count: usize, dimension: usize) -> Self {
        Self {
            dimension,
            endings: vec![Ending::new(Status::Exhausted, 0); count],
            loss: vec![0.0; count],
            squared_norm: vec![0.0; count],
            point: vec![0.0; count * dimension],
        }
    }

    fn store<R: Real>(&mut self, block: usize, end: End<'_, R>) {
        let at = block + end.lane;
        if at >= self.endings.len() {
            return;
        }
        self.endings[at] = end.ending;
        self.loss[at] = end.loss.lane(end.lane);
        self.squared_norm[at] = end.squared_norm.lane(end.lane);
        for (to, from) in self.point[at * self.dimension..][..self.dimension].iter_mut().zip(end.point) {
            *to = from.lane(end.lane) as f32;
        }
    }

    fn into_outcomes(self, job: &Job) -> Outcomes {
        let mut outcomes = Outcomes::of(job);
        let columns = job.columns;
        outcomes.endings = if columns.ending { self.endings } else { Vec::new() };
        if columns.loss {
            outcomes.loss = self.loss.into_iter().map(|loss| loss as f32).collect();
        }
        if columns.gradient_norm {
            outcomes.gradient_norm = self.squared_norm.into_iter().map(|squared| squared.sqrt() as f32).collect();
        }
        outcomes.point = if columns.point { self.point } else { Vec::new() };
        outcomes
    }
}
