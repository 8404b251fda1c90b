//! One step of all: the update, and who ends with it.

use super::{File, Lane, Truth};
use crate::backend::cpu::arithmetic::Arithmetic;
use crate::backend::cpu::crew::prepare::Ready;
use crate::backend::cpu::extent::Extent;
use crate::backend::cpu::vector::{Vector, Within};
use crate::backend::descend::{Limits, unchanged};
use crate::experiment::Experiment;
use crate::optimizer::{COMMON, Common, MOST_SCALARS, Moment, Optimizer, Update, WithRule};
use crate::real::{Real, dot};

/// What a step reads and writes, rows of [`File::STRIDE`] blocks each; of the last two one row, as many blocks as are taken.
pub(super) struct Rows<'a, V: Vector> {
    /// The first D.
    pub(super) points: &'a mut [Lane<V>],
    /// One, where whether it is finite is asked too.
    pub(super) losses: Option<&'a [Lane<V>]>,
    /// The first D.
    pub(super) gradients: &'a [Lane<V>],
    pub(super) ready: Ready<'a, V>,
    /// Of which the first row is not read.
    pub(super) hyper: &'a [Lane<V>],
    pub(super) state: &'a mut [Lane<V>],
    pub(super) running: &'a mut [Truth<V>],
    pub(super) steps: &'a mut [Lane<V>],
}

/// When descents end, and whether steps are counted where nobody asks.
#[derive(Clone, Copy)]
pub(super) struct Stop<R> {
    pub(super) limits: Limits<R>,
    pub(super) most_steps: u32,
    /// Whether an update that leaves a point as it is will do so for ever.
    pub(super) is_memoryless: bool,
    pub(super) counts: bool,
    /// Whether all take the same steps with the same hyper-parameters, so that those of the first block stand for all.
    pub(super) is_in_step: bool,
    /// Whether all have the same hyper-parameters at all times.
    pub(super) is_steady: bool,
}

impl<R: Real> Stop<R> {
    pub(super) fn of(experiment: &Experiment) -> Self {
        let method = experiment.method();
        Self {
            limits: Limits::of(experiment.stop()),
            most_steps: experiment.stop().steps,
            is_memoryless: method.is_memoryless(),
            counts: !method.is_steady(),
            is_in_step: experiment.is_in_step(),
            is_steady: method.is_steady() && experiment.shares_hyperparameters(),
        }
    }

    /// Whether all have the same hyper-parameters and what follows from them, where who has ended is asked or not.
    #[inline(always)]
    pub(super) fn is_alike<U: Update>(&self, asks: bool) -> bool {
        // Rules that neither count nor keep a scalar take the same at all times.
        if asks { self.is_steady && !U::COUNTS && U::SCALARS == 0 } else { self.is_in_step }
    }
}

impl<R: Arithmetic> Stop<R> {
    /// Which descents of those that are running go from `x` (`R[D]`) to `next` (`R[D]`), where ∇f(x) is `gradient` (`R[D]`): f(x) is `loss`, if
    /// that is asked, and they are `steps` updates on, if they may be at the last one.
    #[inline(always)]
    pub(super) fn goes_on<U: Update>(
        &self,
        running: R::Mask,
        (x, next, gradient): (&[R], &[R], &[R]),
        loss: Option<R>,
        steps: Option<R>,
    ) -> R::Mask {
        let mut goes = self.limits.goes_on(running, dot(gradient, gradient), dot(x, x));
        if let Some(steps) = steps {
            goes = goes & !steps.same_bits(R::splat(f32::from_bits(self.most_steps)));
        }
        if let Some(loss) = loss {
            goes = goes & loss.is_finite();
        }
        if U::IS_MEMORYLESS && self.is_memoryless {
            goes = goes & !unchanged(x, next);
        }
        goes
    }
}

/// One step of all, whose gradients are known; where it `ASKS`, of those who have not ended.
#[inline(always)]
pub(super) fn step<V: Vector, X: Extent, const ASKS: bool>(optimizer: Optimizer, extent: X, stop: Stop<Lane<V>>, rows: Rows<'_, V>) {
    optimizer.with(OfRule::<V, X, ASKS> { extent, stop, rows });
}

