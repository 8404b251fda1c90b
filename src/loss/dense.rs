//! f(x) = ½ (x−c)ᵀA(x−c) + bᵀ(x−c) + k with a full symmetric A, and ∇f(x) = A(x−c) + b.
//!
//! A row of coefficients is k, c₁…c_D, b₁…b_D, then A row by row: 1 + 2D + D² numbers. b is zero where c is a stationary
//! point, and else what rounding c left over, or the slope along the null space of a singular A. Twin of `shaders/loss/dense.wgsl`.

use crate::loss::Evaluate;
use crate::real::{Coefficients, Real};

/// A quadratic with a full Hessian.
#[derive(Clone, Copy, Debug)]
pub struct Dense;

impl Evaluate for Dense {
    #[inline(always)]
    fn evaluate<R: Real>(&self, row: &impl Coefficients<R>, x: &[R], gradient: &mut [R]) -> R {
        let dimension = x.len();
        let (center, linear, hessian) = (1, 1 + dimension, 1 + 2 * dimension);
        for i in 0..dimension {
            gradient[i] = row.at(linear + i);
        }
        for j in 0..dimension {
            let difference = x[j] - row.at(center + j);
            for i in 0..dimension {
                gradient[i] = row.at(hessian + j * dimension + i).mul_add(difference, gradient[i]);
            }
        }
        let mut twice = (x[0] - row.at(center)) * (gradient[0] + row.at(linear));
        for i in 1..dimension {
            twice = (x[i] - row.at(center + i)).mul_add(gradient[i] + row.at(linear + i), twice);
        }
        R::splat(0.5).mul_add(twice, row.at(0))
    }
}
