//! A few steps of all in one pass, compiled for the loss and the method at hand.

use std::sync::OnceLock;

use super::file::ROW_BYTES;
use super::step::{MOST_HYPERPARAMETERS, Shared, Stop, number, read};
use super::{Crew, File, Lane, ROUND};
use crate::backend::Job;
use crate::backend::cpu::arithmetic::Arithmetic;
use crate::backend::cpu::compiler::{Base, Compiled, Memory, Place, Recorded, Truth, Turns};
use crate::backend::cpu::instructions::Instructions;
use crate::backend::cpu::vector::{Vector, Within};
use crate::backend::descend::{WithTwins, with_twins};
use crate::experiment::Experiment;
use crate::loss::{Evaluate, Kernel};
use crate::method::Method;
use crate::optimizer::{COMMON, Update, WithRule};
use crate::real::{Each, Real};

/// Steps of compiled code, of which a [`ROUND`] is a multiple, and how many operations they may be: the more steps, the less often a descent goes
/// through memory, but a cache should hold the code.
const STEPS: [(usize, usize); 3] = [(4, 1024), (2, 1024), (1, 6000)];
const _: () = assert!(ROUND.is_multiple_of(STEPS[0].0));

/// Some steps as machine code.
#[derive(Debug)]
pub(in crate::backend::cpu) struct Round {
    compiled: Compiled,
    pub(super) steps: usize,
    /// Whether all have the same hyper-parameters and what follows from them, which is then reckoned once for all.
    is_alike: bool,
}

/// The code of an experiment's rounds, once it was asked for: where losses are not asked for, and where they are; for descents that share a row of
/// coefficients, and for those with their own; where all are far from the largest number of steps, and where they need not be.
pub(in crate::backend::cpu) type RoundCode = [[[OnceLock<Option<Round>>; 2]; 2]; 2];

/// The rounds of a tile, compiled once they are asked for.
pub(in crate::backend::cpu) struct Rounds<'a> {
    experiment: &'a Experiment,
    kernel: &'a Kernel,
    /// None where code is to be interpreted.
    instructions: Option<Instructions>,
    found: &'a RoundCode,
}

impl<'a> Rounds<'a> {
    pub(in crate::backend::cpu) fn new(job: &'a Job, kernel: &'a Kernel, instructions: Option<Instructions>, found: &'a RoundCode) -> Self {
        Self { experiment: &job.experiment, kernel, instructions, found }
    }

    /// The round in which losses are asked for or not, and whether the largest number of steps is reached, for descents with `own` coefficients each.
    pub(super) fn get(&self, with_loss: bool, with_limit: bool, own: usize) -> Option<&Round> {
        let instructions = self.instructions?;
        let found = self.found[usize::from(with_loss)][usize::from(own > 0)][usize::from(with_limit)].get_or_init(|| {
            let vector = instructions.lanes() * size_of::<f32>();
            let is_short = |(steps, longest): &(usize, usize)| steps * self.fewest() < *longest;
            STEPS.into_iter().filter(is_short).find_map(|(steps, longest)| {
                let recording = Recording { experiment: self.experiment, steps, with_loss, with_limit, own, vector };
                let optimizer = self.experiment.method().optimizer();
                let mut is_alike = false;
                let compiled =
                    Compiled::new(instructions, longest, Turns::Blocks, || is_alike = with_twins(self.kernel, optimizer, recording))?;
                Some(Round { compiled, steps, is_alike })
            })
        });
        found.as_ref()
    }

    /// Operations of a step, at least: it is not recorded where that is too long anyway.
    fn fewest(&self) -> usize {
        match self.kernel {
            Kernel::Formula(bound) => bound.slope().instructions.len(),
            kernel => kernel.row_length(self.experiment.dimension()),
        }
    }
}

/// Some steps to be recorded.
struct Recording<'a> {
    experiment: &'a Experiment,
    steps: usize,
    with_loss: bool,
    with_limit: bool,
    own: usize,
    /// Bytes of a vector.
    vector: usize,
}

/// `count` rows from the `first` on.
fn rows(base: Base, first: usize, count: usize) -> Vec<Recorded> {
    (first..first + count).map(|number| Recorded::load(row(base, number))).collect()
}

fn row(base: Base, number: usize) -> Place {
    Place { base, offset: (number * ROW_BYTES) as u32 }
}

