//! Random formulas as a user would type them, mostly with functions applied to what they have a value for.

use proptest::prelude::*;

/// Functions of any number.
const ANYWHERE: [&str; 9] = ["sin", "cos", "atan", "tanh", "abs", "cbrt", "sign", "floor", "-"];
/// Functions that grow fast.
const STEEP: [&str; 5] = ["exp", "exp2", "sinh", "cosh", "tan"];
/// Functions of positive numbers.
const POSITIVE: [&str; 4] = ["sqrt", "ln", "log2", "log10"];
/// Functions of numbers between −1 and 1.
const INSIDE: [&str; 2] = ["asin", "acos"];
const COMPARISONS: [&str; 6] = ["<", "<=", ">", ">=", "==", "!="];

fn number() -> impl Strategy<Value = String> {
    prop_oneof![
        6 => (1_u32..400).prop_map(|hundredths| format!("{}", f64::from(hundredths) / 100.0)),
        2 => (1_u32..6).prop_map(|whole| whole.to_string()),
        1 => prop::sample::select(vec!["pi", "e", "D", "1e-3", "2.5e1"]).prop_map(String::from),
    ]
}

fn leaf() -> impl Strategy<Value = String> {
    prop_oneof![
        7 => prop::sample::select(vec!["x", "y", "z"]).prop_map(String::from),
        2 => number(),
        1 => Just("k".to_string()),
    ]
}

/// What is larger than 0.
fn positive(inner: impl Strategy<Value = String>) -> impl Strategy<Value = String> {
    (inner, number(), 0..4).prop_map(|(inner, number, form)| match form {
        0 => format!("(abs({inner}) + {number})"),
        1 => format!("({number} + cos({inner})^2)"),
        2 => format!("(1 + ({inner})^2)"),
        _ => format!("({number} + ({inner})^2)"),
    })
}

/// What lies between −1 and 1.
fn inside(inner: impl Strategy<Value = String>) -> impl Strategy<Value = String> {
    (inner, 0..3).prop_map(|(inner, form)| match form {
        0 => format!("0.9*sin({inner})"),
        1 => format!("tanh({inner}/4)"),
        _ => format!("0.6*cos({inner})"),
    })
}

fn call<S: Strategy<Value = String>>(names: &'static [&'static str], inner: S) -> impl Strategy<Value = String> {
    (prop::sample::select(names), inner).prop_map(|(name, inner)| format!("{name}({inner})"))
}

/// Any formula over x, y and z and the parameter k.
fn expression() -> impl Strategy<Value = String> {
    leaf().prop_recursive(4, 32, 3, |inner| {
        let any = || inner.clone();
        let pair = || (inner.clone(), inner.clone());
        let comparison = prop::sample::select(&COMPARISONS[..]);
        prop_oneof![
            6 => (pair(), prop::sample::select(vec!["+", "-", "*"])).prop_map(|((a, b), sign)| format!("({a} {sign} {b})")),
            3 => (any(), positive(any())).prop_map(|(a, b)| format!("{a}/{b}")),
            1 => pair().prop_map(|(a, b)| format!("({a})/({b})")),
            3 => (any(), 2..5).prop_map(|(a, exponent)| format!("({a})^{exponent}")),
            1 => (any(), prop::sample::select(vec!["-1", "-2", "0.5", "1.5", "-0.3", "(7/3)"])).prop_map(|(a, b)| format!("({a})^{b}")),
            1 => (positive(any()), inside(any())).prop_map(|(a, b)| format!("{a}^({b})")),
            1 => (positive(any()), prop::sample::select(vec!["1.5", "-0.5", "2.25", "-3"])).prop_map(|(a, b)| format!("{a}^{b}")),
            3 => call(&ANYWHERE, any()),
            2 => call(&STEEP, inside(any())),
            2 => call(&POSITIVE, positive(any())),
            2 => call(&INSIDE, inside(any())),
            1 => prop::sample::select([STEEP.as_slice(), &POSITIVE, &INSIDE].concat()).prop_flat_map({
                let inner = inner.clone();
                move |name| inner.clone().prop_map(move |inner| format!("{name}({inner})"))
            }),
            1 => pair().prop_map(|(a, b)| format!("atan2({a}, {b})")),
            1 => (pair(), any(), prop::sample::select(vec!["min", "max"])).prop_map(|((a, b), c, name)| format!("{name}({a}, {b}, {c})")),
            1 => (pair(), pair(), comparison).prop_map(|((a, b), (c, d), sign)| format!("if({a} {sign} {b}, {c}, {d})")),
            1 => (any(), prop::sample::select(vec!["sum", "prod"])).prop_map(|(a, name)| format!("{name}(i, 1, 3, i*{a}/3 + 1/i)")),
        ]
    })
}

/// A formula in pieces.
#[derive(Clone, Debug)]
pub(crate) struct Written {
    /// What is minimised.
    body: String,
    /// A part of it that has a name.
    part: Option<String>,
    /// The value of its parameter k.
    parameter: String,
}

impl Written {
    /// The formula as a user would type it.
    pub(crate) fn text(&self) -> String {
        let parameter = if self.definition("r").contains('k') || self.body("r").contains('k') {
            format!("k = {}; ", self.parameter)
        } else {
            String::new()
        };
        format!("{parameter}{}{}", self.definition("r"), self.body("r"))
    }

    fn definition(&self, name: &str) -> String {
        self.part.as_ref().map_or_else(String::new, |part| format!("{name} = {part}; "))
    }

    fn body(&self, name: &str) -> String {
        let part = self.part.as_ref().map_or_else(String::new, |_| format!(" + {name}*cos({name})"));
        format!("{}{part}", self.body)
    }
}

/// All `formulas` in one, of which the parameter n picks one: 0.5 the first, 1.5 the second and so on.
pub(crate) fn together(formulas: &[Written]) -> String {
    let known = |text: String, formula: &Written| text.replace('k', &formula.parameter);
    let definitions: String = formulas.iter().zip(1..).map(|(formula, i)| known(formula.definition(&format!("r{i}")), formula)).collect();
    let bodies = formulas.iter().zip(1..).map(|(formula, i)| format!("if(n < {i}, {}, ", known(formula.body(&format!("r{i}")), formula)));
    format!("n = 0.5; {definitions}{}x{}", bodies.collect::<String>(), ")".repeat(formulas.len()))
}

/// A formula of one to three variables: x alone, x and y, or all three.
pub(crate) fn formula() -> impl Strategy<Value = Written> {
    let sign = prop::sample::select(vec!["+", "-", "*"]);
    let body = (expression(), sign, expression()).prop_map(|(a, sign, b)| format!("{a} {sign} {b}"));
    (body, prop::option::of(expression()), number(), 1..4).prop_map(|(body, part, parameter, variables)| {
        // No function has a y or a z in its name.
        let fewer = |text: String| match variables {
            1 => text.replace(['y', 'z'], "x"),
            2 => text.replace('z', "y"),
            _ => text,
        };
        Written { body: fewer(body), part: part.map(fewer), parameter }
    })
}
