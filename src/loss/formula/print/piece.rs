//! Pieces of text that are put together with as few parentheses as the grammar allows.

/// How tightly a piece holds together, as the parser has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Binding {
    Sum,
    Product,
    /// A sign or a power.
    Signed,
    Primary,
}

/// A part of a formula as text.
#[derive(Clone, Debug)]
pub(super) struct Piece {
    text: String,
    binding: Binding,
}

impl Piece {
    /// A name, a number or a call.
    pub(super) fn primary(text: String) -> Self {
        Self { text, binding: Binding::Primary }
    }

    fn new(text: String, binding: Binding) -> Self {
        Self { text, binding }
    }

    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// Its text where what stands there must hold together as `least` does.
    fn within(&self, least: Binding) -> String {
        if self.binding < least { format!("({})", self.text) } else { self.text.clone() }
    }

    /// Whether it is negative at first sight, and its size. A sum has no sign of its own.
    fn split(&self) -> (bool, Self) {
        match self.text.strip_prefix('-') {
            Some(rest) if self.binding != Binding::Sum => (true, Self::new(rest.into(), self.binding)),
            _ => (false, self.clone()),
        }
    }

    fn signed(is_negative: bool, text: String, binding: Binding) -> Self {
        if is_negative { Self::new(format!("-{text}"), binding.min(Binding::Signed)) } else { Self::new(text, binding) }
    }

    fn is_reciprocal(&self) -> bool {
        self.binding == Binding::Product && self.text.starts_with("1/")
    }

    pub(super) fn sum(a: &Self, b: &Self) -> Self {
        // A sum in a sum needs no parentheses: what differs is rounding.
        let (first, second) = if a.text.starts_with('-') && !b.text.starts_with('-') { (b, a) } else { (a, b) };
        let text = match second.text.strip_prefix('-') {
            Some(rest) => format!("{} - {rest}", first.text),
            None => format!("{} + {}", first.text, second.text),
        };
        Self::new(text, Binding::Sum)
    }

    pub(super) fn difference(a: &Self, b: &Self) -> Self {
        let (is_negative, size) = b.split();
        Self::new(format!("{} {} {}", a.text, if is_negative { '+' } else { '-' }, size.within(Binding::Product)), Binding::Sum)
    }

    pub(super) fn product(a: &Self, b: &Self) -> Self {
        let ((minus_a, a), (minus_b, b)) = (a.split(), b.split());
        let (a, b) = if a.is_reciprocal() && !b.is_reciprocal() { (b, a) } else { (a, b) };
        let text = match b.is_reciprocal() {
            true => format!("{}{}", a.within(Binding::Product), &b.text[1..]),
            false => format!("{}*{}", a.within(Binding::Product), b.within(Binding::Product)),
        };
        Self::signed(minus_a != minus_b, text, Binding::Product)
    }

    pub(super) fn quotient(a: &Self, b: &Self) -> Self {
        let ((minus_a, a), (minus_b, b)) = (a.split(), b.split());
        Self::signed(minus_a != minus_b, format!("{}/{}", a.within(Binding::Product), b.within(Binding::Signed)), Binding::Product)
    }

    pub(super) fn negated(x: &Self) -> Self {
        let (is_negative, size) = x.split();
        match size.binding {
            Binding::Sum => Self::new(format!("-({})", size.text), Binding::Signed),
            binding => Self::signed(!is_negative, size.text, binding),
        }
    }

    pub(super) fn power(base: &Self, exponent: &Self) -> Self {
        Self::new(format!("{}^{}", base.within(Binding::Primary), exponent.within(Binding::Signed)), Binding::Signed)
    }

    pub(super) fn whole_power(base: &Self, exponent: i32) -> Self {
        let size = Self::primary(exponent.unsigned_abs().to_string());
        match exponent {
            -1 => Self::quotient(&Self::primary("1".into()), base),
            ..0 => Self::quotient(&Self::primary("1".into()), &Self::power(base, &size)),
            _ => Self::power(base, &size),
        }
    }

    pub(super) fn call(name: &str, arguments: &[&Self]) -> Self {
        let arguments: Vec<&str> = arguments.iter().map(|argument| argument.text()).collect();
        Self::primary(format!("{name}({})", arguments.join(", ")))
    }
}

/// Decimals at most this long stand as they are.
const PLAIN: usize = 8;
/// The largest divisor that is looked for in a number.
const DIVISORS: u32 = 12;
/// The largest numerator.
const NUMERATORS: f64 = 1000.0;

/// A number: a short decimal; or a fraction, a multiple of π or one over such a multiple that has its bits; or all its digits.
pub(super) fn constant(value: f64) -> Piece {
    let size = value.abs();
    let digits = if (1e-5..1e9).contains(&size) || size == 0.0 { format!("{size}") } else { format!("{size:e}") };
    let piece = match digits.len() <= PLAIN {
        true => Piece::primary(digits),
        false => fraction(size).unwrap_or_else(|| Piece::primary(digits)),
    };
    Piece::signed(value < 0.0, piece.text, piece.binding)
}

fn fraction(size: f64) -> Option<Piece> {
    use std::f64::consts::PI;
    let over = |divisor: u32| if divisor == 1 { String::new() } else { format!("/{divisor}") };
    let found = (1..=DIVISORS).find_map(|divisor| {
        let numerator = |unit: f64| {
            let numerator = (size * f64::from(divisor) / unit).round();
            let is_same = (numerator * unit / f64::from(divisor) - size).abs() <= f64::EPSILON * size;
            (is_same && (1.0..=NUMERATORS).contains(&numerator)).then_some(numerator)
        };
        match (numerator(1.0), numerator(PI), numerator(1.0 / PI)) {
            (Some(numerator), ..) => Some(format!("{numerator}{}", over(divisor))),
            (_, Some(1.0), _) => Some(format!("pi{}", over(divisor))),
            (_, Some(numerator), _) => Some(format!("{numerator}*pi{}", over(divisor))),
            (.., Some(numerator)) => Some(format!("{numerator}{}/pi", over(divisor))),
            _ => None,
        }
    })?;
    let binding = if found == "pi" { Binding::Primary } else { Binding::Product };
    Some(Piece::new(found, binding))
}
