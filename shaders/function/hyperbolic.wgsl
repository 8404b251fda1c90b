// sinh, cosh and tanh, from e to the magnitude, or by odd polynomials where the powers would cancel. Needs bits.wgsl, exponential.wgsl.
// Twin of src/backend/cpu/function/hyperbolic.rs, where the method and the polynomials are told.

fn function_sinh(x: f32) -> f32 {
    let size = abs(x);
    let power = function_exp_half(size);
    let square = size * size;
    var series = 2.7822132e-6;
    series = fma(series, square, 0.00019842896);
    series = fma(series, square, 0.00833331);
    series = fma(series, square, 0.16666667);
    let near = fma(size * square, series, size);
    return function_with_sign(select(power - 0.25 / power, near, size < 1.0), x);
}

fn function_cosh(x: f32) -> f32 {
    let power = function_exp_half(abs(x));
    return power + 0.25 / power;
}

fn function_tanh(x: f32) -> f32 {
    let size = abs(x);
    let square = size * size;
    var series = -0.005692297;
    series = fma(series, square, 0.020628167);
    series = fma(series, square, -0.053736515);
    series = fma(series, square, 0.13331406);
    series = fma(series, square, -0.3333328);
    let near = fma(size * square, series, size);
    let far = 1.0 - 2.0 / (function_exp(size + size) + 1.0);
    return function_with_sign(select(far, near, size < 0.625), x);
}
