//! Sweeps the learning rate, and finds the edge beyond which gradient descent diverges.
//!
//! Shows how a sweep is summarised, a row for each value, and what theory says beforehand:
//! `cargo run --release --example learning_rates`.

use std::sync::Arc;

use thalweg::analysis::stability::Theory;
use thalweg::analysis::summary::Summary;
use thalweg::{Axis, Choice, Columns, Error, Experiment, Loss, Result, Status, choose};

fn main() -> Result<()> {
    let experiment = Experiment::new(Loss::named("booth", None)?)
        .input("x", Axis::linear(-10.0, 10.0, 32))
        .input("y", Axis::linear(-10.0, 10.0, 32))
        .input("learning_rate", Axis::linear(0.01, 0.16, 151))
        .steps(2000)
        .validate()?;
    let experiment = Arc::new(experiment);

    let axis = experiment.axis_of("learning_rate")?;
    let mut summary = Summary::new(&experiment, &[axis])?;
    choose(&Choice::default(), &experiment)?.run(&experiment, Columns { loss: true, ..Columns::ENDING }, |outcomes| {
        summary.add(outcomes);
        Ok(())
    })?;

    let rows = summary.finish();
    let rates: Vec<f32> = rows.iter().map(|row| experiment.axes()[axis].axis.value(row.positions[0], 0)).collect();
    println!("learning rate   converged   diverged   median of steps");
    for (row, rate) in rows.iter().zip(&rates).step_by(10) {
        let [converged, diverged] = [Status::Converged, Status::Diverged].map(|status| 100.0 * row.fraction(status));
        println!("{rate:13.3}{converged:10.0} %{diverged:9.0} %{:18}", row.steps_median);
    }

    let first = rows.iter().position(|row| row.fraction(Status::Diverged) > 0.0).filter(|first| *first > 0);
    let first = first.ok_or_else(|| Error::CheckFailed("the edge lies outside of the sweep".into()))?;
    let theory = Theory::of(&experiment).ok_or_else(|| Error::CheckFailed("booth is no longer a quadratic".into()))?;
    let (below, above) = (rates[first - 1], rates[first]);
    println!("the edge lies between {below:.3} and {above:.3}; in theory at 2/λ_max = {:.4}", theory.stable_below);
    assert!((f64::from(below)..f64::from(above)).contains(&theory.stable_below));
    assert!(rates.iter().zip(&rows).all(|(rate, row)| *rate > 0.1 || row.fraction(Status::Converged) == 1.0));
    Ok(())
}
