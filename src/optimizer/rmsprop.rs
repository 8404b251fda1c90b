//! RMSProp with momentum: v ← α v + (1 − α) g², b ← μ b + g / (√v + ε), x ← x − η b.
//!
//! Hyper-parameters: η, α, ε, μ the momentum. Hinton, *Neural Networks for Machine Learning*, lecture 6e (2012), as in
//! `torch.optim.RMSprop`. State: v, b. Twin of `shaders/optimizer/rmsprop.wgsl`.

use crate::hyperparameter::Hyperparameter;
use crate::optimizer::{Common, LEARNING_RATE, MOMENTUM, Moment, Update, root};
use crate::real::Real;

/// Gradients over their recent size.
#[derive(Clone, Copy, Debug)]
pub struct Rmsprop;

impl Update for Rmsprop {
    const FORMULA: &'static str = "v ← αv + (1 − α)g²; b ← μb + g/(√v + ε); x ← x − ηb";
    const HYPERPARAMETERS: &'static [Hyperparameter] = &[
        LEARNING_RATE.or(0.01),
        Hyperparameter::share("alpha", 0.99),
        Hyperparameter::of("epsilon", 1e-8).called("eps"),
        MOMENTUM.or(0.0),
    ];
    const VECTORS: usize = 2;

    #[inline(always)]
    fn update<R: Real>(&self, _moment: Moment<R>, hyper: &[R], _common: &Common<R>, vectors: &mut [R], x: &mut [R], gradient: &[R]) {
        let (rate, alpha, rest) = (-hyper[0], hyper[1], R::splat(1.0) - hyper[1]);
        let d = x.len();
        for i in 0..d {
            vectors[i] = alpha.mul_add(vectors[i], rest * gradient[i] * gradient[i]);
            vectors[d + i] = hyper[3].mul_add(vectors[d + i], gradient[i] / (root(vectors[i]) + hyper[2]));
            x[i] = rate.mul_add(vectors[d + i], x[i]);
        }
    }
}
