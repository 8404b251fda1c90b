//! Where outcomes go: a chunk's part of every column that was asked for.

use super::lanes::Block;
use crate::backend::{Job, Outcomes};
use crate::stop::Ending;

/// The columns of some consecutive descents; those that nobody asked for are empty.
pub(super) struct Sink<'a> {
    endings: &'a mut [Ending],
    loss: &'a mut [f32],
    gradient_norm: &'a mut [f32],
    point: &'a mut [f32],
}

/// Room for all outcomes of a tile, where `spent` ones were if there are any; what it holds is overwritten.
pub(super) fn room(job: &Job, spent: Option<Outcomes>) -> Outcomes {
    let descents = |is_wanted: bool| if is_wanted { job.tile.descents as usize } else { 0 };
    let columns = job.columns;
    let mut outcomes = spent.unwrap_or_else(|| Outcomes::of(&job.tile));
    outcomes.tile = job.tile.clone();
    lengthen(&mut outcomes.endings, descents(columns.ending));
    lengthen(&mut outcomes.loss, descents(columns.loss));
    lengthen(&mut outcomes.gradient_norm, descents(columns.gradient_norm));
    lengthen(&mut outcomes.point, descents(columns.point) * job.experiment.dimension());
    outcomes
}

/// Gives a column `length` entries. New ones come from the system as zeros, which costs nothing before they are used.
fn lengthen<T: bytemuck::Zeroable + Copy>(column: &mut Vec<T>, length: usize) {
    if column.capacity() < length {
        *column = bytemuck::zeroed_vec(length);
    } else {
        column.resize(length, T::zeroed());
    }
}

impl<'a> Sink<'a> {
    /// The columns of `outcomes` cut into pieces of `size` descents.
    pub(super) fn cut(outcomes: &'a mut Outcomes, dimension: usize, size: u32) -> Vec<Self> {
        let Outcomes { tile, endings, loss, gradient_norm, point, .. } = outcomes;
        let (mut endings, mut loss) = (&mut endings[..], &mut loss[..]);
        let (mut gradient_norm, mut point) = (&mut gradient_norm[..], &mut point[..]);
        let sinks = (0..tile.descents).step_by(size as usize).map(|_| Self {
            endings: take(&mut endings, size as usize),
            loss: take(&mut loss, size as usize),
            gradient_norm: take(&mut gradient_norm, size as usize),
            point: take(&mut point, size as usize * dimension),
        });
        sinks.collect()
    }

    /// Stores the endings of a block of descents from `slot` on: a status each, and the steps.
    #[inline(always)]
    pub(super) fn endings<R: Block>(&mut self, slot: usize, statuses: &R, steps: &R) {
        store(bytemuck::cast_slice_mut(rest(&mut self.endings, slot)), &statuses.or_bits(*steps));
    }

    /// Whether anybody asked for the loss.
    #[inline(always)]
    pub(super) fn wants_loss(&self) -> bool {
        !self.loss.is_empty()
    }

    /// Stores f of a block of descents from `slot` on.
    #[inline(always)]
    pub(super) fn loss<R: Block>(&mut self, slot: usize, loss: &R) {
        store(rest(&mut self.loss, slot), loss);
    }

    /// Stores the last points `x` of a block of descents from `slot` on, and ‖∇f‖² there.
    #[inline(always)]
    pub(super) fn points<R: Block>(&mut self, slot: usize, squared_norm: &R, x: &[R]) {
        store(rest(&mut self.gradient_norm, slot), &squared_norm.sqrt());
        let points = rest(&mut self.point, slot * x.len());
        match x {
            [x] => store(points, x),
            [a, b] => interleave([*a, *b], points),
            [a, b, c] => interleave([*a, *b, *c], points),
            [a, b, c, d] => interleave([*a, *b, *c, *d], points),
            _ => interleave_some(x, points),
        }
    }
}

/// Stores the numbers of a block, as many as there is room for.
#[inline(always)]
fn store<R: Block>(to: &mut [f32], block: &R) {
    let numbers = R::numbers(std::slice::from_ref(block));
    // A whole block in a length that is known is a few instructions.
    match to.get_mut(..R::LANES) {
        Some(to) => to.copy_from_slice(numbers),
        None => to.iter_mut().zip(numbers).for_each(|(to, number)| *to = *number),
    }
}

/// Has the points of a block stand one after another, as many as there is room for.
#[inline(always)]
fn interleave<R: Block, const D: usize>(x: [R; D], points: &mut [f32]) {
    if let Some(points) = points.get_mut(..D * R::LANES)
        && R::interleave(&x, points)
    {
        return;
    }
    interleave_some(&x, points);
}

/// The same for points (`R[D]`) of any length, number by number.
#[inline(always)]
fn interleave_some<R: Block>(x: &[R], points: &mut [f32]) {
    let (dimension, numbers) = (x.len(), R::numbers(x));
    for (lane, point) in points.chunks_exact_mut(dimension).take(R::LANES).enumerate() {
        for i in 0..dimension {
            point[i] = numbers[i * R::LANES + lane];
        }
    }
}

/// What is left of a column from `first` on; nothing of one that nobody asked for.
#[inline(always)]
fn rest<'b, T>(column: &'b mut &mut [T], first: usize) -> &'b mut [T] {
    column.get_mut(first..).unwrap_or_default()
}

/// The first `count` of a column, or what is left of it.
fn take<'a, T>(column: &mut &'a mut [T], count: usize) -> &'a mut [T] {
    let whole = std::mem::take(column);
    let (taken, rest) = whole.split_at_mut(count.min(whole.len()));
    *column = rest;
    taken
}