impl WithTwins for Recording<'_> {
    /// [`Round::is_alike`].
    type Output = bool;

    fn call<E: Evaluate, U: Update>(self, loss: E, optimizer: U) -> bool {
        let Self { experiment, steps, with_loss, with_limit, own, vector } = self;
        let (d, method, stop) = (experiment.dimension(), experiment.method(), Stop::<Recorded>::of(experiment));
        let asks = !experiment.stop().fixed_steps;
        let is_alike = stop.is_alike::<U>(asks);
        let mut x = rows(Base::File, 0, d);
        let shared =
            (0..experiment.kernel().row_length(d)).map(|number| Recorded::load(Place { base: Base::Row, offset: 4 * number as u32 }));
        let coefficients = if own > 0 { rows(Base::File, d, own) } else { shared.collect() };
        let (coefficients, hyper) = (Each(&coefficients), rows(Base::Hyper, 0, experiment.hyperparameters()));
        let (mut kept, mut scalars) = (rows(Base::State, 0, U::VECTORS * d), rows(Base::State, U::VECTORS * d, U::SCALARS));
        let (mut updates, mut running) = (Recorded::load(row(Base::Steps, 0)), Truth::load(row(Base::Running, 0)));
        let [zero, one] = [0, 1].map(|bits| Recorded::splat(f32::from_bits(bits)));
        for step in 0..steps {
            let mut gradient = vec![zero; d];
            let found = with_loss.then(|| loss.evaluate(&coefficients, &x, &mut gradient));
            if found.is_none() {
                loss.gradient(&coefficients, &x, &mut gradient);
            }
            let mut changed = gradient.clone();
            method.change(&hyper, &x, &mut changed);
            let mut shared = Shared::none();
            if is_alike {
                let common = |place| Place { base: Base::Common, offset: ((step * width::<U>() + place) * vector) as u32 };
                shared.recall::<U>(|place| Recorded::load(common(place)));
            } else {
                let rate = if method.is_steady() { hyper[0] } else { method.rate(number(updates), &hyper) };
                shared.reckon(optimizer, (&hyper, rate, updates), &mut scalars);
            }
            if U::SEARCHES {
                shared.moment.exact_rate = loss.exact_rate(&coefficients, &gradient);
            }
            let mut next = x.clone();
            let numbers = &shared.numbers[..U::HYPERPARAMETERS.len()];
            optimizer.update(shared.moment, numbers, &shared.common, &mut kept, &mut next, &changed);
            if asks {
                running = stop.goes_on::<U>(running, (&x, &next, &gradient), found, with_limit.then_some(updates));
                updates = updates.plus_bits(Recorded::select(running, one, zero));
                for i in 0..d {
                    next[i] = Recorded::select(running, next[i], x[i]);
                }
            } else if (U::COUNTS || stop.counts) && !is_alike {
                updates = updates.plus_bits(one);
            }
            x = next;
        }
        let stored = [(Base::File, x), (Base::State, [kept, scalars].concat()), (Base::Steps, vec![updates])];
        for (base, numbers) in stored {
            numbers.into_iter().enumerate().for_each(|(place, number)| number.store(row(base, place)));
        }
        running.store(row(Base::Running, 0));
        is_alike
    }
}

/// Numbers that all have in common at a step.
fn width<U: Update>() -> usize {
    U::HYPERPARAMETERS.len() + COMMON + 1
}

impl<V: Vector> Crew<'_, V> {
    /// The steps of `round`, of all in the first `blocks` blocks; `shared` is the row of coefficients that they share, if they do.
    #[inline(always)]
    #[expect(unsafe_code, reason = "machine code is called")]
    pub(super) fn run_round(&mut self, round: &Round, blocks: usize, shared: &[f32]) {
        self.common.clear();
        if round.is_alike {
            let work = Reckoning {
                method: self.method,
                counts: self.stop.counts,
                asks: self.asks,
                steps: round.steps,
                hyper: &self.hyper.blocks,
                updates: &mut self.steps.blocks[0],
                state: &mut self.state.blocks,
                dimension: self.dimension,
                common: &mut self.common,
            };
            self.method.optimizer().with(work);
        }
        let memory = Memory {
            file: &mut self.file.blocks,
            hyper: &self.hyper.blocks,
            state: &mut self.state.blocks,
            steps: &mut self.steps.blocks,
            running: &mut self.running,
            common: &self.common,
            row: shared,
            scratch: &mut self.scratch,
        };
        let blocks = round.compiled.taken(blocks);
        assert!(blocks <= File::<V>::WIDTH, "a row has no more");
        // SAFETY: the round was compiled for the instructions that these vectors are of, which were detected.
        unsafe { round.compiled.run::<Lane<V>>(memory, blocks) };
    }
}

/// What all have in common in a round, to be reckoned once a step.
struct Reckoning<'a, V: Vector> {
    method: Method,
    counts: bool,
    asks: bool,
    steps: usize,
    hyper: &'a [Lane<V>],
    /// Of the first block, which count for all.
    updates: &'a mut Lane<V>,
    state: &'a mut [Lane<V>],
    dimension: usize,
    common: &'a mut Vec<Lane<V>>,
}

impl<V: Vector> WithRule for Reckoning<'_, V> {
    type Output = ();

    #[inline(always)]
    fn call<U: Update>(self, optimizer: U) {
        V::enter(Reckon { optimizer, of: self });
    }
}

/// The same, in a function of its own.
struct Reckon<'a, V: Vector, U> {
    optimizer: U,
    of: Reckoning<'a, V>,
}

impl<V: Vector, U: Update> Within for Reckon<'_, V, U> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        let Self { optimizer, of: Reckoning { method, counts, asks, steps, hyper, updates, state, dimension, common } } = self;
        let (stride, mut numbers, mut shared) = (File::<V>::STRIDE, [Lane::<V>::splat(0.0); MOST_HYPERPARAMETERS], Shared::none());
        read(hyper, stride, 0, &mut numbers);
        for _ in 0..steps {
            let rate = if method.is_steady() { numbers[0] } else { method.rate(number(*updates), &numbers) };
            shared.read(optimizer, (hyper, rate, *updates), &mut state[U::VECTORS * dimension * stride..], (stride, 0));
            common.extend_from_slice(&shared.numbers[..U::HYPERPARAMETERS.len()]);
            common.extend_from_slice(&shared.common);
            common.push(shared.moment.updates);
            if !asks && (U::COUNTS || counts) {
                *updates = updates.plus_bits(Lane::<V>::splat(f32::from_bits(1)));
            }
        }
    }
}
