//! Losses that a user writes: read, differentiated exactly, and compiled to one program that every backend runs.
//!
//! ```text
//! text → tree (parser) → graph (lower) → graph with its gradient (derivative) → instructions (program)
//! ```

mod degree;
mod derivative;
mod graph;
mod growth;
mod lexer;
mod lower;
mod magnitude;
mod names;
mod parser;
mod print;
mod program;
mod syntax;

use std::sync::{Arc, OnceLock};

use crate::error::{Error, Result};
use crate::loss::formula::graph::{Graph, Id, MAX_NODES};
use crate::loss::formula::lower::{Lowered, lower};
use crate::loss::formula::names::{Parsed, Variables};
use crate::loss::{Case, Entry, Evaluate, Hessian, Parameter, Problem, check_dimension, default_names};
use crate::real::{Coefficients, Each, Real};

pub(crate) use lower::Setting;
pub(crate) use magnitude::is_finite_within;
pub(crate) use program::{Instruction, Operand, Program};
#[cfg(test)]
pub(crate) use syntax::FUNCTIONS;

/// The dimension of a formula over `x[i]` where none is given.
const DEFAULT_DIMENSION: usize = 2;

/// A formula of a known dimension whose parameters are not bound yet.
#[derive(Clone, Debug)]
pub struct Formula {
    text: Arc<str>,
    /// The text on one line.
    title: Arc<str>,
    entry: Option<&'static Entry>,
    parsed: Arc<Parsed>,
    dimension: usize,
    parameters: Arc<[Parameter]>,
}

impl Formula {
    /// Reads a formula. The variables are ordered by name unless `variables` orders them; `dimension` is how many there are where
    /// the formula, with `x[i]`, leaves that open, and 2 where it is not given.
    ///
    /// # Errors
    /// [`Error::Formula`], which points to the place, or one that names the option at fault.
    pub fn parse(text: &str, dimension: Option<usize>, variables: Option<&[String]>) -> Result<Self> {
        Self::read("the formula", text, dimension, variables)
    }

    fn read(what: &str, text: &str, dimension: Option<usize>, variables: Option<&[String]>) -> Result<Self> {
        let parsed = names::parse(text, variables)?;
        let dimension = match &parsed.variables {
            Variables::Indexed(_) => dimension.unwrap_or(DEFAULT_DIMENSION),
            Variables::Named(names) => match dimension {
                Some(given) if given != names.len() => {
                    let reason = format!("the variables of {what} are {}, not {given} of them; leave --dimension out", names.join(", "));
                    return Err(Error::invalid("dimension", reason));
                }
                _ => names.len(),
            },
        };
        check_dimension("dimension", dimension)?;
        let lowered = lower(text, &parsed, dimension, &vec![Setting::Default; parsed.parameters.len()])?;
        let parameter = |(definition, id): (&names::Definition, &Id)| Parameter {
            name: definition.name.clone(),
            default: lowered.graph.value(*id).unwrap_or(f64::NAN) as f32,
            at_least: None,
        };
        let parameters = parsed.parameters.iter().zip(&lowered.parameters).map(parameter).collect();
        let title = text.split_whitespace().collect::<Vec<_>>().join(" ").into();
        Ok(Self { text: text.into(), title, entry: None, parsed: Arc::new(parsed), dimension, parameters })
    }

    /// The formula of the catalog's loss `name`.
    ///
    /// # Errors
    /// [`Error::Unknown`] with the nearest name, or [`Error::Invalid`] for a dimension that the loss does not have.
    pub fn named(name: &str, dimension: Option<usize>) -> Result<Self> {
        let entry = Entry::named(name)?;
        entry.check_dimension(dimension)?;
        let mut formula = Self::read(&entry.name, &entry.formula, entry.dimension().or(dimension), None)?;
        formula.entry = Some(entry);
        let bounded = |parameter: &Parameter| Parameter { at_least: entry.at_least(&parameter.name), ..parameter.clone() };
        formula.parameters = formula.parameters.iter().map(bounded).collect();
        Ok(formula)
    }

