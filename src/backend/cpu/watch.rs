//! Notices, at the price of a few integer instructions a step, that a lane's descent may have ended.
//!
//! The squares of ‖∇f‖ and ‖x‖ have no sign, so their bits sort as they do. Reckoning with wrap-around, bits(‖∇f‖²) − bits(tolerance²)
//! − 1 is large both where ‖∇f‖ is within the tolerance and where its square is not finite; one running maximum over these and the
//! bits of ‖x‖² tells after any number of steps whether a lane met the stop rule. Which step it was, the descent loop finds out.

use super::lanes::Block;
use crate::stop::StopRule;

const INFINITE: u32 = f32::INFINITY.to_bits();

/// The thresholds of a stop rule, as bits.
#[derive(Clone, Copy)]
pub(super) struct Watch<R> {
    low: R,
    shift: R,
    limit: R,
}

impl<R: Block> Watch<R> {
    #[inline(always)]
    pub(super) fn new(stop: &StopRule) -> Self {
        let splat = |bits| R::splat(f32::from_bits(bits));
        let low = (stop.gradient_norm * stop.gradient_norm).to_bits() + 1;
        let radius = (stop.divergence_radius * stop.divergence_radius).to_bits();
        // Both quantities share one limit, so what is left of the radius is taken off ‖x‖² first. That wraps around for ‖x‖² of
        // next to nothing, and a limit below `INFINITE − low` takes huge gradients for infinite ones: alarms that prove false.
        let limit = (INFINITE - low - 1).min(radius);
        Self { low: splat(low), shift: splat(radius - limit), limit: splat(limit) }
    }

    /// `worst` so far, and these.
    #[inline(always)]
    pub(super) fn see(&self, worst: R, squared_norm: R, squared_distance: R) -> R {
        self.see_distance(worst.max_bits(squared_norm.minus_bits(self.low)), squared_distance)
    }

    /// `worst` so far, and ‖x‖² alone.
    #[inline(always)]
    pub(super) fn see_distance(&self, worst: R, squared_distance: R) -> R {
        worst.max_bits(squared_distance.minus_bits(self.shift))
    }

    /// The lanes that may have ended.
    #[inline(always)]
    pub(super) fn alarmed(&self, worst: R) -> R::Mask {
        !worst.max_bits(self.limit).same_bits(self.limit)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::backend::cpu::lanes::Lanes;
    use crate::backend::cpu::vector::scalar::F32x1;
    use crate::real::{Mask, Real};

    type One = Lanes<F32x1, 1>;

    fn alarmed(stop: &StopRule, squared_norm: f32, squared_distance: f32) -> bool {
        let watch = Watch::<One>::new(stop);
        watch.alarmed(watch.see(One::splat(0.0), One::splat(squared_norm), One::splat(squared_distance))).any()
    }

    #[test]
    fn no_end_is_missed_and_the_usual_point_raises_no_alarm() {
        for (gradient_norm, divergence_radius) in [(1e-4, 1e6), (1e-15, 1e15), (1e-15, 1e-15), (1e15, 1e15), (1e15, 1e-15), (1.0, 3.0)] {
            let stop = StopRule { gradient_norm, divergence_radius, ..StopRule::default() };
            let (tolerance, radius) = (gradient_norm * gradient_norm, divergence_radius * divergence_radius);
            assert!(alarmed(&stop, tolerance, radius / 2.0), "at the tolerance");
            assert!(alarmed(&stop, 0.0, radius / 2.0), "at a minimum");
            for bad in [f32::INFINITY, f32::NAN, -f32::NAN] {
                assert!(alarmed(&stop, bad, radius / 2.0) && alarmed(&stop, tolerance.next_up(), bad), "not finite");
            }
            assert!(alarmed(&stop, tolerance.next_up(), radius.next_up()), "beyond the radius");
        }
        assert!(!alarmed(&StopRule::default(), 1e-8_f32.next_up(), 1e12), "short of both thresholds of the default");
        assert!(!alarmed(&StopRule::default(), 1e30, 1e-20), "far from both");
    }

    proptest! {
        #[test]
        fn an_alarm_is_never_missing(norm in 1e-15_f32..1e15, radius in 1e-15_f32..1e15, n in any::<f32>(), x in any::<f32>()) {
            let stop = StopRule { gradient_norm: norm, divergence_radius: radius, ..StopRule::default() };
            let (n, x) = (n * n, x * x);
            let is_over = n <= norm * norm || !n.is_finite() || x.is_nan() || x > radius * radius;
            prop_assert!(!is_over || alarmed(&stop, n, x));
        }
    }
}
