use super::*;
use proptest::prelude::*;

fn changed(transform: Transform, hyper: f64, x: &[f64], gradient: &[f64]) -> Vec<f64> {
    let mut changed = gradient.to_vec();
    transform.change(hyper, x, &mut changed);
    changed
}

fn norm(v: &[f64]) -> f64 {
    v.iter().map(|v| v * v).sum::<f64>().sqrt()
}

proptest! {
    #[test]
    fn a_clipped_gradient_is_short_and_points_where_it_did(gradient in prop::collection::vec(-10.0_f64..10.0, 1..6), limit in 0.0_f64..10.0) {
        let clipped = changed(Transform::ClipNorm, limit, &gradient, &gradient);
        prop_assert!(norm(&clipped) <= limit * (1.0 + 1e-12) || clipped == gradient);
        prop_assert!(norm(&gradient) > limit || clipped == gradient);
        let along: f64 = clipped.iter().zip(&gradient).map(|(a, b)| a * b).sum();
        prop_assert!((along - norm(&clipped) * norm(&gradient)).abs() <= 1e-9 * (1.0 + along));
        let by_value = changed(Transform::ClipValue, limit, &gradient, &gradient);
        for (clipped, value) in by_value.iter().zip(&gradient) {
            prop_assert_eq!(*clipped, value.clamp(-limit, limit));
        }
    }
}

#[test]
fn decay_adds_a_share_of_the_point() {
    assert_eq!(changed(Transform::WeightDecay, 0.5, &[2.0, -4.0], &[1.0, 1.0]), [2.0, -1.0]);
}

#[test]
fn nothing_is_clipped_to_nothing_but_at_a_limit_of_zero() {
    assert_eq!(changed(Transform::ClipNorm, 0.0, &[1.0], &[0.0]), [0.0]);
    assert_eq!(changed(Transform::ClipNorm, 0.0, &[1.0], &[3.0]), [0.0]);
    assert_eq!(changed(Transform::ClipNorm, 1.0, &[1.0, 1.0], &[0.0, 0.0]), [0.0, 0.0]);
}
