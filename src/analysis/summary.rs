//! How each row of a sweep fared: the share of each status, the median and the largest number of steps, the median loss.
//!
//! A row is a position on the row axes; all descents that share it are counted together. Outcomes stream in tile by tile. Medians
//! are lower medians, the value of rank ⌈n/2⌉, and exact where one tile has all of a row, or else as long as the row has at most
//! 32,768 distinct values (2^23 shared out evenly where there are more than 256 rows). Beyond that the lowest bits are dropped, one
//! after the other: with s dropped, the median is a value that was seen, off by less than a factor 1 + 2^(s−23); s is at most 22 and
//! seldom more than 12. A loss that is not finite counts as +∞.

use std::ops::Range;
use std::sync::Arc;

use rayon::prelude::*;

use crate::analysis::median::Histogram;
use crate::backend::{Columns, Digest, Layout, Outcomes, RowStatistics, Wanted, finite_or_infinity, ordered_bits};
use crate::error::{Error, Result};
use crate::experiment::Experiment;
use crate::plan::Tile;
use crate::stop::Status;

/// The most rows, whose statistics are all kept at once.
pub const MAX_ROWS: u64 = 1 << 20;
/// Distinct values that are told apart, over all rows and in one.
const VALUES: (usize, usize) = (1 << 23, 1 << 15);
/// Descents that are sorted together.
const CHUNK: u32 = 1 << 16;

/// Statistics of every row, in the making.
#[derive(Debug)]
pub struct Summary {
    axes: Arc<[usize]>,
    /// Positions of each row axis.
    counts: Vec<u64>,
    /// Positions of every axis.
    lengths: Vec<u64>,
    rows: Vec<Partial>,
}

#[derive(Clone, Debug, Default)]
struct Partial {
    statuses: [u64; 4],
    steps_max: u32,
    steps: Histogram,
    loss: Histogram,
    /// In the place of the others, where one tile had all of the row.
    whole: Option<RowStatistics>,
}

/// How one row fared.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// Its position on each row axis.
    pub positions: Vec<u64>,
    /// Descents of each status, in the order of [`Status::ALL`].
    pub statuses: [u64; 4],
    /// The lower median of the steps.
    pub steps_median: f64,
    /// The largest number of steps.
    pub steps_max: u32,
    /// The lower median of the final loss, ∞ where the median descent has none.
    pub loss_median: f32,
}

impl Row {
    /// The share of its descents that ended with `status`.
    pub fn fraction(&self, status: Status) -> f64 {
        self.statuses[status.index()] as f64 / self.statuses.iter().sum::<u64>() as f64
    }
}

impl Summary {
    /// No outcomes yet, for rows along the axes of these numbers.
    ///
    /// # Errors
    /// [`Error::Invalid`] for more than [`MAX_ROWS`] rows.
    pub fn new(experiment: &Experiment, axes: &[usize]) -> Result<Self> {
        let lengths: Vec<u64> = experiment.axes().iter().map(|axis| axis.axis.count()).collect();
        let counts: Vec<u64> = axes.iter().map(|axis| lengths[*axis]).collect();
        let total = counts.iter().try_fold(1_u64, |total, count| total.checked_mul(*count)).filter(|total| *total <= MAX_ROWS);
        let Some(total) = total else {
            let product = counts.iter().map(u64::to_string).collect::<Vec<_>>().join(" × ");
            return Err(Error::invalid("rows", format!("{product} are more than {MAX_ROWS}; name fewer inputs in --by, or use run")));
        };
        Ok(Self { axes: axes.into(), counts, lengths, rows: vec![Partial::default(); total as usize] })
    }

    /// What this needs of every tile: statistics of its rows, or endings and loss.
    pub fn wanted(&self) -> Wanted {
        Wanted { columns: Columns { loss: true, ..Columns::ENDING }, digest: Some(Digest::Rows(self.axes.clone())) }
    }

    /// Adds a tile's outcomes: what is [wanted](Self::wanted).
    pub fn add(&mut self, outcomes: &Outcomes) {
        let layout = Layout::new(&outcomes.tile, &self.axes);
        if !outcomes.rows.is_empty() {
            self.take(&layout, &outcomes.tile, &outcomes.rows);
        } else if Layout::is_whole(&outcomes.tile, &self.axes, self.lengths.iter().copied()) {
            self.take(&layout, &outcomes.tile, &layout.statistics(outcomes));
        } else {
            self.add_parts(outcomes);
        }
    }

    /// Takes over the statistics of rows that a tile has all of.
    fn take(&mut self, layout: &Layout, tile: &Tile, rows: &[RowStatistics]) {
        let numbering = Numbering::new(tile, &self.axes, &self.counts);
        for (row, statistics) in (0..).zip(rows) {
            let first = layout.members(row).next().unwrap_or(0);
            self.rows[numbering.row(first as u32) as usize].whole = Some(*statistics);
        }
    }

    /// Adds the outcomes of rows that other tiles have parts of.
    fn add_parts(&mut self, outcomes: &Outcomes) {
        let numbering = Numbering::new(&outcomes.tile, &self.axes, &self.counts);
        let (rows, descents) = (&self.rows, outcomes.tile.descents);
        let chunks: Vec<Sorted> = (0..descents.div_ceil(CHUNK))
            .into_par_iter()
            .map(|chunk| sorted(outcomes, &numbering, rows, chunk * CHUNK..((chunk + 1) * CHUNK).min(descents)))
            .collect();
        let limit = (VALUES.0 / self.rows.len()).clamp(64, VALUES.1);
        self.rows.par_iter_mut().enumerate().for_each(|(number, row)| {
            let number = number as u32;
            chunks.iter().filter(|chunk| chunk.rows.contains(&number)).for_each(|chunk| row.add(chunk, number, limit));
        });
    }

