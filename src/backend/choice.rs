//! Which backend to use, and why.

use crate::backend::cpu::Cpu;
use crate::backend::gpu::Gpu;
use crate::backend::reference::Reference;
use crate::backend::{Backend, Description};
use crate::error::{Error, Result};
use crate::experiment::Experiment;

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

/// Updates times variables from which opening a GPU pays: what all cores of a small machine do in about half a second.
const WORTH_A_GPU: f64 = 2e9;

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
    let work = experiment.descents() as f64 * f64::from(experiment.stop().steps) * experiment.dimension() as f64;
    let cpu = |reason: &str| Ok(Chosen { backend: Box::new(Cpu::new(choice.threads)?), reason: reason.into() });
    if work < WORTH_A_GPU {
        return cpu("too little work to be worth starting a GPU");
    }
    match Gpu::open_hardware() {
        None => cpu("no GPU found"),
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
