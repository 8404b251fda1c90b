//! Rows of numbers, one number of every descent in each.

use super::SEATS;
use crate::backend::cpu::lanes::{Block, Lanes};
use crate::backend::cpu::vector::Vector;
use crate::real::Real;

/// Blocks that an operation takes at a time.
pub(in crate::backend::cpu) const TOGETHER: usize = 4;
/// What lies between two rows, so that numbers of one lane do not all compete for one place of a cache.
const PADDING: usize = 16 * TOGETHER;

/// Bytes from one row to the next, whatever the vectors.
pub(super) const ROW_BYTES: usize = (SEATS + PADDING) * size_of::<f32>();

/// Rows of lanes, as many lanes as there are seats: the registers, or numbers that code does not see.
pub(in crate::backend::cpu) struct File<V> {
    pub(in crate::backend::cpu) blocks: Vec<Lanes<V, 1>>,
}

impl<V: Vector> File<V> {
    /// Blocks of a row.
    pub(in crate::backend::cpu) const WIDTH: usize = SEATS / V::LANES;
    /// Blocks from one row to the next.
    pub(in crate::backend::cpu) const STRIDE: usize = (SEATS + PADDING) / V::LANES;

    pub(in crate::backend::cpu) fn new(rows: usize) -> Self {
        Self { blocks: vec![Lanes::splat(0.0); rows * Self::STRIDE] }
    }

    /// Block `block` of a row.
    #[inline(always)]
    pub(in crate::backend::cpu) fn at(&mut self, row: usize, block: usize) -> &mut Lanes<V, 1> {
        &mut self.blocks[row * Self::STRIDE + block]
    }

    /// The numbers of a row.
    #[inline(always)]
    pub(in crate::backend::cpu) fn row(&mut self, row: usize) -> &mut [f32] {
        Block::numbers_mut(&mut self.blocks[row * Self::STRIDE..][..Self::WIDTH])
    }

    /// The numbers of each row.
    #[inline(always)]
    pub(in crate::backend::cpu) fn rows(&mut self) -> impl Iterator<Item = &mut [f32]> {
        self.blocks.chunks_exact_mut(Self::STRIDE).map(|row| Block::numbers_mut(&mut row[..Self::WIDTH]))
    }
}
