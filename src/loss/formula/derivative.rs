//! The exact gradient of a graph, as more nodes of the same graph: adjoints from the loss back to the variables.
//!
//! Griewank & Walther, *Evaluating Derivatives*, 2nd ed. 2008, doi:10.1137/1.9780898717761, chapter 3.2.
//!
//! At kinks: |x|' = 0 at 0; of two equal arguments `min` and `max` take the second one's derivative; `if` takes that of the branch
//! it takes; `sign` and `floor` have the derivative 0; where a root, a power, `atan2` or an arc has a vertical tangent or a
//! singular point at 0, the derivative there is 0, as at the tip of √(x² + y²).
//!
//! Where a function levels off, as 1/(1 + eˣ) does, its derivative is 0 in f32 long before what it is taken of is finite no more. From there on
//! an adjoint of 0 stays 0, whatever it is multiplied with.

use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;

use crate::error::{Error, Result};
use crate::function::{Binary, Comparison, Unary};
use crate::loss::formula::graph::{Graph, Id, MAX_NODES, Node};
use crate::loss::formula::growth::Growth;

/// The most nodes that adjoints pass through, each branch of an `if` counted by itself.
const MAX_VISITS: usize = 2_000_000;
/// How deep branches may lie within branches.
const MAX_DEPTH: usize = 100;

/// ∂root/∂variable for each of `variables` variables.
///
/// # Errors
/// Where the graph grows too large.
pub(crate) fn gradient(graph: &mut Graph, root: Id, variables: usize) -> Result<Vec<Id>> {
    let (seed, zero) = (graph.constant(1.0), graph.constant(0.0));
    let mut backward = Backward { graph, known: HashMap::new(), growth: Growth::default(), visits: 0, depth: 0 };
    let found = backward.slopes(root, Adjoint { value: seed, may_vanish: false })?;
    Ok((0..variables).map(|number| found.get(&(number as u32)).copied().unwrap_or(zero)).collect())
}

/// Something for each variable, by its number.
type Slopes = Rc<BTreeMap<u32, Id>>;

/// ∂root/∂node, and whether it passed a function that levels off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Adjoint {
    value: Id,
    may_vanish: bool,
}

/// Follows adjoints back through a graph.
struct Backward<'g> {
    graph: &'g mut Graph,
    /// What was found before, by root and seed.
    known: HashMap<(Id, Adjoint), Slopes>,
    growth: Growth,
    visits: usize,
    depth: usize,
}

/// Adjoints on their way: of nodes yet to be visited, and of variables.
#[derive(Default)]
struct Adjoints {
    nodes: BTreeMap<Id, Adjoint>,
    variables: BTreeMap<u32, Id>,
}

impl Adjoints {
    fn add(&mut self, graph: &mut Graph, id: Id, term: Adjoint) {
        let sum = match self.nodes.get(&id) {
            Some(before) => Adjoint { value: graph.add(before.value, term.value), may_vanish: before.may_vanish || term.may_vanish },
            None => term,
        };
        self.nodes.insert(id, sum);
    }

    fn add_slope(&mut self, graph: &mut Graph, variable: u32, term: Id) {
        let sum = match self.variables.get(&variable) {
            Some(before) => graph.add(*before, term),
            None => term,
        };
        self.variables.insert(variable, sum);
    }
}

