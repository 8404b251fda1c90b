//! The degree of a graph as a polynomial in the variables, by which quadratics are recognised.

use std::collections::HashMap;

use crate::function::Unary;
use crate::loss::formula::graph::{Graph, Id, Node};

/// The degree of `root`, or `None` where it is no polynomial for all that its form shows.
pub(crate) fn degree(graph: &Graph, root: Id) -> Option<u32> {
    let mut degrees: HashMap<Id, Option<u32>> = HashMap::new();
    for (id, node) in graph.up_to(root) {
        let of = |id: Id| degrees.get(&id).copied().flatten();
        let is_constant = node.operands().all(|operand| of(operand) == Some(0));
        let degree = match node {
            Node::Constant(_) | Node::Parameter(_) => Some(0),
            Node::Variable(_) => Some(1),
            _ if is_constant => Some(0),
            Node::Add(a, b) | Node::Subtract(a, b) => of(a).zip(of(b)).map(|(a, b)| a.max(b)),
            Node::Multiply(a, b) => of(a).zip(of(b)).map(|(a, b)| a.saturating_add(b)),
            Node::Divide(a, b) if of(b) == Some(0) => of(a),
            Node::Power(x, exponent) if exponent > 0 => of(x).map(|x| x.saturating_mul(exponent.unsigned_abs())),
            Node::Unary(Unary::Negate, x) => of(x),
            Node::Select { left, right, yes, no, .. } if of(left) == Some(0) && of(right) == Some(0) => {
                of(yes).zip(of(no)).map(|(yes, no)| yes.max(no))
            }
            _ => None,
        };
        degrees.insert(id, degree);
    }
    degrees.get(&root).copied().flatten()
}
