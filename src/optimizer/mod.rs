//! How a point moves: one file a rule, each the twin of `shaders/optimizer/<same stem>.wgsl`, and one row a rule in [`Optimizer::ALL`].

mod gradient_descent;

pub use gradient_descent::GradientDescent;

use crate::error::{Error, Result};
use crate::real::Real;

/// The arithmetic of one update, over any lane type.
pub trait Update: Copy + Sync {
    /// How many hyper-parameters its table row lists.
    const HYPERPARAMETERS: usize;

    /// Moves `x` (`R[D]`) in place, given ∇f(x) (`R[D]`) and the rule's hyper-parameters in the order of its table row.
    fn update<R: Real>(&self, hyper: &[R], x: &mut [R], gradient: &[R]);
}

/// A number that a rule takes.
#[derive(Clone, Copy, Debug)]
pub struct Hyperparameter {
    /// Its name on the command line and in results.
    pub name: &'static str,
    /// A shorter name that is understood as well.
    pub short: Option<&'static str>,
    /// Its value where none is given; a rule without one asks for it.
    pub default: Option<f32>,
}

/// An update rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Optimizer {
    /// x ← x − η ∇f(x).
    GradientDescent,
}

impl Optimizer {
    /// Every rule there is.
    pub const ALL: [Self; 1] = [Self::GradientDescent];

    /// The rule's name, the stem of its two files.
    pub fn name(self) -> &'static str {
        match self {
            Self::GradientDescent => "gradient_descent",
        }
    }

    /// The rule of this name; dashes and underscores are alike.
    pub fn named(name: &str) -> Result<Self> {
        let wanted = name.replace('-', "_");
        Self::ALL
            .into_iter()
            .find(|rule| rule.name() == wanted)
            .ok_or_else(|| Error::unknown("optimizer", name, Self::ALL.iter().map(|rule| rule.name())))
    }

    /// The rule as a formula.
    pub fn formula(self) -> &'static str {
        match self {
            Self::GradientDescent => "x ← x − η∇f(x)",
        }
    }

    /// The numbers the rule takes, in the order its twins read them.
    pub fn hyperparameters(self) -> &'static [Hyperparameter] {
        match self {
            Self::GradientDescent => &[Hyperparameter { name: "learning_rate", short: Some("lr"), default: None }],
        }
    }

    /// Whether an update depends on the point and the hyper-parameters alone, so that one that leaves the point as it is will do so for ever.
    pub fn is_memoryless(self) -> bool {
        match self {
            Self::GradientDescent => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_takes_as_many_numbers_as_its_row_lists() {
        for rule in Optimizer::ALL {
            let taken = match rule {
                Optimizer::GradientDescent => GradientDescent::HYPERPARAMETERS,
            };
            assert_eq!(rule.hyperparameters().len(), taken);
        }
    }
}
