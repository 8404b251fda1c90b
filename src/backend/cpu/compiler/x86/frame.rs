//! What stands around the instructions of one turn: the loop over blocks or rounds, the ways out of it, and the way to functions that are seldom called.

use iced_x86::{BlockEncoder, BlockEncoderOptions, Code, IcedError, Instruction, InstructionBlock, MemoryOperand, Register};

use super::emitter::{Detour, Emitted, FIRST_LABEL, RESERVED, exit_label};
use super::target::{Source, Target, pointers};
use crate::backend::cpu::function::mend;
use crate::function::Unary;

/// What compiled code is called with: where each [`Base`](super::super::tape::Base) is, its own constants, how often it goes round, and room for
/// what is put away.
#[repr(C)]
pub(super) struct Arguments {
    pub(super) file: *mut f32,
    pub(super) hyper: *const f32,
    pub(super) state: *mut f32,
    pub(super) steps: *mut f32,
    pub(super) running: *mut u8,
    pub(super) common: *const f32,
    pub(super) row: *const f32,
    pub(super) constants: *const u32,
    pub(super) turns: u64,
    pub(super) scratch: *mut f32,
}

/// Where the arguments go, the last one where their address was.
const PLACES: [Register; 10] = [
    pointers::FILE,
    pointers::HYPER,
    pointers::STATE,
    pointers::STEPS,
    pointers::RUNNING,
    pointers::COMMON,
    pointers::ROW,
    pointers::CONSTANTS,
    pointers::COUNT,
    pointers::SCRATCH,
];

/// The loop, the way to functions, and the end.
const LOOP: u64 = 1;
const CALL: u64 = 2;
const END: u64 = 3;
const _: () = assert!(END < FIRST_LABEL);

/// The functions that numbers may have to be mended by.
const FUNCTIONS: [Unary; 3] = [Unary::Sin, Unary::Cos, Unary::Tan];

/// Machine code that does it turn by turn, each `advance` blocks after the one before: a function of a pointer to [`Arguments`], by the System V
/// convention on every system, that returns how many turns are left, and above 32 bits the number of the exit that was taken, from 1.
pub(super) fn assemble<T: Target>(emitted: Emitted, advance: usize) -> Result<Vec<u8>, IcedError> {
    let Emitted { instructions, detours, exits, .. } = emitted;
    let mut code = Vec::new();
    code.push(Instruction::with1(Code::Push_r64, pointers::COUNT)?);
    code.push(Instruction::with1(Code::Push_r64, pointers::FUNCTION)?);
    // Calls expect the stack at a multiple of 16 bytes; two registers and the address to return to are 24.
    code.push(Instruction::with2(Code::Sub_rm64_imm8, Register::RSP, 8)?);
    for (number, place) in PLACES.iter().enumerate() {
        code.push(Instruction::with2(Code::Mov_r64_rm64, *place, MemoryOperand::with_base_displ(Register::RDI, 8 * number as i64))?);
    }
    let start = code.len();
    code.extend(instructions);
    for pointer in [pointers::FILE, pointers::HYPER, pointers::STATE, pointers::STEPS] {
        code.push(Instruction::with2(Code::Add_rm64_imm32, pointer, (T::BYTES * advance as i64) as i32)?);
    }
    code.push(Instruction::with2(Code::Add_rm64_imm32, pointers::RUNNING, (T::TRUTH_BYTES * advance as i64) as i32)?);
    code[start].set_ip(LOOP);
    code.push(Instruction::with1(Code::Dec_rm64, pointers::COUNT)?);
    code.push(Instruction::with_branch(Code::Jne_rel32_64, LOOP)?);
    code.push(Instruction::with2(Code::Mov_r64_rm64, Register::RAX, pointers::COUNT)?);
    let end = code.len();
    code.push(Instruction::with(Code::VEX_Vzeroupper));
    code.push(Instruction::with2(Code::Add_rm64_imm8, Register::RSP, 8)?);
    code.push(Instruction::with1(Code::Pop_r64, pointers::FUNCTION)?);
    code.push(Instruction::with1(Code::Pop_r64, pointers::COUNT)?);
    code.push(Instruction::with(Code::Retnq));
    code[end].set_ip(END);
    for (number, stores) in exits.into_iter().enumerate() {
        leave(number, stores, &mut code)?;
    }
    for detour in &detours {
        take::<T>(detour, &mut code)?;
    }
    if !detours.is_empty() {
        call::<T>(&mut code)?;
    }
    let block = InstructionBlock::new(&code, 0);
    Ok(BlockEncoder::encode(64, block, BlockEncoderOptions::NONE)?.code_buffer)
}

