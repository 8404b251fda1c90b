//! The groups that sit in the machine: they come, take a round of steps together, and make room for others.

use super::execute::File;
use super::group::{Group, Stand};
use super::{GROUP, GROUPS, Machine};
use crate::backend::cpu::descents::Descents;
use crate::backend::cpu::extent::{Extent, uninterrupted};
use crate::backend::cpu::lanes::{Block, Lanes, first_lanes};
use crate::backend::cpu::vector::Vector;
use crate::backend::descend::{Limits, ones, unchanged};
use crate::error::Result;
use crate::optimizer::Update;
use crate::real::{Mask, Real, dot};

/// One vector of lanes.
pub(super) type Lane<V> = Lanes<V, 1>;

/// Steps between two looks at who has ended.
const ROUND: u32 = 4;
/// A group is given up once its idle lanes have cost as many steps of all its lanes: about what making up another costs.
const PATIENCE: usize = 4;

/// All groups, and what moves them.
pub(super) struct Crew<'m, V: Vector, U, X: Extent> {
    pub(super) machine: &'m Machine,
    optimizer: U,
    pub(super) limits: Limits<Lane<V>>,
    pub(super) most_steps: u32,
    is_memoryless: bool,
    pub(super) file: File<V>,
    /// The hyper-parameters, each a row as in the file.
    hyper: Vec<Lane<V>>,
    /// Hyper-parameters and parameters of one block.
    pub(super) inputs: Vec<Lane<V>>,
    /// Blocks of a group, as a number that compilers do not know: written out, the loops over many narrow ones take them minutes.
    blocks: usize,
    groups: Vec<Group<Lane<V>>>,
    /// The points at the beginning of a round, and how far the groups had come.
    before: (Vec<Lane<V>>, Vec<Stand<Lane<V>>>),
    pub(super) extent: X,
}

/// Where a group's next descents come from.
struct Source {
    /// The first slot that nobody has taken up yet.
    next: usize,
    /// Descents that have begun and sit nowhere.
    waiting: Vec<u32>,
}

impl<'m, V: Vector, U: Update, X: Extent> Crew<'m, V, U, X> {
    pub(super) fn new(machine: &'m Machine, optimizer: U, extent: X, descents: &Descents<'_>) -> Self {
        let experiment = &descents.chunk.job.experiment;
        let (places, width) = (File::<V>::WIDTH, descents.widths.hyper);
        Self {
            machine,
            optimizer,
            limits: Limits::of(experiment.stop()),
            most_steps: experiment.stop().steps,
            is_memoryless: experiment.optimizer().is_memoryless(),
            file: File::new(machine.registers()),
            hyper: vec![Lane::<V>::splat(0.0); places * U::HYPERPARAMETERS],
            inputs: vec![Lane::<V>::splat(0.0); width],
            blocks: GROUP / V::LANES,
            groups: Vec::with_capacity(GROUPS),
            before: (vec![Lane::<V>::splat(0.0); places * machine.dimension], vec![Stand::new(); GROUPS]),
            extent,
        }
    }

    /// Runs every descent to its end.
    #[inline(always)]
    pub(super) fn run(&mut self, descents: &mut Descents<'_>) -> Result<()> {
        let mut source = Source { next: 0, waiting: Vec::new() };
        while self.groups.len() < GROUPS && source.next < descents.count() {
            self.groups.push(Group::new());
            self.take(self.groups.len() - 1, descents, &mut source);
        }
        while !self.groups.is_empty() {
            descents.chunk.job.monitor.check()?;
            self.round();
            for number in (0..self.groups.len()).rev() {
                let running = self.groups[number].count_running();
                let has_others = source.next < descents.count() || !source.waiting.is_empty();
                if running == 0 || has_others && self.groups[number].idle > PATIENCE * GROUP {
                    self.leave(number, descents, &mut source);
                    if !self.take(number, descents, &mut source) {
                        self.remove(number);
                    }
                }
            }
        }
        Ok(())
    }

    /// Fills a group with the next descents; returns whether there were any.
    #[inline(always)]
    fn take(&mut self, number: usize, descents: &Descents<'_>, source: &mut Source) -> bool {
        let has_begun_all = source.next >= descents.count();
        let group = &mut self.groups[number];
        group.slots.clear();
        (group.idle, group.left) = (0, 0);
        group.is_run = source.waiting.len() < GROUP && !has_begun_all;
        if group.is_run {
            group.count = GROUP.min(descents.count() - source.next);
            group.slots.extend(source.next as u32..(source.next + GROUP) as u32);
            source.next += GROUP;
        } else {
            group.slots.extend(source.waiting.drain(source.waiting.len().saturating_sub(GROUP)..));
            group.count = group.slots.len();
            if group.count == 0 {
                return false;
            }
            group.slots.resize(GROUP, group.slots[0]);
        }
        self.load(number, descents);
        true
    }

