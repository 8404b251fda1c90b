use super::*;

#[test]
fn numbers_of_a_schedule_are_within_their_bounds() {
    for schedule in Schedule::ALL {
        let mut numbers = schedule.hyperparameters().iter();
        assert!(numbers.all(|number| number.default.is_none_or(|value| number.allows(value))), "{}", schedule.name());
    }
}

#[test]
fn names_are_found_with_dashes_and_underscores() {
    for schedule in Schedule::ALL {
        assert_eq!(Schedule::named(&schedule.name().replace('_', "-")).unwrap(), *schedule);
    }
    assert!(Schedule::named("cosinus").unwrap_err().to_string().contains("cosine"));
}

#[test]
fn every_schedule_begins_at_the_first_learning_rate() {
    for schedule in Schedule::ALL {
        let hyper: Vec<f64> = schedule.hyperparameters().iter().map(|number| number.default.unwrap_or(3.0).into()).collect();
        assert_eq!(schedule.rate(0.25, 0.0, &hyper), 0.25, "{}", schedule.name());
    }
}

#[test]
fn rates_are_those_of_their_formulas() {
    for (schedule, hyper, time, expected) in [
        (Schedule::Constant, &[][..], 1e6, 0.5),
        (Schedule::Step, &[10.0, 0.5], 9.0, 0.5),
        (Schedule::Step, &[10.0, 0.5], 10.0, 0.25),
        (Schedule::Step, &[1.0, 0.5], 3.0, 0.0625),
        (Schedule::Step, &[10.0, 0.0], 9.0, 0.5),
        (Schedule::Step, &[10.0, 0.0], 10.0, 0.0),
        (Schedule::Step, &[2.5, 0.5], 2.0, 0.5),
        (Schedule::Step, &[2.5, 0.5], 5.0, 0.125),
        (Schedule::Exponential, &[0.5], 3.0, 0.0625),
        (Schedule::Exponential, &[0.0], 0.0, 0.5),
        (Schedule::Exponential, &[0.0], 1.0, 0.0),
        (Schedule::Polynomial, &[100.0, 2.0], 50.0, 0.125),
        (Schedule::Polynomial, &[100.0, 2.0], 100.0, 0.0),
        (Schedule::Polynomial, &[100.0, 2.0], 1e6, 0.0),
        (Schedule::Polynomial, &[100.0, 0.0], 1e6, 0.5),
        (Schedule::Cosine, &[100.0, 0.125], 50.0, 0.3125),
        (Schedule::Cosine, &[100.0, 0.125], 100.0, 0.125),
        (Schedule::Cosine, &[100.0, 0.125], 1e6, 0.125),
        (Schedule::InverseTime, &[1.0], 3.0, 0.125),
        (Schedule::InverseTime, &[0.0], 3.0, 0.5),
        (Schedule::InverseSqrt, &[1.0], 3.0, 0.25),
    ] {
        let found: f64 = schedule.rate(0.5, time, hyper);
        assert!((found - expected).abs() < 1e-15, "{} {hyper:?} at {time}: {found} {expected}", schedule.name());
    }
}

#[test]
fn falls_come_at_whole_multiples_and_no_step_earlier() {
    for size in [1.0, 3.0, 7.0, 49.0, 1e3, 2.5, 0.1_f64 + 1.0] {
        for falls in [1.0, 2.0, 41.0, 1e4] {
            let time = (size * falls).ceil();
            let at = |time: f64| Schedule::Step.rate(1.0, time, &[size, 0.5]);
            let expected = |time: f64| 0.5_f64.powf((time / size).floor());
            assert_eq!((at(time), at(time - 1.0)), (expected(time), expected(time - 1.0)), "{size} {falls}");
        }
    }
}