impl Backward<'_> {
    /// seed · ∂root/∂variable, of the variables that `root` depends on.
    fn slopes(&mut self, root: Id, seed: Adjoint) -> Result<Slopes> {
        if let Some(known) = self.known.get(&(root, seed)) {
            return Ok(Rc::clone(known));
        }
        let mut adjoints = Adjoints { nodes: BTreeMap::from([(root, seed)]), ..Adjoints::default() };
        // A node's number is larger than its operands', so it is visited once all its adjoints have come together.
        while let Some((id, adjoint)) = adjoints.nodes.pop_last() {
            self.visits += 1;
            if self.graph.is_too_large() {
                let reason = format!("needs more than {MAX_NODES} operations with its gradient; make it, or --dimension, smaller");
                return Err(Error::invalid("formula", reason));
            }
            if self.visits > MAX_VISITS {
                return Err(Error::invalid("formula", "has a gradient of too many branches; use fewer if, min and max within each other"));
            }
            if self.graph.value(adjoint.value) != Some(0.0) {
                self.pass_on(&mut adjoints, id, adjoint)?;
            }
        }
        let slopes = Rc::new(adjoints.variables);
        self.known.insert((root, seed), Rc::clone(&slopes));
        Ok(slopes)
    }

    /// Hands the adjoint of a node on to its operands.
    fn pass_on(&mut self, adjoints: &mut Adjoints, id: Id, adjoint: Adjoint) -> Result<()> {
        let graph = &mut *self.graph;
        let node = graph.node(id);
        let may_vanish = adjoint.may_vanish || levels_off(node);
        match node {
            Node::Constant(_) | Node::Parameter(_) => {}
            Node::Variable(number) => adjoints.add_slope(graph, number, adjoint.value),
            Node::Binary(Binary::Minimum, a, b) => return self.branch(adjoints, adjoint, (Comparison::Less, a, b), a, b),
            Node::Binary(Binary::Maximum, a, b) => return self.branch(adjoints, adjoint, (Comparison::Less, b, a), a, b),
            Node::Select { comparison, left, right, yes, no } => {
                return self.branch(adjoints, adjoint, (comparison, left, right), yes, no);
            }
            Node::Add(a, b) => {
                adjoints.add(graph, a, adjoint);
                adjoints.add(graph, b, adjoint);
            }
            Node::Subtract(a, b) => {
                adjoints.add(graph, a, adjoint);
                let negated = Adjoint { value: graph.negate(adjoint.value), ..adjoint };
                adjoints.add(graph, b, negated);
            }
            Node::Divide(a, b) => {
                // (a/b)' = (a' − (a/b) b') / b
                let to_a = graph.divide(adjoint.value, b);
                let product = graph.multiply(to_a, id);
                let to_b = graph.negate(product);
                for (operand, value) in [(a, to_a), (b, to_b)] {
                    let value = self.guarded(adjoint, value);
                    adjoints.add(self.graph, operand, Adjoint { value, may_vanish });
                }
            }
            _ => {
                for (operand, local) in locals(graph, id, node).into_iter().flatten() {
                    let product = self.graph.multiply(adjoint.value, local);
                    let value = if self.growth.is_tame(self.graph, local) { product } else { self.guarded(adjoint, product) };
                    adjoints.add(self.graph, operand, Adjoint { value, may_vanish });
                }
            }
        }
        Ok(())
    }

    /// A multiple of `adjoint`, 0 where that has vanished.
    fn guarded(&mut self, adjoint: Adjoint, multiple: Id) -> Id {
        if !adjoint.may_vanish {
            return multiple;
        }
        let zero = self.graph.constant(0.0);
        self.graph.select(Comparison::Equal, adjoint.value, zero, zero, multiple)
    }

    /// Each branch is followed to the variables by itself, and the one that was taken chosen only there: a derivative of the other
    /// may be infinite, and 0 · ∞ would be NaN.
    fn branch(&mut self, adjoints: &mut Adjoints, adjoint: Adjoint, condition: (Comparison, Id, Id), yes: Id, no: Id) -> Result<()> {
        if self.depth == MAX_DEPTH {
            return Err(Error::invalid("formula", format!("has more than {MAX_DEPTH} of if, min and max within each other")));
        }
        self.depth += 1;
        let (from_yes, from_no) = (self.slopes(yes, adjoint)?, self.slopes(no, adjoint)?);
        self.depth -= 1;
        let (comparison, left, right) = condition;
        let zero = self.graph.constant(0.0);
        let numbers: std::collections::BTreeSet<u32> = from_yes.keys().chain(from_no.keys()).copied().collect();
        for number in numbers {
            let of = |slopes: &Slopes| slopes.get(&number).copied().unwrap_or(zero);
            let chosen = self.graph.select(comparison, left, right, of(&from_yes), of(&from_no));
            adjoints.add_slope(self.graph, number, chosen);
        }
        Ok(())
    }
}

/// The operands of a product, a power or a function, each with ∂node/∂operand.
fn locals(graph: &mut Graph, id: Id, node: Node) -> [Option<(Id, Id)>; 2] {
    match node {
        Node::Multiply(a, b) => [Some((a, b)), Some((b, a))],
        Node::Power(x, exponent) => {
            let (power, factor) = (graph.power(x, exponent - 1), graph.constant(exponent.into()));
            [Some((x, graph.multiply(factor, power))), None]
        }
        Node::Unary(function, x) => [Some((x, unary(graph, function, id, x))), None],
        Node::Binary(function, a, b) => {
            let (local_a, local_b) = if function == Binary::Atan2 { atan2(graph, a, b) } else { power(graph, id, a, b) };
            [Some((a, local_a)), Some((b, local_b))]
        }
        _ => [None, None],
    }
}

/// Whether the derivative can be 0 in f32 though no factor is 0 and the value is finite.
fn levels_off(node: Node) -> bool {
    match node {
        Node::Divide(..) | Node::Binary(..) => true,
        Node::Power(_, exponent) => exponent < 0,
        Node::Unary(function, _) => matches!(function, Unary::Exp | Unary::Exp2 | Unary::Tanh | Unary::Atan),
        _ => false,
    }
}

