//! Builds thalweg and its peers, and runs them.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::compare::options::Options;
use crate::compare::outcomes::Outcomes;
use crate::compare::place;
use crate::compare::program::{Device, Measurement, Program, Tool};
use crate::compare::workload::{Workload, words};
use crate::{Failure, root};

/// How often a program repeats its work in each round.
const REPEATS: &str = "3";

const CPP_FLAGS: [&str; 5] = ["-std=c++20", "-O3", "-march=native", "-ffast-math", "-fopenmp"];
const CUDA_FLAGS: [&str; 4] = ["-std=c++20", "-O3", "-arch=native", "--use_fast_math"];

/// What is there to run.
pub(super) struct Tools {
    thalweg: PathBuf,
    python: PathBuf,
    programs: Vec<&'static Program>,
}

impl Tools {
    /// Builds what `options` ask for on `workloads`, and says which peers cannot run here and why.
    pub(super) fn prepare(options: &Options, workloads: &[Workload]) -> Result<Self, Failure> {
        let thalweg = build_thalweg()?;
        let python = environment()?;
        let mut tools = Self { thalweg, python, programs: Vec::new() };
        tools.call(Command::new(&tools.python).arg(peers("python/data.py")).arg(place("data")))?;
        let has_gpu = quiet(Command::new("nvidia-smi").arg("-L"));
        for program in Program::all().filter(|program| options.wants(program)) {
            if program.device == Device::Gpu && !has_gpu {
                note(program, "there is no NVIDIA GPU here");
                continue;
            }
            match tools.provide(program, workloads) {
                Ok(()) => tools.programs.push(program),
                Err(reason) => note(program, &reason),
            }
        }
        Ok(tools)
    }

    /// The programs that run here.
    pub(super) fn programs(&self) -> &[&'static Program] {
        &self.programs
    }

    /// Makes sure that `program` can run, or says why it cannot.
    fn provide(&self, program: &Program, workloads: &[Workload]) -> Result<(), String> {
        match program.tool {
            Tool::Thalweg | Tool::Yardstick => Ok(()),
            Tool::Cpp => compile("c++", &CPP_FLAGS, "cpp", workloads.iter().filter_map(|workload| workload.cpp.as_deref())),
            Tool::Cuda => compile("nvcc", &CUDA_FLAGS, "cu", workloads.iter().filter_map(|workload| workload.cuda.as_deref())),
            Tool::Python(_) if program.device == Device::Gpu => self.install(program, "requirements-gpu.txt", GPU_PROBE),
            Tool::Python("torch") if !self.has("import torch") => {
                Err("PyTorch is installed on request only; benches/peers/README.md says how".into())
            }
            Tool::Python(_) => Ok(()),
        }
    }

    /// Whether this Python program runs without an error.
    fn has(&self, probe: &str) -> bool {
        quiet(Command::new(&self.python).args(["-c", probe]))
    }

    /// Installs `requirements` unless the Python program `probe` shows that what they give is there already.
    fn install(&self, program: &Program, requirements: &str, probe: &str) -> Result<(), String> {
        if self.has(probe) {
            return Ok(());
        }
        eprintln!("{}: installing {requirements}", program.name());
        let file = peers("python").join(requirements);
        // Where the index is out of reach, this is known at once rather than after many tries.
        let tries = ["-m", "pip", "install", "--quiet", "--retries", "1", "--timeout", "20", "-r"];
        let status = Command::new(&self.python).args(tries).arg(file).stdout(Stdio::null()).stderr(Stdio::null()).status();
        let is_installed = status.is_ok_and(|status| status.success());
        if is_installed && self.has(probe) { Ok(()) } else { Err(format!("pip could not install benches/peers/python/{requirements}")) }
    }

    /// The machine and the versions, as a list in Markdown.
    pub(super) fn describe(&self) -> Result<String, Failure> {
        let thalweg = self.call(Command::new(&self.thalweg).arg("--version"))?;
        let compiler = self.call(Command::new("c++").arg("--version")).unwrap_or_default();
        let machine = self.call(Command::new(&self.python).arg(peers("python/machine.py")))?;
        Ok(format!("{machine}- {}- {}\n", thalweg, compiler.lines().next().unwrap_or("no C++ compiler")))
    }

    /// Resolves the workload's command line into the arrays that the peers read.
    pub(super) fn prepare_experiment(&self, workload: &Workload) -> Result<(), Failure> {
        let words = words(&workload.command).map_err(Failure::new)?;
        self.call(Command::new(&self.python).arg(peers("python/experiment.py")).arg(experiment(workload)).args(words)).map(drop)
    }

    /// What thalweg's descents end with, by way of a file in `folder`, which is made for it.
    pub(super) fn outcomes(&self, workload: &Workload, folder: &Path) -> Result<Outcomes, Failure> {
        std::fs::create_dir_all(folder).map_err(|error| Failure::new(format!("{}: {error}", folder.display())))?;
        let path = folder.join("thalweg.npy");
        let mut arguments = words(&workload.command).map_err(Failure::new)?;
        arguments[1] = "run".into();
        arguments.retain(|word| word != "--largest");
        self.call(Command::new(&self.thalweg).args(&arguments[1..]).args(["--quiet", "-o"]).arg(&path))?;
        let outcomes = Outcomes::of_thalweg(&path).map_err(Failure::new)?;
        std::fs::remove_file(&path).map_err(|error| Failure::new(format!("{}: {error}", path.display())))?;
        Ok(outcomes)
    }

