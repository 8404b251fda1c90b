//! The command line: one file a command.

mod basins;
mod bench;
mod devices;
mod explain;
mod grid;
mod inputs;
mod lattice;
mod loss;
mod losses;
mod options;
mod outputs;
mod progress;
mod report;
mod rows;
mod run;
mod scales;
mod session;
mod shader;
mod sweep;
mod verify;
mod words;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::error::Result;

const HELP: &str = "\
Every number can be swept: a starting coordinate, the learning rate, a parameter of the loss. INPUT=SPEC gives it its values:
  x=0.5                     a number
  x=-4:4:512                512 values evenly spaced, both ends included
  lr=log:1e-3:1:256         256 values, each a fixed multiple of the one before
  lr=0.05,0.1,0.4           a list
  x=@values.npy             a file, .npy or .csv
  start=uniform:-4:4:10000  10000 seeded start points of all variables not set by name
  start=normal:0:1:10000    the same with a mean and a standard deviation
  start=sobol:-4:4:4096     evenly filling points
  start=@points.npy         a file with a row for each point

Examples:
  thalweg basins booth x=-10:10:512 y=-10:10:512 lr=0.1 -o map.png
  thalweg sweep booth x=-10:10:64 y=-10:10:64 lr=log:1e-2:1:256 -o rates.png
  thalweg run quadratic --hessian 2 --center 2 x=0 lr=0.1 --steps 1
  thalweg explain '(w - 2)^2' w=0 lr=0.1

Results go to stdout and to -o, all else to stderr. Exit code: 0 done, 1 failed, 2 the command must be given otherwise.";

/// Millions of independent gradient descents at once, on any GPU or CPU
#[derive(Debug, Parser)]
#[command(name = "thalweg", version, after_help = HELP, max_term_width = 120)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// The outcome of every descent of any grid
    #[command(after_help = run::HELP)]
    Run(run::Run),
    /// A map of which minimum each pair of values leads to, over exactly two swept inputs
    #[command(after_help = basins::HELP)]
    Basins(basins::Basins),
    /// How many descents converge, how fast and how low, for every value of what is swept besides the starts
    #[command(after_help = sweep::HELP)]
    Sweep(sweep::Sweep),
    /// Why a step against the gradient goes down, at one point: the gradient, the step, its limit, and a scan of all directions
    #[command(after_help = explain::HELP)]
    Explain(explain::Explain),
    /// The same experiment on every backend that is there, timed
    #[command(after_help = bench::HELP)]
    Bench(bench::BenchOptions),
    /// Whether this machine's GPU and CPU do what the f64 reference does
    #[command(after_help = verify::HELP)]
    Verify(verify::Verify),
    /// Where descents can run on this machine
    #[command(after_help = devices::HELP)]
    Devices(devices::Devices),
    /// The losses there are, or all about one of them
    #[command(after_help = losses::HELP)]
    Losses(losses::Losses),
    /// The WGSL program of a loss and an optimizer
    #[command(after_help = shader::HELP)]
    Shader(shader::Shader),
}

impl Command {
    fn execute(&self) -> Result<()> {
        match self {
            Self::Run(run) => run.execute(),
            Self::Basins(basins) => basins.execute(),
            Self::Sweep(sweep) => sweep.execute(),
            Self::Explain(explain) => explain.execute(),
            Self::Bench(bench) => bench.execute(),
            Self::Verify(verify) => verify.execute(),
            Self::Devices(devices) => devices.execute(),
            Self::Losses(losses) => losses.execute(),
            Self::Shader(shader) => shader.execute(),
        }
    }
}

/// The program: reads its arguments, does what they say, and tells how it went.
pub fn main() -> ExitCode {
    silence_device_selection();
    // Drivers and wgpu log what is no user's concern; RUST_LOG brings it back.
    env_logger::Builder::from_env(env_logger::Env::default().default_filter_or("error")).init();
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // A closed pipe is all that can go wrong, and then nobody reads it.
            let _ = error.print();
            return ExitCode::from(error.exit_code() as u8);
        }
    };
    match cli.command.execute() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            report::note(&format!("error: {error}"));
            ExitCode::from(error.exit_code())
        }
    }
}

/// Mesa's device-selection layer looks for a Wayland display and complains on stderr where there can be none.
#[expect(unsafe_code, reason = "changing the environment is safe while there is one thread")]
fn silence_device_selection() {
    if std::env::var_os("XDG_RUNTIME_DIR").is_none() {
        // SAFETY: the program has just begun and started no thread.
        unsafe { std::env::set_var("NODEVICE_SELECT", "1") };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn no_two_options_of_a_command_clash() {
        Cli::command().debug_assert();
    }
}
