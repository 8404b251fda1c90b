//! Compiled code against the vectors themselves, on random programs: the same bits.

use proptest::prelude::*;

use super::{Base, Compiled, Memory, Place, Recorded, Truth, Turns};
use crate::backend::cpu::arithmetic::Arithmetic;
use crate::backend::cpu::instructions::{Instructions, OnLanes};
use crate::backend::cpu::lanes::{Block, Lanes};
use crate::backend::cpu::vector::Vector;
use crate::function::{Binary, Unary};
use crate::real::{Mask, Real, largest};

/// Blocks of a row, and numbers between the starts of two rows, whatever the vectors.
const BLOCKS: usize = 8;
const PITCH: usize = 16 * BLOCKS;
/// Rows that a program reads, and numbers that all share.
const INPUTS: usize = 4;
const SHARED: [f32; 3] = [0.75, -2.5, 1e-3];

/// Numbers at which functions change their ways.
const SPECIAL: [f32; 6] = [0.0, -0.0, f32::INFINITY, f32::NEG_INFINITY, f32::NAN, 1e-40];

/// One operation on results of earlier ones, which are told by any numbers.
#[derive(Clone, Copy, Debug)]
enum Step {
    Constant(f32),
    Plain(u8, usize, usize),
    MultiplyAdd([bool; 3], [usize; 3]),
    Unary(Unary, usize),
    Binary(Binary, usize, usize),
    Near(u8, usize, usize),
    Select(u8, [usize; 6]),
    Count(usize, usize),
}

fn step() -> impl Strategy<Value = Step> {
    let place = || 0_usize..1 << 16;
    let functions = [
        Unary::Negate,
        Unary::Abs,
        Unary::Sign,
        Unary::Floor,
        Unary::Sqrt,
        Unary::Cbrt,
        Unary::Exp,
        Unary::Ln,
        Unary::Sin,
        Unary::Cos,
        Unary::Tan,
        Unary::Atan,
        Unary::Tanh,
    ];
    let binaries = [Binary::Minimum, Binary::Maximum, Binary::Atan2, Binary::Power];
    prop_oneof![
        1 => (-4.0_f32..4.0).prop_map(Step::Constant),
        5 => (0_u8..4, place(), place()).prop_map(|(kind, a, b)| Step::Plain(kind, a, b)),
        5 => (any::<[bool; 3]>(), [place(), place(), place()]).prop_map(|(signs, of)| Step::MultiplyAdd(signs, of)),
        3 => (prop::sample::select(functions.to_vec()), place()).prop_map(|(function, a)| Step::Unary(function, a)),
        1 => (prop::sample::select(binaries.to_vec()), place(), place()).prop_map(|(function, a, b)| Step::Binary(function, a, b)),
        1 => (0_u8..5, place(), place()).prop_map(|(kind, a, b)| Step::Near(kind, a, b)),
        3 => (0_u8..6, [place(), place(), place(), place(), place(), place()]).prop_map(|(kind, of)| Step::Select(kind, of)),
        1 => (place(), place()).prop_map(|(a, b)| Step::Count(a, b)),
    ]
}

/// Does all steps; returns every result.
fn perform<R: Arithmetic>(steps: &[Step], inputs: &[R]) -> Vec<R> {
    let mut results = inputs.to_vec();
    for step in steps {
        let at = |place: usize| results[place % results.len()];
        let flipped = |place: usize, flips: bool| if flips { -at(place) } else { at(place) };
        let result = match *step {
            Step::Constant(value) => R::splat(value),
            Step::Plain(0, a, b) => at(a) + at(b),
            Step::Plain(1, a, b) => at(a) - at(b),
            Step::Plain(2, a, b) => at(a) * at(b),
            Step::Plain(_, a, b) => at(a) / at(b),
            Step::MultiplyAdd(signs, [a, b, c]) => flipped(a, signs[0]).mul_add(flipped(b, signs[1]), flipped(c, signs[2])),
            Step::Unary(function, a) => at(a).unary(function),
            Step::Binary(function, a, b) => at(a).binary(function, at(b)),
            Step::Near(0, a, _) => at(a).near_sqrt(),
            Step::Near(1, a, _) => at(a).near_inverse_root(),
            Step::Near(2, a, _) => at(a).to_unit(),
            Step::Near(3, a, b) => largest(&[at(a), at(b)]),
            Step::Near(_, a, b) => at(a).near_quotient(at(b)),
            Step::Select(kind, [a, b, c, d, yes, no]) => {
                let (first, second) = (at(a).less(at(b)), at(c).less_or_equal(at(d)));
                let condition = match kind {
                    0 => first & second,
                    1 => first | !second,
                    2 => first & !at(c).same_bits(at(d)),
                    3 => first & at(c).is_finite() & second,
                    4 => !(first & second) & at(a).more_bits(at(d)),
                    _ => (first | R::Mask::splat(false)) & R::Mask::splat(true),
                };
                R::select(condition, at(yes), at(no))
            }
            Step::Count(a, b) => at(a).plus_bits(R::select(at(a).less(at(b)), R::splat(f32::from_bits(1)), R::splat(0.0))),
        };
        // What a NaN's bits are nobody says, so none goes on.
        results.push(R::select(result.less_or_equal(result), result, R::splat(0.5)));
    }
    results
}

