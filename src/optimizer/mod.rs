//! How a point moves: one file a rule, each the twin of `shaders/optimizer/<same stem>.wgsl`, and one row a rule in `for_each_optimizer`.

mod adaptive;

use crate::error::{Error, Result};
use crate::hyperparameter::Hyperparameter;
use crate::real::Real;

/// When an update takes place.
#[derive(Clone, Copy, Debug)]
pub struct Moment<R> {
    /// How many updates the descent has had before; read by rules that [count](Update::COUNTS) only.
    pub updates: R,
    /// The learning rate after which a quadratic is lowest against its gradient, gᵀg / gᵀ∇²f g; read by rules that [search](Update::SEARCHES) only.
    pub exact_rate: R,
}

impl<R: Real> Moment<R> {
    /// After so many updates, for a rule that does not search.
    #[inline(always)]
    pub fn after(updates: R) -> Self {
        Self { updates, exact_rate: R::splat(0.0) }
    }

    /// Whether there were none.
    #[inline(always)]
    pub fn is_first(self) -> R::Mask {
        self.updates.less(R::splat(1.0))
    }
}

/// The arithmetic of one update, over any lane type, and all that is to know of the rule.
pub trait Update: Copy + Sync {
    /// The rule as a formula; g = ∇f(x).
    const FORMULA: &'static str;
    /// The numbers the rule takes, in the order its twins read them.
    const HYPERPARAMETERS: &'static [Hyperparameter];
    /// Whether an update depends on the point and the hyper-parameters alone, so that one that leaves the point as it is will do so for ever.
    const IS_MEMORYLESS: bool = false;
    /// Vectors of D numbers that a descent keeps from one update to the next.
    const VECTORS: usize = 0;
    /// Single numbers that it keeps.
    const SCALARS: usize = 0;
    /// Whether the rule asks how many updates there were before.
    const COUNTS: bool = false;
    /// Whether the rule asks for the exact learning rate along the gradient, and so finds its own step; it runs on quadratics only.
    const SEARCHES: bool = false;
    /// Whether a coordinate's update depends on that coordinate of the gradient alone.
    const IS_ELEMENTWISE: bool = true;

    /// Numbers that a descent of `dimension` variables keeps from one update to the next.
    fn state(dimension: usize) -> usize {
        Self::VECTORS * dimension + Self::SCALARS
    }

    /// What an update has the same for all coordinates, whatever the point: corrections of bias and the like. `scalars` (`R[SCALARS]`), which it
    /// alone reads and writes, are 0 before the first update. Descents that take the same step have the same, so that it need not be done for each.
    #[inline(always)]
    fn common<R: Real>(&self, _moment: Moment<R>, _hyper: &[R], _scalars: &mut [R]) -> Common<R> {
        [R::splat(0.0); COMMON]
    }

    /// Moves `x` (`R[D]`) in place, given ∇f(x) (`R[D]`), the rule's hyper-parameters and what it has in [`common`](Self::common). `vectors`
    /// (`R[VECTORS · D]`), one after the other, are 0 before the first update.
    fn update<R: Real>(&self, moment: Moment<R>, hyper: &[R], common: &Common<R>, vectors: &mut [R], x: &mut [R], gradient: &[R]);

    /// Both, with `state` (`R[VECTORS · D + SCALARS]`) the vectors and then the scalars.
    #[inline(always)]
    fn advance<R: Real>(&self, moment: Moment<R>, hyper: &[R], state: &mut [R], x: &mut [R], gradient: &[R]) {
        let (vectors, scalars) = state.split_at_mut(Self::VECTORS * x.len());
        let common = self.common(moment, hyper, scalars);
        self.update(moment, hyper, &common, vectors, x, gradient);
    }
}

/// How many numbers rules have in common for all coordinates, at most.
pub(crate) const COMMON: usize = 3;
/// Those numbers, each rule knowing what its own are.
pub type Common<R> = [R; COMMON];
/// How many scalars a rule keeps, at most.
pub(crate) const MOST_SCALARS: usize = 4;

