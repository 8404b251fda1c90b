//! Every loss's gradient against central differences of its value, in f64.
#![cfg(test)]

use proptest::prelude::*;
use thalweg::loss::{Anywhere, AtOrigin, Dense, Diagonal, Evaluate, Lowest};
use thalweg::real::Shared;

/// f and ∇f at `x`.
fn evaluated(loss: impl Evaluate, row: &[f32], x: &[f64]) -> (f64, Vec<f64>) {
    let mut gradient = vec![0.0; x.len()];
    (loss.evaluate(&Shared(row), x, &mut gradient), gradient)
}

/// The largest difference between ∇f and central differences at `x`, as a share of the gradient's size.
fn discrepancy(loss: impl Evaluate, row: &[f32], x: &[f64]) -> f64 {
    const STEP: f64 = 1e-5;
    let value = |x: &[f64]| evaluated(loss, row, x).0;
    let gradient = evaluated(loss, row, x).1;
    let size = gradient.iter().fold(1.0_f64, |size, g| size.max(g.abs()));
    let difference = |i: usize| {
        let moved = |by: f64| x.iter().enumerate().map(|(j, x)| if i == j { x + by } else { *x }).collect::<Vec<_>>();
        (value(&moved(STEP)) - value(&moved(-STEP))) / (2.0 * STEP)
    };
    (0..x.len()).map(|i| (gradient[i] - difference(i)).abs() / size).fold(0.0, f64::max)
}

/// A row for `dense` in which A is symmetric, as it must be.
fn symmetric(dimension: usize, mut row: Vec<f32>) -> Vec<f32> {
    let start = 1 + 2 * dimension;
    for i in 0..dimension {
        for j in 0..i {
            row[start + i * dimension + j] = row[start + j * dimension + i];
        }
    }
    row
}

proptest! {
    #[test]
    fn quadratics_have_the_gradient_of_their_value(
        dimension in 1_usize..9, numbers in prop::collection::vec(-3.0_f32..3.0, 97), x in prop::collection::vec(-4.0..4.0, 8)
    ) {
        let x: &[f64] = &x[..dimension];
        prop_assert!(discrepancy(Diagonal(Anywhere), &numbers[..1 + 3 * dimension], x) < 1e-6);
        let row = symmetric(dimension, numbers[..1 + 2 * dimension + dimension * dimension].to_vec());
        prop_assert!(discrepancy(Dense(Anywhere), &row, x) < 1e-6);
        prop_assert!(discrepancy(Dense(AtOrigin), &row, x) < 1e-6 && discrepancy(Diagonal(AtOrigin), &row, x) < 1e-6);
    }

    #[test]
    fn a_center_that_is_not_read_is_the_origin(
        dimension in 1_usize..9, numbers in prop::collection::vec(-3.0_f32..3.0, 97), x in prop::collection::vec(-4.0..4.0, 8)
    ) {
        let x: &[f64] = &x[..dimension];
        let mut at_origin = numbers.clone();
        at_origin[1..=dimension].fill(0.0);
        let (dense, diagonal) = (evaluated(Dense(Anywhere), &at_origin, x), evaluated(Diagonal(Anywhere), &at_origin, x));
        prop_assert_eq!(evaluated(Dense(AtOrigin), &numbers, x), dense.clone());
        prop_assert_eq!(evaluated(Dense(true), &numbers, x), dense);
        prop_assert_eq!(evaluated(Diagonal(AtOrigin), &numbers, x), diagonal);
    }

    #[test]
    fn wells_have_the_gradient_of_their_lowest_piece(
        dimension in 1_usize..6, wells in 1_usize..5, numbers in prop::collection::vec(0.125_f32..3.0, 44), x in prop::collection::vec(-4.0..4.0, 5)
    ) {
        let (x, row): (&[f64], &[f32]) = (&x[..dimension], &numbers[..wells * (1 + 2 * dimension)]);
        let mut heights: Vec<f64> = row
            .chunks(1 + 2 * dimension)
            .map(|row| Lowest { wells: 1 }.evaluate(&Shared(row), x, &mut vec![0.0; dimension]))
            .collect();
        heights.sort_by(f64::total_cmp);
        // On a crease there is no gradient to compare.
        prop_assume!(wells == 1 || heights[1] - heights[0] > 1e-3);
        let loss = Lowest { wells };
        prop_assert!(discrepancy(loss, row, x) < 1e-6);
    }

    #[test]
    fn the_comparison_sees_a_row_that_is_not_symmetric(off in 0.5_f32..2.0) {
        // ½ xᵀAx has the gradient ½ (A + Aᵀ) x, which A x is not. Of a smaller A only a triangle is read.
        const D: usize = 7;
        let mut row = [0.0; 1 + 2 * D + D * D];
        (0..D).for_each(|i| row[1 + 2 * D + i * D + i] = 1.0);
        row[1 + 2 * D + 1] = off;
        prop_assert!(discrepancy(Dense(Anywhere), &row, &[1.0; D]) > 1e-3);
    }
}
