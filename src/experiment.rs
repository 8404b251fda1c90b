//! An experiment: a loss, an optimizer, a stop rule, and a value or an axis for every input.
//!
//! The grid of descents is the product of the axes. Descents are numbered with start axes varying fastest, in the order in
//! which they were given, then all other axes likewise: neighbours start close together and share their other inputs.

mod bind;

use std::sync::Arc;

use crate::axis::Axis;
use crate::error::{Error, Result};
use crate::experiment::bind::{BoundLoss, bind_formula};
use crate::loss::{Kernel, Loss};
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
    optimizer: Optimizer,
    stop: StopRule,
    axes: Vec<GridAxis>,
    variables: Vec<Source>,
    hyperparameters: Vec<Source>,
    parameters: Vec<Source>,
    row_axis: Option<usize>,
}

/// An experiment in the making; see [`Experiment::new`].
#[derive(Clone, Debug)]
pub struct Draft {
    loss: Loss,
    optimizer: Optimizer,
    stop: StopRule,
    axes: Vec<GridAxis>,
    error: Option<String>,
}

impl Experiment {
    /// Begins an experiment on `loss` with gradient descent and the default stop rule.
    #[expect(clippy::new_ret_no_self, reason = "an experiment exists only once its draft is validated")]
    pub fn new(loss: Loss) -> Draft {
        Draft { loss, optimizer: Optimizer::GradientDescent, stop: StopRule::default(), axes: Vec::new(), error: None }
    }

    /// The loss; never a [`Loss::Formula`], whose parameters are bound by now.
    pub fn loss(&self) -> &Loss {
        &self.loss
    }

