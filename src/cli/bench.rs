//! `thalweg bench`: the same experiment on every backend that is there.

mod figure;
mod measure;

use clap::Args;
use serde_json::{Map, Value, json};

use crate::backend::Backend;
use crate::backend::choice::Kind;
use crate::backend::cpu::Cpu;
use crate::backend::gpu::{Gpu, adapters};
use crate::backend::reference::Reference;
use crate::cli::options::Common;
use crate::cli::outputs::{Format, OutputPaths, Outputs};
use crate::cli::progress::cancelled_by_ctrl_c;
use crate::cli::report::{self, short};
use crate::error::{Error, Result};
use crate::table::json::number;

use measure::{Bench, Leg, Point};

/// What `thalweg bench --help` says last.
pub(super) const HELP: &str = "\
Each backend runs the experiment's first 2^10, 2^11, … descents and then all of them: once to warm up, then --repeats times, of which
the median counts. Seconds are those of computing, and of the whole with decoding, transfers and read-back of all outcomes. The
reference runs no more descents than it ends within about a second. Agreement is the share of statuses equal to the reference's.

Examples:
  thalweg bench booth x=-10:10:1024 y=-10:10:1024 lr=0.05 --fixed-steps -o bench.png
  thalweg bench trid --dimension 16 start=normal:0:1:1e5 lr=0.2 --backend gpu";

/// The options of `bench`.
#[derive(Args, Debug)]
pub(super) struct BenchOptions {
    /// What to run and how.
    #[command(flatten)]
    pub(super) common: Common,
    /// Timed runs of each size; their median counts
    #[arg(long, value_name = "N", default_value_t = 3)]
    pub(super) repeats: usize,
    /// Where results go.
    #[command(flatten)]
    pub(super) outputs: OutputPaths,
}

impl BenchOptions {
    pub(super) fn execute(&self) -> Result<()> {
        if self.repeats == 0 {
            return Err(Error::invalid("repeats", "0 runs measure nothing; give 1 or more"));
        }
        let experiment = self.common.experiment()?;
        let backends = self.backends()?;
        for backend in &backends {
            backend.largest_tile(&experiment)?;
        }
        let accepted = [Format::Csv, Format::Json, Format::PNG, Format::SVG];
        let mut outputs = Outputs::create(&self.outputs, "bench", &accepted)?;
        let monitor = cancelled_by_ctrl_c()?;
        let bench = Bench::new(experiment, self.common.place.budget(), self.repeats, monitor);
        let mut legs: Vec<Leg> = Vec::new();
        for backend in &backends {
            if !self.common.voice.quiet {
                report::note(&format!("running on {}", backend.description()));
            }
            legs.push(bench.leg(&**backend)?);
        }
        measure::agree(&mut legs);
        let report = Report { bench: &bench, legs: &legs };
        for output in &mut outputs.0 {
            match output.format {
                Format::Csv => super::rows::bytes(&mut output.file, report.csv().as_bytes())?,
                Format::Picture(format) => figure::write(&bench, &legs, format, &mut output.file)?,
                _ => super::rows::bytes(&mut output.file, format!("{:#}\n", report.json()).as_bytes())?,
            }
        }
        report::note_files(&outputs.commit()?, self.common.voice.quiet);
        if self.common.voice.json { report::print_json(&report.json()) } else { report::print(&report.text()) }
    }

    /// Every backend, or the one asked for beside the reference.
    fn backends(&self) -> Result<Vec<Box<dyn Backend>>> {
        let choice = self.common.choice()?;
        let mut backends: Vec<Box<dyn Backend>> = vec![Box::<Reference>::default()];
        if matches!(choice.kind, Kind::Auto | Kind::Cpu) {
            backends.push(Box::new(Cpu::new(choice.threads)?));
        }
        match (choice.kind, &choice.adapter) {
            (Kind::Auto | Kind::Gpu, Some(name)) => backends.push(Box::new(Gpu::open(Some(name), None)?)),
            (Kind::Gpu, None) => backends.push(Box::new(Gpu::open(None, None)?)),
            (Kind::Auto, None) => {
                for adapter in adapters() {
                    backends.push(Box::new(Gpu::open(Some(&adapter.name), None)?));
                }
            }
            (_, Some(_)) => return Err(Error::invalid("adapter", "only the gpu backend has adapters; use --backend gpu")),
            _ => {}
        }
        Ok(backends)
    }
}

