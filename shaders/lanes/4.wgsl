// Four descents an invocation.

alias Real = vec4f;
alias Mask = vec4<bool>;
alias Bits = vec4u;
const LANES = 4u;

// The numbers of the invocation's descents, from its first on.
fn lanes_from(first: u32) -> Bits {
    return vec4u(first, first + 1u, first + 2u, first + 3u);
}

// The value that each descent finds at its own place.
fn lanes_value(at: Bits) -> Real {
    return vec4f(values[at.x], values[at.y], values[at.z], values[at.w]);
}

// The coefficient that each descent finds at its own place.
fn lanes_coefficient(at: Bits) -> Real {
    return vec4f(coefficients[at.x], coefficients[at.y], coefficients[at.z], coefficients[at.w]);
}
