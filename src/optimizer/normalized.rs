//! x ← x − η ∇f(x) / ‖∇f(x)‖₂; where the gradient is 0, x stays.
//!
//! Hyper-parameters: η. Shor, *Minimization Methods for Non-Differentiable Functions*, 1985, doi:10.1007/978-3-642-82118-9.
//! Twin of `shaders/optimizer/normalized.wgsl`.

use crate::hyperparameter::Hyperparameter;
use crate::optimizer::{Common, LEARNING_RATE, Moment, Update};
use crate::real::{Real, largest};

/// Less than the least ‖u‖² of a g whose largest number f32 has; 2⁻⁶⁰. In f64 a g below 1e-47 moves x by less than η.
const LEAST: f32 = 1.0 / (1_u64 << 60) as f32;

/// Steps of one length.
#[derive(Clone, Copy, Debug)]
pub struct Normalized;

impl Update for Normalized {
    const FORMULA: &'static str = "x ← x − η∇f(x)/‖∇f(x)‖";
    const HYPERPARAMETERS: &'static [Hyperparameter] = &[LEARNING_RATE];
    const IS_MEMORYLESS: bool = true;
    const IS_ELEMENTWISE: bool = false;

    #[inline(always)]
    fn update<R: Real>(&self, _moment: Moment<R>, hyper: &[R], _common: &Common<R>, _vectors: &mut [R], x: &mut [R], gradient: &[R]) {
        // u/‖u‖ of u = sg with a factor s that is about 1/max|gᵢ|: no square overflows, and not all vanish.
        let to_unit = largest(gradient).to_unit();
        let first = gradient[0] * to_unit;
        let mut sum = first * first;
        for i in 1..x.len() {
            let part = gradient[i] * to_unit;
            sum = part.mul_add(part, sum);
        }
        // At least 2⁻⁴⁸, unless g is 0: the step is then 0 at any rate that is finite.
        let least = R::splat(LEAST);
        let rate = -hyper[0] * R::select(sum.less(least), least, sum).near_inverse_root();
        for i in 0..x.len() {
            x[i] = rate.mul_add(gradient[i] * to_unit, x[i]);
        }
    }
}
