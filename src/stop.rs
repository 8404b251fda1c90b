//! When a descent ends, and what its end is called.
//!
//! At every point x_k, in this order: converged? diverged? `steps` used up? Then the update; and if that left the point as it
//! was bit for bit, stalled.

use crate::error::{Error, Result};

/// How a descent ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum Status {
    /// ‖∇f(x)‖₂ is at most the rule's `gradient_norm`.
    Converged = 1,
    /// ‖x‖₂ is beyond the `divergence_radius`, or the loss or the squared gradient norm is not finite in f32.
    Diverged = 2,
    /// The update leaves x unchanged bit for bit, short of convergence: the floor of the arithmetic. Memoryless optimizers only.
    Stalled = 3,
    /// All `steps` were used up.
    Exhausted = 4,
}

impl Status {
    /// Every status, in the order in which results list them.
    pub const ALL: [Self; 4] = [Self::Converged, Self::Diverged, Self::Stalled, Self::Exhausted];

    /// The status in lower case.
    pub fn name(self) -> &'static str {
        match self {
            Self::Converged => "converged",
            Self::Diverged => "diverged",
            Self::Stalled => "stalled",
            Self::Exhausted => "exhausted",
        }
    }

    /// Position in [`Self::ALL`].
    pub fn index(self) -> usize {
        self as usize - 1
    }
}

/// A status and the number of updates applied, in one word as devices store it: 3 bits of status above 29 bits of steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, bytemuck::Pod, bytemuck::Zeroable)]
#[repr(transparent)]
pub struct Ending(u32);

/// The largest number of steps that fits beside a status.
pub const MAX_STEPS: u32 = (1 << 29) - 1;

impl Ending {
    /// A descent that ended with `status` after `steps` updates, at most [`MAX_STEPS`].
    pub fn new(status: Status, steps: u32) -> Self {
        Self((status as u32) << 29 | steps & MAX_STEPS)
    }

    /// How the descent ended; `None` where the word holds no status, as in a buffer that was never written.
    pub fn status(self) -> Option<Status> {
        Status::ALL.into_iter().find(|status| *status as u32 == self.0 >> 29)
    }

    /// How many updates were applied.
    pub fn steps(self) -> u32 {
        self.0 & MAX_STEPS
    }
}

/// When a descent ends.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StopRule {
    /// The largest number of updates.
    pub steps: u32,
    /// Converged at or below this ‖∇f‖₂.
    pub gradient_norm: f32,
    /// Diverged beyond this ‖x‖₂.
    pub divergence_radius: f32,
    /// Apply exactly `steps` updates and look at the rule only after the last.
    pub fixed_steps: bool,
}

impl Default for StopRule {
    fn default() -> Self {
        Self { steps: 1000, gradient_norm: 1e-4, divergence_radius: 1e6, fixed_steps: false }
    }
}

impl StopRule {
    /// Checks that the steps fit beside a status and the squares of both thresholds fit an f32.
    pub fn validate(&self) -> Result<()> {
        if self.steps > MAX_STEPS {
            return Err(Error::invalid("steps", format!("{} is more than {MAX_STEPS}", self.steps)));
        }
        for (field, value) in [("gradient_norm", self.gradient_norm), ("divergence_radius", self.divergence_radius)] {
            if !(1e-15..=1e15).contains(&value) {
                return Err(Error::invalid(field, format!("{value} is not between 1e-15 and 1e15, where its square fits an f32")));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ending_gives_back_what_it_was_made_of() {
        for status in Status::ALL {
            for steps in [0, 1, 1000, MAX_STEPS] {
                let ending = Ending::new(status, steps);
                assert_eq!((ending.status(), ending.steps()), (Some(status), steps));
            }
        }
        assert_eq!(bytemuck::cast::<u32, Ending>(0).status(), None);
    }

    #[test]
    fn thresholds_whose_squares_leave_f32_are_refused() {
        for value in [0.0, -1.0, 1e-16, 1e16, f32::NAN, f32::INFINITY] {
            assert!(StopRule { gradient_norm: value, ..StopRule::default() }.validate().is_err());
            assert!(StopRule { divergence_radius: value, ..StopRule::default() }.validate().is_err());
        }
    }
}
