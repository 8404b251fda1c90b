//! What a step and the stop rule are, over any lane type, and the descent loop in f64; the twin of `shaders/kernel/descend.wgsl`.

use crate::loss::{Anywhere, AtOrigin, Dense, Diagonal, Evaluate, Kernel, Lowest, Written};
use crate::method::Method;
use crate::optimizer::{Moment, Optimizer, Update, WithRule};
use crate::real::{Coefficients, Mask, Real, dot};
use crate::stop::{Ending, Status, StopRule};

/// The coordinates of one point in every lane: an array where D is small and known, so that they stay in registers.
pub(crate) trait Point<R>: Clone + AsRef<[R]> + AsMut<[R]> {}
impl<R: Clone, const D: usize> Point<R> for [R; D] {}
impl<R: Clone> Point<R> for Vec<R> {}

/// How a descent ended.
pub(crate) struct End {
    pub(crate) ending: Ending,
    pub(crate) loss: f64,
    pub(crate) squared_norm: f64,
}

/// What moves and when it ends.
#[derive(Clone, Copy)]
pub(crate) struct Rules<'a, E, U> {
    pub(crate) loss: E,
    pub(crate) optimizer: U,
    /// Whether the loss is finite within the divergence radius wherever the squared gradient norm is, so that a point on the way needs none.
    pub(crate) is_loss_finite: bool,
    pub(crate) stop: &'a StopRule,
}

impl<E: Evaluate, U: Update> Rules<'_, E, U> {
    /// One step of a rule that keeps nothing, the stop rule aside.
    #[inline(always)]
    pub(crate) fn step<R: Real>(&self, row: &impl Coefficients<R>, hyper: &[R], x: &mut [R], gradient: &mut [R]) {
        self.loss.gradient(row, x, gradient);
        self.stateless_update(hyper, x, gradient);
    }

    /// An update by a rule that keeps nothing.
    #[inline(always)]
    pub(crate) fn stateless_update<R: Real>(&self, hyper: &[R], x: &mut [R], gradient: &[R]) {
        const { assert!(U::VECTORS + U::SCALARS == 0 && !U::COUNTS && !U::SEARCHES) };
        self.optimizer.advance(Moment::after(R::splat(0.0)), hyper, &mut [], x, gradient);
    }

    /// Whether a point has converged, and whether it has not diverged.
    #[inline(always)]
    pub(crate) fn tests<R: Real>(&self, row: &impl Coefficients<R>, x: &[R], gradient: &[R]) -> (R::Mask, R::Mask) {
        let squared_norm = dot(gradient, gradient);
        let mut is_finite = squared_norm.is_finite();
        let (converged, inside) = Limits::of(self.stop).tests(squared_norm, dot(x, x), R::Mask::splat(true));
        if !self.is_loss_finite || (converged & !inside).any() {
            is_finite = is_finite & self.loss.loss(row, x, gradient).is_finite();
        }
        (is_finite & converged, is_finite & inside)
    }

    /// Descends from `x` (`f64[D]`) to the end, which `x` is then: what the program means. `hyper` are all numbers of `method`, whose rule the
    /// optimizer is.
    pub(crate) fn descend(&self, method: Method, row: &impl Coefficients<f64>, hyper: &[f64], x: &mut Vec<f64>) -> End {
        self.follow(method, row, hyper, x, |_, _| {})
    }

    /// The same, and shows every point that it comes by (`f64[D]`), the start and the end included, and ∇f there (`f64[D]`).
    pub(crate) fn follow(
        &self,
        method: Method,
        row: &impl Coefficients<f64>,
        hyper: &[f64],
        x: &mut Vec<f64>,
        mut show: impl FnMut(&[f64], &[f64]),
    ) -> End {
        let (mut gradient, mut next) = (x.clone(), x.clone());
        let mut motion = Motion::new(method, self.loss, self.optimizer, hyper, x.len());
        let mut steps = 0;
        if self.stop.fixed_steps {
            for step in 0..self.stop.steps {
                self.loss.gradient(row, x, &mut gradient);
                show(x, &gradient);
                motion.advance(row, step.into(), x, &gradient);
            }
            steps = self.stop.steps;
        }
        loop {
            self.loss.gradient(row, x, &mut gradient);
            show(x, &gradient);
            let (converged, inside) = self.tests(row, x, &gradient);
            next.clone_from(x);
            motion.advance(row, steps.into(), &mut next, &gradient);
            let status = if converged {
                Status::Converged
            } else if !inside {
                Status::Diverged
            } else if steps == self.stop.steps {
                Status::Exhausted
            } else if method.is_memoryless() && unchanged(x, &next) {
                Status::Stalled
            } else {
                std::mem::swap(x, &mut next);
                steps += 1;
                continue;
            };
            let (loss, squared_norm) = (self.loss.loss(row, x, &gradient), dot(&gradient, &gradient));
            return End { ending: Ending::new(status, steps), loss, squared_norm };
        }
    }
}

/// What moves one descent by a method, and what it keeps from step to step.
pub(crate) struct Motion<'a, R, E, U> {
    method: Method,
    loss: E,
    optimizer: U,
    /// All numbers of the method.
    hyper: &'a [R],
    state: Vec<R>,
    /// What the rule gets: hyper-parameters, and a gradient.
    prepared: (Vec<R>, Vec<R>),
}

impl<'a, R: Real, E: Evaluate, U: Update> Motion<'a, R, E, U> {
    /// Nothing has moved yet; `optimizer` is the rule of `method`, and `hyper` are all numbers of it.
    pub(crate) fn new(method: Method, loss: E, optimizer: U, hyper: &'a [R], dimension: usize) -> Self {
        let zeros = |count| vec![R::splat(0.0); count];
        Self { method, loss, optimizer, hyper, state: zeros(U::state(dimension)), prepared: (hyper.to_vec(), zeros(dimension)) }
    }

