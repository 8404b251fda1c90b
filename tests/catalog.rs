//! Every named loss: its gradient against differences, what its entry says of it, another crate's values, and single steps of every
//! backend.
//!
//! The GPU runs on whatever adapter there is. Without one its test says so and passes, unless THALWEG_REQUIRE_GPU=1.
#![cfg(test)]

#[path = "shared/gpu.rs"]
mod gpu;

use crate::gpu::gpu;
use thalweg::analysis::bounded::Bounded;
use thalweg::analysis::certificate::{Check, transition_of};
use thalweg::backend::Backend;
use thalweg::backend::cpu::Cpu;
use thalweg::experiment::Draft;
use thalweg::loss::{Bound, Case, Entry, Hessian, Parameter};
use thalweg::sample::Distribution;
use thalweg::{Axis, Experiment, Loss};

/// What one rounding costs in f64, as a share of what it costs in f32.
const FINER: f64 = 1.0 / (1_u64 << 29) as f64;

/// An entry of the catalog in so many variables.
struct Named {
    entry: &'static Entry,
    loss: Loss,
    bound: Bound,
    parameters: Vec<(&'static str, f64)>,
}

/// Every entry, in its usual number of variables and, where that is open, in 2, 10 and 32.
fn catalog() -> Vec<Named> {
    let mut all: Vec<Named> = Vec::new();
    for entry in Entry::all() {
        for dimension in [None, Some(2), Some(10), Some(32)] {
            let Ok(Loss::Formula(formula)) = Loss::named(&entry.name, dimension) else { continue };
            if all.iter().any(|known| known.entry.name == entry.name && known.dimension() == formula.dimension()) {
                continue;
            }
            // The names live as long as the tests.
            let parameter = |parameter: &Parameter| (&*parameter.name.clone().leak(), f64::from(parameter.default));
            let parameters = formula.parameters().iter().map(parameter).collect();
            all.push(Named { entry, bound: formula.at_defaults().unwrap(), loss: Loss::Formula(formula), parameters });
        }
    }
    assert!(all.len() > 60, "{}", all.len());
    all
}

impl Named {
    fn dimension(&self) -> usize {
        self.loss.dimension()
    }

    fn title(&self) -> String {
        format!("{}, D = {}", self.entry.name, self.dimension())
    }

    fn case(&self) -> Case<'_> {
        Case { dimension: self.dimension(), parameters: &self.parameters }
    }

    fn range(&self, number: usize) -> [f64; 2] {
        self.entry.range(number, self.case()).unwrap_or_else(|| panic!("{} has no range {number}", self.title()))
    }

    /// Point `index` of the domain.
    fn point(&self, index: u64) -> Vec<f64> {
        let coordinate = |number: usize| {
            let [low, high] = self.range(number);
            Distribution::Uniform { low, high }.coordinate(7, index, number)
        };
        (0..self.dimension()).map(coordinate).collect()
    }

    fn value(&self, x: &[f64]) -> f64 {
        self.bound.loss_at(&[], x)
    }

    /// What rounding may cost of the value at `x`, in f64.
    fn noise(&self, x: &[f64]) -> f64 {
        let x: Vec<Bounded> = x.iter().map(|x| Bounded::new(*x, 0.0)).collect();
        self.bound.evaluate_at(&[], &x)[0].error * FINER
    }

    /// Whether there may be a kink within `reach` of `x`.
    fn is_near_kink(&self, x: &[f64], reach: &[f64]) -> bool {
        let around: Vec<Bounded> = x.iter().zip(reach).map(|(x, reach)| Bounded::new(*x, *reach)).collect();
        self.bound.evaluate_at(&[], &around).iter().any(|number| number.is_doubtful)
    }

    /// What is known of the minima holds for this D.
    fn is_known(&self) -> bool {
        self.entry.is_known_for(self.case(), &self.parameters)
    }

    /// The eigenvalues of the Hessian at `x`, ascending.
    fn curvatures(&self, x: &[f64]) -> Vec<f64> {
        let hessian = Hessian::dense(x.len(), self.bound.hessian_at(&[], x).unwrap()).unwrap();
        let mut values = hessian.eigen().unwrap().0;
        values.sort_by(f64::total_cmp);
        values
    }
}

