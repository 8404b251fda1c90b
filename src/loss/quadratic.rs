//! Quadratics f(x) = ½ (x−c)ᵀA(x−c) + bᵀ(x−c) + k on the host: how they are given, checked and packed into rows.

use faer::{Mat, Side};

use crate::error::{Error, Result};
use crate::loss::{Kernel, Rows, check_dimension, default_names};

/// A symmetric D × D matrix of second derivatives.
#[derive(Clone, Debug, PartialEq)]
pub enum Hessian {
    /// Its diagonal; all else is zero.
    Diagonal(Vec<f64>),
    /// All D² entries, row by row.
    Dense(Vec<f64>),
}

/// One quadratic, in f64: (A, c, b, k).
#[derive(Clone, Debug, PartialEq)]
pub struct Problem {
    hessian: Hessian,
    center: Vec<f64>,
    linear: Vec<f64>,
    constant: f64,
}

/// How far entries that should be equal may be apart, as a share of the largest entry: what files of f32 leave.
const SYMMETRY: f64 = 1e-6;
/// Eigenvalues below this share of the largest count as zero.
const SINGULAR: f64 = 1e-12;

impl Hessian {
    /// A full matrix of `dimension`² entries; becomes diagonal where all other entries are zero.
    pub fn dense(dimension: usize, entries: Vec<f64>) -> Result<Self> {
        if dimension == 0 || entries.len() != dimension * dimension {
            return Err(Error::invalid("hessian", format!("{} entries do not make a square matrix", entries.len())));
        }
        check_dimension("hessian", dimension)?;
        let at = |i: usize, j: usize| entries[i * dimension + j];
        let largest = entries.iter().fold(0.0_f64, |largest, entry| largest.max(entry.abs()));
        let mut symmetric = entries.clone();
        for i in 0..dimension {
            for j in 0..i {
                if (at(i, j) - at(j, i)).abs() > SYMMETRY * largest {
                    let (row, column) = (j + 1, i + 1);
                    let (above, below) = (at(j, i), at(i, j));
                    return Err(Error::invalid(
                        "hessian",
                        format!(
                            "not symmetric: entry ({row},{column}) is {above} but ({column},{row}) is {below}; \
                             use their mean, a quadratic sees no more than that"
                        ),
                    ));
                }
                let mean = 0.5 * (at(i, j) + at(j, i));
                (symmetric[i * dimension + j], symmetric[j * dimension + i]) = (mean, mean);
            }
        }
        let is_diagonal = (0..dimension).all(|i| (0..i).all(|j| symmetric[i * dimension + j] == 0.0));
        Ok(match is_diagonal {
            true => Self::Diagonal((0..dimension).map(|i| symmetric[i * dimension + i]).collect()),
            false => Self::Dense(symmetric),
        })
    }

    /// D.
    pub fn dimension(&self) -> usize {
        match self {
            Self::Diagonal(diagonal) => diagonal.len(),
            Self::Dense(entries) => entries.len().isqrt(),
        }
    }

    /// A v for `v` (`f64[D]`).
    pub fn times(&self, v: &[f64]) -> Vec<f64> {
        match self {
            Self::Diagonal(diagonal) => diagonal.iter().zip(v).map(|(a, v)| a * v).collect(),
            Self::Dense(entries) => entries.chunks_exact(v.len()).map(|row| inner(row, v)).collect(),
        }
    }

    /// Eigenvalues, ascending, and the matrix whose columns are their eigenvectors.
    pub fn eigen(&self) -> Result<(Vec<f64>, Mat<f64>)> {
        let dimension = self.dimension();
        let matrix = match self {
            Self::Diagonal(diagonal) => {
                let mut order: Vec<usize> = (0..dimension).collect();
                order.sort_by(|a, b| diagonal[*a].total_cmp(&diagonal[*b]));
                let vectors = Mat::from_fn(dimension, dimension, |i, mode| f64::from(u8::from(order[mode] == i)));
                return Ok((order.iter().map(|i| diagonal[*i]).collect(), vectors));
            }
            Self::Dense(entries) => Mat::from_fn(dimension, dimension, |i, j| entries[i * dimension + j]),
        };
        let eigen = matrix
            .self_adjoint_eigen(Side::Lower)
            .map_err(|_| Error::invalid("hessian", "its eigenvalues could not be found: the iteration does not converge".to_string()))?;
        Ok((eigen.S().column_vector().iter().copied().collect(), eigen.U().to_owned()))
    }

