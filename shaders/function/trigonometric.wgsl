// sin, cos and tan: x = k π/2 + r, in steps whose products are exact also where `fma` rounds twice. Needs bits.wgsl.
// Twin of src/backend/cpu/function/trigonometric.rs, where the method and the polynomials are told. There is no library to turn to:
// beyond |x| = 8192, r is off by at most |x| 2⁻⁵⁰, and numbers beyond 2²², where f32 numbers lie half a radian apart, count as ±2²².

const FUNCTION_FRAC_2_PI = 0.63661975;
// π/2 in parts of 13, 6, 11 and 24 bits.
const FUNCTION_QUARTER = vec4(1.5708008, -4.4107437e-6, -4.3713953e-8, 2.563344e-12);
// All parts past the first.
const FUNCTION_QUARTER_PAST = -4.4544577e-6;
// A multiple of this and the rest of k have at most 11 bits each.
const FUNCTION_QUARTERS = 2048.0;

fn function_sin(x: f32) -> f32 {
    return function_turned_sine(x, 0u);
}

fn function_cos(x: f32) -> f32 {
    return function_turned_sine(x, 1u);
}

fn function_tan(x: f32) -> f32 {
    let reduced = function_reduced(x);
    let rest = reduced.x;
    let square = rest * rest;
    var series = 0.004592529;
    series = fma(series, square, -0.00034296088);
    series = fma(series, square, 0.011171173);
    series = fma(series, square, 0.02115565);
    series = fma(series, square, 0.0540837);
    series = fma(series, square, 0.13332462);
    series = fma(series, square, 0.33333355);
    let tangent = rest + fma(rest * square, series, reduced.y);
    let is_odd = (i32(reduced.z) & 1) == 1;
    return select(function_nan(x), select(tangent, -1.0 / tangent, is_odd), function_is_finite(x));
}

// The sine of the angle `turn` quadrants on.
fn function_turned_sine(x: f32, turn: u32) -> f32 {
    let reduced = function_reduced(x);
    let rest = reduced.x;
    let square = rest * rest;
    var series = -0.00019505146;
    series = fma(series, square, 0.008332093);
    series = fma(series, square, -0.16666654);
    let sine = rest + fma(rest * square, series, reduced.y);
    series = 2.4412086e-5;
    series = fma(series, square, -0.001388713);
    series = fma(series, square, 0.04166664);
    let cosine = fma(square, fma(square, series, -0.5), 1.0);
    let quadrant = bitcast<u32>(i32(reduced.z)) + turn;
    let sign = (quadrant & 2u) << 30u;
    let result = bitcast<f32>(bitcast<u32>(select(sine, cosine, (quadrant & 1u) == 1u)) ^ sign);
    return select(function_nan(x), result, function_is_finite(x));
}

// r, rounded, what rounding left out, and k up to a multiple of four.
fn function_reduced(x: f32) -> vec3<f32> {
    let bounded = clamp(x, -4194304.0, 4194304.0);
    let leading = round(bounded * (FUNCTION_FRAC_2_PI / FUNCTION_QUARTERS)) * FUNCTION_QUARTERS;
    var near = function_settled(fma(leading, -FUNCTION_QUARTER.x, bounded));
    let trailing = round(fma(leading, -FUNCTION_QUARTER_PAST, near) * FUNCTION_FRAC_2_PI);
    near = function_settled(fma(leading, -FUNCTION_QUARTER.y, fma(trailing, -FUNCTION_QUARTER.x, near)));
    near = function_settled(fma(trailing, -FUNCTION_QUARTER.y, near));
    let k = leading + trailing;
    let rough = function_settled(near - k * FUNCTION_QUARTER.z);
    let rough_left = fma(k, -FUNCTION_QUARTER.w, function_settled(fma(k, -FUNCTION_QUARTER.z, near - rough)));
    // Far out there is more left than rounding leaves, and it belongs to r.
    let rest = function_settled(rough + rough_left);
    return vec3(rest, (rough - rest) + rough_left, trailing);
}
