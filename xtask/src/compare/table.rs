//! The table of what was measured, in Markdown.

use crate::compare::Row;
use crate::compare::program::{Measurement, Tool, median};
use crate::compare::workload::Workload;

/// The section of one workload.
pub(super) fn of(workload: &Workload, rows: &[Row]) -> String {
    let header =
        "| program | steps/s | spread | thalweg's ratio | goal | reached | agrees | remarks |\n|---|---|---|---|---|---|---|---|\n";
    let lines: String = rows.iter().map(|row| line(workload, row, rows)).collect();
    format!("\n### {}: {}\n\n`{}`\n\n{header}{lines}", workload.name, workload.about, workload.command)
}

fn line(workload: &Workload, row: &Row, rows: &[Row]) -> String {
    let name = row.program.name();
    if let Some(fault) = &row.fault {
        return format!("| {name} | | | | | | **no** | {} |\n", fault.lines().next().unwrap_or_default().replace('|', "/"));
    }
    let rates = rates(row);
    let ratio = ratio(row, rows);
    let goal = workload.goals.get(&name);
    let reached = goal.zip(ratio).map_or("", |(goal, ratio)| if ratio >= *goal { "yes" } else { "**no**" });
    let cells = [
        name.clone(),
        format!("{:.3e}", median(rates.clone())),
        format!("{:.0} %", 100.0 * spread(&rates)),
        ratio.map_or(String::new(), |ratio| format!("{ratio:.3}")),
        goal.map_or(String::new(), |goal| goal.to_string()),
        reached.into(),
        row.agreement.map_or(String::new(), |agreement| format!("{:.3} %", 100.0 * agreement.share())),
        remarks(workload, row),
    ];
    format!("| {} |\n", cells.join(" | "))
}

fn remarks(workload: &Workload, row: &Row) -> String {
    let detail = row.measurements.first().map(|measurement| measurement.detail.clone()).filter(|detail| !detail.is_empty());
    let stride = workload.stride(row.program);
    let sample = (stride > 1).then(|| format!("every {stride}th descent"));
    let yardstick = workload.yardstick.as_ref().filter(|_| row.program.tool == Tool::Yardstick).map(|command| format!("`{command}`"));
    detail.into_iter().chain(sample).chain(yardstick).collect::<Vec<_>>().join("; ")
}

fn rates(row: &Row) -> Vec<f64> {
    row.measurements.iter().map(Measurement::rate).collect()
}

/// How far apart the rounds are, as a share of their median.
fn spread(rates: &[f64]) -> f64 {
    let (low, high) = rates.iter().fold((f64::INFINITY, 0.0_f64), |(low, high), rate| (low.min(*rate), high.max(*rate)));
    (high - low) / median(rates.to_vec())
}

/// Thalweg's rate on the same device over this program's: the median of the ratios of each round.
fn ratio(row: &Row, rows: &[Row]) -> Option<f64> {
    let thalweg = rows.iter().find(|other| other.program.tool == Tool::Thalweg && other.program.device == row.program.device)?;
    let ratios: Vec<f64> = rates(thalweg).iter().zip(rates(row)).map(|(mine, theirs)| mine / theirs).collect();
    (!std::ptr::eq(thalweg, row) && !ratios.is_empty()).then(|| median(ratios))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compare::program::Program;

    fn row(name: &str, seconds: &[f64]) -> Row {
        let measurement = |seconds: &f64| Measurement { steps_taken: 100, seconds: vec![*seconds], detail: String::new() };
        let program = Program::all().find(|program| program.name() == name).unwrap();
        Row { program, measurements: seconds.iter().map(measurement).collect(), agreement: None, fault: None }
    }

    fn workload(goal: f64) -> Workload {
        toml::from_str(&format!("name = 'a'\nabout = 'b'\ncommand = 'thalweg bench sphere'\ngoals = {{ 'cpp/expert' = {goal} }}")).unwrap()
    }

    #[test]
    fn a_ratio_is_taken_within_each_round_and_held_against_the_goal() {
        // The machine slows down threefold in the second round, for both.
        let rows = [row("thalweg/cpu", &[1.0, 3.0, 1.0]), row("cpp/expert", &[2.0, 6.0, 2.0])];
        assert_eq!(ratio(&rows[1], &rows), Some(2.0));
        assert!(of(&workload(1.9), &rows).contains("| 2.000 | 1.9 | yes |"));
        assert!(of(&workload(2.1), &rows).contains("| 2.000 | 2.1 | **no** |"));
    }

    #[test]
    fn a_fault_takes_the_place_of_figures() {
        let rows = [row("thalweg/cpu", &[1.0]), Row { fault: Some("computed something else".into()), ..row("cpp/expert", &[1.0]) }];
        assert!(of(&workload(1.0), &rows).contains("| cpp/expert | | | | | | **no** | computed something else |"));
    }
}
