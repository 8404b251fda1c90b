//! What is said: results on stdout, remarks on stderr, and the JSON object that `--json` prints.

use std::io::{self, ErrorKind, Write};
use std::path::PathBuf;

use serde_json::{Map, Value, json};

use crate::analysis::stability::Theory;
use crate::backend::Description;
use crate::cli::session::{Session, Totals};
use crate::error::{Error, Result};
use crate::experiment::Experiment;
use crate::loss::Loss;
use crate::stop::Status;
use crate::table::json::{number, single};

/// Prints results; a reader that has gone away is no error.
pub(super) fn print(text: &str) -> Result<()> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(Error::CheckFailed(format!("stdout: {error}"))),
        _ => Ok(()),
    }
}

/// Prints one JSON object.
pub(super) fn print_json(value: &Value) -> Result<()> {
    print(&format!("{value:#}\n"))
}

/// Prints a remark to stderr, which may be closed.
pub(super) fn note(text: &str) {
    let _ = writeln!(io::stderr(), "{text}");
}

/// Says which files there are now.
pub(super) fn note_files(paths: &[PathBuf], quiet: bool) {
    if !quiet {
        paths.iter().for_each(|path| note(&format!("wrote {}", path.display())));
    }
}

/// The JSON object that all commands which descend share; the command adds its own part.
pub(super) fn envelope(command: &str, session: &Session, totals: &Totals) -> Map<String, Value> {
    let statuses = Status::ALL.map(|status| (status.name().to_string(), json!(totals.statuses[status.index()])));
    let fields = [
        ("command", json!(command)),
        ("experiment", experiment(&session.experiment)),
        ("backend", backend(session.backend())),
        ("descents", json!(totals.descents())),
        ("steps_taken", json!(totals.steps_taken)),
        ("seconds", json!({ "total": totals.total.as_secs_f64(), "compute": totals.compute.as_secs_f64() })),
        ("status", Value::Object(statuses.into_iter().collect())),
    ];
    fields.into_iter().map(|(name, value)| (name.to_string(), value)).collect()
}

/// Where descents ran.
pub(super) fn backend(backend: &Description) -> Value {
    json!({ "kind": backend.kind, "adapter": backend.adapter, "driver": backend.driver })
}

/// Adds what theory says, where it says something.
pub(super) fn add_theory(object: &mut Map<String, Value>, theory: Option<&Theory>) {
    if let Some(theory) = theory {
        object.insert("theory".into(), theory_json(theory));
    }
}

/// Theory's numbers under their names.
pub(super) fn theory_json(theory: &Theory) -> Value {
    json!({
        "eigenvalues": theory.eigenvalues.iter().copied().map(number).collect::<Vec<_>>(),
        "stable_below": number(theory.stable_below),
        "optimal_learning_rate": number(theory.optimal_learning_rate),
        "rate": number(theory.rate),
    })
}

/// The experiment as resolved: every input with its value or its axis.
pub(super) fn experiment(experiment: &Experiment) -> Value {
    let mut inputs = Map::new();
    for axis in experiment.axes() {
        let value = match axis.inputs.len() {
            1 if !axis.is_swept() => single(axis.axis.value(0, 0)),
            _ => json!(axis.axis.to_string()),
        };
        inputs.insert(axis.name(), value);
    }
    let stop = experiment.stop();
    json!({
        "loss": loss(experiment.loss()),
        "optimizer": experiment.optimizer().name(),
        "schedule": experiment.method().schedule().name(),
        "inputs": inputs,
        "steps": stop.steps,
        "gradient_norm": single(stop.gradient_norm),
        "divergence_radius": single(stop.divergence_radius),
        "fixed_steps": stop.fixed_steps,
    })
}

fn loss(loss: &Loss) -> Value {
    let (key, count) = match loss {
        Loss::Quadratic(quadratic) => ("problems", quadratic.problems()),
        Loss::Wells(wells) => ("wells", wells.wells().len()),
        Loss::Formula(_) | Loss::Bound(_) => ("problems", 1),
    };
    let mut object = json!({ "name": loss.name(), "dimension": loss.dimension(), "variables": loss.variables(), key: count });
    if let Loss::Bound(bound) = loss {
        object["formula"] = json!(bound.formula().text());
    }
    object
}

