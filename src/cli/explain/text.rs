//! An explanation in words and tables.

use crate::analysis::curvature::Lowest;
use crate::analysis::explain::path::{Path, Place};
use crate::analysis::explain::scan::{BIN, Law};
use crate::analysis::explain::step::{Reach, Step};
use crate::analysis::explain::taylor::{RIGHT, Row, Taylor};
use crate::cli::explain::{Explanation, Scanned};
use crate::cli::losses::formula_of_data;
use crate::cli::report::{aligned, grouped, number_of, plural, short};
use crate::cli::words::{self, list, place};
use crate::loss::Loss;
use crate::stop::{Status, StopRule};

/// Variables that are spelt out by name.
const NAMED: usize = 6;
/// An eigenvalue of no more than this part of the largest one is 0 but for rounding.
const FLAT: f64 = 1e-9;
/// A phase of so many degrees is rounding.
const NO_PHASE: f64 = 1e-9;
/// A path of at most so many updates is shown whole.
const WHOLE: usize = 20;
/// Rows of a longer one that are shown at its beginning and at its end.
const ENDS: [usize; 2] = [12, 6];

/// Everything there is to tell, as far as it can be taken in.
pub(super) fn of(told: &Explanation) -> String {
    let mut text = here(told);
    for (number, step) in told.steps.iter().enumerate() {
        if told.slope.norm > 0.0 {
            text.push_str(&one_step(told, step));
        }
        if let Some(path) = told.paths.get(number) {
            text.push_str(&descent(told, path));
        }
    }
    text.push_str(&told.taylor.as_ref().map_or_else(String::new, taylor));
    text.push_str(&told.scan.as_ref().map_or_else(String::new, |scan| directions(told, scan)));
    text
}

/// Facts, each with a word in front, the facts aligned.
fn facts(rows: &[(&str, String)]) -> String {
    let width = rows.iter().map(|(word, _)| word.chars().count()).max().unwrap_or(0);
    rows.iter().map(|(word, fact)| format!("  {word:<width$}  {fact}\n")).collect()
}

/// The lines of a table, indented.
fn table(header: &[String], rows: Vec<Vec<String>>) -> Vec<String> {
    let total = rows.len() as u64;
    aligned(header, rows, total).lines().map(|line| format!("  {line}\n")).collect()
}

/// A number, or that it is none.
fn finite(value: f64) -> String {
    if value.is_finite() { short(value) } else { "not finite".into() }
}

/// A vector; that of one variable is a number.
fn vector(values: &[f64]) -> String {
    match values {
        [value] => finite(*value),
        _ => place(values),
    }
}

