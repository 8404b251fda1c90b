//! What the colours of a picture stand for.

use super::Rgb;
use super::axis::line_width;
use super::drawing::{Anchor, INK, Mark, Pixel};
use super::symbol::Symbol;
use super::text;

/// Entries beyond these are counted and not listed.
const MOST_ENTRIES: usize = 24;
/// Lines of an entry at most; what is longer is cut.
const MOST_LINES: usize = 3;

/// How an entry shows its colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Swatch {
    Block(Rgb),
    Line(Rgb),
    Dashes(Rgb),
    Dot(Rgb),
    /// A symbol, whose colours are its own.
    Symbol(Symbol),
}

/// Entries laid out in columns of equal width.
#[derive(Debug, Clone)]
pub(super) struct Legend {
    entries: Vec<Entry>,
    size: i32,
    column_width: i32,
}

#[derive(Debug, Clone)]
struct Entry {
    swatch: Option<Swatch>,
    lines: Vec<String>,
}

impl Legend {
    /// A legend no column of which is wider than `room` pixels.
    pub(super) fn new<'a>(entries: impl IntoIterator<Item = (Swatch, &'a str)>, size: i32, room: i32) -> Self {
        let all: Vec<(Swatch, &str)> = entries.into_iter().collect();
        let entry = |(swatch, words): &(Swatch, &str)| Entry { swatch: Some(*swatch), lines: lines(words, size, room - swatch_room(size)) };
        let mut entries: Vec<Entry> = all.iter().take(MOST_ENTRIES).map(entry).collect();
        if all.len() > MOST_ENTRIES {
            entries.push(Entry { swatch: None, lines: vec![format!("… and {} more", all.len() - MOST_ENTRIES)] });
        }
        let widest = entries.iter().flat_map(|entry| &entry.lines).map(|line| text::width(line, size)).max();
        Self { entries, size, column_width: widest.map_or(0, |width| width + swatch_room(size)) }
    }

    /// Width of one column in pixels; 0 if there is nothing to list.
    pub(super) fn column_width(&self) -> i32 {
        self.column_width
    }

    /// Height in pixels when laid out in `columns`.
    pub(super) fn height(&self, columns: usize) -> i32 {
        let lines = |column: &[Entry]| column.iter().map(|entry| entry.lines.len() as i32).sum::<i32>();
        self.columns(columns).map(lines).max().unwrap_or(0) * line_height(self.size)
    }

    /// How many columns stand side by side within `room` pixels, at least one.
    pub(super) fn columns_within(&self, room: i32) -> usize {
        let gap = self.size;
        ((room + gap) / (self.column_width + gap).max(1)).max(1) as usize
    }

    /// Draws the entries in columns, reading downwards, from the top left corner `origin`.
    pub(super) fn draw(&self, marks: &mut Vec<Mark>, origin: Pixel, columns: usize) {
        for (number, column) in self.columns(columns).enumerate() {
            let x = origin.0 + number as i32 * (self.column_width + self.size);
            let mut y = origin.1 + line_height(self.size) / 2;
            for entry in column {
                if let Some(swatch) = entry.swatch {
                    self.draw_swatch(marks, (x, y), swatch);
                }
                for line in &entry.lines {
                    let at = (x + swatch_room(self.size), y);
                    marks.push(Mark::Text { at, words: line.clone(), size: self.size, colour: INK, anchor: Anchor::Start });
                    y += line_height(self.size);
                }
            }
        }
    }

    fn draw_swatch(&self, marks: &mut Vec<Mark>, (x, y): Pixel, swatch: Swatch) {
        let (half, right) = (self.size * 2 / 5, x + swatch_room(self.size) - self.size / 2);
        let mut line =
            |from, to, colour| marks.push(Mark::Line { points: vec![(from, y), (to, y)], colour, width: 3 * line_width(self.size) });
        match swatch {
            Swatch::Line(colour) => line(x, right, colour),
            Swatch::Dashes(colour) => {
                let part = (right - x) / 5;
                line(x, x + 2 * part, colour);
                line(right - 2 * part, right, colour);
            }
            Swatch::Dot(colour) => marks.push(Mark::Disc { at: ((x + right) / 2, y), radius: (self.size / 4).max(2), colour }),
            Swatch::Symbol(symbol) => symbol.draw(marks, ((x + right) / 2, y), self.size),
            Swatch::Block(colour) => {
                // A border, since some colours are nearly white.
                marks.push(Mark::Rectangle { corners: [(x - 1, y - half - 1), (right + 1, y + half + 1)], colour: [120; 3] });
                marks.push(Mark::Rectangle { corners: [(x, y - half), (right, y + half)], colour });
            }
        }
    }

    /// The entries of each column.
    fn columns(&self, count: usize) -> impl Iterator<Item = &[Entry]> {
        self.entries.chunks(self.entries.len().div_ceil(count.max(1)).max(1))
    }
}

/// `words` in lines no wider than `room` pixels, the last one cut where there are too many.
fn lines(words: &str, size: i32, room: i32) -> Vec<String> {
    let mut lines = text::wrap(words, size, room);
    if lines.len() > MOST_LINES {
        let rest = lines.split_off(MOST_LINES - 1).join(" ");
        lines.push(text::shorten(&rest, size, room));
    }
    lines
}

fn swatch_room(size: i32) -> i32 {
    size * 2
}

fn line_height(size: i32) -> i32 {
    size * 3 / 2
}
