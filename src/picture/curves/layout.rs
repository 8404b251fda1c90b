//! Where everything in a picture of curves goes.

use super::trace::{self, Field};
use super::{Curves, Marker, Panel, Series, Shape};
use crate::error::Result;
use crate::picture::axis::{self, PlacedTick, Span};
use crate::picture::drawing::{Anchor, Drawing, INK, Mark, PALE_INK, Pixel};
use crate::picture::field::lines;
use crate::picture::legend::{Legend, Swatch};
use crate::picture::scale::Scale;
use crate::picture::style::{Style, text_size};
use crate::picture::{Rgb, palette, text};

/// Pixels across, where nothing else is asked for.
const WIDTH: i32 = 1200;
const GRID: [u8; 3] = [226, 226, 226];
const PAPER: [u8; 3] = [255; 3];
const MARKER: [u8; 3] = [110, 110, 110];

/// The measures of a picture.
#[derive(Clone, Copy)]
struct Page {
    width: i32,
    /// Of its text.
    size: i32,
}

impl Page {
    fn margin(self) -> i32 {
        self.size
    }

    fn line(self) -> i32 {
        self.size * 4 / 3
    }

    /// A thickness that is so many pixels beside text of 20.
    fn stroke(self, pixels: i32) -> i32 {
        ((pixels * self.size + 10) / 20).max(1)
    }
}

/// What panels over one abscissa have in common.
struct Frame<'a> {
    page: Page,
    horizontal: &'a Scale,
    below: Vec<PlacedTick>,
    left: i32,
    right: i32,
    panel_height: i32,
}

pub(super) fn curves(curves: &Curves, style: Style) -> Result<Drawing> {
    text::load_font()?;
    let width = style.width_or(WIDTH);
    let page = Page { width, size: text_size(width) };
    let (size, margin) = (page.size, page.margin());
    let mut frame = frame(curves, page);
    let mut marks = Vec::new();
    let room = width - frame.left - margin;
    let mut y = lines(&mut marks, &text::wrap(&curves.title, size * 5 / 4, room), (frame.left, margin), size * 5 / 4, INK, Anchor::Start);
    y = lines(&mut marks, &text::wrap(&curves.subtitle, size, room), (frame.left, y), size, PALE_INK, Anchor::Start);
    for (index, panel) in curves.panels.iter().enumerate() {
        let is_last = curves.panels.get(index + 1).is_none_or(|next| next.horizontal != panel.horizontal);
        frame = frame.over(panel.horizontal.as_ref().unwrap_or(&curves.horizontal));
        y = draw_panel(&mut marks, &frame, panel, y + size / 2, is_last) + size / 2;
        if is_last {
            y = draw_name(&mut marks, &frame, y);
        }
    }
    Ok(Drawing { width, height: y + margin, marks, rasters: Vec::new() })
}

fn frame(curves: &Curves, page: Page) -> Frame<'_> {
    let legends = curves.panels.iter().map(|panel| legend(panel, page).height(1)).max().unwrap_or(0);
    let panel_height = legends.max(page.size * if curves.panels.len() > 2 { 14 } else { 19 });
    let left = curves.panels.iter().map(|panel| room_at_left(panel, panel_height, page)).max().unwrap_or(0) + page.margin();
    let legends = curves.panels.iter().map(|panel| legend(panel, page).column_width()).max().unwrap_or(0);
    let right = page.width - page.margin() - if legends > 0 { legends + page.size } else { page.size };
    Frame { page, horizontal: &curves.horizontal, below: Vec::new(), left, right, panel_height }
}

impl<'a> Frame<'a> {
    /// The same frame over this scale.
    fn over(self, horizontal: &'a Scale) -> Self {
        let span = Span { low: f64::from(self.left), high: f64::from(self.right) };
        Self { horizontal, below: axis::across(horizontal, span, self.page.size), ..self }
    }
}

/// Draws the name of the abscissa below ticks that begin above `y`, and returns where it ends.
fn draw_name(marks: &mut Vec<Mark>, frame: &Frame<'_>, y: i32) -> i32 {
    let size = frame.page.size;
    let name = text::wrap(&frame.horizontal.label, size, frame.right - frame.left);
    lines(marks, &name, ((frame.left + frame.right) / 2, y + axis::room_below(size) - size / 2), size, INK, Anchor::Middle)
}

