//! From a tape to instructions: which register holds what, and when something has to wait in memory.
//!
//! Where registers are short, what is read again last is put away (L. A. Belady, 1966, doi:10.1147/sj.52.0078), and what memory has anyway is
//! loaded again.

use std::collections::HashMap;
use std::marker::PhantomData;

use iced_x86::{Code, Instruction, Register};

use super::super::tape::{Base, Exit, Id, Kind, Operation, Place, Tape, Test};
use super::target::{Form, Source, Target, instruction, pointers};
use crate::function::Unary;

/// Instructions that need to be told apart have a number, the larger ones those of [`frame`](super::frame).
pub(super) const FIRST_LABEL: u64 = 16;

/// Where exit `number` begins.
pub(super) fn exit_label(number: usize) -> u64 {
    (1 << 32) + number as u64
}

/// Vectors at the start of the scratch memory, for [`frame`](super::frame): numbers that are far and what they are mended to, all vector registers
/// there may be, and all masks.
pub(super) const RESERVED: usize = 2 + 32 + 1;

/// A place where numbers are far, which is seldom: what is mended there goes its own way and comes back.
pub(super) struct Detour {
    /// Where it begins, and where it comes back.
    pub(super) labels: [u64; 2],
    /// The numbers, and the results.
    pub(super) registers: [Register; 2],
    pub(super) function: Unary,
}

/// What is done for one block.
pub(super) struct Emitted {
    pub(super) instructions: Vec<Instruction>,
    pub(super) detours: Vec<Detour>,
    /// What each exit stores.
    pub(super) exits: Vec<Vec<Instruction>>,
    /// What [`pointers::CONSTANTS`] points to.
    pub(super) constants: Vec<u32>,
    /// Vectors of scratch memory.
    pub(super) scratch: usize,
}

/// The instructions that do what `tape` says.
pub(super) fn emit<T: Target>(tape: &Tape) -> Emitted {
    let mut emitter = Emitter::<T>::new(tape);
    let mut exits = tape.exits.iter().peekable();
    for number in 0..=tape.operations.len() {
        while let Some(exit) = exits.next_if(|exit| exit.after == number) {
            emitter.exit(exit);
        }
        if emitter.reads.get(number).is_some_and(|reads| !reads.is_empty()) {
            emitter.compute(number as Id);
        }
    }
    for (place, id) in &tape.stores {
        emitter.keep(*place, *id);
    }
    emitter.emitted
}

struct Emitter<'a, T> {
    tape: &'a Tape,
    /// When each result is read: the last time first.
    reads: Vec<Vec<u32>>,
    /// The register of each result that is in one.
    registers: Vec<Option<u8>>,
    /// What is in each register for numbers, and for truths.
    held: [Vec<Option<Id>>; 2],
    /// Where results wait that had to leave their register.
    waiting: Vec<Option<Source>>,
    /// The place of each constant, by its bits.
    constants: HashMap<u32, usize>,
    /// What the next instruction is told by.
    label: Option<u64>,
    emitted: Emitted,
    target: PhantomData<T>,
}

impl<'a, T: Target> Emitter<'a, T> {
    fn new(tape: &'a Tape) -> Self {
        let count = tape.operations.len();
        Self {
            tape,
            reads: tape.reads(),
            registers: vec![None; count],
            held: [vec![None; T::NUMBERS.into()], vec![None; T::TRUTHS.into()]],
            waiting: vec![None; count],
            constants: HashMap::new(),
            label: None,
            emitted: Emitted { instructions: Vec::new(), detours: Vec::new(), exits: Vec::new(), constants: Vec::new(), scratch: RESERVED },
            target: PhantomData,
        }
    }

    fn push(&mut self, mut instruction: Instruction) {
        if let Some(label) = self.label.take() {
            instruction.set_ip(label);
        }
        self.emitted.instructions.push(instruction);
    }

