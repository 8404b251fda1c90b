//! The coefficients of one problem or many, as devices read them.

use std::borrow::Cow;
use std::ops::Range;

/// Rows of coefficients, one a problem, number by number: the first of all problems, then the second of all. So descents that move side by side, each
/// with a problem of its own, find side by side what they need at once.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rows<'a> {
    numbers: &'a [f32],
    problems: usize,
    /// How far it is from one number of a problem to the next.
    apart: usize,
}

/// Fewer problems than these stand without gaps.
const FEW: usize = 1024;
/// Numbers in a line of a cache.
const LINE: usize = 64 / size_of::<f32>();

impl<'a> Rows<'a> {
    /// The rows of so many `problems`, whose numbers stand [`Rows::apart`] (`f32[row · apart]`).
    pub(crate) fn new(numbers: &'a [f32], problems: usize) -> Self {
        Self { numbers, problems, apart: Self::apart(problems) }
    }

    /// How far it is from one number of a problem to the next, if there are so many. Of many it is an odd number of lines, as a cache has few places for
    /// lines that are a power of 2 apart.
    pub(crate) fn apart(problems: usize) -> usize {
        if problems < FEW { problems } else { (problems.div_ceil(LINE) | 1) * LINE }
    }

    /// How many numbers all rows have.
    pub(crate) fn size(self) -> usize {
        self.numbers.len() / self.apart * self.problems
    }

    /// The row of the only problem.
    pub(crate) fn only(self) -> &'a [f32] {
        assert_eq!(self.problems, 1, "only one problem has a row that stands in one piece");
        self.numbers
    }

    /// The row of one problem.
    pub fn row(self, problem: usize) -> Cow<'a, [f32]> {
        match self.problems {
            1 => Cow::Borrowed(self.numbers),
            _ => self.columns().map(|column| column[problem]).collect(),
        }
    }

    /// Number by number, those of all problems, and what stands in the gap behind them.
    #[inline(always)]
    pub(crate) fn columns(self) -> impl Iterator<Item = &'a [f32]> {
        self.numbers.chunks_exact(self.apart)
    }

    /// All numbers from those of `problem` on, and how far it is from one of its own to the next.
    #[inline(always)]
    pub(crate) fn starting_at(self, problem: usize) -> (&'a [f32], usize) {
        (&self.numbers[problem..], self.apart)
    }

    /// The numbers of a range of problems, number by number as well.
    pub(crate) fn part(self, problems: Range<usize>) -> Cow<'a, [f32]> {
        match problems.len() == self.apart {
            true => Cow::Borrowed(self.numbers),
            false => Cow::Owned(self.columns().map(|column| &column[problems.clone()]).collect::<Vec<_>>().concat()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_and_parts_are_those_of_their_problems() {
        let numbers: Vec<f32> = (0..12).map(|number| number as f32).collect();
        let rows = Rows::new(&numbers, 4);
        assert_eq!(*rows.row(2), [2.0, 6.0, 10.0]);
        assert_eq!(*rows.part(1..3), [1.0, 2.0, 5.0, 6.0, 9.0, 10.0]);
        assert_eq!(Rows::new(&rows.part(1..3), 2).row(1), rows.row(2));
        assert_eq!(*rows.part(0..4), numbers);
        assert_eq!(Rows::new(&numbers, 1).row(0).to_vec(), numbers);
        assert_eq!(Rows::new(&numbers, 1).only(), numbers);
    }

    #[test]
    fn many_problems_stand_with_gaps_that_nobody_sees() {
        let (problems, apart) = (1 << 12, Rows::apart(1 << 12));
        assert_eq!(apart / LINE % 2, 1);
        let numbers: Vec<f32> = (0..3 * apart).map(|number| number as f32).collect();
        let rows = Rows::new(&numbers, problems);
        assert_eq!((rows.size(), rows.part(0..problems).len()), (3 * problems, 3 * problems));
        assert_eq!(rows.row(7).to_vec(), [7.0, (apart + 7) as f32, (2 * apart + 7) as f32]);
        assert_eq!(rows.part(5..problems)[problems - 5], (apart + 5) as f32);
    }
}
