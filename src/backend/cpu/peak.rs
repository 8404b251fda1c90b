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

/// Links of one measurement, or multiply-adds among which others are: a millisecond or two, in which a machine is seldom interrupted.
const WORK: usize = 1 << 21;
/// The most chains of blocks. How many fill the pipes and still fit the registers depends on both; the fastest count is it.
const MOST_CHAINS: usize = 8;
/// Vectors of a chain.
const VECTORS: usize = 2;
/// Measurements of one kind, of which the fastest counts, or for slots the median.
const REPEATS: usize = 11;
/// Multiply-adds beside one division or root, in chains of equal length: enough for a divider to keep up.
const BESIDE: usize = 24;
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
    /// One among [`BESIDE`] multiply-adds.
    DivideAmong,
    RootAmong,
}

/// Measures all rates on every thread of `pool` at once.
pub(super) fn measure(instructions: Instructions, pool: &rayon::ThreadPool) -> Peaks {
    let fastest = |mix| {
        let rates = (1..=MOST_CHAINS).map(|chains| fastest_of(|| rate(instructions, pool, Chains { mix, chains })));
        rates.fold(0.0, f64::max)
    };
    let (multiply_add, divide, root) = (fastest(Mix::MultiplyAdd), fastest(Mix::Divide), fastest(Mix::Root));
    // Both rates one right after the other, and the median of some: else what slows one of them down would pass for slots.
    let divides = |chains: &usize| BESIDE.is_multiple_of(*chains);
    let once = |mix| (1..=MOST_CHAINS).filter(divides).map(|chains| rate(instructions, pool, Chains { mix, chains })).fold(0.0, f64::max);
    let slots = |mix, alone| median((0..REPEATS).map(|_| slots(once(Mix::MultiplyAdd), alone, once(mix))).collect());
    Peaks {
        multiply_add,
        add: fastest(Mix::Add),
        mixed: fastest(Mix::Both),
        compare: fastest(Mix::Compare),
        multiply_add_compare: fastest(Mix::MultiplyAddCompare),
        divide,
        root,
        slots_of_divide: slots(Mix::DivideAmong, divide),
        slots_of_root: slots(Mix::RootAmong, root),
        estimates: instructions.has_estimates(),
        bandwidth: pool.install(bandwidth),
    }
}

/// How many multiply-adds cannot be issued for an operation that is done so often a second alone, and so often, with its [`BESIDE`], among them; 0 where
/// the divider itself may be what binds them.
fn slots(multiply_add: f64, alone: f64, among: f64) -> f64 {
    let together = (BESIDE + 1) as f64 / among;
    if together * alone > 1.2 { (together * multiply_add - BESIDE as f64).max(0.0) } else { 0.0 }
}

/// The middle one of an odd number of values.
fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
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
            Mix::MultiplyAdd => self.run::<Lanes<V, VECTORS>, { Mix::MultiplyAdd as u8 }>(2),
            Mix::Add => self.run::<Lanes<V, VECTORS>, { Mix::Add as u8 }>(2),
            Mix::Both => self.run::<Lanes<V, VECTORS>, { Mix::Both as u8 }>(2),
            Mix::Compare => self.run::<Lanes<V, VECTORS>, { Mix::Compare as u8 }>(1),
            Mix::MultiplyAddCompare => self.run::<Lanes<V, VECTORS>, { Mix::MultiplyAddCompare as u8 }>(3),
            Mix::Divide => self.run::<Lanes<V, VECTORS>, { Mix::Divide as u8 }>(2),
            Mix::Root => self.run::<Lanes<V, VECTORS>, { Mix::Root as u8 }>(2),
            Mix::DivideAmong => self.run::<Lanes<V, VECTORS>, { Mix::DivideAmong as u8 }>(BESIDE + 1),
            Mix::RootAmong => self.run::<Lanes<V, VECTORS>, { Mix::RootAmong as u8 }>(BESIDE + 1),
        }
    }
}

