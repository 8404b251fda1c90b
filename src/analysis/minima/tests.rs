//! Minima of losses that are known, and labels that depend on nothing but the end.

mod losses;
mod same;
mod timing;
mod valleys;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use self::losses::Given;
use super::*;
use crate::analysis::basins::Minimum;
use crate::analysis::minima::finder::{Found, relabel_in_place};
use crate::analysis::minima::polish::polish;
use crate::backend::Monitor;
use crate::error::Error;

type Evaluate = fn(&[f64]) -> losses::Value;

fn given(dimension: usize, evaluate: Evaluate) -> Given {
    Given { dimension, evaluate }
}

/// A descent in f32 from each start to where it rests.
fn ends(loss: &Given, rate: f32, steps: usize, starts: &[f32]) -> Vec<f32> {
    let descend = |start: &[f32]| {
        let mut x = start.to_vec();
        for _ in 0..steps {
            let wide: Vec<f64> = x.iter().map(|x| f64::from(*x)).collect();
            let gradient = loss.gradient(&wide);
            if norm(&gradient) <= 1e-4 {
                break;
            }
            x.iter_mut().zip(&gradient).for_each(|(x, g)| *x -= rate * *g as f32);
        }
        x
    };
    starts.chunks(loss.dimension).flat_map(descend).collect()
}

/// Points spread evenly over a cube.
fn cloud(dimension: usize, count: usize, half_side: f32) -> Vec<f32> {
    directions(dimension + 2, count).flat_map(|v| v[..dimension].iter().map(|v| half_side * 1.5 * *v as f32).collect::<Vec<_>>()).collect()
}

fn rests(loss: &Given, points: &[f32]) -> Vec<bool> {
    let rests = |point: &[f32]| norm(&loss.gradient(&point.iter().map(|x| f64::from(*x)).collect::<Vec<_>>())) <= 2e-3;
    points.chunks(loss.dimension).map(rests).collect()
}

/// Final labels of ends that are cut into tiles of `size`, and the minima.
fn labels(dimension: usize, evaluate: Evaluate, listed: &[&[f64]], points: &[f32], size: usize) -> (Vec<i32>, Found) {
    let loss = given(dimension, evaluate);
    let is_at_rest = rests(&loss, points);
    let mut finder = Finder::new(Arc::new(loss), listed.iter().map(|point| point.to_vec()).collect()).unwrap();
    let mut all = Vec::new();
    for (tile, points) in points.chunks(size * dimension).enumerate() {
        all.extend(finder.labels(points, |descent| is_at_rest[tile * size + descent], &Monitor::default()).unwrap());
    }
    let found = finder.finish();
    relabel_in_place(&mut all, &found.relabel);
    (all, found)
}

/// Labels ends in several orders and tiles and shifted a little, requires that they agree, and returns the minima and the labels.
fn agreed(dimension: usize, evaluate: Evaluate, points: &[f32]) -> (Vec<Minimum>, Vec<i32>) {
    let count = points.len() / dimension;
    let (expected, found) = labels(dimension, evaluate, &[], points, count);
    let threads = rayon::ThreadPoolBuilder::new().num_threads(3).build().unwrap();
    let (tiled, found_in_tiles) = threads.install(|| labels(dimension, evaluate, &[], points, 7));
    assert_eq!(tiled, expected);
    assert_eq!(found_in_tiles.minima, found.minima);
    let backwards: Vec<f32> = points.chunks(dimension).rev().flatten().copied().collect();
    let (mut reversed, found_backwards) = labels(dimension, evaluate, &[], &backwards, 100);
    reversed.reverse();
    assert_eq!(reversed, expected);
    assert_eq!(found_backwards.minima, found.minima);
    (found.minima, expected)
}

fn labels_of(dimension: usize, evaluate: Evaluate, points: &[f32]) -> (Vec<Minimum>, Vec<i32>) {
    let (labels, found) = labels(dimension, evaluate, &[], points, points.len());
    (found.minima, labels)
}

fn assert_near(point: &Option<Vec<f64>>, expected: &[f64], tolerance: f64) {
    let point = point.as_ref().unwrap();
    assert!(distance(point, expected) <= tolerance, "{point:?} is not {expected:?}");
}

fn one(dimension: usize, evaluate: Evaluate, start: &[f64]) -> Option<Stationary> {
    polish(&given(dimension, evaluate), start)
}

