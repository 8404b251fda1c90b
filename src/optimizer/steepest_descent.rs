//! Steepest descent with exact line search: x ← x − θ (gᵀg / gᵀAg) g, to the lowest point along −g where θ = 1; quadratics only.
//!
//! Hyper-parameters: θ the relaxation, within (0, 2) to go down. Cauchy, *Méthode générale pour la résolution des systèmes d'équations
//! simultanées*, 1847; relaxed by Raydan & Svaiter, doi:10.1023/A:1013708715892. Where f does not curve up along g it has no lowest point
//! there: η is so large that it leads beyond any divergence radius, unless θ is next to 0. Twin of `shaders/optimizer/steepest_descent.wgsl`.

use crate::hyperparameter::Hyperparameter;
use crate::optimizer::{Common, Moment, Update};
use crate::real::Real;

/// To the lowest point along the gradient.
#[derive(Clone, Copy, Debug)]
pub struct SteepestDescent;

impl Update for SteepestDescent {
    const FORMULA: &'static str = "x ← x − θ(gᵀg/gᵀAg)g";
    const HYPERPARAMETERS: &'static [Hyperparameter] = &[Hyperparameter::of("relaxation", 1.0)];
    const IS_MEMORYLESS: bool = true;
    const SEARCHES: bool = true;
    const IS_ELEMENTWISE: bool = false;

    #[inline(always)]
    fn update<R: Real>(&self, moment: Moment<R>, hyper: &[R], _common: &Common<R>, _vectors: &mut [R], x: &mut [R], gradient: &[R]) {
        let rate = -hyper[0] * moment.exact_rate;
        for i in 0..x.len() {
            x[i] = rate.mul_add(gradient[i], x[i]);
        }
    }
}
