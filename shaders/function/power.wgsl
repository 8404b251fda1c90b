// xʸ = 2ᵗ with t = y log2 |x| in two parts, with the sign of a whole y's parity and the special cases of IEEE 754's pow.
// Needs bits.wgsl, exponential.wgsl, logarithm.wgsl. Twin of src/backend/cpu/function/power.rs, where the method is told.

// Raised to this much, every number but 1 overflows or vanishes.
const FUNCTION_POWER_MOST = 8589934592.0;

fn function_power(x: f32, y: f32) -> f32 {
    let size = abs(x);
    let bounded = clamp(y, -FUNCTION_POWER_MOST, FUNCTION_POWER_MOST);
    let result = function_power_of_edge(size, bounded, function_power_of_size(size, bounded));
    let half = bounded * 0.5;
    let is_whole = floor(bounded) == bounded;
    let is_odd = is_whole & (floor(half) != half);
    let signed = select(result, function_with_sign(result, x), is_odd);
    let is_negative = (bitcast<u32>(x) > FUNCTION_SIGN) & function_is_finite(x);
    let is_undefined = (is_negative & !is_whole) | function_is_nan(x) | function_is_nan(y);
    let is_one = (function_magnitude(y) == 0u) | (bitcast<u32>(x) == 0x3f800000u);
    return select(select(signed, function_nan(x), is_undefined), 1.0, is_one);
}

// `result`, but what 0 or +∞ to the power of y is where `size` is that.
fn function_power_of_edge(size: f32, y: f32, result: f32) -> f32 {
    let is_zero = function_magnitude(size) == 0u;
    let is_infinite = !function_is_finite(size);
    let is_large = select(is_infinite, is_zero, y < 0.0);
    return select(result, select(0.0, function_infinity(size), is_large), is_zero | is_infinite);
}

// `size`ʸ for a positive finite `size`.
fn function_power_of_size(size: f32, y: f32) -> f32 {
    let logarithm = function_log2_in_two(size);
    let y_high = function_leading(y);
    let high = y_high * logarithm.x;
    let low = fma(y - y_high, logarithm.x, y * logarithm.y);
    let power = round(clamp(high + low, -152.0, 130.0));
    // More than a half only where the result overflows or vanishes.
    let rest = clamp((high - power) + low, -1.0, 1.0);
    return function_times_power(function_exp_rest(rest * FUNCTION_LN_2), i32(power));
}
