//! Ten thousand random formulas: what the backends make of each lies within the bound on rounding, its gradient agrees with
//! differences, and its program is sound.
//!
//! The GPU runs on whatever adapter there is. Without one its test says so and passes, unless THALWEG_REQUIRE_GPU=1.
#![cfg(test)]

#[path = "../../fuzz/src/lib.rs"]
pub mod attempts;
#[path = "../shared/gpu.rs"]
mod gpu;
mod hostile;
mod program;
mod slope;
mod write;

use crate::gpu::gpu;
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestCaseResult, TestRng, TestRunner};
use std::cell::RefCell;
use thalweg::analysis::certificate::{Finding, single_steps};
use thalweg::backend::Backend;
use thalweg::backend::cpu::Cpu;
use thalweg::experiment::Draft;
use thalweg::loss::Kernel;
use thalweg::sample::Distribution;
use thalweg::shader::LANES;
use thalweg::{Axis, Experiment, Loss};
use write::Written;

/// How many formulas there are.
const FORMULAS: usize = 10_000;
/// One in so many is run with every instruction set, the others with the best.
const SAMPLED: usize = 10;
/// How many of them the GPU runs: compiling a program takes a software driver more than a tenth of a second.
const ON_GPU: usize = 1000;
/// Formulas that share a program of the GPU.
const TOGETHER: usize = 10;
/// Programs on one device, which keeps all that it has compiled.
const PROGRAMS: usize = 20;
/// Start points of a formula.
const STARTS: u64 = 64;
/// Start points of formulas that share a program.
const STARTS_TOGETHER: u64 = 32;
/// A number whose bound is more than this share of it counts as left out, though it must be within the bound too.
const VAGUE: f64 = 0.1;

/// What was found of one backend.
#[derive(Clone, Debug, Default)]
struct Tally {
    compared: u64,
    left_out: u64,
    /// The largest error as a multiple of the bound, and the formula it is of.
    largest: f64,
    largest_of: String,
}

impl Tally {
    fn judge(&self, backend: &dyn Backend) {
        let Self { compared, left_out, largest, largest_of } = self;
        let share = *left_out as f64 / (compared + left_out) as f64;
        println!("{}: {compared} compared, {share:.3} left out, largest error {largest:.3} of {largest_of}", backend.description());
        assert!(*compared > 10_000 && share <= 0.2, "{}: {self:?}", backend.description());
    }
}

/// Single steps of length ‖∇f‖ from everywhere.
fn draft(loss: Loss, starts: u64) -> Draft {
    let starts = Axis::sample(Distribution::Uniform { low: -3.0, high: 3.0 }, starts, loss.dimension(), 11);
    Experiment::new(loss).start(starts).input("lr", 1.0)
}

/// The descents of a formula with all its parameters swept; some have no variable left, or a constant part without a value.
fn read(text: &str) -> Option<Draft> {
    let loss = Loss::formula(text, None, None).ok()?;
    let sweep = |draft: Draft, name: &str, default: f64| draft.input(name, Axis::linear(default, 1.25 * default, 2));
    let parameters = loss.parameters().iter();
    let draft = parameters.fold(draft(loss.clone(), STARTS), |draft, parameter| sweep(draft, &parameter.name, parameter.default.into()));
    draft.clone().validate().ok().map(|_| draft)
}

/// Holds `backend` against the reference.
fn compare(backend: &dyn Backend, text: &str, draft: &Draft, tally: &mut Tally) -> TestCaseResult {
    let mut wrong = None;
    let taken = single_steps(backend, draft, |finding| match finding {
        Finding::Doubtful(numbers) => tally.left_out += numbers,
        Finding::Ending { is_right: true, .. } => {}
        Finding::Ending { place, .. } => drop(wrong.get_or_insert_with(|| format!("a wrong ending at {place:?}"))),
        Finding::Number { expected, found, place } => {
            let error = expected.error_of(found);
            if error > 1.0 {
                wrong.get_or_insert_with(|| format!("{error} times the bound: {found} for {expected:?} at {place:?}"));
            }
            let is_vague = expected.error > VAGUE * expected.value.abs().max(1e-30);
            *if is_vague { &mut tally.left_out } else { &mut tally.compared } += 1;
            if error > tally.largest {
                tally.largest = error;
                tally.largest_of = text.chars().take(150).collect();
            }
        }
    });
    let wrong = taken.err().map(|error| error.to_string()).or(wrong);
    wrong.map_or(Ok(()), |wrong| Err(TestCaseError::fail(format!("{}: {text}: {wrong}", backend.description()))))
}

/// What draws as many formulas, always the same from the same seed.
fn runner(seed: u8, cases: usize) -> TestRunner {
    let config = Config { cases: cases as u32, failure_persistence: None, ..Config::default() };
    TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &[seed; 32]))
}

