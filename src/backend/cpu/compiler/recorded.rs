//! Numbers that are not computed but recorded: what twins do with them stands on a tape afterwards.

use std::cell::RefCell;
use std::ops::{Add, BitAnd, BitOr, Div, Mul, Neg, Not, Sub};

use super::tape::{Exit, Id, Kind, Place, Tape, Test};
use crate::backend::cpu::arithmetic::{self, Arithmetic};
use crate::backend::cpu::function;
use crate::backend::cpu::vector::SIGNS;
use crate::function::{Binary, Unary};
use crate::real::{Mask, Real};

/// Zeros of either sign and ∞, as `vfpclassps` counts classes.
const ZEROS_AND_INFINITY: u8 = 0x0e;
const SIGN: u32 = 0x8000_0000;
const MAGNITUDE: u32 = 0x7fff_ffff;

thread_local! {
    static RECORDER: RefCell<Recorder> = RefCell::default();
}

#[derive(Default)]
struct Recorder {
    tape: Tape,
    /// A tape of so many operations is given up.
    longest: usize,
    /// Whether there are instructions that estimate inverses and roots, and that test within a condition.
    has_masks: bool,
}

/// What `work` does with recorded numbers, for instructions with or without masks and estimates; nothing where that is more than `longest` operations.
pub(super) fn record(has_masks: bool, longest: usize, work: impl FnOnce()) -> Option<Tape> {
    RECORDER.with_borrow_mut(|recorder| *recorder = Recorder { tape: Tape::default(), longest, has_masks });
    work();
    let tape = RECORDER.with_borrow_mut(|recorder| std::mem::take(&mut recorder.tape));
    (tape.operations.len() < longest).then_some(if has_masks { tape.with_tests_within() } else { tape })
}

fn push(kind: Kind, operands: &[Id]) -> Id {
    RECORDER
        .with_borrow_mut(|recorder| if recorder.tape.operations.len() < recorder.longest { recorder.tape.push(kind, operands) } else { 0 })
}

fn kind(id: Id) -> Kind {
    RECORDER.with_borrow(|recorder| recorder.tape.at(id).kind)
}

fn operands(id: Id) -> Vec<Id> {
    RECORDER.with_borrow(|recorder| recorder.tape.at(id).operands().to_vec())
}

/// Whether it is known to be a number above 0.
fn is_above_zero(id: Id) -> bool {
    match kind(id) {
        Kind::Constant(bits) => f32::from_bits(bits) > 0.0,
        Kind::LargerSize => is_above_zero(operands(id)[1]),
        _ => false,
    }
}

fn has_masks() -> bool {
    RECORDER.with_borrow(|recorder| recorder.has_masks)
}

/// A number of every lane.
#[derive(Clone, Copy, Debug)]
pub(in crate::backend::cpu) struct Recorded(Id);

/// A truth value of every lane.
#[derive(Clone, Copy, Debug)]
pub(in crate::backend::cpu) struct Truth(Id);

impl Recorded {
    pub(in crate::backend::cpu) fn load(place: Place) -> Self {
        Self(push(Kind::Load(place), &[]))
    }

    /// Has the number stand at `place` in the end.
    pub(in crate::backend::cpu) fn store(self, place: Place) {
        // What was loaded from elsewhere could be stored over before it is read again, so it becomes a result.
        let is_elsewhere = matches!(kind(self.0), Kind::Load(from) if from != place);
        let id = if is_elsewhere { push(Kind::OrBits, &[self.0, self.0]) } else { self.0 };
        RECORDER.with_borrow_mut(|recorder| recorder.tape.stores.push((place, id)));
    }

    fn of_bits(bits: u32) -> Self {
        Self(push(Kind::Constant(bits), &[]))
    }

    fn and(self, kind: Kind, other: Self) -> Self {
        Self(push(kind, &[self.0, other.0]))
    }

    fn test(self, test: Test, other: Self) -> Truth {
        Truth(push(Kind::Test(test), &[self.0, other.0]))
    }

    /// Without the change of sign that it is the result of, if it is, and whether it was.
    fn unsigned(self) -> (Self, bool) {
        if kind(self.0) == Kind::XorBits {
            let operands = operands(self.0);
            if kind(operands[1]) == Kind::Constant(SIGN) {
                return (Self(operands[0]), true);
            }
        }
        (self, false)
    }
}

impl Truth {
    pub(in crate::backend::cpu) fn load(place: Place) -> Self {
        Self(push(Kind::LoadTruth(place), &[]))
    }

    /// Has it stand at `place` in the end.
    pub(in crate::backend::cpu) fn store(self, place: Place) {
        assert!(!matches!(kind(self.0), Kind::LoadTruth(from) if from != place), "it could be stored over before it is read again");
        RECORDER.with_borrow_mut(|recorder| recorder.tape.stores.push((place, self.0)));
    }

