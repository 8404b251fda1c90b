// f(x) = min over wells of ½ Σ a(x−c)² + o, and the gradient a(x−c) of the lowest well, the first of equals.
// Row: for each of LOSS_WELLS wells, 2o, c[DIM], a[DIM]. Twin of src/loss/wells.rs.

fn loss_evaluate(row: ptr<function, Row>, x: ptr<function, Point>, gradient: ptr<function, Point>) -> f32 {
    var lowest = 0.0;
    for (var well = 0u; well < LOSS_WELLS; well++) {
        let start = well * (1u + 2u * DIM);
        // Heights are compared doubled.
        var height = coefficient(row, start);
        var candidate: Point;
        for (var i = 0u; i < loop_end(); i++) {
            let difference = (*x)[i] - coefficient(row, start + 1u + i);
            candidate[i] = coefficient(row, start + 1u + DIM + i) * difference;
            height = fma(candidate[i], difference, height);
        }
        let lower = (height < lowest) | (well == 0u);
        lowest = select(lowest, height, lower);
        for (var i = 0u; i < loop_end(); i++) {
            (*gradient)[i] = select((*gradient)[i], candidate[i], lower);
        }
    }
    return 0.5 * lowest;
}
