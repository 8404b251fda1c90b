//! Several pictures on one sheet.

use super::Format;
use super::contour::Contour;
use super::curves::Curves;
use super::drawing::Drawing;
use super::style::Style;
use crate::error::Result;

/// A picture on a sheet.
#[derive(Debug, Clone, PartialEq)]
pub enum Part {
    /// Filled contours.
    Contour(Box<Contour>),
    /// Panels of curves.
    Curves(Curves),
}

impl Part {
    /// Draws it alone: the bytes of its file.
    ///
    /// # Errors
    /// As [`Curves::render`] and [`Contour::render`].
    pub fn render(&self, format: Format, style: Style) -> Result<Vec<u8>> {
        self.layout(style)?.render(format)
    }

    fn layout(&self, style: Style) -> Result<Drawing> {
        match self {
            Self::Contour(contour) => contour.layout(style),
            Self::Curves(curves) => curves.layout(style),
        }
    }
}

/// Pictures side by side, those of one column above each other.
#[derive(Debug, Clone, PartialEq)]
pub struct Sheet {
    /// The columns from left to right, each from top to bottom, at least one of each.
    pub columns: Vec<Vec<Part>>,
}

/// Pixels across a column, where nothing else is asked for.
const COLUMN: i32 = 1000;
/// The narrowest column: on a narrower sheet all stand above each other.
const NARROWEST: i32 = 360;

impl Sheet {
    /// Draws the pictures: the bytes of their file.
    ///
    /// # Errors
    /// As [`Curves::render`] and [`Contour::render`].
    pub fn render(&self, format: Format, style: Style) -> Result<Vec<u8>> {
        let count = self.columns.len() as i32;
        let width = style.width_or(COLUMN * count);
        let drawing = if width / count < NARROWEST {
            let all: Vec<&Part> = self.columns.iter().flatten().collect();
            stacked(&all, style.across(width))?
        } else {
            let column = |parts: &Vec<Part>| stacked(&parts.iter().collect::<Vec<_>>(), style.across(width / count));
            joined(self.columns.iter().map(column), Drawing::beside)?
        };
        Drawing { width: drawing.width.max(width), ..drawing }.render(format)
    }
}

fn stacked(parts: &[&Part], style: Style) -> Result<Drawing> {
    joined(parts.iter().map(|part| part.layout(style)), Drawing::above)
}

fn joined(drawings: impl Iterator<Item = Result<Drawing>>, join: impl Fn(Drawing, Drawing) -> Drawing) -> Result<Drawing> {
    drawings.reduce(|joined, next| Ok(join(joined?, next?))).unwrap_or_else(|| Ok(Drawing::default()))
}
