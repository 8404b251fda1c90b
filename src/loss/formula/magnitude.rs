//! How large the numbers of a program can become, by which a loss is known to be finite without being looked at.

use crate::function::{Binary, Unary};
use crate::loss::formula::program::{Instruction, Operand, Program};

/// A bound on a number's size, infinite where there is none, and whether the number is never negative.
#[derive(Clone, Copy)]
struct Size {
    most: f64,
    is_positive: bool,
}

/// Whether every number of `program` is finite in f32 where no coordinate is larger than `radius`.
pub(crate) fn is_finite_within(program: &Program, radius: f64) -> bool {
    let mut sizes: Vec<Size> = Vec::with_capacity(program.instructions.len());
    for instruction in &program.instructions {
        let size = size(program, *instruction, radius, &sizes);
        // Rounding adds a little, and an order of magnitude is more than it can.
        if size.most.is_nan() || size.most * 10.0 > f32::MAX.into() {
            return false;
        }
        sizes.push(size);
    }
    program.outputs.iter().all(|output| !matches!(output, Operand::Parameter(_)))
}

fn size(program: &Program, instruction: Instruction, radius: f64, sizes: &[Size]) -> Size {
    let of = |operand| match operand {
        Operand::Result(number) => sizes[number],
        Operand::Constant(number) => Size { most: program.constants[number].abs(), is_positive: program.constants[number] >= 0.0 },
        Operand::Variable(_) => Size { most: radius, is_positive: false },
        Operand::Parameter(_) => Size { most: f64::INFINITY, is_positive: false },
    };
    let product =
        |a: Operand, b: Operand| Size { most: of(a).most * of(b).most, is_positive: a == b || of(a).is_positive && of(b).is_positive };
    let sum = |a: Size, b: Size| Size { most: a.most + b.most, is_positive: a.is_positive && b.is_positive };
    let signed = |size: Size| Size { is_positive: false, ..size };
    match instruction {
        Instruction::Add(a, b) => sum(of(a), of(b)),
        Instruction::Subtract(a, b) => signed(sum(of(a), of(b))),
        Instruction::Multiply(a, b) => product(a, b),
        Instruction::MultiplyAdd(a, b, c) => sum(product(a, b), of(c)),
        Instruction::MultiplySubtract(a, b, c) | Instruction::SubtractProduct(a, b, c) => signed(sum(product(a, b), of(c))),
        Instruction::Divide(..) => Size { most: f64::INFINITY, is_positive: false },
        Instruction::Unary(function, a) => unary(function, of(a)),
        Instruction::Binary(Binary::Minimum | Binary::Maximum, a, b) => {
            Size { most: of(a).most.max(of(b).most), is_positive: of(a).is_positive && of(b).is_positive }
        }
        Instruction::Binary(Binary::Atan2, a, b) if (of(a).most + of(b).most).is_finite() => Size { most: 4.0, is_positive: false },
        Instruction::Binary(..) => Size { most: f64::INFINITY, is_positive: false },
        Instruction::Select { yes, no, .. } => {
            Size { most: of(yes).most.max(of(no).most), is_positive: of(yes).is_positive && of(no).is_positive }
        }
    }
}

fn unary(function: Unary, x: Size) -> Size {
    let bounded = |most: f64| Size { most: if x.most.is_finite() { most } else { f64::INFINITY }, is_positive: false };
    match function {
        Unary::Negate | Unary::Floor => Size { most: x.most + 1.0, is_positive: false },
        Unary::Abs => Size { most: x.most, is_positive: true },
        Unary::Sign | Unary::Sin | Unary::Cos | Unary::Tanh => bounded(1.0),
        Unary::Atan => bounded(2.0),
        Unary::Sqrt if x.is_positive => Size { most: x.most.sqrt(), is_positive: true },
        Unary::Cbrt => bounded(x.most.cbrt()),
        Unary::Exp | Unary::Exp2 | Unary::Cosh => Size { most: x.most.exp(), is_positive: true },
        Unary::Sinh => bounded(x.most.exp()),
        _ => Size { most: f64::INFINITY, is_positive: false },
    }
}
