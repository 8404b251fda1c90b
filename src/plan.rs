//! How a grid is cut into tiles, and the tables from which a backend decodes a tile's descents.
//!
//! A tile takes the full range of the fastest axes, part of one axis, and one position of each slower axis. So every axis
//! contributes one contiguous range of its rows, and only those are sent to a device.

use std::ops::Range;

use crate::experiment::{Experiment, GridAxis, Source};

/// How much memory a run may take for its tiles, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MemoryBudget(pub u64);

impl Default for MemoryBudget {
    fn default() -> Self {
        Self(512 << 20)
    }
}

/// Tiles are cut no larger than this, so that progress shows and a stop is prompt.
const MAX_TILE: u64 = 1 << 22;
/// Two tiles in flight, each with a copy on either side of a transfer, and the one that is looked at meanwhile.
const COPIES: u64 = 5;

/// The tiles of a grid, in the order of their descents.
#[derive(Clone, Debug)]
pub struct Plan {
    counts: Vec<u64>,
    /// The axis that tiles cut.
    cut: usize,
    /// Positions of that axis in one tile.
    width: u64,
    /// Tiles before the first number, and from the second on, are left out.
    tiles: Range<u64>,
}

/// The part of a grid that is executed at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tile {
    /// Number of its first descent in the grid.
    pub first: u64,
    /// How many descents it holds, at most 2^22.
    pub descents: u32,
    /// The positions it takes of each axis.
    pub ranges: Vec<Range<u64>>,
}

impl Plan {
    /// Tiles of `experiment` that stay within `budget` and hold at most `limit` descents, but at least one.
    pub fn within(experiment: &Experiment, budget: MemoryBudget, limit: u64) -> Self {
        let row = experiment.row_axis().map_or(0, |_| experiment.kernel().row_length(experiment.dimension()));
        let columns: usize = experiment.axes().iter().map(|axis| axis.axis.columns()).sum();
        let bytes = 4 * (experiment.dimension() + 4 + row + columns) as u64 * COPIES;
        let addressable = (1 << 31) / (row + columns).max(1) as u64;
        let largest = (budget.0 / bytes).min(limit).min(addressable).clamp(1, MAX_TILE);
        Self::new(experiment.axes().iter().map(|axis| axis.axis.count()).collect(), largest)
    }

    fn new(counts: Vec<u64>, largest: u64) -> Self {
        let mut inner = 1;
        let mut cut = 0;
        while cut + 1 < counts.len() && inner * counts[cut] <= largest {
            inner *= counts[cut];
            cut += 1;
        }
        let count = counts.get(cut).copied().unwrap_or(1);
        let width = (largest / inner).clamp(1, count);
        let pieces = count.div_ceil(width);
        let mut plan = Self { counts, cut, width: count.div_ceil(pieces), tiles: 0..0 };
        plan.tiles.end = plan.pieces() * plan.counts.iter().skip(cut + 1).product::<u64>();
        plan
    }

    /// The first tiles of this plan, as many as hold `descents` together, but at least one.
    pub fn first(self, descents: u64) -> Self {
        let mut held = 0;
        let fitting = self.tiles().take_while(|tile| {
            held += u64::from(tile.descents);
            held <= descents
        });
        let taken = fitting.count().max(1) as u64;
        Self { tiles: self.tiles.start..self.tiles.start + taken, ..self }
    }

    /// Its first tile, and the others.
    pub fn split_first(self) -> [Self; 2] {
        let second = (self.tiles.start + 1).min(self.tiles.end);
        [Self { tiles: self.tiles.start..second, ..self.clone() }, Self { tiles: second..self.tiles.end, ..self }]
    }

    /// How many descents its tiles hold together.
    pub fn descents(&self) -> u64 {
        if self.tiles.is_empty() {
            return 0;
        }
        let last = self.tile(self.tiles.end - 1);
        last.first + u64::from(last.descents) - self.tile(self.tiles.start).first
    }

    /// How many tiles there are.
    pub fn len(&self) -> u64 {
        self.tiles.end - self.tiles.start
    }

