//! Steps a second of the CPU backend's inner loops, by dimension: a shared quadratic at fixed steps and under a stop rule that no
//! descent meets, one quadratic for each descent, wells, and a sweep whose descents end early.

use std::hint::black_box;
use std::sync::Arc;
use std::time::Duration;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use thalweg::backend::{self, Backend, Columns, cpu::Cpu};
use thalweg::loss::{Hessian, Problem, Quadratic, Well, Wells};
use thalweg::sample::Distribution;
use thalweg::{Axis, Error, Experiment, Loss, MemoryBudget, Plan, StopRule};

/// Some for every thread, and more steps of each than it takes to begin and end one.
const STARTS: u64 = 1 << 14;

/// Descents so slow that none ends before its last step.
fn slow(loss: Loss, starts: u64, steps: u32, fixed_steps: bool) -> Result<Experiment, Error> {
    let points = Axis::sample(Distribution::Uniform { low: -4.0, high: 4.0 }, starts, loss.dimension(), 1);
    let stop = StopRule { steps, gradient_norm: 1e-15, fixed_steps, ..StopRule::default() };
    Experiment::new(loss).start(points).input("learning_rate", 1e-3).stop(stop).validate()
}

/// One start for each of many quadratics.
fn own_rows(problems: usize, steps: u32) -> Result<Experiment, Error> {
    let problem = |number: usize| {
        let entry = |i: usize| if i.is_multiple_of(5) { 2.0 + number as f64 / problems as f64 } else { 0.1 };
        Problem::uncentered(Hessian::dense(4, (0..16).map(entry).collect())?, &[-1.0, 0.3, 0.2, 1.0], 0.0)
    };
    let problems = (0..problems).map(problem).collect::<Result<_, _>>()?;
    slow(Loss::Quadratic(Quadratic::new("quadratic", problems)?), 1, steps, true)
}

fn wells() -> Result<Loss, Error> {
    let well = |number: usize| Well { offset: 0.1 * number as f64, center: vec![number as f64, -1.0], curvature: vec![1.0, 2.0] };
    Wells::new((0..4).map(well).collect()).map(Loss::Wells)
}

/// Descents that end after few steps or many, as their learning rate has it.
fn sweep() -> Result<Experiment, Error> {
    let problem = Problem::uncentered(Hessian::dense(2, vec![1.0, 0.0, 0.0, 25.0])?, &[0.0, 0.0], 0.0)?;
    let loss = Loss::Quadratic(Quadratic::new("quadratic", vec![problem])?);
    let axis = Axis::linear(-4.0, 4.0, 64);
    let draft = Experiment::new(loss).input("x", axis.clone()).input("y", axis);
    draft.input("learning_rate", Axis::logarithmic(1e-3, 0.1, 16)).validate()
}

/// Every case and its name.
fn cases() -> Result<Vec<(String, Experiment)>, Error> {
    let mut cases = Vec::new();
    for (dimension, starts, steps) in [(2, STARTS, 1000), (4, STARTS, 1000), (16, STARTS / 2, 100), (128, STARTS / 2, 4)] {
        let loss = Loss::named("trid", Some(dimension))?;
        cases.push((format!("D = {dimension}, fixed steps"), slow(loss.clone(), starts, steps, true)?));
        cases.push((format!("D = {dimension}, stop rule"), slow(loss, starts, steps, false)?));
    }
    cases.push(("D = 4, own rows".into(), own_rows(1 << 14, 500)?));
    cases.push(("four wells".into(), slow(wells()?, STARTS, 500, true)?));
    cases.push(("sweep, early exits".into(), sweep()?));
    Ok(cases)
}

/// Runs `experiment` whole and returns the steps it took.
fn steps(backend: &dyn Backend, experiment: &Arc<Experiment>) -> Result<u64, Error> {
    let plan = Plan::within(experiment, MemoryBudget::default(), backend.largest_tile(experiment)?);
    let mut taken = 0;
    backend::run(backend, experiment, &plan, Columns::ALL, &Arc::default(), |outcomes| {
        taken += outcomes.endings.iter().map(|ending| u64::from(ending.steps())).sum::<u64>();
        Ok(())
    })?;
    Ok(taken)
}

fn descents(criterion: &mut Criterion) {
    let cpu = Cpu::new(None).expect("a pool of one thread a core can be made");
    let mut group = criterion.benchmark_group("cpu");
    for (name, experiment) in cases().expect("the cases are valid") {
        let experiment = Arc::new(experiment);
        let run = || steps(&cpu, &experiment).expect("the CPU backend runs any experiment");
        group.throughput(Throughput::Elements(run()));
        group.bench_function(name, |bencher| bencher.iter(|| black_box(run())));
    }
    group.finish();
}

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(10).warm_up_time(Duration::from_millis(500)).measurement_time(Duration::from_secs(2));
    targets = descents
}
criterion_main!(benches);
