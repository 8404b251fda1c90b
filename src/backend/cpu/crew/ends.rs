//! What descents ended with, once it is known where that was.

use super::{Crew, Lane, SEATS};
use crate::backend::cpu::descents::Descents;
use crate::backend::cpu::end::ending;
use crate::backend::cpu::sink::Sink;
use crate::backend::cpu::vector::Vector;
use crate::real::{Real, dot};

impl<V: Vector> Crew<'_, V> {
    /// Stores what all descents ended with.
    #[inline(always)]
    pub(super) fn store_ends(&mut self, descents: &Descents<'_>, sink: &mut Sink<'_>) {
        let room = descents.count().next_multiple_of(V::LANES);
        let (mut x, mut gradient) = (vec![Lane::<V>::splat(0.0); self.dimension], vec![Lane::<V>::splat(0.0); self.dimension]);
        for first in (0..room).step_by(SEATS) {
            let blocks = SEATS.min(room - first) / V::LANES;
            for block in 0..blocks {
                self.seat(block, descents, first + block * V::LANES);
            }
            self.slopes.both(&mut self.file, blocks);
            for block in 0..blocks {
                self.numbers_of(0, block, &mut x);
                self.numbers_of(self.dimension + self.slopes.own() + 1, block, &mut gradient);
                self.store_end(descents, first + block * V::LANES, block, (&x, &gradient), sink);
            }
        }
    }

    /// Stores what the descents from `slot` on ended with, at points and with gradients that are known.
    #[inline(always)]
    fn store_end(
        &mut self,
        descents: &Descents<'_>,
        slot: usize,
        block: usize,
        (x, gradient): (&[Lane<V>], &[Lane<V>]),
        sink: &mut Sink<'_>,
    ) {
        let (loss, steps) = (*self.file.at(self.dimension + self.slopes.own(), block), descents.steps::<Lane<V>>(slot));
        let (squared_norm, squared_distance) = (dot(gradient, gradient), dot(x, x));
        let tests = self.stop.limits.tests(squared_norm, squared_distance, squared_norm.is_finite() & loss.is_finite());
        sink.endings(slot, &ending(tests, steps, self.stop.most_steps), &steps);
        sink.points(slot, &squared_norm, x);
        if sink.wants_loss() {
            sink.loss(slot, &loss);
        }
    }
}
