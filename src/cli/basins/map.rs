//! The picture of a basin map: hue by basin, lightness by steps.

use std::collections::HashMap;

use crate::analysis::basins::{NO_BASIN, Relabelled};
use crate::backend::Outcomes;
use crate::cli::basins::files::Grid;
use crate::cli::basins::{Found, percent, place};
use crate::cli::scales;
use crate::experiment::Experiment;
use crate::picture::{Map, Rgb, palette};
use crate::stop::{Ending, Status};

/// Cells along a side; of longer sides every n-th cell is kept.
const MOST_CELLS: u64 = 4096;

/// The cells that are drawn, in the order of their descents.
pub(super) struct Cells {
    columns: u64,
    strides: [u64; 2],
    cells: Vec<(i32, Ending)>,
}

impl Cells {
    pub(super) fn new(experiment: &Experiment, grid: &Grid) -> Self {
        let counts = grid.counts(experiment);
        let strides = counts.map(|count| count.div_ceil(MOST_CELLS));
        Self { columns: counts[0], strides, cells: Vec::new() }
    }

    /// Keeps the cells of one tile that will be drawn.
    pub(super) fn add(&mut self, outcomes: &Outcomes, labels: &[i32]) {
        for (index, cell) in (outcomes.tile.first..).zip(labels.iter().copied().zip(outcomes.endings.iter().copied())) {
            let is_drawn = self.strides == [1, 1]
                || (index % self.columns).is_multiple_of(self.strides[0]) && (index / self.columns).is_multiple_of(self.strides[1]);
            if is_drawn {
                self.cells.push(cell);
            }
        }
    }

    /// Takes over final labels.
    pub(super) fn relabel(&mut self, relabelled: &Relabelled) {
        self.cells.iter_mut().for_each(|(label, _)| *label = relabelled.of(*label));
    }

    pub(super) fn draw(&self, experiment: &Experiment, grid: &Grid, found: &Found) -> Map {
        let shades = Shades::of(&self.cells);
        let [horizontal, vertical] = [0, 1].map(|side| scales::of_cells(&experiment.axes()[grid.axes[side]], self.strides[side]));
        let columns = self.columns.div_ceil(self.strides[0]) as usize;
        let mut subtitle = scales::circumstances(experiment);
        if let Some(words) = shades.words() {
            subtitle.push_str(&words);
        }
        if self.strides != [1, 1] {
            subtitle.push_str(&format!("; every {}th column and {}th row drawn", self.strides[0], self.strides[1]));
        }
        Map {
            title: format!("Basins of {}", experiment.loss().name()),
            subtitle,
            horizontal,
            vertical,
            columns,
            rows: self.cells.len() / columns,
            pixels: self.pixels(&shades),
            legend: legend(found, experiment.descents()),
            lines: Vec::new(),
        }
    }
}

impl Cells {
    /// The colour of each cell; those of one basin and as many steps are made once.
    fn pixels(&self, shades: &Shades) -> Vec<Rgb> {
        let mut made: HashMap<(i32, Ending), Rgb> = HashMap::new();
        let colour = |cell: &(i32, Ending)| *made.entry(*cell).or_insert_with(|| shades.colour(cell.0, cell.1));
        self.cells.iter().map(colour).collect()
    }
}

/// The steps that the lightest and the darkest cells of basins took.
struct Shades(Option<(u32, u32)>);

/// Beyond these quantiles of the steps shades no longer differ, so that a few odd cells do not take them all.
const QUANTILES: [f64; 2] = [0.01, 0.99];

impl Shades {
    fn of(cells: &[(i32, Ending)]) -> Self {
        let steps = cells.iter().filter(|(label, _)| *label != NO_BASIN).map(|(_, ending)| ending.steps());
        let mut steps: Vec<u32> = steps.collect();
        let Some(last) = steps.len().checked_sub(1) else { return Self(None) };
        let [low, high] = QUANTILES.map(|part| *steps.select_nth_unstable((part * last as f64).round() as usize).1);
        Self(Some((low, high)))
    }

    fn words(&self) -> Option<String> {
        let (low, high) = self.0?;
        Some(if low == high { format!("; {low} steps to basins") } else { format!("; light up to {low} steps, dark from {high}") })
    }

    fn colour(&self, label: i32, ending: Ending) -> Rgb {
        if label != NO_BASIN {
            let (low, high) = self.0.unwrap_or((0, 0));
            let log = |steps: u32| f64::from(steps + 1).ln();
            let part = if low == high { 0.5 } else { (log(ending.steps()) - log(low)) / (log(high) - log(low)) };
            return palette::basin(label as u32, 1.0 - part);
        }
        without_basin(ending.status().unwrap_or(Status::Exhausted))
    }
}

fn without_basin(status: Status) -> Rgb {
    match status {
        Status::Converged => palette::NO_BASIN,
        Status::Diverged => palette::DIVERGED,
        Status::Stalled => palette::STALLED,
        Status::Exhausted => palette::EXHAUSTED,
    }
}

/// Every basin that was reached, then every way of reaching none.
fn legend(found: &Found, total: u64) -> Vec<(Rgb, String)> {
    let minima = found.minima.listed().iter().map(|minimum| (minimum, found.census.count(minimum.label)));
    let basin = minima.filter(|(_, count)| *count > 0).map(|(minimum, count)| {
        (palette::basin(minimum.label as u32, 0.5), format!("{} {}: {}", minimum.label, place(minimum), percent(count, total)))
    });
    let others = Status::ALL.into_iter().map(|status| (status, found.unlabelled[status.index()])).filter(|(_, count)| *count > 0);
    basin
        .chain(others.map(|(status, count)| {
            let words = if matches!(status, Status::Converged | Status::Stalled) { ", no minimum" } else { "" };
            (without_basin(status), format!("{}{words}: {}", status.name(), percent(count, total)))
        }))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_steps_are_light_and_no_basin_has_the_colour_of_its_status() {
        let ending = |status, steps| Ending::new(status, steps);
        let cells = [(0, ending(Status::Converged, 3)), (0, ending(Status::Stalled, 300)), (-1, ending(Status::Diverged, 9999))];
        let shades = Shades::of(&cells);
        let colours = cells.map(|(label, ending)| shades.colour(label, ending));
        assert_eq!(colours, [palette::basin(0, 1.0), palette::basin(0, 0.0), palette::DIVERGED]);
        assert_eq!(shades.colour(-1, ending(Status::Exhausted, 1)), palette::EXHAUSTED);
        assert_eq!(shades.colour(-1, ending(Status::Converged, 1)), palette::NO_BASIN);
    }
}
