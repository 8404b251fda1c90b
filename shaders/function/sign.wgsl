// The sign of a number, as a number; a zero and NaN are their own sign. Needs bits.wgsl. Twin of src/backend/cpu/function/sign.rs.

fn function_sign(x: f32) -> f32 {
    let is_own = (function_magnitude(x) == 0u) | function_is_nan(x);
    return select(function_with_sign(1.0, x), x, is_own);
}
