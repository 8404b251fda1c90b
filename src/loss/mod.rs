//! What is minimised.
//!
//! A loss is described by *rows* of `f32` coefficients that its two twins read, `src/loss/<stem>.rs` and
//! `shaders/loss/<stem>.wgsl`. One row serves all descents, or each value of one axis has its own.

mod catalog;
mod center;
mod dense;
mod diagonal;
pub(crate) mod formula;
mod quadratic;
mod rows;
mod wells;

pub(crate) use catalog::settled;
pub use catalog::{Case, Entry};
pub use center::{Anywhere, AtOrigin, Center};
pub use dense::Dense;
pub use diagonal::Diagonal;
pub use formula::{Bound, Formula, Written};
pub use quadratic::{Hessian, Problem, Quadratic};
pub use rows::Rows;
pub use wells::{Lowest, Well, Wells};

use std::sync::Arc;

use crate::error::{Error, Result};
use crate::real::{Coefficients, Real};

/// The arithmetic of one loss, over any lane type.
pub trait Evaluate: Copy + Sync {
    /// Whether it loops over parts, more of which are known only at run time; vectors that move together then share the loop.
    const HAS_PARTS: bool = false;

    /// Writes ∇f(x) for `x` (`R[D]`) to `gradient` (`R[D]`).
    fn gradient<R: Real>(&self, row: &impl Coefficients<R>, x: &[R], gradient: &mut [R]);

    /// f(x) for `x` (`R[D]`), given ∇f(x) (`R[D]`).
    fn loss<R: Real>(&self, row: &impl Coefficients<R>, x: &[R], gradient: &[R]) -> R;

    /// Copies the coefficients that [`Self::gradient`] and [`Self::loss`] read at `dimension` variables from `row` to their places in `own`
    /// (`R[row length]`); those that [`Self::exact_rate`] alone reads need not be among them. Losses that know how many there are say so, and
    /// compilers need no loop.
    #[inline(always)]
    fn copy_row<R: Real>(&self, row: &impl Coefficients<R>, _dimension: usize, own: &mut [R]) {
        for position in 0..own.len() {
            own[position] = row.at(position);
        }
    }

    /// f(x) for `x` (`R[D]`), writing ∇f(x) to `gradient` (`R[D]`).
    #[inline(always)]
    fn evaluate<R: Real>(&self, row: &impl Coefficients<R>, x: &[R], gradient: &mut [R]) -> R {
        self.gradient(row, x, gradient);
        self.loss(row, x, gradient)
    }

    /// The learning rate after which a quadratic is lowest against its gradient d, `direction` (`R[D]`): dᵀd / dᵀAd, one over the second
    /// derivative along it. Where that is not above 0, or next to it, there is no lowest point, and the rate is 2¹⁰⁰ or more; 0 where there is no
    /// direction, or where f curves up by more than f32 has.
    #[inline(always)]
    fn exact_rate<R: Real>(&self, _row: &impl Coefficients<R>, _direction: &[R]) -> R {
        unreachable!("experiments refuse rules that search on other losses")
    }
}

/// dᵀd / dᵀAd of a d (`R[D]`) whose largest number is about 1, below 4 at most. Where f does not curve up along d, or by less than f32 can well tell, as
/// if it did by the least of which the quotient is finite in f32, in f64 too.
#[inline(always)]
fn length_over_bend<R: Real>(length: R, bend: R, dimension: usize) -> R {
    let least = R::splat(16.0 * dimension as f32 * f32::MIN_POSITIVE);
    length / R::select(least.less(bend), bend, least)
}

/// A loss of one or more variables.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Loss {
    /// A quadratic, or many of one dimension.
    Quadratic(Quadratic),
    /// The minimum over several quadratics.
    Wells(Wells),
    /// A formula whose parameters are still open.
    Formula(Formula),
    /// A formula whose parameters are bound, and which is no quadratic.
    Bound(Arc<Bound>),
}

/// A number that a loss takes besides its variables.
#[derive(Clone, Debug)]
pub struct Parameter {
    /// Its name on the command line and in results.
    pub name: String,
    /// Its value where none is given.
    pub default: f32,
    /// The smallest value it may have, if there is one.
    pub at_least: Option<f32>,
}

/// Which pair of twins evaluates a loss, and the constants its program needs.
#[derive(Clone, Debug, PartialEq)]
pub enum Kernel {
    /// [`Diagonal`].
    Diagonal {
        /// Whether c = 0 in every row.
        at_origin: bool,
    },
    /// [`Dense`].
    Dense {
        /// Whether c = 0 in every row.
        at_origin: bool,
    },
    /// [`Lowest`] of this many wells.
    Wells(usize),
    /// [`Written`].
    Formula(Arc<Bound>),
}