    /// What the catalog knows of it, if it has a name there.
    pub fn entry(&self) -> Option<&'static Entry> {
        self.entry
    }

    /// The same, and the case that asks it, if what it knows holds for these names and values of all parameters.
    pub fn known<'a>(&self, parameters: &'a [(&'a str, f64)]) -> Option<(&'static Entry, Case<'a>)> {
        let case = Case { dimension: self.dimension, parameters };
        let defaults = self.parameters.iter().map(|parameter| (parameter.name.as_str(), f64::from(parameter.default)));
        let defaults: Vec<(&str, f64)> = defaults.collect();
        self.entry.filter(|entry| entry.is_known_for(case, &defaults)).map(|entry| (entry, case))
    }

    /// Its name in the catalog, or else what was written, on one line.
    pub fn name(&self) -> &str {
        self.entry.map_or(&self.title, |entry| &entry.name)
    }

    /// What was written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// D.
    pub fn dimension(&self) -> usize {
        self.dimension
    }

    /// Whether D is open: the variables are x\[1\] … x\[D\].
    pub fn is_open(&self) -> bool {
        matches!(self.parsed.variables, Variables::Indexed(_)) && self.entry.is_none_or(|entry| entry.dimension().is_none())
    }

    /// The names of the variables, in order.
    pub fn variables(&self) -> Vec<String> {
        match &self.parsed.variables {
            Variables::Named(names) => names.clone(),
            Variables::Indexed(vector) => default_names(vector, self.dimension),
        }
    }

    /// The numbers it takes besides its variables.
    pub fn parameters(&self) -> &[Parameter] {
        &self.parameters
    }

    /// The formula with its default for each parameter, differentiated.
    ///
    /// # Errors
    /// Where its gradient is too large.
    pub fn at_defaults(&self) -> Result<Bound> {
        self.bind(&vec![Setting::Default; self.parameters.len()])
    }

    /// The formula with a setting for each of its parameters, differentiated.
    pub(crate) fn bind(&self, settings: &[Setting]) -> Result<Bound> {
        let Lowered { mut graph, root, parameters } = lower(&self.text, &self.parsed, self.dimension, settings)?;
        let degree = degree::degree(&graph, root);
        let gradient = derivative::gradient(&mut graph, root, self.dimension)?;
        let both: Vec<Id> = std::iter::once(root).chain(gradient.iter().copied()).collect();
        let whole = Program::new(&graph, &both);
        whole.constants.iter().try_for_each(|value| check_single(*value))?;
        let swept = settings.iter().filter(|setting| matches!(setting, Setting::Swept(_))).count();
        Ok(Bound {
            formula: self.clone(),
            swept,
            fixed: parameters.iter().map(|id| graph.value(*id)).collect(),
            degree,
            loss: Program::new(&graph, &[root]),
            both: whole,
            slope: Program::new(&graph, &gradient),
            second: OnceLock::new(),
            graph,
            gradient,
        })
    }
}

/// Checks that a constant of a formula is a normal number of f32, or 0.
fn check_single(value: f64) -> Result<()> {
    let size = (value as f32).abs();
    let limit = match value {
        0.0 => return Ok(()),
        _ if size.is_finite() && size >= f32::MIN_POSITIVE => return Ok(()),
        _ if size < f32::MIN_POSITIVE => "1.2e-38 at least",
        _ => "3.4e38 at most",
    };
    let what = if value.is_finite() { format!("the number {value:.3e}") } else { "a number".into() };
    let reason =
        format!("{what} in it or in its gradient is beyond those of f32, {limit}; write it, or set its parameters, on another scale");
    Err(Error::invalid("formula", reason))
}

/// The value of a formula without variables, given D and the values of some names.
pub(crate) fn constant(text: &str, dimension: usize, known: &[(&str, f64)]) -> Result<f64> {
    let definitions: String = known.iter().map(|(name, value)| format!("{name} = {value:e}; ")).collect();
    // As the definition of a parameter, in front of the simplest formula there is.
    let text = format!("{definitions}value = {text}; x");
    let parsed = names::parse(&text, None)?;
    let Lowered { graph, parameters, .. } = lower(&text, &parsed, dimension, &vec![Setting::Default; parsed.parameters.len()])?;
    let value = parameters.last().and_then(|id| graph.value(*id));
    value.ok_or_else(|| Error::invalid("formula", format!("'{text}' has no value of its own")))
}

/// A formula whose parameters are set, or swept: then each descent has its own row of them.
#[derive(Debug)]
pub struct Bound {
    formula: Formula,
    swept: usize,
    fixed: Vec<Option<f64>>,
    degree: Option<u32>,
    graph: Graph,
    gradient: Vec<Id>,
    loss: Program,
    slope: Program,
    both: Program,
    second: OnceLock<Result<Arc<SecondDerivative>>>,
}

impl Bound {
    /// What it was made from.
    pub fn formula(&self) -> &Formula {
        &self.formula
    }

    /// How many parameters are swept.
    pub fn swept(&self) -> usize {
        self.swept
    }

    /// The value of each parameter, if it is the same for all descents.
    pub(crate) fn fixed_parameters(&self) -> &[Option<f64>] {
        &self.fixed
    }

    /// The code of the loss and, after it, the gradient.
    pub(crate) fn both(&self) -> &Program {
        &self.both
    }

    /// The code of the gradient alone.
    pub(crate) fn slope(&self) -> &Program {
        &self.slope
    }

    /// f at `x` (`f64[D]`), the swept parameters being `row`.
    pub fn loss_at(&self, row: &[f64], x: &[f64]) -> f64 {
        self.loss.run(&Each(row), x)[0]
    }

    /// ∇f at `x` (`f64[D]`), the swept parameters being `row`.
    pub fn gradient_at(&self, row: &[f64], x: &[f64]) -> Vec<f64> {
        self.slope.run(&Each(row), x)
    }

    /// f and, after it, ∇f at `x` (`R[D]`), the swept parameters being `row`, in the order of operations of the backends.
    pub fn evaluate_at<R: Real>(&self, row: &[R], x: &[R]) -> Vec<R> {
        self.both.run(&Each(row), x)
    }

