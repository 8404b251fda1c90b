//! From what was written to a graph: names are looked up, sums and products over an index written out.

use std::collections::HashMap;

use crate::error::{Error, Result};
use crate::function::{Binary, Comparison};
use crate::loss::formula::graph::{Graph, Id};
use crate::loss::formula::names::{Parsed, Variables};
use crate::loss::formula::syntax::{self, Expr, Function, Kind};

/// The most parts of a formula, those under `sum` and `prod` counted for every index.
const MAX_PARTS: usize = 1_000_000;

/// What a parameter is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Setting {
    /// What its definition says.
    Default,
    /// This number.
    Fixed(f32),
    /// Known only to each descent: the number of the swept parameter.
    Swept(usize),
}

/// What a formula of `dimension` variables comes to, given a setting for each parameter.
pub(crate) struct Lowered {
    pub(crate) graph: Graph,
    /// The loss.
    pub(crate) root: Id,
    /// Each parameter's value.
    pub(crate) parameters: Vec<Id>,
}

/// Writes `parsed`, which was read from `text`, as a graph.
///
/// # Errors
/// One that points to what is too large, not finite, or not a whole number where one is needed.
pub(crate) fn lower(text: &str, parsed: &Parsed, dimension: usize, settings: &[Setting]) -> Result<Lowered> {
    let mut lower = Lower { text, graph: Graph::default(), names: HashMap::new(), dimension, parts: 0 };
    if let Variables::Named(names) = &parsed.variables {
        for (number, name) in names.iter().enumerate() {
            let id = lower.graph.variable(number);
            lower.names.insert(name, id);
        }
    }
    let mut parameters = Vec::new();
    for (definition, setting) in parsed.parameters.iter().zip(settings) {
        let id = match setting {
            Setting::Default => lower.expression(&definition.value)?,
            Setting::Fixed(value) => lower.graph.constant((*value).into()),
            Setting::Swept(number) => lower.graph.parameter(*number),
        };
        lower.names.insert(&definition.name, id);
        parameters.push(id);
    }
    for definition in &parsed.definitions {
        let id = lower.expression(&definition.value)?;
        lower.names.insert(&definition.name, id);
    }
    let root = lower.expression(&parsed.body)?;
    Ok(Lowered { graph: lower.graph, root, parameters })
}

struct Lower<'a> {
    text: &'a str,
    graph: Graph,
    names: HashMap<&'a str, Id>,
    dimension: usize,
    parts: usize,
}

impl<'a> Lower<'a> {
    fn error(&self, at: &Expr, reason: impl Into<String>) -> Error {
        Error::formula(self.text, at.span.clone(), reason)
    }

    fn expression(&mut self, expr: &'a Expr) -> Result<Id> {
        self.parts += 1;
        if self.parts > MAX_PARTS || self.graph.is_too_large() {
            return Err(self.error(expr, "makes the formula too long; make its sums, or --dimension, smaller"));
        }
        let id = self.unchecked(expr)?;
        match self.graph.value(id) {
            Some(value) if !value.is_finite() => Err(self.error(expr, format!("is {value} here, not a finite number"))),
            _ => Ok(id),
        }
    }

    fn unchecked(&mut self, expr: &'a Expr) -> Result<Id> {
        match &expr.kind {
            Kind::Number(value) => Ok(self.graph.constant(*value)),
            Kind::Pi => Ok(self.graph.constant(std::f64::consts::PI)),
            Kind::E => Ok(self.graph.constant(std::f64::consts::E)),
            Kind::Dimension => Ok(self.graph.constant(self.dimension as f64)),
            Kind::Name(name) => {
                self.names.get(name.as_str()).copied().ok_or_else(|| self.error(expr, format!("'{name}' is not known here")))
            }
            Kind::Element { index, .. } => self.element(index),
            Kind::Sum(terms) => self.sum(terms),
            Kind::Product(factors) => self.product(factors),
            Kind::Negate(inner) => {
                let inner = self.expression(inner)?;
                Ok(self.graph.negate(inner))
            }
            Kind::Power(base, exponent) => {
                let (base, exponent) = (self.expression(base)?, self.expression(exponent)?);
                Ok(self.graph.binary(Binary::Power, base, exponent))
            }
            Kind::Call(function, arguments) => self.call(*function, arguments),
            Kind::If { comparison, left, right, yes, no } => {
                let sides = (self.expression(left)?, self.expression(right)?);
                let branches = (self.expression(yes)?, self.expression(no)?);
                Ok(self.select(*comparison, sides, branches))
            }
            Kind::Fold { is_product, index, from, to, body } => {
                let range = self.whole(from)?..=self.whole(to)?;
                self.fold(*is_product, index, range, body)
            }
        }
    }

