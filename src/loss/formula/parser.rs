//! From the words of a formula to its tree, by recursive descent:
//!
//! ```text
//! formula    = { name "=" sum ";" } sum
//! sum        = product { ("+" | "-") product }
//! product    = signed { ("*" | "/") signed }
//! signed     = ("-" | "+") signed | power
//! power      = primary [ "^" signed ]
//! primary    = number | name [ "[" sum "]" ] | "(" sum ")" | function "(" sum { "," sum } ")"
//!            | "if" "(" sum comparison sum "," sum "," sum ")" | ("sum" | "prod") "(" name "," sum "," sum "," sum ")"
//! ```

mod call;
mod complaint;

use std::collections::BTreeSet;

use crate::error::Result;
use crate::loss::formula::lexer::{Token, TokenKind, tokens};
use crate::loss::formula::syntax::{Definition, Expr, Function, Kind, PROD, SUM, Span, reserved};

/// How many parentheses, calls, powers and signs may stand inside each other; the stack of a small thread has room for that.
const MAX_DEPTH: usize = 100;

/// A formula as it was read, before its names are told apart.
pub(super) struct Source {
    /// What stands in front of the formula itself.
    pub(super) definitions: Vec<Definition>,
    /// The formula itself.
    pub(super) body: Expr,
    /// The index names of all its sums and products.
    pub(super) indices: BTreeSet<String>,
}

/// Reads `text`, a whole formula.
pub(super) fn parse(text: &str) -> Result<Source> {
    let mut parser = Parser { text, tokens: tokens(text)?, at: 0, depth: 0, enclosing: Vec::new(), indices: BTreeSet::new() };
    let (definitions, body) = parser.formula()?;
    Ok(Source { definitions, body, indices: parser.indices })
}

struct Parser<'a> {
    text: &'a str,
    /// Ends with an end, which is never passed.
    tokens: Vec<Token<'a>>,
    /// The number of the next token.
    at: usize,
    depth: usize,
    /// The indices of the sums and products around the next token.
    enclosing: Vec<&'a str>,
    /// All indices so far.
    indices: BTreeSet<String>,
}

impl<'a> Parser<'a> {
    fn formula(&mut self) -> Result<(Vec<Definition>, Expr)> {
        let mut definitions = Vec::new();
        while self.tokens.get(self.at + 1).is_some_and(|token| token.kind == TokenKind::Sign("=")) {
            definitions.push(self.definition()?);
        }
        let body = self.sum()?;
        match self.kind() {
            TokenKind::End => Ok((definitions, body)),
            _ => Err(self.found_behind_operand("an operator or the end of the formula")),
        }
    }

    fn definition(&mut self) -> Result<Definition> {
        let (name, span) = self.new_name("in front of '=', as in k=1")?;
        self.next();
        let value = self.sum()?;
        if self.kind() == TokenKind::End {
            return Err(self.complain(format!("the formula itself is missing behind the definition of '{name}': write ; and the formula")));
        }
        let semicolon = self.expect(";", " behind the definition")?;
        if self.kind() == TokenKind::End {
            return Err(self.complain_at(semicolon, "the formula itself is missing behind this ';': write it there"));
        }
        Ok(Definition { name: name.into(), value, span })
    }

    /// Takes a name that is about to get a meaning; `place` says where it is expected.
    fn new_name(&mut self, place: &str) -> Result<(&'a str, Span)> {
        let TokenKind::Name(name) = self.kind() else { return Err(self.found_instead_of(&format!("a name {place}"))) };
        if let Some(meaning) = reserved(name) {
            return Err(self.complain(format!("'{name}' is {meaning} already: choose another name")));
        }
        Ok((name, self.next().span))
    }

    fn sum(&mut self) -> Result<Expr> {
        self.chain(["+", "-"], Self::product, Kind::Sum)
    }

    fn product(&mut self) -> Result<Expr> {
        self.chain(["*", "/"], Self::signed, Kind::Product)
    }

