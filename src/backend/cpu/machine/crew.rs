//! The descents that sit in the machine, a lane each. They take some steps together; then whoever has ended gets up, and the next one takes
//! the seat.

use std::marker::PhantomData;

use super::execute::File;
use super::{Machine, SEATS};
use crate::backend::cpu::descents::Descents;
use crate::backend::cpu::extent::{Extent, uninterrupted};
use crate::backend::cpu::lanes::{Block, Lanes, first_lanes};
use crate::backend::cpu::vector::{Vector, Within};
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
    /// Updates applied in each seat, where they may differ.
    steps: File<V>,
    /// The lanes whose descents have not ended.
    running: Vec<Truth<V>>,
    /// The numbers that differ from one descent to another.
    various: Vec<usize>,
    /// The seats that are taken are the first ones, as many as this.
    seated: usize,
    /// Who sits there.
    slots: [u32; SEATS],
    /// Room for [`look`](Self::look).
    leaving: Vec<u32>,
    pub(super) extent: X,
}

impl<'m, V: Vector, U: Update, X: Extent> Crew<'m, V, U, X> {
    pub(super) fn new(machine: &'m Machine, optimizer: U, extent: X, descents: &Descents<'_>) -> Self {
        let experiment = &descents.chunk.job.experiment;
        let mut crew = Self {
            machine,
            optimizer,
            limits: Limits::of(experiment.stop()),
            most_steps: experiment.stop().steps,
            is_memoryless: experiment.optimizer().is_memoryless(),
            file: File::new(machine.registers()),
            hyper: File::new(U::HYPERPARAMETERS),
            steps: File::new(1),
            running: vec![Truth::<V>::splat(false); File::<V>::WIDTH],
            various: Vec::new(),
            seated: 0,
            slots: [0; SEATS],
            leaving: Vec::with_capacity(SEATS),
            extent,
        };
        crew.various.extend((0..crew.numbers()).filter(|number| !descents.chunk.tables.is_same(*number)));
        crew
    }

    /// Runs every descent to its end.
    #[inline(always)]
    pub(super) fn run(&mut self, descents: &mut Descents<'_>) -> Result<()> {
        let mut next = SEATS.min(descents.count());
        self.seat_all(descents, 0, next);
        let (code, looks_at_loss) = if self.machine.is_loss_finite { (&self.machine.slope, false) } else { (&self.machine.both, true) };
        while self.seated > 0 {
            descents.chunk.job.monitor.check()?;
            let blocks = self.blocks();
            self.running[..blocks].fill(Truth::<V>::splat(true));
            self.running[blocks - 1] = first_lanes::<Lane<V>>(self.seated - (blocks - 1) * V::LANES);
            for _ in 0..ROUND {
                self.file.run(code, blocks);
                if looks_at_loss {
                    self.step::<Asking<true>>(blocks);
                } else {
                    self.step::<Asking<false>>(blocks);
                }
            }
            self.look(descents, &mut next);
        }
        Ok(())
    }

