//! A chunk's descents at rest: where each stands and after how many steps, at its start, part of the way, or at its end.

use super::Chunk;
use super::lanes::{Block, MOST_LANES};
use crate::experiment::Experiment;
use crate::loss::Evaluate;
use crate::real::Coefficients;

/// How many numbers a descent has.
#[derive(Clone, Copy, Debug)]
pub(super) struct Widths {
    /// D.
    pub(super) point: usize,
    /// Hyper-parameters, and the swept parameters of a formula.
    pub(super) hyper: usize,
    /// Coefficients of its own; none where all share one row.
    pub(super) own: usize,
}

impl Widths {
    pub(super) fn of(experiment: &Experiment, shares_row: bool) -> Self {
        let point = experiment.dimension();
        let own = if shares_row { 0 } else { experiment.kernel().row_length(point) };
        Self { point, hyper: experiment.hyperparameters() + experiment.parameters().len(), own }
    }
}

/// Memory that serves one chunk after another.
#[derive(Default)]
pub(super) struct Room {
    /// Coordinates, then hyper-parameters, number by number.
    numbers: Vec<f32>,
    /// Updates applied to each descent.
    steps: Vec<u32>,
}

/// The rows of a block's problems, which are one after another: `apart` numbers from one of their own to the next.
struct SideBySide<'a> {
    numbers: &'a [f32],
    apart: usize,
}

impl<R: Block> Coefficients<R> for SideBySide<'_> {
    #[inline(always)]
    fn at(&self, position: usize) -> R {
        let mut block = R::splat(0.0);
        R::numbers_mut(std::slice::from_mut(&mut block)).copy_from_slice(&self.numbers[position * self.apart..][..R::LANES]);
        block
    }
}

/// A chunk's descents.
pub(super) struct Descents<'a> {
    pub(super) chunk: Chunk<'a>,
    pub(super) widths: Widths,
    /// How far apart two numbers of a descent stand; a multiple of the lanes of a group.
    room: usize,
    numbers: &'a mut [f32],
    steps: &'a mut [u32],
}

impl<'a> Descents<'a> {
    /// All at their starts, with room for whole groups of `lanes`.
    pub(super) fn starting(chunk: Chunk<'a>, memory: &'a mut Room, lanes: usize) -> Self {
        let widths = Widths::of(&chunk.job.experiment, chunk.shared_row.is_some());
        let (count, room) = (chunk.count as usize, (chunk.count as usize).next_multiple_of(lanes));
        let Room { numbers, steps } = memory;
        numbers.resize(room * (widths.point + widths.hyper), 0.0);
        for (number, column) in numbers.chunks_exact_mut(room).enumerate() {
            let (starts, padding) = column.split_at_mut(count);
            chunk.tables.fill(number, chunk.first, starts);
            padding.fill(starts[count - 1]);
        }
        steps.clear();
        steps.resize(room, 0);
        Self { chunk, widths, room, numbers, steps }
    }

    /// How many there are.
    pub(super) fn count(&self) -> usize {
        self.chunk.count as usize
    }

    /// How many numbers each has in a column.
    pub(super) fn numbers(&self) -> usize {
        self.widths.point + self.widths.hyper
    }

    /// The points of a block of descents from `slot` on (`R[D]`).
    #[inline(always)]
    pub(super) fn points<R: Block>(&self, slot: usize, points: &mut [R]) {
        self.load(0, slot, points);
    }

    /// Their hyper-parameters.
    #[inline(always)]
    pub(super) fn hyper<R: Block>(&self, slot: usize, hyper: &mut [R]) {
        self.load(self.widths.point, slot, hyper);
    }

    /// Their coefficients as far as `loss` reads them, if they have their own (`R[row length]`).
    #[inline(always)]
    pub(super) fn own_of<R: Block, E: Evaluate>(&self, loss: &E, slot: usize, dimension: usize, own: &mut [R]) {
        if own.is_empty() {
            return;
        }
        match self.side_by_side(slot, R::LANES) {
            Some(rows) => loss.copy_row(&rows, dimension, own),
            None => self.scattered(slot, own.iter_mut()),
        }
    }

