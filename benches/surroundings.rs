//! What surrounds the inner loops: cutting a grid into tiles, making a tile's tables, putting a program together, and, where there
//! is an adapter, what it takes to bring outcomes back from it.

use std::hint::black_box;
use std::sync::Arc;
use std::time::Duration;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use thalweg::backend::{Backend, Columns, gpu::Gpu, run_tile};
use thalweg::plan::{Tables, Tile};
use thalweg::sample::Distribution;
use thalweg::shader::Variant;
use thalweg::{Axis, Error, Experiment, Loss, MemoryBudget, Plan};

const TILE: u64 = 1 << 16;

/// A grid of two axes and a learning rate.
fn grid(count: u64) -> Result<Experiment, Error> {
    let axis = Axis::linear(-4.0, 4.0, count);
    let draft = Experiment::new(Loss::named("booth", None)?).input("x", axis.clone()).input("y", axis);
    draft.input("learning_rate", Axis::logarithmic(1e-3, 0.1, 16)).steps(0).validate()
}

/// Seeded starts, each with all its coordinates in a table.
fn starts(dimension: usize) -> Result<Experiment, Error> {
    let points = Axis::sample(Distribution::Uniform { low: -4.0, high: 4.0 }, TILE, dimension, 1);
    Experiment::new(Loss::named("trid", Some(dimension))?).start(points).input("learning_rate", 0.1).steps(0).validate()
}

fn first_tile(experiment: &Experiment) -> Tile {
    Plan::within(experiment, MemoryBudget::default(), TILE).tiles().next().expect("an experiment has a descent")
}

fn host(criterion: &mut Criterion) {
    let (grid, starts) = (grid(4096).expect("valid"), starts(8).expect("valid"));
    criterion.bench_function("tiles of a grid of 4096² × 16", |bencher| {
        bencher.iter(|| Plan::within(&grid, MemoryBudget::default(), TILE).tiles().map(|tile| u64::from(tile.descents)).sum::<u64>());
    });
    let mut group = criterion.benchmark_group("tables");
    group.throughput(Throughput::Elements(TILE));
    for (name, experiment) in [("of a grid", &grid), ("of 8-D starts", &starts)] {
        let tile = first_tile(experiment);
        group.bench_function(name, |bencher| bencher.iter(|| black_box(Tables::of(experiment, &tile))));
    }
    group.finish();
    let variant = Variant::of(&grid, 4);
    criterion.bench_function("program", |bencher| bencher.iter(|| variant.program().map(|program| program.text().len())));
}

/// Tiles of no steps, whose time is that of uploading, starting and reading back.
fn transfers(criterion: &mut Criterion) {
    let Ok(gpu) = Gpu::open(None, None) else { return };
    let mut group = criterion.benchmark_group(format!("transfers, {}", gpu.description().adapter));
    group.throughput(Throughput::Elements(TILE));
    for (name, columns) in [("endings", Columns::ENDING), ("all columns", Columns::ALL)] {
        let experiment = Arc::new(starts(8).expect("valid"));
        let tile = first_tile(&experiment);
        let run = || run_tile(&gpu, &experiment, tile.clone(), columns).map(|outcomes| outcomes.endings.len());
        group.bench_function(name, |bencher| bencher.iter(|| black_box(run())));
    }
    group.finish();
}

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(10).warm_up_time(Duration::from_millis(500)).measurement_time(Duration::from_secs(2));
    targets = host, transfers
}
criterion_main!(benches);
