//! What descents in the machine ended with, once it is known where that was.

use super::crew::{Crew, Lane};
use super::{GROUP, GROUPS};
use crate::backend::cpu::descents::Descents;
use crate::backend::cpu::end::ending;
use crate::backend::cpu::extent::Extent;
use crate::backend::cpu::sink::Sink;
use crate::backend::cpu::vector::Vector;
use crate::optimizer::Update;
use crate::real::{Real, dot};

impl<V: Vector, U: Update, X: Extent> Crew<'_, V, U, X> {
    /// Stores what all descents ended with.
    #[inline(always)]
    pub(super) fn store_ends(&mut self, descents: &Descents<'_>, sink: &mut Sink<'_>) {
        let mut x = self.extent.origin::<Lane<V>>();
        let room = descents.count().next_multiple_of(GROUP);
        for first in (0..room).step_by(GROUPS * GROUP) {
            let places = (GROUPS * GROUP).min(room - first) / V::LANES;
            for place in 0..places {
                descents.points(first + place * V::LANES, x.as_mut());
                descents.hyper(first + place * V::LANES, &mut self.inputs);
                self.seat(place, x.as_ref());
            }
            self.file.run(&self.machine.both);
            for place in 0..places {
                self.store_end(descents, first + place * V::LANES, place, sink);
            }
        }
    }

    /// Stores what the descents from `slot` on ended with, whose loss and gradient are known.
    #[inline(always)]
    fn store_end(&mut self, descents: &Descents<'_>, slot: usize, place: usize, sink: &mut Sink<'_>) {
        let (mut x, mut gradient) = (self.extent.origin::<Lane<V>>(), self.extent.origin::<Lane<V>>());
        let results = self.machine.dimension + self.machine.parameters;
        for i in 0..x.as_ref().len() {
            x.as_mut()[i] = *self.file.at(i, place);
            gradient.as_mut()[i] = *self.file.at(results + 1 + i, place);
        }
        let (loss, steps) = (*self.file.at(results, place), descents.steps::<Lane<V>>(slot));
        let (squared_norm, squared_distance) = (dot(gradient.as_ref(), gradient.as_ref()), dot(x.as_ref(), x.as_ref()));
        let tests = self.limits.tests(squared_norm, squared_distance, squared_norm.is_finite() & loss.is_finite());
        sink.endings(slot, &ending(tests, steps, self.most_steps), &steps);
        sink.points(slot, &squared_norm, x.as_ref());
        if sink.wants_loss() {
            sink.loss(slot, &loss);
        }
    }
}
