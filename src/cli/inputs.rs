//! Inputs as typed, `NAME=SPEC`, into an experiment's draft.

use std::path::Path;

use crate::axis::Axis;
use crate::error::{Error, Result};
use crate::experiment::Draft;
use crate::loss::Loss;
use crate::table::matrix;

const START: &str = "start";

/// Sets all `inputs` of `draft`, an experiment on `loss`; `start` last, since it sets the variables that are left.
///
/// # Errors
/// One that names the input or its file.
pub(super) fn set(draft: Draft, loss: &Loss, inputs: &[String], seed: u64) -> Result<Draft> {
    let split = |input: &String| match input.split_once('=') {
        Some((name, spec)) if !name.trim().is_empty() => Ok((name.trim().to_string(), spec.trim().to_string())),
        _ => Err(Error::invalid(input.as_str(), "is not INPUT=SPEC, as in lr=0.1 or x=-4:4:100")),
    };
    let (starts, scalars): (Vec<_>, Vec<_>) =
        inputs.iter().map(split).collect::<Result<Vec<_>>>()?.into_iter().partition(|(name, _)| name == START);
    let draft = scalars.into_iter().try_fold(draft, |draft, (name, spec)| {
        let axis = match spec.strip_prefix('@') {
            Some(file) => column(&name, Path::new(file), loss)?,
            None => Axis::parse(&name, &spec)?,
        };
        Ok::<_, Error>(draft.input(&name, axis))
    })?;
    starts.into_iter().try_fold(draft, |draft, (_, spec)| {
        let unset = draft.unset_variables();
        if unset.is_empty() {
            return Err(Error::invalid(START, "every variable is set by name already; leave start out"));
        }
        let points = match spec.strip_prefix('@') {
            Some(file) => points(Path::new(file), &unset, loss)?,
            None => Axis::parse_start(&spec, unset.len(), seed)?,
        };
        Ok(draft.start(points))
    })
}

/// Numbers of a file, row by row, with their columns' names where it has them.
struct Rows {
    columns: usize,
    values: Vec<f64>,
    names: Option<Vec<String>>,
}

impl Rows {
    /// A list in one dimension is a column.
    fn read(path: &Path) -> Result<Self> {
        let (array, names) = matrix::read(path)?;
        match array.shape[..] {
            [] | [_] => Ok(Self { columns: 1, values: array.values, names }),
            [_, columns] => Ok(Self { columns, values: array.values, names }),
            _ => Err(Error::file(path, format!("has the shape {:?} where a list or a table of rows is wanted", array.shape))),
        }
    }

    /// The columns of these numbers as an axis, each value finite in f32.
    fn axis(&self, path: &Path, columns: &[usize]) -> Result<Axis> {
        let mut values = Vec::with_capacity(self.values.len() / self.columns.max(1) * columns.len());
        for (number, row) in self.values.chunks_exact(self.columns.max(1)).enumerate() {
            for column in columns {
                let value = row[*column];
                if !(value as f32).is_finite() {
                    return Err(Error::file(path, format!("row {}, column {}: {value} is not finite in f32", number + 1, column + 1)));
                }
                values.push(value as f32);
            }
        }
        Ok(Axis::table(values, columns.len(), format!("@{}", path.display())))
    }

    /// The column that `is_wanted` by name.
    fn named(&self, is_wanted: impl Fn(&str) -> bool) -> Option<usize> {
        self.names.as_ref()?.iter().position(|name| is_wanted(name))
    }
}

/// The values of the scalar input `name`: the column of that name, or the only one, or the only row.
fn column(name: &str, path: &Path, loss: &Loss) -> Result<Axis> {
    let rows = Rows::read(path)?;
    let variable = loss.variable(name);
    let is_wanted = |column: &str| column == name || variable.is_some() && loss.variable(column) == variable;
    match rows.named(is_wanted) {
        Some(column) => rows.axis(path, &[column]),
        None if rows.columns == 1 => rows.axis(path, &[0]),
        None if rows.names.is_none() && rows.values.len() == rows.columns => Rows { columns: 1, ..rows }.axis(path, &[0]),
        None => Err(Error::file(path, format!("has {} columns and none is named '{name}'; give one column, or a header", rows.columns))),
    }
}