    /// Brings the descents of a group into the machine.
    #[inline(always)]
    fn load(&mut self, number: usize, descents: &Descents<'_>) {
        let mut x = self.extent.origin::<Lane<V>>();
        let Stand { mut steps, mut running } = std::mem::replace(&mut self.groups[number].stand, Stand::new());
        steps.clear();
        running.clear();
        for block in 0..self.blocks {
            let (group, place) = (&self.groups[number], number * self.blocks + block);
            let slots = &group.slots[block * Lane::<V>::LANES..][..Lane::<V>::LANES];
            let hyper = &mut self.inputs[..];
            steps.push(match group.is_run {
                true => {
                    descents.points(slots[0] as usize, x.as_mut());
                    descents.hyper(slots[0] as usize, hyper);
                    descents.steps(slots[0] as usize)
                }
                false => descents.gather(slots, x.as_mut(), hyper, &mut []),
            });
            running.push(first_lanes::<Lane<V>>(group.count.saturating_sub(block * Lane::<V>::LANES)));
            for i in 0..U::HYPERPARAMETERS {
                self.hyper[i * File::<V>::WIDTH + place] = self.inputs[i];
            }
            self.seat(place, x.as_ref());
        }
        self.groups[number].stand = Stand { steps, running };
    }

    /// Puts a point and the parameters among `inputs` into block `place` of the file.
    #[inline(always)]
    pub(super) fn seat(&mut self, place: usize, x: &[Lane<V>]) {
        for (register, value) in x.iter().chain(&self.inputs[U::HYPERPARAMETERS..]).enumerate() {
            *self.file.at(register, place) = *value;
        }
    }

    /// Puts everyone of a group where he is now; those who have not ended wait.
    #[inline(always)]
    fn leave(&mut self, number: usize, descents: &mut Descents<'_>, source: &mut Source) {
        let mut x = self.extent.origin::<Lane<V>>();
        for block in 0..self.blocks {
            for (i, x) in x.as_mut().iter_mut().enumerate() {
                *x = *self.file.at(i, number * self.blocks + block);
            }
            let group = &self.groups[number];
            let slots = &group.slots[block * Lane::<V>::LANES..][..Lane::<V>::LANES];
            if group.is_run {
                descents.put(slots[0] as usize, x.as_ref(), &group.stand.steps[block]);
            } else {
                let count = group.count.saturating_sub(block * Lane::<V>::LANES).min(Lane::<V>::LANES);
                descents.scatter(&slots[..count], x.as_ref(), &group.stand.steps[block]);
            }
            source.waiting.extend(ones(group.stand.running[block].bits()).map(|lane| slots[lane]));
        }
    }

    /// Gives the seats of a group to the last one.
    #[inline(always)]
    fn remove(&mut self, number: usize) {
        let last = self.groups.len() - 1;
        for block in 0..self.blocks {
            let (from, to) = (last * self.blocks + block, number * self.blocks + block);
            for register in 0..self.machine.dimension + self.machine.parameters {
                *self.file.at(register, to) = *self.file.at(register, from);
            }
            for row in self.hyper.chunks_exact_mut(File::<V>::WIDTH) {
                row[to] = row[from];
            }
        }
        self.groups.swap_remove(number);
    }

    /// Moves all groups by some steps.
    #[inline(always)]
    fn round(&mut self) {
        let mut round = ROUND;
        for group in &mut self.groups {
            round = round.min(group.exhaust(self.most_steps));
        }
        if self.is_memoryless {
            self.before.0.copy_from_slice(&self.file.blocks[..self.machine.dimension * File::<V>::WIDTH]);
            for (before, group) in self.before.1.iter_mut().zip(&self.groups) {
                before.clone_from(&group.stand);
            }
        }
        let stalled = self.advance(0, self.groups.len(), round, false);
        for number in (0..self.groups.len()).filter(|number| stalled >> number & 1 == 1) {
            self.groups[number].stand.clone_from(&self.before.1[number]);
            for register in 0..self.machine.dimension {
                let row = register * File::<V>::WIDTH + number * self.blocks;
                self.file.blocks[row..row + self.blocks].copy_from_slice(&self.before.0[row..row + self.blocks]);
            }
            self.advance(number, number + 1, round, true);
        }
        for group in &mut self.groups {
            group.idle += (GROUP - group.count_running()) * round as usize;
        }
    }

    /// Moves some groups by `round` steps. Where it is `careful`, a descent ends at the step that leaves it where it is; otherwise it
    /// is only told which groups hold one that the last step left there, a bit each.
    #[inline(always)]
    fn advance(&mut self, first: usize, end: usize, round: u32, careful: bool) -> u32 {
        let (mut stalled, machine) = (0, self.machine);
        let code = if machine.is_loss_finite { &machine.slope } else { &machine.both };
        for step in 0..round {
            self.file.run(code);
            let looks = self.is_memoryless && (careful || step + 1 == round);
            for number in first..end {
                let stays = self.step(number, step, looks, careful);
                stalled |= u32::from(stays) << number;
            }
        }
        for group in &mut self.groups[first..end] {
            group.count(round);
        }
        stalled
    }

