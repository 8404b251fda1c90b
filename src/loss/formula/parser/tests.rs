mod round_trip;

use super::*;
use crate::error::Error;
use crate::loss::formula::syntax::{Comparison, FUNCTIONS};

/// The text without the marks « and », and the place between them.
fn marked(text: &str) -> (String, Span) {
    let (before, rest) = text.split_once('«').expect("a mark opens");
    let (inside, after) = rest.split_once('»').expect("a mark closes");
    (format!("{before}{inside}{after}"), before.len()..before.len() + inside.len())
}

/// Asserts that `read` refuses the text at its marks, for a reason with all `parts` in it.
pub(in crate::loss::formula) fn assert_refused<T>(read: impl Fn(&str) -> Result<T>, text: &str, parts: &[&str]) {
    let (text, place) = marked(text);
    match read(&text) {
        Err(Error::Formula { text: shown, span, reason }) => {
            assert_eq!((&span, shown == text), (&place, true), "{text:.100}: {reason}");
            assert!(parts.iter().all(|part| reason.contains(part)), "{text:.100}: {reason}");
        }
        Err(other) => panic!("{text:.100}: {other}"),
        Ok(_) => panic!("{text:.100} is read"),
    }
}

fn refused(text: &str, parts: &[&str]) {
    assert_refused(parse, text, parts);
}

fn body(text: &str) -> Expr {
    parse(text).unwrap_or_else(|error| panic!("{error}")).body
}

/// The tree in words, without the places.
fn shape(expr: &Expr) -> String {
    let is_place = |c: char| c.is_ascii_digit() || c == '.';
    format!("{expr:?}").split(", span: ").map(|part| part.trim_start_matches(is_place)).collect()
}

fn assert_same(text: &str, other: &str) {
    assert_eq!(shape(&body(text)), shape(&body(other)), "{text} and {other}");
}

#[test]
fn powers_bind_tightest_and_to_the_right() {
    assert_same("x^y^z", "x^(y^z)");
    assert_same("-x^2", "-(x^2)");
    assert_same("2^-3", "2^(-3)");
    assert_same("2^-x^y*z", "(2^(-(x^y)))*z");
    assert_same("a*b^c", "a*(b^c)");
    assert_same("sin(x)^2", "(sin(x))^2");
    assert_same("x[1]^2", "(x[1])^2");
}

#[test]
fn a_sign_binds_tighter_than_a_product_and_a_product_tighter_than_a_sum() {
    assert_same("-x*y", "(-x)*y");
    assert_same("x*-y", "x*(-y)");
    assert_same("x - -y", "x - (-y)");
    assert_same("a+b*c-d/e", "a+(b*c)-(d/e)");
    assert_same("+x", "x");
    assert_same("--x", "-(-x)");
}

#[test]
fn sums_and_products_are_lists_from_left_to_right() {
    let signs = |parts: &[(bool, Expr)]| parts.iter().map(|(is_inverse, _)| *is_inverse).collect::<Vec<_>>();
    let Kind::Sum(terms) = body("a-b+c-d").kind else { panic!("not a sum") };
    assert_eq!(signs(&terms), [false, true, false, true]);
    let Kind::Product(factors) = body("a/b*c/d").kind else { panic!("not a product") };
    assert_eq!(signs(&factors), [false, true, false, true]);
    let Kind::Sum(terms) = body("(a+b)-(c-d)").kind else { panic!("not a sum") };
    assert!(terms.iter().all(|(_, term)| matches!(&term.kind, Kind::Sum(inner) if inner.len() == 2)));
}

#[test]
fn numbers_are_read_in_all_forms() {
    for (text, value) in [("1", 1.0), ("1.5", 1.5), (".5", 0.5), ("3.", 3.0), ("1e-3", 1e-3), ("2.5E+4", 2.5e4), ("007", 7.0)] {
        assert_eq!(body(text).kind, Kind::Number(value));
    }
    assert_eq!((body("pi").kind, body("e").kind, body("D").kind), (Kind::Pi, Kind::E, Kind::Dimension));
}

#[test]
fn every_function_is_called_by_its_name_and_with_its_arguments_only() {
    for (function, signature) in FUNCTIONS {
        let call = |count: usize| format!("{}({})", signature.name, vec!["x"; count].join(", "));
        let Kind::Call(called, arguments) = body(&call(signature.least)).kind else { panic!("not a call") };
        assert_eq!((called, arguments.len()), (function, signature.least));
        refused(&format!("1 + «{}»", call(signature.least - 1)), &[&signature.usage(), &format!("not {}", signature.least - 1)]);
        if signature.most < usize::MAX {
            refused(&format!("1 + «{}»", call(signature.most + 1)), &[&signature.usage(), &format!("not {}", signature.most + 1)]);
        }
    }
    assert_eq!(body("min(a, b, c, d)").kind.children().len(), 4);
}

