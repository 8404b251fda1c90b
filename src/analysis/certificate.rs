//! Whether a backend does what the reference does: single steps from the same bits, whole descents against the closed form,
//! and basin labels.

mod formulas;
mod step;

use std::sync::Arc;

pub use formulas::formulas;
pub use step::{Finding, Place, What, single_steps};

use crate::analysis::bounded::Bounded;
use crate::axis::Axis;
use crate::backend::{Backend, Columns, Monitor, run};
use crate::error::{Error, Result};
use crate::experiment::{Draft, Experiment};
use crate::hyperparameter::Hyperparameter;
use crate::loss::{Hessian, Loss, Problem, Quadratic, Well, Wells};
use crate::method::Method;
use crate::optimizer::Optimizer;
use crate::plan::{MemoryBudget, Plan};
use crate::sample::Distribution;
use crate::schedule::Schedule;
use crate::stop::{Status, StopRule};

/// The dimensions that are tried: every register kernel of the CPU backend, odd ones, and the edge of the GPU's.
pub const DIMENSIONS: [usize; 9] = [1, 2, 3, 4, 5, 8, 16, 31, 32];
/// The most variables of the losses that every rule is checked on.
const MOST_FOR_ALL_RULES: usize = 3;
/// Start points of a case: a count that is a multiple of nothing.
const STARTS: u64 = 203;
/// Learning rates of a case.
const RATES: u64 = 3;
/// Descents of a tile, so that a case takes several, cut at odd places.
const TILE: u64 = 131;

/// One comparison.
#[derive(Clone, Debug, PartialEq)]
pub struct Check {
    /// What was compared.
    pub name: String,
    /// How many numbers, or labels.
    pub compared: u64,
    /// Numbers left out because rounding may take another branch of the loss, or because they are beyond f32.
    pub skipped: u64,
    /// The largest error, as a multiple of what rounding may have caused.
    pub largest_error: f64,
    /// The largest error that rounding can explain.
    pub allowed_error: f64,
    /// Statuses or labels that differ.
    pub mismatches: u64,
    /// Those of them that lie beside a basin boundary, where rounding decides.
    pub at_boundary: u64,
}

impl Check {
    fn new(name: impl Into<String>, allowed_error: f64) -> Self {
        let name = name.into();
        Self { name, compared: 0, skipped: 0, largest_error: 0.0, allowed_error, mismatches: 0, at_boundary: 0 }
    }

    /// Whether the backend agrees: something was compared, and nothing differs that rounding does not explain.
    pub fn passed(&self) -> bool {
        self.compared > 0
            && self.skipped * 4 <= self.compared
            && self.largest_error <= self.allowed_error
            && self.mismatches == self.at_boundary
    }

    fn compare(&mut self, expected: Bounded, found: f32) {
        self.compared += 1;
        self.largest_error = self.largest_error.max(expected.error_of(found));
    }
}

/// All columns of all descents of `experiment`, run in several tiles.
struct Run {
    status: Vec<Option<Status>>,
    steps: Vec<u32>,
    loss: Vec<f32>,
    gradient_norm: Vec<f32>,
    point: Vec<f32>,
}

fn run_all(backend: &dyn Backend, experiment: &Arc<Experiment>) -> Result<Run> {
    let limit = backend.largest_tile(experiment)?.min(TILE);
    let plan = Plan::within(experiment, MemoryBudget::default(), limit);
    let mut all = Run { status: Vec::new(), steps: Vec::new(), loss: Vec::new(), gradient_norm: Vec::new(), point: Vec::new() };
    run(backend, experiment, &plan, Columns::ALL, &Arc::<Monitor>::default(), |outcomes| {
        all.status.extend(outcomes.endings.iter().map(|ending| ending.status()));
        all.steps.extend(outcomes.endings.iter().map(|ending| ending.steps()));
        all.loss.extend_from_slice(&outcomes.loss);
        all.gradient_norm.extend_from_slice(&outcomes.gradient_norm);
        all.point.extend_from_slice(&outcomes.point);
        Ok(())
    })?;
    let (descents, dimension) = (experiment.descents() as usize, experiment.dimension());
    let lengths = [all.status.len(), all.steps.len(), all.loss.len(), all.gradient_norm.len(), all.point.len() / dimension];
    match lengths.iter().find(|length| **length != descents) {
        Some(length) => Err(Error::CheckFailed(format!("{length} outcomes came back for {descents} descents"))),
        None => Ok(all),
    }
}