    fn sum(&mut self, terms: &'a [(bool, Expr)]) -> Result<Id> {
        let mut sum = self.graph.constant(0.0);
        for (is_subtracted, term) in terms {
            let term = self.expression(term)?;
            sum = if *is_subtracted { self.graph.subtract(sum, term) } else { self.graph.add(sum, term) };
        }
        Ok(sum)
    }

    fn product(&mut self, factors: &'a [(bool, Expr)]) -> Result<Id> {
        let mut product = self.graph.constant(1.0);
        for (is_divisor, factor) in factors {
            let id = self.expression(factor)?;
            if *is_divisor && self.graph.value(id) == Some(0.0) {
                return Err(self.error(factor, "is 0, by which nothing can be divided"));
            }
            product = if *is_divisor { self.graph.divide(product, id) } else { self.graph.multiply(product, id) };
        }
        Ok(product)
    }

    /// A number that must be known and whole.
    fn whole(&mut self, expr: &'a Expr) -> Result<i64> {
        let id = self.expression(expr)?;
        match self.graph.value(id) {
            Some(value) if value.fract() == 0.0 && value.abs() <= 1e9 => Ok(value as i64),
            Some(value) => Err(self.error(expr, format!("is {value}, but an index is a whole number"))),
            None => Err(self.error(expr, "must be a whole number that is the same at every point, such as 1, D or i+1")),
        }
    }

    fn element(&mut self, index: &'a Expr) -> Result<Id> {
        let number = self.whole(index)?;
        match usize::try_from(number) {
            Ok(number) if (1..=self.dimension).contains(&number) => Ok(self.graph.variable(number - 1)),
            _ => Err(self.error(index, format!("is {number}, but the variables are numbered from 1 to D = {}", self.dimension))),
        }
    }

    fn fold(&mut self, is_product: bool, index: &'a str, range: std::ops::RangeInclusive<i64>, body: &'a Expr) -> Result<Id> {
        let mut folded = self.graph.constant(if is_product { 1.0 } else { 0.0 });
        for number in range {
            let number = self.graph.constant(number as f64);
            // Nothing else has the name of an index that can be seen from here.
            self.names.insert(index, number);
            let term = self.expression(body)?;
            folded = if is_product { self.graph.multiply(folded, term) } else { self.graph.add(folded, term) };
        }
        self.names.remove(index);
        Ok(folded)
    }

    fn select(&mut self, comparison: syntax::Comparison, (left, right): (Id, Id), (yes, no): (Id, Id)) -> Id {
        let graph = &mut self.graph;
        match comparison {
            syntax::Comparison::Less => graph.select(Comparison::Less, left, right, yes, no),
            syntax::Comparison::LessOrEqual => graph.select(Comparison::LessOrEqual, left, right, yes, no),
            syntax::Comparison::More => graph.select(Comparison::Less, right, left, yes, no),
            syntax::Comparison::MoreOrEqual => graph.select(Comparison::LessOrEqual, right, left, yes, no),
            syntax::Comparison::Equal => graph.select(Comparison::Equal, left, right, yes, no),
            syntax::Comparison::Unequal => graph.select(Comparison::Equal, left, right, no, yes),
        }
    }

    fn call(&mut self, function: Function, arguments: &'a [Expr]) -> Result<Id> {
        let arguments = arguments.iter().map(|argument| self.expression(argument)).collect::<Result<Vec<Id>>>()?;
        Ok(match function {
            Function::Unary(function) => self.graph.unary(function, arguments[0]),
            Function::Binary(function) => self.balanced(function, &arguments),
        })
    }

    /// min and max of many as a tree, so that it is not deep.
    fn balanced(&mut self, function: Binary, arguments: &[Id]) -> Id {
        match arguments {
            [one] => *one,
            _ => {
                let (left, right) = arguments.split_at(arguments.len() / 2);
                let (left, right) = (self.balanced(function, left), self.balanced(function, right));
                self.graph.binary(function, left, right)
            }
        }
    }
}
