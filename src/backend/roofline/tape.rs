//! A lane type that computes nothing and writes down what would be computed.
//!
//! The twins run once over [`Traced`] and leave a tape of operations: a graph without loops, each node after its operands.
//! An operation met twice with the same operands is one node, as it is to a compiler.

use std::cell::RefCell;
use std::collections::HashMap;
use std::ops::{Add, BitAnd, BitOr, Div, Mul, Neg, Not, Sub};

use crate::backend::roofline::Operations;
use crate::function::{Binary, Unary};
use crate::real::{Coefficients, Mask, Real};

/// A number that a step is given, or what is done with numbers.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Operation {
    /// The bits of an f32.
    Constant(u32),
    Hyperparameter(usize),
    Coefficient(usize),
    Coordinate(usize),
    Add,
    Subtract,
    Negate,
    Multiply,
    MultiplyAdd,
    Divide,
    NearQuotient,
    NearRoot,
    NearInverseRoot,
    Unary(Unary),
    Binary(Binary),
    Less,
    LessOrEqual,
    /// The bits of the exponent, by which finiteness is told.
    Exponent,
    SameBits,
    Select,
    And,
    Or,
    Not,
}

/// What holds no operand.
const NONE: usize = usize::MAX;

/// An operation, its operands, and whether the point is among what they are made from.
struct Node {
    operation: Operation,
    operands: [usize; 3],
    varies: bool,
}

/// What was written down.
#[derive(Default)]
pub(super) struct Tape {
    nodes: Vec<Node>,
    known: HashMap<(Operation, [usize; 3]), usize>,
}

thread_local! {
    static TAPE: RefCell<Tape> = RefCell::default();
}

/// Runs `work` on a fresh tape; returns what it returned, and the tape.
pub(super) fn record<T>(work: impl FnOnce() -> T) -> (T, Tape) {
    TAPE.take();
    let result = work();
    (result, TAPE.take())
}

fn push(operation: Operation, operands: [usize; 3]) -> usize {
    TAPE.with_borrow_mut(|tape| {
        let Tape { nodes, known } = tape;
        *known.entry((operation, operands)).or_insert_with(|| {
            let made_from_point = operands.iter().filter(|operand| **operand != NONE).any(|operand| nodes[*operand].varies);
            let varies = made_from_point || matches!(operation, Operation::Coordinate(_));
            nodes.push(Node { operation, operands, varies });
            nodes.len() - 1
        })
    })
}

impl Tape {
    /// The operations that `roots` need and that depend on the point; the others are done once a descent, not at every step.
    pub(super) fn count(&self, roots: impl IntoIterator<Item = usize>) -> Operations {
        let mut is_needed = vec![false; self.nodes.len()];
        roots.into_iter().for_each(|root| is_needed[root] = true);
        let mut counted = Operations::default();
        for (number, node) in self.nodes.iter().enumerate().rev() {
            if !is_needed[number] {
                continue;
            }
            counted.add_one(node);
            node.operands.iter().filter(|operand| **operand != NONE).for_each(|operand| is_needed[*operand] = true);
        }
        counted
    }
}

impl Operations {
    fn add_one(&mut self, node: &Node) {
        let field = match node.operation {
            Operation::Coefficient(_) => &mut self.load,
            _ if !node.varies => return,
            Operation::Add | Operation::Subtract => &mut self.add,
            Operation::Multiply => &mut self.multiply,
            Operation::MultiplyAdd => &mut self.multiply_add,
            Operation::Divide => &mut self.divide,
            Operation::NearQuotient => &mut self.near_quotient,
            Operation::NearRoot => &mut self.near_root,
            Operation::NearInverseRoot => &mut self.near_inverse_root,
            Operation::Unary(Unary::Sqrt) => &mut self.root,
            // Each is one instruction, or two.
            Operation::Unary(Unary::Abs) => &mut self.logic,
            Operation::Unary(Unary::Floor) => &mut self.add,
            Operation::Binary(Binary::Minimum | Binary::Maximum) => &mut self.select,
            // One instruction of AVX-512, on the pipes of comparisons.
            Operation::Unary(Unary::Sign) => &mut self.compare,
            Operation::Unary(_) | Operation::Binary(_) => &mut self.function,
            Operation::Less | Operation::LessOrEqual | Operation::SameBits => &mut self.compare,
            Operation::Select => &mut self.select,
            Operation::Negate | Operation::Exponent | Operation::And | Operation::Or => &mut self.logic,
            // A complement is free: every comparison and every `and` has an instruction for its opposite.
            Operation::Not | Operation::Constant(_) | Operation::Hyperparameter(_) | Operation::Coordinate(_) => return,
        };
        *field += 1;
    }
}

/// A number on the tape.
#[derive(Clone, Copy, Debug)]
pub(super) struct Traced(pub(super) usize);

/// A truth value on the tape.
#[derive(Clone, Copy, Debug)]
pub(super) struct TracedMask(pub(super) usize);

impl Traced {
    /// Coordinate `number` of the point.
    pub(super) fn coordinate(number: usize) -> Self {
        Self(push(Operation::Coordinate(number), [NONE; 3]))
    }

