//! Rates, bounds and identities that are known in closed form.

use thalweg::analysis::stability::Limit;
use thalweg::backend::Backend;
use thalweg::experiment::Draft;
use thalweg::loss::Quadratic;
use thalweg::optimizer::{Adam, Moment, Update};
use thalweg::{Axis, Loss, Optimizer, Status, StopRule};

use crate::{Experiment, ROSENBROCK, backends, fixed, formula, outcomes, points, turned};

/// The factor by which the distance to the minimum shrinks a step in the long run, about `expected`.
///
/// A double root shrinks as k ρᵏ, so that factor is taken out where there is one.
fn rate(backend: &dyn Backend, draft: &Draft, expected: f64, is_double: bool) -> f64 {
    let [from, to] = [1e-6_f64, 1e-24].map(|distance| (distance.ln() / expected.ln()).ceil() as u32);
    let [before, after] = [from, to].map(|steps| {
        let found = points(&outcomes(backend, draft.clone().stop(fixed(steps)), u64::MAX));
        found.iter().map(|x| f64::from(*x).powi(2)).sum::<f64>().sqrt()
    });
    let grown = if is_double { f64::from(to) / f64::from(from) } else { 1.0 };
    (after / before / grown).powf(1.0 / f64::from(to - from))
}

#[test]
fn measured_rates_are_those_of_theory_on_every_backend() {
    for (turn, kappa) in [(0.4, 9.0_f64), (1.9, 25.0), (2.7, 100.0)] {
        let (root, long) = (kappa.sqrt(), (3.0 * kappa + 1.0).sqrt());
        let cases = [
            (Optimizer::GradientDescent, vec![2.0 / (1.0 + kappa)], (kappa - 1.0) / (kappa + 1.0)),
            (Optimizer::Momentum, vec![4.0 / (root + 1.0).powi(2), ((root - 1.0) / (root + 1.0)).powi(2)], (root - 1.0) / (root + 1.0)),
            (Optimizer::Nesterov, vec![1.0 / kappa, (root - 1.0) / (root + 1.0)], 1.0 - 1.0 / root),
            (Optimizer::Nesterov, vec![4.0 / (3.0 * kappa + 1.0), (long - 2.0) / (long + 2.0)], 1.0 - 2.0 / long),
        ];
        for (optimizer, hyper, expected) in cases {
            let problem = turned(&[1.0, (1.0 + kappa) / 3.0, kappa], 0.0, turn);
            let draft = Experiment::new(Loss::Quadratic(Quadratic::new("turned", vec![problem]).unwrap())).optimizer(optimizer);
            let draft = draft.start(Axis::table(vec![1.0, 0.5, -0.75], 3, "start"));
            let named = optimizer.hyperparameters().iter().zip(&hyper);
            let draft = named.fold(draft, |draft, (number, value)| draft.input(number.name, *value as f32));
            for backend in backends() {
                let found = rate(&*backend, &draft, expected, optimizer != Optimizer::GradientDescent);
                let place = format!("{} {hyper:?} at κ = {kappa} on {}", optimizer.name(), backend.description());
                assert!((found / expected - 1.0).abs() < 0.01, "{place}: {found} instead of {expected}");
            }
        }
    }
}

#[test]
fn stability_flips_at_the_known_bounds_on_every_backend() {
    let (largest, momentum) = (9.0, 0.5_f32);
    let ball = 2.0 * (1.0 + f64::from(momentum)) / largest;
    let ahead = (2.0 + 2.0 * f64::from(momentum)) / ((1.0 + 2.0 * f64::from(momentum)) * largest);
    for (optimizer, edge) in [(Optimizer::Momentum, ball), (Optimizer::Nesterov, ahead)] {
        let draft = Experiment::new(formula("0.5*x^2 + 4.5*y^2")).optimizer(optimizer).input("x", 1.0).input("y", 1.0);
        let rates = Axis::table(vec![(edge * 0.999) as f32, (edge * 1.001) as f32], 1, "rates");
        let draft = draft.input("lr", rates).input("momentum", momentum);
        let draft = draft.stop(StopRule { steps: 40_000, gradient_norm: 1e-2, ..StopRule::default() });
        for backend in backends() {
            let all = outcomes(&*backend, draft.clone(), u64::MAX);
            let statuses: Vec<_> = all[0].endings.iter().map(|ending| ending.status()).collect();
            assert_eq!(statuses, [Some(Status::Converged), Some(Status::Diverged)], "{} on {}", optimizer.name(), backend.description());
        }
    }
}

