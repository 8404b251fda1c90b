//! What comes between the gradients and the update: transforms, the schedule, and the curvature along the gradient.

use super::step::{MOST_HYPERPARAMETERS, number, read};
use super::{File, Lane, Slopes};
use crate::backend::cpu::vector::{Vector, Within};
use crate::method::Method;
use crate::real::Real;

/// What the rule gets instead of gradients and of its first hyper-parameter, where that differs, and the curvature if it asks.
pub(super) struct Prepared<V: Vector> {
    method: Method,
    /// D rows.
    changed: File<V>,
    rates: File<V>,
    curvatures: File<V>,
    /// A point, and its gradient.
    scratch: (Vec<Lane<V>>, Vec<Lane<V>>),
}

/// What the rule gets: D rows, and a row of each.
pub(super) struct Ready<'a, V: Vector> {
    pub(super) gradients: &'a [Lane<V>],
    pub(super) rates: &'a [Lane<V>],
    pub(super) curvatures: &'a [Lane<V>],
}

impl<V: Vector> Prepared<V> {
    pub(super) fn new(method: Method, dimension: usize) -> Self {
        let rows = |is_used: bool, count: usize| File::new(if is_used { count } else { 0 });
        assert!(method.hyperparameters().len() <= MOST_HYPERPARAMETERS, "no method takes more");
        let zeros = vec![Lane::<V>::splat(0.0); dimension];
        Self {
            method,
            changed: rows(method.transforms().next().is_some(), dimension),
            rates: rows(!method.is_steady(), 1),
            curvatures: rows(method.searches(), 1),
            scratch: (zeros.clone(), zeros),
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
            slopes.curvature(held, gradients, &mut self.curvatures.blocks[..blocks]);
        }
        if !method.is_steady() {
            V::enter(Rates::<V> { method, hyper, steps, rates: &mut self.rates.blocks });
        }
        if !self.changed.blocks.is_empty() {
            let (x, gradient) = &mut self.scratch;
            V::enter(Changes::<V> { method, hyper, points: held, gradients, changed: &mut self.changed.blocks, x, gradient, blocks });
        }
        Ready {
            gradients: if self.changed.blocks.is_empty() { gradients } else { &self.changed.blocks },
            rates: if method.is_steady() { hyper } else { &self.rates.blocks },
            curvatures: &self.curvatures.blocks,
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

/// The gradients as the transforms make them, in a function of its own.
struct Changes<'a, V: Vector> {
    method: Method,
    hyper: &'a [Lane<V>],
    points: &'a [Lane<V>],
    gradients: &'a [Lane<V>],
    changed: &'a mut [Lane<V>],
    x: &'a mut [Lane<V>],
    gradient: &'a mut [Lane<V>],
    blocks: usize,
}

impl<V: Vector> Within for Changes<'_, V> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        let Self { method, hyper, points, gradients, changed, x, gradient, blocks } = self;
        let (row, mut numbers) = (File::<V>::STRIDE, [Lane::<V>::splat(0.0); MOST_HYPERPARAMETERS]);
        for block in 0..blocks {
            for i in 0..x.len() {
                (x[i], gradient[i]) = (points[i * row + block], gradients[i * row + block]);
            }
            read(hyper, row, block, &mut numbers);
            method.change(&numbers, x, gradient);
            for i in 0..x.len() {
                changed[i * row + block] = gradient[i];
            }
        }
    }
}
