//! Options that several commands share.

use std::path::PathBuf;

use clap::Args;

use crate::backend::choice::{Choice, Kind};
use crate::cli::{inputs, loss};
use crate::error::{Error, Result};
use crate::experiment::{Draft, Experiment};
use crate::loss::Loss;
use crate::optimizer::Optimizer;
use crate::plan::MemoryBudget;
use crate::schedule::Schedule;
use crate::stop::StopRule;

/// The loss and the data that describe it.
#[derive(Args, Clone, Debug, Default)]
pub(super) struct Data {
    /// The number of variables, for a loss that leaves it open: one over x[i] such as rosenbrock
    #[arg(long, value_name = "D", help_heading = "Loss")]
    pub(super) dimension: Option<usize>,
    /// The variables of a formula in the order that start points list them, as in y,x [default: by name]
    #[arg(long, value_name = "NAMES", value_delimiter = ',', help_heading = "Loss")]
    pub(super) variables: Option<Vec<String>>,
    /// Second derivatives A of a `quadratic`: rows 'a,b;c,d', a diagonal 'a,b,c', or @A.npy / @A.csv; [n,D,D] in an .npy file is a batch of n problems
    #[arg(long, value_name = "A", allow_hyphen_values = true, help_heading = "Loss")]
    pub(super) hessian: Option<String>,
    /// Stationary point c of ½(x−c)ᵀA(x−c): 'a,b' or @c.npy / @c.csv; one row a problem of a batch
    #[arg(long, value_name = "C", allow_hyphen_values = true, help_heading = "Loss")]
    pub(super) center: Option<String>,
    /// Linear term b of ½xᵀAx + bᵀx, instead of a centre: 'a,b' or @b.npy / @b.csv
    #[arg(long, value_name = "B", allow_hyphen_values = true, help_heading = "Loss")]
    pub(super) linear: Option<String>,
    /// Matrix M of the least squares ½‖Mx − y‖², instead of a Hessian: 'a,b;c,d;e,f' or @M.npy / @M.csv
    #[arg(long, value_name = "M", allow_hyphen_values = true, help_heading = "Loss")]
    pub(super) matrix: Option<String>,
    /// Right-hand side y of the least squares: 'a,b,c' or @y.npy / @y.csv
    #[arg(long, value_name = "Y", allow_hyphen_values = true, help_heading = "Loss")]
    pub(super) target: Option<String>,
    /// Points to fit a line or a plane through, instead of a Hessian: a file with a row for each, the value to be fitted last. The loss is the mean of
    /// the squared errors; its variables are the slope w, or w1, w2 and so on, and the offset b
    #[arg(long, value_name = "FILE", help_heading = "Loss")]
    pub(super) fit: Option<PathBuf>,
    /// Number added to a `quadratic` [default: 0]
    #[arg(long, value_name = "K", allow_hyphen_values = true, help_heading = "Loss")]
    pub(super) constant: Option<f64>,
    /// The quadratics of `wells`, one a row: offset, c1…cD, a1…aD, in any order under a header with these names
    #[arg(long, value_name = "FILE", help_heading = "Loss")]
    pub(super) wells: Option<PathBuf>,
}

/// When descents end.
#[derive(Args, Clone, Debug)]
pub(super) struct Stop {
    /// The most updates a descent may take; 1e6 and the like are understood
    #[arg(long, value_name = "N", default_value = "1000", value_parser = whole, allow_hyphen_values = true, help_heading = "Stop rule")]
    steps: u32,
    /// Where they end before that.
    #[command(flatten)]
    bounds: Bounds,
    /// Take exactly --steps updates and look at the stop rule only after the last
    #[arg(long, help_heading = "Stop rule")]
    fixed_steps: bool,
}

/// Where descents end.
#[derive(Args, Clone, Copy, Debug)]
pub(super) struct Bounds {
    /// Converged at or below this norm of the gradient
    #[arg(long, value_name = "NORM", default_value_t = 1e-4, allow_hyphen_values = true, help_heading = "Stop rule")]
    gradient_norm: f32,
    /// Diverged beyond this norm of the point
    #[arg(long, value_name = "RADIUS", default_value_t = 1e6, allow_hyphen_values = true, help_heading = "Stop rule")]
    divergence_radius: f32,
}

