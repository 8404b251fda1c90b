//! Descents that are about to end: gathered until they fill a block, then run to their ends with every test.

use super::extent::{Extent, Row};
use super::lanes::Block;
use super::pool::{Pool, Widths};
use super::sink::Sink;
use crate::backend::descend::{Rules, Scratch};
use crate::loss::Evaluate;
use crate::optimizer::Update;

/// One lane of a block, `R[width]` each.
#[derive(Clone, Copy)]
pub(super) struct Lane<'a, R> {
    pub(super) point: &'a [R],
    pub(super) hyper: &'a [R],
    pub(super) own: &'a [R],
    pub(super) lane: usize,
}

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

    /// Adds a descent to which `taken` updates have been applied.
    #[inline(always)]
    pub(super) fn push<R: Block>(&mut self, descent: u32, taken: u32, from: Lane<'_, R>) {
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
                numbers[number * F::LANES + to] = source[number * R::LANES + from.lane];
            }
        }
        self.pool.descents.push(descent);
        self.taken.push(taken);
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
                    if let Some(descent) = descents.get(end.lane) {
                        sink.store(*descent, &end);
                    }
                },
            );
        }
        self.pool.drop_blocks(ready);
        self.taken.drain(..self.taken.len().min(ready * F::LANES));
    }
}
