//! Runs code on rows of lanes, one operation after the other over a whole row, so that telling operations apart costs little.

use std::cell::Cell;

use super::code::{Code, Operation, Place};
use super::sums;
use crate::backend::cpu::crew::{File, Lane, TOGETHER};
use crate::backend::cpu::function::{binary, unary};
use crate::backend::cpu::lanes::{Block, Lanes};
use crate::backend::cpu::vector::{Vector, Within};
use crate::function::Comparison;
use crate::real::Real;

/// Some blocks that are side by side.
pub(super) type Few<R> = [Cell<R>; TOGETHER];

/// A row, or the same number all along.
#[derive(Clone, Copy)]
pub(super) enum Source<'a, R> {
    Row(&'a [Few<R>]),
    Number(R),
}

/// Runs `code` on the first `blocks` blocks of `file` at least.
#[inline(always)]
pub(super) fn run<V: Vector>(file: &mut File<V>, code: &Code, blocks: usize) {
    V::enter(Run { file, code, blocks });
}

struct Run<'a, V> {
    file: &'a mut File<V>,
    code: &'a Code,
    blocks: usize,
}

impl<V: Vector> Within for Run<'_, V> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        let Self { file, code, blocks } = self;
        let few = blocks.div_ceil(TOGETHER);
        let cells = Cell::from_mut(&mut file.blocks[..]).as_slice_of_cells();
        let row = |register: usize| &cells[register * File::<V>::STRIDE..][..File::<V>::WIDTH].as_chunks().0[..few];
        let source = |place| match place {
            Place::Register(register) => Source::Row(row(register)),
            Place::Constant(value) => Source::Number(Lanes::splat(value)),
            Place::Pending => unreachable!("it has no place of its own"),
        };
        for step in &code.steps {
            execute::<V>(&step.operation, row(step.to), source);
        }
    }
}

impl<R: Block> Source<'_, R> {
    /// What stands at the `few`-th blocks.
    #[inline(always)]
    fn at(self, few: usize) -> [R; TOGETHER] {
        match self {
            Self::Row(row) => numbers(row, few),
            Self::Number(number) => [number; TOGETHER],
        }
    }
}

/// What stands at the `few`-th blocks of a row.
#[inline(always)]
pub(super) fn numbers<R: Block>(row: &[Few<R>], few: usize) -> [R; TOGETHER] {
    let mut numbers = [R::splat(0.0); TOGETHER];
    for i in 0..TOGETHER {
        numbers[i] = row[few][i].get();
    }
    numbers
}

#[inline(always)]
fn execute<'a, V: Vector>(operation: &Operation, to: &'a [Few<Lane<V>>], source: impl Fn(Place) -> Source<'a, Lane<V>>) {
    match *operation {
        Operation::Sum(sum, then) => sums::run::<V>(&sum, &then, to, source),
        Operation::Copy(a) => each::<V, _>(
            to,
            [source(a)],
            #[inline(always)]
            |[a]| a,
        ),
        Operation::Divide(a, b) => each::<V, _>(
            to,
            [source(a), source(b)],
            #[inline(always)]
            |[a, b]| a / b,
        ),
        Operation::Unary(function, a) => each_of::<V>(function, to, source(a)),
        Operation::Binary(function, a, b) => each::<V, _>(
            to,
            [source(a), source(b)],
            #[inline(always)]
            |[a, b]| binary(function, a, b),
        ),
        Operation::Select(comparison, [left, right, yes, no]) => each::<V, _>(
            to,
            [source(left), source(right), source(yes), source(no)],
            #[inline(always)]
            |[left, right, yes, no]| Lane::<V>::select(compare(comparison, left, right), yes, no),
        ),
    }
}

/// Does `operation` on all blocks.
#[inline(always)]
fn each<V: Vector, const N: usize>(to: &[Few<Lane<V>>], from: [Source<'_, Lane<V>>; N], operation: impl Fn([Lane<V>; N]) -> Lane<V>) {
    V::enter(Each { to, from, operation });
}

/// A loop, in a function of its own: compilers keep the constants of loops that are side by side in registers, all at once.
struct Each<'a, R, F, const N: usize> {
    to: &'a [Few<R>],
    from: [Source<'a, R>; N],
    operation: F,
}

impl<R: Block, F: Fn([R; N]) -> R, const N: usize> Within for Each<'_, R, F, N> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        for (few, to) in self.to.iter().enumerate() {
            let mut columns = [[R::splat(0.0); TOGETHER]; N];
            for n in 0..N {
                columns[n] = self.from[n].at(few);
            }
            for i in 0..TOGETHER {
                let mut operands = [R::splat(0.0); N];
                for n in 0..N {
                    operands[n] = columns[n][i];
                }
                to[i].set((self.operation)(operands));
            }
        }
    }
}

#[inline(always)]
fn each_of<V: Vector>(function: crate::function::Unary, to: &[Few<Lane<V>>], a: Source<'_, Lane<V>>) {
    use crate::function::Unary;
    // The function is told once a row: every arm has a loop of its own.
    macro_rules! loops {
        ($($name:ident),*) => {
            match function {
                $(Unary::$name => each::<V, _>(
                    to,
                    [a],
                    #[inline(always)]
                    |[a]| unary(Unary::$name, a),
                )),*
            }
        };
    }
    loops!(Negate, Abs, Sign, Floor, Sqrt, Cbrt, Exp, Exp2, Ln, Log2, Log10, Sin, Cos, Tan, Asin, Acos, Atan, Sinh, Cosh, Tanh);
}

#[inline(always)]
fn compare<R: Block>(comparison: Comparison, left: R, right: R) -> R::Mask {
    match comparison {
        Comparison::Less => left.less(right),
        Comparison::LessOrEqual => left.less_or_equal(right),
        Comparison::Equal => left.less_or_equal(right) & right.less_or_equal(left),
    }
}
