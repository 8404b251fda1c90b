//! The tree of a formula as it was written, and the tables of the words that the language knows.

use std::ops::Range;

use crate::function::{Binary, Unary};

/// A place in the text of a formula, in bytes.
pub(crate) type Span = Range<usize>;

/// A part of a formula that has a value.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Expr {
    /// What it is.
    pub(crate) kind: Kind,
    /// Where it stands, parentheses included.
    pub(crate) span: Span,
}

/// What a part of a formula is.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Kind {
    /// A number, finite and not negative.
    Number(f64),
    /// `pi`.
    Pi,
    /// `e`.
    E,
    /// `D`, the number of variables.
    Dimension,
    /// A variable, parameter, definition or index.
    Name(String),
    /// `vector[index]`, counted from 1.
    Element {
        /// The name of the vector of the variables.
        vector: String,
        /// Which of them.
        index: Box<Expr>,
    },
    /// Two or more terms, the first one added; `true`: subtracted. A list, so that a long sum is not a deep tree.
    Sum(Vec<(bool, Expr)>),
    /// Two or more factors from left to right, the first one multiplied; `true`: divided by.
    Product(Vec<(bool, Expr)>),
    /// `-a`.
    Negate(Box<Expr>),
    /// `base^exponent`.
    Power(Box<Expr>, Box<Expr>),
    /// A function with as many arguments as it takes.
    Call(Function, Vec<Expr>),
    /// `if(left comparison right, yes, no)`.
    If {
        /// How the two are compared.
        comparison: Comparison,
        /// The left side of the comparison.
        left: Box<Expr>,
        /// The right side of the comparison.
        right: Box<Expr>,
        /// The value where the comparison holds.
        yes: Box<Expr>,
        /// The value where it does not.
        no: Box<Expr>,
    },
    /// `sum(index, from, to, body)` or `prod(index, from, to, body)`.
    Fold {
        /// Whether the values of the body are multiplied rather than added.
        is_product: bool,
        /// The name that the body knows the running number by; it differs from those of the folds around.
        index: String,
        /// The first number.
        from: Box<Expr>,
        /// The last number.
        to: Box<Expr>,
        /// What is added or multiplied.
        body: Box<Expr>,
    },
}

impl Kind {
    /// The parts it is made of, in the order of the text.
    pub(crate) fn children(&self) -> Vec<&Expr> {
        match self {
            Self::Number(_) | Self::Pi | Self::E | Self::Dimension | Self::Name(_) => vec![],
            Self::Element { index, .. } => vec![index],
            Self::Sum(parts) | Self::Product(parts) => parts.iter().map(|(_, part)| part).collect(),
            Self::Negate(inner) => vec![inner],
            Self::Power(base, exponent) => vec![base, exponent],
            Self::Call(_, arguments) => arguments.iter().collect(),
            Self::If { left, right, yes, no, .. } => vec![left, right, yes, no],
            Self::Fold { from, to, body, .. } => vec![from, to, body],
        }
    }
}

/// A name that is given a value in front of the formula, as in `a = 1;`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Definition {
    /// The name.
    pub(crate) name: String,
    /// What stands behind the `=`.
    pub(crate) value: Expr,
    /// Where the name stands.
    pub(crate) span: Span,
}

/// How the condition of an `if` compares its two sides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Comparison {
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    More,
    /// `>=`
    MoreOrEqual,
    /// `==`
    Equal,
    /// `!=`
    Unequal,
}

impl Comparison {
    /// Every comparison with the way it is written.
    pub(crate) const ALL: [(&str, Self); 6] = [
        ("<", Self::Less),
        ("<=", Self::LessOrEqual),
        (">", Self::More),
        (">=", Self::MoreOrEqual),
        ("==", Self::Equal),
        ("!=", Self::Unequal),
    ];

    /// The comparison that is written `symbol`.
    pub(crate) fn written(symbol: &str) -> Option<Self> {
        Self::ALL.iter().find(|(known, _)| *known == symbol).map(|(_, comparison)| *comparison)
    }
}

/// A function that a formula can call; the table below says how.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Function {
    /// Of one number.
    Unary(Unary),
    /// Of two numbers, or of more where the order in which they are joined does not matter.
    Binary(Binary),
}

/// How something with parentheses is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Signature {
    /// Its name.
    pub(crate) name: &'static str,
    /// Its arguments, as they are shown to the user.
    pub(crate) arguments: &'static str,
    /// The fewest arguments.
    pub(crate) least: usize,
    /// The most arguments.
    pub(crate) most: usize,
}

