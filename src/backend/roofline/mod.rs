//! The floor of an experiment: the shortest time in which a machine could issue its instructions and move its bytes.
//!
//! What is counted, by running the very twins of the loss and the optimizer over a lane type that writes its operations down
//! ([`Cost::of`]): at each step the operations that the next point depends on, and with a stop rule ‖∇f‖² and ‖x‖² with their
//! comparisons; at each end the loss as well. Left out is what does not depend on the point, the stall test, which is needed
//! only where nothing moves, loops, addresses, and loads of coefficients, which registers may hold. Bytes are those that must move
//! once: the axes' values, the rows of coefficients, and all columns of the outcomes.
//!
//! What a machine can do is measured ([`Peaks`]): multiply-adds a second, additions, an even mix of both, since some
//! processors issue the two on different pipes, comparisons, alone and among multiply-adds, with which they share pipes on some,
//! divisions and square roots, which have a slow pipe of their own but keep multiply-adds from being issued on some, and copied bytes.
//! What need not be exact is counted as a backend does it: by a division or a root, or by multiply-adds from an estimate.
//! Multiplications count as multiply-adds; selections and logic as what any pipe takes, and so does each elementary function but the
//! sign, though it is many operations: where there are some, the floor is lower than what can be reached.

mod count;
mod tape;

use serde::Serialize;

/// How many operations of each class, for one descent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Operations {
    /// Additions and subtractions.
    pub add: u64,
    /// Multiplications.
    pub multiply: u64,
    /// Multiply-adds.
    pub multiply_add: u64,
    /// Comparisons.
    pub compare: u64,
    /// Selections, minima and maxima.
    pub select: u64,
    /// Operations on bits and truth values.
    pub logic: u64,
    /// Divisions.
    pub divide: u64,
    /// Square roots.
    pub root: u64,
    /// Quotients to two units in the last place.
    pub near_quotient: u64,
    /// Square roots to two units in the last place.
    pub near_root: u64,
    /// Inverses of square roots, likewise.
    pub near_inverse_root: u64,
    /// Elementary functions.
    pub function: u64,
    /// Different coefficients read; no part of the total.
    pub load: u64,
}

impl Operations {
    /// All but loads.
    pub fn total(&self) -> u64 {
        let near = self.near_quotient + self.near_root + self.near_inverse_root;
        let exact = self.add + self.multiply + self.multiply_add + self.divide + self.root;
        exact + near + self.compare + self.select + self.logic + self.function
    }

    /// The same by operations that there are: what need not be exact is an estimate, on the pipe of multiply-adds, and a step of Newton's method, as in
    /// `src/backend/cpu/vector/avx512.rs`, or else divided and rooted.
    fn issued(&self, estimates: bool) -> Self {
        let (quotients, roots, inverses) = (self.near_quotient, self.near_root, self.near_inverse_root);
        let mut issued = Self { near_quotient: 0, near_root: 0, near_inverse_root: 0, ..*self };
        if estimates {
            issued.multiply_add += 4 * quotients + 5 * roots + 5 * inverses;
            issued.compare += roots;
            issued.select += roots;
        } else {
            issued.divide += quotients + inverses;
            issued.root += roots + inverses;
        }
        issued
    }
}

/// What an experiment costs wherever it runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Cost {
    /// Of one step of one descent.
    pub step: Operations,
    /// Of telling how one descent ended.
    pub end: Operations,
    /// Read and written for the whole grid.
    pub bytes: u64,
}

/// What a place does at most, measured.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Peaks {
    /// Multiply-adds of one f32 each, a second.
    pub multiply_add: f64,
    /// Additions a second.
    pub add: f64,
    /// Operations a second where half are multiply-adds and half additions.
    pub mixed: f64,
    /// Comparisons a second, each with a selection by it.
    pub compare: f64,
    /// Multiply-adds and comparisons a second where one in three is a comparison, with a selection by it.
    pub multiply_add_compare: f64,
    /// Divisions a second.
    pub divide: f64,
    /// Square roots a second.
    pub root: f64,
    /// Multiply-adds that could have been issued instead of a division, beside what the divider does; 0 where that is not known.
    pub slots_of_divide: f64,
    /// Likewise of a square root.
    pub slots_of_root: f64,
    /// Whether quotients and roots that need not be exact are estimated.
    pub estimates: bool,
    /// Bytes a second, read and written, of a copy that no cache holds.
    pub bandwidth: f64,
}

