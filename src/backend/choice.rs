//! Which backend to use, and why.

use std::sync::Arc;

use crate::backend::cpu::Cpu;
use crate::backend::gpu::Gpu;
use crate::backend::reference::Reference;
use crate::backend::roofline::Cost;
use crate::backend::{self, Backend, Description, Outcomes, Wanted};
use crate::error::{Error, Result};
use crate::experiment::Experiment;
use crate::plan::{MemoryBudget, Plan};

/// A backend as asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Kind {
    /// A GPU that is there and worth its start-up, else the CPU.
    #[default]
    Auto,
    /// wgpu, on any adapter, software ones included.
    Gpu,
    /// f32 lanes on all cores.
    Cpu,
    /// f64, one descent at a time.
    Reference,
}

impl Kind {
    /// The names of all kinds.
    pub const NAMES: [&str; 4] = ["auto", "gpu", "cpu", "reference"];
    const ALL: [Self; 4] = [Self::Auto, Self::Gpu, Self::Cpu, Self::Reference];

    /// The kind of this name.
    pub fn named(name: &str) -> Result<Self> {
        let position = Self::NAMES.iter().position(|known| *known == name);
        position.map(|position| Self::ALL[position]).ok_or_else(|| Error::unknown("backend", name, Self::NAMES))
    }
}

/// What was asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Choice {
    /// The kind of backend.
    pub kind: Kind,
    /// The adapter's number or part of its name; asks for the GPU backend where the kind is `auto`.
    pub adapter: Option<String>,
    /// Threads of the CPU backend; one a core by default.
    pub threads: Option<usize>,
}

/// A backend, and why it is this one.
#[derive(Debug)]
pub struct Chosen {
    /// The backend, ready for work.
    pub backend: Box<dyn Backend>,
    /// The reason in a few words.
    pub reason: String,
}

impl Chosen {
    /// Runs all of `experiment` within the default memory budget and shows each tile's outcomes to `consume`, in order. Whoever wants another
    /// budget, a part of the grid, or to watch or end the run, calls [`backend::run`].
    ///
    /// # Errors
    /// The backend's, or the consumer's.
    pub fn run(&self, experiment: &Arc<Experiment>, wanted: impl Into<Wanted>, consume: impl FnMut(&Outcomes) -> Result<()>) -> Result<()> {
        let plan = Plan::within(experiment, MemoryBudget::default(), self.backend.largest_tile(experiment)?);
        backend::run(&*self.backend, experiment, &plan, wanted, &Arc::default(), consume)
    }
}

/// Seconds that opening a GPU and compiling a program take, about: Mesa's software Vulkan was seen to take 0.15 to 0.6 on two cores.
/// `thalweg bench` measures a machine's own.
const START_UP: f64 = 0.4;
/// Operations that one thread of the CPU backend does a second, about: half of what eight lanes could at 3 GHz, two instructions a
/// cycle; `thalweg bench` measures a machine's own.
const OPERATIONS: f64 = 2.4e10;

/// Steps of `experiment`, of all descents together, that `threads` threads take about as long for as a GPU takes to start: with
/// fewer, `auto` leaves the GPU alone.
pub fn worth_a_gpu(experiment: &Experiment, threads: usize) -> f64 {
    START_UP * OPERATIONS * threads as f64 / Cost::of(experiment).step.total() as f64
}

/// Picks and opens a backend for `experiment`.
///
/// # Errors
/// [`Error::Adapter`] and [`Error::Device`] where a GPU was asked for and there is none to use; [`Error::Invalid`] where an
/// option does not go with the kind.
pub fn choose(choice: &Choice, experiment: &Experiment) -> Result<Chosen> {
    if choice.adapter.is_some() && matches!(choice.kind, Kind::Cpu | Kind::Reference) {
        return Err(Error::invalid("adapter", "only the gpu backend has adapters; leave --adapter out or use --backend gpu"));
    }
    let asked = |backend: Box<dyn Backend>| Chosen { backend, reason: "as asked".into() };
    match choice.kind {
        Kind::Reference => Ok(asked(Box::<Reference>::default())),
        Kind::Cpu => Ok(asked(Box::new(Cpu::new(choice.threads)?))),
        Kind::Gpu => Ok(asked(Box::new(Gpu::open(choice.adapter.as_deref(), None)?))),
        Kind::Auto if choice.adapter.is_some() => Ok(asked(Box::new(Gpu::open(choice.adapter.as_deref(), None)?))),
        Kind::Auto => automatic(choice, experiment),
    }
}

fn automatic(choice: &Choice, experiment: &Experiment) -> Result<Chosen> {
    let most_steps = experiment.descents() as f64 * f64::from(experiment.stop().steps);
    let on_cpu = Cpu::new(choice.threads)?;
    let threshold = worth_a_gpu(experiment, on_cpu.threads());
    let cpu = |reason: &str| Ok(Chosen { backend: Box::new(on_cpu), reason: reason.into() });
    if most_steps < threshold {
        return cpu("too little work to be worth starting a GPU");
    }
    match Gpu::open_hardware() {
        None => cpu("no hardware GPU found"),
        Some(Err(error)) => cpu(&format!("the GPU cannot be used: {error}")),
        Some(Ok(gpu)) => match gpu.largest_tile(experiment) {
            Ok(_) => Ok(Chosen { backend: Box::new(gpu), reason: "a GPU is there and the work is worth its start-up".into() }),
            Err(error) => cpu(&error.to_string()),
        },
    }
}

/// One line about a backend, for people.
impl std::fmt::Display for Description {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{} ({}, {})", self.kind, self.adapter, self.driver)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::axis::Axis;
    use crate::loss::Loss;

    fn experiment(name: &str, dimension: Option<usize>, starts: u64) -> Experiment {
        let starts = Axis::linear(-1.0, 1.0, starts);
        let draft = Experiment::new(Loss::named(name, dimension).unwrap()).input("x", starts).input("learning_rate", 0.1);
        let unset = (2..=dimension.unwrap_or(2)).map(|number| format!("x{number}"));
        unset.fold(draft, |draft, name| draft.input(&name, 0.0)).validate().unwrap()
    }

    #[test]
    fn a_gpu_is_worth_more_steps_to_more_threads_and_fewer_of_longer_steps() {
        let (short, long) = (experiment("booth", None, 2), experiment("trid", Some(16), 2));
        assert_eq!(worth_a_gpu(&short, 64), 32.0 * worth_a_gpu(&short, 2));
        let operations = |experiment: &Experiment| Cost::of(experiment).step.total() as f64;
        let ratio = worth_a_gpu(&short, 2) / worth_a_gpu(&long, 2);
        assert!((ratio - operations(&long) / operations(&short)).abs() < 1e-9 && ratio > 10.0, "{ratio}");
    }

    #[test]
    fn little_work_stays_on_the_cpu() {
        let chosen = choose(&Choice::default(), &experiment("booth", None, 100)).unwrap();
        assert_eq!(chosen.backend.description().kind, "cpu");
        assert!(chosen.reason.contains("too little work"), "{}", chosen.reason);
    }
}
