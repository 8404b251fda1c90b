//! Fixed numbers of steps, and the end that all descents have in common.

use super::descents::Descents;
use super::extent::{Extent, Row};
use super::lanes::Block;
use super::sink::Sink;
use crate::backend::descend::Rules;
use crate::error::Result;
use crate::loss::Evaluate;
use crate::optimizer::Update;
use crate::real::{Coefficients, Real, dot};
use crate::stop::{Ending, Status};

/// Steps between two looks at whether to go on.
const UNINTERRUPTED: u32 = 1 << 12;

/// Moves every descent by as many steps as the stop rule has.
#[inline(always)]
pub(super) fn run<R: Block, E: Evaluate, U: Update, C: Row, X: Extent>(
    rules: &Rules<'_, E, U>,
    row: &C,
    extent: X,
    descents: &mut Descents<'_>,
) -> Result<()> {
    let (widths, row) = (descents.widths, row.clone());
    let mut hyper = vec![R::splat(0.0); X::BLOCKS * U::HYPERPARAMETERS];
    let mut own = vec![R::splat(0.0); X::BLOCKS * widths.own];
    let (mut points, mut gradient) = (X::each(extent.origin()), extent.origin());
    for first in (0..descents.count()).step_by(X::BLOCKS * R::LANES) {
        for block in 0..X::BLOCKS {
            let slot = first + block * R::LANES;
            descents.points(slot, points.as_mut()[block].as_mut());
            descents.hyper(slot, &mut hyper[block * U::HYPERPARAMETERS..][..U::HYPERPARAMETERS]);
            descents.own(slot, &mut own[block * widths.own..][..widths.own]);
        }
        let mut left = rules.stop.steps;
        while left > 0 {
            descents.chunk.job.monitor.check()?;
            let now = left.min(UNINTERRUPTED);
            for _ in 0..now {
                for block in 0..X::BLOCKS {
                    let hyper = &hyper[block * U::HYPERPARAMETERS..][..U::HYPERPARAMETERS];
                    rules.step(&row.of(&own, block, widths.own), hyper, points.as_mut()[block].as_mut(), gradient.as_mut());
                }
            }
            left -= now;
        }
        let steps = R::splat(f32::from_bits(rules.stop.steps));
        for block in 0..X::BLOCKS {
            descents.put(first + block * R::LANES, points.as_ref()[block].as_ref(), &steps);
        }
    }
    Ok(())
}

/// Stores what every descent ended with, once it is known where that was.
#[inline(always)]
pub(super) fn finish<R: Block, E: Evaluate, U: Update, C: Row, X: Extent>(
    rules: &Rules<'_, E, U>,
    row: &C,
    extent: X,
    descents: &Descents<'_>,
    sink: &mut Sink<'_>,
) {
    let (mut x, mut gradient, mut own) = (extent.origin(), extent.origin(), vec![R::splat(0.0); descents.widths.own]);
    for slot in (0..descents.count()).step_by(R::LANES) {
        descents.points(slot, x.as_mut());
        descents.own(slot, &mut own);
        let row = row.of(&own, 0, descents.widths.own);
        let (x, gradient, steps) = (x.as_ref(), gradient.as_mut(), descents.steps(slot));
        rules.loss.gradient(&row, x, gradient);
        sink.endings(slot, &statuses(rules, &row, x, gradient, steps), &steps);
        sink.values(slot, || rules.loss.loss(&row, x, gradient), dot(gradient, gradient), x);
    }
}

/// The status of the descents that took `steps` updates to `x`, as an ending after 0 steps.
#[inline(always)]
fn statuses<R: Real, E: Evaluate, U: Update>(
    rules: &Rules<'_, E, U>,
    row: &impl Coefficients<R>,
    x: &[R],
    gradient: &[R],
    steps: R,
) -> R {
    let status = |status| R::splat(f32::from_bits(bytemuck::cast(Ending::new(status, 0))));
    let (converged, inside) = rules.tests(row, x, gradient);
    let exhausted = steps.same_bits(R::splat(f32::from_bits(rules.stop.steps)));
    let ending = R::select(exhausted, status(Status::Exhausted), status(Status::Stalled));
    R::select(converged, status(Status::Converged), R::select(inside, ending, status(Status::Diverged)))
}
