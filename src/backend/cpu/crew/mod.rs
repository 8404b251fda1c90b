//! The descents that run side by side: each has a seat, a lane of one block. They take some steps together; then whoever has ended gets up,
//! and the next one takes the seat.
//!
//! All numbers of a descent stand in rows, so that a step is a few passes over them: the gradients of all, then the update of all.

mod ends;
mod file;
mod prepare;
mod round;
mod step;
mod twins;

use self::prepare::Prepared;
use self::step::{Rows, Stop, step, step_by};
use super::descents::Descents;
use super::extent::{InMemory, InRegisters, uninterrupted};
use super::lanes::{Block, Lanes, first_lanes};
use super::vector::Vector;
use crate::backend::cpu::sink::Sink;
use crate::error::Result;
use crate::method::Method;
use crate::optimizer::{GradientDescent, Optimizer};
use crate::real::{Mask, Real};

pub(super) use self::file::{File, TOGETHER};
pub(super) use self::round::{RoundCode, Rounds};
pub(super) use self::twins::run_twins;

/// Descents side by side: enough for the cost of telling passes apart, few enough for all rows to stay in the fastest cache.
const SEATS: usize = 768;

/// Steps between two looks at who has ended.
const ROUND: usize = 4;

/// One vector of lanes.
pub(super) type Lane<V> = Lanes<V, 1>;
type Truth<V> = <Lane<V> as Real>::Mask;

/// Where the gradients of all come from. A file holds the points in its first D rows, then what each descent has of its own, then results.
pub(super) trait Slopes<V: Vector> {
    /// How many numbers each descent has of its own, besides its point: parameters of a formula, or coefficients.
    fn own(&self) -> usize;
    /// Rows that it needs.
    fn registers(&self) -> usize;
    /// Whether a point on the way needs no look at its loss.
    fn is_loss_finite(&self) -> bool;
    /// Computes the gradients, the first results, in the first `blocks` blocks.
    fn slope(&self, file: &mut File<V>, blocks: usize);
    /// Computes the losses and, after them, the gradients.
    fn both(&self, file: &mut File<V>, blocks: usize);
    /// Computes the exact learning rates along gradients (D rows) of a quadratic, one block for each of `exact_rates`. `held` are the points and what
    /// descents have of their own.
    fn exact_rate(&self, held: &[Lane<V>], gradients: &[Lane<V>], exact_rates: &mut [Lane<V>]);
}

/// Runs a chunk's descents and stores what they ended with.
#[inline(always)]
pub(super) fn run<V: Vector>(slopes: &dyn Slopes<V>, descents: &mut Descents<'_>, sink: &mut Sink<'_>) -> Result<()> {
    let mut crew = Crew::<V>::new(slopes, descents);
    if descents.chunk.job.experiment.stop().fixed_steps {
        crew.run_fixed(descents)?;
    } else {
        crew.run(descents)?;
    }
    crew.store_ends(descents, sink);
    Ok(())
}

/// All seats, and what moves those who sit there.
struct Crew<'s, V: Vector> {
    slopes: &'s dyn Slopes<V>,
    method: Method,
    stop: Stop<Lane<V>>,
    dimension: usize,
    /// How many hyper-parameters there are.
    hyperparameters: usize,
    /// Points, what descents have of their own, and results.
    file: File<V>,
    hyper: File<V>,
    prepared: Prepared<V>,
    /// What the optimizer keeps of each.
    state: File<V>,
    /// Updates applied in each seat.
    steps: File<V>,
    /// The lanes whose descents have not ended.
    running: Vec<Truth<V>>,
    /// The numbers that a seat gets anew with each descent: its point, which has moved, and what differs from one descent to another.
    renewed: Vec<usize>,
    /// The seats that are taken are the first ones, as many as this.
    seated: usize,
    /// Who sits there.
    slots: [u32; SEATS],
    /// Room for [`look`](Self::look).
    leaving: Vec<u32>,
    /// Whether who has ended is asked.
    asks: bool,
    /// What all have in common in a round, and room for compiled code.
    common: Vec<Lane<V>>,
    scratch: Vec<Lane<V>>,
}

impl<'s, V: Vector> Crew<'s, V> {
    fn new(slopes: &'s dyn Slopes<V>, descents: &Descents<'_>) -> Self {
        let experiment = &descents.chunk.job.experiment;
        let (method, dimension) = (experiment.method(), experiment.dimension());
        let (hyperparameters, state) = (experiment.hyperparameters(), (method.optimizer().traits().state)(dimension));
        let stop = Stop::of(experiment);
        let tables = descents.chunk.tables;
        Self {
            slopes,
            method,
            stop,
            dimension,
            hyperparameters,
            file: File::new(slopes.registers()),
            hyper: File::new(hyperparameters),
            prepared: Prepared::new(method, dimension, stop.is_in_step),
            state: File::new(state),
            steps: File::new(1),
            running: vec![Truth::<V>::splat(false); File::<V>::WIDTH],
            renewed: (0..tables.inputs.len()).filter(|number| *number < dimension || !tables.is_same(*number)).collect(),
            seated: 0,
            slots: [0; SEATS],
            leaving: Vec::with_capacity(SEATS),
            asks: !experiment.stop().fixed_steps,
            common: Vec::new(),
            scratch: Vec::new(),
        }
    }

