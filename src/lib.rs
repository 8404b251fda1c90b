//! Millions of independent gradient descents at once.
//!
//! An [`Experiment`] names a loss, an optimizer and a stop rule, and gives every input a value or an axis; a [`backend`] runs
//! the grid of descents tile by tile and hands back how each one ended.

pub mod analysis;
pub mod axis;
pub mod backend;
pub mod cli;
pub mod error;
pub mod experiment;
pub mod function;
pub mod hyperparameter;
pub mod loss;
pub mod method;
pub mod optimizer;
pub mod picture;
pub mod plan;
pub mod real;
pub mod sample;
pub mod schedule;
pub mod shader;
pub mod stop;
pub mod table;
pub mod transform;

pub use axis::Axis;
pub use backend::choice::{Choice, choose};
pub use backend::{Columns, Outcomes};
pub use error::{Error, Result};
pub use experiment::Experiment;
pub use loss::Loss;
pub use method::Method;
pub use optimizer::Optimizer;
pub use plan::{MemoryBudget, Plan};
pub use schedule::Schedule;
pub use stop::{Status, StopRule};

#[doc = include_str!("../README.md")]
#[cfg(doctest)]
struct Readme;
