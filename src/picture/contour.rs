//! Filled contours: bands of values in one colour each, points marked on them, and the colour bar beside them.

use std::io::Write;

use rayon::prelude::*;

use super::axis::{draw_frame, line_width, tick_length};
use super::curves::{clip, trace};
use super::drawing::{Anchor, Drawing, FINENESS, INK, Mark, Pixel, Place, Raster};
use super::field::{Field, Placed, cells_span, lines};
use super::legend::{Legend, Swatch};
use super::levels::Bands;
use super::map::usual_length;
use super::palette::Colormap;
use super::scale::Scale;
use super::style::Style;
use super::symbol::Symbol;
use super::{Format, Rgb, palette, text};
use crate::error::{Error, Result};

/// What has no value: a grey that is no colour of the bands.
const NO_VALUE: Rgb = [190; 3];
/// How much of its colour a pixel keeps beside a higher band; a thin line between bands is what comes of it.
const LINE: f64 = 0.72;
/// Where a larger part of the pixels would be lines, they would hide the colours, and there are none.
const MOST_LINES: f64 = 0.25;
/// So many lines side by side would cover the contours.
const THIN: usize = 900;
/// Beyond so many pixels a field has no finer ones.
const WIDEST_FINE: usize = 3000;
/// Points of a way beyond which it is drawn thin, so as not to hide the contours.
const LONG: usize = 40;
/// Parts of a way that have an arrow, at most.
const MOST_HEADS: usize = 6;

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

