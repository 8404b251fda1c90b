//! A formula's program with a register for every result, as few of them as can be: they are rows of lanes, and should fit a cache.

use crate::function::{Binary, Comparison, Unary};
use crate::loss::formula::{Instruction, Operand, Program};

/// What an instruction reads.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Place {
    Register(usize),
    Constant(f32),
}

/// What an instruction does.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Operation {
    Add,
    Subtract,
    Multiply,
    Divide,
    MultiplyAdd,
    MultiplySubtract,
    SubtractProduct,
    Unary(Unary),
    Binary(Binary),
    Move,
    /// From two values that are compared and two to choose from.
    Select(Comparison),
}

/// An instruction: what to do with what, and the register that takes the result.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Step {
    pub(super) operation: Operation,
    pub(super) from: [Place; 4],
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
        let last_uses = last_uses(program);
        let mut writer = Writer { program, variables, places: Vec::new(), free: Vec::new(), registers: inputs };
        let mut steps: Vec<Step> = (0..program.instructions.len()).map(|number| writer.step(number, &last_uses)).collect();
        let mut found = Vec::new();
        for output in &program.outputs {
            let place = writer.place(*output);
            match place {
                Place::Register(register) if register >= inputs && !found.contains(&register) => found.push(register),
                _ => {
                    writer.registers += 1;
                    steps.push(Step { operation: Operation::Move, from: [place; 4], to: writer.registers - 1 });
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
            for place in &mut step.from {
                if let Place::Register(register) = place {
                    *register = exchanged(*register, a, b);
                }
            }
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

/// After which instruction each result is read no more.
fn last_uses(program: &Program) -> Vec<usize> {
    let mut last = vec![0; program.instructions.len()];
    for (number, instruction) in program.instructions.iter().enumerate() {
        for operand in instruction.operands() {
            if let Operand::Result(read) = operand {
                last[read] = number;
            }
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
    variables: usize,
    /// The register of each result.
    places: Vec<usize>,
    free: Vec<usize>,
    registers: usize,
}

impl Writer<'_> {
    fn place(&self, operand: Operand) -> Place {
        match operand {
            Operand::Result(number) => Place::Register(self.places[number]),
            Operand::Constant(number) => Place::Constant(self.program.constants[number] as f32),
            Operand::Variable(number) => Place::Register(number),
            Operand::Parameter(number) => Place::Register(self.variables + number),
        }
    }

    fn step(&mut self, number: usize, last_uses: &[usize]) -> Step {
        let instruction = self.program.instructions[number];
        let mut from = [Place::Constant(0.0); 4];
        for (place, operand) in from.iter_mut().zip(instruction.operands()) {
            *place = self.place(operand);
        }
        let mut ended: Vec<usize> = instruction
            .operands()
            .filter_map(|operand| match operand {
                Operand::Result(read) if last_uses[read] == number => Some(self.places[read]),
                _ => None,
            })
            .collect();
        ended.sort_unstable();
        ended.dedup();
        self.free.extend(ended);
        let to = self.free.pop().unwrap_or_else(|| {
            self.registers += 1;
            self.registers - 1
        });
        self.places.push(to);
        Step { operation: operation(instruction), from, to }
    }
}

fn operation(instruction: Instruction) -> Operation {
    match instruction {
        Instruction::Add(..) => Operation::Add,
        Instruction::Subtract(..) => Operation::Subtract,
        Instruction::Multiply(..) => Operation::Multiply,
        Instruction::Divide(..) => Operation::Divide,
        Instruction::MultiplyAdd(..) => Operation::MultiplyAdd,
        Instruction::MultiplySubtract(..) => Operation::MultiplySubtract,
        Instruction::SubtractProduct(..) => Operation::SubtractProduct,
        Instruction::Unary(function, _) => Operation::Unary(function),
        Instruction::Binary(function, ..) => Operation::Binary(function),
        Instruction::Select { comparison, .. } => Operation::Select(comparison),
    }
}
