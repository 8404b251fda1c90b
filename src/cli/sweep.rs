//! `thalweg sweep`: how many descents converge, how fast and how low, for every value of what is swept besides the starts.

mod figure;
mod files;

use clap::Args;
use serde_json::{Map, Value, json};

use crate::analysis::stability::Theory;
use crate::analysis::summary::{Row, Summary};
use crate::cli::options::Common;
use crate::cli::outputs::{Appearance, Format, OutputPaths, Outputs};
use crate::cli::report::{self, short};
use crate::cli::session::Session;
use crate::error::{Error, Result};
use crate::experiment::Experiment;
use crate::stop::Status;
use crate::table::json::{number, single};

/// What `thalweg sweep --help` says last.
pub(super) const HELP: &str = "\
A row is a value of each swept input that is not a start, or of each input named in --by, across all descents that share it: \
the shares of the four statuses, the median and the largest number of steps, and the median final loss. Medians are lower \
medians over all descents of a row, those that diverged included; a loss that is not finite counts as infinite. They are exact \
up to 32768 distinct values a row, and for rows that one tile of the grid holds whole, whose size follows --memory; others are usually \
off by a part in 2000 or less.
  .csv .npy  a line or record for each row
  .json      the object that --json prints
  .png .svg  curves over one row input; a map of the share that converged over two

Examples:
  thalweg sweep booth x=-10:10:64 y=-10:10:64 lr=log:1e-2:1:256 -o rates.png -o rates.csv
  thalweg sweep ellipsoid start=normal:0:1:999 condition=log:1:1e3:64 lr=log:1e-4:1:64 -o map.png
  thalweg sweep sphere x=-1:1:64 y=-1:1:64 lr=0.1 --by x";

/// Rows shown on stdout.
const SHOWN: usize = 40;

/// The options of `sweep`.
#[derive(Args, Debug)]
pub(super) struct Sweep {
    /// What to run and how.
    #[command(flatten)]
    pub(super) common: Common,
    /// Make a row of each value of these inputs, separated by commas, instead
    #[arg(long, value_name = "INPUTS", value_delimiter = ',')]
    pub(super) by: Vec<String>,
    /// Where results go.
    #[command(flatten)]
    pub(super) outputs: OutputPaths,
    /// How pictures look.
    #[command(flatten)]
    pub(super) appearance: Appearance,
}

impl Sweep {
    pub(super) fn execute(&self) -> Result<()> {
        let experiment = self.common.experiment()?;
        let axes = row_axes(&experiment, &self.by)?;
        let mut summary = Summary::new(&experiment, &axes)?;
        let session = Session::prepare(&self.common.place, self.common.voice, experiment)?;
        let experiment = &session.experiment;
        let accepted = [Format::Csv, Format::Json, Format::Npy, Format::PNG, Format::SVG];
        let style = self.appearance.style()?;
        let mut outputs = Outputs::create(&self.outputs, "sweep", &accepted)?;
        if outputs.has_picture() {
            figure::check(experiment, &axes)?;
        }
        let totals = session.run(summary.wanted(), |outcomes| {
            summary.add(outcomes);
            Ok(())
        })?;

        let swept = Swept { experiment, axes, rows: summary.finish(), theory: Theory::of(experiment) };
        let mut object = report::envelope("sweep", &session, &totals);
        let wants_json = self.common.voice.json || outputs.files.iter().any(|output| output.format == Format::Json);
        if wants_json {
            object.insert("rows".into(), swept.json());
            report::add_theory(&mut object, swept.theory.as_ref());
        }
        let object = Value::Object(object);
        outputs.files.iter_mut().try_for_each(|output| swept.write(output, style, &object))?;
        report::note_files(&outputs.commit()?, self.common.voice.quiet);
        if self.common.voice.json {
            return report::print_json(&object);
        }
        let theory = swept.theory.as_ref().map_or(String::new(), report::theory_line);
        report::print(&format!("{}{theory}{}", swept.table(), report::summary(experiment, &totals)))
    }
}

