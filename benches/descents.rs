//! Descents a second on the CPU backend: a dense quadratic at fixed steps, and an early-stopping sweep.

use std::hint::black_box;
use std::sync::Arc;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use thalweg::backend::{self, Backend, Columns, cpu::Cpu};
use thalweg::loss::{Hessian, Problem, Quadratic};
use thalweg::{Axis, Error, Experiment, Loss, MemoryBudget, Plan, StopRule};

const STEPS: u32 = 1000;

fn quadratic(hessian: Vec<f64>, linear: &[f64]) -> Result<Loss, Error> {
    let problem = Problem::uncentered(Hessian::dense(2, hessian)?, linear, 0.0)?;
    Quadratic::new("quadratic", vec![problem]).map(Loss::Quadratic)
}

fn dense_fixed() -> Result<Experiment, Error> {
    let draft = Experiment::new(quadratic(vec![3.0, 0.5, 0.5, 1.0], &[-1.0, 0.3])?).input("learning_rate", 0.05);
    let axis = Axis::linear(-4.0, 4.0, 256);
    draft.input("x", axis.clone()).input("y", axis).stop(StopRule { steps: STEPS, fixed_steps: true, ..StopRule::default() }).validate()
}

fn sweep_early_stop() -> Result<Experiment, Error> {
    let draft = Experiment::new(quadratic(vec![1.0, 0.0, 0.0, 25.0], &[0.0, 0.0])?);
    let axis = Axis::linear(-4.0, 4.0, 64);
    draft.input("x", axis.clone()).input("y", axis).input("learning_rate", Axis::logarithmic(1e-3, 0.1, 16)).validate()
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
    let mut group = criterion.benchmark_group("cpu");
    group.sample_size(10);
    let cases = [("dense, 1000 fixed steps", dense_fixed()), ("sweep, early stop", sweep_early_stop())];
    for (name, experiment) in cases {
        let (Ok(experiment), Ok(cpu)) = (experiment.map(Arc::new), Cpu::new(None)) else { continue };
        group.throughput(Throughput::Elements(steps(&cpu, &experiment).unwrap_or_default()));
        group.bench_function(name, |bencher| bencher.iter(|| black_box(steps(&cpu, &experiment).unwrap_or_default())));
    }
    group.finish();
}

criterion_group!(benches, descents);
criterion_main!(benches);