#[test]
fn himmelblau_has_four_minima_ordered_by_coordinates() {
    let loss = given(2, losses::himmelblau);
    let points = ends(&loss, 0.01, 1000, &cloud(2, 600, 5.0));
    let (minima, labels) = agreed(2, losses::himmelblau, &points);
    let expected = [
        [-3.779_310_253_377_75, -3.283_185_991_286_17],
        [-2.805_118_086_952_74, 3.131_312_518_250_57],
        [3.0, 2.0],
        [3.584_428_340_330_49, -1.848_126_526_964_4],
    ];
    assert_eq!(minima.len(), 4);
    minima.iter().zip(expected).for_each(|(minimum, expected)| assert_near(&minimum.point, &expected, 1e-12));
    assert_eq!(minima[2].point.as_deref(), Some(&[3.0, 2.0][..]));
    for (label, point) in labels.iter().zip(points.chunks(2)).filter(|(label, _)| **label >= 0) {
        assert_near(&Some(point.iter().map(|x| f64::from(*x)).collect()), &expected[*label as usize], 1e-4);
    }
    let nudged: Vec<f32> = points.iter().enumerate().map(|(i, x)| x + if i % 3 == 0 { 1e-4 } else { -1e-4 }).collect();
    let mut finder = Finder::new(Arc::new(loss), Vec::new()).unwrap();
    let mut moved = finder.labels(&nudged, |_| true, &Monitor::default()).unwrap();
    relabel_in_place(&mut moved, &finder.finish().relabel);
    assert!(labels.iter().zip(&moved).all(|(label, moved)| *label < 0 || label == moved));
}

#[test]
fn listed_minima_keep_their_coordinates_and_count_without_ends() {
    let listed: [&[f64]; 2] = [&[3.58443, -1.84813], &[-3.77931, -3.28319]];
    let (labels, found) = labels(2, losses::himmelblau, &listed, &[3.0, 2.0, 3.584_428_3, -1.848_126_5], 1);
    let points: Vec<_> = found.minima.iter().map(|minimum| minimum.point.clone().unwrap()).collect();
    assert_eq!(points, [vec![-3.77931, -3.28319], vec![3.0, 2.0], vec![3.58443, -1.84813]]);
    assert_eq!(labels, [1, 2]);
    let refused = Finder::new(Arc::new(given(2, losses::himmelblau)), vec![vec![1.0]]);
    assert!(refused.err().unwrap().to_string().contains("2 finite coordinates"));
}

#[test]
fn rosenbrock_has_one_minimum_in_the_plane_and_two_in_ten_dimensions() {
    let near = |center: &[f64], count: usize| -> Vec<f32> {
        let n = center.len();
        directions(n, count).flat_map(|v| center.iter().zip(v).map(|(c, v)| (c + 2e-5 * v) as f32).collect::<Vec<_>>()).collect()
    };
    let plane = ends(&given(2, losses::rosenbrock), 1.5e-3, 40_000, &cloud(2, 40, 1.0));
    let (minima, labels) = agreed(2, losses::rosenbrock, &plane);
    assert_eq!(minima.len(), 1);
    assert_eq!(minima[0].point.as_deref(), Some(&[1.0, 1.0][..]));
    assert!(labels.iter().filter(|label| **label == 0).count() >= 35);
    let (mut minima, _) = agreed(10, losses::rosenbrock, &ends(&given(10, losses::rosenbrock), 4e-4, 40_000, &near(&[1.0; 10], 20)));
    assert_eq!(minima.remove(0).point.as_deref(), Some(&[1.0; 10][..]));
    // The other one, known from Shang & Qiu 2006, doi:10.1162/evco.2006.14.1.119, lies near (−1, 1, …, 1).
    let mut start = [1.0_f32; 10];
    start[0] = -1.0;
    let second = ends(&given(10, losses::rosenbrock), 4e-4, 100_000, &start);
    let (minima, labels) = labels_of(10, losses::rosenbrock, &second);
    assert_eq!(labels, [0]);
    assert!((minima[0].loss.unwrap() - 3.986_6).abs() < 1e-3, "{minima:?}");
}