/// Central differences of fourth order along each variable, with steps `steps`.
fn differences(f: impl Fn(&[f64]) -> f64, x: &[f64], steps: &[f64]) -> Vec<f64> {
    let slope = |i: usize| {
        let at = |times: f64| f(&(0..x.len()).map(|j| if i == j { x[j] + times * steps[j] } else { x[j] }).collect::<Vec<_>>());
        (8.0 * (at(1.0) - at(-1.0)) - (at(2.0) - at(-2.0))) / (12.0 * steps[i])
    };
    (0..x.len()).map(slope).collect()
}

#[test]
fn gradients_agree_with_differences_all_over_the_domain() {
    const POINTS: u64 = 60;
    for named in catalog() {
        let steps: Vec<f64> = (0..named.dimension()).map(|number| named.range(number)).map(|[low, high]| 1e-5 * (high - low)).collect();
        let reach: Vec<f64> = steps.iter().map(|step| 2.0 * step).collect();
        let mut skipped = 0;
        for x in (0..POINTS).map(|index| named.point(index)) {
            if named.is_near_kink(&x, &reach) {
                skipped += 1;
                continue;
            }
            let (found, expected) = (named.bound.gradient_at(&[], &x), differences(|x| named.value(x), &x, &steps));
            let scale = expected.iter().fold(0.0_f64, |most, slope| most.max(slope.abs()));
            for i in 0..x.len() {
                let allowed = 1e-6 * scale + 4.0 * named.noise(&x) / steps[i];
                assert!((found[i] - expected[i]).abs() <= allowed, "{} at {x:?}: {found:?} {expected:?}", named.title());
            }
        }
        assert!(skipped <= POINTS / 10, "{}: {skipped} points lie near kinks", named.title());
    }
}

#[test]
fn the_gradient_is_zero_at_every_listed_minimum_and_saddle_point() {
    let mut listed = 0;
    for named in catalog().iter().filter(|named| named.is_known()) {
        let minima = named.entry.minima(named.case());
        assert!(!minima.is_empty(), "{}", named.title());
        for x in minima.iter().chain(named.entry.saddles()).filter(|_| !named.entry.cusp) {
            let gradient = named.bound.gradient_at(&[], x);
            assert!(gradient.iter().all(|slope| slope.abs() <= 1e-6), "{} at {x:?}: {gradient:?}", named.title());
            listed += 1;
        }
    }
    assert!(listed > 1000, "{listed}");
}

#[test]
fn the_least_loss_is_reached_at_the_first_listed_minimum_and_nowhere_undercut() {
    for named in catalog().iter().filter(|named| named.is_known()) {
        let (least, minima) = (named.entry.least(named.case()).unwrap(), named.entry.minima(named.case()));
        // The values of parameters come as f32.
        let allowed = 1e-7 * (1.0 + least.abs());
        let lowest = named.value(&minima[0]);
        assert!((lowest - least).abs() <= allowed, "{}: {lowest} {least}", named.title());
        let points = (0..1000).map(|index| named.point(index));
        for x in minima.into_iter().chain(named.entry.saddles().to_vec()).chain(points) {
            assert!(named.value(&x) >= least - allowed, "{} at {x:?}: {} {least}", named.title(), named.value(&x));
        }
    }
}

#[test]
fn curvature_tells_minima_from_saddle_points_and_degenerate_minima_from_others() {
    for named in catalog().iter().filter(|named| named.is_known() && named.dimension() <= 10 && !named.entry.cusp) {
        let mut is_degenerate = false;
        for x in named.entry.minima(named.case()).iter().take(64) {
            let values = named.curvatures(x);
            let (least, most) = (values[0], values[values.len() - 1]);
            assert!(least >= -1e-6 * most, "{} at {x:?}: {values:?}", named.title());
            is_degenerate |= least <= 1e-9 * most;
        }
        // In one variable the flat direction may be missing.
        assert!(is_degenerate == named.entry.degenerate || named.dimension() == 1, "{}", named.title());
        for x in named.entry.saddles() {
            let values = named.curvatures(x);
            assert!(values[0] < 0.0 && values[values.len() - 1] > 0.0, "{} at {x:?}: {values:?}", named.title());
        }
    }
}

