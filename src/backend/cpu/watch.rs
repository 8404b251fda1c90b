//! Notices, at the price of a few integer instructions a step, that a descent may have ended.
//!
//! The squares of ‖∇f‖ and ‖x‖ have no sign, so their bits sort as they do, infinities and NaN above all numbers. Reckoning with
//! wrap-around, bits(‖∇f‖²) − bits(tolerance²) − 1 is large both where ‖∇f‖ is within the tolerance and where its square is not finite. So
//! the maxima of that and of the bits of ‖x‖² tell, after some steps, whether at any of them a lane met the stop rule.

use super::arithmetic::Arithmetic;
use crate::stop::StopRule;

const INFINITE: u32 = f32::INFINITY.to_bits();

/// The thresholds of a stop rule, as bits.
#[derive(Clone, Copy)]
pub(super) struct Watch<R> {
    low: R,
    span: R,
    radius: R,
}

/// The most extreme of what was seen.
#[derive(Clone, Copy)]
pub(super) struct Seen<R> {
    norm: R,
    distance: R,
}

impl<R: Arithmetic> Watch<R> {
    #[inline(always)]
    pub(super) fn new(stop: &StopRule) -> Self {
        let splat = |bits: u32| R::splat(f32::from_bits(bits));
        let low = (stop.gradient_norm * stop.gradient_norm).to_bits() + 1;
        let radius = (stop.divergence_radius * stop.divergence_radius).to_bits();
        Self { low: splat(low), span: splat(INFINITE - low - 1), radius: splat(radius) }
    }

    /// Nothing yet.
    #[inline(always)]
    pub(super) fn nothing(&self) -> Seen<R> {
        Seen { norm: R::splat(0.0), distance: R::splat(0.0) }
    }

    /// Looks at ‖∇f‖² and ‖x‖² as well.
    #[inline(always)]
    pub(super) fn look(&self, seen: &mut Seen<R>, squared_norm: R, squared_distance: R) {
        seen.norm = seen.norm.max_bits(squared_norm.minus_bits(self.low));
        seen.distance = seen.distance.max_bits(squared_distance);
    }

    /// The lanes that met the stop rule.
    #[inline(always)]
    pub(super) fn ended(&self, seen: &Seen<R>) -> R::Mask {
        seen.norm.more_bits(self.span) | seen.distance.more_bits(self.radius)
    }

    /// The lanes where ‖∇f‖² ends a descent: within the tolerance, or not finite.
    #[inline(always)]
    pub(super) fn ends_at(&self, squared_norm: R) -> R::Mask {
        squared_norm.minus_bits(self.low).more_bits(self.span)
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

    fn ended(stop: &StopRule, points: &[(f32, f32)]) -> bool {
        let watch = Watch::<One>::new(stop);
        let mut seen = watch.nothing();
        points.iter().for_each(|(norm, distance)| watch.look(&mut seen, One::splat(*norm), One::splat(*distance)));
        watch.ended(&seen).any()
    }

    #[test]
    fn what_is_not_finite_is_never_missed() {
        let stop = StopRule::default();
        for bad in [f32::INFINITY, f32::NAN, -f32::NAN] {
            assert!(ended(&stop, &[(1.0, 1.0), (bad, 1.0), (1.0, 1.0)]), "a norm of {bad}");
            assert!(ended(&stop, &[(1.0, 1.0), (1.0, bad), (1.0, 1.0)]), "a distance of {bad}");
        }
    }

    proptest! {
        #[test]
        fn an_end_is_seen_where_there_is_one_and_only_there(
            norm in -15.0_f32..15.0, radius in -15.0_f32..15.0, points in prop::collection::vec((-45.0_f32..45.0, -45.0_f32..45.0), 1..4),
            exactly in 0..4
        ) {
            let (norm, radius) = (10_f32.powf(norm), 10_f32.powf(radius));
            let stop = StopRule { gradient_norm: norm, divergence_radius: radius, ..StopRule::default() };
            let (tolerance, radius) = (norm * norm, radius * radius);
            let mut points: Vec<(f32, f32)> = points.iter().map(|(n, d)| (10_f32.powf(*n), 10_f32.powf(*d))).collect();
            // Random numbers seldom meet a threshold or its neighbour.
            points[0] = match exactly {
                0 => (tolerance, points[0].1),
                1 => (tolerance.next_up(), points[0].1),
                2 => (points[0].0, radius),
                _ => (points[0].0, radius.next_up()),
            };
            let is_over = points.iter().any(|(n, d)| *n <= tolerance || !n.is_finite() || *d > radius);
            prop_assert_eq!(ended(&stop, &points), is_over);
        }
    }
}