    /// Computes a result.
    fn compute(&mut self, id: Id) {
        let operation = self.tape.at(id);
        let operands = operation.operands();
        operands.iter().for_each(|operand| _ = self.reads[*operand as usize].pop());
        match operation.kind {
            // They are loaded where they are read.
            Kind::Load(_) | Kind::LoadTruth(_) | Kind::Constant(_) | Kind::Known(_) => {}
            Kind::MultiplyAdd { negates_product, negates_term } => self.multiply_add(id, operands, [negates_product, negates_term]),
            Kind::Select => {
                let (condition, no) = (self.bring(operands[0], operands), self.bring(operands[2], operands));
                let yes = self.source(operands[1], operands);
                let to = self.result(id, operands);
                self.push(T::select(to, condition, yes, no));
            }
            Kind::Not => {
                let truth = self.bring(operands[0], operands);
                let ones = self.constant(u32::MAX);
                let to = self.result(id, operands);
                self.push(T::not(to, truth, ones));
            }
            Kind::ButNot => {
                // The instruction takes what is not to hold first.
                let (holds, not) = (self.bring(operands[0], operands), self.bring(operands[1], operands));
                let to = self.result(id, operands);
                self.push(instruction(T::code(operation.kind).0, &[to, not], Source::Register(holds), None));
            }
            Kind::PlusBitsWithin => {
                let (condition, other) = (self.bring(operands[2], operands), self.source(operands[1], operands));
                let to = self.copy(operands[0], id, operands);
                let mut plus = instruction(T::code(operation.kind).0, &[to, to], other, None);
                plus.set_op_mask(condition);
                self.push(plus);
            }
            Kind::Mended(function) => self.mended(id, operands, function),
            _ => self.plain(id, &operation),
        }
    }

    /// One instruction, of one or two operands of which the last may be in memory.
    fn plain(&mut self, id: Id, operation: &Operation) {
        let (kind, operands) = (operation.kind, operation.operands());
        let ((code, immediate), is_within) = (T::code(kind), matches!(kind, Kind::TestWithin(_)));
        let condition = is_within.then(|| self.bring(operands[2], operands));
        let count = if is_within { Kind::Test(test(kind)).operands() } else { operands.len() };
        let (mut first, mut last) = (operands[0], operands[count - 1]);
        if count == 2 && kind.commutes() && self.registers[first as usize].is_none() && self.registers[last as usize].is_some() {
            (first, last) = (last, first);
        }
        let first = (count == 2).then(|| self.bring(first, operands));
        let takes_memory = !matches!(kind, Kind::ShiftLeft(_) | Kind::ShiftRight(_) | Kind::Both | Kind::Either);
        let last = if takes_memory { self.source(last, operands) } else { Source::Register(self.bring(last, operands)) };
        let to = self.result(id, operands);
        let registers = [Some(to), first].into_iter().flatten().collect::<Vec<_>>();
        let mut plain = instruction(code, &registers, last, immediate);
        if let Some(condition) = condition {
            plain.set_op_mask(condition);
        }
        self.push(plain);
    }

    /// The result takes the place of an operand: of one that is not read again, or else of a copy.
    fn multiply_add(&mut self, id: Id, operands: &[Id], [negates_product, negates_term]: [bool; 2]) {
        let is_read_again = |emitter: &Self, id: Id| !emitter.reads[id as usize].is_empty();
        let is_there = |emitter: &Self, id: Id| emitter.registers[id as usize].is_some();
        // The term, unless a factor is free and the term is not.
        let place = [2, 0, 1].into_iter().find(|n| is_there(self, operands[*n]) && !is_read_again(self, operands[*n]));
        let missing = [2, 0, 1].into_iter().find(|n| !is_there(self, operands[*n]));
        let place = place.or(missing).unwrap_or(2);
        let (middle, last, form) = match place {
            2 => (operands[0], operands[1], Form::F231),
            0 => (operands[1], operands[2], Form::F213),
            _ => (operands[0], operands[2], Form::F213),
        };
        // What is in memory stands last; the factors change places for that, or the form does.
        let (middle, last, form) = match form {
            _ if is_there(self, middle) => (middle, last, form),
            Form::F231 if is_there(self, last) => (last, middle, form),
            Form::F213 if is_there(self, last) => (last, middle, Form::F132),
            _ => (middle, last, form),
        };
        let middle = self.bring(middle, operands);
        let last = self.source(last, operands);
        let to = self.copy(operands[place], id, operands);
        self.push(instruction(T::multiply_add(form, negates_product, negates_term), &[to, middle], last, None));
    }

