//! A formula's program with a register for every result, as few of them as can be: they are rows of lanes, and should fit a cache.

use super::fuse::{Task, tasks};
use super::sum::{Sum, Then};
use crate::function::{Binary, Comparison, Unary};
use crate::loss::formula::{Instruction, Operand, Program};

/// What an instruction reads.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Place {
    Register(usize),
    Constant(f32),
    /// What the first of two operations has just computed.
    Pending,
}

impl Place {
    pub(super) fn is_constant(self) -> bool {
        matches!(self, Self::Constant(_))
    }

    fn exchange(&mut self, a: usize, b: usize) {
        if let Self::Register(register) = self {
            *register = exchanged(*register, a, b);
        }
    }
}

/// What an instruction does with what.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Operation {
    Sum(Sum, Then),
    Copy(Place),
    Divide(Place, Place),
    Unary(Unary, Place),
    Binary(Binary, Place, Place),
    /// From two values that are compared and two to choose from.
    Select(Comparison, [Place; 4]),
}

impl Operation {
    fn places(&mut self) -> Vec<&mut Place> {
        match self {
            Self::Sum(Sum { factors: [a, b], term, .. }, Then::Store) => vec![a, b, term],
            Self::Sum(Sum { factors: [a, b], term, .. }, Then::Factor { factor, term: other, .. }) => vec![a, b, term, factor, other],
            Self::Sum(Sum { factors: [a, b], term, .. }, Then::Term { factors: [c, d], .. }) => vec![a, b, term, c, d],
            Self::Copy(a) | Self::Unary(_, a) => vec![a],
            Self::Divide(a, b) | Self::Binary(_, a, b) => vec![a, b],
            Self::Select(_, places) => places.iter_mut().collect(),
        }
    }
}

/// An instruction, and the register that takes the result.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Step {
    pub(super) operation: Operation,
    pub(super) to: usize,
}

/// Straight-line code over registers. The first ones hold the variables and the swept parameters, which it leaves as they are; in the
/// next ones it leaves what it computes.
#[derive(Clone, Debug)]
pub(super) struct Code {
    pub(super) steps: Vec<Step>,
    pub(super) registers: usize,
}

impl Code {
    /// The code of `program`, of which the first `inputs` registers are variables and parameters, `variables` and others.
    pub(super) fn new(program: &Program, variables: usize, inputs: usize) -> Self {
        let tasks = tasks(program);
        let mut writer = Writer::new(program, &tasks, variables, inputs);
        let mut steps: Vec<Step> = tasks.iter().enumerate().map(|(number, task)| writer.step(number, task)).collect();
        let mut found = Vec::new();
        for output in &program.outputs {
            let place = writer.place(*output);
            match place {
                Place::Register(register) if register >= inputs && !found.contains(&register) => found.push(register),
                _ => {
                    writer.registers += 1;
                    steps.push(Step { operation: Operation::Copy(place), to: writer.registers - 1 });
                    found.push(writer.registers - 1);
                }
            }
        }
        let mut code = Self { steps, registers: writer.registers };
        for number in 0..found.len() {
            let (from, to) = (found[number], inputs + number);
            code.exchange(from, to);
            found.iter_mut().for_each(|register| *register = exchanged(*register, from, to));
        }
        code
    }

    /// Gives two registers each other's number.
    fn exchange(&mut self, a: usize, b: usize) {
        for step in &mut self.steps {
            step.to = exchanged(step.to, a, b);
            step.operation.places().into_iter().for_each(|place| place.exchange(a, b));
        }
    }
}

fn exchanged(register: usize, a: usize, b: usize) -> usize {
    match register {
        _ if register == a => b,
        _ if register == b => a,
        _ => register,
    }
}

/// After which task each result is read no more.
fn last_uses(program: &Program, tasks: &[Task]) -> Vec<usize> {
    let mut last = vec![0; program.instructions.len()];
    for (number, task) in tasks.iter().enumerate() {
        for read in task.reads(program) {
            last[read] = number;
        }
    }
    for output in &program.outputs {
        if let Operand::Result(read) = output {
            last[*read] = usize::MAX;
        }
    }
    last
}

struct Writer<'a> {
    program: &'a Program,
    last_uses: Vec<usize>,
    variables: usize,
    /// The register of each result that has one.
    places: Vec<usize>,
    free: Vec<usize>,
    registers: usize,
}

impl<'a> Writer<'a> {
    fn new(program: &'a Program, tasks: &[Task], variables: usize, inputs: usize) -> Self {
        let places = vec![usize::MAX; program.instructions.len()];
        Self { program, last_uses: last_uses(program, tasks), variables, places, free: Vec::new(), registers: inputs }
    }

    fn place(&self, operand: Operand) -> Place {
        match operand {
            Operand::Result(number) => Place::Register(self.places[number]),
            Operand::Constant(number) => Place::Constant(self.program.constants[number] as f32),
            Operand::Variable(number) => Place::Register(number),
            Operand::Parameter(number) => Place::Register(self.variables + number),
        }
    }

    fn step(&mut self, number: usize, task: &Task) -> Step {
        let operation = match *task {
            Task::One(instruction) => operation(self.program.instructions[instruction], |operand| self.place(operand)),
            Task::Two { first, then } => {
                let pending = |operand| if operand == Operand::Result(first) { Place::Pending } else { self.place(operand) };
                let sum = |number: usize| Sum::of(self.program.instructions[number], pending).expect("only sums are fused");
                Operation::Sum(sum(first), Then::of(sum(then)))
            }
        };
        let is_over = |read: &usize| self.last_uses[*read] == number;
        let mut ended: Vec<usize> = task.reads(self.program).filter(is_over).map(|read| self.places[read]).collect();
        ended.sort_unstable();
        ended.dedup();
        self.free.extend(ended);
        let to = self.free.pop().unwrap_or_else(|| {
            self.registers += 1;
            self.registers - 1
        });
        self.places[task.result()] = to;
        Step { operation, to }
    }
}

fn operation(instruction: Instruction, place: impl Fn(Operand) -> Place) -> Operation {
    match instruction {
        Instruction::Divide(a, b) => Operation::Divide(place(a), place(b)),
        Instruction::Unary(function, a) => Operation::Unary(function, place(a)),
        Instruction::Binary(function, a, b) => Operation::Binary(function, place(a), place(b)),
        Instruction::Select { comparison, left, right, yes, no } => Operation::Select(comparison, [left, right, yes, no].map(place)),
        sum => Operation::Sum(Sum::of(sum, place).expect("all others are sums"), Then::Store),
    }
}
