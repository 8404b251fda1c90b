//! The cells of contours: interpolated, in the colours of their bands, with a line between them.

use rayon::prelude::*;

use super::{Contour, NO_VALUE};
use crate::picture::Rgb;
use crate::picture::drawing::Raster;
use crate::picture::levels::Bands;
use crate::picture::palette::Colormap;

/// How much of its colour a pixel keeps beside a higher band; a thin line between bands is what comes of it.
const LINE: f64 = 0.72;
/// Where a larger part of the pixels would be lines, they would hide the colours, and there are none.
const MOST_LINES: f64 = 0.25;
/// So many lines side by side would cover the contours.
const THIN: usize = 900;

impl Contour {
    /// Colours the cells of `raster`, each by the value at its middle.
    pub(super) fn paint(&self, raster: &mut Raster, bands: Option<&Bands>, colormap: Colormap) {
        let (columns, rows) = (raster.columns, raster.rows);
        // The top row first.
        let value =
            |pixel: usize| self.between(along(self.columns, columns, pixel % columns), along(self.rows, rows, rows - 1 - pixel / columns));
        // Bands are few, and pixels many.
        let band = |pixel: usize| bands?.of_value(value(pixel)).map(|band| band as u8);
        let pixels: Vec<Option<u8>> = (0..columns * rows).into_par_iter().map(band).collect();
        let thickness = (columns.max(rows) / THIN).max(1);
        let edges: Vec<bool> = (0..pixels.len()).into_par_iter().map(|pixel| is_edge(&pixels, columns, pixel, thickness)).collect();
        let has_lines = edges.iter().filter(|is_edge| **is_edge).count() as f64 <= MOST_LINES * pixels.len() as f64;
        let count = bands.map_or(1, Bands::count);
        let colour = |(band, is_edge): (&Option<u8>, &bool)| {
            let Some(band) = band else { return NO_VALUE };
            let colour = band_colour((*band).into(), count, colormap);
            if *is_edge && has_lines { colour.map(|channel| (f64::from(channel) * LINE) as u8) } else { colour }
        };
        raster.colours = pixels.iter().zip(&edges).map(colour).collect();
    }

    /// The value between four cells, linear in both directions; where one of them has none, that of the nearest cell.
    fn between(&self, (column, right): (usize, f64), (row, up): (usize, f64)) -> f64 {
        let value = |column: usize, row: usize| self.values[row.min(self.rows - 1) * self.columns + column.min(self.columns - 1)];
        let corners = [value(column, row), value(column + 1, row), value(column, row + 1), value(column + 1, row + 1)];
        if corners.iter().all(|corner| corner.is_finite()) {
            let [low, high] = [0, 2].map(|at| corners[at] + (corners[at + 1] - corners[at]) * right);
            return low + (high - low) * up;
        }
        corners[usize::from(right > 0.5) + 2 * usize::from(up > 0.5)]
    }
}

/// The cell of `cells` before the middle of a pixel, of as many as cover them, and how far from it to the next the middle lies. The first and the
/// last pixel lie on the first and the last cell.
fn along(cells: usize, pixels: usize, pixel: usize) -> (usize, f64) {
    let place = (cells - 1) as f64 * pixel as f64 / (pixels - 1).max(1) as f64;
    (place as usize, place.fract())
}

/// Whether there is a higher band within `thickness` pixels, across or upwards.
fn is_edge(pixels: &[Option<u8>], columns: usize, pixel: usize, thickness: usize) -> bool {
    let Some(band) = pixels[pixel] else { return false };
    let column = pixel % columns;
    let around = (1..=thickness).flat_map(|far| {
        let beside = [(column + far < columns).then_some(pixel + far), (column >= far).then(|| pixel - far)];
        beside.into_iter().chain([Some(pixel + far * columns), pixel.checked_sub(far * columns)])
    });
    around.flatten().filter_map(|other| pixels.get(other).copied().flatten()).any(|other| other > band)
}

pub(super) fn band_colour(band: usize, count: usize, colormap: Colormap) -> Rgb {
    colormap.colour(if count > 1 { band as f64 / (count - 1) as f64 } else { 0.5 })
}

#[cfg(test)]
mod tests {
    use super::super::tests::contour;
    use super::*;
    use crate::picture::style::Style;

    #[test]
    fn low_values_are_dark_and_high_ones_light_and_what_has_no_value_is_grey() {
        let mut contour = Contour { marked: vec![], ..contour(101, 101) };
        contour.values[101 * 50 + 1] = f64::NAN;
        let raster = contour.layout(Style::new(Some(800), Colormap::Viridis).unwrap()).unwrap().rasters[0].clone();
        let (columns, rows) = (raster.columns, raster.rows);
        let pixel =
            |right: f64, down: f64| raster.colours[(down * (rows - 1) as f64) as usize * columns + (right * (columns - 1) as f64) as usize];
        let brightness = |right: f64, down: f64| pixel(right, down).iter().map(|channel| u32::from(*channel)).sum::<u32>();
        assert!(brightness(0.5, 0.5) < 170 && brightness(1.0, 0.5) < brightness(0.0, 0.0), "{:?}", pixel(0.5, 0.5));
        assert_eq!(pixel(0.0, 0.0), Colormap::Viridis.colour(1.0));
        let grey = raster.colours.iter().filter(|pixel| **pixel == NO_VALUE).count() * 100 * 100;
        assert!((columns * rows / 2..2 * columns * rows).contains(&grey), "{grey} {columns} {rows}");
    }

    #[test]
    fn values_between_cells_are_interpolated_and_the_outer_cells_are_met() {
        // A plane is its own interpolation.
        let plane = |x: f64, y: f64| 2.0 * x - 3.0 * y;
        let values = (0..12).map(|cell| plane(f64::from(cell % 4), f64::from(cell / 4))).collect();
        let contour = Contour { columns: 4, rows: 3, values, ..contour(4, 3) };
        for (pixel, x) in [(0, 0.0), (3, 1.0), (9, 3.0), (4, 4.0 / 3.0)] {
            for (line, y) in [(0, 0.0), (5, 2.0), (2, 0.8)] {
                let found = contour.between(along(4, 10, pixel), along(3, 6, line));
                assert!((found - plane(x, y)).abs() < 1e-12, "{pixel} {line}: {found}");
            }
        }
        assert_eq!((along(1, 10, 7), along(5, 1, 0)), ((0, 0.0), (0, 0.0)));
    }
}
