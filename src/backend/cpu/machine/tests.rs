//! The machine's code, whatever it does in one pass, against the instructions one by one: the same bits.

use super::code::Code;
use super::execute;
use crate::backend::cpu::crew::{File, Lane};
use crate::backend::cpu::instructions::{Instructions, OnLanes};
use crate::backend::cpu::lanes::Block;
use crate::backend::cpu::vector::Vector;
use crate::loss::formula::Program;
use crate::loss::{Bound, Entry, Formula};
use crate::real::Shared;

struct Compare<'a>(&'a Bound);

impl OnLanes for Compare<'_> {
    type Output = ();

    #[inline(always)]
    fn call<V: Vector>(self) {
        compare::<V>(self.0.both(), self.0.formula());
        compare::<V>(self.0.slope(), self.0.formula());
    }
}

fn compare<V: Vector>(program: &Program, formula: &Formula) {
    let dimension = formula.dimension();
    let code = Code::new(program, dimension, dimension);
    let mut file = File::<V>::new(code.registers);
    for i in 0..dimension {
        let numbers = file.row(i).iter_mut().enumerate();
        numbers.for_each(|(seat, number)| *number = ((seat * 7 + i * 131) % 97) as f32 / 16.0 - 3.0);
    }
    execute::run(&mut file, &code, File::<V>::WIDTH);
    for block in 0..File::<V>::WIDTH {
        let x: Vec<Lane<V>> = (0..dimension).map(|i| *file.at(i, block)).collect();
        for (number, expected) in program.run(&Shared(&[]), &x).iter().enumerate() {
            let found = Block::numbers(&[*file.at(dimension + number, block)]).to_vec();
            for (found, expected) in found.iter().zip(Block::numbers(&[*expected])) {
                let is_same = found.to_bits() == expected.to_bits() || found.is_nan() && expected.is_nan();
                assert!(is_same, "{}: output {number} is {found}, not {expected}", formula.text());
            }
        }
    }
}

#[test]
fn passes_of_two_operations_change_no_bit() {
    let signs = [
        "x*y - z*z",
        "z - x*y - x",
        "-x*(y - x*y)",
        "3 - x*x*y",
        "(x - 2)*(y - x)*z - 1",
        "-(x*x) - y",
        "x*x*x - (y*y - x)*(z + 1)",
        "2*x - y/z",
        "x + 2*y",
    ];
    let written = signs.iter().map(|text| Formula::parse(text, None, None));
    for formula in
        written.chain(Entry::all().map(|entry| Formula::named(&entry.name, Some(4)).or_else(|_| Formula::named(&entry.name, None))))
    {
        let bound = formula.and_then(|formula| formula.at_defaults()).unwrap();
        Instructions::available().into_iter().for_each(|instructions| instructions.call(Compare(&bound)));
    }
}

#[test]
fn a_pass_takes_two_operations() {
    let himmelblau = Formula::named("himmelblau", None).unwrap().at_defaults().unwrap();
    let (code, program) = (Code::new(himmelblau.slope(), 2, 2), himmelblau.slope());
    assert!(
        code.steps.len() * 3 <= program.instructions.len() * 2,
        "{} passes, {} operations",
        code.steps.len(),
        program.instructions.len()
    );
}
