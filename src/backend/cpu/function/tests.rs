//! Each function on each instruction set against its meaning in f64.

use super::*;
use crate::backend::cpu::instructions::{Instructions, OnLanes};
use crate::backend::cpu::lanes::{Block, Lanes};
use crate::backend::cpu::vector::Vector;

/// A function's name in [`BOUNDS`] and what it means.
struct Function {
    name: &'static str,
    meaning: fn(f64, f64) -> f64,
}

/// Declares the table of functions and the way from a name to the lanes' function.
macro_rules! functions {
    ($($name:ident($x:ident $(, $y:ident)?) = $meaning:expr;)+) => {
        const FUNCTIONS: &[Function] = &[$(Function { name: stringify!($name), meaning: |first, second| {
            let ($x, _) = (first, second);
            $(let $y = second;)?
            $meaning
        } }),+];

        #[inline(always)]
        fn value<R: Block>(name: &str, first: R, second: R) -> R {
            $(
                if name == stringify!($name) {
                    let ($x, _) = (first, second);
                    $(let $y = second;)?
                    return super::$name($x $(, $y)?);
                }
            )+
            unreachable!("no function is called {name}")
        }
    };
}

functions! {
    exp(x) = x.exp();
    exp2(x) = x.exp2();
    ln(x) = x.ln();
    log2(x) = x.log2();
    log10(x) = x.log10();
    power(x, y) = x.powf(y);
    sin(x) = x.sin();
    cos(x) = x.cos();
    tan(x) = x.tan();
    asin(x) = x.asin();
    acos(x) = x.acos();
    atan(x) = x.atan();
    atan2(y, x) = y.atan2(x);
    sinh(x) = x.sinh();
    cosh(x) = x.cosh();
    tanh(x) = x.tanh();
    cbrt(x) = x.cbrt();
    sign(x) = if x == 0.0 { x } else { x.signum() };
}

/// Where a function changes its way, or its value leaves the numbers; their neighbours and negatives are tried too.
const EDGES: [f32; 34] = [
    0.0,
    f32::INFINITY,
    f32::NAN,
    f32::MAX,
    f32::MIN_POSITIVE,
    1e-40,
    1e-45,
    7.888_609e-31,
    2.980_232_2e-8,
    0.25,
    1.0 / 3.0,
    0.5,
    0.625,
    std::f32::consts::FRAC_1_SQRT_2,
    std::f32::consts::FRAC_PI_4,
    1.0,
    1.5,
    std::f32::consts::SQRT_2,
    std::f32::consts::FRAC_PI_2,
    2.0,
    3.0,
    std::f32::consts::PI,
    10.0,
    87.336_55,
    88.722_84,
    89.415_985,
    103.972_08,
    128.0,
    149.0,
    252.898_21,
    8192.0,
    524_288.0,
    16_777_215.0,
    8_589_934_592.0,
];

fn edges() -> Vec<f32> {
    EDGES.iter().flat_map(|edge| [edge.next_down(), *edge, edge.next_up()]).flat_map(|edge| [edge, -edge]).collect()
}

/// Pairs of numbers: all pairs of edges, all exponents alike, and numbers of the sizes that most functions are used for.
fn arguments() -> Vec<(f32, f32)> {
    let edges = edges();
    let mut pairs: Vec<(f32, f32)> = edges.iter().flat_map(|x| edges.iter().map(|y| (*x, *y))).collect();
    let mut state = 1_u64;
    let mut random = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 32) as u32
    };
    for _ in 0..4096 {
        pairs.push((f32::from_bits(random()), f32::from_bits(random())));
        for size in [1.0, 10.0, 110.0, 8192.0] {
            let mut near = || size * (random() as f32 / 2_147_483_648.0 - 1.0);
            pairs.push((near(), near()));
        }
    }
    pairs
}

/// The distance of a value from the exact one, in units in the last place of the exact one.
fn error(value: f32, exact: f64) -> f64 {
    if value.is_nan() && exact.is_nan() || value == exact as f32 {
        return 0.0;
    }
    // An infinity stands for the number after the largest.
    let value = if value.is_infinite() { 2_f64.powi(128).copysign(value.into()) } else { value.into() };
    let exponent = exact.abs().max(f32::MIN_POSITIVE.into()).log2().floor() as i32;
    (value - exact).abs() / 2_f64.powi(exponent - 23)
}

fn bound(name: &str, x: f64, y: f64) -> f64 {
    let bound = BOUNDS.iter().find(|(other, _)| *other == name).expect("every function has a bound").1;
    let growth = if name == "power" && x != 0.0 { (y * x.abs().ln()).abs().min(104.0) } else { 0.0 };
    bound + POWER_GROWTH * growth
}

/// The values of a function, in order, by blocks of `R`.
#[inline(always)]
fn values<R: Block>(name: &str, arguments: &[(f32, f32)]) -> Vec<f32> {
    let mut values = Vec::new();
    for pairs in arguments.chunks(R::LANES) {
        let pair = |lane: usize| pairs[lane.min(pairs.len() - 1)];
        let block = value(name, R::from_lanes(|lane| pair(lane).0), R::from_lanes(|lane| pair(lane).1));
        values.extend_from_slice(&R::numbers(&[block])[..pairs.len()]);
    }
    values
}

/// The values of a function with each argument in two places of wide blocks, and in narrow blocks.
struct Values<'a>(&'a str, &'a [(f32, f32)]);

impl OnLanes for Values<'_> {
    type Output = [Vec<f32>; 3];

    #[inline(always)]
    fn call<V: Vector>(self) -> Self::Output {
        let Self(name, arguments) = self;
        let mut results = [vec![], vec![], values::<Lanes<V, 1>>(name, arguments)];
        for from in 0..2 {
            results[from] = values::<V::Wide>(name, &arguments[from..]);
        }
        results
    }
}

/// The bits of some values; those of a NaN mean nothing.
fn bits_of(values: &[f32]) -> Vec<u32> {
    values.iter().map(|value| if value.is_nan() { f32::NAN } else { *value }.to_bits()).collect()
}

#[test]
fn every_value_is_near_the_exact_one_wherever_it_stands() {
    let arguments = arguments();
    for instructions in Instructions::available() {
        for Function { name, meaning } in FUNCTIONS {
            let [wide, moved, narrow] = instructions.call(Values(name, &arguments));
            for ((x, y), value) in arguments.iter().zip(&wide) {
                let exact = meaning((*x).into(), (*y).into());
                let error = error(*value, exact);
                assert!(error <= bound(name, (*x).into(), (*y).into()), "{name}({x:e}, {y:e}) is {exact:e}, not {value:e}: {error} ulp");
                let keeps_sign = !matches!(*name, "sin" | "tan");
                assert!(*value != 0.0 || !keeps_sign || value.is_sign_negative() == exact.is_sign_negative(), "{name}({x:e}, {y:e})");
            }
            assert!(bits_of(&wide)[1..] == bits_of(&moved), "{name} depends on the place");
            assert!(bits_of(&wide) == bits_of(&narrow), "{name} depends on the width");
        }
    }
}

#[test]
fn every_function_has_a_bound() {
    let names: Vec<&str> = FUNCTIONS.iter().map(|function| function.name).collect();
    assert_eq!(names, BOUNDS.map(|(name, _)| name));
}
