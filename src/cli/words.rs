//! Gradients in symbols, and points, in words that fit on a line.

use serde_json::{Value, json};

use crate::cli::report::short;
use crate::loss::Bound;

/// The longest line of a gradient.
pub(super) const LINE: usize = 140;
/// Variables of which each has its own line.
pub(super) const SPELT_OUT: usize = 4;
/// Parts of slopes that are listed.
const SHARED: usize = 10;

/// The slopes of `open`, a formula whose parameters are open, in symbols: ∂f/∂x where `function` is f. Of many variables only the first ones.
pub(super) fn gradient(open: &Bound, function: &str) -> Vec<String> {
    let dimension = open.formula().dimension();
    let words = open.gradient_in_words(if dimension > SPELT_OUT { SPELT_OUT - 1 } else { dimension });
    let shared = words.shared.iter().take(SHARED).map(|(name, text)| format!("{name} = {text}"));
    let variables = open.formula().variables();
    let slopes = variables.iter().zip(&words.slopes).map(|(name, slope)| format!("∂{function}/∂{name} = {slope}"));
    let mut lines: Vec<String> = shared.map(|line| shortened(&line, LINE)).collect();
    lines.extend(more(words.shared.len(), SHARED));
    lines.extend(slopes.map(|line| shortened(&line, LINE)));
    lines.extend(more(dimension, words.slopes.len()));
    lines
}

/// All of the slopes as JSON.
pub(super) fn gradient_json(open: &Bound) -> Value {
    let words = open.gradient_in_words(open.formula().dimension());
    let shared: Vec<Value> = words.shared.iter().map(|(name, formula)| json!({ "name": name, "formula": formula })).collect();
    json!({ "shared": shared, "slopes": words.slopes })
}

/// `text`, cut and ended by an ellipsis if it has more than `most` characters.
pub(super) fn shortened(text: &str, most: usize) -> String {
    match text.chars().count() {
        count if count <= most => text.into(),
        _ => format!("{}…", text.chars().take(most.saturating_sub(1)).collect::<String>().trim_end()),
    }
}

/// How many of `total` things are not `shown`.
pub(super) fn more(total: usize, shown: usize) -> Option<String> {
    (total > shown).then(|| format!("… {} more, with --json", total - shown))
}

/// A point.
pub(super) fn place(point: &[f64]) -> String {
    format!("({})", list(point))
}

/// Numbers, of many the first and the last.
pub(super) fn list(values: &[f64]) -> String {
    let all: Vec<String> = values.iter().map(|value| short(*value)).collect();
    match &all[..] {
        [first, second, third, .., last] if all.len() > 6 => format!("{first}, {second}, {third}, …, {last}"),
        _ => all.join(", "),
    }
}
