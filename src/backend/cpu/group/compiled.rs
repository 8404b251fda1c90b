//! The rounds of a group as machine code, where points are held in registers and all descents share a row of coefficients.

use std::sync::OnceLock;

use crate::backend::Job;
use crate::backend::cpu::arithmetic::Arithmetic;
use crate::backend::cpu::compiler::{Base, Compiled, Place, Recorded, Truth, Turns};
use crate::backend::cpu::extent::Extent;
use crate::backend::cpu::instructions::Instructions;
use crate::backend::cpu::lanes::Block;
use crate::backend::cpu::watch::Watch;
use crate::backend::descend::{WithTwins, unchanged, with_twins};
use crate::experiment::Experiment;
use crate::loss::{Evaluate, Kernel};
use crate::optimizer::{Moment, Update};
use crate::real::{Each, Mask, Real, dot};
use crate::stop::StopRule;

/// Operations of a round of one block, of which a cache should hold the code of four.
const LONGEST: usize = 1024;

/// The code of an experiment's groups, which all have the same extent, once it was asked for.
pub(in crate::backend::cpu) type GroupCode = OnceLock<Option<Compiled>>;

/// The rounds of a tile's groups, compiled once they are asked for.
pub(in crate::backend::cpu) struct GroupRounds<'a> {
    experiment: &'a Experiment,
    kernel: &'a Kernel,
    /// None where nothing is to be compiled.
    instructions: Option<Instructions>,
    found: &'a GroupCode,
}

impl<'a> GroupRounds<'a> {
    pub(in crate::backend::cpu) fn new(job: &'a Job, kernel: &'a Kernel, instructions: Option<Instructions>, found: &'a GroupCode) -> Self {
        Self { experiment: &job.experiment, kernel, instructions, found }
    }

    /// Those of groups of `X::BLOCKS` blocks of `R`. Exit k is taken after k steps, where the gradient tells that descents that are running end: it
    /// stores [what it knows](Left), and who they are instead of who is running. The last exit is taken where anyone has ended otherwise, or is
    /// [far]. No exit changes the points.
    pub(super) fn get<R: Block, X: Extent>(&self) -> Option<&'a Compiled> {
        let instructions = self.instructions.filter(|instructions| X::IS_HELD && instructions.lanes() == R::LANES)?;
        self.found.get_or_init(|| self.compile(instructions, X::BLOCKS, X::ROUND as usize)).as_ref()
    }

    fn compile(&self, instructions: Instructions, blocks: usize, steps: usize) -> Option<Compiled> {
        let Self { experiment, kernel, .. } = *self;
        let (file, hyper) = (experiment.dimension(), experiment.hyperparameters());
        let turns = Turns::Rounds { blocks, file, hyper, state: Left::<Recorded>::width(file) };
        let recording = Recording { experiment, steps, vector: instructions.lanes() * size_of::<f32>() };
        Compiled::new(instructions, LONGEST, turns, || with_twins(kernel, experiment.method().optimizer(), recording))
    }
}

/// Points whose coordinates are no larger than this are within the divergence radius. Their sizes take less to look at than their distance.
#[inline(always)]
pub(super) fn far<R: Real>(stop: &StopRule, dimension: usize) -> R {
    // Less than r/√D by more than all that is rounded.
    R::splat(stop.divergence_radius / (dimension as f32).sqrt() * (1.0 - 1e-6 * dimension as f32))
}

/// What an exit has stored of a block: its points, those one step before, unless these are the first, and the largest size of a coordinate in the round.
#[derive(Clone, Copy)]
pub(super) struct Left<'a, R> {
    pub(super) x: &'a [R],
    pub(super) last: &'a [R],
    pub(super) size: R,
}

impl<'a, R: Copy> Left<'a, R> {
    /// How many numbers that is of `dimension` variables.
    pub(super) fn width(dimension: usize) -> usize {
        2 * dimension + 1
    }

    /// That of block `block`.
    #[inline(always)]
    pub(super) fn of(stored: &'a [R], dimension: usize, block: usize) -> Self {
        let stored = &stored[block * Self::width(dimension)..][..Self::width(dimension)];
        Self { x: &stored[..dimension], last: &stored[dimension..2 * dimension], size: stored[2 * dimension] }
    }
}

/// A round to be recorded.
struct Recording<'a> {
    experiment: &'a Experiment,
    steps: usize,
    /// Bytes of a vector.
    vector: usize,
}

impl WithTwins for Recording<'_> {
    type Output = ();

    fn call<E: Evaluate, U: Update>(self, loss: E, optimizer: U) {
        let Self { experiment, steps, vector } = self;
        let (d, watch, zero) = (experiment.dimension(), Watch::<Recorded>::new(experiment.stop()), Recorded::splat(0.0));
        let place = |base, number| Place { base, offset: (number * vector) as u32 };
        let numbers = |base, count| (0..count).map(|number| Recorded::load(place(base, number))).collect::<Vec<_>>();
        let shared = |number| Recorded::load(Place { base: Base::Row, offset: (number * size_of::<f32>()) as u32 });
        let coefficients: Vec<Recorded> = (0..experiment.kernel().row_length(d)).map(shared).collect();
        let hyper = numbers(Base::Hyper, experiment.hyperparameters());
        let is_running = place(Base::Running, 0);
        let (running, mut size) = (Truth::load(is_running), Recorded::splat(f32::MIN_POSITIVE));
        let mut x = numbers(Base::File, d);
        let mut last = x.clone();
        for step in 0..steps {
            let mut gradient = vec![zero; d];
            loss.gradient(&Each(&coefficients), &x, &mut gradient);
            let ended = running & watch.ends_at(dot(&gradient, &gradient));
            size = x.iter().fold(size, |size, x| x.abs().max(size));
            let left = x.iter().enumerate().chain((d..).zip(&last).filter(|_| step > 0)).chain([(2 * d, &size)]);
            let left: Vec<(Place, Recorded)> = left.map(|(number, value)| (place(Base::State, number), *value)).collect();
            ended.exit(&left, &[(is_running, ended)]);
            last.clone_from(&x);
            optimizer.advance(Moment::after(zero), &hyper, &mut [], &mut x, &gradient);
        }
        let stalled = Truth::splat(U::IS_MEMORYLESS) & unchanged(&x, &last);
        (running & (stalled | far::<Recorded>(experiment.stop(), d).less(size))).exit(&[], &[]);
        x.into_iter().enumerate().for_each(|(i, x)| x.store(place(Base::File, i)));
    }
}
