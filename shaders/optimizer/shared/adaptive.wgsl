// What Adam and its kin share. Twin of src/optimizer/adaptive.rs, where the powers are told of.

// 1 − βᵗ at the t-th update; βᵗ, in two parts, stands in the state from `at` on.
fn optimizer_complement(updates: f32, beta: f32, state: ptr<function, State>, at: u32) -> f32 {
    let before = select((*state)[at], 1.0, updates < 1.0);
    let product = before * beta;
    let left = fma((*state)[at + 1u], beta, fma(before, beta, -product));
    (*state)[at] = product;
    (*state)[at + 1u] = left;
    return (1.0 - product) - left;
}

// With s = √(1 − β₂ᵗ): −η s / (1 − β₁ᵗ) and ε s; both powers stand in the state from `at` on.
fn optimizer_scale(updates: f32, hyper: ptr<function, Hyper>, state: ptr<function, State>, at: u32) -> vec2<f32> {
    let size = sqrt(optimizer_complement(updates, (*hyper)[2], state, at + 2u));
    return vec2(-(*hyper)[0] * size / optimizer_complement(updates, (*hyper)[1], state, at), (*hyper)[3] * size);
}

// m and v of coordinate i after its gradient; returns v.
fn optimizer_moments(hyper: ptr<function, Hyper>, state: ptr<function, State>, i: u32, gradient: f32) -> f32 {
    let v = fma((*hyper)[2], (*state)[DIM + i], (1.0 - (*hyper)[2]) * (gradient * gradient));
    (*state)[i] = fma((*hyper)[1], (*state)[i], (1.0 - (*hyper)[1]) * gradient);
    (*state)[DIM + i] = v;
    return v;
}