/// The room that the name of a panel's scale and its labels take; the labels depend on the panel's height, not on its place.
fn room_at_left(panel: &Panel, panel_height: i32, page: Page) -> i32 {
    let size = page.size;
    let ticks = axis::upwards(&panel.vertical, Span { low: f64::from(panel_height), high: 0.0 }, size);
    text::wrap(&panel.vertical.label, size, panel_height).len() as i32 * page.line() + size / 2 + axis::room_at_left(&ticks, size)
}

fn legend(panel: &Panel, page: Page) -> Legend {
    let named = colours(panel).filter(|(_, series)| !series.name.is_empty());
    let swatch = |colour, shape| match shape {
        Shape::Line | Shape::Both => Swatch::Line(colour),
        Shape::Dashes => Swatch::Dashes(colour),
        Shape::Points => Swatch::Dot(colour),
    };
    let entries = named.map(|(colour, series)| (swatch(colour, series.shape), series.name.as_str()));
    Legend::new(entries, page.size, (page.width / 4).max(12 * page.size))
}

fn colours(panel: &Panel) -> impl Iterator<Item = (Rgb, &Series)> {
    let colour = |number: usize| palette::LINES[number % palette::LINES.len()];
    panel.series.iter().enumerate().map(move |(number, series)| (colour(series.colour_of.unwrap_or(number)), series))
}

/// Draws a panel and its marker labels from `y` on downwards and returns where the field ends.
fn draw_panel(marks: &mut Vec<Mark>, frame: &Frame<'_>, panel: &Panel, y: i32, is_last: bool) -> i32 {
    let size = frame.page.size;
    let top = y + draw_markers(marks, frame, &panel.markers, y);
    let bottom = top + frame.panel_height;
    let corners = [(frame.left, top), (frame.right, bottom)];
    let ticks = axis::upwards(&panel.vertical, Span { low: f64::from(bottom), high: f64::from(top) }, size);
    draw_grid(marks, frame, &ticks, corners);
    draw_series(marks, frame, panel, corners);
    axis::draw_frame(marks, corners, size);
    axis::draw_below(marks, &frame.below, bottom + 1, size, is_last);
    axis::draw_left(marks, &ticks, frame.left - 1, size);
    for (index, name) in text::wrap(&panel.vertical.label, size, frame.panel_height).into_iter().enumerate() {
        let at = (frame.page.margin() + index as i32 * frame.page.line() + frame.page.line() / 2, (top + bottom) / 2);
        marks.push(Mark::Text { at, words: name, size, colour: INK, anchor: Anchor::Upwards });
    }
    legend(panel, frame.page).draw(marks, (frame.right + size, top), 1);
    bottom
}

fn draw_grid(marks: &mut Vec<Mark>, frame: &Frame<'_>, ticks: &[PlacedTick], [(left, top), (right, bottom)]: [Pixel; 2]) {
    let labelled = |tick: &&PlacedTick| !tick.label.is_empty();
    let across = ticks.iter().filter(labelled).map(|tick| vec![(left, tick.pixel), (right, tick.pixel)]);
    let upwards = frame.below.iter().filter(labelled).map(|tick| vec![(tick.pixel, top), (tick.pixel, bottom)]);
    // Below the markers, which are drawn already.
    marks.splice(0..0, across.chain(upwards).map(|points| Mark::Line { points, colour: GRID, width: axis::line_width(frame.page.size) }));
}

