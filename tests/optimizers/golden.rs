//! The first five points of every rule that `torch.optim` has, and the learning rates of its schedules; `golden.py` made them.

use std::collections::BTreeMap;

use serde::Deserialize;
use thalweg::experiment::Draft;
use thalweg::loss::Formula;
use thalweg::optimizer::{Adagrad, Adam, Adamw, Amsgrad, GradientDescent, Moment, Momentum, Nadam, Nesterov, Rmsprop, Update};
use thalweg::{Method, Optimizer, Schedule};

use crate::{Experiment, backends, fixed, formula, outcomes, points};

#[derive(Deserialize)]
struct Golden {
    cases: Vec<Case>,
    schedules: Vec<Course>,
}

/// The learning rates of a schedule.
#[derive(Deserialize)]
struct Course {
    schedule: String,
    settings: BTreeMap<String, f64>,
    rates: Vec<f64>,
}

#[derive(Deserialize)]
struct Case {
    rule: String,
    settings: BTreeMap<String, f64>,
    formula: String,
    start: Vec<f64>,
    points: Vec<Vec<f64>>,
}

fn golden() -> Golden {
    let golden: Golden = serde_json::from_str(include_str!("golden.json")).unwrap();
    assert!(golden.cases.len() > 50 && golden.schedules.len() > 10);
    golden
}

/// The same with the options that are set, and all its numbers in order: what is set, or else the default.
fn with_settings(method: Method, settings: &BTreeMap<String, f64>) -> (Method, Vec<f64>) {
    let method = settings.keys().fold(method, |method, name| method.with_option(name).unwrap_or(method));
    let value = |name: &str, default: Option<f32>| settings.get(name).copied().or(default.map(f64::from)).unwrap();
    let hyper = method.hyperparameters().iter().map(|hyper| value(hyper.name, hyper.default)).collect();
    (method, hyper)
}

/// The points that a twin moves to in f64.
fn moved<U: Update>(rule: U, case: &Case) -> Vec<Vec<f64>> {
    let loss = Formula::parse(&case.formula, None, None).unwrap().at_defaults().unwrap();
    let (method, hyper) = with_settings(Optimizer::named(&case.rule).unwrap().into(), &case.settings);
    let mut x = case.start.clone();
    let mut state = vec![0.0; U::state(x.len())];
    let step = |step: usize| {
        let mut gradient = loss.gradient_at(&[], &x);
        method.change(&hyper, &x, &mut gradient);
        rule.advance(Moment::after(step as f64), &hyper[..U::HYPERPARAMETERS.len()], &mut state, &mut x, &gradient);
        x.clone()
    };
    (0..case.points.len()).map(step).collect()
}

#[test]
fn the_reference_moves_as_pytorch_does() {
    for case in golden().cases {
        let found = match case.rule.as_str() {
            "gradient_descent" => moved(GradientDescent, &case),
            "momentum" => moved(Momentum, &case),
            "nesterov" => moved(Nesterov, &case),
            "adagrad" => moved(Adagrad, &case),
            "rmsprop" => moved(Rmsprop, &case),
            "adam" => moved(Adam, &case),
            "amsgrad" => moved(Amsgrad, &case),
            "adamw" => moved(Adamw, &case),
            "nadam" => moved(Nadam, &case),
            other => panic!("no twin of {other} is named here"),
        };
        for (step, (found, expected)) in found.iter().zip(&case.points).enumerate() {
            for (found, expected) in found.iter().zip(expected) {
                let place = format!("{} {:?} on {}, step {}", case.rule, case.settings, case.formula, step + 1);
                assert!((found - expected).abs() <= 1e-12 * (1.0 + expected.abs()), "{place}: {found} {expected}");
            }
        }
    }
}

/// How far f32 may be from f64 after five steps: units in the last place of the largest coordinate on the way.
const ULPS: f64 = 64.0;

fn draft(case: &Case) -> Draft {
    let draft = Experiment::new(formula(&case.formula)).optimizer(Optimizer::named(&case.rule).unwrap());
    let draft = ["x", "y", "z"].iter().zip(&case.start).fold(draft, |draft, (name, value)| draft.input(name, *value as f32));
    case.settings.iter().fold(draft, |draft, (name, value)| draft.input(name, *value as f32))
}

#[test]
fn every_backend_moves_as_pytorch_does() {
    for case in golden().cases {
        for backend in backends() {
            for (step, expected) in case.points.iter().enumerate() {
                let found = points(&outcomes(&*backend, draft(&case).stop(fixed(step as u32 + 1)), u64::MAX));
                let scale = case.points.iter().flatten().chain(&case.start).fold(0.0_f64, |scale, x| scale.max(x.abs()));
                let allowed = ULPS * f64::from(f32::EPSILON) * scale;
                for (found, expected) in found.iter().zip(expected) {
                    let place =
                        format!("{} {:?} on {}, step {}, {}", case.rule, case.settings, case.formula, step + 1, backend.description());
                    assert!((f64::from(*found) - expected).abs() <= allowed, "{place}: {found} {expected}");
                }
            }
        }
    }
}

#[test]
fn the_reference_schedules_as_pytorch_does() {
    for course in golden().schedules {
        let (method, hyper) = with_settings(scheduled(&course), &course.settings);
        for (update, expected) in course.rates.iter().enumerate() {
            let found = method.rate(update as f64, &hyper);
            let place = format!("{} {:?}, update {update}", course.schedule, course.settings);
            assert!((found - expected).abs() <= 1e-12 * (1.0 + expected.abs()), "{place}: {found} {expected}");
        }
    }
}

fn scheduled(course: &Course) -> Method {
    Method::from(Optimizer::GradientDescent).with_schedule(Schedule::named(&course.schedule).unwrap())
}

#[test]
fn every_backend_schedules_as_pytorch_does() {
    for course in golden().schedules {
        // The gradient is 1, so a point is the sum of all learning rates before.
        let draft = Experiment::new(formula("-x")).schedule(Schedule::named(&course.schedule).unwrap()).input("x", 0.0);
        let draft = course.settings.iter().fold(draft, |draft, (name, value)| draft.input(name, *value as f32));
        let most: f64 = course.rates.iter().sum();
        for backend in backends() {
            let mut expected = 0.0;
            for (update, rate) in course.rates.iter().enumerate() {
                expected += rate;
                let found = points(&outcomes(&*backend, draft.clone().stop(fixed(update as u32 + 1)), u64::MAX))[0];
                let place = format!("{} {:?}, update {update}, {}", course.schedule, course.settings, backend.description());
                assert!((f64::from(found) - expected).abs() <= ULPS * f64::from(f32::EPSILON) * most, "{place}: {found} {expected}");
            }
        }
    }
}
