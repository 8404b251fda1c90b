//! The quick ways to a label lead to the same minimum as carrying the end on does.

use super::*;
use crate::analysis::minima::ball::Ball;
use crate::analysis::minima::cells::{Cells, Verdict};
use crate::analysis::minima::site::Site;

#[test]
fn from_within_a_ball_every_point_is_carried_to_its_centre() {
    let cases: [(usize, Evaluate, f32, f32); 7] = [
        (2, losses::himmelblau, 0.01, 5.0),
        (2, losses::rosenbrock, 1.5e-3, 1.0),
        (2, losses::rastrigin, 1e-3, 5.0),
        (2, losses::griewank, 0.5, 30.0),
        (2, losses::camel, 0.01, 2.0),
        (1, losses::ripples, 0.01, 2.0),
        (10, losses::styblinski, 0.004, 5.0),
    ];
    for (dimension, evaluate, rate, half_side) in cases {
        let loss = given(dimension, evaluate);
        let (minima, _) = labels_of(dimension, evaluate, &ends(&loss, rate, 20_000, &cloud(dimension, 30, half_side)));
        for minimum in minima {
            let center = minimum.point.unwrap();
            let site = Site::at(&loss, center.clone()).unwrap();
            let ball = Ball::strict(&loss, &site).unwrap();
            let reach = ball.reach.iter().fold(0.0, |reach: f64, r| reach.max(*r));
            let tried =
                directions(dimension, 100).enumerate().map(|(number, v)| moved(&center, reach * 1.02_f64.powi(-(number as i32)), &v));
            for point in tried.filter(|point| ball.depth(point).is_some()) {
                assert_eq!(polish(&loss, &point).map(|found| found.point), Some(center.clone()), "from {point:?}");
            }
            // Ends at a slope of 1e-4 along the flattest direction are inside.
            let spectrum = site.spectrum.unwrap();
            let (value, v) = spectrum.modes().next().unwrap();
            assert!(ball.depth(&moved(&center, 1e-4 / value, v)).is_some(), "{center:?}");
        }
    }
}

#[test]
fn around_a_degenerate_minimum_too() {
    for (dimension, evaluate) in [(1, losses::quartic as Evaluate), (2, losses::trough), (3, losses::quartic), (1, losses::expanded)] {
        let loss = given(dimension, evaluate);
        let minimum = polish(&loss, &vec![if dimension == 1 { 0.99 } else { 0.01 }; dimension]);
        let minimum = minimum.filter(|found| found.point[0] == 1.0).unwrap_or_else(|| polish(&loss, &vec![0.02; dimension]).unwrap());
        let ball = Ball::degenerate(&loss, &minimum).unwrap();
        assert!(ball.reach[0] >= 0.03, "{ball:?}");
        for (number, v) in directions(dimension, 60).enumerate() {
            let point = moved(&minimum.point, ball.reach[0] * 1.05_f64.powi(-(number as i32)), &v);
            assert_eq!(polish(&loss, &point).map(|found| found.point), Some(minimum.point.clone()), "from {point:?}");
        }
    }
}

#[test]
fn the_cells_of_a_valley_lead_to_its_anchor() {
    for evaluate in [losses::hyperbola as Evaluate, losses::ring] {
        let loss = given(2, evaluate);
        for end in ends(&loss, 0.02, 5000, &cloud(2, 100, 2.0)).chunks(2) {
            let end: Vec<f64> = end.iter().map(|x| f64::from(*x)).collect();
            let own = polish(&loss, &end).unwrap();
            let judged = Cells::around(&end).map(|cell| cell.judge(&loss, 2)).find(|verdict| !matches!(verdict, Verdict::Mixed));
            let Some(Verdict::Valley(valley)) = judged else { panic!("{judged:?} around {end:?}") };
            assert_eq!(valley.point, own.point, "{end:?}");
        }
    }
}
