//! Machine code for x86-64: the [emitter] gives the operations of a tape registers, the [frame] runs them block by block.
#![expect(unsafe_code, reason = "machine code is called, which knows nothing of borrows")]

mod emitter;
mod frame;
mod target;
#[cfg(test)]
mod tests;

use memmap2::{Mmap, MmapMut};

use self::emitter::emit;
use self::frame::{Arguments, assemble};
use self::target::{Avx2, Avx512, Target};
use super::recorded::record;
use super::tape::{Base, Tape};
use super::{Memory, Turns};
#[cfg(test)]
use super::{Place, Recorded, Truth};
use crate::backend::cpu::instructions::Instructions;
use crate::backend::cpu::lanes::Block;

/// Code in memory that can be run, and what it needs.
#[derive(Debug)]
pub(in crate::backend::cpu) struct Compiled {
    code: Mmap,
    constants: Vec<u32>,
    /// Vectors of scratch memory.
    scratch: usize,
    /// Blocks that it takes at a time.
    together: usize,
    /// Bytes of a vector and of a truth.
    vector: usize,
    truth: usize,
    /// How far from each of [`Base::ALL`] the first turn reaches, in bytes.
    reach: [usize; Base::ALL.len()],
}

/// How many blocks are taken at a time, at best: so many that they hide each other's latencies, even where something has to leave its register.
const TOGETHER: [usize; 3] = [4, 2, 1];

/// How many operations a block is behind the one before where there are divisions: while one block waits for those, others multiply.
const LAG: usize = 10;

/// Operations that the first-level cache has room for, as instructions.
const CACHED: usize = 4096;

impl Compiled {
    /// What `work` does with recorded numbers; nothing where these instructions, or this system, cannot have it, or where it is more than
    /// `longest` operations.
    pub(in crate::backend::cpu) fn new(instructions: Instructions, longest: usize, turns: Turns, work: impl FnOnce()) -> Option<Self> {
        match instructions {
            Instructions::Avx512 => Self::of::<Avx512>(&record(true, longest, work)?, turns),
            Instructions::Avx2 => Self::of::<Avx2>(&record(false, longest, work)?, turns),
            Instructions::Scalar => None,
        }
    }

    fn of<T: Target>(tape: &Tape, turns: Turns) -> Option<Self> {
        let (vector, truth) = (T::BYTES as usize, T::TRUTH_BYTES as usize);
        let width = |base| width(base, vector, truth);
        let is_cached = |together: &usize| *together * tape.operations.len() <= CACHED;
        let together = match turns {
            Turns::Blocks => TOGETHER.into_iter().find(is_cached).unwrap_or(1),
            Turns::Rounds { blocks, .. } => Some(blocks).filter(is_cached)?,
        };
        let stride = |base| match (turns, base) {
            (Turns::Rounds { file, .. }, Base::File) => file * vector,
            (Turns::Rounds { hyper, .. }, Base::Hyper) => hyper * vector,
            (Turns::Rounds { state, .. }, Base::State) => state * vector,
            _ => width(base),
        };
        let lag = if tape.divides() { LAG } else { 0 };
        let all = tape.of_blocks(together, lag, stride);
        let reach = all.reach(width);
        let mut emitted = emit::<T>(&all);
        let (constants, scratch) = (std::mem::take(&mut emitted.constants), emitted.scratch);
        let advance = if matches!(turns, Turns::Blocks) { together } else { 0 };
        let bytes = assemble::<T>(emitted, advance).inspect_err(|error| log::warn!("not compiled: {error}")).ok()?;
        let code = executable(&bytes).inspect_err(|error| log::debug!("no memory for code, so it is interpreted: {error}")).ok()?;
        Some(Self { code, constants, scratch, together, vector, truth, reach })
    }

    /// Blocks that are taken when `blocks` are asked for.
    pub(in crate::backend::cpu) fn taken(&self, blocks: usize) -> usize {
        blocks.next_multiple_of(self.together)
    }

