//! The project's own commands, one file each and one row in [`COMMANDS`].

mod architecture;
mod compare;
mod gallery;
mod test;
mod vulkan;

use std::path::Path;
use std::process::ExitCode;

/// A command of `cargo xtask`; it is given the words after its name.
struct Task {
    name: &'static str,
    about: &'static str,
    run: fn(&[&str]) -> Result<(), Failure>,
}

const COMMANDS: [Task; 3] = [
    Task {
        name: "test",
        about: "find or install a Vulkan driver, then check format and lints and run all tests and examples",
        run: test::run,
    },
    Task { name: "compare", about: "measure thalweg against the same descents in C++, NumPy, Numba, JAX and PyTorch", run: compare::run },
    Task { name: "gallery", about: "draw the pictures that the README shows, each by the command beside it", run: gallery::run },
];

/// Why a command ends early: what to say and the exit code to end with.
#[derive(Debug)]
struct Failure {
    message: String,
    exit_code: u8,
}

impl Failure {
    fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), exit_code: 1 }
    }

    /// The command line is at fault.
    fn usage(message: impl Into<String>) -> Self {
        Self { message: message.into(), exit_code: 2 }
    }
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words[..] {
        [] | ["help" | "-h" | "--help"] => {
            println!("{}", usage());
            ExitCode::SUCCESS
        }
        [name, ref arguments @ ..] => match COMMANDS.iter().find(|task| task.name == name) {
            Some(task) => run(task, arguments),
            None => refuse(&format!("unknown command '{name}'")),
        },
    }
}

fn run(task: &Task, arguments: &[&str]) -> ExitCode {
    match (task.run)(arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("xtask {}: {}", task.name, failure.message);
            ExitCode::from(failure.exit_code)
        }
    }
}

fn refuse(reason: &str) -> ExitCode {
    eprintln!("xtask: {reason}\n\n{}", usage());
    ExitCode::from(2)
}

fn usage() -> String {
    let rows = COMMANDS.iter().map(|task| format!("\n  {:8}{}", task.name, task.about));
    format!("usage: cargo xtask COMMAND\n{}", rows.collect::<String>())
}

/// The root of the repository.
fn root() -> &'static Path {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    package.parent().unwrap_or(package)
}
