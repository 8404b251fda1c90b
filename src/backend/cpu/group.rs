//! Some blocks of descents that move side by side, so that the latencies of their instructions overlap.
//!
//! They move in *rounds* of some steps. A *careful* round asks at every step, in every lane, whether the descent has ended, and a lane that has
//! stays where it is. A *swift* round takes the steps first and asks afterwards whether any was one too many; if so, it never was. A round of *machine
//! code* asks at every step by the gradient, and leaves at the step where a lane has ended; such a lane moves on, but its end is remembered.

mod compiled;
mod members;

use super::compiler::{Compiled, Memory};
use super::descents::Descents;
use super::extent::{Extent, Row, uninterrupted};
use super::lanes::Block;
use super::watch::Watch;
use crate::backend::descend::{Rules, ones, unchanged};
use crate::error::Result;
use crate::loss::Evaluate;
use crate::optimizer::Update;
use crate::real::{Coefficients, Mask, dot};

pub(super) use self::compiled::{GroupCode, GroupRounds};
use self::compiled::{Left, far};

/// A group is given up once its idle lanes have cost as much as the whole group does in this many rounds: about what making up another costs.
const PATIENCE: u32 = 1;
/// Others take the lanes of those who have ended, if they can, once these have cost as much as the whole group does in this many steps.
const PATIENCE_TO_FILL: usize = 1;

/// The points of all blocks.
type Points<R, X> = <X as Extent>::Each<<X as Extent>::Point<R>>;

/// The blocks and what moves them.
pub(super) struct Group<'b, R: Block, E, U, C, X: Extent> {
    rules: &'b Rules<'b, E, U>,
    row: &'b C,
    watch: Watch<R>,
    /// See [`far`].
    far: R,
    /// Which descent each lane runs; lanes without one repeat the first.
    slots: Vec<u32>,
    /// How many lanes have one.
    count: usize,
    /// Whether the slots are consecutive.
    is_run: bool,
    /// Whether there is machine code for others to take lanes in groups that are not a run, and were enough others for it to be worth it.
    can_fill: bool,
    points: Points<R, X>,
    /// Updates applied in each lane.
    steps: X::Each<R>,
    /// The lanes whose descents have not ended.
    running: X::Each<R::Mask>,
    hyper: Vec<R>,
    own: Vec<R>,
    /// Where the lanes that have ended did: elsewhere they may have moved on.
    ends: Points<R, X>,
    /// What machine code stores where descents end, and room for it.
    left: Vec<R>,
    room: Vec<R>,
    /// Away while a round goes on: what only a loop knows can stay in registers.
    scratch: Option<Scratch<R, X>>,
}

/// Room for what a round computes.
struct Scratch<R: Block, X: Extent> {
    moving: Points<R, X>,
    /// The points before the last step, or after the next.
    beside: Points<R, X>,
    gradient: X::Point<R>,
}

impl<'b, R: Block, E: Evaluate, U: Update, C: Row, X: Extent> Group<'b, R, E, U, C, X> {
    /// How many descents move together.
    pub(super) const LANES: usize = X::BLOCKS * R::LANES;

    /// A group of nobody, for a chunk's descents.
    #[inline(always)]
    pub(super) fn new(rules: &'b Rules<'b, E, U>, row: &'b C, extent: X, descents: &Descents<'_>) -> Self {
        let points = X::each(extent.origin());
        let zero = |width| vec![R::splat(0.0); X::BLOCKS * width];
        Self {
            rules,
            row,
            watch: Watch::new(rules.stop),
            far: far(rules.stop, descents.widths.point),
            slots: Vec::with_capacity(Self::LANES),
            count: 0,
            is_run: false,
            can_fill: false,
            scratch: Some(Scratch { moving: points.clone(), beside: points.clone(), gradient: extent.origin() }),
            ends: points.clone(),
            points,
            steps: X::each(R::splat(0.0)),
            running: X::each(R::Mask::splat(false)),
            hyper: zero(U::HYPERPARAMETERS.len()),
            own: zero(descents.widths.own),
            left: zero(if X::IS_HELD { Left::<R>::width(descents.widths.point) } else { 0 }),
            room: Vec::new(),
        }
    }

