//! Which vector instructions this processor has, found at run time, and the way into code compiled for them.

use crate::backend::cpu::vector::{self, Vector};

/// An instruction set the descent loop is compiled for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Instructions {
    #[cfg(target_arch = "x86_64")]
    Avx512,
    #[cfg(target_arch = "x86_64")]
    Avx2,
    #[cfg(target_arch = "aarch64")]
    Neon,
    Scalar,
}

/// Something to do with vectors, once it is known which.
pub(crate) trait OnLanes {
    type Output;
    /// Must be inlined, so that it is compiled for the instruction set of its caller.
    fn call<V: Vector>(self) -> Self::Output;
}

impl Instructions {
    /// The best set that this processor has.
    pub(crate) fn detect() -> Self {
        Self::available()[0]
    }

    /// All sets that this processor has, the best first.
    pub(crate) fn available() -> Vec<Self> {
        #[cfg(target_arch = "x86_64")]
        let found = [
            (Self::Avx512, is_x86_feature_detected!("avx512f") && is_x86_feature_detected!("avx512dq")),
            (Self::Avx2, is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma")),
        ];
        #[cfg(target_arch = "aarch64")]
        let found = [(Self::Neon, true)];
        #[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
        let found = [];
        let usable = found.into_iter().filter_map(|(set, is_there): (Self, bool)| is_there.then_some(set));
        usable.chain([Self::Scalar]).collect()
    }

    /// Its name.
    pub(crate) fn name(self) -> &'static str {
        match self {
            #[cfg(target_arch = "x86_64")]
            Self::Avx512 => "AVX-512",
            #[cfg(target_arch = "x86_64")]
            Self::Avx2 => "AVX2 + FMA",
            #[cfg(target_arch = "aarch64")]
            Self::Neon => "NEON",
            Self::Scalar => "scalar",
        }
    }

    /// How many descents one vector advances.
    pub(crate) fn lanes(self) -> usize {
        match self {
            #[cfg(target_arch = "x86_64")]
            Self::Avx512 => vector::avx512::F32x16::LANES,
            #[cfg(target_arch = "x86_64")]
            Self::Avx2 => vector::avx2::F32x8::LANES,
            #[cfg(target_arch = "aarch64")]
            Self::Neon => vector::neon::F32x4::LANES,
            Self::Scalar => vector::scalar::F32x1::LANES,
        }
    }

    /// Whether it has estimates of inverses and inverse roots that one step of Newton's method makes as good as divisions and roots.
    pub(crate) fn has_estimates(self) -> bool {
        match self {
            #[cfg(target_arch = "x86_64")]
            Self::Avx512 => true,
            _ => false,
        }
    }

    /// Does `work` with these instructions, in a function that is not inlined.
    #[cfg_attr(target_arch = "x86_64", expect(unsafe_code, reason = "functions compiled for features that were detected"))]
    pub(crate) fn call<W: OnLanes>(self, work: W) -> W::Output {
        match self {
            // SAFETY: `available`, the only source of this value, found the features.
            #[cfg(target_arch = "x86_64")]
            Self::Avx512 => unsafe { avx512(work) },
            // SAFETY: as above.
            #[cfg(target_arch = "x86_64")]
            Self::Avx2 => unsafe { avx2(work) },
            #[cfg(target_arch = "aarch64")]
            Self::Neon => neon(work),
            Self::Scalar => scalar(work),
        }
    }
}

#[inline(never)]
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512dq,avx2,fma")]
fn avx512<W: OnLanes>(work: W) -> W::Output {
    work.call::<vector::avx512::F32x16>()
}

#[inline(never)]
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
fn avx2<W: OnLanes>(work: W) -> W::Output {
    work.call::<vector::avx2::F32x8>()
}

#[inline(never)]
#[cfg(target_arch = "aarch64")]
fn neon<W: OnLanes>(work: W) -> W::Output {
    work.call::<vector::neon::F32x4>()
}

#[inline(never)]
fn scalar<W: OnLanes>(work: W) -> W::Output {
    work.call::<vector::scalar::F32x1>()
}
