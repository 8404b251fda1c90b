//! What a bench says: a text for people, JSON and CSV for programs.

use serde_json::{Map, Value, json};

use crate::backend::choice::worth_a_gpu;
use crate::backend::roofline::Operations;
use crate::cli::bench::crossover::{crossover, steps_worth_starting};
use crate::cli::bench::measure::{Bench, Contender, EarlyExits, Leg, Point};
use crate::cli::bench::precision::Precision;
use crate::cli::report::{aligned, backend, experiment, grouped, number_of, plural, short};
use crate::table::json::number;

/// What is said of all contenders.
pub(super) struct Report<'a> {
    pub(super) bench: &'a Bench,
    pub(super) contenders: &'a [Contender],
    /// Of the cpu backend.
    pub(super) threads: usize,
}

/// This program and its version.
pub(super) const PROGRAM: &str = concat!("thalweg ", env!("CARGO_PKG_VERSION"));

/// The command that this process was given, as a shell reads it.
pub(super) fn command_line() -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_=:.,/@+%^".contains(c);
    let quoted = |word: String| match word.chars().all(is_plain) && !word.is_empty() {
        true => word,
        false => format!("'{}'", word.replace('\'', r"'\''")),
    };
    let arguments = std::env::args_os().skip(1).map(|word| quoted(word.to_string_lossy().into_owned()));
    std::iter::once("thalweg".into()).chain(arguments).collect::<Vec<_>>().join(" ")
}

/// What a time is, of so many runs.
pub(super) fn repeats(count: usize) -> String {
    if count == 1 { "each time is 1 run".into() } else { format!("each time is the median of {count} runs") }
}

/// Seconds to four digits.
fn seconds(value: f64) -> String {
    short(format!("{value:.3e}").parse().unwrap_or(value))
}

pub(super) fn percent(share: f64) -> String {
    if share.is_nan() { String::new() } else { format!("{:.1} %", 100.0 * share) }
}

/// A table of these rows under these names.
fn table(names: &[&str], rows: Vec<Vec<String>>) -> String {
    let total = rows.len() as u64;
    aligned(&names.iter().map(ToString::to_string).collect::<Vec<_>>(), rows, total)
}

