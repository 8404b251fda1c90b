//! How each row of a tile fared. A row is a position on the row axes; its members are the descents that share it.

use rayon::prelude::*;

use crate::backend::Outcomes;
use crate::plan::{Lookup, Tile};
use crate::stop::{Ending, Status};

/// How the descents of one row ended.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RowStatistics {
    /// Descents of each status, in the order of [`Status::ALL`].
    pub statuses: [u64; 4],
    /// The sum of their steps.
    pub steps: u64,
    /// The largest number of steps.
    pub steps_max: u32,
    /// The lower median of the steps, the value of rank ⌈n/2⌉.
    pub steps_median: u32,
    /// The lower median of the loss; one that is not finite counts as +∞.
    pub loss_median: f32,
}

/// The loss, or +∞ where it is not finite.
pub(crate) fn finite_or_infinity(loss: f32) -> f32 {
    if loss.is_finite() { loss } else { f32::INFINITY }
}

/// Bits of an f32 such that order among them is order among the numbers; NaN counts as +∞.
pub(crate) fn ordered_bits(value: f32) -> u32 {
    let bits = if value.is_nan() { f32::INFINITY.to_bits() } else { value.to_bits() };
    if bits >> 31 == 0 { bits | 1 << 31 } else { !bits }
}

/// The f32 of these ordered bits.
pub(crate) fn from_ordered_bits(bits: u32) -> f32 {
    f32::from_bits(if bits >> 31 == 1 { bits & !(1 << 31) } else { !bits })
}

/// Where the members of each row stand in a tile: rows are numbered with the first row axis fastest, members in the order of descents.
#[derive(Clone, Debug)]
pub struct Layout {
    /// How many rows there are.
    pub rows: u32,
    /// How many descents each has.
    pub members: u32,
    /// Descent of row r and member m: the sum of ⌊r / stride⌋ mod count · columns over the first ones and of the same of m over the rest.
    pub lookups: Vec<Lookup>,
    /// How many of the lookups are of the row.
    pub of_row: usize,
}

impl Layout {
    /// How the rows along `axes` lie in `tile`.
    pub fn new(tile: &Tile, axes: &[usize]) -> Self {
        let counts: Vec<u32> = tile.ranges.iter().map(|range| (range.end - range.start) as u32).collect();
        let lookup = |stride: &mut u32, axis: usize| {
            let columns = counts[..axis].iter().product();
            let lookup = Lookup { stride: *stride, count: counts[axis], offset: 0, columns };
            *stride *= counts[axis];
            lookup
        };
        let (mut rows, mut members) = (1, 1);
        let mut lookups: Vec<Lookup> = axes.iter().map(|axis| lookup(&mut rows, *axis)).collect();
        lookups.extend((0..counts.len()).filter(|axis| !axes.contains(axis)).map(|axis| lookup(&mut members, axis)));
        Self { rows, members, lookups, of_row: axes.len() }
    }

    /// Whether `tile` has all descents of its rows along `axes`, the whole axes having so many positions.
    pub fn is_whole(tile: &Tile, axes: &[usize], counts: impl IntoIterator<Item = u64>) -> bool {
        let mut axis_is_whole = tile.ranges.iter().zip(counts).map(|(range, count)| range.end - range.start == count).enumerate();
        axis_is_whole.all(|(axis, is_whole)| is_whole || axes.contains(&axis))
    }

    /// The numbers of the descents of `row`.
    pub fn members(&self, row: u32) -> impl Iterator<Item = usize> + '_ {
        let (of_row, of_member) = self.lookups.split_at(self.of_row);
        let place = |lookups: &[Lookup], number| lookups.iter().map(|lookup| lookup.at(number)).sum::<usize>();
        let first = place(of_row, row);
        (0..self.members).map(move |member| first + place(of_member, member))
    }

    /// The statistics of every row of a tile, of whose outcomes endings and loss are needed.
    pub fn statistics(&self, outcomes: &Outcomes) -> Vec<RowStatistics> {
        let of_row = |keys: &mut [Vec<u32>; 2], row| {
            let [steps, losses] = keys;
            let mut found = RowStatistics { statuses: [0; 4], steps: 0, steps_max: 0, steps_median: 0, loss_median: 0.0 };
            steps.clear();
            losses.clear();
            for descent in self.members(row) {
                let ending: Ending = outcomes.endings[descent];
                // A run checks that every descent has a status.
                found.statuses[ending.status().map_or(0, Status::index)] += 1;
                found.steps += u64::from(ending.steps());
                found.steps_max = found.steps_max.max(ending.steps());
                steps.push(ending.steps());
                losses.push(ordered_bits(finite_or_infinity(outcomes.loss[descent])));
            }
            let middle = (steps.len() - 1) / 2;
            found.steps_median = *steps.select_nth_unstable(middle).1;
            found.loss_median = from_ordered_bits(*losses.select_nth_unstable(middle).1);
            found
        };
        (0..self.rows).into_par_iter().map_init(<[Vec<u32>; 2]>::default, of_row).collect()
    }
}
