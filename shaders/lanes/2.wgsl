// Two descents an invocation.

alias Real = vec2f;
alias Mask = vec2<bool>;
alias Bits = vec2u;
const LANES = 2u;

// The numbers of the invocation's descents, from its first on.
fn lanes_from(first: u32) -> Bits {
    return vec2u(first, first + 1u);
}

// The value that each descent finds at its own place.
fn lanes_value(at: Bits) -> Real {
    return vec2f(values[at.x], values[at.y]);
}

// The coefficient that each descent finds at its own place.
fn lanes_coefficient(at: Bits) -> Real {
    return vec2f(coefficients[at.x], coefficients[at.y]);
}