impl Report<'_> {
    /// The resident rate at the largest size, against the cpu backend's, or the first contender's where there is no other.
    fn speed_up(&self, point: &Point) -> f64 {
        let base = self.contenders.iter().find(|contender| contender.description.kind == "cpu").or(self.contenders.first());
        base.and_then(|base| base.points.last()).map_or(f64::NAN, |base| point.rate(point.resident) / base.rate(base.resident))
    }

    /// Steps from which `auto` takes a GPU for this experiment here.
    fn auto_takes_a_gpu_from(&self) -> f64 {
        worth_a_gpu(&self.bench.experiment, self.threads)
    }

    pub(super) fn text(&self) -> String {
        let parts = [self.head(), self.speeds(), self.floors(), self.early_exits(), self.precisions(), self.start_ups()];
        parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("\n")
    }

    fn head(&self) -> String {
        let repeats = repeats(self.bench.repeats);
        let spread = if self.bench.repeats == 1 { "" } else { "; spread is (longest − shortest) / median" };
        format!("{PROGRAM}: {}\n{repeats} after one to warm up{spread}\n", command_line())
    }

    fn speeds(&self) -> String {
        let names = ["backend", "descents", "resident s", "spread", "steps/s", "end to end s", "spread", "steps/s", "speed-up", "agrees"];
        let leg = |point: &Point, leg: Leg| [seconds(leg.seconds), percent(point.spread(leg)), format!("{:.3e}", point.rate(leg))];
        let row = |contender: &Contender| {
            let point = contender.points.last()?;
            let mut row = vec![contender.description.to_string(), grouped(point.descents)];
            row.extend(leg(point, point.resident).into_iter().chain(leg(point, point.end_to_end)));
            let speed_up = Some(self.speed_up(point)).filter(|speed_up| speed_up.is_finite());
            row.extend([speed_up.map_or_else(String::new, |speed_up| format!("{speed_up:.2}")), percent(contender.agreement)]);
            Some(row)
        };
        table(&names, self.contenders.iter().filter_map(row).collect())
    }

    fn floors(&self) -> String {
        let names = [
            "backend",
            "floor s",
            "reached",
            "bound by",
            "multiply-adds/s",
            "additions/s",
            "mixed/s",
            "comparisons/s",
            "among multiply-adds/s",
            "divisions/s",
            "roots/s",
            "copied bytes/s",
        ];
        let row = |contender: &Contender| {
            let roofline = contender.roofline?;
            let peaks = roofline.peaks;
            let mut row = vec![contender.name(self.contenders), seconds(roofline.floor.seconds())];
            row.extend([percent(roofline.reached), roofline.floor.bound().into()]);
            row.extend(
                [
                    peaks.multiply_add,
                    peaks.add,
                    peaks.mixed,
                    peaks.compare,
                    peaks.multiply_add_compare,
                    peaks.divide,
                    peaks.root,
                    peaks.bandwidth,
                ]
                .map(|rate| format!("{rate:.3e}")),
            );
            Some(row)
        };
        let rows: Vec<_> = self.contenders.iter().filter_map(row).collect();
        if rows.is_empty() {
            return String::new();
        }
        let cost = self.bench.cost;
        format!("a step: {}; all inputs and outcomes: {} bytes\n{}", counted(&cost.step), grouped(cost.bytes), table(&names, rows))
    }

    fn early_exits(&self) -> String {
        let line = |contender: &Contender| {
            let EarlyExits { mean_steps, share } = contender.early_exits?;
            let (backend, share) = (contender.name(self.contenders), percent(share));
            Some(format!(
                "early exits: {backend} runs at {share} of its rate at {} fixed {}\n",
                grouped(mean_steps.into()),
                plural("step", mean_steps.into())
            ))
        };
        self.contenders.iter().filter_map(line).collect()
    }

    fn precisions(&self) -> String {
        let line = |contender: &Contender| {
            let least = contender.precisions.iter().map(|precision| precision.median_error).min_by(f64::total_cmp)?;
            let reached = contender.precisions.iter().find(|precision| precision.median_error <= 2.0 * least)?;
            Some(format!(
                "work-precision: {} is within {} of the f64 reference's ends in the median, {} at most, after {} s, {}\n",
                contender.name(self.contenders),
                short(reached.median_error),
                short(reached.largest_error),
                seconds(reached.point.resident.seconds),
                number_of(reached.cap.into(), "step"),
            ))
        };
        self.contenders.iter().filter_map(line).collect()
    }

    fn start_ups(&self) -> String {
        let mut text = String::new();
        let gpus = || self.contenders.iter().filter(|contender| contender.description.kind == "gpu");
        for gpu in gpus() {
            let start_up = gpu.start_up;
            let (opening, first_run) = (start_up.opening, start_up.first_run);
            let name = gpu.name(self.contenders);
            text += &format!("start-up: {name} opens in {} s, its first run takes {} s more; ", seconds(opening), seconds(first_run));
            text += &match steps_worth_starting(self.contenders, gpu) {
                Some(steps) => format!("starting it pays from {steps:.2e} steps on\n"),
                None => "it is no faster than the cpu backend, or that was not run\n".into(),
            };
        }
        if gpus().count() > 0 {
            let steps = self.auto_takes_a_gpu_from();
            text += &format!("--backend auto takes a gpu, software adapters excepted, from {steps:.2e} steps of this experiment on\n");
        }
        match crossover(self.contenders) {
            Some(found) => {
                text + &format!(
                    "once it runs, {} is ahead of the cpu backend from {} on\n",
                    found.adapter,
                    number_of(found.descents, "descent")
                )
            }
            None => text,
        }
    }

    pub(super) fn json(&self) -> Value {
        let found = crossover(self.contenders).map(|found| json!({ "descents": found.descents, "adapter": found.adapter }));
        let cost = self.bench.cost;
        let fields = [
            ("command", json!("bench")),
            ("version", json!(env!("CARGO_PKG_VERSION"))),
            ("command_line", json!(command_line())),
            ("experiment", experiment(&self.bench.experiment)),
            ("repeats", json!(self.bench.repeats)),
            ("cost", json!({ "step": cost.step, "end": cost.end, "bytes": cost.bytes })),
            ("backends", json!(self.contenders.iter().map(|contender| self.contender_json(contender)).collect::<Vec<_>>())),
            ("crossover", json!(found)),
            ("auto_takes_a_gpu_from_steps", number(self.auto_takes_a_gpu_from())),
        ];
        Value::Object(fields.into_iter().map(|(name, value)| (name.to_string(), value)).collect::<Map<_, _>>())
    }

    fn contender_json(&self, contender: &Contender) -> Value {
        let description = &contender.description;
        let roofline = contender.roofline.map(|roofline| {
            json!({
                "peaks": roofline.peaks, "floor_seconds": roofline.floor, "bound_by": roofline.floor.bound(), "reached": number(roofline.reached),
            })
        });
        let early_exits =
            contender.early_exits.map(|exits| json!({ "mean_steps": exits.mean_steps, "share_of_fixed_rate": number(exits.share) }));
        let start_up = contender.start_up;
        json!({
            "backend": backend(description),
            "lanes": description.lanes,
            "clock": description.clock,
            "speed_up": contender.points.last().map(|point| number(self.speed_up(point))),
            "agreement": number(contender.agreement),
            "compared": contender.compared,
            "start_up": {
                "opening_seconds": start_up.opening, "first_run_seconds": start_up.first_run,
                "worth_from_steps": steps_worth_starting(self.contenders, contender).map(number),
            },
            "sizes": contender.points.iter().map(size_json).collect::<Vec<_>>(),
            "roofline": roofline,
            "early_exits": early_exits,
            "work_precision": contender.precisions.iter().map(precision_json).collect::<Vec<_>>(),
        })
    }
}

