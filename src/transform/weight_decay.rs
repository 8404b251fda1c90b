//! g ← g + λx, the gradient of f + ½λ‖x‖².
//!
//! Hyper-parameters: λ. As the argument of this name of the optimizers in `torch.optim` that do not decouple it.
//! Twin of `shaders/transform/weight_decay.wgsl`.

use crate::hyperparameter::Hyperparameter;
use crate::real::Real;
use crate::transform::Change;

/// Weights that decay by the gradient.
#[derive(Clone, Copy, Debug)]
pub struct WeightDecay;

impl Change for WeightDecay {
    const FORMULA: &'static str = "g + λx";
    const HYPERPARAMETER: Hyperparameter = Hyperparameter::asked("weight_decay");

    #[inline(always)]
    fn change<R: Real>(&self, hyper: R, x: &[R], gradient: &mut [R]) {
        for i in 0..x.len() {
            gradient[i] = hyper.mul_add(x[i], gradient[i]);
        }
    }
}
