// A point holds one Real a coordinate; a Real holds one number of each descent that the invocation advances.
// Twin of src/real.rs.

alias Point = array<Real, DIM>;
alias Hyper = array<Real, HYPERPARAMETERS>;

// Σ a b over the coordinates.
fn point_dot(a: ptr<function, Point>, b: ptr<function, Point>) -> Real {
    var sum = (*a)[0] * (*b)[0];
    for (var i = 1u; i < loop_end(); i++) {
        sum = fma((*a)[i], (*b)[i], sum);
    }
    return sum;
}

// Whether b is a bit for bit. As integers, since −0 equals 0 as a number and NaN equals nothing.
fn point_same(a: ptr<function, Point>, b: ptr<function, Point>) -> Mask {
    var same = Mask(true);
    for (var i = 0u; i < loop_end(); i++) {
        same = same & (bitcast<Bits>((*a)[i]) == bitcast<Bits>((*b)[i]));
    }
    return same;
}
