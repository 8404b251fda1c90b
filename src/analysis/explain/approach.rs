//! Where a descent goes in the long run, and how fast: a quadratic's minimum, whether the descent nears it or not, or else where it ends.
//!
//! Near a minimum with a Hessian of eigenvalues λ the distance shrinks by maxᵢ |1 − ηλᵢ| a step, and L − L* by the square of that. Polyak,
//! doi:10.1016/0041-5553(64)90137-5.

use crate::analysis::explain::path::Path;
use crate::analysis::explain::{MOST_VARIABLES, Surface};
use crate::analysis::minima::{moved, norm, polish};
use crate::backend::Monitor;
use crate::error::Result;

/// What a descent nears, or leaves.
#[derive(Clone, Debug, PartialEq)]
pub struct Approach {
    /// Where that is (`f64[D]`).
    pub end: Vec<f64>,
    /// L there.
    pub loss: f64,
    /// The factor by which the distance changes a step, where the loss curves up at the end.
    pub rate: Option<f64>,
}

/// Updates after which Newton's method goes on, and the operations that they may cost.
const MOST_UPDATES: usize = 20_000;
const MOST_OPERATIONS: usize = 100_000_000;
/// Updates from one look at whether to go on to the next.
const ROUND: usize = 256;
/// A gradient that is this part of the first one is none.
const VANISHED: f64 = 1e-11;

impl Approach {
    /// What the descent along `path` nears, if it nears anything that is found. `minimum` is the surface's [own](Surface::minimum), if it has one.
    ///
    /// # Errors
    /// [`Error::Interrupted`](crate::Error::Interrupted) soon after `monitor` says so.
    pub fn of(surface: Surface<'_>, minimum: Option<&[f64]>, path: &Path, monitor: &Monitor) -> Result<Option<Self>> {
        let (Some(first), Some(last)) = (path.places.first(), path.places.last()) else { return Ok(None) };
        if let Some(end) = minimum {
            return Ok(Some(Self::at(surface, end.to_vec(), path.learning_rate)));
        }
        let mut x = last.point.clone();
        for update in 0..MOST_UPDATES.min(MOST_OPERATIONS / surface.instructions().max(1)) {
            if update % ROUND == 0 {
                monitor.check()?;
            }
            let (_, gradient) = surface.evaluate(&x);
            let size = norm(&gradient);
            let next = moved(&x, -path.learning_rate, &gradient);
            if size <= VANISHED * first.gradient_norm || next == x {
                return Ok(Some(Self::at(surface, x, path.learning_rate)));
            }
            if !size.is_finite() || next.iter().any(|x| !x.is_finite()) {
                return Ok(None);
            }
            x = next;
        }
        // A descent to a minimum without curvature, or one that is hardly curved, takes for ever; one that hovers around one does not get there.
        let found = if x.len() <= MOST_VARIABLES { polish(&surface, &x) } else { None };
        let approach = found.map(|found| Self::at(surface, found.point, path.learning_rate));
        // What drives it away nearby says nothing of a descent that is held farther out.
        Ok(approach.map(|approach| Self { rate: approach.rate.filter(|rate| *rate < 1.0), ..approach }))
    }

    fn at(surface: Surface<'_>, end: Vec<f64>, learning_rate: f64) -> Self {
        Self { rate: rate(surface, &end, learning_rate), loss: surface.loss(&end), end }
    }
}

/// The factor for a descent that ends at `end` with a learning rate.
fn rate(surface: Surface<'_>, end: &[f64], learning_rate: f64) -> Option<f64> {
    let eigenvalues = surface.eigenvalues(end)?;
    let rate = eigenvalues.iter().map(|eigenvalue| (1.0 - learning_rate * eigenvalue).abs()).fold(0.0, f64::max);
    (eigenvalues[0] > 0.0).then_some(rate)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::explain::tests::experiment;

    fn approach(formula: &str, start: &[f32], learning_rate: f64) -> Option<Approach> {
        let experiment = experiment(formula, start);
        let surface = Surface::of(&experiment).unwrap();
        Approach::of(surface, surface.minimum().as_deref(), &Path::of(surface, learning_rate), &Monitor::default()).unwrap()
    }

    #[test]
    fn a_quadratic_is_neared_at_the_rate_of_its_slowest_direction() {
        let found = approach("0.5*(x - 1)^2 + 4*(y + 2)^2", &[3.0, 1.0], 0.2).unwrap();
        assert!((found.end[0] - 1.0).abs() < 1e-9 && (found.end[1] + 2.0).abs() < 1e-9, "{found:?}");
        assert!((found.rate.unwrap() - 0.8).abs() < 1e-12 && found.loss < 1e-18, "{found:?}");
        // It is left as surely as it is neared.
        let left = approach("0.5*(x - 1)^2 + 4*(y + 2)^2", &[3.0, 1.0], 0.5).unwrap();
        assert!((left.rate.unwrap() - 3.0).abs() < 1e-12 && left.end == found.end, "{left:?}");
    }

    #[test]
    fn another_loss_has_the_rate_of_its_hessian_at_the_end() {
        // f'' = 8 at ±1.
        let found = approach("x^4 - 2*x^2", &[0.5], 0.05).unwrap();
        assert!((found.end[0] - 1.0).abs() < 1e-9 && (found.loss + 1.0).abs() < 1e-12, "{found:?}");
        assert!((found.rate.unwrap() - 0.6).abs() < 1e-6, "{found:?}");
    }

    #[test]
    fn a_minimum_without_curvature_is_found_though_no_descent_gets_there() {
        let found = approach("(x - 2)^4 + 1", &[0.0], 0.05).unwrap();
        assert!((found.end[0] - 2.0).abs() < 1e-3 && (found.loss - 1.0).abs() < 1e-9 && found.rate.is_none(), "{found:?}");
    }

    #[test]
    fn what_diverges_nears_nothing() {
        assert_eq!(approach("x^2 + x^4", &[1.0], 1.5), None);
    }
}