/// What one thread finds.
struct Finder {
    cpus: Vec<Cpu>,
    formulas: usize,
    refused: usize,
    work: usize,
    /// Compared with differences, and left out.
    slopes: (usize, usize),
    tallies: Vec<Tally>,
}

impl Finder {
    fn new() -> Self {
        let cpus: Vec<Cpu> = Cpu::new(Some(1)).unwrap().instruction_sets().collect();
        Self { tallies: vec![Tally::default(); cpus.len()], cpus, formulas: 0, refused: 0, work: 0, slopes: (0, 0) }
    }

    fn check(&mut self, text: &str) -> TestCaseResult {
        self.formulas += 1;
        let Some(draft) = read(text) else {
            self.refused += 1;
            return Ok(());
        };
        let experiment = draft.clone().validate().unwrap();
        self.work += experiment.kernel().work(experiment.dimension());
        let failed = |reason| TestCaseError::fail(format!("{text}: {reason}"));
        program::check(&experiment, LANES[self.formulas % LANES.len()]).map_err(failed)?;
        if let Kernel::Formula(bound) = experiment.kernel() {
            let row: Vec<f64> =
                experiment.parameters().iter().map(|source| experiment.axes()[source.axis].axis.value(1, 0).into()).collect();
            let (compared, left_out) = slope::check(&bound, &row).map_err(failed)?;
            self.slopes = (self.slopes.0 + compared, self.slopes.1 + left_out);
        }
        let sets = if self.formulas.is_multiple_of(SAMPLED) { self.cpus.len() } else { 1 };
        for (cpu, tally) in self.cpus.iter().zip(&mut self.tallies).take(sets) {
            compare(cpu, text, &draft, tally)?;
        }
        Ok(())
    }
}

/// Checks as many formulas, drawn from `seed`; one that fails is made smaller.
fn find(seed: u8, formulas: usize) -> Finder {
    let finder = RefCell::new(Finder::new());
    let run = runner(seed, formulas).run(&write::formula(), |formula| finder.borrow_mut().check(&formula.text()));
    run.unwrap_or_else(|error| panic!("{error}"));
    finder.into_inner()
}

#[test]
fn what_the_cpu_makes_of_random_formulas_lies_within_the_bound_on_rounding_and_their_programs_are_sound() {
    let threads = std::thread::available_parallelism().map_or(1, |count| count.get());
    let finders: Vec<Finder> = std::thread::scope(|scope| {
        let work = |seed| scope.spawn(move || find(seed, FORMULAS.div_ceil(threads)));
        let workers: Vec<_> = (0..threads as u8).map(work).collect();
        workers.into_iter().map(|worker| worker.join().unwrap()).collect()
    });
    for Finder { formulas, refused, work, slopes: (slopes, unsettled), tallies, cpus } in finders {
        println!("{formulas} formulas of {} instructions, {refused} refused", work / (formulas - refused));
        println!("{slopes} slopes compared with differences, {unsettled} left out");
        assert!(refused * 10 < formulas, "{refused} of {formulas} formulas were refused");
        assert!(unsettled * 5 <= slopes, "{slopes} slopes compared, {unsettled} left out");
        tallies.iter().zip(&cpus).for_each(|(tally, cpu)| tally.judge(cpu));
    }
}

#[test]
fn what_the_gpu_makes_of_random_formulas_lies_within_the_bound_on_rounding() {
    let Some(mut device) = gpu(Some(LANES[0])) else { return };
    let mut runner = runner(0, ON_GPU);
    let drawn = (0..ON_GPU).map(|_| write::formula().new_tree(&mut runner).unwrap().current());
    let formulas: Vec<Written> = drawn.filter(|formula| read(&formula.text()).is_some()).collect();
    let mut tally = Tally::default();
    for (number, formulas) in formulas.chunks(TOGETHER).enumerate() {
        if number % PROGRAMS == PROGRAMS - 1 {
            device = gpu(Some(LANES[number / PROGRAMS % LANES.len()])).unwrap();
        }
        let text = write::together(formulas);
        let pick = Axis::linear(0.5, formulas.len() as f64 - 0.5, formulas.len() as u64);
        let draft = draft(Loss::formula(&text, None, None).unwrap(), STARTS_TOGETHER).input("n", pick);
        if let Err(error) = compare(&device, &text, &draft, &mut tally) {
            // Alone, perhaps, one of them says more.
            formulas.iter().for_each(|formula| compare(&device, &formula.text(), &read(&formula.text()).unwrap(), &mut tally).unwrap());
            panic!("{error}");
        }
    }
    tally.judge(&device);
}