impl Kernel {
    /// The stem of its two files.
    pub fn stem(&self) -> &'static str {
        match self {
            Self::Diagonal { .. } => "diagonal",
            Self::Dense { .. } => "dense",
            Self::Wells(_) => "wells",
            Self::Formula(_) => "formula",
        }
    }

    /// How many coefficients a row holds at dimension `dimension`.
    pub fn row_length(&self, dimension: usize) -> usize {
        match self {
            Self::Diagonal { .. } => 1 + 3 * dimension,
            Self::Dense { .. } => 1 + 2 * dimension + dimension * dimension,
            Self::Wells(wells) => wells * (1 + 2 * dimension),
            Self::Formula(_) => 0,
        }
    }

    /// About how many multiply-adds an evaluation at dimension `dimension` is worth.
    pub fn work(&self, dimension: usize) -> usize {
        match self {
            Self::Formula(bound) => bound.both().instructions.len().max(1),
            _ => self.row_length(dimension),
        }
    }
}

impl Loss {
    /// The named loss `name`, such as `booth` or `rosenbrock`, of `dimension` variables where the name leaves that open.
    ///
    /// # Errors
    /// [`Error::Unknown`] with the nearest name, or [`Error::Invalid`] for a dimension that the loss does not have.
    pub fn named(name: &str, dimension: Option<usize>) -> Result<Self> {
        Formula::named(name, dimension).map(Self::Formula)
    }

    /// The loss that a formula describes; see [`Formula::parse`].
    ///
    /// # Errors
    /// One that points to the place in the formula.
    pub fn formula(text: &str, dimension: Option<usize>, variables: Option<&[String]>) -> Result<Self> {
        Formula::parse(text, dimension, variables).map(Self::Formula)
    }

    fn written(&self) -> Option<&Formula> {
        match self {
            Self::Formula(formula) => Some(formula),
            Self::Bound(bound) => Some(bound.formula()),
            Self::Quadratic(_) | Self::Wells(_) => None,
        }
    }

    /// The name it goes by: a formula without one is its own.
    pub fn name(&self) -> &str {
        match self {
            Self::Quadratic(quadratic) => quadratic.name(),
            Self::Wells(_) => "wells",
            Self::Formula(formula) => formula.name(),
            Self::Bound(bound) => bound.formula().name(),
        }
    }

    /// D, the number of variables.
    pub fn dimension(&self) -> usize {
        match self {
            Self::Quadratic(quadratic) => quadratic.dimension(),
            Self::Wells(wells) => wells.dimension(),
            Self::Formula(formula) => formula.dimension(),
            Self::Bound(bound) => bound.formula().dimension(),
        }
    }

    /// The names of the variables: those of a formula; or else x, y, z up to three of them, and x1 … xD beyond.
    pub fn variables(&self) -> Vec<String> {
        match self {
            Self::Quadratic(quadratic) => quadratic.variables(),
            _ => self.written().map_or_else(|| default_names("x", self.dimension()), Formula::variables),
        }
    }

    /// The variable that `name` means, counted from 0; x, y and z are short for x1, x2 and x3 where the variables have no names of
    /// their own.
    pub fn variable(&self, name: &str) -> Option<usize> {
        let names = self.variables();
        if let Some(number) = names.iter().position(|known| known == name) {
            return Some(number);
        }
        let is_default = names == default_names("x", self.dimension());
        let number = match SHORT_NAMES.iter().position(|short| *short == name) {
            Some(position) => position + 1,
            None => name.strip_prefix('x').filter(|digits| !digits.starts_with(['0', '+']))?.parse().ok()?,
        };
        (is_default && (1..=self.dimension()).contains(&number)).then(|| number - 1)
    }

    /// The numbers the loss takes besides its variables.
    pub fn parameters(&self) -> &[Parameter] {
        self.written().map_or(&[], Formula::parameters)
    }
}

/// x, y, z up to three variables, and numbered ones beyond or where they are no x.
fn default_names(vector: &str, dimension: usize) -> Vec<String> {
    match dimension {
        1..=3 if vector == "x" => SHORT_NAMES[..dimension].iter().map(ToString::to_string).collect(),
        _ => (1..=dimension).map(|i| format!("{vector}{i}")).collect(),
    }
}

/// The largest D: what the eigenvalues of a full Hessian take seconds to find for.
pub const MAX_DIMENSION: usize = 2048;

/// Checks that a loss may have `dimension` variables.
fn check_dimension(field: &str, dimension: usize) -> Result<()> {
    match dimension {
        0 => Err(Error::invalid(field, "0 variables leave nothing to minimise; give 1 or more")),
        1..=MAX_DIMENSION => Ok(()),
        _ => Err(Error::invalid(field, format!("{dimension} variables are more than {MAX_DIMENSION}"))),
    }
}

const SHORT_NAMES: [&str; 3] = ["x", "y", "z"];
