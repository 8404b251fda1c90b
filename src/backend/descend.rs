//! The descent loop, over any lane type; the twin of `shaders/kernel/descend.wgsl`.

use crate::loss::{Dense, Diagonal, Evaluate, Kernel, Lowest};
use crate::optimizer::{GradientDescent, Optimizer, Update};
use crate::real::{Coefficients, Mask, Real, dot};
use crate::stop::{Ending, Status, StopRule};

/// The coordinates of one point in every lane: an array where D is small and known, so that they stay in registers.
pub(crate) trait Point<R>: Clone + AsRef<[R]> + AsMut<[R]> {}
impl<R: Clone, const D: usize> Point<R> for [R; D] {}
impl<R: Clone> Point<R> for Vec<R> {}

/// Room for a descent's intermediate points, so that it allocates nothing.
#[derive(Clone)]
pub(crate) struct Scratch<P> {
    /// The point that moves.
    pub(crate) x: P,
    pub(crate) gradient: P,
    next: P,
    last: P,
}

impl<P: Clone> Scratch<P> {
    /// Room for points as large as `origin`.
    #[inline(always)]
    pub(crate) fn like(origin: &P) -> Self {
        Self { x: origin.clone(), gradient: origin.clone(), next: origin.clone(), last: origin.clone() }
    }
}

/// How one lane's descent ended.
pub(crate) struct End<'a, R> {
    pub(crate) lane: usize,
    pub(crate) ending: Ending,
    pub(crate) loss: &'a R,
    pub(crate) squared_norm: &'a R,
    pub(crate) point: &'a [R],
}

/// What moves and when it ends.
#[derive(Clone, Copy)]
pub(crate) struct Rules<'a, E, U> {
    pub(crate) loss: E,
    pub(crate) optimizer: U,
    pub(crate) is_memoryless: bool,
    /// Whether the loss is finite wherever x and the squared gradient norm are, so that only an end needs it.
    pub(crate) is_loss_finite: bool,
    pub(crate) stop: &'a StopRule,
}

impl<E: Evaluate, U: Update> Rules<'_, E, U> {
    /// One update, the stop rule aside.
    #[inline(always)]
    pub(crate) fn step<R: Real>(&self, row: &impl Coefficients<R>, hyper: &[R], x: &mut [R], gradient: &mut [R]) {
        self.loss.gradient(row, x, gradient);
        self.optimizer.update(hyper, x, gradient);
    }

    /// Whether a point has converged, and whether it has not diverged.
    #[inline(always)]
    pub(crate) fn tests<R: Real>(&self, row: &impl Coefficients<R>, x: &[R], gradient: &[R]) -> (R::Mask, R::Mask) {
        let squared_norm = dot(gradient, gradient);
        let mut is_finite = squared_norm.is_finite();
        if !self.is_loss_finite {
            is_finite = is_finite & self.loss.loss(row, x, gradient).is_finite();
        }
        let converged = squared_norm.less_or_equal(R::splat(self.stop.gradient_norm * self.stop.gradient_norm));
        let inside = dot(x, x).less_or_equal(R::splat(self.stop.divergence_radius * self.stop.divergence_radius));
        (is_finite & converged, is_finite & inside)
    }

    /// Descends from `scratch.x`, a point to which `taken(lane)` updates have been applied, in all lanes at once until each has ended, and tells
    /// `finish` of each as it ends.
    #[inline(always)]
    pub(crate) fn descend<R: Real, P: Point<R>>(
        &self,
        row: &impl Coefficients<R>,
        hyper: &[R],
        taken: impl Fn(usize) -> u32,
        scratch: &mut Scratch<P>,
        mut finish: impl FnMut(End<'_, R>),
    ) {
        let Scratch { x, gradient, next, last } = scratch;
        let threshold = R::splat(self.stop.gradient_norm * self.stop.gradient_norm);
        let radius = R::splat(self.stop.divergence_radius * self.stop.divergence_radius);
        // Numbers of steps are compared by their bits.
        let left = R::from_lanes(|lane| f32::from_bits(self.stop.steps - taken(lane)));
        let mut step = 0;
        let mut alive = R::Mask::splat(true);
        loop {
            self.loss.gradient(row, x.as_ref(), gradient.as_mut());
            let squared_norm = dot(gradient.as_ref(), gradient.as_ref());
            let mut is_finite = squared_norm.is_finite();
            if !self.is_loss_finite {
                is_finite = is_finite & self.loss.loss(row, x.as_ref(), gradient.as_ref()).is_finite();
            }
            let converged = is_finite & squared_norm.less_or_equal(threshold);
            let inside = is_finite & dot(x.as_ref(), x.as_ref()).less_or_equal(radius);
            let exhausted = left.same_bits(R::splat(f32::from_bits(step)));
            next.clone_from(x);
            self.optimizer.update(hyper, next.as_mut(), gradient.as_ref());
            let stalled = R::Mask::splat(self.is_memoryless) & !exhausted & unchanged(x.as_ref(), next.as_ref());
            let ended = alive & (converged | !inside | exhausted | stalled);
            if ended.any() {
                // A copy, so that the address of x never escapes and x can stay in registers.
                last.clone_from(x);
                let loss = self.loss.loss(row, x.as_ref(), gradient.as_ref());
                let (converged, inside, stalled) = (converged.bits(), inside.bits(), stalled.bits());
                for lane in ones(ended.bits()) {
                    let status = match 1 << lane {
                        bit if converged & bit != 0 => Status::Converged,
                        bit if inside & bit == 0 => Status::Diverged,
                        bit if stalled & bit != 0 => Status::Stalled,
                        _ => Status::Exhausted,
                    };
                    let ending = Ending::new(status, taken(lane) + step);
                    finish(End { lane, ending, loss: &loss, squared_norm: &squared_norm, point: last.as_ref() });
                }
                alive = alive & !ended;
                if !alive.any() {
                    return;
                }
            }
            x.clone_from(next);
            step += 1;
        }
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

/// Picks the twins of a loss and an optimizer: the one place where names become types.
pub(crate) fn with_twins<W: WithTwins>(kernel: Kernel, optimizer: Optimizer, work: W) -> W::Output {
    match optimizer {
        Optimizer::GradientDescent => match kernel {
            Kernel::Diagonal => work.call(Diagonal, GradientDescent),
            Kernel::Dense => work.call(Dense, GradientDescent),
            Kernel::Wells(wells) => work.call(Lowest { wells }, GradientDescent),
        },
    }
}
