// Each descent has its own row of coefficients, held in registers.

alias Row = array<f32, ROW_LENGTH>;

fn rows_load(descent: u32) -> Row {
    let start = lookup(DIM + HYPERPARAMETERS, descent);
    var row: Row;
    for (var i = 0u; i < ROW_LENGTH; i++) {
        row[i] = coefficients[start + i];
    }
    return row;
}

fn coefficient(row: ptr<function, Row>, position: u32) -> f32 {
    return (*row)[position];
}