/// One link of a chain of `MIX`, a number of [`Mix`]. No closure, which need not be inlined, and then lacks the instructions.
#[inline(always)]
fn link<R: Real, const MIX: u8>(x: R, a: R) -> R {
    const MULTIPLY_ADD: u8 = Mix::MultiplyAdd as u8;
    const ADD: u8 = Mix::Add as u8;
    const BOTH: u8 = Mix::Both as u8;
    const COMPARE: u8 = Mix::Compare as u8;
    const MULTIPLY_ADD_COMPARE: u8 = Mix::MultiplyAddCompare as u8;
    const DIVIDE: u8 = Mix::Divide as u8;
    match MIX {
        MULTIPLY_ADD => x.mul_add(a, a).mul_add(a, a),
        ADD => x + a + a,
        BOTH => x.mul_add(a, a) + a,
        // With a selection by it.
        COMPARE => R::select(x.less(a), a + a, x),
        MULTIPLY_ADD_COMPARE => {
            let y = x.mul_add(a, a).mul_add(a, a);
            R::select(y.less(a), x, y)
        }
        DIVIDE => a / (a / x),
        _ => x.unary(Unary::Sqrt).unary(Unary::Sqrt),
    }
}

impl Chains {
    /// Repeats a link, or a round among others, of so many operations.
    #[inline(always)]
    fn run<R: Real, const MIX: u8>(self, operations: usize) -> f64 {
        let done = match self.chains {
            1 => repeat::<R, MIX, 1>(),
            2 => repeat::<R, MIX, 2>(),
            3 => repeat::<R, MIX, 3>(),
            4 => repeat::<R, MIX, 4>(),
            5 => repeat::<R, MIX, 5>(),
            6 => repeat::<R, MIX, 6>(),
            7 => repeat::<R, MIX, 7>(),
            _ => repeat::<R, MIX, MOST_CHAINS>(),
        };
        (done * operations * R::LANES) as f64
    }
}

/// Links of each chain, or rounds of multiply-adds in these chains with one division or root among them; returns how many of either.
#[inline(always)]
fn repeat<R: Real, const MIX: u8, const CHAINS: usize>() -> usize {
    const DIVIDE_AMONG: u8 = Mix::DivideAmong as u8;
    const ROOT_AMONG: u8 = Mix::RootAmong as u8;
    let factor = R::splat(black_box(0.5));
    // Each lane from a number of its own, as far as the compiler knows: else it might do one chain for all.
    let mut x: [R; CHAINS] = std::array::from_fn(|_| R::from_lanes(|_| black_box(0.7)));
    let mut beside = R::from_lanes(|_| black_box(0.7));
    let (rounds, done) = match MIX {
        DIVIDE_AMONG | ROOT_AMONG => (WORK / BESIDE, WORK / BESIDE),
        _ => (WORK / CHAINS, WORK / CHAINS * CHAINS),
    };
    for _ in 0..rounds {
        if MIX == DIVIDE_AMONG || MIX == ROOT_AMONG {
            // In turns: a processor need not look far ahead to see independent ones.
            for _ in 0..BESIDE / CHAINS {
                for chain in 0..CHAINS {
                    x[chain] = x[chain].mul_add(factor, factor);
                }
            }
            beside = if MIX == DIVIDE_AMONG { factor / beside } else { beside.unary(Unary::Sqrt) };
        } else {
            for chain in 0..CHAINS {
                x[chain] = link::<R, MIX>(x[chain], factor);
            }
        }
    }
    black_box((x, beside));
    done
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slots_are_what_multiply_adds_lose() {
        assert_eq!(slots(4.0, 1.0, 25.0 * 4.0 / 26.0), 2.0);
        assert_eq!(slots(4.0, 1.0, 4.2), 0.0);
        // 25 operations in the time of one alone.
        assert_eq!(slots(4.0, 0.1, 2.5), 0.0);
    }

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
