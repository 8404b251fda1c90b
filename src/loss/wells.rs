//! f(x) = min over wells w of ½ Σᵢ a_wᵢ(xᵢ−c_wᵢ)² + o_w, and ∇f(x)ᵢ = a_wᵢ(xᵢ−c_wᵢ) of the lowest well w, the first of equals.
//!
//! A row of coefficients is, for each well in turn, 2o, c₁…c_D, a₁…a_D: wells · (1 + 2D) numbers. Heights are compared doubled, which saves
//! a multiplication each. Twin of `shaders/loss/wells.wgsl`.

use crate::error::{Error, Result};
use crate::loss::Evaluate;
use crate::real::{Coefficients, Real};

/// The minimum over diagonal quadratics.
#[derive(Clone, Copy, Debug)]
pub struct Lowest {
    /// How many quadratics there are, at least one.
    pub wells: usize,
}

impl Evaluate for Lowest {
    const HAS_PARTS: bool = true;

    #[inline(always)]
    fn gradient<R: Real>(&self, row: &impl Coefficients<R>, x: &[R], gradient: &mut [R]) {
        let width = 1 + 2 * x.len();
        let mut lowest = twice_height(row, 0, x);
        for i in 0..x.len() {
            gradient[i] = slope(row, 0, x, i);
        }
        let mut start = width;
        while start + UNROLLED * width <= self.wells * width {
            for _ in 0..UNROLLED {
                lowest = lower(row, start, x, lowest, gradient);
                start += width;
            }
        }
        while start < self.wells * width {
            lowest = lower(row, start, x, lowest, gradient);
            start += width;
        }
    }

    #[inline(always)]
    fn loss<R: Real>(&self, row: &impl Coefficients<R>, x: &[R], _gradient: &[R]) -> R {
        let mut lowest = twice_height(row, 0, x);
        for number in 1..self.wells {
            let height = twice_height(row, number * (1 + 2 * x.len()), x);
            lowest = R::select(height.less(lowest), height, lowest);
        }
        R::splat(0.5) * lowest
    }
}

/// Wells that are compared between two turns of a loop, so that a few take no more than one.
const UNROLLED: usize = 3;

/// Compares the well whose coefficients begin at `start` with twice the lowest height so far and its gradient.
#[inline(always)]
fn lower<R: Real>(row: &impl Coefficients<R>, start: usize, x: &[R], lowest: R, gradient: &mut [R]) -> R {
    let height = twice_height(row, start, x);
    let is_lower = height.less(lowest);
    for i in 0..x.len() {
        gradient[i] = R::select(is_lower, slope(row, start, x, i), gradient[i]);
    }
    R::select(is_lower, height, lowest)
}

/// Twice the height of the well whose coefficients begin at `start`.
#[inline(always)]
fn twice_height<R: Real>(row: &impl Coefficients<R>, start: usize, x: &[R]) -> R {
    let mut twice = row.at(start);
    for i in 0..x.len() {
        twice = slope(row, start, x, i).mul_add(x[i] - row.at(start + 1 + i), twice);
    }
    twice
}

#[inline(always)]
fn slope<R: Real>(row: &impl Coefficients<R>, start: usize, x: &[R], i: usize) -> R {
    row.at(start + 1 + x.len() + i) * (x[i] - row.at(start + 1 + i))
}

/// One quadratic of the minimum.
#[derive(Clone, Debug, PartialEq)]
pub struct Well {
    /// Its height at the centre.
    pub offset: f64,
    /// Its centre (`f64[D]`).
    pub center: Vec<f64>,
    /// Its second derivatives (`f64[D]`).
    pub curvature: Vec<f64>,
}

/// The minimum over several diagonal quadratics: many basins from quadratics alone.
#[derive(Clone, Debug)]
pub struct Wells {
    wells: Vec<Well>,
    row: Vec<f32>,
}

/// How often a radius is halved: from the largest to what lies beyond any digit of the smallest.
const HALVINGS: usize = 160;