    /// The Hessian at `x` (`f64[D]`) times `direction` (`f64[D]`), the swept parameters being `row`.
    ///
    /// # Errors
    /// Where the second derivative is too large a graph.
    pub fn hessian_times(&self, row: &[f64], x: &[f64], direction: &[f64]) -> Result<Vec<f64>> {
        Ok(self.second()?.times(row, x, direction))
    }

    /// The Hessian at `x` (`f64[D]`), row by row, the swept parameters being `row`.
    ///
    /// # Errors
    /// As [`Self::hessian_times`].
    pub fn hessian_at(&self, row: &[f64], x: &[f64]) -> Result<Vec<f64>> {
        Ok(self.second()?.hessian(row, x))
    }

    /// Its second derivative, to be asked for at many points.
    ///
    /// # Errors
    /// As [`Self::hessian_times`].
    pub(crate) fn second(&self) -> Result<Arc<SecondDerivative>> {
        self.second.get_or_init(|| self.differentiate_again().map(Arc::new)).clone()
    }

    fn differentiate_again(&self) -> Result<SecondDerivative> {
        let mut graph = self.graph.clone();
        let mut sum = graph.constant(0.0);
        for (number, slope) in self.gradient.iter().enumerate() {
            let direction = graph.parameter(self.swept + number);
            let term = graph.multiply(direction, *slope);
            sum = graph.add(sum, term);
        }
        let product = derivative::gradient(&mut graph, sum, self.formula.dimension).map_err(|_| {
            let reason = format!("its second derivative takes more than {MAX_NODES} operations or too many branches");
            Error::invalid("formula", format!("{reason}; make it, or --dimension, smaller"))
        })?;
        Ok(SecondDerivative(Program::new(&graph, &product)))
    }

    /// Whether its form shows that it is a quadratic.
    pub(crate) fn is_quadratic(&self) -> bool {
        self.degree.is_some_and(|degree| degree <= 2)
    }

    /// The quadratic that it is at the swept parameters `row`.
    pub(crate) fn quadratic(&self, row: &[f64]) -> Result<Problem> {
        let dimension = self.formula.dimension;
        let origin = vec![0.0; dimension];
        let hessian = self.hessian_at(row, &origin)?;
        let is_diagonal = (0..dimension * dimension).all(|k| k % dimension == k / dimension || hessian[k] == 0.0);
        let hessian = match is_diagonal {
            true => Hessian::Diagonal(hessian.into_iter().step_by(dimension + 1).collect()),
            false => Hessian::dense(dimension, hessian)?,
        };
        let problem = Problem::uncentered(hessian.clone(), &self.gradient_at(row, &origin), self.loss_at(row, &origin))?;
        // There the formula itself has the least to round.
        let center = problem.center().to_vec();
        let (linear, constant) = (self.gradient_at(row, &center), self.loss_at(row, &center));
        Problem::around(hessian, center, linear, constant)
    }
}

/// ∇(vᵀ∇f), where v stands among the parameters after those that are swept.
#[derive(Debug)]
pub(crate) struct SecondDerivative(Program);

impl SecondDerivative {
    /// The Hessian at `x` (`f64[D]`) times `direction` (`f64[D]`), the swept parameters being `row`.
    fn times(&self, row: &[f64], x: &[f64], direction: &[f64]) -> Vec<f64> {
        let row: Vec<f64> = row.iter().chain(direction).copied().collect();
        self.0.run(&Each(&row), x)
    }

    /// The Hessian at `x` (`f64[D]`), row by row, the swept parameters being `row`.
    pub(crate) fn hessian(&self, row: &[f64], x: &[f64]) -> Vec<f64> {
        let dimension = x.len();
        let unit = |i: usize| (0..dimension).map(|j| f64::from(u8::from(i == j))).collect::<Vec<_>>();
        let rows: Vec<Vec<f64>> = (0..dimension).map(|i| self.times(row, x, &unit(i))).collect();
        // Either triangle is rounded in its own way.
        (0..dimension * dimension).map(|k| 0.5 * (rows[k / dimension][k % dimension] + rows[k % dimension][k / dimension])).collect()
    }
}

/// The arithmetic of a formula.
#[derive(Clone, Copy, Debug)]
pub struct Written<'a>(pub(crate) &'a Bound);

impl Evaluate for Written<'_> {
    fn gradient<R: Real>(&self, row: &impl Coefficients<R>, x: &[R], gradient: &mut [R]) {
        gradient.copy_from_slice(&self.0.slope.run(row, x));
    }

    fn loss<R: Real>(&self, row: &impl Coefficients<R>, x: &[R], _gradient: &[R]) -> R {
        self.0.loss.run(row, x)[0]
    }

    fn evaluate<R: Real>(&self, row: &impl Coefficients<R>, x: &[R], gradient: &mut [R]) -> R {
        let found = self.0.both.run(row, x);
        gradient.copy_from_slice(&found[1..]);
        found[0]
    }
}

#[cfg(test)]
mod tests;

impl PartialEq for Bound {
    fn eq(&self, other: &Self) -> bool {
        self.both == other.both
    }
}
