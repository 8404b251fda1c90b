//! `thalweg basins`: which minimum each pair of values leads to.

mod files;
mod map;
mod spool;

use clap::Args;
use serde_json::{Value, json};

use crate::analysis::basins::{Census, Minima, Minimum, NO_BASIN, Relabelled};
use crate::analysis::interval::wilson;
use crate::analysis::stability::Theory;
use crate::backend::{Columns, Digest, Monitor, Outcomes, Wanted};
use crate::cli::basins::files::Grid;
use crate::cli::basins::map::Cells;
use crate::cli::basins::spool::Spool;
use crate::cli::options::Common;
use crate::cli::outputs::{Appearance, Format, OutputPaths, Outputs};
use crate::cli::report::{self, short};
use crate::cli::session::{Session, Totals};
use crate::error::{Error, Result};
use crate::experiment::Experiment;
use crate::table::json::number;

/// What `thalweg basins --help` says last.
pub(super) const HELP: &str = "\
Exactly two inputs are swept; the one whose values vary fastest, a start before others, runs from left to right. A basin has \
the number of its minimum as its label: 0 for a quadratic, the row of a well in its file counted from 0; the minima of a formula \
are numbered from the lowest, those of equal loss by their coordinates; -1 is none.
  .png .svg  a map: the hue is the basin, light cells took few steps and dark ones many
  .npy       labels as i32, of shape [rows, columns]; row 0 has the second input's first value
  .csv       a line for each cell: both inputs, label, status, steps, loss

Examples:
  thalweg basins himmelblau x=-6:6:1024 y=-6:6:1024 lr=0.01 -o map.png
  thalweg basins 'x^4 + y^4 - 3*(x^2 + y^2) + x*y' x=-3:3:512 y=-3:3:512 lr=0.05 -o map.png
  thalweg basins wells --wells wells.csv x=-4:4:2048 y=-4:4:2048 lr=0.2 -o map.png -o labels.npy
  thalweg basins sphere --dimension 1 x=-1:1:256 lr=0.01:1.2:256 -o stability.svg";

/// The options of `basins`.
#[derive(Args, Debug)]
pub(super) struct Basins {
    /// What to run and how.
    #[command(flatten)]
    pub(super) common: Common,
    /// Where results go.
    #[command(flatten)]
    pub(super) outputs: OutputPaths,
    /// How pictures look.
    #[command(flatten)]
    pub(super) appearance: Appearance,
}

impl Basins {
    pub(super) fn execute(&self) -> Result<()> {
        let experiment = self.common.experiment()?;
        let grid = Grid::of(&experiment)?;
        let minima = Minima::of(&experiment)?;
        let session = Session::prepare(&self.common.place, self.common.voice, experiment)?;
        let style = self.appearance.style()?;
        let mut outputs = Outputs::create(&self.outputs, "basins", &[Format::PNG, Format::SVG, Format::Npy, Format::Csv])?;
        let experiment = &session.experiment;
        outputs.files.iter_mut().try_for_each(|output| grid.begin(experiment, output))?;
        let mut cells = outputs.has_picture().then(|| Cells::new(experiment, &grid));
        let mut found = Found { minima, census: Census::default(), unlabelled: [0; 4] };

        let needs_loss = outputs.files.iter().any(|output| output.format == Format::Csv);
        let columns = Columns { point: true, loss: needs_loss, ..Columns::ENDING };
        let streamed = outputs.files.iter().find(|output| matches!(output.format, Format::Csv | Format::Npy));
        let mut spool = streamed.filter(|_| !found.minima.is_final()).map(|output| Spool::create(output.file.path())).transpose()?;
        let needs_cells = cells.is_some() || streamed.is_some();
        let mut write = |outcomes: &Outcomes, labels: &[i32]| {
            let mut files = outputs.files.iter_mut();
            files.try_for_each(|output| grid.write(experiment, output, outcomes, labels))
        };
        let mut running = session.start();
        // Where nothing is written cell by cell, how many ended where will do; and the first tile may show where that is.
        for part in session.parts(needs_cells || found.minima.is_final() || !experiment.parameters().is_empty()) {
            let (rest, labels) = if needs_cells { Default::default() } else { found.minima.rest(experiment) };
            let digest = (!needs_cells).then(|| Digest::Ends(rest.into()));
            running.run(&part, Wanted { columns, digest }, |outcomes| {
                let labels = found.add(experiment, outcomes, &labels, &session.monitor)?;
                if let Some(cells) = &mut cells {
                    cells.add(outcomes, &labels);
                }
                match &mut spool {
                    Some(spool) => spool.keep(outcomes, &labels),
                    None => write(outcomes, &labels),
                }
            })?;
        }
        let totals = running.finish();
        let relabelled = found.finish();
        if let Some(cells) = &mut cells {
            cells.relabel(&relabelled);
        }
        if let Some(spool) = spool {
            spool.replay(session.tiles(), needs_loss, &relabelled, write)?;
        }

        let map = cells.map(|cells| cells.draw(experiment, &grid, &found));
        for output in &mut outputs.files {
            if let (Format::Picture(format), Some(map)) = (output.format, &map) {
                output.file.put(&map.render(format, style)?)?;
            }
        }
        report::note_files(&outputs.commit()?, self.common.voice.quiet);
        let theory = Theory::of(experiment);
        if self.common.voice.json {
            let mut object = report::envelope("basins", &session, &totals);
            object.insert("basins".into(), found.json(totals.descents()));
            report::add_theory(&mut object, theory.as_ref());
            return report::print_json(&Value::Object(object));
        }
        report::print(&found.text(experiment, &totals))
    }
}

