//! A loss whose analysis can be called off.

use crate::analysis::minima::Smooth;
use crate::backend::Monitor;

/// A loss that is NaN everywhere once the run is to end early: there is nothing to find then, so every search for it ends at once.
pub(super) struct Watched<'a> {
    pub(super) loss: &'a dyn Smooth,
    pub(super) monitor: &'a Monitor,
}

impl Watched<'_> {
    fn unless_cancelled<T>(&self, value: impl FnOnce() -> T, otherwise: impl FnOnce() -> T) -> T {
        if self.monitor.check().is_ok() { value() } else { otherwise() }
    }
}

impl Smooth for Watched<'_> {
    fn dimension(&self) -> usize {
        self.loss.dimension()
    }
    fn loss(&self, x: &[f64]) -> f64 {
        self.unless_cancelled(|| self.loss.loss(x), || f64::NAN)
    }
    fn gradient(&self, x: &[f64]) -> Vec<f64> {
        self.unless_cancelled(|| self.loss.gradient(x), || vec![f64::NAN; x.len()])
    }
    fn hessian(&self, x: &[f64]) -> Vec<f64> {
        self.unless_cancelled(|| self.loss.hessian(x), || vec![f64::NAN; x.len() * x.len()])
    }
}
