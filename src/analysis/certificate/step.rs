//! Single steps of a backend beside those of the reference, from the same bits and with a bound on the rounding of every number.

use std::sync::Arc;

use super::{Run, fixed, run_all};
use crate::analysis::bounded::Bounded;
use crate::backend::Backend;
use crate::backend::descend::{Motion, WithTwins, with_twins};
use crate::error::{Error, Result};
use crate::experiment::{Draft, Experiment};
use crate::loss::{Evaluate, Loss};
use crate::optimizer::Update;
use crate::plan::{MemoryBudget, Plan, Tables};
use crate::real::{Coefficients, Each, Real, Shared, dot};
use crate::stop::{Status, StopRule};

/// How far the f32 value of a threshold's square, or of a norm, may be off, relative.
const SLACK: f64 = 1e-5;

/// One thing that a backend said, beside what it should be.
#[derive(Clone, Copy, Debug)]
pub enum Finding<'a> {
    /// A number.
    Number {
        /// What it should be.
        expected: Bounded,
        /// What it is.
        found: f32,
        /// Where.
        place: Place<'a>,
    },
    /// A status and a number of steps.
    Ending {
        /// Whether they may be what they are.
        is_right: bool,
        /// Where.
        place: Place<'a>,
    },
    /// So many numbers that cannot be told, since rounding may take another branch of the loss or carry them beyond f32.
    Doubtful(u64),
}

/// Which number of which descent.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    /// The descent's number in the grid.
    pub descent: u64,
    /// The point that the number belongs to.
    pub point: &'a [f32],
    /// Which number.
    pub what: What,
}

/// What a backend says of a point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// Status and steps there.
    Ending,
    /// f there.
    Loss,
    /// ‖∇f‖₂ there.
    GradientNorm,
    /// This coordinate of the point one step from there.
    Coordinate(usize),
}

/// Takes one step of every descent of `draft`. Loss, gradient norm and status before it and after it, each from the bits of the point
/// that the backend was at, and the point itself after it, are shown to `look`.
///
/// # Errors
/// The draft's or the backend's, or [`Error::CheckFailed`] where outcomes are missing.
pub fn single_steps(backend: &dyn Backend, draft: &Draft, mut look: impl FnMut(Finding<'_>)) -> Result<()> {
    let before = Arc::new(draft.clone().stop(fixed(0)).validate()?);
    let after = Arc::new(before.with_stop(fixed(1))?);
    let runs = [run_all(backend, &before)?, run_all(backend, &after)?];
    let whole = Plan::within(&after, MemoryBudget(u64::MAX), u64::MAX).tiles().next();
    let tables = whole.map(|tile| Tables::of(&after, &tile)).ok_or_else(|| Error::CheckFailed("an empty grid".into()))?;
    let dimension = after.dimension();
    for descent in 0..after.descents() as usize {
        let from: Vec<f32> = (0..dimension).map(|number| tables.input(number, descent as u32)).collect();
        let to = &runs[1].point[descent * dimension..][..dimension];
        let first = stepped(&after, &tables, descent, &from);
        for (number, (expected, found)) in first.point.iter().zip(to).enumerate() {
            let place = Place { descent: descent as u64, point: &from, what: What::Coordinate(number) };
            look(match first.is_doubtful() || !expected.value.is_finite() {
                true => Finding::Doubtful(1),
                false => Finding::Number { expected: *expected, found: *found, place },
            });
        }
        for (steps, point, judge) in [(0, &from[..], first), (1, to, stepped(&after, &tables, descent, to))] {
            at_point(&runs[steps], steps as u32, (descent, point), &judge, &mut look);
        }
    }
    Ok(())
}

/// Loss, gradient norm and status of one descent after `steps` steps, at the point that the backend was at.
fn at_point(run: &Run, steps: u32, (descent, point): (usize, &[f32]), judge: &Stepped, look: &mut impl FnMut(Finding<'_>)) {
    let place = |what| Place { descent: descent as u64, point, what };
    let is_counted = run.steps[descent] == steps;
    if judge.is_doubtful() {
        look(Finding::Doubtful(2));
        look(Finding::Ending { is_right: is_counted && run.status[descent].is_some(), place: place(What::Ending) });
        return;
    }
    let is_right = is_counted && judge.allows(run.status[descent], point, &fixed(steps));
    look(Finding::Ending { is_right, place: place(What::Ending) });
    if judge.is_number() {
        look(Finding::Number { expected: judge.loss, found: run.loss[descent], place: place(What::Loss) });
        look(Finding::Number { expected: judge.norm, found: run.gradient_norm[descent], place: place(What::GradientNorm) });
    } else {
        look(Finding::Doubtful(2));
    }
}

fn stepped(experiment: &Experiment, tables: &Tables, descent: usize, x: &[f32]) -> Stepped {
    with_twins(&experiment.kernel(), experiment.optimizer(), Step { experiment, tables, descent: descent as u32, x })
}

/// One reference step from `x` with a bound on the rounding of every number.
struct Step<'a> {
    experiment: &'a Experiment,
    tables: &'a Tables,
    descent: u32,
    x: &'a [f32],
}

/// Loss and gradient norm before a step, the point after it.
struct Stepped {
    loss: Bounded,
    norm: Bounded,
    point: Vec<Bounded>,
}

impl WithTwins for Step<'_> {
    type Output = Stepped;

    fn call<E: Evaluate, U: Update>(self, loss: E, optimizer: U) -> Stepped {
        let dimension = self.experiment.dimension();
        let mut x: Vec<Bounded> = self.x.iter().map(|x| Bounded::splat(*x)).collect();
        let rest: Vec<Bounded> =
            (dimension..self.tables.inputs.len()).map(|number| Bounded::splat(self.tables.input(number, self.descent))).collect();
        let (hyper, parameters) = rest.split_at(self.experiment.hyperparameters());
        let row = self.experiment.rows().row(self.tables.problem(self.descent));
        let mut gradient = x.clone();
        let mut motion = Motion::new(self.experiment.method(), loss, optimizer, hyper, dimension);
        let height = match self.experiment.loss() {
            Loss::Bound(_) => first_step(loss, &mut motion, &Each(parameters), &mut x, &mut gradient),
            _ => first_step(loss, &mut motion, &Shared(&row), &mut x, &mut gradient),
        };
        let norm = dot(&gradient, &gradient).root_of_squares();
        Stepped { loss: height, norm, point: x }
    }
}