const LEARNING_RATE: Hyperparameter =
    Hyperparameter { name: "learning_rate", short: Some("lr"), default: None, at_least: None, below: None };
const MOMENTUM: Hyperparameter = Hyperparameter::asked("momentum");
const WEIGHT_DECAY: Hyperparameter = Hyperparameter::of("weight_decay", 0.0);

/// Calls a macro with every rule there is: its type, and the stem of its two files.
macro_rules! for_each_optimizer {
    ($macro:ident) => {
        $macro! {
            GradientDescent gradient_descent,
            Momentum momentum,
            Nesterov nesterov,
            Adagrad adagrad,
            Rmsprop rmsprop,
            Adam adam,
            Amsgrad amsgrad,
            Adamw adamw,
            Nadam nadam,
            Lion lion,
            SignDescent sign_descent,
            Normalized normalized,
            SteepestDescent steepest_descent,
        }
    };
}
pub(crate) use for_each_optimizer;

macro_rules! list {
    ($($rule:ident $stem:ident,)*) => {
        $(mod $stem;)*
        $(pub use $stem::$rule;)*

        /// An update rule.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum Optimizer {
            $(#[doc = concat!("[`", stringify!($rule), "`](struct@", stringify!($rule), ").")] $rule,)*
        }

        impl Optimizer {
            /// Every rule there is.
            pub const ALL: &[Self] = &[$(Self::$rule),*];

            /// The rule's name, the stem of its two files.
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$rule => stringify!($stem),)*
                }
            }

            /// Does something with the rule's twin: the one place where its name becomes a type.
            pub(crate) fn with<W: WithRule>(self, work: W) -> W::Output {
                match self {
                    $(Self::$rule => work.call($rule),)*
                }
            }
        }
    };
}
for_each_optimizer!(list);

/// Something to do with an update rule, once it is known.
pub(crate) trait WithRule {
    type Output;
    fn call<U: Update>(self, optimizer: U) -> Self::Output;
}

/// What a rule's twin says of it.
#[derive(Clone, Copy, Debug)]
pub struct Traits {
    /// [`Update::FORMULA`].
    pub formula: &'static str,
    /// [`Update::HYPERPARAMETERS`].
    pub hyperparameters: &'static [Hyperparameter],
    /// [`Update::IS_MEMORYLESS`].
    pub is_memoryless: bool,
    /// [`Update::state`].
    pub state: fn(usize) -> usize,
    /// [`Update::SEARCHES`].
    pub searches: bool,
    /// [`Update::IS_ELEMENTWISE`].
    pub is_elementwise: bool,
}

struct OfTwin;

impl WithRule for OfTwin {
    type Output = Traits;

    fn call<U: Update>(self, _optimizer: U) -> Traits {
        Traits {
            formula: U::FORMULA,
            hyperparameters: U::HYPERPARAMETERS,
            is_memoryless: U::IS_MEMORYLESS,
            state: U::state,
            searches: U::SEARCHES,
            is_elementwise: U::IS_ELEMENTWISE,
        }
    }
}

impl Optimizer {
    /// The rule of this name; dashes and underscores are alike.
    pub fn named(name: &str) -> Result<Self> {
        Error::or_named("optimizer", name, Self::ALL, Self::name)
    }

    /// What its twin says of it.
    pub fn traits(self) -> Traits {
        self.with(OfTwin)
    }

    /// The numbers the rule takes, in the order its twins read them.
    pub fn hyperparameters(self) -> &'static [Hyperparameter] {
        self.traits().hyperparameters
    }
}

/// √x, to be divided by.
#[inline(always)]
fn root<R: Real>(x: R) -> R {
    x.near_sqrt()
}

/// β a + (1 − β) b, as a step from b towards a.
#[inline(always)]
fn mixed<R: Real>(beta: R, a: R, b: R) -> R {
    beta.mul_add(a, (R::splat(1.0) - beta) * b)
}

#[cfg(test)]
mod tests;
