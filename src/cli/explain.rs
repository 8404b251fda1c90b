//! `thalweg explain`: why a step against the gradient goes down, at one point of a loss.

mod figure;
mod frames;
mod json;
mod text;

use std::path::PathBuf;

use clap::Args;

use crate::analysis::curvature::Lowest;
use crate::analysis::explain::path::Path;
use crate::analysis::explain::scan::{Findings, Scan, spacing_warning};
use crate::analysis::explain::step::{Reach, Step, reach};
use crate::analysis::explain::taylor::Taylor;
use crate::analysis::explain::{LEARNING_RATE, MOST_VARIABLES, Slope, Surface};
use crate::backend::{Columns, Description};
use crate::cli::explain::figure::Scene;
use crate::cli::options::{Bounds, Data, Place, Voice, whole};
use crate::cli::outputs::{Appearance, Format, OutputPaths, Outputs};
use crate::cli::session::Session;
use crate::cli::{inputs, loss, report};
use crate::error::{Error, Result};
use crate::experiment::Experiment;
use crate::loss::formula::Setting;
use crate::loss::{Bound, Loss, Parameter, Problem};

/// What `thalweg explain --help` says last.
pub(super) const HELP: &str = "\
Inputs have the digits of f32, as for all commands. All is computed from them in f64 but for the scan of directions, which runs on the backend, and what is called f32. With several learning \
rates there is a step for each; every other input is one number. Steps end where gradient descent by `thalweg run` would.

Examples:
  thalweg explain '(w - 2)^2' w=0 lr=0.1
  thalweg explain himmelblau x=0 y=0 lr=0.005,0.01,0.05 --steps 20
  thalweg explain rosenbrock --dimension 10 start=0.5 lr=0.001 --backend gpu";

/// The most learning rates.
const MOST_RATES: usize = 100;
/// The most updates that are listed.
const MOST_STEPS: u32 = 10_000;
/// The most coordinates that are listed.
const MOST_COORDINATES: u64 = 4_000_000;

/// The options of `explain`.
#[derive(Args, Debug)]
pub(super) struct Explain {
    /// The loss: a name that `thalweg losses` lists, a formula such as '(w - 2)^2', or `quadratic` or `wells` with their data
    #[arg(value_name = "LOSS", allow_hyphen_values = true)]
    pub(super) loss: String,
    /// A coordinate of the point, a parameter of the loss, or lr, which may be a list; start=0 sets all coordinates not named
    #[arg(value_name = "INPUT=VALUE")]
    pub(super) inputs: Vec<String>,
    /// The loss's data.
    #[command(flatten)]
    pub(super) data: Data,
    /// List the points of the descent, so many updates at most [default: 0, none]
    #[arg(long, value_name = "N", default_value = "0", hide_default_value = true, value_parser = whole, allow_hyphen_values = true)]
    pub(super) steps: u32,
    /// Where the descent ends before that.
    #[command(flatten)]
    pub(super) bounds: Bounds,
    /// How far to go in every direction of the scan
    #[arg(long, value_name = "LENGTH", default_value_t = 1e-3, allow_hyphen_values = true)]
    pub(super) scan_step: f64,
    /// Directions of the scan, where there is more than one variable [default: 1e6, or as many as fit]
    #[arg(long, value_name = "N", value_parser = whole, allow_hyphen_values = true)]
    pub(super) directions: Option<u32>,
    /// Seed of the directions in more than two variables, and of samples
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(super) seed: u64,
    /// Where pictures go.
    #[command(flatten)]
    pub(super) outputs: OutputPaths,
    /// How pictures look.
    #[command(flatten)]
    pub(super) appearance: Appearance,
    /// Write a sequence of pictures to DIR: points of a lattice that flow to their basins, --steps updates in all or 100 [two variables]
    #[arg(long, value_name = "DIR", help_heading = "Pictures")]
    pub(super) frames: Option<PathBuf>,
    /// Where the scan runs.
    #[command(flatten)]
    pub(super) place: Place,
    /// How to speak.
    #[command(flatten)]
    pub(super) voice: Voice,
}

/// All that is to be told.
struct Explanation {
    experiment: Experiment,
    /// The loss with its parameters open, where it is a formula.
    open: Option<Bound>,
    /// The quadratic that it is around the point, where it is made of such.
    quadratic: Option<Problem>,
    slope: Slope,
    /// Those of ∇²L, ascending, where there is one.
    eigenvalues: Option<Vec<f64>>,
    /// Where it is least, if it is a quadratic.
    lowest: Option<Lowest>,
    /// None of these three where the gradient vanishes.
    reach: Option<Reach>,
    taylor: Option<Taylor>,
    scan: Option<Scanned>,
    /// One a learning rate.
    steps: Vec<Step>,
    /// One a learning rate, if they were asked for.
    paths: Vec<Path>,
}

impl Explanation {
    /// Names and values of the parameters of a formula.
    fn parameters(&self) -> Vec<(&str, f64)> {
        let parameters = self.open.iter().flat_map(|open| open.formula().parameters());
        parameters.filter_map(|parameter| Some((parameter.name.as_str(), value(&self.experiment, &parameter.name)?.into()))).collect()
    }
}

/// A scan of directions.
struct Scanned {
    backend: Description,
    directions: usize,
    findings: Findings,
}

