//! Heavy ball: b ← μ b + (1 − d) g, x ← x − η b, where the first b is g.
//!
//! Hyper-parameters: η, μ the momentum, d the dampening. Polyak, doi:10.1016/0041-5553(64)90137-5, in the form of `torch.optim.SGD`.
//! State: b. Twin of `shaders/optimizer/momentum.wgsl`.

use crate::hyperparameter::Hyperparameter;
use crate::optimizer::{Common, LEARNING_RATE, MOMENTUM, Moment, Update};
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
    fn common<R: Real>(&self, moment: Moment<R>, hyper: &[R], _scalars: &mut [R]) -> Common<R> {
        let (zero, one) = (R::splat(0.0), R::splat(1.0));
        [R::select(moment.is_first(), one, one - hyper[2]), zero, zero]
    }

    #[inline(always)]
    fn update<R: Real>(&self, _moment: Moment<R>, hyper: &[R], [share, ..]: &Common<R>, vectors: &mut [R], x: &mut [R], gradient: &[R]) {
        let (rate, momentum) = (-hyper[0], hyper[1]);
        for i in 0..x.len() {
            vectors[i] = momentum.mul_add(vectors[i], *share * gradient[i]);
            x[i] = rate.mul_add(vectors[i], x[i]);
        }
    }
}
