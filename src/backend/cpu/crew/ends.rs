//! What descents ended with, once it is known where that was.

use super::{Crew, Lane, SEATS, Slopes};
use crate::backend::cpu::descents::Descents;
use crate::backend::cpu::end::ending;
use crate::backend::cpu::extent::Extent;
use crate::backend::cpu::sink::Sink;
use crate::backend::cpu::vector::Vector;
use crate::real::{Real, dot};

impl<V: Vector, S: Slopes<V>, X: Extent> Crew<'_, V, S, X> {
    /// Stores what all descents ended with.
    #[inline(always)]
    pub(super) fn store_ends(&mut self, descents: &Descents<'_>, sink: &mut Sink<'_>) {
        let room = descents.count().next_multiple_of(V::LANES);
        for first in (0..room).step_by(SEATS) {
            let blocks = SEATS.min(room - first) / V::LANES;
            for block in 0..blocks {
                self.seat(block, descents, first + block * V::LANES);
            }
            self.slopes.both(&mut self.file, blocks);
            for block in 0..blocks {
                self.store_end(descents, first + block * V::LANES, block, sink);
            }
        }
    }

    /// Stores what the descents from `slot` on ended with, whose loss and gradient are known.
    #[inline(always)]
    fn store_end(&mut self, descents: &Descents<'_>, slot: usize, block: usize, sink: &mut Sink<'_>) {
        let (mut x, mut gradient) = (self.extent.origin::<Lane<V>>(), self.extent.origin::<Lane<V>>());
        let results = self.dimension + self.slopes.own();
        self.numbers_of(0, block, x.as_mut());
        self.numbers_of(results + 1, block, gradient.as_mut());
        let (loss, steps) = (*self.file.at(results, block), descents.steps::<Lane<V>>(slot));
        let (squared_norm, squared_distance) = (dot(gradient.as_ref(), gradient.as_ref()), dot(x.as_ref(), x.as_ref()));
        let tests = self.limits.tests(squared_norm, squared_distance, squared_norm.is_finite() & loss.is_finite());
        sink.endings(slot, &ending(tests, steps, self.most_steps), &steps);
        sink.points(slot, &squared_norm, x.as_ref());
        if sink.wants_loss() {
            sink.loss(slot, &loss);
        }
    }
}
