//! The shape of the source tree: the rules that `ARCHITECTURE.md` states hold, and every checker reports a lie.

#![cfg(test)]

mod check;
mod source;

use std::path::Path;

use check::{implements_evaluate, missing_paths, shape_faults, stray_crates, unpaired, unprefixed_names, upward_imports};
use source::{Source, sources};

const DOCUMENTS: [&str; 3] = ["ARCHITECTURE.md", "CONTRIBUTING.md", "shaders/README.md"];

fn assert_none(faults: impl IntoIterator<Item = String>) {
    let faults: Vec<String> = faults.into_iter().collect();
    assert!(faults.is_empty(), "\n{}\n", faults.join("\n"));
}

fn source(path: &str, text: &str) -> Source {
    Source { path: path.into(), text: text.into() }
}

/// The library's files but for its root, which only names the modules and re-exports from them.
fn library() -> Vec<Source> {
    let mut library = sources("src", "rs");
    library.retain(|source| source.path != "src/lib.rs");
    assert!(library.len() > 20, "the sources were not found");
    library
}

#[test]
fn imports_point_down_only() {
    assert_none(library().iter().flat_map(upward_imports));
}

#[test]
fn an_upward_import_in_any_form_is_reported() {
    let lies = [
        ("src/loss/dense.rs", "use crate::backend::Backend;"),
        ("src/loss/dense.rs", "use crate::{error::{Error, cli}, backend::{self, Tile}};"),
        ("src/loss/dense.rs", "fn f(_: &crate::plan::Plan) {}"),
        ("src/loss/dense.rs", "use super::super::plan::Plan;"),
        ("src/loss/dense.rs", "mod tests { mod deep { use super::super::super::super::{error, plan}; } }"),
        ("src/loss/mod.rs", "use super::backend::Backend;"),
        ("src/axis.rs", "use super::plan::Plan;"),
        ("src/axis.rs", "// crate::error\nconst A: &str = \"crate::error\"; use crate::loss::Loss;"),
        ("src/table/csv.rs", "use crate::picture::Map;"),
        ("src/analysis/mod.rs", "use crate::table::Output;"),
        ("src/backend/mod.rs", "use crate::Experiment;"),
        ("src/backend/mod.rs", "use crate::*;"),
        ("src/cli/mod.rs", "fn f() { crate::main(); }"),
        ("src/homeless.rs", ""),
    ];
    for (path, text) in lies {
        assert_eq!(upward_imports(&source(path, text)).len(), 1, "{path}: {text}");
    }
}

#[test]
fn a_downward_import_in_any_form_is_fine() {
    let truths = [
        ("src/backend/gpu/mod.rs", "use crate::{error::{Error, Result}, plan::{cli, Tile}}; use super::cpu; use super::super::shader;"),
        ("src/axis.rs", "/// As [`crate::cli`].\nuse crate::axis::Axis; mod tests { use super::*; use super::super::error::Error; }"),
        ("src/axis.rs", "const A: &str = r#\"crate::cli\"#; const B: char = '\"'; fn f<'a>() {} pub(crate) fn g() {} // crate::cli"),
        ("src/main.rs", "fn main() { thalweg::cli::main() }"),
        ("src/cli/map.rs", "use crate::table::Output; use crate::picture::Map;"),
    ];
    assert_none(truths.iter().flat_map(|(path, text)| upward_imports(&source(path, text))));
}

#[test]
fn only_the_gpu_backend_names_wgpu_and_only_the_command_line_names_clap() {
    assert_none(library().iter().flat_map(stray_crates));
    assert_eq!(stray_crates(&source("src/shader/mod.rs", "//! wgpu\nuse wgpu::Device;")), ["src/shader/mod.rs:2: names wgpu"]);
    assert_eq!(stray_crates(&source("src/loss/mod.rs", "#[derive(clap::Parser)] struct A;")).len(), 1);
    assert!(stray_crates(&source("src/backend/gpu/a.rs", "use wgpu::Device; const A: &str = \"clap\";")).is_empty());
}

