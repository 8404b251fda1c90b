// Each descent has its own row of coefficients, held in registers.

var<private> rows_held: array<Real, ROW_LENGTH>;

fn rows_load(row: Bits) {
    for (var i = 0u; i < ROW_LENGTH; i++) {
        rows_held[i] = lanes_coefficient(row + Bits(i));
    }
}

fn coefficient(row: Bits, position: u32) -> Real {
    return rows_held[position];
}
