use std::time::{Duration, Instant};

use super::*;
use crate::loss::formula::parser::tests::assert_refused;
use crate::loss::formula::syntax::callables;
use proptest::prelude::*;

fn read(text: &str) -> Parsed {
    parse(text, None).unwrap_or_else(|error| panic!("{error}"))
}

fn names(definitions: &[Definition]) -> Vec<&str> {
    definitions.iter().map(|definition| definition.name.as_str()).collect()
}

fn variables(text: &str) -> Vec<String> {
    match read(text).variables {
        Variables::Named(names) => names,
        Variables::Indexed(vector) => panic!("indexed by {vector}"),
    }
}

fn refused(text: &str, parts: &[&str]) {
    assert_refused(|text| parse(text, None), text, parts);
}

fn list(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).into()).collect()
}

#[test]
fn a_definition_without_variables_is_a_parameter() {
    let parsed = read("a=1; b=2*a+pi^e; r=sqrt(x^2+a); c=sum(i, 1, D, i*b); s=r+c; b*s + y");
    assert_eq!((names(&parsed.parameters), names(&parsed.definitions)), (vec!["a", "b", "c"], vec!["r", "s"]));
    assert_eq!(parsed.variables, Variables::Named(list(&["x", "y"])));
    let parsed = read("r = sqrt(x^2+y^2); exp(-r)");
    assert_eq!((names(&parsed.parameters), names(&parsed.definitions)), (vec![], vec!["r"]));
    let parsed = read("m = sum(i, 1, D, x[i])/D; sum(i, 1, D, (x[i]-m)^2)");
    assert_eq!((names(&parsed.definitions), parsed.variables), (vec!["m"], Variables::Indexed("x".into())));
}

#[test]
fn variables_are_alphabetical_with_numbers_as_numbers() {
    assert_eq!(variables("(x^2 + y - 11)^2 + (x + y^2 - 7)^2"), ["x", "y"]);
    assert_eq!(variables("x10*x2 + x1 - b - a"), ["a", "b", "x1", "x2", "x10"]);
    assert_eq!(variables("r = z; r*y"), ["y", "z"]);
    assert_eq!(variables("sum(i, 1, 3, i*k)"), ["k"]);
}

#[test]
fn variables_come_in_the_order_that_is_asked_for() {
    let ordered = |names: &[&str]| parse("a=1; a*x + y", Some(&list(names)));
    assert_eq!(ordered(&["y", "x"]).unwrap().variables, Variables::Named(list(&["y", "x"])));
    assert_refused(|text| parse(text, Some(&list(&["x"]))), "a=1; x + «y»", &["'y'", "--variables", "y=1"]);
    let message = |names: &[&str]| ordered(names).unwrap_err().to_string();
    assert!(message(&["x", "yy"]).contains("unknown variable 'yy' (did you mean 'y'?); known are: x, y"));
    assert!(message(&["x", "y", "a"]).contains("unknown variable 'a'"));
    assert!(message(&["x", "y", "x"]).contains("'x' is listed twice"));
    assert_refused(|text| parse(text, Some(&list(&["x"]))), "sum(i, 1, D, «x[i]»)", &["'x'", "leave out --variables"]);
}

#[test]
fn a_formula_needs_a_variable() {
    refused("a=1; «a^2»", &["no variable", "x[1]"]);
    refused("«1 + D»", &["no variable"]);
    refused("«sum(i, 1, D, i)»", &["no variable"]);
}

#[test]
fn a_name_is_defined_once_and_before_it_is_used() {
    refused("a=1; «a»=2; x", &["'a' is defined twice"]);
    refused("a=«a»+1; x", &["'a' is defined by itself"]);
    refused("a=1; b=«c»*a; c=2; x", &["'c' is defined further back"]);
    refused("«i»=1; sum(i, 1, 2, i) + x", &["'i' is also the index"]);
    refused("a = sum(i, 1, 2, i); «i»=1; a + x", &["'i' is also the index"]);
    refused("sum(i, 1, 2, i) + x*«i»", &["index 'i' is not known outside"]);
    refused("sum(i, «i», 2, i)", &["index 'i' is not known outside"]);
    refused("x*«lr»", &["'lr' is an input of the command line already"]);
}