impl Peaks {
    /// The least seconds that issuing `times` of these operations takes.
    fn issue(&self, operations: &Operations, times: u64) -> f64 {
        let operations = operations.issued(self.estimates);
        let slots = operations.divide as f64 * self.slots_of_divide + operations.root as f64 * self.slots_of_root;
        let slow = (operations.multiply + operations.multiply_add) as f64 + slots;
        // A mix can be issued no slower than the slower of its parts alone; noise may measure it so.
        let mixed = self.mixed.max(self.add).max(self.multiply_add);
        let shared = self.multiply_add_compare.max(self.multiply_add).max(self.compare);
        let seconds = [
            (slow, self.multiply_add),
            (operations.add as f64, self.add),
            (operations.compare as f64, self.compare),
            (slow + operations.compare as f64, shared),
            (operations.total() as f64, mixed),
        ]
        .map(|(count, rate)| count / rate);
        let slowest = operations.divide as f64 / self.divide + operations.root as f64 / self.root;
        seconds.into_iter().fold(slowest, f64::max) * times as f64
    }
}

/// The least time that something can take.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Floor {
    /// Seconds to issue all instructions.
    pub issue: f64,
    /// Seconds to move all bytes.
    pub memory: f64,
}

impl Floor {
    /// That of all descents of an experiment, which take `steps` steps together, on a machine with these peaks.
    pub fn of(cost: &Cost, descents: u64, steps: u64, peaks: &Peaks) -> Self {
        let issue = peaks.issue(&cost.step, steps) + peaks.issue(&cost.end, descents);
        Self { issue, memory: cost.bytes as f64 / peaks.bandwidth }
    }

    /// The longer of the two.
    pub fn seconds(&self) -> f64 {
        self.issue.max(self.memory)
    }

    /// What it is that takes that long: `issue` or `memory`.
    pub fn bound(&self) -> &'static str {
        if self.issue >= self.memory { "issue" } else { "memory" }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PEAKS: Peaks = Peaks {
        multiply_add: 2.0,
        add: 4.0,
        mixed: 5.0,
        compare: 4.0,
        multiply_add_compare: 4.5,
        divide: 0.5,
        root: 0.25,
        slots_of_divide: 0.0,
        slots_of_root: 0.0,
        estimates: false,
        bandwidth: 100.0,
    };

    #[test]
    fn the_busiest_kind_of_pipe_sets_the_floor() {
        let operations = |multiply_add, add, compare, logic| Operations { add, multiply_add, compare, logic, ..Operations::default() };
        assert_eq!(PEAKS.issue(&operations(8, 4, 0, 0), 1), 4.0);
        assert_eq!(PEAKS.issue(&operations(6, 4, 12, 0), 10), 44.0);
        assert_eq!(PEAKS.issue(&operations(0, 8, 0, 0), 1), 2.0);
        assert_eq!(PEAKS.issue(&operations(4, 8, 0, 8), 1), 4.0);
        // Comparisons alone, and on the pipes of multiply-adds.
        assert_eq!(PEAKS.issue(&operations(0, 0, 16, 0), 1), 4.0);
        let shared = Peaks { compare: 2.0, multiply_add_compare: 2.0, ..PEAKS };
        assert_eq!([PEAKS, shared].map(|peaks| peaks.issue(&operations(8, 4, 8, 0), 1)), [4.0, 8.0]);
        assert_eq!(PEAKS.issue(&Operations { select: 20, ..operations(8, 0, 2, 0) }, 1), 6.0);
        assert_eq!(PEAKS.issue(&Operations { divide: 1, root: 2, ..operations(8, 4, 0, 0) }, 1), 10.0);
        assert_eq!(PEAKS.issue(&Operations { divide: 1, ..operations(8, 4, 0, 0) }, 1), 4.0);
        let crowded = Peaks { slots_of_divide: 2.0, slots_of_root: 4.0, divide: 1.0, root: 1.0, ..PEAKS };
        assert_eq!(crowded.issue(&Operations { divide: 1, root: 2, ..operations(8, 4, 0, 0) }, 1), 9.0);
    }

    #[test]
    fn what_need_not_be_exact_is_divided_or_estimated() {
        let near = Operations { near_quotient: 1, near_root: 2, near_inverse_root: 3, multiply_add: 1, ..Operations::default() };
        let divided = Operations { divide: 4, root: 5, multiply_add: 1, ..Operations::default() };
        let estimated = Operations { multiply_add: 30, compare: 2, select: 2, ..Operations::default() };
        assert_eq!([false, true].map(|estimates| near.issued(estimates)), [divided, estimated]);
        assert_eq!([near, divided, estimated].map(|operations| operations.total()), [7, 10, 34]);
    }

    #[test]
    fn the_longer_of_issue_and_memory_binds() {
        let step = Operations { multiply_add: 2, ..Operations::default() };
        let cost = Cost { step, end: step, bytes: 1000 };
        let floor = Floor::of(&cost, 3, 4, &PEAKS);
        assert_eq!((floor.issue, floor.memory, floor.seconds(), floor.bound()), (7.0, 10.0, 10.0, "memory"));
        assert_eq!(Floor::of(&cost, 3, 40, &PEAKS).bound(), "issue");
    }
}
