use super::*;

#[test]
fn names_are_found_with_dashes_and_underscores() {
    for rule in Optimizer::ALL {
        assert_eq!(Optimizer::named(&rule.name().replace('_', "-")).unwrap(), *rule);
    }
    assert!(Optimizer::named("adan").unwrap_err().to_string().contains("adam"));
}