fn size_json(point: &Point) -> Value {
    json!({
        "descents": point.descents,
        "steps_taken": point.steps,
        "seconds": { "total": number(point.end_to_end.seconds), "compute": number(point.resident.seconds) },
        "steps_per_second": number(point.rate(point.resident)),
        "spread": number(point.spread(point.resident)),
        "end_to_end": { "steps_per_second": number(point.rate(point.end_to_end)), "spread": number(point.spread(point.end_to_end)) },
    })
}

fn precision_json(precision: &Precision) -> Value {
    let point = &precision.point;
    json!({
        "steps": precision.cap,
        "steps_taken": point.steps,
        "repeats": point.repeats,
        "seconds": { "total": number(point.end_to_end.seconds), "compute": number(point.resident.seconds) },
        "median_error": number(precision.median_error),
        "largest_error": number(precision.largest_error),
    })
}

/// The operations there are, in words.
fn counted(operations: &Operations) -> String {
    let Operations { add, multiply, multiply_add, compare, select, logic, divide, root, function, load, .. } = *operations;
    let Operations { near_quotient, near_root, near_inverse_root, .. } = *operations;
    let named = [
        (add, "addition"),
        (multiply, "multiplication"),
        (multiply_add, "multiply-add"),
        (compare, "comparison"),
        (select, "selection"),
        (logic, "logical operation"),
        (divide, "division"),
        (root, "square root"),
        (near_quotient, "near quotient"),
        (near_root, "near square root"),
        (near_inverse_root, "near inverse square root"),
        (function, "function"),
        (load, "own coefficient"),
    ];
    named.iter().filter(|(count, _)| *count > 0).map(|(count, name)| number_of(*count, name)).collect::<Vec<_>>().join(", ")
}
