//! Cells with the title, the scales and the names around them: what maps and contours have in common.

use super::axis::{self, PlacedTick, Span};
use super::drawing::{Anchor, Drawing, INK, Mark, PALE_INK, Pixel, Raster};
use super::scale::Scale;
use super::{Rgb, text};

/// Cells and what is said around them.
pub(super) struct Field<'a> {
    pub(super) title: &'a str,
    pub(super) subtitle: String,
    /// Along the bottom and along the left side.
    pub(super) scales: (&'a Scale, &'a Scale),
    /// Where their ends lie, in pixels from the left and from the bottom of the cells.
    pub(super) spans: (Span, Span),
    /// The cells, whose origin does not matter yet.
    pub(super) raster: Raster,
    /// The size of its text.
    pub(super) text: i32,
}

/// A field whose parts have their places.
pub(super) struct Placed {
    pub(super) marks: Vec<Mark>,
    /// The first pixel of the cells, from the left.
    pub(super) left: i32,
    /// The first pixel to the right of them.
    pub(super) right: i32,
    /// The first pixel of the cells, from the top.
    pub(super) top: i32,
    /// Where all that is drawn so far ends.
    pub(super) bottom: i32,
    /// The width that is free for what stands below.
    pub(super) room: i32,
    spans: (Span, Span),
    width: i32,
    margin: i32,
    raster: Raster,
}

impl Field<'_> {
    /// The width of its cells.
    pub(super) fn width(&self) -> i32 {
        self.raster.size.0 as i32
    }

    /// The height of its cells.
    pub(super) fn height(&self) -> i32 {
        self.raster.size.1 as i32
    }

    /// Gives everything its place and leaves `right` pixels free beside the cells.
    pub(super) fn place(self, right: i32) -> Placed {
        let size = self.text;
        let (width, height) = (self.raster.size.0 as i32, self.height());
        let margin = size;
        let across = self.spans.0;
        // Rows count upwards and pixels downwards.
        let upwards = Span { low: f64::from(height) - 1.0 - self.spans.1.low, high: f64::from(height) - 1.0 - self.spans.1.high };
        let (below, beside) = (axis::across(self.scales.0, across, size), axis::upwards(self.scales.1, upwards, size));
        let names = text::wrap(&self.scales.1.label, size, height.max(10 * size));
        let line = size * 4 / 3;
        let left = margin + names.len() as i32 * line + size / 2 + axis::room_at_left(&beside, size);
        let picture_width = left + (width + right).max(20 * size) + margin;
        let room = picture_width - left - margin;

        let mut marks = Vec::new();
        let mut top = margin;
        top = lines(&mut marks, &text::wrap(self.title, size * 5 / 4, room), (left, top), size * 5 / 4, INK, Anchor::Start);
        top = lines(&mut marks, &text::wrap(&self.subtitle, size, room), (left, top), size, PALE_INK, Anchor::Start);
        top += size / 2;

        axis::draw_frame(&mut marks, [(left, top), (left + width - 1, top + height - 1)], size);
        axis::draw_below(&mut marks, &shifted(below, left), top + height, size, true);
        axis::draw_left(&mut marks, &shifted(beside, top), left - 1, size);
        for (index, name) in names.iter().enumerate() {
            let at = (margin + index as i32 * line + line / 2, top + height / 2);
            marks.push(Mark::Text { at, words: name.clone(), size, colour: INK, anchor: Anchor::Upwards });
        }
        let name = text::wrap(&self.scales.0.label, size, room);
        let bottom = top + height + axis::room_below(size);
        let bottom = lines(&mut marks, &name, (left + width / 2, bottom), size, INK, Anchor::Middle);
        let raster = Raster { origin: (left, top), ..self.raster };
        let spans = (across, upwards);
        Placed { marks, left, right: left + width, top, bottom, room, spans, width: picture_width, margin, raster }
    }
}

impl Placed {
    /// The pixel at these fractions of both scales.
    pub(super) fn pixel(&self, across: f64, upwards: f64) -> Pixel {
        let (x, y) = self.place(across, upwards);
        (x.round() as i32, y.round() as i32)
    }

    /// The same, not rounded.
    pub(super) fn place(&self, across: f64, upwards: f64) -> (f64, f64) {
        (f64::from(self.left) + self.spans.0.pixel(across), f64::from(self.top) + self.spans.1.pixel(upwards))
    }

    /// The corners of the cells, left top and right bottom.
    pub(super) fn field(&self) -> [(f64, f64); 2] {
        let height = self.raster.size.1 as i32;
        [(self.left.into(), self.top.into()), ((self.right - 1).into(), (self.top + height - 1).into())]
    }

    /// The picture, with a margin below all that was drawn.
    pub(super) fn finish(self) -> Drawing {
        Drawing { width: self.width, height: self.bottom + self.margin, marks: self.marks, rasters: vec![self.raster] }
    }
}

/// Where the centres of the first and the last of `cells` lie, drawn over so many pixels.
pub(super) fn cells_span(cells: usize, pixels: usize) -> Span {
    let centre = |cell: usize| (cell as f64 + 0.5) * pixels as f64 / cells as f64 - 0.5;
    Span { low: centre(0), high: centre(cells - 1) }
}

fn shifted(ticks: Vec<PlacedTick>, by: i32) -> Vec<PlacedTick> {
    ticks.into_iter().map(|tick| PlacedTick { pixel: tick.pixel + by, ..tick }).collect()
}

/// Draws lines of text downwards from `origin` and returns where they end.
pub(super) fn lines(marks: &mut Vec<Mark>, lines: &[String], (x, y): Pixel, size: i32, colour: Rgb, anchor: Anchor) -> i32 {
    let height = size * 4 / 3;
    for (index, words) in lines.iter().enumerate() {
        let at = (x, y + index as i32 * height + height / 2);
        marks.push(Mark::Text { at, words: words.clone(), size, colour, anchor });
    }
    y + lines.len() as i32 * height
}
