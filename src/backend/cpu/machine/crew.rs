//! The descents that sit in the machine, a lane each. They take some steps together; then whoever has ended gets up, and the next one takes
//! the seat.

use super::execute::File;
use super::{Machine, SEATS};
use crate::backend::cpu::descents::Descents;
use crate::backend::cpu::extent::{Extent, uninterrupted};
use crate::backend::cpu::lanes::{Block, Lanes, first_lanes};
use crate::backend::cpu::vector::Vector;
use crate::backend::descend::{Limits, unchanged};
use crate::error::Result;
use crate::optimizer::Update;
use crate::real::{Mask, Real, dot};

/// One vector of lanes.
pub(super) type Lane<V> = Lanes<V, 1>;
type Truth<V> = <Lane<V> as Real>::Mask;

/// Steps between two looks at who has ended.
const ROUND: usize = 4;

/// All seats, and what moves those who sit there.
pub(super) struct Crew<'m, V: Vector, U, X: Extent> {
    pub(super) machine: &'m Machine,
    optimizer: U,
    pub(super) limits: Limits<Lane<V>>,
    pub(super) most_steps: u32,
    is_memoryless: bool,
    /// The machine's registers.
    pub(super) file: File<V>,
    /// The hyper-parameters.
    hyper: File<V>,
    /// The seats that are taken are the first ones, as many as this.
    seated: usize,
    /// Who sits there.
    slots: Vec<u32>,
    /// How many steps the crew had taken when each sat down.
    since: Vec<u32>,
    /// Steps that the crew has taken, modulo 2^32.
    now: u32,
    /// Steps that all have left before anyone is exhausted.
    left: u32,
    /// The lanes that run before the first step of a round and after each.
    running: Vec<[Truth<V>; ROUND + 1]>,
    /// Room for [`look`](Self::look).
    leaving: Vec<(u32, u32)>,
    pub(super) extent: X,
}

impl<'m, V: Vector, U: Update, X: Extent> Crew<'m, V, U, X> {
    pub(super) fn new(machine: &'m Machine, optimizer: U, extent: X, descents: &Descents<'_>) -> Self {
        let experiment = &descents.chunk.job.experiment;
        Self {
            machine,
            optimizer,
            limits: Limits::of(experiment.stop()),
            most_steps: experiment.stop().steps,
            is_memoryless: experiment.optimizer().is_memoryless(),
            file: File::new(machine.registers()),
            hyper: File::new(U::HYPERPARAMETERS),
            seated: 0,
            slots: vec![0; SEATS],
            since: vec![0; SEATS],
            now: 0,
            left: 0,
            running: vec![[Truth::<V>::splat(false); ROUND + 1]; File::<V>::WIDTH],
            leaving: Vec::with_capacity(SEATS),
            extent,
        }
    }

    /// Runs every descent to its end.
    #[inline(always)]
    pub(super) fn run(&mut self, descents: &mut Descents<'_>) -> Result<()> {
        let mut next = SEATS.min(descents.count());
        self.seat_all(descents, 0, next);
        while self.seated > 0 {
            descents.chunk.job.monitor.check()?;
            let round = self.round();
            self.look(round, descents, &mut next);
        }
        Ok(())
    }

    /// Takes every descent by exactly the largest number of steps, at which nothing is asked.
    #[inline(always)]
    pub(super) fn run_fixed(&mut self, descents: &mut Descents<'_>) -> Result<()> {
        for first in (0..descents.count()).step_by(SEATS) {
            self.seat_all(descents, first, SEATS.min(descents.count() - first));
            let mut left = self.most_steps;
            while left > 0 {
                descents.chunk.job.monitor.check()?;
                let now = left.min(uninterrupted(self.machine.dimension));
                for _ in 0..now {
                    self.file.run(&self.machine.slope, self.blocks());
                    self.fixed_step();
                }
                left -= now;
            }
            let (mut x, steps) = (self.extent.origin::<Lane<V>>(), Lane::<V>::splat(f32::from_bits(self.most_steps)));
            for block in 0..self.blocks() {
                self.numbers_of(0, block, x.as_mut());
                descents.put(first + block * V::LANES, x.as_ref(), &steps);
            }
        }
        Ok(())
    }

    /// How many blocks the seats take that are taken.
    fn blocks(&self) -> usize {
        self.seated.div_ceil(V::LANES)
    }

    /// Seats `count` descents from `first` on, where nobody sits.
    #[inline(always)]
    fn seat_all(&mut self, descents: &Descents<'_>, first: usize, count: usize) {
        (self.seated, self.left) = (count, 0);
        self.since.fill(self.now);
        for seat in 0..count {
            self.slots[seat] = (first + seat) as u32;
        }
        for block in 0..self.blocks() {
            self.seat(block, descents, first + block * V::LANES);
        }
    }

