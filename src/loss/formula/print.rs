//! The gradient of a formula as text in the language of formulas.
//!
//! What is long and needed more than once gets a name, t1, t2, …; all else is written out where it stands.

mod piece;

use std::collections::{HashMap, HashSet};

use crate::error::Result;
use crate::function::{Binary, Comparison, Unary};
use crate::loss::formula::graph::{Graph, Id, Node};
use crate::loss::formula::lower::Setting;
use crate::loss::formula::{Bound, Formula};
use piece::{Piece, constant};

/// What is at most this long is written out again rather than given a name.
const SHORT: usize = 16;
/// What is longer than this gets a name though it is needed once, so that no line grows without bound.
const LONG: usize = 300;

/// Slopes in the language of formulas.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Slopes {
    /// Names and what they stand for; each may use those before it.
    pub(crate) shared: Vec<(String, String)>,
    /// ∂f/∂x for each variable x, as far as was asked for.
    pub(crate) slopes: Vec<String>,
}

impl Formula {
    /// The formula with its parameters left open, all but those in exponents, whose slopes would be riddled with special cases.
    ///
    /// # Errors
    /// As for the formula with all parameters set.
    pub(crate) fn open(&self, settings: &[Setting]) -> Result<Bound> {
        let all: HashSet<usize> = (0..settings.len()).collect();
        // Not all formulas can be had with open parameters: one may be the end of a sum.
        let Ok(bound) = self.bind(&opened(settings, &all)) else { return self.bind(settings) };
        let fixed = bound.gradient.iter().max().map(|last| in_exponents(&bound.graph, *last)).unwrap_or_default();
        match fixed.is_empty() {
            true => Ok(bound),
            false => self.bind(&opened(settings, &all.difference(&fixed).copied().collect())),
        }
    }
}

/// `settings`, those of the parameters `open` swept.
fn opened(settings: &[Setting], open: &HashSet<usize>) -> Vec<Setting> {
    let mut swept = 0..;
    let setting = |(number, setting): (usize, &Setting)| match open.contains(&number) {
        true => Setting::Swept(swept.next().unwrap_or(number)),
        false => *setting,
    };
    settings.iter().enumerate().map(setting).collect()
}

/// The numbers of the parameters in exponents of what depends on the variables.
fn in_exponents(graph: &Graph, last: Id) -> HashSet<usize> {
    let mut varies: Vec<bool> = Vec::new();
    let mut below: Vec<Id> = Vec::new();
    for (_, node) in graph.up_to(last) {
        let is_variable = matches!(node, Node::Variable(_));
        varies.push(is_variable || node.operands().any(|operand| varies[Graph::position(operand)]));
        match node {
            Node::Binary(Binary::Power, base, exponent) if varies[Graph::position(base)] => below.push(exponent),
            _ => {}
        }
    }
    let mut seen = HashSet::new();
    let mut found = HashSet::new();
    while let Some(id) = below.pop() {
        if let Node::Parameter(number) = graph.node(id) {
            found.insert(number as usize);
        }
        below.extend(graph.node(id).operands().filter(|operand| seen.insert(*operand)));
    }
    found
}

impl Bound {
    /// The first `most` slopes as text, which [`Formula::parse`] reads with what they share as definitions in front.
    pub(crate) fn gradient_in_words(&self, most: usize) -> Slopes {
        let outputs = &self.gradient[..most.min(self.gradient.len())];
        let names = self.formula.parameters().iter().zip(&self.fixed).filter(|(_, fixed)| fixed.is_none());
        let printer = Printer {
            variables: self.formula.variables(),
            parameters: names.map(|(parameter, _)| parameter.name.clone()).collect(),
            known: self.formula.parameters().iter().map(|parameter| parameter.name.clone()).collect(),
            uses: uses(&self.graph, outputs),
            pieces: HashMap::new(),
            shared: Vec::new(),
        };
        printer.print(&self.graph, outputs)
    }
}

