//! Filled contours: bands of values in one colour each, points marked on them, and the colour bar beside them.

mod cells;
mod ways;

use self::cells::band_colour;
use super::axis::{draw_frame, line_width, tick_length};
use super::drawing::{Anchor, Drawing, FINENESS, INK, Mark, Pixel, Raster};
use super::field::{Field, cells_span, lines};
use super::legend::{Legend, Swatch};
use super::levels::Bands;
use super::map::{check_cells, pixels_of, usual_length};
use super::palette::Colormap;
use super::scale::Scale;
use super::style::Style;
use super::symbol::Symbol;
use super::{Format, Rgb, palette, text};
use crate::error::Result;

/// What has no value: a grey that is no colour of the bands.
const NO_VALUE: Rgb = [190; 3];
/// Beyond so many pixels a field has no finer ones.
const WIDEST_FINE: usize = 3000;

/// Points that are marked alike.
#[derive(Debug, Clone, PartialEq)]
pub struct Marked {
    /// What the legend calls them.
    pub name: String,
    /// How they are marked.
    pub symbol: Symbol,
    /// Where they are; those beyond the scales are left out, and so is a legend for none.
    pub points: Vec<(f64, f64)>,
}

/// A way through the contours, with an arrow on the first of its longer parts.
#[derive(Debug, Clone, PartialEq)]
pub struct Path {
    /// What the legend calls it; without a name it is not in the legend.
    pub name: String,
    /// The points that it joins; beyond the scales it is cut, and where one is not finite it ends.
    pub points: Vec<(f64, f64)>,
}

/// An arrow from a point to another, beside which it stands, on top of all ways.
#[derive(Debug, Clone, PartialEq)]
pub struct Arrow {
    /// What the legend calls it.
    pub name: String,
    /// Where it begins and ends.
    pub ends: [(f64, f64); 2],
}

/// A function of two numbers as filled contours, with its title, scales, legend and colour bar.
///
/// Values and scales lie as the cells of a [`Map`](super::Map); between them values are interpolated, so that lines are smooth at any size. The
/// levels are quantiles of the values, closer together the lower they are.
#[derive(Debug, Clone, PartialEq)]
pub struct Contour {
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
    /// What the values are; stands above the colour bar.
    pub name: String,
    /// `columns × rows` values, row by row from the bottom, each from the left; those that are not finite are grey.
    pub values: Vec<f64>,
    /// Points on the contours.
    pub marked: Vec<Marked>,
    /// Ways through them, in the order of their colours.
    pub paths: Vec<Path>,
    /// Arrows over them.
    pub arrows: Vec<Arrow>,
    /// Many points in colours of their own, in small.
    pub swarm: Vec<((f64, f64), Rgb)>,
    /// What the colours of the swarm stand for; beyond a legend's room the rest is only counted.
    pub keys: Vec<(Rgb, String)>,
}

impl Contour {
    /// Draws the contours: the bytes of their file.
    ///
    /// # Errors
    /// [`Error::Invalid`](crate::Error::Invalid) if there are no values or not `columns × rows`, or if a scale's ends are not finite.
    pub fn render(&self, format: Format, style: Style) -> Result<Vec<u8>> {
        self.layout(style)?.render(format)
    }

    pub(super) fn layout(&self, style: Style) -> Result<Drawing> {
        check_cells("contours", (self.columns, self.rows), (self.values.len(), "values"), [&self.horizontal, &self.vertical])?;
        text::load_font()?;
        let bands = Bands::of(&self.values);
        let mut drawing =
            style.fitted(usual_length(self.columns, self.rows), |length, text| Ok(self.laid_out(bands.as_ref(), style, length, text)))?;
        // Only now, since it takes a few attempts to find the size.
        drawing.rasters.iter_mut().for_each(|raster| self.paint(raster, bands.as_ref(), style.colormap));
        Ok(drawing)
    }

