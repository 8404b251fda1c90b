//! What is done to a gradient before the update rule gets it: one file a transform, each the twin of `shaders/transform/<same stem>.wgsl`,
//! and one row each in `for_each_transform`, in the order in which they are applied.

use crate::hyperparameter::Hyperparameter;
use crate::real::Real;

/// The arithmetic of one transform, over any lane type, and all that is to know of it.
pub trait Change: Copy + Sync {
    /// The new gradient as a formula of the old one, g.
    const FORMULA: &'static str;
    /// The number it takes, by whose name it is asked for.
    const HYPERPARAMETER: Hyperparameter;

    /// Changes `gradient` (`R[D]`), ∇f at `x` (`R[D]`) or what a former transform made of it, in place.
    fn change<R: Real>(&self, hyper: R, x: &[R], gradient: &mut [R]);
}

/// Calls a macro with every transform there is: its type, and the stem of its two files.
macro_rules! for_each_transform {
    ($macro:ident) => {
        $macro! {
            ClipValue clip_value,
            ClipNorm clip_norm,
            WeightDecay weight_decay,
        }
    };
}
pub(crate) use for_each_transform;

macro_rules! list {
    ($($transform:ident $stem:ident,)*) => {
        $(mod $stem;)*
        $(pub use $stem::$transform;)*

        /// What is done to a gradient.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum Transform {
            $(#[doc = concat!("[`", stringify!($transform), "`](struct@", stringify!($transform), ").")] $transform,)*
        }

        impl Transform {
            /// Every transform there is, in the order in which they are applied.
            pub const ALL: &[Self] = &[$(Self::$transform),*];

            /// The new gradient as a formula.
            pub fn formula(self) -> &'static str {
                match self {
                    $(Self::$transform => $transform::FORMULA,)*
                }
            }

            /// The number it takes, by whose name it is asked for; also the stem of its two files.
            pub fn hyperparameter(self) -> &'static Hyperparameter {
                match self {
                    $(Self::$transform => &$transform::HYPERPARAMETER,)*
                }
            }

            /// [`Change::change`].
            #[inline(always)]
            pub fn change<R: Real>(self, hyper: R, x: &[R], gradient: &mut [R]) {
                match self {
                    $(Self::$transform => $transform.change(hyper, x, gradient),)*
                }
            }
        }
    };
}
for_each_transform!(list);

#[cfg(test)]
mod tests;
