//! A loss around one point: f, ∇f and the eigenvalues of ∇²f = VΛVᵀ.

use faer::{Mat, Side};

use crate::analysis::minima::{Smooth, inner, norm, scale};

/// An eigenvalue beside which this part of it counts as zero.
pub(super) const FLAT: f64 = 1e-7;

/// What part of |λ|_max·(1+‖x‖) a slope along a direction without curvature may have and still be rounding.
const SLOPE_ROUNDING: f64 = 1e-15;

/// The eigenvalues of a Hessian and its eigenvectors.
#[derive(Clone, Debug)]
pub(super) struct Spectrum {
    /// Ascending (`f64[D]`).
    pub(super) values: Vec<f64>,
    /// The eigenvectors, by modes (`f64[D, D]`).
    vectors: Vec<f64>,
}

impl Spectrum {
    /// That of the symmetric `matrix`, D×D by rows; `None` where it is not finite or the iteration fails.
    pub(super) fn of(matrix: &[f64], dimension: usize) -> Option<Self> {
        if matrix.iter().any(|entry| !entry.is_finite()) {
            return None;
        }
        if dimension == 1 {
            return Some(Self { values: matrix.to_vec(), vectors: vec![1.0] });
        }
        let eigen = Mat::from_fn(dimension, dimension, |i, j| matrix[i * dimension + j]).self_adjoint_eigen(Side::Lower).ok()?;
        let values: Vec<f64> = eigen.S().column_vector().iter().copied().collect();
        let vectors: Vec<f64> = (0..dimension * dimension).map(|at| eigen.U()[(at % dimension, at / dimension)]).collect();
        values.iter().chain(&vectors).all(|value| value.is_finite()).then_some(Self { values, vectors })
    }

    /// The eigenvalues with their eigenvectors.
    pub(super) fn modes(&self) -> impl Iterator<Item = (f64, &[f64])> {
        self.values.iter().copied().zip(self.vectors.chunks_exact(self.values.len()))
    }

    /// The largest |λ|.
    pub(super) fn largest(&self) -> f64 {
        self.values.iter().fold(0.0, |largest, value| value.abs().max(largest))
    }

    /// Σ |λ| (v·x)², the square of the length of `x` in the norm of |∇²f|.
    pub(super) fn square(&self, x: &[f64]) -> f64 {
        self.modes().map(|(value, v)| value.abs() * inner(v, x).powi(2)).sum()
    }

    /// Σ (v·g)² / |λ|, the square of the length of a slope in the dual norm, modes without curvature left out.
    pub(super) fn dual_square(&self, g: &[f64]) -> f64 {
        let zero = FLAT * self.largest();
        self.modes().filter(|(value, _)| value.abs() > zero).map(|(value, v)| inner(v, g).powi(2) / value.abs()).sum()
    }
}

/// A point with all that is known of the loss there.
#[derive(Clone, Debug)]
pub(super) struct Site {
    /// x (`f64[D]`).
    pub(super) point: Vec<f64>,
    /// f(x), finite.
    pub(super) loss: f64,
    /// ∇f(x) (`f64[D]`), finite.
    pub(super) gradient: Vec<f64>,
    /// `None` where ∇²f(x) is not finite, as at a kink.
    pub(super) spectrum: Option<Spectrum>,
}

/// f and ∇f at `x`; `None` unless all is finite.
pub(super) fn finite(loss: &dyn Smooth, x: &[f64]) -> Option<(f64, Vec<f64>)> {
    let value = Some(loss.loss(x)).filter(|value| value.is_finite())?;
    let gradient = loss.gradient(x);
    gradient.iter().all(|slope| slope.is_finite()).then_some((value, gradient))
}

/// The eigenvalues of ∇²f at `x`; `None` where it is not finite.
pub(super) fn spectrum(loss: &dyn Smooth, x: &[f64]) -> Option<Spectrum> {
    Spectrum::of(&loss.hessian(x), x.len())
}

impl Site {
    /// The loss around `point`; `None` where f or ∇f is not finite.
    pub(super) fn at(loss: &dyn Smooth, point: Vec<f64>) -> Option<Self> {
        let (value, gradient) = finite(loss, &point)?;
        let spectrum = spectrum(loss, &point);
        Some(Self { point, loss: value, gradient, spectrum })
    }

    /// Newton's step with |λ| in place of λ, so that it goes down, at most half of 1 + ‖x‖ long; nowhere along a mode without curvature
    /// whose slope is rounding, and not far along one whose slope it does not explain.
    pub(super) fn step(&self) -> Vec<f64> {
        self.step_along(|_| true)
    }

    /// The part of that step along modes that curve upwards, which comes first: beside a valley it takes away the slope of the others.
    pub(super) fn step_across(&self) -> Vec<f64> {
        let zero = FLAT * self.spectrum.as_ref().map_or(0.0, Spectrum::largest);
        self.step_along(|value| value > zero)
    }

    fn step_along(&self, takes: impl Fn(f64) -> bool) -> Vec<f64> {
        let longest = 0.5 * scale(&self.point);
        let mut step = vec![0.0; self.point.len()];
        let Some(spectrum) = &self.spectrum else { return step };
        let largest = spectrum.largest();
        for (value, v) in spectrum.modes() {
            let slope = inner(v, &self.gradient);
            let is_rounding = value.abs() <= FLAT * largest && slope.abs() <= SLOPE_ROUNDING * largest * scale(&self.point);
            if slope != 0.0 && !is_rounding && takes(value) {
                let length = slope / value.abs();
                let length = if length.abs() <= 8.0 * longest { length } else { (2e-3 * longest).copysign(slope) };
                step.iter_mut().zip(v).for_each(|(s, v)| *s -= length * v);
            }
        }
        let length = norm(&step);
        if length > longest {
            step.iter_mut().for_each(|s| *s *= longest / length);
        }
        step
    }

    /// The part of Newton's step along modes with curvature, the error of a stationary point.
    pub(super) fn error(&self) -> f64 {
        self.spectrum.as_ref().map_or(0.0, |spectrum| {
            let zero = FLAT * spectrum.largest();
            let curved = spectrum.modes().filter(|(value, _)| value.abs() > zero);
            curved.map(|(value, v)| (inner(v, &self.gradient) / value).powi(2)).sum::<f64>().sqrt()
        })
    }
}