#[test]
fn rastrigin_has_121_minima_and_zero_is_the_lowest() {
    let loss = given(2, losses::rastrigin);
    let starts: Vec<f32> = (0..121).flat_map(|cell| [(cell % 11 - 5) as f32 * 0.99, (cell / 11 - 5) as f32 * 0.99]).collect();
    let (minima, labels) = agreed(2, losses::rastrigin, &ends(&loss, 1e-3, 1000, &starts));
    assert_eq!((minima.len(), labels.iter().min()), (121, Some(&0)));
    assert_eq!(minima[0].point.as_deref(), Some(&[0.0, 0.0][..]));
    // Four next to it are equally low.
    let next = 0.994_958_637_2;
    for (minimum, expected) in minima[1..5].iter().zip([[-next, 0.0], [0.0, -next], [0.0, next], [next, 0.0]]) {
        assert_near(&minimum.point, &expected, 1e-9);
    }
}

#[test]
fn styblinski_tang_in_ten_dimensions_has_many() {
    let points = ends(&given(10, losses::styblinski), 0.004, 3000, &cloud(10, 300, 5.0));
    let (minima, labels) = agreed(10, losses::styblinski, &points);
    assert!(labels.iter().all(|label| *label >= 0) && minima.len() > 100, "{}", minima.len());
    for (label, point) in labels.iter().zip(points.chunks(10)) {
        assert_near(&minima[*label as usize].point, &point.iter().map(|x| f64::from(*x)).collect::<Vec<_>>(), 1e-4);
    }
}

#[test]
fn minima_without_curvature_are_found_roughly_and_made_round() {
    let (minima, labels) = agreed(1, losses::quartic, &ends(&given(1, losses::quartic), 0.05, 5000, &cloud(1, 50, 1.0)));
    assert_eq!((minima.len(), minima[0].point.as_deref(), minima[0].is_valley), (1, Some(&[0.0][..]), false));
    assert!(labels.iter().all(|label| *label == 0));
    for (dimension, evaluate, expected) in
        [(2, losses::trough as Evaluate, vec![0.0, 0.0]), (3, losses::quartic, vec![0.0; 3]), (1, losses::expanded, vec![1.0])]
    {
        let (minima, labels) = agreed(dimension, evaluate, &ends(&given(dimension, evaluate), 0.05, 5000, &cloud(dimension, 50, 1.0)));
        assert_eq!((minima.len(), minima[0].point.as_ref()), (1, Some(&expected)));
        assert!(labels.iter().all(|label| *label == 0), "{labels:?}");
        assert_eq!(one(dimension, evaluate, &expected).unwrap().nature, Nature::Degenerate);
    }
}

#[test]
fn the_six_minima_of_the_camel_come_in_pairs() {
    let (minima, _) = agreed(2, losses::camel, &ends(&given(2, losses::camel), 0.01, 2000, &cloud(2, 400, 2.0)));
    assert_eq!(minima.len(), 6);
    assert_near(&minima[0].point, &[-0.089_842_013_1, 0.712_656_403_0], 1e-9);
    assert_near(&minima[1].point, &[0.089_842_013_1, -0.712_656_403_0], 1e-9);
    assert!((minima[1].loss.unwrap() + 1.031_628_453_49).abs() < 1e-10);
}

#[test]
fn ripples_and_double_wells_are_told_apart() {
    let (minima, labels) = agreed(1, losses::ripples, &ends(&given(1, losses::ripples), 0.01, 2000, &cloud(1, 400, 2.0)));
    // 2x = 2 sin 20x with 2 > 40 cos 20x within |x| < 1 has 6 solutions.
    assert_eq!((minima.len(), labels.iter().min()), (6, Some(&0)));
    let (minima, _) = agreed(1, losses::double_well, &ends(&given(1, losses::double_well), 0.05, 2000, &cloud(1, 100, 2.0)));
    assert_eq!(minima.iter().map(|minimum| minimum.point.clone().unwrap()[0]).collect::<Vec<_>>(), [-1.0, 1.0]);
}

#[test]
fn plateaus_saddles_and_slopes_are_no_minima() {
    let far = [-9.0, -9.0, 20.0, 3.0, 100.0, 100.0, -4.0, 12.0];
    let points: Vec<f32> = far.iter().copied().chain([3.2, 3.1]).collect();
    let points = ends(&given(2, losses::easom), 0.1, 2000, &points);
    let (minima, labels) = agreed(2, losses::easom, &points);
    assert_eq!(labels, [-1, -1, -1, -1, 0]);
    assert_near(&minima[0].point, &[std::f64::consts::PI; 2], 1e-12);
    for start in [[0.0, 0.0], [1e-6, 1e-5], [0.0, -2e-5]] {
        assert_eq!(one(2, losses::saddle, &start), None);
    }
    assert_eq!(one(2, losses::himmelblau, &[-0.270_845, -0.923_039]), None);
    assert_eq!(one(1, losses::cubic, &[1e-3]), None);
    assert_eq!(one(1, losses::cubic, &[0.0]), None);
    assert_eq!(one(1, losses::absolute, &[1e9]), None);
}

