//! A formula as a graph without loops: every node stands after its operands, and what is computed twice is one node.
//!
//! Nodes are simplified as they are made: constants are folded, signs and constant factors move outward, equal terms and factors
//! join. Nothing here changes a value but for rounding, except that 0 · x is 0 whatever x is.

use std::collections::HashMap;

use crate::function::{Binary, Comparison, Unary};

/// The most nodes of a graph: more make programs that take compilers minutes.
pub(crate) const MAX_NODES: usize = 200_000;

/// The number of a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Id(u32);

/// What is computed, and from which nodes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Node {
    /// The bits of an f64.
    Constant(u64),
    Variable(u32),
    Parameter(u32),
    Add(Id, Id),
    Subtract(Id, Id),
    Multiply(Id, Id),
    Divide(Id, Id),
    /// A whole power other than 0 and 1.
    Power(Id, i32),
    Unary(Unary, Id),
    Binary(Binary, Id, Id),
    Select {
        comparison: Comparison,
        left: Id,
        right: Id,
        yes: Id,
        no: Id,
    },
}

impl Node {
    /// The nodes it is computed from.
    pub(crate) fn operands(self) -> impl Iterator<Item = Id> {
        let operands = match self {
            Self::Constant(_) | Self::Variable(_) | Self::Parameter(_) => [None; 4],
            Self::Power(x, _) | Self::Unary(_, x) => [Some(x), None, None, None],
            Self::Add(a, b) | Self::Subtract(a, b) | Self::Multiply(a, b) | Self::Divide(a, b) | Self::Binary(_, a, b) => {
                [Some(a), Some(b), None, None]
            }
            Self::Select { left, right, yes, no, .. } => [Some(left), Some(right), Some(yes), Some(no)],
        };
        operands.into_iter().flatten()
    }
}

/// The nodes made so far.
#[derive(Clone, Debug, Default)]
pub(crate) struct Graph {
    nodes: Vec<Node>,
    known: HashMap<Node, Id>,
}

impl Graph {
    /// What a node computes.
    pub(crate) fn node(&self, id: Id) -> Node {
        self.nodes[id.0 as usize]
    }

