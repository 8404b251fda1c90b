//! An experiment: a loss, a method, a stop rule, and a value or an axis for every input.
//!
//! The grid of descents is the product of the axes. Descents are numbered with start axes varying fastest, in the order in
//! which they were given, then all other axes likewise: neighbours start close together and share their other inputs.

mod bind;
mod draft;

pub use draft::Draft;

use std::sync::Arc;

use crate::axis::Axis;
use crate::error::{Error, Result};
use crate::loss::{Kernel, Loss, Rows};
use crate::method::Method;
use crate::optimizer::Optimizer;
use crate::stop::StopRule;

/// The largest grid.
pub const MAX_DESCENTS: u64 = 1 << 48;
/// The name of the axis along which the quadratics of a batch lie.
pub const PROBLEM: &str = "problem";

/// An axis of the grid and the inputs it sets, one a column.
#[derive(Clone, Debug)]
pub struct GridAxis {
    /// The inputs' names.
    pub inputs: Vec<String>,
    /// Their values.
    pub axis: Axis,
    /// Whether the inputs are variables, so that the axis holds start points.
    pub is_start: bool,
}

impl GridAxis {
    /// Whether there is more than one value along it.
    pub fn is_swept(&self) -> bool {
        self.axis.count() > 1
    }

    /// Its inputs in one word.
    pub fn name(&self) -> String {
        self.inputs.join(",")
    }
}

/// Where an input's value stands: which axis, and which column of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Source {
    /// Number of the axis.
    pub axis: usize,
    /// Number of the column.
    pub column: usize,
}

/// A validated experiment.
#[derive(Clone, Debug)]
pub struct Experiment {
    loss: Loss,
    method: Method,
    stop: StopRule,
    axes: Vec<GridAxis>,
    variables: Vec<Source>,
    hyperparameters: Vec<Source>,
    parameters: Vec<Source>,
    row_axis: Option<usize>,
}

impl Experiment {
    /// The loss; never a [`Loss::Formula`], whose parameters are bound by now.
    pub fn loss(&self) -> &Loss {
        &self.loss
    }

    /// The update rule.
    pub fn optimizer(&self) -> Optimizer {
        self.method.optimizer()
    }

    /// How points move.
    pub fn method(&self) -> Method {
        self.method
    }

    /// When descents end.
    pub fn stop(&self) -> &StopRule {
        &self.stop
    }

    /// All axes, the fastest first, single values included.
    pub fn axes(&self) -> &[GridAxis] {
        &self.axes
    }

    /// D.
    pub fn dimension(&self) -> usize {
        self.variables.len()
    }

    /// Where the variables' starting values stand, then the hyper-parameters' values, then those of the parameters that a formula
    /// has swept, in the order the twins read them.
    pub fn sources(&self) -> impl Iterator<Item = Source> + '_ {
        self.variables.iter().chain(&self.hyperparameters).chain(&self.parameters).copied()
    }

    /// Where the values of a formula's swept parameters stand.
    pub fn parameters(&self) -> &[Source] {
        &self.parameters
    }

    /// How many hyper-parameters there are.
    pub fn hyperparameters(&self) -> usize {
        self.hyperparameters.len()
    }

    /// Whether all descents have the same hyper-parameters.
    pub fn shares_hyperparameters(&self) -> bool {
        self.hyperparameters.iter().all(|source| !self.axes[source.axis].is_swept())
    }

    /// Whether all descents take the same number of steps with the same hyper-parameters: what an update makes of these alone is the same for all.
    pub fn is_in_step(&self) -> bool {
        self.stop.fixed_steps && self.shares_hyperparameters()
    }

    /// Where the value of hyper-parameter `number` stands.
    pub fn hyperparameter(&self, number: usize) -> Source {
        self.hyperparameters[number]
    }

    /// Where the value of the hyper-parameter of this name stands, if there is one.
    pub fn hyperparameter_named(&self, name: &str) -> Option<Source> {
        let number = self.method.hyperparameters().iter().position(|hyper| hyper.name == name)?;
        Some(self.hyperparameter(number))
    }

    /// The number of the axis that sets the input `name`, which may be a short one.
    ///
    /// # Errors
    /// [`Error::Unknown`] where there is no such input.
    pub fn axis_of(&self, name: &str) -> Result<usize> {
        let variable = self.loss.variable(name).map(|variable| self.loss.variables()[variable].clone());
        let hyper = self.method.hyperparameters().into_iter().find(|hyper| hyper.is_called(name));
        let full = variable.or(hyper.map(|hyper| hyper.name.into())).unwrap_or_else(|| name.into());
        let number = self.axes.iter().position(|axis| axis.inputs.contains(&full));
        number.ok_or_else(|| Error::unknown("input", name, self.axes.iter().flat_map(|axis| &axis.inputs).map(String::as_str)))
    }

    /// The axis whose position picks the loss's row of coefficients; without one all descents share the only row.
    pub fn row_axis(&self) -> Option<usize> {
        self.row_axis
    }

    /// The twins that evaluate the loss.
    pub fn kernel(&self) -> Kernel {
        match &self.loss {
            Loss::Quadratic(quadratic) => quadratic.kernel(),
            Loss::Wells(wells) => Kernel::Wells(wells.wells().len()),
            Loss::Bound(bound) => Kernel::Formula(Arc::clone(bound)),
            Loss::Formula(_) => unreachable!("validate binds formulas"),
        }
    }

    /// All rows of the loss's coefficients.
    pub fn rows(&self) -> Rows<'_> {
        match &self.loss {
            Loss::Quadratic(quadratic) => quadratic.rows(),
            Loss::Wells(wells) => Rows::new(wells.row(), 1),
            Loss::Bound(_) => Rows::new(&[], 1),
            Loss::Formula(_) => unreachable!("validate binds formulas"),
        }
    }

    /// The same descents under another stop rule.
    ///
    /// # Errors
    /// [`Error::Invalid`] where the rule is not valid.
    pub fn with_stop(&self, stop: StopRule) -> Result<Self> {
        stop.validate()?;
        Ok(Self { stop, ..self.clone() })
    }

    /// How many descents there are, at most [`MAX_DESCENTS`].
    pub fn descents(&self) -> u64 {
        self.axes.iter().map(|axis| axis.axis.count()).product()
    }

    /// The position on each axis of descent `index`.
    pub fn positions(&self, index: u64) -> Vec<u64> {
        let mut rest = index;
        let position = |axis: &GridAxis| {
            let position = rest % axis.axis.count();
            rest /= axis.axis.count();
            position
        };
        self.axes.iter().map(position).collect()
    }
}