/// A loss of each kind in `dimension` variables, drawn from `seed`, and its name.
pub fn losses(dimension: usize, seed: u64) -> Result<Vec<(String, Loss)>> {
    let draw = |index: u64, column: usize| Distribution::Uniform { low: -1.0, high: 1.0 }.coordinate(seed, index, column);
    let center = |index: u64| (0..dimension).map(|i| 3.0 * draw(100 + index, i)).collect::<Vec<_>>();
    let dense = |index: u64| {
        let row = |i: usize| (0..dimension).map(move |j| draw(1000 * (index + 1) + i as u64, j)).collect::<Vec<_>>();
        let rows: Vec<Vec<f64>> = (0..dimension).map(row).collect();
        let entry = |i: usize, j: usize| {
            let product: f64 = rows[i].iter().zip(&rows[j]).map(|(a, b)| a * b).sum();
            product / dimension as f64 + if i == j { 0.5 } else { 0.0 }
        };
        Hessian::dense(dimension, (0..dimension * dimension).map(|k| entry(k / dimension, k % dimension)).collect())
    };
    let diagonal = || Hessian::Diagonal((0..dimension).map(|i| 1.0 + 0.9 * draw(7, i)).collect());
    let wells = (0..3).map(|number| Well {
        offset: 0.3 * draw(8, number as usize),
        center: center(number),
        curvature: (0..dimension).map(|i| 1.0 + 0.8 * draw(9 + number, i)).collect(),
    });
    let batch = |center: &dyn Fn(u64) -> Vec<f64>| {
        let problems = (0..5).map(|number| Problem::centered(dense(number)?, center(number), 0.5)).collect::<Result<Vec<_>>>()?;
        Quadratic::new("batch", problems).map(Loss::Quadratic)
    };
    let origin = || vec![0.0; dimension];
    let single = |name: &str, problem: Problem| Quadratic::new(name, vec![problem]).map(Loss::Quadratic);
    let linear: Vec<f64> = center(3);
    Ok(vec![
        ("diagonal quadratic".into(), single("diagonal", Problem::centered(diagonal(), center(0), 1.0)?)?),
        ("diagonal quadratic at the origin".into(), single("diagonal", Problem::centered(diagonal(), origin(), 1.0)?)?),
        ("dense quadratic".into(), single("dense", Problem::uncentered(dense(9)?, &linear, -2.0)?)?),
        ("dense quadratic at the origin".into(), single("dense", Problem::centered(dense(9)?, origin(), -2.0)?)?),
        ("batched quadratics".into(), batch(&center)?),
        ("batched quadratics at the origin".into(), batch(&|_| origin())?),
        ("wells".into(), Loss::Wells(Wells::new(wells.collect())?)),
        ("trid".into(), Loss::named("trid", Some(dimension))?),
    ])
}

fn draft(loss: Loss, optimizer: Optimizer, seed: u64) -> Draft {
    let dimension = loss.dimension();
    let starts = Axis::sample(Distribution::Normal { mean: 0.0, deviation: 2.0 }, STARTS, dimension, seed);
    let draft = Experiment::new(loss).optimizer(optimizer).start(starts);
    // The first is the learning rate, or the relaxation.
    let (first, others) = optimizer.hyperparameters().split_first().expect("every rule takes a number");
    let draft = draft.input(first.name, Axis::logarithmic(0.01, 0.3, RATES));
    others.iter().fold(draft, |draft, hyper| draft.input(hyper.name, hyper.default.filter(|value| *value > 0.0).unwrap_or(0.75)))
}

fn fixed(steps: u32) -> StopRule {
    StopRule { steps, fixed_steps: true, ..StopRule::default() }
}

/// One step of the backend against one of the reference, from the same bits: loss, gradient norm and status before and after it, and
/// the point after it.
pub fn transition(backend: &dyn Backend, name: &str, loss: &Loss, optimizer: Optimizer, seed: u64) -> Result<Check> {
    let name = format!("{name}, D = {}, {}", loss.dimension(), optimizer.name());
    transition_of(backend, &name, &draft(loss.clone(), optimizer, seed))
}