    /// Takes every descent by exactly the largest number of steps, at which nothing is asked.
    #[inline(always)]
    pub(super) fn run_fixed(&mut self, descents: &mut Descents<'_>) -> Result<()> {
        for first in (0..descents.count()).step_by(SEATS) {
            self.seat_all(descents, first, SEATS.min(descents.count() - first));
            let (blocks, mut left) = (self.blocks(), self.most_steps);
            while left > 0 {
                descents.chunk.job.monitor.check()?;
                let now = left.min(uninterrupted(self.machine.dimension));
                for _ in 0..now {
                    self.file.run(&self.machine.slope, blocks);
                    self.step::<Sure>(blocks);
                }
                left -= now;
            }
            let (mut x, steps) = (self.extent.origin::<Lane<V>>(), Lane::<V>::splat(f32::from_bits(self.most_steps)));
            for block in 0..blocks {
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
        self.seated = count;
        self.steps.row(0).fill(0.0);
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

    /// One step of all, whose gradients are known.
    #[inline(always)]
    fn step<M: Manner>(&mut self, blocks: usize) {
        V::enter(Step::<V, U, X, M> { crew: self, blocks, manner: PhantomData });
    }

    /// Has whoever has ended get up and the `next` ones sit down.
    #[inline(always)]
    fn look(&mut self, descents: &mut Descents<'_>, next: &mut usize) {
        let mut leaving = std::mem::take(&mut self.leaving);
        self.find_ended(&mut leaving);
        let coming = leaving.len().min(descents.count() - *next);
        for number in 0..self.machine.dimension {
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
        for i in 0..self.various.len() {
            let number = self.various[i];
            let (row, column) = (self.row(number), &descents.column(number)[*next..][..coming]);
            for (seat, value) in leaving.iter().zip(column) {
                row[*seat as usize] = *value;
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
        let steps = self.steps.row(0);
        (self.slots[seat], steps[seat]) = (self.slots[last], steps[last]);
    }
}

/// How a step is taken.
trait Manner {
    /// Whether it asks who has ended.
    const ASKS: bool;
    /// Whether it asks for that whether the loss is finite.
    const LOOKS_AT_LOSS: bool;
}

/// By all.
struct Sure;

/// By those who have not ended, who are told by the gradient and, it may be, the loss.
struct Asking<const LOOKS_AT_LOSS: bool>;

impl Manner for Sure {
    const ASKS: bool = false;
    const LOOKS_AT_LOSS: bool = false;
}

impl<const LOOKS_AT_LOSS: bool> Manner for Asking<LOOKS_AT_LOSS> {
    const ASKS: bool = true;
    const LOOKS_AT_LOSS: bool = LOOKS_AT_LOSS;
}

/// A step of all, in a function of its own.
struct Step<'a, 'm, V: Vector, U, X: Extent, M> {
    crew: &'a mut Crew<'m, V, U, X>,
    blocks: usize,
    manner: PhantomData<M>,
}

impl<V: Vector, U: Update, X: Extent, M: Manner> Within for Step<'_, '_, V, U, X, M> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        let Crew { machine, optimizer, limits, most_steps, is_memoryless, file, hyper, steps, running, extent, .. } = self.crew;
        let (optimizer, limits, blocks) = (*optimizer, *limits, self.blocks);
        let (most, one) = (Lane::<V>::splat(f32::from_bits(*most_steps)), Lane::<V>::splat(f32::from_bits(1)));
        let (mut x, mut gradient, mut next) = (extent.origin::<Lane<V>>(), extent.origin::<Lane<V>>(), extent.origin::<Lane<V>>());
        // Known to the compiler where D is.
        let (d, row) = (x.as_ref().len(), File::<V>::STRIDE);
        let (points, rest) = file.blocks.split_at_mut(d * row);
        let results = &rest[machine.parameters * row..];
        let (losses, gradients) = results.split_at(if M::LOOKS_AT_LOSS { row } else { 0 });
        let (points, gradients, hyper) = (&mut points[..d * row], &gradients[..d * row], &hyper.blocks[..U::HYPERPARAMETERS * row]);
        let (running, steps) = (&mut running[..blocks], &mut steps.blocks[..blocks]);
        let goes_anyway = Truth::<V>::splat(!*is_memoryless);
        assert!(blocks <= File::<V>::WIDTH, "a row has no more");
        for block in 0..blocks {
            for i in 0..d {
                x.as_mut()[i] = points[i * row + block];
                gradient.as_mut()[i] = gradients[i * row + block];
            }
            let (x, gradient, next) = (x.as_ref(), gradient.as_ref(), next.as_mut());
            next.copy_from_slice(x);
            optimizer.update(&at(hyper, row, block)[..U::HYPERPARAMETERS], next, gradient);
            if M::ASKS {
                let mut goes = running[block] & limits.goes_on(dot(gradient, gradient), dot(x, x)) & !steps[block].same_bits(most);
                if M::LOOKS_AT_LOSS {
                    goes = goes & losses[block].is_finite();
                }
                goes = goes & (goes_anyway | !unchanged(x, next));
                running[block] = goes;
                steps[block] = steps[block].plus_bits(Lane::<V>::select(goes, one, Lane::<V>::splat(0.0)));
                for i in 0..d {
                    next[i] = Lane::<V>::select(goes, next[i], x[i]);
                }
            }
            for i in 0..d {
                points[i * row + block] = next[i];
            }
        }
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
