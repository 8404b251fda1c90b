// f(x) = ½ (x−c)ᵀA(x−c) + bᵀ(x−c) + k with a full symmetric A, and ∇f(x) = A(x−c) + b.
// Row: k, c[DIM], b[DIM], A[DIM · DIM]. Twin of src/loss/dense.rs. x − c: shared/center.wgsl.

fn loss_evaluate(row: ptr<function, Row>, x: ptr<function, Point>, gradient: ptr<function, Point>) -> f32 {
    for (var i = 0u; i < loop_end(); i++) {
        (*gradient)[i] = coefficient(row, 1u + DIM + i);
    }
    for (var j = 0u; j < loop_end(); j++) {
        let difference = loss_difference(row, x, j);
        for (var i = 0u; i < loop_end(); i++) {
            (*gradient)[i] = fma(coefficient(row, 1u + 2u * DIM + j * DIM + i), difference, (*gradient)[i]);
        }
    }
    var twice = 0.0;
    for (var i = 0u; i < loop_end(); i++) {
        twice = fma(loss_difference(row, x, i), (*gradient)[i] + coefficient(row, 1u + DIM + i), twice);
    }
    return fma(0.5, twice, coefficient(row, 0u));
}

fn loss_exact_rate(row: ptr<function, Row>, direction: ptr<function, Point>) -> f32 {
    let to_unit = point_to_unit(point_largest(direction));
    var bend = 0.0;
    var length = 0.0;
    for (var j = 0u; j < loop_end(); j++) {
        var product = 0.0;
        for (var i = 0u; i < loop_end(); i++) {
            product = fma(coefficient(row, 1u + 2u * DIM + j * DIM + i), (*direction)[i] * to_unit, product);
        }
        let part = (*direction)[j] * to_unit;
        bend = fma(product, part, bend);
        length = fma(part, part, length);
    }
    return point_length_over_bend(length, bend);
}