/// A program, and what is to be compared: the last result is compiled times `lie`.
struct Case<'a> {
    steps: &'a [Step],
    numbers: &'a [f32],
    instructions: Instructions,
    lie: f32,
}

impl OnLanes for Case<'_> {
    type Output = usize;

    #[inline(always)]
    fn call<V: Vector>(self) -> usize {
        self.differences::<V>()
    }
}

impl Case<'_> {
    fn row(number: usize) -> Place {
        Place { base: Base::File, offset: (number * PITCH * size_of::<f32>()) as u32 }
    }

    /// How many numbers of all results differ.
    #[expect(unsafe_code, reason = "machine code is called")]
    fn differences<V: Vector>(&self) -> usize {
        let stride = PITCH / V::LANES;
        let count = INPUTS + SHARED.len() + self.steps.len();
        let compiled = Compiled::new(self.instructions, usize::MAX, Turns::Blocks, || {
            let own = (0..INPUTS).map(|number| Recorded::load(Self::row(number)));
            let shared = (0..SHARED.len()).map(|number| Recorded::load(Place { base: Base::Row, offset: 4 * number as u32 }));
            let inputs: Vec<Recorded> = own.chain(shared).collect();
            let results = perform(self.steps, &inputs);
            let last = results[count - 1] * Recorded::splat(self.lie);
            results[..count - 1].iter().chain([&last]).enumerate().for_each(|(number, result)| result.store(Self::row(INPUTS + number)));
            let running = Truth::load(Place { base: Base::Running, offset: 0 });
            (running & inputs[0].less(inputs[1])).store(Place { base: Base::Running, offset: 0 });
        });
        let compiled = compiled.expect("there is a compiler for these instructions");
        let mut file = vec![Lanes::<V, 1>::splat(0.0); (INPUTS + count) * stride];
        for row in 0..INPUTS {
            let to = Block::numbers_mut(&mut file[row * stride..][..BLOCKS]);
            to.iter_mut().enumerate().for_each(|(lane, to)| *to = self.numbers[(lane * INPUTS + row) % self.numbers.len()]);
        }
        let start = file.clone();
        let (mut running, mut steps, mut state) = (vec![<Lanes<V, 1> as Real>::Mask::splat(true); BLOCKS], Vec::new(), Vec::new());
        let memory = Memory {
            file: &mut file,
            hyper: &[],
            state: &mut state,
            steps: &mut steps,
            running: &mut running,
            common: &[],
            row: &SHARED,
            scratch: &mut Vec::new(),
        };
        // SAFETY: these are the vectors of the instructions, which are there.
        unsafe { compiled.run(memory, BLOCKS) };
        let mut differences = 0;
        for block in 0..BLOCKS {
            let inputs = (0..INPUTS).map(|row| start[row * stride + block]).chain(SHARED.map(Lanes::<V, 1>::splat));
            let expected = perform(self.steps, &inputs.collect::<Vec<_>>());
            for lane in 0..V::LANES {
                let same = |number: usize| file[(INPUTS + number) * stride + block].same_bits(expected[number]).lane(lane);
                differences += (0..count).filter(|number| !same(*number)).count();
                let goes_on = expected[0].less(expected[1]).lane(lane);
                differences += usize::from(running[block].lane(lane) != goes_on);
            }
        }
        differences
    }
}

fn compilers() -> impl Iterator<Item = Instructions> {
    Instructions::available().into_iter().filter(|instructions| *instructions != Instructions::Scalar)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]
    #[test]
    fn compiled_programs_do_what_vectors_do(
        steps in prop::collection::vec(step(), 1..120),
        numbers in prop::collection::vec(prop_oneof![8 => -8.0_f32..8.0, 1 => -1e8_f32..1e8, 1 => prop::sample::select(SPECIAL.to_vec())], 4..64),
    ) {
        for instructions in compilers() {
            let case = Case { steps: &steps, numbers: &numbers, instructions, lie: 1.0 };
            prop_assert_eq!(instructions.call(case), 0, "{:?}", instructions);
        }
    }
}

#[test]
fn a_program_that_differs_is_noticed() {
    for instructions in compilers() {
        let case = Case { steps: &[Step::Plain(2, 0, 1)], numbers: &[1.0, 2.0, 3.0, 4.0, 5.0], instructions, lie: 1.001 };
        assert!(instructions.call(case) > 0, "{instructions:?}");
    }
}

/// Numbers of a block, more than there are registers, blocks, and steps of a round.
const NUMBERS: usize = 12;
const GROUP: usize = 3;
const STEPS: usize = 4;

/// One step: it divides, so that blocks are out of step.
fn rotated<R: Arithmetic>(x: &[R], factor: R) -> Vec<R> {
    (0..NUMBERS).map(|i| x[i].mul_add(factor, x[(i + 1) % NUMBERS] / R::splat(3.0 + i as f32))).collect()
}