/// The same by a rule that is known.
#[inline(always)]
pub(super) fn step_by<V: Vector, U: Update, X: Extent, const ASKS: bool>(optimizer: U, extent: X, stop: Stop<Lane<V>>, rows: Rows<'_, V>) {
    OfRule::<V, X, ASKS> { extent, stop, rows }.call(optimizer);
}

/// A step, with everything known but the rule.
struct OfRule<'a, V: Vector, X, const ASKS: bool> {
    extent: X,
    stop: Stop<Lane<V>>,
    rows: Rows<'a, V>,
}

impl<V: Vector, X: Extent, const ASKS: bool> WithRule for OfRule<'_, V, X, ASKS> {
    type Output = ();

    #[inline(always)]
    fn call<U: Update>(self, optimizer: U) {
        V::enter(Step { optimizer, of: self });
    }
}

/// A step, in a function of its own.
struct Step<'a, V: Vector, U, X, const ASKS: bool> {
    optimizer: U,
    of: OfRule<'a, V, X, ASKS>,
}

impl<V: Vector, U: Update, X: Extent, const ASKS: bool> Within for Step<'_, V, U, X, ASKS> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        let Self { optimizer, of: OfRule { extent, stop, rows } } = self;
        let Rows { points, losses, gradients, ready, hyper, state, running, steps } = rows;
        let one = Lane::<V>::splat(f32::from_bits(1));
        let (mut x, mut next) = (extent.origin::<Lane<V>>(), extent.origin::<Lane<V>>());
        let (mut gradient, mut changed) = (extent.origin::<Lane<V>>(), extent.origin::<Lane<V>>());
        // Known to the compiler where D is.
        let (d, row) = (x.as_ref().len(), File::<V>::STRIDE);
        let length = U::VECTORS * d;
        let mut kept = extent.state::<Lane<V>>(length);
        let (points, gradients) = (&mut points[..d * row], &gradients[..d * row]);
        let (ready_gradients, rates) = (&ready.gradients[..d * row], &ready.rates[..running.len()]);
        let exact_rates = &ready.exact_rates[..if U::SEARCHES { running.len() } else { 0 }];
        let (hyper, (state, scalars)) = (&hyper[..U::HYPERPARAMETERS.len() * row], state.split_at_mut(length * row));
        let mut shared = Shared::none();
        let is_alike = stop.is_alike::<U>(ASKS);
        assert!(running.len() <= File::<V>::WIDTH && steps.len() == running.len(), "a row has no more");
        for block in 0..running.len() {
            for i in 0..d {
                x.as_mut()[i] = points[i * row + block];
                gradient.as_mut()[i] = gradients[i * row + block];
                changed.as_mut()[i] = ready_gradients[i * row + block];
            }
            for i in 0..length {
                kept.as_mut()[i] = state[i * row + block];
            }
            let (x, gradient, next) = (x.as_ref(), gradient.as_ref(), next.as_mut());
            next.copy_from_slice(x);
            let is_known = is_alike && block > 0;
            if !is_known {
                shared.read(optimizer, (hyper, rates[block], steps[block]), scalars, (row, block));
            }
            if U::SEARCHES {
                shared.moment.exact_rate = exact_rates[block];
            }
            let numbers = &shared.numbers[..U::HYPERPARAMETERS.len()];
            optimizer.update(shared.moment, numbers, &shared.common, &mut kept.as_mut()[..length], next, changed.as_ref());
            for i in 0..length {
                // Of a descent that has ended nobody asks.
                state[i * row + block] = kept.as_ref()[i];
            }
            if ASKS {
                let loss = losses.map(|losses| losses[block]);
                let goes = stop.goes_on::<U>(running[block], (x, next, gradient), loss, Some(steps[block]));
                running[block] = goes;
                steps[block] = steps[block].plus_bits(Lane::<V>::select(goes, one, Lane::<V>::splat(0.0)));
                for i in 0..d {
                    next[i] = Lane::<V>::select(goes, next[i], x[i]);
                }
            } else if (U::COUNTS || stop.counts) && !is_known {
                steps[block] = steps[block].plus_bits(one);
            }
            for i in 0..d {
                points[i * row + block] = next[i];
            }
        }
    }
}

