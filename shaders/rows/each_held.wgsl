// Each descent has its own row of coefficients, held in registers. They stand number by number, so those of neighbours side by side.

alias Row = array<f32, ROW_LENGTH>;

fn rows_load(descent: u32) -> Row {
    let problem = lookup(DIM + HYPERPARAMETERS, descent);
    let apart = lookups[DIM + HYPERPARAMETERS].count;
    var row: Row;
    for (var i = 0u; i < ROW_LENGTH; i++) {
        row[i] = coefficients[problem + i * apart];
    }
    return row;
}

fn coefficient(row: ptr<function, Row>, position: u32) -> f32 {
    return (*row)[position];
}