/// How often each node is needed that `outputs` are computed from.
fn uses(graph: &Graph, outputs: &[Id]) -> HashMap<Id, usize> {
    let mut uses: HashMap<Id, usize> = HashMap::new();
    outputs.iter().for_each(|output| *uses.entry(*output).or_default() += 1);
    let Some(last) = outputs.iter().max() else { return uses };
    for (id, node) in graph.up_to(*last).rev() {
        if uses.contains_key(&id) {
            node.operands().for_each(|operand| *uses.entry(operand).or_default() += 1);
        }
    }
    uses
}

struct Printer {
    variables: Vec<String>,
    /// The names of the open parameters.
    parameters: Vec<String>,
    /// The names of all parameters.
    known: Vec<String>,
    uses: HashMap<Id, usize>,
    pieces: HashMap<Id, Piece>,
    shared: Vec<(String, String)>,
}

impl Printer {
    fn print(mut self, graph: &Graph, outputs: &[Id]) -> Slopes {
        let prefix = self.prefix();
        if let Some(last) = outputs.iter().max() {
            for (id, node) in graph.up_to(*last).filter(|(id, _)| self.uses.contains_key(id)).collect::<Vec<_>>() {
                let mut piece = self.piece(node);
                let most = if self.uses[&id] > 1 { SHORT } else { LONG };
                if piece.text().len() > most && !outputs.contains(&id) && !matches!(node, Node::Constant(_)) {
                    let name = format!("{prefix}{}", self.shared.len() + 1);
                    self.shared.push((name.clone(), piece.text().into()));
                    piece = Piece::primary(name);
                }
                self.pieces.insert(id, piece);
            }
        }
        let slopes = outputs.iter().map(|output| self.pieces[output].text().into()).collect();
        Slopes { shared: self.shared, slopes }
    }

    /// What the names of shared parts begin with: t, or as many of them as no other name begins with before a digit.
    fn prefix(&self) -> String {
        let is_free = |prefix: &String| {
            let numbered =
                |name: &String| name.strip_prefix(prefix.as_str()).is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
            !self.variables.iter().chain(&self.known).any(numbered)
        };
        (1..).map(|count| "t".repeat(count)).find(is_free).unwrap_or_default()
    }

    fn piece(&self, node: Node) -> Piece {
        let of = |id: Id| &self.pieces[&id];
        match node {
            Node::Constant(bits) => constant(f64::from_bits(bits)),
            Node::Variable(number) => Piece::primary(self.variables[number as usize].clone()),
            Node::Parameter(number) => Piece::primary(self.parameters[number as usize].clone()),
            Node::Add(a, b) => Piece::sum(of(a), of(b)),
            Node::Subtract(a, b) => Piece::difference(of(a), of(b)),
            Node::Multiply(a, b) => Piece::product(of(a), of(b)),
            Node::Divide(a, b) => Piece::quotient(of(a), of(b)),
            Node::Power(x, exponent) => Piece::whole_power(of(x), exponent),
            Node::Unary(Unary::Negate, x) => Piece::negated(of(x)),
            // The language calls them as the program does.
            Node::Unary(function, x) => Piece::call(&format!("{function:?}").to_lowercase(), &[of(x)]),
            Node::Binary(Binary::Power, a, b) => Piece::power(of(a), of(b)),
            Node::Binary(Binary::Minimum, a, b) => Piece::call("min", &[of(a), of(b)]),
            Node::Binary(Binary::Maximum, a, b) => Piece::call("max", &[of(a), of(b)]),
            Node::Binary(Binary::Atan2, a, b) => Piece::call("atan2", &[of(a), of(b)]),
            Node::Select { comparison, left, right, yes, no } => {
                let sign = match comparison {
                    Comparison::Less => "<",
                    Comparison::LessOrEqual => "<=",
                    Comparison::Equal => "==",
                };
                let condition = Piece::primary(format!("{} {sign} {}", of(left).text(), of(right).text()));
                Piece::call("if", &[&condition, of(yes), of(no)])
            }
        }
    }
}

#[cfg(test)]
mod tests;
