//! The values of a loss on a lattice of two variables, for contours.

use rayon::prelude::*;

/// Cells along each side.
const CELLS: usize = 800;
/// The fewest of them where a formula is very long.
const FEWEST_CELLS: usize = 100;
/// The operations after which cells become coarser.
const MOST_OPERATIONS: f64 = 2e9;

/// Cells along a side for a loss of this many instructions.
pub(super) fn cells(instructions: usize) -> usize {
    let affordable = (MOST_OPERATIONS / instructions.max(1) as f64).sqrt();
    (affordable as usize).clamp(FEWEST_CELLS, CELLS)
}

/// What `value` is at `cells × cells` points with both ends of the ranges among them, row by row from the lower end of the second range.
pub(super) fn values(cells: usize, [across, upwards]: [[f64; 2]; 2], value: impl Fn(f64, f64) -> f64 + Sync) -> Vec<f64> {
    let place = |number: usize, [low, high]: [f64; 2]| low + (high - low) * number as f64 / (cells - 1) as f64;
    let row = |row: usize| {
        let value = &value;
        (0..cells).map(move |column| value(place(column, across), place(row, upwards)))
    };
    (0..cells).into_par_iter().flat_map_iter(row).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_formulas_have_coarser_cells() {
        assert_eq!((cells(10), cells(1_000_000)), (CELLS, FEWEST_CELLS));
        assert!((FEWEST_CELLS..CELLS).contains(&cells(20_000)));
    }

    #[test]
    fn the_ends_of_both_ranges_are_met_and_rows_go_upwards() {
        let found = values(3, [[0.0, 2.0], [10.0, 30.0]], |x, y| x + y);
        assert_eq!(found, [10.0, 11.0, 12.0, 20.0, 21.0, 22.0, 30.0, 31.0, 32.0]);
    }
}
