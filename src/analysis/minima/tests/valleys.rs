//! Minima that are not single points: valleys, where they cross, plains, and what only looks like one.

use super::*;

#[test]
fn each_branch_of_a_valley_has_its_label() {
    let points = ends(&given(2, losses::hyperbola), 0.02, 5000, &cloud(2, 300, 3.0));
    let (minima, labels) = agreed(2, losses::hyperbola, &points);
    let anchors: Vec<_> = minima.iter().map(|minimum| (minimum.point.as_deref().unwrap(), minimum.is_valley)).collect();
    assert_eq!(anchors, [(&[-1.0, -1.0][..], true), (&[1.0, 1.0][..], true)]);
    for (label, point) in labels.iter().zip(points.chunks(2)).filter(|(_, point)| (point[0] * point[1] - 1.0).abs() < 1e-3) {
        assert_eq!(*label, i32::from(point[0] > 0.0), "{point:?}");
    }
}

#[test]
fn round_and_straight_valleys_have_one_label() {
    let (minima, labels) = agreed(2, losses::ring, &ends(&given(2, losses::ring), 0.05, 5000, &cloud(2, 200, 2.0)));
    assert_eq!((minima.len(), minima[0].is_valley), (1, true));
    assert!(labels.iter().all(|label| *label == 0));
    assert!((norm(minima[0].point.as_ref().unwrap()) - 1.0).abs() < 1e-9);
    let (minima, labels) = agreed(3, losses::ring, &ends(&given(3, losses::ring), 0.05, 5000, &cloud(3, 200, 2.0)));
    assert_eq!((minima.len(), minima[0].is_valley), (1, true));
    assert!(labels.iter().all(|label| *label == 0));
    // Not followed: known by its loss, and shown by its shortest point.
    let (minima, labels) = agreed(5, losses::ring, &ends(&given(5, losses::ring), 0.05, 5000, &cloud(5, 50, 2.0)));
    assert_eq!((minima.len(), minima[0].is_valley), (1, true));
    assert!(labels.iter().all(|label| *label == 0));
    let (minima, labels) = agreed(2, losses::gutter, &ends(&given(2, losses::gutter), 0.05, 5000, &cloud(2, 200, 30.0)));
    assert_eq!((minima.len(), minima[0].point.as_deref()), (1, Some(&[0.0, 0.0][..])));
    assert!(labels.iter().all(|label| *label == 0));
}

/// Labels the ends of descents from a grid of `side`² starts over a square.
fn from_a_square(evaluate: Evaluate, [low, high]: [f32; 2], side: u16) -> (Vec<Minimum>, Vec<i32>) {
    let place = |number: u16| low + (high - low) * f32::from(number) / f32::from(side - 1);
    let starts: Vec<f32> = (0..side * side).flat_map(|cell| [place(cell % side), place(cell / side)]).collect();
    agreed(2, evaluate, &ends(&given(2, evaluate), 0.02, 20_000, &starts))
}

#[test]
fn valleys_that_cross_have_one_label() {
    let (minima, labels) = from_a_square(losses::cross, [-2.0, 2.0], 16);
    let listed: Vec<_> = minima.iter().map(|minimum| (minimum.point.as_deref().unwrap(), minimum.loss, minimum.is_valley)).collect();
    assert_eq!(listed, [(&[0.0, 0.0][..], Some(0.0), true)]);
    assert!(labels.iter().all(|label| *label == 0), "{labels:?}");
    // On one arm, near the crossing, on the way to it and on it.
    for end in [[1.3, 3e-5], [0.237, 8.9e-4], [0.0328, 0.0328], [-0.05, 0.02], [0.0, 0.0]] {
        assert!(one(2, losses::cross, &end).unwrap().is_valley(), "{end:?}");
    }
}

#[test]
fn a_plain_that_rises_beyond_its_edge_has_one_label_with_its_edge() {
    for evaluate in [losses::quadrant as Evaluate, losses::disc] {
        let (minima, labels) = from_a_square(evaluate, [-2.0, 2.0], 12);
        assert_eq!((minima.len(), minima[0].loss, minima[0].is_valley), (1, Some(0.0), true), "{minima:?}");
        assert!(labels.iter().all(|label| *label == 0), "{labels:?}");
    }
}

#[test]
fn minima_at_infinity_are_none() {
    for (evaluate, ends) in [
        (losses::tail as Evaluate, [-12.0, -20.0, -30.998_65, -60.0]),
        (losses::soft_plus, [-12.0, -20.0, -31.0, -60.0]),
        (losses::bump, [4.0, 5.0, 6.0, -20.0]),
    ] {
        for end in ends {
            assert_eq!(one(2, evaluate, &[end, 1e-5]), None, "{end}");
        }
    }
}

#[test]
fn the_point_of_a_valley_that_is_shown_is_on_its_level() {
    let found = one(2, losses::stair, &[1e-5, -0.5]).unwrap();
    assert_eq!((found.loss, found.is_valley()), (-1.0, true));
    assert!(found.point[1] < 0.0, "{found:?}");
}
