//! Painting of marks through plotters.

use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use super::drawing::{Anchor, Mark, unpaintable};
use super::{Rgb, text};
use crate::error::Result;

/// Paints `marks` in their order; `drop` says by how much text of a size is to be lowered to be centred.
pub(super) fn paint<B: DrawingBackend>(backend: B, marks: &[Mark], drop: impl Fn(i32) -> i32) -> Result<()> {
    text::load_font()?;
    let area = backend.into_drawing_area();
    for mark in marks {
        paint_mark(&area, mark, &drop).map_err(unpaintable)?;
    }
    area.present().map_err(unpaintable)
}

fn paint_mark<B: DrawingBackend>(
    area: &DrawingArea<B, Shift>,
    mark: &Mark,
    drop: &impl Fn(i32) -> i32,
) -> std::result::Result<(), DrawingAreaErrorKind<B::ErrorType>> {
    match mark {
        Mark::Line { points, colour, width } => {
            area.draw(&PathElement::new(points.clone(), ShapeStyle { color: opaque(*colour), filled: false, stroke_width: *width }))
        }
        Mark::Rectangle { corners, colour } => area.draw(&Rectangle::new(*corners, opaque(*colour).filled())),
        Mark::Disc { at, radius, colour } => area.draw(&Circle::new(*at, *radius, opaque(*colour).filled())),
        Mark::Text { at, words, size, colour, anchor } => {
            let (side, transform) = match anchor {
                Anchor::Start => (HPos::Left, FontTransform::None),
                Anchor::Middle => (HPos::Center, FontTransform::None),
                Anchor::End => (HPos::Right, FontTransform::None),
                Anchor::Upwards => (HPos::Center, FontTransform::Rotate270),
            };
            let colour = opaque(*colour);
            let style = TextStyle::from((text::FAMILY, *size).into_font().transform(transform)).color(&colour);
            // Control characters have no shape, and XML does not allow them.
            let words: String = words.chars().filter(|letter| !letter.is_control() && !matches!(letter, '\u{fffe}' | '\u{ffff}')).collect();
            let at = if *anchor == Anchor::Upwards { (at.0 + drop(*size), at.1) } else { (at.0, at.1 + drop(*size)) };
            area.draw(&Text::new(words, at, style.pos(Pos::new(side, VPos::Center))))
        }
    }
}

fn opaque(colour: Rgb) -> RGBAColor {
    RGBAColor(colour[0], colour[1], colour[2], 1.0)
}
