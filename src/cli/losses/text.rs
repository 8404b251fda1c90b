//! All about a loss in words.

use crate::cli::losses::about::{About, stable_below};
use crate::cli::report::{self, short};
use crate::cli::words::{self, SPELT_OUT, list, more, place};

/// Minima and saddles that are listed.
const SHOWN: usize = 12;

/// Everything there is to tell, as far as it can be taken in.
pub(super) fn of(about: &About) -> String {
    let formula = &about.formula;
    let mut lines = Lines::default();
    match about.entry() {
        Some(entry) => lines.add(&entry.name, &entry.about),
        None => lines.add("formula", formula.text()),
    }
    if about.entry().is_some() {
        lines.add("formula", formula.text());
    }
    lines.add("variables", &variables(about));
    lines.add_all("parameters", &parameters(about));
    lines.add_all("domain", &domain(about));
    lines.add_all("gradient", &words::gradient(&about.open, "f"));
    if let Some(least) = about.known.least {
        lines.add("least loss", &short(least));
    }
    if let Some(gap) = &about.known.gap {
        lines.add("minima", gap);
    }
    about.notes().into_iter().for_each(|note| lines.add("note", note));
    if let Some(entry) = about.entry() {
        lines.add("source", &entry.source);
    }
    let theory = about.theory.as_ref().map_or(String::new(), report::theory_line);
    lines.0 + &theory + &minima(about) + &saddles(about)
}

/// Lines with a word in front.
#[derive(Default)]
struct Lines(String);

impl Lines {
    fn add(&mut self, word: &str, text: &str) {
        self.0.push_str(&format!("{word}: {text}\n"));
    }

    /// Lines that share the word.
    fn add_all(&mut self, word: &str, texts: &[String]) {
        match texts {
            [] => {}
            [text] => self.add(word, text),
            _ => {
                self.0.push_str(&format!("{word}:\n"));
                texts.iter().for_each(|text| self.0.push_str(&format!("  {text}\n")));
            }
        }
    }
}

fn variables(about: &About) -> String {
    let is_open = if about.formula.is_open() { ", or any number with --dimension" } else { "" };
    format!("{} ({}{is_open})", names(&about.formula.variables()), about.dimension())
}

/// The first and the last of many names.
fn names(all: &[String]) -> String {
    match all {
        [first, second, .., last] if all.len() > SPELT_OUT => format!("{first}, {second}, …, {last}"),
        _ => all.join(", "),
    }
}

fn parameters(about: &About) -> Vec<String> {
    let parameters = about.formula.parameters().iter().zip(&about.values);
    parameters
        .map(|(parameter, value)| {
            let is_default = *value as f32 == parameter.default;
            let default = if is_default { " by default".into() } else { format!(", by default {}", short(parameter.default.into())) };
            let least = parameter.at_least.map_or(String::new(), |least| format!(", at least {least}"));
            format!("{} = {}{default}{least}", parameter.name, short(*value))
        })
        .collect()
}

fn domain(about: &About) -> Vec<String> {
    if about.entry().is_none() {
        return Vec::new();
    }
    let (ranges, variables) = (about.ranges(), about.formula.variables());
    let line = |names: &str, [low, high]: [f64; 2]| format!("{names} from {} to {}", short(low), short(high));
    match ranges.windows(2).all(|pair| pair[0] == pair[1]) {
        true => ranges.first().map(|range| line(&names(&variables), *range)).into_iter().collect(),
        false => variables.iter().zip(ranges).map(|(name, range)| line(name, range)).collect(),
    }
}

fn minima(about: &About) -> String {
    let row = |point: &Vec<f64>| {
        let eigenvalues = about.eigenvalues(point);
        let stable = eigenvalues.as_deref().and_then(stable_below).map_or(String::new(), short);
        vec![place(point), loss(about, point), eigenvalues.as_deref().map_or(String::new(), list), stable]
    };
    listed(["minimum", "loss", "eigenvalues of the Hessian", "stable below 2/λ_max"], &about.known.minima, row)
}

fn saddles(about: &About) -> String {
    listed(["saddle", "loss"], &about.known.saddles, |point| vec![place(point), loss(about, point)])
}

/// A table of the first points.
fn listed<const N: usize>(header: [&str; N], points: &[Vec<f64>], row: impl Fn(&Vec<f64>) -> Vec<String>) -> String {
    if points.is_empty() {
        return String::new();
    }
    let rows: Vec<Vec<String>> = points.iter().take(SHOWN).map(row).collect();
    let shown = rows.len();
    let table = report::aligned(&header.map(String::from), rows, shown as u64);
    format!("\n{table}{}", more(points.len(), shown).map_or(String::new(), |more| format!("{more}\n")))
}

fn loss(about: &About, point: &[f64]) -> String {
    short(about.settled_loss(point))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::options::Data;
    use crate::cli::words::LINE;
    use crate::loss::Entry;

    fn told(loss: &str, dimension: Option<usize>) -> String {
        of(&About::of(loss, &Data { dimension, ..Data::default() }, &[]).unwrap())
    }

    #[test]
    fn himmelblau_is_told_in_full() {
        let text = told("himmelblau", None);
        for part in [
            "himmelblau: Four equal minima",
            "formula: (x^2 + y - 11)^2 + (x + y^2 - 7)^2\nvariables: x, y (2)\ndomain: x, y from -6 to 6\n",
            "  ∂f/∂x = 2*(x + y^2 - 7) + 4*x*(y + x^2 - 11)\n",
            "least loss: 0\n",
            "\n(3, 2)                   0            25.7157, 82.2843              0.024306\n",
            "source: Himmelblau 1972",
            "(0.0866775, 2.88425)   67.7192\n",
        ] {
            assert!(text.contains(part), "{part}\n{text}");
        }
    }

    #[test]
    fn a_typed_formula_says_what_is_not_known() {
        let text = told("(x^2 + y - 11)^2 + (x + y^2 - 7)^2", None);
        assert!(text.starts_with("formula: (x^2") && text.contains("minima: not known of a typed formula"), "{text}");
        assert!(!text.contains("source") && !text.contains("domain") && !text.contains("least"), "{text}");
    }

    #[test]
    fn no_line_of_any_loss_is_endless() {
        for entry in Entry::all() {
            for dimension in if entry.formula.contains("x[i]") { vec![None, Some(30)] } else { vec![None] } {
                let text = told(&entry.name, dimension);
                assert!(text.lines().filter(|line| line.contains("∂f/∂")).count() <= SPELT_OUT, "{text}");
                let is_ours = |line: &&str| !["formula", &entry.name, "source"].iter().any(|word| line.starts_with(word));
                assert!(text.lines().filter(is_ours).all(|line| line.chars().count() <= LINE + 2), "{text}");
            }
        }
    }

    #[test]
    fn of_many_minima_the_first_are_listed_and_the_rest_counted() {
        let text = told("shubert", None);
        assert!(text.contains("\n… 6 more, with --json\n"), "{text}");
        assert!(told("qing", Some(6)).contains("\n… 52 more, with --json\n"));
    }
}
