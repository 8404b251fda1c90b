//! A graph as the list of instructions that backends run, in the order in which a machine would.

use std::collections::{HashMap, HashSet};

use crate::function::{Binary, Comparison, Unary};
use crate::loss::formula::graph::{Graph, Id, Node};
use crate::real::{Coefficients, Real};

/// What an instruction reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Operand {
    /// The result of this instruction.
    Result(usize),
    /// This one of [`Program::constants`].
    Constant(usize),
    /// This coordinate of the point.
    Variable(usize),
    /// This one of the parameters that are swept.
    Parameter(usize),
}

/// One operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Instruction {
    Add(Operand, Operand),
    Subtract(Operand, Operand),
    Multiply(Operand, Operand),
    Divide(Operand, Operand),
    /// a · b + c.
    MultiplyAdd(Operand, Operand, Operand),
    /// a · b − c.
    MultiplySubtract(Operand, Operand, Operand),
    /// c − a · b.
    SubtractProduct(Operand, Operand, Operand),
    Unary(Unary, Operand),
    Binary(Binary, Operand, Operand),
    Select {
        comparison: Comparison,
        left: Operand,
        right: Operand,
        yes: Operand,
        no: Operand,
    },
}

impl Instruction {
    /// What it reads.
    pub(crate) fn operands(self) -> impl Iterator<Item = Operand> {
        let operands = match self {
            Self::Unary(_, a) => [Some(a), None, None, None],
            Self::Add(a, b) | Self::Subtract(a, b) | Self::Multiply(a, b) | Self::Divide(a, b) | Self::Binary(_, a, b) => {
                [Some(a), Some(b), None, None]
            }
            Self::MultiplyAdd(a, b, c) | Self::MultiplySubtract(a, b, c) | Self::SubtractProduct(a, b, c) => {
                [Some(a), Some(b), Some(c), None]
            }
            Self::Select { left, right, yes, no, .. } => [Some(left), Some(right), Some(yes), Some(no)],
        };
        operands.into_iter().flatten()
    }
}

/// Straight-line code.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Program {
    pub(crate) instructions: Vec<Instruction>,
    pub(crate) constants: Vec<f64>,
    pub(crate) outputs: Vec<Operand>,
}

impl Program {
    /// The code that computes `outputs`.
    pub(crate) fn new(graph: &Graph, outputs: &[Id]) -> Self {
        let (graph, outputs) = multiplied_out(graph, outputs);
        let mut uses = HashMap::new();
        let needed = needed(&graph, &outputs, &mut uses);
        let fused = needed.iter().filter_map(|id| fused_product(&graph, &uses, *id)).collect();
        let program = Self { instructions: Vec::new(), constants: Vec::new(), outputs: Vec::new() };
        let mut writer = Writer { graph: &graph, fused, program, places: HashMap::new(), constants: HashMap::new() };
        needed.iter().for_each(|id| writer.write(*id));
        writer.program.outputs = outputs.iter().map(|id| writer.operand(*id)).collect();
        writer.program
    }

    /// Runs it at `x` (`R[D]`), the swept parameters being `row`; returns the outputs.
    pub(crate) fn run<R: Real>(&self, row: &impl Coefficients<R>, x: &[R]) -> Vec<R> {
        let mut results = Vec::with_capacity(self.instructions.len());
        for instruction in &self.instructions {
            let result = self.step(*instruction, row, x, &results);
            results.push(result);
        }
        self.outputs.iter().map(|output| self.read(*output, row, x, &results)).collect()
    }

    fn read<R: Real>(&self, operand: Operand, row: &impl Coefficients<R>, x: &[R], results: &[R]) -> R {
        match operand {
            Operand::Result(number) => results[number],
            Operand::Constant(number) => R::constant(self.constants[number]),
            Operand::Variable(number) => x[number],
            Operand::Parameter(number) => row.at(number),
        }
    }