impl Explain {
    pub(super) fn execute(&self) -> Result<()> {
        let style = self.appearance.style()?;
        let mut outputs = Outputs::create(&self.outputs, "explain", &[Format::PNG, Format::SVG])?;
        let explanation = self.explanation()?;
        if outputs.has_picture() || self.frames.is_some() {
            let scene = Scene::of(&explanation)?;
            let sheet = if outputs.has_picture() { Some(scene.sheet()?) } else { None };
            for (output, sheet) in outputs.files.iter_mut().zip(sheet.iter().cycle()) {
                if let Format::Picture(format) = output.format {
                    output.file.put(&sheet.render(format, style)?)?;
                }
            }
            if let Some(folder) = &self.frames {
                let run = frames::Run { place: &self.place, voice: self.voice };
                let files = frames::write(&scene, &run, folder, self.steps, style)?;
                report::note_files(&[files[0].clone(), files[files.len() - 1].clone()], self.voice.quiet);
            }
        }
        report::note_files(&outputs.commit()?, self.voice.quiet);
        match self.voice.json {
            true => report::print_json(&json::of(&explanation)),
            false => report::print(&text::of(&explanation)),
        }
    }

    fn explanation(&self) -> Result<Explanation> {
        let loss = loss::build(&self.loss, &self.data)?;
        let draft = Experiment::new(loss.clone()).stop(self.bounds.rule(self.steps));
        let experiment = inputs::set(draft, &loss, &self.inputs, self.seed)?.validate().map_err(of_one_point)?;
        let surface = Surface::of(&experiment)?;
        let rates = surface.learning_rates();
        self.check_size(rates.len(), experiment.dimension())?;
        let slope = Slope::at(surface, surface.start())?;
        let scan = self.scan(surface, &slope)?;
        Ok(Explanation {
            open: open(&loss, &experiment)?,
            quadratic: if matches!(loss, Loss::Formula(_)) { None } else { surface.quadratic(&slope.point) },
            eigenvalues: surface.eigenvalues(&slope.point),
            lowest: if slope.point.len() <= MOST_VARIABLES { surface.lowest() } else { None },
            reach: reach(surface, &slope),
            taylor: Taylor::of(surface, &slope)?,
            scan,
            steps: rates.iter().map(|rate| Step::of(surface, &slope, *rate)).collect(),
            paths: rates.iter().filter(|_| self.steps > 0).map(|rate| Path::of(surface, *rate)).collect(),
            slope,
            experiment,
        })
    }

    /// Refuses what would be too long to read or to hold.
    fn check_size(&self, rates: usize, dimension: usize) -> Result<()> {
        if rates > MOST_RATES {
            return Err(Error::invalid("learning_rate", format!("{rates} values are more than {MOST_RATES}; give fewer")));
        }
        if self.steps > MOST_STEPS {
            return Err(Error::invalid("--steps", format!("{} are more than {MOST_STEPS}, the most that are listed", self.steps)));
        }
        let coordinates = u64::from(self.steps) * (rates * dimension) as u64;
        match coordinates > MOST_COORDINATES {
            true => Err(Error::invalid("--steps", format!("{coordinates} coordinates are more than {MOST_COORDINATES}; give fewer steps"))),
            false => Ok(()),
        }
    }

    fn scan(&self, surface: Surface<'_>, slope: &Slope) -> Result<Option<Scanned>> {
        let Some((scan, points)) = Scan::new(slope, self.scan_step, self.directions.map(u64::from), self.seed)? else { return Ok(None) };
        if let Some(warning) = spacing_warning(&slope.point, self.scan_step).filter(|_| !self.voice.quiet) {
            report::note(&format!("warning: {warning}"));
        }
        let session = Session::prepare(&self.place, self.voice, surface.at(points, "directions")?)?;
        let mut losses = Vec::new();
        session.run(Columns { ending: true, loss: true, ..Columns::default() }, |outcomes| {
            losses.extend_from_slice(&outcomes.loss);
            Ok(())
        })?;
        let backend = session.backend().clone();
        Ok(Some(Scanned { backend, directions: scan.directions(), findings: scan.judge(&losses) }))
    }
}

/// The same error with advice for a command that looks at one point.
fn of_one_point(error: Error) -> Error {
    match error {
        Error::Unset { what: "variable", name, .. } => {
            let advice = format!("explain looks at one point; give it a number, as in {name}=1, or set all with start=1");
            Error::Unset { what: "variable", name, advice }
        }
        Error::Unset { what, name, .. } if name == LEARNING_RATE => {
            Error::Unset { what, name, advice: "give it a number or a few, as in lr=0.1 or lr=0.05,0.1,0.4".into() }
        }
        other => other,
    }
}

/// The value of the input `name`, which has one, if it is there.
fn value(experiment: &Experiment, name: &str) -> Option<f32> {
    experiment.axes().iter().find(|axis| axis.name() == name).map(|axis| axis.axis.value(0, 0))
}

/// The formula of `loss` with its parameters open, where it is one.
fn open(loss: &Loss, experiment: &Experiment) -> Result<Option<Bound>> {
    let Loss::Formula(formula) = loss else { return Ok(None) };
    let setting = |parameter: &Parameter| value(experiment, &parameter.name).map_or(Setting::Default, Setting::Fixed);
    formula.open(&formula.parameters().iter().map(setting).collect::<Vec<_>>()).map(Some)
}
