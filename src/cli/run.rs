//! `thalweg run`: the outcome of every descent of any grid.

use clap::Args;
use serde_json::Value;

use crate::analysis::stability::Theory;
use crate::backend::{Columns, Outcomes};
use crate::cli::grid::{InputValues, SweptInput, swept_inputs};
use crate::cli::options::Common;
use crate::cli::outputs::{Format, OutputFile, OutputPaths, Outputs};
use crate::cli::session::Session;
use crate::cli::{report, rows};
use crate::error::{Error, Result};
use crate::experiment::Experiment;
use crate::stop::Status;
use crate::table::npy::{Dtype, write_header};

/// What `thalweg run --help` says last.
pub(super) const HELP: &str = "\
Files have one row a descent: the swept inputs, status, steps (updates applied), loss, gradient_norm, and the end point as end_x, end_y, …
  .csv   text, status by name; nan and inf as such
  .npy   records of these fields; status 1 converged, 2 diverged, 3 stalled, 4 exhausted
  .json  an array of objects; null where a number is not finite

Examples:
  One step on (x − 2)² from 0, which ends at 0.4:
    thalweg run quadratic --hessian 2 --center 2 x=0 lr=0.1 --steps 1
  A million random starts, all outcomes to a file for NumPy:
    thalweg run booth start=uniform:-10:10:1e6 lr=0.05 -o ends.npy
  A batch of least-squares problems, one a row of the files:
    thalweg run quadratic --hessian @A.npy --center @c.npy start=0 lr=0.1 -o ends.csv";

/// Descents shown on stdout.
const SHOWN: usize = 40;

/// The options of `run`.
#[derive(Args, Debug)]
pub(super) struct Run {
    /// What to run and how.
    #[command(flatten)]
    pub(super) common: Common,
    /// Where results go.
    #[command(flatten)]
    pub(super) outputs: OutputPaths,
}

impl Run {
    pub(super) fn execute(&self) -> Result<()> {
        let session = Session::prepare(&self.common.place, self.common.voice, self.common.experiment()?)?;
        let experiment = &session.experiment;
        let layout = Layout::of(experiment);
        let mut outputs = Outputs::create(&self.outputs, "run", &[Format::Csv, Format::Npy, Format::Json])?;
        for output in &mut outputs.files {
            layout.begin(output, experiment.descents())?;
        }
        let voice = self.common.voice;
        let mut shown = Vec::new();
        let totals = session.run(Columns::ALL, |outcomes| {
            let tile = TileRows { values: InputValues::of(experiment, &outcomes.tile, &layout.inputs), layout: &layout, outcomes };
            let missing = (SHOWN - shown.len()).min(outcomes.tile.descents as usize);
            shown.extend((0..missing as u32).map(|descent| tile.cells(descent)));
            outputs.files.iter_mut().try_for_each(|output| tile.write(output))
        })?;
        for output in outputs.files.iter_mut().filter(|output| output.format == Format::Json) {
            output.file.put(b"\n]\n")?;
        }
        let theory = Theory::of(experiment);
        report::note_files(&outputs.commit()?, voice.quiet);
        if voice.json {
            let mut object = report::envelope("run", &session, &totals);
            report::add_theory(&mut object, theory.as_ref());
            return report::print_json(&Value::Object(object));
        }
        let mut text = String::new();
        if self.outputs.output.is_empty() {
            text = report::aligned(&layout.names(), shown, experiment.descents());
        }
        text.push_str(&report::summary(experiment, &totals));
        report::print(&text)
    }
}

/// The columns of a row.
struct Layout {
    inputs: Vec<SweptInput>,
    ends: Vec<String>,
}

impl Layout {
    fn of(experiment: &Experiment) -> Self {
        let ends = experiment.loss().variables().iter().map(|variable| format!("end_{variable}")).collect();
        Self { inputs: swept_inputs(experiment), ends }
    }

    fn names(&self) -> Vec<String> {
        let inputs = self.inputs.iter().map(|input| input.name.clone());
        let outcome = ["status", "steps", "loss", "gradient_norm"].map(String::from);
        inputs.chain(outcome).chain(self.ends.iter().cloned()).collect()
    }

