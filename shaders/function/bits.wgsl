// What several functions need. NaN and infinities are told by their bits and made of bits, since compilers may assume both away, and of an
// argument's, since a constant expression must have neither. Twin of src/backend/cpu/function/mod.rs.

// ln 2 in two parts, the first of 16 bits, so that its product with an exponent is exact.
const FUNCTION_LN_2_HIGH = 0.69314575;
const FUNCTION_LN_2_LOW = 1.4286068e-6;
const FUNCTION_LOG2_E = 1.442695;

// f32's π/2 and what it lacks.
const FUNCTION_FRAC_PI_2 = 1.5707964;
const FUNCTION_FRAC_PI_2_LOW = -4.371139e-8;

const FUNCTION_SIGN = 0x80000000u;
const FUNCTION_INFINITE = 0x7f800000u;

fn function_magnitude(x: f32) -> u32 {
    return bitcast<u32>(x) & ~FUNCTION_SIGN;
}

fn function_is_nan(x: f32) -> bool {
    return function_magnitude(x) > FUNCTION_INFINITE;
}

fn function_is_finite(x: f32) -> bool {
    return function_magnitude(x) < FUNCTION_INFINITE;
}

// x, which is less than 10³⁰. Some compilers add up products that share a factor, k a + k b as k (a + b), although a and b are the parts of
// a number that no f32 holds. No sum is rearranged across a minimum.
fn function_settled(x: f32) -> f32 {
    return min(x, 1e30);
}

// NaN, whatever x is.
fn function_nan(x: f32) -> f32 {
    return bitcast<f32>(bitcast<u32>(x) | 0x7fc00000u);
}

// An infinity with the sign of x.
fn function_infinity(x: f32) -> f32 {
    return bitcast<f32>((bitcast<u32>(x) & FUNCTION_SIGN) | FUNCTION_INFINITE);
}

// A number without sign, with that of x.
fn function_with_sign(size: f32, x: f32) -> f32 {
    return bitcast<f32>(bitcast<u32>(size) | (bitcast<u32>(x) & FUNCTION_SIGN));
}
