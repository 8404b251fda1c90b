//! How many descents move side by side and how their points are held: in registers where D is small and known, in memory where it is
//! not. And where their coefficients stand.

use super::lanes::{Block, Lanes};
use super::vector::Vector;
use crate::backend::descend::Point;
use crate::real::{Coefficients, Each, Real, Shared};

/// Rows up to this length are copied next to the loop.
pub(super) const HELD_ROW: usize = 512;

/// Numbers that an optimizer keeps of a descent in registers, at most.
const MOST_STATE: usize = 16;

/// Steps of a group of `dimension` variables between two looks at whether to go on: far less than a second's.
pub(super) fn uninterrupted(dimension: usize) -> u32 {
    ((1 << 22) / (dimension * dimension)).clamp(1, 1 << 12) as u32
}

/// Where a block's coefficients stand.
pub(super) trait Row: Clone + Send {
    /// The coefficients of block `number`; `own` holds `width` numbers for each block, if it has its own.
    fn of<'b, R: Real>(&'b self, own: &'b [R], number: usize, width: usize) -> impl Coefficients<R> + 'b;
}

/// One row for all, short enough to clone before a loop: compilers keep the numbers of an array in registers if nobody else knows it.
#[derive(Clone)]
pub(super) struct Held(pub(super) [f32; HELD_ROW]);
/// One row for all.
#[derive(Clone)]
pub(super) struct Long<'a>(pub(super) &'a [f32]);
/// A row for each lane.
#[derive(Clone)]
pub(super) struct Own;

impl Row for Held {
    #[inline(always)]
    fn of<'b, R: Real>(&'b self, _own: &'b [R], _number: usize, _width: usize) -> impl Coefficients<R> + 'b {
        Shared(&self.0)
    }
}

impl Row for Long<'_> {
    #[inline(always)]
    fn of<'b, R: Real>(&'b self, _own: &'b [R], _number: usize, _width: usize) -> impl Coefficients<R> + 'b {
        Shared(self.0)
    }
}

impl Row for Own {
    #[inline(always)]
    fn of<'b, R: Real>(&'b self, own: &'b [R], number: usize, width: usize) -> impl Coefficients<R> + 'b {
        Each(&own[number * width..][..width])
    }
}

/// How a group of blocks is held while it moves.
pub(super) trait Extent: Copy + Send {
    /// A point of its own.
    type Point<R: Real>: Point<R>;
    /// Something for each block of a group.
    type Each<T: Clone>: Clone + AsRef<[T]> + AsMut<[T]>;
    /// The lanes of a block.
    type Lanes<V: Vector>: Block;
    /// Blocks of a group: enough to hide the latency of each, few enough for the registers.
    const BLOCKS: usize;
    /// Steps of a round. A round costs something to look back at and as much again where a descent ended; the dearer a step, the shorter.
    const ROUND: u32;

    /// What an optimizer keeps of a descent.
    type State<R: Real>: AsRef<[R]> + AsMut<[R]>;

    /// Zero.
    fn origin<R: Real>(self) -> Self::Point<R>;

    /// `length` zeros, or more.
    fn state<R: Real>(self, length: usize) -> Self::State<R>;

    /// Whether points are in registers.
    const IS_HELD: bool;

    /// The numbers of all points, block by block, if they are held.
    fn held<R: Real>(points: &mut Self::Each<Self::Point<R>>) -> Option<&mut [R]>;

    /// The same for each block.
    fn each<T: Clone>(value: T) -> Self::Each<T>;

    /// Copies the points of all blocks.
    #[inline(always)]
    fn copy<R: Real>(from: &Self::Each<Self::Point<R>>, to: &mut Self::Each<Self::Point<R>>) {
        for block in 0..Self::BLOCKS {
            to.as_mut()[block].as_mut().copy_from_slice(from.as_ref()[block].as_ref());
        }
    }
}

/// `D` numbers in registers, in `BLOCKS` blocks of `VECTORS` vectors.
#[derive(Clone, Copy)]
pub(super) struct InRegisters<const D: usize, const BLOCKS: usize, const VECTORS: usize>;

/// As many numbers as there are, in memory.
#[derive(Clone, Copy)]
pub(super) struct InMemory(pub(super) usize);

/// `D` numbers in registers, in `STOPPING` blocks of a vector where descents may stop early and in `FIXED` blocks where they take a fixed number of steps: a step that asks
/// for its end needs more registers. `benches/RESULTS.md` has what was measured. Registers need not hold the coefficients besides: an instruction reads one from the cache in passing.
#[derive(Clone, Copy)]
pub(super) struct Small<const D: usize, const STOPPING: usize, const FIXED: usize>;

/// How many descents move side by side, by what they do.
pub(super) trait Extents: Copy + Send {
    /// Of those that may stop early.
    type Stopping: Extent;
    /// Of those that take a fixed number of steps.
    type Fixed: Extent;
    fn stopping(self) -> Self::Stopping;
    fn fixed(self) -> Self::Fixed;
}

impl<const D: usize, const STOPPING: usize, const FIXED: usize> Extents for Small<D, STOPPING, FIXED> {
    type Stopping = InRegisters<D, STOPPING, 1>;
    type Fixed = InRegisters<D, FIXED, 1>;

    fn stopping(self) -> Self::Stopping {
        InRegisters
    }
    fn fixed(self) -> Self::Fixed {
        InRegisters
    }
}

impl Extents for InMemory {
    type Stopping = Self;
    type Fixed = Self;

    fn stopping(self) -> Self {
        self
    }
    fn fixed(self) -> Self {
        self
    }
}

impl<const D: usize, const BLOCKS: usize, const VECTORS: usize> Extent for InRegisters<D, BLOCKS, VECTORS> {
    type Point<R: Real> = [R; D];
    type Each<T: Clone> = [T; BLOCKS];
    type Lanes<V: Vector> = Lanes<V, VECTORS>;
    // Compilers keep those in registers that are used.
    type State<R: Real> = [R; MOST_STATE];
    const BLOCKS: usize = BLOCKS;
    const ROUND: u32 = 8;
    const IS_HELD: bool = true;

    #[inline(always)]
    fn origin<R: Real>(self) -> [R; D] {
        [R::splat(0.0); D]
    }
    #[inline(always)]
    fn state<R: Real>(self, length: usize) -> [R; MOST_STATE] {
        assert!(length <= MOST_STATE, "no rule keeps more of so few coordinates");
        [R::splat(0.0); MOST_STATE]
    }
    #[inline(always)]
    fn held<R: Real>(points: &mut [[R; D]; BLOCKS]) -> Option<&mut [R]> {
        Some(points.as_flattened_mut())
    }
    #[inline(always)]
    fn each<T: Clone>(value: T) -> [T; BLOCKS] {
        std::array::from_fn(|_| value.clone())
    }
}

impl Extent for InMemory {
    type Point<R: Real> = Vec<R>;
    type Each<T: Clone> = [T; 1];
    type Lanes<V: Vector> = V::Wide;
    type State<R: Real> = Vec<R>;
    const BLOCKS: usize = 1;
    const ROUND: u32 = 2;
    const IS_HELD: bool = false;

    fn origin<R: Real>(self) -> Vec<R> {
        vec![R::splat(0.0); self.0]
    }
    fn state<R: Real>(self, length: usize) -> Vec<R> {
        vec![R::splat(0.0); length]
    }
    fn held<R: Real>(_points: &mut [Vec<R>; 1]) -> Option<&mut [R]> {
        None
    }
    fn each<T: Clone>(value: T) -> [T; 1] {
        [value]
    }
}