    /// All but the colours of the cells, whose longer side takes `length` pixels.
    fn laid_out(&self, bands: Option<&Bands>, style: Style, length: usize, size: i32) -> Drawing {
        let (colormap, is_below) = (style.colormap, style.is_narrow());
        let field = self.field(length, size);
        let height = field.height();
        let legend = self.legend(size);
        let bar_width = bands.map_or(0, |bands| bar_width(bands, &self.name, size));
        let mut placed = field.place(2 * size + bar_width.max(if is_below { 0 } else { legend.column_width() }));
        let (x, mut y) = (placed.right + 2 * size, placed.top);
        let floor = y + height;
        if !is_below {
            legend.draw(&mut placed.marks, (x, y), 1);
            y += legend.height(1);
        }
        if let Some(bands) = bands {
            y = lines(&mut placed.marks, std::slice::from_ref(&self.name), (x, y + size / 2), size, INK, Anchor::Start) + size / 2;
            // Low cells would leave the bar no room, but it may go on below them.
            let bottom = floor.max(y + 8 * size);
            let corners = [(x, y), (x + 3 * size / 2, bottom)];
            draw_bar(&mut placed.marks, bands, colormap, corners, size);
            draw_frame(&mut placed.marks, corners, size);
            placed.bottom = placed.bottom.max(bottom + size);
        }
        placed.bottom = placed.bottom.max(y);
        if is_below {
            let columns = legend.columns_within(placed.room);
            legend.draw(&mut placed.marks, (placed.left, placed.bottom + size), columns);
            placed.bottom += size + legend.height(columns);
        }
        for ((x, y), colour) in &self.swarm {
            if let (Some(across), Some(upwards)) = (self.horizontal.place(*x), self.vertical.place(*y)) {
                let at = placed.pixel(across, upwards);
                // A dark rim, since the contours have the colours of the points.
                placed.marks.push(Mark::Disc { at, radius: (size / 8).max(1) + 1, colour: INK });
                placed.marks.push(Mark::Disc { at, radius: (size / 8).max(1), colour: *colour });
            }
        }
        // The first on top.
        for (colour, path) in self.coloured_paths().collect::<Vec<_>>().into_iter().rev() {
            self.draw_path(&mut placed, path, colour, size);
        }
        self.arrows.iter().for_each(|arrow| self.draw_arrow(&mut placed, arrow, size));
        for marked in &self.marked {
            let places: Vec<Pixel> = self.places(marked).map(|(across, upwards)| placed.pixel(across, upwards)).collect();
            places.into_iter().for_each(|at| marked.symbol.draw(&mut placed.marks, at, size));
        }
        placed.finish()
    }

    fn field(&self, length: usize, text: i32) -> Field<'_> {
        let (columns, rows) = pixels_of((self.columns, self.rows), length);
        let fineness = if columns.max(rows) > WIDEST_FINE { 1 } else { FINENESS as usize };
        let [fine_columns, fine_rows] = [columns, rows].map(|pixels| pixels * fineness);
        let raster = Raster { origin: (0, 0), size: (columns, rows), columns: fine_columns, rows: fine_rows, colours: Vec::new() };
        let spans = (cells_span(columns, columns), cells_span(rows, rows));
        Field { title: &self.title, subtitle: self.subtitle.clone(), scales: (&self.horizontal, &self.vertical), spans, raster, text }
    }

    /// The fractions of both scales at which points are drawn.
    fn places(&self, marked: &Marked) -> impl Iterator<Item = (f64, f64)> {
        marked.points.iter().filter_map(move |(x, y)| Some((self.horizontal.place(*x)?, self.vertical.place(*y)?)))
    }

    fn legend(&self, size: i32) -> Legend {
        let named = self.coloured_paths().filter(|(_, path)| !path.name.is_empty());
        let ways = named.map(|(colour, path)| (Swatch::Line(colour), path.name.as_str()));
        let drawn = self.marked.iter().filter(|marked| self.places(marked).next().is_some());
        let arrows = self.arrows.iter().map(|arrow| (Swatch::Line(INK), arrow.name.as_str()));
        let symbols = drawn.map(|marked| (Swatch::Symbol(marked.symbol), marked.name.as_str()));
        let keys = self.keys.iter().map(|(colour, words)| (Swatch::Block(*colour), words.as_str()));
        let has_gap = self.values.iter().any(|value| !value.is_finite());
        let gap = has_gap.then_some((Swatch::Block(NO_VALUE), "not finite"));
        Legend::new(ways.chain(arrows).chain(symbols).chain(keys).chain(gap), size, 15 * size)
    }

    fn coloured_paths(&self) -> impl Iterator<Item = (Rgb, &Path)> {
        palette::LINES.iter().copied().cycle().zip(&self.paths)
    }
}

fn bar_width(bands: &Bands, name: &str, size: i32) -> i32 {
    let widest = bands.labels.iter().map(|label| text::width(label, size)).max().unwrap_or(0);
    (3 * size / 2 + 2 * tick_length(size) + widest).max(text::width(name, size))
}

