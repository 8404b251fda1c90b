// All descents share one row of coefficients, too long for registers: a uniform buffer, which every invocation reads alike.

alias Row = u32;

@group(0) @binding(8) var<uniform> rows_shared: array<vec4f, (ROW_LENGTH + 3u) / 4u>;

fn rows_load(descent: u32) -> Row {
    return 0u;
}

fn coefficient(row: ptr<function, Row>, position: u32) -> f32 {
    return rows_shared[position / 4u][position % 4u];
}
