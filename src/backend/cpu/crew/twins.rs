//! Gradients by the twins of losses that read rows of coefficients, for rules that keep something from step to step.

use super::{File, Lane, Slopes, run};
use crate::backend::cpu::Chunk;
use crate::backend::cpu::descents::{Descents, Room};
use crate::backend::cpu::extent::{Extent, InMemory, InRegisters};
use crate::backend::cpu::instructions::{Instructions, OnLanes};
use crate::backend::cpu::sink::Sink;
use crate::backend::cpu::vector::{Vector, Within};
use crate::backend::descend::{WithLoss, with_loss};
use crate::error::Result;
use crate::loss::{Evaluate, Kernel};
use crate::real::{Coefficients, Real, Shared};

/// Runs a chunk's descents on the loss `kernel`, which is no formula.
pub(in crate::backend::cpu) fn run_twins(
    kernel: &Kernel,
    instructions: Instructions,
    chunk: Chunk<'_>,
    room: &mut Room,
    sink: &mut Sink<'_>,
) -> Result<()> {
    with_loss(kernel, OfLoss { instructions, chunk, room, sink })
}

/// A chunk, with everything known but the loss.
struct OfLoss<'a, 'b> {
    instructions: Instructions,
    chunk: Chunk<'a>,
    room: &'a mut Room,
    sink: &'a mut Sink<'b>,
}

impl WithLoss for OfLoss<'_, '_> {
    type Output = Result<()>;

    fn call<E: Evaluate>(self, loss: E) -> Result<()> {
        let Self { instructions, chunk, room, sink } = self;
        match chunk.job.experiment.dimension() {
            1 => instructions.call(OfExtent { loss, extent: InRegisters::<1, 1, 1>, chunk, room, sink }),
            2 => instructions.call(OfExtent { loss, extent: InRegisters::<2, 1, 1>, chunk, room, sink }),
            dimension => instructions.call(OfExtent { loss, extent: InMemory(dimension), chunk, room, sink }),
        }
    }
}

/// A chunk, with everything known but the vectors.
struct OfExtent<'a, 'b, E, X> {
    loss: E,
    extent: X,
    chunk: Chunk<'a>,
    room: &'a mut Room,
    sink: &'a mut Sink<'b>,
}

impl<E: Evaluate, X: Extent> OnLanes for OfExtent<'_, '_, E, X> {
    type Output = Result<()>;

    #[inline(always)]
    fn call<V: Vector>(self) -> Result<()> {
        let Self { loss, extent, chunk, room, sink } = self;
        let mut descents = Descents::starting(chunk, room, V::LANES);
        let twins = Twins {
            loss,
            extent,
            shared: chunk.shared_row,
            dimension: chunk.job.experiment.dimension(),
            own: descents.widths.own,
            is_loss_finite: chunk.is_loss_finite,
        };
        run::<V>(&twins, &mut descents, sink)
    }
}

/// A loss and its coefficients.
struct Twins<'a, E, X> {
    loss: E,
    extent: X,
    /// The row that all have.
    shared: Option<&'a [f32]>,
    dimension: usize,
    own: usize,
    is_loss_finite: bool,
}

impl<V: Vector, E: Evaluate, X: Extent> Slopes<V> for Twins<'_, E, X> {
    fn own(&self) -> usize {
        self.own
    }

    fn registers(&self) -> usize {
        2 * self.dimension + self.own + 1
    }

    fn is_loss_finite(&self) -> bool {
        self.is_loss_finite
    }

    #[inline(always)]
    fn slope(&self, file: &mut File<V>, blocks: usize) {
        V::enter(Pass::<V, E, X, false> { twins: self, file, blocks });
    }

    #[inline(always)]
    fn both(&self, file: &mut File<V>, blocks: usize) {
        V::enter(Pass::<V, E, X, true> { twins: self, file, blocks });
    }

    #[inline(always)]
    fn exact_rate(&self, held: &[Lane<V>], gradients: &[Lane<V>], exact_rates: &mut [Lane<V>]) {
        V::enter(Bend { twins: self, own: &held[self.dimension * File::<V>::STRIDE..], gradients, exact_rates });
    }
}

