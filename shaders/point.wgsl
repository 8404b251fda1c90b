// A point is an array of its coordinates. Twin of src/real.rs.

alias Point = array<f32, DIM>;
alias Hyper = array<f32, HYPERPARAMETERS>;
alias State = array<f32, STATE_LENGTH>; // what an optimizer keeps of a descent

// When an update takes place: how many updates there were before, and for rules that search the exact learning rate along the gradient.
struct Moment {
    updates: f32,
    exact_rate: f32,
}

// Σ a b over the coordinates.
fn point_dot(a: ptr<function, Point>, b: ptr<function, Point>) -> f32 {
    var sum = (*a)[0] * (*b)[0];
    for (var i = 1u; i < loop_end(); i++) {
        sum = fma((*a)[i], (*b)[i], sum);
    }
    return sum;
}

// The size of the largest coordinate, or the smallest usual number: over it, no square overflows, and not all vanish.
fn point_largest(a: ptr<function, Point>) -> f32 {
    var largest = 0x1p-126f;
    for (var i = 0u; i < loop_end(); i++) {
        let size = abs((*a)[i]);
        largest = select(largest, size, largest < size);
    }
    return largest;
}

// The power of two that takes this number, 2^-126 at least, to between 1/2 and 1, or to below 4 where it is above 2^125.
fn point_to_unit(largest: f32) -> f32 {
    return bitcast<f32>((253u << 23u) - (bitcast<u32>(min(largest, 0x1p125f)) & (255u << 23u)));
}

// dᵀd / dᵀAd of a d whose largest coordinate is about 1, below 4 at most. Where f does not curve up along d, or hardly, as if it did by the least of
// which the quotient is finite.
fn point_length_over_bend(length: f32, bend: f32) -> f32 {
    let least = f32(DIM) * 0x1p-122f;
    return length / select(least, bend, least < bend);
}

// ‖a‖, where no square overflows or vanishes on the way.
fn point_norm(a: ptr<function, Point>) -> f32 {
    let largest = point_largest(a);
    let to_unit = 1.0 / largest;
    var sum = 0.0;
    for (var i = 0u; i < loop_end(); i++) {
        let part = (*a)[i] * to_unit;
        sum = fma(part, part, sum);
    }
    return largest * sqrt(sum);
}

// Whether b is a bit for bit. As integers, since −0 equals 0 as a number and NaN equals nothing.
fn point_same(a: ptr<function, Point>, b: ptr<function, Point>) -> bool {
    var same = true;
    for (var i = 0u; i < loop_end(); i++) {
        same = same & (bitcast<u32>((*a)[i]) == bitcast<u32>((*b)[i]));
    }
    return same;
}
