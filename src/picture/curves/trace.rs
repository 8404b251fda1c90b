//! The lines of a series: joined where its points are, cut where they leave the field.

use crate::picture::drawing::{Pixel, Place};

/// The corners of a field, left top and right bottom.
pub(in crate::picture) type Field = [Place; 2];

/// What there is to draw of a series.
#[derive(Debug, Default, PartialEq)]
pub(in crate::picture) struct Trace {
    pub(in crate::picture) lines: Vec<Vec<Place>>,
    /// Points with a gap on both sides, which no line shows.
    pub(in crate::picture) dots: Vec<Pixel>,
}

/// Joins neighbouring places within `field`; `None` is a gap.
pub(in crate::picture) fn trace(places: &[Option<Place>], field: Field) -> Trace {
    let mut trace = Trace::default();
    for run in places.split(Option::is_none) {
        let run: Vec<Place> = run.iter().copied().flatten().collect();
        for pair in simplified(&run).windows(2) {
            if let Some((from, to)) = clip(pair[0], pair[1], field) {
                trace.join(from, to);
            }
        }
    }
    for (index, place) in places.iter().enumerate() {
        let neighbour = |index: Option<usize>| index.and_then(|index| places.get(index).copied().flatten());
        if let Some(place) = place
            && neighbour(index.checked_sub(1)).is_none()
            && neighbour(index.checked_add(1)).is_none()
            && clip(*place, *place, field).is_some()
        {
            trace.dots.push(rounded(*place));
        }
    }
    trace.lines.retain(|line| line.len() > 1);
    trace
}

impl Trace {
    fn join(&mut self, from: Place, to: Place) {
        // What was cut at the edge of the field does not end where it would without rounding.
        let is_same = |a: Place, b: Place| (a.0 - b.0).hypot(a.1 - b.1) < 1e-6;
        match self.lines.last_mut() {
            Some(line) if line.last().is_some_and(|last| is_same(*last, from)) => {
                if !is_same(from, to) {
                    line.push(to);
                }
            }
            _ if is_same(from, to) => self.lines.push(vec![from]),
            _ => self.lines.push(vec![from, to]),
        }
    }
}

/// How far a line may pass by a place, in pixels.
const TOLERANCE: f64 = 0.1;

/// Those of `run` whose connection passes close by all others (Douglas and Peucker, 1973): many short lines between fine pixels would
/// look rough.
fn simplified(run: &[Place]) -> Vec<Place> {
    let Some(last) = run.len().checked_sub(1) else { return Vec::new() };
    let mut is_kept = vec![false; run.len()];
    (is_kept[0], is_kept[last]) = (true, true);
    let mut open = vec![(0, last)];
    while let Some((from, to)) = open.pop() {
        let distances = (from + 1..to).map(|number| (number, distance(run[number], run[from], run[to])));
        if let Some((farthest, far)) = distances.max_by(|(_, a), (_, b)| a.total_cmp(b))
            && far > TOLERANCE
        {
            is_kept[farthest] = true;
            open.extend([(from, farthest), (farthest, to)]);
        }
    }
    run.iter().zip(is_kept).filter(|(_, is_kept)| *is_kept).map(|(place, _)| *place).collect()
}

/// From a place to a segment.
fn distance((x, y): Place, from: Place, to: Place) -> f64 {
    let (dx, dy) = (to.0 - from.0, to.1 - from.1);
    let square = dx * dx + dy * dy;
    let part = if square > 0.0 { (((x - from.0) * dx + (y - from.1) * dy) / square).clamp(0.0, 1.0) } else { 0.0 };
    (x - from.0 - part * dx).hypot(y - from.1 - part * dy)
}

/// A line in dashes of this length, with gaps of two thirds of it.
pub(super) fn dashes(line: &[Place], length: f64) -> Vec<Vec<Place>> {
    let gap = length / 1.5;
    let (mut dashes, mut dash, mut is_dash, mut left) = (Vec::new(), Vec::from_iter(line.first().copied()), true, length);
    for pair in line.windows(2) {
        let [from, to] = [pair[0], pair[1]];
        let (mut at, whole) = (0.0, (to.0 - from.0).hypot(to.1 - from.1));
        while whole - at > left {
            at += left;
            let turn = (from.0 + (to.0 - from.0) * at / whole, from.1 + (to.1 - from.1) * at / whole);
            if is_dash {
                dash.push(turn);
                dashes.push(std::mem::take(&mut dash));
            } else {
                dash = vec![turn];
            }
            is_dash = !is_dash;
            left = if is_dash { length } else { gap };
        }
        left -= whole - at;
        if is_dash {
            dash.push(to);
        }
    }
    dashes.push(dash);
    dashes.retain(|dash| dash.len() > 1);
    dashes
}

