//! Where the centre of quadratics is. Twin of `shaders/loss/shared/center.wgsl`.

use crate::real::{Coefficients, Real};

/// Whether the centre c of all quadratics is the origin: a type where a loop is compiled for each of the two, so that it asks nothing and subtracts no
/// zeros, and a `bool` where the loop is not hot, or where what it does is recorded once and compiled at run time.
pub trait Center: Copy + Sync {
    /// Whether it is.
    fn is_origin(self) -> bool;

    /// xᵢ − cᵢ for `x` (`R[D]`) and a `row` that begins with k, c₁…c_D.
    #[inline(always)]
    fn difference<R: Real>(self, row: &impl Coefficients<R>, x: &[R], i: usize) -> R {
        if self.is_origin() { x[i] } else { x[i] - row.at(1 + i) }
    }
}

/// At the origin.
#[derive(Clone, Copy, Debug)]
pub struct AtOrigin;

/// Wherever the row says.
#[derive(Clone, Copy, Debug)]
pub struct Anywhere;

impl Center for AtOrigin {
    #[inline(always)]
    fn is_origin(self) -> bool {
        true
    }
}

impl Center for Anywhere {
    #[inline(always)]
    fn is_origin(self) -> bool {
        false
    }
}

impl Center for bool {
    #[inline(always)]
    fn is_origin(self) -> bool {
        self
    }
}
