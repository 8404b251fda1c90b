//! Descents that sit side by side in the machine.

use super::GROUP;
use crate::backend::cpu::lanes::Block;
use crate::backend::descend::ones;
use crate::real::Mask;

/// Which descent each lane of a group runs, and how far it has come.
pub(super) struct Group<R: Block> {
    /// The descents' slots; lanes without one repeat the first.
    pub(super) slots: Vec<u32>,
    /// How many lanes have one.
    pub(super) count: usize,
    /// Whether the slots are consecutive.
    pub(super) is_run: bool,
    pub(super) stand: Stand<R>,
    /// Lanes times steps that were idle.
    pub(super) idle: usize,
    /// Steps that all its descents have left before any is exhausted; 0 where that is not known.
    pub(super) left: u32,
}

/// How far the descents of a group have come.
#[derive(Clone)]
pub(super) struct Stand<R: Block> {
    /// Updates applied in each lane, as bits.
    pub(super) steps: Vec<R>,
    /// The lanes whose descents have not ended.
    pub(super) running: Vec<R::Mask>,
}

impl<R: Block> Stand<R> {
    pub(super) fn new() -> Self {
        Self { steps: Vec::new(), running: Vec::new() }
    }

    /// Like `other`, in the memory that it has.
    #[inline(always)]
    pub(super) fn clone_from(&mut self, other: &Self) {
        self.steps.clone_from(&other.steps);
        self.running.clone_from(&other.running);
    }
}

impl<R: Block> Group<R> {
    pub(super) fn new() -> Self {
        Self { slots: Vec::with_capacity(GROUP), count: 0, is_run: false, stand: Stand::new(), idle: 0, left: 0 }
    }

    /// How many lanes run.
    #[inline(always)]
    pub(super) fn count_running(&self) -> usize {
        let mut count = 0;
        for lanes in &self.stand.running {
            count += lanes.bits().count_ones() as usize;
        }
        count
    }

    /// Counts `round` more steps of the lanes that run.
    #[inline(always)]
    pub(super) fn count(&mut self, round: u32) {
        let (all, none) = (R::splat(f32::from_bits(round)), R::splat(0.0));
        for (steps, running) in self.stand.steps.iter_mut().zip(&self.stand.running) {
            *steps = steps.plus_bits(R::select(*running, all, none));
        }
        self.left = self.left.saturating_sub(round);
    }

    /// Ends the lanes that have taken `most` steps; returns how many the others have left at least, or 1.
    #[inline(always)]
    pub(super) fn exhaust(&mut self, most: u32) -> u32 {
        if self.left == 0 {
            self.left = most;
            for (steps, running) in self.stand.steps.iter().zip(&mut self.stand.running) {
                *running = *running & !steps.same_bits(R::splat(f32::from_bits(most)));
                let numbers = R::numbers(std::slice::from_ref(steps));
                for lane in ones(running.bits()) {
                    self.left = self.left.min(most - numbers[lane].to_bits());
                }
            }
        }
        self.left.max(1)
    }
}