    /// Machine code, and the row of coefficients that it takes.
    fn code<'d>(&self, descents: &Descents<'d>) -> Option<(&'d Compiled, &'d [f32])> {
        let chunk = &descents.chunk;
        Some((chunk.group_rounds.get::<R, X>()?, chunk.shared_row?))
    }

    /// How many lane-steps may be idle, if there are so many `waiting` and perhaps `others` to move instead.
    fn patience(&self, waiting: usize, others: bool) -> usize {
        match (self.is_run || !self.can_fill, waiting, others) {
            (_, 0, false) => usize::MAX,
            (false, 1.., _) => PATIENCE_TO_FILL * Self::LANES,
            _ => (PATIENCE * X::ROUND) as usize * Self::LANES,
        }
    }

    /// Moves on until all have ended or, if there are so many `waiting` and perhaps `others` to move instead, too many.
    #[inline(always)]
    pub(super) fn run(&mut self, descents: &Descents<'_>, waiting: usize, others: bool) -> Result<()> {
        let patience = self.patience(waiting, others);
        let (mut running, mut idle, mut is_swift) = (self.count_running(), 0, self.rules.is_loss_finite);
        let uninterrupted = uninterrupted(descents.widths.point).div_ceil(X::ROUND) as usize;
        // Steps that every running descent still has, or more.
        let mut left = self.left();
        // Where steps are cheap, to leave at a step costs more than to take some of them again, unless the ends of all are far apart.
        let is_worth_it = is_swift && (E::HAS_PARTS || X::BLOCKS == 1 || self.can_fill && !self.is_run);
        let mut code = if is_worth_it { self.code(descents) } else { None };
        while running > 0 && idle < patience {
            descents.chunk.job.check()?;
            if left < X::ROUND {
                left = self.left();
            }
            let waste = Self::LANES - running;
            let bearable =
                if waste == 0 { uninterrupted } else { (patience - idle).div_ceil(waste * X::ROUND as usize).min(uninterrupted) };
            let most = (bearable as u32).min(left / X::ROUND);
            let before = self.running.clone();
            let (mut steps, is_exact) = match code {
                _ if !is_swift => (0, false),
                Some((code, row)) => self.run_code(code, row, &before, most),
                None => (self.swift(descents.widths.own, most), false),
            };
            let rounds = steps / X::ROUND;
            if !is_exact && (rounds == 0 || rounds < most) {
                self.careful(descents.widths.own);
                steps += X::ROUND;
            }
            if is_exact || steps > rounds * X::ROUND {
                self.note_ends(&before);
                running = self.count_running();
                if is_swift && !is_exact && rounds < most && running == Self::LANES - waste {
                    // Somebody is far, but not beyond the divergence radius, and may stay there.
                    code = None;
                }
                // Ends come in flocks: soon after one, the next round is careful from the start, unless it is exact.
                is_swift = self.rules.is_loss_finite && (is_exact || running == Self::LANES - waste || rounds > 1);
            }
            left = left.saturating_sub(steps);
            idle += steps as usize * waste;
        }
        Ok(())
    }

    /// Remembers where those ended who are no longer running as they were before.
    #[inline(always)]
    fn note_ends(&mut self, before: &X::Each<R::Mask>) {
        for block in 0..X::BLOCKS {
            let ended = before.as_ref()[block] & !self.running.as_ref()[block];
            select(ended, self.points.as_ref()[block].as_ref(), self.ends.as_mut()[block].as_mut());
        }
    }

    #[inline(always)]
    fn count_running(&self) -> usize {
        self.running.as_ref().iter().map(|lanes| lanes.bits().count_ones() as usize).sum()
    }

    /// How many steps the running descents have left at least.
    fn left(&self) -> u32 {
        let taken = self.steps.as_ref().iter().zip(self.running.as_ref()).flat_map(|(steps, running)| {
            let steps = R::numbers(std::slice::from_ref(steps));
            ones(running.bits()).map(|lane| steps[lane].to_bits())
        });
        self.rules.stop.steps - taken.max().unwrap_or(0)
    }

    /// At most `most` swift rounds; returns how many steps these were. Where they are fewer rounds, a descent ended in the next one.
    #[inline(always)]
    fn swift(&mut self, own_width: usize, most: u32) -> u32 {
        let Self { rules, row, watch, points, running, hyper, own, scratch, .. } = self;
        let (hyper, row, watch, running) = (&hyper[..X::BLOCKS * U::HYPERPARAMETERS.len()], row.clone(), *watch, running.clone());
        let Scratch { mut moving, beside: mut last, mut gradient } = scratch.take().expect("every round puts it back");
        X::copy(points, &mut moving);
        let (mut rounds, mut seen) = (0, X::each(watch.nothing()));
        while rounds < most {
            // In place: to make the array anew here is not inlined, and would copy it through memory every round.
            for block in 0..X::BLOCKS {
                seen.as_mut()[block] = watch.nothing();
            }
            for step in (0..X::ROUND).rev() {
                if step == 0 && U::IS_MEMORYLESS {
                    X::copy(&moving, &mut last);
                }
                for block in 0..X::BLOCKS {
                    let (x, gradient) = (moving.as_mut()[block].as_mut(), gradient.as_mut());
                    rules.loss.gradient(&row.of(own, block, own_width), x, gradient);
                    watch.look(&mut seen.as_mut()[block], dot(gradient, gradient), dot(x, x));
                    rules.stateless_update(&hyper[block * U::HYPERPARAMETERS.len()..][..U::HYPERPARAMETERS.len()], x, gradient);
                }
            }
            let mut ended = R::Mask::splat(false);
            for block in 0..X::BLOCKS {
                let stalled = R::Mask::splat(U::IS_MEMORYLESS) & unchanged(moving.as_ref()[block].as_ref(), last.as_ref()[block].as_ref());
                ended = ended | (running.as_ref()[block] & (stalled | watch.ended(&seen.as_ref()[block])));
            }
            if ended.any() {
                break;
            }
            for block in 0..X::BLOCKS {
                for (x, moved) in points.as_mut()[block].as_mut().iter_mut().zip(moving.as_ref()[block].as_ref()) {
                    *x = R::select(running.as_ref()[block], *moved, *x);
                }
            }
            rounds += 1;
        }
        *scratch = Some(Scratch { moving, beside: last, gradient });
        self.count(rounds * X::ROUND);
        rounds * X::ROUND
    }

    /// Counts so many steps of those who are running.
    #[inline(always)]
    fn count(&mut self, steps: u32) {
        for block in 0..X::BLOCKS {
            let taken = R::select(self.running.as_ref()[block], R::splat(f32::from_bits(steps)), R::splat(0.0));
            self.steps.as_mut()[block] = self.steps.as_ref()[block].plus_bits(taken);
        }
    }

    /// At most `most` rounds of machine code, with the row of coefficients that all share. Returns how many steps were taken, and whether descents
    /// ended where these led, who are no longer running then. If not, and where the steps are fewer rounds, one ended in the next, or is far.
    #[inline(always)]
    #[expect(unsafe_code, reason = "machine code is called")]
    fn run_code(&mut self, code: &Compiled, row: &[f32], before: &X::Each<R::Mask>, most: u32) -> (u32, bool) {
        let memory = Memory {
            file: X::held(&mut self.points).expect("it is compiled where points are held"),
            hyper: &self.hyper,
            state: &mut self.left,
            steps: self.steps.as_mut(),
            running: self.running.as_mut(),
            common: &[],
            row,
            scratch: &mut self.room,
        };
        // SAFETY: it was compiled for the instructions that these vectors are of, which were detected.
        let (rounds, exit) = unsafe { code.run_rounds(memory, most) };
        let ended = std::mem::replace(&mut self.running, before.clone());
        let steps = rounds * X::ROUND;
        self.count(steps);
        // No closure: it would be compiled without the caller's vector instructions.
        let beyond = match exit {
            Some(number) if number < X::ROUND as usize && !self.has_missed_an_end(number > 0) => number,
            _ => return (steps, false),
        };
        self.count(beyond as u32);
        for block in 0..X::BLOCKS {
            let points = self.points.as_mut()[block].as_mut();
            points.copy_from_slice(Left::of(&self.left, points.len(), block).x);
            self.running.as_mut()[block] = self.running.as_ref()[block] & !ended.as_ref()[block];
        }
        (steps + beyond as u32, true)
    }

    /// Whether a descent had ended before machine code left, which may be some steps into a round, where it does not ask for all.
    #[inline(always)]
    fn has_missed_an_end(&self, has_moved: bool) -> bool {
        let mut missed = R::Mask::splat(false);
        for block in 0..X::BLOCKS {
            let Left { x, last, size } = Left::of(&self.left, self.points.as_ref()[block].as_ref().len(), block);
            let stalled = R::Mask::splat(U::IS_MEMORYLESS && has_moved) & unchanged(x, last);
            missed = missed | self.running.as_ref()[block] & (stalled | self.far.less(size));
        }
        missed.any()
    }

    /// A careful round.
    #[inline(always)]
    fn careful(&mut self, own_width: usize) {
        let Self { rules, row, points, steps, running, hyper, own, scratch, .. } = self;
        let (hyper, row) = (&hyper[..X::BLOCKS * U::HYPERPARAMETERS.len()], row.clone());
        let Scratch { mut moving, beside: mut next, mut gradient } = scratch.take().expect("every round puts it back");
        std::mem::swap(points, &mut moving);
        let mut lanes = (running.clone(), steps.clone());
        for _ in 0..X::ROUND {
            for block in 0..X::BLOCKS {
                let (x, next) = (moving.as_mut()[block].as_mut(), next.as_mut()[block].as_mut());
                let hyper = &hyper[block * U::HYPERPARAMETERS.len()..][..U::HYPERPARAMETERS.len()];
                let (running, steps) = (&mut lanes.0.as_mut()[block], &mut lanes.1.as_mut()[block]);
                careful_step(rules, &row.of(own, block, own_width), hyper, x, next, gradient.as_mut(), running, steps);
            }
        }
        std::mem::swap(points, &mut moving);
        (*running, *steps) = lanes;
        *scratch = Some(Scratch { moving, beside: next, gradient });
    }
}

