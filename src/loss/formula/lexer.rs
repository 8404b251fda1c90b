//! The words of a formula: numbers, names and signs, each with its place.

use crate::error::{Error, Result};
use crate::loss::formula::syntax::Span;

/// The longest formula, in bytes.
const MAX_LENGTH: usize = 64 * 1024;

/// The longest name or number, in bytes.
const MAX_WORD: usize = 100;

/// The signs of the language; where one begins with another, the longer one comes first.
const SIGNS: [&str; 18] = ["<=", ">=", "==", "!=", "<", ">", "=", "+", "-", "*", "/", "^", "(", ")", "[", "]", ",", ";"];

/// What other notations write, and what is written here instead.
const FOREIGN: [(&str, &str); 30] = [
    ("**", "^"),
    ("=<", "<="),
    ("=>", ">="),
    ("<>", "!="),
    ("≤", "<="),
    ("≥", ">="),
    ("≠", "!="),
    ("−", "-"),
    ("–", "-"),
    ("—", "-"),
    ("·", "*"),
    ("⋅", "*"),
    ("∙", "*"),
    ("•", "*"),
    ("×", "*"),
    ("∗", "*"),
    ("÷", "/"),
    ("∕", "/"),
    ("²", "^2"),
    ("³", "^3"),
    ("½", "(1/2)"),
    ("π", "pi"),
    ("√", "sqrt(...)"),
    ("∑", "sum(i, from, to, body)"),
    ("Σ", "sum(i, from, to, body)"),
    ("∏", "prod(i, from, to, body)"),
    ("Π", "prod(i, from, to, body)"),
    ("|", "abs(...)"),
    ("{", "("),
    ("}", ")"),
];

/// A word of a formula and its place.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Token<'a> {
    pub(super) kind: TokenKind<'a>,
    pub(super) span: Span,
}

/// What a word is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum TokenKind<'a> {
    Number(f64),
    Name(&'a str),
    Sign(&'static str),
    /// Behind the last word.
    End,
}

/// The words of `text`, and an [`TokenKind::End`] behind them.
pub(super) fn tokens(text: &str) -> Result<Vec<Token<'_>>> {
    check_length(text)?;
    let end = text.trim_end().len();
    let mut tokens = Vec::new();
    let mut at = skip_space(text, 0);
    while at < end {
        let token = token(text, at)?;
        at = skip_space(text, token.span.end);
        tokens.push(token);
    }
    tokens.push(Token { kind: TokenKind::End, span: end..end });
    Ok(tokens)
}

fn check_length(text: &str) -> Result<()> {
    if text.len() <= MAX_LENGTH {
        return Ok(());
    }
    let excess = (0..=MAX_LENGTH).rev().find(|at| text.is_char_boundary(*at)).unwrap_or_default();
    let reason = format!("{} bytes are more than a formula can have, {MAX_LENGTH}: shorten it, as with sum(i, from, to, body)", text.len());
    Err(Error::formula(text, excess..text.len(), reason))
}

fn skip_space(text: &str, at: usize) -> usize {
    text.len() - text[at..].trim_start().len()
}

/// The word that begins at `at`, where there is no space.
fn token(text: &str, at: usize) -> Result<Token<'_>> {
    let rest = &text[at..];
    if rest.starts_with(|c: char| c.is_ascii_digit() || c == '.') {
        return number(text, at..text.len() - behind_number(rest).len());
    }
    if rest.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') {
        let behind = rest.trim_start_matches(|c: char| c.is_ascii_alphanumeric() || c == '_');
        return name(text, at..text.len() - behind.len());
    }
    if let Some((foreign, instead)) = FOREIGN.iter().find(|(foreign, _)| rest.starts_with(foreign)) {
        return Err(Error::formula(text, at..at + foreign.len(), format!("formulas do not know '{foreign}': write {instead} instead")));
    }
    match SIGNS.iter().find(|sign| rest.starts_with(**sign)) {
        Some(sign) => Ok(Token { kind: TokenKind::Sign(sign), span: at..at + sign.len() }),
        None => Err(unknown_character(text, at)),
    }
}

/// What stands behind the digits and points that `text` begins with, and behind their exponent if digits follow its letter.
fn behind_number(text: &str) -> &str {
    let behind = text.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.');
    let exponent = behind.strip_prefix(['e', 'E']).map(|exponent| exponent.strip_prefix(['+', '-']).unwrap_or(exponent));
    match exponent {
        Some(digits) if digits.starts_with(|c: char| c.is_ascii_digit()) => digits.trim_start_matches(|c: char| c.is_ascii_digit()),
        _ => behind,
    }
}

fn number(text: &str, span: Span) -> Result<Token<'_>> {
    check_word(text, &span, "number")?;
    match text[span.clone()].parse::<f64>() {
        Ok(value) if value.is_finite() => Ok(Token { kind: TokenKind::Number(value), span }),
        Ok(_) => Err(Error::formula(text, span, format!("this number is too large: the largest is {:e}", f64::MAX))),
        Err(_) => Err(Error::formula(text, span, "this is not a number: write numbers as 1, 1.5, .5 or 1e-3")),
    }
}

fn name(text: &str, span: Span) -> Result<Token<'_>> {
    check_word(text, &span, "name")?;
    Ok(Token { kind: TokenKind::Name(&text[span.clone()]), span })
}

/// Refuses long words, so that they can be shown in messages and compared with others in no time.
fn check_word(text: &str, span: &Span, what: &str) -> Result<()> {
    if span.len() <= MAX_WORD {
        return Ok(());
    }
    Err(Error::formula(text, span.clone(), format!("{} characters are more than a {what} can have, {MAX_WORD}: shorten it", span.len())))
}

fn unknown_character(text: &str, at: usize) -> Error {
    let character = text[at..].chars().next().unwrap_or_default();
    let reason = match character.is_alphanumeric() {
        true => format!("found {character:?}: names are made of the letters a to z and A to Z, digits and _"),
        false => format!("found {character:?}: a formula is made of names, numbers, + - * / ^ ( ) [ ] , ; and < <= > >= == !="),
    };
    Error::formula(text, at..at + character.len_utf8(), reason)
}
