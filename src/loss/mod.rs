//! What is minimised.
//!
//! A loss is described by *rows* of `f32` coefficients that its two twins read, `src/loss/<stem>.rs` and
//! `shaders/loss/<stem>.wgsl`. One row serves all descents, or each value of one axis has its own.

mod dense;
mod diagonal;
mod named;
mod quadratic;
mod wells;

pub use dense::Dense;
pub use diagonal::Diagonal;
pub use named::{Family, Parameter};
pub use quadratic::{Hessian, Problem, Quadratic};
pub use wells::{Lowest, Well, Wells};

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

    /// f(x) for `x` (`R[D]`), writing ∇f(x) to `gradient` (`R[D]`).
    #[inline(always)]
    fn evaluate<R: Real>(&self, row: &impl Coefficients<R>, x: &[R], gradient: &mut [R]) -> R {
        self.gradient(row, x, gradient);
        self.loss(row, x, gradient)
    }
}

/// A loss of one or more variables.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Loss {
    /// A quadratic, or many of one dimension.
    Quadratic(Quadratic),
    /// The minimum over several quadratics.
    Wells(Wells),
    /// A named quadratic whose parameters and dimension are still open.
    Family(Family),
}

/// Which pair of twins evaluates a loss, and the constants its program needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kernel {
    /// [`Diagonal`].
    Diagonal,
    /// [`Dense`].
    Dense,
    /// [`Lowest`] of this many wells.
    Wells(usize),
}

impl Kernel {
    /// The stem of its two files.
    pub fn stem(self) -> &'static str {
        match self {
            Self::Diagonal => "diagonal",
            Self::Dense => "dense",
            Self::Wells(_) => "wells",
        }
    }

    /// How many coefficients a row holds at dimension `dimension`.
    pub fn row_length(self, dimension: usize) -> usize {
        match self {
            Self::Diagonal => 1 + 3 * dimension,
            Self::Dense => 1 + 2 * dimension + dimension * dimension,
            Self::Wells(wells) => wells * (1 + 2 * dimension),
        }
    }
}

impl Loss {
    /// The named quadratic `name`, such as `booth` or `ellipsoid`, of `dimension` variables where the name leaves that open.
    pub fn named(name: &str, dimension: Option<usize>) -> Result<Self> {
        Family::named(name, dimension).map(Self::Family)
    }

    /// The name it goes by.
    pub fn name(&self) -> &str {
        match self {
            Self::Quadratic(quadratic) => quadratic.name(),
            Self::Wells(_) => "wells",
            Self::Family(family) => family.name(),
        }
    }

    /// D, the number of variables.
    pub fn dimension(&self) -> usize {
        match self {
            Self::Quadratic(quadratic) => quadratic.dimension(),
            Self::Wells(wells) => wells.dimension(),
            Self::Family(family) => family.dimension(),
        }
    }

    /// The names of the variables: x, y, z up to three of them, else x1 … xD.
    pub fn variables(&self) -> Vec<String> {
        match self.dimension() {
            dimension @ 1..=3 => SHORT_NAMES[..dimension].iter().map(ToString::to_string).collect(),
            dimension => (1..=dimension).map(|i| format!("x{i}")).collect(),
        }
    }

    /// The variable that `name` means, counted from 0; x, y and z are short for x1, x2 and x3.
    pub fn variable(&self, name: &str) -> Option<usize> {
        let number = match SHORT_NAMES.iter().position(|short| *short == name) {
            Some(position) => position + 1,
            None => name.strip_prefix('x').filter(|digits| !digits.starts_with(['0', '+']))?.parse().ok()?,
        };
        (1..=self.dimension()).contains(&number).then(|| number - 1)
    }

    /// The numbers the loss takes besides its variables.
    pub fn parameters(&self) -> &'static [Parameter] {
        match self {
            Self::Family(family) => family.parameters(),
            _ => &[],
        }
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
