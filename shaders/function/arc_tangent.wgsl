// atan and atan2: an angle whose tangent t lies in 0 ..= 1 is t + t³ p(t²). Needs bits.wgsl.
// Twin of src/backend/cpu/function/arc_tangent.rs, where the method and the polynomial are told. A division may be off by 2 ulp more.

fn function_atan(x: f32) -> f32 {
    let size = abs(x);
    let angle = function_tangent_angle(min(size, 1.0) / max(size, 1.0), size > 1.0, 0.0);
    return select(function_with_sign(angle, x), x, function_is_nan(x));
}

fn function_atan2(y: f32, x: f32) -> f32 {
    let height = abs(y);
    let width = abs(x);
    let short = min(height, width);
    let long = max(height, width);
    // Devices divide by what is neither very large nor very small.
    let scale = select(1.0, 0.25, long > 1e37);
    // 0/0 and ∞/∞ are NaN.
    let diagonal = select(1.0, 0.0, long == 0.0);
    let tangent = select((short * scale) / (long * scale), diagonal, bitcast<u32>(short) == bitcast<u32>(long));
    let angle = function_with_sign(function_tangent_angle(tangent, height > width, x), y);
    return select(angle, function_nan(y), function_is_nan(x) | function_is_nan(y));
}

// The angle whose tangent is t, or π/2 less that where it is steep, or π less either where `x` has a sign.
fn function_tangent_angle(tangent: f32, is_steep: bool, x: f32) -> f32 {
    let sign = bitcast<u32>(x) & FUNCTION_SIGN;
    let half_turns = select(select(0.0, 2.0, sign != 0u), 1.0, is_steep);
    let t = bitcast<f32>(bitcast<u32>(tangent) ^ sign ^ select(0u, FUNCTION_SIGN, is_steep));
    let square = t * t;
    var series = -0.0017891184;
    series = fma(series, square, 0.010890816);
    series = fma(series, square, -0.031126743);
    series = fma(series, square, 0.0579003);
    series = fma(series, square, -0.08399865);
    series = fma(series, square, 0.10950941);
    series = fma(series, square, -0.14264016);
    series = fma(series, square, 0.1999853);
    series = fma(series, square, -0.333333);
    let low = fma(t * square, series, half_turns * FUNCTION_FRAC_PI_2_LOW);
    return half_turns * FUNCTION_FRAC_PI_2 + (t + low);
}