/// One line on what happened to how many descents, and how long it took.
pub(super) fn summary(experiment: &Experiment, totals: &Totals) -> String {
    let descents = totals.descents();
    let seen: Vec<String> = totals.seen().map(|(status, count)| format!("{} {}", grouped(count), status.name())).collect();
    let seconds = totals.total.as_secs_f64();
    let rate = totals.steps_taken as f64 / totals.compute.as_secs_f64().max(1e-9);
    format!(
        "{} of {}: {}; {} in {seconds:.2} s, {:.1e} a second while descending\n",
        number_of(descents, "descent"),
        experiment.loss().name(),
        seen.join(", "),
        number_of(totals.steps_taken, "step"),
        rate,
    )
}

/// What theory says, in one line.
pub(super) fn theory_line(theory: &Theory) -> String {
    format!(
        "theory: converges for learning_rate below {} (2/λ_max), fastest at {} with a factor {} a step\n",
        short(theory.stable_below),
        short(theory.optimal_learning_rate),
        short(theory.rate)
    )
}

/// A whole number with its digits in groups of three.
pub(super) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() * 4 / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(' ');
        }
        text.push(digit);
    }
    text
}

/// So many of what `noun` names, such as "1 step" and "2 000 steps".
pub(super) fn number_of(count: u64, noun: &str) -> String {
    format!("{} {}", grouped(count), plural(noun, count))
}

/// `noun` as it stands beside `count`.
pub(super) fn plural(noun: &str, count: u64) -> String {
    format!("{noun}{}", if count == 1 { "" } else { "s" })
}

/// A number to six digits; very small and very large ones with an exponent.
pub(super) fn short(value: f64) -> String {
    if !value.is_finite() {
        return if value.is_nan() {
            "nan"
        } else if value > 0.0 {
            "∞"
        } else {
            "−∞"
        }
        .into();
    }
    // The shortest decimal of the number rounded to six digits.
    let rounded: f64 = format!("{value:.5e}").parse().unwrap_or(value);
    if rounded == 0.0 {
        // Nobody wants to read a negative zero.
        return "0".into();
    }
    // Beyond six digits zeros would stand where others were.
    if (1e-4..1e6).contains(&rounded.abs()) { format!("{rounded}") } else { format!("{rounded:e}") }
}

/// A table with aligned columns, and how many of `total` rows it leaves out.
pub(super) fn aligned(header: &[String], rows: Vec<Vec<String>>, total: u64) -> String {
    let shown = rows.len() as u64;
    let lines: Vec<Vec<String>> = std::iter::once(header.to_vec()).chain(rows).collect();
    let width = |column: usize| lines.iter().map(|line| line[column].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..header.len()).map(width).collect();
    // Words align at the left, numbers at the right.
    let is_text: Vec<bool> = (0..header.len()).map(|column| lines[1..].iter().any(|line| !is_number(&line[column]))).collect();
    let mut text = String::new();
    for line in &lines {
        let cells = line.iter().zip(&widths).zip(&is_text);
        let cells: Vec<String> =
            cells.map(|((cell, width), is_text)| if *is_text { format!("{cell:<width$}") } else { format!("{cell:>width$}") }).collect();
        text.push_str(cells.join("  ").trim_end());
        text.push('\n');
    }
    if total > shown {
        text.push_str(&format!("… {} more, use -o\n", grouped(total - shown)));
    }
    text
}

fn is_number(cell: &str) -> bool {
    cell.is_empty() || cell.starts_with(|first: char| first.is_ascii_digit() || "-−∞".contains(first)) || cell == "nan"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short_and_true() {
        for (value, text) in
            [(0.4, "0.4"), (1.0 / 9.0, "0.111111"), (1e-7, "1e-7"), (123_456_789.0, "1.23457e8"), (2e10, "2e10"), (-0.0, "0")]
        {
            assert_eq!(short(value), text);
        }
        assert_eq!((grouped(7), grouped(1000), grouped(67_108_864)), ("7".into(), "1 000".into(), "67 108 864".into()));
    }

    #[test]
    fn a_long_table_says_how_much_is_left_out() {
        let rows = (0..2).map(|row: i32| vec![row.to_string(), "αβ".into()]).collect();
        let text = aligned(&["a".into(), "long".into()], rows, 5);
        assert_eq!(text, "a  long\n0  αβ\n1  αβ\n… 3 more, use -o\n");
    }
}
