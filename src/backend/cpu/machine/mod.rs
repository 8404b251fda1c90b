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
use super::crew::{self, File, Slopes};
use super::descents::{Descents, Room};
use super::extent::{Extent, InMemory, InRegisters};
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
    dimension: usize,
    parameters: usize,
}

impl Machine {
    pub(super) fn new(bound: &Bound, stop: &StopRule) -> Self {
        let (dimension, parameters) = (bound.formula().dimension(), bound.swept());
        Self {
            slope: Code::new(bound.slope(), dimension, dimension + parameters),
            both: Code::new(bound.both(), dimension, dimension + parameters),
            is_loss_finite: is_finite_within(bound.both(), stop.divergence_radius.into()),
            dimension,
            parameters,
        }
    }

    /// Runs a chunk's descents.
    pub(super) fn run(&self, instructions: Instructions, chunk: Chunk<'_>, room: &mut Room, sink: &mut Sink<'_>) -> Result<()> {
        match self.dimension {
            1 => instructions.call(OfExtent { extent: InRegisters::<1, 1, 1>, machine: self, chunk, room, sink }),
            2 => instructions.call(OfExtent { extent: InRegisters::<2, 1, 1>, machine: self, chunk, room, sink }),
            dimension => instructions.call(OfExtent { extent: InMemory(dimension), machine: self, chunk, room, sink }),
        }
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
}

/// A chunk, with everything known but the vectors.
struct OfExtent<'a, 'b, X> {
    extent: X,
    machine: &'a Machine,
    chunk: Chunk<'a>,
    room: &'a mut Room,
    sink: &'a mut Sink<'b>,
}

impl<X: Extent> OnLanes for OfExtent<'_, '_, X> {
    type Output = Result<()>;

    #[inline(always)]
    fn call<V: Vector>(self) -> Result<()> {
        let Self { extent, machine, chunk, room, sink } = self;
        let mut descents = Descents::starting(chunk, room, V::LANES);
        crew::run::<V, _, _>(machine, extent, &mut descents, sink)
    }
}
