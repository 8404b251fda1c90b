//! Ten million descents, and a statistic of one's own: how many steps each took, held against the distribution that theory gives.
//!
//! Shows how outcomes are consumed in bounded memory, a tile at a time, on a backend and within a budget of one's own choice:
//! `cargo run --release --example own_statistics`.

use std::sync::Arc;

use thalweg::backend::cpu::Cpu;
use thalweg::backend::{self, Backend};
use thalweg::sample::Distribution;
use thalweg::{Axis, Columns, Experiment, Loss, MemoryBudget, Plan, Result};

const DESCENTS: u64 = 10_000_000;
const RATE: f32 = 0.2;

fn main() -> Result<()> {
    let experiment = Experiment::new(Loss::formula("(x^2 + y^2)/2", None, None)?)
        .start(Axis::sample(Distribution::Normal { mean: 0.0, deviation: 1.0 }, DESCENTS, 2, 0))
        .input("learning_rate", RATE)
        .validate()?;
    let experiment = Arc::new(experiment);

    let cpu = Cpu::new(None)?;
    let plan = Plan::within(&experiment, MemoryBudget(64 << 20), cpu.largest_tile(&experiment)?);
    println!("{DESCENTS} descents in {} tiles on {}", plan.len(), cpu.description());

    // How many descents took 0, 1, 2, … steps: all that is kept of the outcomes.
    let mut counts = vec![0_u64; experiment.stop().steps as usize + 1];
    backend::run(&cpu, &experiment, &plan, Columns::ENDING, &Arc::default(), |outcomes| {
        outcomes.endings.iter().for_each(|ending| counts[ending.steps() as usize] += 1);
        Ok(())
    })?;

    // A step leaves 1 − η of ‖x‖, which is ‖∇f(x)‖ here too, so k steps suffice if ‖x₀‖ ≤ r with r(1 − η)ᵏ = 1e-4; and of two normal
    // numbers the share e^(−r²/2) lies farther out.
    let theory = |steps: usize| {
        let reach = f64::from(experiment.stop().gradient_norm) / (1.0 - f64::from(RATE)).powi(steps as i32);
        1.0 - (-0.5 * reach * reach).exp()
    };
    let (mut seen, mut farthest) = (0, 0.0_f64);
    for (steps, count) in counts.into_iter().enumerate() {
        seen += count;
        let (share, expected) = (seen as f64 / DESCENTS as f64, theory(steps));
        farthest = farthest.max((share - expected).abs());
        if count > DESCENTS / 100 {
            println!("{steps:3} steps or fewer: {:6.2} %, in theory {:6.2} %", 100.0 * share, 100.0 * expected);
        }
    }
    println!("nowhere more than {farthest:.1e} apart");
    // Kolmogorov and Smirnov: chance alone takes so many descents a thousandth apart once in 10⁸ times.
    assert!(farthest < 1e-3);
    Ok(())
}