/// Draws the bands above each other, the lowest at the bottom, with labels at their edges as far as there is room.
fn draw_bar(marks: &mut Vec<Mark>, bands: &Bands, colormap: Colormap, [(left, top), (right, bottom)]: [Pixel; 2], size: i32) {
    let count = bands.count();
    let edge = |number: usize| bottom - ((bottom - top) as usize * number / count) as i32;
    for band in 0..count {
        marks.push(Mark::Rectangle { corners: [(left, edge(band + 1)), (right, edge(band))], colour: band_colour(band, count, colormap) });
    }
    let stride = (4 * size as usize / 3 * count).div_ceil((bottom - top) as usize).max(1);
    for number in (0..=count).step_by(stride) {
        let (y, tick) = (edge(number), tick_length(size));
        marks.push(Mark::Line { points: vec![(right, y), (right + tick, y)], colour: INK, width: line_width(size) });
        let (at, words) = ((right + 2 * tick, y), bands.labels[number].clone());
        marks.push(Mark::Text { at, words, size, colour: INK, anchor: Anchor::Start });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Error;

    pub(super) fn contour(columns: usize, rows: usize) -> Contour {
        let place = |cell: usize, cells: usize| 4.0 * cell as f64 / (cells.max(2) - 1) as f64 - 2.0;
        let value = |cell: usize| place(cell % columns, columns).powi(2) + 10.0 * place(cell / columns, rows).powi(2);
        let marked = |name: &str, symbol, points: &[(f64, f64)]| Marked { name: name.into(), symbol, points: points.to_vec() };
        Contour {
            title: "bowl".into(),
            subtitle: "x^2 + 10*y^2".into(),
            horizontal: Scale::linear("x", -2.0, 2.0),
            vertical: Scale::linear("y", -2.0, 2.0),
            columns,
            rows,
            name: "f".into(),
            values: (0..columns * rows).map(value).collect(),
            paths: Vec::new(),
            arrows: Vec::new(),
            swarm: Vec::new(),
            keys: Vec::new(),
            marked: vec![marked("minima", Symbol::Disc, &[(0.0, 0.0)]), marked("saddles", Symbol::Cross, &[(1.0, 1.0), (7.0, 0.0)])],
        }
    }

    fn pixels(contour: &Contour) -> image::RgbImage {
        let bytes = contour.render(Format::Png, Style::default()).unwrap();
        image::load_from_memory(&bytes).unwrap().into_rgb8()
    }

    #[test]
    fn symbols_lie_over_the_cells_where_their_points_are() {
        let contour = contour(101, 101);
        let raster = contour.layout(Style::default()).unwrap().rasters[0].clone();
        let cell = (raster.size.0 / 101, raster.size.1 / 101);
        let picture = pixels(&contour);
        let centre = |column: usize, row: usize| {
            let at = |cell: usize, block: usize| cell * block + block / 2;
            let (x, y) = (at(column, cell.0), at(100 - row, cell.1));
            picture.get_pixel(raster.origin.0 as u32 + x as u32, raster.origin.1 as u32 + y as u32).0
        };
        assert_eq!((centre(50, 50), centre(75, 75)), ([255; 3], [255; 3]));
        assert_ne!(centre(99, 50), [255; 3]);
    }

    #[test]
    fn the_svg_shows_the_cells_beneath_the_symbols() {
        let bytes = contour(20, 20).render(Format::Svg, Style::default()).unwrap();
        let svg = String::from_utf8(bytes).unwrap();
        let (cells, symbol) = (svg.find("<image").unwrap(), svg.find("<circle").unwrap());
        assert!(svg.find("<rect").unwrap() < cells && cells < symbol, "{cells} {symbol}");
        assert!(["bowl", "minima", "saddles", "pixelated"].iter().all(|words| svg.contains(words)) && !svg.contains("not finite"));
    }

    #[test]
    fn the_legend_lists_what_is_there() {
        let mut contour = contour(20, 20);
        contour.values[3] = f64::INFINITY;
        contour.marked[1].points = vec![(7.0, 0.0)];
        let bytes = contour.render(Format::Svg, Style::default()).unwrap();
        let svg = String::from_utf8(bytes).unwrap();
        assert!(svg.contains("not finite") && svg.contains("minima") && !svg.contains("saddles"));
    }

    #[test]
    fn no_text_leaves_the_picture_or_touches_another() {
        let long = "a title of many words ".repeat(20);
        for (columns, rows) in [(1, 1), (30, 30), (800, 800), (300, 2), (2, 300)] {
            for scale in [1.0, 1e-9, 1e12] {
                let mut contour = Contour { title: long.clone(), ..contour(columns, rows) };
                contour.values.iter_mut().for_each(|value| *value = *value * scale - 3.0 * scale);
                contour.values[0] = f64::NAN;
                contour.layout(Style::default()).unwrap().assert_texts_stand_free();
            }
        }
    }

    #[test]
    fn what_has_no_finite_value_or_one_value_only_is_drawn() {
        for value in [f64::NAN, f64::INFINITY, 0.0, -3.0, f64::MAX] {
            pixels(&Contour { values: vec![value; 25], ..contour(5, 5) });
        }
    }

    #[test]
    fn what_is_no_contour_is_refused() {
        let wrong = [Contour { values: vec![], columns: 0, ..contour(2, 2) }, Contour { rows: 3, ..contour(2, 2) }];
        for contour in wrong {
            assert!(matches!(contour.render(Format::Png, Style::default()), Err(Error::Invalid { .. })));
        }
    }
}
