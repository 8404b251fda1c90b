//! The loss that a name and its data options describe.

use std::path::Path;

use crate::cli::options::{Data, refuse};
use crate::error::{Error, Result};
use crate::loss::{Entry, Hessian, Loss, Problem, Quadratic, Well, Wells};
use crate::table::matrix;

/// The loss `name` with its data.
///
/// # Errors
/// One that names the option at fault, or the nearest known loss.
pub(super) fn build(name: &str, data: &Data) -> Result<Loss> {
    match name {
        "quadratic" => {
            refuse(data.wells.is_some(), "wells", "does not belong to quadratic; it goes with the loss wells")?;
            refuse(data.dimension.is_some(), "dimension", "does not belong to quadratic, whose data set the number of variables")?;
            quadratic(data).map(Loss::Quadratic)
        }
        "wells" => {
            refuse_quadratic_data(name, data)?;
            refuse(data.dimension.is_some(), "dimension", "does not belong to wells, whose file sets the number of variables")?;
            match &data.wells {
                Some(path) => wells(path).map(Loss::Wells),
                None => Err(unset("--wells", "a file with a row for each well, as in --wells wells.csv")),
            }
        }
        _ => {
            refuse_quadratic_data(name, data)?;
            refuse(data.wells.is_some(), "wells", &format!("does not belong to {name}; it goes with the loss wells"))?;
            written(name, data)
        }
    }
}

/// A named loss, or the formula that was typed.
fn written(text: &str, data: &Data) -> Result<Loss> {
    let is_name =
        text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-') && !text.starts_with(|c: char| c.is_ascii_digit());
    let variables = data.variables.as_deref();
    match (is_name && (Entry::find(text).is_some() || !text.contains('-') && text.len() > 1), variables) {
        (true, None) => Loss::named(text, data.dimension),
        (true, Some(_)) => Err(Error::invalid("--variables", format!("does not belong to {text}; it orders the variables of a formula"))),
        (false, _) => Loss::formula(text, data.dimension, variables),
    }
}

fn refuse_quadratic_data(name: &str, data: &Data) -> Result<()> {
    let options = [("hessian", &data.hessian), ("center", &data.center), ("linear", &data.linear), ("matrix", &data.matrix)];
    let reason = format!("does not belong to {name}; it goes with the loss quadratic");
    for (option, value) in options.into_iter().chain([("target", &data.target)]) {
        refuse(value.is_some(), option, &reason)?;
    }
    refuse(data.fit.is_some(), "fit", &reason)?;
    refuse(data.constant.is_some(), "constant", &reason)
}

fn unset(name: &str, advice: &str) -> Error {
    Error::Unset { what: "option", name: name.into(), advice: format!("the loss needs {advice}") }
}

fn quadratic(data: &Data) -> Result<Quadratic> {
    if let Some(path) = &data.fit {
        return fit(path, data);
    }
    let constant = data.constant.unwrap_or(0.0);
    let problems = match (&data.hessian, &data.matrix) {
        (Some(_), Some(_)) => return Err(Error::invalid("--matrix", "goes without --hessian; the Hessian of least squares is MᵀM")),
        (None, None) => {
            return Err(unset("--hessian", "its second derivatives, as in --hessian '3,0.5;0.5,1', or --matrix and --target, or --fit"));
        }
        (Some(hessian), None) => {
            refuse(data.target.is_some(), "target", "goes with --matrix, not with --hessian")?;
            around(&Stack::read("--hessian", hessian, 2)?, data, constant)?
        }
        (None, Some(matrix)) => {
            refuse(data.center.is_some(), "center", "goes with --hessian; least squares take --target")?;
            refuse(data.linear.is_some(), "linear", "goes with --hessian; least squares take --target")?;
            let target = data.target.as_ref().ok_or_else(|| unset("--target", "the right-hand side y, as in --target '1,2,3'"))?;
            least_squares(&Stack::read("--matrix", matrix, 2)?, &Stack::read("--target", target, 1)?, constant)?
        }
    };
    Quadratic::new("quadratic", problems)
}

