//! What outcomes mean: which minimum a descent reached, how each row of a sweep fared, and what theory says beforehand.

pub mod basins;
pub mod bounded;
pub mod certificate;
pub mod curvature;
pub mod interval;
mod median;
pub mod stability;
pub mod summary;

mod minima;
