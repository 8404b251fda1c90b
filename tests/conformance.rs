//! One suite that every backend passes, and liars that do not.
//!
//! The GPU runs on whatever adapter there is. Without one its tests say so and pass, unless THALWEG_REQUIRE_GPU=1.
#![cfg(test)]

#[path = "shared/gpu.rs"]
mod gpu;
#[path = "shared/outcomes.rs"]
mod outcomes;

use std::sync::Arc;

use crate::gpu::gpu;
use crate::outcomes::outcomes;
use thalweg::analysis::certificate::{Check, certify, closed_form, labels, losses, transition};
use thalweg::backend::cpu::Cpu;
use thalweg::backend::gpu::Tuning;
use thalweg::backend::reference::Reference;
use thalweg::backend::{Backend, Columns, Description, Job, Outcomes, Pending, run_tile};
use thalweg::loss::{Hessian, Problem, Quadratic};
use thalweg::shader::LANES;
use thalweg::stop::Ending;
use thalweg::{Axis, Experiment, Loss, MemoryBudget, Optimizer, Plan, Result, Schedule, Status, StopRule};

/// Every backend of this machine, the CPU with every instruction set and the GPU in every lane width.
fn backends() -> Vec<Box<dyn Backend>> {
    let mut all: Vec<Box<dyn Backend>> = vec![Box::<Reference>::default()];
    all.extend(Cpu::new(None).unwrap().instruction_sets().map(|cpu| Box::new(cpu) as Box<dyn Backend>));
    if let Some(gpu) = gpu(None) {
        all.extend(LANES.map(|lanes| Box::new(gpu.with_lanes(lanes).unwrap()) as Box<dyn Backend>));
    }
    all
}

/// All endings and points, whatever the tiles.
fn joined(all: &[Outcomes]) -> (Vec<Ending>, Vec<u32>) {
    let endings = all.iter().flat_map(|outcomes| outcomes.endings.clone()).collect();
    (endings, all.iter().flat_map(|outcomes| outcomes.point.iter().map(|x| x.to_bits())).collect())
}

#[test]
fn every_backend_passes_every_check() {
    for backend in backends() {
        let mut checks = Vec::new();
        certify(&*backend, |check| checks.push(check)).unwrap();
        assert!(checks.len() > 50);
        for check in checks {
            assert!(check.passed(), "{}: {check:?}", backend.description());
        }
    }
}

/// A change to a tile's outcomes.
type Lie = fn(&mut Outcomes);

/// A backend that hands on another's outcomes, changed.
#[derive(Debug)]
struct Liar {
    honest: Cpu,
    lie: Lie,
}

impl Backend for Liar {
    fn description(&self) -> &Description {
        self.honest.description()
    }
    fn largest_tile(&self, experiment: &Experiment) -> Result<u64> {
        self.honest.largest_tile(experiment)
    }
    fn submit(&self, job: Job) -> Pending {
        let (pending, lie) = (self.honest.submit(job), self.lie);
        Box::pin(async move {
            let mut outcomes = pending.await?;
            lie(&mut outcomes);
            Ok(outcomes)
        })
    }
}

#[test]
fn the_checks_fail_when_lied_to() {
    let lies: [(&str, Lie); 7] = [
        ("a flipped sign", |outcomes| outcomes.point.iter_mut().for_each(|x| *x = -*x)),
        ("a NaN", |outcomes| outcomes.loss[0] = f32::NAN),
        ("a short result", |outcomes| outcomes.point.truncate(5)),
        ("a result too long", |outcomes| outcomes.loss.push(0.0)),
        ("a stale buffer", |outcomes| outcomes.point.iter_mut().for_each(|x| *x = 0.0)),
        ("the same descent twice", |outcomes| outcomes.gradient_norm[1] = outcomes.gradient_norm[0]),
        ("a wrong step count", |outcomes| outcomes.endings[0] = Ending::new(Status::Exhausted, 7)),
    ];
    let (_, loss) = losses(3, 4).unwrap().remove(1);
    for (name, lie) in lies {
        let liar = Liar { honest: Cpu::new(Some(1)).unwrap(), lie };
        let check = transition(&liar, "dense", &loss, Optimizer::GradientDescent, 4);
        assert!(!check.is_ok_and(|check| check.passed()), "{name} went unnoticed by single steps");
    }
    let honest = || Cpu::new(Some(1)).unwrap();
    let shifted = Liar { honest: honest(), lie: |outcomes| outcomes.point.iter_mut().for_each(|x| *x *= 1.001) };
    assert!(!closed_form(&shifted, 3, 4, Schedule::Constant).unwrap().passed(), "points a thousandth off went unnoticed");
    let relabelled = Liar { honest: honest(), lie: |outcomes| outcomes.point.rotate_left(40) };
    assert!(!labels(&relabelled, &Reference::default(), 41).unwrap().passed(), "moved basins went unnoticed");
}

