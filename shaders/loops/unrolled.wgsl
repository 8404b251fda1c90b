// Loops over coordinates end at a constant: compilers unroll them and keep points in registers.

fn loop_end() -> u32 {
    return DIM;
}