/// The same loss in another crate. Its Lévy function lacks the first term of the sum.
fn elsewhere(name: &str, x: &[f64]) -> Option<f64> {
    let pair = || <&[f64; 2]>::try_from(x).unwrap();
    Some(match name {
        "ackley" => argmin_testfunctions::ackley(x),
        "beale" => argmin_testfunctions::beale(pair()),
        "booth" => argmin_testfunctions::booth(pair()),
        "easom" => argmin_testfunctions::easom(pair()),
        "goldstein_price" => argmin_testfunctions::goldsteinprice(pair()),
        "himmelblau" => argmin_testfunctions::himmelblau(pair()),
        "matyas" => argmin_testfunctions::matyas(pair()),
        "mccormick" => argmin_testfunctions::mccormick(pair()),
        "rastrigin" => argmin_testfunctions::rastrigin(x),
        "rosenbrock" => argmin_testfunctions::rosenbrock(x),
        "sphere" => argmin_testfunctions::sphere(x),
        "styblinski_tang" => argmin_testfunctions::styblinski_tang(x),
        "three_hump_camel" => argmin_testfunctions::threehumpcamel(pair()),
        _ => return None,
    })
}

#[test]
fn values_agree_with_those_of_another_crate() {
    let mut compared = std::collections::BTreeSet::new();
    for named in catalog() {
        for x in (0..100).map(|index| named.point(index)) {
            let Some(expected) = elsewhere(&named.entry.name, &x) else { continue };
            let (found, allowed) = (named.value(&x), 1e-10 * expected.abs() + named.noise(&x));
            assert!((found - expected).abs() <= allowed, "{} at {x:?}: {found} {expected}", named.title());
            compared.insert(named.entry.name.clone());
        }
    }
    assert_eq!(compared.len(), 13);
}

#[test]
fn a_quadratic_is_what_was_written() {
    let mut quadratics = 0;
    for named in catalog() {
        let experiment = experiment(&named, 1).validate().unwrap();
        let Loss::Quadratic(quadratic) = experiment.loss() else { continue };
        quadratics += 1;
        for x in (0..100).map(|index| named.point(index)) {
            let exact: Vec<Bounded> = x.iter().map(|x| Bounded::new(*x, 0.0)).collect();
            let expected = named.bound.evaluate_at(&[], &exact);
            let (loss, gradient) = quadratic.problem(0).evaluate(&x);
            for (found, expected) in [loss].iter().chain(&gradient).zip(expected) {
                // Its coefficients are f32.
                assert!((found - expected.value).abs() <= expected.error, "{} at {x:?}: {found} {expected:?}", named.title());
            }
        }
    }
    assert!(quadratics >= 10, "{quadratics}");
}

/// Descents of `named` from `starts` points of its domain, at several learning rates.
fn experiment(named: &Named, starts: u64) -> Draft {
    let points: Vec<f32> = (0..starts).flat_map(|index| named.point(index)).map(|x| x as f32).collect();
    let starts = Axis::table(points, named.dimension(), "points of the domain");
    Experiment::new(named.loss.clone()).start(starts).input("lr", Axis::logarithmic(1e-6, 1e-2, 3))
}

/// Single steps of `backend` on every named loss; prints the largest errors.
fn take_steps(backend: &dyn Backend, starts: u64) {
    let mut checks: Vec<Check> = Vec::new();
    for named in catalog() {
        let check = transition_of(backend, &named.title(), &experiment(&named, starts)).unwrap();
        checks.push(check);
    }
    let failed: Vec<&Check> = checks.iter().filter(|check| !check.passed()).collect();
    assert!(failed.is_empty(), "{}: {failed:#?}", backend.description());
    let worst = checks.iter().max_by(|a, b| a.largest_error.total_cmp(&b.largest_error)).unwrap();
    let (compared, skipped) = checks.iter().fold((0, 0), |(compared, skipped), check| (compared + check.compared, skipped + check.skipped));
    println!("{}: {compared} compared, {skipped} skipped, largest {} of {}", backend.description(), worst.largest_error, worst.name);
}

#[test]
fn every_instruction_set_takes_single_steps_as_the_reference_does() {
    for cpu in Cpu::new(None).unwrap().instruction_sets() {
        take_steps(&cpu, 101);
    }
}

#[test]
fn the_gpu_takes_single_steps_as_the_reference_does() {
    if let Some(gpu) = gpu(None) {
        take_steps(&gpu, 37);
    }
}