#[test]
fn a_check_that_compared_nothing_does_not_pass() {
    let empty =
        Check { name: String::new(), compared: 0, skipped: 0, largest_error: 0.0, allowed_error: 1.0, mismatches: 0, at_boundary: 0 };
    assert!(!empty.passed());
}

fn quadratic(hessian: &[f64], center: &[f64]) -> Loss {
    let hessian = Hessian::dense(center.len(), hessian.to_vec()).unwrap();
    Loss::Quadratic(Quadratic::new("quadratic", vec![Problem::centered(hessian, center.to_vec(), 0.0).unwrap()]).unwrap())
}

#[test]
fn numbers_below_normal_are_zero_on_x86_and_in_no_other_arithmetic() {
    // x and y are halved at each step; z is slow, and its gradient too large for the descent to end.
    let hessian = Hessian::Diagonal(vec![1.0, 1.0, 2e-3]);
    let problem = Problem::centered(hessian, vec![0.0; 3], 0.0).unwrap();
    let halved = [-140, -139].map(|power| 2.0_f64.powi(power) as f32);
    for fixed_steps in [false, true] {
        let loss = Loss::Quadratic(Quadratic::new("quadratic", vec![problem.clone()]).unwrap());
        let draft = Experiment::new(loss).input("x", 1.0).input("y", 2.0).input("z", 1.0).input("lr", 0.5);
        let experiment = Arc::new(draft.stop(StopRule { steps: 140, fixed_steps, ..StopRule::default() }).validate().unwrap());
        let point = |backend: &dyn Backend| outcomes(backend, &experiment, 1)[0].point.clone();
        assert_eq!(point(&Reference::default())[..2], halved);
        for cpu in Cpu::new(Some(1)).unwrap().instruction_sets() {
            let (end, name) = (point(&cpu), cpu.instructions());
            if cfg!(target_arch = "x86_64") {
                // Without fused multiply-adds half of the least normal number counts as zero, and is subtracted from it.
                let expected = if name == "scalar" { f32::MIN_POSITIVE } else { 0.0 };
                assert_eq!(end[..2], [expected; 2], "{name}, fixed steps: {fixed_steps}");
            } else {
                assert_eq!(end[..2], halved, "{name}, fixed steps: {fixed_steps}");
            }
        }
    }
}

#[test]
fn tiles_of_any_size_give_the_same_bits() {
    let loss = quadratic(&[3.0, 0.5, 0.5, 1.0], &[0.3, -1.0]);
    let draft = Experiment::new(loss).input("x", Axis::linear(-4.0, 4.0, 37)).input("y", Axis::linear(-3.0, 5.0, 29));
    let experiment = Arc::new(draft.input("lr", Axis::logarithmic(0.01, 0.7, 7)).validate().unwrap());
    for backend in backends() {
        let whole = joined(&outcomes(&*backend, &experiment, u64::MAX));
        for limit in [1000, 37, 36] {
            assert!(joined(&outcomes(&*backend, &experiment, limit)) == whole, "{} in tiles of {limit}", backend.description());
        }
    }
}