/// The minima, and how many descents reached each.
struct Found {
    minima: Minima,
    census: Census,
    /// Descents without a basin, by status, of those that are labelled one by one.
    unlabelled: [u64; 4],
}

impl Found {
    /// Labels a tile's descents and counts them; of those that a backend has counted by region, these are the labels.
    fn add(&mut self, experiment: &Experiment, outcomes: &Outcomes, of_regions: &[i32], monitor: &Monitor) -> Result<Vec<i32>> {
        let labels = self.minima.labels(experiment, outcomes, monitor)?;
        self.census.add(&labels);
        for (ending, _) in outcomes.endings.iter().zip(&labels).filter(|(_, label)| **label == NO_BASIN) {
            self.unlabelled[ending.status().map_or(0, |status| status.index())] += 1;
        }
        if let Some(ends) = &outcomes.ends {
            of_regions.iter().zip(&ends.regions).for_each(|(label, count)| self.census.add_count(*label, *count));
            ends.in_motion(experiment.method().rests_at_minima()).for_each(|(_, count)| self.census.add_count(NO_BASIN, count));
        }
        Ok(labels)
    }

    /// Makes all labels final; those given so far become what is returned.
    fn finish(&mut self) -> Relabelled {
        let relabelled = self.minima.finish();
        self.census = self.census.relabelled(&relabelled);
        relabelled
    }

    fn json(&self, total: u64) -> Value {
        let basin = |label: i32, minimum: Option<&Minimum>| {
            let count = self.census.count(label);
            let (low, high) = wilson(count, total);
            let point = minimum.and_then(|minimum| minimum.point.as_ref());
            json!({
                "label": label,
                "point": point.map(|point| point.iter().copied().map(number).collect::<Vec<_>>()),
                "loss": minimum.and_then(|minimum| minimum.loss).map(number),
                "count": count,
                "fraction": count as f64 / total as f64,
                "low": low,
                "high": high,
            })
        };
        let listed = self.minima.listed().iter().map(|minimum| basin(minimum.label, Some(minimum)));
        listed.chain([basin(NO_BASIN, None)]).collect()
    }

    fn text(&self, experiment: &Experiment, totals: &Totals) -> String {
        let total = totals.descents();
        let row = |label: i32, place: String, loss: Option<f64>| {
            let count = self.census.count(label);
            let (low, high) = wilson(count, total);
            let loss = loss.map_or(String::new(), short);
            let interval = format!("{:.2} … {:.2} %", 100.0 * low, 100.0 * high);
            vec![label.to_string(), place, loss, report::grouped(count), percent(count, total), interval]
        };
        let minima = self.minima.listed();
        let mut rows: Vec<Vec<String>> =
            minima.iter().take(SHOWN).map(|minimum| row(minimum.label, place(minimum), minimum.loss)).collect();
        let hidden = minima.len() - rows.len();
        rows.push(row(NO_BASIN, "none".into(), None));
        let header = ["basin", "minimum", "loss", "count", "share", "95 % interval"].map(String::from);
        let lines = (rows.len() + hidden) as u64;
        report::aligned(&header, rows, lines) + &report::summary(experiment, totals)
    }
}

/// Basins listed on stdout.
const SHOWN: usize = 40;

/// Where a minimum is, in words.
pub(super) fn place(minimum: &Minimum) -> String {
    match &minimum.point {
        None => "differs from case to case".into(),
        Some(point) => {
            let coordinates: Vec<String> = point.iter().take(4).map(|x| short(*x)).collect();
            let more = if point.len() > 4 { ", …" } else { "" };
            format!("{}({}{more})", if minimum.is_valley { "valley through " } else { "" }, coordinates.join(", "))
        }
    }
}

fn percent(count: u64, total: u64) -> String {
    format!("{:.2} %", 100.0 * count as f64 / total as f64)
}

/// The numbers of the two swept axes of `experiment`, each of one column.
fn two_axes(experiment: &Experiment) -> Result<[usize; 2]> {
    let swept: Vec<usize> = (0..experiment.axes().len()).filter(|axis| experiment.axes()[*axis].is_swept()).collect();
    let names: Vec<String> = swept.iter().map(|axis| experiment.axes()[*axis].name()).collect();
    if let Some(several) = swept.iter().map(|axis| &experiment.axes()[*axis]).find(|axis| axis.inputs.len() > 1) {
        let reason =
            format!("a map has one input on each side, but {} vary together; give each variable its own x=from:to:count", several.name());
        return Err(Error::invalid("basins", reason));
    }
    match (swept[..].try_into(), swept.len()) {
        (Ok(two), _) => Ok(two),
        (Err(_), 0) => {
            Err(Error::invalid("basins", "a map needs exactly two swept inputs and none is; sweep two, as in x=-4:4:512 y=-4:4:512"))
        }
        (Err(_), 1) => {
            Err(Error::invalid("basins", format!("a map needs exactly two swept inputs and only {} is; sweep another", names[0])))
        }
        (Err(_), count) => {
            let reason =
                format!("a map needs exactly two swept inputs and {count} are: {}; give all but two a single value", names.join(", "));
            Err(Error::invalid("basins", reason))
        }
    }
}
