//! Losses with their derivatives by hand.

use std::f64::consts::PI;

use crate::analysis::minima::Smooth;

/// f, ∇f and ∇²f by rows.
pub(super) type Value = (f64, Vec<f64>, Vec<f64>);

/// A loss by its formula.
pub(super) struct Given {
    pub(super) dimension: usize,
    pub(super) evaluate: fn(&[f64]) -> Value,
}

impl Smooth for Given {
    fn dimension(&self) -> usize {
        self.dimension
    }

    fn loss(&self, x: &[f64]) -> f64 {
        (self.evaluate)(x).0
    }

    fn gradient(&self, x: &[f64]) -> Vec<f64> {
        (self.evaluate)(x).1
    }

    fn hessian(&self, x: &[f64]) -> Vec<f64> {
        (self.evaluate)(x).2
    }
}

/// Σ φ(x_i) + constant, with φ, φ' and φ''.
fn separable(x: &[f64], constant: f64, part: impl Fn(f64) -> [f64; 3]) -> Value {
    let (mut sum, mut gradient, mut hessian) = (constant, Vec::new(), vec![0.0; x.len() * x.len()]);
    for (i, x_i) in x.iter().enumerate() {
        let [value, slope, curvature] = part(*x_i);
        sum += value;
        gradient.push(slope);
        hessian[i * (x.len() + 1)] = curvature;
    }
    (sum, gradient, hessian)
}

/// Σ r²/2 of residuals with their gradients and Hessians in the plane.
fn plane(residuals: &[(f64, [f64; 2], [f64; 3])]) -> Value {
    let (mut f, mut g, mut h) = (0.0, vec![0.0; 2], vec![0.0; 4]);
    for (r, [x, y], [xx, xy, yy]) in residuals {
        f += 0.5 * r * r;
        g[0] += r * x;
        g[1] += r * y;
        h[0] += x * x + r * xx;
        h[1] += x * y + r * xy;
        h[3] += y * y + r * yy;
    }
    h[2] = h[1];
    (f, g, h)
}

pub(super) fn himmelblau(v: &[f64]) -> Value {
    let (x, y, s) = (v[0], v[1], 2.0_f64.sqrt());
    let value = plane(&[
        (s * (x * x + y - 11.0), [s * 2.0 * x, s], [s * 2.0, 0.0, 0.0]),
        (s * (x + y * y - 7.0), [s, s * 2.0 * y], [0.0, 0.0, s * 2.0]),
    ]);
    ((x * x + y - 11.0).powi(2) + (x + y * y - 7.0).powi(2), value.1, value.2)
}

pub(super) fn hyperbola(v: &[f64]) -> Value {
    let (x, y, s) = (v[0], v[1], 2.0_f64.sqrt());
    plane(&[(s * (x * y - 1.0), [s * y, s * x], [0.0, s, 0.0])])
}

/// (‖x‖² − 1)².
pub(super) fn ring(x: &[f64]) -> Value {
    let r = x.iter().map(|x| x * x).sum::<f64>() - 1.0;
    let entry = |i: usize, j: usize| 8.0 * x[i] * x[j] + if i == j { 4.0 * r } else { 0.0 };
    let hessian = (0..x.len()).flat_map(|i| (0..x.len()).map(move |j| entry(i, j))).collect();
    (r * r, x.iter().map(|x| 4.0 * r * x).collect(), hessian)
}

/// x²y².
pub(super) fn cross(v: &[f64]) -> Value {
    let (x, y, s) = (v[0], v[1], 2.0_f64.sqrt());
    plane(&[(s * x * y, [s * y, s * x], [0.0, s, 0.0])])
}

/// Σ max(0, x)².
pub(super) fn quadrant(x: &[f64]) -> Value {
    separable(x, 0.0, |x| if x > 0.0 { [x * x, 2.0 * x, 2.0] } else { [0.0; 3] })
}

/// max(0, ‖x‖² − 1)².
pub(super) fn disc(x: &[f64]) -> Value {
    if x.iter().map(|x| x * x).sum::<f64>() > 1.0 { ring(x) } else { (0.0, vec![0.0; x.len()], vec![0.0; x.len() * x.len()]) }
}