    /// The same with a former state (`R[U::state(D)]`).
    pub(crate) fn with_state(self, state: Vec<R>) -> Self {
        Self { state, ..self }
    }

    /// What it keeps now.
    pub(crate) fn state(&self) -> &[R] {
        &self.state
    }

    /// One update of `x` (`R[D]`), where ∇f is `gradient` (`R[D]`), after `updates` others.
    pub(crate) fn advance(&mut self, row: &impl Coefficients<R>, updates: R, x: &mut [R], gradient: &[R]) {
        let (hyper, changed) = &mut self.prepared;
        hyper.copy_from_slice(self.hyper);
        changed.copy_from_slice(gradient);
        hyper[0] = self.method.rate(updates, self.hyper);
        self.method.change(self.hyper, x, changed);
        let exact_rate = if U::SEARCHES { self.loss.exact_rate(row, gradient) } else { R::splat(0.0) };
        let rule = &hyper[..U::HYPERPARAMETERS.len()];
        self.optimizer.advance(Moment { updates, exact_rate }, rule, &mut self.state, x, changed);
    }
}

/// The thresholds of a stop rule, squared.
#[derive(Clone, Copy)]
pub(crate) struct Limits<R> {
    squared_norm: R,
    squared_radius: R,
}

impl<R: Real> Limits<R> {
    #[inline(always)]
    pub(crate) fn of(stop: &StopRule) -> Self {
        Self {
            squared_norm: R::splat(stop.gradient_norm * stop.gradient_norm),
            squared_radius: R::splat(stop.divergence_radius * stop.divergence_radius),
        }
    }

    /// Whether a point has converged, and whether it has not diverged.
    #[inline(always)]
    pub(crate) fn tests(&self, squared_norm: R, squared_distance: R, is_finite: R::Mask) -> (R::Mask, R::Mask) {
        let (converged, inside) = (squared_norm.less_or_equal(self.squared_norm), squared_distance.less_or_equal(self.squared_radius));
        (is_finite & converged, is_finite & inside)
    }

    /// Which of those that are running have neither.
    #[inline(always)]
    pub(crate) fn goes_on(&self, running: R::Mask, squared_norm: R, squared_distance: R) -> R::Mask {
        let inside = running & squared_distance.less_or_equal(self.squared_radius);
        // Squares are not negative.
        let is_finite = squared_norm.less(R::splat(f32::INFINITY));
        inside & self.squared_norm.less(squared_norm) & is_finite
    }
}

/// The positions of the bits that are set, ascending.
#[inline(always)]
pub(crate) fn ones(bits: u64) -> impl Iterator<Item = usize> {
    std::iter::successors(Some(bits), |rest| Some(rest & rest.wrapping_sub(1)))
        .take_while(|rest| *rest != 0)
        .map(|rest| rest.trailing_zeros() as usize)
}

/// Whether two points are the same bit for bit.
#[inline(always)]
pub(crate) fn unchanged<R: Real>(x: &[R], next: &[R]) -> R::Mask {
    let mut same = x[0].same_bits(next[0]);
    for i in 1..x.len() {
        same = same & x[i].same_bits(next[i]);
    }
    same
}

/// Something to do with an experiment's two twins, once they are known.
pub(crate) trait WithTwins {
    type Output;
    fn call<E: Evaluate, U: Update>(self, loss: E, optimizer: U) -> Self::Output;
}

/// Something to do with a loss that reads rows of coefficients, once it is known.
pub(crate) trait WithLoss {
    type Output;
    fn call<E: Evaluate>(self, loss: E) -> Self::Output;
}

/// Picks the twins of a loss and an optimizer.
pub(crate) fn with_twins<W: WithTwins>(kernel: &Kernel, optimizer: Optimizer, work: W) -> W::Output {
    match kernel {
        Kernel::Diagonal { at_origin } => optimizer.with(OnLoss { loss: Diagonal(*at_origin), work }),
        Kernel::Dense { at_origin } => optimizer.with(OnLoss { loss: Dense(*at_origin), work }),
        Kernel::Wells(wells) => optimizer.with(OnLoss { loss: Lowest { wells: *wells }, work }),
        Kernel::Formula(bound) => optimizer.with(OnLoss { loss: Written(bound), work }),
    }
}

/// Picks the twin of a loss that reads rows of coefficients, which a formula does not; compilers know whether its centre is the origin.
pub(crate) fn with_loss<W: WithLoss>(kernel: &Kernel, work: W) -> W::Output {
    match kernel {
        Kernel::Diagonal { at_origin: true } => work.call(Diagonal(AtOrigin)),
        Kernel::Diagonal { at_origin: false } => work.call(Diagonal(Anywhere)),
        Kernel::Dense { at_origin: true } => work.call(Dense(AtOrigin)),
        Kernel::Dense { at_origin: false } => work.call(Dense(Anywhere)),
        Kernel::Wells(wells) => work.call(Lowest { wells: *wells }),
        Kernel::Formula(_) => unreachable!("a formula has no rows"),
    }
}

/// Work whose loss is known.
struct OnLoss<E, W> {
    loss: E,
    work: W,
}

impl<E: Evaluate, W: WithTwins> WithRule for OnLoss<E, W> {
    type Output = W::Output;

    fn call<U: Update>(self, optimizer: U) -> W::Output {
        self.work.call(self.loss, optimizer)
    }
}
