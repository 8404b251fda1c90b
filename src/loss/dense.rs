//! f(x) = ½ (x−c)ᵀA(x−c) + bᵀ(x−c) + k with a full symmetric A, and ∇f(x) = A(x−c) + b.
//!
//! A row of coefficients is k, c₁…c_D, b₁…b_D, then A row by row: 1 + 2D + D² numbers. b is zero where c is a stationary
//! point, and else what rounding c left over, or the slope along the null space of a singular A. Twin of `shaders/loss/dense.wgsl`.

use crate::loss::{Center, Evaluate, length_over_bend};
use crate::real::{Coefficients, Real, largest};

/// A quadratic with a full Hessian.
#[derive(Clone, Copy, Debug)]
pub struct Dense<C>(pub C);

impl<C: Center> Evaluate for Dense<C> {
    #[inline(always)]
    fn gradient<R: Real>(&self, row: &impl Coefficients<R>, x: &[R], gradient: &mut [R]) {
        // Rows of the product are summed up side by side, so that the latencies overlap and each xⱼ serves several, in parts of about
        // the same size.
        let parts = x.len().div_ceil(R::SUMS);
        let size = x.len().div_ceil(parts);
        let mut first = 0;
        while first < x.len() {
            match size.min(x.len() - first) {
                8 if R::SUMS >= 8 => rows::<R, 8>(self.0, row, x, first, gradient),
                7 if R::SUMS >= 7 => rows::<R, 7>(self.0, row, x, first, gradient),
                6 => rows::<R, 6>(self.0, row, x, first, gradient),
                5 => rows::<R, 5>(self.0, row, x, first, gradient),
                4 => rows::<R, 4>(self.0, row, x, first, gradient),
                3 => rows::<R, 3>(self.0, row, x, first, gradient),
                2 => rows::<R, 2>(self.0, row, x, first, gradient),
                _ => rows::<R, 1>(self.0, row, x, first, gradient),
            }
            first += size;
        }
    }

    #[inline(always)]
    fn loss<R: Real>(&self, row: &impl Coefficients<R>, x: &[R], gradient: &[R]) -> R {
        let linear = 1 + x.len();
        let mut twice = self.0.difference(row, x, 0) * (gradient[0] + row.at(linear));
        for i in 1..x.len() {
            twice = self.0.difference(row, x, i).mul_add(gradient[i] + row.at(linear + i), twice);
        }
        R::splat(0.5).mul_add(twice, row.at(0))
    }

    #[inline(always)]
    fn copy_row<R: Real>(&self, row: &impl Coefficients<R>, dimension: usize, own: &mut [R]) {
        let own = &mut own[..1 + 2 * dimension + dimension * dimension];
        own[0] = row.at(0);
        for i in 0..dimension {
            let hessian = 1 + (2 + i) * dimension;
            if !self.0.is_origin() {
                own[1 + i] = row.at(1 + i);
            }
            own[1 + dimension + i] = row.at(1 + dimension + i);
            // Of a small A a triangle is read, as above.
            let first = if dimension <= R::SUMS { i } else { 0 };
            for j in first..dimension {
                own[hessian + j] = row.at(hessian + j);
            }
        }
    }

    #[inline(always)]
    fn exact_rate<R: Real>(&self, row: &impl Coefficients<R>, direction: &[R]) -> R {
        let (to_unit, hessian) = (largest(direction).to_unit(), 1 + 2 * direction.len());
        let (mut bend, mut length) = (R::splat(0.0), R::splat(0.0));
        for j in 0..direction.len() {
            let (part, column) = (direction[j] * to_unit, hessian + j * direction.len());
            let mut product = row.at(column) * (direction[0] * to_unit);
            for i in 1..direction.len() {
                product = row.at(column + i).mul_add(direction[i] * to_unit, product);
            }
            (bend, length) = if j == 0 { (product * part, part * part) } else { (product.mul_add(part, bend), part.mul_add(part, length)) };
        }
        length_over_bend(length, bend, direction.len())
    }
}

/// `N` components of the gradient, from `first` on. A is read by its columns, of which those of `first` stand side by side.
#[inline(always)]
fn rows<R: Real, const N: usize>(center: impl Center, row: &impl Coefficients<R>, x: &[R], first: usize, gradient: &mut [R]) {
    let dimension = x.len();
    let (linear, hessian) = (1 + dimension, 1 + 2 * dimension);
    let mut sums = [R::splat(0.0); N];
    for i in 0..N {
        sums[i] = row.at(linear + first + i);
    }
    for j in 0..dimension {
        let difference = center.difference(row, x, j);
        if dimension == N {
            // The whole of a small A: each number that stands twice is taken from one place, so that one register holds it.
            for i in 0..N {
                sums[i] = row.at(hessian + i.min(j) * dimension + i.max(j)).mul_add(difference, sums[i]);
            }
        } else {
            let column = row.part::<N>(hessian + j * dimension + first);
            for i in 0..N {
                sums[i] = column[i].mul_add(difference, sums[i]);
            }
        }
    }
    gradient[first..first + N].copy_from_slice(&sums);
}
