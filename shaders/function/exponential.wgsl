// eˣ and 2ˣ: x ln b = k ln 2 + r, so the power is eʳ 2ᵏ, and eʳ = 1 + r + r² q(r). Needs bits.wgsl.
// Twin of src/backend/cpu/function/exponential.rs, where the method and the polynomial are told.

const FUNCTION_LN_2 = 0.6931472;

fn function_exp(x: f32) -> f32 {
    return function_exp_scaled(x, 0);
}

// eˣ / 2, which is finite a little farther than eˣ.
fn function_exp_half(x: f32) -> f32 {
    return function_exp_scaled(x, -1);
}

fn function_exp2(x: f32) -> f32 {
    let bounded = clamp(x, -152.0, 130.0);
    let power = round(bounded);
    let result = function_times_power(function_exp_rest((bounded - power) * FUNCTION_LN_2), i32(power));
    return select(result, x, function_is_nan(x));
}

// eˣ 2ˢ for a small s.
fn function_exp_scaled(x: f32, scale: i32) -> f32 {
    let bounded = clamp(x, -105.0, 90.0);
    let power = round(bounded * FUNCTION_LOG2_E);
    let rest = fma(power, -FUNCTION_LN_2_LOW, function_settled(fma(power, -FUNCTION_LN_2_HIGH, bounded)));
    let result = function_times_power(function_exp_rest(rest), i32(power) + scale);
    return select(result, x, function_is_nan(x));
}

// eʳ for a small r.
fn function_exp_rest(rest: f32) -> f32 {
    var series = 0.0013847065;
    series = fma(series, rest, 0.008369991);
    series = fma(series, rest, 0.04166801);
    series = fma(series, rest, 0.16666509);
    series = fma(series, rest, 0.49999994);
    return function_settled(fma(rest * rest, series, rest)) + 1.0;
}

// y 2ᵏ for y near 1, in two steps of half the power. The first is done to the bits, lest a compiler multiply the two powers.
fn function_times_power(y: f32, power: i32) -> f32 {
    let half = power >> 1u;
    let other = u32(power - half + 127);
    return bitcast<f32>(bitcast<u32>(y) + (bitcast<u32>(half) << 23u)) * bitcast<f32>(other << 23u);
}