/// Has `to` (`R[D]`) be `from` where a condition holds.
#[inline(always)]
fn select<R: Block>(condition: R::Mask, from: &[R], to: &mut [R]) {
    for (to, from) in to.iter_mut().zip(from) {
        *to = R::select(condition, *from, *to);
    }
}

/// One step of the lanes that run and do not end at `x`.
#[inline(always)]
#[expect(clippy::too_many_arguments, reason = "all of a block, each in registers of its own")]
fn careful_step<R: Block, E: Evaluate, U: Update>(
    rules: &Rules<'_, E, U>,
    row: &impl Coefficients<R>,
    hyper: &[R],
    x: &mut [R],
    next: &mut [R],
    gradient: &mut [R],
    running: &mut R::Mask,
    steps: &mut R,
) {
    let (most, one) = (R::splat(f32::from_bits(rules.stop.steps)), R::splat(f32::from_bits(1)));
    rules.loss.gradient(row, x, gradient);
    let (converged, inside) = rules.tests(row, x, gradient);
    *running = *running & !converged & inside & !steps.same_bits(most);
    next.copy_from_slice(x);
    rules.stateless_update(hyper, next, gradient);
    if U::IS_MEMORYLESS {
        *running = *running & !unchanged(x, next);
    }
    *steps = steps.plus_bits(R::select(*running, one, R::splat(0.0)));
    for i in 0..x.len() {
        x[i] = R::select(*running, next[i], x[i]);
    }
}