    /// Hyper-parameter `number`.
    pub(super) fn hyperparameter(number: usize) -> Self {
        Self(push(Operation::Hyperparameter(number), [NONE; 3]))
    }

    fn of_one(self, operation: Operation) -> usize {
        push(operation, [self.0, NONE, NONE])
    }

    fn of_two(self, operation: Operation, other: Self) -> usize {
        push(operation, [self.0, other.0, NONE])
    }
}

/// A row of coefficients, each of which is met when it is read.
pub(super) struct TracedRow;

impl Coefficients<Traced> for TracedRow {
    fn at(&self, position: usize) -> Traced {
        Traced(push(Operation::Coefficient(position), [NONE; 3]))
    }

    fn part<const N: usize>(&self, position: usize) -> [Traced; N] {
        std::array::from_fn(|i| self.at(position + i))
    }
}

impl Add for Traced {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.of_two(Operation::Add, other))
    }
}

impl Sub for Traced {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self(self.of_two(Operation::Subtract, other))
    }
}

impl Mul for Traced {
    type Output = Self;
    fn mul(self, other: Self) -> Self {
        Self(self.of_two(Operation::Multiply, other))
    }
}

impl Div for Traced {
    type Output = Self;
    fn div(self, other: Self) -> Self {
        Self(self.of_two(Operation::Divide, other))
    }
}

impl Neg for Traced {
    type Output = Self;
    fn neg(self) -> Self {
        Self(self.of_one(Operation::Negate))
    }
}

impl Real for Traced {
    type Mask = TracedMask;
    const LANES: usize = 1;

    fn splat(value: f32) -> Self {
        Self(push(Operation::Constant(value.to_bits()), [NONE; 3]))
    }
    fn from_lanes(mut lane: impl FnMut(usize) -> f32) -> Self {
        Self::splat(lane(0))
    }
    /// None is known: nothing was computed.
    fn lane(self, _lane: usize) -> f64 {
        f64::NAN
    }
    fn mul_add(self, factor: Self, term: Self) -> Self {
        Self(push(Operation::MultiplyAdd, [self.0, factor.0, term.0]))
    }
    fn unary(self, function: Unary) -> Self {
        match function {
            Unary::Negate => -self,
            _ => Self(self.of_one(Operation::Unary(function))),
        }
    }
    fn binary(self, function: Binary, other: Self) -> Self {
        Self(self.of_two(Operation::Binary(function), other))
    }
    fn less(self, other: Self) -> TracedMask {
        TracedMask(self.of_two(Operation::Less, other))
    }
    fn less_or_equal(self, other: Self) -> TracedMask {
        TracedMask(self.of_two(Operation::LessOrEqual, other))
    }
    fn is_finite(self) -> TracedMask {
        let exponent = Self(self.of_one(Operation::Exponent));
        exponent.less(Self::splat(f32::INFINITY))
    }
    fn same_bits(self, other: Self) -> TracedMask {
        TracedMask(self.of_two(Operation::SameBits, other))
    }
    fn near_quotient(self, other: Self) -> Self {
        Self(self.of_two(Operation::NearQuotient, other))
    }
    fn near_sqrt(self) -> Self {
        Self(self.of_one(Operation::NearRoot))
    }
    fn near_inverse_root(self) -> Self {
        Self(self.of_one(Operation::NearInverseRoot))
    }
    fn to_unit(self) -> Self {
        // A minimum, and two operations on bits.
        -Self(self.binary(Binary::Minimum, Self::splat(1.0)).of_one(Operation::Exponent))
    }
    fn select(mask: TracedMask, yes: Self, no: Self) -> Self {
        let node = TAPE.with_borrow(|tape| (tape.nodes[mask.0].operation, tape.nodes[mask.0].operands));
        match node {
            // The smaller of two, or the larger, by one instruction.
            (Operation::Less, [a, b, _]) if [a, b] == [yes.0, no.0] => yes.binary(Binary::Minimum, no),
            (Operation::Less, [a, b, _]) if [a, b] == [no.0, yes.0] => yes.binary(Binary::Maximum, no),
            _ => Self(push(Operation::Select, [mask.0, yes.0, no.0])),
        }
    }
}

impl BitAnd for TracedMask {
    type Output = Self;
    fn bitand(self, other: Self) -> Self {
        Self(push(Operation::And, [self.0, other.0, NONE]))
    }
}

impl BitOr for TracedMask {
    type Output = Self;
    fn bitor(self, other: Self) -> Self {
        Self(push(Operation::Or, [self.0, other.0, NONE]))
    }
}

impl Not for TracedMask {
    type Output = Self;
    fn not(self) -> Self {
        Self(push(Operation::Not, [self.0, NONE, NONE]))
    }
}

impl Mask for TracedMask {
    const LANES: usize = 1;

    fn splat(value: bool) -> Self {
        Self(Traced::splat(f32::from(u8::from(value))).0)
    }
    /// True, so that what is done for some lanes is written down.
    fn any(self) -> bool {
        true
    }
    /// As [`Self::any`].
    fn bits(self) -> u64 {
        1
    }
}