#[test]
fn any_number_of_steps_a_dispatch_gives_the_same_bits() {
    let Some(gpu) = gpu(None) else { return };
    let two = Experiment::new(quadratic(&[3.0, 0.5, 0.5, 1.0], &[0.3, -1.0])).input("x", Axis::linear(-4.0, 4.0, 301));
    let two = two.input("y", Axis::linear(-3.0, 5.0, 31)).input("lr", Axis::logarithmic(0.01, 0.7, 3));
    let many = many_variables(70).stop(StopRule { steps: 40, gradient_norm: 1e-3, ..StopRule::default() });
    for draft in [two.clone(), two.fixed(53), many] {
        let experiment = Arc::new(draft.validate().unwrap());
        let whole = outcomes(&gpu, &experiment, u64::MAX);
        for most_steps in [1, 7] {
            let tuned = gpu.with_tuning(Tuning { most_steps, ..Tuning::default() });
            let found = outcomes(&tuned, &experiment, u64::MAX);
            assert!(joined(&found) == joined(&whole), "{most_steps} steps a dispatch");
            let losses = |all: &[Outcomes]| all.iter().flat_map(|tile| tile.loss.iter().map(|loss| loss.to_bits())).collect::<Vec<_>>();
            assert!(losses(&found) == losses(&whole), "{most_steps} steps a dispatch");
        }
    }
}

#[test]
fn a_column_read_alone_is_the_column_read_with_others() {
    let draft = Experiment::new(quadratic(&[3.0, 0.5, 0.5, 1.0], &[0.3, -1.0])).input("x", Axis::linear(-4.0, 4.0, 101));
    let experiment = Arc::new(draft.input("y", 2.0).input("lr", 0.1).validate().unwrap());
    for backend in backends() {
        let tile = || Plan::within(&experiment, MemoryBudget::default(), u64::MAX).tiles().next().unwrap();
        let all = run_tile(&*backend, &experiment, tile(), Columns::ALL).unwrap();
        let none = Columns::default();
        let alone = |columns| run_tile(&*backend, &experiment, tile(), columns).unwrap();
        assert_eq!(alone(Columns { ending: true, ..none }).endings, all.endings);
        assert_eq!(alone(Columns { loss: true, ..none }).loss, all.loss);
        assert_eq!(alone(Columns { gradient_norm: true, ..none }).gradient_norm, all.gradient_norm);
        let point = alone(Columns { point: true, ..none });
        assert_eq!((point.point, point.loss.len()), (all.point, 0));
    }
}

#[test]
fn every_status_is_called_by_its_name_on_every_backend() {
    // Started at the minimum, stable, beyond 2/λ, out of steps.
    let draft = Experiment::new(quadratic(&[2.0], &[1.0])).input("x", Axis::table(vec![1.0, 5.0], 1, "1,5"));
    let experiment = Arc::new(draft.input("lr", Axis::table(vec![0.4, 1.5, 1e-6], 1, "rates")).steps(200).validate().unwrap());
    use Status::{Converged, Diverged, Exhausted};
    for backend in backends() {
        let (endings, _) = joined(&outcomes(&*backend, &experiment, u64::MAX));
        let statuses: Vec<Status> = endings.iter().filter_map(|ending| ending.status()).collect();
        assert_eq!(statuses, [Converged, Converged, Converged, Diverged, Converged, Exhausted], "{}", backend.description());
        assert_eq!((endings[0].steps(), endings[5].steps()), (0, 200), "{}", backend.description());
    }
}

#[test]
fn f32_stalls_at_its_floor_and_says_so() {
    let draft = Experiment::new(quadratic(&[2.0], &[3.0])).input("x", -10.0).input("lr", 1e-3);
    let stop = StopRule { steps: 100_000, gradient_norm: 1e-6, ..StopRule::default() };
    let experiment = Arc::new(draft.stop(stop).validate().unwrap());
    for backend in backends().into_iter().filter(|backend| backend.description().kind != "reference") {
        let all = outcomes(&*backend, &experiment, u64::MAX);
        assert_eq!(all[0].endings[0].status(), Some(Status::Stalled), "{}", backend.description());
        let floor = f64::from(3.0_f32.next_up() - 3.0) / (2.0 * 1e-3);
        assert!(f64::from(all[0].gradient_norm[0]) < 1.5 * floor, "{} {floor}", all[0].gradient_norm[0]);
    }
}

#[test]
fn a_nan_or_an_overflow_is_diverged_and_never_converged() {
    let draft = Experiment::new(quadratic(&[1e30], &[0.0])).input("x", Axis::table(vec![1e15, 1e5, 1.0], 1, "starts"));
    let experiment = Arc::new(draft.input("lr", 1e10).fixed(40).validate().unwrap());
    for backend in backends() {
        for ending in joined(&outcomes(&*backend, &experiment, u64::MAX)).0 {
            assert_eq!(ending.status(), Some(Status::Diverged), "{}", backend.description());
        }
    }
}

