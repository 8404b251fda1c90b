//! `thalweg losses`: the losses there are, or all about one of them.

mod about;
mod figure;
mod json;
mod table;
mod text;

use clap::Args;
use serde_json::json;

use crate::cli::losses::about::About;
use crate::cli::options::{Data, Voice};
use crate::cli::outputs::{Appearance, Format, OutputPaths, Outputs};
use crate::cli::report;
use crate::error::{Error, Result};

/// What `thalweg losses --help` says last.
pub(super) const HELP: &str = "\
Without LOSS all are listed, with 2/λ_max at the lowest known minimum: gradient descent settles there only at learning rates below it.
  .png .svg  a picture: the curve of a loss of one variable, or else contours; of more than two variables the first two, the \
others held at the lowest known minimum

Examples:
  thalweg losses
  thalweg losses himmelblau -o himmelblau.png
  thalweg losses rosenbrock b=10 --dimension 4
  thalweg losses '(x^2 + y - 11)^2 + (x + y^2 - 7)^2'";

/// The options of `losses`.
#[derive(Args, Debug)]
pub(super) struct Losses {
    /// Tell all about this one: a name, or a formula such as '(x^2 + y - 11)^2 + (x + y^2 - 7)^2'
    #[arg(value_name = "LOSS", allow_hyphen_values = true)]
    pub(super) loss: Option<String>,
    /// The value of a parameter of the loss, where it is not to have its default
    #[arg(value_name = "PARAMETER=VALUE")]
    pub(super) parameters: Vec<String>,
    /// The number of variables, for a loss that leaves it open
    #[arg(long, value_name = "D", requires = "loss")]
    pub(super) dimension: Option<usize>,
    /// The variables of a formula in the order that is wanted, as in y,x [default: by name]
    #[arg(long, value_name = "NAMES", value_delimiter = ',', requires = "loss")]
    pub(super) variables: Option<Vec<String>>,
    /// Where pictures go.
    #[command(flatten)]
    pub(super) outputs: OutputPaths,
    /// How pictures look.
    #[command(flatten)]
    pub(super) appearance: Appearance,
    /// How to speak.
    #[command(flatten)]
    pub(super) voice: Voice,
}

/// A loss whose data come from the command line.
struct FromData {
    name: &'static str,
    formula: &'static str,
    /// Where its data go.
    data: &'static str,
}

const FROM_DATA: [FromData; 2] = [
    FromData {
        name: "quadratic",
        formula: "½ (x−c)ᵀA(x−c) + k",
        data: "--hessian with --center or --linear, or --matrix and --target, or --fit; --constant; see `thalweg run --help`",
    },
    FromData {
        name: "wells",
        formula: "min over wells w of ½ Σ a_wi (x_i − c_wi)² + o_w",
        data: "--wells FILE.csv with the columns offset, c1…cD, a1…aD",
    },
];

/// The formula of the loss `name`, where its data come from the command line.
pub(super) fn formula_of_data(name: &str) -> Option<&'static str> {
    FROM_DATA.iter().find(|known| known.name == name).map(|known| known.formula)
}

impl FromData {
    fn json(&self) -> serde_json::Value {
        json!({ "name": self.name, "formula": self.formula, "data": self.data })
    }
}

impl Losses {
    pub(super) fn execute(&self) -> Result<()> {
        let from_data = FROM_DATA.iter().find(|known| self.loss.as_deref() == Some(known.name));
        match (&self.loss, from_data) {
            (None, _) => {
                self.refuse("name a loss to draw")?;
                table::print(self.voice)
            }
            (_, Some(known)) => {
                self.refuse(&format!("the data of {} are not given here; `thalweg basins` draws it", known.name))?;
                match self.voice.json {
                    true => report::print_json(&json::with_command(known.json())),
                    false => report::print(&format!("{}: {}\ndata: {}\n", known.name, known.formula, known.data)),
                }
            }
            (Some(loss), None) => self.tell(loss),
        }
    }

    /// Refuses a picture where there is nothing to draw.
    fn refuse(&self, reason: &str) -> Result<()> {
        match self.outputs.output.first() {
            Some(path) => Err(Error::file(path, reason)),
            None => Ok(()),
        }
    }

    fn tell(&self, loss: &str) -> Result<()> {
        let data = Data { dimension: self.dimension, variables: self.variables.clone(), ..Data::default() };
        let about = About::of(loss, &data, &self.parameters)?;
        let style = self.appearance.style()?;
        let mut outputs = Outputs::create(&self.outputs, "losses", &[Format::PNG, Format::SVG])?;
        if outputs.has_picture() {
            let figure = figure::of(&about);
            for output in &mut outputs.files {
                if let Format::Picture(format) = output.format {
                    output.file.put(&figure.render(format, style)?)?;
                }
            }
        }
        let written = outputs.commit()?;
        match self.voice.json {
            true => report::print_json(&json::with_command(json::everything(&about)))?,
            false => report::print(&text::of(&about))?,
        }
        report::note_files(&written, self.voice.quiet);
        Ok(())
    }
}