#[test]
fn the_stable_region_of_heavy_ball_ends_within_a_cell_of_theory() {
    let (momenta, rates) = (Axis::linear(0.0, 0.96875, 32), Axis::linear(0.01, 0.2, 96));
    let draft = Experiment::new(formula("0.5*x^2 + 12.5*y^2")).optimizer(Optimizer::Momentum).input("x", 1.0).input("y", 1.0);
    let draft = draft.input("lr", rates.clone()).input("momentum", momenta.clone());
    let draft = draft.stop(StopRule { steps: 20_000, gradient_norm: 1e-3, ..StopRule::default() });
    let limit = Limit::of(&draft.clone().validate().unwrap()).unwrap();
    for backend in backends().into_iter().filter(|backend| backend.description().kind != "gpu") {
        let all = outcomes(&*backend, draft.clone(), u64::MAX);
        for (row, endings) in all[0].endings.chunks(96).enumerate() {
            let momentum = momenta.value(row as u64, 0);
            let edge = limit.at(momentum.into()).unwrap();
            let predicted = (0..96).filter(|column| f64::from(rates.value(*column, 0)) < edge).count();
            let measured = endings.iter().filter(|ending| ending.status() == Some(Status::Converged)).count();
            assert!(predicted.abs_diff(measured) <= 1, "momentum {momentum} on {}: {predicted} {measured}", backend.description());
            assert!(endings[..measured - 1].iter().all(|ending| ending.status() == Some(Status::Converged)), "momentum {momentum}");
        }
    }
}

#[test]
fn the_first_step_of_adam_is_the_gradient_over_its_size() {
    for epsilon in [0.0, 1e-8, 0.5] {
        let (rate, gradient, start) = (0.125, [3.0, -1e-3, 0.25], [1.0, 2.0, -3.0]);
        let (mut x, mut state) = (start, vec![0.0; 10]);
        Adam.advance(Moment::after(0.0), &[rate, 0.9, 0.999, epsilon], &mut state, &mut x, &gradient);
        for i in 0..3 {
            let expected = start[i] - rate * gradient[i] / (gradient[i].abs() + epsilon);
            assert!((x[i] - expected).abs() <= 1e-15 * start[i].abs().max(1.0) * 4.0, "{} {expected}", x[i]);
        }
    }
}

#[test]
fn a_constant_gradient_moves_adam_by_the_learning_rate_at_every_step() {
    let (mut x, mut state) = ([0.0], vec![0.0; 6]);
    for step in 0..2000 {
        let before = x[0];
        Adam.advance(Moment::after(f64::from(step)), &[0.25, 0.9, 0.999, 0.0], &mut state, &mut x, &[3.0]);
        // m̂ and √v̂ are rounded, each from its own sum.
        assert!((before - x[0] - 0.25).abs() < 1e-12, "step {step}: {}", before - x[0]);
    }
    // Where bias corrections matter, where they do not, and where βᵗ is long 0.
    for (steps, rate) in [(1, 0.25), (10, 0.25), (3000, 2.0_f32.powi(-6)), (1_000_000, 2.0_f32.powi(-14))] {
        let draft = Experiment::new(formula("3*x")).optimizer(Optimizer::Adam).input("x", 0.0).input("lr", rate).input("epsilon", 0.0);
        for backend in backends() {
            if backend.description().kind == "reference" || steps > 10_000 && backend.description().kind == "gpu" {
                continue;
            }
            let found = points(&outcomes(&*backend, draft.clone().stop(fixed(steps)), u64::MAX))[0];
            let expected = -(steps as f32) * rate;
            assert!((found / expected - 1.0).abs() < 2e-5, "{steps} steps on {}: {found} {expected}", backend.description());
        }
    }
}

#[test]
fn a_loss_scaled_by_a_power_of_two_moves_adam_the_same_way() {
    let run = |scale: f32, backend: &dyn Backend| {
        let draft = Experiment::new(formula(&format!("c=1; c*({ROSENBROCK})")))
            .optimizer(Optimizer::Adam)
            .input("c", Axis::table(vec![scale, scale], 1, "scale"));
        let draft = draft.input("x", Axis::linear(-2.0, 2.0, 24)).input("y", Axis::linear(-1.0, 3.0, 24)).input("lr", 0.01);
        points(&outcomes(backend, draft.input("epsilon", 0.0).stop(fixed(50)), u64::MAX))
    };
    for backend in backends() {
        let bits = |scale| run(scale, &*backend).into_iter().map(f32::to_bits).collect::<Vec<_>>();
        assert!(bits(1.0) == bits(1024.0), "{}", backend.description());
    }
}