/// What the loss is where the point is.
fn here(told: &Explanation) -> String {
    let (slope, loss) = (&told.slope, told.experiment.loss());
    let variables = loss.variables();
    let named = |before: &str, values: &[f64]| match values.len() > NAMED {
        true => list(values),
        false => {
            variables.iter().zip(values).map(|(name, value)| format!("{before}{name} = {}", short(*value))).collect::<Vec<_>>().join(", ")
        }
    };
    let mut rows = Vec::new();
    let entry = told.open.as_ref().and_then(|open| open.formula().entry());
    let formula = entry.map(|entry| entry.formula.as_str()).or(formula_of_data(loss.name()));
    rows.push(("loss", loss.name().to_string()));
    rows.extend(formula.map(|formula| ("formula", formula.to_string())));
    let parameters = told.parameters().iter().map(|(name, value)| format!("{name} = {}", short(*value))).collect::<Vec<_>>().join(", ");
    rows.extend((!parameters.is_empty()).then_some(("parameters", parameters)));
    rows.extend(symbols(told).into_iter().enumerate().map(|(number, line)| (if number == 0 { "gradient" } else { "" }, line)));
    rows.push(("point", named("", &slope.point)));
    rows.push(("loss there", format!("L = {}", short(slope.loss))));
    rows.push(("gradient there", format!("∇L = {}, ‖∇L‖ = {}", vector(&slope.gradient), short(slope.norm))));
    rows.extend((2..=NAMED).contains(&variables.len()).then(|| ("", named("∂L/∂", &slope.gradient))));
    rows.extend(told.lowest.as_ref().and_then(|lowest| match lowest {
        Lowest::Point(point) => Some(("minimum", named("", point))),
        Lowest::Valley(point) => Some(("minima", format!("along a line or more, of which the nearest to 0 is {}", named("", point)))),
        Lowest::Nowhere => None,
    }));
    rows.extend(told.eigenvalues.as_ref().map(|eigenvalues| ("curvature there", curvature(eigenvalues))));
    let Some((ascent, descent)) = slope.ascent().zip(slope.descent()) else {
        let kind = kind(told.eigenvalues.as_deref());
        rows.push(("steepest ascent", format!("none: the gradient is 0 here, {kind}")));
        return facts(&rows) + "\nA step of gradient descent stays here, whatever the learning rate.\n";
    };
    let side = |direction: &[f64]| match direction {
        [up] => format!("{}, to the {}", short(*up), if *up < 0.0 { "left" } else { "right" }),
        _ => vector(direction),
    };
    rows.push(("steepest ascent", side(&ascent)));
    rows.push(("steepest descent", side(&descent)));
    rows.extend(told.reach.map(|reach| ("goes down", reached(reach, matches!(loss, Loss::Quadratic(_))))));
    facts(&rows)
}

/// ∇L in symbols, or, of a quadratic, in numbers.
fn symbols(told: &Explanation) -> Vec<String> {
    if let Some(open) = &told.open {
        return words::gradient(open, "L");
    }
    let Some(quadratic) = &told.quadratic else { return Vec::new() };
    let loss = told.experiment.loss();
    let Some(slopes) = words::linear_slopes(quadratic, &loss.variables()) else { return vec!["∇L = A(x − c)".into()] };
    let lines = loss.variables().into_iter().zip(slopes).map(|(name, slope)| format!("∂L/∂{name} = {slope}"));
    let well = if let Loss::Wells(_) = loss { Some("of the well that is the lowest there:".to_string()) } else { None };
    well.into_iter().chain(lines).collect()
}

/// What the second derivative says.
fn curvature(eigenvalues: &[f64]) -> String {
    let largest = eigenvalues.last().copied().unwrap_or(0.0);
    let limit = if largest > 0.0 { format!("; 2/λ_max = {}", short(2.0 / largest)) } else { String::new() };
    format!("∇²L has the {} {}{limit}", plural("eigenvalue", eigenvalues.len() as u64), list(eigenvalues))
}

/// What a point without a gradient is, by the eigenvalues of ∇²L there.
fn kind(eigenvalues: Option<&[f64]>) -> &'static str {
    let Some(eigenvalues) = eigenvalues else { return "as at a stationary point or, by convention, a kink" };
    let largest = eigenvalues.iter().fold(0.0_f64, |largest, value| largest.max(value.abs()));
    let has = |sign: f64| eigenvalues.iter().any(|value| sign * value > FLAT * largest);
    let is_flat = eigenvalues.iter().any(|value| value.abs() <= FLAT * largest);
    match (has(1.0), has(-1.0)) {
        (true, true) => "at a saddle",
        _ if is_flat => "at a point where ∇²L is 0 in some direction: it may be flat there, or a kink, and ∇²L does not tell which",
        (true, false) => "at a minimum",
        (false, _) => "at a maximum",
    }
}

