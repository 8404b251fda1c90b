//! Painting of marks through plotters.

use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use super::drawing::{Anchor, Mark, Pixel, Place, unpaintable};
use super::{Rgb, stroke, text};
use crate::error::Result;

/// What a picture is painted with.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Medium {
    Pixels,
    Vectors,
}

impl Medium {
    /// By how much text of a size is to be lowered to be centred: plotters sets it an eighth of its size higher in pixels.
    fn drop(self, size: i32) -> i32 {
        if self == Self::Pixels { size / 8 } else { 0 }
    }
}

/// Paints `marks` in their order, every pixel being `scale × scale` of the backend's.
pub(super) fn paint<B: DrawingBackend>(backend: B, marks: &[Mark], scale: i32, medium: Medium) -> Result<()> {
    text::load_font()?;
    let area = backend.into_drawing_area();
    for mark in marks {
        paint_mark(&area, mark, scale, medium).map_err(unpaintable)?;
    }
    area.present().map_err(unpaintable)
}

fn paint_mark<B: DrawingBackend>(
    area: &DrawingArea<B, Shift>,
    mark: &Mark,
    scale: i32,
    medium: Medium,
) -> std::result::Result<(), DrawingAreaErrorKind<B::ErrorType>> {
    let fine = |(x, y): Pixel| (x * scale, y * scale);
    let rectangle = |[(left, top), (right, bottom)]: [Pixel; 2], colour| {
        // Both corners are whole pixels.
        let corners = [fine((left, top)), (right * scale + scale - 1, bottom * scale + scale - 1)];
        area.draw(&Rectangle::new(corners, opaque(colour).filled()))
    };
    let line = |points: &[Place], colour: Rgb, width: u32| {
        let width = width * scale.unsigned_abs();
        if medium == Medium::Pixels {
            let shade = |cover: f32| RGBAColor(colour[0], colour[1], colour[2], cover.into());
            return stroke::covered(points, f64::from(width)).into_iter().try_for_each(|(at, cover)| area.draw_pixel(at, &shade(cover)));
        }
        let style = ShapeStyle { color: opaque(colour), filled: false, stroke_width: width };
        let points: Vec<Pixel> = points.iter().map(|(x, y)| (x.round() as i32, y.round() as i32)).collect();
        smooth_parts(&points).try_for_each(|part| area.draw(&PathElement::new(part.to_vec(), style)))
    };
    // The middle of a pixel lies between those of its fine ones.
    let middle = f64::from(scale - 1) / 2.0;
    let fine_place = |(x, y): Place| (x * f64::from(scale) + middle, y * f64::from(scale) + middle);
    match mark {
        Mark::Line { points, colour, width } => match upright(points, *width as i32) {
            Some(corners) => rectangle(corners, *colour),
            None => {
                let places = points.iter().map(|(x, y)| fine_place((f64::from(*x), f64::from(*y))));
                line(&places.collect::<Vec<_>>(), *colour, *width)
            }
        },
        Mark::Curve { points, colour, width } => line(&points.iter().copied().map(fine_place).collect::<Vec<_>>(), *colour, *width),
        Mark::Rectangle { corners, colour } => rectangle(*corners, *colour),
        Mark::Disc { at, radius, colour } => {
            // Of a whole pixel more or less to all sides, and so symmetric.
            area.draw(&Circle::new(fine(*at), radius * scale, opaque(*colour).filled()))
        }
        Mark::Text { at, words, size, colour, anchor } => {
            let (side, transform) = match anchor {
                Anchor::Start => (HPos::Left, FontTransform::None),
                Anchor::Middle => (HPos::Center, FontTransform::None),
                Anchor::End => (HPos::Right, FontTransform::None),
                Anchor::Upwards => (HPos::Center, FontTransform::Rotate270),
            };
            let colour = opaque(*colour);
            let (size, at) = (size * scale, fine(*at));
            let style = TextStyle::from((text::FAMILY, size).into_font().transform(transform)).color(&colour);
            // Control characters have no shape, and XML does not allow them.
            let words: String = words.chars().filter(|letter| !letter.is_control() && !matches!(letter, '\u{fffe}' | '\u{ffff}')).collect();
            let at = if *anchor == Anchor::Upwards { (at.0 + medium.drop(size), at.1) } else { (at.0, at.1 + medium.drop(size)) };
            area.draw(&Text::new(words, at, style.pos(Pos::new(side, VPos::Center))))
        }
    }
}

/// The pixels of a line that goes straight across or down, so that its edges are sharp.
fn upright(points: &[Pixel], width: i32) -> Option<[Pixel; 2]> {
    let &[(x, y), (to_x, to_y)] = points else { return None };
    let (before, behind) = ((width - 1) / 2, width / 2);
    match (x == to_x, y == to_y) {
        (false, false) => None,
        (true, false) => Some([(x - before, y.min(to_y)), (x + behind, y.max(to_y))]),
        (_, true) => Some([(x.min(to_x), y - before), (x.max(to_x), y + behind)]),
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
    fn upright_lines_are_as_many_pixels_wide_as_they_should_be() {
        assert_eq!(upright(&[(3, 9), (3, 2)], 1), Some([(3, 2), (3, 9)]));
        assert_eq!(upright(&[(3, 9), (8, 9)], 4), Some([(3, 8), (8, 11)]));
        assert_eq!((upright(&[(0, 0), (1, 1)], 1), upright(&[(0, 0), (1, 0), (2, 0)], 1)), (None, None));
    }

    #[test]
    fn a_line_is_parted_where_it_turns_back_and_nowhere_else() {
        let line = [(0, 0), (10, 0), (20, 5), (0, 6), (0, 20)];
        let parts: Vec<&[Pixel]> = smooth_parts(&line).collect();
        assert_eq!(parts, [&line[..3], &line[2..]]);
        assert_eq!(smooth_parts(&line[..2]).count(), 1);
        assert_eq!((smooth_parts(&line[..1]).count(), smooth_parts(&[]).count()), (0, 0));
    }
}
