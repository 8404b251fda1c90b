//! What outcomes mean: which minimum a descent reached, how each row of a sweep fared, what theory says beforehand, and why one step goes down.

pub mod basins;
pub mod bounded;
pub mod certificate;
pub mod curvature;
pub mod explain;
pub mod interval;
mod median;
pub mod stability;
pub mod summary;

mod minima;