impl Bounds {
    /// The rule that ends descents there or after so many updates.
    pub(super) fn rule(self, steps: u32) -> StopRule {
        StopRule { steps, gradient_norm: self.gradient_norm, divergence_radius: self.divergence_radius, fixed_steps: false }
    }
}

/// Where descents run.
#[derive(Args, Clone, Debug)]
pub(super) struct Place {
    /// auto takes a GPU where there is one and the work is worth its start-up, else the CPU
    #[arg(long, value_name = "NAME", default_value = "auto", value_parser = Kind::NAMES, help_heading = "Backend")]
    pub(super) backend: String,
    /// A GPU's number or part of its name, as `thalweg devices` lists them; software adapters run only where one is named, or with --backend gpu
    #[arg(long, value_name = "NAME", help_heading = "Backend")]
    pub(super) adapter: Option<String>,
    /// Threads of the cpu backend, and of the work on results whatever the backend [default: one a core]
    #[arg(long, value_name = "N", help_heading = "Backend")]
    pub(super) threads: Option<usize>,
    /// Memory for the descents under way, such as 512MiB, 2GiB or 1e9 (bytes)
    #[arg(long, value_name = "SIZE", default_value = "512MiB", value_parser = bytes, allow_hyphen_values = true, help_heading = "Backend")]
    pub(super) memory: u64,
}

/// What to run and how; shared by all commands that descend.
#[derive(Args, Clone, Debug)]
pub(super) struct Common {
    /// What is minimised: a name that `thalweg losses` lists, a formula such as '(x^2 + y - 11)^2 + (x + y^2 - 7)^2', or `quadratic` or `wells` with their data
    #[arg(value_name = "LOSS", allow_hyphen_values = true)]
    pub(super) loss: String,
    /// A starting coordinate, a parameter of the loss or a hyper-parameter, with a number, from:to:count, log:from:to:count, a list 0.1,0.2 or @file;
    /// start=… sets all variables not named: a number, uniform:-4:4:10000, normal:0:1:10000, sobol:-4:4:10000 or @file
    #[arg(value_name = "INPUT=SPEC")]
    pub(super) inputs: Vec<String>,
    /// The loss's data.
    #[command(flatten)]
    pub(super) data: Data,
    /// How points move.
    #[command(flatten)]
    pub(super) movement: Movement,
    /// Seed of uniform: and normal: samples
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(super) seed: u64,
    /// When descents end.
    #[command(flatten)]
    pub(super) stop: Stop,
    /// Where they run.
    #[command(flatten)]
    pub(super) place: Place,
    /// How to speak.
    #[command(flatten)]
    pub(super) voice: Voice,
}

/// How points move.
#[derive(Args, Clone, Debug)]
pub(super) struct Movement {
    /// The update rule, whose hyper-parameters are inputs: gradient-descent, momentum, nesterov, adagrad, rmsprop, adam, amsgrad, adamw, nadam, lion,
    /// sign-descent, normalized or steepest-descent. With clip_value=, clip_norm= or weight_decay= gradients are clipped or weights decay
    #[arg(long, value_name = "NAME", default_value = "gradient-descent", help_heading = "Update rule")]
    optimizer: String,
    /// How the learning rate changes, whose numbers are inputs too: constant, step, exponential, polynomial, cosine, inverse-time or inverse-sqrt.
    /// With warmup= it grows over so many steps first
    #[arg(long, value_name = "NAME", default_value = "constant", help_heading = "Update rule")]
    schedule: String,
}

impl Movement {
    /// An experiment on `loss` with these.
    ///
    /// # Errors
    /// [`Error::Unknown`] for a rule or a schedule that there is not.
    pub(super) fn draft(&self, loss: &Loss) -> Result<Draft> {
        Ok(Experiment::new(loss.clone()).optimizer(Optimizer::named(&self.optimizer)?).schedule(Schedule::named(&self.schedule)?))
    }
}