/// What is said of all legs.
struct Report<'a> {
    bench: &'a Bench,
    legs: &'a [Leg],
}

impl Report<'_> {
    /// Speed of each leg at its largest size, against the cpu backend, or the reference where there is no other.
    fn baseline(&self) -> f64 {
        let leg = self.legs.iter().find(|leg| leg.description.kind == "cpu").or(self.legs.first());
        leg.and_then(Leg::largest).map_or(f64::NAN, Point::rate)
    }

    fn text(&self) -> String {
        let header = ["backend", "descents", "compute s", "total s", "spread", "steps/s", "speed-up", "agrees"].map(String::from);
        let row = |leg: &Leg| {
            let point = leg.largest()?;
            Some(vec![
                leg.description.to_string(),
                report::grouped(point.descents),
                format!("{:.4}", point.compute),
                format!("{:.4}", point.total),
                format!("{:.0} %", 100.0 * point.spread),
                format!("{:.3e}", point.rate()),
                format!("{:.2}", point.rate() / self.baseline()),
                format!("{:.2} %", 100.0 * leg.agreement),
            ])
        };
        let rows: Vec<Vec<String>> = self.legs.iter().filter_map(row).collect();
        let total = rows.len() as u64;
        let mut text = report::aligned(&header, rows, total);
        match measure::crossover(self.legs) {
            Some(crossover) => {
                text += &format!(
                    "from {} descents on, {} is ahead of the cpu backend\n",
                    report::grouped(crossover.descents),
                    crossover.adapter
                );
            }
            None if self.legs.iter().any(|leg| leg.description.kind == "gpu") => {
                text += "no crossover: at no size measured does a gpu stay ahead of the cpu backend\n";
            }
            None => {}
        }
        text
    }

    fn csv(&self) -> String {
        let mut text = String::from("backend,adapter,descents,steps,compute_seconds,total_seconds,spread\n");
        for (leg, point) in self.legs.iter().flat_map(|leg| leg.points.iter().map(move |point| (leg, point))) {
            let adapter = leg.description.adapter.replace('"', "'");
            text += &format!(
                "{},\"{adapter}\",{},{},{},{},{}\n",
                leg.description.kind, point.descents, point.steps, point.compute, point.total, point.spread
            );
        }
        text
    }

    fn json(&self) -> Value {
        let point = |point: &Point| {
            json!({
                "descents": point.descents, "steps_taken": point.steps, "spread": number(point.spread),
                "seconds": { "total": number(point.total), "compute": number(point.compute) }, "steps_per_second": number(point.rate()),
            })
        };
        let leg = |leg: &Leg| {
            json!({
                "backend": { "kind": leg.description.kind, "adapter": leg.description.adapter, "driver": leg.description.driver },
                "lanes": leg.description.lanes,
                "clock": leg.description.clock,
                "speed_up": leg.largest().map(|largest| number(largest.rate() / self.baseline())),
                "agreement": number(leg.agreement),
                "compared": leg.compared,
                "sizes": leg.points.iter().map(point).collect::<Vec<_>>(),
            })
        };
        let crossover = measure::crossover(self.legs).map(|found| json!({ "descents": found.descents, "adapter": found.adapter }));
        let fields = [
            ("command", json!("bench")),
            ("version", json!(env!("CARGO_PKG_VERSION"))),
            ("experiment", report::experiment(&self.bench.experiment)),
            ("repeats", json!(self.bench.repeats)),
            ("backends", json!(self.legs.iter().map(leg).collect::<Vec<_>>())),
            ("crossover", json!(crossover)),
        ];
        Value::Object(fields.into_iter().map(|(name, value)| (name.to_string(), value)).collect::<Map<_, _>>())
    }
}

/// A number of seconds for a label.
fn seconds(value: f64) -> String {
    format!("{} s", short(value))
}
