//! Runs code on rows of lanes, one operation after the other over a whole row, so that telling operations apart costs little.

use std::cell::Cell;

use super::code::{Code, Operation, Place, Step};
use super::{GROUP, GROUPS};
use crate::backend::cpu::function::{binary, unary};
use crate::backend::cpu::lanes::{Block, Lanes};
use crate::backend::cpu::vector::{Vector, Within};
use crate::function::Comparison;
use crate::real::Real;

/// The registers, each a row of as many blocks as all groups take.
pub(super) struct File<V> {
    pub(super) blocks: Vec<Lanes<V, 1>>,
    /// [`Self::WIDTH`], as a number that compilers do not know.
    width: usize,
}

/// A row, or the same number all along.
#[derive(Clone, Copy)]
enum Source<'a, R> {
    Row(&'a [Cell<R>]),
    Number(R),
}

impl<V: Vector> File<V> {
    /// Blocks of a row.
    pub(super) const WIDTH: usize = GROUPS * GROUP / V::LANES;

    pub(super) fn new(registers: usize) -> Self {
        Self { blocks: vec![Lanes::splat(0.0); registers * Self::WIDTH], width: Self::WIDTH }
    }

    /// Block `block` of a register.
    #[inline(always)]
    pub(super) fn at(&mut self, register: usize, block: usize) -> &mut Lanes<V, 1> {
        &mut self.blocks[register * Self::WIDTH + block]
    }

    /// Runs `code` on every lane.
    #[inline(always)]
    pub(super) fn run(&mut self, code: &Code) {
        V::enter(Run { file: self, code });
    }
}

/// A function of its own: there is an arm for every operation, and one copy of them all is enough.
struct Run<'a, V> {
    file: &'a mut File<V>,
    code: &'a Code,
}

impl<V: Vector> Within for Run<'_, V> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        let Self { file, code } = self;
        let width = file.width;
        let cells = Cell::from_mut(&mut file.blocks[..]).as_slice_of_cells();
        for step in &code.steps {
            // As long as the compiler knows, so that it can write out the loops of simple operations; those of functions are long enough.
            let row = |register: usize| &cells[register * File::<V>::WIDTH..][..File::<V>::WIDTH];
            let source = |place| match place {
                Place::Register(register) => Source::Row(row(register)),
                Place::Constant(value) => Source::Number(Lanes::<V, 1>::splat(value)),
            };
            execute(step, row(step.to), width, source);
        }
    }
}

#[inline(always)]
fn execute<'a, R: Block + 'a>(step: &Step, to: &[Cell<R>], width: usize, source: impl Fn(Place) -> Source<'a, R>) {
    let [a, b, c, d] = step.from;
    match step.operation {
        Operation::Add => each_two(
            to,
            source(a),
            source(b),
            #[inline(always)]
            |a, b| a + b,
        ),
        Operation::Subtract => each_two(
            to,
            source(a),
            source(b),
            #[inline(always)]
            |a, b| a - b,
        ),
        Operation::Multiply => each_two(
            to,
            source(a),
            source(b),
            #[inline(always)]
            |a, b| a * b,
        ),
        Operation::Divide => each_two(
            to,
            source(a),
            source(b),
            #[inline(always)]
            |a, b| a / b,
        ),
        Operation::MultiplyAdd => each_three(
            to,
            source(a),
            source(b),
            source(c),
            #[inline(always)]
            |a, b, c| a.mul_add(b, c),
        ),
        Operation::MultiplySubtract => each_three(
            to,
            source(a),
            source(b),
            source(c),
            #[inline(always)]
            |a, b, c| a.mul_add(b, -c),
        ),
        Operation::SubtractProduct => each_three(
            to,
            source(a),
            source(b),
            source(c),
            #[inline(always)]
            |a, b, c| (-a).mul_add(b, c),
        ),
        Operation::Move => each_two(
            to,
            source(a),
            source(a),
            #[inline(always)]
            |a, _| a,
        ),
        Operation::Unary(function) => each_of(function, &to[..width], source(a)),
        Operation::Binary(function) => {
            let (a, b) = (source(a), source(b));
            for (i, to) in to[..width].iter().enumerate() {
                to.set(binary(function, value(a, i), value(b, i)));
            }
        }
        Operation::Select(comparison) => {
            let (left, right, yes, no) = (source(a), source(b), source(c), source(d));
            for (i, to) in to[..width].iter().enumerate() {
                let holds = compare(comparison, value(left, i), value(right, i));
                to.set(R::select(holds, value(yes, i), value(no, i)));
            }
        }
    }
}

#[inline(always)]
fn value<R: Block>(source: Source<'_, R>, block: usize) -> R {
    match source {
        Source::Row(row) => row[block].get(),
        Source::Number(number) => number,
    }
}

#[inline(always)]
fn each_two<R: Block>(to: &[Cell<R>], a: Source<'_, R>, b: Source<'_, R>, operation: impl Fn(R, R) -> R) {
    match (a, b) {
        (Source::Row(a), Source::Row(b)) => {
            for ((to, a), b) in to.iter().zip(a).zip(b) {
                to.set(operation(a.get(), b.get()));
            }
        }
        (Source::Row(a), Source::Number(b)) => {
            for (to, a) in to.iter().zip(a) {
                to.set(operation(a.get(), b));
            }
        }
        (Source::Number(a), Source::Row(b)) => {
            for (to, b) in to.iter().zip(b) {
                to.set(operation(a, b.get()));
            }
        }
        (Source::Number(a), Source::Number(b)) => to.iter().for_each(
            #[inline(always)]
            |to| to.set(operation(a, b)),
        ),
    }
}

#[inline(always)]
fn each_three<R: Block>(to: &[Cell<R>], a: Source<'_, R>, b: Source<'_, R>, c: Source<'_, R>, operation: impl Fn(R, R, R) -> R) {
    match (a, b, c) {
        (Source::Row(a), Source::Row(b), Source::Row(c)) => {
            for (((to, a), b), c) in to.iter().zip(a).zip(b).zip(c) {
                to.set(operation(a.get(), b.get(), c.get()));
            }
        }
        (Source::Number(a), b, c) => each_two(
            to,
            b,
            c,
            #[inline(always)]
            |b, c| operation(a, b, c),
        ),
        (a, Source::Number(b), c) => each_two(
            to,
            a,
            c,
            #[inline(always)]
            |a, c| operation(a, b, c),
        ),
        (a, b, Source::Number(c)) => each_two(
            to,
            a,
            b,
            #[inline(always)]
            |a, b| operation(a, b, c),
        ),
    }
}

#[inline(always)]
fn each_of<R: Block>(function: crate::function::Unary, to: &[Cell<R>], a: Source<'_, R>) {
    use crate::function::Unary;
    // The function is told once a row: every arm has a loop of its own.
    macro_rules! loops {
        ($($name:ident),*) => {
            match function {
                $(Unary::$name => {
                    for (i, to) in to.iter().enumerate() {
                        to.set(unary(Unary::$name, value(a, i)));
                    }
                })*
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
