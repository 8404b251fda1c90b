//! Update rules against PyTorch, against theory, and against themselves.
#![cfg(test)]

mod compiled;
#[path = "../shared/outcomes.rs"]
mod ends;
mod golden;
#[path = "../shared/gpu.rs"]
mod gpu;
mod methods;
mod theory;

use std::sync::Arc;

use crate::gpu::gpu;
use thalweg::backend::cpu::Cpu;
use thalweg::backend::gpu::Tuning;
use thalweg::backend::reference::Reference;
use thalweg::backend::{Backend, Outcomes};
use thalweg::experiment::Draft;
use thalweg::loss::{Formula, Hessian, Problem, Quadratic};
use thalweg::{Axis, Experiment, Loss, Optimizer, Schedule, StopRule};

/// The reference, the CPU with every instruction set, and the GPU.
fn backends() -> Vec<Box<dyn Backend>> {
    let mut all: Vec<Box<dyn Backend>> = vec![Box::<Reference>::default()];
    all.extend(Cpu::new(None).unwrap().instruction_sets().map(|cpu| Box::new(cpu) as Box<dyn Backend>));
    all.extend(gpu(None).map(|gpu| Box::new(gpu) as Box<dyn Backend>));
    all
}

fn outcomes(backend: &dyn Backend, draft: Draft, limit: u64) -> Vec<Outcomes> {
    ends::outcomes(backend, &Arc::new(draft.validate().unwrap()), limit)
}

/// All last points, one coordinate after the other.
fn points(all: &[Outcomes]) -> Vec<f32> {
    all.iter().flat_map(|outcomes| outcomes.point.clone()).collect()
}

fn formula(text: &str) -> Loss {
    Loss::Formula(Formula::parse(text, None, None).unwrap())
}

fn fixed(steps: u32) -> StopRule {
    StopRule { steps, fixed_steps: true, ..StopRule::default() }
}

const ROSENBROCK: &str = "(1-x)^2 + 100*(y-x^2)^2";

/// ½ Σ λᵢ (xᵢ − `center`)², turned by another angle, of which `turn` is the first, in every plane of two neighbours.
fn turned(eigenvalues: &[f64], center: f64, turn: f64) -> Problem {
    let d = eigenvalues.len();
    let mut basis: Vec<Vec<f64>> = (0..d).map(|i| (0..d).map(|j| f64::from(u8::from(i == j))).collect()).collect();
    for plane in 1..d {
        let (sin, cos) = (turn + plane as f64 - 1.0).sin_cos();
        for row in &mut basis {
            (row[plane - 1], row[plane]) = (cos * row[plane - 1] - sin * row[plane], sin * row[plane - 1] + cos * row[plane]);
        }
    }
    let entry = |i: usize, j: usize| (0..d).map(|k| basis[i][k] * eigenvalues[k] * basis[j][k]).sum::<f64>();
    let hessian = (0..d * d).map(|at| entry(at / d, at % d)).collect();
    Problem::centered(Hessian::dense(d, hessian).unwrap(), vec![center; d], 0.0).unwrap()
}

/// Two losses, a quadratic and a formula where the rule runs on it, with starts of which many end early.
fn grids(optimizer: Optimizer) -> Vec<Draft> {
    let texts = ["2*x^2 + y^2 + x*y - x", "x^2 + y^2 + 0.3*cos(5*x)"];
    let grid = |text: &&str| {
        let draft = Experiment::new(formula(text)).optimizer(optimizer);
        let draft = draft.input("x", Axis::linear(-2.0, 2.0, 41)).input("y", Axis::linear(-1.0, 1.5, 37));
        let draft = draft.input(optimizer.hyperparameters()[0].name, Axis::table(vec![0.04, 0.3], 1, "rates"));
        let draft =
            if optimizer.hyperparameters().iter().any(|hyper| hyper.name == "momentum") { draft.input("momentum", 0.8) } else { draft };
        draft.stop(StopRule { steps: 150, gradient_norm: 0.05, ..StopRule::default() })
    };
    texts[..if optimizer.traits().searches { 1 } else { 2 }].iter().map(grid).collect()
}

/// All rules, and two with everything that may be between gradient and update.
fn drafts() -> Vec<(Optimizer, Draft)> {
    let of = |optimizer: &Optimizer| grids(*optimizer).into_iter().map(|draft| (*optimizer, draft)).collect::<Vec<_>>();
    let dressed = [Optimizer::GradientDescent, Optimizer::Adam].iter().flat_map(of).map(|(optimizer, draft)| {
        let draft = draft.schedule(Schedule::Step).input("step_size", 7.0).input("gamma", 0.8).input("warmup", 3.0);
        (optimizer, draft.input("clip_norm", 1.0).input("clip_value", 0.9).input("weight_decay", Axis::linear(0.0, 0.01, 2)))
    });
    Optimizer::ALL.iter().flat_map(of).chain(dressed).collect()
}

#[test]
fn tiles_seats_and_dispatches_change_no_bit() {
    let endings = |all: &[Outcomes]| all.iter().flat_map(|outcomes| outcomes.endings.clone()).collect::<Vec<_>>();
    let bits = |all: &[Outcomes]| points(all).into_iter().map(f32::to_bits).collect::<Vec<_>>();
    for (optimizer, draft) in drafts() {
        let name = |backend: &dyn Backend| format!("{} on {}", optimizer.name(), backend.description());
        for backend in backends() {
            let whole = outcomes(&*backend, draft.clone(), u64::MAX);
            let parts = outcomes(&*backend, draft.clone(), 700);
            assert!(endings(&whole) == endings(&parts) && bits(&whole) == bits(&parts), "{}", name(&*backend));
            let early = whole[0].endings.iter().filter(|ending| ending.steps() < 150).count();
            assert!(early > 20 || optimizer == Optimizer::Lion, "{}: {early}", name(&*backend));
        }
        if let Some(gpu) = gpu(None) {
            let tuned = gpu.with_tuning(Tuning { most_steps: 7, ..Tuning::default() });
            let [whole, parts] = [&gpu, &tuned].map(|gpu| outcomes(gpu, draft.clone(), u64::MAX));
            assert!(endings(&whole) == endings(&parts) && bits(&whole) == bits(&parts), "{} interrupted", name(&gpu));
        }
    }
}

