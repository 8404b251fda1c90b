//! `thalweg shader`: the WGSL program that a loss and an optimizer make, as the gpu backend compiles it.

use clap::Args;
use serde_json::json;

use crate::cli::options::{Data, Movement, Voice};
use crate::cli::{inputs, loss, report};
use crate::error::Result;
use crate::shader::Variant;

/// What `thalweg shader --help` says last.
pub(super) const HELP: &str = "\
Inputs are data, not text: all sweeps of one loss in one dimension share a program. Which inputs there are is text.

Examples:
  thalweg shader booth
  thalweg shader trid --dimension 8 --lanes 4
  thalweg shader rosenbrock b=1:100:100 --optimizer adam --schedule cosine clip_norm=1";

/// The options of `shader`.
#[derive(Args, Debug)]
pub(super) struct Shader {
    /// What is minimised, as for `thalweg run`
    #[arg(value_name = "LOSS", allow_hyphen_values = true)]
    pub(super) loss: String,
    /// The loss's data.
    #[command(flatten)]
    pub(super) data: Data,
    /// As for `thalweg run`, where they matter: a parameter that is swept, clip_norm=1 and the like
    #[arg(value_name = "INPUT=SPEC")]
    pub(super) inputs: Vec<String>,
    /// How points move.
    #[command(flatten)]
    pub(super) movement: Movement,
    /// How many descents an invocation advances at most: 1, 2, 4 or 8
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(super) lanes: usize,
    /// How to speak.
    #[command(flatten)]
    pub(super) voice: Voice,
}

impl Shader {
    pub(super) fn execute(&self) -> Result<()> {
        let loss = loss::build(&self.loss, &self.data)?;
        let mut draft = inputs::set(self.movement.draft(&loss)?, &loss, &self.inputs, 0)?;
        // No value of these reaches the text, so any will do.
        for name in draft.unset_variables() {
            draft = draft.input(&name, 1.0);
        }
        for hyper in draft.unset_hyperparameters() {
            draft = draft.input(hyper.name, hyper.at_least.unwrap_or(0.5));
        }
        let program = Variant::of(&draft.validate()?, self.lanes).program()?;
        match self.voice.json {
            true => report::print_json(&json!({ "command": "shader", "wgsl": program.text() })),
            false => report::print(program.text()),
        }
    }
}