/// Rounds that are left where a lane's first number is above `limit`, `most` at most: whether they end as the vectors do.
struct Leaving {
    instructions: Instructions,
    limit: f32,
    most: u32,
}

impl Leaving {
    fn record(&self, vector: usize) {
        let place = |base, number: usize| Place { base, offset: (number * vector) as u32 };
        let mut x: Vec<Recorded> = (0..NUMBERS).map(|i| Recorded::load(place(Base::File, i))).collect();
        let (factor, running) = (Recorded::load(place(Base::Hyper, 0)), Truth::load(place(Base::Running, 0)));
        for _ in 0..STEPS {
            let is_above = running & Recorded::splat(self.limit).less(x[0]);
            let left: Vec<(Place, Recorded)> = x.iter().enumerate().map(|(i, x)| (place(Base::State, i), *x)).collect();
            is_above.exit(&left, &[(place(Base::Running, 0), is_above)]);
            x = rotated(&x, factor);
        }
        x.into_iter().enumerate().for_each(|(i, x)| x.store(place(Base::File, i)));
    }
}

impl OnLanes for Leaving {
    /// The exit that was taken.
    type Output = Option<usize>;

    #[inline(always)]
    #[expect(unsafe_code, reason = "machine code is called")]
    fn call<V: Vector>(self) -> Option<usize> {
        type Lane<V> = Lanes<V, 1>;
        let turns = Turns::Rounds { blocks: GROUP, file: NUMBERS, hyper: 1, state: NUMBERS };
        let compiled = Compiled::new(self.instructions, usize::MAX, turns, || self.record(size_of::<V>())).unwrap();
        let start = |at: usize| Lane::<V>::from_lanes(|lane| 1.0 + ((at * 31 + lane * 7) % 13) as f32 / 13.0);
        let mut file: Vec<Lane<V>> = (0..GROUP * NUMBERS).map(start).collect();
        let hyper: Vec<Lane<V>> = (0..GROUP).map(|block| Lane::<V>::splat(1.0 + block as f32 / 64.0)).collect();
        let running = [Lane::<V>::splat(0.0).less(Lane::<V>::splat(1.0)); GROUP];
        let (mut expected, mut found) = ((0, None), running);
        let (mut at_start, mut x) = (file.clone(), file.clone());
        'rounds: while expected.0 < self.most {
            for step in 0..STEPS {
                let is_above: Vec<_> = (0..GROUP).map(|block| Lane::<V>::splat(self.limit).less(x[block * NUMBERS])).collect();
                if is_above.iter().any(|lanes| lanes.any()) {
                    expected.1 = Some(step);
                    found.copy_from_slice(&is_above);
                    break 'rounds;
                }
                x = (0..GROUP).flat_map(|block| rotated(&x[block * NUMBERS..][..NUMBERS], hyper[block])).collect();
            }
            at_start.clone_from(&x);
            expected.0 += 1;
        }
        let (mut state, mut ended) = (vec![Lane::<V>::splat(0.0); GROUP * NUMBERS], running);
        let memory = Memory {
            file: &mut file,
            hyper: &hyper,
            state: &mut state,
            steps: &mut [],
            running: &mut ended,
            common: &[],
            row: &[],
            scratch: &mut Vec::new(),
        };
        // SAFETY: these are the vectors of the instructions, which are there.
        let turned = unsafe { compiled.run_rounds(memory, self.most) };
        assert_eq!(turned, expected, "{:?}", self.instructions);
        assert_eq!(Block::numbers(&file), Block::numbers(&at_start), "points are those of the last whole round");
        assert!(expected.1.is_none() || Block::numbers(&state) == Block::numbers(&x), "what is left is where they are");
        assert!(ended.iter().zip(&found).all(|(ended, found)| ended.bits() == found.bits()));
        expected.1
    }
}

#[test]
fn rounds_end_at_the_step_where_a_lane_says_so() {
    for instructions in compilers() {
        // A step makes numbers a third larger, or so.
        let limits = (0..30).map(|power| 1.2_f32.powi(power)).chain([1e30]);
        let exits: Vec<Option<usize>> = limits.map(|limit| instructions.call(Leaving { instructions, limit, most: 9 })).collect();
        assert!((0..STEPS).all(|step| exits.contains(&Some(step))) && exits.contains(&None), "{exits:?}");
        assert_eq!(instructions.call(Leaving { instructions, limit: 1.0, most: 0 }), None);
    }
}

#[test]
fn what_is_too_long_is_not_compiled() {
    for instructions in compilers() {
        let work = || (0..100).for_each(|number| (Recorded::splat(number as f32) + Recorded::splat(1.0)).store(Case::row(number)));
        assert!(Compiled::new(instructions, 50, Turns::Blocks, work).is_none());
        assert!(Compiled::new(instructions, 500, Turns::Blocks, work).is_some());
    }
    assert!(Compiled::new(Instructions::Scalar, 500, Turns::Blocks, || {}).is_none());
}
