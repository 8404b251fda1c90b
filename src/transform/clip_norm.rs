//! g ← g min(1, c/‖g‖₂).
//!
//! Hyper-parameters: c. Pascanu, Mikolov & Bengio, arXiv:1211.5063; `torch.nn.utils.clip_grad_norm_` adds 1e-6 to the norm.
//! Twin of `shaders/transform/clip_norm.wgsl`.

use crate::hyperparameter::Hyperparameter;
use crate::real::{Real, norm};
use crate::transform::Change;

/// No gradient longer than a number.
#[derive(Clone, Copy, Debug)]
pub struct ClipNorm;

impl Change for ClipNorm {
    const FORMULA: &'static str = "g min(1, c/‖g‖)";
    const HYPERPARAMETER: Hyperparameter = Hyperparameter::asked("clip_norm");

    #[inline(always)]
    fn change<R: Real>(&self, hyper: R, _x: &[R], gradient: &mut [R]) {
        let norm = norm(gradient);
        let share = R::select(hyper.less(norm), hyper / norm, R::splat(1.0));
        for i in 0..gradient.len() {
            gradient[i] = share * gradient[i];
        }
    }
}
