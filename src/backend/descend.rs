//! The descent loop, over any lane type; the twin of `shaders/kernel/descend.wgsl`.

use crate::loss::{Dense, Diagonal, Evaluate, Kernel, Lowest};
use crate::optimizer::{GradientDescent, Optimizer, Update};
use crate::real::{Coefficients, Mask, Real, dot};
use crate::stop::{Ending, Status, StopRule};

/// The coordinates of one point in every lane: an array where D is small and known, so that they stay in registers.
pub(crate) trait Point<R>: Clone + AsRef<[R]> + AsMut<[R]> {}
impl<R: Clone, const D: usize> Point<R> for [R; D] {}
impl<R: Clone> Point<R> for Vec<R> {}

/// How one lane's descent ended.
pub(crate) struct End<'a, R> {
    pub(crate) lane: usize,
    pub(crate) ending: Ending,
    pub(crate) loss: R,
    pub(crate) squared_norm: R,
    pub(crate) point: &'a [R],
}

/// What moves and when it ends.
#[derive(Clone, Copy)]
pub(crate) struct Rules<'a, E, U> {
    pub(crate) loss: E,
    pub(crate) optimizer: U,
    pub(crate) is_memoryless: bool,
    pub(crate) stop: &'a StopRule,
}

impl<E: Evaluate, U: Update> Rules<'_, E, U> {
    /// Descends from `x` in all lanes at once and tells `finish` of each lane as it ends.
    #[inline(always)]
    pub(crate) fn descend<R: Real, P: Point<R>>(
        &self,
        row: &impl Coefficients<R>,
        hyper: &[R],
        mut x: P,
        mut finish: impl FnMut(End<'_, R>),
    ) {
        let mut gradient = x.clone();
        let mut step = 0;
        if self.stop.fixed_steps {
            while step < self.stop.steps {
                self.loss.evaluate(row, x.as_ref(), gradient.as_mut());
                self.optimizer.update(hyper, x.as_mut(), gradient.as_ref());
                step += 1;
            }
        }
        let threshold = R::splat(self.stop.gradient_norm * self.stop.gradient_norm);
        let radius = R::splat(self.stop.divergence_radius * self.stop.divergence_radius);
        let mut next = x.clone();
        let mut alive = R::Mask::splat(true);
        loop {
            let loss = self.loss.evaluate(row, x.as_ref(), gradient.as_mut());
            let squared_norm = dot(gradient.as_ref(), gradient.as_ref());
            let is_finite = loss.is_finite() & squared_norm.is_finite();
            let converged = is_finite & squared_norm.less_or_equal(threshold);
            let inside = is_finite & dot(x.as_ref(), x.as_ref()).less_or_equal(radius);
            let exhausted = R::Mask::splat(step == self.stop.steps);
            let mut ended = alive & (converged | !inside | exhausted);
            let mut stalled = R::Mask::splat(false);
            if self.is_memoryless && step < self.stop.steps {
                next.clone_from(&x);
                self.optimizer.update(hyper, next.as_mut(), gradient.as_ref());
                stalled = unchanged(x.as_ref(), next.as_ref());
                ended = ended | alive & stalled;
            }
            if ended.any() {
                // A copy, so that the address of x never escapes and x can stay in registers.
                let point = x.clone();
                for lane in (0..R::LANES).filter(|lane| ended.lane(*lane)) {
                    let status = match lane {
                        _ if converged.lane(lane) => Status::Converged,
                        _ if !inside.lane(lane) => Status::Diverged,
                        _ if stalled.lane(lane) => Status::Stalled,
                        _ => Status::Exhausted,
                    };
                    finish(End { lane, ending: Ending::new(status, step), loss, squared_norm, point: point.as_ref() });
                }
                alive = alive & !ended;
                if !alive.any() {
                    return;
                }
            }
            if self.is_memoryless {
                x.clone_from(&next);
            } else {
                self.optimizer.update(hyper, x.as_mut(), gradient.as_ref());
            }
            step += 1;
        }
    }
}

#[inline(always)]
fn unchanged<R: Real>(x: &[R], next: &[R]) -> R::Mask {
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