impl Signature {
    const fn exact(name: &'static str, arguments: &'static str, count: usize) -> Self {
        Self { name, arguments, least: count, most: count }
    }

    const fn unary(name: &'static str) -> Self {
        Self::exact(name, "x", 1)
    }

    const fn open(name: &'static str) -> Self {
        Self { name, arguments: "a, b, ...", least: 2, most: usize::MAX }
    }

    /// How to call it, in words.
    pub(crate) fn usage(&self) -> String {
        let Self { name, arguments, least, most } = self;
        let count = match (least, most) {
            (1, 1) => "1 argument".into(),
            (least, most) if least == most => format!("{least} arguments"),
            (least, _) => format!("{least} or more arguments"),
        };
        format!("{name} takes {count}, as in {name}({arguments})")
    }
}

/// Every function and how it is called.
pub(crate) const FUNCTIONS: [(Function, Signature); 22] = [
    (Function::Unary(Unary::Sin), Signature::unary("sin")),
    (Function::Unary(Unary::Cos), Signature::unary("cos")),
    (Function::Unary(Unary::Tan), Signature::unary("tan")),
    (Function::Unary(Unary::Asin), Signature::unary("asin")),
    (Function::Unary(Unary::Acos), Signature::unary("acos")),
    (Function::Unary(Unary::Atan), Signature::unary("atan")),
    (Function::Binary(Binary::Atan2), Signature::exact("atan2", "y, x", 2)),
    (Function::Unary(Unary::Sinh), Signature::unary("sinh")),
    (Function::Unary(Unary::Cosh), Signature::unary("cosh")),
    (Function::Unary(Unary::Tanh), Signature::unary("tanh")),
    (Function::Unary(Unary::Exp), Signature::unary("exp")),
    (Function::Unary(Unary::Exp2), Signature::unary("exp2")),
    (Function::Unary(Unary::Ln), Signature::unary("ln")),
    (Function::Unary(Unary::Log2), Signature::unary("log2")),
    (Function::Unary(Unary::Log10), Signature::unary("log10")),
    (Function::Unary(Unary::Sqrt), Signature::unary("sqrt")),
    (Function::Unary(Unary::Cbrt), Signature::unary("cbrt")),
    (Function::Unary(Unary::Abs), Signature::unary("abs")),
    (Function::Unary(Unary::Sign), Signature::unary("sign")),
    (Function::Unary(Unary::Floor), Signature::unary("floor")),
    (Function::Binary(Binary::Minimum), Signature::open("min")),
    (Function::Binary(Binary::Maximum), Signature::open("max")),
];

impl Function {
    /// How it is called.
    pub(crate) fn signature(self) -> &'static Signature {
        let row = FUNCTIONS.iter().find(|(function, _)| *function == self);
        &row.expect("only functions of the table are made").1
    }

    /// The function that is called `name`.
    pub(crate) fn named(name: &str) -> Option<Self> {
        FUNCTIONS.iter().find(|(_, signature)| signature.name == name).map(|(function, _)| *function)
    }
}

/// `if`, which like the next two is called like a function, but holds more than values.
pub(crate) const IF: Signature = Signature::exact("if", "condition, a, b", 3);

/// `sum`.
pub(crate) const SUM: Signature = Signature::exact("sum", "i, from, to, body", 4);

/// `prod`.
pub(crate) const PROD: Signature = Signature::exact("prod", "i, from, to, body", 4);

/// Everything that is called with parentheses.
pub(crate) fn callables() -> impl Iterator<Item = Signature> {
    FUNCTIONS.iter().map(|(_, signature)| *signature).chain([IF, SUM, PROD])
}

/// The names that mean something else on the command line that sets variables and parameters.
const INPUTS: [&str; 3] = ["lr", "learning_rate", "start"];

/// The columns that results have besides inputs; `end_` begins the names of others.
const COLUMNS: [&str; 6] = ["problem", "label", "status", "steps", "loss", "gradient_norm"];

/// What `name` stands for already, where it cannot be given another meaning.
pub(crate) fn reserved(name: &str) -> Option<&'static str> {
    match name {
        "pi" | "e" => Some("a constant"),
        "D" => Some("the number of variables"),
        _ if INPUTS.contains(&name) => Some("an input of the command line"),
        _ if COLUMNS.contains(&name) || name.starts_with("end_") => Some("a column of the results"),
        _ if callables().any(|known| known.name == name) => Some("a function"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_function_finds_its_signature_and_its_name_finds_the_function() {
        for (function, signature) in &FUNCTIONS {
            assert_eq!(function.signature(), signature);
            assert_eq!(Function::named(signature.name), Some(*function));
        }
    }
}
