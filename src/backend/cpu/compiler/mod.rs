//! Compiles what twins do to machine code.
//!
//! The twins of losses, rules, schedules and transforms are written over any number type. Run once with [recorded] numbers, they leave a [tape] of
//! operations, the same for every descent, which becomes code that runs it block by block. So one text serves for all combinations, and
//! what a step of any of them computes stays in registers.

#![cfg_attr(not(target_arch = "x86_64"), expect(dead_code, reason = "there is no compiler for these instructions yet"))]

#[cfg(not(target_arch = "x86_64"))]
mod none;
mod recorded;
mod tape;
#[cfg(target_arch = "x86_64")]
mod x86;

use crate::backend::cpu::lanes::Block;

#[cfg(not(target_arch = "x86_64"))]
pub(super) use self::none::Compiled;
pub(super) use self::recorded::{Recorded, Truth};
pub(super) use self::tape::{Base, Place};
#[cfg(target_arch = "x86_64")]
pub(super) use self::x86::Compiled;

/// What compiled code goes through, turn by turn.
#[derive(Clone, Copy, Debug)]
pub(super) enum Turns {
    /// The blocks of rows, some at a time.
    Blocks,
    /// The same `blocks` each time, of which each has its numbers side by side: so many of [`Base::File`], [`Base::Hyper`] and [`Base::State`].
    Rounds { blocks: usize, file: usize, hyper: usize, state: usize },
}

/// What compiled code reads and writes: see [`Base`].
pub(super) struct Memory<'a, R: Block> {
    pub(super) file: &'a mut [R],
    pub(super) hyper: &'a [R],
    pub(super) state: &'a mut [R],
    pub(super) steps: &'a mut [R],
    pub(super) running: &'a mut [R::Mask],
    pub(super) common: &'a [R],
    pub(super) row: &'a [f32],
    /// Room for what is put away on the way.
    pub(super) scratch: &'a mut Vec<R>,
}