impl Well {
    /// The least it may be within `radius` of `point`, and the most.
    fn between(&self, point: &[f64], radius: f64) -> [f64; 2] {
        let distance = self.center.iter().zip(point).map(|(c, x)| (c - x) * (c - x)).sum::<f64>().sqrt();
        let (near, far) = ((distance - radius).max(0.0), distance + radius);
        let [lowest, highest] =
            self.curvature.iter().fold([f64::INFINITY, f64::NEG_INFINITY], |[low, high], a| [low.min(*a), high.max(*a)]);
        let least = if lowest < 0.0 { far } else { near };
        let most = if highest < 0.0 { near } else { far };
        [self.offset + 0.5 * lowest * least * least, self.offset + 0.5 * highest * most * most]
    }
}

impl Wells {
    /// The radius of a ball about the centre of well `number` in which it is the lowest; 0 where it is not the lowest even there, or its
    /// neighbours leave it no room.
    pub fn surroundings(&self, number: usize) -> f64 {
        let well = &self.wells[number];
        let is_below = |other: &Well, radius: f64| well.between(&well.center, radius)[1] < other.between(&well.center, radius)[0];
        let mut radius = 1e16;
        for (_, other) in self.wells.iter().enumerate().filter(|(other, _)| *other != number) {
            if is_below(other, radius) {
                continue;
            }
            let (mut inside, mut outside) = (0.0, radius);
            for _ in 0..HALVINGS {
                let middle = 0.5 * (inside + outside);
                *(if is_below(other, middle) { &mut inside } else { &mut outside }) = middle;
            }
            radius = inside;
        }
        // What a bound leaves out is more than what rounding adds, but for a last digit.
        radius * (1.0 - 1e-9)
    }

    /// The minimum over `wells`, at least one and all of one dimension, rounded to f32.
    pub fn new(wells: Vec<Well>) -> Result<Self> {
        let dimension = wells.first().map_or(0, |well| well.center.len());
        if dimension == 0 {
            return Err(Error::invalid("wells", "there is no well with a centre in it"));
        }
        let mut row = Vec::new();
        for (number, well) in wells.iter().enumerate() {
            if well.center.len() != dimension || well.curvature.len() != dimension {
                let reason = format!("well {number} does not have {dimension} centre and {dimension} curvature values");
                return Err(Error::invalid("wells", reason));
            }
            if !(2.0 * well.offset as f32).is_finite() {
                let reason = format!("twice the offset {} of well {number} is not finite in f32, which ends at 3.4e38", well.offset);
                return Err(Error::invalid("wells", reason));
            }
            row.extend([2.0 * well.offset].iter().chain(&well.center).chain(&well.curvature).map(|value| *value as f32));
        }
        if let Some(value) = row.iter().find(|value| !value.is_finite()) {
            return Err(Error::invalid("wells", format!("{value} is not finite in f32")));
        }
        let wells = row.chunks_exact(1 + 2 * dimension).map(|row| Well::unpack(row, dimension)).collect();
        Ok(Self { wells, row })
    }

    /// D.
    pub fn dimension(&self) -> usize {
        self.wells[0].center.len()
    }

    /// The wells, as rounded to f32.
    pub fn wells(&self) -> &[Well] {
        &self.wells
    }

    /// All coefficients, the one row that devices read.
    pub fn row(&self) -> &[f32] {
        &self.row
    }

    /// The number of the lowest well at `x` (`f64[D]`), the first of equals, and its height.
    pub fn lowest(&self, x: &[f64]) -> (usize, f64) {
        let heights = self.wells.iter().map(|well| well.height(x)).enumerate();
        heights.fold((0, f64::INFINITY), |lowest, next| if next.1 < lowest.1 { next } else { lowest })
    }
}

impl Well {
    /// Its height at `x` (`f64[D]`).
    pub fn height(&self, x: &[f64]) -> f64 {
        let twice: f64 = x.iter().zip(&self.center).zip(&self.curvature).map(|((x, c), a)| a * (x - c) * (x - c)).sum();
        0.5 * twice + self.offset
    }

    fn unpack(row: &[f32], dimension: usize) -> Self {
        let values: Vec<f64> = row.iter().map(|value| f64::from(*value)).collect();
        Self { offset: 0.5 * values[0], center: values[1..=dimension].to_vec(), curvature: values[1 + dimension..].to_vec() }
    }
}
