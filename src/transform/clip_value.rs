//! gᵢ ← max(−c, min(c, gᵢ)).
//!
//! Hyper-parameters: c. As `torch.nn.utils.clip_grad_value_`. Twin of `shaders/transform/clip_value.wgsl`.

use crate::hyperparameter::Hyperparameter;
use crate::real::Real;
use crate::transform::Change;

/// No component larger than a number.
#[derive(Clone, Copy, Debug)]
pub struct ClipValue;

impl Change for ClipValue {
    const FORMULA: &'static str = "max(−c, min(c, g))";
    const HYPERPARAMETER: Hyperparameter = Hyperparameter::asked("clip_value");

    #[inline(always)]
    fn change<R: Real>(&self, hyper: R, _x: &[R], gradient: &mut [R]) {
        for i in 0..gradient.len() {
            let below = R::select(hyper.less(gradient[i]), hyper, gradient[i]);
            gradient[i] = R::select(below.less(-hyper), -hyper, below);
        }
    }
}