fn around(hessian: &Stack, data: &Data, constant: f64) -> Result<Vec<Problem>> {
    let place = match (&data.center, &data.linear) {
        (Some(_), Some(_)) => return Err(Error::invalid("--linear", "goes without --center: give the one or the other")),
        (Some(center), None) => Some(Stack::read("--center", center, 1)?),
        (None, Some(linear)) => Some(Stack::read("--linear", linear, 1)?),
        (None, None) => None,
    };
    let count = match &place {
        Some(place) => together(("Hessians", hessian.count), ("centres or linear terms", place.count))?,
        None => hessian.count,
    };
    let problem = |number: usize| {
        let hessian = hessian.hessian(number)?;
        let values = place.as_ref().map(|place| place.item(number).to_vec());
        match values {
            Some(linear) if data.linear.is_some() => Problem::uncentered(hessian, &linear, constant),
            center => {
                let center = center.unwrap_or_else(|| vec![0.0; hessian.dimension()]);
                Problem::centered(hessian, center, constant)
            }
        }
    };
    (0..count).map(problem).collect()
}

fn least_squares(matrix: &Stack, target: &Stack, constant: f64) -> Result<Vec<Problem>> {
    let count = together(("matrices", matrix.count), ("targets", target.count))?;
    let problem = |number: usize| Problem::least_squares(matrix.shape[1], matrix.item(number), target.item(number), constant);
    (0..count).map(problem).collect()
}

/// The mean of the squared errors of a line or a plane, (1/n) Σ (wᵀxᵢ + b − yᵢ)², through the points of a file, of which yᵢ is the last number.
fn fit(path: &Path, data: &Data) -> Result<Quadratic> {
    let others = [&data.hessian, &data.matrix, &data.target, &data.center, &data.linear];
    refuse(others.iter().any(|other| other.is_some()), "fit", "sets the whole quadratic; leave its other data out")?;
    let (array, _) = matrix::read(path)?;
    let [count, columns] = array.shape[..] else {
        return Err(Error::file(path, format!("has the shape {:?} where a row for each point is wanted", array.shape)));
    };
    if columns < 2 || count == 0 {
        return Err(Error::file(
            path,
            format!("has {count} rows of {columns} columns; each point takes a number or more, and the value to be fitted"),
        ));
    }
    let scale = (2.0 / count as f64).sqrt();
    let points = array.values.chunks_exact(columns).map(|point| point.split_at(columns - 1));
    let (matrix, target): (Vec<Vec<f64>>, Vec<f64>) =
        points.map(|(x, y)| (x.iter().map(|x| scale * x).chain([scale]).collect(), scale * y[0])).unzip();
    let problem = Problem::least_squares(columns, &matrix.concat(), &target, data.constant.unwrap_or(0.0));
    let problem = problem.map_err(|error| Error::file(path, format!("its points make no loss; put them on another scale: {error}")))?;
    let slopes = if columns == 2 { vec!["w".to_string()] } else { (1..columns).map(|number| format!("w{number}")).collect() };
    let names: Vec<String> = slopes.into_iter().chain(["b".into()]).collect();
    let name = format!("mean squared error (1/{count}) Σ (w·x + b − y)²");
    Ok(Quadratic::new(name, vec![problem])?.with_variables(names))
}

/// How many problems two stacks make, one item of either serving all of the other.
fn together((left, a): (&str, usize), (right, b): (&str, usize)) -> Result<usize> {
    if a == b || a == 1 || b == 1 {
        Ok(a.max(b))
    } else {
        Err(Error::invalid("problem", format!("{a} {left} and {b} {right} do not pair up; give as many, or one for all")))
    }
}

/// Vectors or matrices of one shape, as many as a file holds or the one that was typed.
#[derive(Debug, PartialEq)]
struct Stack {
    count: usize,
    shape: Vec<usize>,
    values: Vec<f64>,
}

