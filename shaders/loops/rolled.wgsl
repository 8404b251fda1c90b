// Loops over coordinates end at a number that compilers do not know: programs stay short however large DIM is.

fn loop_end() -> u32 {
    return dispatch.dimension;
}
