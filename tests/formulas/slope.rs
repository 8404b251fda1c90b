//! The gradient of a formula against central differences of its value, in f64.

use thalweg::analysis::bounded::Bounded;
use thalweg::loss::Bound;
use thalweg::sample::Distribution;

/// What one rounding costs in f64, as a share of what it costs in f32.
const FINER: f64 = 1.0 / (1_u64 << 29) as f64;
/// Points that a formula is looked at.
const POINTS: u64 = 3;
const STEP: f64 = 1e-4;

/// How many slopes were compared, and how many left out beside kinks or where differences do not settle.
///
/// # Errors
/// Where a slope is wrong, with all there is to know.
pub(crate) fn check(bound: &Bound, row: &[f64]) -> Result<(usize, usize), String> {
    let (dimension, mut compared, mut skipped) = (bound.formula().dimension(), 0, 0);
    for index in 0..POINTS {
        let coordinate = |number| Distribution::Uniform { low: -3.0, high: 3.0 }.coordinate(5, index, number);
        let x: Vec<f64> = (0..dimension).map(coordinate).collect();
        let found = bound.gradient_at(row, &x);
        for i in 0..dimension {
            let (coarse, fine) = (difference(bound, row, &x, i, STEP), difference(bound, row, &x, i, STEP / 2.0));
            let rounding = 16.0 * evaluate(bound, row, &x, 0.0)[0].error * FINER / STEP;
            let allowed = 1e-6 * (1.0 + fine.abs()) + rounding;
            if evaluate(bound, row, &x, 2.0 * STEP).iter().any(|number| number.is_doubtful)
                || (coarse - fine).abs() > allowed
                || fine.is_nan()
            {
                skipped += 1;
            } else if (found[i] - fine).abs() <= allowed {
                compared += 1;
            } else {
                return Err(format!("slope {i} at {x:?} is {}, differences say {fine}", found[i]));
            }
        }
    }
    Ok((compared, skipped))
}

/// Loss and gradient of all points that lie at most `reach` from `x` along each axis.
fn evaluate(bound: &Bound, row: &[f64], x: &[f64], reach: f64) -> Vec<Bounded> {
    let row: Vec<Bounded> = row.iter().map(|number| Bounded::new(*number, 0.0)).collect();
    bound.evaluate_at(&row, &x.iter().map(|x| Bounded::new(*x, reach)).collect::<Vec<_>>())
}

/// A central difference of fourth order along variable `i`.
fn difference(bound: &Bound, row: &[f64], x: &[f64], i: usize, step: f64) -> f64 {
    let at = |steps: f64| {
        let mut x = x.to_vec();
        x[i] += steps * step;
        bound.loss_at(row, &x)
    };
    (8.0 * (at(1.0) - at(-1.0)) - (at(2.0) - at(-2.0))) / (12.0 * step)
}