    /// The register of result `id`, which holds operand `from` now.
    fn copy(&mut self, from: Id, id: Id, operands: &[Id]) -> Register {
        match self.registers[from as usize] {
            Some(number) if self.reads[from as usize].is_empty() => {
                self.registers[from as usize] = None;
                self.hold(number, id);
                self.release(operands);
                T::number(number)
            }
            there => {
                // None of the operands' registers, which are read after the copy.
                let number = self.take(0, operands);
                let source = there.map_or_else(|| self.home(from), |number| Source::Register(T::number(number)));
                self.push(T::load(T::number(number), source));
                self.hold(number, id);
                self.release(operands);
                T::number(number)
            }
        }
    }

    fn mended(&mut self, id: Id, operands: &[Id], function: Unary) {
        let (x, near) = (self.bring(operands[0], operands), self.bring(operands[2], operands));
        self.bring(operands[1], operands);
        let ones = self.constant(u32::MAX);
        let to = self.copy(operands[1], id, operands);
        self.push(T::ask(near, ones));
        let label = FIRST_LABEL + 2 * self.emitted.detours.len() as u64;
        self.push(Instruction::with_branch(Code::Jae_rel32_64, label).expect("it is a branch"));
        self.label = Some(label + 1);
        self.emitted.detours.push(Detour { labels: [label, label + 1], registers: [x, to], function });
    }

    /// Leaves where a truth holds in any lane.
    fn exit(&mut self, exit: &Exit) {
        let truth = self.bring(exit.condition, &[exit.condition]);
        let ones = self.constant(u32::MAX);
        self.push(T::ask(truth, ones));
        let label = exit_label(self.emitted.exits.len());
        self.push(Instruction::with_branch(Code::Jne_rel32_64, label).expect("it is a branch"));
        let (mut stores, mut waiting) = (Vec::new(), Vec::new());
        for (place, id) in &exit.stores {
            match self.registers[*id as usize] {
                Some(number) => stores.push(T::store(Self::register(self.class(*id), number), in_memory(*place))),
                None => waiting.push((in_memory(*place), Self::register(self.class(*id), 0), self.home(*id))),
            }
        }
        // These registers are needed no longer.
        stores.extend(waiting.into_iter().flat_map(|(place, register, home)| [T::load(register, home), T::store(register, place)]));
        self.emitted.exits.push(stores);
        let read: Vec<Id> = exit.read().collect();
        read.iter().for_each(|id| _ = self.reads[*id as usize].pop());
        self.release(&read);
    }

    /// Stores a result.
    fn keep(&mut self, place: Place, id: Id) {
        self.reads[id as usize].pop();
        if !matches!(self.tape.at(id).kind, Kind::Load(from) | Kind::LoadTruth(from) if from == place) {
            let register = self.bring(id, &[id]);
            self.push(T::store(register, in_memory(place)));
        }
        self.release(&[id]);
    }

    /// 0 for numbers, 1 for truths that have registers of their own.
    fn class(&self, id: Id) -> usize {
        usize::from(T::TRUTHS > 0 && self.tape.at(id).kind.is_truth())
    }

    fn register(class: usize, number: u8) -> Register {
        if class == 0 { T::number(number) } else { Register::K1 + u32::from(number) }
    }

    /// A register for result `id`, once its operands have been read.
    fn result(&mut self, id: Id, operands: &[Id]) -> Register {
        self.release(operands);
        let class = self.class(id);
        let number = self.take(class, operands);
        self.hold(number, id);
        Self::register(class, number)
    }

    fn hold(&mut self, number: u8, id: Id) {
        let class = self.class(id);
        self.held[class][usize::from(number)] = Some(id);
        self.registers[id as usize] = Some(number);
    }

    /// Frees the registers of those that are not read again.
    fn release(&mut self, operands: &[Id]) {
        for id in operands {
            if self.reads[*id as usize].is_empty()
                && let Some(number) = self.registers[*id as usize].take()
            {
                let class = self.class(*id);
                self.held[class][usize::from(number)] = None;
            }
        }
    }

