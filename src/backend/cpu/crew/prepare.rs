//! What comes between the gradients and the update: transforms, the schedule, and the exact learning rate along the gradient.

use super::step::{MOST_HYPERPARAMETERS, number, read};
use super::{File, Lane, Slopes};
use crate::backend::cpu::extent::{Extent, InMemory, InRegisters};
use crate::backend::cpu::vector::{Vector, Within};
use crate::method::Method;
use crate::real::Real;

/// What the rule gets instead of gradients and of its first hyper-parameter, where that differs, and the exact learning rate if it asks.
pub(super) struct Prepared<V: Vector> {
    method: Method,
    dimension: usize,
    /// Whether rates are the same for all, and those of the first block enough.
    is_in_step: bool,
    /// D rows.
    changed: File<V>,
    rates: File<V>,
    exact_rates: File<V>,
}

/// What the rule gets: D rows, and a row of each.
pub(super) struct Ready<'a, V: Vector> {
    pub(super) gradients: &'a [Lane<V>],
    pub(super) rates: &'a [Lane<V>],
    pub(super) exact_rates: &'a [Lane<V>],
}

impl<V: Vector> Prepared<V> {
    pub(super) fn new(method: Method, dimension: usize, is_in_step: bool) -> Self {
        let rows = |is_used: bool, count: usize| File::new(if is_used { count } else { 0 });
        assert!(method.hyperparameters().len() <= MOST_HYPERPARAMETERS, "no method takes more");
        Self {
            method,
            dimension,
            is_in_step,
            changed: rows(method.transforms().next().is_some(), dimension),
            rates: rows(!method.is_steady(), 1),
            exact_rates: rows(method.searches(), 1),
        }
    }

    /// What the rule gets at the next update of all, a block for each of `steps`, the updates there were. `held` are the points and what descents
    /// have of their own, `gradients` D rows, `hyper` all numbers of the method.
    #[inline(always)]
    pub(super) fn ready<'a>(
        &'a mut self,
        slopes: &dyn Slopes<V>,
        held: &[Lane<V>],
        gradients: &'a [Lane<V>],
        hyper: &'a [Lane<V>],
        steps: &[Lane<V>],
    ) -> Ready<'a, V> {
        let (method, blocks) = (self.method, steps.len());
        if method.searches() {
            slopes.exact_rate(held, gradients, &mut self.exact_rates.blocks[..blocks]);
        }
        if !method.is_steady() {
            let steps = if self.is_in_step { &steps[..1] } else { steps };
            V::enter(Rates::<V> { method, hyper, steps, rates: &mut self.rates.blocks });
        }
        if !self.changed.blocks.is_empty() {
            let changed = &mut self.changed.blocks[..];
            // Everything but the extent.
            let work = (method, hyper, held, gradients, changed);
            match self.dimension {
                2 => V::enter(Changes::<V, _>::new(InRegisters::<2, 1, 1>, work, blocks)),
                dimension => V::enter(Changes::<V, _>::new(InMemory(dimension), work, blocks)),
            }
        }
        Ready {
            gradients: if self.changed.blocks.is_empty() { gradients } else { &self.changed.blocks },
            rates: if method.is_steady() { hyper } else { &self.rates.blocks },
            exact_rates: &self.exact_rates.blocks,
        }
    }
}

/// The first hyper-parameters as the schedule makes them, in a function of its own.
struct Rates<'a, V: Vector> {
    method: Method,
    hyper: &'a [Lane<V>],
    steps: &'a [Lane<V>],
    rates: &'a mut [Lane<V>],
}

impl<V: Vector> Within for Rates<'_, V> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        let Self { method, hyper, steps, rates } = self;
        let mut numbers = [Lane::<V>::splat(0.0); MOST_HYPERPARAMETERS];
        for block in 0..steps.len() {
            read(hyper, File::<V>::STRIDE, block, &mut numbers);
            rates[block] = method.rate(number(steps[block]), &numbers);
        }
    }
}

/// The method, its numbers, points, gradients, and room for the new ones.
type Work<'a, V> = (Method, &'a [Lane<V>], &'a [Lane<V>], &'a [Lane<V>], &'a mut [Lane<V>]);

/// The gradients as the transforms make them, in a function of its own.
struct Changes<'a, V: Vector, X> {
    extent: X,
    method: Method,
    hyper: &'a [Lane<V>],
    points: &'a [Lane<V>],
    gradients: &'a [Lane<V>],
    changed: &'a mut [Lane<V>],
    blocks: usize,
}

impl<'a, V: Vector, X> Changes<'a, V, X> {
    fn new(extent: X, (method, hyper, points, gradients, changed): Work<'a, V>, blocks: usize) -> Self {
        Self { extent, method, hyper, points, gradients, changed, blocks }
    }
}

impl<V: Vector, X: Extent> Within for Changes<'_, V, X> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        let Self { extent, method, hyper, points, gradients, changed, blocks } = self;
        let (row, mut numbers) = (File::<V>::STRIDE, [Lane::<V>::splat(0.0); MOST_HYPERPARAMETERS]);
        let (mut x, mut gradient) = (extent.origin::<Lane<V>>(), extent.origin::<Lane<V>>());
        // Known to the compiler where D is.
        let d = x.as_ref().len();
        let (points, gradients, changed) = (&points[..d * row], &gradients[..d * row], &mut changed[..d * row]);
        assert!(blocks <= File::<V>::WIDTH, "a row has no more");
        for block in 0..blocks {
            for i in 0..d {
                (x.as_mut()[i], gradient.as_mut()[i]) = (points[i * row + block], gradients[i * row + block]);
            }
            read(hyper, row, block, &mut numbers);
            method.change(&numbers, x.as_ref(), gradient.as_mut());
            for i in 0..d {
                changed[i * row + block] = gradient.as_ref()[i];
            }
        }
    }
}