    fn step<R: Real>(&self, instruction: Instruction, row: &impl Coefficients<R>, x: &[R], results: &[R]) -> R {
        let read = |operand| self.read(operand, row, x, results);
        match instruction {
            Instruction::Add(a, b) => read(a) + read(b),
            Instruction::Subtract(a, b) => read(a) - read(b),
            Instruction::Multiply(a, b) => read(a) * read(b),
            Instruction::Divide(a, b) => read(a) / read(b),
            Instruction::MultiplyAdd(a, b, c) => read(a).mul_add(read(b), read(c)),
            Instruction::MultiplySubtract(a, b, c) => read(a).mul_add(read(b), -read(c)),
            Instruction::SubtractProduct(a, b, c) => (-read(a)).mul_add(read(b), read(c)),
            Instruction::Unary(function, a) => read(a).unary(function),
            Instruction::Binary(function, a, b) => read(a).binary(function, read(b)),
            Instruction::Select { comparison, left, right, yes, no } => {
                let (left, right) = (read(left), read(right));
                let holds = match comparison {
                    Comparison::Less => left.less(right),
                    Comparison::LessOrEqual => left.less_or_equal(right),
                    Comparison::Equal => left.less_or_equal(right) & right.less_or_equal(left),
                };
                R::select(holds, read(yes), read(no))
            }
        }
    }
}

/// The same graph with whole powers as products.
fn multiplied_out(graph: &Graph, outputs: &[Id]) -> (Graph, Vec<Id>) {
    let (mut new, mut places) = (Graph::default(), HashMap::new());
    for id in needed(graph, outputs, &mut HashMap::new()) {
        let place = |id: Id| places[&id];
        let node = match graph.node(id) {
            Node::Power(x, exponent) => {
                let power = power(&mut new, place(x), exponent.unsigned_abs());
                let one = new.constant(1.0);
                let power = if exponent < 0 { new.push(Node::Divide(one, power)) } else { power };
                places.insert(id, power);
                continue;
            }
            Node::Add(a, b) => Node::Add(place(a), place(b)),
            Node::Subtract(a, b) => Node::Subtract(place(a), place(b)),
            Node::Multiply(a, b) => Node::Multiply(place(a), place(b)),
            Node::Divide(a, b) => Node::Divide(place(a), place(b)),
            Node::Unary(function, x) => Node::Unary(function, place(x)),
            Node::Binary(function, a, b) => Node::Binary(function, place(a), place(b)),
            Node::Select { comparison, left, right, yes, no } => {
                Node::Select { comparison, left: place(left), right: place(right), yes: place(yes), no: place(no) }
            }
            leaf => leaf,
        };
        let place = new.push(node);
        places.insert(id, place);
    }
    (new, outputs.iter().map(|id| places[id]).collect())
}

/// x^exponent by squaring; powers that have factors in common share them.
fn power(graph: &mut Graph, x: Id, exponent: u32) -> Id {
    match exponent {
        0 | 1 => x,
        _ if exponent.is_multiple_of(2) => {
            let root = power(graph, x, exponent / 2);
            graph.push(Node::Multiply(root, root))
        }
        _ => {
            let rest = power(graph, x, exponent - 1);
            graph.push(Node::Multiply(x, rest))
        }
    }
}

/// The nodes that `outputs` are computed from, ascending; counts how often each is read.
fn needed(graph: &Graph, outputs: &[Id], uses: &mut HashMap<Id, usize>) -> Vec<Id> {
    for output in outputs {
        *uses.entry(*output).or_default() += 1;
    }
    let Some(last) = outputs.iter().max() else { return Vec::new() };
    let mut found = Vec::new();
    for (id, node) in graph.up_to(*last).rev() {
        if uses.contains_key(&id) {
            node.operands().for_each(|operand| *uses.entry(operand).or_default() += 1);
            found.push(id);
        }
    }
    found.reverse();
    found
}