/// f and ∇f at `x`, which then takes a step; returns f.
fn first_step<E: Evaluate, U: Update>(
    loss: E,
    motion: &mut Motion<'_, Bounded, E, U>,
    row: &impl Coefficients<Bounded>,
    x: &mut [Bounded],
    gradient: &mut [Bounded],
) -> Bounded {
    let height = loss.evaluate(row, x, gradient);
    motion.advance(row, Bounded::splat(0.0), x, gradient);
    height
}

impl Stepped {
    /// Whether rounding may take another branch of the loss.
    fn is_doubtful(&self) -> bool {
        self.loss.is_doubtful || self.norm.is_doubtful || self.point.iter().any(|x| x.is_doubtful)
    }

    /// Whether there are a loss and a gradient.
    fn is_number(&self) -> bool {
        self.loss.value.is_finite() && self.norm.value.is_finite()
    }

    /// Whether a descent that is out of steps at `x` may end with `status`.
    fn allows(&self, status: Option<Status>, x: &[f32], stop: &StopRule) -> bool {
        let slack = self.norm.error + SLACK * self.norm.value;
        let least = self.norm.value - slack <= stop.gradient_norm.into();
        let most = self.norm.value + slack > stop.gradient_norm.into();
        let radius = x.iter().map(|x| f64::from(*x).powi(2)).sum::<f64>().sqrt() / f64::from(stop.divergence_radius);
        match status {
            Some(Status::Diverged) if !self.is_number() => true,
            Some(Status::Converged) => self.is_number() && least,
            // A coordinate that is not a number makes the radius none.
            Some(Status::Diverged) => most && (radius >= 1.0 - SLACK || radius.is_nan()),
            Some(Status::Exhausted) => self.is_number() && most && radius <= 1.0 + SLACK,
            Some(Status::Stalled) | None => false,
        }
    }
}