    /// All their coefficients, if they have their own.
    #[inline(always)]
    pub(super) fn own<'o, R: Block + 'o>(&self, slot: usize, own: impl Iterator<Item = &'o mut R>) {
        if self.widths.own == 0 {
            return;
        }
        match self.side_by_side(slot, R::LANES) {
            Some(rows) => {
                for (position, block) in own.take(self.widths.own).enumerate() {
                    *block = rows.at(position);
                }
            }
            None => self.scattered(slot, own),
        }
    }

    /// All their coefficients where these do not stand side by side.
    #[inline(always)]
    fn scattered<'o, R: Block + 'o>(&self, slot: usize, own: impl Iterator<Item = &'o mut R>) {
        let (first, mut problems) = (slot.min(self.count() - 1), [0; MOST_LANES]);
        let (here, padding) = problems[..R::LANES].split_at_mut((self.count() - first).min(R::LANES));
        let tables = self.chunk.tables;
        for (problem, place) in here.iter_mut().zip(tables.row.walk(self.chunk.first + first as u32)) {
            *problem = tables.problems.start + place;
        }
        padding.fill(here[here.len() - 1]);
        self.pick(&problems[..R::LANES], own);
    }

    /// The rows of `count` descents from `slot` on, if there are so many and their problems are one after another.
    #[inline(always)]
    fn side_by_side(&self, slot: usize, count: usize) -> Option<SideBySide<'a>> {
        let (row, first) = (self.chunk.tables.row, self.chunk.first + slot as u32);
        let are_neighbours = row.stride == 1 && slot + count <= self.count() && row.at(first) + count <= row.count as usize;
        let (numbers, apart) = self.chunk.job.experiment.rows().starting_at(self.problem(slot));
        are_neighbours.then_some(SideBySide { numbers, apart })
    }

    /// Which problem the descent at `slot` has.
    #[inline(always)]
    pub(super) fn problem(&self, slot: usize) -> usize {
        self.chunk.tables.problem(self.chunk.first + slot as u32)
    }

    /// The coefficients of all problems, number by number.
    #[inline(always)]
    pub(super) fn rows(&self) -> impl Iterator<Item = &'a [f32]> {
        self.chunk.job.experiment.rows().columns()
    }

    /// The coefficients of any `problems` (`usize[R::LANES]`), one for each lane of a block.
    #[inline(always)]
    fn pick<'o, R: Block + 'o>(&self, problems: &[usize], own: impl Iterator<Item = &'o mut R>) {
        let (first, last) = problems.iter().fold((usize::MAX, 0), |(first, last), problem| (first.min(*problem), last.max(*problem)));
        let room = self.rows().next().map_or(0, <[f32]>::len);
        let first = first.min(room.saturating_sub(R::LANES));
        if last - first < R::LANES && first + R::LANES <= room {
            let places = R::from_lanes(|lane| f32::from_bits((problems[lane] - first) as u32));
            for (block, column) in own.zip(self.rows()) {
                *block = R::pick(&column[first..][..R::LANES], places);
            }
        } else {
            for (block, column) in own.zip(self.rows()) {
                let numbers = R::numbers_mut(std::slice::from_mut(block));
                numbers.iter_mut().zip(problems).for_each(|(number, problem)| *number = column[*problem]);
            }
        }
    }

    /// The steps that they took.
    #[inline(always)]
    pub(super) fn steps<R: Block>(&self, slot: usize) -> R {
        let mut steps = R::splat(0.0);
        R::numbers_mut(std::slice::from_mut(&mut steps)).copy_from_slice(bytemuck::cast_slice(&self.steps[slot..][..R::LANES]));
        steps
    }

    /// One number of all descents: a coordinate, then hyper-parameters.
    #[inline(always)]
    pub(super) fn column(&self, number: usize) -> &[f32] {
        &self.numbers[number * self.room..][..self.room]
    }

    #[inline(always)]
    pub(super) fn column_mut(&mut self, number: usize) -> &mut [f32] {
        &mut self.numbers[number * self.room..][..self.room]
    }

    /// Notes how many steps a descent took.
    #[inline(always)]
    pub(super) fn set_steps(&mut self, slot: usize, steps: u32) {
        self.steps[slot] = steps;
    }

    /// Puts a block of descents from `slot` on where they are now.
    #[inline(always)]
    pub(super) fn put<R: Block>(&mut self, slot: usize, points: &[R], steps: &R) {
        for (number, block) in points.iter().enumerate() {
            self.column_mut(number)[slot..][..R::LANES].copy_from_slice(R::numbers(std::slice::from_ref(block)));
        }
        self.steps[slot..][..R::LANES].copy_from_slice(bytemuck::cast_slice(R::numbers(std::slice::from_ref(steps))));
    }

    #[inline(always)]
    fn load<R: Block>(&self, first: usize, slot: usize, blocks: &mut [R]) {
        for (number, block) in blocks.iter_mut().enumerate() {
            R::numbers_mut(std::slice::from_mut(block)).copy_from_slice(&self.column(first + number)[slot..][..R::LANES]);
        }
    }

    /// The points, hyper-parameters, coefficients and steps of any descents, one for each lane of a block.
    #[inline(always)]
    pub(super) fn gather<R: Block>(&self, slots: &[u32], points: &mut [R], hyper: &mut [R], own: &mut [R]) -> R {
        for (number, block) in points.iter_mut().chain(hyper).enumerate() {
            let column = self.column(number);
            for (to, slot) in R::numbers_mut(std::slice::from_mut(block)).iter_mut().zip(slots) {
                *to = column[*slot as usize];
            }
        }
        if self.widths.own > 0 {
            let mut problems = [0; MOST_LANES];
            slots.iter().zip(&mut problems).for_each(|(slot, problem)| *problem = self.problem(*slot as usize));
            self.pick(&problems[..R::LANES], own.iter_mut());
        }
        R::from_lanes(|lane| f32::from_bits(self.steps[slots[lane] as usize]))
    }

    /// Puts any descents, in the first lanes of a block, where they are now.
    #[inline(always)]
    pub(super) fn scatter<R: Block>(&mut self, slots: &[u32], points: &[R], steps: &R) {
        for (number, block) in points.iter().enumerate() {
            let column = self.column_mut(number);
            for (from, slot) in R::numbers(std::slice::from_ref(block)).iter().zip(slots) {
                column[*slot as usize] = *from;
            }
        }
        for (from, slot) in R::numbers(std::slice::from_ref(steps)).iter().zip(slots) {
            self.steps[*slot as usize] = from.to_bits();
        }
    }

    /// The point, hyper-parameters and steps of any descent, for one lane of a block.
    #[inline(always)]
    pub(super) fn take_one<R: Block>(&self, slot: u32, lane: usize, points: &mut [R], hyper: &mut [R], steps: &mut R) {
        for (number, to) in points.iter_mut().chain(hyper).enumerate() {
            R::numbers_mut(std::slice::from_mut(to))[lane] = self.column(number)[slot as usize];
        }
        R::numbers_mut(std::slice::from_mut(steps))[lane] = f32::from_bits(self.steps[slot as usize]);
    }

    /// Puts any descent, in one lane of a block, where it is now.
    #[inline(always)]
    pub(super) fn put_one<R: Block>(&mut self, slot: u32, lane: usize, points: &[R], steps: &R) {
        for (number, from) in points.iter().enumerate() {
            self.column_mut(number)[slot as usize] = R::numbers(std::slice::from_ref(from))[lane];
        }
        self.steps[slot as usize] = R::numbers(std::slice::from_ref(steps))[lane].to_bits();
    }
}