    /// Runs `program` on `workload` once, warmed up and repeated; a peer leaves its outcomes in the folder `results`.
    pub(super) fn measure(&self, program: &Program, workload: &Workload, results: Option<&Path>) -> Result<Measurement, String> {
        let failed = |failure: Failure| failure.message;
        if let Some(folder) = results {
            std::fs::create_dir_all(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
        }
        let compiled = |name: &Option<String>| {
            let program = built(name.as_deref().unwrap_or_default(), if program.tool == Tool::Cuda { "cu" } else { "cpp" });
            self.call(Command::new(program).arg(experiment(workload)).arg(REPEATS).args(results))
        };
        let line = match program.tool {
            Tool::Thalweg => return self.bench(program, &workload.command),
            Tool::Yardstick => return self.bench(program, workload.yardstick.as_deref().unwrap_or_default()),
            Tool::Cpp => compiled(&workload.cpp),
            Tool::Cuda => compiled(&workload.cuda),
            Tool::Python(script) => {
                let device = if program.device == Device::Gpu { "gpu" } else { "cpu" };
                let stride = workload.stride(program).to_string();
                let mut command = Command::new(&self.python);
                command.arg(peers("python").join(format!("{script}_peer.py"))).arg(program.variant).arg(experiment(workload)).arg(REPEATS);
                command.args(["--stride", &stride, "--device", device]);
                let results: Option<[OsString; 2]> = results.map(|folder| ["--results".into(), folder.into()]);
                self.call(command.args(results.into_iter().flatten()))
            }
        };
        Measurement::of_peer(&line.map_err(failed)?)
    }

    fn bench(&self, program: &Program, command: &str) -> Result<Measurement, String> {
        let mut words = words(command)?;
        if program.device == Device::Gpu {
            words.iter_mut().filter(|word| *word == "cpu").for_each(|word| *word = "gpu".into());
        }
        let report = self.call(Command::new(&self.thalweg).args(&words[1..]).args(["--json", "--quiet", "--repeats", REPEATS]));
        Measurement::of_thalweg(&report.map_err(|failure| failure.message)?)
    }

    /// Runs `command` at the root of the repository and returns what it prints; its messages are shown only if it fails.
    fn call(&self, command: &mut Command) -> Result<String, Failure> {
        let name = format!("{command:?}");
        let output = command.current_dir(root()).output().map_err(|error| Failure::new(format!("{name}: {error}")))?;
        if output.status.success() {
            return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
        }
        Err(Failure::new(format!("{name}: {}\n{}", output.status, String::from_utf8_lossy(&output.stderr))))
    }
}

const GPU_PROBE: &str = "import jax, torch; assert jax.devices('gpu') and torch.cuda.is_available()";

fn note(program: &Program, reason: &str) {
    eprintln!("{}: left out: {reason}", program.name());
}

fn peers(name: &str) -> PathBuf {
    root().join("benches/peers").join(name)
}

fn experiment(workload: &Workload) -> PathBuf {
    place("experiments").join(&workload.name)
}

fn built(name: &str, language: &str) -> PathBuf {
    place("bin").join(format!("{name}-{language}"))
}

/// Whether `command` succeeds, without a word.
fn quiet(command: &mut Command) -> bool {
    command.stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok_and(|status| status.success())
}

/// Builds the release binary and returns its path.
fn build_thalweg() -> Result<PathBuf, Failure> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let built = Command::new(cargo).args(["build", "--release", "--bin", "thalweg"]).current_dir(root()).status();
    if !built.is_ok_and(|status| status.success()) {
        return Err(Failure::new("cargo build --release failed"));
    }
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), |folder| root().join(folder));
    Ok(target.join("release/thalweg"))
}

/// Makes the virtual environment where there is none, brings its packages up to date, and returns its Python.
fn environment() -> Result<PathBuf, Failure> {
    let folder = place("venv");
    let python = folder.join("bin/python");
    if !python.exists() && !Command::new("python3").args(["-m", "venv"]).arg(&folder).status().is_ok_and(|status| status.success()) {
        return Err(Failure::new("python3 -m venv failed; Python 3.11 or newer is needed, on Debian with python3-venv"));
    }
    let requirements = peers("python/requirements.txt");
    let installed = Command::new(&python).args(["-m", "pip", "install", "--quiet", "-r"]).arg(requirements).status();
    if installed.is_ok_and(|status| status.success()) { Ok(python) } else { Err(Failure::new("pip install failed")) }
}

/// Compiles the programs `names` of one language.
fn compile<'a>(compiler: &str, flags: &[&str], language: &str, names: impl Iterator<Item = &'a str>) -> Result<(), String> {
    let folder = place("bin");
    std::fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let sources = if language == "cu" { "cuda" } else { "cpp" };
    let mut names: Vec<&str> = names.collect();
    names.sort_unstable();
    names.dedup();
    for name in names {
        let source = peers(sources).join(format!("{name}.{language}"));
        let status = Command::new(compiler).args(flags).arg(source).arg("-o").arg(built(name, language)).status();
        match status {
            Ok(status) if status.success() => {}
            Ok(status) => return Err(format!("{compiler} {name}.{language}: {status}")),
            Err(error) => return Err(format!("{compiler} cannot be started: {error}")),
        }
    }
    Ok(())
}
