//! `cargo xtask test`: everything that must hold before a change is handed in.

use std::process::Command;
use std::time::{Duration, Instant};

use crate::{Failure, root, vulkan};

/// A call of cargo that must succeed.
struct Stage {
    name: &'static str,
    arguments: &'static [&'static str],
}

const STAGES: [Stage; 3] = [
    Stage { name: "format", arguments: &["fmt", "--all", "--check"] },
    Stage { name: "lints", arguments: &["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"] },
    // Unit, integration and documentation tests; that every shader is valid is one of them.
    Stage { name: "tests", arguments: &["test", "--workspace"] },
];

/// Makes sure of a Vulkan driver, then runs every stage up to the first that fails.
pub(crate) fn run(arguments: &[&str]) -> Result<(), Failure> {
    if let Some(extra) = arguments.first() {
        return Err(Failure::usage(format!("takes no argument, but '{extra}' was given")));
    }
    // The tests read the same variable: without it, those that need an adapter and find none say so and pass.
    let is_required = std::env::var_os("THALWEG_REQUIRE_GPU").is_some_and(|value| value == "1");
    let mut times = vec![("driver", timed(|| vulkan::ensure_driver(is_required))?)];
    for stage in &STAGES {
        eprintln!("\n== {}: cargo {}", stage.name, stage.arguments.join(" "));
        match timed(|| stage.run()) {
            Ok(time) => times.push((stage.name, time)),
            Err(failure) => {
                let message = format!("{}\n{}", failure.message, report(&times));
                return Err(Failure { message, ..failure });
            }
        }
    }
    eprintln!("\nall passed\n{}", report(&times));
    Ok(())
}

impl Stage {
    /// Runs cargo with its output on this terminal.
    fn run(&self) -> Result<(), Failure> {
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let started = Instant::now();
        let status = Command::new(cargo).args(self.arguments).current_dir(root()).status();
        let status = status.map_err(|error| Failure::new(format!("{}: cargo cannot be started: {error}", self.name)))?;
        if status.success() {
            return Ok(());
        }
        let message = format!("{} failed after {} ({status})", self.name, seconds(started.elapsed()));
        let exit_code = status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(1);
        Err(Failure { message, exit_code })
    }
}

fn timed(work: impl FnOnce() -> Result<(), Failure>) -> Result<Duration, Failure> {
    let started = Instant::now();
    work()?;
    Ok(started.elapsed())
}

/// The time of every stage that passed.
fn report(times: &[(&str, Duration)]) -> String {
    times.iter().map(|(name, time)| format!("  {name:8}{:>9}\n", seconds(*time))).collect()
}

fn seconds(time: Duration) -> String {
    format!("{:.1} s", time.as_secs_f64())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stage_that_fails_ends_with_cargos_own_exit_code() {
        let failure = Stage { name: "lie", arguments: &["--no-such-option"] }.run().unwrap_err();
        assert!(failure.message.starts_with("lie failed after"), "{}", failure.message);
        assert_eq!(failure.exit_code, 1);
        let failure = Stage { name: "lie", arguments: &["no-such-command"] }.run().unwrap_err();
        assert_eq!(failure.exit_code, 101);
    }

    #[test]
    fn a_stage_that_succeeds_passes() {
        assert!(Stage { name: "version", arguments: &["--version"] }.run().is_ok());
    }
}