    /// A register that is free, or else that of what is read last, of what memory has if there is any; not of `locked`.
    fn take(&mut self, class: usize, locked: &[Id]) -> u8 {
        if let Some(free) = self.free(class) {
            return free;
        }
        let held = self.held[class].iter().enumerate().filter_map(|(number, id)| id.map(|id| (number, id)));
        let others = held.filter(|(_, id)| !locked.contains(id));
        let worth = |(_, id): &(usize, Id)| (self.has_home(*id), self.reads[*id as usize].last().copied());
        let (number, id) = others.max_by_key(worth).expect("there are more registers than operands");
        if !self.has_home(id) {
            let offset = self.emitted.scratch as i64 * T::BYTES;
            self.emitted.scratch += 1;
            let place = Source::Memory { base: pointers::SCRATCH, offset, is_one: false };
            self.waiting[id as usize] = Some(place);
            self.push(T::store(Self::register(class, number as u8), place));
        }
        self.registers[id as usize] = None;
        self.held[class][number] = None;
        number as u8
    }

    fn free(&self, class: usize) -> Option<u8> {
        self.held[class].iter().position(Option::is_none).map(|number| number as u8)
    }

    /// The register that an operand is in, or is brought to.
    fn bring(&mut self, id: Id, locked: &[Id]) -> Register {
        let class = self.class(id);
        let number = self.registers[id as usize].unwrap_or_else(|| {
            let (number, home) = (self.take(class, locked), self.home(id));
            self.push(T::load(Self::register(class, number), home));
            self.hold(number, id);
            number
        });
        Self::register(class, number)
    }

    /// An operand, in a register or not: it is brought to one if that is free and it is read again.
    fn source(&mut self, id: Id, locked: &[Id]) -> Source {
        let class = self.class(id);
        let is_there = self.registers[id as usize].is_some();
        let is_worth_it = !self.reads[id as usize].is_empty() && self.free(class).is_some();
        if is_there || is_worth_it {
            return Source::Register(self.bring(id, locked));
        }
        match self.home(id) {
            Source::Memory { is_one: true, .. } if !T::TAKES_ONE => Source::Register(self.bring(id, locked)),
            home => home,
        }
    }

    fn has_home(&self, id: Id) -> bool {
        self.waiting[id as usize].is_some() || self.tape.at(id).kind.operands() == 0
    }

    /// Where memory has it.
    fn home(&mut self, id: Id) -> Source {
        match self.tape.at(id).kind {
            Kind::Load(place) | Kind::LoadTruth(place) => in_memory(place),
            Kind::Constant(bits) => self.constant(bits),
            Kind::Known(value) => self.constant(if value { u32::MAX } else { 0 }),
            _ => self.waiting[id as usize].expect("what is in no register has been put away"),
        }
    }

    fn constant(&mut self, bits: u32) -> Source {
        let constants = &mut self.emitted.constants;
        let copies = if T::TAKES_ONE { 1 } else { T::BYTES as usize / size_of::<u32>() };
        let place = *self.constants.entry(bits).or_insert_with(|| {
            constants.extend(std::iter::repeat_n(bits, copies));
            constants.len() - copies
        });
        Source::Memory { base: pointers::CONSTANTS, offset: (place * size_of::<u32>()) as i64, is_one: T::TAKES_ONE }
    }
}

fn test(kind: Kind) -> Test {
    match kind {
        Kind::Test(test) | Kind::TestWithin(test) => test,
        _ => unreachable!("no test"),
    }
}

fn in_memory(Place { base, offset }: Place) -> Source {
    let pointer = match base {
        Base::File => pointers::FILE,
        Base::Hyper => pointers::HYPER,
        Base::State => pointers::STATE,
        Base::Steps => pointers::STEPS,
        Base::Running => pointers::RUNNING,
        Base::Common => pointers::COMMON,
        Base::Row => pointers::ROW,
    };
    Source::Memory { base: pointer, offset: offset.into(), is_one: base == Base::Row }
}