#[test]
fn beside_a_vector_there_are_only_definitions() {
    assert_eq!(read("k=1; sum(i, 1, D, k*x[i])").variables, Variables::Indexed("x".into()));
    refused("sum(i, 1, D, «k»*x[i])", &["beside x[i] every other name needs a definition", "k=1"]);
    refused("r = «y»; x[1] + r", &["beside x[i]", "y=1"]);
    refused("x[1] + «x»", &["'x' is the vector", "x[1]"]);
    refused("x[1] + «y[2]»", &["one vector", "'x'"]);
    refused("k=1; x[1]*«k[2]»", &["'k' is defined as a number"]);
    refused("x[«x»]", &["'x' is the vector"]);
}

/// Asserts that the place of an error, if `text` has one, can be shown.
fn assert_sound(text: &str) {
    if let Err(error) = parse(text, None) {
        let Error::Formula { span, .. } = &error else { panic!("{text}: {error}") };
        assert!(text.get(span.clone()).is_some(), "{text}: {span:?}");
        let message = error.to_string();
        assert!(message.ends_with('^') && message.len() < 2000, "{message}");
    }
}

#[test]
fn long_formulas_are_read_in_linear_time() {
    let fill = |part: &dyn Fn(usize) -> String| {
        let mut text = String::new();
        for number in 0.. {
            let part = part(number);
            if text.len() + part.len() > 65_000 {
                break;
            }
            text.push_str(&part);
        }
        text
    };
    let chain = fill(&|i| format!("a{}=a{i};", i + 1));
    let texts = [
        fill(&|i| format!("x{i}+")),
        format!("a0=x;{chain}x"),
        format!("a0=1;{chain}x"),
        fill(&|i| format!("a{i}=sum(i{i},1,2,3);")),
        fill(&|i| format!("a{i}=")),
        fill(&|_| "1e".into()),
        fill(&|_| "1 ".into()),
        fill(&|_| "x\n;".into()),
        fill(&|_| "x[1]*".into()),
        fill(&|_| "sum(i,1,2,".into()),
        format!("sum(i,1,2,{}", fill(&|_| "i+".into())),
        format!("min({}x)", fill(&|_| "x,".into())),
        " ".repeat(65_000),
        "é".repeat(32_000),
        "9".repeat(65_000),
        "a".repeat(65_000),
    ];
    for text in texts {
        let start = Instant::now();
        assert_sound(&text);
        assert_sound(&format!("{text}x"));
        assert!(start.elapsed() < Duration::from_secs(2), "{:?} for {}…", start.elapsed(), &text[..20]);
    }
}

/// A word of the language, or nearly.
fn word() -> impl Strategy<Value = String> {
    let signs = "+ - * / ^ ( ) [ ] , ; = < <= > >= == != ** ( ) ( ) ; − · × π \n .".split(' ');
    let words =
        ["x", "y", "x1", "i", "j", "k", "a", "e", "pi", "D", "lr", "log", "1", "2.5", ".5", "1e-3", "x[1]", "k=1;", "sum(i,1,D,x[i])"];
    let all: Vec<String> = signs.chain(words).map(String::from).chain(callables().map(|callable| callable.name.into())).collect();
    prop::sample::select(all)
}

proptest! {
    #[test]
    fn no_text_makes_the_reader_panic(text in any::<String>(), line in ".{0,200}") {
        assert_sound(&text);
        assert_sound(&line);
    }

    #[test]
    fn no_words_of_the_language_make_the_reader_panic(words in prop::collection::vec(word(), 0..30)) {
        assert_sound(&words.join(" "));
        assert_sound(&words.concat());
    }
}
