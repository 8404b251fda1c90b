//! The descents of a chunk that still run: their state in memory, a block of lanes after another.

use super::lanes::Block;
use crate::experiment::Experiment;
use crate::plan::Tables;

/// How many numbers a descent's state has.
#[derive(Clone, Copy, Debug)]
pub(super) struct Widths {
    /// D.
    pub(super) point: usize,
    /// Hyper-parameters.
    pub(super) hyper: usize,
    /// Coefficients of its own; none where all share one row.
    pub(super) own: usize,
}

impl Widths {
    pub(super) fn of(experiment: &Experiment, shares_row: bool) -> Self {
        let point = experiment.dimension();
        let own = if shares_row { 0 } else { experiment.kernel().row_length(point) };
        Self { point, hyper: experiment.optimizer().hyperparameters().len(), own }
    }

    pub(super) fn total(self) -> usize {
        self.point + self.hyper + self.own
    }
}

/// A block of running descents, `R[width]` each.
#[derive(Clone, Copy)]
pub(super) struct BlockOf<'a, R> {
    pub(super) point: &'a [R],
    pub(super) hyper: &'a [R],
    pub(super) own: &'a [R],
    pub(super) descents: &'a [u32],
}

/// Running descents, number by number: `R[width]` a block.
pub(super) struct Pool<R> {
    pub(super) widths: Widths,
    pub(super) points: Vec<R>,
    pub(super) hyper: Vec<R>,
    pub(super) own: Vec<R>,
    /// Which descent of the tile each lane runs.
    pub(super) descents: Vec<u32>,
}

impl<R: Block> Pool<R> {
    /// Without a descent.
    pub(super) fn new(widths: Widths) -> Self {
        Self { widths, points: Vec::new(), hyper: Vec::new(), own: Vec::new(), descents: Vec::new() }
    }

    /// Adds a block of lanes at zero.
    pub(super) fn grow(&mut self) {
        self.resize(self.points.len() / self.widths.point + 1);
    }

    /// Takes out the first `blocks` blocks.
    pub(super) fn drop_blocks(&mut self, blocks: usize) {
        let Widths { point, hyper, own } = self.widths;
        for (state, width) in [(&mut self.points, point), (&mut self.hyper, hyper), (&mut self.own, own)] {
            state.drain(..blocks * width);
        }
        self.descents.drain(..self.descents.len().min(blocks * R::LANES));
    }

    /// How many blocks there are.
    pub(super) fn blocks(&self) -> usize {
        self.descents.len().div_ceil(R::LANES)
    }

    /// Block `number`.
    #[inline(always)]
    pub(super) fn block(&self, number: usize) -> BlockOf<'_, R> {
        let Self { widths, points, hyper, own, descents } = self;
        BlockOf {
            point: &points[number * widths.point..][..widths.point],
            hyper: &hyper[number * widths.hyper..][..widths.hyper],
            own: &own[number * widths.own..][..widths.own],
            descents: &descents[number * R::LANES..descents.len().min((number + 1) * R::LANES)],
        }
    }

    fn resize(&mut self, blocks: usize) {
        let Widths { point, hyper, own } = self.widths;
        for (state, width) in [(&mut self.points, point), (&mut self.hyper, hyper), (&mut self.own, own)] {
            state.resize(blocks * width, R::splat(0.0));
        }
    }

    /// The descents `first`, …, `first + count − 1` of a tile at their starts; lanes past the last repeat it.
    pub(super) fn starting(widths: Widths, experiment: &Experiment, tables: &Tables, first: u32, count: u32) -> Self {
        let mut pool = Self::new(widths);
        pool.resize((count as usize).div_ceil(R::LANES));
        let mut column = vec![0.0; pool.points.len() / widths.point * R::LANES];
        for number in 0..widths.point + widths.hyper {
            tables.fill(number, first, &mut column[..count as usize]);
            let last = column[count as usize - 1];
            column[count as usize..].fill(last);
            let (state, width, at) = match number.checked_sub(widths.point) {
                None => (&mut pool.points, widths.point, number),
                Some(hyper) => (&mut pool.hyper, widths.hyper, hyper),
            };
            for (block, lanes) in state.chunks_exact_mut(width).zip(column.chunks_exact(R::LANES)) {
                R::numbers_mut(&mut block[at..=at]).copy_from_slice(lanes);
            }
        }
        if widths.own > 0 {
            let rows = &experiment.rows()[tables.rows.clone()];
            for (block, state) in pool.own.chunks_exact_mut(widths.own).enumerate() {
                let row = |lane: usize| tables.row.at(first + ((block * R::LANES + lane) as u32).min(count - 1));
                R::transpose(|lane| &rows[row(lane)..][..widths.own], state);
            }
        }
        pool.descents.extend(first..first + count);
        pool
    }

    /// Takes lanes out, in ascending order given, and closes the gaps from the end.
    pub(super) fn remove(&mut self, lanes: &[u32]) {
        for lane in lanes.iter().rev() {
            let last = self.descents.len() - 1;
            self.copy_lane(last, *lane as usize);
            self.descents.swap_remove(*lane as usize);
        }
        self.resize(self.blocks());
    }

    fn copy_lane(&mut self, from: usize, to: usize) {
        let Widths { point, hyper, own } = self.widths;
        for (state, width) in [(&mut self.points, point), (&mut self.hyper, hyper), (&mut self.own, own)] {
            let numbers = R::numbers_mut(state);
            let place = |lane: usize| lane / R::LANES * width * R::LANES + lane % R::LANES;
            let (from, to) = (place(from), place(to));
            for number in 0..width {
                numbers[to + number * R::LANES] = numbers[from + number * R::LANES];
            }
        }
    }
}
