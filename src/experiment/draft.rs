//! An experiment in the making: names as they are given, and what makes an experiment of them.

use crate::axis::Axis;
use crate::error::{Error, Result};
use crate::experiment::bind::{BoundLoss, bind_formula};
use crate::experiment::{Experiment, GridAxis, MAX_DESCENTS, PROBLEM, Source};
use crate::hyperparameter::Hyperparameter;
use crate::loss::Loss;
use crate::method::Method;
use crate::optimizer::Optimizer;
use crate::schedule::Schedule;
use crate::stop::StopRule;

/// An experiment in the making; see [`Experiment::new`].
#[derive(Clone, Debug)]
pub struct Draft {
    loss: Loss,
    method: Method,
    stop: StopRule,
    axes: Vec<GridAxis>,
    error: Option<String>,
}

impl Experiment {
    /// Begins an experiment on `loss` with gradient descent and the default stop rule.
    #[expect(clippy::new_ret_no_self, reason = "an experiment exists only once its draft is validated")]
    pub fn new(loss: Loss) -> Draft {
        Draft { loss, method: Optimizer::GradientDescent.into(), stop: StopRule::default(), axes: Vec::new(), error: None }
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

    /// Chooses the update rule. Gradients are clipped, weights decay and learning rates warm up where `clip_value`, `clip_norm`, `weight_decay`
    /// or `warmup` are given as [inputs](Self::input).
    pub fn optimizer(mut self, optimizer: Optimizer) -> Self {
        self.method = Method::from(optimizer).with_schedule(self.method.schedule());
        self
    }

    /// Chooses how the learning rate changes.
    pub fn schedule(mut self, schedule: Schedule) -> Self {
        self.method = self.method.with_schedule(schedule);
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

    /// The hyper-parameters that have no default, and that no input names so far.
    pub fn unset_hyperparameters(&self) -> Vec<&'static Hyperparameter> {
        let named = |hyper: &&Hyperparameter| self.axes.iter().flat_map(|axis| &axis.inputs).any(|name| hyper.is_called(name));
        self.method.hyperparameters().into_iter().filter(|hyper| hyper.default.is_none() && !named(hyper)).collect()
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
        self.find_options();
        self.name_axes()?;
        self.add_defaults();
        let BoundLoss { loss, row_axis, swept } = self.bind_loss()?;
        check_search(self.method, &loss)?;
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
        let hyperparameter = |hyper: &&Hyperparameter| {
            let name = hyper.name;
            let (value, axis) = if hyper.allows(0.1) { ("0.1", "log:1e-3:1:64") } else { ("100", "100:1000:10") };
            let advice = format!("give it a value or an axis, as in {name}={value} or {name}={axis}");
            find(name).ok_or(Error::Unset { what: "hyper-parameter", name: name.into(), advice })
        };
        let numbers = self.method.hyperparameters();
        check_hyperparameters(&numbers, &axes)?;
        let parameters = swept.iter().filter_map(|name| find(name)).collect();
        let variables = loss.variables().into_iter().map(variable).collect::<Result<_>>()?;
        let hyperparameters = numbers.iter().map(hyperparameter).collect::<Result<_>>()?;
        Ok(Experiment { loss, method: self.method, stop: self.stop, axes, variables, hyperparameters, parameters, row_axis })
    }

    /// Checks that no hyper-parameter is called like a number of the loss.
    fn check_names(&self) -> Result<()> {
        let taken = |name: &&str| self.loss_has(name);
        let takers = [(self.method.optimizer().name(), self.method.optimizer().hyperparameters()), {
            let schedule = self.method.schedule();
            (schedule.name(), schedule.hyperparameters())
        }];
        for (taker, hypers) in takers {
            let mut names = hypers.iter().flat_map(|hyper| [Some(hyper.name), hyper.short]).flatten();
            if let Some(name) = names.find(taken) {
                return Err(Error::invalid(
                    name,
                    format!("is a number of the loss and one that {taker} takes; choose another name in the loss"),
                ));
            }
        }
        Ok(())
    }

    /// Whether a number of the loss has this name.
    fn loss_has(&self, name: &str) -> bool {
        self.loss.variables().iter().any(|variable| variable == name)
            || self.loss.parameters().iter().any(|parameter| parameter.name == name)
    }

    /// Adds to the method the options that inputs name, where the loss does not mean something else by them.
    fn find_options(&mut self) {
        for name in self.axes.iter().flat_map(|axis| &axis.inputs) {
            let option = (!self.loss_has(name)).then(|| self.method.with_option(name)).flatten();
            self.method = option.unwrap_or(self.method);
        }
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
        let hypers = self.method.hyperparameters();
        let hyper: Option<&str> = hypers.iter().find(|hyper| hyper.is_called(name)).map(|hyper| hyper.name);
        let parameters = self.loss.parameters().iter().map(|parameter| parameter.name.as_str());
        if let Some(name) = hyper.or(parameters.clone().find(|parameter| *parameter == name)) {
            return Ok((name.into(), false));
        }
        if let Some(owners) = owners(name) {
            return Err(Error::invalid(name, format!("is a number of {owners}; choose that, or leave it out")));
        }
        let names: Vec<&str> =
            hypers.iter().flat_map(|hyper| [hyper.short, Some(hyper.name)]).flatten().chain(self.method.options()).collect();
        Err(Error::unknown("input", name, variables.iter().map(String::as_str).chain(parameters).chain(names).chain(["start"])))
    }

    fn add_defaults(&mut self) {
        for hyper in self.method.hyperparameters() {
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

/// The rules and schedules that take a number of this name, in words, or that rules which search take no options.
fn owners(name: &str) -> Option<String> {
    let takes = |numbers: &[Hyperparameter]| numbers.iter().any(|number| number.is_called(name));
    let rules = Optimizer::ALL.iter().filter(|rule| takes(rule.hyperparameters())).map(|rule| rule.name());
    let schedules = Schedule::ALL.iter().filter(|schedule| takes(schedule.hyperparameters())).map(|schedule| schedule.name());
    let (rules, schedules): (Vec<&str>, Vec<&str>) = (rules.collect(), schedules.collect());
    if Method::from(Optimizer::GradientDescent).options().any(|option| option == name) {
        return Some("rules that take a learning rate and do not have one of that name themselves".into());
    }
    let list = |word: &str, names: &[&str]| (!names.is_empty()).then(|| format!("the {word} {}", names.join(", ")));
    let owners: Vec<String> = list("rules", &rules).into_iter().chain(list("schedules", &schedules)).collect();
    (!owners.is_empty()).then(|| owners.join(" and "))
}

/// Checks the values of hyper-parameters that have bounds.
fn check_hyperparameters(hyperparameters: &[&Hyperparameter], axes: &[GridAxis]) -> Result<()> {
    for hyper in hyperparameters.iter().filter(|hyper| hyper.at_least.or(hyper.below).is_some()) {
        let Some(axis) = axes.iter().find(|axis| axis.inputs[0] == hyper.name).map(|axis| &axis.axis) else { continue };
        if let Some(value) = (0..axis.count()).map(|position| axis.value(position, 0)).find(|value| !hyper.allows(*value)) {
            return Err(Error::invalid(hyper.name, format!("{value}, in f32; it must be {}", hyper.domain())));
        }
    }
    Ok(())
}

/// Checks that a rule that searches has a loss whose lowest point along a line it can tell, and no schedule.
fn check_search(method: Method, loss: &Loss) -> Result<()> {
    let name = method.optimizer().name();
    if !method.searches() {
        return Ok(());
    }
    if method.schedule() != Schedule::Constant {
        return Err(Error::invalid("schedule", format!("{name} has no learning rate; leave the schedule out")));
    }
    match loss {
        Loss::Quadratic(_) => Ok(()),
        _ => {
            let reason = format!("{name} searches the lowest point along a line, which only quadratics tell; {} is none", loss.name());
            Err(Error::invalid("optimizer", reason))
        }
    }
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
