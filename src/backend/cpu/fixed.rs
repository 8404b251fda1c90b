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

/// In so many parts, some steps apart, the coefficients of the next descents are fetched: a processor has few lines of memory on their way at once.
const PARTS: usize = 3;

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
            descents.points(slot, points.as_mut()[block].as_mut());
            descents.hyper(slot, &mut hyper[block * U::HYPERPARAMETERS.len()..][..U::HYPERPARAMETERS.len()]);
            descents.own(slot, own[block * widths.own..][..widths.own].iter_mut());
        }
        // While the processor computes, it can fetch what the next ones need.
        let (piece, mut parts) = match X::IS_HELD && widths.own > 0 {
            true => (rules.stop.steps.div_ceil(PARTS as u32), 0..PARTS),
            false => (rules.stop.steps, 0..0),
        };
        let mut left = rules.stop.steps;
        while left > 0 {
            descents.chunk.job.check()?;
            if let Some(part) = parts.next() {
                descents.fetch_own(first + X::BLOCKS * R::LANES, X::BLOCKS * R::LANES, (part, PARTS));
            }
            let now = left.min(piece).min(uninterrupted(widths.point));
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
