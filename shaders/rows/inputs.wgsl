// Each descent has its own values of the parameters that are swept; they stand where all inputs do.

alias Row = array<f32, ROW_LENGTH>;

fn rows_load(descent: u32) -> Row {
    var row: Row;
    for (var i = 0u; i < PARAMETERS; i++) {
        row[i] = values[lookup(DIM + HYPERPARAMETERS + i, descent)];
    }
    return row;
}

fn coefficient(row: ptr<function, Row>, position: u32) -> f32 {
    return (*row)[position];
}
