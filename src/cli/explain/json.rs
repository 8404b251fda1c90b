//! An explanation as JSON.

use serde_json::{Value, json};

use crate::analysis::curvature::Lowest;
use crate::analysis::explain::path::{Path, Place};
use crate::analysis::explain::scan::{Bin, Law};
use crate::analysis::explain::step::{Reach, Step};
use crate::analysis::explain::taylor::{Row, Taylor};
use crate::cli::explain::{Explanation, Scanned};
use crate::cli::{report, words};
use crate::table::json::number;

/// Everything there is to tell.
pub(super) fn of(told: &Explanation) -> Value {
    let slope = &told.slope;
    json!({
        "command": "explain",
        "experiment": report::experiment(&told.experiment),
        "backend": told.scan.as_ref().map(|scan| report::backend(&scan.backend)),
        "formula": told.open.as_ref().map(|open| open.formula().text()),
        "symbols": symbols(told),
        "point": numbers(&slope.point),
        "loss": number(slope.loss),
        "gradient": numbers(&slope.gradient),
        "gradient_norm": number(slope.norm),
        "curvature": maybe(slope.curvature),
        "minimum": told.lowest.as_ref().and_then(Lowest::point).map(numbers),
        "valley": told.lowest.as_ref().map(|lowest| matches!(lowest, Lowest::Valley(_))),
        "eigenvalues": told.eigenvalues.as_deref().map(numbers),
        "ascent": slope.ascent().as_deref().map(numbers),
        "descent": slope.descent().as_deref().map(numbers),
        "reach": told.reach.map(reach),
        "steps": told.steps.iter().map(step).collect::<Vec<_>>(),
        "paths": told.paths.iter().map(path).collect::<Vec<_>>(),
        "taylor": told.taylor.as_ref().map(taylor),
        "scan": told.scan.as_ref().map(scan),
    })
}

fn numbers(values: &[f64]) -> Value {
    values.iter().copied().map(number).collect()
}

fn maybe(value: Option<f64>) -> Value {
    value.map_or(Value::Null, number)
}

fn symbols(told: &Explanation) -> Value {
    let variables = told.experiment.loss().variables();
    let slopes = told.quadratic.as_ref().and_then(|quadratic| words::linear_slopes(quadratic, &variables));
    match &told.open {
        Some(open) => words::gradient_json(open),
        None => slopes.map_or(Value::Null, |slopes| json!({ "shared": [], "slopes": slopes })),
    }
}

fn reach(reach: Reach) -> Value {
    let (kind, learning_rate) = match reach {
        Reach::Below(rate) => ("below", Some(rate)),
        Reach::All => ("all", None),
        Reach::AtLeast(rate) => ("at_least", Some(rate)),
        Reach::ToTheEdge(rate) => ("to_the_edge", Some(rate)),
        Reach::ToTheJump(rate) => ("to_the_jump", Some(rate)),
        Reach::NotFound(rate) => ("not_found", Some(rate)),
    };
    json!({ "kind": kind, "learning_rate": maybe(learning_rate) })
}

fn step(step: &Step) -> Value {
    json!({
        "learning_rate": number(step.learning_rate),
        "point": numbers(&step.point),
        "loss": number(step.loss),
        "change": number(step.change),
        "first_order": number(step.first_order),
        "second_order": maybe(step.second_order),
    })
}

fn path(path: &Path) -> Value {
    let place =
        |place: &Place| json!({ "point": numbers(&place.point), "loss": number(place.loss), "gradient_norm": number(place.gradient_norm) });
    json!({
        "learning_rate": number(path.learning_rate),
        "status": path.status.name(),
        "steps": path.places.len() - 1,
        "places": path.places.iter().map(place).collect::<Vec<_>>(),
    })
}

fn taylor(taylor: &Taylor) -> Value {
    let row = |row: &Row| {
        json!({
            "step": number(row.step),
            "quotient": maybe(row.quotient),
            "remainder": maybe(row.remainder),
            "remainder_per_square": maybe(row.per_square()),
            "quotient_f32": maybe(row.single),
        })
    };
    json!({
        "slope": number(taylor.slope),
        "rows": taylor.rows.iter().map(row).collect::<Vec<_>>(),
        "f32_right_down_to": maybe(taylor.last_right),
    })
}

fn scan(scan: &Scanned) -> Value {
    let findings = &scan.findings;
    let bin = |bin: &Bin| {
        json!({
            "angle": bin.angle,
            "directions": bin.count,
            "change": number(bin.change),
            "first_order": number(bin.first_order),
        })
    };
    json!({
        "directions": scan.directions,
        "not_finite": findings.missing,
        "least": findings.least.map(|(angle, change)| json!({ "angle": number(angle), "change": number(change) })),
        "laws": findings.laws.iter().map(law).collect::<Vec<_>>(),
        "bins": findings.bins.iter().map(bin).collect::<Vec<_>>(),
    })
}

fn law(law: &Law) -> Value {
    let fit = law.fit.map(|fit| {
        json!({
            "amplitude": number(fit.amplitude),
            "phase": maybe(fit.phase),
            "steepest_decrease": maybe(fit.steepest_decrease()),
            "r_squared": number(fit.r_squared),
            "unexplained": number(fit.unexplained),
            "mean": number(fit.mean),
            "bend": maybe(fit.bend),
        })
    });
    json!({ "step": number(law.step), "first_order": number(law.first_order), "fit": fit })
}
