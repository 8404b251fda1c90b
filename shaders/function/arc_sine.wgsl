// asin and acos: asin s = s + s³ p(s²) for s ≤ ½, or π/2 − 2 asin s with s² = (1 − |x|)/2. Needs bits.wgsl.
// Twin of src/backend/cpu/function/arc_sine.rs, where the method and the polynomial are told. `sqrt` may be off by 2 ulp more.

// π/2 less 1.5.
const FUNCTION_FRAC_PI_2_PAST = 0.070796326;

fn function_asin(x: f32) -> f32 {
    let size = abs(x);
    let angle = function_sine_angle(size);
    let far = fma(angle.x, -2.0, 1.5) + fma(angle.y, -2.0, FUNCTION_FRAC_PI_2_PAST);
    let result = function_with_sign(select(angle.x + angle.y, far, size > 0.5), x);
    return select(result, function_nan(x), function_magnitude(x) > 0x3f800000u);
}

fn function_acos(x: f32) -> f32 {
    let size = abs(x);
    let angle = function_sine_angle(size);
    let is_far = size > 0.5;
    // π/2 − asin x, or 2 asin s from 0 up or from π down.
    let half_turns = select(1.0, select(0.0, 2.0, x < 0.0), is_far);
    let start = half_turns * FUNCTION_FRAC_PI_2;
    let start_low = half_turns * FUNCTION_FRAC_PI_2_LOW;
    let factor = select(-1.0, 2.0, is_far);
    let result = fma(function_with_sign(angle.x, x), factor, start) + fma(function_with_sign(angle.y, x), factor, start_low);
    return select(result, function_nan(x), function_magnitude(x) > 0x3f800000u);
}

// s and the correction of asin(s) = s + correction.
fn function_sine_angle(size: f32) -> vec2<f32> {
    let is_far = size > 0.5;
    let square = select(size * size, max(fma(size, -0.5, 0.5), 0.0), is_far);
    let s = select(size, sqrt(square), is_far);
    var series = 0.042158388;
    series = fma(series, square, 0.024184743);
    series = fma(series, square, 0.045469154);
    series = fma(series, square, 0.074953094);
    series = fma(series, square, 0.16666752);
    return vec2(s, s * square * series);
}
