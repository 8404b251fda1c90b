//! `thalweg shader`: the WGSL program that a loss and an optimizer make, as the gpu backend compiles it.

use clap::Args;
use serde_json::json;

use crate::cli::options::{Data, Voice};
use crate::cli::{loss, report};
use crate::error::Result;
use crate::experiment::Experiment;
use crate::optimizer::Optimizer;
use crate::shader::Variant;

/// What `thalweg shader --help` says last.
pub(super) const HELP: &str = "\
Inputs are data, not text: all sweeps of one loss in one dimension share a program.

Examples:
  thalweg shader booth
  thalweg shader trid --dimension 8 --lanes 4";

/// The options of `shader`.
#[derive(Args, Debug)]
pub(super) struct Shader {
    /// What is minimised, as for `thalweg run`
    #[arg(value_name = "LOSS", allow_hyphen_values = true)]
    pub(super) loss: String,
    /// The loss's data.
    #[command(flatten)]
    pub(super) data: Data,
    /// The update rule, as for `thalweg run`
    #[arg(long, value_name = "NAME", default_value = "gradient-descent")]
    pub(super) optimizer: String,
    /// How many descents an invocation advances at most: 1, 2, 4 or 8
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(super) lanes: usize,
    /// How to speak.
    #[command(flatten)]
    pub(super) voice: Voice,
}

impl Shader {
    pub(super) fn execute(&self) -> Result<()> {
        let optimizer = Optimizer::named(&self.optimizer)?;
        let mut draft = Experiment::new(loss::build(&self.loss, &self.data)?).optimizer(optimizer);
        // No value reaches the text, so any will do.
        for name in draft.unset_variables() {
            draft = draft.input(&name, 1.0);
        }
        for hyper in optimizer.hyperparameters() {
            draft = draft.input(hyper.name, hyper.default.unwrap_or(0.5));
        }
        let program = Variant::of(&draft.validate()?, self.lanes).program()?;
        match self.voice.json {
            true => report::print_json(&json!({ "command": "shader", "wgsl": program.text() })),
            false => report::print(program.text()),
        }
    }
}
