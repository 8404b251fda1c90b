//! Descents that are about to end: gathered until they fill a block, then run to their ends with every test.

use super::extent::{Extent, Row};
use super::lanes::Block;
use super::pool::{BlockOf, Pool, Widths};
use super::sink::Sink;
use crate::backend::descend::{Rules, Scratch};
use crate::loss::Evaluate;
use crate::optimizer::Update;

/// In place of a descent, in lanes that are left empty.
const NOBODY: u32 = u32::MAX;

/// Blocks of them, the last one being filled.
pub(super) struct Leaving<F> {
    pool: Pool<F>,
    /// Updates applied to each.
    taken: Vec<u32>,
}

impl<F: Block> Leaving<F> {
    pub(super) fn new(widths: Widths) -> Self {
        Self { pool: Pool::new(widths), taken: Vec::new() }
    }

    /// Adds one lane of a block, to which `taken` updates have been applied.
    pub(super) fn push<R: Block>(&mut self, from: BlockOf<'_, R>, lane: usize, taken: u32) {
        self.copy(from, lane, 1);
        self.pool.descents.push(from.descents[lane]);
        self.taken.push(taken);
    }

    /// Adds all descents of a block, to which `taken` updates have been applied.
    pub(super) fn push_block<R: Block>(&mut self, from: BlockOf<'_, R>, taken: u32) {
        // Whole vectors are copied where they begin at a multiple of their length.
        let aligned = self.taken.len().next_multiple_of(R::LANES);
        self.pool.descents.resize(aligned, NOBODY);
        self.taken.resize(aligned, taken);
        self.copy(from, 0, R::LANES);
        self.pool.descents.extend(from.descents);
        self.taken.resize(self.pool.descents.len(), taken);
    }

    /// Copies `count` lanes from `first` on to behind those that are here. Inlined, so that `count` is a constant.
    #[inline(always)]
    fn copy<R: Block>(&mut self, from: BlockOf<'_, R>, first: usize, count: usize) {
        let Widths { point, hyper, own } = self.pool.widths;
        let (block, to) = (self.taken.len() / F::LANES, self.taken.len() % F::LANES);
        if to == 0 {
            self.pool.grow();
        }
        let state =
            [(&mut self.pool.points, point, from.point), (&mut self.pool.hyper, hyper, from.hyper), (&mut self.pool.own, own, from.own)];
        for (state, width, source) in state {
            let (numbers, source) = (F::numbers_mut(&mut state[block * width..]), R::numbers(source));
            for number in 0..width {
                let lanes = &source[number * R::LANES + first..][..count];
                numbers[number * F::LANES + to..][..count].copy_from_slice(lanes);
            }
        }
    }

    /// Runs the full blocks to their ends, and the last one too where `is_last` says that no more will come.
    #[inline(always)]
    pub(super) fn flush<X: Extent, C: Row, E: Evaluate, U: Update>(
        &mut self,
        is_last: bool,
        rules: &Rules<'_, E, U>,
        row: &C,
        scratch: &mut Scratch<X::Point<F>>,
        sink: &mut Sink<'_>,
    ) {
        let Widths { point, hyper, own } = self.pool.widths;
        let full = self.taken.len() / F::LANES;
        let ready = if is_last { self.taken.len().div_ceil(F::LANES) } else { full };
        if ready == 0 {
            return;
        }
        for block in 0..ready {
            let lanes = block * F::LANES..self.taken.len().min((block + 1) * F::LANES);
            let (taken, descents) = (&self.taken[lanes.clone()], &self.pool.descents[lanes]);
            scratch.x.as_mut().copy_from_slice(&self.pool.points[block * point..][..point]);
            rules.descend(
                &row.of(&self.pool.own, block, own),
                &self.pool.hyper[block * hyper..][..hyper],
                // Lanes that nobody filled hold a point at zero; let them end as soon as any.
                |lane| taken.get(lane).copied().unwrap_or(rules.stop.steps),
                scratch,
                |end| {
                    if let Some(descent) = descents.get(end.lane).filter(|descent| **descent != NOBODY) {
                        sink.store(*descent, &end);
                    }
                },
            );
        }
        self.pool.drop_blocks(ready);
        self.taken.drain(..self.taken.len().min(ready * F::LANES));
    }
}