/// The product among the operands of a sum that becomes part of it, since nothing else reads it; of two the one that is no [double](doubled).
fn fused_product(graph: &Graph, uses: &HashMap<Id, usize>, sum: Id) -> Option<Id> {
    let (Node::Add(a, b) | Node::Subtract(a, b)) = graph.node(sum) else { return None };
    let is_free = |id: &Id| matches!(graph.node(*id), Node::Multiply(..)) && uses[id] == 1;
    [a, b].into_iter().filter(is_free).max_by_key(|id| doubled(graph, *id).is_none())
}

/// What a product is twice of. A sum costs no more than a product, and processors have units for sums that multiply nothing.
fn doubled(graph: &Graph, id: Id) -> Option<Id> {
    let Node::Multiply(a, b) = graph.node(id) else { return None };
    [(a, b), (b, a)].into_iter().find(|(factor, _)| graph.value(*factor) == Some(2.0)).map(|(_, other)| other)
}

/// Code in the making.
struct Writer<'a> {
    graph: &'a Graph,
    /// Products that are part of a sum.
    fused: HashSet<Id>,
    program: Program,
    places: HashMap<Id, usize>,
    constants: HashMap<Id, usize>,
}

impl Writer<'_> {
    fn operand(&mut self, id: Id) -> Operand {
        match self.graph.node(id) {
            Node::Constant(bits) => {
                let constants = &mut self.program.constants;
                Operand::Constant(*self.constants.entry(id).or_insert_with(|| {
                    constants.push(f64::from_bits(bits));
                    constants.len() - 1
                }))
            }
            Node::Variable(number) => Operand::Variable(number as usize),
            Node::Parameter(number) => Operand::Parameter(number as usize),
            _ => Operand::Result(self.places[&id]),
        }
    }

    /// The factors of a product that is part of a sum.
    fn factors(&mut self, id: Id) -> Option<(Operand, Operand)> {
        match self.graph.node(id) {
            Node::Multiply(x, y) if self.fused.contains(&id) => Some((self.operand(x), self.operand(y))),
            _ => None,
        }
    }

    fn write(&mut self, id: Id) {
        let instruction = match self.graph.node(id) {
            Node::Constant(_) | Node::Variable(_) | Node::Parameter(_) => return,
            Node::Multiply(..) if self.fused.contains(&id) => return,
            Node::Add(a, b) => match (self.factors(a), self.factors(b)) {
                (_, Some((x, y))) => Instruction::MultiplyAdd(x, y, self.operand(a)),
                (Some((x, y)), None) => Instruction::MultiplyAdd(x, y, self.operand(b)),
                (None, None) => Instruction::Add(self.operand(a), self.operand(b)),
            },
            Node::Subtract(a, b) => match (self.factors(a), self.factors(b)) {
                (_, Some((x, y))) => Instruction::SubtractProduct(x, y, self.operand(a)),
                (Some((x, y)), None) => Instruction::MultiplySubtract(x, y, self.operand(b)),
                (None, None) => Instruction::Subtract(self.operand(a), self.operand(b)),
            },
            Node::Multiply(a, b) => match doubled(self.graph, id) {
                Some(half) => Instruction::Add(self.operand(half), self.operand(half)),
                None => Instruction::Multiply(self.operand(a), self.operand(b)),
            },
            Node::Divide(a, b) => Instruction::Divide(self.operand(a), self.operand(b)),
            Node::Unary(function, x) => Instruction::Unary(function, self.operand(x)),
            Node::Binary(function, a, b) => Instruction::Binary(function, self.operand(a), self.operand(b)),
            Node::Select { comparison, left, right, yes, no } => Instruction::Select {
                comparison,
                left: self.operand(left),
                right: self.operand(right),
                yes: self.operand(yes),
                no: self.operand(no),
            },
            Node::Power(..) => unreachable!("powers are multiplied out"),
        };
        self.program.instructions.push(instruction);
        self.places.insert(id, self.program.instructions.len() - 1);
    }
}