    /// The diagonal, or all by rows.
    pub(crate) fn entries(&self) -> &[f64] {
        match self {
            Self::Diagonal(entries) | Self::Dense(entries) => entries,
        }
    }

    /// The same with all entries.
    pub(crate) fn into_dense(self) -> Self {
        match self {
            Self::Diagonal(diagonal) => {
                let dimension = diagonal.len();
                let mut entries = vec![0.0; dimension * dimension];
                diagonal.into_iter().enumerate().for_each(|(i, a)| entries[i * (dimension + 1)] = a);
                Self::Dense(entries)
            }
            dense @ Self::Dense(_) => dense,
        }
    }
}

impl Problem {
    /// ½ (x−c)ᵀA(x−c) + k, stationary at the centre c (`f64[D]`).
    pub fn centered(hessian: Hessian, center: Vec<f64>, constant: f64) -> Result<Self> {
        check_length("center", center.len(), &hessian)?;
        let linear = vec![0.0; center.len()];
        Self { hessian, center, linear, constant }.checked()
    }

    /// ½ (x−c)ᵀA(x−c) + bᵀ(x−c) + k.
    pub(crate) fn around(hessian: Hessian, center: Vec<f64>, linear: Vec<f64>, constant: f64) -> Result<Self> {
        check_length("center", center.len(), &hessian)?;
        Self { hessian, center, linear, constant }.checked()
    }

    /// ½ xᵀAx + bᵀx + k with b (`f64[D]`), rewritten around its stationary point (the shortest of them where A is singular).
    ///
    /// The centre is rounded to f32 first and the rest stays in the linear term, so that rounding moves no minimum.
    pub fn uncentered(hessian: Hessian, linear: &[f64], constant: f64) -> Result<Self> {
        check_length("linear", linear.len(), &hessian)?;
        let center: Vec<f64> = stationary_point(&hessian, linear)?.into_iter().map(|c| f64::from(c as f32)).collect();
        let pull = hessian.times(&center);
        let constant = constant + inner(linear, &center) + 0.5 * inner(&pull, &center);
        let linear = linear.iter().zip(&pull).map(|(b, pull)| b + pull).collect();
        Self { hessian, center, linear, constant }.checked()
    }

    /// ½‖Mx − y‖² + k for `matrix` M (`f64[m·D]`, row by row) and `target` y (`f64[m]`): A = MᵀM and b = −Mᵀy, formed in f64.
    pub fn least_squares(dimension: usize, matrix: &[f64], target: &[f64], constant: f64) -> Result<Self> {
        if dimension == 0 || matrix.len() != dimension * target.len() {
            return Err(Error::invalid(
                "target",
                format!("{} values for a matrix of {} rows", target.len(), matrix.len() / dimension.max(1)),
            ));
        }
        let mut hessian = vec![0.0; dimension * dimension];
        let mut linear = vec![0.0; dimension];
        for (row, y) in matrix.chunks_exact(dimension).zip(target) {
            for i in 0..dimension {
                linear[i] -= row[i] * y;
                for j in 0..dimension {
                    hessian[i * dimension + j] += row[i] * row[j];
                }
            }
        }
        Self::uncentered(Hessian::dense(dimension, hessian)?, &linear, constant + 0.5 * inner(target, target))
    }

    fn checked(self) -> Result<Self> {
        let constant = [self.constant];
        let fields = [("hessian", self.hessian.entries()), ("center", &self.center), ("linear", &self.linear), ("constant", &constant)];
        for (field, values) in fields {
            if let Some(value) = values.iter().find(|value| !(**value as f32).is_finite()) {
                return Err(Error::invalid(field, format!("{value:e} is not finite in f32")));
            }
        }
        Ok(self)
    }

    /// A.
    pub fn hessian(&self) -> &Hessian {
        &self.hessian
    }

    /// c (`f64[D]`).
    pub fn center(&self) -> &[f64] {
        &self.center
    }

    /// The shortest step from c to a stationary point, where there is one; see [`Problem::uncentered`].
    pub fn stationary_point(&self) -> Result<Vec<f64>> {
        let offset = stationary_point(&self.hessian, &self.linear)?;
        Ok(self.center.iter().zip(offset).map(|(c, d)| c + d).collect())
    }

