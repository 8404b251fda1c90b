//! What this processor does at most: independent chains of operations in registers, and copies that no cache holds, on all threads.

use std::hint::black_box;
use std::time::Instant;

use rayon::prelude::*;

use crate::backend::cpu::instructions::{Instructions, OnLanes};
use crate::backend::cpu::lanes::Lanes;
use crate::backend::cpu::vector::Vector;
use crate::backend::roofline::Peaks;
use crate::function::Unary;
use crate::real::Real;

/// Chains times rounds of one measurement: a millisecond or two, in which a machine is seldom interrupted.
const WORK: usize = 1 << 21;
/// The most chains of blocks. How many fill the pipes and still fit the registers depends on both; the fastest count is it.
const MOST_CHAINS: usize = 8;
/// Vectors of a chain.
const VECTORS: usize = 2;
/// Measurements of one kind, of which the fastest counts.
const REPEATS: usize = 10;
/// Floats in a buffer that is copied: far more than caches hold.
const COPIED: usize = 1 << 25;

/// What is issued.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mix {
    MultiplyAdd,
    Add,
    Both,
    Compare,
    MultiplyAddCompare,
    Divide,
    Root,
}

/// Measures all rates on every thread of `pool` at once.
pub(super) fn measure(instructions: Instructions, pool: &rayon::ThreadPool) -> Peaks {
    let fastest = |mix| {
        let rates = (1..=MOST_CHAINS).map(|chains| fastest_of(|| rate(instructions, pool, Chains { mix, chains })));
        rates.fold(0.0, f64::max)
    };
    Peaks {
        multiply_add: fastest(Mix::MultiplyAdd),
        add: fastest(Mix::Add),
        mixed: fastest(Mix::Both),
        compare: fastest(Mix::Compare),
        multiply_add_compare: fastest(Mix::MultiplyAddCompare),
        divide: fastest(Mix::Divide),
        root: fastest(Mix::Root),
        bandwidth: pool.install(bandwidth),
    }
}

fn fastest_of(measure: impl Fn() -> f64) -> f64 {
    (0..REPEATS).map(|_| measure()).fold(0.0, f64::max)
}

/// Operations a second.
fn rate(instructions: Instructions, pool: &rayon::ThreadPool, chains: Chains) -> f64 {
    let started = Instant::now();
    let done: f64 = pool.broadcast(|_| instructions.call(chains)).into_iter().sum();
    done / started.elapsed().as_secs_f64()
}

/// Bytes a second, read and written.
fn bandwidth() -> f64 {
    let from = vec![1.0_f32; COPIED];
    let mut to = vec![0.0_f32; COPIED];
    let part = COPIED.div_ceil(rayon::current_num_threads());
    let mut copy = || {
        let started = Instant::now();
        to.par_chunks_mut(part).zip(from.par_chunks(part)).for_each(|(to, from)| to.copy_from_slice(black_box(from)));
        (2 * COPIED * size_of::<f32>()) as f64 / started.elapsed().as_secs_f64()
    };
    (0..REPEATS).map(|_| copy()).fold(0.0, f64::max)
}

/// So many chains of operations, each of which needs only the one before it.
#[derive(Clone, Copy)]
struct Chains {
    mix: Mix,
    chains: usize,
}

impl OnLanes for Chains {
    /// How many operations were done, one for each lane.
    type Output = f64;

    #[inline(always)]
    fn call<V: Vector>(self) -> f64 {
        match self.mix {
            Mix::MultiplyAdd => self.run(2, |x: Lanes<V, VECTORS>, a| x.mul_add(a, a).mul_add(a, a)),
            Mix::Add => self.run(2, |x: Lanes<V, VECTORS>, a| x + a + a),
            Mix::Both => self.run(2, |x: Lanes<V, VECTORS>, a| x.mul_add(a, a) + a),
            Mix::Compare => self.run(1, raised::<Lanes<V, VECTORS>>),
            Mix::MultiplyAddCompare => self.run(3, moved::<Lanes<V, VECTORS>>),
            Mix::Divide => self.run(2, |x: Lanes<V, VECTORS>, a| a / (a / x)),
            Mix::Root => self.run(2, |x: Lanes<V, VECTORS>, _| x.unary(Unary::Sqrt).unary(Unary::Sqrt)),
        }
    }
}

/// A comparison, and a selection by it.
#[inline(always)]
fn raised<R: Real>(x: R, least: R) -> R {
    R::select(x.less(least), least + least, x)
}

/// Two multiply-adds, a comparison, and a selection by it.
#[inline(always)]
fn moved<R: Real>(x: R, a: R) -> R {
    let y = x.mul_add(a, a).mul_add(a, a);
    R::select(y.less(a), x, y)
}

impl Chains {
    /// Repeats `link`, so many operations of a chain.
    #[inline(always)]
    fn run<R: Real>(self, operations: usize, link: impl Fn(R, R) -> R) -> f64 {
        match self.chains {
            1 => rounds::<R, 1>(operations, link),
            2 => rounds::<R, 2>(operations, link),
            3 => rounds::<R, 3>(operations, link),
            4 => rounds::<R, 4>(operations, link),
            5 => rounds::<R, 5>(operations, link),
            6 => rounds::<R, 6>(operations, link),
            7 => rounds::<R, 7>(operations, link),
            _ => rounds::<R, MOST_CHAINS>(operations, link),
        }
    }
}

#[inline(always)]
fn rounds<R: Real, const CHAINS: usize>(operations: usize, link: impl Fn(R, R) -> R) -> f64 {
    let factor = R::splat(black_box(0.5));
    // Each lane from a number of its own, as far as the compiler knows: else it might do one chain for all.
    let mut x: [R; CHAINS] = std::array::from_fn(|_| R::from_lanes(|_| black_box(0.7)));
    let rounds = WORK / CHAINS;
    for _ in 0..rounds {
        for chain in 0..CHAINS {
            x[chain] = link(x[chain], factor);
        }
    }
    black_box(x);
    (rounds * operations * CHAINS * R::LANES) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_instruction_set_has_peaks_and_counts_its_lanes() {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(2).build().unwrap();
        for instructions in Instructions::available() {
            let chains = Chains { mix: Mix::Both, chains: 3 };
            let done = instructions.call(chains);
            assert_eq!(done, (WORK / 3 * 3 * 2 * VECTORS * instructions.lanes()) as f64);
            let rate = rate(instructions, &pool, chains);
            assert!(rate.is_finite() && rate > 0.0, "{rate}");
        }
    }
}
