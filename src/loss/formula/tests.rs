use super::*;
use crate::real::Each;

fn bound(text: &str) -> Bound {
    let formula = Formula::parse(text, None, None).unwrap_or_else(|error| panic!("{error}"));
    let settings = vec![Setting::Default; formula.parameters().len()];
    formula.bind(&settings).unwrap_or_else(|error| panic!("{text}: {error}"))
}

/// Central differences of fourth order.
fn differences(f: impl Fn(&[f64]) -> f64, x: &[f64]) -> Vec<f64> {
    let slope = |i: usize| {
        let h = 1e-3 * (1.0 + x[i].abs()) / 8.0;
        let at = |steps: f64| {
            let mut x = x.to_vec();
            x[i] += steps * h;
            f(&x)
        };
        (8.0 * (at(1.0) - at(-1.0)) - (at(2.0) - at(-2.0))) / (12.0 * h)
    };
    (0..x.len()).map(slope).collect()
}

const FORMULAS: [&str; 24] = [
    "(x^2 + y - 11)^2 + (x + y^2 - 7)^2",
    "a=1; b=100; (a-x)^2 + b*(y-x^2)^2",
    "x^2 + 0.1*cos(20*x)",
    "exp(x)*sin(y) - ln(2 + x^2) / (1 + y^2)",
    "sqrt(1 + x^2 + y^2) * tanh(x - y)",
    "(1 + x^2)^1.5 + (2 + y^2)^-0.3",
    "x^-3 + y^7 - x^5*y^2",
    "atan2(y, x) + atan(x*y) + asin(x/20) + acos(y/20)",
    "sinh(x/3) + cosh(y/3) + tan(x/8)",
    "cbrt(x) + exp2(y/2) + log2(3 + x^2) + log10(3 + y^2)",
    "if(x < y, x^2*y, sin(x) + y^3)",
    "min(x^2, y) + max(x, y^2) + abs(x - y)",
    "r = sqrt(x^2 + y^2); exp(-r)*cos(3*r)",
    "(3 + sin(x))^(2 + cos(y))",
    "sum(i, 1, D, (x[i] - i)^4) + prod(i, 1, D, cos(x[i]))",
    "-20*exp(-0.2*sqrt(sum(i, 1, D, x[i]^2)/D)) - exp(sum(i, 1, D, cos(2*pi*x[i]))/D) + 20 + e",
    "x / y / (x - 20) * y",
    "-(-x)^2 - -y + +3*x",
    "2^x + 2^-y",
    "abs(x)^2.5 + abs(y)",
    "floor(y) * x + sign(x) * y",
    "1/(1 + exp(-x)) * 1/(1 + exp(-y))",
    "((x*y - 1)^2 + x*y)^2",
    "max(x, y, x*y, 3) + min(x, y, -2)",
];

#[test]
fn gradients_and_hessians_agree_with_differences() {
    for text in FORMULAS {
        let bound = bound(text);
        for (x, y) in [(1.3, 2.1), (-0.7, 0.4), (2.6, -1.9), (0.2, 3.7), (-3.1, -2.2)] {
            let x = &[x, y][..bound.formula().dimension()];
            let (value, gradient) = (bound.loss_at(&[], x), bound.gradient_at(&[], x));
            if !value.is_finite() {
                continue;
            }
            let expected = differences(|x| bound.loss_at(&[], x), x);
            for (found, expected) in gradient.iter().zip(&expected) {
                assert!((found - expected).abs() <= 1e-6 * (1.0 + expected.abs()), "{text} at {x:?}: {found} {expected}");
            }
            let hessian = bound.hessian_at(&[], x).unwrap();
            for i in 0..x.len() {
                let expected = differences(|x| bound.gradient_at(&[], x)[i], x);
                for (found, expected) in hessian[i * x.len()..].iter().zip(&expected) {
                    assert!((found - expected).abs() <= 1e-5 * (1.0 + expected.abs()), "{text} at {x:?}: {found} {expected}");
                }
            }
            let both = bound.both().run(&Each(&[]), x);
            assert!(both[0] == value || (both[0] - value).abs() < 1e-12 * value.abs(), "{text}");
        }
    }
}

#[test]
fn values_agree_with_another_evaluator() {
    use exmex::prelude::*;
    for text in ["(x^2 + y - 11)^2 + (x + y^2 - 7)^2", "exp(x)*sin(y) - x/(1 + y^2)", "x^2*y - y^3/x + cos(x*y)", "sqrt(1+x^2)*tanh(x-y)"] {
        let other = exmex::parse::<f64>(text).unwrap();
        let bound = bound(text);
        for (x, y) in [(1.3, 2.1), (-0.7, 0.4), (2.6, -1.9)] {
            let (found, expected) = (bound.loss_at(&[], &[x, y]), other.eval(&[x, y]).unwrap());
            assert!((found - expected).abs() <= 1e-12 * (1.0 + expected.abs()), "{text}: {found} {expected}");
        }
    }
}

#[test]
fn himmelblau_and_its_gradient_take_as_few_operations_as_by_hand() {
    let bound = bound("(x^2 + y - 11)^2 + (x + y^2 - 7)^2");
    assert_eq!(bound.slope().instructions.len(), 10, "{:?}", bound.slope());
    assert_eq!(bound.both().instructions.len(), 12, "{:?}", bound.both());
}

