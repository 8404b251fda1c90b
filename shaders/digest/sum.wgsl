// Sums of more than 32 bits, as two words, the lower first.

// low + 2^16 high.
fn digest_join(low: u32, high: u32) -> vec2u {
    let shifted = high << 16u;
    return vec2u(low + shifted, (high >> 16u) + digest_carry(low, shifted));
}

// What a sum of two words carries into the next.
fn digest_carry(a: u32, b: u32) -> u32 {
    return select(0u, 1u, a + b < b);
}