/// Vector `number` of the scratch memory.
fn scratch<T: Target>(number: usize) -> Source {
    Source::Memory { base: pointers::SCRATCH, offset: number as i64 * T::BYTES, is_one: false }
}

/// Stores what exit `number` stores, and goes to the end.
fn leave(number: usize, stores: Vec<Instruction>, code: &mut Vec<Instruction>) -> Result<(), IcedError> {
    let start = code.len();
    code.extend(stores);
    code.push(Instruction::with2(Code::Mov_r64_imm64, Register::RAX, (number as u64 + 1) << u32::BITS)?);
    code.push(Instruction::with2(Code::Add_r64_rm64, Register::RAX, pointers::COUNT)?);
    code.push(Instruction::with_branch(Code::Jmp_rel32_64, END)?);
    code[start].set_ip(exit_label(number));
    Ok(())
}

/// Has the numbers and results stand where [`by_number`] finds them, and calls it.
fn take<T: Target>(detour: &Detour, code: &mut Vec<Instruction>) -> Result<(), IcedError> {
    let Detour { labels: [label, back], registers: [x, result], function } = detour;
    let mut first = T::store(*x, scratch::<T>(0));
    first.set_ip(*label);
    code.push(first);
    code.push(T::store(*result, scratch::<T>(1)));
    let function = FUNCTIONS.iter().position(|known| known == function).expect("only angles may be far");
    code.push(Instruction::with2(Code::Mov_r32_imm32, Register::EBP, function as i32)?);
    code.push(Instruction::with_branch(Code::Call_rel32_64, CALL)?);
    code.push(T::load(*result, scratch::<T>(1)));
    code.push(Instruction::with_branch(Code::Jmp_rel32_64, *back)?);
    Ok(())
}

/// Calls [`by_number`] with all registers kept that a function may change.
fn call<T: Target>(code: &mut Vec<Instruction>) -> Result<(), IcedError> {
    let pushed: Vec<Register> = PLACES.into_iter().filter(|place| *place != pointers::COUNT).collect();
    let start = code.len();
    let vectors: Vec<(Register, Source)> =
        (0..T::NUMBERS).map(|number| (T::number(number), scratch::<T>(2 + usize::from(number)))).collect();
    let truths: Vec<(Register, Source)> = (0..T::TRUTHS)
        .map(|number| {
            let offset = (RESERVED as i64 - 1) * T::BYTES + i64::from(number) * T::TRUTH_BYTES;
            (Register::K1 + u32::from(number), Source::Memory { base: pointers::SCRATCH, offset, is_one: false })
        })
        .collect();
    let kept = vectors.iter().chain(&truths);
    code.extend(kept.clone().map(|(register, place)| T::store(*register, *place)));
    code[start].set_ip(CALL);
    for register in &pushed {
        code.push(Instruction::with1(Code::Push_r64, *register)?);
    }
    // With the address to return to, the nine are 80 bytes.
    debug_assert_eq!(pushed.len(), 9, "the stack is at a multiple of 16 bytes");
    code.push(Instruction::with2(Code::Mov_r64_rm64, Register::RSI, pointers::FUNCTION)?);
    code.push(Instruction::with2(Code::Mov_r32_imm32, Register::EDX, (T::BYTES / 4) as i32)?);
    let helper = by_number as unsafe extern "sysv64" fn(*mut f32, u64, u64) as usize;
    code.push(Instruction::with2(Code::Mov_r64_imm64, Register::RAX, helper as u64)?);
    code.push(Instruction::with(Code::VEX_Vzeroupper));
    code.push(Instruction::with1(Code::Call_rm64, Register::RAX)?);
    for register in pushed.iter().rev() {
        code.push(Instruction::with1(Code::Pop_r64, *register)?);
    }
    code.extend(kept.map(|(register, place)| T::load(*register, *place)));
    code.push(Instruction::with(Code::Retnq));
    Ok(())
}

/// Mends the second vector of `scratch`, of `lanes` numbers, by the first one.
///
/// # Safety
/// Both vectors must be there, and nobody else may read or write them meanwhile.
unsafe extern "sysv64" fn by_number(scratch: *mut f32, function: u64, lanes: u64) {
    // SAFETY: the caller says so.
    let (x, results) = unsafe { std::slice::from_raw_parts_mut(scratch, 2 * lanes as usize) }.split_at_mut(lanes as usize);
    mend(x, results, true, FUNCTIONS[function as usize]);
}