/// The derivative of `function` at `x`, where its value is `value`.
fn unary(graph: &mut Graph, function: Unary, value: Id, x: Id) -> Id {
    let (one, zero) = (graph.constant(1.0), graph.constant(0.0));
    match function {
        Unary::Negate => graph.constant(-1.0),
        Unary::Abs => graph.unary(Unary::Sign, x),
        Unary::Sign | Unary::Floor => zero,
        Unary::Sqrt => {
            let half = graph.constant(0.5);
            let slope = graph.divide(half, value);
            graph.select(Comparison::Equal, value, zero, zero, slope)
        }
        Unary::Cbrt => {
            let (third, square) = (graph.constant(1.0 / 3.0), graph.power(value, 2));
            let slope = graph.divide(third, square);
            graph.select(Comparison::Equal, value, zero, zero, slope)
        }
        Unary::Exp => value,
        Unary::Exp2 => scaled(graph, std::f64::consts::LN_2, value),
        Unary::Ln => graph.divide(one, x),
        Unary::Log2 => reciprocal(graph, std::f64::consts::LOG2_E, x),
        Unary::Log10 => reciprocal(graph, std::f64::consts::LOG10_E, x),
        Unary::Sin => graph.unary(Unary::Cos, x),
        Unary::Cos => {
            let sine = graph.unary(Unary::Sin, x);
            graph.negate(sine)
        }
        Unary::Tan => {
            let square = graph.power(value, 2);
            graph.add(square, one)
        }
        Unary::Asin => arc(graph, 1.0, x),
        Unary::Acos => arc(graph, -1.0, x),
        Unary::Atan => {
            let square = graph.power(x, 2);
            let sum = graph.add(square, one);
            graph.divide(one, sum)
        }
        Unary::Sinh => graph.unary(Unary::Cosh, x),
        Unary::Cosh => graph.unary(Unary::Sinh, x),
        // 1 − tanh² would cancel far from 0.
        Unary::Tanh => {
            let cosine = graph.unary(Unary::Cosh, x);
            let inverse = graph.divide(one, cosine);
            graph.power(inverse, 2)
        }
    }
}

fn scaled(graph: &mut Graph, factor: f64, x: Id) -> Id {
    let factor = graph.constant(factor);
    graph.multiply(factor, x)
}

fn reciprocal(graph: &mut Graph, numerator: f64, x: Id) -> Id {
    let numerator = graph.constant(numerator);
    graph.divide(numerator, x)
}

/// ±1 / √((1 − x)(1 + x)), and 0 where the tangent is vertical.
fn arc(graph: &mut Graph, sign: f64, x: Id) -> Id {
    let (one, zero, sign) = (graph.constant(1.0), graph.constant(0.0), graph.constant(sign));
    let (below, above) = (graph.subtract(one, x), graph.add(x, one));
    let product = graph.multiply(below, above);
    let root = graph.unary(Unary::Sqrt, product);
    let slope = graph.divide(sign, root);
    graph.select(Comparison::Equal, root, zero, zero, slope)
}

/// The derivatives of atan2(y, x): x and −y over x² + y².
fn atan2(graph: &mut Graph, y: Id, x: Id) -> (Id, Id) {
    let (squares, zero) = ((graph.power(x, 2), graph.power(y, 2)), graph.constant(0.0));
    let sum = graph.add(squares.0, squares.1);
    let minus_y = graph.negate(y);
    let mut slope = |numerator| {
        let slope = graph.divide(numerator, sum);
        graph.select(Comparison::Equal, sum, zero, zero, slope)
    };
    (slope(x), slope(minus_y))
}

/// The derivatives of x^y: y x^(y−1), and x^y ln x where x is positive.
fn power(graph: &mut Graph, value: Id, x: Id, y: Id) -> (Id, Id) {
    let (one, zero) = (graph.constant(1.0), graph.constant(0.0));
    let less = graph.subtract(y, one);
    let lowered = graph.binary(Binary::Power, x, less);
    let slope = graph.multiply(y, lowered);
    // Vertical at 0 for a power below 1.
    let at_zero = graph.select(Comparison::Less, y, one, zero, slope);
    let by_x = graph.select(Comparison::Equal, x, zero, at_zero, slope);
    let logarithm = graph.unary(Unary::Ln, x);
    let product = graph.multiply(value, logarithm);
    let by_y = graph.select(Comparison::Less, zero, x, product, zero);
    (by_x, by_y)
}
