//! The checkers: each takes sources and tells what is wrong with them, one line a fault.

use std::collections::BTreeSet;
use std::path::Path;

use crate::source::{Source, words};

/// The modules of the library from top to bottom; each may use only those of lower lines.
const LAYERS: &[&[&str]] = &[
    &["main"],
    &["cli"],
    &["table", "picture"],
    &["analysis"],
    &["backend"],
    &["shader"],
    &["plan"],
    &["experiment"],
    &["method"],
    &["loss", "optimizer", "schedule", "transform", "stop", "axis"],
    &["sample", "real", "hyperparameter"],
    &["function"],
    &["error"],
];
/// Crates that only some places may name.
const CONFINED: [(&str, &[&str]); 2] = [("wgpu", &["src/backend/gpu/"]), ("clap", &["src/cli/", "src/main.rs"])];
/// Names that do not tell what is inside.
const EMPTY_NAMES: [&str; 7] = ["util", "utils", "base", "common", "misc", "helper", "helpers"];
const MAX_LINES: usize = 400;
/// Files that a document names by their extension alone, without a folder.
const FILE_KINDS: [&str; 4] = ["rs", "wgsl", "md", "toml"];

fn layer(module: &str) -> Option<usize> {
    LAYERS.iter().position(|layer| layer.contains(&module))
}

/// What a file names that does not lie below it.
pub(crate) fn upward_imports(source: &Source) -> Vec<String> {
    let path = source.path.trim_start_matches("src/");
    let own = path.split('/').next().unwrap_or(path).trim_end_matches(".rs");
    let Some(height) = layer(own) else { return vec![format!("{}: '{own}' has no place in LAYERS", source.path)] };
    let is_wrong = |module: &str| module != own && layer(module).is_none_or(|target| target <= height);
    let wrong = named_modules(source).into_iter().filter(|(_, module)| is_wrong(module));
    wrong.map(|(line, module)| format!("{}:{line}: {own} must not use '{module}'", source.path)).collect()
}

/// The library's modules that a file names, and where: by way of `crate`, of `super`, or from outside of `thalweg`.
fn named_modules(source: &Source) -> Vec<(usize, String)> {
    let words = words(&source.text);
    let text = |at: usize| words.get(at).map_or("", |word| word.text.as_str());
    let stem = source.path.trim_start_matches("src/").trim_end_matches(".rs").trim_end_matches("/mod");
    let file: Vec<&str> = stem.split('/').collect();
    // For every open brace, the inline module that it opens, if it does.
    let mut open: Vec<Option<&str>> = Vec::new();
    let mut found = Vec::new();
    for (at, word) in words.iter().enumerate() {
        let begins_path = text(at + 1) == "::" && (at == 0 || text(at - 1) != "::");
        match word.text.as_str() {
            "{" => open.push((at > 1 && text(at - 2) == "mod").then(|| text(at - 1))),
            "}" => drop(open.pop()),
            "crate" | "thalweg" if begins_path => {
                found.extend(heads(text, at + 2).into_iter().map(|head| (word.line, head.into())));
            }
            "super" if begins_path => {
                let here: Vec<&str> = file.iter().chain(open.iter().flatten()).copied().collect();
                let supers = (at..).step_by(2).take_while(|at| text(*at) == "super").count();
                let heads = if supers < here.len() { vec![here[0]] } else { heads(text, at + 2 * supers) };
                found.extend(heads.into_iter().map(|head| (word.line, head.into())));
            }
            _ => {}
        }
    }
    found
}

/// The first names of the paths that begin at word `at`: one, or those of a group in braces.
fn heads<'a>(text: impl Fn(usize) -> &'a str, at: usize) -> Vec<&'a str> {
    if text(at) != "{" {
        return vec![text(at)];
    }
    let (mut found, mut depth) = (Vec::new(), 1);
    for at in at + 1.. {
        match text(at) {
            "{" => depth += 1,
            "}" => depth -= 1,
            head if depth == 1 && matches!(text(at - 1), "{" | ",") => found.push(head),
            _ => {}
        }
        if depth == 0 || text(at).is_empty() {
            break;
        }
    }
    found
}