/// What an update takes besides the point, its gradient and vectors.
pub(super) struct Shared<R> {
    pub(super) moment: Moment<R>,
    pub(super) numbers: [R; MOST_HYPERPARAMETERS],
    pub(super) common: Common<R>,
}

impl<R: Arithmetic> Shared<R> {
    #[inline(always)]
    pub(super) fn none() -> Self {
        let zero = R::splat(0.0);
        Self { moment: Moment::after(zero), numbers: [zero; MOST_HYPERPARAMETERS], common: [zero; COMMON] }
    }

    /// Reads that of block `block` in rows of `row` blocks, its learning rate and updates being known, and keeps its scalars.
    #[inline(always)]
    pub(super) fn read<U: Update>(
        &mut self,
        optimizer: U,
        (hyper, rate, updates): (&[R], R, R),
        scalars: &mut [R],
        (row, block): (usize, usize),
    ) {
        let (mut numbers, mut held) = ([R::splat(0.0); MOST_HYPERPARAMETERS], [R::splat(0.0); MOST_SCALARS]);
        read(&hyper[..U::HYPERPARAMETERS.len() * row], row, block, &mut numbers);
        read(&scalars[..U::SCALARS * row], row, block, &mut held);
        self.reckon(optimizer, (&numbers, rate, updates), &mut held[..U::SCALARS]);
        for i in 0..U::SCALARS {
            scalars[i * row + block] = held[i];
        }
    }

    /// Reckons it from the numbers of the method, the learning rate and the updates there were, and the rule's scalars.
    #[inline(always)]
    pub(super) fn reckon<U: Update>(&mut self, optimizer: U, (hyper, rate, updates): (&[R], R, R), scalars: &mut [R]) {
        let count = U::HYPERPARAMETERS.len();
        self.numbers[..count].copy_from_slice(&hyper[..count]);
        self.numbers[0] = rate;
        if U::COUNTS {
            self.moment.updates = number(updates);
        }
        self.common = optimizer.common(self.moment, &self.numbers[..count], scalars);
    }

    /// Takes it from where it stands: hyper-parameters, what is in common, and the updates.
    pub(super) fn recall<U: Update>(&mut self, at: impl Fn(usize) -> R) {
        let count = U::HYPERPARAMETERS.len();
        for place in 0..count {
            self.numbers[place] = at(place);
        }
        self.common = std::array::from_fn(|place| at(count + place));
        self.moment.updates = at(count + COMMON);
    }
}

/// The numbers whose bits, as whole numbers without sign, are `bits`; rounded beyond 2²⁴.
#[inline(always)]
pub(super) fn number<R: Arithmetic>(bits: R) -> R {
    // In the range of 2²³ the last bit of a number is worth 1.
    let whole = R::splat(8_388_608.0);
    let (low, high) = (bits.and_bits(R::splat(f32::from_bits(0xffff))), bits.shift_right(16));
    (high.or_bits(whole) - whole).mul_add(R::splat(65_536.0), low.or_bits(whole) - whole)
}

/// The most hyper-parameters that a method takes.
pub(super) const MOST_HYPERPARAMETERS: usize = 16;

/// Reads the numbers of block `block` in rows of `row` blocks.
#[inline(always)]
pub(super) fn read<R: Copy>(rows: &[R], row: usize, block: usize, numbers: &mut [R]) {
    for i in 0..rows.len() / row {
        numbers[i] = rows[i * row + block];
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backend::cpu::instructions::{Instructions, OnLanes};

    struct Count;

    impl OnLanes for Count {
        type Output = ();

        #[inline(always)]
        fn call<V: Vector>(self) {
            for count in [0, 1, 2, 65_535, 65_536, 65_537, 1_000_000, (1 << 24) + 1, 123_456_789, u32::MAX] {
                let found = number(Lane::<V>::splat(f32::from_bits(count)));
                assert_eq!(found.lane(0), f64::from(count as f32), "{count}");
            }
        }
    }

    #[test]
    fn counts_are_read_as_numbers() {
        for instructions in Instructions::available() {
            instructions.call(Count);
        }
    }
}