impl Stack {
    /// Reads items with `rank` indices: 1 for vectors, 2 for matrices; `text` holds them or names their file.
    fn read(option: &str, text: &str, rank: usize) -> Result<Self> {
        let (shape, values) = match text.strip_prefix('@') {
            Some(file) => {
                let (array, _) = matrix::read(Path::new(file))?;
                (array.shape, array.values)
            }
            None => typed(option, text)?,
        };
        // A column of numbers is the vector that one reads there.
        let shape = if option == "--target" && shape.len() == 2 && shape[1] == 1 { vec![shape[0]] } else { shape };
        let shape = if shape.is_empty() { vec![1] } else { shape };
        let refuse = || {
            let wanted = if rank == 1 { "[D], or [n, D] for n problems" } else { "[D] (a diagonal), [D, D], or [n, D, D] for n problems" };
            Error::invalid(option, format!("has the shape {shape:?} where {wanted} is wanted"))
        };
        let items = if shape.len() > rank { shape.split_at(shape.len() - rank) } else { (&[][..], &shape[..]) };
        match (items, values.is_empty()) {
            ((outer, inner), false) if outer.len() <= 1 => Ok(Self { count: outer.iter().product(), shape: inner.to_vec(), values }),
            _ => Err(refuse()),
        }
        .and_then(|stack: Self| if option == "--matrix" && stack.shape.len() == 1 { Err(refuse()) } else { Ok(stack) })
    }

    fn item(&self, number: usize) -> &[f64] {
        let length = self.shape.iter().product::<usize>();
        let number = if self.count == 1 { 0 } else { number };
        &self.values[number * length..][..length]
    }

    /// Item `number` as a Hessian; one row stands for a diagonal.
    fn hessian(&self, number: usize) -> Result<Hessian> {
        let entries = self.item(number).to_vec();
        match self.shape[..] {
            [_] | [1, _] => Ok(Hessian::Diagonal(entries)),
            [rows, columns] if rows == columns => Hessian::dense(rows, entries),
            _ => Err(Error::invalid("hessian", format!("has the shape {:?}, which is not square", self.shape))),
        }
    }
}

/// Numbers as typed: commas between those of a row, semicolons between rows.
fn typed(option: &str, text: &str) -> Result<(Vec<usize>, Vec<f64>)> {
    let rows: Vec<Vec<&str>> = text.split(';').map(|row| row.split(',').map(str::trim).collect()).collect();
    let columns = rows[0].len();
    if let Some(at) = rows.iter().position(|row| row.len() != columns) {
        let reason = format!("row {} has {} numbers where row 1 has {columns}", at + 1, rows[at].len());
        return Err(Error::invalid(option, reason));
    }
    let number = |cell: &&str| match cell.parse::<f64>() {
        Ok(value) if value.is_finite() => Ok(value),
        _ => Err(Error::invalid(option, format!("'{cell}' is not a finite number; write rows as 'a,b;c,d' or name a file as @A.npy"))),
    };
    let values = rows.iter().flatten().map(number).collect::<Result<_>>()?;
    Ok((vec![rows.len(), columns], values))
}

/// Wells from a file with columns offset, c1…cD, a1…aD.
fn wells(path: &Path) -> Result<Wells> {
    let (array, names) = matrix::read(path)?;
    let [_, columns] = array.shape[..] else {
        return Err(Error::file(path, format!("has the shape {:?} where [wells, 1 + 2D] is wanted", array.shape)));
    };
    if columns < 3 || columns % 2 == 0 {
        return Err(Error::file(path, format!("has {columns} columns where 1 + 2D are wanted: offset, c1…cD, a1…aD")));
    }
    let dimension = columns / 2;
    let wanted: Vec<String> = std::iter::once("offset".to_string())
        .chain((1..=dimension).map(|i| format!("c{i}")))
        .chain((1..=dimension).map(|i| format!("a{i}")))
        .collect();
    let place = |name: &String| match &names {
        None => Ok(wanted.iter().position(|other| other == name).unwrap_or(0)),
        Some(names) => names
            .iter()
            .position(|other| other.eq_ignore_ascii_case(name))
            .ok_or_else(|| Error::file(path, format!("has no column '{name}'; {columns} columns are wanted: {}", wanted.join(", ")))),
    };
    let order = wanted.iter().map(place).collect::<Result<Vec<usize>>>()?;
    let well = |row: &[f64]| {
        let values: Vec<f64> = order.iter().map(|column| row[*column]).collect();
        Well { offset: values[0], center: values[1..=dimension].to_vec(), curvature: values[1 + dimension..].to_vec() }
    };
    Wells::new(array.values.chunks_exact(columns).map(well).collect())
}

#[cfg(test)]
mod tests;