/// Where a file names a crate that is confined to others.
pub(crate) fn stray_crates(source: &Source) -> Vec<String> {
    let is_stray = |word: &str| {
        let confined = CONFINED.iter().find(|(name, _)| *name == word);
        confined.is_some_and(|(_, places)| !places.iter().any(|place| source.path.starts_with(place)))
    };
    let stray = words(&source.text).into_iter().filter(|word| is_stray(&word.text));
    stray.map(|word| format!("{}:{}: names {}", source.path, word.line, word.text)).collect()
}

/// Top-level names of a WGSL snippet that do not start with the prefix of its slot.
pub(crate) fn unprefixed_names(source: &Source, slot: &str) -> Vec<String> {
    let words = words(&source.text);
    let prefixes = [format!("{slot}_"), format!("{}_", slot.to_uppercase())];
    let (mut found, mut depth) = (Vec::new(), 0);
    for (at, word) in words.iter().enumerate() {
        match word.text.as_str() {
            "{" => depth += 1,
            "}" => depth -= 1,
            "fn" | "const" | "var" | "override" | "struct" | "alias" if depth == 0 => {
                // An address space may stand before a variable's name, as in var<private> seed.
                let mut after = words[at + 1..].iter().map(|word| word.text.as_str());
                let first = after.next().unwrap_or_default();
                let name = if first == "<" { after.skip_while(|word| *word != ">").nth(1).unwrap_or_default() } else { first };
                if !prefixes.iter().any(|prefix| name.starts_with(prefix)) {
                    found.push(format!("{}:{}: '{name}' does not start with {slot}_", source.path, word.line));
                }
            }
            _ => {}
        }
    }
    found
}

/// The stems that stand on one side only.
pub(crate) fn unpaired<'a>(rust: impl IntoIterator<Item = &'a Source>, wgsl: impl IntoIterator<Item = &'a Source>) -> Vec<String> {
    let stem = |source: &'a Source| Path::new(&source.path).file_stem().unwrap_or_default().to_string_lossy();
    let rust: BTreeSet<_> = rust.into_iter().map(stem).collect();
    let wgsl: BTreeSet<_> = wgsl.into_iter().map(stem).collect();
    rust.symmetric_difference(&wgsl).map(|stem| format!("'{stem}' has no twin")).collect()
}

/// Whether a file holds the arithmetic of a loss.
pub(crate) fn implements_evaluate(source: &Source) -> bool {
    words(&source.text).windows(2).any(|pair| pair[0].text == "Evaluate" && pair[1].text == "for")
}

/// The paths in backticks that do not exist; where one has a `<placeholder>` or a `*`, the folder before it must.
pub(crate) fn missing_paths(document: &Source, exists: impl Fn(&str) -> bool) -> Vec<String> {
    let prose: String = document.text.split("```").step_by(2).collect();
    let is_path = |span: &&str| {
        let has_file_kind = Path::new(span).extension().is_some_and(|found| FILE_KINDS.iter().any(|kind| found == *kind));
        (span.contains('/') || has_file_kind) && span.chars().all(|c| c.is_ascii_alphanumeric() || "_-./<>*".contains(c))
    };
    let known_part = |span: &'_ str| match span.split_once(['<', '*']) {
        Some((before, _)) => before.rsplit_once('/').map_or(String::new(), |(folder, _)| folder.into()),
        None => span.to_string(),
    };
    let spans = prose.split('`').skip(1).step_by(2).filter(is_path);
    spans.filter(|span| !exists(&known_part(span))).map(|span| format!("{}: '{span}' does not exist", document.path)).collect()
}

/// What is wrong with a file's name and its length.
pub(crate) fn shape_faults(source: &Source) -> Vec<String> {
    let is_empty = |part: &&str| EMPTY_NAMES.contains(&part.trim_end_matches(".rs").trim_end_matches(".wgsl"));
    let names = source.path.split('/').filter(is_empty).map(|part| format!("{}: '{part}' does not tell what is inside", source.path));
    let lines = source.text.lines().count();
    let length = (lines > MAX_LINES).then(|| format!("{}: {lines} lines are more than {MAX_LINES}", source.path));
    names.chain(length).collect()
}
