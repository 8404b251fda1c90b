//! `cargo xtask gallery`: draws the pictures that the README shows, each by the command that stands beside it.

use std::fs;
use std::process::Command;

use crate::{Failure, root};

/// What a picture is drawn with.
#[derive(Debug, PartialEq)]
struct Picture {
    /// From the root of the repository.
    path: String,
    /// The arguments of `thalweg`, but for the file's place.
    arguments: Vec<String>,
}

pub(crate) fn run(arguments: &[&str]) -> Result<(), Failure> {
    if let [first, ..] = arguments {
        return Err(Failure::usage(format!("'{first}' is not understood; gallery takes no arguments")));
    }
    let readme = fs::read_to_string(root().join("README.md")).map_err(|error| Failure::new(format!("README.md: {error}")))?;
    for Picture { path, arguments } in pictures(&readme)? {
        println!("== {path}: thalweg {}", arguments.join(" "));
        let mut cargo = Command::new(env!("CARGO"));
        cargo.current_dir(root()).args(["run", "--quiet", "--release", "--"]).args(&arguments);
        let status = cargo.status().map_err(|error| Failure::new(format!("cargo: {error}")))?;
        if !status.success() {
            return Err(Failure::new(format!("{path} was not drawn: {status}")));
        }
    }
    Ok(())
}

/// Every picture that `readme` shows, with the command there that draws a file of that name.
fn pictures(readme: &str) -> Result<Vec<Picture>, Failure> {
    let shown = readme.split("](docs/").skip(1).filter_map(|rest| rest.split(')').next()).filter(|name| name.ends_with(".png"));
    shown.map(|name| picture(readme, name)).collect()
}

fn picture(readme: &str, name: &str) -> Result<Picture, Failure> {
    let after = |line: &str| line.strip_prefix("thalweg ").or(line.strip_prefix("cargo run --release -- ")).map(words);
    let draws = |words: &Vec<String>| words.windows(2).any(|pair| pair[0] == "-o" && pair[1] == name);
    let found = readme.lines().filter_map(after).find(draws);
    let mut arguments = found.ok_or_else(|| Failure::new(format!("no command in README.md draws {name}")))?;
    let path = format!("docs/{name}");
    arguments.iter_mut().filter(|word| *word == name).for_each(|word| word.clone_from(&path));
    Ok(Picture { path, arguments })
}

/// The words of a command line, none of which has a space within its quotes.
fn words(line: &str) -> Vec<String> {
    line.split_whitespace().map(|word| word.trim_matches('\'').to_string()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const README: &str = "![a](docs/map.png)\n```sh\nthalweg sweep x -o other.png\ncargo run --release -- basins '(x-1)^2' x=0 -o map.png\n```\n\
                          [text](docs/FORMULAS.md)\n";

    #[test]
    fn a_picture_is_drawn_by_the_command_that_names_it() {
        let arguments = ["basins", "(x-1)^2", "x=0", "-o", "docs/map.png"].map(String::from).to_vec();
        assert_eq!(pictures(README).unwrap(), [Picture { path: "docs/map.png".into(), arguments }]);
    }

    #[test]
    fn a_picture_that_no_command_draws_is_a_failure() {
        let failure = pictures("![a](docs/gone.png)\nthalweg sweep x -o map.png\n").unwrap_err();
        assert!(failure.message.contains("gone.png"), "{}", failure.message);
    }

    #[test]
    fn every_picture_of_the_readme_has_its_command() {
        let readme = fs::read_to_string(root().join("README.md")).unwrap();
        assert!(pictures(&readme).unwrap().len() >= 3);
    }
}
