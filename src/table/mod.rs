//! Tables in files: numbers read from `.npy` and `.csv`, arrays streamed to `.npy`, values for JSON.
//!
//! Reading is strict: a cell that is not a finite number is an error that names its place. Writing goes through [`Output`], which makes a
//! file appear under its name only once it is whole.

pub mod csv;
pub mod json;
pub mod matrix;
pub mod npy;
mod output;

pub use output::Output;
