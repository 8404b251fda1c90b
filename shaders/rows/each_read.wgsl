// Each descent has its own row of coefficients, too long to hold: read where it is used.

alias Row = u32;

fn rows_load(descent: u32) -> Row {
    return lookup(DIM + HYPERPARAMETERS, descent);
}

fn coefficient(row: ptr<function, Row>, position: u32) -> f32 {
    return coefficients[*row + position];
}