    /// Seats the descents from `slot` on in block `block`.
    #[inline(always)]
    pub(super) fn seat(&mut self, block: usize, descents: &Descents<'_>, slot: usize) {
        for number in 0..self.numbers() {
            self.row(number)[block * V::LANES..][..V::LANES].copy_from_slice(&descents.column(number)[slot..][..V::LANES]);
        }
    }

    /// What the registers from `first` on hold of block `block`.
    #[inline(always)]
    pub(super) fn numbers_of(&mut self, first: usize, block: usize, numbers: &mut [Lane<V>]) {
        for (i, number) in numbers.iter_mut().enumerate() {
            *number = *self.file.at(first + i, block);
        }
    }

    /// Moves all by some steps, as many as are returned.
    #[inline(always)]
    fn round(&mut self) -> usize {
        if self.left == 0 {
            self.left = self.least_left();
        }
        let (round, blocks) = (ROUND.min(self.left as usize), self.blocks());
        for (block, running) in self.running[..blocks].iter_mut().enumerate() {
            let seated = self.seated - block * V::LANES;
            running[0] = if seated < V::LANES { first_lanes::<Lane<V>>(seated) } else { Truth::<V>::splat(true) };
        }
        let code = if self.machine.is_loss_finite { &self.machine.slope } else { &self.machine.both };
        for step in 0..round {
            self.file.run(code, blocks);
            self.step(step, blocks);
        }
        self.now = self.now.wrapping_add(round as u32);
        self.left -= round as u32;
        round
    }

    /// How many steps everyone has left at least.
    fn least_left(&self) -> u32 {
        let taken = self.since[..self.seated].iter().map(|since| self.now.wrapping_sub(*since));
        self.most_steps - taken.max().unwrap_or(0)
    }

    /// One step of all that run, whose gradients are known.
    #[inline(always)]
    fn step(&mut self, step: usize, blocks: usize) {
        let Self { machine, optimizer, limits, file, hyper, running, extent, is_memoryless, .. } = self;
        let (mut x, mut gradient) = (extent.origin::<Lane<V>>(), extent.origin::<Lane<V>>());
        // Known to the compiler where D is.
        let (d, row) = (x.as_ref().len(), File::<V>::STRIDE);
        let (points, rest) = file.blocks.split_at_mut(d * row);
        let results = &rest[machine.parameters * row..];
        let (losses, gradients) = results.split_at(if machine.is_loss_finite { 0 } else { row });
        let (points, gradients, hyper) = (&mut points[..d * row], &gradients[..d * row], &hyper.blocks[..U::HYPERPARAMETERS * row]);
        assert!(blocks <= File::<V>::WIDTH, "a row has no more");
        let moves_on = Truth::<V>::splat(!*is_memoryless);
        for (block, running) in running[..blocks].iter_mut().enumerate() {
            for i in 0..d {
                x.as_mut()[i] = points[i * row + block];
                gradient.as_mut()[i] = gradients[i * row + block];
            }
            let (x, gradient) = (x.as_ref(), gradient.as_ref());
            let mut goes = running[step] & limits.goes_on(dot(gradient, gradient), dot(x, x));
            if !machine.is_loss_finite {
                goes = goes & losses[block].is_finite();
            }
            let mut next = extent.origin::<Lane<V>>();
            next.as_mut().copy_from_slice(x);
            optimizer.update(&at(hyper, row, block)[..U::HYPERPARAMETERS], next.as_mut(), gradient);
            goes = goes & (moves_on | !unchanged(x, next.as_ref()));
            running[step + 1] = goes;
            for i in 0..x.len() {
                points[i * row + block] = Lane::<V>::select(goes, next.as_ref()[i], x[i]);
            }
        }
    }

    #[inline(always)]
    fn fixed_step(&mut self) {
        let blocks = self.blocks();
        let Self { machine, optimizer, file, hyper, extent, .. } = self;
        let (mut x, mut gradient) = (extent.origin::<Lane<V>>(), extent.origin::<Lane<V>>());
        let (d, row) = (x.as_ref().len(), File::<V>::STRIDE);
        let (points, rest) = file.blocks.split_at_mut(d * row);
        let gradients = &rest[machine.parameters * row..][..d * row];
        let (points, hyper) = (&mut points[..d * row], &hyper.blocks[..U::HYPERPARAMETERS * row]);
        assert!(blocks <= File::<V>::WIDTH, "a row has no more");
        for block in 0..blocks {
            for i in 0..d {
                x.as_mut()[i] = points[i * row + block];
                gradient.as_mut()[i] = gradients[i * row + block];
            }
            optimizer.update(&at(hyper, row, block)[..U::HYPERPARAMETERS], x.as_mut(), gradient.as_ref());
            for i in 0..d {
                points[i * row + block] = x.as_ref()[i];
            }
        }
    }

