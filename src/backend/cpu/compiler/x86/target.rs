//! Instructions of x86-64, by what they do: what differs between AVX-512 and AVX2.

use iced_x86::{Code, Instruction, OpKind, Register};

use super::super::tape::{Kind, Test};

/// What memory is counted from, and what counts blocks.
pub(super) mod pointers {
    use iced_x86::Register;

    pub(in super::super) const FILE: Register = Register::RAX;
    pub(in super::super) const HYPER: Register = Register::RCX;
    pub(in super::super) const STATE: Register = Register::RDX;
    pub(in super::super) const STEPS: Register = Register::RSI;
    pub(in super::super) const RUNNING: Register = Register::R8;
    pub(in super::super) const COMMON: Register = Register::R9;
    pub(in super::super) const ROW: Register = Register::R10;
    pub(in super::super) const CONSTANTS: Register = Register::R11;
    pub(in super::super) const SCRATCH: Register = Register::RDI;
    pub(in super::super) const COUNT: Register = Register::RBX;
    /// What a number that has to be mended is told by.
    pub(in super::super) const FUNCTION: Register = Register::RBP;
}

/// Where an instruction finds something.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Source {
    Register(Register),
    /// `offset` bytes from `base`; one number for all lanes, or one a lane.
    Memory {
        base: Register,
        offset: i64,
        is_one: bool,
    },
}

/// A processor's vectors.
pub(super) trait Target {
    /// Registers for numbers.
    const NUMBERS: u8;
    /// Registers for truths, from the second on, since the first cannot be a condition; if there are none, they are like numbers.
    const TRUTHS: u8;
    /// Bytes of a vector, and of a truth in memory.
    const BYTES: i64;
    const TRUTH_BYTES: i64;
    /// Whether instructions take one number from memory for all lanes.
    const TAKES_ONE: bool;

    fn number(number: u8) -> Register;
    /// The instruction for a kind, its immediate byte if it has one.
    fn code(kind: Kind) -> (Code, Option<u8>);
    /// The multiply-add of a form, by its signs.
    fn multiply_add(form: Form, negates_product: bool, negates_term: bool) -> Code;
    /// `to` becomes `yes` where `condition` holds, else `no`.
    fn select(to: Register, condition: Register, yes: Source, no: Register) -> Instruction;
    fn not(to: Register, truth: Register, ones: Source) -> Instruction;
    fn load(to: Register, from: Source) -> Instruction;
    fn store(from: Register, to: Source) -> Instruction;
    /// Sets the carry flag if `truth` holds in all lanes, and the zero flag if in none.
    fn ask(truth: Register, ones: Source) -> Instruction;
}

/// Which numbers a multiply-add combines: what the digits of its name say.
#[derive(Clone, Copy, Debug)]
pub(super) enum Form {
    /// to = to · last + middle.
    F132,
    /// to = middle · to + last.
    F213,
    /// to = middle · last + to.
    F231,
}

/// An instruction of registers and a last operand that may stand in memory, and an immediate byte.
pub(super) fn instruction(code: Code, registers: &[Register], last: Source, immediate: Option<u8>) -> Instruction {
    let mut instruction = Instruction::default();
    instruction.set_code(code);
    for (number, register) in registers.iter().enumerate() {
        instruction.set_op_register(number as u32, *register);
    }
    let number = registers.len() as u32;
    set(&mut instruction, number, last);
    if let Some(byte) = immediate {
        instruction.set_op_kind(number + 1, OpKind::Immediate8);
        instruction.set_immediate8(byte);
    }
    instruction
}

/// Has operand `number` be `source`.
pub(super) fn set(instruction: &mut Instruction, number: u32, source: Source) {
    match source {
        Source::Register(register) => instruction.set_op_register(number, register),
        Source::Memory { base, offset, is_one } => {
            instruction.set_op_kind(number, OpKind::Memory);
            instruction.set_memory_base(base);
            instruction.set_memory_displ_size(1);
            instruction.set_memory_displacement64(offset.cast_unsigned());
            instruction.set_is_broadcast(is_one);
        }
    }
}

/// Sixteen numbers, conditions in mask registers.
pub(super) struct Avx512;

/// Eight numbers, conditions among them.
pub(super) struct Avx2;

