//! A map: one coloured cell for every pair of values of two inputs.

use super::axis::line_width;
use super::drawing::{Drawing, INK, Mark, Place, Raster};
use super::field::{Field, Placed, cells_span};
use super::legend::{Legend, Swatch};
use super::scale::Scale;
use super::style::Style;
use super::{Format, Rgb, text};
use crate::error::{Error, Result};

/// Small maps are drawn about this many pixels long.
const USUAL_LENGTH: usize = 900;
/// Longer maps are thinned out.
const MOST_CELLS: usize = 4096;

/// A map of coloured cells, with its title, scales and legend.
///
/// The centre of the first column lies at the horizontal scale's low end and that of the last at its high end; so do the rows, the first of
/// which is at the bottom. Without a width asked for, a cell is a block of `k × k` pixels, `k = max(1, round(900 / cells))` for the longer side;
/// where one side has less than a quarter of the other's length its cells are stretched. Where there are more cells than pixels, or more than 4096
/// along a side, some are left out, and the picture says so.
#[derive(Debug, Clone, PartialEq)]
pub struct Map {
    /// What is shown.
    pub title: String,
    /// How it was made; may be empty.
    pub subtitle: String,
    /// The scale along the bottom.
    pub horizontal: Scale,
    /// The scale along the left side.
    pub vertical: Scale,
    /// The number of cells from left to right, at least one.
    pub columns: usize,
    /// The number of cells from bottom to top, at least one.
    pub rows: usize,
    /// `columns × rows` colours, row by row from the bottom, each from the left.
    pub pixels: Vec<Rgb>,
    /// What the colours stand for; beyond 24 entries the rest is only counted.
    pub legend: Vec<(Rgb, String)>,
    /// Lines over the cells, by the values at their corners; what lies beyond the scales is left out.
    pub lines: Vec<Vec<(f64, f64)>>,
}

impl Map {
    /// Draws the map: the bytes of its file.
    ///
    /// # Errors
    /// [`Error::Invalid`] if there are no cells, if the colours are not `columns × rows`, or if a scale's ends are not finite (and positive on a
    /// logarithmic scale).
    pub fn render(&self, format: Format, style: Style) -> Result<Vec<u8>> {
        self.layout(style)?.render(format)
    }

    fn check(&self) -> Result<()> {
        check_cells("map", (self.columns, self.rows), (self.pixels.len(), "colours"), [&self.horizontal, &self.vertical])
    }

    /// The cells, their longer side over `length` pixels, with what stands around them.
    ///
    /// # Errors
    /// As [`Self::render`].
    pub(super) fn field(&self, length: usize, text: i32) -> Result<Field<'_>> {
        self.check()?;
        text::load_font()?;
        let raster = self.raster(length);
        let spans = (cells_span(self.columns, raster.size.0), cells_span(self.rows, raster.size.1));
        let scales = (&self.horizontal, &self.vertical);
        Ok(Field { title: &self.title, subtitle: self.subtitle_for(&raster), scales, spans, raster, text })
    }

    fn layout(&self, style: Style) -> Result<Drawing> {
        style.fitted(usual_length(self.columns, self.rows), |length, text| self.laid_out(length, text))
    }

    fn laid_out(&self, length: usize, size: i32) -> Result<Drawing> {
        let field = self.field(length, size)?;
        let legend = Legend::new(self.legend.iter().map(|(colour, words)| (Swatch::Block(*colour), words.as_str())), size, 20 * size);
        let at_right = legend.height(1) <= field.height() && 2 * legend.column_width() <= field.width();
        let right = if at_right && legend.column_width() > 0 { legend.column_width() + 2 * size } else { 0 };
        let mut placed = field.place(right);
        self.draw_lines(&mut placed, size);
        if at_right {
            legend.draw(&mut placed.marks, (placed.right + 2 * size, placed.top), 1);
        } else {
            let columns = legend.columns_within(placed.room);
            legend.draw(&mut placed.marks, (placed.left, placed.bottom + size), columns);
            placed.bottom += size + legend.height(columns);
        }
        Ok(placed.finish())
    }

    fn draw_lines(&self, placed: &mut Placed, size: i32) {
        for line in &self.lines {
            let corners = line.iter().map(|(x, y)| Some(placed.place(self.horizontal.place(*x)?, self.vertical.place(*y)?)));
            let corners: Vec<Option<Place>> = corners.collect();
            // Ink on a white band is seen on any colour.
            for (colour, width) in [([255; 3], 4 * line_width(size)), (INK, 2 * line_width(size))] {
                for part in corners.split(Option::is_none).filter(|part| part.len() > 1) {
                    let points = part.iter().flatten().copied().collect();
                    placed.marks.push(Mark::Curve { points, colour, width });
                }
            }
        }
    }

    /// The cells to draw, the longer side over `length` pixels and the top row first, with their origin still at 0.
    fn raster(&self, length: usize) -> Raster {
        let size = pixels_of((self.columns, self.rows), length);
        let (columns, rows) = (self.columns.min(size.0), self.rows.min(size.1));
        // The cell at the middle of what one that is drawn stands for.
        let column = |drawn: usize| (2 * drawn + 1) * self.columns / (2 * columns);
        let row = |drawn: usize| (2 * drawn + 1) * self.rows / (2 * rows);
        let cells = (0..rows).rev().flat_map(|upwards| (0..columns).map(move |across| (upwards, across)));
        let colours = cells.map(|(upwards, across)| self.pixels[row(upwards) * self.columns + column(across)]).collect();
        Raster { origin: (0, 0), size, columns, rows, colours }
    }

    fn subtitle_for(&self, raster: &Raster) -> String {
        if (raster.columns, raster.rows) == (self.columns, self.rows) {
            return self.subtitle.clone();
        }
        let thinned = format!("{} × {} of {} × {} cells drawn", raster.columns, raster.rows, self.columns, self.rows);
        if self.subtitle.is_empty() { thinned } else { format!("{} · {thinned}", self.subtitle) }
    }
}

