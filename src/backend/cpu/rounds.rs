//! A chunk's descents, in rounds of a few steps: whoever may have ended leaves between two rounds, so that no lane idles.

use super::Chunk;
use super::extent::{Extent, Row};
use super::lanes::Block;
use super::leaving::{From, Leaving};
use super::pool::{Pool, Widths};
use super::sink::Sink;
use super::watch::Watch;
use crate::backend::descend::{Rules, Scratch, unchanged};
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
    /// What they were before the last step.
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
            last: Vec::new(),
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
        loop {
            let is_last = !chunk.is_watchable || taken == stop.steps || self.pool.descents.is_empty();
            if is_last {
                for block in 0..self.pool.descents.len().div_ceil(R::LANES) {
                    self.leaving.push_block(block_of(&self.pool, block), taken);
                }
            } else {
                chunk.job.monitor.check()?;
                let width = (taken / PART).clamp(SHORTEST, LONGEST).min(stop.steps - taken);
                self.round(taken, width);
                taken += width;
            }
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
                for _ in 0..left.min(UNINTERRUPTED) {
                    for (number, (x, hyper)) in points.chunks_exact_mut(width).zip(hyper.chunks_exact(widths.hyper)).enumerate() {
                        extent.step(rules, &row.of(own, number, widths.own), hyper, x, gradient);
                    }
                }
                left = left.saturating_sub(UNINTERRUPTED);
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
                for lane in (0..R::LANES).filter(|lane| alarmed.lane(*lane)) {
                    let slot = (first + number) * R::LANES + lane;
                    if slot < self.pool.descents.len() {
                        self.leaving.push(block_of(&self.pool, first + number), lane, taken);
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
        for step in 1..=steps {
            if step == steps {
                last.clone_from(advanced);
            }
            let blocks = advanced.chunks_exact_mut(width + 1).zip(hyper.chunks_exact(widths.hyper));
            for (number, (state, hyper)) in blocks.enumerate() {
                extent.watched(rules, &row.of(own, number, widths.own), hyper, state, gradient, &watch);
            }
        }
        for (state, last) in advanced.chunks_exact_mut(width + 1).zip(last.chunks_exact(width + 1)) {
            let (x, worst) = state.split_at_mut(width);
            worst[0] = watch.see_distance(worst[0], dot(x, x));
            // Whoever stalled in this round did not move in its last step.
            if rules.is_memoryless {
                worst[0] = R::select(unchanged(x, &last[..width]), R::splat(f32::INFINITY), worst[0]);
            }
        }
    }
}

/// Block `number` of those that run.
fn block_of<R: Block>(pool: &Pool<R>, number: usize) -> From<'_, R> {
    let Pool { widths, points, hyper, own, descents } = pool;
    From {
        point: &points[number * widths.point..][..widths.point],
        hyper: &hyper[number * widths.hyper..][..widths.hyper],
        own: &own[number * widths.own..][..widths.own],
        descents: &descents[number * R::LANES..descents.len().min((number + 1) * R::LANES)],
    }
}
