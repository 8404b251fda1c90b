//! `cargo xtask compare`: thalweg and its peers on the same descents, measured in turn, checked against each other.

mod check;
mod options;
mod outcomes;
mod program;
mod setup;
mod table;
mod workload;

use std::path::{Path, PathBuf};

use check::{Agreement, Allowance};
use options::Options;
use outcomes::Outcomes;
use program::{Measurement, Program};
use setup::Tools;
use workload::Workload;

use crate::{Failure, root};

/// Everything that is built, prepared or written for the comparison.
const FOLDER: &str = "target/peers";

/// What one program did on one workload.
struct Row {
    program: &'static Program,
    /// One for each round.
    measurements: Vec<Measurement>,
    /// How far it agrees with thalweg; nothing where there is nothing to compare.
    agreement: Option<Agreement>,
    /// Why there are no figures, or why they mean nothing.
    fault: Option<String>,
}

/// Measures, checks, prints the table and writes it to `target/compare.md`; a wrong result is a failure, a missed goal is not.
pub(crate) fn run(arguments: &[&str]) -> Result<(), Failure> {
    let Some(options) = Options::parse(arguments)? else {
        println!("{}", options::HELP);
        return Ok(());
    };
    let workloads = options.workloads(workload::read(&root().join("benches/workloads.toml"))?)?;
    let tools = Tools::prepare(&options, &workloads)?;
    let mut report = tools.describe()?;
    let mut faults = Vec::new();
    for workload in &workloads {
        let rows = compare(&tools, &options, workload)?;
        report += &table::of(workload, &rows);
        let wrong = rows.iter().filter_map(|row| Some(format!("{}, {}: {}", workload.name, row.program.name(), row.fault.as_ref()?)));
        faults.extend(wrong);
    }
    let path = root().join("target/compare.md");
    std::fs::write(&path, &report).map_err(|error| Failure::new(format!("{}: {error}", path.display())))?;
    println!("{report}");
    eprintln!("written to target/compare.md");
    if faults.is_empty() { Ok(()) } else { Err(Failure::new(faults.join("\n"))) }
}

/// Runs every program on `workload` in each round, one after the other, so that all see the machine in the same states.
fn compare(tools: &Tools, options: &Options, workload: &Workload) -> Result<Vec<Row>, Failure> {
    let results = root().join(FOLDER).join("results").join(&workload.name);
    tools.prepare_experiment(workload)?;
    // What an earlier run that was cut short has left must not be taken for a result of this one.
    if results.exists() {
        std::fs::remove_dir_all(&results).map_err(|error| Failure::new(format!("{}: {error}", results.display())))?;
    }
    let truth = tools.outcomes(workload, &results)?;
    let programs = tools.programs().iter().filter(|program| program.runs(workload));
    let row = |program| Row { program, measurements: Vec::new(), agreement: None, fault: None };
    let mut rows: Vec<Row> = programs.copied().map(row).collect();
    for round in 0..options.rounds {
        for row in rows.iter_mut().filter(|row| row.fault.is_none()) {
            eprintln!("{}, round {} of {}: {}", workload.name, round + 1, options.rounds, row.program.name());
            let folder = (round == 0 && !row.program.is_thalweg()).then(|| results.join(row.program.name()));
            match round_of(tools, row, workload, &truth, folder.as_deref()) {
                Ok(measurement) => row.measurements.push(measurement),
                Err(fault) => {
                    eprintln!("{}: {fault}", row.program.name());
                    row.fault = Some(fault);
                }
            }
        }
    }
    Ok(rows)
}

/// Measures `row`'s program once; where it is given a folder for its outcomes, they are compared with `truth`.
fn round_of(tools: &Tools, row: &mut Row, workload: &Workload, truth: &Outcomes, folder: Option<&Path>) -> Result<Measurement, String> {
    let measurement = tools.measure(row.program, workload, folder)?;
    if let Some(folder) = folder {
        row.agreement = Some(agreement(truth, folder, workload.stride(row.program), workload.rounding)?);
    }
    Ok(measurement)
}

/// Compares what a peer left in `folder` with thalweg's outcomes, then deletes it: such files are large.
fn agreement(truth: &Outcomes, folder: &Path, stride: usize, rounding: Allowance) -> Result<Agreement, String> {
    let peer = Outcomes::of_peer(folder)?;
    std::fs::remove_dir_all(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    check::compare(truth, &peer, stride, rounding)
}

/// A path below the folder of the comparison.
fn place(name: &str) -> PathBuf {
    root().join(FOLDER).join(name)
}
