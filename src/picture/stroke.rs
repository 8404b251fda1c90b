//! Lines in pixels: plotters rounds the corners of a line's outline to whole pixels, so that a thin one would be now thicker, now thinner.

use std::collections::BTreeMap;

use super::drawing::{Pixel, Place};

/// The pixels that a line through `points` covers, and how much of each. A line is `width` pixels wide and ends in half circles.
pub(super) fn covered(points: &[Place], width: f64) -> BTreeMap<Pixel, f32> {
    let mut covers = BTreeMap::new();
    for pair in points.windows(2) {
        cover(pair[0], pair[1], 0.5 * width, &mut covers);
    }
    covers
}

/// Notes what one segment covers, where that is more than was known.
fn cover(from: Place, to: Place, radius: f64, covers: &mut BTreeMap<Pixel, f32>) {
    let (dx, dy) = (to.0 - from.0, to.1 - from.1);
    // Along the axis in which it is longer, a segment passes each row of pixels once.
    let is_steep = dy.abs() > dx.abs();
    let turned = |(x, y): Place| if is_steep { (y, x) } else { (x, y) };
    let (from, to) = (turned(from), turned(to));
    let (from, to) = if from.0 <= to.0 { (from, to) } else { (to, from) };
    let (run, rise) = (to.0 - from.0, to.1 - from.1);
    let slope = if run > 0.0 { rise / run } else { 0.0 };
    let length = run.hypot(rise).max(f64::MIN_POSITIVE);
    let beyond = radius + 1.0;
    let half = beyond * (1.0 + slope * slope).sqrt();
    for along in (from.0 - beyond).floor() as i32..=(to.0 + beyond).ceil() as i32 {
        let x = f64::from(along);
        let middle = from.1 + slope * (x.clamp(from.0, to.0) - from.0);
        for across in (middle - half).floor() as i32..=(middle + half).ceil() as i32 {
            let (x, y) = (x - from.0, f64::from(across) - from.1);
            let part = ((x * run + y * rise) / (length * length)).clamp(0.0, 1.0);
            let distance = (x - part * run).hypot(y - part * rise);
            let found = (radius + 0.5 - distance).clamp(0.0, 1.0) as f32;
            if found > 0.0 {
                let pixel = if is_steep { (across, along) } else { (along, across) };
                let known = covers.entry(pixel).or_insert(found);
                *known = known.max(found);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// What a line covers in all.
    fn area(points: &[Place], width: f64) -> f64 {
        covered(points, width).values().map(|cover| f64::from(*cover)).sum()
    }

    #[test]
    fn an_upright_line_covers_whole_pixels() {
        let line = covered(&[(0.0, 5.0), (10.0, 5.0)], 3.0);
        assert!((0..=10).all(|x| [4, 5, 6].iter().all(|y| line[&(x, *y)] == 1.0)), "{line:?}");
        assert!((0..=10).all(|x| !line.contains_key(&(x, 3)) && !line.contains_key(&(x, 7))));
        assert!(covered(&[(1.0, 1.0)], 3.0).is_empty() && covered(&[], 3.0).is_empty());
    }

    #[test]
    fn corners_are_covered_once() {
        let bent = covered(&[(0.0, 0.0), (10.0, 0.0), (10.0, 10.0)], 2.0);
        assert!(bent.values().all(|cover| *cover <= 1.0) && bent[&(10, 0)] == 1.0);
    }

    proptest! {
        #[test]
        fn a_line_is_as_wide_in_every_direction(angle in 0.0..std::f64::consts::TAU, width in 2.0..9.0_f64, x in 0.0..1.0_f64) {
            let (length, start) = (40.0, (x, 1.0 - x));
            let end = (start.0 + length * angle.cos(), start.1 + length * angle.sin());
            let expected = width * length + std::f64::consts::PI * width * width / 4.0;
            // Cover is told by the middle of a pixel, which for thin slanting lines is off by some hundredths.
            prop_assert!((area(&[start, end], width) / expected - 1.0).abs() < 0.1, "{} {expected}", area(&[start, end], width));
        }
    }
}