    /// Runs every descent to its end.
    #[inline(always)]
    fn run(&mut self, descents: &mut Descents<'_>) -> Result<()> {
        let mut next = SEATS.min(descents.count());
        self.seat_all(descents, 0, next);
        let with_loss = !self.slopes.is_loss_finite();
        let chunk = descents.chunk;
        let (own, shared) = (self.slopes.own(), chunk.shared_row.unwrap_or(&[]));
        // Steps that nobody has taken more of.
        let mut most = 0_u32;
        while self.seated > 0 {
            descents.chunk.job.check()?;
            let blocks = self.blocks();
            self.running[..blocks].fill(Truth::<V>::splat(true));
            self.running[blocks..].fill(Truth::<V>::splat(false));
            self.running[blocks - 1] = first_lanes::<Lane<V>>(self.seated - (blocks - 1) * V::LANES);
            if most.saturating_add(ROUND as u32) >= self.stop.most_steps {
                most = self.most_steps(blocks);
            }
            most = most.saturating_add(ROUND as u32);
            if let Some(round) = chunk.rounds.get(with_loss, most >= self.stop.most_steps, own) {
                (0..ROUND / round.steps).for_each(|_| self.run_round(round, blocks, shared));
            } else {
                (0..ROUND).for_each(|_| self.interpret::<true>(blocks, with_loss));
            }
            self.look(descents, &mut next);
        }
        Ok(())
    }

    /// Takes every descent by exactly the largest number of steps, at which nothing is asked.
    #[inline(always)]
    fn run_fixed(&mut self, descents: &mut Descents<'_>) -> Result<()> {
        let chunk = descents.chunk;
        let (round, shared) = (chunk.rounds.get(false, false, self.slopes.own()), chunk.shared_row.unwrap_or(&[]));
        for first in (0..descents.count()).step_by(SEATS) {
            self.seat_all(descents, first, SEATS.min(descents.count() - first));
            let (blocks, mut left) = (self.blocks(), self.stop.most_steps);
            while left > 0 {
                descents.chunk.job.check()?;
                let now = left.min(uninterrupted(self.dimension));
                let mut rest = now as usize;
                if let Some(round) = round {
                    (0..rest / round.steps).for_each(|_| self.run_round(round, blocks, shared));
                    rest %= round.steps;
                }
                (0..rest).for_each(|_| self.interpret::<false>(blocks, false));
                left -= now;
            }
            let (mut x, steps) = (vec![Lane::<V>::splat(0.0); self.dimension], Lane::<V>::splat(f32::from_bits(self.stop.most_steps)));
            for block in 0..blocks {
                self.numbers_of(0, block, &mut x);
                descents.put(first + block * V::LANES, &x, &steps);
            }
        }
        Ok(())
    }

    /// One step of all, pass by pass.
    #[inline(always)]
    fn interpret<const ASKS: bool>(&mut self, blocks: usize, with_loss: bool) {
        if with_loss {
            self.slopes.both(&mut self.file, blocks);
        } else {
            self.slopes.slope(&mut self.file, blocks);
        }
        self.step::<ASKS>(blocks, with_loss);
    }

    /// The most steps that anybody in the first `blocks` blocks has taken.
    fn most_steps(&self, blocks: usize) -> u32 {
        let steps = Block::numbers(&self.steps.blocks[..blocks]);
        steps.iter().map(|steps| steps.to_bits()).max().unwrap_or(0)
    }

    /// How many blocks the seats take that are taken.
    fn blocks(&self) -> usize {
        self.seated.div_ceil(V::LANES)
    }

    /// Seats `count` descents from `first` on, where nobody sits.
    #[inline(always)]
    fn seat_all(&mut self, descents: &Descents<'_>, first: usize, count: usize) {
        self.seated = count;
        self.steps.blocks.fill(Lane::<V>::splat(0.0));
        self.state.blocks.fill(Lane::<V>::splat(0.0));
        for seat in 0..count {
            self.slots[seat] = (first + seat) as u32;
        }
        for block in 0..self.blocks() {
            self.seat(block, descents, first + block * V::LANES);
        }
    }

    /// Seats the descents from `slot` on in block `block`.
    #[inline(always)]
    fn seat(&mut self, block: usize, descents: &Descents<'_>, slot: usize) {
        for number in 0..descents.numbers() {
            self.row(number)[block * V::LANES..][..V::LANES].copy_from_slice(&descents.column(number)[slot..][..V::LANES]);
        }
        descents.own(slot, self.file.blocks.iter_mut().skip(self.dimension * File::<V>::STRIDE + block).step_by(File::<V>::STRIDE));
    }

