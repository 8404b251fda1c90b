//! The command line of `cargo xtask compare`.

use crate::Failure;
use crate::compare::program::Program;
use crate::compare::workload::Workload;

pub(super) const HELP: &str = "\
usage: cargo xtask compare [--workload A,B] [--peer X,Y] [--rounds N]

Builds thalweg and its peers, runs each workload of benches/workloads.toml on all of them in turn, checks that they end every descent alike,
and prints a table of their rates, which it also writes to target/compare.md.

  --workload A,B  only these workloads
  --peer X,Y      only these peers beside thalweg: cpp, cuda, numpy, numba, jax, torch, jax-gpu, torch-gpu, or one variant, as in jax/expert
  --rounds N      how often each program is run on each workload [default: 3]

A wrong result ends with an error; a goal that is missed does not.";

/// What to compare.
pub(super) struct Options {
    workloads: Option<Vec<String>>,
    peers: Option<Vec<String>>,
    pub(super) rounds: u32,
}

impl Options {
    /// From the words after `compare`; nothing where help is asked for.
    pub(super) fn parse(arguments: &[&str]) -> Result<Option<Self>, Failure> {
        let mut options = Self { workloads: None, peers: None, rounds: 3 };
        let mut words = arguments.iter();
        while let Some(option) = words.next() {
            if ["-h", "--help"].contains(option) {
                return Ok(None);
            }
            let mut value = || words.next().ok_or_else(|| Failure::usage(format!("{option} wants a value")));
            let list = |text: &str| Some(text.split(',').map(String::from).collect());
            match *option {
                "--workload" => options.workloads = list(value()?),
                "--peer" => options.peers = list(value()?),
                "--rounds" => options.rounds = rounds(value()?)?,
                _ => return Err(Failure::usage(format!("unknown option '{option}'\n\n{HELP}"))),
            }
        }
        if let Some(peer) = options.peers.iter().flatten().find(|peer| !Program::all().any(|program| program.answers_to(peer))) {
            return Err(Failure::usage(format!("--peer: there is no peer '{peer}'\n\n{HELP}")));
        }
        Ok(Some(options))
    }

    /// Those of `workloads` that are asked for.
    pub(super) fn workloads(&self, workloads: Vec<Workload>) -> Result<Vec<Workload>, Failure> {
        let Some(wanted) = &self.workloads else { return Ok(workloads) };
        if let Some(name) = wanted.iter().find(|name| !workloads.iter().any(|workload| workload.name == **name)) {
            let names: Vec<&str> = workloads.iter().map(|workload| workload.name.as_str()).collect();
            return Err(Failure::usage(format!("--workload: there is no '{name}'; there are {}", names.join(", "))));
        }
        Ok(workloads.into_iter().filter(|workload| wanted.contains(&workload.name)).collect())
    }

    /// Whether `program` takes part; thalweg always does.
    pub(super) fn wants(&self, program: &Program) -> bool {
        program.is_thalweg() || self.peers.as_ref().is_none_or(|peers| peers.iter().any(|peer| program.answers_to(peer)))
    }
}

fn rounds(text: &str) -> Result<u32, Failure> {
    text.parse().ok().filter(|rounds| *rounds > 0).ok_or_else(|| Failure::usage(format!("--rounds: '{text}' is not a number of 1 or more")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mistaken_command_line_is_refused_with_the_word_at_fault() {
        for words in [&["--rounds", "0"][..], &["--rounds"], &["--peer", "jax,fortran"], &["--fast"]] {
            let failure = Options::parse(words).err().unwrap();
            assert_eq!(failure.exit_code, 2);
            assert!(words.last().unwrap().split(',').any(|word| failure.message.contains(word)), "{}", failure.message);
        }
        let options = Options::parse(&["--workload", "nothing"]).unwrap().unwrap();
        assert!(options.workloads(Vec::new()).err().unwrap().message.contains("nothing"));
    }

    #[test]
    fn a_peer_is_asked_for_whole_or_by_variant() {
        let wanted = |peers: &str| {
            let options = Options::parse(&["--peer", peers]).unwrap().unwrap();
            Program::all().filter(|program| options.wants(program) && !program.is_thalweg()).map(Program::name).collect::<Vec<_>>()
        };
        assert_eq!(wanted("jax,numba"), ["numba/ordinary", "jax/ordinary", "jax/expert"]);
        assert_eq!(wanted("jax-gpu/expert"), ["jax-gpu/expert"]);
    }
}
