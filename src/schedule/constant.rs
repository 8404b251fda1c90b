//! ηₜ = η. Twin of `shaders/schedule/constant.wgsl`.

use crate::hyperparameter::Hyperparameter;
use crate::real::Real;
use crate::schedule::Course;

/// One learning rate throughout.
#[derive(Clone, Copy, Debug)]
pub struct Constant;

impl Course for Constant {
    const FORMULA: &'static str = "η";
    const HYPERPARAMETERS: &'static [Hyperparameter] = &[];

    #[inline(always)]
    fn rate<R: Real>(&self, rate: R, _time: R, _hyper: &[R]) -> R {
        rate
    }
}