#[test]
fn no_branch_that_is_not_taken_makes_a_nan() {
    for (text, x, expected) in [
        ("if(x > 0, ln(x)*sqrt(x), x^2)", -2.0, -4.0),
        ("if(x > 0, sqrt(x), 3*x)", 0.0, 3.0),
        ("sqrt(x^2)", 0.0, 0.0),
        ("abs(x)", 0.0, 0.0),
        ("min(sqrt(x), 5*x)", 0.0, 5.0),
        ("x^0.5", 0.0, 0.0),
        ("cbrt(x)", 0.0, 0.0),
        ("tanh(x)", 500.0, 0.0),
    ] {
        assert_eq!(bound(text).gradient_at(&[], &[x]), [expected], "{text}");
    }
}

#[test]
fn where_a_loss_has_levelled_off_its_slope_is_zero() {
    for (text, x) in [
        ("1/(1 + exp(-x))", -1000.0),
        ("(1/(1 + exp(-x)) - 0.5)^2", -1000.0),
        ("1/(1 + x*exp(x)*cosh(x))", 1000.0),
        ("1/(1 + exp(x)^2)", 1000.0),
        ("exp(-exp(x))", 1000.0),
        ("tanh(exp(x)) + atan(exp(x))", 1000.0),
        ("exp(-1/x^2)", 0.0),
        ("3^-exp(x)", 1000.0),
    ] {
        let bound = bound(text);
        assert!(bound.loss_at(&[], &[x]).is_finite(), "{text}");
        assert_eq!(bound.gradient_at(&[], &[x]), [0.0], "{text}");
    }
    // Where nothing overflows nothing is guarded.
    let steps = bound("1/(1 + x^2)").slope().instructions.len();
    assert!(steps <= 5, "{steps}");
}

#[test]
fn what_is_a_quadratic_is_recognised() {
    for text in ["(x + 2*y - 7)^2 + (2*x + y - 5)^2", "x*y", "3", "x/2 + y*(x - 1)", "k=2; x^k + 0*sin(x)"] {
        let is_quadratic = Formula::parse(text, None, None).is_err() || bound(text).is_quadratic();
        assert!(is_quadratic, "{text}");
    }
    for text in ["x^3", "x*y*x", "1/x", "sin(x)", "x^2.5", "if(x < 0, x, -x)", "abs(x)"] {
        assert!(!bound(text).is_quadratic(), "{text}");
    }
    let booth = bound("(x + 2*y - 7)^2 + (2*x + y - 5)^2").quadratic(&[]).unwrap();
    assert_eq!(booth.center(), [1.0, 3.0]);
    assert_eq!(booth.hessian().times(&[1.0, 2.0]), [26.0, 28.0]);
}

#[test]
fn a_swept_parameter_is_read_from_its_row() {
    let formula = Formula::parse("a=1; b=2*a; (a - x)^4 + b*x", None, None).unwrap();
    let bound = formula.bind(&[Setting::Swept(0), Setting::Default]).unwrap();
    assert_eq!(bound.loss_at(&[3.0], &[1.0]), 16.0 + 6.0);
    assert_eq!(bound.gradient_at(&[3.0], &[1.0]), [-32.0 + 6.0]);
    let fixed = formula.bind(&[Setting::Fixed(3.0), Setting::Default]).unwrap();
    assert_eq!((fixed.loss_at(&[], &[1.0]), fixed.fixed_parameters()), (22.0, &[Some(3.0), Some(6.0)][..]));
}

#[test]
fn constants_that_f32_does_not_hold_are_refused() {
    for (text, limit) in [("x^2 + 1e-40*y", "1.2e-38 at least"), ("1e39*x^2", "3.4e38 at most"), ("1e-30*1e-30*x", "1.2e-38 at least")] {
        let formula = Formula::parse(text, None, None).unwrap();
        let message = formula.at_defaults().unwrap_err().to_string();
        assert!(message.contains("beyond those of f32") && message.contains(limit), "{message}");
    }
    bound("0*x^2 + 1.2e-38*y + 3.4e38");
}

#[test]
fn what_cannot_be_lowered_is_pointed_at() {
    for (text, at, says) in [
        ("x + 1/0", "0", "0, by which nothing"),
        ("x + ln(0)", "ln(0)", "-inf"),
        ("sum(i, 1, 1e9, x)", "x", "too long"),
        ("sum(i, 1, D+1, x[i])", "i", "numbered from 1 to D"),
        ("sum(i, 1, D, x[i/2])", "i/2", "whole number"),
        ("sum(i, 1, x[1], x[i])", "x[1]", "same at every point"),
    ] {
        let Err(Error::Formula { span, reason, .. }) = Formula::parse(text, None, None) else { panic!("{text} was read") };
        assert!(text[span.clone()].contains(at) && reason.contains(says), "{text}: {} {reason}", &text[span]);
    }
}

#[test]
fn hostile_branches_end_in_an_error_soon() {
    let doubling: String = (1..200).map(|i| format!("a{i} = if(a{0} > 0, a{0}*a{0}, a{0} - 1); ", i - 1)).collect();
    let formula = Formula::parse(&format!("a0 = x; {doubling} a199"), None, None).unwrap();
    assert!(formula.bind(&[]).is_err());
    let long: String = (1..2000).map(|i| format!("a{i} = if(a{0} > 0, x, a{0}); ", i - 1)).collect();
    let formula = Formula::parse(&format!("a0 = x; {long} a1999"), None, None).unwrap();
    let _ = formula.bind(&[]);
}
