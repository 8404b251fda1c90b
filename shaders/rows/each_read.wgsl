// Each descent has its own row of coefficients, too long to hold: read where it is used.

fn rows_load(row: Bits) {
}

fn coefficient(row: Bits, position: u32) -> Real {
    return lanes_coefficient(row + Bits(position));
}
