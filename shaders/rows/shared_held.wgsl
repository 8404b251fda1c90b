// All descents share one row of coefficients, held in registers.

alias Row = u32;

var<private> rows_held: array<f32, ROW_LENGTH>;

fn rows_load(descent: u32) -> Row {
    for (var i = 0u; i < ROW_LENGTH; i++) {
        rows_held[i] = coefficients[i];
    }
    return 0u;
}

fn coefficient(row: ptr<function, Row>, position: u32) -> f32 {
    return rows_held[position];
}
