//! What the machine does most: a product plus a term, or two such sums in one pass, the second on the result of the first.

use super::code::Place;
use crate::loss::formula::{Instruction, Operand};

/// Two factors and a term. Every product, sum and difference is one: adding multiplies by 1, multiplying adds −0, and both are exact.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Sum {
    /// Only the second may be a constant.
    pub(super) factors: [Place; 2],
    pub(super) term: Place,
    /// ±0, what flips the sign of the product and that of the term; +0 where a constant has it.
    pub(super) signs: [f32; 2],
}

impl Sum {
    /// An instruction as a sum, if it is one; `place` tells where its operands are.
    pub(super) fn of(instruction: Instruction, place: impl Fn(Operand) -> Place) -> Option<Self> {
        let (one, nothing) = (Place::Constant(1.0), Place::Constant(-0.0));
        let (factors, term, signs) = match instruction {
            Instruction::Multiply(a, b) => ([place(a), place(b)], nothing, [0.0, 0.0]),
            Instruction::Add(a, b) if place(a).is_constant() => ([place(b), one], place(a), [0.0, 0.0]),
            Instruction::Add(a, b) => ([place(a), one], place(b), [0.0, 0.0]),
            Instruction::Subtract(a, b) if place(b).is_constant() => ([place(a), one], place(b), [0.0, -0.0]),
            Instruction::Subtract(a, b) => ([place(b), one], place(a), [-0.0, 0.0]),
            Instruction::MultiplyAdd(a, b, c) => ([place(a), place(b)], place(c), [0.0, 0.0]),
            Instruction::MultiplySubtract(a, b, c) => ([place(a), place(b)], place(c), [0.0, -0.0]),
            Instruction::SubtractProduct(a, b, c) => ([place(a), place(b)], place(c), [-0.0, 0.0]),
            _ => return None,
        };
        let [a, b] = factors;
        Some(Self { factors: if a.is_constant() { [b, a] } else { [a, b] }, term, signs }.signed())
    }

    /// With signs that constants can have given to them.
    fn signed(mut self) -> Self {
        for (sign, place) in self.signs.iter_mut().zip([&mut self.factors[1], &mut self.term]) {
            if let Place::Constant(value) = place {
                *value = f32::from_bits(value.to_bits() ^ sign.to_bits());
                *sign = 0.0;
            }
        }
        self
    }
}

/// What becomes of a sum while it is at hand.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Then {
    Store,
    /// It is a factor in another sum.
    Factor {
        factor: Place,
        term: Place,
        signs: [f32; 2],
    },
    /// It is the term of another sum.
    Term {
        factors: [Place; 2],
        signs: [f32; 2],
    },
}

impl Then {
    /// What becomes of [`Place::Pending`] in `sum`.
    pub(super) fn of(Sum { factors, term, signs }: Sum) -> Self {
        match factors {
            _ if term == Place::Pending => Self::Term { factors, signs },
            [Place::Pending, factor] | [factor, _] => Self::Factor { factor, term, signs },
        }
    }
}