    /// Whether there is nothing to run; never so for all of a validated experiment.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Every tile, in order.
    pub fn tiles(&self) -> impl Iterator<Item = Tile> + '_ {
        self.tiles.clone().map(|number| self.tile(number))
    }

    fn pieces(&self) -> u64 {
        self.counts.get(self.cut).map_or(1, |count| count.div_ceil(self.width))
    }

    fn tile(&self, number: u64) -> Tile {
        let (piece, mut outer) = (number % self.pieces(), number / self.pieces());
        let (mut first, mut stride, mut descents) = (0, 1, 1);
        let mut ranges = Vec::with_capacity(self.counts.len());
        for (axis, count) in self.counts.iter().enumerate() {
            let range = match axis.cmp(&self.cut) {
                std::cmp::Ordering::Less => 0..*count,
                std::cmp::Ordering::Equal => piece * self.width..((piece + 1) * self.width).min(*count),
                std::cmp::Ordering::Greater => {
                    let position = outer % count;
                    outer /= count;
                    position..position + 1
                }
            };
            first += range.start * stride;
            stride *= count;
            descents *= range.end - range.start;
            ranges.push(range);
        }
        Tile { first, descents: descents as u32, ranges }
    }
}

/// Where a descent finds one number: position p = ⌊descent / stride⌋ mod count on an axis, value `values[offset + p · columns]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, bytemuck::Pod, bytemuck::Zeroable)]
#[repr(C)]
pub struct Lookup {
    /// Descents of the tile between one position of the axis and the next.
    pub stride: u32,
    /// Positions of the axis in this tile.
    pub count: u32,
    /// Where the first value stands.
    pub offset: u32,
    /// How far apart the values of two positions stand.
    pub columns: u32,
}

impl Lookup {
    /// Where the values of the descents from `first` on stand.
    #[inline(always)]
    pub fn walk(self, first: u32) -> impl Iterator<Item = usize> {
        let (mut within, mut position) = (first % self.stride, first / self.stride % self.count);
        std::iter::repeat_with(move || {
            let at = self.offset as usize + position as usize * self.columns as usize;
            within += 1;
            if within == self.stride {
                (within, position) = (0, if position + 1 == self.count { 0 } else { position + 1 });
            }
            at
        })
    }

    /// Where the value of `descent`, counted from the tile's first, stands.
    #[inline(always)]
    pub fn at(&self, descent: u32) -> usize {
        self.offset as usize + (descent / self.stride % self.count) as usize * self.columns as usize
    }
}

/// Everything a backend needs to decode the descents of one tile.
#[derive(Clone, Debug)]
pub struct Tables {
    /// For each variable, then each hyper-parameter, where its values stand in `values`.
    pub inputs: Vec<Lookup>,
    /// The tile's part of every axis that sets an input, one after another.
    pub values: Vec<f32>,
    /// Which of the tile's problems a descent has.
    pub row: Lookup,
    /// Which problems of [`Experiment::rows`] are the tile's.
    pub problems: Range<usize>,
}

impl Tables {
    /// The tables of `tile`.
    pub fn of(experiment: &Experiment, tile: &Tile) -> Self {
        let counts: Vec<u32> = tile.ranges.iter().map(|range| (range.end - range.start) as u32).collect();
        let strides: Vec<u32> = counts.iter().scan(1, |stride, count| Some(std::mem::replace(stride, *stride * count))).collect();
        let mut values = Vec::new();
        let mut offsets = Vec::new();
        for (number, (GridAxis { axis, .. }, range)) in experiment.axes().iter().zip(&tile.ranges).enumerate() {
            offsets.push(values.len() as u32);
            // An axis of problems sets no input.
            if experiment.sources().any(|source| source.axis == number) {
                values.extend(axis.rows(range.clone()));
            }
        }
        let lookup = |Source { axis, column }: Source| Lookup {
            stride: strides[axis],
            count: counts[axis],
            offset: offsets[axis] + column as u32,
            columns: experiment.axes()[axis].axis.columns() as u32,
        };
        let (row, problems) = match experiment.row_axis() {
            Some(axis) => {
                let row = Lookup { stride: strides[axis], count: counts[axis], offset: 0, columns: 1 };
                (row, tile.ranges[axis].start as usize..tile.ranges[axis].end as usize)
            }
            None => (Lookup { stride: 1, count: 1, offset: 0, columns: 1 }, 0..1),
        };
        Self { inputs: experiment.sources().map(lookup).collect(), values, row, problems }
    }

    /// Which problem of [`Experiment::rows`] `descent` has, counted from the tile's first.
    #[inline(always)]
    pub fn problem(&self, descent: u32) -> usize {
        self.problems.start + self.row.at(descent)
    }

