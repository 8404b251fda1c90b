// ∛x, from x to the power of −⅓ by its bits, made better without division. Needs bits.wgsl.
// Twin of src/backend/cpu/function/cbrt.rs, where the method is told.

fn function_cbrt(x: f32) -> f32 {
    let size = abs(x);
    let is_small = size < 7.888609e-31;
    // By cubes: 2²⁷ up, or 2⁻³ down, so that no step overflows.
    let scaled = size * select(0.125, 134217728.0, is_small);
    let y = function_cbrt_improved(scaled, function_cbrt_improved(scaled, function_cbrt_guess(scaled)));
    let rough = scaled * y * y;
    let error = fma(rough * rough, -rough, scaled);
    let root = fma(error, y * y * (1.0 / 3.0), rough) * select(2.0, 1.0 / 512.0, is_small);
    return select(x, function_with_sign(root, x), function_is_finite(x));
}

// About x^(−⅓).
fn function_cbrt_guess(x: f32) -> f32 {
    let counted = bitcast<f32>((bitcast<u32>(x) >> 8u) | 0x4b000000u);
    return bitcast<f32>(bitcast<u32>(fma(counted, -1.0 / 3.0, 16731557.0)) << 8u);
}

// A better x^(−⅓).
fn function_cbrt_improved(x: f32, y: f32) -> f32 {
    let h = fma(x * y, -(y * y), 1.0);
    let correction = h * fma(h, 2.0 / 9.0, 1.0 / 3.0);
    return fma(correction, y, y);
}
