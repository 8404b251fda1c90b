//! What the parser says where it cannot go on.

use super::{MAX_DEPTH, Parser};
use crate::error::{Error, nearest, nearest_hint};
use crate::loss::formula::lexer::TokenKind;
use crate::loss::formula::syntax::{Comparison, IF, Span, callables};

/// Functions of other notations that resemble none of ours enough, or more than one.
const FOREIGN_FUNCTIONS: [(&str, &str); 3] = [("log", "ln, log2 or log10"), ("pow", "x^y"), ("ceil", "-floor(-x)")];

impl Parser<'_> {
    /// An error at `span`.
    pub(super) fn complain_at(&self, span: Span, reason: impl Into<String>) -> Error {
        Error::formula(self.text, span, reason)
    }

    /// An error at the next token.
    pub(super) fn complain(&self, reason: impl Into<String>) -> Error {
        self.complain_at(self.tokens[self.at].span.clone(), reason)
    }

    /// The next token is not what is expected.
    pub(super) fn found_instead_of(&self, expected: &str) -> Error {
        let found = match self.kind() {
            TokenKind::End => "the end of the formula".into(),
            _ => format!("'{}'", self.word(self.at)),
        };
        self.complain(format!("found {found}, expected {expected}"))
    }

    /// The next token is not what is expected behind an operand.
    pub(super) fn found_behind_operand(&self, expected: &str) -> Error {
        self.found_instead_of(&format!("{expected}{}", self.advice()))
    }

    /// What whoever wrote the next token behind an operand may have meant.
    fn advice(&self) -> String {
        match self.kind() {
            TokenKind::Number(_) | TokenKind::Name(_) | TokenKind::Sign("(") => {
                format!("; to multiply, write {}*{}", self.word(self.at - 1), self.word(self.at))
            }
            TokenKind::Sign("[") => "; only a name can have an index, as in x[1]".into(),
            TokenKind::Sign(")" | "]") if self.depth == 0 => "; nothing is open that it could close".into(),
            TokenKind::Sign("=") => "; it only gives names in front of the formula a value, as in k=1; to compare, write ==".into(),
            TokenKind::Sign(";") => "; only definitions such as k=1 end with ';', and the formula itself stands behind the last one".into(),
            TokenKind::Sign(sign) if Comparison::written(sign).is_some() => {
                format!("; a comparison can only be the condition of an if, and alone there: {}", IF.usage())
            }
            _ => String::new(),
        }
    }

    /// The condition of an `if` is not a comparison.
    pub(super) fn not_compared(&self) -> Error {
        self.found_behind_operand(&format!("a comparison such as x < 0 as the condition: {}", IF.usage()))
    }

    /// The next token would stand inside too many others.
    pub(super) fn too_deep(&self) -> Error {
        self.complain(format!(
            "more than {MAX_DEPTH} parentheses, calls, powers and signs inside each other: define a part in front, as in r = x^2 + y^2;"
        ))
    }

    /// The next token is called like a function.
    pub(super) fn unknown_function(&self, name: &str) -> Error {
        let known = || callables().map(|signature| signature.name);
        let foreign = FOREIGN_FUNCTIONS.iter().find(|(foreign, _)| *foreign == name);
        // A single letter is hardly a slip of the pen, but likely a variable.
        let nearest = nearest(name, known()).filter(|_| name.len() > 1);
        let advice = match (foreign, nearest) {
            (Some((_, instead)), _) => format!(": write {instead}"),
            (None, None) => format!("; known are: {}; to multiply, write {name}*(", known().collect::<Vec<_>>().join(", ")),
            (None, nearest) => nearest_hint(nearest),
        };
        self.complain(format!("unknown function '{name}'{advice}"))
    }

    fn word(&self, token: usize) -> &str {
        &self.text[self.tokens[token].span.clone()]
    }
}