/// Checks that there are cells, as many as there are contents of them, and that both scales are sound.
///
/// # Errors
/// [`Error::Invalid`] that names the picture or the scale.
pub(super) fn check_cells(
    picture: &str,
    (columns, rows): (usize, usize),
    (count, contents): (usize, &str),
    scales: [&Scale; 2],
) -> Result<()> {
    if columns == 0 || rows == 0 || columns.checked_mul(rows) != Some(count) {
        return Err(Error::invalid(picture, format!("{count} {contents} cannot fill {columns} × {rows} cells")));
    }
    scales.into_iter().try_for_each(Scale::check)
}

/// The pixels across and down of cells whose longer side takes `length` of them, the other one a quarter at least.
pub(super) fn pixels_of((columns, rows): (usize, usize), length: usize) -> (usize, usize) {
    let pixels = |cells: usize| (cells * length / columns.max(rows)).max(length.div_ceil(4));
    (pixels(columns), pixels(rows))
}

/// The pixels along the longer side where nothing else is asked for: whole blocks, or one for each of a few thousand cells.
pub(super) fn usual_length(columns: usize, rows: usize) -> usize {
    let longest = columns.max(rows).max(1);
    match longest.div_ceil(MOST_CELLS) {
        1 => longest * ((2 * USUAL_LENGTH + longest) / (2 * longest)).max(1),
        stride => longest.div_ceil(stride),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every cell has a colour of its own, as long as there are fewer than 2²⁴.
    fn colour(column: usize, row: usize, columns: usize) -> Rgb {
        let cell = row * columns + column;
        [(cell >> 16) as u8, (cell >> 8) as u8, cell as u8]
    }

    fn map(columns: usize, rows: usize) -> Map {
        let pixels = (0..rows).flat_map(|row| (0..columns).map(move |column| colour(column, row, columns))).collect();
        Map {
            title: "Basins of <f> & co".into(),
            subtitle: "gradient descent".into(),
            horizontal: Scale::linear("x₁", -6.0, 6.0),
            vertical: Scale::logarithmic("rate", 1e-3, 1.0),
            columns,
            rows,
            pixels,
            legend: vec![([230, 159, 0], "0: (3, 2)".into())],
            lines: Vec::new(),
        }
    }

    #[test]
    fn a_line_covers_the_cells_it_passes_and_no_others() {
        let plain = map(40, 30);
        let lined = Map { lines: vec![vec![(-6.0, 1e-3), (6.0, 1.0), (7.0, 1.0), (6.0, f64::NAN)]], ..plain.clone() };
        let [plain, lined] = [&plain, &lined].map(|map| image::load_from_memory(&written(map, Format::Png)).unwrap().into_rgb8());
        assert_eq!(plain.dimensions(), lined.dimensions());
        let changed = plain.pixels().zip(lined.pixels()).filter(|(before, after)| before != after).count();
        assert!((500..20_000).contains(&changed), "{changed}");
    }

    fn written(map: &Map, format: Format) -> Vec<u8> {
        map.render(format, Style::default()).unwrap()
    }

    #[test]
    fn every_pixel_of_a_cell_has_its_colour_and_the_first_row_is_at_the_bottom() {
        for (columns, rows) in [(1, 1), (3, 2), (1, 40), (40, 1), (64, 64), (1000, 300)] {
            let map = map(columns, rows);
            let raster = map.layout(Style::default()).unwrap().rasters[0].clone();
            let cell = (raster.size.0 / columns, raster.size.1 / rows);
            let picture = image::load_from_memory(&written(&map, Format::Png)).unwrap().into_rgb8();
            for (column, row) in [(0, 0), (columns - 1, 0), (0, rows - 1), (columns - 1, rows - 1), (columns / 2, rows / 2)] {
                let (left, top) = (column * cell.0, (rows - 1 - row) * cell.1);
                for (x, y) in [(left, top), (left + cell.0 - 1, top + cell.1 - 1)] {
                    let pixel = picture.get_pixel((raster.origin.0 as usize + x) as u32, (raster.origin.1 as usize + y) as u32);
                    assert_eq!(pixel.0, colour(column, row, columns), "{columns} × {rows}: {column}, {row}");
                }
            }
        }
    }

    #[test]
    fn the_ends_of_a_scale_lie_at_the_centres_of_the_outer_cells() {
        let span = cells_span(64, 64 * 14);
        assert_eq!((span.low, span.high), (6.5, 64.0 * 14.0 - 7.5));
    }

    #[test]
    fn small_maps_are_enlarged_and_large_ones_drawn_one_to_one() {
        let size = |columns, rows| map(columns, rows).raster(usual_length(columns, rows)).size;
        assert_eq!((size(64, 64), size(2048, 600), size(600, 400)), ((896, 896), (2048, 600), (1200, 800)));
        assert_eq!(size(100, 1), (900, 225));
    }

    #[test]
    fn a_picture_is_as_wide_as_it_is_to_be_and_its_texts_stand_free() {
        for (columns, rows) in [(64, 64), (300, 20), (20, 300), (1500, 1100)] {
            for width in [320, 400, 1000, 2000, 5000] {
                let style = Style::new(Some(width), crate::picture::Colormap::Gray).unwrap();
                let drawing = map(columns, rows).layout(style).unwrap();
                assert_eq!(drawing.width, width as i32, "{columns} × {rows}");
                drawing.assert_texts_stand_free();
                let size = drawing.rasters[0].size;
                let ratio = size.0 as f64 / size.1 as f64 / (columns as f64 / rows as f64).clamp(0.25, 4.0);
                assert!((0.9..1.1).contains(&ratio), "{columns} × {rows} at {width}: {size:?}");
            }
        }
        assert!(Style::new(Some(20), crate::picture::Colormap::Gray).is_err());
    }

    #[test]
    fn a_map_of_too_many_cells_is_thinned_and_says_so() {
        let map = map(9000, 2);
        let drawing = map.layout(Style::default()).unwrap();
        let raster = &drawing.rasters[0];
        assert_eq!((raster.columns, raster.rows), (3000, 2));
        assert_eq!(raster.colours[3000 + 1], colour(4, 0, 9000));
        assert!(String::from_utf8(written(&map, Format::Svg)).unwrap().contains("gradient descent · 3000 × 2 of 9000 × 2 cells drawn"));
    }

    #[test]
    fn the_svg_holds_title_scales_ticks_legend_and_cells() {
        let svg = String::from_utf8(written(&map(64, 32), Format::Svg)).unwrap();
        for words in ["Basins of &lt;f&gt; &amp; co", "x₁", "rate", "−6", "0.001", "0: (3, 2)", "data:image/png;base64,", "pixelated"] {
            assert!(svg.contains(words), "{words}");
        }
        assert!(svg.starts_with("<svg") && svg.trim_end().ends_with("</svg>"));
        assert_eq!(svg.matches("<text").count(), svg.matches("</text>").count());
    }

    #[test]
    fn no_text_leaves_the_picture_or_touches_another() {
        let long = "a title of many words ".repeat(30);
        for (columns, rows) in [(1, 1), (64, 64), (1, 300), (300, 1), (2000, 900)] {
            for entries in [0, 1, 24, 121] {
                let legend = (0..entries).map(|entry| ([0, 0, entry as u8], format!("{entry}: {}", "long ".repeat(entry)))).collect();
                let map = Map { legend, title: long.clone(), vertical: Scale::linear(long.clone(), -1e-7, 3e-7), ..map(columns, rows) };
                map.layout(Style::default()).unwrap().assert_texts_stand_free();
            }
        }
    }

    #[test]
    fn a_legend_lists_24_entries_and_counts_the_rest() {
        let map = Map { legend: (0..121).map(|entry| ([0; 3], format!("basin {entry}"))).collect(), ..map(8, 8) };
        let svg = String::from_utf8(written(&map, Format::Svg)).unwrap();
        assert!(svg.contains("basin 23\n") && !svg.contains("basin 24\n") && svg.contains("… and 97 more"));
    }

    #[test]
    fn scales_without_length_are_drawn() {
        let map = Map { horizontal: Scale::linear("x", 2.0, 2.0), vertical: Scale::logarithmic("y", 0.1, 0.1), ..map(5, 5) };
        written(&map, Format::Png);
    }

    #[test]
    fn what_is_not_a_map_is_refused() {
        let wrong = [
            Map { pixels: vec![], columns: 0, ..map(2, 2) },
            Map { rows: 3, ..map(2, 2) },
            Map { columns: usize::MAX, ..map(2, 2) },
            Map { horizontal: Scale::linear("x", f64::NAN, 1.0), ..map(2, 2) },
            Map { vertical: Scale::logarithmic("y", -1.0, 1.0), ..map(2, 2) },
        ];
        for map in wrong {
            assert!(matches!(map.render(Format::Png, Style::default()), Err(Error::Invalid { .. })));
        }
    }
}
