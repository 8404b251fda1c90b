//! Descents that may stop early: groups run, and who is left over from several of them makes up another, in which others can take the lanes of
//! those who end.

use super::descents::Descents;
use super::extent::{Extent, Row};
use super::group::Group;
use super::lanes::Block;
use crate::backend::descend::Rules;
use crate::error::Result;
use crate::loss::Evaluate;
use crate::optimizer::Update;

/// Groups that those left over should suffice for before one is made up of them.
const STOCK: usize = 4;

/// Runs every descent to its end.
#[inline(always)]
pub(super) fn run<R: Block, E: Evaluate, U: Update, C: Row, X: Extent>(
    rules: &Rules<'_, E, U>,
    row: &C,
    extent: X,
    descents: &mut Descents<'_>,
) -> Result<()> {
    let mut group = Group::<R, E, U, C, X>::new(rules, row, extent, descents);
    let lanes = Group::<R, E, U, C, X>::LANES;
    let (mut next, mut waiting) = (0, Vec::new());
    loop {
        let is_begun = next >= descents.count();
        let are_many = waiting.len() >= STOCK * lanes;
        if are_many || is_begun && !waiting.is_empty() {
            group.take_waiting(descents, &mut waiting, are_many);
        } else if !is_begun {
            group.take_run(descents, next);
            next += lanes;
        } else {
            return Ok(());
        }
        loop {
            group.run(descents, waiting.len(), next < descents.count())?;
            if !group.fill(descents, &mut waiting) {
                break;
            }
        }
        group.leave(descents, &mut waiting);
    }
}
