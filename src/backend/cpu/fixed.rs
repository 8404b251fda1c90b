//! Fixed numbers of steps, at which nothing is asked.

use super::descents::Descents;
use super::end;
use super::extent::{Extent, Row, uninterrupted};
use super::lanes::Block;
use super::sink::Sink;
use crate::backend::descend::Rules;
use crate::error::Result;
use crate::loss::Evaluate;
use crate::optimizer::Update;

/// Moves every descent by as many steps as the stop rule has, and stores where it ends.
#[inline(always)]
pub(super) fn run<R: Block, E: Evaluate, U: Update, C: Row, X: Extent>(
    rules: &Rules<'_, E, U>,
    row: &C,
    extent: X,
    descents: &Descents<'_>,
    sink: &mut Sink<'_>,
) -> Result<()> {
    let (widths, row) = (descents.widths, row.clone());
    let mut hyper = vec![R::splat(0.0); X::BLOCKS * U::HYPERPARAMETERS.len()];
    let mut own = vec![R::splat(0.0); X::BLOCKS * widths.own];
    for first in (0..descents.count()).step_by(X::BLOCKS * R::LANES) {
        // Known to nobody but the loop, so that they can stay in registers.
        let (mut points, mut gradient) = (X::each(extent.origin()), extent.origin());
        for block in 0..X::BLOCKS {
            let slot = first + block * R::LANES;
            let points = points.as_mut()[block].as_mut();
            descents.points(slot, points);
            descents.hyper(slot, &mut hyper[block * U::HYPERPARAMETERS.len()..][..U::HYPERPARAMETERS.len()]);
            descents.own_of(&rules.loss, slot, points.len(), &mut own[block * widths.own..][..widths.own]);
        }
        let mut left = rules.stop.steps;
        while left > 0 {
            descents.chunk.job.check()?;
            let now = left.min(uninterrupted(widths.point));
            for _ in 0..now {
                for block in 0..X::BLOCKS {
                    let hyper = &hyper[block * U::HYPERPARAMETERS.len()..][..U::HYPERPARAMETERS.len()];
                    rules.step(&row.of(&own, block, widths.own), hyper, points.as_mut()[block].as_mut(), gradient.as_mut());
                }
            }
            left -= now;
        }
        let (mut ends, mut gradient) = (X::each(extent.origin()), extent.origin());
        X::copy(&points, &mut ends);
        let steps = R::splat(f32::from_bits(rules.stop.steps));
        for block in 0..X::BLOCKS {
            let (row, slot) = (row.of(&own, block, widths.own), first + block * R::LANES);
            end::of_block(rules, &row, ends.as_ref()[block].as_ref(), gradient.as_mut(), steps, slot, sink);
        }
    }
    Ok(())
}
