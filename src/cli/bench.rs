//! `thalweg bench`: the same experiment on every backend that is there, timed and held against what the machine could do.

mod crossover;
mod csv;
mod figure;
mod measure;
mod precision;
mod report;

use std::time::Instant;

use clap::Args;

use crate::backend::Backend;
use crate::backend::choice::Kind;
use crate::backend::cpu::Cpu;
use crate::backend::gpu::{Gpu, adapters};
use crate::backend::reference::Reference;
use crate::cli::options::{Common, whole};
use crate::cli::outputs::{Appearance, Format, OutputPaths, Outputs};
use crate::cli::progress::cancelled_by_ctrl_c;
use crate::cli::report::{note, note_files, print, print_json};
use crate::error::{Error, Result};

use measure::Bench;
use report::Report;

/// What `thalweg bench --help` says last.
pub(super) const HELP: &str = "\
Each backend runs the experiment's first descents, at most 2^10, 2^11, … in whole tiles, and then all of them: once to warm up, \
then --repeats times, of which the median counts. The spread is (longest − shortest) / median. There are two legs: resident, the descents alone, inputs in \
place and nothing read back; and end to end, with decoding, transfers and read-back of all outcomes. The reference runs no more \
descents than it ends within about a second. Agreement is the share of statuses equal to the reference's.

The floor is the least time in which the machine could issue the instructions of all steps, counted from the very code that runs, \
and move the bytes of all inputs and outcomes once. What the machine can do is measured in the same run: multiply-adds, additions \
and an even mix of both, comparisons, divisions and square roots, alone and among multiply-adds, as chains in registers, and the \
bandwidth of a copy that the backend makes, which on a software adapter is less than the memory's. Not counted are the loss where no step needs it, the \
stall test, loops, addresses, and loads of coefficients.

Early exits: the speed of the whole experiment as a share of its speed at as many fixed steps for every descent as they take on \
average.

Work-precision: the experiment with 1, 2, 4, … steps at most; the error is the largest coordinate of x − x*, where x* is the f64 \
reference's end, over up to 4096 descents that do not diverge.

Examples:
  thalweg bench booth x=-10:10:1024 y=-10:10:1024 lr=0.05 --fixed-steps -o bench.png
  thalweg bench trid --dimension 16 start=normal:0:1:1e5 lr=0.2 --backend gpu -o bench.csv
  thalweg bench booth x=-10:10:1024 y=-10:10:1024 lr=0.05 --backend cpu --largest --json";

/// The options of `bench`.
#[derive(Args, Debug)]
pub(super) struct BenchOptions {
    /// What to run and how.
    #[command(flatten)]
    pub(super) common: Common,
    /// Timed runs of each size; their median counts
    #[arg(long, value_name = "N", default_value = "5", value_parser = whole, allow_hyphen_values = true)]
    pub(super) repeats: u32,
    /// Run only the whole experiment, and only on the backends asked for: no smaller sizes, no reference, no work-precision
    #[arg(long)]
    pub(super) largest: bool,
    /// Where results go.
    #[command(flatten)]
    pub(super) outputs: OutputPaths,
    /// How pictures look.
    #[command(flatten)]
    pub(super) appearance: Appearance,
}

/// A backend, and the seconds it took to open.
struct Opened {
    backend: Box<dyn Backend>,
    seconds: f64,
}

impl Opened {
    fn new<B: Backend + 'static>(open: impl FnOnce() -> Result<B>) -> Result<Self> {
        let started = Instant::now();
        let backend = Box::new(open()?);
        Ok(Self { backend, seconds: started.elapsed().as_secs_f64() })
    }
}

impl BenchOptions {
    pub(super) fn execute(&self) -> Result<()> {
        if self.repeats == 0 {
            return Err(Error::invalid("repeats", "0 runs measure nothing; give 1 or more"));
        }
        let experiment = self.common.experiment()?;
        let opened = self.open()?;
        for Opened { backend, .. } in &opened {
            backend.largest_tile(&experiment)?;
        }
        let accepted = [Format::Csv, Format::Json, Format::PNG, Format::SVG];
        let style = self.appearance.style()?;
        let mut outputs = Outputs::create(&self.outputs, "bench", &accepted)?;
        let bench = Bench::new(experiment, self.common.place.budget(), self.repeats as usize, self.largest, cancelled_by_ctrl_c()?)?;
        let mut contenders = Vec::new();
        for Opened { backend, seconds } in &opened {
            if !self.common.voice.quiet {
                note(&format!("running on {}", backend.description()));
            }
            contenders.push(bench.contender(&**backend, *seconds)?);
        }
        measure::agree(&mut contenders);
        let threads = self.common.place.threads.unwrap_or_else(rayon::current_num_threads);
        let report = Report { bench: &bench, contenders: &contenders, threads };
        for output in &mut outputs.files {
            match output.format {
                Format::Csv => output.file.put(&report.csv()?)?,
                Format::Picture(format) => output.file.put(&figure::of(&bench, &contenders).render(format, style)?)?,
                _ => output.file.put(format!("{:#}\n", report.json()).as_bytes())?,
            }
        }
        note_files(&outputs.commit()?, self.common.voice.quiet);
        if self.common.voice.json { print_json(&report.json()) } else { print(&report.text()) }
    }

    /// Every backend, or the one asked for beside the reference.
    fn open(&self) -> Result<Vec<Opened>> {
        let choice = self.common.choice()?;
        let mut opened = Vec::new();
        if choice.kind == Kind::Reference || !self.largest {
            opened.push(Opened::new(|| Ok(Reference::default()))?);
        }
        if matches!(choice.kind, Kind::Auto | Kind::Cpu) {
            opened.push(Opened::new(|| Cpu::new(choice.threads))?);
        }
        match (choice.kind, choice.adapter.as_deref()) {
            (Kind::Auto | Kind::Gpu, Some(name)) => opened.push(Opened::new(|| Gpu::open(Some(name), None))?),
            (Kind::Gpu, None) => opened.push(Opened::new(|| Gpu::open(None, None))?),
            (Kind::Auto, None) => {
                for adapter in adapters() {
                    opened.push(Opened::new(|| Gpu::open(Some(&adapter.name), None))?);
                }
            }
            (_, Some(_)) => return Err(Error::invalid("adapter", "only the gpu backend has adapters; use --backend gpu")),
            _ => {}
        }
        Ok(opened)
    }
}
