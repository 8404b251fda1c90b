//! AdaGrad: s ← s + g², x ← x − η / (1 + k l) · g / (√s + ε) at the k-th update, the first of which has k = 0.
//!
//! Hyper-parameters: η, l the learning rate's decay, ε, and the s to begin with. Duchi, Hazan & Singer, JMLR 12 (2011), as in
//! `torch.optim.Adagrad`. State: s. Twin of `shaders/optimizer/adagrad.wgsl`.

use crate::hyperparameter::Hyperparameter;
use crate::optimizer::{Common, LEARNING_RATE, Moment, Update, root};
use crate::real::Real;

/// Steps that get shorter with all gradients so far, coordinate by coordinate.
#[derive(Clone, Copy, Debug)]
pub struct Adagrad;

impl Update for Adagrad {
    const FORMULA: &'static str = "s ← s + g²; x ← x − η/(1 + kl) · g/(√s + ε)";
    const HYPERPARAMETERS: &'static [Hyperparameter] = &[
        LEARNING_RATE.or(0.01),
        Hyperparameter::of("learning_rate_decay", 0.0).called("lr_decay"),
        Hyperparameter::of("epsilon", 1e-10).called("eps"),
        Hyperparameter::of("initial_accumulator_value", 0.0),
    ];
    const VECTORS: usize = 1;
    const COUNTS: bool = true;

    #[inline(always)]
    fn common<R: Real>(&self, moment: Moment<R>, hyper: &[R], _scalars: &mut [R]) -> Common<R> {
        let zero = R::splat(0.0);
        [-hyper[0] / moment.updates.mul_add(hyper[1], R::splat(1.0)), zero, zero]
    }

    #[inline(always)]
    fn update<R: Real>(&self, moment: Moment<R>, hyper: &[R], [rate, ..]: &Common<R>, vectors: &mut [R], x: &mut [R], gradient: &[R]) {
        for i in 0..x.len() {
            let before = R::select(moment.is_first(), hyper[3], vectors[i]);
            vectors[i] = gradient[i].mul_add(gradient[i], before);
            x[i] = rate.mul_add(gradient[i] / (root(vectors[i]) + hyper[2]), x[i]);
        }
    }
}