fn draw_series(marks: &mut Vec<Mark>, frame: &Frame<'_>, panel: &Panel, [(left, top), (right, bottom)]: [Pixel; 2]) {
    let field: Field = [(left.into(), top.into()), (right.into(), bottom.into())];
    let (across, upwards) = (Span { low: field[0].0, high: field[1].0 }, Span { low: field[1].1, high: field[0].1 });
    let page = frame.page;
    // So far beyond the field that no direction changes, but not beyond what can be squared.
    let near = |fraction: f64| fraction.clamp(-1e100, 1e100);
    for (colour, series) in colours(panel).collect::<Vec<_>>().into_iter().rev() {
        let place = |&(x, y): &(f64, f64)| {
            Some((across.pixel(near(frame.horizontal.fraction(x)?)), upwards.pixel(near(panel.vertical.fraction(y)?))))
        };
        let places: Vec<_> = series.points.iter().map(place).collect();
        if matches!(series.shape, Shape::Points | Shape::Both) {
            let inside = |(x, y): &(f64, f64)| (left.into()..=right.into()).contains(x) && (top.into()..=bottom.into()).contains(y);
            let discs = places.iter().flatten().filter(|place| inside(place));
            let disc = |(x, y): &(f64, f64)| Mark::Disc { at: (x.round() as i32, y.round() as i32), radius: page.stroke(5), colour };
            marks.extend(discs.map(disc));
        }
        if series.shape == Shape::Points {
            continue;
        }
        let trace = trace::trace(&places, field);
        let lines = match series.shape {
            Shape::Dashes => trace.lines.iter().flat_map(|line| trace::dashes(line, f64::from(page.stroke(10)))).collect(),
            _ => trace.lines,
        };
        marks.extend(lines.into_iter().map(|points| Mark::Curve { points, colour, width: page.stroke(3).unsigned_abs() }));
        for at in trace.dots {
            marks.push(Mark::Disc { at, radius: page.stroke(5), colour });
            if series.shape == Shape::Dashes {
                // A ring, where there is nothing to be dashed.
                marks.push(Mark::Disc { at, radius: page.stroke(2), colour: PAPER });
            }
        }
    }
}

/// Draws the markers of a panel that begins below their labels, and returns the height of the labels.
///
/// A label stands to the right of its line's upper end. From right to left, each takes the lowest row in which it touches no label and is
/// crossed by no line.
fn draw_markers(marks: &mut Vec<Mark>, frame: &Frame<'_>, markers: &[Marker], y: i32) -> i32 {
    let (placed, line) = (placed_markers(frame, markers), frame.page.line());
    let labelled = placed.iter().filter(|marker| !marker.label.is_empty());
    let height = labelled.map(|marker| marker.row as i32 + 1).max().unwrap_or(0) * line;
    let top = y + height;
    for marker in placed {
        let middle = top - marker.row as i32 * line - line / 2;
        let upper = match marker.row {
            _ if marker.label.is_empty() => top,
            0 => top - line / 4,
            _ => middle,
        };
        let standing = [upper, top + frame.panel_height].map(|y| (f64::from(marker.x), f64::from(y)));
        let width = frame.page.stroke(2).unsigned_abs();
        let dashes = trace::dashes(&standing, f64::from(frame.page.stroke(7)));
        marks.extend(dashes.into_iter().map(|points| Mark::Curve { points, colour: MARKER, width }));
        if !marker.label.is_empty() {
            marks.push(Mark::Text {
                at: (marker.label_x, middle),
                words: marker.label,
                size: frame.page.size,
                colour: PALE_INK,
                anchor: Anchor::Start,
            });
        }
    }
    height
}

struct PlacedMarker {
    x: i32,
    label_x: i32,
    /// From the field upwards.
    row: usize,
    label: String,
}

fn placed_markers(frame: &Frame<'_>, markers: &[Marker]) -> Vec<PlacedMarker> {
    let Page { width: across, size } = frame.page;
    let span = Span { low: frame.left.into(), high: frame.right.into() };
    let shown = |marker: &Marker| frame.horizontal.fraction(marker.abscissa).filter(|fraction| (0.0..=1.0).contains(fraction));
    let mut standing: Vec<(i32, &Marker)> =
        markers.iter().filter_map(|marker| Some((span.pixel(shown(marker)?).round() as i32, marker))).collect();
    standing.sort_by_key(|(x, _)| std::cmp::Reverse(*x));
    // How far to the right the labels of each row may reach.
    let mut limits: Vec<i32> = Vec::new();
    let mut placed = Vec::new();
    for (x, marker) in standing {
        if marker.label.is_empty() {
            placed.push(PlacedMarker { x, label_x: x, row: 0, label: String::new() });
            continue;
        }
        let label = text::shorten(&marker.label, size, across / 2);
        let width = text::width(&label, size);
        let label_x = (x + size / 4).min(across - frame.page.margin() - width);
        let row = limits.iter().position(|limit| label_x + width + size <= *limit).unwrap_or(limits.len());
        limits.resize(limits.len().max(row + 1), i32::MAX);
        for limit in &mut limits[..=row] {
            *limit = (*limit).min(x.min(label_x));
        }
        placed.push(PlacedMarker { x, label_x, row, label });
    }
    placed
}
