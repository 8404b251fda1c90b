//! The list of workloads, `benches/workloads.toml`.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;

use crate::Failure;
use crate::compare::check::Allowance;
use crate::compare::program::Program;

/// An experiment and what is wanted of thalweg on it; the file says what each field is.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Workload {
    pub(super) name: String,
    pub(super) about: String,
    pub(super) command: String,
    pub(super) yardstick: Option<String>,
    pub(super) cpp: Option<String>,
    pub(super) cuda: Option<String>,
    pub(super) goals: BTreeMap<String, f64>,
    #[serde(default)]
    pub(super) omit: Vec<String>,
    #[serde(default)]
    stride: BTreeMap<String, usize>,
    #[serde(default)]
    pub(super) rounding: Allowance,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct List {
    workload: Vec<Workload>,
}

impl Workload {
    /// Every which descent `program` runs.
    pub(super) fn stride(&self, program: &Program) -> usize {
        self.stride.get(&program.name()).copied().unwrap_or(1)
    }

    fn check(&self) -> Result<(), String> {
        let programs = self.goals.keys().chain(self.stride.keys()).chain(&self.omit);
        if let Some(unknown) = programs.into_iter().find(|name| !Program::all().any(|program| program.name() == **name)) {
            return Err(format!("there is no program '{unknown}'"));
        }
        if self.stride.values().any(|stride| *stride == 0) {
            return Err("a stride is 0".into());
        }
        for command in [Some(&self.command), self.yardstick.as_ref()].into_iter().flatten() {
            if !words(command)?.starts_with(&["thalweg".into(), "bench".into()]) {
                return Err(format!("'{command}' is not a call of thalweg bench"));
            }
        }
        Ok(())
    }
}

/// Reads and checks the list at `path`.
pub(super) fn read(path: &Path) -> Result<Vec<Workload>, Failure> {
    let fail = |reason: String| Failure::new(format!("{}: {reason}", path.display()));
    let text = std::fs::read_to_string(path).map_err(|error| fail(error.to_string()))?;
    let list: List = toml::from_str(&text).map_err(|error| fail(error.to_string()))?;
    for workload in &list.workload {
        workload.check().map_err(|reason| fail(format!("{}: {reason}", workload.name)))?;
    }
    Ok(list.workload)
}

/// The words of a command line, in which single quotes hold a word together, as a shell has it.
pub(super) fn words(command: &str) -> Result<Vec<String>, String> {
    let mut words = vec![String::new()];
    for (number, part) in command.split('\'').enumerate() {
        let last = words.len() - 1;
        if number % 2 == 1 {
            words[last] += part;
            continue;
        }
        let mut pieces = part.split(' ');
        words[last] += pieces.next().unwrap_or_default();
        words.extend(pieces.map(String::from));
    }
    words.retain(|word| !word.is_empty());
    if command.matches('\'').count() % 2 == 1 { Err(format!("a quote is open in: {command}")) } else { Ok(words) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::root;

    #[test]
    fn the_committed_list_is_sound_and_has_a_goal_for_every_workload() {
        let workloads = read(&root().join("benches/workloads.toml")).unwrap();
        assert!(workloads.len() >= 8 && workloads.iter().all(|workload| !workload.goals.is_empty()));
    }

    #[test]
    fn a_goal_for_a_program_that_is_not_there_is_refused() {
        let text = "name = 'a'\nabout = ''\ncommand = 'thalweg bench sphere'\ngoals = { 'cpp/export' = 1 }";
        let workload: Workload = toml::from_str(text).unwrap();
        assert!(workload.check().unwrap_err().contains("cpp/export"));
    }

    #[test]
    fn a_command_line_is_split_as_a_shell_does() {
        assert_eq!(words("a --b 'c;d e' f=1").unwrap(), ["a", "--b", "c;d e", "f=1"]);
        assert!(words("a 'b").is_err());
    }
}
