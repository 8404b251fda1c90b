use super::*;
use crate::loss::Entry;
use crate::loss::formula::syntax::FUNCTIONS;

fn open(formula: &Formula) -> Bound {
    formula.open(&vec![Setting::Default; formula.parameters().len()]).unwrap_or_else(|error| panic!("{}: {error}", formula.text()))
}

fn words(text: &str) -> Slopes {
    let formula = Formula::parse(text, None, None).unwrap_or_else(|error| panic!("{error}"));
    open(&formula).gradient_in_words(usize::MAX)
}

/// Reads the slopes back and compares them with the gradient at a few points.
fn assert_reads_back(formula: &Formula) {
    let bound = open(formula);
    let words = bound.gradient_in_words(usize::MAX);
    let variables = formula.variables();
    let settings = vec![Setting::Default; formula.parameters().len()];
    let exact = formula.bind(&settings).unwrap();
    let parameters = formula.parameters().iter().zip(exact.fixed_parameters());
    let parameters: String = parameters.map(|(known, value)| format!("{} = {:e}; ", known.name, value.unwrap())).collect();
    let shared: String = words.shared.iter().map(|(name, text)| format!("{name} = {text}; ")).collect();
    // Every variable must stand in it to be one.
    let all: String = variables.iter().map(|name| format!(" + 0*{name}")).collect();
    for (number, slope) in words.slopes.iter().enumerate() {
        let text = format!("{parameters}{shared}{slope}{all}");
        let read = Formula::parse(&text, None, Some(&variables)).unwrap_or_else(|error| panic!("{error}"));
        let read = read.bind(&vec![Setting::Default; read.parameters().len()]).unwrap();
        for seed in 1..6 {
            let x: Vec<f64> = (0..variables.len()).map(|i| ((seed * 7 + i * 3) % 11) as f64 / 4.0 - 1.3).collect();
            let (found, expected) = (read.loss_at(&[], &x), exact.gradient_at(&[], &x)[number]);
            let is_same = (found - expected).abs() <= 1e-9 * (1.0 + expected.abs()) || found.is_nan() && expected.is_nan();
            assert!(is_same, "{} at {x:?}: {found} {expected}\n{text}", formula.text());
        }
    }
}

#[test]
fn the_slopes_of_every_named_loss_read_back_as_themselves() {
    for entry in Entry::all() {
        for dimension in if entry.formula.contains("[i]") { vec![None, Some(5)] } else { vec![None] } {
            assert_reads_back(&Formula::named(&entry.name, dimension).unwrap());
        }
    }
}

#[test]
fn every_function_and_operator_reads_back_as_itself() {
    for (_, signature) in &FUNCTIONS {
        let arguments = ["x/3", "y + 1", "x*y"][..signature.most.min(3)].join(", ");
        assert_reads_back(&Formula::parse(&format!("y*{}({arguments})*x", signature.name), None, None).unwrap());
    }
    for text in [
        "x^-3 - y^7/3 - x^5*y^2",
        "x/y/(x - 20)*y - (x - (y - x^3))*(y - x)",
        "-(-x)^2 - -y + 3*x^3*-y^4",
        "(2 + sin(x))^(2 + cos(y)) - 2^-y + (x + y)^2.5",
        "1/(1 + exp(-x))/(1 + exp(-y))",
        "if(x < y, x^2*y, if(x <= 3, sin(x), y^3)) - if(x == y, 1, x^3)",
        "t1 = x*sin(y); t2 = 3; (t1 - 1)^2 + cos(t1*t2)",
        "t1^3 + tt2^3*sin(t1*tt2 + t1 + tt2 - 1)^2",
        "n=3; sum(i, 1, n, (x - i)^4)*1e-30 + 1e30*x^3",
        "x^3*pi/7 + x^3/3 + x^2*y/pi^2 + sin(x)/pi",
    ] {
        assert_reads_back(&Formula::parse(text, None, None).unwrap());
    }
}

#[test]
fn long_sums_are_cut_into_parts_that_have_names() {
    let formula = Formula::parse("sin(sum(i, 1, D, x[i]^3))", Some(200), None).unwrap();
    let words = open(&formula).gradient_in_words(2);
    assert_eq!(words.slopes.len(), 2);
    assert!(words.shared.len() > 3 && words.shared.iter().all(|(_, text)| text.len() < 3 * LONG), "{words:?}");
    assert_reads_back(&Formula::parse("sin(sum(i, 1, D, x[i]^3))", Some(60), None).unwrap());
}

#[test]
fn slopes_read_like_those_of_a_textbook() {
    let himmelblau = words("(x^2 + y - 11)^2 + (x + y^2 - 7)^2");
    assert_eq!(himmelblau.shared, []);
    assert_eq!(himmelblau.slopes, ["2*(x + y^2 - 7) + 4*x*(y + x^2 - 11)", "4*y*(x + y^2 - 7) + 2*(y + x^2 - 11)"]);
    let rosenbrock = words("a=1; b=100; (a - x)^2 + b*(y - x^2)^2");
    assert_eq!(rosenbrock.slopes, ["-4*x*b*(y - x^2) - 2*(a - x)", "2*b*(y - x^2)"]);
    assert_eq!(words("x^2 + cos(2*pi*x)/3").slopes, ["2*x - 2*pi/3*sin(2*pi*x)"]);
    assert_eq!(words("m=10; sin(x)^m").slopes, ["10*sin(x)^9*cos(x)"]);
}