#[test]
fn every_comparison_is_a_condition() {
    for (sign, expected) in Comparison::ALL {
        let Kind::If { comparison, .. } = body(&format!("if(x+1 {sign} 2*y, a, b)")).kind else { panic!("not an if") };
        assert_eq!(comparison, expected);
    }
}

#[test]
fn sums_and_products_over_an_index_are_read() {
    let Kind::Fold { is_product, index, from, to, body } = body("prod(k, 2, D-1, x[k+1] - k)").kind else { panic!("not a fold") };
    assert!(is_product && index == "k");
    assert_eq!((from.kind, shape(&to), shape(&body)), (Kind::Number(2.0), shape(&self::body("D-1")), shape(&self::body("x[k+1] - k"))));
    assert!(matches!(self::body("sum(i, 1, D, sum(j, 1, i, x[i]*x[j]))").kind, Kind::Fold { is_product: false, .. }));
    assert!(parse("sum(i, 1, 2, i) + sum(i, 3, 4, i)").is_ok());
}

#[test]
fn definitions_stand_in_front() {
    let source = parse(" a=1; b = 100;\n(a-x)^2 + b*(y-x^2)^2 ").unwrap();
    let definitions: Vec<_> = source.definitions.iter().map(|each| (each.name.as_str(), each.span.clone(), &each.value.kind)).collect();
    assert_eq!(definitions, [("a", 1..2, &Kind::Number(1.0)), ("b", 6..7, &Kind::Number(100.0))]);
    assert_eq!(source.body.span, 15..36);
}

#[test]
fn places_include_parentheses() {
    let Kind::Sum(terms) = body("1 + (x*y)").kind else { panic!("not a sum") };
    assert_eq!(terms[1].1.span, 4..9);
    assert_eq!(body("f1 - -sin( x ) ").span, 0..14);
}

#[test]
fn what_is_no_word_is_refused() {
    refused("x «**» 2", &["'**'", "write ^ "]);
    refused("x «−» 2", &["'−'", "write - "]);
    refused("2«·»x", &["write * "]);
    refused("2 «×» x", &["write * "]);
    refused("2*«π»", &["write pi "]);
    refused("x«²»", &["write ^2 "]);
    refused("x «≤» 2", &["write <= "]);
    refused("«ä» + 1", &["'ä'", "letters a to z"]);
    refused("x «@» 1", &["'@'", "+ - * / ^"]);
    refused("x«\u{200b}»", &["'\\u{200b}'"]);
    refused("x + «\0»", &["'\\0'"]);
    refused("«1.2.3»", &["not a number", "1.5"]);
    refused("1 + «.»", &["not a number"]);
    refused("«1e400»", &["too large"]);
    refused(&format!("1 + «{}»", "x".repeat(101)), &["101 characters", "name"]);
    refused(&format!("1 + «{}»", "9".repeat(101)), &["101 characters", "number"]);
}

#[test]
fn nothing_is_multiplied_without_a_sign() {
    refused("2«x»", &["found 'x'", "expected an operator", "write 2*x"]);
    refused("2«(»x+1)", &["write 2*("]);
    refused("(a)«(»b)", &["write )*("]);
    refused("x «y»", &["write x*y"]);
    refused("x[1]«y»", &["write ]*y"]);
    refused("(x «2»)", &["')'", "write x*2"]);
    refused("1 + 2«e»", &["write 2*e"]);
    refused("a=1 «b»=2; x", &["';' behind the definition", "write 1*b"]);
}

#[test]
fn a_missing_or_surplus_part_is_named() {
    refused("«»", &["empty", "x^2 + y^2"]);
    refused("x +«» ", &["found the end of the formula", "expected a number, a name or '('"]);
    refused("x + «*» y", &["found '*'"]);
    refused("«(»x + (y)", &["never closed", "')'"]);
    refused("x«[»1", &["never closed", "']'"]);
    refused("sin«(»x", &["never closed"]);
    refused("x«)»", &["found ')'", "expected an operator or the end of the formula", "nothing is open"]);
    refused("(x«]»", &["found ']'", "')'"]);
    refused("x«,» y", &["found ','"]);
    refused("(x + y)«[»1]", &["only a name can have an index"]);
}

