//! How the learning rate changes from update to update: one file a schedule, each the twin of `shaders/schedule/<same stem>.wgsl`, and one
//! row each in `for_each_schedule`.

use crate::error::{Error, Result};
use crate::function::{Binary, Unary};
use crate::hyperparameter::Hyperparameter;
use crate::real::Real;

/// The arithmetic of one schedule, over any lane type, and all that is to know of it.
pub trait Course: Copy + Sync {
    /// The learning rate ηₜ as a formula of the first one, η, and the number t of updates before.
    const FORMULA: &'static str;
    /// The numbers the schedule takes, in the order its twins read them.
    const HYPERPARAMETERS: &'static [Hyperparameter];
    /// The functions that it calls.
    const FUNCTIONS: Functions = Functions { unary: &[], binary: &[] };

    /// ηₜ, given η, t and the schedule's hyper-parameters.
    fn rate<R: Real>(&self, rate: R, time: R, hyper: &[R]) -> R;
}

/// Elementary functions.
#[derive(Clone, Copy, Debug)]
pub struct Functions {
    /// Of one number.
    pub unary: &'static [Unary],
    /// Of two.
    pub binary: &'static [Binary],
}

/// Steps over which a schedule falls.
const DECAY_STEPS: Hyperparameter = Hyperparameter::asked("decay_steps").least(1.0);
const GAMMA: Hyperparameter = Hyperparameter::asked("gamma");
const DECAY_RATE: Hyperparameter = Hyperparameter::of("decay_rate", 1.0);

/// Calls a macro with every schedule there is: its type, and the stem of its two files.
macro_rules! for_each_schedule {
    ($macro:ident) => {
        $macro! {
            Constant constant,
            Step step,
            Exponential exponential,
            Polynomial polynomial,
            Cosine cosine,
            InverseTime inverse_time,
            InverseSqrt inverse_sqrt,
        }
    };
}
pub(crate) use for_each_schedule;

macro_rules! list {
    ($($schedule:ident $stem:ident,)*) => {
        $(mod $stem;)*
        $(pub use $stem::$schedule;)*

        /// How the learning rate changes.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum Schedule {
            $(#[doc = concat!("[`", stringify!($schedule), "`](struct@", stringify!($schedule), ").")] $schedule,)*
        }

        impl Schedule {
            /// Every schedule there is.
            pub const ALL: &[Self] = &[$(Self::$schedule),*];

            /// The schedule's name, the stem of its two files.
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$schedule => stringify!($stem),)*
                }
            }

            /// ηₜ as a formula.
            pub fn formula(self) -> &'static str {
                match self {
                    $(Self::$schedule => $schedule::FORMULA,)*
                }
            }

            /// The numbers the schedule takes, in the order its twins read them.
            pub fn hyperparameters(self) -> &'static [Hyperparameter] {
                match self {
                    $(Self::$schedule => $schedule::HYPERPARAMETERS,)*
                }
            }

            /// The functions that it calls.
            pub(crate) fn functions(self) -> Functions {
                match self {
                    $(Self::$schedule => $schedule::FUNCTIONS,)*
                }
            }

            /// [`Course::rate`].
            #[inline(always)]
            pub fn rate<R: Real>(self, rate: R, time: R, hyper: &[R]) -> R {
                match self {
                    $(Self::$schedule => $schedule.rate(rate, time, hyper),)*
                }
            }
        }
    };
}
for_each_schedule!(list);

impl Schedule {
    /// The schedule of this name; dashes and underscores are alike.
    ///
    /// # Errors
    /// [`Error::Unknown`] with the nearest name.
    pub fn named(name: &str) -> Result<Self> {
        Error::or_named("schedule", name, Self::ALL, Self::name)
    }
}

/// The share of `steps` that is left at `time`, at least 0. Whole numbers are subtracted first, so that little is lost where little is left.
#[inline(always)]
fn left<R: Real>(time: R, steps: R) -> R {
    R::select(time.less(steps), (steps - time) / steps, R::splat(0.0))
}

#[cfg(test)]
mod tests;