    /// The problem that all of some descents have, if it is the same.
    pub fn shared_problem(&self, descents: Range<u32>) -> Option<usize> {
        let Lookup { stride, count, .. } = self.row;
        let is_shared = count == 1 || descents.start / stride == (descents.end - 1) / stride;
        is_shared.then(|| self.problem(descents.start))
    }

    /// The values of input `number` for the descents from `first` on, counted from the tile's first.
    pub fn fill(&self, number: usize, first: u32, column: &mut [f32]) {
        let Lookup { stride, count, offset, columns } = self.inputs[number];
        let value = |position: u32| self.values[(offset + position * columns) as usize];
        if count == 1 {
            return column.fill(value(0));
        }
        let (mut position, mut rest) = (first / stride % count, column);
        // How many descents the first position still has.
        let mut run = (stride - first % stride) as usize;
        while !rest.is_empty() {
            let head;
            if stride == 1 {
                // From here to the end of the axis.
                (head, rest) = rest.split_at_mut(rest.len().min((count - position) as usize));
                let values = self.values[(offset + position * columns) as usize..].iter().step_by(columns as usize);
                head.iter_mut().zip(values).for_each(|(to, value)| *to = *value);
                position = 0;
            } else {
                (head, rest) = rest.split_at_mut(rest.len().min(run));
                head.fill(value(position));
                (position, run) = (if position + 1 == count { 0 } else { position + 1 }, stride as usize);
            }
        }
    }

    /// Whether all descents have the same value of input `number`.
    pub fn is_same(&self, number: usize) -> bool {
        self.inputs[number].count == 1
    }

    /// The value of input `number` for `descent`, counted from the tile's first.
    #[inline(always)]
    pub fn input(&self, number: usize, descent: u32) -> f32 {
        self.values[self.inputs[number].at(descent)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn tiles_cover_every_descent_once_and_in_order(counts in prop::collection::vec(1_u64..40, 1..5), largest in 1_u64..5000) {
            let plan = Plan::new(counts.clone(), largest);
            let mut next = 0;
            for tile in plan.tiles() {
                prop_assert_eq!(tile.first, next);
                prop_assert!(u64::from(tile.descents) <= largest);
                let held: u64 = tile.ranges.iter().map(|range| range.end - range.start).product();
                prop_assert_eq!(held, u64::from(tile.descents));
                next += held;
            }
            prop_assert_eq!(next, counts.iter().product::<u64>());
        }

        #[test]
        fn a_column_holds_the_inputs_of_its_descents(
            stride in 1_u32..9, count in 1_u32..9, columns in 1_u32..4, first in 0_u32..99, length in 0_usize..99
        ) {
            let lookup = Lookup { stride, count, offset: 3, columns };
            let values = (0..3 + count * columns).map(|value| value as f32).collect();
            let tables = Tables { inputs: vec![lookup], values, row: lookup, problems: 0..0 };
            let mut column = vec![-1.0; length];
            tables.fill(0, first, &mut column);
            let expected: Vec<f32> = (first..).take(length).map(|descent| tables.input(0, descent)).collect();
            prop_assert_eq!(&column, &expected);
            let walked: Vec<f32> = lookup.walk(first).take(length).map(|at| tables.values[at]).collect();
            prop_assert_eq!(walked, expected);
        }

        #[test]
        fn the_first_tile_and_the_others_are_all(counts in prop::collection::vec(1_u64..40, 1..5), largest in 1_u64..500) {
            let whole = Plan::new(counts, largest);
            let [first, rest] = whole.clone().split_first();
            prop_assert_eq!((first.len(), first.descents() + rest.descents()), (1, whole.descents()));
            prop_assert!(first.tiles().chain(rest.tiles()).eq(whole.tiles()));
        }

        #[test]
        fn the_first_tiles_hold_no_more_than_asked_unless_one_does(
            counts in prop::collection::vec(1_u64..40, 1..5), largest in 1_u64..500, wanted in 1_u64..9000
        ) {
            let first = Plan::new(counts, largest).first(wanted);
            let held: u64 = first.tiles().map(|tile| u64::from(tile.descents)).sum();
            prop_assert_eq!(held, first.descents());
            prop_assert!(held <= wanted || first.len() == 1);
        }
    }
}
