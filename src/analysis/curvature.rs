//! The stationary points of a quadratic, from the eigenvalues of its Hessian A = QΛQᵀ.
//!
//! A minimum is a point x with A(x−c) + b = 0 where no eigenvalue is negative. An eigenvalue of a full matrix counts as zero
//! where its size is below 2⁻²³ of the largest: rounding the entries to f32 moves it by as much. Those of a diagonal matrix
//! are its entries and count as they are.

use crate::error::Result;
use crate::loss::{Hessian, Problem};

/// Where a quadratic is least.
#[derive(Clone, Debug, PartialEq)]
pub enum Lowest {
    /// At one point.
    Point(Vec<f64>),
    /// All along a line, a plane or more, of which this is the shortest point.
    Valley(Vec<f64>),
    /// Nowhere: it falls without end.
    Nowhere,
}

impl Lowest {
    /// The point, or that of the valley (`f64[D]`).
    pub fn point(&self) -> Option<&[f64]> {
        match self {
            Self::Point(point) | Self::Valley(point) => Some(point),
            Self::Nowhere => None,
        }
    }
}

/// The eigenvalues of a quadratic's Hessian, and where the quadratic is least.
#[derive(Clone, Debug, PartialEq)]
pub struct Curvature {
    /// Ascending (`f64[D]`).
    pub eigenvalues: Vec<f64>,
    /// Where it is least.
    pub lowest: Lowest,
}

/// What part of its own size a slope along a direction without curvature may have and still be rounding.
const ROUNDING: f64 = 4.0 * f32::EPSILON as f64;

impl Curvature {
    /// That of `problem`.
    ///
    /// # Errors
    /// [`Error::Invalid`](crate::Error::Invalid) where the eigenvalues cannot be found.
    pub fn of(problem: &Problem) -> Result<Self> {
        let (eigenvalues, vectors) = problem.hessian().eigen()?;
        let dimension = eigenvalues.len();
        let (center, slope) = (problem.center(), problem.evaluate(problem.center()).1);
        let largest = eigenvalues.iter().fold(0.0_f64, |largest, value| largest.max(value.abs()));
        let zero = if matches!(problem.hessian(), Hessian::Diagonal(_)) { 0.0 } else { largest * f64::from(f32::EPSILON) };
        let along = |mode: usize, v: &[f64]| -> f64 { v.iter().enumerate().map(|(i, v)| v * vectors[(i, mode)]).sum() };
        let steepest = ROUNDING * (norm(&slope) + largest * norm(center)) * (dimension as f64).sqrt();

        let mut point = center.to_vec();
        let mut lowest: fn(Vec<f64>) -> Lowest = Lowest::Point;
        for (mode, value) in eigenvalues.iter().enumerate() {
            let flat = value.abs() <= zero;
            if *value < -zero || flat && along(mode, &slope).abs() > steepest {
                return Ok(Self { eigenvalues, lowest: Lowest::Nowhere });
            }
            let offset = if flat { along(mode, center) } else { along(mode, &slope) / value };
            if flat {
                lowest = Lowest::Valley;
            }
            point.iter_mut().enumerate().for_each(|(i, x)| *x -= offset * vectors[(i, mode)]);
        }
        Ok(Self { eigenvalues, lowest: lowest(point) })
    }
}

fn norm(v: &[f64]) -> f64 {
    v.iter().map(|v| v * v).sum::<f64>().sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lowest(hessian: Vec<f64>, linear: &[f64]) -> Lowest {
        let hessian = Hessian::dense(linear.len(), hessian).unwrap();
        Curvature::of(&Problem::uncentered(hessian, linear, 0.0).unwrap()).unwrap().lowest
    }

    fn is_near(point: &[f64], expected: &[f64]) -> bool {
        point.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-12)
    }

    #[test]
    fn a_positive_definite_quadratic_is_least_where_its_gradient_vanishes() {
        // Booth: x + 2y = 7 and 2x + y = 5.
        let Lowest::Point(point) = lowest(vec![10.0, 8.0, 8.0, 10.0], &[-34.0, -38.0]) else { panic!("no point") };
        assert!(is_near(&point, &[1.0, 3.0]), "{point:?}");
    }

    #[test]
    fn a_singular_quadratic_is_least_along_a_valley_with_its_shortest_point() {
        // ½ (x + y − 2)², least where x + y = 2.
        let Lowest::Valley(point) = lowest(vec![1.0, 1.0, 1.0, 1.0], &[-2.0, -2.0]) else { panic!("no valley") };
        assert!(is_near(&point, &[1.0, 1.0]), "{point:?}");
        let hessian = Hessian::Diagonal(vec![1.0, 0.0]);
        let problem = Problem::centered(hessian, vec![3.0, 5.0], 0.0).unwrap();
        assert_eq!(Curvature::of(&problem).unwrap().lowest, Lowest::Valley(vec![3.0, 0.0]));
    }

    #[test]
    fn a_saddle_and_a_slope_without_curvature_are_least_nowhere() {
        assert_eq!(lowest(vec![1.0, 0.0, 0.0, -1e-3], &[0.0, 0.0]), Lowest::Nowhere);
        assert_eq!(lowest(vec![1.0, 2.0, 2.0, 1.0], &[1.0, 0.0]), Lowest::Nowhere);
        assert_eq!(lowest(vec![1.0, 0.0, 0.0, 0.0], &[-2.0, 0.1]), Lowest::Nowhere);
        assert_eq!(lowest(vec![1.0, 1.0, 1.0, 1.0], &[-2.0, 2.0]), Lowest::Nowhere);
    }
}
