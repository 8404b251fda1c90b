use super::*;
use proptest::prelude::*;

/// How tightly a part holds together, from a sum to what needs no parentheses.
#[derive(Clone, Copy, PartialEq, PartialOrd)]
enum Binding {
    Sum,
    Product,
    Signed,
    Primary,
}

/// The formula that reads as `expr`, in parentheses where it does not hold together as `least` asks.
fn print(expr: &Expr, least: Binding) -> String {
    let (text, binding) = match &expr.kind {
        Kind::Sum(terms) => (join(terms, ["+", "-"], Binding::Product), Binding::Sum),
        Kind::Product(factors) => (join(factors, ["*", "/"], Binding::Signed), Binding::Product),
        Kind::Negate(inner) => (format!("-{}", print(inner, Binding::Signed)), Binding::Signed),
        Kind::Power(base, exponent) => (format!("{}^{}", print(base, Binding::Primary), print(exponent, Binding::Signed)), Binding::Signed),
        _ => (print_primary(&expr.kind), Binding::Primary),
    };
    if binding < least { format!("({text})") } else { text }
}

fn join(parts: &[(bool, Expr)], signs: [&str; 2], least: Binding) -> String {
    let part = |(number, (is_inverse, part)): (usize, &(bool, Expr))| match number {
        0 => print(part, least),
        _ => format!(" {} {}", signs[usize::from(*is_inverse)], print(part, least)),
    };
    parts.iter().enumerate().map(part).collect()
}

fn print_primary(kind: &Kind) -> String {
    let arguments: Vec<String> = kind.children().into_iter().map(|child| print(child, Binding::Sum)).collect();
    match kind {
        Kind::Number(value) => format!("{value:?}"),
        Kind::Pi => "pi".into(),
        Kind::E => "e".into(),
        Kind::Dimension => "D".into(),
        Kind::Name(name) => name.clone(),
        Kind::Element { vector, .. } => format!("{vector}[{}]", arguments[0]),
        Kind::Call(function, _) => format!("{}({})", function.signature().name, arguments.join(", ")),
        Kind::If { comparison, .. } => {
            let sign = Comparison::ALL.iter().find(|(_, known)| known == comparison).expect("all are listed").0;
            format!("if({} {sign} {})", arguments[0], arguments[1..].join(", "))
        }
        Kind::Fold { is_product, index, .. } => {
            format!("{}({index}, {})", if *is_product { "prod" } else { "sum" }, arguments.join(", "))
        }
        Kind::Sum(_) | Kind::Product(_) | Kind::Negate(_) | Kind::Power(..) => unreachable!("no primary"),
    }
}

fn leaf() -> impl Strategy<Value = Kind> {
    prop_oneof![
        (0.0..1e3_f64).prop_map(Kind::Number),
        (0.0..f64::MAX).prop_map(Kind::Number),
        (0_u32..100).prop_map(|whole| Kind::Number(whole.into())),
        Just(Kind::Pi),
        Just(Kind::E),
        Just(Kind::Dimension),
        "[a-z_][a-zA-Z0-9_]{0,5}".prop_filter("a free name", |name| reserved(name).is_none()).prop_map(Kind::Name),
    ]
}

/// The first part of a sum or product stands as it is.
fn parts(part: impl Strategy<Value = Expr>) -> impl Strategy<Value = Vec<(bool, Expr)>> {
    prop::collection::vec((any::<bool>(), part), 2..5).prop_map(|mut parts| {
        parts[0].0 = false;
        parts
    })
}

fn call(argument: impl Strategy<Value = Expr>) -> impl Strategy<Value = Kind> {
    (prop::sample::select(FUNCTIONS.as_slice()), prop::collection::vec(argument, 4)).prop_map(|((function, signature), mut arguments)| {
        arguments.truncate(signature.most);
        Kind::Call(function, arguments)
    })
}

/// A tree that reads of formulas have; indices are named after how much stands inside them, so none stands inside its namesake.
fn tree() -> impl Strategy<Value = Expr> {
    let expr = |kind| Expr { kind, span: 0..0 };
    leaf().prop_map(expr).prop_recursive(6, 64, 4, move |part| {
        let boxed = part.clone().prop_map(Box::new);
        let comparison = prop::sample::select(Comparison::ALL.as_slice());
        prop_oneof![
            boxed.clone().prop_map(|index| Kind::Element { vector: "x".into(), index }),
            parts(part.clone()).prop_map(Kind::Sum),
            parts(part.clone()).prop_map(Kind::Product),
            boxed.clone().prop_map(Kind::Negate),
            (boxed.clone(), boxed.clone()).prop_map(|(base, exponent)| Kind::Power(base, exponent)),
            call(part),
            (comparison, boxed.clone(), boxed.clone(), boxed.clone(), boxed.clone())
                .prop_map(|((_, comparison), left, right, yes, no)| Kind::If { comparison, left, right, yes, no }),
            (any::<bool>(), boxed.clone(), boxed.clone(), boxed).prop_map(|(is_product, from, to, body)| {
                let index = format!("i_{}", print(&body, Binding::Sum).len());
                Kind::Fold { is_product, index, from, to, body }
            }),
        ]
        .prop_map(expr)
    })
}

proptest! {
    #[test]
    fn a_printed_tree_reads_back_as_itself(tree in tree()) {
        let text = print(&tree, Binding::Sum);
        prop_assert_eq!(shape(&body(&text)), shape(&tree), "{}", text);
    }
}