/// An arrow from a point to another, on top of all ways.
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
    /// Draws the contours and writes them to `out`.
    ///
    /// # Errors
    /// [`Error::Invalid`] if there are no values or not `columns × rows`, or if a scale's ends are not finite; [`Error::File`] if `out` refuses the
    /// bytes.
    pub fn write(&self, format: Format, style: Style, out: &mut dyn Write) -> Result<()> {
        self.layout(style)?.write(format, out)
    }

    pub(super) fn layout(&self, style: Style) -> Result<Drawing> {
        self.check()?;
        text::load_font()?;
        let bands = Bands::of(&self.values);
        let mut drawing =
            style.fitted(usual_length(self.columns, self.rows), |length, text| Ok(self.laid_out(bands.as_ref(), style, length, text)))?;
        // Only now, since it takes a few attempts to find the size.
        drawing.rasters.iter_mut().for_each(|raster| self.paint(raster, bands.as_ref(), style.colormap));
        Ok(drawing)
    }

    fn check(&self) -> Result<()> {
        if self.columns == 0 || self.rows == 0 || self.columns.checked_mul(self.rows) != Some(self.values.len()) {
            let reason = format!("{} values cannot fill {} × {} cells", self.values.len(), self.columns, self.rows);
            return Err(Error::invalid("contours", reason));
        }
        self.horizontal.check()?;
        self.vertical.check()
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
        let longest = self.columns.max(self.rows);
        let pixels = |cells: usize| (cells * length / longest).max(length.div_ceil(4)).max(1);
        let (columns, rows) = (pixels(self.columns), pixels(self.rows));
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

    /// Draws a way to where it leaves the field for good: on a white band, so that it shows on every colour. A long one is thin.
    fn draw_path(&self, placed: &mut Placed, path: &Path, colour: Rgb, size: i32) {
        let field = placed.field();
        let [(left, top), (right, bottom)] = field;
        let is_inside = |(x, y): &Place| (left..=right).contains(x) && (top..=bottom).contains(y);
        let mut places: Vec<Option<Place>> = path.points.iter().map(|point| self.placed(placed, *point)).collect();
        let stay = places.iter().rposition(|place| place.as_ref().is_some_and(is_inside)).map_or(1, |last| last + 2);
        places.truncate(stay);
        let is_long = places.len() > LONG;
        let stroke = if is_long { 2 } else { 3 };
        let lines = trace(&places, field).lines;
        for (colour, width) in [([255; 3], (stroke + 2) * line_width(size)), (colour, stroke * line_width(size))] {
            placed.marks.extend(lines.iter().map(|points| Mark::Curve { points: points.clone(), colour, width }));
        }
        // On what zigzags in a valley the later ones would make a line of their own.
        let parts = places.windows(2).filter_map(|pair| clip(pair[0]?, pair[1]?, field));
        let arm = 0.45 * f64::from(size);
        let heads = parts.filter(|(from, to)| (to.0 - from.0).hypot(to.1 - from.1) > 3.0 * arm).take(MOST_HEADS);
        let heads = heads.map(|(from, to)| Mark::Curve { points: head(from, to, (0.6, arm)), colour, width: stroke * line_width(size) });
        placed.marks.extend(heads.collect::<Vec<_>>());
        let radius = if is_long { (size / 10).max(1) } else { (size / 6).max(2) };
        let at = |(x, y): &Place| (x.round() as i32, y.round() as i32);
        placed.marks.extend(places.iter().flatten().filter(|place| is_inside(place)).map(|place| Mark::Disc {
            at: at(place),
            radius,
            colour,
        }));
    }

    fn draw_arrow(&self, placed: &mut Placed, arrow: &Arrow, size: i32) {
        if let [Some(from), Some(to)] = arrow.ends.map(|end| self.placed(placed, end)) {
            let strokes = [vec![from, to], head(from, to, (1.0, 0.6 * f64::from(size)))];
            for (colour, width) in [([255; 3], 4 * line_width(size)), (INK, 2 * line_width(size))] {
                placed.marks.extend(strokes.iter().map(|points| Mark::Curve { points: points.clone(), colour, width }));
            }
        }
    }

    /// Where a point lies; so far beyond the field that no direction changes, but not beyond what can be squared.
    fn placed(&self, placed: &Placed, (x, y): (f64, f64)) -> Option<Place> {
        let near = |fraction: f64| fraction.clamp(-1e100, 1e100);
        Some(placed.place(near(self.horizontal.fraction(x)?), near(self.vertical.fraction(y)?)))
    }

    /// Colours the cells of `raster`, each by the value at its middle.
    fn paint(&self, raster: &mut Raster, bands: Option<&Bands>, colormap: Colormap) {
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

/// Two strokes of a length, whose tip lies at a part of the way.
fn head(from: Place, to: Place, (part, arm): (f64, f64)) -> Vec<Place> {
    let (dx, dy) = (to.0 - from.0, to.1 - from.1);
    let length = dx.hypot(dy).max(f64::MIN_POSITIVE);
    let (along, tip) = ((dx / length * arm, dy / length * arm), (from.0 + part * dx, from.1 + part * dy));
    let tail = |sign: f64| (tip.0 - along.0 - sign * 0.6 * along.1, tip.1 - along.1 + sign * 0.6 * along.0);
    vec![tail(1.0), tip, tail(-1.0)]
}

fn band_colour(band: usize, count: usize, colormap: Colormap) -> Rgb {
    colormap.colour(if count > 1 { band as f64 / (count - 1) as f64 } else { 0.5 })
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

    fn contour(columns: usize, rows: usize) -> Contour {
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
        let mut bytes = Vec::new();
        contour.write(Format::Png, Style::default(), &mut bytes).unwrap();
        image::load_from_memory(&bytes).unwrap().into_rgb8()
    }

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

    #[test]
    fn a_way_ends_where_it_leaves_the_field_for_good() {
        let longest = |points: Vec<(f64, f64)>| {
            let contour = Contour { paths: vec![Path { name: String::new(), points }], marked: vec![], ..contour(30, 30) };
            let marks = contour.layout(Style::default()).unwrap().marks;
            let is_way = |mark: &&Mark| matches!(mark, Mark::Curve { colour, .. } if *colour == palette::LINES[0]);
            marks.iter().filter(is_way).map(|mark| if let Mark::Curve { points, .. } = mark { points.len() } else { 0 }).max().unwrap_or(0)
        };
        assert_eq!(longest(vec![(0.0, 0.0), (1.0, 1.5), (0.0, -9.0), (0.0, 99.0), (0.0, -999.0)]), 3);
        // One that comes back is whole.
        assert_eq!(longest(vec![(0.0, 0.0), (1.0, 1.5), (1.5, 0.0), (1.0, -1.0)]), 4);
        assert_eq!(longest(vec![(5.0, 5.0), (6.0, 6.0)]), 0);
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
        let mut bytes = Vec::new();
        contour(20, 20).write(Format::Svg, Style::default(), &mut bytes).unwrap();
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
        let mut bytes = Vec::new();
        contour.write(Format::Svg, Style::default(), &mut bytes).unwrap();
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
            assert!(matches!(contour.write(Format::Png, Style::default(), &mut Vec::new()), Err(Error::Invalid { .. })));
        }
    }
}