/// The axes along which rows lie: those of the inputs `by`, else all swept ones that hold no starts.
fn row_axes(experiment: &Experiment, by: &[String]) -> Result<Vec<usize>> {
    let grid = experiment.axes();
    if by.is_empty() {
        let axes: Vec<usize> = (0..grid.len()).filter(|axis| grid[*axis].is_swept() && !grid[*axis].is_start).collect();
        return match axes.is_empty() {
            true => Err(Error::invalid(
                "sweep",
                "nothing but starts is swept; sweep another input, as in lr=log:1e-3:1:64, or name one in --by",
            )),
            false => Ok(axes),
        };
    }
    let mut axes = Vec::new();
    for name in by {
        let axis = experiment.axis_of(name.trim()).map_err(in_by)?;
        if !grid[axis].is_swept() {
            return Err(Error::invalid("--by", format!("{name} has a single value; sweep it, or leave it out")));
        }
        if !axes.contains(&axis) {
            axes.push(axis);
        }
    }
    Ok(axes)
}

/// Adds to an error about an unknown input where the input is named.
fn in_by(mut error: Error) -> Error {
    if let Error::Unknown { what, .. } = &mut error {
        *what = "input in --by";
    }
    error
}

/// The rows of a sweep.
struct Swept<'a> {
    experiment: &'a Experiment,
    axes: Vec<usize>,
    rows: Vec<Row>,
    theory: Option<Theory>,
}

impl Swept<'_> {
    /// The names of a row's inputs.
    fn inputs(&self) -> Vec<&str> {
        self.axes.iter().flat_map(|axis| &self.experiment.axes()[*axis].inputs).map(String::as_str).collect()
    }

    /// Their values in `row`.
    fn values(&self, row: &Row) -> Vec<f32> {
        let axes = self.axes.iter().map(|axis| &self.experiment.axes()[*axis].axis).zip(&row.positions);
        axes.flat_map(|(axis, position)| axis.rows(*position..position + 1)).collect()
    }

    fn json(&self) -> Value {
        let inputs = self.inputs();
        let row = |row: &Row| {
            let mut object: Map<String, Value> =
                inputs.iter().zip(self.values(row)).map(|(name, value)| (name.to_string(), single(value))).collect();
            object.extend(Status::ALL.map(|status| (status.name().to_string(), number(row.fraction(status)))));
            object.insert("steps_median".into(), number(row.steps_median));
            object.insert("steps_max".into(), json!(row.steps_max));
            object.insert("loss_median".into(), single(row.loss_median));
            Value::Object(object)
        };
        self.rows.iter().map(row).collect()
    }

    /// The first rows, for people.
    fn table(&self) -> String {
        let header = self.inputs().into_iter().chain(COLUMNS).map(String::from).collect::<Vec<_>>();
        let cells = |row: &Row| {
            let values = self.values(row).into_iter().map(|value| short(value.into()));
            let shares = Status::ALL.map(|status| short(row.fraction(status)));
            let measures = [short(row.steps_median), row.steps_max.to_string(), short(row.loss_median.into())];
            values.chain(shares).chain(measures).collect()
        };
        report::aligned(&header, self.rows.iter().take(SHOWN).map(cells).collect(), self.rows.len() as u64)
    }
}

/// The columns of a row after its inputs.
const COLUMNS: [&str; 7] = ["converged", "diverged", "stalled", "exhausted", "steps_median", "steps_max", "loss_median"];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::axis::Axis;
    use crate::loss::Loss;

    fn experiment() -> Experiment {
        let draft = Experiment::new(Loss::named("sphere", Some(2)).unwrap()).input("x", Axis::linear(0.0, 1.0, 3));
        draft.input("y", 1.0).input("lr", Axis::linear(0.1, 0.2, 2)).validate().unwrap()
    }

    #[test]
    fn the_columns_are_named_after_the_statuses_in_their_order() {
        assert!(Status::ALL.iter().zip(COLUMNS).all(|(status, column)| status.name() == column));
    }

    #[test]
    fn rows_lie_along_what_is_swept_besides_the_starts_or_along_what_is_named() {
        let rows = |by: &[&str]| row_axes(&experiment(), &by.iter().map(ToString::to_string).collect::<Vec<_>>());
        assert_eq!(rows(&[]).unwrap(), [2]);
        assert_eq!(rows(&["x1", "lr", "learning_rate"]).unwrap(), [0, 2]);
        assert!(rows(&["y"]).unwrap_err().to_string().contains("single value"));
        assert!(rows(&["lrr"]).unwrap_err().to_string().contains("unknown input in --by"));
    }
}