/// Start points of the variables `unset`: columns by name where the header names variables, else in order.
fn points(path: &Path, unset: &[String], loss: &Loss) -> Result<Axis> {
    let rows = Rows::read(path)?;
    let find = |variable: &String| rows.named(|column| loss.variable(column).is_some() && loss.variable(column) == loss.variable(variable));
    if rows.named(|column| loss.variable(column).is_some()).is_some() {
        let place = |variable: &String| {
            find(variable).ok_or_else(|| Error::file(path, format!("has no column for the variable '{variable}', which nothing else sets")))
        };
        return rows.axis(path, &unset.iter().map(place).collect::<Result<Vec<_>>>()?);
    }
    if rows.columns != unset.len() {
        let reason = format!("has {} columns for {} variables ({})", rows.columns, unset.len(), unset.join(", "));
        return Err(Error::file(path, reason));
    }
    rows.axis(path, &(0..rows.columns).collect::<Vec<_>>())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::Experiment;
    use std::fs;

    fn grid(dimension: usize, inputs: &[&str]) -> Result<Experiment> {
        let loss = Loss::named("sphere", Some(dimension)).unwrap();
        let inputs: Vec<String> = inputs.iter().map(ToString::to_string).collect();
        set(Experiment::new(loss.clone()), &loss, &inputs, 0)?.validate()
    }

    #[test]
    fn start_sets_what_is_left_wherever_it_stands() {
        let experiment = grid(2, &["start=5", "lr=0.1", "y=1:2:3"]).unwrap();
        assert_eq!(experiment.axes().iter().map(|axis| axis.name()).collect::<Vec<_>>(), ["y", "x", "learning_rate"]);
        assert!(grid(2, &["start=5", "lr=0.1", "x=1", "y=2"]).unwrap_err().to_string().contains("leave start out"));
        assert!(grid(2, &["start=5", "start=6", "lr=0.1"]).unwrap_err().to_string().contains("start"));
    }

    #[test]
    fn columns_of_a_file_go_by_name_where_it_has_them() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("starts.csv");
        let spec = format!("start=@{}", path.display());
        fs::write(&path, "loss,x2,x\n9,20,10\n9,40,30\n").unwrap();
        let experiment = grid(2, &[&spec, "lr=0.1"]).unwrap();
        assert_eq!(experiment.axes()[0].axis.rows(0..2), [10.0, 20.0, 30.0, 40.0]);
        fs::write(&path, "a,b\n1,2\n").unwrap();
        assert_eq!(grid(2, &[&spec, "lr=0.1"]).unwrap().axes()[0].axis.rows(0..1), [1.0, 2.0]);
        fs::write(&path, "x,b\n1,2\n").unwrap();
        assert!(grid(2, &[&spec, "lr=0.1"]).unwrap_err().to_string().contains("no column for the variable 'y'"));
        fs::write(&path, "rate,lr\n1,0.5\n2,0.25\n").unwrap();
        let experiment = grid(1, &["x=0", &format!("lr=@{}", path.display())]).unwrap();
        assert_eq!(experiment.axes()[1].axis.rows(0..2), [0.5, 0.25]);
    }

    #[test]
    fn a_value_beyond_f32_is_refused_with_its_file_and_row() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("rates.csv");
        fs::write(&path, "0.1\n1e300\n").unwrap();
        let message = grid(1, &["x=0", &format!("lr=@{}", path.display())]).unwrap_err().to_string();
        assert!(message.contains("rates.csv") && message.contains("row 2"), "{message}");
    }

    #[test]
    fn text_without_an_equals_sign_is_no_input() {
        for text in ["x", "=3", "0.1"] {
            assert!(grid(1, &[text]).unwrap_err().to_string().contains("INPUT=SPEC"), "{text}");
        }
    }
}
