// All descents share one row of coefficients, held in registers.

var<private> rows_held: array<f32, ROW_LENGTH>;

fn rows_load(row: Bits) {
    for (var i = 0u; i < ROW_LENGTH; i++) {
        rows_held[i] = coefficients[i];
    }
}

fn coefficient(row: Bits, position: u32) -> Real {
    return Real(rows_held[position]);
}