#[test]
fn a_kink_is_a_minimum_at_its_tip_or_where_it_is_listed() {
    assert_eq!(one(1, losses::absolute, &[0.0]).map(|found| (found.point, found.nature)), Some((vec![0.0], Nature::Degenerate)));
    assert_eq!(one(1, losses::absolute, &[1e-5]), None);
    assert_eq!(one(2, losses::ackley, &[0.0, 0.0]).map(|found| found.point), Some(vec![0.0, 0.0]));
    let points = [0.0, 0.0, 1e-4, -1e-5, 0.968_478, 0.0];
    for listed in [&[][..], &[&[0.0, 0.0][..]][..]] {
        let mut finder = Finder::new(Arc::new(given(2, losses::ackley)), listed.iter().map(|point| point.to_vec()).collect()).unwrap();
        let mut labels = finder.labels(&points, |_| true, &Monitor::default()).unwrap();
        let found = finder.finish();
        relabel_in_place(&mut labels, &found.relabel);
        assert_eq!(found.minima[0].point.as_deref(), Some(&[0.0, 0.0][..]));
        assert_eq!([labels[0], labels[2]], [0, 1]);
        // Beside a tip that is not listed, Newton's method may find it or not.
        assert!(labels[1] == 0 || labels[1] == -1 && listed.is_empty(), "{labels:?}");
    }
}

#[test]
fn ends_that_do_not_rest_or_are_not_finite_have_no_label() {
    for bad in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, f32::MAX] {
        let mut finder = Finder::new(Arc::new(given(2, losses::himmelblau)), Vec::new()).unwrap();
        let labels = finder.labels(&[bad, 2.0, 3.0, 2.0, 3.0, 2.0, 3.0, bad], |descent| descent != 1, &Monitor::default()).unwrap();
        assert_eq!(labels, [-1, -1, 0, -1]);
    }
    let mut nothing = Finder::new(Arc::new(given(2, losses::himmelblau)), Vec::new()).unwrap();
    assert!(nothing.labels(&[], |_| true, &Monitor::default()).unwrap().is_empty());
    assert!(nothing.finish().minima.is_empty());
}

/// A loss that has itself called off after some evaluations.
struct Impatient {
    left: AtomicU64,
    monitor: Arc<Monitor>,
}

impl Impatient {
    fn count(&self) {
        let left = self.left.fetch_sub(1, Ordering::Relaxed);
        self.monitor.cancelled.store(left <= 1, Ordering::Relaxed);
        assert!(left > 0, "it is still evaluated");
    }
}

impl Smooth for Impatient {
    fn dimension(&self) -> usize {
        2
    }
    fn loss(&self, x: &[f64]) -> f64 {
        self.count();
        losses::ring(x).0
    }
    fn gradient(&self, x: &[f64]) -> Vec<f64> {
        self.count();
        losses::ring(x).1
    }
    fn hessian(&self, x: &[f64]) -> Vec<f64> {
        self.count();
        losses::ring(x).2
    }
}

#[test]
fn what_is_called_off_is_not_evaluated_any_more() {
    for left in [1, 2, 3, 20, 100, 400] {
        let monitor = Arc::<Monitor>::default();
        let loss = Impatient { left: left.into(), monitor: Arc::clone(&monitor) };
        let mut finder = Finder::new(Arc::new(loss), Vec::new()).unwrap();
        assert!(matches!(finder.labels(&[1.0, 2e-5], |_| true, &monitor), Err(Error::Interrupted)), "{left}");
    }
}

#[test]
fn more_minima_than_are_kept_are_refused() {
    let cosine: Evaluate = |x| (-x[0].cos(), vec![x[0].sin()], vec![x[0].cos()]);
    let mut finder = Finder::new(Arc::new(given(1, cosine)), Vec::new()).unwrap();
    finder.most = 100;
    let ends: Vec<f32> = (-50..51).map(|period| (f64::from(period) * std::f64::consts::TAU) as f32).collect();
    assert_eq!(finder.labels(&ends[1..], |_| true, &Monitor::default()).unwrap().iter().max(), Some(&99));
    assert!(finder.labels(&ends[..1], |_| true, &Monitor::default()).err().unwrap().to_string().contains("more than 100 minima"));
}