/// The exact learning rates of all, in a function of its own.
struct Bend<'a, 'b, V: Vector, E, X> {
    twins: &'a Twins<'b, E, X>,
    own: &'a [Lane<V>],
    gradients: &'a [Lane<V>],
    exact_rates: &'a mut [Lane<V>],
}

impl<V: Vector, E: Evaluate, X: Extent> Within for Bend<'_, '_, V, E, X> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        let Self { twins, own, gradients, exact_rates } = self;
        let (mut gradient, row) = (twins.extent.origin::<Lane<V>>(), File::<V>::STRIDE);
        let d = gradient.as_ref().len();
        assert!(exact_rates.len() <= File::<V>::WIDTH, "a row has no more");
        for block in 0..exact_rates.len() {
            for i in 0..d {
                gradient.as_mut()[i] = gradients[i * row + block];
            }
            exact_rates[block] = match twins.shared {
                Some(row) => twins.loss.exact_rate(&Shared(row), gradient.as_ref()),
                None => twins.loss.exact_rate(&Strided { rows: own, row, block }, gradient.as_ref()),
            };
        }
    }
}

/// The gradients of all, and their losses if they are wanted, in a function of its own.
struct Pass<'a, 'b, V, E, X, const WITH_LOSS: bool> {
    twins: &'a Twins<'b, E, X>,
    file: &'a mut File<V>,
    blocks: usize,
}

impl<V: Vector, E: Evaluate, X: Extent, const WITH_LOSS: bool> Within for Pass<'_, '_, V, E, X, WITH_LOSS> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        let Self { twins, file, blocks } = self;
        let (mut x, mut gradient) = (twins.extent.origin::<Lane<V>>(), twins.extent.origin::<Lane<V>>());
        // Known to the compiler where D is.
        let (d, row) = (x.as_ref().len(), File::<V>::STRIDE);
        let (points, rest) = file.blocks.split_at_mut(d * row);
        let (own, results) = rest.split_at_mut(twins.own * row);
        let (losses, gradients) = results.split_at_mut(if WITH_LOSS { row } else { 0 });
        let (points, gradients) = (&points[..d * row], &mut gradients[..d * row]);
        assert!(blocks <= File::<V>::WIDTH, "a row has no more");
        for block in 0..blocks {
            for i in 0..d {
                x.as_mut()[i] = points[i * row + block];
            }
            let loss = match twins.shared {
                Some(row) => of_block::<_, _, WITH_LOSS>(twins.loss, &Shared(row), x.as_ref(), gradient.as_mut()),
                None => of_block::<_, _, WITH_LOSS>(twins.loss, &Strided { rows: own, row, block }, x.as_ref(), gradient.as_mut()),
            };
            if WITH_LOSS {
                losses[block] = loss;
            }
            for i in 0..d {
                gradients[i * row + block] = gradient.as_ref()[i];
            }
        }
    }
}

#[inline(always)]
fn of_block<R: Real, E: Evaluate, const WITH_LOSS: bool>(loss: E, row: &impl Coefficients<R>, x: &[R], gradient: &mut [R]) -> R {
    if WITH_LOSS {
        return loss.evaluate(row, x, gradient);
    }
    loss.gradient(row, x, gradient);
    R::splat(0.0)
}

/// The coefficients of one block's descents, of which each has its own: number k in row k.
struct Strided<'a, R> {
    rows: &'a [R],
    /// Blocks of a row.
    row: usize,
    block: usize,
}

impl<R: Real> Coefficients<R> for Strided<'_, R> {
    #[inline(always)]
    fn at(&self, position: usize) -> R {
        self.rows[position * self.row + self.block]
    }
}
