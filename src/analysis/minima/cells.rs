//! Cells of space that lie around one valley or on a plateau: what their centre leads to, all their ends do.
//!
//! A cell is judged by its own place alone, so it makes no difference which end it was judged for.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use crate::analysis::minima::ball::{CHANGE, largest_change};
use crate::analysis::minima::nature::is_plateau;
use crate::analysis::minima::polish::polish;
use crate::analysis::minima::site::{FLAT, spectrum};
use crate::analysis::minima::valley::FOLLOWED;
use crate::analysis::minima::{Nature, Smooth, Stationary, axes, directions, distance};

/// Sides of cells, from the first tried to the last. On sides of more than 1 a plateau may hide a well.
const SIDES: [f64; 5] = [8.0, 0.5, 1.0 / 16.0, 1.0 / 128.0, 1.0 / 1024.0];
/// The most cells that are kept.
const MOST: usize = 1 << 20;

/// Which cell: the number of its side, and its place in sides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Cell {
    level: u32,
    place: [i32; FOLLOWED],
}

/// What the ends in a cell lead to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Class {
    /// The minimum of this provisional label, or none.
    Label(i32),
    /// To more than one, or not known.
    Mixed,
}

/// What a cell's centre and its surroundings say.
#[derive(Clone, Debug)]
pub(super) enum Verdict {
    /// Everything in it is close to this valley.
    Valley(Stationary),
    /// It is flat.
    Plateau,
    /// Neither.
    Mixed,
}

/// The cells that have been judged.
#[derive(Debug, Default)]
pub(super) struct Cells(HashMap<Cell, Class, BuildHasherDefault<Mixer>>);

impl Cells {
    /// The cells around `x` (`f64[D]`), from the largest; none where D is large or `x` is far away.
    pub(super) fn around(x: &[f64]) -> impl Iterator<Item = Cell> {
        let is_near = x.len() <= FOLLOWED && x.iter().all(|x| x.abs() < 1e6);
        SIDES.iter().enumerate().filter(move |_| is_near).map(move |(level, side)| {
            let mut place = [0; FOLLOWED];
            place.iter_mut().zip(x).for_each(|(place, x)| *place = (x / side).floor() as i32);
            Cell { level: level as u32, place }
        })
    }

    /// What is known of a cell.
    pub(super) fn class(&self, cell: &Cell) -> Option<Class> {
        self.0.get(cell).copied()
    }

    /// The label of `x` (`f64[D]`) if the cells around it are known and one is not mixed.
    pub(super) fn label(&self, x: &[f64]) -> Option<i32> {
        if self.0.is_empty() {
            return None;
        }
        for cell in Self::around(x) {
            if let Class::Label(label) = self.class(&cell)? {
                return Some(label);
            }
        }
        None
    }

    /// Remembers a cell, as long as there are not too many.
    pub(super) fn insert(&mut self, cell: Cell, class: Class) {
        if self.0.len() < MOST {
            self.0.insert(cell, class);
        }
    }
}

impl Cell {
    /// What this cell of D = `dimension` is like.
    pub(super) fn judge(&self, loss: &dyn Smooth, dimension: usize) -> Verdict {
        let side = SIDES[self.level as usize];
        let at =
            |parts: &[f64]| -> Vec<f64> { self.place.iter().zip(parts).map(|(place, part)| (f64::from(*place) + part) * side).collect() };
        let center = at(&vec![0.5; dimension]);
        if side < 1.0 {
            let mut lattice = (0..3_usize.pow(dimension as u32)).map(|number| {
                let parts: Vec<f64> = (0..dimension).map(|axis| (number / 3_usize.pow(axis as u32) % 3) as f64 * 0.5).collect();
                at(&parts)
            });
            if lattice.all(|point| is_plateau(loss, &point)) {
                return polish(loss, &center).filter(Stationary::is_valley).map_or(Verdict::Plateau, Verdict::Valley);
            }
        }
        let half_diagonal = 0.5 * side * (dimension as f64).sqrt();
        match polish(loss, &center) {
            Some(valley) if is_all_around(loss, &valley, &center, half_diagonal) => Verdict::Valley(valley),
            _ => Verdict::Mixed,
        }
    }
}

/// Whether the curvature across `valley` is nearly the same within `radius` of `center`, so that there is but one there.
fn is_all_around(loss: &dyn Smooth, valley: &Stationary, center: &[f64], radius: f64) -> bool {
    let Nature::Valley { foot, .. } = &valley.nature else { return false };
    let (dimension, far) = (center.len(), distance(foot, center));
    let Some(spectrum) = spectrum(loss, foot).filter(|_| far <= 4.0 * radius) else { return false };
    let zero = 10.0 * FLAT * spectrum.largest();
    let across: Vec<Vec<f64>> =
        spectrum.modes().filter(|(value, _)| *value > zero).map(|(value, v)| v.iter().map(|v| v / value.sqrt()).collect()).collect();
    let units: Vec<&[f64]> = across.iter().map(Vec::as_slice).collect();
    let both = axes(dimension).chain(directions(dimension, 8)).flat_map(|v| [v.iter().map(|v| -v).collect(), v]);
    let probes: Vec<Vec<f64>> = both.collect();
    !units.is_empty() && largest_change(loss, foot, far + radius, &probes, &units) <= CHANGE
}

/// A quick hash of a few small integers, as in Firefox: rotate, exclusive or, multiply.
#[derive(Clone, Copy, Debug, Default)]
struct Mixer(u64);

impl Hasher for Mixer {
    fn finish(&self) -> u64 {
        // The table looks at the highest bits and at the lowest ones.
        self.0 ^ self.0 >> 32
    }

    fn write(&mut self, bytes: &[u8]) {
        for chunk in bytes.chunks(4) {
            let mut word = [0; 4];
            word[..chunk.len()].copy_from_slice(chunk);
            self.write_u32(u32::from_le_bytes(word));
        }
    }

    fn write_u32(&mut self, word: u32) {
        self.0 = (self.0.rotate_left(5) ^ u64::from(word)).wrapping_mul(0x517c_c1b7_2722_0a95);
    }

    fn write_usize(&mut self, word: usize) {
        self.write_u32(word as u32);
    }
}
