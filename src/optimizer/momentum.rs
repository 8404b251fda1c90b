//! Heavy ball: b ← μ b + (1 − d) g, x ← x − η b, where the first b is g.
//!
//! Hyper-parameters: η, μ the momentum, d the dampening. Polyak, doi:10.1016/0041-5553(64)90137-5, in the form of `torch.optim.SGD`.
//! State: b. Twin of `shaders/optimizer/momentum.wgsl`.

use crate::hyperparameter::Hyperparameter;
use crate::optimizer::{LEARNING_RATE, MOMENTUM, Moment, Update};
use crate::real::Real;

/// A ball that rolls on.
#[derive(Clone, Copy, Debug)]
pub struct Momentum;

impl Update for Momentum {
    const FORMULA: &'static str = "b ← μb + (1 − d)∇f(x); x ← x − ηb";
    const HYPERPARAMETERS: &'static [Hyperparameter] = &[LEARNING_RATE, MOMENTUM, Hyperparameter::of("dampening", 0.0)];
    const VECTORS: usize = 1;
    const COUNTS: bool = true;

    #[inline(always)]
    fn update<R: Real>(&self, moment: Moment<R>, hyper: &[R], state: &mut [R], x: &mut [R], gradient: &[R]) {
        let (rate, momentum) = (-hyper[0], hyper[1]);
        let share = R::select(moment.is_first(), R::splat(1.0), R::splat(1.0) - hyper[2]);
        for i in 0..x.len() {
            state[i] = momentum.mul_add(state[i], share * gradient[i]);
            x[i] = rate.mul_add(state[i], x[i]);
        }
    }
}
