//! The GPU of this machine, or that there is none.

use thalweg::backend::gpu::Gpu;

/// The software or real GPU of this machine, in this lane width or its own; without one a test says so and passes, unless
/// THALWEG_REQUIRE_GPU=1.
pub(crate) fn gpu(lanes: Option<usize>) -> Option<Gpu> {
    match Gpu::open(None, lanes) {
        Ok(gpu) => Some(gpu),
        Err(error) if std::env::var("THALWEG_REQUIRE_GPU").is_ok_and(|value| value == "1") => panic!("a GPU is required: {error}"),
        Err(error) => {
            eprintln!("skipped: {error}");
            None
        }
    }
}
