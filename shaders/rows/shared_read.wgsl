// All descents share one row of coefficients, too long to hold: read where it is used.

fn rows_load(row: Bits) {
}

fn coefficient(row: Bits, position: u32) -> Real {
    return Real(coefficients[position]);
}