#[test]
fn everything_that_has_a_twin_has_one() {
    let mut losses = sources("src/loss", "rs");
    // A formula's twin is written by the program itself.
    losses.retain(|source| source.path != "src/loss/formula/mod.rs");
    let is_twin = |source: &&Source| implements_evaluate(source) || source.path == "src/loss/center.rs";
    assert_none(unpaired(losses.iter().filter(is_twin), &sources("shaders/loss", "wgsl")));
    for slot in ["optimizer", "schedule", "transform"] {
        let (twins, snippets) = (sources(&format!("src/{slot}"), "rs"), sources(&format!("shaders/{slot}"), "wgsl"));
        assert!(twins.len() > 3, "no sources for {slot}");
        let twins = twins.iter().filter(|source| !["mod.rs", "tests.rs"].iter().any(|other| source.path.ends_with(other)));
        assert_none(unpaired(twins, &snippets));
    }
    let functions = sources("src/backend/cpu/function", "rs");
    let elementary = functions.iter().filter(|source| !["mod.rs", "named.rs", "tests.rs"].iter().any(|other| source.path.ends_with(other)));
    assert_none(unpaired(elementary, sources("shaders/function", "wgsl").iter().filter(|source| !source.path.ends_with("bits.wgsl"))));
}

#[test]
fn a_missing_twin_is_reported_on_either_side() {
    let (a, b) = (source("src/loss/a.rs", ""), source("shaders/loss/b.wgsl", ""));
    assert_eq!(unpaired([&a], [&b]), ["'a' has no twin", "'b' has no twin"]);
    assert!(implements_evaluate(&source("a.rs", "impl<T: Copy> Evaluate for A<T> {}")));
    assert!(!implements_evaluate(&source("a.rs", "use super::Evaluate; // impl Evaluate for A")));
}

#[test]
fn top_level_names_of_a_snippet_start_with_the_prefix_of_its_slot() {
    for slot in ["loss", "optimizer", "schedule", "transform", "function"] {
        let snippets = sources(&format!("shaders/{slot}"), "wgsl");
        assert!(!snippets.is_empty(), "no snippets for {slot}");
        assert_none(snippets.iter().flat_map(|snippet| unprefixed_names(snippet, slot)));
    }
    let text = "// fn a() {}\nconst LOSS_A = 1u; fn loss_b(x: f32) { let c = 1; var d = 2; }\n\
                fn f() {}\nvar<private> g: f32;\nstruct loss_H { i: f32 }\nalias j = f32; const optimizer_k = 1;";
    let faults = unprefixed_names(&source("a.wgsl", text), "loss");
    let named: Vec<&str> = faults.iter().filter_map(|fault| fault.split('\'').nth(1)).collect();
    assert_eq!(named, ["f", "g", "j", "optimizer_k"]);
    assert!(faults[0].starts_with("a.wgsl:3:"), "{}", faults[0]);
}

#[test]
fn every_path_that_a_document_names_exists() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for path in DOCUMENTS {
        let document = source(path, &std::fs::read_to_string(root.join(path)).unwrap());
        let folder = root.join(path).parent().unwrap().to_path_buf();
        assert_none(missing_paths(&document, |path| root.join(path).exists() || folder.join(path).exists()));
    }
}

#[test]
fn a_path_that_is_gone_is_reported() {
    let text = "`src/a.rs`, `src/gone.rs`, `Gone.toml`, `gone/<stem>.wgsl`, `src/<stem>/*.rs`, `cargo xtask test`, `.rs`, `1 / x`\n\
                ```\n`src/fenced.rs`\n```\n`src/gone/`";
    let faults = missing_paths(&source("a.md", text), |path| ["src", "src/a.rs"].contains(&path));
    let named: Vec<&str> = faults.iter().filter_map(|fault| fault.split('\'').nth(1)).collect();
    assert_eq!(named, ["src/gone.rs", "Gone.toml", "gone/<stem>.wgsl", "src/gone/"]);
}

#[test]
fn no_file_is_too_long_or_named_after_nothing() {
    let rust = ["src", "tests", "benches", "examples", "xtask"].into_iter().flat_map(|folder| sources(folder, "rs"));
    assert_none(rust.chain(sources("shaders", "wgsl")).flat_map(|source| shape_faults(&source)));
    assert_eq!(shape_faults(&source("src/a.rs", &"\n".repeat(401))), ["src/a.rs: 401 lines are more than 400"]);
    assert_eq!(shape_faults(&source("src/utils/a.rs", "")).len(), 1);
    assert_eq!(shape_faults(&source("shaders/common.wgsl", "")).len(), 1);
    assert!(shape_faults(&source("src/database.rs", &"\n".repeat(400))).is_empty());
}
