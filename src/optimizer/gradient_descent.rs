//! x ← x − η ∇f(x).
//!
//! Hyper-parameters: η, the learning rate. Cauchy, *Méthode générale pour la résolution des systèmes d'équations
//! simultanées*, Comptes rendus 25 (1847). Twin of `shaders/optimizer/gradient_descent.wgsl`.

use crate::optimizer::Update;
use crate::real::Real;

/// A step of a fixed multiple of the gradient, downhill.
#[derive(Clone, Copy, Debug)]
pub struct GradientDescent;

impl Update for GradientDescent {
    const HYPERPARAMETERS: usize = 1;

    #[inline(always)]
    fn update<R: Real>(&self, hyper: &[R], x: &mut [R], gradient: &[R]) {
        let rate = -hyper[0];
        for i in 0..x.len() {
            x[i] = rate.mul_add(gradient[i], x[i]);
        }
    }
}
