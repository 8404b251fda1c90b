//! A chunk's descents, in rounds of a few steps: whoever may have ended leaves between two rounds, so that no lane idles.

use super::Chunk;
use super::extent::{Extent, Row};
use super::lanes::Block;
use super::leaving::Leaving;
use super::pool::{Pool, Widths};
use super::sink::Sink;
use super::watch::Watch;
use crate::backend::descend::{Rules, Scratch, ones, unchanged};
use crate::error::Result;
use crate::loss::Evaluate;
use crate::optimizer::Update;
use crate::real::{Mask, dot};

/// The fewest steps of a round. A round costs a descent that leaves it a few times these steps, once.
const SHORTEST: u32 = 8;
/// The most.
const LONGEST: u32 = 64;
/// A round takes this part of the steps taken before, within those bounds, so that what leaving costs stays in proportion.
const PART: u32 = 32;
/// Fixed steps between two looks at whether to go on.
const UNINTERRUPTED: u32 = 1 << 12;

/// What runs, and what it needs.
pub(super) struct Runner<'a, R: Block, F: Block, E, U, C, X: Extent> {
    rules: Rules<'a, E, U>,
    row: C,
    extent: X,
    pool: Pool<R>,
    leaving: Leaving<F>,
    scratch: Scratch<X::Point<F>>,
    gradient: X::Point<R>,
    watch: Watch<R>,
    /// The blocks that advance side by side: for each its point, and the worst seen of it.
    advanced: Vec<R>,
    /// Their points before the last step.
    last: Vec<R>,
    /// Lanes that have left in this round.
    gone: Vec<u32>,
}

impl<'a, R: Block, F: Block, E: Evaluate, U: Update, C: Row, X: Extent> Runner<'a, R, F, E, U, C, X> {
    #[inline(always)]
    pub(super) fn new(rules: Rules<'a, E, U>, row: C, extent: X, chunk: &Chunk<'_>) -> Self {
        let widths = Widths::of(&chunk.job.experiment, chunk.shared_row().is_some());
        Self {
            rules,
            row,
            extent,
            pool: Pool::starting(widths, &chunk.job.experiment, chunk.tables, chunk.first, chunk.count),
            leaving: Leaving::new(widths),
            scratch: Scratch::like(&extent.origin()),
            gradient: extent.origin(),
            watch: Watch::new(rules.stop),
            advanced: Vec::new(),
            last: vec![R::splat(0.0); X::BLOCKS * widths.point],
            gone: Vec::new(),
        }
    }

    /// Runs every descent to its end and stores what it ended with.
    #[inline(always)]
    pub(super) fn run(mut self, chunk: &Chunk<'_>, sink: &mut Sink<'_>) -> Result<()> {
        let stop = self.rules.stop;
        let mut taken = 0;
        if stop.fixed_steps {
            self.fixed(chunk)?;
            taken = stop.steps;
        }
        let mut left = 0;
        loop {
            let are_ending = !chunk.is_loss_finite || taken == stop.steps || self.pool.descents.is_empty();
            if are_ending {
                // As many blocks at a time as fill one of those that leave.
                let until = (left + F::LANES / R::LANES).min(self.pool.blocks());
                (left..until).for_each(|block| self.leaving.push_block(self.pool.block(block), taken));
                left = until;
            } else {
                chunk.job.monitor.check()?;
                let width = (taken / PART).clamp(SHORTEST, LONGEST).min(stop.steps - taken);
                self.round(taken, width);
                taken += width;
            }
            let is_last = are_ending && left == self.pool.blocks();
            self.leaving.flush::<X, C, E, U>(is_last, &self.rules, &self.row, &mut self.scratch, sink);
            if is_last {
                return Ok(());
            }
        }
    }

