//! What is computed, operation by operation, without branches.

use std::collections::HashMap;

use crate::function::Unary;

/// An operation's place on its tape, which stands for its result.
pub(super) type Id = u32;

/// What memory is counted from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(in crate::backend::cpu) enum Base {
    /// Points, what descents have of their own, and results.
    File,
    Hyper,
    State,
    Steps,
    Running,
    /// What all descents have in common, step by step.
    Common,
    /// The row of coefficients that all share.
    Row,
}

/// Where something stands in memory: `offset` bytes from where its base has the block.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(in crate::backend::cpu) struct Place {
    pub(in crate::backend::cpu) base: Base,
    pub(in crate::backend::cpu) offset: u32,
}

/// A question about numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Test {
    Less,
    LessOrEqual,
    SameBits,
    OtherBits,
    /// Whether the first has a bit that the second, which has one, has.
    Bit,
    /// Of the first one's bits, as numbers without sign.
    MoreBits,
    /// Whether a number, the first one, is of one of the classes that the bits name, as `vfpclassps` counts them.
    Class(u8),
}

/// What is done with the results of other operations.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Kind {
    /// A vector of numbers, or, from a row that all share, one number in every lane.
    Load(Place),
    LoadTruth(Place),
    /// A number, by its bits, in every lane.
    Constant(u32),
    Known(bool),
    Add,
    Subtract,
    Multiply,
    Divide,
    Minimum,
    Maximum,
    AndBits,
    OrBits,
    XorBits,
    PlusBits,
    /// The first, and the second added to it where the third, a truth, holds.
    PlusBitsWithin,
    MinusBits,
    MaximumBits,
    Sqrt,
    Floor,
    /// The larger one without sign.
    LargerSize,
    /// The first by its class, of which the bits of the second say what becomes, as `vfixupimmps` reads them.
    ByClass,
    /// 1 / x to 2⁻¹⁴.
    NearInverse,
    /// 1 / √x to 2⁻¹⁴.
    NearInverseRoot,
    ShiftLeft(u8),
    ShiftRight(u8),
    /// ± the first times the second ± the third.
    MultiplyAdd {
        negates_product: bool,
        negates_term: bool,
    },
    Test(Test),
    /// The same where the third, a truth, holds, and false elsewhere.
    TestWithin(Test),
    Both,
    Either,
    Not,
    /// The first and not the second.
    ButNot,
    /// The second where the first, a truth, holds, else the third.
    Select,
    /// The second, but the function of the first, number by number, where the third, a truth, does not hold.
    Mended(Unary),
}

impl Base {
    pub(super) const ALL: [Self; 7] = [Self::File, Self::Hyper, Self::State, Self::Steps, Self::Running, Self::Common, Self::Row];

    /// Whether each block has its own.
    pub(super) fn is_of_block(self) -> bool {
        !matches!(self, Self::Common | Self::Row)
    }
}

impl Exit {
    /// All that it reads.
    pub(super) fn read(&self) -> impl Iterator<Item = Id> {
        self.stores.iter().map(|(_, id)| *id).chain([self.condition])
    }
}

impl Kind {
    /// Whether the result is a truth value.
    pub(super) fn is_truth(self) -> bool {
        matches!(self, Self::LoadTruth(_) | Self::Known(_) | Self::Test(_) | Self::TestWithin(_))
            || matches!(self, Self::Both | Self::Either | Self::Not | Self::ButNot)
    }

    /// How many operands it has.
    pub(super) fn operands(self) -> usize {
        match self {
            Self::Load(_) | Self::LoadTruth(_) | Self::Constant(_) | Self::Known(_) => 0,
            Self::Sqrt | Self::Floor | Self::NearInverse | Self::NearInverseRoot | Self::Not => 1,
            Self::ShiftLeft(_) | Self::ShiftRight(_) | Self::Test(Test::Class(_)) => 1,
            Self::MultiplyAdd { .. } | Self::PlusBitsWithin | Self::TestWithin(_) | Self::Select | Self::Mended(_) => 3,
            _ => 2,
        }
    }

    /// Whether its first two operands may be exchanged. Not those of a minimum or maximum, which tell zeros and NaN apart by their places.
    pub(super) fn commutes(self) -> bool {
        matches!(self, Self::Add | Self::Multiply | Self::AndBits | Self::OrBits | Self::XorBits | Self::PlusBits | Self::MaximumBits)
            || matches!(self, Self::Test(Test::SameBits | Test::OtherBits) | Self::TestWithin(Test::SameBits | Test::OtherBits))
    }
}

/// What is done, and with what.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Operation {
    pub(super) kind: Kind,
    /// As many as [`Kind::operands`] says; the others are 0.
    operands: [Id; 3],
}

impl Operation {
    pub(super) fn operands(&self) -> &[Id] {
        &self.operands[..self.kind.operands()]
    }
}

/// Operations in an order in which they can be done, none twice, and what is stored in the end.
#[derive(Clone, Debug, Default)]
pub(super) struct Tape {
    pub(super) operations: Vec<Operation>,
    known: HashMap<Operation, Id>,
    pub(super) stores: Vec<(Place, Id)>,
    /// In the order in which they are come by.
    pub(super) exits: Vec<Exit>,
}

/// A way out before everything is done.
#[derive(Clone, Debug)]
pub(super) struct Exit {
    /// How many operations come before.
    pub(super) after: usize,
    /// It is taken where this holds in any lane.
    pub(super) condition: Id,
    /// What is stored then, instead of what is stored in the end.
    pub(super) stores: Vec<(Place, Id)>,
}

