//! The loops of [sums](super::sum), one for each way in which the operands may be given: a row, a number, or the same row twice.

use super::code::Place;
use super::execute::{Few, Source, numbers};
use super::sum::{Sum, Then};
use crate::backend::cpu::crew::{Lane, TOGETHER};
use crate::backend::cpu::lanes::Block;
use crate::backend::cpu::vector::{Vector, Within};
use crate::real::Real;

/// Some blocks' numbers.
type Numbers<R> = [R; TOGETHER];

/// One operand.
trait Value<R> {
    /// What stands at the `few`-th blocks.
    fn at(&self, few: usize) -> Numbers<R>;
}

/// Two factors.
trait Product<R> {
    fn at(&self, few: usize) -> [Numbers<R>; 2];
}

/// What becomes of sums before they are stored.
trait Finish<R> {
    fn finish(&self, few: usize, sums: Numbers<R>) -> Numbers<R>;
}

/// A row, and what flips its sign.
struct Row<'a, R>(&'a [Few<R>], R);

/// A row as it is.
struct Plain<'a, R>(&'a [Few<R>]);

/// The same number all along.
struct Number<R>(R);

/// Two different factors.
struct Factors<A, B>(A, B);

/// A row times itself, and what flips the sign of that.
struct Square<'a, R>(&'a [Few<R>], R);

struct Nothing;

/// Times `.0` plus `.1`.
struct ByFactor<A, B>(A, B);

/// Plus the product `.0`, its own sign flipped by `.1`.
struct ByTerm<P, R>(P, R);

impl<R: Block> Value<R> for Row<'_, R> {
    #[inline(always)]
    fn at(&self, few: usize) -> Numbers<R> {
        flipped(numbers(self.0, few), self.1)
    }
}

impl<R: Block> Value<R> for Plain<'_, R> {
    #[inline(always)]
    fn at(&self, few: usize) -> Numbers<R> {
        numbers(self.0, few)
    }
}

impl<R: Block> Value<R> for Number<R> {
    #[inline(always)]
    fn at(&self, _few: usize) -> Numbers<R> {
        [self.0; TOGETHER]
    }
}

impl<R: Block, A: Value<R>, B: Value<R>> Product<R> for Factors<A, B> {
    #[inline(always)]
    fn at(&self, few: usize) -> [Numbers<R>; 2] {
        [self.0.at(few), self.1.at(few)]
    }
}

impl<R: Block> Product<R> for Square<'_, R> {
    #[inline(always)]
    fn at(&self, few: usize) -> [Numbers<R>; 2] {
        let factors = numbers(self.0, few);
        [factors, flipped(factors, self.1)]
    }
}

impl<R: Block> Finish<R> for Nothing {
    #[inline(always)]
    fn finish(&self, _few: usize, sums: Numbers<R>) -> Numbers<R> {
        sums
    }
}

impl<R: Block, A: Value<R>, B: Value<R>> Finish<R> for ByFactor<A, B> {
    #[inline(always)]
    fn finish(&self, few: usize, sums: Numbers<R>) -> Numbers<R> {
        plus([sums, self.0.at(few)], self.1.at(few))
    }
}

impl<R: Block, P: Product<R>> Finish<R> for ByTerm<P, R> {
    #[inline(always)]
    fn finish(&self, few: usize, sums: Numbers<R>) -> Numbers<R> {
        plus(self.0.at(few), flipped(sums, self.1))
    }
}

#[inline(always)]
fn flipped<R: Block>(mut numbers: Numbers<R>, sign: R) -> Numbers<R> {
    for i in 0..TOGETHER {
        numbers[i] = numbers[i].xor_bits(sign);
    }
    numbers
}

#[inline(always)]
fn plus<R: Block>([a, b]: [Numbers<R>; 2], mut term: Numbers<R>) -> Numbers<R> {
    for i in 0..TOGETHER {
        term[i] = a[i].mul_add(b[i], term[i]);
    }
    term
}

/// A loop.
struct Loop<'a, R, P, T, F> {
    to: &'a [Few<R>],
    product: P,
    term: T,
    then: F,
}

impl<R: Block, P: Product<R>, T: Value<R>, F: Finish<R>> Within for Loop<'_, R, P, T, F> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        let Self { to, product, term, then } = self;
        for (few, to) in to.iter().enumerate() {
            let results = then.finish(few, plus(product.at(few), term.at(few)));
            for i in 0..TOGETHER {
                to[i].set(results[i]);
            }
        }
    }
}

/// Picks the type of two factors and goes on with `$body`.
macro_rules! with_product {
    ($factors:expr, $sign:expr, |$product:ident| $body:expr) => {
        match $factors {
            [Source::Row(a), Source::Number(b)] | [Source::Number(b), Source::Row(a)] => {
                let $product = Factors(Plain(a), Number(b));
                $body
            }
            [Source::Row(a), Source::Row(b)] if std::ptr::eq(a, b) => {
                let $product = Square(a, Lane::<V>::splat($sign));
                $body
            }
            [Source::Row(a), Source::Row(b)] => {
                let $product = Factors(Row(a, Lane::<V>::splat($sign)), Plain(b));
                $body
            }
            [Source::Number(_), Source::Number(_)] => unreachable!("products of constants are folded"),
        }
    };
}

/// Picks the type of an operand and goes on with `$body`.
macro_rules! with_value {
    ($source:expr, $sign:expr, |$value:ident| $body:expr) => {
        match $source {
            Source::Row(row) => {
                let $value = Row(row, Lane::<V>::splat($sign));
                $body
            }
            Source::Number(number) => {
                let $value = Number(number);
                $body
            }
        }
    };
}

/// Does `sum`, and what comes then, on all blocks; `source` tells what a place stands for.
#[inline(always)]
pub(super) fn run<'a, V: Vector>(sum: &Sum, then: &Then, to: &'a [Few<Lane<V>>], source: impl Fn(Place) -> Source<'a, Lane<V>>) {
    let [a, b] = sum.factors;
    with_product!([source(a), source(b)], sum.signs[0], |product| {
        with_value!(source(sum.term), sum.signs[1], |term| {
            match *then {
                Then::Store => V::enter(Loop { to, product, term, then: Nothing }),
                Then::Factor { factor, term: other, signs } => with_value!(source(factor), signs[0], |factor| {
                    with_value!(source(other), signs[1], |other| {
                        V::enter(Loop { to, product, term, then: ByFactor(factor, other) });
                    });
                }),
                Then::Term { factors: [a, b], signs } => with_product!([source(a), source(b)], signs[0], |other| {
                    V::enter(Loop { to, product, term, then: ByTerm(other, Lane::<V>::splat(signs[1])) });
                }),
            }
        });
    });
}
