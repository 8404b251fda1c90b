//! Signs that mark a point and show on every colour.

use super::Rgb;
use super::drawing::{INK, Mark, Pixel};

const WHITE: Rgb = [255; 3];

/// A sign that marks a point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Symbol {
    /// A white disc with a dark rim.
    Disc,
    /// A white cross with a dark rim.
    Cross,
}

impl Symbol {
    /// Draws it around `at`, beside text of `size` pixels.
    pub(super) fn draw(self, marks: &mut Vec<Mark>, at: Pixel, size: i32) {
        let (radius, rim) = ((size / 3).max(3), (size / 8).max(1));
        match self {
            Self::Disc => {
                marks.push(Mark::Disc { at, radius: radius + rim, colour: INK });
                marks.push(Mark::Disc { at, radius, colour: WHITE });
            }
            Self::Cross => {
                let arms = |length: i32, colour, width: i32| {
                    [1, -1].map(|sign| {
                        let ends = [-length, length].map(|offset| (at.0 + offset, at.1 + sign * offset));
                        Mark::Line { points: ends.to_vec(), colour, width: width.unsigned_abs() }
                    })
                };
                marks.extend(arms(radius + rim, INK, 4 * rim));
                marks.extend(arms(radius, WHITE, 2 * rim));
            }
        }
    }
}