    /// The update rule.
    pub fn optimizer(&self) -> Optimizer {
        self.optimizer
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

    /// Where the value of hyper-parameter `number` stands.
    pub fn hyperparameter(&self, number: usize) -> Source {
        self.hyperparameters[number]
    }

    /// Where the value of the hyper-parameter of this name stands, if the rule has it.
    pub fn hyperparameter_named(&self, name: &str) -> Option<Source> {
        let number = self.optimizer.hyperparameters().iter().position(|hyper| hyper.name == name)?;
        Some(self.hyperparameter(number))
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

    /// All rows of the loss's coefficients, one after another.
    pub fn rows(&self) -> &[f32] {
        match &self.loss {
            Loss::Quadratic(quadratic) => quadratic.rows(),
            Loss::Wells(wells) => wells.row(),
            Loss::Bound(_) => &[],
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

impl Draft {
    /// Sets the input `name`, a variable, a parameter of the loss or a hyper-parameter, to a number or an axis of one column.
    pub fn input(mut self, name: &str, values: impl Into<Axis>) -> Self {
        self.axes.push(GridAxis { inputs: vec![name.into()], axis: values.into(), is_start: false });
        self
    }

    /// Sets all variables that no call of [`Self::input`] names, in order, to the columns of `points`.
    pub fn start(mut self, points: Axis) -> Self {
        if self.axes.iter().any(|axis| axis.inputs.is_empty()) {
            self.error = Some("start is set twice".into());
        }
        self.axes.push(GridAxis { inputs: Vec::new(), axis: points, is_start: true });
        self
    }

    /// Chooses the update rule.
    pub fn optimizer(mut self, optimizer: Optimizer) -> Self {
        self.optimizer = optimizer;
        self
    }

    /// Chooses when descents end.
    pub fn stop(mut self, stop: StopRule) -> Self {
        self.stop = stop;
        self
    }

    /// Sets the largest number of updates.
    pub fn steps(mut self, steps: u32) -> Self {
        self.stop.steps = steps;
        self
    }

    /// The variables that no input names so far: the ones that [`Self::start`] will set.
    pub fn unset_variables(&self) -> Vec<String> {
        let named: Vec<usize> = self.axes.iter().flat_map(|axis| &axis.inputs).filter_map(|name| self.loss.variable(name)).collect();
        let names = self.loss.variables().into_iter().enumerate();
        names.filter(|(number, _)| !named.contains(number)).map(|(_, name)| name).collect()
    }

    /// Checks everything and resolves all names.
    ///
    /// # Errors
    /// One that names the field at fault: an unknown, unset or doubly set input, an axis that holds no or unfit values, a grid
    /// of more than [`MAX_DESCENTS`], a stop rule out of range.
    pub fn validate(mut self) -> Result<Experiment> {
        if let Some(reason) = self.error {
            return Err(Error::invalid("start", reason));
        }
        self.stop.validate()?;
        self.check_names()?;
        self.name_axes()?;
        self.add_defaults();
        let BoundLoss { loss, row_axis, swept } = self.bind_loss()?;
        let mut axes = self.axes;
        let mut order: Vec<usize> = (0..axes.len()).collect();
        order.sort_by_key(|number| !axes[*number].is_start);
        let row_axis = row_axis.and_then(|axis| order.iter().position(|number| *number == axis));
        axes = order.into_iter().map(|number| axes[number].clone()).collect();
        check_size(&axes)?;
        let find = |name: &str| {
            axes.iter()
                .enumerate()
                .find_map(|(axis, grid_axis)| grid_axis.inputs.iter().position(|input| input == name).map(|column| Source { axis, column }))
        };
        let variable = |name: String| {
            let advice = format!("give it a value or an axis, as in {name}=-4:4:100, or set all with start=0 or start=uniform:-4:4:10000");
            find(&name).ok_or(Error::Unset { what: "variable", name, advice })
        };
        let hyperparameter = |name: &str| {
            let advice = format!("give it a value or an axis, as in {name}=0.1 or {name}=log:1e-3:1:64");
            find(name).ok_or(Error::Unset { what: "hyper-parameter", name: name.into(), advice })
        };
        check_hyperparameters(self.optimizer, &axes)?;
        let parameters = swept.iter().filter_map(|name| find(name)).collect();
        let variables = loss.variables().into_iter().map(variable).collect::<Result<_>>()?;
        let hyperparameters = self.optimizer.hyperparameters().iter().map(|hyper| hyperparameter(hyper.name)).collect::<Result<_>>()?;
        Ok(Experiment { loss, optimizer: self.optimizer, stop: self.stop, axes, variables, hyperparameters, parameters, row_axis })
    }

    /// Checks that no hyper-parameter is called like a number of the loss.
    fn check_names(&self) -> Result<()> {
        let variables = self.loss.variables();
        let parameters = self.loss.parameters().iter().map(|parameter| parameter.name.as_str());
        let names: Vec<&str> = variables.iter().map(String::as_str).chain(parameters).collect();
        let hypers = self.optimizer.hyperparameters().iter().flat_map(|hyper| [Some(hyper.name), hyper.short]).flatten();
        let rule = self.optimizer.name();
        hypers.into_iter().find(|name| names.contains(name)).map_or(Ok(()), |name| {
            Err(Error::invalid(name, format!("is a number of the loss and one that {rule} takes; choose another name in the loss")))
        })
    }

    /// Gives every axis its inputs' full names and checks its values.
    fn name_axes(&mut self) -> Result<()> {
        let unset = self.unset_variables();
        let mut seen: Vec<String> = Vec::new();
        for number in 0..self.axes.len() {
            let mut axis = self.axes[number].clone();
            if axis.inputs.is_empty() {
                if axis.axis.columns() != unset.len() {
                    let reason = format!("has {} columns for {} variables ({})", axis.axis.columns(), unset.len(), unset.join(", "));
                    return Err(Error::invalid("start", reason));
                }
                axis.inputs = unset.clone();
            } else {
                let (name, is_start) = self.full_name(&axis.inputs[0])?;
                (axis.inputs[0], axis.is_start) = (name, is_start);
            }
            if let Some(twice) = axis.inputs.iter().find(|input| seen.contains(input)) {
                return Err(Error::invalid(twice.as_str(), "is set twice; give it one value or one axis"));
            }
            seen.extend(axis.inputs.iter().cloned());
            let field = if axis.inputs.len() == 1 { axis.inputs[0].as_str() } else { "start" };
            axis.axis.validate(field)?;
            if axis.axis.columns() != axis.inputs.len() {
                return Err(Error::invalid(field, format!("has {} columns where one is wanted", axis.axis.columns())));
            }
            self.axes[number] = axis;
        }
        Ok(())
    }

    /// The full name of the input that `name` means, and whether it is a variable.
    fn full_name(&self, name: &str) -> Result<(String, bool)> {
        let variables = self.loss.variables();
        if let Some(number) = self.loss.variable(name) {
            return Ok((variables[number].clone(), true));
        }
        let hyper = self.optimizer.hyperparameters().iter().find(|hyper| hyper.name == name || hyper.short == Some(name));
        let parameter = self.loss.parameters().iter().find(|parameter| parameter.name == name);
        hyper.map(|hyper| hyper.name).or(parameter.map(|parameter| parameter.name.as_str())).map(|name| (name.into(), false)).ok_or_else(
            || {
                let hypers = self.optimizer.hyperparameters().iter().flat_map(|hyper| [hyper.short, Some(hyper.name)]).flatten();
                let parameters = self.loss.parameters().iter().map(|parameter| parameter.name.as_str());
                let known = variables.iter().map(String::as_str).chain(parameters).chain(hypers).chain(["start"]);
                Error::unknown("input", name, known)
            },
        )
    }

    fn add_defaults(&mut self) {
        for hyper in self.optimizer.hyperparameters() {
            let is_set = self.axes.iter().any(|axis| axis.inputs.iter().any(|input| input == hyper.name));
            if let (false, Some(value)) = (is_set, hyper.default) {
                self.axes.push(GridAxis { inputs: vec![hyper.name.into()], axis: Axis::fixed(value), is_start: false });
            }
        }
    }

    /// The loss with its parameters bound; a batch of problems brings an axis of its own.
    fn bind_loss(&mut self) -> Result<BoundLoss> {
        match &self.loss {
            Loss::Formula(formula) => bind_formula(formula, &mut self.axes),
            Loss::Quadratic(quadratic) if quadratic.problems() > 1 => {
                let axis = Axis::index(quadratic.problems() as u64);
                axis.validate(PROBLEM)?;
                self.axes.push(GridAxis { inputs: vec![PROBLEM.into()], axis, is_start: false });
                Ok(BoundLoss { loss: self.loss.clone(), row_axis: Some(self.axes.len() - 1), swept: Vec::new() })
            }
            loss => Ok(BoundLoss { loss: loss.clone(), row_axis: None, swept: Vec::new() }),
        }
    }
}

/// Checks the values of hyper-parameters that have bounds.
fn check_hyperparameters(optimizer: Optimizer, axes: &[GridAxis]) -> Result<()> {
    for hyper in optimizer.hyperparameters().iter().filter(|hyper| hyper.at_least.or(hyper.below).is_some()) {
        let Some(axis) = axes.iter().find(|axis| axis.inputs[0] == hyper.name).map(|axis| &axis.axis) else { continue };
        if let Some(value) = (0..axis.count()).map(|position| axis.value(position, 0)).find(|value| !hyper.allows(*value)) {
            return Err(Error::invalid(hyper.name, format!("{value}, in f32; it must be {} for {}", hyper.domain(), optimizer.name())));
        }
    }
    Ok(())
}

fn check_size(axes: &[GridAxis]) -> Result<()> {
    let counts: Vec<u64> = axes.iter().map(|axis| axis.axis.count()).filter(|count| *count > 1).collect();
    let total = counts.iter().try_fold(1_u64, |total, count| total.checked_mul(*count)).filter(|total| *total <= MAX_DESCENTS);
    let product = || counts.iter().map(u64::to_string).collect::<Vec<_>>().join(" × ");
    total
        .map(|_| ())
        .ok_or_else(|| Error::invalid("grid", format!("{} descents are more than 2^48; give the axes fewer values", product())))
}

impl From<f32> for Axis {
    fn from(value: f32) -> Self {
        Self::fixed(value)
    }
}
