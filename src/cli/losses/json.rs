//! All about a loss as JSON.

use serde_json::{Map, Value, json};

use crate::cli::losses::about::{About, stable_below};
use crate::cli::{report, words};
use crate::loss::{Entry, Parameter};
use crate::table::json::{number, single};

/// The fields of `object` behind the command's name.
pub(super) fn with_command(object: Value) -> Value {
    let mut all = Map::from_iter([("command".to_string(), json!("losses"))]);
    if let Value::Object(fields) = object {
        all.extend(fields);
    }
    Value::Object(all)
}

/// Everything there is to tell.
pub(super) fn everything(about: &About) -> Value {
    let entry = about.entry();
    let ranges: Vec<Value> = about.ranges().into_iter().map(|range| json!(range.map(number))).collect();
    let says = |of: fn(&Entry) -> bool| json!(entry.map(of));
    let minima: Vec<Value> = about.known.minima.iter().map(|point| minimum(about, point)).collect();
    let fields = [
        ("name", json!(about.formula.name())),
        ("about", json!(entry.map(|entry| &entry.about))),
        ("formula", json!(about.formula.text())),
        ("dimension", json!(about.dimension())),
        ("any_dimension", json!(about.formula.is_open())),
        ("variables", json!(about.formula.variables())),
        ("parameters", parameters(about)),
        ("domain", json!(ranges)),
        ("gradient", words::gradient_json(&about.open)),
        ("least", json!(about.known.least.map(number))),
        ("minimum", minima.first().cloned().unwrap_or(Value::Null)),
        ("minima", json!(minima)),
        ("all_minima", says(|entry| entry.all_minima)),
        ("saddles", about.known.saddles.iter().map(|point| place(about, point)).collect()),
        ("valley", json!(about.known.is_valley)),
        ("degenerate", json!(about.is_degenerate())),
        ("cusp", says(|entry| entry.cusp)),
        ("plateau", says(|entry| entry.plateau)),
        ("remark", json!(about.known.gap)),
        ("source", json!(entry.map(|entry| &entry.source))),
    ];
    let mut object: Map<String, Value> = fields.into_iter().map(|(name, value)| (name.to_string(), value)).collect();
    report::add_theory(&mut object, about.theory.as_ref());
    Value::Object(object)
}

fn parameters(about: &About) -> Value {
    let parameter = |(parameter, value): (&Parameter, &f64)| {
        json!({
            "name": parameter.name,
            "value": number(*value),
            "default": single(parameter.default),
            "at_least": parameter.at_least.map(single),
        })
    };
    about.formula.parameters().iter().zip(&about.values).map(parameter).collect()
}

fn minimum(about: &About, point: &[f64]) -> Value {
    let eigenvalues = about.eigenvalues(point);
    json!({
        "point": point.iter().copied().map(number).collect::<Vec<_>>(),
        "loss": number(about.settled_loss(point)),
        "stable_below": eigenvalues.as_deref().and_then(stable_below).map(number),
        "eigenvalues": eigenvalues.map(|values| values.into_iter().map(number).collect::<Vec<_>>()),
    })
}

fn place(about: &About, point: &[f64]) -> Value {
    json!({ "point": point.iter().copied().map(number).collect::<Vec<_>>(), "loss": number(about.settled_loss(point)) })
}