/// φ(x) + y², with φ, φ' and φ''.
fn along_a_gutter(v: &[f64], [value, slope, curvature]: [f64; 3]) -> Value {
    (value + v[1] * v[1], vec![slope, 2.0 * v[1]], vec![curvature, 0.0, 0.0, 2.0])
}

pub(super) fn tail(v: &[f64]) -> Value {
    along_a_gutter(v, [v[0].exp(); 3])
}

/// ln(1 + eˣ) + y².
pub(super) fn soft_plus(v: &[f64]) -> Value {
    let e = v[0].exp();
    along_a_gutter(v, [(1.0 + e).ln(), e / (1.0 + e), e / (1.0 + e).powi(2)])
}

/// exp(−x²) + y².
pub(super) fn bump(v: &[f64]) -> Value {
    let (x, e) = (v[0], (-v[0] * v[0]).exp());
    along_a_gutter(v, [e, -2.0 * x * e, (4.0 * x * x - 2.0) * e])
}

/// x² + floor(y).
pub(super) fn stair(v: &[f64]) -> Value {
    (v[0] * v[0] + v[1].floor(), vec![2.0 * v[0], 0.0], vec![2.0, 0.0, 0.0, 0.0])
}

pub(super) fn rosenbrock(x: &[f64]) -> Value {
    let n = x.len();
    let (mut f, mut g, mut h) = (0.0, vec![0.0; n], vec![0.0; n * n]);
    for i in 0..n - 1 {
        let r = x[i + 1] - x[i] * x[i];
        f += 100.0 * r * r + (1.0 - x[i]).powi(2);
        g[i] += -400.0 * x[i] * r - 2.0 * (1.0 - x[i]);
        g[i + 1] += 200.0 * r;
        h[i * n + i] += 1200.0 * x[i] * x[i] - 400.0 * x[i + 1] + 2.0;
        h[i * n + i + 1] -= 400.0 * x[i];
        h[(i + 1) * n + i] -= 400.0 * x[i];
        h[(i + 1) * n + i + 1] += 200.0;
    }
    (f, g, h)
}

pub(super) fn rastrigin(x: &[f64]) -> Value {
    let w = 2.0 * PI;
    separable(x, 0.0, |x| [x * x + 10.0 - 10.0 * (w * x).cos(), 2.0 * x + 10.0 * w * (w * x).sin(), 2.0 + 10.0 * w * w * (w * x).cos()])
}

pub(super) fn styblinski(x: &[f64]) -> Value {
    separable(x, 0.0, |x| {
        [0.5 * (x.powi(4) - 16.0 * x * x + 5.0 * x), 0.5 * (4.0 * x.powi(3) - 32.0 * x + 5.0), 0.5 * (12.0 * x * x - 32.0)]
    })
}

pub(super) fn quartic(x: &[f64]) -> Value {
    separable(x, 0.0, |x| [x.powi(4), 4.0 * x.powi(3), 12.0 * x * x])
}

/// (x − 1)⁴, multiplied out so that it is known to rounding only.
pub(super) fn expanded(x: &[f64]) -> Value {
    separable(x, 1.0, |x| {
        [
            x.powi(4) - 4.0 * x.powi(3) + 6.0 * x * x - 4.0 * x,
            4.0 * x.powi(3) - 12.0 * x * x + 12.0 * x - 4.0,
            12.0 * x * x - 24.0 * x + 12.0,
        ]
    })
}

/// x⁴ + y².
pub(super) fn trough(v: &[f64]) -> Value {
    let (x, y) = (v[0], v[1]);
    (x.powi(4) + y * y, vec![4.0 * x.powi(3), 2.0 * y], vec![12.0 * x * x, 0.0, 0.0, 2.0])
}

pub(super) fn cubic(x: &[f64]) -> Value {
    separable(x, 0.0, |x| [x.powi(3), 3.0 * x * x, 6.0 * x])
}

/// y².
pub(super) fn gutter(v: &[f64]) -> Value {
    (v[1] * v[1], vec![0.0, 2.0 * v[1]], vec![0.0, 0.0, 0.0, 2.0])
}

pub(super) fn double_well(x: &[f64]) -> Value {
    separable(x, 0.0, |x| [(x * x - 1.0).powi(2), 4.0 * x * (x * x - 1.0), 12.0 * x * x - 4.0])
}

