//! ηₜ = η_min + ½ (η − η_min)(1 + cos(π min(t, T)/T)), where ½ (1 + cos α) is computed as sin²((π − α)/2), which loses nothing near T.
//!
//! Hyper-parameters: T the steps after which it is η_min, and η_min. Loshchilov & Hutter, arXiv:1608.03983, without restarts: as
//! `torch.optim.lr_scheduler.CosineAnnealingLR` up to T, where it stays. Twin of `shaders/schedule/cosine.wgsl`.

use std::f64::consts::FRAC_PI_2;

use crate::function::Unary;
use crate::hyperparameter::Hyperparameter;
use crate::real::Real;
use crate::schedule::{Course, DECAY_STEPS, Functions, left};

/// A learning rate that falls along half a cosine.
#[derive(Clone, Copy, Debug)]
pub struct Cosine;

impl Course for Cosine {
    const FORMULA: &'static str = "η_min + ½(η − η_min)(1 + cos(π min(t, T)/T))";
    const HYPERPARAMETERS: &'static [Hyperparameter] = &[DECAY_STEPS, Hyperparameter::of("min_learning_rate", 0.0)];
    const FUNCTIONS: Functions = Functions { unary: &[Unary::Sin], binary: &[] };

    #[inline(always)]
    fn rate<R: Real>(&self, rate: R, time: R, hyper: &[R]) -> R {
        let sine = (R::constant(FRAC_PI_2) * left(time, hyper[0])).unary(Unary::Sin);
        (rate - hyper[1]).mul_add(sine * sine, hyper[1])
    }
}
