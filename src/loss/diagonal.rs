//! f(x) = ½ Σᵢ aᵢ(xᵢ−cᵢ)² + Σᵢ bᵢ(xᵢ−cᵢ) + k, and ∇f(x)ᵢ = aᵢ(xᵢ−cᵢ) + bᵢ.
//!
//! A row of coefficients is k, c₁…c_D, b₁…b_D, a₁…a_D: 1 + 3D numbers. Twin of `shaders/loss/diagonal.wgsl`.

use crate::loss::{Center, Evaluate, length_over_bend};
use crate::real::{Coefficients, Real, largest};

/// A quadratic with a diagonal Hessian.
#[derive(Clone, Copy, Debug)]
pub struct Diagonal<C>(pub C);

impl<C: Center> Evaluate for Diagonal<C> {
    #[inline(always)]
    fn gradient<R: Real>(&self, row: &impl Coefficients<R>, x: &[R], gradient: &mut [R]) {
        let (linear, curvature) = (1 + x.len(), 1 + 2 * x.len());
        for i in 0..x.len() {
            let difference = self.0.difference(row, x, i);
            gradient[i] = row.at(curvature + i).mul_add(difference, row.at(linear + i));
        }
    }

    #[inline(always)]
    fn loss<R: Real>(&self, row: &impl Coefficients<R>, x: &[R], gradient: &[R]) -> R {
        let linear = 1 + x.len();
        let mut twice = R::splat(0.0);
        for i in 0..x.len() {
            twice = self.0.difference(row, x, i).mul_add(gradient[i] + row.at(linear + i), twice);
        }
        R::splat(0.5).mul_add(twice, row.at(0))
    }

    #[inline(always)]
    fn copy_row<R: Real>(&self, row: &impl Coefficients<R>, dimension: usize, own: &mut [R]) {
        let own = &mut own[..1 + 3 * dimension];
        own[0] = row.at(0);
        for part in usize::from(self.0.is_origin())..3 {
            for i in 0..dimension {
                own[1 + part * dimension + i] = row.at(1 + part * dimension + i);
            }
        }
    }

    #[inline(always)]
    fn exact_rate<R: Real>(&self, row: &impl Coefficients<R>, direction: &[R]) -> R {
        let (to_unit, curvature) = (largest(direction).to_unit(), 1 + 2 * direction.len());
        let (mut bend, mut length) = (R::splat(0.0), R::splat(0.0));
        for i in 0..direction.len() {
            let part = direction[i] * to_unit;
            let product = row.at(curvature + i) * part;
            (bend, length) = if i == 0 { (product * part, part * part) } else { (product.mul_add(part, bend), part.mul_add(part, length)) };
        }
        length_over_bend(length, bend, direction.len())
    }
}
