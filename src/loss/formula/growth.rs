//! How fast the nodes of a graph grow, by which it is seen that one is finite at all points that are not far out.

use crate::function::Unary;
use crate::loss::formula::graph::{Graph, Id, Node};

/// The highest degree that f32 holds a million to.
const TAME: u32 = 6;

/// A degree for each node so far: it grows no faster than a polynomial of that degree, and is finite; `None` where its form does not show that.
#[derive(Debug, Default)]
pub(super) struct Growth {
    degrees: Vec<Option<u32>>,
}

impl Growth {
    /// Whether a node is finite in f32 wherever coordinates are below about a million.
    pub(super) fn is_tame(&mut self, graph: &Graph, id: Id) -> bool {
        for node in graph.nodes_after(self.degrees.len()) {
            let degree = self.degree(node);
            self.degrees.push(degree);
        }
        self.of(id).is_some_and(|degree| degree <= TAME)
    }

    fn of(&self, id: Id) -> Option<u32> {
        self.degrees[Graph::position(id)]
    }

    fn degree(&self, node: Node) -> Option<u32> {
        match node {
            Node::Constant(bits) => f64::from_bits(bits).is_finite().then_some(0),
            Node::Parameter(_) | Node::Variable(_) => Some(1),
            Node::Add(a, b) | Node::Subtract(a, b) => Some(self.of(a)?.max(self.of(b)?)),
            Node::Multiply(a, b) => Some(self.of(a)?.saturating_add(self.of(b)?)),
            Node::Power(x, exponent) if exponent > 0 => Some(self.of(x)?.saturating_mul(exponent.unsigned_abs())),
            Node::Unary(Unary::Negate | Unary::Abs | Unary::Floor | Unary::Sqrt | Unary::Cbrt, x) => self.of(x),
            Node::Unary(Unary::Sign | Unary::Sin | Unary::Cos | Unary::Tanh | Unary::Atan, x) => self.of(x).map(|_| 0),
            Node::Select { yes, no, .. } => Some(self.of(yes)?.max(self.of(no)?)),
            _ => None,
        }
    }
}