    /// Does it for the first `blocks` blocks, a multiple of what is [taken](Self::taken).
    ///
    /// # Safety
    /// `R` must be a vector of the instructions it was compiled for, which the processor has.
    pub(in crate::backend::cpu) unsafe fn run<R: Block>(&self, memory: Memory<'_, R>, blocks: usize) {
        assert!(blocks.is_multiple_of(self.together), "blocks are taken together");
        self.check(&memory, blocks.saturating_sub(self.together));
        if blocks > 0 {
            // SAFETY: what it reads and writes is there, as was checked, and what the caller says.
            unsafe { self.call(memory, (blocks / self.together) as u64) };
        }
    }

    /// Goes through the same blocks up to `most` times, unless an [exit](super::Truth::exit) is taken; returns how many rounds came to their end, and
    /// the number of the exit.
    ///
    /// # Safety
    /// `R` must be a vector of the instructions it was compiled for, which the processor has.
    pub(in crate::backend::cpu) unsafe fn run_rounds<R: Block>(&self, memory: Memory<'_, R>, most: u32) -> (u32, Option<usize>) {
        if most == 0 {
            return (0, None);
        }
        self.check(&memory, 0);
        // SAFETY: as above.
        let left = unsafe { self.call(memory, most.into()) };
        (most - left as u32, (left >> u32::BITS).checked_sub(1).map(|exit| exit as usize))
    }

    /// Takes up to `turns` turns, one at least; returns how many are left, and above 32 bits the number of an exit, from 1.
    ///
    /// # Safety
    /// As above, and memory must hold what all turns read and write.
    unsafe fn call<R: Block>(&self, memory: Memory<'_, R>, turns: u64) -> u64 {
        assert!(size_of::<R>() == self.vector && size_of::<R::Mask>() == self.truth, "vectors are those of the instructions");
        memory.scratch.resize(self.scratch, R::splat(0.0));
        let arguments = Arguments {
            file: memory.file.as_mut_ptr().cast(),
            hyper: memory.hyper.as_ptr().cast(),
            state: memory.state.as_mut_ptr().cast(),
            steps: memory.steps.as_mut_ptr().cast(),
            running: memory.running.as_mut_ptr().cast(),
            common: memory.common.as_ptr().cast(),
            row: memory.row.as_ptr(),
            constants: self.constants.as_ptr(),
            turns,
            scratch: memory.scratch.as_mut_ptr().cast(),
        };
        // SAFETY: the pages hold a function of this type; what it reads and writes is there, as the caller says, and borrowed here.
        unsafe {
            let function: unsafe extern "sysv64" fn(*const Arguments) -> u64 = std::mem::transmute(self.code.as_ptr());
            function(&raw const arguments)
        }
    }
}

impl Compiled {
    /// That memory holds every place of the first turn, and of `others`, blocks after those.
    fn check<R: Block>(&self, memory: &Memory<'_, R>, others: usize) {
        let lengths = [&*memory.file, memory.hyper, &*memory.state, &*memory.steps].map(size_of_val);
        let more_lengths = [size_of_val(&*memory.running), size_of_val(memory.common), size_of_val(memory.row)];
        for ((base, reach), length) in Base::ALL.into_iter().zip(self.reach).zip(lengths.into_iter().chain(more_lengths)) {
            let more = if base.is_of_block() { others * width(base, self.vector, self.truth) } else { 0 };
            assert!(reach == 0 || reach + more <= length, "{base:?} holds all that is read and written");
        }
    }
}

/// Bytes of what stands at a place.
fn width(base: Base, vector: usize, truth: usize) -> usize {
    match base {
        Base::Running => truth,
        Base::Row => size_of::<f32>(),
        _ => vector,
    }
}

/// Memory that holds `code`, which can be run and no longer be changed.
fn executable(code: &[u8]) -> std::io::Result<Mmap> {
    let mut pages = MmapMut::map_anon(code.len())?;
    pages.copy_from_slice(code);
    pages.make_exec()
}