    /// Gives a seat the coefficients of the descent at `slot`, which has its own.
    #[inline(always)]
    fn seat_own(&mut self, seat: usize, descents: &Descents<'_>, slot: usize) {
        let problem = descents.problem(slot);
        for (number, column) in descents.rows().enumerate() {
            self.file.row(self.dimension + number)[seat] = column[problem];
        }
    }

    /// What the registers from `first` on hold of block `block`.
    #[inline(always)]
    fn numbers_of(&mut self, first: usize, block: usize, numbers: &mut [Lane<V>]) {
        for (i, number) in numbers.iter_mut().enumerate() {
            *number = *self.file.at(first + i, block);
        }
    }

    /// One step of all, whose gradients are known.
    #[inline(always)]
    fn step<const ASKS: bool>(&mut self, blocks: usize, with_loss: bool) {
        let results = self.dimension + self.slopes.own();
        let row = File::<V>::STRIDE;
        let (held, rest) = self.file.blocks.split_at_mut(results * row);
        let (losses, gradients) = rest.split_at(if with_loss { row } else { 0 });
        let (hyper, steps) = (&self.hyper.blocks, &mut self.steps.blocks[..blocks]);
        let ready = self.prepared.ready(self.slopes, held, gradients, hyper, steps);
        let rows = Rows {
            points: held,
            losses: with_loss.then_some(losses),
            gradients,
            ready,
            hyper,
            state: &mut self.state.blocks,
            running: &mut self.running[..blocks],
            steps,
        };
        let (optimizer, stop) = (self.method.optimizer(), self.stop);
        match self.dimension {
            // A dimension that few need: for one rule only, since every rule is compiled for every way.
            1 if optimizer == Optimizer::GradientDescent => step_by::<V, _, _, ASKS>(GradientDescent, InRegisters::<1, 1, 1>, stop, rows),
            2 => step::<V, _, ASKS>(optimizer, InRegisters::<2, 1, 1>, stop, rows),
            dimension => step::<V, _, ASKS>(optimizer, InMemory(dimension), stop, rows),
        }
    }

    /// Has whoever has ended get up and the `next` ones sit down.
    #[inline(always)]
    fn look(&mut self, descents: &mut Descents<'_>, next: &mut usize) {
        let mut leaving = std::mem::take(&mut self.leaving);
        self.find_ended(&mut leaving);
        let coming = leaving.len().min(descents.count() - *next);
        for number in 0..self.dimension {
            let (row, column) = (self.file.row(number), descents.column_mut(number));
            for seat in &leaving {
                column[self.slots[*seat as usize] as usize] = row[*seat as usize];
            }
        }
        let steps = self.steps.row(0);
        for (i, seat) in leaving.iter().enumerate() {
            let (slot, steps) = (&mut self.slots[*seat as usize], &mut steps[*seat as usize]);
            descents.set_steps(*slot as usize, steps.to_bits());
            (*slot, *steps) = ((*next + i) as u32, 0.0);
        }
        for i in 0..self.renewed.len() {
            let number = self.renewed[i];
            let (row, column) = (self.row(number), &descents.column(number)[*next..][..coming]);
            for (seat, value) in leaving.iter().zip(column) {
                row[*seat as usize] = *value;
            }
        }
        let with_own = if descents.widths.own > 0 { coming } else { 0 };
        for (i, seat) in leaving[..with_own].iter().enumerate() {
            self.seat_own(*seat as usize, descents, *next + i);
        }
        for row in self.state.rows() {
            for seat in &leaving[..coming] {
                row[*seat as usize] = 0.0;
            }
        }
        *next += coming;
        for seat in leaving.drain(coming..) {
            self.close_up(seat as usize);
        }
        leaving.clear();
        self.leaving = leaving;
    }

    /// The seats of those who have ended, the last one first.
    #[inline(always)]
    fn find_ended(&self, leaving: &mut Vec<u32>) {
        for block in (0..self.blocks()).rev() {
            let seated = u64::MAX >> (64 - (self.seated - block * V::LANES).min(V::LANES));
            let mut ended = !self.running[block].bits() & seated;
            while ended != 0 {
                let lane = ended.ilog2();
                ended ^= 1 << lane;
                leaving.push((block * V::LANES) as u32 + lane);
            }
        }
    }

    /// This one of all seats, in the order in which [`Descents`] has them.
    #[inline(always)]
    fn row(&mut self, number: usize) -> &mut [f32] {
        match number.checked_sub(self.dimension) {
            None => self.file.row(number),
            Some(hyper) if hyper < self.hyperparameters => self.hyper.row(hyper),
            Some(_) => self.file.row(number - self.hyperparameters),
        }
    }

    /// Has whoever sits on the last seat take `seat`.
    fn close_up(&mut self, seat: usize) {
        self.seated -= 1;
        let (last, held) = (self.seated, self.dimension + self.slopes.own());
        let Self { file, hyper, state, steps, .. } = self;
        for row in file.rows().take(held).chain(hyper.rows()).chain(state.rows()).chain(steps.rows()) {
            row[seat] = row[last];
        }
        self.slots[seat] = self.slots[last];
    }
}
