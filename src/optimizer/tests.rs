use super::*;

#[test]
fn numbers_of_a_rule_are_within_their_bounds_and_named_once() {
    for rule in Optimizer::ALL {
        let numbers = rule.hyperparameters();
        for (place, number) in numbers.iter().enumerate() {
            assert!(number.default.is_none_or(|value| number.allows(value)), "{} {}", rule.name(), number.name);
            let names = |number: &Hyperparameter| [Some(number.name), number.short];
            let others = numbers[..place].iter().flat_map(names).flatten().collect::<Vec<_>>();
            assert!(names(number).into_iter().flatten().all(|name| !others.contains(&name)), "{} {}", rule.name(), number.name);
        }
    }
    let beta = Optimizer::Adam.hyperparameters()[1];
    assert!(beta.allows(0.0) && !beta.allows(1.0) && !beta.allows(-0.1) && !beta.allows(f32::NAN));
}

#[test]
fn names_are_found_with_dashes_and_underscores() {
    for rule in Optimizer::ALL {
        assert_eq!(Optimizer::named(&rule.name().replace('_', "-")).unwrap(), *rule);
    }
    assert!(Optimizer::named("adan").unwrap_err().to_string().contains("adam"));
}
