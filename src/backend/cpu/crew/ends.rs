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
        // Who ended on the way did so by this gradient, which the loss's own code may round otherwise.
        let (results, with_loss) = (self.dimension + self.slopes.own(), !self.slopes.is_loss_finite());
        let mut losses = Vec::with_capacity(SEATS / V::LANES);
        let (mut x, mut gradient) = (vec![Lane::<V>::splat(0.0); self.dimension], vec![Lane::<V>::splat(0.0); self.dimension]);
        for first in (0..room).step_by(SEATS) {
            let blocks = SEATS.min(room - first) / V::LANES;
            for block in 0..blocks {
                self.seat(block, descents, first + block * V::LANES);
            }
            self.slopes.both(&mut self.file, blocks);
            losses.clear();
            losses.extend((0..blocks).map(|block| *self.file.at(results, block)));
            if !with_loss {
                self.slopes.slope(&mut self.file, blocks);
            }
            for block in 0..blocks {
                self.numbers_of(0, block, &mut x);
                self.numbers_of(results + usize::from(with_loss), block, &mut gradient);
                self.store_end(descents, first + block * V::LANES, (&x, &gradient, losses[block]), sink);
            }
        }
    }

    /// Stores what the descents from `slot` on ended with, at points that are known, with the gradients and losses there.
    #[inline(always)]
    fn store_end(
        &mut self,
        descents: &Descents<'_>,
        slot: usize,
        (x, gradient, loss): (&[Lane<V>], &[Lane<V>], Lane<V>),
        sink: &mut Sink<'_>,
    ) {
        let steps = descents.steps::<Lane<V>>(slot);
        let (squared_norm, squared_distance) = (dot(gradient, gradient), dot(x, x));
        let tests = self.stop.limits.tests(squared_norm, squared_distance, squared_norm.is_finite() & loss.is_finite());
        sink.endings(slot, &ending(tests, steps, self.stop.most_steps), &steps);
        sink.points(slot, &squared_norm, x);
        if sink.wants_loss() {
            sink.loss(slot, &loss);
        }
    }
}
