//! What the colours of a picture stand for.

use super::Rgb;
use super::axis::line_width;
use super::drawing::{Anchor, INK, Mark, Pixel};
use super::symbol::Symbol;
use super::text;

/// Entries beyond these are counted and not listed.
const MOST_ENTRIES: usize = 24;

/// How an entry shows its colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Swatch {
    Block,
    Line,
    /// A symbol instead, whose colours are its own.
    Symbol(Symbol),
}

/// Entries laid out in columns of equal width.
#[derive(Debug, Clone)]
pub(super) struct Legend {
    entries: Vec<(Option<Rgb>, String)>,
    swatch: Swatch,
    size: i32,
    column_width: i32,
}

impl Legend {
    /// A legend no column of which is wider than `room` pixels.
    pub(super) fn new<'a>(entries: impl IntoIterator<Item = (Rgb, &'a str)>, swatch: Swatch, size: i32, room: i32) -> Self {
        let all: Vec<(Rgb, &str)> = entries.into_iter().collect();
        let text_room = room - swatch_room(size);
        let mut entries: Vec<(Option<Rgb>, String)> =
            all.iter().take(MOST_ENTRIES).map(|(colour, words)| (Some(*colour), text::shorten(words, size, text_room))).collect();
        if all.len() > MOST_ENTRIES {
            entries.push((None, format!("… and {} more", all.len() - MOST_ENTRIES)));
        }
        let widest = entries.iter().map(|(_, words)| text::width(words, size)).max();
        Self { entries, swatch, size, column_width: widest.map_or(0, |width| width + swatch_room(size)) }
    }

    /// Width of one column in pixels; 0 if there is nothing to list.
    pub(super) fn column_width(&self) -> i32 {
        self.column_width
    }

    /// Height in pixels when laid out in `columns`.
    pub(super) fn height(&self, columns: usize) -> i32 {
        self.rows(columns) as i32 * line_height(self.size)
    }

    /// How many columns stand side by side within `room` pixels, at least one.
    pub(super) fn columns_within(&self, room: i32) -> usize {
        let gap = self.size;
        ((room + gap) / (self.column_width + gap).max(1)).max(1) as usize
    }

    /// Draws the entries in columns, reading downwards, from the top left corner `origin`.
    pub(super) fn draw(&self, marks: &mut Vec<Mark>, origin: Pixel, columns: usize) {
        let rows = self.rows(columns).max(1);
        for (index, (colour, words)) in self.entries.iter().enumerate() {
            let x = origin.0 + (index / rows) as i32 * (self.column_width + self.size);
            let y = origin.1 + (index % rows) as i32 * line_height(self.size) + line_height(self.size) / 2;
            if let Some(colour) = colour {
                self.draw_swatch(marks, (x, y), *colour);
            }
            let at = (x + swatch_room(self.size), y);
            marks.push(Mark::Text { at, words: words.clone(), size: self.size, colour: INK, anchor: Anchor::Start });
        }
    }

    fn draw_swatch(&self, marks: &mut Vec<Mark>, (x, y): Pixel, colour: Rgb) {
        let (half, right) = (self.size * 2 / 5, x + swatch_room(self.size) - self.size / 2);
        match self.swatch {
            Swatch::Line => marks.push(Mark::Line { points: vec![(x, y), (right, y)], colour, width: 3 * line_width(self.size) }),
            Swatch::Symbol(symbol) => symbol.draw(marks, ((x + right) / 2, y), self.size),
            Swatch::Block => {
                // A border, since some colours are nearly white.
                marks.push(Mark::Rectangle { corners: [(x - 1, y - half - 1), (right + 1, y + half + 1)], colour: [120; 3] });
                marks.push(Mark::Rectangle { corners: [(x, y - half), (right, y + half)], colour });
            }
        }
    }

    fn rows(&self, columns: usize) -> usize {
        self.entries.len().div_ceil(columns.max(1))
    }
}

fn swatch_room(size: i32) -> i32 {
    size * 2
}

fn line_height(size: i32) -> i32 {
    size * 3 / 2
}