    /// A way out, to be taken where it holds in any lane: `numbers` and `truths` are stored then, instead of all that is stored in the end, at places
    /// that none of them was loaded from.
    pub(in crate::backend::cpu) fn exit(self, numbers: &[(Place, Recorded)], truths: &[(Place, Self)]) {
        let numbers = numbers.iter().map(|(place, number)| (*place, number.0));
        let stores: Vec<(Place, Id)> = numbers.chain(truths.iter().map(|(place, truth)| (*place, truth.0))).collect();
        for (_, id) in &stores {
            let (Kind::Load(from) | Kind::LoadTruth(from)) = kind(*id) else { continue };
            assert!(stores.iter().all(|(place, _)| *place != from), "it could be stored over before it is read");
        }
        RECORDER.with_borrow_mut(|recorder| {
            let after = recorder.tape.operations.len();
            recorder.tape.exits.push(Exit { after, condition: self.0, stores });
        });
    }
}

/// Implements operators that are one operation each.
macro_rules! operators {
    ($($trait:ident $method:ident $kind:ident),*) => {
        $(
            impl $trait for Recorded {
                type Output = Self;
                fn $method(self, other: Self) -> Self {
                    self.and(Kind::$kind, other)
                }
            }
        )*
    };
}
operators!(Add add Add, Sub sub Subtract, Mul mul Multiply, Div div Divide);

impl Neg for Recorded {
    type Output = Self;
    fn neg(self) -> Self {
        match (kind(self.0), self.unsigned()) {
            (Kind::Constant(bits), _) => Self::of_bits(bits ^ SIGN),
            (_, (number, true)) => number,
            _ => self.and(Kind::XorBits, Self::of_bits(SIGN)),
        }
    }
}

impl BitAnd for Truth {
    type Output = Self;
    fn bitand(self, other: Self) -> Self {
        match (kind(self.0), kind(other.0)) {
            (Kind::Known(true), _) => other,
            (_, Kind::Known(true)) => self,
            (_, Kind::Not) => Self(push(Kind::ButNot, &[self.0, operands(other.0)[0]])),
            (Kind::Not, _) => Self(push(Kind::ButNot, &[other.0, operands(self.0)[0]])),
            _ => Self(push(Kind::Both, &[self.0, other.0])),
        }
    }
}

impl BitOr for Truth {
    type Output = Self;
    fn bitor(self, other: Self) -> Self {
        match (kind(self.0), kind(other.0)) {
            (Kind::Known(false), _) => other,
            (_, Kind::Known(false)) => self,
            _ => Self(push(Kind::Either, &[self.0, other.0])),
        }
    }
}

impl Not for Truth {
    type Output = Self;
    fn not(self) -> Self {
        match kind(self.0) {
            Kind::Known(value) => Self::splat(!value),
            Kind::Not => Self(operands(self.0)[0]),
            Kind::Test(Test::SameBits) if has_masks() => Self(push(Kind::Test(Test::OtherBits), &operands(self.0))),
            _ => Self(push(Kind::Not, &[self.0])),
        }
    }
}

/// What someone asks who wants a value.
const NO_VALUE: &str = "recorded numbers have no values yet";

impl Mask for Truth {
    const LANES: usize = 1;

    fn splat(value: bool) -> Self {
        Self(push(Kind::Known(value), &[]))
    }
    fn any(self) -> bool {
        unreachable!("{NO_VALUE}")
    }
    fn bits(self) -> u64 {
        unreachable!("{NO_VALUE}")
    }
}

impl Real for Recorded {
    type Mask = Truth;
    const LANES: usize = 1;
    // Of registers it knows nothing; as many as any lanes have.
    const SUMS: usize = 8;