    /// Every node up to and with `last`, each after its operands.
    pub(crate) fn up_to(&self, last: Id) -> impl DoubleEndedIterator<Item = (Id, Node)> + '_ {
        self.nodes[..=last.0 as usize].iter().enumerate().map(|(number, node)| (Id(number as u32), *node))
    }

    /// The nodes after the first `position`.
    pub(crate) fn nodes_after(&self, position: usize) -> impl Iterator<Item = Node> + '_ {
        self.nodes[position..].iter().copied()
    }

    /// Position of a node among all.
    pub(crate) fn position(id: Id) -> usize {
        id.0 as usize
    }

    /// Whether there are too many nodes to go on.
    pub(crate) fn is_too_large(&self) -> bool {
        self.nodes.len() > MAX_NODES
    }

    /// The node itself, unsimplified, or the one that is the same.
    pub(crate) fn push(&mut self, node: Node) -> Id {
        *self.known.entry(node).or_insert_with(|| {
            self.nodes.push(node);
            Id(self.nodes.len() as u32 - 1)
        })
    }

    /// The value of a constant node.
    pub(crate) fn value(&self, id: Id) -> Option<f64> {
        match self.node(id) {
            Node::Constant(bits) => Some(f64::from_bits(bits)),
            _ => None,
        }
    }

    fn is(&self, id: Id, value: f64) -> bool {
        self.value(id) == Some(value)
    }

    pub(crate) fn constant(&mut self, value: f64) -> Id {
        // One zero: what compares equal is one node.
        self.push(Node::Constant((value + 0.0).to_bits()))
    }

    pub(crate) fn variable(&mut self, number: usize) -> Id {
        self.push(Node::Variable(number as u32))
    }

    pub(crate) fn parameter(&mut self, number: usize) -> Id {
        self.push(Node::Parameter(number as u32))
    }

    /// a = factor · rest, with a constant factor.
    fn scaled(&self, a: Id) -> (f64, Id) {
        match self.node(a) {
            Node::Multiply(c, rest) => self.value(c).map_or((1.0, a), |factor| (factor, rest)),
            Node::Unary(Unary::Negate, rest) => (-1.0, rest),
            _ => (1.0, a),
        }
    }

    fn scale(&mut self, factor: f64, rest: Id) -> Id {
        if let Some(value) = self.value(rest) {
            return self.constant(factor * value);
        }
        match factor {
            0.0 => self.constant(0.0),
            1.0 => rest,
            -1.0 => match self.node(rest) {
                Node::Subtract(a, b) => self.push(Node::Subtract(b, a)),
                _ => self.push(Node::Unary(Unary::Negate, rest)),
            },
            _ => {
                let (more, rest) = self.scaled(rest);
                if more != 1.0 {
                    return self.scale(factor * more, rest);
                }
                let factor = self.constant(factor);
                self.push(Node::Multiply(factor, rest))
            }
        }
    }

    pub(crate) fn add(&mut self, a: Id, b: Id) -> Id {
        let ((ca, ra), (cb, rb)) = (self.scaled(a), self.scaled(b));
        match (self.value(a), self.value(b)) {
            (Some(a), Some(b)) => self.constant(a + b),
            (Some(0.0), None) => b,
            (None, Some(0.0)) => a,
            (Some(_), None) => self.add(b, a),
            _ if ra == rb => self.scale(ca + cb, ra),
            _ if ca == -1.0 && cb == -1.0 => {
                let sum = self.add(ra, rb);
                self.negate(sum)
            }
            _ if cb == -1.0 => self.push(Node::Subtract(a, rb)),
            _ if ca == -1.0 => self.push(Node::Subtract(b, ra)),
            (None, Some(more)) => match self.node(a) {
                // (x + c) + d
                Node::Add(x, c) if self.value(c).is_some() => {
                    let sum = self.value(c).unwrap_or(0.0) + more;
                    let sum = self.constant(sum);
                    self.add(x, sum)
                }
                _ => self.push(Node::Add(a, b)),
            },
            _ => self.push(Node::Add(a.min(b), a.max(b))),
        }
    }

    pub(crate) fn negate(&mut self, a: Id) -> Id {
        let (factor, rest) = self.scaled(a);
        self.scale(-factor, rest)
    }

    pub(crate) fn subtract(&mut self, a: Id, b: Id) -> Id {
        let negated = self.negate(b);
        self.add(a, negated)
    }

    pub(crate) fn multiply(&mut self, a: Id, b: Id) -> Id {
        if let Some(factor) = self.value(a) {
            return self.scale(factor, b);
        }
        if let Some(factor) = self.value(b) {
            return self.scale(factor, a);
        }
        let ((ca, ra), (cb, rb)) = (self.scaled(a), self.scaled(b));
        let product = self.product(ra, rb);
        self.scale(ca * cb, product)
    }

    /// a · b, neither of which has a constant factor.
    fn product(&mut self, a: Id, b: Id) -> Id {
        let power = |id| match self.node(id) {
            Node::Power(base, exponent) => (base, exponent),
            _ => (id, 1),
        };
        let ((x, m), (y, n)) = (power(a), power(b));
        match m.checked_add(n) {
            // Of unlike signs they may cancel to 1 where x is 0.
            Some(sum) if x == y && (m > 0) == (n > 0) => self.power(x, sum),
            _ => self.push(Node::Multiply(a.min(b), a.max(b))),
        }
    }

    pub(crate) fn divide(&mut self, a: Id, b: Id) -> Id {
        match self.value(b) {
            Some(0.0) | None if !self.is(a, 0.0) => {
                let ((ca, ra), (cb, rb)) = (self.scaled(a), self.scaled(b));
                match self.value(a) {
                    Some(value) => {
                        let numerator = self.constant(value / cb);
                        self.quotient(numerator, rb)
                    }
                    None => {
                        let quotient = self.quotient(ra, rb);
                        self.scale(ca / cb, quotient)
                    }
                }
            }
            Some(divisor) => {
                let factor = self.constant(1.0 / divisor);
                self.multiply(a, factor)
            }
            None => a,
        }
    }

    fn quotient(&mut self, a: Id, b: Id) -> Id {
        match (self.value(a), self.value(b)) {
            (Some(a), Some(b)) => self.constant(a / b),
            _ => self.push(Node::Divide(a, b)),
        }
    }

    /// x to a whole power.
    pub(crate) fn power(&mut self, x: Id, exponent: i32) -> Id {
        match (self.value(x), exponent) {
            (_, 0) => return self.constant(1.0),
            (_, 1) => return x,
            (Some(value), _) => return self.constant(value.powi(exponent)),
            _ => {}
        }
        match self.node(x) {
            Node::Unary(Unary::Negate, rest) => {
                let power = self.power(rest, exponent);
                if exponent % 2 == 0 { power } else { self.negate(power) }
            }
            Node::Power(base, inner) if inner.checked_mul(exponent).is_some() => self.power(base, inner * exponent),
            _ => self.push(Node::Power(x, exponent)),
        }
    }

    pub(crate) fn unary(&mut self, function: Unary, x: Id) -> Id {
        match (function, self.value(x)) {
            (Unary::Negate, _) => self.negate(x),
            (_, Some(value)) => self.constant(function.of(value)),
            _ => self.push(Node::Unary(function, x)),
        }
    }

    pub(crate) fn binary(&mut self, function: Binary, a: Id, b: Id) -> Id {
        match (self.value(a), self.value(b)) {
            (Some(a), Some(b)) => self.constant(function.of(a, b)),
            (_, Some(exponent)) if function == Binary::Power && is_small_whole(exponent) => self.power(a, exponent as i32),
            (_, Some(0.5)) if function == Binary::Power => self.unary(Unary::Sqrt, a),
            _ if a == b && matches!(function, Binary::Minimum | Binary::Maximum) => a,
            _ => self.push(Node::Binary(function, a, b)),
        }
    }

    pub(crate) fn select(&mut self, comparison: Comparison, left: Id, right: Id, yes: Id, no: Id) -> Id {
        match (self.value(left), self.value(right)) {
            _ if yes == no => yes,
            (Some(left), Some(right)) => {
                if comparison.holds(left, right) {
                    yes
                } else {
                    no
                }
            }
            _ => self.push(Node::Select { comparison, left, right, yes, no }),
        }
    }
}

/// Whether a power is formed by multiplications.
fn is_small_whole(exponent: f64) -> bool {
    exponent.fract() == 0.0 && exponent.abs() <= 1024.0
}