/// The same of all descents of `draft`.
pub fn transition_of(backend: &dyn Backend, name: &str, draft: &Draft) -> Result<Check> {
    let mut check = Check::new(format!("{name}: one step"), 1.0);
    single_steps(backend, draft, |finding| match finding {
        Finding::Number { expected, found, .. } => check.compare(expected, found),
        Finding::Ending { is_right, .. } => check.mismatches += u64::from(!is_right),
        Finding::Doubtful(numbers) => check.skipped += numbers,
    })?;
    Ok(check)
}

/// Whole descents of gradient descent on one dense quadratic against x_k = c + Πₜ (I − ηₜA) (x₀ − c), in the eigenbasis of A; under another
/// schedule than a constant one after a warm-up.
pub fn closed_form(backend: &dyn Backend, dimension: usize, seed: u64, schedule: Schedule) -> Result<Check> {
    const STEPS: u32 = 50;
    const SCHEDULE_ERROR: f64 = 16.0;
    let is_constant = schedule == Schedule::Constant;
    let how = if is_constant { String::new() } else { format!(", {} schedule", schedule.name()) };
    // Every step adds its own rounding, and on a stable quadratic no step enlarges what is there. A learning rate of a schedule has an error too.
    let mut check = Check::new(format!("dense quadratic, D = {dimension}: {STEPS} steps{how}, closed form"), 1.0);
    let each = dimension as f64 + 4.0 + if is_constant { 0.0 } else { SCHEDULE_ERROR };
    let roundings = f64::from(STEPS) * each * f64::from(f32::EPSILON);
    let losses = losses(dimension, seed)?;
    let Some((_, Loss::Quadratic(quadratic))) = losses.into_iter().find(|(name, _)| name == "dense quadratic") else {
        return Err(Error::CheckFailed("there is no dense quadratic among the losses".into()));
    };
    let problem = quadratic.problem(0);
    let (values, vectors) = problem.hessian().eigen()?;
    let center = problem.stationary_point()?;
    let draft = draft(Loss::Quadratic(quadratic), Optimizer::GradientDescent, seed).schedule(schedule).stop(fixed(STEPS));
    // Fewer falls than steps, so that all of a schedule is seen.
    let number = |hyper: &Hyperparameter| hyper.default.filter(|value| *value > 0.0).unwrap_or(if hyper.allows(0.9) { 0.9 } else { 20.0 });
    let numbers: Vec<(&str, f32)> = schedule.hyperparameters().iter().map(|hyper| (hyper.name, number(hyper))).collect();
    let numbers = numbers.into_iter().chain((!is_constant).then_some(("warmup", 3.0)));
    let experiment = Arc::new(numbers.fold(draft, |draft, (name, value)| draft.input(name, value)).validate()?);
    let method = experiment.method();
    let found = run_all(backend, &experiment)?;
    let start_axis = &experiment.axes()[0].axis;
    for descent in 0..experiment.descents() {
        let positions = experiment.positions(descent);
        let offset: Vec<f64> = (0..dimension).map(|i| f64::from(start_axis.value(positions[0], i)) - center[i]).collect();
        let value = |number: usize| {
            let source = experiment.hyperparameter(number);
            f64::from(experiment.axes()[source.axis].axis.value(positions[source.axis], source.column))
        };
        let hyper: Vec<f64> = (0..experiment.hyperparameters()).map(value).collect();
        let rates: Vec<f64> = (0..STEPS).map(|step| method.rate(step.into(), &hyper)).collect();
        let shrunk = |value: f64| rates.iter().map(|rate| 1.0 - rate * value).product::<f64>();
        let mode = |m: usize| (0..dimension).map(|i| vectors[(i, m)] * offset[i]).sum::<f64>() * shrunk(values[m]);
        let modes: Vec<f64> = (0..dimension).map(mode).collect();
        let scale = offset.iter().zip(&center).map(|(d, c)| d.abs() + c.abs()).fold(0.0, f64::max);
        for i in 0..dimension {
            let value = center[i] + (0..dimension).map(|m| vectors[(i, m)] * modes[m]).sum::<f64>();
            check.compare(Bounded::new(value, roundings * scale), found.point[descent as usize * dimension + i]);
        }
    }
    Ok(check)
}

