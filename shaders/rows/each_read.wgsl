// Each descent has its own row of coefficients, too long to hold: read where it is used. They stand number by number, so those of neighbours side by side.

alias Row = vec2u; // where its first number stands, and how far it is from one to the next

fn rows_load(descent: u32) -> Row {
    return vec2u(lookup(DIM + HYPERPARAMETERS, descent), lookups[DIM + HYPERPARAMETERS].count);
}

fn coefficient(row: ptr<function, Row>, position: u32) -> f32 {
    return coefficients[(*row).x + position * (*row).y];
}
