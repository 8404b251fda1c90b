//! How long labels take.

use super::*;

/// A figure to look at, not a requirement: `cargo test --release four_million -- --ignored --nocapture`.
#[test]
#[ignore = "measures time"]
fn four_million_ends_take_a_moment() {
    let cases: [(&str, usize, Evaluate, f32, usize, f32); 11] = [
        ("himmelblau", 2, losses::himmelblau, 0.01, 1000, 5.0),
        ("rosenbrock", 2, losses::rosenbrock, 1.5e-3, 40_000, 1.0),
        ("rastrigin", 2, losses::rastrigin, 1e-3, 1000, 5.0),
        ("griewank", 2, losses::griewank, 0.5, 2000, 60.0),
        ("styblinski 10-D", 10, losses::styblinski, 0.004, 3000, 5.0),
        ("styblinski 32-D", 32, losses::styblinski, 0.004, 3000, 1.0),
        ("quartic", 1, losses::quartic, 0.05, 5000, 1.0),
        ("trough", 2, losses::trough, 0.05, 5000, 1.0),
        ("hyperbola", 2, losses::hyperbola, 0.02, 5000, 3.0),
        ("ring", 2, losses::ring, 0.05, 5000, 2.0),
        ("easom", 2, losses::easom, 0.1, 2000, 20.0),
    ];
    for (name, dimension, evaluate, rate, steps, half_side) in cases {
        let loss = given(dimension, evaluate);
        let some = ends(&loss, rate, steps, &cloud(dimension, if dimension > 10 { 200 } else { 4000 }, half_side));
        let count = if dimension > 2 { 1 << 20 } else { 1 << 22 };
        // Copies that differ in their last digits.
        let points: Vec<f32> = (0..count * dimension).map(|i| some[i % some.len()] * (1.0 + (i / some.len() % 64) as f32 * 6e-8)).collect();
        let mut finder = Finder::new(Arc::new(loss), Vec::new()).unwrap();
        let mut seconds = [0.0; 2];
        let mut none = 0;
        for second in &mut seconds {
            let start = std::time::Instant::now();
            let labels = finder.labels(&points, |_| true, &Monitor::default()).unwrap();
            *second = start.elapsed().as_secs_f64();
            none = labels.iter().filter(|label| **label < 0).count();
        }
        let minima = finder.finish().minima.len();
        println!("{name}: {count} ends, {minima} minima, {none} none: {:.3} s, known {:.3} s", seconds[0], seconds[1]);
    }
}
