//! The named quadratics, one row each in a table that everything loops over.

use crate::error::{Error, Result};
use crate::loss::{Hessian, Problem, Quadratic, check_dimension};

/// A number that a loss takes besides its variables.
#[derive(Clone, Copy, Debug)]
pub struct Parameter {
    /// Its name on the command line and in results.
    pub name: &'static str,
    /// Its value where none is given.
    pub default: f32,
    /// What its values must be, and the smallest of them.
    pub at_least: f32,
}

/// Hessian, minimizer and least loss.
type Parts = (Hessian, Vec<f64>, f64);

struct Entry {
    name: &'static str,
    formula: &'static str,
    /// `None` where any D ≥ 1 will do.
    dimension: Option<usize>,
    parameters: &'static [Parameter],
    /// For D and the parameters' values.
    problem: fn(usize, &[f64]) -> Parts,
    source: &'static str,
}

const JAMIL_YANG: &str = "Jamil & Yang 2013, doi:10.1504/IJMMNO.2013.055204";

const ENTRIES: [Entry; 5] = [
    Entry {
        name: "sphere",
        formula: "Σ x_i²",
        dimension: None,
        parameters: &[],
        problem: |dimension, _| (Hessian::Diagonal(vec![2.0; dimension]), vec![0.0; dimension], 0.0),
        source: JAMIL_YANG,
    },
    Entry {
        name: "booth",
        formula: "(x + 2y − 7)² + (2x + y − 5)²",
        dimension: Some(2),
        parameters: &[],
        problem: |_, _| (Hessian::Dense(vec![10.0, 8.0, 8.0, 10.0]), vec![1.0, 3.0], 0.0),
        source: JAMIL_YANG,
    },
    Entry {
        name: "matyas",
        formula: "0.26 (x² + y²) − 0.48 x y",
        dimension: Some(2),
        parameters: &[],
        problem: |_, _| (Hessian::Dense(vec![0.52, -0.48, -0.48, 0.52]), vec![0.0, 0.0], 0.0),
        source: JAMIL_YANG,
    },
    Entry {
        name: "trid",
        formula: "Σ (x_i − 1)² − Σ x_i x_(i−1)",
        dimension: None,
        parameters: &[],
        problem: |dimension, _| {
            let entry = |i: usize, j: usize| if i == j { 2.0 } else { -f64::from(u8::from(i.abs_diff(j) == 1)) };
            let hessian = (0..dimension * dimension).map(|k| entry(k / dimension, k % dimension)).collect();
            let d = dimension as f64;
            let minimizer = (1..=dimension).map(|i| i as f64 * (d + 1.0 - i as f64)).collect();
            (Hessian::Dense(hessian), minimizer, -d * (d + 4.0) * (d - 1.0) / 6.0)
        },
        source: "Neumaier's collection; Adorio 2005, MVF: Multivariate Test Functions Library in C",
    },
    Entry {
        name: "ellipsoid",
        formula: "½ Σ condition^((i−1)/(D−1)) x_i²",
        dimension: None,
        parameters: &[Parameter { name: "condition", default: 100.0, at_least: 1.0 }],
        problem: |dimension, parameters| {
            let power = |i: usize| i as f64 / (dimension.max(2) - 1) as f64;
            let curvature = (0..dimension).map(|i| parameters[0].powf(power(i))).collect();
            (Hessian::Diagonal(curvature), vec![0.0; dimension], 0.0)
        },
        source: "Hansen et al. 2021, COCO, doi:10.1080/10556788.2020.1808977",
    },
];

/// The dimension of a named loss that leaves it open, where none is given.
const DEFAULT_DIMENSION: usize = 2;

/// A named quadratic of a known dimension whose parameters are not bound yet.
#[derive(Clone, Copy, Debug)]
pub struct Family {
    entry: usize,
    dimension: usize,
}

impl Family {
    /// The names of all families.
    pub fn names() -> impl Iterator<Item = &'static str> {
        ENTRIES.iter().map(|entry| entry.name)
    }

    /// The family `name`; `dimension` is 2 where it is open and not given, and must fit where it is fixed.
    pub fn named(name: &str, dimension: Option<usize>) -> Result<Self> {
        let known = Self::names().chain(["quadratic", "wells"]);
        let entry = ENTRIES.iter().position(|entry| entry.name == name).ok_or_else(|| Error::unknown("loss", name, known))?;
        check_dimension("dimension", dimension.unwrap_or(DEFAULT_DIMENSION))?;
        match (ENTRIES[entry].dimension, dimension) {
            (Some(fixed), Some(given)) if fixed != given => {
                Err(Error::invalid("dimension", format!("{name} has {fixed} variables, not {given}; leave --dimension out")))
            }
            (fixed, given) => Ok(Self { entry, dimension: fixed.or(given).unwrap_or(DEFAULT_DIMENSION) }),
        }
    }

    /// Its name.
    pub fn name(&self) -> &'static str {
        ENTRIES[self.entry].name
    }

    /// D.
    pub fn dimension(&self) -> usize {
        self.dimension
    }

    /// Whether the name leaves D open.
    pub fn is_open(&self) -> bool {
        ENTRIES[self.entry].dimension.is_none()
    }

    /// The loss as a formula.
    pub fn formula(&self) -> &'static str {
        ENTRIES[self.entry].formula
    }

    /// Where it comes from.
    pub fn source(&self) -> &'static str {
        ENTRIES[self.entry].source
    }

    /// The numbers it takes besides its variables.
    pub fn parameters(&self) -> &'static [Parameter] {
        ENTRIES[self.entry].parameters
    }

    /// The quadratic for each of `settings`, the values of all parameters in order.
    pub fn bind(&self, settings: &[Vec<f64>]) -> Result<Quadratic> {
        let bind = |values: &Vec<f64>| {
            for (parameter, value) in self.parameters().iter().zip(values) {
                if *value < f64::from(parameter.at_least) {
                    let reason = format!("{value} is less than {}, the least that {} allows", parameter.at_least, self.name());
                    return Err(Error::invalid(parameter.name, reason));
                }
            }
            let (hessian, minimizer, least) = (ENTRIES[self.entry].problem)(self.dimension, values);
            Problem::centered(hessian, minimizer, least)
        };
        Quadratic::new(self.name(), settings.iter().map(bind).collect::<Result<_>>()?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn loss_at(name: &str, x: &[f64]) -> f64 {
        let family = Family::named(name, Some(x.len())).unwrap();
        let defaults = family.parameters().iter().map(|parameter| parameter.default.into()).collect();
        family.bind(&[defaults]).unwrap().problem(0).evaluate(x).0
    }

    #[test]
    fn each_named_loss_is_its_formula() {
        let (x, y, z) = (1.5_f64, -0.75_f64, 2.25_f64);
        assert_eq!(loss_at("sphere", &[x, y, z]), x * x + y * y + z * z);
        assert_eq!(loss_at("booth", &[x, y]), (x + 2.0 * y - 7.0).powi(2) + (2.0 * x + y - 5.0).powi(2));
        assert!((loss_at("matyas", &[x, y]) - (0.26 * (x * x + y * y) - 0.48 * x * y)).abs() < 1e-7);
        let trid = (x - 1.0).powi(2) + (y - 1.0).powi(2) + (z - 1.0).powi(2) - x * y - y * z;
        assert!((loss_at("trid", &[x, y, z]) - trid).abs() < 1e-12);
        assert_eq!(loss_at("ellipsoid", &[x, y, z]), 0.5 * (x * x + 10.0 * y * y + 100.0 * z * z));
    }
}
