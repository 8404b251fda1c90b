//! How a block's point is held: in registers where D is small and known, in memory where it is not. And where its row stands.

use super::lanes::{Block, Lanes};
use super::vector::Vector;
use super::watch::Watch;
use crate::backend::descend::{Point, Rules};
use crate::loss::Evaluate;
use crate::optimizer::Update;
use crate::real::{Coefficients, Each, Real, Shared, dot};

/// Rows up to this length are copied next to the loop.
pub(super) const HELD_ROW: usize = 512;

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

/// How a point is held while it moves.
pub(super) trait Extent: Copy + Send {
    /// A point of its own.
    type Point<R: Real>: Point<R>;
    /// What runs side by side.
    type Running<V: Vector>: Block;
    /// What runs to its end, alone.
    type Leaving<V: Vector>: Block;
    /// Blocks that advance side by side, so that the latencies of their instructions overlap.
    const BLOCKS: usize;

    /// D.
    fn width(self) -> usize;

    /// Zero.
    fn origin<R: Real>(self) -> Self::Point<R>;

    /// `TIMES` updates of `x` (`R[D]`), in place.
    fn step<const TIMES: usize, R: Block, E: Evaluate, U: Update>(
        self,
        rules: &Rules<'_, E, U>,
        row: &impl Coefficients<R>,
        hyper: &[R],
        x: &mut [R],
        gradient: &mut Self::Point<R>,
    );

    /// `TIMES` updates of the point in `state`, D numbers and then the worst that was seen of it, to which is added what is seen.
    fn watched<const TIMES: usize, R: Block, E: Evaluate, U: Update>(
        self,
        rules: &Rules<'_, E, U>,
        row: &impl Coefficients<R>,
        hyper: &[R],
        state: &mut [R],
        gradient: &mut Self::Point<R>,
        watch: &Watch<R>,
    );
}

/// D numbers in registers.
#[derive(Clone, Copy)]
pub(super) struct InRegisters<const D: usize>;

/// As many numbers as there are, in memory.
#[derive(Clone, Copy)]
pub(super) struct InMemory(pub(super) usize);

impl<const D: usize> Extent for InRegisters<D> {
    type Point<R: Real> = [R; D];
    type Running<V: Vector> = Lanes<V, 1>;
    type Leaving<V: Vector> = Lanes<V, 4>;
    const BLOCKS: usize = 16;

    #[inline(always)]
    fn width(self) -> usize {
        D
    }

    #[inline(always)]
    fn origin<R: Real>(self) -> [R; D] {
        [R::splat(0.0); D]
    }

    #[inline(always)]
    fn step<const TIMES: usize, R: Block, E: Evaluate, U: Update>(
        self,
        rules: &Rules<'_, E, U>,
        row: &impl Coefficients<R>,
        hyper: &[R],
        x: &mut [R],
        _gradient: &mut [R; D],
    ) {
        let (mut point, mut gradient): ([R; D], [R; D]) = (held(x), self.origin());
        for _ in 0..TIMES {
            rules.step(row, hyper, &mut point, &mut gradient);
        }
        x.copy_from_slice(&point);
    }

    #[inline(always)]
    fn watched<const TIMES: usize, R: Block, E: Evaluate, U: Update>(
        self,
        rules: &Rules<'_, E, U>,
        row: &impl Coefficients<R>,
        hyper: &[R],
        state: &mut [R],
        _gradient: &mut [R; D],
        watch: &Watch<R>,
    ) {
        let (x, worst) = state.split_at_mut(D);
        let (mut point, mut gradient): ([R; D], [R; D]) = (held(x), self.origin());
        let mut seen = worst[0];
        for _ in 0..TIMES {
            let distance: R = dot(&point, &point);
            rules.step(row, hyper, &mut point, &mut gradient);
            seen = watch.see(seen, dot(&gradient, &gradient), distance);
        }
        x.copy_from_slice(&point);
        worst[0] = seen;
    }
}

#[inline(always)]
fn held<R: Real, const D: usize>(x: &[R]) -> [R; D] {
    let mut point = [R::splat(0.0); D];
    point.copy_from_slice(x);
    point
}

impl Extent for InMemory {
    type Point<R: Real> = Vec<R>;
    type Running<V: Vector> = V::Wide;
    type Leaving<V: Vector> = V::Wide;
    const BLOCKS: usize = 1;

    fn width(self) -> usize {
        self.0
    }

    fn origin<R: Real>(self) -> Vec<R> {
        vec![R::splat(0.0); self.0]
    }

    #[inline(always)]
    fn step<const TIMES: usize, R: Block, E: Evaluate, U: Update>(
        self,
        rules: &Rules<'_, E, U>,
        row: &impl Coefficients<R>,
        hyper: &[R],
        x: &mut [R],
        gradient: &mut Vec<R>,
    ) {
        for _ in 0..TIMES {
            rules.step(row, hyper, x, gradient);
        }
    }

    #[inline(always)]
    fn watched<const TIMES: usize, R: Block, E: Evaluate, U: Update>(
        self,
        rules: &Rules<'_, E, U>,
        row: &impl Coefficients<R>,
        hyper: &[R],
        state: &mut [R],
        gradient: &mut Vec<R>,
        watch: &Watch<R>,
    ) {
        let (x, worst) = state.split_at_mut(self.0);
        for _ in 0..TIMES {
            let distance = dot(x, x);
            rules.step(row, hyper, x, gradient);
            worst[0] = watch.see(worst[0], dot(gradient, gradient), distance);
        }
    }
}