    fn splat(value: f32) -> Self {
        Self::of_bits(value.to_bits())
    }
    fn from_lanes(_lane: impl FnMut(usize) -> f32) -> Self {
        unreachable!("{NO_VALUE}")
    }
    fn lane(self, _lane: usize) -> f64 {
        unreachable!("{NO_VALUE}")
    }
    fn mul_add(self, factor: Self, term: Self) -> Self {
        let ((a, a_flips), (b, b_flips), (c, negates_term)) = (self.unsigned(), factor.unsigned(), term.unsigned());
        Self(push(Kind::MultiplyAdd { negates_product: a_flips != b_flips, negates_term }, &[a.0, b.0, c.0]))
    }
    fn unary(self, function: Unary) -> Self {
        function::unary(function, self)
    }
    fn binary(self, function: Binary, other: Self) -> Self {
        function::binary(function, self, other)
    }
    fn near_sqrt(self) -> Self {
        if !has_masks() {
            return self.sqrt();
        }
        let (estimate, half) = (Self(push(Kind::NearInverseRoot, &[self.0])), Self::splat(0.5));
        let (root, half_estimate) = (self * estimate, half * estimate);
        let error = (-root).mul_add(half_estimate, half);
        let root = error.mul_add(root, root);
        // The estimates of 0 and ∞ are each other.
        Self::select(Truth(push(Kind::Test(Test::Class(ZEROS_AND_INFINITY)), &[self.0])), self, root)
    }
    fn to_unit(self) -> Self {
        arithmetic::to_unit(self)
    }
    fn near_inverse_root(self) -> Self {
        let one = Self::splat(1.0);
        if !has_masks() {
            return one / self.sqrt();
        }
        let estimate = Self(push(Kind::NearInverseRoot, &[self.0]));
        let error = (-(self * estimate)).mul_add(estimate, one);
        error.mul_add(Self::splat(0.5) * estimate, estimate)
    }
    fn near_quotient(self, other: Self) -> Self {
        if !has_masks() {
            return self / other;
        }
        let estimate = Self(push(Kind::NearInverse, &[other.0]));
        let error = (-other).mul_add(estimate, Self::splat(1.0));
        self * error.mul_add(estimate, estimate)
    }
    fn less(self, other: Self) -> Truth {
        self.test(Test::Less, other)
    }
    fn less_or_equal(self, other: Self) -> Truth {
        self.test(Test::LessOrEqual, other)
    }
    fn is_finite(self) -> Truth {
        self.abs().less(Self::splat(f32::INFINITY))
    }
    fn same_bits(self, other: Self) -> Truth {
        // Whether a bit is set.
        let is_bit = matches!(kind(other.0), Kind::Constant(bits) if bits.is_power_of_two());
        if has_masks() && is_bit && kind(self.0) == Kind::AndBits && operands(self.0)[1] == other.0 {
            return Self(operands(self.0)[0]).test(Test::Bit, other);
        }
        self.test(Test::SameBits, other)
    }
    fn select(mask: Truth, yes: Self, no: Self) -> Self {
        match kind(mask.0) {
            Kind::Known(value) => {
                if value {
                    yes
                } else {
                    no
                }
            }
            _ if yes.0 == no.0 => yes,
            // The smaller of two, or the larger: as these are defined, to the bit.
            Kind::Test(Test::Less) if operands(mask.0)[..2] == [yes.0, no.0] => yes.min(no),
            Kind::Test(Test::Less) if operands(mask.0)[..2] == [no.0, yes.0] => yes.max(no),
            _ => Self(push(Kind::Select, &[mask.0, yes.0, no.0])),
        }
    }
}

impl Arithmetic for Recorded {
    const FUSED: bool = true;

    fn divide(self, other: Self) -> Self {
        self / other
    }
    fn sqrt(self) -> Self {
        Self(push(Kind::Sqrt, &[self.0]))
    }
    fn abs(self) -> Self {
        self.and(Kind::AndBits, Self::of_bits(MAGNITUDE))
    }
    fn floor(self) -> Self {
        Self(push(Kind::Floor, &[self.0]))
    }
    fn sign(self) -> Self {
        if has_masks() {
            return Self(push(Kind::ByClass, &[self.0, Self::of_bits(SIGNS).0]));
        }
        let unit = self.and_bits(Self::splat(-0.0)).or_bits(Self::splat(1.0));
        Self::select(Self::splat(0.0).less(self.abs()), unit, self)
    }
    fn min(self, other: Self) -> Self {
        self.and(Kind::Minimum, other)
    }
    fn max(self, other: Self) -> Self {
        // On the pipes of additions, instead of one more operation on any.
        if has_masks()
            && kind(self.0) == Kind::AndBits
            && let [x, mask] = operands(self.0)[..]
            && kind(mask) == Kind::Constant(MAGNITUDE)
            && is_above_zero(other.0)
        {
            return Self(push(Kind::LargerSize, &[x, other.0]));
        }
        self.and(Kind::Maximum, other)
    }
    fn plus_bits(self, other: Self) -> Self {
        if kind(other.0) == Kind::Constant(0) {
            return self;
        }
        // What is added only here and there.
        if has_masks() && kind(other.0) == Kind::Select {
            let [condition, yes, no] = operands(other.0)[..] else { unreachable!("it has three") };
            if kind(no) == Kind::Constant(0) {
                return Self(push(Kind::PlusBitsWithin, &[self.0, yes, condition]));
            }
        }
        self.and(Kind::PlusBits, other)
    }
    fn minus_bits(self, other: Self) -> Self {
        self.and(Kind::MinusBits, other)
    }
    fn max_bits(self, other: Self) -> Self {
        self.and(Kind::MaximumBits, other)
    }
    fn more_bits(self, other: Self) -> Truth {
        if has_masks() { self.test(Test::MoreBits, other) } else { !self.max_bits(other).same_bits(other) }
    }
    fn and_bits(self, other: Self) -> Self {
        self.and(Kind::AndBits, other)
    }
    fn or_bits(self, other: Self) -> Self {
        self.and(Kind::OrBits, other)
    }
    fn xor_bits(self, other: Self) -> Self {
        self.and(Kind::XorBits, other)
    }
    fn shift_left(self, count: u32) -> Self {
        Self(push(Kind::ShiftLeft(count as u8), &[self.0]))
    }
    fn shift_right(self, count: u32) -> Self {
        Self(push(Kind::ShiftRight(count as u8), &[self.0]))
    }
    fn mended(self, near: Truth, result: Self, function: Unary) -> Self {
        Self(push(Kind::Mended(function), &[self.0, result.0, near.0]))
    }
}