/// Less, and less or equal, false for NaN, without exceptions.
const LESS: u8 = 0x11;
const LESS_OR_EQUAL: u8 = 0x12;
/// Towards −∞, without exceptions.
const DOWN: u8 = 0x09;
/// The larger of two sizes, without a sign.
const LARGER_SIZE: u8 = 0x0b;
/// Not equal, and more, of numbers without sign.
const OTHER: u8 = 4;
const MORE: u8 = 6;

/// Multiply-adds by form and signs: plain, minus the term, minus the product, minus both.
macro_rules! multiply_adds {
    ($form:expr, $negates_product:expr, $negates_term:expr, $([$plain:ident $term:ident $product:ident $both:ident])*) => {{
        let codes = [$([Code::$plain, Code::$term, Code::$product, Code::$both]),*];
        codes[$form as usize][2 * usize::from($negates_product) + usize::from($negates_term)]
    }};
}

impl Target for Avx512 {
    const NUMBERS: u8 = 32;
    const TRUTHS: u8 = 7;
    const BYTES: i64 = 64;
    const TRUTH_BYTES: i64 = 2;
    const TAKES_ONE: bool = true;

    fn number(number: u8) -> Register {
        Register::ZMM0 + u32::from(number)
    }
    fn code(kind: Kind) -> (Code, Option<u8>) {
        match kind {
            Kind::Add => (Code::EVEX_Vaddps_zmm_k1z_zmm_zmmm512b32_er, None),
            Kind::Subtract => (Code::EVEX_Vsubps_zmm_k1z_zmm_zmmm512b32_er, None),
            Kind::Multiply => (Code::EVEX_Vmulps_zmm_k1z_zmm_zmmm512b32_er, None),
            Kind::Divide => (Code::EVEX_Vdivps_zmm_k1z_zmm_zmmm512b32_er, None),
            Kind::Minimum => (Code::EVEX_Vminps_zmm_k1z_zmm_zmmm512b32_sae, None),
            Kind::Maximum => (Code::EVEX_Vmaxps_zmm_k1z_zmm_zmmm512b32_sae, None),
            Kind::AndBits => (Code::EVEX_Vandps_zmm_k1z_zmm_zmmm512b32, None),
            Kind::OrBits => (Code::EVEX_Vorps_zmm_k1z_zmm_zmmm512b32, None),
            Kind::XorBits => (Code::EVEX_Vxorps_zmm_k1z_zmm_zmmm512b32, None),
            Kind::PlusBits | Kind::PlusBitsWithin => (Code::EVEX_Vpaddd_zmm_k1z_zmm_zmmm512b32, None),
            Kind::MinusBits => (Code::EVEX_Vpsubd_zmm_k1z_zmm_zmmm512b32, None),
            Kind::MaximumBits => (Code::EVEX_Vpmaxud_zmm_k1z_zmm_zmmm512b32, None),
            Kind::Sqrt => (Code::EVEX_Vsqrtps_zmm_k1z_zmmm512b32_er, None),
            Kind::Floor => (Code::EVEX_Vrndscaleps_zmm_k1z_zmmm512b32_imm8_sae, Some(DOWN)),
            Kind::LargerSize => (Code::EVEX_Vrangeps_zmm_k1z_zmm_zmmm512b32_imm8_sae, Some(LARGER_SIZE)),
            Kind::ByClass => (Code::EVEX_Vfixupimmps_zmm_k1z_zmm_zmmm512b32_imm8_sae, Some(0)),
            Kind::NearInverse => (Code::EVEX_Vrcp14ps_zmm_k1z_zmmm512b32, None),
            Kind::NearInverseRoot => (Code::EVEX_Vrsqrt14ps_zmm_k1z_zmmm512b32, None),
            Kind::ShiftLeft(count) => (Code::EVEX_Vpslld_zmm_k1z_zmmm512b32_imm8, Some(count)),
            Kind::ShiftRight(count) => (Code::EVEX_Vpsrld_zmm_k1z_zmmm512b32_imm8, Some(count)),
            Kind::Test(test) | Kind::TestWithin(test) => match test {
                Test::Less => (Code::EVEX_Vcmpps_kr_k1_zmm_zmmm512b32_imm8_sae, Some(LESS)),
                Test::LessOrEqual => (Code::EVEX_Vcmpps_kr_k1_zmm_zmmm512b32_imm8_sae, Some(LESS_OR_EQUAL)),
                Test::SameBits => (Code::EVEX_Vpcmpeqd_kr_k1_zmm_zmmm512b32, None),
                Test::OtherBits => (Code::EVEX_Vpcmpud_kr_k1_zmm_zmmm512b32_imm8, Some(OTHER)),
                Test::Bit => (Code::EVEX_Vptestmd_kr_k1_zmm_zmmm512b32, None),
                Test::MoreBits => (Code::EVEX_Vpcmpud_kr_k1_zmm_zmmm512b32_imm8, Some(MORE)),
                Test::Class(classes) => (Code::EVEX_Vfpclassps_kr_k1_zmmm512b32_imm8, Some(classes)),
            },
            Kind::Both => (Code::VEX_Kandw_kr_kr_kr, None),
            Kind::Either => (Code::VEX_Korw_kr_kr_kr, None),
            Kind::ButNot => (Code::VEX_Kandnw_kr_kr_kr, None),
            kind => unreachable!("{kind:?} is no single instruction"),
        }
    }
    fn multiply_add(form: Form, negates_product: bool, negates_term: bool) -> Code {
        multiply_adds!(form, negates_product, negates_term,
            [EVEX_Vfmadd132ps_zmm_k1z_zmm_zmmm512b32_er EVEX_Vfmsub132ps_zmm_k1z_zmm_zmmm512b32_er
             EVEX_Vfnmadd132ps_zmm_k1z_zmm_zmmm512b32_er EVEX_Vfnmsub132ps_zmm_k1z_zmm_zmmm512b32_er]
            [EVEX_Vfmadd213ps_zmm_k1z_zmm_zmmm512b32_er EVEX_Vfmsub213ps_zmm_k1z_zmm_zmmm512b32_er
             EVEX_Vfnmadd213ps_zmm_k1z_zmm_zmmm512b32_er EVEX_Vfnmsub213ps_zmm_k1z_zmm_zmmm512b32_er]
            [EVEX_Vfmadd231ps_zmm_k1z_zmm_zmmm512b32_er EVEX_Vfmsub231ps_zmm_k1z_zmm_zmmm512b32_er
             EVEX_Vfnmadd231ps_zmm_k1z_zmm_zmmm512b32_er EVEX_Vfnmsub231ps_zmm_k1z_zmm_zmmm512b32_er])
    }
    fn select(to: Register, condition: Register, yes: Source, no: Register) -> Instruction {
        let mut select = instruction(Code::EVEX_Vblendmps_zmm_k1z_zmm_zmmm512b32, &[to, no], yes, None);
        select.set_op_mask(condition);
        select
    }
    fn not(to: Register, truth: Register, _ones: Source) -> Instruction {
        instruction(Code::VEX_Knotw_kr_kr, &[to], Source::Register(truth), None)
    }
    fn load(to: Register, from: Source) -> Instruction {
        match from {
            _ if to.is_k() => instruction(Code::VEX_Kmovw_kr_km16, &[to], from, None),
            Source::Memory { base, offset, is_one: true } => {
                instruction(Code::EVEX_Vbroadcastss_zmm_k1z_xmmm32, &[to], Source::Memory { base, offset, is_one: false }, None)
            }
            _ => instruction(Code::EVEX_Vmovups_zmm_k1z_zmmm512, &[to], from, None),
        }
    }
    fn store(from: Register, to: Source) -> Instruction {
        let code = if from.is_k() { Code::VEX_Kmovw_m16_kr } else { Code::EVEX_Vmovups_zmmm512_k1z_zmm };
        stored(code, to, from)
    }
    fn ask(truth: Register, _ones: Source) -> Instruction {
        instruction(Code::VEX_Kortestw_kr_kr, &[truth], Source::Register(truth), None)
    }
}