/// x² − y² + y⁴/2.
pub(super) fn saddle(v: &[f64]) -> Value {
    let (x, y) = (v[0], v[1]);
    (x * x - y * y + 0.5 * y.powi(4), vec![2.0 * x, -2.0 * y + 2.0 * y.powi(3)], vec![2.0, 0.0, 0.0, -2.0 + 6.0 * y * y])
}

pub(super) fn ripples(x: &[f64]) -> Value {
    separable(x, 0.0, |x| [x * x + 0.1 * (20.0 * x).cos(), 2.0 * x - 2.0 * (20.0 * x).sin(), 2.0 - 40.0 * (20.0 * x).cos()])
}

pub(super) fn camel(v: &[f64]) -> Value {
    let (x, y) = (v[0], v[1]);
    let (p, q) = (x * x, y * y);
    let f = (4.0 - 2.1 * p + p * p / 3.0) * p + x * y + (-4.0 + 4.0 * q) * q;
    let g = vec![8.0 * x - 8.4 * x * p + 2.0 * x * p * p + y, x - 8.0 * y + 16.0 * y * q];
    (f, g, vec![8.0 - 25.2 * p + 10.0 * p * p, 1.0, 1.0, -8.0 + 48.0 * q])
}

pub(super) fn easom(v: &[f64]) -> Value {
    // −c(x) c(y) with c(t) = cos t · exp(−(t−π)²).
    let part = |t: f64| {
        let (u, e) = (t - PI, (-(t - PI).powi(2)).exp());
        let (c, s) = (t.cos(), t.sin());
        [c * e, (-s - 2.0 * u * c) * e, (-c + 4.0 * u * s + (4.0 * u * u - 2.0) * c) * e]
    };
    let ([a, a1, a2], [b, b1, b2]) = (part(v[0]), part(v[1]));
    (-a * b, vec![-a1 * b, -a * b1], vec![-a2 * b, -a1 * b1, -a1 * b1, -a * b2])
}

pub(super) fn griewank(v: &[f64]) -> Value {
    let r = 2.0_f64.sqrt();
    let ((s, c), (t, d)) = (v[0].sin_cos(), (v[1] / r).sin_cos());
    let f = 1.0 + (v[0] * v[0] + v[1] * v[1]) / 4000.0 - c * d;
    let g = vec![v[0] / 2000.0 + s * d, v[1] / 2000.0 + c * t / r];
    (f, g, vec![1.0 / 2000.0 + c * d, -s * t / r, -s * t / r, 1.0 / 2000.0 + c * d / 2.0])
}

pub(super) fn absolute(x: &[f64]) -> Value {
    separable(x, 0.0, |x| [x.abs(), if x == 0.0 { 0.0 } else { x.signum() }, 0.0])
}

/// Ackley's function in the plane, without curvature and slope at its tip.
pub(super) fn ackley(v: &[f64]) -> Value {
    let (x, y, w) = (v[0], v[1], 2.0 * PI);
    let r = (0.5 * (x * x + y * y)).sqrt();
    let (cone, waves) = (20.0 * (-0.2 * r).exp(), (0.5 * ((w * x).cos() + (w * y).cos())).exp());
    let f = 20.0 + std::f64::consts::E - cone - waves;
    let (sx, sy) = (0.5 * w * (w * x).sin(), 0.5 * w * (w * y).sin());
    let mut h = vec![
        waves * (0.5 * w * w * (w * x).cos() - sx * sx),
        -waves * sx * sy,
        -waves * sx * sy,
        waves * (0.5 * w * w * (w * y).cos() - sy * sy),
    ];
    if r == 0.0 {
        return (f, vec![0.0; 2], vec![f64::NAN; 4]);
    }
    // r' = x/2r, and r'' = δ/2r − xx/4r³.
    for (at, (i, j)) in [(0, 0), (0, 1), (1, 0), (1, 1)].into_iter().enumerate() {
        let (a, b) = (v[i], v[j]);
        let bend = f64::from(u8::from(i == j)) / (2.0 * r) - a * b / (4.0 * r.powi(3));
        h[at] += 0.2 * cone * bend - 0.04 * cone * a * b / (4.0 * r * r);
    }
    (f, vec![0.2 * cone * x / (2.0 * r) + waves * sx, 0.2 * cone * y / (2.0 * r) + waves * sy], h)
}
