//! How large a picture is, and how its numbers are coloured.

use super::Rgb;
use super::drawing::Drawing;
use super::palette::Colormap;
use crate::error::{Error, Result};

/// The widths that a picture may have, in pixels.
pub const WIDTHS: std::ops::RangeInclusive<u32> = 320..=8000;
/// Text is no smaller than this.
const SMALLEST_TEXT: i32 = 11;
/// So many times the size of its text is too narrow for a legend beside a field.
const NARROW: i32 = 45;
/// Attempts to fit a picture to its width: each halves what is missing at least.
const ATTEMPTS: usize = 12;

/// How large a picture is, and how its numbers are coloured.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Style {
    /// Pixels across; without one, what suits the content.
    width: Option<i32>,
    pub(super) colormap: Colormap,
}

impl Style {
    /// A picture of so many pixels across, within [`WIDTHS`], or as suits its content.
    ///
    /// # Errors
    /// [`Error::Invalid`] for any other width.
    pub fn new(width: Option<u32>, colormap: Colormap) -> Result<Self> {
        if let Some(width) = width.filter(|width| !WIDTHS.contains(width)) {
            return Err(Error::invalid("size", format!("{width} pixels across; {} to {} are possible", WIDTHS.start(), WIDTHS.end())));
        }
        Ok(Self { width: width.map(|width| width as i32), colormap })
    }

    /// The colour of a number, from the darkest at 0 to the lightest at 1.
    pub fn colour(&self, t: f64) -> Rgb {
        self.colormap.colour(t)
    }

    /// The same at another width.
    pub(super) fn across(self, width: i32) -> Self {
        Self { width: Some(width), ..self }
    }

    /// Whether there is no room for a legend beside a field.
    pub(super) fn is_narrow(self) -> bool {
        self.width.is_some_and(|width| width < NARROW * text_size(width))
    }

    /// Pixels across, or `usual`.
    pub(super) fn width_or(self, usual: i32) -> i32 {
        self.width.unwrap_or(usual)
    }

    /// Lays out cells over as many pixels as make the whole picture as wide as it is to be, or over `usual` ones. `layout` takes the longer side
    /// of the cells in pixels, and the size of the text.
    pub(super) fn fitted(self, usual: usize, layout: impl Fn(usize, i32) -> Result<Drawing>) -> Result<Drawing> {
        let Some(width) = self.width else { return layout(usual, (usual as i32 / 50).clamp(12, 80)) };
        let text = text_size(width);
        let mut length = (3 * width as usize / 4).max(1);
        let mut drawing = layout(length, text)?;
        for _ in 0..ATTEMPTS {
            let across = drawing.rasters.first().map_or(1, |raster| raster.size.0.max(1) as i32);
            // The longer side may be the upright one.
            let missing = i64::from(width - drawing.width) * length as i64 / i64::from(across);
            if missing == 0 {
                break;
            }
            length = (length as i64 + missing).max(16) as usize;
            drawing = layout(length, text)?;
        }
        Ok(Drawing { width: drawing.width.max(width), ..drawing })
    }
}

/// The size of text in a picture of this width.
pub(super) fn text_size(width: i32) -> i32 {
    (width / 60).max(SMALLEST_TEXT)
}
