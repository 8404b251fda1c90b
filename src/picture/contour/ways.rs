//! Ways and arrows over contours.

use super::{Arrow, Contour, Path};
use crate::picture::Rgb;
use crate::picture::axis::line_width;
use crate::picture::curves::{clip, trace};
use crate::picture::drawing::{INK, Mark, Place};
use crate::picture::field::Placed;

/// Points of a way that is drawn in full width; a longer one would hide the contours.
const FEW: usize = 10;
/// Parts of a way that have an arrow, at most.
const MOST_HEADS: usize = 6;

/// How far beside a way an arrow stands, in thin lines.
const BESIDE: f64 = 5.0;

impl Contour {
    /// Draws a way to where it leaves the field for good: on a white band, so that it shows on every colour. A long one is thin.
    pub(super) fn draw_path(&self, placed: &mut Placed, path: &Path, colour: Rgb, size: i32) {
        let field = placed.field();
        let [(left, top), (right, bottom)] = field;
        let is_inside = |(x, y): &Place| (left..=right).contains(x) && (top..=bottom).contains(y);
        let mut places: Vec<Option<Place>> = path.points.iter().map(|point| self.placed(placed, *point)).collect();
        let stay = places.iter().rposition(|place| place.as_ref().is_some_and(is_inside)).map_or(1, |last| last + 2);
        places.truncate(stay);
        let (stroke, radius) = if places.len() <= FEW { (3, (size / 6).max(2)) } else { (2, (size / 10).max(1)) };
        let lines = trace(&places, field).lines;
        for (colour, width) in [([255; 3], (stroke + 2) * line_width(size)), (colour, stroke * line_width(size))] {
            placed.marks.extend(lines.iter().map(|points| Mark::Curve { points: points.clone(), colour, width }));
        }
        // On what zigzags in a valley the later ones would make a line of their own.
        let parts = places.windows(2).filter_map(|pair| clip(pair[0]?, pair[1]?, field));
        let arm = 0.45 * f64::from(size);
        let heads = parts.filter(|(from, to)| (to.0 - from.0).hypot(to.1 - from.1) > 3.0 * arm).take(MOST_HEADS);
        let heads = heads.map(|(from, to)| Mark::Curve { points: head(from, to, (0.6, arm)), colour, width: stroke * line_width(size) });
        placed.marks.extend(heads.collect::<Vec<_>>());
        let at = |(x, y): &Place| (x.round() as i32, y.round() as i32);
        placed.marks.extend(places.iter().flatten().filter(|place| is_inside(place)).map(|place| Mark::Disc {
            at: at(place),
            radius,
            colour,
        }));
    }

    /// Draws an arrow beside the line between its ends, on which a way may lie.
    pub(super) fn draw_arrow(&self, placed: &mut Placed, arrow: &Arrow, size: i32) {
        let [Some(from), Some(to)] = arrow.ends.map(|end| self.placed(placed, end)) else { return };
        let (dx, dy) = (to.0 - from.0, to.1 - from.1);
        let aside = BESIDE * f64::from(line_width(size)) / dx.hypot(dy).max(f64::MIN_POSITIVE);
        let [from, to] = [from, to].map(|(x, y)| (x + aside * dy, y - aside * dx));
        let strokes = [vec![from, to], head(from, to, (1.0, 0.6 * f64::from(size)))];
        for (colour, width) in [([255; 3], 4 * line_width(size)), (INK, 2 * line_width(size))] {
            placed.marks.extend(strokes.iter().map(|points| Mark::Curve { points: points.clone(), colour, width }));
        }
    }

    /// Where a point lies; so far beyond the field that no direction changes, but not beyond what can be squared.
    fn placed(&self, placed: &Placed, (x, y): (f64, f64)) -> Option<Place> {
        let near = |fraction: f64| fraction.clamp(-1e100, 1e100);
        Some(placed.place(near(self.horizontal.fraction(x)?), near(self.vertical.fraction(y)?)))
    }
}

/// Two strokes of a length, whose tip lies at a part of the way.
fn head(from: Place, to: Place, (part, arm): (f64, f64)) -> Vec<Place> {
    let (dx, dy) = (to.0 - from.0, to.1 - from.1);
    let length = dx.hypot(dy).max(f64::MIN_POSITIVE);
    let (along, tip) = ((dx / length * arm, dy / length * arm), (from.0 + part * dx, from.1 + part * dy));
    let tail = |sign: f64| (tip.0 - along.0 - sign * 0.6 * along.1, tip.1 - along.1 + sign * 0.6 * along.0);
    vec![tail(1.0), tip, tail(-1.0)]
}

#[cfg(test)]
mod tests {
    use super::super::tests::contour;
    use super::*;
    use crate::picture::palette;
    use crate::picture::style::Style;

    #[test]
    fn a_way_ends_where_it_leaves_the_field_for_good() {
        let longest = |points: Vec<(f64, f64)>| {
            let contour = Contour { paths: vec![Path { name: String::new(), points }], marked: vec![], ..contour(30, 30) };
            let marks = contour.layout(Style::default()).unwrap().marks;
            let is_way = |mark: &&Mark| matches!(mark, Mark::Curve { colour, .. } if *colour == palette::LINES[0]);
            marks.iter().filter(is_way).map(|mark| if let Mark::Curve { points, .. } = mark { points.len() } else { 0 }).max().unwrap_or(0)
        };
        assert_eq!(longest(vec![(0.0, 0.0), (1.0, 1.5), (0.0, -9.0), (0.0, 99.0), (0.0, -999.0)]), 3);
        // One that comes back is whole.
        assert_eq!(longest(vec![(0.0, 0.0), (1.0, 1.5), (1.5, 0.0), (1.0, -1.0)]), 4);
        assert_eq!(longest(vec![(5.0, 5.0), (6.0, 6.0)]), 0);
    }
}
