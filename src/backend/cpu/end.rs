//! What descents ended with, once it is known where that was.

use super::descents::Descents;
use super::extent::{Extent, Row};
use super::lanes::Block;
use super::sink::Sink;
use crate::backend::descend::Rules;
use crate::loss::Evaluate;
use crate::optimizer::Update;
use crate::real::{Coefficients, Real, dot};
use crate::stop::{Ending, Status};

/// Stores the ends of all.
#[inline(always)]
pub(super) fn of_all<R: Block, E: Evaluate, U: Update, C: Row, X: Extent>(
    rules: &Rules<'_, E, U>,
    row: &C,
    extent: X,
    descents: &Descents<'_>,
    sink: &mut Sink<'_>,
) {
    let (mut x, mut gradient, mut own) = (extent.origin(), extent.origin(), vec![R::splat(0.0); descents.widths.own]);
    for slot in (0..descents.count()).step_by(R::LANES) {
        descents.points(slot, x.as_mut());
        descents.own_of(&rules.loss, slot, x.as_ref().len(), &mut own);
        let row = row.of(&own, 0, descents.widths.own);
        of_block(rules, &row, x.as_ref(), gradient.as_mut(), descents.steps(slot), slot, sink);
    }
}

/// Stores the ends of the descents from `slot` on, which took `steps` updates to `x`.
#[inline(always)]
pub(super) fn of_block<R: Block, E: Evaluate, U: Update>(
    rules: &Rules<'_, E, U>,
    row: &impl Coefficients<R>,
    x: &[R],
    gradient: &mut [R],
    steps: R,
    slot: usize,
    sink: &mut Sink<'_>,
) {
    rules.loss.gradient(row, x, gradient);
    sink.endings(slot, &ending(rules.tests(row, x, gradient), steps, rules.stop.steps), &steps);
    sink.points(slot, &dot(gradient, gradient), x);
    // No closures here: they would be compiled without the caller's vector instructions.
    if sink.wants_loss() {
        sink.loss(slot, &rules.loss.loss(row, x, gradient));
    }
}

/// The status of descents that took `steps` updates to points of which is known whether they have converged and have not diverged, as an
/// ending after 0 steps.
#[inline(always)]
pub(super) fn ending<R: Real>((converged, inside): (R::Mask, R::Mask), steps: R, most_steps: u32) -> R {
    let status = |status| R::splat(f32::from_bits(bytemuck::cast(Ending::new(status, 0))));
    let exhausted = steps.same_bits(R::splat(f32::from_bits(most_steps)));
    let ending = R::select(exhausted, status(Status::Exhausted), status(Status::Stalled));
    R::select(converged, status(Status::Converged), R::select(inside, ending, status(Status::Diverged)))
}