/// How to speak.
#[derive(Args, Clone, Copy, Debug, Default)]
pub(super) struct Voice {
    /// Print one JSON object on stdout and nothing else
    #[arg(long)]
    pub(super) json: bool,
    /// No progress and no remarks on stderr
    #[arg(long)]
    pub(super) quiet: bool,
}

impl Common {
    /// The experiment these options describe, checked as a whole.
    ///
    /// # Errors
    /// One that names the option, the input or the file at fault.
    pub(super) fn experiment(&self) -> Result<Experiment> {
        let loss = loss::build(&self.loss, &self.data)?;
        let stop = StopRule { fixed_steps: self.stop.fixed_steps, ..self.stop.bounds.rule(self.stop.steps) };
        let draft = self.movement.draft(&loss)?.stop(stop);
        inputs::set(draft, &loss, &self.inputs, self.seed)?.validate()
    }

    /// Where to run it.
    ///
    /// # Errors
    /// [`Error::Unknown`] for a backend that there is not.
    pub(super) fn choice(&self) -> Result<Choice> {
        self.place.choice()
    }
}

impl Place {
    /// Where to run.
    ///
    /// # Errors
    /// [`Error::Unknown`] for a backend that there is not.
    pub(super) fn choice(&self) -> Result<Choice> {
        Ok(Choice { kind: Kind::named(&self.backend)?, adapter: self.adapter.clone(), threads: self.threads })
    }

    /// The memory for tiles.
    pub(super) fn budget(&self) -> MemoryBudget {
        MemoryBudget(self.memory)
    }
}

/// A whole number, which may be written as 1e6.
pub(super) fn whole(text: &str) -> std::result::Result<u32, String> {
    let value = text.parse::<f64>().ok().filter(|value| value.fract() == 0.0 && (0.0..=f64::from(u32::MAX)).contains(value));
    value.map(|value| value as u32).ok_or_else(|| format!("not a whole number from 0 to {}", u32::MAX))
}

const UNITS: [(&str, f64); 9] = [
    ("KiB", 1024.0),
    ("MiB", 1_048_576.0),
    ("GiB", 1_073_741_824.0),
    ("TiB", 1_099_511_627_776.0),
    ("kB", 1e3),
    ("MB", 1e6),
    ("GB", 1e9),
    ("TB", 1e12),
    ("B", 1.0),
];

/// A size in bytes with or without a unit, one tile of one descent at least.
fn bytes(text: &str) -> std::result::Result<u64, String> {
    let unit = UNITS.iter().find_map(|(name, size)| text.strip_suffix(name).map(|number| (number, *size)));
    let (number, size) = unit.unwrap_or((text, 1.0));
    let value = number.trim().parse::<f64>().ok().map(|number| number * size).filter(|value| (1.0..1e18).contains(value));
    value.map(|value| value as u64).ok_or_else(|| "not a size of a byte to 1e18 bytes, such as 512MiB, 2GiB or 1e9".into())
}

/// Checks that an option left over for another loss or form is not given.
pub(super) fn refuse(is_given: bool, option: &str, reason: &str) -> Result<()> {
    if is_given { Err(Error::invalid(format!("--{option}"), reason)) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read_with_and_without_units() {
        for (text, expected) in [("512MiB", 512 << 20), ("2GiB", 2 << 30), ("1e9", 1_000_000_000), ("1.5 kB", 1500), ("64B", 64)] {
            assert_eq!(bytes(text), Ok(expected), "{text}");
        }
        for text in ["", "MiB", "0", "-1GiB", "1XB", "nan", "1e30"] {
            assert!(bytes(text).is_err(), "{text}");
        }
    }

    #[test]
    fn step_counts_may_be_powers_of_ten() {
        assert_eq!((whole("20000"), whole("1e6")), (Ok(20_000), Ok(1_000_000)));
        for text in ["-1", "1.5", "1e10", "many"] {
            assert!(whole(text).is_err(), "{text}");
        }
    }
}
