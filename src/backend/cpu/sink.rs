//! Where outcomes go: a chunk's part of every column that was asked for.

use super::lanes::Block;
use crate::backend::descend::End;
use crate::backend::{Job, Outcomes};
use crate::stop::{Ending, Status};

/// The columns of some consecutive descents; those that nobody asked for are empty.
pub(super) struct Sink<'a> {
    first: u32,
    dimension: usize,
    endings: &'a mut [Ending],
    loss: &'a mut [f32],
    gradient_norm: &'a mut [f32],
    point: &'a mut [f32],
}

/// Room for all outcomes of a tile.
pub(super) fn room(job: &Job) -> Outcomes {
    let descents = |is_wanted: bool| if is_wanted { job.tile.descents as usize } else { 0 };
    let columns = job.columns;
    let mut outcomes = Outcomes::of(job);
    outcomes.endings = vec![Ending::new(Status::Exhausted, 0); descents(columns.ending)];
    outcomes.loss = vec![0.0; descents(columns.loss)];
    outcomes.gradient_norm = vec![0.0; descents(columns.gradient_norm)];
    outcomes.point = vec![0.0; descents(columns.point) * job.experiment.dimension()];
    outcomes
}

impl<'a> Sink<'a> {
    /// The columns of `outcomes` cut into pieces of `size` descents.
    pub(super) fn cut(outcomes: &'a mut Outcomes, dimension: usize, size: u32) -> Vec<Self> {
        let Outcomes { tile, endings, loss, gradient_norm, point, .. } = outcomes;
        let (mut endings, mut loss) = (&mut endings[..], &mut loss[..]);
        let (mut gradient_norm, mut point) = (&mut gradient_norm[..], &mut point[..]);
        let sinks = (0..tile.descents).step_by(size as usize).map(|first| Self {
            first,
            dimension,
            endings: take(&mut endings, size as usize),
            loss: take(&mut loss, size as usize),
            gradient_norm: take(&mut gradient_norm, size as usize),
            point: take(&mut point, size as usize * dimension),
        });
        sinks.collect()
    }

    /// Stores what `descent` of the tile ended with.
    #[inline(always)]
    pub(super) fn store<R: Block>(&mut self, descent: u32, end: &End<'_, R>) {
        let at = (descent - self.first) as usize;
        let number = |of: &R| R::numbers(std::slice::from_ref(of))[end.lane];
        if let Some(ending) = self.endings.get_mut(at) {
            *ending = end.ending;
        }
        if let Some(loss) = self.loss.get_mut(at) {
            *loss = number(end.loss);
        }
        if let Some(norm) = self.gradient_norm.get_mut(at) {
            *norm = number(end.squared_norm).sqrt();
        }
        if let Some(point) = self.point.get_mut(at * self.dimension..(at + 1) * self.dimension) {
            for i in 0..self.dimension {
                point[i] = number(&end.point[i]);
            }
        }
    }
}

/// The first `count` of a column, or what is left of it.
fn take<'a, T>(column: &mut &'a mut [T], count: usize) -> &'a mut [T] {
    let whole = std::mem::take(column);
    let (taken, rest) = whole.split_at_mut(count.min(whole.len()));
    *column = rest;
    taken
}