/// An instruction whose first operand is in memory.
fn stored(code: Code, to: Source, from: Register) -> Instruction {
    let mut store = Instruction::default();
    store.set_code(code);
    set(&mut store, 0, to);
    store.set_op_register(1, from);
    store
}

impl Target for Avx2 {
    const NUMBERS: u8 = 16;
    const TRUTHS: u8 = 0;
    const BYTES: i64 = 32;
    const TRUTH_BYTES: i64 = 32;
    const TAKES_ONE: bool = false;

    fn number(number: u8) -> Register {
        Register::YMM0 + u32::from(number)
    }
    fn code(kind: Kind) -> (Code, Option<u8>) {
        match kind {
            Kind::Add => (Code::VEX_Vaddps_ymm_ymm_ymmm256, None),
            Kind::Subtract => (Code::VEX_Vsubps_ymm_ymm_ymmm256, None),
            Kind::Multiply => (Code::VEX_Vmulps_ymm_ymm_ymmm256, None),
            Kind::Divide => (Code::VEX_Vdivps_ymm_ymm_ymmm256, None),
            Kind::Minimum => (Code::VEX_Vminps_ymm_ymm_ymmm256, None),
            Kind::Maximum => (Code::VEX_Vmaxps_ymm_ymm_ymmm256, None),
            Kind::AndBits | Kind::Both => (Code::VEX_Vandps_ymm_ymm_ymmm256, None),
            Kind::OrBits | Kind::Either => (Code::VEX_Vorps_ymm_ymm_ymmm256, None),
            Kind::XorBits => (Code::VEX_Vxorps_ymm_ymm_ymmm256, None),
            Kind::ButNot => (Code::VEX_Vandnps_ymm_ymm_ymmm256, None),
            Kind::PlusBits => (Code::VEX_Vpaddd_ymm_ymm_ymmm256, None),
            Kind::MinusBits => (Code::VEX_Vpsubd_ymm_ymm_ymmm256, None),
            Kind::MaximumBits => (Code::VEX_Vpmaxud_ymm_ymm_ymmm256, None),
            Kind::Sqrt => (Code::VEX_Vsqrtps_ymm_ymmm256, None),
            Kind::Floor => (Code::VEX_Vroundps_ymm_ymmm256_imm8, Some(DOWN)),
            Kind::ShiftLeft(count) => (Code::VEX_Vpslld_ymm_ymm_imm8, Some(count)),
            Kind::ShiftRight(count) => (Code::VEX_Vpsrld_ymm_ymm_imm8, Some(count)),
            Kind::Test(Test::Less) => (Code::VEX_Vcmpps_ymm_ymm_ymmm256_imm8, Some(LESS)),
            Kind::Test(Test::LessOrEqual) => (Code::VEX_Vcmpps_ymm_ymm_ymmm256_imm8, Some(LESS_OR_EQUAL)),
            Kind::Test(Test::SameBits) => (Code::VEX_Vpcmpeqd_ymm_ymm_ymmm256, None),
            kind => unreachable!("{kind:?} is not recorded for these vectors"),
        }
    }
    fn multiply_add(form: Form, negates_product: bool, negates_term: bool) -> Code {
        multiply_adds!(form, negates_product, negates_term,
            [VEX_Vfmadd132ps_ymm_ymm_ymmm256 VEX_Vfmsub132ps_ymm_ymm_ymmm256
             VEX_Vfnmadd132ps_ymm_ymm_ymmm256 VEX_Vfnmsub132ps_ymm_ymm_ymmm256]
            [VEX_Vfmadd213ps_ymm_ymm_ymmm256 VEX_Vfmsub213ps_ymm_ymm_ymmm256
             VEX_Vfnmadd213ps_ymm_ymm_ymmm256 VEX_Vfnmsub213ps_ymm_ymm_ymmm256]
            [VEX_Vfmadd231ps_ymm_ymm_ymmm256 VEX_Vfmsub231ps_ymm_ymm_ymmm256
             VEX_Vfnmadd231ps_ymm_ymm_ymmm256 VEX_Vfnmsub231ps_ymm_ymm_ymmm256])
    }
    fn select(to: Register, condition: Register, yes: Source, no: Register) -> Instruction {
        let mut select = instruction(Code::VEX_Vblendvps_ymm_ymm_ymmm256_ymm, &[to, no], yes, None);
        select.set_op_register(3, condition);
        select
    }
    fn not(to: Register, truth: Register, ones: Source) -> Instruction {
        instruction(Code::VEX_Vxorps_ymm_ymm_ymmm256, &[to, truth], ones, None)
    }
    fn load(to: Register, from: Source) -> Instruction {
        match from {
            Source::Memory { base, offset, is_one: true } => {
                instruction(Code::VEX_Vbroadcastss_ymm_m32, &[to], Source::Memory { base, offset, is_one: false }, None)
            }
            _ => instruction(Code::VEX_Vmovups_ymm_ymmm256, &[to], from, None),
        }
    }
    fn store(from: Register, to: Source) -> Instruction {
        stored(Code::VEX_Vmovups_ymmm256_ymm, to, from)
    }
    fn ask(truth: Register, ones: Source) -> Instruction {
        instruction(Code::VEX_Vtestps_ymm_ymmm256, &[truth], ones, None)
    }
}
