//! The picture of a sweep: curves over one row axis, a map over two.

use crate::analysis::stability::Limit;
use crate::analysis::summary::Row;
use crate::cli::scales;
use crate::cli::sweep::Swept;
use crate::error::{Error, Result};
use crate::experiment::{Experiment, GridAxis};
use crate::picture::{Curves, Format, Map, Marker, Panel, Scale, Series, Spacing, Style};
use crate::stop::Status;

/// Checks that rows along these axes can be drawn.
///
/// # Errors
/// [`Error::Invalid`] for more than two axes, or for two of which one sets several inputs.
pub(super) fn check(experiment: &Experiment, axes: &[usize]) -> Result<()> {
    let names: Vec<String> = axes.iter().map(|axis| experiment.axes()[*axis].name()).collect();
    let inputs: usize = axes.iter().map(|axis| experiment.axes()[*axis].inputs.len()).sum();
    if axes.len() > 2 || axes.len() == 2 && inputs > 2 {
        let reason = format!(
            "rows along {} cannot be drawn; a picture shows one or two inputs: name them in --by, or write .csv",
            names.join(" and ")
        );
        return Err(Error::invalid("picture", reason));
    }
    Ok(())
}

pub(super) fn render(swept: &Swept<'_>, format: Format, style: Style) -> Result<Vec<u8>> {
    match swept.axes[..] {
        [across, up] => map(swept, across, up, style).render(format, style),
        _ => curves(swept).render(format, style),
    }
}

fn map(swept: &Swept<'_>, across: usize, up: usize, style: Style) -> Map {
    let axes = [across, up].map(|axis| &swept.experiment.axes()[axis]);
    let [horizontal, vertical] = axes.map(|axis| scales::of_cells(axis, 1));
    let shares = [1.0, 0.75, 0.5, 0.25, 0.0];
    let line = limit(swept.experiment, axes);
    let words = line.as_ref().map_or(String::new(), |(limit, _)| format!("; line: {}, where stability ends", limit.formula()));
    Map {
        title: format!("Share of descents of {} that converge", swept.experiment.loss().name()),
        subtitle: scales::circumstances(swept.experiment) + &words,
        horizontal,
        vertical,
        columns: axes[0].axis.count() as usize,
        rows: axes[1].axis.count() as usize,
        pixels: swept.rows.iter().map(|row| style.colour(row.fraction(Status::Converged))).collect(),
        legend: shares.map(|share| (style.colour(share), format!("{} %", 100.0 * share))).to_vec(),
        lines: line.into_iter().map(|(_, line)| line).collect(),
    }
}

/// Where theory puts the end of stability on a map of learning rates and something else.
fn limit(experiment: &Experiment, axes: [&GridAxis; 2]) -> Option<(Limit, Vec<(f64, f64)>)> {
    let limit = Limit::of(experiment).filter(|_| axes.iter().all(|axis| scales::shows_values(axis, 1)))?;
    let rates = axes.iter().position(|axis| axis.inputs == ["learning_rate"])?;
    let others = axes[1 - rates];
    let momentum = |position: u64| match others.inputs == ["momentum"] {
        true => Some(f64::from(others.axis.value(position, 0))),
        false => momentum(experiment),
    };
    let corner = |position: u64| {
        let (other, rate) = (f64::from(others.axis.value(position, 0)), momentum(position).and_then(|momentum| limit.at(momentum)));
        let rate = rate.unwrap_or(f64::NAN);
        if rates == 0 { (rate, other) } else { (other, rate) }
    };
    Some((limit, (0..others.axis.count()).map(corner).collect()))
}

/// The momentum of all descents, if it is one; 0 of a rule that has none.
fn momentum(experiment: &Experiment) -> Option<f64> {
    let axis = experiment.hyperparameter_named("momentum").map(|source| &experiment.axes()[source.axis].axis);
    axis.map_or(Some(0.0), |axis| (axis.count() == 1).then(|| f64::from(axis.value(0, 0))))
}

fn curves(swept: &Swept<'_>) -> Curves {
    let axis = &swept.experiment.axes()[swept.axes[0]];
    let name = axis.name();
    let abscissas: Vec<f64> = match axis.inputs.len() {
        1 => swept.rows.iter().map(|row| swept.values(row)[0].into()).collect(),
        _ => (0..swept.rows.len()).map(|row| row as f64).collect(),
    };
    let spacing = if axis.axis.is_logarithmic() { Spacing::Logarithmic } else { Spacing::Linear };
    let label = if axis.inputs.len() == 1 { name.clone() } else { format!("row of {name}") };
    let markers = if name == "learning_rate" { markers(swept) } else { Vec::new() };
    let series = |name: &str, value: &dyn Fn(&Row) -> f64| {
        let mut points: Vec<(f64, f64)> = abscissas.iter().copied().zip(swept.rows.iter().map(value)).collect();
        points.sort_by(|a, b| a.0.total_cmp(&b.0));
        Series::line(name, points)
    };
    let statuses = Status::ALL.into_iter().filter(|status| swept.rows.iter().any(|row| row.fraction(*status) > 0.0));
    let shares = statuses.map(|status| series(status.name(), &|row| row.fraction(status))).collect();
    let steps = vec![series("median", &|row| row.steps_median), series("largest", &|row| row.steps_max.into())];
    let loss = vec![series("", &|row| row.loss_median.into())];
    let mut panels =
        vec![Panel { horizontal: None, vertical: Scale::linear("share of descents", 0.0, 1.0), series: shares, markers: markers.clone() }];
    let unlabelled: Vec<Marker> = markers.into_iter().map(|marker| Marker { label: String::new(), ..marker }).collect();
    panels.extend([("steps", steps), ("median final loss", loss)].into_iter().filter_map(|(label, series)| {
        let values: Vec<f64> = series.iter().flat_map(|series| &series.points).map(|point| point.1).collect();
        let is_shown = values.iter().any(|value| value.is_finite() && *value > 0.0);
        let vertical = Scale::around(label, Spacing::Logarithmic, values);
        is_shown.then(|| Panel { horizontal: None, vertical, series, markers: unlabelled.clone() })
    }));
    Curves {
        title: format!("Sweep of {} over {name}", swept.experiment.loss().name()),
        subtitle: scales::circumstances(swept.experiment),
        horizontal: Scale::around(label, spacing, abscissas.iter().copied()),
        panels,
    }
}

/// Where theory puts the end of stability and the fastest learning rate of gradient descent.
fn markers(swept: &Swept<'_>) -> Vec<Marker> {
    let limit = Limit::of(swept.experiment);
    let end = limit.and_then(|limit| Some((limit.at(momentum(swept.experiment)?)?, limit.formula())));
    let marks = swept.theory.iter().map(|theory| (theory.optimal_learning_rate, "2/(λ_min+λ_max)")).chain(end);
    let marker = |(abscissa, label): (f64, &str)| Marker { abscissa, label: label.into() };
    marks.map(marker).collect()
}
