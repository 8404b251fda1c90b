//! Pictures from plain data: maps of coloured cells, contours and panels of curves, as PNG or SVG.
//!
//! A picture is laid out once as a list of marks in pixels (`drawing.rs`) and then painted in either format, so both show the same. Text is
//! set in one embedded font; sizes grow with the picture.

mod axis;
mod contour;
mod curves;
mod drawing;
mod field;
mod legend;
mod levels;
mod map;
mod paint;
pub mod palette;
mod scale;
mod sheet;
mod stroke;
mod style;
mod symbol;
mod text;
mod ticks;

use std::path::Path;

pub use contour::{Arrow as ContourArrow, Contour, Marked, Path as ContourPath};
pub use curves::{Curves, Marker, Panel, Series, Shape};
pub use map::Map;
pub use palette::Colormap;
pub use scale::{Scale, Spacing};
pub use sheet::{Part, Sheet};
pub use style::{Style, WIDTHS};
pub use symbol::Symbol;

/// A colour: red, green and blue in sRGB.
pub type Rgb = [u8; 3];

/// A file format for pictures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Pixels.
    Png,
    /// Vectors; the cells of a map are one embedded PNG.
    Svg,
}

impl Format {
    /// The format that the extension of `path` stands for, in any case.
    pub fn of(path: &Path) -> Option<Self> {
        match path.extension()?.to_str()?.to_lowercase().as_str() {
            "png" => Some(Self::Png),
            "svg" => Some(Self::Svg),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_format_follows_the_extension_in_any_case() {
        assert_eq!(Format::of(Path::new("a/b.PNG")), Some(Format::Png));
        assert_eq!(Format::of(Path::new("b.svg")), Some(Format::Svg));
        for other in ["b.pdf", "png", "b.png.gz", ""] {
            assert_eq!(Format::of(Path::new(other)), None);
        }
    }
}
