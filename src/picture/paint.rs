//! Painting of marks through plotters.

use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use super::drawing::{Anchor, Mark, Pixel, unpaintable};
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
            let style = ShapeStyle { color: opaque(*colour), filled: false, stroke_width: *width };
            smooth_parts(points).try_for_each(|part| area.draw(&PathElement::new(part.to_vec(), style)))
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

/// The parts of a line between its sharp corners, whose mitres would reach far beyond it.
fn smooth_parts(points: &[Pixel]) -> impl Iterator<Item = &[Pixel]> {
    let is_sharp = |at: usize| {
        let [a, b, c] = [points[at - 1], points[at], points[at + 1]].map(|(x, y)| (i64::from(x), i64::from(y)));
        // The angle between both ways is more than a right one.
        (b.0 - a.0) * (c.0 - b.0) + (b.1 - a.1) * (c.1 - b.1) < 0
    };
    let corners: Vec<usize> = (1..points.len().saturating_sub(1)).filter(|at| is_sharp(*at)).collect();
    let starts = std::iter::once(0).chain(corners.clone());
    let ends = corners.into_iter().chain([points.len().saturating_sub(1)]);
    starts.zip(ends).filter(|(from, to)| from < to).map(|(from, to)| &points[from..=to])
}

fn opaque(colour: Rgb) -> RGBAColor {
    RGBAColor(colour[0], colour[1], colour[2], 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_parted_where_it_turns_back_and_nowhere_else() {
        let line = [(0, 0), (10, 0), (20, 5), (0, 6), (0, 20)];
        let parts: Vec<&[Pixel]> = smooth_parts(&line).collect();
        assert_eq!(parts, [&line[..3], &line[2..]]);
        assert_eq!(smooth_parts(&line[..2]).count(), 1);
        assert_eq!((smooth_parts(&line[..1]).count(), smooth_parts(&[]).count()), (0, 0));
    }
}
