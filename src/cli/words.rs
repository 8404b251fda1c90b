//! Gradients in symbols, and points, in words that fit on a line.

use serde_json::{Value, json};

use crate::cli::report::short;
use crate::loss::{Bound, Problem};

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

/// The slopes of a quadratic of these variables in numbers, as 3*x + 0.5*y - 2; `None` where there are too many to be read.
pub(super) fn linear_slopes(quadratic: &Problem, variables: &[String]) -> Option<Vec<String>> {
    let dimension = variables.len();
    if dimension > SPELT_OUT {
        return None;
    }
    let constants = quadratic.evaluate(&vec![0.0; dimension]).1;
    let hessian = quadratic.hessian().clone().into_dense();
    let slope = |(row, constant): (&[f64], &f64)| {
        let terms = row.iter().zip(variables).map(|(factor, name)| (*factor, name.as_str()));
        sum(terms.chain([(*constant, "")]))
    };
    Some(hessian.entries().chunks_exact(dimension).zip(&constants).map(slope).collect())
}

/// A sum of products of a number and a name, those of 0 left out.
fn sum<'a>(terms: impl Iterator<Item = (f64, &'a str)>) -> String {
    let mut sum = String::new();
    for (factor, name) in terms.filter(|(factor, _)| *factor != 0.0) {
        sum.push_str(match (sum.is_empty(), factor < 0.0) {
            (true, false) => "",
            (true, true) => "-",
            (false, false) => " + ",
            (false, true) => " - ",
        });
        match (short(factor.abs()).as_str(), name) {
            (number, "") => sum.push_str(number),
            ("1", name) => sum.push_str(name),
            (number, name) => sum.push_str(&format!("{number}*{name}")),
        }
    }
    if sum.is_empty() { "0".into() } else { sum }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::loss::Hessian;

    #[test]
    fn a_quadratic_has_linear_slopes() {
        let hessian = Hessian::dense(3, vec![3.0, -0.5, 0.0, -0.5, 1.0, 0.0, 0.0, 0.0, 0.0]).unwrap();
        let quadratic = Problem::uncentered(hessian, &[-2.0, 0.25, 0.0], 7.0);
        let names = ["x", "y", "z"].map(String::from);
        // No minimum along z, and none is asked for.
        let slopes = linear_slopes(&quadratic.unwrap(), &names).unwrap();
        assert_eq!(slopes, ["3*x - 0.5*y - 2", "-0.5*x + y + 0.25", "0"]);
        let wide = Problem::centered(Hessian::Diagonal(vec![1.0; 5]), vec![0.0; 5], 0.0).unwrap();
        assert_eq!(linear_slopes(&wide, &["a", "b", "c", "d", "e"].map(String::from)), None);
    }
}
