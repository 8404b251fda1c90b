//! Transforms, schedules and exact line search on every backend, each against something that is known otherwise.

use thalweg::experiment::Draft;
use thalweg::loss::{Hessian, Problem, Quadratic};
use thalweg::{Axis, Experiment, Loss, Optimizer, Schedule, Status, StopRule};

use crate::{ROSENBROCK, backends, fixed, formula, outcomes, points, turned};

fn on(text: &str) -> Draft {
    let draft = Experiment::new(formula(text)).input("x", Axis::linear(-1.5, 1.5, 13));
    draft.input("y", Axis::linear(-1.0, 2.0, 9)).stop(fixed(20))
}

/// That two experiments have the same last points on every backend, up to rounding.
fn assert_alike(what: &str, one: &Draft, other: &Draft, tolerance: f32) {
    for backend in backends() {
        let [one, other] = [one, other].map(|draft| points(&outcomes(&*backend, draft.clone(), u64::MAX)));
        for (a, b) in one.iter().zip(&other) {
            assert!((a - b).abs() <= tolerance * (1.0 + a.abs()), "{what} on {}: {a} {b}", backend.description());
        }
        assert!(one.iter().any(|x| *x != one[0]), "{what}: all points are one");
    }
}

#[test]
fn decay_is_a_quadratic_more() {
    for optimizer in [Optimizer::GradientDescent, Optimizer::Adam, Optimizer::Nesterov] {
        let draft = |text: &str| {
            let draft = on(text).optimizer(optimizer).input("lr", 0.01);
            if optimizer == Optimizer::Nesterov { draft.input("momentum", 0.75) } else { draft }
        };
        let (plain, decaying) = (draft("x^2 + x*y + cos(y) + 0.375*(x^2 + y^2)"), draft("x^2 + x*y + cos(y)").input("weight_decay", 0.75));
        assert_alike("weight decay", &plain, &decaying, 2e-6);
    }
}

#[test]
fn a_short_limit_makes_steps_of_one_length_and_a_long_one_changes_no_bit() {
    let plain = on(ROSENBROCK).input("lr", 1e-3);
    assert_alike("a long limit", &plain, &plain.clone().input("clip_norm", 1e9).input("clip_value", 1e9), 0.0);
    // ‖g‖ is more than the limit everywhere: steps of length 0.5 · 2⁻⁶.
    let lengths = |optimizer| on("40*x + x^2 + 30*y").optimizer(optimizer);
    let clipped = lengths(Optimizer::GradientDescent).input("lr", 0.5).input("clip_norm", 0.015625);
    assert_alike("a clipped norm", &lengths(Optimizer::Normalized).input("lr", 0.0078125), &clipped, 1e-6);
    let clipped = lengths(Optimizer::GradientDescent).input("lr", 0.5).input("clip_value", 0.015625);
    assert_alike("clipped values", &lengths(Optimizer::SignDescent).input("lr", 0.0078125), &clipped, 1e-6);
}

#[test]
fn gradients_of_any_size_are_clipped() {
    // The square of neither is a usual f32.
    for size in [1e30_f32, 1e-30] {
        let limit = size / 4.0;
        let draft = Experiment::new(formula("x^2/2 + y^2/2 + 0*x^3")).input("x", Axis::table(vec![size, -size], 1, "x")).input("y", 0.0);
        let draft = draft.input("lr", 1.0).input("clip_norm", limit).stop(fixed(1));
        for backend in backends() {
            let found = points(&outcomes(&*backend, draft.clone(), u64::MAX));
            for (found, expected) in found.iter().zip([size - limit, 0.0, limit - size, 0.0]) {
                assert!((found - expected).abs() <= 1e-6 * size, "{size} on {}: {found} {expected}", backend.description());
            }
        }
    }
}

#[test]
fn a_descent_ends_by_the_gradient_as_it_is() {
    // Clipped to less than the tolerance at once; far from the minimum all the same.
    let draft = Experiment::new(formula("x^2 + 2*y^2")).input("x", Axis::linear(1.0, 2.0, 5)).input("y", 1.0).input("lr", 1.0);
    let draft = draft.input("clip_norm", 1e-3).stop(StopRule { steps: 100, gradient_norm: 0.01, ..StopRule::default() });
    for backend in backends() {
        let all = outcomes(&*backend, draft.clone(), u64::MAX);
        let statuses = all[0].endings.iter().map(|ending| (ending.status(), ending.steps()));
        assert!(statuses.clone().all(|end| end == (Some(Status::Exhausted), 100)), "{}", backend.description());
    }
}

