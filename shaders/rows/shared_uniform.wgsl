// All descents share one row of coefficients, too long for registers: a uniform buffer, which every invocation reads alike.

@group(0) @binding(8) var<uniform> rows_shared: array<vec4f, (ROW_LENGTH + 3u) / 4u>;

fn rows_load(row: Bits) {
}

fn coefficient(row: Bits, position: u32) -> Real {
    return Real(rows_shared[position / 4u][position % 4u]);
}