#[test]
fn who_takes_a_seat_starts_at_his_own_start() {
    // The same start for all, and more descents than are under way at once.
    for (text, optimizer) in [
        ("(x^2 + y - 11)^2 + (x + y^2 - 7)^2", Optimizer::GradientDescent),
        ("(x^2 + y - 11)^2 + (x + y^2 - 7)^2", Optimizer::Adam),
        ("0.5*x^2 + 4*y^2", Optimizer::Momentum),
    ] {
        let draft = Experiment::new(formula(text)).optimizer(optimizer).input("x", 1.0).input("y", Axis::table(vec![1.0, 2.0], 1, "y"));
        let draft = draft.input("lr", Axis::logarithmic(0.008, 0.012, 2000));
        // Adam in f32 circles a minimum beyond the default tolerance.
        let draft = draft.stop(StopRule { gradient_norm: 0.05, ..StopRule::default() });
        let draft = if optimizer == Optimizer::Momentum { draft.input("momentum", 0.5) } else { draft };
        let expected = outcomes(&Reference::default(), draft.clone(), u64::MAX);
        for backend in backends() {
            let found = outcomes(&*backend, draft.clone(), u64::MAX);
            let pairs = found[0].endings.iter().zip(&expected[0].endings);
            let same = pairs.filter(|(a, b)| a.status() == b.status() && a.steps().abs_diff(b.steps()) <= 2).count();
            assert!(same >= 3960, "{} on {}: {same} of 4000", optimizer.name(), backend.description());
        }
    }
}

#[test]
fn fixed_steps_lead_where_steps_with_a_look_at_the_stop_rule_lead() {
    for (optimizer, draft) in drafts() {
        let stop = StopRule { steps: 40, gradient_norm: 1e-15, ..StopRule::default() };
        for backend in backends() {
            let watched = outcomes(&*backend, draft.clone().stop(stop), u64::MAX);
            let blind = outcomes(&*backend, draft.clone().stop(fixed(40)), u64::MAX);
            let (watched, blind) = (&watched[0], &blind[0]);
            for (descent, ending) in watched.endings.iter().enumerate().filter(|(_, ending)| ending.steps() == 40) {
                let at = 2 * descent..2 * descent + 2;
                let place = format!("{} on {}, descent {descent}", optimizer.name(), backend.description());
                if backend.description().kind == "gpu" {
                    // Two loops of one program, which a compiler may fuse differently.
                    let close =
                        watched.point[at.clone()].iter().zip(&blind.point[at]).all(|(a, b)| (a - b).abs() <= 1e-3 * (1.0 + a.abs()));
                    assert!(close || ending.status() != Some(thalweg::Status::Exhausted), "{place}");
                } else {
                    assert_eq!(watched.point[at.clone()], blind.point[at], "{place}");
                }
            }
        }
    }
}

#[test]
fn rules_run_in_many_dimensions_and_on_coefficients_of_their_own() {
    for dimension in [1, 2, 3, 9, 40] {
        let problem = |scale: f64| {
            let entry = |i: usize, j: usize| if i == j { scale * (1.0 + i as f64 / dimension as f64) } else { 0.1 / (1 + i + j) as f64 };
            let hessian = (0..dimension * dimension).map(|at| entry(at / dimension, at % dimension)).collect();
            Problem::centered(Hessian::dense(dimension, hessian).unwrap(), vec![0.5; dimension], 0.25).unwrap()
        };
        for problems in [vec![problem(1.0)], vec![problem(1.0), problem(2.0), problem(0.5)]] {
            let is_batch = problems.len() > 1;
            for optimizer in [Optimizer::Momentum, Optimizer::Adam, Optimizer::Normalized] {
                let loss = Loss::Quadratic(Quadratic::new("batch", problems.clone()).unwrap());
                let starts: Vec<f32> = (0..23 * dimension).map(|at| (at as f32 * 0.7).cos() * 3.0).collect();
                let draft = Experiment::new(loss).optimizer(optimizer).start(Axis::table(starts, dimension, "starts")).input("lr", 0.05);
                let draft = if optimizer == Optimizer::Momentum { draft.input("momentum", 0.7) } else { draft };
                let draft = draft.stop(StopRule { steps: 30, gradient_norm: 1e-15, ..StopRule::default() });
                let expected = points(&outcomes(&Reference::default(), draft.clone(), u64::MAX));
                // A software GPU refuses batches of more variables.
                for backend in backends().into_iter().filter(|backend| !(backend.description().kind == "gpu" && dimension > 8)) {
                    let found = points(&outcomes(&*backend, draft.clone(), u64::MAX));
                    assert_eq!(found.len(), expected.len());
                    for (found, expected) in found.iter().zip(&expected) {
                        let place = format!("{} on {}, D = {dimension}, batch {is_batch}", optimizer.name(), backend.description());
                        assert!((found - expected).abs() <= 2e-4 * (1.0 + expected.abs()), "{place}: {found} {expected}");
                    }
                }
            }
        }
    }
}
