//! Sweeps a parameter of a formula, the steepness b of Rosenbrock's valley, under Adam with a learning rate that falls along a cosine.
//!
//! Shows how a formula, an update rule and a schedule are chosen, and that a parameter is an axis like any other:
//! `cargo run --release --example swept_parameter`.

use std::sync::Arc;

use thalweg::analysis::summary::Summary;
use thalweg::sample::Distribution;
use thalweg::{Axis, Choice, Columns, Experiment, Loss, Optimizer, Result, Schedule, Status, choose};

const STEPS: u32 = 1000;

fn main() -> Result<()> {
    let experiment = Experiment::new(Loss::formula("b = 100; (1 - x)^2 + b*(y - x^2)^2", None, None)?)
        .start(Axis::sample(Distribution::Sobol { low: -2.0, high: 2.0 }, 4096, 2, 0))
        .input("b", Axis::logarithmic(1.0, 1000.0, 7))
        .optimizer(Optimizer::Adam)
        .schedule(Schedule::Cosine)
        .input("learning_rate", 0.5)
        .input("decay_steps", STEPS as f32)
        .steps(STEPS)
        .validate()?;
    let experiment = Arc::new(experiment);

    let axis = experiment.axis_of("b")?;
    let mut summary = Summary::new(&experiment, &[axis])?;
    choose(&Choice::default(), &experiment)?.run(&experiment, Columns { loss: true, ..Columns::ENDING }, |outcomes| {
        summary.add(outcomes);
        Ok(())
    })?;

    let rows = summary.finish();
    println!("     b   converged   median of steps   median of loss");
    for row in &rows {
        let b = experiment.axes()[axis].axis.value(row.positions[0], 0);
        let converged = 100.0 * row.fraction(Status::Converged);
        println!("{b:6.1}{converged:10.1} %{:18}{:17.1e}", row.steps_median, row.loss_median);
    }

    // The steeper its walls, the longer the way along the valley: fewer and fewer arrive in time.
    let shares: Vec<f64> = rows.iter().map(|row| row.fraction(Status::Converged)).collect();
    assert_eq!((shares[0], shares[shares.len() - 1]), (1.0, 0.0));
    assert!(shares.is_sorted_by(|one, next| one >= next));
    Ok(())
}
