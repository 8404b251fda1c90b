// One descent an invocation.

alias Real = f32;
alias Mask = bool;
alias Bits = u32;
const LANES = 1u;

// The numbers of the invocation's descents, from its first on.
fn lanes_from(first: u32) -> Bits {
    return first;
}

// The value that each descent finds at its own place.
fn lanes_value(at: Bits) -> Real {
    return values[at];
}

// The coefficient that each descent finds at its own place.
fn lanes_coefficient(at: Bits) -> Real {
    return coefficients[at];
}