#[test]
fn an_infinite_loss_is_diverged_however_flat_it_is_there() {
    let cases = [
        // Far outside the radius, with a gradient within the tolerance; the last also with every coefficient below 1e15.
        (1e-30, 0.0, 1e35, StopRule { gradient_norm: 1e6, ..StopRule::default() }),
        (1e-37, 0.0, 1e38, StopRule { gradient_norm: 20.0, ..StopRule::default() }),
        (1e-15, 0.0, 1e30, StopRule { gradient_norm: 1e15, ..StopRule::default() }),
        // Within the radius, since it is the centre that is far away.
        (1e-20, 1e38, 0.0, StopRule { steps: 5, fixed_steps: true, divergence_radius: 1e15, ..StopRule::default() }),
    ];
    for (hessian, center, x, stop) in cases {
        let draft = Experiment::new(quadratic(&[hessian], &[center])).input("x", x).input("lr", 1e-6);
        let experiment = Arc::new(draft.stop(stop).validate().unwrap());
        for backend in backends() {
            let ending = joined(&outcomes(&*backend, &experiment, u64::MAX)).0[0];
            assert_eq!(ending.status(), Some(Status::Diverged), "{} from {x} at curvature {hessian}", backend.description());
        }
    }
}

trait Fixed {
    fn fixed(self, steps: u32) -> Self;
}

impl Fixed for thalweg::experiment::Draft {
    fn fixed(self, steps: u32) -> Self {
        self.stop(StopRule { steps, fixed_steps: true, ..StopRule::default() })
    }
}

#[test]
fn stability_flips_at_two_over_the_largest_eigenvalue_on_every_backend() {
    let loss = Loss::named("booth", None).unwrap();
    let draft = Experiment::new(loss).input("x", -3.0).input("y", 7.5);
    let edge = 1.0 / 9.0;
    // Close to the edge rounding errors live long: a thousand steps' worth of them keep the gradient from the default tolerance.
    let stop = StopRule { steps: 40_000, gradient_norm: 1e-2, ..StopRule::default() };
    let rates = Axis::table(vec![(edge * 0.999) as f32, (edge * 1.001) as f32], 1, "rates");
    let experiment = Arc::new(draft.input("lr", rates).stop(stop).validate().unwrap());
    for backend in backends() {
        let (endings, _) = joined(&outcomes(&*backend, &experiment, u64::MAX));
        let statuses: Vec<_> = endings.iter().map(|ending| ending.status()).collect();
        assert_eq!(statuses, [Some(Status::Converged), Some(Status::Diverged)], "{}", backend.description());
    }
}

#[test]
fn a_grid_of_more_workgroups_than_one_dimension_holds_runs_whole() {
    // 65,535 workgroups of 64 invocations, and some that fit neither count.
    let Some(gpu) = gpu(None) else { return };
    let gpu = gpu.with_lanes(1).unwrap();
    let count = 65_535 * 64 + 13_u64;
    let draft = Experiment::new(quadratic(&[2.0], &[0.5])).input("x", Axis::linear(-1.0, 1.0, count)).input("lr", 0.25);
    let experiment = Arc::new(draft.fixed(1).validate().unwrap());
    let whole = Plan::within(&experiment, MemoryBudget(1 << 30), u64::MAX).tiles().next().unwrap();
    let outcomes = run_tile(&gpu, &experiment, whole, Columns::ALL).unwrap();
    assert_eq!(outcomes.point.len() as u64, count);
    for (i, x) in outcomes.point.iter().enumerate() {
        let start = experiment.axes()[0].axis.value(i as u64, 0);
        assert!((x - (0.5 * start + 0.25)).abs() < 1e-6, "descent {i}: {x}");
    }
}

#[test]
fn too_many_variables_of_a_batch_are_refused_with_advice() {
    let Some(gpu) = gpu(None) else { return };
    let dimension = 40;
    let problem = || Problem::centered(Hessian::Diagonal(vec![1.0; dimension]), vec![0.0; dimension], 0.0).unwrap();
    let batch = Loss::Quadratic(Quadratic::new("batch", vec![problem(), problem()]).unwrap());
    let start = Axis::table(vec![1.0; dimension], dimension, "1");
    let experiment = Experiment::new(batch).start(start).input("lr", 0.1).validate().unwrap();
    assert!(gpu.largest_tile(&experiment).unwrap_err().to_string().contains("--backend cpu"));
}

