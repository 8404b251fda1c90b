// A point is an array of its coordinates. Twin of src/real.rs.

alias Point = array<f32, DIM>;
alias Hyper = array<f32, HYPERPARAMETERS>;
alias State = array<f32, STATE_LENGTH>; // what an optimizer keeps of a descent

// Σ a b over the coordinates.
fn point_dot(a: ptr<function, Point>, b: ptr<function, Point>) -> f32 {
    var sum = (*a)[0] * (*b)[0];
    for (var i = 1u; i < loop_end(); i++) {
        sum = fma((*a)[i], (*b)[i], sum);
    }
    return sum;
}

// Whether b is a bit for bit. As integers, since −0 equals 0 as a number and NaN equals nothing.
fn point_same(a: ptr<function, Point>, b: ptr<function, Point>) -> bool {
    var same = true;
    for (var i = 0u; i < loop_end(); i++) {
        same = same & (bitcast<u32>((*a)[i]) == bitcast<u32>((*b)[i]));
    }
    return same;
}
