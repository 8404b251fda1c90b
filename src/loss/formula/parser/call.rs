//! What is written with a name and parentheses: functions, `if`, `sum` and `prod`.

use super::Parser;
use crate::error::Result;
use crate::loss::formula::lexer::TokenKind;
use crate::loss::formula::syntax::{Comparison, Expr, Function, IF, Kind, Signature, Span};

impl Parser<'_> {
    pub(super) fn call(&mut self, function: Function) -> Result<Kind> {
        let signature = function.signature();
        let start = self.tokens[self.at].span.start;
        let opening = self.open(signature)?;
        let mut arguments = Vec::new();
        if !self.is_next(")") {
            arguments.push(self.sum()?);
        }
        while self.accept(",") {
            arguments.push(self.sum()?);
        }
        let end = self.close(")", opening, "")?.end;
        match arguments.len() {
            count if (signature.least..=signature.most).contains(&count) => Ok(Kind::Call(function, arguments)),
            count => Err(self.complain_at(start..end, format!("{}, not {count}", signature.usage()))),
        }
    }

    pub(super) fn condition(&mut self) -> Result<Kind> {
        let opening = self.open(&IF)?;
        let left = self.boxed()?;
        let comparison = self.comparison()?;
        let right = self.boxed()?;
        self.comma(&IF)?;
        let yes = self.boxed()?;
        self.comma(&IF)?;
        let no = self.boxed()?;
        self.close_form(&IF, opening)?;
        Ok(Kind::If { comparison, left, right, yes, no })
    }

    fn comparison(&mut self) -> Result<Comparison> {
        let TokenKind::Sign(sign) = self.kind() else { return Err(self.not_compared()) };
        let comparison = Comparison::written(sign).ok_or_else(|| self.not_compared())?;
        self.next();
        Ok(comparison)
    }

    pub(super) fn fold(&mut self, form: &Signature, is_product: bool) -> Result<Kind> {
        let opening = self.open(form)?;
        let (index, span) = self.new_name(&format!("for the index: {}", form.usage()))?;
        if self.enclosing.contains(&index) {
            return Err(self.complain_at(span, format!("'{index}' is the index of the sum or product around already: choose another name")));
        }
        if !self.accept(",") {
            return Err(self.found_instead_of(&format!("',' behind the index: {}", form.usage())));
        }
        let from = self.boxed()?;
        self.comma(form)?;
        let to = self.boxed()?;
        self.comma(form)?;
        self.enclosing.push(index);
        let body = self.boxed()?;
        self.enclosing.pop();
        self.close_form(form, opening)?;
        self.indices.insert(index.into());
        Ok(Kind::Fold { is_product, index: index.into(), from, to, body })
    }

    /// Takes the name and the parenthesis behind it.
    fn open(&mut self, signature: &Signature) -> Result<Span> {
        self.next();
        match self.is_next("(") {
            true => Ok(self.next().span),
            false => Err(self.found_instead_of(&format!("'(': {}", signature.usage()))),
        }
    }

    fn comma(&mut self, form: &Signature) -> Result<Span> {
        self.expect(",", &format!(": {}", form.usage()))
    }

    fn close_form(&mut self, form: &Signature, opening: Span) -> Result<Span> {
        self.close(")", opening, &format!(": {}", form.usage()))
    }

    fn boxed(&mut self) -> Result<Box<Expr>> {
        Ok(Box::new(self.sum()?))
    }
}
