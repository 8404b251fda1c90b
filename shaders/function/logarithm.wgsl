// Logarithms to the bases e, 2 and 10: x = 2ᵉ (1 + f), and ln(1 + f) = f − ½ f² + f³ p(f). Needs bits.wgsl.
// Twin of src/backend/cpu/function/logarithm.rs, where the method and the polynomial are told. A device that takes numbers below the
// normal ones for zeros gives the logarithm of 2⁻¹⁵⁰ for them.

const FUNCTION_ROOT_HALF = 0x3f3504f3u;
// The logarithm of e to base 2 or 10, whole and in two parts, the first of 12 bits; and that of 2, less its first 16 bits.
const FUNCTION_LOG_TWO = vec4(FUNCTION_LOG2_E, 1.4428711, -0.00017605285, 0.0);
const FUNCTION_LOG_TEN = vec4(0.4342945, 0.43432617, -3.168997e-5, 4.605039e-6);

fn function_ln(x: f32) -> f32 {
    let parts = function_log_parts(x);
    let low = parts.y + fma(parts.x, FUNCTION_LN_2_LOW, function_log_rest(parts));
    return function_log_completed(x, fma(parts.x, FUNCTION_LN_2_HIGH, function_settled(low)));
}

fn function_log2(x: f32) -> f32 {
    let parts = function_log_parts(x);
    return function_log_completed(x, function_log_in_base(parts.x, parts, FUNCTION_LOG_TWO));
}

fn function_log10(x: f32) -> f32 {
    let parts = function_log_parts(x);
    return function_log_completed(x, function_log_in_base(parts.x * 0.3010254, parts, FUNCTION_LOG_TEN));
}

// log2 x as a sum, the first of 12 bits, for a positive finite x.
fn function_log2_in_two(x: f32) -> vec2<f32> {
    let parts = function_log_parts(x);
    let f = parts.y;
    // Half the square of the leading bits is exact, and so is what f less that has beyond its own leading bits.
    let f_high = function_leading(f);
    let half_square = f_high * f_high * 0.5;
    let high = function_leading(f - half_square);
    let small = f * f * (f * parts.z) - (f + f_high) * (f - f_high) * 0.5;
    let rest = function_settled((f - high) - half_square) + small;
    let log_high = function_leading(fma(high + rest, FUNCTION_LOG2_E, parts.x));
    return vec2(log_high, function_log_sum(parts.x - log_high, high, rest * FUNCTION_LOG2_E, FUNCTION_LOG_TWO));
}

// ln(1 + f) − f.
fn function_log_rest(parts: vec3<f32>) -> f32 {
    return parts.y * parts.y * fma(parts.y, parts.z, -0.5);
}

// start + log(1 + f), and the lower part of log 2ᵉ.
fn function_log_in_base(start: f32, parts: vec3<f32>, base: vec4<f32>) -> f32 {
    let high = function_leading(parts.y);
    let rest = (parts.y - high) + function_log_rest(parts);
    return function_log_sum(start, high, fma(rest, base.x, parts.x * base.w), base);
}

// start + high log e + low, for a high of 12 bits: the largest product is exact.
fn function_log_sum(start: f32, high: f32, low: f32, base: vec4<f32>) -> f32 {
    return function_settled(fma(high, base.y, start)) + fma(high, base.z, low);
}

// The logarithm of any x, given that of a positive finite one.
fn function_log_completed(x: f32, result: f32) -> f32 {
    // NaN and +∞ are their own logarithm.
    let kept = select(x, result, function_is_finite(x));
    let positive = select(kept, function_infinity(-1.0 - x), function_magnitude(x) == 0u);
    return select(positive, function_nan(x), bitcast<u32>(x) > FUNCTION_SIGN);
}

// A number's leading 12 bits.
fn function_leading(x: f32) -> f32 {
    return bitcast<f32>(bitcast<u32>(x) & 0xfffff000u);
}

// e, f and p(f) of a positive finite x.
fn function_log_parts(x: f32) -> vec3<f32> {
    let tiny = function_magnitude(x) < 0x00800000u;
    // Numbers from √½ times a power of two on to the next have one exponent once the bits are moved so that √½ becomes 1.
    let moved = bitcast<u32>(select(x, x * 8388608.0, tiny)) + (0x3f800000u - FUNCTION_ROOT_HALF);
    let exponent = f32(i32(moved >> 23u) - select(127, 150, tiny));
    let f = bitcast<f32>((moved & 0x007fffffu) + FUNCTION_ROOT_HALF) - 1.0;
    var series = -0.07636356;
    series = fma(series, f, 0.12762144);
    series = fma(series, f, -0.131596);
    series = fma(series, f, 0.14201586);
    series = fma(series, f, -0.1662341);
    series = fma(series, f, 0.20001242);
    series = fma(series, f, -0.2500082);
    series = fma(series, f, 0.3333333);
    return vec3(exponent, f, series);
}
