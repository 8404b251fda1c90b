//! Gradients of a formula: a machine whose registers are rows of many lanes.

mod code;
mod execute;
mod fuse;
mod sum;
mod sums;
#[cfg(test)]
mod tests;

use self::code::Code;
use super::Chunk;
use super::crew::{self, File, Lane, Slopes};
use super::descents::{Descents, Room};
use super::instructions::{Instructions, OnLanes};
use super::sink::Sink;
use super::vector::Vector;
use crate::error::Result;
use crate::loss::Bound;
use crate::loss::formula::is_finite_within;
use crate::stop::StopRule;

/// A formula compiled for the machine.
#[derive(Debug)]
pub(super) struct Machine {
    /// The gradient.
    slope: Code,
    /// The loss and the gradient.
    both: Code,
    /// Whether a point on the way needs no look at its loss.
    is_loss_finite: bool,
    parameters: usize,
}

impl Machine {
    pub(super) fn new(bound: &Bound, stop: &StopRule) -> Self {
        let (dimension, parameters) = (bound.formula().dimension(), bound.swept());
        Self {
            slope: Code::new(bound.slope(), dimension, dimension + parameters),
            both: Code::new(bound.both(), dimension, dimension + parameters),
            is_loss_finite: is_finite_within(bound.both(), stop.divergence_radius.into()),
            parameters,
        }
    }

    /// Runs a chunk's descents.
    pub(super) fn run(&self, instructions: Instructions, chunk: Chunk<'_>, room: &mut Room, sink: &mut Sink<'_>) -> Result<()> {
        instructions.call(Run { machine: self, chunk, room, sink })
    }
}

impl<V: Vector> Slopes<V> for Machine {
    fn own(&self) -> usize {
        self.parameters
    }

    fn registers(&self) -> usize {
        self.slope.registers.max(self.both.registers)
    }

    fn is_loss_finite(&self) -> bool {
        self.is_loss_finite
    }

    #[inline(always)]
    fn slope(&self, file: &mut File<V>, blocks: usize) {
        execute::run(file, &self.slope, blocks);
    }

    #[inline(always)]
    fn both(&self, file: &mut File<V>, blocks: usize) {
        execute::run(file, &self.both, blocks);
    }

    fn exact_rate(&self, _held: &[Lane<V>], _gradients: &[Lane<V>], _exact_rates: &mut [Lane<V>]) {
        unreachable!("experiments refuse rules that search on formulas")
    }
}

/// A chunk, with everything known but the vectors.
struct Run<'a, 'b> {
    machine: &'a Machine,
    chunk: Chunk<'a>,
    room: &'a mut Room,
    sink: &'a mut Sink<'b>,
}

impl OnLanes for Run<'_, '_> {
    type Output = Result<()>;

    #[inline(always)]
    fn call<V: Vector>(self) -> Result<()> {
        let Self { machine, chunk, room, sink } = self;
        crew::run::<V>(machine, &mut Descents::starting(chunk, room, V::LANES), sink)
    }
}