#[test]
fn a_function_needs_its_parentheses_and_has_to_be_known() {
    refused("sin «x»", &["'('", "sin takes 1 argument, as in sin(x)"]);
    refused("1 + atan2«»", &["atan2 takes 2 arguments, as in atan2(y, x)"]);
    refused("«log»(x)", &["unknown function 'log'", "ln, log2 or log10"]);
    refused("«pow»(x, 2)", &["x^y"]);
    refused("«sine»(x)", &["did you mean 'sin'?"]);
    refused("«Sqrt»(x)", &["did you mean 'sqrt'?"]);
    refused("«f»(x)", &["unknown function 'f'", "known are: sin, cos", "write f*("]);
}

#[test]
fn a_comparison_stands_only_in_a_condition() {
    refused("x «<» y", &["found '<'", "if(condition, a, b)"]);
    refused("if(x < y «<» z, 1, 2)", &["found '<'", "alone"]);
    refused("if((x «<» y), 1, 2)", &["found '<'"]);
    refused("if(x«,» 1, 2)", &["found ','", "expected a comparison such as x < 0"]);
    refused("if(x «=» 1, 1, 2)", &["write =="]);
    refused("x «==» 1", &["found '=='"]);
    refused("if(x < 1, 2«)»", &["found ')'", "','", "if takes 3 arguments"]);
    refused("if(x < 1, 2, 3«,» 4)", &["found ','", "if takes 3 arguments"]);
}

#[test]
fn a_sum_needs_a_new_index_and_four_arguments() {
    refused("sum(«1», 2, 3, 4)", &["found '1'", "a name for the index", "sum takes 4 arguments"]);
    refused("sum(i «+» 1, 2, 3, 4)", &["found '+'", "',' behind the index"]);
    refused("sum(i, 1, D«)»", &["found ')'", "sum takes 4 arguments, as in sum(i, from, to, body)"]);
    refused("prod(i, 1, D, i«,» 2)", &["prod takes 4 arguments"]);
    refused("sum(«e», 1, D, x)", &["'e' is a constant already"]);
    refused("sum(i, 1, 2, sum(«i», 1, 2, i))", &["'i' is the index", "another name"]);
    refused("sum(i, 1, 2, «i»[1])", &["index 'i'", "no elements"]);
}

#[test]
fn definitions_have_their_form() {
    refused("a = 1«;»", &["the formula itself is missing behind this ';'"]);
    refused("a = 1; b = 2«»", &["the formula itself is missing behind the definition of 'b'"]);
    refused("x^2«;»", &["only definitions such as k=1", "the formula itself"]);
    refused("a = b «=» 1; x", &["in front of the formula", "write =="]);
    refused("«2» = x", &["found '2'", "a name in front of '='"]);
    refused("a = 1«,» b = 2; x", &["found ','", "';' behind the definition"]);
    for (name, meaning) in
        [("pi", "constant"), ("D", "number of variables"), ("sin", "function"), ("if", "function"), ("lr", "command line")]
    {
        refused(&format!("«{name}» = 1; x"), &[name, meaning, "another name"]);
    }
}

#[test]
fn nesting_is_limited_long_before_the_stack_is() {
    let nest = |open: &str, close: &str, depth: usize| format!("{}x{}", open.repeat(depth), close.repeat(depth));
    for (open, close) in [("(", ")"), ("-", ""), ("+", ""), ("x^", ""), ("sin(", ")"), ("x[", "]"), ("if(1 < 1, 1, ", ")"), ("-(", ")")] {
        let levels = if open == "-(" { 50 } else { MAX_DEPTH };
        assert!(parse(&nest(open, close, levels)).is_ok(), "{open}");
        for depth in [levels + 1, 60_000 / (open.len() + close.len())] {
            let Err(Error::Formula { span, reason, .. }) = parse(&nest(open, close, depth)) else { panic!("{open}") };
            assert!(reason.contains("more than 100 parentheses") && span.start <= open.len() * (levels + 1), "{open}: {reason}");
        }
    }
}

#[test]
fn a_formula_has_a_longest_length() {
    let text = format!("x{}", "+x".repeat(32 * 1024 - 1));
    assert_eq!(body(&text).kind.children().len(), 32 * 1024);
    refused(&format!("{text} «+»"), &["65537 bytes", "65536"]);
    refused(&format!("{text}«ß»"), &["65537 bytes"]);
}
