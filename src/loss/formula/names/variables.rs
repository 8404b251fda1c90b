//! The variables of a formula: the names without a definition, and their order.

use std::cmp::Ordering;
use std::collections::HashSet;

use super::{Use, Variables};
use crate::error::{Error, Result};
use crate::loss::formula::parser::Source;
use crate::loss::formula::syntax::reserved;

/// The variables of the formula `source`, given the uses of its free names, in the order `listed` if there is one.
pub(super) fn find(text: &str, source: &Source, free: &[Use<'_>], listed: Option<&[String]>) -> Result<Variables> {
    check_names(text, source, free)?;
    if free.is_empty() {
        let reason = "there is no variable in it: use a name without a definition, such as x, or x[1]";
        return Err(Error::formula(text, source.body.span.clone(), reason));
    }
    match free.iter().find(|used| used.is_element) {
        Some(element) => indexed(text, element, free, listed),
        None => named(text, free, listed),
    }
}

/// Refuses variables whose names would mean two things.
fn check_names(text: &str, source: &Source, free: &[Use<'_>]) -> Result<()> {
    for Use { name, span, .. } in free {
        let refuse = |reason| Err(Error::formula(text, (*span).clone(), reason));
        if let Some(meaning) = reserved(name) {
            return refuse(format!("'{name}' is {meaning} already: choose another name"));
        }
        if source.indices.contains(*name) {
            return refuse(format!("the index '{name}' is not known outside its sum or product: choose another name for one of the two"));
        }
    }
    Ok(())
}

/// The elements of the one vector that `element` belongs to.
fn indexed(text: &str, element: &Use<'_>, free: &[Use<'_>], listed: Option<&[String]>) -> Result<Variables> {
    let vector = element.name;
    let refuse = |used: &Use<'_>, reason| Err(Error::formula(text, used.span.clone(), reason));
    for used in free {
        match (used.name == vector, used.is_element) {
            (true, true) => {}
            (true, false) => return refuse(used, format!("'{vector}' is the vector of the variables: write {vector}[1] or another index")),
            (false, true) => return refuse(used, format!("there is one vector of variables, '{vector}': use its elements alone")),
            (false, false) => {
                let name = used.name;
                let reason = format!("beside {vector}[i] every other name needs a definition: write one in front, such as {name}=1;");
                return refuse(used, reason);
            }
        }
    }
    match listed {
        Some(_) => refuse(element, format!("the elements of '{vector}' have their order: leave out --variables")),
        None => Ok(Variables::Indexed(vector.into())),
    }
}

fn named(text: &str, free: &[Use<'_>], listed: Option<&[String]>) -> Result<Variables> {
    let mut names: Vec<&str> = free.iter().map(|used| used.name).collect();
    names.sort_unstable_by(|a, b| natural(a, b));
    names.dedup();
    match listed {
        None => Ok(Variables::Named(names.into_iter().map(String::from).collect())),
        Some(listed) => {
            check_listed(text, free, &names, listed)?;
            Ok(Variables::Named(listed.to_vec()))
        }
    }
}

/// Checks that `listed` are the variables, each once.
fn check_listed(text: &str, free: &[Use<'_>], names: &[&str], listed: &[String]) -> Result<()> {
    let known: HashSet<&str> = names.iter().copied().collect();
    let mut seen = HashSet::new();
    for name in listed {
        if !known.contains(name.as_str()) {
            return Err(Error::unknown("variable", name, names.iter().copied()));
        }
        if !seen.insert(name.as_str()) {
            return Err(Error::invalid("variables", format!("'{name}' is listed twice; list every variable once")));
        }
    }
    match free.iter().find(|used| !seen.contains(used.name)) {
        Some(Use { name, span, .. }) => {
            let reason = format!("'{name}' is not in the list --variables: add it there, or define it in front, as in {name}=1;");
            Err(Error::formula(text, (*span).clone(), reason))
        }
        None => Ok(()),
    }
}

/// Alphabetical, with the numbers inside names compared as numbers: x2 before x10.
fn natural(a: &str, b: &str) -> Ordering {
    runs(a).cmp(runs(b)).then_with(|| a.cmp(b))
}

/// The characters of an ASCII name, with the digits of each number taken together: '0', how many they are, and which.
fn runs(name: &str) -> impl Iterator<Item = (char, usize, &str)> {
    let mut rest = name;
    std::iter::from_fn(move || {
        let first = rest.chars().next()?;
        let behind = rest.trim_start_matches(|c: char| c.is_ascii_digit());
        let number = rest[..rest.len() - behind.len()].trim_start_matches('0');
        let is_number = first.is_ascii_digit();
        rest = if is_number { behind } else { &rest[first.len_utf8()..] };
        Some(if is_number { ('0', number.len(), number) } else { (first, 0, "") })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_inside_names_are_compared_as_numbers() {
        let sorted = ["X", "_a", "x", "x0", "x01", "x1", "x2", "x2a", "x10", "x10_2", "x10_11", "x99999999999999999999999", "xa", "y"];
        for (i, a) in sorted.iter().enumerate() {
            for (j, b) in sorted.iter().enumerate() {
                assert_eq!(natural(a, b), i.cmp(&j), "{a} {b}");
            }
        }
    }
}