/// A full Hessian of condition about 3, and starts of which the first ends at once and the last diverges.
fn many_variables(dimension: usize) -> thalweg::experiment::Draft {
    let entry = |i: usize, j: usize| if i == j { 1.0 + i as f64 / dimension as f64 } else { 0.5 / ((1 + i + j) * (1 + i + j)) as f64 };
    let hessian = (0..dimension * dimension).map(|at| entry(at / dimension, at % dimension)).collect();
    let center: Vec<f64> = (0..dimension).map(|i| (i as f64).sin()).collect();
    let mut starts: Vec<f32> = center.iter().map(|c| *c as f32).collect();
    starts.extend((0..39 * dimension).map(|at| (at as f32 * 0.7).cos() * (1 + at / dimension) as f32));
    starts.extend(vec![1e6; dimension]);
    let problem = Problem::centered(Hessian::dense(dimension, hessian).unwrap(), center, 0.25).unwrap();
    let loss = Loss::Quadratic(Quadratic::new("many", vec![problem]).unwrap());
    Experiment::new(loss).start(Axis::table(starts, dimension, "starts")).input("lr", Axis::table(vec![0.4, 0.9, 1.9], 1, "rates"))
}

#[test]
fn dense_quadratics_of_many_variables_end_as_the_reference_says() {
    let Some(gpu) = gpu(None) else { return };
    for dimension in [33, 64, 100, 128, 257] {
        let stop = StopRule { steps: 60, gradient_norm: 1e-3, ..StopRule::default() };
        let experiment = Arc::new(many_variables(dimension).stop(stop).validate().unwrap());
        let [found, expected] = [&gpu as &dyn Backend, &Reference::default()].map(|backend| outcomes(backend, &experiment, 64));
        let count = found.iter().map(|tile| tile.endings.len()).sum::<usize>();
        assert_eq!(count, 41 * 3);
        for (found, expected) in found.iter().zip(&expected) {
            for (descent, (ending, reference)) in found.endings.iter().zip(&expected.endings).enumerate() {
                let place = format!("{dimension} variables, descent {}", found.tile.first + descent as u64);
                assert_eq!(ending.status(), reference.status(), "{place}");
                assert!(ending.steps().abs_diff(reference.steps()) <= 1, "{place}");
                if reference.status() == Some(Status::Converged) {
                    let at = descent * dimension..(descent + 1) * dimension;
                    let far = found.point[at.clone()].iter().zip(&expected.point[at]).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
                    assert!(far < 2e-3, "{place}: {far}");
                    assert!((found.loss[descent] - expected.loss[descent]).abs() < 1e-5, "{place}");
                }
            }
        }
    }
}

#[test]
fn dense_quadratics_of_many_variables_take_single_steps_exactly() {
    let Some(gpu) = gpu(None) else { return };
    for dimension in [33, 100] {
        for steps in [0, 1, 2] {
            let experiment = Arc::new(many_variables(dimension).fixed(steps).validate().unwrap());
            let [found, expected] = [&gpu as &dyn Backend, &Reference::default()].map(|backend| outcomes(backend, &experiment, 64));
            for (found, expected) in found.iter().zip(&expected) {
                assert!(found.endings.iter().all(|ending| ending.steps() == steps));
                for (a, b) in found.point.iter().zip(&expected.point) {
                    assert!((a - b).abs() <= 1e-5 * b.abs().max(1.0) * dimension as f32, "{dimension} variables, {steps} steps: {a} {b}");
                }
            }
        }
    }
}

#[test]
fn more_steps_than_a_software_driver_takes_in_one_loop_are_taken() {
    let Some(gpu) = gpu(None) else { return };
    let draft = Experiment::new(quadratic(&[2.0], &[0.0])).input("x", 1.0).input("lr", 1e-5);
    let experiment = Arc::new(draft.fixed(300_000).validate().unwrap());
    let [found, expected] = [&gpu as &dyn Backend, &Reference::default()].map(|backend| outcomes(backend, &experiment, 1)[0].point[0]);
    assert!((found / expected - 1.0).abs() < 0.05, "{found} {expected}");
}