    /// f(x) and ∇f(x) (`f64[D]`) for `x` (`f64[D]`).
    pub fn evaluate(&self, x: &[f64]) -> (f64, Vec<f64>) {
        let difference: Vec<f64> = x.iter().zip(&self.center).map(|(x, c)| x - c).collect();
        let pull = self.hessian.times(&difference);
        let loss = 0.5 * inner(&difference, &pull) + inner(&self.linear, &difference) + self.constant;
        (loss, pull.iter().zip(&self.linear).map(|(pull, b)| pull + b).collect())
    }
}

/// The shortest d with A d = −b in the least-squares sense.
fn stationary_point(hessian: &Hessian, linear: &[f64]) -> Result<Vec<f64>> {
    if linear.iter().all(|b| *b == 0.0) {
        return Ok(vec![0.0; linear.len()]);
    }
    let (values, vectors) = hessian.eigen()?;
    let largest = values.iter().fold(0.0_f64, |largest, value| largest.max(value.abs()));
    let mut point = vec![0.0; linear.len()];
    for (mode, value) in values.iter().enumerate().filter(|(_, value)| value.abs() > SINGULAR * largest) {
        let part: f64 = linear.iter().enumerate().map(|(i, b)| b * vectors[(i, mode)]).sum();
        point.iter_mut().enumerate().for_each(|(i, x)| *x -= part / value * vectors[(i, mode)]);
    }
    Ok(point)
}

fn check_length(field: &'static str, found: usize, hessian: &Hessian) -> Result<()> {
    let dimension = hessian.dimension();
    match found == dimension {
        true => Ok(()),
        false => Err(Error::invalid(field, format!("has {found} values, but the Hessian is {dimension} × {dimension}"))),
    }
}

