//! What there is where there is no compiler.

use std::convert::Infallible;

use super::{Memory, Turns};
use crate::backend::cpu::instructions::Instructions;
use crate::backend::cpu::lanes::Block;

/// There is none.
#[derive(Debug)]
pub(in crate::backend::cpu) struct Compiled(Infallible);

impl Compiled {
    /// Nothing.
    pub(in crate::backend::cpu) fn new(_instructions: Instructions, _longest: usize, _turns: Turns, _work: impl FnOnce()) -> Option<Self> {
        None
    }

    /// Never called.
    pub(in crate::backend::cpu) fn taken(&self, _blocks: usize) -> usize {
        match self.0 {}
    }

    /// Never called.
    ///
    /// # Safety
    /// It is not called.
    #[expect(unsafe_code, reason = "as where there is one")]
    pub(in crate::backend::cpu) unsafe fn run<R: Block>(&self, _memory: Memory<'_, R>, _blocks: usize) {
        match self.0 {}
    }

    /// Never called.
    ///
    /// # Safety
    /// It is not called.
    #[expect(unsafe_code, reason = "as where there is one")]
    pub(in crate::backend::cpu) unsafe fn run_rounds<R: Block>(&self, _memory: Memory<'_, R>, _most: u32) -> (u32, Option<usize>) {
        match self.0 {}
    }
}