#[test]
fn a_descent_that_rests_elsewhere_is_in_no_basin() {
    use thalweg::analysis::basins::{Minima, NO_BASIN};
    use thalweg::backend::Monitor;
    for text in ["x^2 + y^2/2 - 6*x - y", "(x^2 + y - 11)^2 + (x + y^2 - 7)^2"] {
        let draft = Experiment::new(formula(text)).input("x", 3.1).input("y", Axis::linear(1.1, 2.5, 4)).input("lr", 0.01);
        let labels = |draft: &Draft| {
            let experiment = std::sync::Arc::new(draft.clone().stop(StopRule { steps: 20_000, ..StopRule::default() }).validate().unwrap());
            let all = crate::ends::outcomes(&thalweg::backend::cpu::Cpu::new(None).unwrap(), &experiment, u64::MAX);
            let mut minima = Minima::of(&experiment).unwrap();
            let labels = minima.labels(&experiment, &all[0], &Monitor::default()).unwrap();
            let relabelled = minima.finish();
            (labels.iter().map(|label| relabelled.of(*label)).collect::<Vec<_>>(), all[0].endings[0].status())
        };
        assert_eq!(labels(&draft), (vec![0; 4], Some(Status::Converged)), "{text}");
        assert_eq!(labels(&draft.clone().input("weight_decay", 1.0)), (vec![NO_BASIN; 4], Some(Status::Stalled)), "{text}");
    }
}

#[test]
fn a_step_of_nothing_under_a_schedule_is_no_stall() {
    // The learning rate is too small to move x for some steps of the warm-up.
    let draft =
        Experiment::new(formula("x^2 + cos(x)/1e6")).input("x", 1.0).input("lr", 0.25).input("warmup", 1e8).schedule(Schedule::Cosine);
    let draft = draft.input("decay_steps", 10.0).stop(StopRule { steps: 100, ..StopRule::default() });
    for backend in backends() {
        let ending = outcomes(&*backend, draft.clone(), u64::MAX)[0].endings[0];
        assert_eq!((ending.status(), ending.steps()), (Some(Status::Exhausted), 100), "{}", backend.description());
    }
}

fn quadratics(problems: Vec<Problem>) -> Draft {
    Experiment::new(Loss::Quadratic(Quadratic::new("turned", problems).unwrap())).optimizer(Optimizer::SteepestDescent)
}

#[test]
fn exact_line_search_goes_down_at_least_as_fast_as_its_bound() {
    for kappa in [9.0, 25.0, 100.0_f64] {
        // The starts from which the bound is reached, (κ, 1), and others.
        let diagonal = |first: f64| {
            let problem = Problem::centered(Hessian::Diagonal(vec![first, kappa * first]), vec![0.0; 2], 0.0).unwrap();
            Experiment::new(Loss::Quadratic(Quadratic::new("bowl", vec![problem]).unwrap())).optimizer(Optimizer::SteepestDescent)
        };
        let starts = Axis::table(vec![kappa as f32, 1.0, 1.0, 1.0, -3.0, 0.25, 0.1, 5.0], 2, "starts");
        let bound = (kappa - 1.0) / (kappa + 1.0);
        for scale in [1.0, 1e-12, 1e12] {
            let draft = diagonal(scale).start(starts.clone());
            for backend in backends() {
                let losses = |steps| outcomes(&*backend, draft.clone().stop(fixed(steps)), u64::MAX)[0].loss.clone();
                let (before, after) = (losses(4), losses(14));
                for (descent, (before, after)) in before.iter().zip(&after).enumerate() {
                    let rate = (f64::from(*after) / f64::from(*before)).powf(1.0 / 20.0);
                    let place = format!("κ = {kappa}, scale {scale}, start {descent} on {}", backend.description());
                    assert!(rate <= bound * 1.0001 || *before == 0.0, "{place}: {rate} {bound}");
                    assert!(descent > 0 || (rate / bound - 1.0).abs() < 1e-4, "{place}: {rate} {bound}");
                }
            }
        }
    }
}

#[test]
fn exact_line_search_ends_in_one_step_from_an_eigenvector() {
    let draft = Experiment::new(formula("0.5*x^2 + 12.5*y^2 + 2*z^2")).optimizer(Optimizer::SteepestDescent);
    let draft = draft.start(Axis::table(vec![3.0, 0.0, 0.0, 0.0, -0.7, 0.0, 0.0, 0.0, 1e-3], 3, "axes"));
    for backend in backends() {
        let all = outcomes(&*backend, draft.clone(), u64::MAX);
        assert!(all[0].endings.iter().all(|ending| (ending.status(), ending.steps()) == (Some(Status::Converged), 1)));
        assert!(points(&all).iter().all(|x| x.abs() <= 3.0 * f32::EPSILON), "{}", backend.description());
    }
}