    fn begin(&self, output: &mut OutputFile, descents: u64) -> Result<()> {
        let mut text = Vec::new();
        match output.format {
            Format::Npy => {
                let number = |name: String| match name.as_str() {
                    "status" => (name, "|u1"),
                    "steps" => (name, "<u4"),
                    _ => (name, "<f4"),
                };
                let dtype = Dtype::Record(self.names().into_iter().map(number).collect());
                write_header(&mut text, &dtype, &[descents]).map_err(|error| Error::unwritten(output.file.path(), error))?;
            }
            Format::Json => text.extend(b"["),
            _ => text = rows::csv_header(self.names().iter().map(String::as_str)),
        }
        output.file.put(&text)
    }
}

/// The rows of one tile.
struct TileRows<'a> {
    layout: &'a Layout,
    values: InputValues,
    outcomes: &'a Outcomes,
}

impl TileRows<'_> {
    fn status(&self, descent: u32) -> Status {
        // A run checks that every descent has a status.
        self.outcomes.endings[descent as usize].status().unwrap_or(Status::Exhausted)
    }

    fn point(&self, descent: u32) -> &[f32] {
        let dimension = self.layout.ends.len();
        &self.outcomes.point[descent as usize * dimension..][..dimension]
    }

    /// The numbers after status and steps.
    fn measures(&self, descent: u32) -> impl Iterator<Item = f32> + '_ {
        let at = descent as usize;
        [self.outcomes.loss[at], self.outcomes.gradient_norm[at]].into_iter().chain(self.point(descent).iter().copied())
    }

    fn cells(&self, descent: u32) -> Vec<String> {
        let short = |value: f32| report::short(value.into());
        let ending = [self.status(descent).name().to_string(), self.outcomes.endings[descent as usize].steps().to_string()];
        self.values.at(descent).map(short).chain(ending).chain(self.measures(descent).map(short)).collect()
    }

    fn write(&self, output: &mut OutputFile) -> Result<()> {
        let descents = self.outcomes.tile.descents;
        match output.format {
            Format::Npy => rows::write(&mut output.file, descents, |descent, bytes| self.record(descent, bytes)),
            Format::Json => {
                let names: Vec<String> = self.layout.names().into_iter().map(|name| Value::String(name).to_string()).collect();
                rows::write(&mut output.file, descents, |descent, text| self.object(&names, descent, text))
            }
            _ => rows::write(&mut output.file, descents, |descent, text| self.line(descent, text)),
        }
    }

    fn line(&self, descent: u32, text: &mut Vec<u8>) {
        for value in self.values.at(descent) {
            rows::push_number(text, value);
            text.push(b',');
        }
        rows::push(text, format_args!("{},{}", self.status(descent).name(), self.outcomes.endings[descent as usize].steps()));
        for value in self.measures(descent) {
            text.push(b',');
            rows::push_number(text, value);
        }
        text.push(b'\n');
    }

    fn record(&self, descent: u32, bytes: &mut Vec<u8>) {
        self.values.at(descent).for_each(|value| bytes.extend(value.to_le_bytes()));
        bytes.push(self.status(descent) as u8);
        bytes.extend(self.outcomes.endings[descent as usize].steps().to_le_bytes());
        self.measures(descent).for_each(|value| bytes.extend(value.to_le_bytes()));
    }

    fn object(&self, names: &[String], descent: u32, text: &mut Vec<u8>) {
        let is_first = self.outcomes.tile.first == 0 && descent == 0;
        rows::push(text, if is_first { "\n{" } else { ",\n{" });
        let inputs = self.layout.inputs.len();
        for (name, value) in names.iter().zip(self.values.at(descent)) {
            rows::push(text, format_args!("{name}: "));
            rows::push_json_number(text, value);
            rows::push(text, ", ");
        }
        let steps = self.outcomes.endings[descent as usize].steps();
        rows::push(text, format_args!("\"status\": \"{}\", \"steps\": {steps}", self.status(descent).name()));
        for (name, value) in names[inputs + 2..].iter().zip(self.measures(descent)) {
            rows::push(text, format_args!(", {name}: "));
            rows::push_json_number(text, value);
        }
        text.push(b'}');
    }
}
