//! The formulas that backends are tried on.

use super::draft;
use crate::axis::Axis;
use crate::error::{Error, Result};
use crate::experiment::Draft;
use crate::loss::Loss;
use crate::optimizer::Optimizer;

/// Losses of the catalog, in as many variables as is asked for.
const NAMED: [&str; 5] = ["himmelblau", "rosenbrock", "rastrigin", "ackley", "levy"];
/// What the parameters are swept of.
const SWEPT: &str = "a=1; b=3; c=0.5; (a - x)^2 + b*(y - x^2)^2 + c*cos(b*x)";
const BRANCHES: &str = "if(x < y, x^2 + z^2, abs(x - y)*z) + min(x, y*z, 2) + max(x^2, z) + abs(y)^3 + if(x*z >= 1, x, y)";
/// Each function, of arguments that it has a value for.
const EVERY_FUNCTION: &str = "sin(x)*cos(y) + tan(z/40) + asin(x/40) + acos(y/40) + atan(x*y) + atan2(y, x) + sinh(z/4) + cosh(x/4) \
    + tanh(y - z) + exp(-x^2/8) + exp2(y/4) + ln(3 + z^2) + log2(2 + x^2) + log10(2 + y^2) + sqrt(1 + z^2) + cbrt(x + 40) + abs(z) \
    + sign(x)*z + floor(y)*z/4 + min(x, y) + max(y, z) + (3 + sin(x))^(2 + cos(z)/2) + x^3/50";

/// A name for each formula in `dimension` variables, and its descents.
///
/// # Errors
/// Where one of them cannot be read.
pub fn formulas(dimension: usize, optimizer: Optimizer, seed: u64) -> Result<Vec<(String, Draft)>> {
    let mut all = Vec::new();
    for name in NAMED {
        match Loss::named(name, Some(dimension)) {
            Ok(loss) => all.push((name.into(), draft(loss, optimizer, seed))),
            Err(Error::Invalid { .. }) => {}
            Err(error) => return Err(error),
        }
    }
    for (name, text) in [("swept parameters", SWEPT), ("branches", BRANCHES), ("every function", EVERY_FUNCTION)] {
        let loss = Loss::formula(text, None, None)?;
        if loss.dimension() == dimension {
            let sweep =
                |draft: Draft, name: &str, default: f32| draft.input(name, Axis::linear(default.into(), 1.5 * f64::from(default), 2));
            let parameters = loss.parameters().to_vec();
            let draft = draft(loss, optimizer, seed);
            all.push((name.into(), parameters.iter().fold(draft, |draft, parameter| sweep(draft, &parameter.name, parameter.default))));
        }
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::loss::formula::FUNCTIONS;

    #[test]
    fn every_function_of_the_language_is_tried() {
        for (_, signature) in &FUNCTIONS {
            assert!(EVERY_FUNCTION.contains(&format!("{}(", signature.name)), "{}", signature.name);
        }
        let found = |dimension| formulas(dimension, Optimizer::GradientDescent, 1).unwrap().len();
        assert_eq!((found(1), found(2), found(3), found(32)), (3, 6, 6, 4));
    }
}
