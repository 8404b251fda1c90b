//! What the names of a formula stand for: parameters, definitions and variables.

mod variables;

use std::collections::HashMap;

use crate::error::{Error, Result};
use crate::loss::formula::parser::{self, Source};
pub(crate) use crate::loss::formula::syntax::Definition;
use crate::loss::formula::syntax::{Expr, Kind, Span};

/// A formula whose names are told apart.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Parsed {
    /// The definitions that hold whatever the variables are, with their defaults, in the order of the text.
    pub(crate) parameters: Vec<Definition>,
    /// All other definitions in the order of the text; each may use those in front of it and the parameters.
    pub(crate) definitions: Vec<Definition>,
    /// The formula itself.
    pub(crate) body: Expr,
    /// What it depends on.
    pub(crate) variables: Variables,
}

/// The variables of a formula.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Variables {
    /// One or more, each with a name of its own, in their order.
    Named(Vec<String>),
    /// The elements 1 … D of one vector with this name.
    Indexed(String),
}

/// Reads `text`; `variables` are its named variables in the order that is wanted, which is else alphabetical.
///
/// # Errors
///
/// [`Error::Formula`] where the text is not a formula, or where a name in it has no meaning or more than one;
/// [`Error::Unknown`] and [`Error::Invalid`] where `variables` lists what is no variable, or one twice.
pub(crate) fn parse(text: &str, variables: Option<&[String]>) -> Result<Parsed> {
    let source = parser::parse(text)?;
    let (is_parameter, free) = Scope::new(text, &source)?.resolve()?;
    let variables = variables::find(text, &source, &free, variables)?;
    let mut is_parameter = is_parameter.into_iter();
    let (parameters, definitions) = source.definitions.into_iter().partition(|_| is_parameter.next() == Some(true));
    Ok(Parsed { parameters, definitions, body: source.body, variables })
}

/// A place where a name stands that is no index of a sum or product around it.
struct Use<'a> {
    name: &'a str,
    span: &'a Span,
    /// Whether it stands there with an index, as `x[1]`.
    is_element: bool,
}

/// The uses in `expr`, added to `found` in the order of the text; `indices` are those of the sums and products around it.
fn collect_uses<'a>(expr: &'a Expr, indices: &mut Vec<&'a str>, found: &mut Vec<Use<'a>>) {
    let mut add = |name, is_element| found.push(Use { name, span: &expr.span, is_element });
    match &expr.kind {
        Kind::Name(name) if !indices.contains(&name.as_str()) => add(name, false),
        Kind::Element { vector, .. } => add(vector, true),
        _ => {}
    }
    match &expr.kind {
        Kind::Fold { index, from, to, body, .. } => {
            collect_uses(from, indices, found);
            collect_uses(to, indices, found);
            indices.push(index);
            collect_uses(body, indices, found);
            indices.pop();
        }
        kind => kind.children().into_iter().for_each(|child| collect_uses(child, indices, found)),
    }
}

/// The definitions of a formula by their names.
struct Scope<'a> {
    text: &'a str,
    source: &'a Source,
    /// The position of each defined name.
    positions: HashMap<&'a str, usize>,
}

impl<'a> Scope<'a> {
    fn new(text: &'a str, source: &'a Source) -> Result<Self> {
        let mut positions = HashMap::new();
        for (position, Definition { name, span, .. }) in source.definitions.iter().enumerate() {
            let refuse = |reason| Err(Error::formula(text, span.clone(), reason));
            if positions.insert(name.as_str(), position).is_some() {
                return refuse(format!("'{name}' is defined twice: choose another name for one of the two"));
            }
            if source.indices.contains(name) {
                return refuse(format!("'{name}' is also the index of a sum or product: choose another name for one of the two"));
            }
        }
        Ok(Self { text, source, positions })
    }

    /// Whether each definition is a parameter, and the uses of names that have no definition.
    fn resolve(&self) -> Result<(Vec<bool>, Vec<Use<'a>>)> {
        let mut is_parameter = Vec::new();
        let mut free = Vec::new();
        let values = self.source.definitions.iter().map(|definition| &definition.value).chain([&self.source.body]);
        for (position, value) in values.enumerate() {
            let mut uses = Vec::new();
            collect_uses(value, &mut Vec::new(), &mut uses);
            let mut is_constant = true;
            for used in uses {
                match self.definition_of(&used, position)? {
                    Some(earlier) => is_constant &= is_parameter[earlier],
                    None => {
                        is_constant = false;
                        free.push(used);
                    }
                }
            }
            is_parameter.push(is_constant);
        }
        Ok((is_parameter, free))
    }

    /// The position of the definition that `used` means, seen from the definition at `position`; `None` where it has none.
    fn definition_of(&self, used: &Use<'_>, position: usize) -> Result<Option<usize>> {
        let name = used.name;
        let refuse = |reason| Err(Error::formula(self.text, used.span.clone(), reason));
        match self.positions.get(name) {
            Some(own) if *own == position => refuse(format!("'{name}' is defined by itself: use only what is defined in front of it")),
            Some(later) if *later > position => {
                refuse(format!("'{name}' is defined further back: move its definition in front of this one"))
            }
            Some(_) if used.is_element => refuse(format!("'{name}' is defined as a number and has no elements: write {name} alone")),
            definition => Ok(definition.copied()),
        }
    }
}

#[cfg(test)]
mod tests;