    /// After a round of so many steps, has whoever has ended get up and the `next` ones sit down.
    #[inline(always)]
    fn look(&mut self, round: usize, descents: &mut Descents<'_>, next: &mut usize) {
        let mut leaving = std::mem::take(&mut self.leaving);
        self.find_ended(round, descents, &mut leaving);
        let coming = leaving.len().min(descents.count() - *next);
        let dimension = self.machine.dimension;
        for number in 0..self.numbers() {
            let (row, column) = (self.row(number), descents.column_mut(number));
            if number < dimension {
                for (seat, slot) in &leaving {
                    column[*slot as usize] = row[*seat as usize];
                }
            }
            for ((seat, _), value) in leaving.iter().zip(&column[*next..][..coming]) {
                row[*seat as usize] = *value;
            }
        }
        for (seat, _) in &leaving[..coming] {
            (self.slots[*seat as usize], self.since[*seat as usize]) = (*next as u32, self.now);
            *next += 1;
        }
        for (seat, _) in leaving.drain(coming..) {
            self.close_up(seat as usize);
        }
        leaving.clear();
        self.leaving = leaving;
    }

    /// The seats of those who have ended, the last one first, and who they are, of whom it notes how many steps they took.
    #[inline(always)]
    fn find_ended(&self, round: usize, descents: &mut Descents<'_>, leaving: &mut Vec<(u32, u32)>) {
        for block in (0..self.blocks()).rev() {
            let running = &self.running[block];
            let mut ended = (running[0] & !running[round]).bits();
            if self.left == 0 {
                ended |= self.exhausted(block);
            }
            let running: [u64; ROUND + 1] = std::array::from_fn(|step| if step > round { 0 } else { running[step].bits() });
            while ended != 0 {
                let lane = ended.ilog2();
                ended ^= 1 << lane;
                let seat = block * V::LANES + lane as usize;
                let moves = running[1..].iter().map(|running| (running >> lane) as u32 & 1).sum::<u32>();
                let slot = self.slots[seat];
                descents.set_steps(slot as usize, self.now.wrapping_sub(round as u32 + self.since[seat]) + moves);
                leaving.push((seat as u32, slot));
            }
        }
    }

    /// The lanes of a block whose descents have used up their steps.
    fn exhausted(&self, block: usize) -> u64 {
        let seats = block * V::LANES..self.seated.min((block + 1) * V::LANES);
        let is_exhausted = |since: &u32| self.now.wrapping_sub(*since) == self.most_steps;
        self.since[seats].iter().rev().fold(0, |bits, since| bits << 1 | u64::from(is_exhausted(since)))
    }

    /// How many numbers a descent has.
    fn numbers(&self) -> usize {
        self.machine.dimension + U::HYPERPARAMETERS + self.machine.parameters
    }

    /// This one of all seats, in the order in which [`Descents`] has them.
    #[inline(always)]
    fn row(&mut self, number: usize) -> &mut [f32] {
        let dimension = self.machine.dimension;
        match number.checked_sub(dimension) {
            None => self.file.row(number),
            Some(hyper) if hyper < U::HYPERPARAMETERS => self.hyper.row(hyper),
            Some(_) => self.file.row(number - U::HYPERPARAMETERS),
        }
    }

    /// Has whoever sits on the last seat take `seat`.
    fn close_up(&mut self, seat: usize) {
        self.seated -= 1;
        let last = self.seated;
        for number in 0..self.numbers() {
            let row = self.row(number);
            row[seat] = row[last];
        }
        (self.slots[seat], self.since[seat]) = (self.slots[last], self.since[last]);
    }
}

/// The most hyper-parameters that a rule takes.
const MOST_HYPERPARAMETERS: usize = 8;

/// The numbers of block `block` in rows of `row` blocks.
#[inline(always)]
fn at<R: Block>(rows: &[R], row: usize, block: usize) -> [R; MOST_HYPERPARAMETERS] {
    let mut numbers = [R::splat(0.0); MOST_HYPERPARAMETERS];
    for i in 0..rows.len() / row {
        numbers[i] = rows[i * row + block];
    }
    numbers
}