#[test]
fn exact_line_search_runs_in_many_dimensions_and_on_coefficients_of_their_own() {
    for dimension in [1, 2, 3, 8, 40] {
        let eigenvalues = |scale: f64| (0..dimension).map(|i| scale * (1.0 + i as f64)).collect::<Vec<_>>();
        for scales in [vec![1.0], vec![1.0, 0.25, 3.0]] {
            let problems: Vec<Problem> = scales.iter().map(|scale| turned(&eigenvalues(*scale), 0.5, 0.4)).collect();
            let starts: Vec<f32> = (0..19 * dimension).map(|at| (at as f32 * 0.7).cos() * 3.0).collect();
            let draft = quadratics(problems).start(Axis::table(starts, dimension, "starts")).input("relaxation", Axis::linear(0.5, 1.5, 3));
            let draft = draft.stop(StopRule { steps: 2000, gradient_norm: 1e-3, ..StopRule::default() });
            for backend in backends().into_iter().filter(|backend| !(backend.description().kind == "gpu" && dimension > 8)) {
                let all = outcomes(&*backend, draft.clone(), u64::MAX);
                let place = format!("D = {dimension}, {} problems on {}", scales.len(), backend.description());
                assert_eq!(all[0].endings.len(), 19 * 3 * scales.len(), "{place}");
                assert!(all[0].endings.iter().all(|ending| ending.status() == Some(Status::Converged)), "{place}");
                assert!(points(&all).iter().all(|x| (x - 0.5).abs() < 0.02), "{place}");
            }
        }
    }
}

#[test]
fn along_a_line_that_does_not_curve_up_exact_line_search_diverges() {
    let draft = Experiment::new(formula("x^2 - y^2 + y")).optimizer(Optimizer::SteepestDescent);
    let draft = draft.input("x", 0.0).input("y", Axis::linear(1.0, 2.0, 3));
    for backend in backends() {
        let all = outcomes(&*backend, draft.clone(), u64::MAX);
        assert!(all[0].endings.iter().all(|ending| (ending.status(), ending.steps()) == (Some(Status::Diverged), 1)));
    }
}

#[test]
fn along_a_line_without_curvature_only_what_has_a_gradient_moves() {
    // Down and up by as much, and down a slope: the last coordinate has no gradient.
    let bent = Problem::centered(Hessian::Diagonal(vec![1.0, -1.0, 1.0]), vec![0.0; 3], 0.0).unwrap();
    let slope = Problem::uncentered(Hessian::dense(2, vec![0.0, 0.0, 0.0, 1.0]).unwrap(), &[1.0, 0.0], 0.0).unwrap();
    for (problem, start) in [(bent, vec![1.0, 1.0, 0.0]), (slope, vec![0.0, 0.0])] {
        let dimension = start.len();
        let draft = quadratics(vec![problem]).start(Axis::table(start, dimension, "start"));
        for backend in backends() {
            let all = outcomes(&*backend, draft.clone(), u64::MAX);
            let (ending, x) = (all[0].endings[0], points(&all));
            assert_eq!((ending.status(), ending.steps()), (Some(Status::Diverged), 1), "{}", backend.description());
            assert!(x[0].abs() > 1e15 && x[dimension - 1] == 0.0, "{x:?} on {}", backend.description());
        }
    }
}

#[test]
fn exact_line_search_ends_in_one_step_however_much_f_curves() {
    for curvature in [1e-6, 1.0, 1e38] {
        let problem = Problem::centered(Hessian::Diagonal(vec![curvature; 2]), vec![0.0; 2], 0.0).unwrap();
        let start = (1e8 / curvature) as f32;
        let draft = quadratics(vec![problem]).input("x", start).input("y", start);
        let draft = draft.stop(StopRule { gradient_norm: 1e5, divergence_radius: 1e15, ..StopRule::default() });
        for backend in backends() {
            let ending = outcomes(&*backend, draft.clone(), u64::MAX)[0].endings[0];
            assert_eq!((ending.status(), ending.steps()), (Some(Status::Converged), 1), "{curvature} on {}", backend.description());
        }
    }
}

#[test]
fn what_cannot_be_searched_or_scheduled_is_refused() {
    let draft = |text: &str| on(text).optimizer(Optimizer::SteepestDescent);
    for (draft, part) in [
        (draft(ROSENBROCK), "only quadratics"),
        (draft("x^2 + y^2").schedule(Schedule::InverseTime), "leave the schedule out"),
        (draft("x^2 + y^2").input("lr", 0.1), "is a number of the rules gradient_descent"),
        (draft("x^2 + y^2").input("clip_norm", 0.1), "rules that take a learning rate"),
        (on("x^2 + y^2").input("lr", 0.1).input("gamma", 0.1), "the schedules step, exponential"),
        (on("x^2 + y^2").input("lr", 0.1).input("momentum", 0.1), "the rules momentum, nesterov, rmsprop"),
        (on("x^2 + y^2").input("lr", 0.1).input("warmup", -1.0), "at least 0"),
        (on("x^2 + y^2").input("lr", 0.1).schedule(Schedule::Step), "step_size"),
        (on("x^2 + y^2 + 0*power").input("lr", 0.1).input("power", 0.1).schedule(Schedule::Polynomial), "choose another name"),
    ] {
        let message = draft.validate().unwrap_err().to_string();
        assert!(message.contains(part), "{part}: {message}");
    }
    // A number of the loss is what it is called, where the rule does not take it.
    let mine = Experiment::new(formula("clip_norm=3; (x - clip_norm)^2")).input("x", 1.0).input("clip_norm", 2.0).input("lr", 0.1);
    assert!(mine.validate().unwrap().method().is_plain());
}
