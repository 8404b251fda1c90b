//! Who is in a group: descents come to its lanes and leave them.

use super::{Group, select};
use crate::backend::cpu::descents::Descents;
use crate::backend::cpu::extent::{Extent, Row};
use crate::backend::cpu::lanes::{Block, first_lanes};
use crate::backend::descend::ones;
use crate::loss::Evaluate;
use crate::optimizer::Update;
use crate::real::Mask;

impl<R: Block, E: Evaluate, U: Update, C: Row, X: Extent> Group<'_, R, E, U, C, X> {
    /// Takes up the descents from `first` on, as many as there are lanes.
    #[inline(always)]
    pub(in crate::backend::cpu) fn take_run(&mut self, descents: &Descents<'_>, first: usize) {
        self.slots.clear();
        self.slots.extend(first as u32..(first + Self::LANES) as u32);
        self.is_run = true;
        self.count = Self::LANES.min(descents.count() - first);
        for block in 0..X::BLOCKS {
            let slot = first + block * R::LANES;
            let points = self.points.as_mut()[block].as_mut();
            descents.points(slot, points);
            descents.hyper(slot, &mut self.hyper[block * U::HYPERPARAMETERS.len()..][..U::HYPERPARAMETERS.len()]);
            descents.own_of(&self.rules.loss, slot, points.len(), &mut self.own[block * descents.widths.own..][..descents.widths.own]);
            self.steps.as_mut()[block] = descents.steps(slot);
            self.running.as_mut()[block] = first_lanes::<R>(self.count.saturating_sub(block * R::LANES));
        }
    }

    /// Takes up the last of `waiting`, as many as there are lanes; `are_many` where more groups of them will follow.
    #[inline(always)]
    pub(in crate::backend::cpu) fn take_waiting(&mut self, descents: &Descents<'_>, waiting: &mut Vec<u32>, are_many: bool) {
        self.can_fill |= are_many && self.code(descents).is_some();
        self.slots.clear();
        self.slots.extend(waiting.drain(waiting.len().saturating_sub(Self::LANES)..));
        self.is_run = false;
        self.count = self.slots.len();
        self.slots.resize(Self::LANES, self.slots[0]);
        for block in 0..X::BLOCKS {
            let slots = &self.slots[block * R::LANES..][..R::LANES];
            let hyper = &mut self.hyper[block * U::HYPERPARAMETERS.len()..][..U::HYPERPARAMETERS.len()];
            let own = &mut self.own[block * descents.widths.own..][..descents.widths.own];
            self.steps.as_mut()[block] = descents.gather(slots, self.points.as_mut()[block].as_mut(), hyper, own);
            self.running.as_mut()[block] = first_lanes::<R>(self.count.saturating_sub(block * R::LANES));
        }
    }

    /// Puts everyone where he is now, or has ended, and adds those who have not ended to `waiting`.
    #[inline(always)]
    pub(in crate::backend::cpu) fn leave(&mut self, descents: &mut Descents<'_>, waiting: &mut Vec<u32>) {
        for block in 0..X::BLOCKS {
            let slots = &self.slots[block * R::LANES..][..R::LANES];
            select(self.running.as_ref()[block], self.points.as_ref()[block].as_ref(), self.ends.as_mut()[block].as_mut());
            let (points, steps) = (self.ends.as_ref()[block].as_ref(), &self.steps.as_ref()[block]);
            if self.is_run {
                descents.put(slots[0] as usize, points, steps);
            } else {
                let count = self.count.saturating_sub(block * R::LANES).min(R::LANES);
                descents.scatter(&slots[..count], points, steps);
            }
            waiting.extend(ones(self.running.as_ref()[block].bits()).map(|lane| slots[lane]));
        }
    }

    /// Has others of those `waiting` take the lanes of all who have ended, if they can and are enough; tells whether they have.
    #[inline(always)]
    pub(in crate::backend::cpu) fn fill(&mut self, descents: &mut Descents<'_>, waiting: &mut Vec<u32>) -> bool {
        let is_full = self.count == Self::LANES;
        if self.is_run || !self.can_fill || !is_full || !(1..=waiting.len()).contains(&(Self::LANES - self.count_running())) {
            return false;
        }
        for block in 0..X::BLOCKS {
            let first = block * R::LANES;
            let taken = !self.running.as_ref()[block];
            let slots = &mut self.slots[first..][..R::LANES];
            let (points, steps) = (self.points.as_mut()[block].as_mut(), &mut self.steps.as_mut()[block]);
            let hyper = &mut self.hyper[block * U::HYPERPARAMETERS.len()..][..U::HYPERPARAMETERS.len()];
            for lane in ones(taken.bits()) {
                descents.put_one(slots[lane], lane, self.ends.as_ref()[block].as_ref(), steps);
                slots[lane] = waiting.pop().expect("there are enough");
                descents.take_one(slots[lane], lane, points, hyper, steps);
            }
            self.running.as_mut()[block] = self.running.as_ref()[block] | taken;
        }
        true
    }
}
