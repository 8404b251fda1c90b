//! Minimises a quadratic from a million random starts.
//!
//! Shows how an experiment is put together, run, and read tile by tile: `cargo run --release --example million_starts`.

use std::sync::Arc;
use std::time::Instant;

use thalweg::loss::{Hessian, Problem, Quadratic};
use thalweg::sample::Distribution;
use thalweg::{Axis, Choice, Columns, Experiment, Loss, Result, Status, choose};

/// Where the minimum is.
const CENTER: [f64; 2] = [1.0, -2.0];

fn main() -> Result<()> {
    // ½ (x−c)ᵀA(x−c), where A has the eigenvalues 1 and 3: the learning rate 2/(1 + 3) is the fastest.
    let hessian = Hessian::dense(2, vec![2.0, 1.0, 1.0, 2.0])?;
    let bowl = Quadratic::new("bowl", vec![Problem::centered(hessian, CENTER.to_vec(), 0.0)?])?;
    let starts = Axis::sample(Distribution::Uniform { low: -10.0, high: 10.0 }, 1_000_000, 2, 0);
    let experiment = Arc::new(Experiment::new(Loss::Quadratic(bowl)).start(starts).input("learning_rate", 0.5).validate()?);

    let chosen = choose(&Choice::default(), &experiment)?;
    println!("{} descents on {}: {}", experiment.descents(), chosen.backend.description(), chosen.reason);

    let (mut converged, mut steps, mut farthest) = (0_u64, 0_u64, 0.0_f64);
    let started = Instant::now();
    chosen.run(&experiment, Columns { point: true, ..Columns::ENDING }, |outcomes| {
        for (ending, end) in outcomes.endings.iter().zip(outcomes.point.chunks_exact(experiment.dimension())) {
            converged += u64::from(ending.status() == Some(Status::Converged));
            steps += u64::from(ending.steps());
            farthest = farthest.max((f64::from(end[0]) - CENTER[0]).hypot(f64::from(end[1]) - CENTER[1]));
        }
        Ok(())
    })?;
    let seconds = started.elapsed().as_secs_f64();

    println!("{converged} converged, at most {farthest:.1e} from the minimum");
    println!("{steps} steps in {seconds:.2} s: {:.1e} a second", steps as f64 / seconds);
    assert_eq!(converged, experiment.descents());
    // A descent converges where ‖∇f(x)‖ ≤ 1e-4, and ‖x − c‖ is at most ‖∇f(x)‖ / λ_min.
    assert!(farthest < 1.01e-4);
    Ok(())
}
