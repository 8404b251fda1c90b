//! Descents on a formula: a machine whose registers are rows of many lanes, and the descents that sit in them.

mod code;
mod crew;
mod ends;
mod execute;
mod fuse;
mod sum;
mod sums;
#[cfg(test)]
mod tests;

use self::code::Code;
use self::crew::Crew;
use super::Chunk;
use super::descents::{Descents, Room};
use super::extent::{Extent, InMemory, InRegisters};
use super::instructions::{Instructions, OnLanes};
use super::sink::Sink;
use super::vector::Vector;
use crate::backend::descend::{WithRule, with_rule};
use crate::error::Result;
use crate::loss::Bound;
use crate::loss::formula::is_finite_within;
use crate::optimizer::{Optimizer, Update};
use crate::stop::StopRule;

/// Descents side by side: enough for the cost of telling operations apart, few enough for all registers to stay in the fastest cache.
const SEATS: usize = 512;

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

    fn registers(&self) -> usize {
        self.slope.registers.max(self.both.registers)
    }

    /// Runs a chunk's descents.
    pub(super) fn run(
        &self,
        instructions: Instructions,
        optimizer: Optimizer,
        chunk: Chunk<'_>,
        room: &mut Room,
        sink: &mut Sink<'_>,
    ) -> Result<()> {
        with_rule(optimizer, OfRule { instructions, work: Work { machine: self, chunk, room, sink } })
    }
}

/// A chunk and where its ends go.
struct Work<'a, 'b> {
    machine: &'a Machine,
    chunk: Chunk<'a>,
    room: &'a mut Room,
    sink: &'a mut Sink<'b>,
}

/// A chunk, with everything known but the rule and the vectors.
struct OfRule<'a, 'b> {
    instructions: Instructions,
    work: Work<'a, 'b>,
}

impl WithRule for OfRule<'_, '_> {
    type Output = Result<()>;

    fn call<U: Update>(self, optimizer: U) -> Result<()> {
        let Self { instructions, work } = self;
        match work.machine.dimension {
            1 => instructions.call(OfExtent { optimizer, extent: InRegisters::<1, 1, 1>, work }),
            2 => instructions.call(OfExtent { optimizer, extent: InRegisters::<2, 1, 1>, work }),
            dimension => instructions.call(OfExtent { optimizer, extent: InMemory(dimension), work }),
        }
    }
}

/// A chunk, with everything known but the vectors.
struct OfExtent<'a, 'b, U, X> {
    optimizer: U,
    extent: X,
    work: Work<'a, 'b>,
}

impl<U: Update, X: Extent> OnLanes for OfExtent<'_, '_, U, X> {
    type Output = Result<()>;

    #[inline(always)]
    fn call<V: Vector>(self) -> Result<()> {
        let Work { machine, chunk, room, sink } = self.work;
        let mut descents = Descents::starting(chunk, room, V::LANES);
        let mut crew = Crew::<V, U, X>::new(machine, self.optimizer, self.extent, &descents);
        if chunk.job.experiment.stop().fixed_steps {
            crew.run_fixed(&mut descents)?;
        } else {
            crew.run(&mut descents)?;
        }
        crew.store_ends(&descents, sink);
        Ok(())
    }
}
