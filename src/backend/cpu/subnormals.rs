//! Numbers below the least normal one, 1.2e-38, are zero while gradient descent on quadratics and wells moves, as they may be on a GPU.
//!
//! Many processors take a hundred cycles or more for an operation that reads or makes one, and a descent's fastest coordinates get there long before
//! its slowest one converges.

#[cfg(target_arch = "x86_64")]
use std::arch::asm;

/// Bits of the x86 control register MXCSR: results below normal become zero, and so do arguments.
#[cfg(target_arch = "x86_64")]
const TO_ZERO: u32 = 1 << 15 | 1 << 6;

/// While it lives, such numbers are zero in its thread.
///
/// Rust does not vouch for arithmetic while this register is not as it was: compilers take it that such numbers are not zero, and may do arithmetic with constants
/// so. Such a number is then what it is elsewhere, and nothing else hangs on it. Nothing moves past the two ends if what stands between them is a function that
/// is not inlined and writes to memory.
pub(super) struct SubnormalsAreZero {
    #[cfg(target_arch = "x86_64")]
    before: u32,
}

#[cfg(target_arch = "x86_64")]
impl SubnormalsAreZero {
    pub(super) fn start() -> Self {
        let before = control();
        set_control(before | TO_ZERO);
        Self { before }
    }
}

#[cfg(target_arch = "x86_64")]
impl Drop for SubnormalsAreZero {
    fn drop(&mut self) {
        set_control(self.before);
    }
}

/// Elsewhere they stay what they are.
#[cfg(not(target_arch = "x86_64"))]
impl SubnormalsAreZero {
    pub(super) fn start() -> Self {
        Self {}
    }
}

#[cfg(target_arch = "x86_64")]
#[expect(unsafe_code, reason = "a register of this thread is read")]
fn control() -> u32 {
    let mut control = 0;
    // SAFETY: it stores four bytes to a place of four.
    unsafe { asm!("stmxcsr [{}]", in(reg) &raw mut control, options(nostack, preserves_flags)) };
    control
}

#[cfg(target_arch = "x86_64")]
#[expect(unsafe_code, reason = "a register of this thread is written")]
fn set_control(control: u32) {
    // SAFETY: it loads four bytes, which are what was read, with bits set that every x86-64 processor has; exceptions stay masked.
    unsafe { asm!("ldmxcsr [{}]", in(reg) &raw const control, options(nostack)) };
}

#[cfg(all(test, target_arch = "x86_64"))]
mod tests {
    use super::*;
    use std::hint::black_box;

    #[inline(never)]
    fn half(of: f32) -> f32 {
        black_box(of) * black_box(0.5)
    }

    #[test]
    fn they_are_zero_as_long_as_it_lives_and_when_it_ends_in_a_panic() {
        assert!(half(f32::MIN_POSITIVE) > 0.0);
        let panicked = std::panic::catch_unwind(|| {
            let _zero = SubnormalsAreZero::start();
            assert_eq!(half(f32::MIN_POSITIVE), 0.0);
            assert_eq!(half(-f32::MIN_POSITIVE).to_bits(), (-0.0_f32).to_bits());
            assert_eq!(black_box(1e-40_f32) * black_box(1e10), 0.0);
            assert_eq!(half(1e-37), 0.5e-37);
            panic!("on the way");
        });
        assert_eq!(*panicked.unwrap_err().downcast_ref::<&str>().unwrap(), "on the way");
        assert!(half(f32::MIN_POSITIVE) > 0.0);
    }
}
