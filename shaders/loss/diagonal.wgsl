// f(x) = ½ Σ a(x−c)² + Σ b(x−c) + k, and ∇f(x) = a(x−c) + b, component by component.
// Row: k, c[DIM], b[DIM], a[DIM]. Twin of src/loss/diagonal.rs. x − c: shared/center.wgsl.

fn loss_evaluate(row: ptr<function, Row>, x: ptr<function, Point>, gradient: ptr<function, Point>) -> f32 {
    var twice = 0.0;
    for (var i = 0u; i < loop_end(); i++) {
        let difference = loss_difference(row, x, i);
        let linear = coefficient(row, 1u + DIM + i);
        let slope = fma(coefficient(row, 1u + 2u * DIM + i), difference, linear);
        (*gradient)[i] = slope;
        twice = fma(difference, slope + linear, twice);
    }
    return fma(0.5, twice, coefficient(row, 0u));
}

fn loss_exact_rate(row: ptr<function, Row>, direction: ptr<function, Point>) -> f32 {
    let to_unit = point_to_unit(point_largest(direction));
    var bend = 0.0;
    var length = 0.0;
    for (var i = 0u; i < loop_end(); i++) {
        let part = (*direction)[i] * to_unit;
        bend = fma(coefficient(row, 1u + 2u * DIM + i) * part, part, bend);
        length = fma(part, part, length);
    }
    return point_length_over_bend(length, bend);
}