/// Which learning rates go down.
fn reached(reach: Reach, is_quadratic: bool) -> String {
    match reach {
        Reach::Below(rate) if is_quadratic => format!("for 0 < η < {}, 2gᵀg / gᵀHg with g = ∇L", short(rate)),
        Reach::Below(rate) => format!("for 0 < η < {}, the first root of L(x − η∇L) − L(x) that steps of 1 % find", short(rate)),
        Reach::All => "for every η: this quadratic does not curve up along its gradient".into(),
        Reach::AtLeast(rate) => format!("for 0 < η up to {}, where the search ended, as far as steps of 1 % find", short(rate)),
        Reach::ToTheEdge(rate) => format!("for η up to {}, beyond which the loss has no value", short(rate)),
        Reach::ToTheJump(rate) => format!("for η up to {}, where the loss jumps, as at a pole", short(rate)),
        Reach::NotFound(rate) => {
            format!("at no η from {} on, as far as f64 can tell: the loss rises at once, hardly changes or has no value", short(rate))
        }
    }
}

/// What a step does, and what was to be expected of it.
fn one_step(told: &Explanation, step: &Step) -> String {
    let (slope, variables) = (&told.slope, told.experiment.loss().variables());
    let variable = if let [name] = &variables[..] { name } else { "x" };
    let second = match step.second_order {
        Some(second) => format!("{}, −η‖∇L‖² + ½η² ∇LᵀH∇L", finite(second)),
        None => "not known: the loss has no second derivative here, or one too long to write down".into(),
    };
    let rows = [
        ("point", format!("{} → {}", vector(&slope.point), vector(&step.point))),
        ("loss", format!("{} → {}", short(slope.loss), finite(step.loss))),
        ("change", finite(step.change)),
        ("first order", format!("{}, −η‖∇L‖²", finite(step.first_order))),
        ("second order", second),
    ];
    format!("\nThe step {variable} ← {variable} − η∇L with η = {}\n{}", short(step.learning_rate), facts(&rows))
}

/// The points of a descent, and how it ended.
fn descent(told: &Explanation, path: &Path) -> String {
    let variables = told.experiment.loss().variables();
    let is_named = variables.len() <= NAMED;
    let names = if is_named { variables } else { vec!["point".into()] };
    let header: Vec<String> = ["step".into()].into_iter().chain(names).chain(["loss".into(), "‖∇L‖".into()]).collect();
    let row = |(number, at): (usize, &Place)| {
        let point = if is_named { at.point.iter().map(|x| finite(*x)).collect() } else { vec![place(&at.point)] };
        let measures = [finite(at.loss), finite(at.gradient_norm)];
        [number.to_string()].into_iter().chain(point).chain(measures).collect::<Vec<_>>()
    };
    let [head, tail] = if path.places.len() <= WHOLE + 1 { [path.places.len(), 0] } else { ENDS };
    let left_out = path.places.len() - head - tail;
    let shown = |number: &usize| *number < head || *number >= head + left_out;
    let rows: Vec<_> = path.places.iter().enumerate().filter(|(number, _)| shown(number)).map(row).collect();
    let mut lines = table(&header, rows);
    if left_out > 0 {
        lines.insert(1 + head, format!("  … {} left out, with --json\n", grouped(left_out as u64)));
    }
    format!("\n{}{}\n", lines.concat(), ending(told.experiment.stop(), path))
}

/// How a descent ended, in a sentence.
fn ending(stop: &StopRule, path: &Path) -> String {
    let steps = path.places.len() - 1;
    let why = match path.status {
        Status::Converged => format!("‖∇L‖ is at most {:e}", stop.gradient_norm),
        Status::Diverged if path.places.last().is_some_and(|place| place.distance() > f64::from(stop.divergence_radius)) => {
            format!("the point is further than {:e} from 0", stop.divergence_radius)
        }
        Status::Diverged => "the loss, its gradient or the square of that is beyond f32, or the point as far from 0 as it may be".into(),
        Status::Stalled => "the next step changes no coordinate".into(),
        Status::Exhausted => "so many steps were asked for".into(),
    };
    format!("  {} after {}: {why}", path.status.name(), number_of(steps as u64, "step"))
}

