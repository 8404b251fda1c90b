//! The values of a loss on a lattice of two variables, for contours.

use rayon::prelude::*;

/// Cells along each side.
const CELLS: usize = 800;
/// The fewest of them where a formula is very long.
const FEWEST_CELLS: usize = 100;
/// The operations after which cells become coarser.
const MOST_OPERATIONS: f64 = 3e8;
/// Sides of a window that differ by more than this factor are drawn as long as each other.
const MOST_UNEQUAL: f64 = 4.0;

/// Cells along a side for a loss of this many instructions.
pub(super) fn cells(instructions: usize) -> usize {
    let affordable = (MOST_OPERATIONS / instructions.max(1) as f64).sqrt();
    (affordable as usize).clamp(FEWEST_CELLS, CELLS)
}

/// Columns and rows of so many cells along the longer side, such that both ranges have one scale, if that makes a picture.
pub(super) fn shape(cells: usize, ranges: [[f64; 2]; 2]) -> [usize; 2] {
    let [across, upwards] = ranges.map(|[low, high]| high - low);
    let ratio = upwards / across;
    let part = |part: f64| ((cells as f64 * part).round() as usize).max(2);
    match ratio {
        _ if !(1.0 / MOST_UNEQUAL..=MOST_UNEQUAL).contains(&ratio) => [cells, cells],
        _ if ratio <= 1.0 => [cells, part(ratio)],
        _ => [part(1.0 / ratio), cells],
    }
}

/// What `value` is at `columns × rows` points with both ends of the ranges among them, row by row from the lower end of the second range.
pub(super) fn values([columns, rows]: [usize; 2], [across, upwards]: [[f64; 2]; 2], value: impl Fn(f64, f64) -> f64 + Sync) -> Vec<f64> {
    let place = |number: usize, count: usize, [low, high]: [f64; 2]| low + (high - low) * number as f64 / (count - 1) as f64;
    let row = |row: usize| {
        let value = &value;
        (0..columns).map(move |column| value(place(column, columns, across), place(row, rows, upwards)))
    };
    (0..rows).into_par_iter().flat_map_iter(row).collect()
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
        let found = values([3, 2], [[0.0, 2.0], [10.0, 30.0]], |x, y| x + y);
        assert_eq!(found, [10.0, 11.0, 12.0, 30.0, 31.0, 32.0]);
    }

    #[test]
    fn both_ranges_have_one_scale_unless_one_is_much_longer() {
        for (ranges, expected) in [
            ([[0.0, 2.0], [1.0, 3.0]], [800, 800]),
            ([[0.0, 2.0], [0.0, 1.0]], [800, 400]),
            ([[0.0, 1.0], [0.0, 3.2]], [250, 800]),
            ([[0.0, 1.0], [0.0, 9.0]], [800, 800]),
        ] {
            assert_eq!(shape(800, ranges), expected);
        }
    }
}
