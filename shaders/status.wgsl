// How a descent ended: 3 bits of status above 29 bits of steps. Twin of src/stop.rs.

const STATUS_CONVERGED = 1u;
const STATUS_DIVERGED = 2u;
const STATUS_STALLED = 3u;
const STATUS_EXHAUSTED = 4u;
const STATUS_SHIFT = 29u;

// By the bits of the exponent, all set in an infinity or a NaN: compilers may assume both away.
fn status_finite(value: f32) -> bool {
    return (bitcast<u32>(value) & 0x7f800000u) != 0x7f800000u;
}

fn status_ending(status: u32, steps: u32) -> u32 {
    return (status << STATUS_SHIFT) | steps;
}