/// Steps of all sizes.
fn taylor(taylor: &Taylor) -> String {
    let header = ["η", "ΔL/η", "uᵀ∇L", "ΔL − η uᵀ∇L", "over η²", "ΔL/η in f32"].map(String::from);
    let row = |row: &Row| {
        let measures = [row.quotient, Some(taylor.slope), row.remainder, row.per_square(), row.single];
        [short(row.step)].into_iter().chain(measures.map(|value| value.map_or("-".into(), short))).collect()
    };
    let rows: Vec<Vec<String>> = taylor.rows.iter().map(row).collect();
    let percent = short(100.0 * RIGHT);
    let right = match taylor.last_right {
        Some(step) => format!("In f32 ΔL/η is right to {percent} % down to η = {}.", short(step)),
        None => format!("In f32 ΔL/η is not right to {percent} % at any of these η: the loss is too large beside its change."),
    };
    let table = table(&header, rows).concat();
    let none = taylor.rows.iter().any(|row| row.remainder.is_none());
    let none = if none { "  -: the loss is not finite there, or the rounding of f64 hides the number.\n" } else { "" };
    format!("\nSteps of length η along u = −∇L/‖∇L‖\n{table}{none}  {right}\n")
}

/// What the scan of directions found.
fn directions(told: &Explanation, scan: &Scanned) -> String {
    let findings = &scan.findings;
    let [near, far] = &findings.laws;
    let header = ["β", "directions", "mean ΔL", "mean η‖∇L‖ cos β"].map(String::from);
    let rows = findings.bins.iter().map(|bin| vec![bin.angle.to_string(), grouped(bin.count), short(bin.change), short(bin.first_order)]);
    let table = table(&header, rows.collect()).concat();
    let mut lines = Vec::new();
    lines.extend(findings.least.map(|(angle, change)| match change < 0.0 {
        true => ("least ΔL", format!("{} at β = {}°", short(change), short(angle))),
        false => ("least ΔL", format!("{}: no direction goes down, as far as can be told", short(change))),
    }));
    if findings.missing > 0 {
        lines.push(("not finite", format!("the loss in {} of the directions, which are left out above", grouped(findings.missing as u64))));
    }
    lines.extend(law(near));
    lines.extend(law(far));
    let width = if told.experiment.dimension() > 1 { format!(" ± {}°", BIN as f64 / 2.0) } else { String::new() };
    format!(
        "\nSteps of length η = {} in {} directions, at an angle β{width} to ∇L, on {}\n{table}{}",
        short(near.step),
        grouped(scan.directions as u64),
        scan.backend,
        facts(&lines)
    )
}

/// What the changes over a step follow, and what they leave.
fn law(law: &Law) -> Vec<(&'static str, String)> {
    let step = short(law.step);
    let Some(fit) = law.fit else {
        return vec![("no law", format!("at η = {step}: a change is not finite, or f32 shows none"))];
    };
    let wave = match fit.phase {
        Some(phase) if phase.abs() > NO_PHASE => format!("cos(β {} {}°)", if phase < 0.0 { '+' } else { '−' }, short(phase.abs())),
        _ => "cos β".into(),
    };
    let steepest = fit.steepest_decrease().map_or(String::new(), |angle| format!(", steepest decrease at {}°", short(angle)));
    let bend = fit.bend.map_or(String::new(), |bend| format!(", a wave of 2β of amplitude {}", short(bend)));
    vec![
        (
            "nearest wave",
            format!(
                "at η = {step}: ΔL = {} {wave}, R² = {:.6}{steepest}; foretold: {} cos β",
                short(fit.amplitude),
                fit.r_squared,
                short(law.first_order)
            ),
        ),
        (
            "second order",
            format!("at η = {step}: mean ΔL {}{bend}; η‖∇L‖ cos β leaves {} of the squares of ΔL", short(fit.mean), share(fit.unexplained)),
        ),
    ]
}

/// A share in percent.
fn share(share: f64) -> String {
    format!("{} %", short(100.0 * share))
}
