//! Where a descent goes in the long run, and how fast.
//!
//! Near a minimum with a Hessian of eigenvalues λ the distance shrinks by maxᵢ |1 − ηλᵢ| a step, and L − L* by the square of that. Polyak,
//! doi:10.1016/0041-5553(64)90137-5.

use crate::analysis::explain::Surface;
use crate::analysis::explain::path::Path;
use crate::analysis::minima::{moved, norm};

/// What a descent nears.
#[derive(Clone, Debug, PartialEq)]
pub struct Approach {
    /// Where that is (`f64[D]`).
    pub end: Vec<f64>,
    /// L there.
    pub loss: f64,
    /// The factor by which the distance shrinks a step, where the loss curves up at the end.
    pub rate: Option<f64>,
}

/// Updates after which the end is given up.
const MOST_UPDATES: usize = 200_000;
/// A gradient that is this part of the first one is none.
const VANISHED: f64 = 1e-11;
/// The most variables for whose Hessian eigenvalues are found.
const MOST_VARIABLES: usize = 200;

impl Approach {
    /// What the descent along `path` nears, if it nears anything.
    pub fn of(surface: Surface<'_>, path: &Path) -> Option<Self> {
        let first = path.places.first()?;
        let mut x = path.places.last()?.point.clone();
        for _ in 0..MOST_UPDATES {
            let (_, gradient) = surface.evaluate(&x);
            let size = norm(&gradient);
            let next = moved(&x, -path.learning_rate, &gradient);
            if size <= VANISHED * first.gradient_norm || next == x {
                return Some(Self { rate: rate(surface, &x, path.learning_rate), loss: surface.loss(&x), end: x });
            }
            if !size.is_finite() || next.iter().any(|x| !x.is_finite()) {
                return None;
            }
            x = next;
        }
        None
    }
}

/// The factor for a descent that ends at `end` with a learning rate.
fn rate(surface: Surface<'_>, end: &[f64], learning_rate: f64) -> Option<f64> {
    let hessian = Some(end).filter(|end| end.len() <= MOST_VARIABLES).and_then(|end| surface.hessian(end))?;
    let (eigenvalues, _) = hessian.eigen().ok()?;
    let rate = eigenvalues.iter().map(|eigenvalue| (1.0 - learning_rate * eigenvalue).abs()).fold(0.0, f64::max);
    (eigenvalues[0] > 0.0 && rate < 1.0).then_some(rate)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::explain::tests::experiment;

    fn approach(formula: &str, start: &[f32], learning_rate: f64) -> Option<Approach> {
        let experiment = experiment(formula, start);
        let surface = Surface::of(&experiment).unwrap();
        Approach::of(surface, &Path::of(surface, learning_rate))
    }

    #[test]
    fn a_quadratic_is_neared_at_the_rate_of_its_slowest_direction() {
        let found = approach("0.5*(x - 1)^2 + 4*(y + 2)^2", &[3.0, 1.0], 0.2).unwrap();
        assert!((found.end[0] - 1.0).abs() < 1e-9 && (found.end[1] + 2.0).abs() < 1e-9, "{found:?}");
        assert!((found.rate.unwrap() - 0.8).abs() < 1e-12 && found.loss < 1e-18, "{found:?}");
    }

    #[test]
    fn another_loss_has_the_rate_of_its_hessian_at_the_end() {
        // f'' = 8 at ±1.
        let found = approach("x^4 - 2*x^2", &[0.5], 0.05).unwrap();
        assert!((found.end[0] - 1.0).abs() < 1e-9 && (found.loss + 1.0).abs() < 1e-12, "{found:?}");
        assert!((found.rate.unwrap() - 0.6).abs() < 1e-6, "{found:?}");
    }

    #[test]
    fn what_diverges_nears_nothing() {
        assert_eq!(approach("x^2", &[1.0], 1.5), None);
    }
}