fn inner(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// One or more quadratics of one dimension, packed as the rows that devices read.
#[derive(Clone, Debug)]
pub struct Quadratic {
    name: String,
    dimension: usize,
    kernel: Kernel,
    variables: Vec<String>,
    problems: usize,
    /// See [`Rows`].
    numbers: Vec<f32>,
}

impl Quadratic {
    /// Packs `problems`, at least one and all of one dimension, rounding them to f32.
    pub fn new(name: impl Into<String>, problems: Vec<Problem>) -> Result<Self> {
        let Some(first) = problems.first() else {
            return Err(Error::invalid("hessian", "there is no quadratic in it"));
        };
        let dimension = first.center.len();
        check_dimension("hessian", dimension)?;
        if let Some(other) = problems.iter().find(|problem| problem.center.len() != dimension) {
            let reason = format!("problems of {dimension} and of {} variables do not mix", other.center.len());
            return Err(Error::invalid("hessian", reason));
        }
        let is_diagonal = problems.iter().all(|problem| matches!(problem.hessian, Hessian::Diagonal(_)));
        let at_origin = problems.iter().flat_map(|problem| &problem.center).all(|c| *c as f32 == 0.0);
        let kernel = if is_diagonal { Kernel::Diagonal { at_origin } } else { Kernel::Dense { at_origin } };
        let (count, apart) = (problems.len(), Rows::apart(problems.len()));
        let mut numbers = vec![0.0; apart * kernel.row_length(dimension)];
        for (place, problem) in problems.into_iter().enumerate() {
            let hessian = if is_diagonal { problem.hessian } else { problem.hessian.into_dense() };
            let row = [&[problem.constant][..], &problem.center, &problem.linear, hessian.entries()];
            let places = numbers[place..].iter_mut().step_by(apart);
            places.zip(row.into_iter().flatten()).for_each(|(number, value)| *number = *value as f32);
        }
        Ok(Self { name: name.into(), dimension, kernel, variables: default_names("x", dimension), problems: count, numbers })
    }

    /// The same quadratics of variables with these names, one each.
    pub(crate) fn with_variables(self, variables: Vec<String>) -> Self {
        Self { variables, ..self }
    }

    /// The names of the variables: x, y, z up to three of them, and x1 … xD beyond, if they have no others.
    pub fn variables(&self) -> Vec<String> {
        self.variables.clone()
    }

    /// The name it goes by.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// D.
    pub fn dimension(&self) -> usize {
        self.dimension
    }

    /// The twins that evaluate it.
    pub fn kernel(&self) -> Kernel {
        self.kernel.clone()
    }

    /// How many problems there are.
    pub fn problems(&self) -> usize {
        self.problems
    }

    /// The packed rows, one a problem.
    pub fn rows(&self) -> Rows<'_> {
        Rows::new(&self.numbers, self.problems)
    }

    /// Problem `number` as the devices see it: the packed f32 values.
    pub fn problem(&self, number: usize) -> Problem {
        let row: Vec<f64> = self.rows().row(number).iter().map(|value| f64::from(*value)).collect();
        let (center, rest) = row[1..].split_at(self.dimension);
        let (linear, entries) = rest.split_at(self.dimension);
        let hessian = match self.kernel {
            Kernel::Diagonal { .. } => Hessian::Diagonal(entries.to_vec()),
            _ => Hessian::Dense(entries.to_vec()),
        };
        Problem { hessian, center: center.to_vec(), linear: linear.to_vec(), constant: row[0] }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_matrix_that_is_not_symmetric_is_refused_with_its_entries() {
        let message = Hessian::dense(2, vec![1.0, 0.5, 0.7, 1.0]).unwrap_err().to_string();
        assert!(message.contains("(1,2) is 0.5 but (2,1) is 0.7"), "{message}");
    }

    #[test]
    fn a_center_counts_as_the_origin_if_it_is_the_origin_of_all() {
        let dense =
            |center: [f64; 2]| Problem::centered(Hessian::dense(2, vec![2.0, 0.5, 0.5, 1.0]).unwrap(), center.to_vec(), 0.0).unwrap();
        let kernel = |problems: Vec<Problem>| Quadratic::new("quadratic", problems).unwrap().kernel();
        assert_eq!(kernel(vec![dense([0.0; 2]), dense([-0.0, 1e-60])]), Kernel::Dense { at_origin: true });
        assert_eq!(kernel(vec![dense([0.0; 2]), dense([0.0, 1e-30])]), Kernel::Dense { at_origin: false });
        let diagonal = |linear: f64| Problem::uncentered(Hessian::Diagonal(vec![1.0, 25.0]), &[0.0, linear], 3.0).unwrap();
        assert_eq!(kernel(vec![diagonal(0.0)]), Kernel::Diagonal { at_origin: true });
        assert_eq!(kernel(vec![diagonal(0.0), diagonal(1.0)]), Kernel::Diagonal { at_origin: false });
    }

    #[test]
    fn a_slope_along_the_null_space_survives_centring() {
        let hessian = Hessian::dense(2, vec![1.0, 0.0, 0.0, 0.0]).unwrap();
        let problem = Problem::uncentered(hessian, &[-2.0, 3.0], 1.0).unwrap();
        let (loss, gradient) = problem.evaluate(&[5.0, 7.0]);
        assert_eq!((loss, gradient), (12.5 - 10.0 + 21.0 + 1.0, vec![3.0, 3.0]));
    }

    proptest! {
        #[test]
        fn centring_changes_neither_loss_nor_gradient(
            entries in prop::array::uniform9(-2.0..2.0), linear in prop::array::uniform3(-3.0..3.0), x in prop::array::uniform3(-4.0..4.0)
        ) {
            let symmetric: Vec<f64> = (0..9).map(|k| entries[k] + entries[k % 3 * 3 + k / 3]).collect();
            let hessian = Hessian::dense(3, symmetric).unwrap();
            let pull = hessian.times(&x);
            let problem = Problem::uncentered(hessian, &linear, 0.25).unwrap();
            let (loss, gradient) = problem.evaluate(&x);
            let scale = 1.0 + problem.center.iter().map(|c| c.abs()).fold(0.0, f64::max).powi(2);
            prop_assert!((loss - (0.5 * inner(&x, &pull) + inner(&linear, &x) + 0.25)).abs() < 1e-10 * scale);
            for i in 0..3 {
                prop_assert!((gradient[i] - pull[i] - linear[i]).abs() < 1e-10 * scale);
            }
        }

        #[test]
        fn least_squares_is_half_the_squared_residual(
            matrix in prop::array::uniform8(-2.0..2.0), target in prop::array::uniform4(-3.0..3.0), x in prop::array::uniform2(-4.0..4.0)
        ) {
            let problem = Problem::least_squares(2, &matrix, &target, 0.0).unwrap();
            let residual: f64 = matrix.chunks(2).zip(target).map(|(row, y)| (inner(row, &x) - y).powi(2)).sum();
            prop_assert!((problem.evaluate(&x).0 - 0.5 * residual).abs() < 1e-9 * (1.0 + residual));
        }
    }
}
