//! Every command of the README runs, and every example is in it.
#![cfg(test)]

use std::fs;
use std::path::Path;

use assert_cmd::Command;

/// The arguments of every `thalweg` command line in the README's shell blocks.
fn commands(readme: &str) -> Vec<Vec<String>> {
    let blocks = readme.split("```sh\n").skip(1).filter_map(|rest| rest.split("```").next());
    let lines = blocks.flat_map(str::lines);
    let after = lines.filter_map(|line| line.strip_prefix("thalweg ").or(line.strip_prefix("cargo run --release -- ")));
    after.map(|line| line.split_whitespace().map(|word| word.trim_matches('\'').to_string()).collect()).collect()
}

#[test]
fn every_command_of_the_readme_does_what_it_says() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let commands = commands(&fs::read_to_string(root.join("README.md")).unwrap());
    assert!(commands.len() >= 5, "{commands:?}");
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("examples")).unwrap();
    fs::copy(root.join("examples/wells.csv"), folder.path().join("examples/wells.csv")).unwrap();
    for command in commands {
        let mut thalweg = Command::new(env!("CARGO_BIN_EXE_thalweg"));
        thalweg.current_dir(folder.path()).args(&command).args(["--backend", "cpu"]).assert().success();
        for file in command.windows(2).filter(|pair| pair[0] == "-o").map(|pair| &pair[1]) {
            assert!(fs::metadata(folder.path().join(file)).unwrap().len() > 1000, "{command:?}");
        }
    }
}

#[test]
fn every_example_is_in_the_readme() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let readme = fs::read_to_string(root.join("README.md")).unwrap();
    let files = fs::read_dir(root.join("examples")).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap());
    let missing: Vec<String> = files.filter(|file| file.ends_with(".rs") && !readme.contains(&format!("(examples/{file})"))).collect();
    assert_eq!(missing, [""; 0]);
}