    /// Parts joined by a sign or its inverse; a part that stands alone is itself.
    fn chain(
        &mut self,
        [plain, inverse]: [&'static str; 2],
        part: fn(&mut Self) -> Result<Expr>,
        joined: fn(Vec<(bool, Expr)>) -> Kind,
    ) -> Result<Expr> {
        let first = part(self)?;
        let start = first.span.start;
        if !self.is_next(plain) && !self.is_next(inverse) {
            return Ok(first);
        }
        let mut parts = vec![(false, first)];
        while self.is_next(plain) || self.is_next(inverse) {
            let is_inverse = self.next().kind == TokenKind::Sign(inverse);
            parts.push((is_inverse, part(self)?));
        }
        Ok(self.expr(joined(parts), start))
    }

    /// Whatever nests, nests through here, so here the depth is watched.
    fn signed(&mut self) -> Result<Expr> {
        if self.depth > MAX_DEPTH {
            return Err(self.too_deep());
        }
        self.depth += 1;
        let start = self.tokens[self.at].span.start;
        let expr = if self.accept("-") {
            let inner = self.signed()?;
            self.expr(Kind::Negate(Box::new(inner)), start)
        } else if self.accept("+") {
            self.signed()?
        } else {
            self.power()?
        };
        self.depth -= 1;
        Ok(expr)
    }

    fn power(&mut self) -> Result<Expr> {
        let base = self.primary()?;
        if !self.accept("^") {
            return Ok(base);
        }
        let start = base.span.start;
        let exponent = self.signed()?;
        Ok(self.expr(Kind::Power(Box::new(base), Box::new(exponent)), start))
    }

    fn primary(&mut self) -> Result<Expr> {
        let start = self.tokens[self.at].span.start;
        let kind = match self.kind() {
            TokenKind::Number(value) => self.take(Kind::Number(value)),
            TokenKind::Name(name) => self.named(name)?,
            TokenKind::Sign("(") => self.parenthesis()?,
            TokenKind::End if self.at == 0 => return Err(self.complain("the formula is empty: write one, such as x^2 + y^2")),
            _ => return Err(self.found_instead_of("a number, a name or '('")),
        };
        Ok(self.expr(kind, start))
    }

    fn parenthesis(&mut self) -> Result<Kind> {
        let opening = self.next().span;
        let inner = self.sum()?;
        self.close(")", opening, "")?;
        Ok(inner.kind)
    }

    fn named(&mut self, name: &'a str) -> Result<Kind> {
        match name {
            "pi" => Ok(self.take(Kind::Pi)),
            "e" => Ok(self.take(Kind::E)),
            "D" => Ok(self.take(Kind::Dimension)),
            "if" => self.condition(),
            "sum" => self.fold(&SUM, false),
            "prod" => self.fold(&PROD, true),
            _ => match (Function::named(name), self.tokens[self.at + 1].kind) {
                (Some(function), _) => self.call(function),
                (None, TokenKind::Sign("(")) => Err(self.unknown_function(name)),
                (None, TokenKind::Sign("[")) => self.element(name),
                (None, _) => Ok(self.take(Kind::Name(name.into()))),
            },
        }
    }

    fn element(&mut self, vector: &str) -> Result<Kind> {
        if self.enclosing.contains(&vector) {
            return Err(self.complain(format!("the index '{vector}' is a number and has no elements: write {vector} alone")));
        }
        self.next();
        let opening = self.next().span;
        let index = Box::new(self.sum()?);
        self.close("]", opening, "")?;
        Ok(Kind::Element { vector: vector.into(), index })
    }

    fn expr(&self, kind: Kind, start: usize) -> Expr {
        Expr { kind, span: start..self.tokens[self.at - 1].span.end }
    }

    /// The kind of the next token.
    fn kind(&self) -> TokenKind<'a> {
        self.tokens[self.at].kind
    }

    /// Takes the next token, which is not the end.
    fn next(&mut self) -> Token<'a> {
        self.at += 1;
        self.tokens[self.at - 1].clone()
    }

    /// Takes the next token for what it is.
    fn take(&mut self, kind: Kind) -> Kind {
        self.next();
        kind
    }

    /// Takes `sign` where it stands next.
    fn accept(&mut self, sign: &'static str) -> bool {
        let is_next = self.is_next(sign);
        self.at += usize::from(is_next);
        is_next
    }

    fn is_next(&self, sign: &'static str) -> bool {
        self.kind() == TokenKind::Sign(sign)
    }

    /// Takes the `sign` that must end the operand in front of it; `purpose` says what for.
    fn expect(&mut self, sign: &'static str, purpose: &str) -> Result<Span> {
        match self.is_next(sign) {
            true => Ok(self.next().span),
            false => Err(self.found_behind_operand(&format!("an operator or '{sign}'{purpose}"))),
        }
    }

    /// Takes the `sign` that closes `opening`.
    fn close(&mut self, sign: &'static str, opening: Span, purpose: &str) -> Result<Span> {
        match self.kind() {
            TokenKind::End => Err(self.complain_at(opening, format!("this is never closed: write the missing '{sign}'"))),
            _ => self.expect(sign, purpose),
        }
    }
}

#[cfg(test)]
pub(super) mod tests;
