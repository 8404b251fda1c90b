//! Descents a second on the GPU backend's best adapter, software ones included: how many an invocation advances, run-time checks,
//! one dispatch a step against many, what reading back costs, and a digest.

use std::hint::black_box;
use std::sync::Arc;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use thalweg::backend::gpu::{Gpu, Tuning};
use thalweg::backend::{self, Backend, Columns, Digest, Wanted};
use thalweg::loss::{Hessian, Problem, Quadratic};
use thalweg::shader::LANES;
use thalweg::{Axis, Error, Experiment, Loss, MemoryBudget, Plan, StopRule};

/// 256² descents of a dense quadratic, of exactly `steps` steps.
fn dense(steps: u32) -> Result<Arc<Experiment>, Error> {
    let problem = Problem::uncentered(Hessian::dense(2, vec![3.0, 0.5, 0.5, 1.0])?, &[-1.0, 0.3], 0.0)?;
    let loss = Loss::Quadratic(Quadratic::new("quadratic", vec![problem])?);
    let axis = Axis::linear(-4.0, 4.0, 256);
    let draft = Experiment::new(loss).input("x", axis.clone()).input("y", axis).input("learning_rate", 0.05);
    draft.stop(StopRule { steps, fixed_steps: true, ..StopRule::default() }).validate().map(Arc::new)
}

fn run(gpu: &Gpu, experiment: &Arc<Experiment>, wanted: &Wanted) -> Result<usize, Error> {
    let plan = Plan::within(experiment, MemoryBudget::default(), gpu.largest_tile(experiment)?);
    let mut ended = 0;
    backend::run(gpu, experiment, &plan, wanted.clone(), &Arc::default(), |outcomes| {
        ended += outcomes.endings.len() + outcomes.rows.len();
        Ok(())
    })?;
    Ok(ended)
}

fn device(criterion: &mut Criterion) {
    let gpu = match Gpu::open(None, None) {
        Ok(gpu) => gpu,
        Err(error) => return eprintln!("skipped: {error}"),
    };
    let mut cases: Vec<(String, Gpu, u32, Wanted)> = Vec::new();
    for lanes in LANES {
        cases.extend(gpu.with_lanes(lanes).map(|gpu| (format!("{lanes} an invocation"), gpu, 1000, Columns::ENDING.into())));
    }
    let tuned = |tuning| gpu.with_tuning(tuning);
    cases.push(("checked at run time".into(), tuned(Tuning { is_checked: true, ..Tuning::default() }), 1000, Columns::ENDING.into()));
    cases.push(("one step a dispatch".into(), tuned(Tuning { most_steps: 1, ..Tuning::default() }), 200, Columns::ENDING.into()));
    cases.push(("many steps a dispatch".into(), gpu.clone(), 200, Columns::ENDING.into()));
    cases.push(("endings read back".into(), gpu.clone(), 1, Columns::ENDING.into()));
    cases.push(("all columns read back".into(), gpu.clone(), 1, Columns::ALL.into()));
    let columns = Columns { loss: true, ..Columns::ENDING };
    cases.push(("endings and losses read back".into(), gpu.clone(), 1, columns.into()));
    cases.push(("statistics of a row".into(), gpu.clone(), 1, Wanted { columns, digest: Some(Digest::Rows([].into())) }));

    let mut group = criterion.benchmark_group("device");
    group.sample_size(10);
    for (name, gpu, steps, wanted) in cases {
        let Ok(experiment) = dense(steps) else { continue };
        group.throughput(Throughput::Elements(experiment.descents() * u64::from(steps)));
        group.bench_function(name, |bencher| bencher.iter(|| black_box(run(&gpu, &experiment, &wanted).unwrap_or_default())));
    }
    group.finish();
}

criterion_group!(benches, device);
criterion_main!(benches);
