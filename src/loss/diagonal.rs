//! f(x) = ½ Σᵢ aᵢ(xᵢ−cᵢ)² + Σᵢ bᵢ(xᵢ−cᵢ) + k, and ∇f(x)ᵢ = aᵢ(xᵢ−cᵢ) + bᵢ.
//!
//! A row of coefficients is k, c₁…c_D, b₁…b_D, a₁…a_D: 1 + 3D numbers. Twin of `shaders/loss/diagonal.wgsl`.

use crate::loss::Evaluate;
use crate::real::{Coefficients, Real};

/// A quadratic with a diagonal Hessian.
#[derive(Clone, Copy, Debug)]
pub struct Diagonal;

impl Evaluate for Diagonal {
    #[inline(always)]
    fn evaluate<R: Real>(&self, row: &impl Coefficients<R>, x: &[R], gradient: &mut [R]) -> R {
        let dimension = x.len();
        let (center, linear, curvature) = (1, 1 + dimension, 1 + 2 * dimension);
        let mut twice = R::splat(0.0);
        for i in 0..dimension {
            let difference = x[i] - row.at(center + i);
            gradient[i] = row.at(curvature + i).mul_add(difference, row.at(linear + i));
            twice = difference.mul_add(gradient[i] + row.at(linear + i), twice);
        }
        R::splat(0.5).mul_add(twice, row.at(0))
    }
}