    /// The statistics of every row, the first row axis fastest.
    pub fn finish(self) -> Vec<Row> {
        let counts = self.counts;
        let positions = |number: usize| {
            let mut rest = number as u64;
            let mut position = |count: &u64| {
                let position = rest % count;
                rest /= count;
                position
            };
            counts.iter().map(&mut position).collect()
        };
        let finish = |(number, row): (usize, Partial)| row.finish(positions(number));
        self.rows.into_par_iter().enumerate().map(finish).collect()
    }
}

impl Partial {
    fn add(&mut self, chunk: &Sorted, number: u32, limit: usize) {
        for (key, count) in of_row(&chunk.endings, number) {
            let (steps, status) = unpack(*key as u32);
            self.statuses[status] += u64::from(*count);
            self.steps_max = self.steps_max.max(steps);
            self.steps.add(ordered_bits(steps as f32), (*count).into(), limit);
        }
        for (key, count) in of_row(&chunk.loss, number) {
            self.loss.add(*key as u32, (*count).into(), limit);
        }
    }

    fn finish(mut self, positions: Vec<u64>) -> Row {
        match self.whole {
            Some(RowStatistics { statuses, steps_max, steps_median, loss_median, .. }) => {
                Row { positions, statuses, steps_median: steps_median.into(), steps_max, loss_median }
            }
            None => Row {
                positions,
                statuses: self.statuses,
                steps_median: self.steps.median().into(),
                steps_max: self.steps_max,
                loss_median: self.loss.median(),
            },
        }
    }
}

/// A key for each thing seen, its row in the upper half, and how often it was seen; ascending.
type Counted = Vec<(u64, u32)>;

/// Some descents of a tile, sorted by row.
struct Sorted {
    rows: Range<u32>,
    endings: Counted,
    loss: Counted,
}

fn of_row(counted: &Counted, row: u32) -> &[(u64, u32)] {
    let row = u64::from(row);
    let start = counted.partition_point(|(key, _)| key >> 32 < row);
    let length = counted[start..].partition_point(|(key, _)| key >> 32 == row);
    &counted[start..start + length]
}

/// Steps above 3 bits of status, in 32 bits.
fn unpack(ending: u32) -> (u32, usize) {
    (ending >> 3, (ending & 7) as usize)
}

fn sorted(outcomes: &Outcomes, numbering: &Numbering, rows: &[Partial], descents: Range<u32>) -> Sorted {
    let (mut endings, mut losses) = (Vec::with_capacity(CHUNK as usize), Vec::with_capacity(CHUNK as usize));
    let first = numbering.row(descents.start);
    let mut seen = first..first;
    numbering.runs(descents, |row, run| {
        seen = seen.start.min(row)..seen.end.max(row + 1);
        let (high, run) = (u64::from(row) << 32, run.start as usize..run.end as usize);
        for ending in &outcomes.endings[run.clone()] {
            // A run checks that every descent has a status.
            let status = ending.status().map_or(0, Status::index);
            endings.push(high | u64::from(ending.steps() << 3) | status as u64);
        }
        losses.extend(outcomes.loss[run].iter().map(|loss| high | u64::from(ordered_bits(finite_or_infinity(*loss)))));
    });
    let loss_dropped = |key: u64| rows[(key >> 32) as usize].loss.dropped();
    Sorted { rows: seen, endings: counted(endings, |_| 0), loss: counted(losses, loss_dropped) }
}

/// Counts equal keys, and keys that agree but for the bits that their row's histogram drops.
fn counted(mut keys: Vec<u64>, dropped: impl Fn(u64) -> u32) -> Counted {
    keys.sort_unstable();
    let mut counted: Counted = Vec::new();
    let mut last = None;
    for key in keys {
        let kept = key >> dropped(key);
        match counted.last_mut() {
            Some(same) if last == Some(kept) => same.1 += 1,
            _ => counted.push((key, 1)),
        }
        last = Some(kept);
    }
    counted
}

/// Which row each descent of a tile belongs to.
struct Numbering {
    /// For each row axis: stride and count in the tile, first position, and rows between two of its positions.
    axes: Vec<[u64; 4]>,
    /// So many descents on end, from a multiple of it, share a row.
    run: u32,
}

impl Numbering {
    fn new(tile: &Tile, axes: &[usize], counts: &[u64]) -> Self {
        let lengths: Vec<u64> = tile.ranges.iter().map(|range| range.end - range.start).collect();
        let mut rows = 1;
        let axis = |(axis, count): (&usize, &u64)| {
            let stride = lengths[..*axis].iter().product();
            let between = rows;
            rows *= count;
            [stride, lengths[*axis], tile.ranges[*axis].start, between]
        };
        let axes: Vec<[u64; 4]> = axes.iter().zip(counts).map(axis).collect();
        let moving = axes.iter().filter(|[_, length, ..]| *length > 1).map(|[stride, ..]| *stride as u32);
        Self { run: moving.min().unwrap_or(tile.descents), axes }
    }

    fn row(&self, descent: u32) -> u32 {
        let row: u64 = self.axes.iter().map(|[stride, length, first, rows]| (u64::from(descent) / stride % length + first) * rows).sum();
        row as u32
    }

    /// Calls `each` with every row and run of descents in `descents` that belong to it, in order.
    fn runs(&self, descents: Range<u32>, mut each: impl FnMut(u32, Range<u32>)) {
        let mut start = descents.start;
        while start < descents.end {
            let end = (start / self.run + 1).saturating_mul(self.run).min(descents.end);
            each(self.row(start), start..end);
            start = end;
        }
    }
}

#[cfg(test)]
mod tests;