/// Every status and every basin of a map of wells of unlike curvature, against the reference.
pub fn labels(backend: &dyn Backend, reference: &dyn Backend, side: u64) -> Result<Check> {
    let mut check = Check::new(format!("wells, {side} × {side} starts: basins and statuses"), 0.0);
    let Some((_, loss)) = losses(2, 5)?.into_iter().find(|(name, _)| name == "wells") else {
        return Err(Error::CheckFailed("there are no wells among the losses".into()));
    };
    let draft = Experiment::new(loss).input("x", Axis::linear(-4.0, 4.0, side)).input("y", Axis::linear(-4.0, 4.0, side));
    let experiment = Arc::new(draft.input("learning_rate", 0.1).validate()?);
    let minima = crate::analysis::basins::Minima::of(&experiment)?;
    let label = |run: &Run| -> Vec<(Option<Status>, i32)> {
        let point = |i: usize| &run.point[2 * i..2 * i + 2];
        (0..run.status.len()).map(|i| (run.status[i], run.status[i].map_or(-2, |status| minima.label(status, 0, point(i))))).collect()
    };
    let (found, expected) = (label(&run_all(backend, &experiment)?), label(&run_all(reference, &experiment)?));
    let side = side as usize;
    for (cell, (found, expected_here)) in found.iter().zip(&expected).enumerate() {
        check.compared += 1;
        // Where f32 reaches its floor before the tolerance, stalled there and converged here are one basin.
        if found.1 != expected_here.1 || found.0 == Some(Status::Diverged) {
            check.mismatches += 1;
            check.at_boundary += u64::from(is_at_boundary(&expected, cell, side));
        }
    }
    Ok(check)
}

/// Whether a cell or one of its eight neighbours has another label than the cell.
fn is_at_boundary(labels: &[(Option<Status>, i32)], cell: usize, side: usize) -> bool {
    let (row, column) = (cell / side, cell % side);
    let rows = row.saturating_sub(1)..(row + 2).min(side);
    rows.flat_map(|row| (column.saturating_sub(1)..(column + 2).min(side)).map(move |column| row * side + column))
        .any(|neighbour| labels[neighbour].1 != labels[cell].1)
}

/// Every check there is for `backend`, each handed to `report` as it is done.
///
/// # Errors
/// Where the backend itself fails; a check that does not pass is not an error.
pub fn certify(backend: &dyn Backend, mut report: impl FnMut(Check)) -> Result<()> {
    for (seed, dimension) in (1..).zip(DIMENSIONS) {
        for (name, loss) in losses(dimension, seed)? {
            // Every rule on one small loss; on the others what differs is the gradient. Software GPUs compile large programs for minutes.
            let is_for_all = name.starts_with("dense") && dimension <= MOST_FOR_ALL_RULES;
            let rules = if is_for_all { Optimizer::ALL } else { &[Optimizer::GradientDescent] };
            for optimizer in rules {
                match transition(backend, &name, &loss, *optimizer, seed) {
                    // What a backend refuses it cannot get wrong.
                    Err(Error::Unsupported { .. }) => {}
                    check => report(check?),
                }
            }
        }
        for (name, draft) in formulas(dimension, Optimizer::GradientDescent, seed)? {
            report(transition_of(backend, &format!("{name}, D = {dimension}, {}", Optimizer::GradientDescent.name()), &draft)?);
        }
        report(closed_form(backend, dimension, seed, Schedule::Constant)?);
        if dimension == MOST_FOR_ALL_RULES {
            for schedule in Schedule::ALL.iter().filter(|schedule| **schedule != Schedule::Constant) {
                report(closed_form(backend, dimension, seed, *schedule)?);
            }
            let (name, loss) = losses(dimension, seed)?.remove(1);
            let method = Method::from(Optimizer::Momentum);
            let dressed = draft(loss, Optimizer::Momentum, seed);
            let dressed = method.options().fold(dressed, |draft, name| draft.input(name, if name == "warmup" { 3.0 } else { 0.75 }));
            report(transition_of(backend, &format!("{name}, D = {dimension}, momentum with all options"), &dressed)?);
        }
    }
    report(labels(backend, &crate::backend::reference::Reference::default(), 97)?);
    Ok(())
}
