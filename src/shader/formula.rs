//! A formula's program as a WGSL snippet for the slot of the loss.

use std::fmt::Write as _;

use crate::function::{Binary, Comparison, Unary};
use crate::loss::Bound;
use crate::loss::formula::{Instruction, Operand, Program};

/// `loss_evaluate` of `bound`: the formula in a comment, a name for each variable and parameter, and each operation on a line.
pub(super) fn emit(bound: &Bound) -> String {
    let program = bound.both();
    let names = Names::of(bound);
    let mut text = format!("// f({}) = {}\n", names.variables_in_words(), one_line(bound.formula().text()));
    text += "// and its gradient, differentiated exactly.\n\n";
    text += "fn loss_evaluate(row: ptr<function, Row>, x: ptr<function, Point>, gradient: ptr<function, Point>) -> f32 {\n";
    for (number, name) in names.variables.iter().enumerate() {
        let _ = writeln!(text, "    let {name} = (*x)[{number}];");
    }
    for (number, name) in names.parameters.iter().enumerate() {
        let _ = writeln!(text, "    let {name} = coefficient(row, {number}u);");
    }
    let write = Write { program, names: &names };
    for (number, instruction) in program.instructions.iter().enumerate() {
        let _ = writeln!(text, "    let t{number} = {};", write.instruction(*instruction));
    }
    for (number, output) in program.outputs[1..].iter().enumerate() {
        let _ = writeln!(text, "    (*gradient)[{number}] = {};", write.operand(*output));
    }
    let _ = writeln!(text, "    return {};\n}}", write.operand(program.outputs[0]));
    text
}

/// The functions that `bound` needs of those under `shaders/function/`.
pub(super) fn functions(bound: &Bound) -> (Vec<Unary>, Vec<Binary>) {
    let instructions = &bound.both().instructions;
    let unary = |instruction: &Instruction| if let Instruction::Unary(function, _) = instruction { Some(*function) } else { None };
    let binary = |instruction: &Instruction| if let Instruction::Binary(function, ..) = instruction { Some(*function) } else { None };
    (instructions.iter().filter_map(unary).collect(), instructions.iter().filter_map(binary).collect())
}

/// What was written, such that it ends where its comment does.
fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_ascii_graphic() { c } else { ' ' }).collect()
}

/// WGSL names that are nobody else's.
struct Names {
    variables: Vec<String>,
    parameters: Vec<String>,
}

impl Names {
    fn of(bound: &Bound) -> Self {
        let formula = bound.formula();
        let swept = formula.parameters().iter().zip(bound.fixed_parameters()).filter(|(_, fixed)| fixed.is_none());
        Self {
            variables: formula.variables().iter().map(|name| format!("v_{name}")).collect(),
            parameters: swept.map(|(parameter, _)| format!("p_{}", parameter.name)).take(bound.swept()).collect(),
        }
    }

    fn variables_in_words(&self) -> String {
        let plain: Vec<&str> = self.variables.iter().map(|name| &name[2..]).collect();
        match plain[..] {
            [first, .., last] if plain.len() > 4 => format!("{first} … {last}"),
            _ => plain.join(", "),
        }
    }
}

struct Write<'a> {
    program: &'a Program,
    names: &'a Names,
}

impl Write<'_> {
    fn operand(&self, operand: Operand) -> String {
        match operand {
            Operand::Result(number) => format!("t{number}"),
            Operand::Constant(number) => literal(self.program.constants[number] as f32),
            Operand::Variable(number) => self.names.variables[number].clone(),
            Operand::Parameter(number) => self.names.parameters[number].clone(),
        }
    }

    fn instruction(&self, instruction: Instruction) -> String {
        let read = |operand| self.operand(operand);
        match instruction {
            Instruction::Add(a, b) => format!("{} + {}", read(a), read(b)),
            Instruction::Subtract(a, b) => format!("{} - {}", read(a), read(b)),
            Instruction::Multiply(a, b) => format!("{} * {}", read(a), read(b)),
            Instruction::Divide(a, b) => format!("{} / {}", read(a), read(b)),
            Instruction::MultiplyAdd(a, b, c) => format!("fma({}, {}, {})", read(a), read(b), read(c)),
            Instruction::MultiplySubtract(a, b, c) => format!("fma({}, {}, -{})", read(a), read(b), read(c)),
            Instruction::SubtractProduct(a, b, c) => format!("fma(-{}, {}, {})", read(a), read(b), read(c)),
            Instruction::Unary(Unary::Negate, a) => format!("-{}", read(a)),
            Instruction::Unary(function, a) => format!("{}({})", unary_name(function), read(a)),
            Instruction::Binary(Binary::Minimum, a, b) => format!("select({1}, {0}, {0} < {1})", read(a), read(b)),
            Instruction::Binary(Binary::Maximum, a, b) => format!("select({1}, {0}, {1} < {0})", read(a), read(b)),
            Instruction::Binary(Binary::Atan2, a, b) => format!("function_atan2({}, {})", read(a), read(b)),
            Instruction::Binary(Binary::Power, a, b) => format!("function_power({}, {})", read(a), read(b)),
            Instruction::Select { comparison, left, right, yes, no } => {
                let operator = match comparison {
                    Comparison::Less => "<",
                    Comparison::LessOrEqual => "<=",
                    Comparison::Equal => "==",
                };
                format!("select({}, {}, {} {operator} {})", read(no), read(yes), read(left), read(right))
            }
        }
    }
}

fn unary_name(function: Unary) -> &'static str {
    match function {
        Unary::Negate => "-",
        Unary::Abs => "abs",
        Unary::Sign => "function_sign",
        Unary::Floor => "floor",
        Unary::Sqrt => "sqrt",
        Unary::Cbrt => "function_cbrt",
        Unary::Exp => "function_exp",
        Unary::Exp2 => "function_exp2",
        Unary::Ln => "function_ln",
        Unary::Log2 => "function_log2",
        Unary::Log10 => "function_log10",
        Unary::Sin => "function_sin",
        Unary::Cos => "function_cos",
        Unary::Tan => "function_tan",
        Unary::Asin => "function_asin",
        Unary::Acos => "function_acos",
        Unary::Atan => "function_atan",
        Unary::Sinh => "function_sinh",
        Unary::Cosh => "function_cosh",
        Unary::Tanh => "function_tanh",
    }
}

/// A number as WGSL reads it; in brackets, so that no sign meets another.
fn literal(value: f32) -> String {
    if value.is_sign_negative() { format!("({value:?}f)") } else { format!("{value:?}f") }
}
