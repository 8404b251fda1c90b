//! Which instructions the machine runs two at a time.
//!
//! A row costs more to store and to load again than to compute. So a product or a sum whose result only one other product or sum reads is
//! computed along with that one.

use super::code::Place;
use super::sum::Sum;
use crate::loss::formula::{Instruction, Operand, Program};

/// What the machine does at a time; the numbers are those of instructions.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Task {
    One(usize),
    /// `then` reads what `first` computes.
    Two {
        first: usize,
        then: usize,
    },
}

impl Task {
    /// The instruction whose result it leaves.
    pub(super) fn result(self) -> usize {
        match self {
            Self::One(number) | Self::Two { then: number, .. } => number,
        }
    }

    /// The instructions whose results it reads.
    pub(super) fn reads(self, program: &Program) -> impl Iterator<Item = usize> {
        let (first, then) = match self {
            Self::One(number) => (None, number),
            Self::Two { first, then } => (Some(first), then),
        };
        let instructions = first.into_iter().chain([then]);
        let reads = instructions.flat_map(|number| results(program.instructions[number]));
        reads.filter(move |read| Some(*read) != first)
    }
}

/// What `program` does, in its order.
pub(super) fn tasks(program: &Program) -> Vec<Task> {
    let count = program.instructions.len();
    let uses = uses(program);
    let (mut firsts, mut is_first) = (vec![None; count], vec![false; count]);
    for (then, instruction) in program.instructions.iter().enumerate() {
        let is_free = |first: &usize| uses[*first] == 1 && firsts[*first].is_none() && is_sum(program.instructions[*first]);
        firsts[then] = is_sum(*instruction).then(|| results(*instruction).find(is_free)).flatten();
        firsts[then].into_iter().for_each(|first| is_first[first] = true);
    }
    let alone = (0..count).filter(|number| !is_first[*number]);
    alone.map(|number| firsts[number].map_or(Task::One(number), |first| Task::Two { first, then: number })).collect()
}

fn is_sum(instruction: Instruction) -> bool {
    Sum::of(instruction, |_| Place::Pending).is_some()
}

/// How often each result is read.
fn uses(program: &Program) -> Vec<usize> {
    let mut uses = vec![0; program.instructions.len()];
    let read = program.instructions.iter().flat_map(|instruction| results(*instruction));
    let given = program.outputs.iter().filter_map(|output| result(*output));
    read.chain(given).for_each(|number| uses[number] += 1);
    uses
}

fn results(instruction: Instruction) -> impl Iterator<Item = usize> {
    instruction.operands().filter_map(result)
}

fn result(operand: Operand) -> Option<usize> {
    if let Operand::Result(number) = operand { Some(number) } else { None }
}
