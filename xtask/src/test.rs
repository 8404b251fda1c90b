//! `cargo xtask test`: everything that must hold before a change is handed in.

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use crate::{Failure, architecture, root, vulkan};

/// A call of cargo that must succeed.
struct Stage {
    name: String,
    arguments: Vec<String>,
}

/// The calls before those of the examples, each with a name.
const CHECKS: [(&str, &[&str]); 3] = [
    ("format", &["fmt", "--all", "--check"]),
    ("lints", &["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"]),
    // Unit, integration and documentation tests; that every shader is valid is one of them. The examples are built here too.
    ("tests", &["test", "--workspace"]),
];

/// Lints what is compiled for `target` alone; without tests, whose libraries may need a C compiler for it.
fn lints_for(target: &str) -> Stage {
    Stage::new("lints elsewhere", &["clippy", "--package", "thalweg", "--lib", "--bins", "--target", target, "--", "-D", "warnings"])
}

/// Every check, that for another architecture, if there is one, then every program in the folder `examples`, in order.
fn stages(other: Option<&str>, examples: &Path) -> Result<Vec<Stage>, Failure> {
    let unreadable = |error| Failure::new(format!("{}: {error}", examples.display()));
    let files = examples.read_dir().and_then(Iterator::collect::<Result<Vec<_>, _>>).map_err(unreadable)?;
    let mut programs: Vec<_> = files.iter().map(|file| file.path()).filter(|path| path.extension().is_some_and(|it| it == "rs")).collect();
    programs.sort();
    let names = programs.iter().filter_map(|path| path.file_stem()?.to_str());
    let checks = CHECKS.iter().map(|(name, arguments)| Stage::new(name, arguments));
    Ok(checks.chain(other.map(lints_for)).chain(names.map(|name| Stage::new(name, &["run", "--quiet", "--example", name]))).collect())
}

/// Makes sure of a Vulkan driver, then runs every stage up to the first that fails.
pub(crate) fn run(arguments: &[&str]) -> Result<(), Failure> {
    if let Some(extra) = arguments.first() {
        return Err(Failure::usage(format!("takes no argument, but '{extra}' was given")));
    }
    // The tests read the same variable: without it, those that need an adapter and find none say so and pass.
    let is_required = std::env::var_os("THALWEG_REQUIRE_GPU").is_some_and(|value| value == "1");
    let stages = stages(architecture::other(), &root().join("examples"))?;
    let mut times = vec![("driver", timed(|| vulkan::ensure_driver(is_required))?)];
    for stage in &stages {
        eprintln!("\n== {}: cargo {}", stage.name, stage.arguments.join(" "));
        match timed(|| stage.run()) {
            Ok(time) => times.push((&stage.name, time)),
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
    fn new(name: &str, arguments: &[&str]) -> Self {
        Self { name: name.into(), arguments: arguments.iter().map(ToString::to_string).collect() }
    }

    /// Runs cargo with its output on this terminal.
    fn run(&self) -> Result<(), Failure> {
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let started = Instant::now();
        let status = Command::new(cargo).args(&self.arguments).current_dir(root()).status();
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
    let width = times.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
    times.iter().map(|(name, time)| format!("  {name:width$}{:>10}\n", seconds(*time))).collect()
}

fn seconds(time: Duration) -> String {
    format!("{:.1} s", time.as_secs_f64())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stage_that_fails_ends_with_cargos_own_exit_code() {
        let failure = Stage::new("lie", &["--no-such-option"]).run().unwrap_err();
        assert!(failure.message.starts_with("lie failed after"), "{}", failure.message);
        assert_eq!(failure.exit_code, 1);
        let failure = Stage::new("lie", &["no-such-command"]).run().unwrap_err();
        assert_eq!(failure.exit_code, 101);
    }

    #[test]
    fn a_stage_that_succeeds_passes() {
        assert!(Stage::new("version", &["--version"]).run().is_ok());
    }

    #[test]
    fn every_example_is_a_stage_after_the_checks() {
        let folder = root().join("examples");
        let stages = stages(None, &folder).expect("the folder is there");
        let examples = &stages[CHECKS.len()..];
        assert!(examples.len() >= 5 && examples.is_sorted_by_key(|stage| &stage.name));
        for Stage { name, arguments } in examples {
            assert!(folder.join(name).with_extension("rs").is_file(), "{name}");
            assert_eq!(arguments.join(" "), format!("run --quiet --example {name}"));
        }
    }

    #[test]
    fn code_for_another_architecture_is_checked_if_there_is_one() {
        let names = |other| stages(other, &root().join("examples")).expect("the folder is there").into_iter().map(|stage| stage.name);
        assert_eq!(names(Some("arm")).filter(|name| *name == lints_for("arm").name).count(), 1);
        assert_eq!(names(Some("arm")).count(), names(None).count() + 1);
    }

    #[test]
    fn a_folder_of_examples_that_is_gone_is_reported() {
        let failure = stages(None, &root().join("gone")).err().expect("there is nothing to run");
        assert!(failure.message.contains("gone"), "{}", failure.message);
    }
}