    /// One step of a group, whose gradient is known; returns whether it leaves a lane where it is, if it `looks`.
    #[inline(always)]
    fn step(&mut self, number: usize, step: u32, looks: bool, careful: bool) -> bool {
        let Self { machine, optimizer, limits, file, hyper, groups, extent, blocks, .. } = self;
        let blocks = *blocks;
        let (mut x, mut gradient) = (extent.origin::<Lane<V>>(), extent.origin::<Lane<V>>());
        // Known to the compiler where D is.
        let (d, row) = (x.as_ref().len(), File::<V>::WIDTH);
        let (points, rest) = file.blocks.split_at_mut(d * row);
        let results = &rest[machine.parameters * row..];
        let (losses, gradients) = results.split_at(if machine.is_loss_finite { 0 } else { row });
        let (points, gradients, hyper) = (&mut points[..d * row], &gradients[..d * row], &hyper[..U::HYPERPARAMETERS * row]);
        assert!(number < GROUPS, "a row has room for no more");
        let stand = &mut groups[number].stand;
        let (steps, running) = (&mut stand.steps[..blocks], &mut stand.running[..blocks]);
        let mut leaves = false;
        for block in 0..blocks {
            let place = number * blocks + block;
            for i in 0..d {
                x.as_mut()[i] = points[i * row + place];
                gradient.as_mut()[i] = gradients[i * row + place];
            }
            let (x, gradient) = (x.as_ref(), gradient.as_ref());
            let mut goes = limits.goes_on(dot(gradient, gradient), dot(x, x));
            if !machine.is_loss_finite {
                goes = goes & losses[place].is_finite();
            }
            let mut next = extent.origin::<Lane<V>>();
            next.as_mut().copy_from_slice(x);
            optimizer.update(&at(hyper, row, place)[..U::HYPERPARAMETERS], next.as_mut(), gradient);
            if looks {
                let stays = goes & running[block] & unchanged(x, next.as_ref());
                leaves |= stays.any();
                if careful {
                    goes = goes & !stays;
                }
            }
            let ended = running[block] & !goes;
            if ended.any() {
                let taken = Lane::<V>::select(ended, Lane::<V>::splat(f32::from_bits(step)), Lane::<V>::splat(0.0));
                steps[block] = steps[block].plus_bits(taken);
                running[block] = running[block] & goes;
            }
            for i in 0..x.len() {
                points[i * row + place] = Lane::<V>::select(running[block], next.as_ref()[i], x[i]);
            }
        }
        leaves
    }

    /// Takes every descent by exactly the largest number of steps, at which nothing is asked.
    #[inline(always)]
    pub(super) fn run_fixed(&mut self, descents: &mut Descents<'_>) -> Result<()> {
        let mut source = Source { next: 0, waiting: Vec::new() };
        while source.next < descents.count() {
            while self.groups.len() < GROUPS && source.next < descents.count() {
                self.groups.push(Group::new());
                self.take(self.groups.len() - 1, descents, &mut source);
            }
            let mut left = self.most_steps;
            while left > 0 {
                descents.chunk.job.monitor.check()?;
                let now = left.min(uninterrupted(self.machine.dimension));
                for _ in 0..now {
                    self.file.run(&self.machine.slope);
                    self.fixed_step();
                }
                left -= now;
            }
            let steps = Lane::<V>::splat(f32::from_bits(self.most_steps));
            for number in (0..self.groups.len()).rev() {
                self.groups[number].stand.steps.fill(steps);
                self.groups[number].stand.running.fill(<Lane<V> as Real>::Mask::splat(false));
                self.leave(number, descents, &mut source);
            }
            self.groups.clear();
        }
        Ok(())
    }

    #[inline(always)]
    fn fixed_step(&mut self) {
        let Self { machine, optimizer, file, hyper, extent, .. } = self;
        let (mut x, mut gradient) = (extent.origin::<Lane<V>>(), extent.origin::<Lane<V>>());
        let (d, row) = (x.as_ref().len(), File::<V>::WIDTH);
        let (points, rest) = file.blocks.split_at_mut(d * row);
        let gradients = &rest[machine.parameters * row..][..d * row];
        let (points, hyper) = (&mut points[..d * row], &hyper[..U::HYPERPARAMETERS * row]);
        for place in 0..row {
            for i in 0..d {
                x.as_mut()[i] = points[i * row + place];
                gradient.as_mut()[i] = gradients[i * row + place];
            }
            optimizer.update(&at(hyper, row, place)[..U::HYPERPARAMETERS], x.as_mut(), gradient.as_ref());
            for i in 0..d {
                points[i * row + place] = x.as_ref()[i];
            }
        }
    }
}

/// The most hyper-parameters that a rule takes.
const MOST_HYPERPARAMETERS: usize = 8;

/// The numbers of block `place` in rows of `row` blocks.
#[inline(always)]
fn at<R: Block>(rows: &[R], row: usize, place: usize) -> [R; MOST_HYPERPARAMETERS] {
    let mut numbers = [R::splat(0.0); MOST_HYPERPARAMETERS];
    for i in 0..rows.len() / row {
        numbers[i] = rows[i * row + place];
    }
    numbers
}