fn rounded((x, y): Place) -> Pixel {
    (x.round() as i32, y.round() as i32)
}

/// The part of a segment within the field (Liang and Barsky, 1984).
pub(in crate::picture) fn clip(from: Place, to: Place, [(left, top), (right, bottom)]: Field) -> Option<(Place, Place)> {
    let (dx, dy) = (to.0 - from.0, to.1 - from.1);
    let (mut enter, mut leave) = (0.0_f64, 1.0_f64);
    for (direction, distance) in [(-dx, from.0 - left), (dx, right - from.0), (-dy, from.1 - top), (dy, bottom - from.1)] {
        if direction == 0.0 {
            if distance < 0.0 {
                return None;
            }
        } else if direction < 0.0 {
            enter = enter.max(distance / direction);
        } else {
            leave = leave.min(distance / direction);
        }
    }
    let at = |part: f64| (from.0 + part * dx, from.1 + part * dy);
    (enter <= leave).then(|| (at(enter), at(leave)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIELD: Field = [(0.0, 0.0), (10.0, 10.0)];

    #[test]
    fn a_gap_parts_two_lines() {
        let places = [Some((0.0, 0.0)), Some((1.0, 1.0)), None, Some((3.0, 3.0)), Some((4.0, 4.0)), Some((5.0, 4.0))];
        assert_eq!(trace(&places, FIELD).lines, [vec![(0.0, 0.0), (1.0, 1.0)], vec![(3.0, 3.0), (4.0, 4.0), (5.0, 4.0)]]);
    }

    #[test]
    fn a_point_between_two_gaps_is_a_dot() {
        assert_eq!(trace(&[Some((2.0, 2.0))], FIELD).dots, [(2, 2)]);
        assert_eq!(trace(&[None, Some((2.0, 2.0)), None, Some((20.0, 2.0))], FIELD).dots, [(2, 2)]);
        assert!(trace(&[Some((2.0, 2.0)), Some((3.0, 2.0))], FIELD).dots.is_empty());
        assert_eq!(trace(&[], FIELD), Trace::default());
    }

    #[test]
    fn a_line_of_many_places_is_drawn_in_few_pieces_that_pass_by_all() {
        let line: Vec<Place> = (0..=100).map(|x| (f64::from(x) / 10.0, f64::from(x) / 30.0)).collect();
        assert_eq!(simplified(&line), [line[0], line[100]]);
        let wave: Vec<Place> = (0..=1000).map(|x| (f64::from(x), 50.0 * (f64::from(x) / 30.0).sin())).collect();
        let few = simplified(&wave);
        assert!(few.len() < 400, "{}", few.len());
        let near = |place: Place| few.windows(2).any(|pair| distance(place, pair[0], pair[1]) <= TOLERANCE);
        assert!(wave.iter().all(|place| near(*place)));
        assert_eq!((simplified(&[]), simplified(&[(1.0, 2.0)])), (vec![], vec![(1.0, 2.0)]));
    }

    #[test]
    fn dashes_lie_on_their_line_around_its_corners_and_leave_gaps() {
        let whole = |points: &[Pixel]| points.iter().map(|(x, y)| (f64::from(*x), f64::from(*y))).collect::<Vec<Place>>();
        let line = whole(&[(0, 0), (20, 0), (20, 10)]);
        let parts = [[(0, 0), (6, 0)], [(10, 0), (16, 0)], [(20, 0), (20, 6)]].map(|part| whole(&part));
        assert_eq!(dashes(&line, 6.0), parts);
        assert_eq!(dashes(&line, 60.0), [line]);
        assert!(dashes(&[(1.0, 1.0)], 6.0).is_empty() && dashes(&[], 6.0).is_empty());
    }

    #[test]
    fn lines_end_at_the_edge_of_the_field() {
        let places = [Some((5.0, 5.0)), Some((5.0, 1e6)), Some((6.0, 1e6)), Some((6.0, 5.0))];
        assert_eq!(trace(&places, FIELD).lines, [vec![(5.0, 5.0), (5.0, 10.0)], vec![(6.0, 10.0), (6.0, 5.0)]]);
        assert!(trace(&[Some((-5.0, 5.0)), Some((5.0, -50.0))], FIELD).lines.is_empty());
    }
}