impl Tape {
    /// The place of an operation, which is added if it isn't there.
    pub(super) fn push(&mut self, kind: Kind, operands: &[Id]) -> Id {
        let mut of = [0; 3];
        of[..operands.len()].copy_from_slice(operands);
        let operation = Operation { kind, operands: of };
        *self.known.entry(operation).or_insert_with(|| {
            self.operations.push(operation);
            self.operations.len() as Id - 1
        })
    }

    pub(super) fn at(&self, id: Id) -> Operation {
        self.operations[id as usize]
    }

    /// The same for several blocks that are side by side and need not wait for each other: of each block one operation at a time, `lag` operations
    /// behind the block before. From one to the next it is as many bytes in memory as `stride` says.
    pub(super) fn of_blocks(&self, blocks: usize, lag: usize, stride: impl Fn(Base) -> usize) -> Self {
        let mut all = Self::default();
        let shifted = |place: Place, block: usize| {
            let bytes = if place.base.is_of_block() { block * stride(place.base) } else { 0 };
            Place { offset: place.offset + bytes as u32, ..place }
        };
        let mut places: Vec<Vec<Id>> = vec![Vec::with_capacity(self.operations.len()); blocks];
        let (last, mut exits) = ((blocks - 1) * lag, self.exits.iter().peekable());
        for time in 0..=self.operations.len() + last {
            while let Some(exit) = exits.next_if(|exit| exit.after + last == time) {
                let conditions = places.iter().map(|places| places[exit.condition as usize]);
                let condition = conditions.reduce(|any, next| all.push(Kind::Either, &[any, next])).expect("there is a block");
                let of_block = |(block, places): (usize, &Vec<Id>)| -> Vec<(Place, Id)> {
                    exit.stores.iter().map(|(place, id)| (shifted(*place, block), places[*id as usize])).collect()
                };
                let stores = places.iter().enumerate().flat_map(of_block).collect();
                all.exits.push(Exit { after: all.operations.len(), condition, stores });
            }
            for (block, places) in places.iter_mut().enumerate() {
                let Some(operation) = time.checked_sub(block * lag).and_then(|number| self.operations.get(number)) else { continue };
                let operands: Vec<Id> = operation.operands().iter().map(|id| places[*id as usize]).collect();
                let kind = match operation.kind {
                    Kind::Load(place) => Kind::Load(shifted(place, block)),
                    Kind::LoadTruth(place) => Kind::LoadTruth(shifted(place, block)),
                    kind => kind,
                };
                places.push(all.push(kind, &operands));
            }
        }
        for (place, id) in &self.stores {
            all.stores.extend(places.iter().enumerate().map(|(block, places)| (shifted(*place, block), places[*id as usize])));
        }
        all
    }

    /// Has a test that only a conjunction asks for take the other condition in, as instructions with masks can.
    pub(super) fn with_tests_within(mut self) -> Self {
        let reads = self.reads();
        for number in 0..self.operations.len() {
            let Operation { kind: Kind::Both, operands: [a, b, _] } = self.operations[number] else { continue };
            let is_test = |id: &Id| matches!(self.at(*id).kind, Kind::Test(_)) && reads[*id as usize].len() == 1;
            let Some(test) = [b, a].into_iter().find(is_test) else { continue };
            let (Operation { kind: Kind::Test(kind), operands: [x, y, _] }, within) = (self.at(test), if test == b { a } else { b }) else {
                continue;
            };
            let operands = if matches!(kind, Test::Class(_)) { [x, x, within] } else { [x, y, within] };
            self.operations[number] = Operation { kind: Kind::TestWithin(kind), operands };
        }
        self
    }

    /// Whether it divides or takes roots, or estimates of such, which takes longer than all else.
    pub(super) fn divides(&self) -> bool {
        let is_slow = |kind| matches!(kind, Kind::Divide | Kind::Sqrt | Kind::NearInverse | Kind::NearInverseRoot);
        self.operations.iter().any(|operation| is_slow(operation.kind))
    }

    /// How far from each of [`Base::ALL`] what is read and written reaches, where a place is as wide as `bytes` says.
    pub(super) fn reach(&self, bytes: impl Fn(Base) -> usize) -> [usize; Base::ALL.len()] {
        let read = self.operations.iter().filter_map(|operation| match operation.kind {
            Kind::Load(place) | Kind::LoadTruth(place) => Some(place),
            _ => None,
        });
        let mut reach = [0; Base::ALL.len()];
        let stores = self.stores.iter().chain(self.exits.iter().flat_map(|exit| &exit.stores));
        for Place { base, offset } in read.chain(stores.map(|(place, _)| *place)) {
            reach[base as usize] = reach[base as usize].max(offset as usize + bytes(base));
        }
        reach
    }

    /// When each result is read by others that are read themselves, or stored, the last time first: times are the places of operations, and of
    /// stores after them.
    pub(super) fn reads(&self) -> Vec<Vec<u32>> {
        let count = self.operations.len();
        let mut reads = vec![Vec::new(); count];
        for (number, (_, id)) in self.stores.iter().enumerate().rev() {
            reads[*id as usize].push((count + number) as u32);
        }
        let mut exits = self.exits.iter().rev().peekable();
        for number in (0..=count).rev() {
            if number < count && !reads[number].is_empty() {
                self.operations[number].operands().iter().for_each(|id| reads[*id as usize].push(number as u32));
            }
            while let Some(exit) = exits.next_if(|exit| exit.after == number) {
                exit.read().for_each(|id| reads[id as usize].push(number as u32));
            }
        }
        reads
    }
}
