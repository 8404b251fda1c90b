//! Parameters of formulas, set or swept.

use std::sync::Arc;

use crate::axis::Axis;
use crate::error::{Error, Result};
use crate::experiment::GridAxis;
use crate::loss::formula::Setting;
use crate::loss::{Bound, Formula, Loss, Quadratic};

/// A loss without open parameters.
pub(super) struct BoundLoss {
    pub(super) loss: Loss,
    /// The axis that picks the loss's row.
    pub(super) row_axis: Option<usize>,
    /// The parameters of a formula that are swept.
    pub(super) swept: Vec<String>,
}

/// A formula with the values that the axes give its parameters: quadratics where it is one along one axis at most. Parameters that
/// are not set get an axis that shows their value.
pub(super) fn bind_formula(formula: &Formula, axes: &mut Vec<GridAxis>) -> Result<BoundLoss> {
    let axis_of = |axes: &[GridAxis], name: &str| axes.iter().position(|axis| axis.inputs[0] == name);
    let mut settings = Vec::new();
    let mut swept: Vec<(String, usize)> = Vec::new();
    for parameter in formula.parameters() {
        settings.push(match axis_of(axes, &parameter.name) {
            None => Setting::Default,
            Some(number) if !axes[number].is_swept() => Setting::Fixed(axes[number].axis.value(0, 0)),
            Some(number) => {
                swept.push((parameter.name.clone(), number));
                Setting::Swept(swept.len() - 1)
            }
        });
    }
    check_parameters(formula, axes)?;
    let bound = formula.bind(&settings)?;
    for (parameter, value) in formula.parameters().iter().zip(bound.fixed_parameters()) {
        if let (None, Some(value)) = (axis_of(axes, &parameter.name), value) {
            axes.push(GridAxis { inputs: vec![parameter.name.clone()], axis: Axis::fixed(*value as f32), is_start: false });
        }
    }
    match &swept[..] {
        [] if bound.is_quadratic() => Ok(BoundLoss { loss: quadratics(&bound, &[vec![]])?, row_axis: None, swept: Vec::new() }),
        [(_, number)] if bound.is_quadratic() && axes[*number].axis.count() <= MOST_QUADRATICS => {
            let values = axes[*number].axis.rows(0..axes[*number].axis.count());
            let rows: Vec<Vec<f64>> = values.into_iter().map(|value| vec![value.into()]).collect();
            Ok(BoundLoss { loss: quadratics(&bound, &rows)?, row_axis: Some(*number), swept: Vec::new() })
        }
        _ => Ok(BoundLoss { loss: Loss::Bound(Arc::new(bound)), row_axis: None, swept: swept.into_iter().map(|(name, _)| name).collect() }),
    }
}

/// More than so many quadratics are evaluated as the formula they were written as.
const MOST_QUADRATICS: u64 = 1 << 20;

fn quadratics(bound: &Bound, rows: &[Vec<f64>]) -> Result<Loss> {
    let swept = bound.formula().parameters().iter().zip(bound.fixed_parameters()).find(|(_, fixed)| fixed.is_none());
    let problem = |row: &Vec<f64>| {
        bound.quadratic(row).map_err(|error| match (swept, &row[..]) {
            (Some((parameter, _)), [value]) => {
                Error::invalid(parameter.name.as_str(), format!("at {value} the formula has no finite {error}"))
            }
            _ => error,
        })
    };
    let problems = rows.iter().map(problem).collect::<Result<_>>()?;
    let quadratic = Quadratic::new(bound.formula().name(), problems)?;
    Ok(Loss::Quadratic(quadratic.with_variables(bound.formula().variables())))
}

/// Checks the values of parameters that must not fall below some number.
fn check_parameters(formula: &Formula, axes: &[GridAxis]) -> Result<()> {
    for parameter in formula.parameters() {
        let axis = axes.iter().find(|axis| axis.inputs[0] == parameter.name).map(|axis| &axis.axis);
        let (Some(axis), Some(least)) = (axis, parameter.at_least) else { continue };
        if let Some(value) = (0..axis.count()).map(|position| axis.value(position, 0)).find(|value| *value < least) {
            let reason = format!("{value} is less than {least}, the least that {} allows", formula.name());
            return Err(Error::invalid(parameter.name.as_str(), reason));
        }
    }
    Ok(())
}