    /// All steps of an experiment that looks at its stop rule only after the last.
    #[inline(always)]
    fn fixed(&mut self, chunk: &Chunk<'_>) -> Result<()> {
        let (width, block) = (self.extent.width(), X::BLOCKS * self.extent.width());
        let Self { rules, extent, gradient, .. } = self;
        let row = self.row.clone();
        let Pool { widths, points, hyper, own, .. } = &mut self.pool;
        for (number, points) in points.chunks_mut(block).enumerate() {
            let hyper = &hyper[number * X::BLOCKS * widths.hyper..];
            let own = &own[number * X::BLOCKS * widths.own..];
            let mut left = rules.stop.steps;
            while left > 0 {
                chunk.job.monitor.check()?;
                let now = left.min(UNINTERRUPTED);
                for _ in 0..now / 2 {
                    for (number, (x, hyper)) in points.chunks_exact_mut(width).zip(hyper.chunks_exact(U::HYPERPARAMETERS)).enumerate() {
                        extent.step::<2, _, _, _>(rules, &row.of(own, number, widths.own), hyper, x, gradient);
                    }
                }
                if now % 2 == 1 {
                    for (number, (x, hyper)) in points.chunks_exact_mut(width).zip(hyper.chunks_exact(U::HYPERPARAMETERS)).enumerate() {
                        extent.step::<1, _, _, _>(rules, &row.of(own, number, widths.own), hyper, x, gradient);
                    }
                }
                left -= now;
            }
        }
        Ok(())
    }

    /// `steps` steps of every descent, to each of which `taken` updates have been applied; then takes out those that may have ended.
    #[inline(always)]
    fn round(&mut self, taken: u32, steps: u32) {
        let width = self.extent.width();
        let row = self.row.clone();
        for first in (0..self.pool.points.len() / width).step_by(X::BLOCKS) {
            self.advance(&row, first, steps);
            for number in 0..self.advanced.len() / (width + 1) {
                let alarmed = self.watch.alarmed(self.advanced[number * (width + 1) + width]);
                for lane in ones(alarmed.bits()) {
                    let slot = (first + number) * R::LANES + lane;
                    if slot < self.pool.descents.len() {
                        self.leaving.push(self.pool.block(first + number), lane, taken);
                        self.gone.push(slot as u32);
                    }
                }
            }
            let points = self.pool.points[first * width..].chunks_exact_mut(width);
            for (x, state) in points.zip(self.advanced.chunks_exact(width + 1)) {
                x.copy_from_slice(&state[..width]);
            }
        }
        self.pool.remove(&self.gone);
        self.gone.clear();
    }

    /// Steps copies of some blocks' points side by side, each beside the worst that was seen of it.
    #[inline(always)]
    fn advance(&mut self, row: &C, first: usize, steps: u32) {
        let width = self.extent.width();
        let Self { rules, extent, gradient, advanced, last, .. } = self;
        let watch = self.watch;
        let Pool { widths, points, hyper, own, .. } = &self.pool;
        let (hyper, own) = (&hyper[first * widths.hyper..], &own[first * widths.own..]);
        advanced.clear();
        for x in points[first * width..].chunks_exact(width).take(X::BLOCKS) {
            advanced.extend_from_slice(x);
            advanced.push(R::splat(0.0));
        }
        let mut left = steps;
        while left > 2 {
            for (number, (state, hyper)) in advanced.chunks_exact_mut(width + 1).zip(hyper.chunks_exact(U::HYPERPARAMETERS)).enumerate() {
                extent.watched::<2, _, _, _>(rules, &row.of(own, number, widths.own), hyper, state, gradient, &watch);
            }
            left -= 2;
        }
        while left > 0 {
            for (state, last) in advanced.chunks_exact(width + 1).zip(last.chunks_exact_mut(width)) {
                last.copy_from_slice(&state[..width]);
            }
            for (number, (state, hyper)) in advanced.chunks_exact_mut(width + 1).zip(hyper.chunks_exact(U::HYPERPARAMETERS)).enumerate() {
                extent.watched::<1, _, _, _>(rules, &row.of(own, number, widths.own), hyper, state, gradient, &watch);
            }
            left -= 1;
        }
        for (state, last) in advanced.chunks_exact_mut(width + 1).zip(last.chunks_exact(width)) {
            let (x, worst) = state.split_at_mut(width);
            worst[0] = watch.see_distance(worst[0], dot(x, x));
            // Whoever stalled in this round did not move in its last step.
            if rules.is_memoryless {
                worst[0] = R::select(unchanged(x, last), R::splat(f32::INFINITY), worst[0]);
            }
        }
    }
}
