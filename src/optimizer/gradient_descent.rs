//! x ← x − η ∇f(x).
//!
//! Hyper-parameters: η, the learning rate. Cauchy, *Méthode générale pour la résolution des systèmes d'équations
//! simultanées*, Comptes rendus 25 (1847). Twin of `shaders/optimizer/gradient_descent.wgsl`.

use crate::hyperparameter::Hyperparameter;
use crate::optimizer::{Common, LEARNING_RATE, Moment, Update};
use crate::real::Real;

/// A step of a fixed multiple of the gradient, downhill.
#[derive(Clone, Copy, Debug)]
pub struct GradientDescent;

impl Update for GradientDescent {
    const FORMULA: &'static str = "x ← x − η∇f(x)";
    const HYPERPARAMETERS: &'static [Hyperparameter] = &[LEARNING_RATE];
    const IS_MEMORYLESS: bool = true;

    #[inline(always)]
    fn update<R: Real>(&self, _moment: Moment<R>, hyper: &[R], _common: &Common<R>, _vectors: &mut [R], x: &mut [R], gradient: &[R]) {
        let rate = -hyper[0];
        for i in 0..x.len() {
            x[i] = rate.mul_add(gradient[i], x[i]);
        }
    }
}
