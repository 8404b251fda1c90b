// x ← x − η ∇f(x) / ‖∇f(x)‖, or x where the gradient is 0. Hyper-parameters: η. Twin of src/optimizer/normalized.rs.

fn optimizer_update(moment: Moment, hyper: ptr<function, Hyper>, state: ptr<function, State>, x: ptr<function, Point>, gradient: ptr<function, Point>) {
    let to_unit = point_to_unit(point_largest(gradient));
    var sum = 0.0;
    for (var i = 0u; i < loop_end(); i++) {
        let part = (*gradient)[i] * to_unit;
        sum = fma(part, part, sum);
    }
    // At least 2^-48, unless the gradient is 0: the step is then 0 at any rate that is finite.
    let rate = -(*hyper)[0] / sqrt(select(sum, 0x1p-60f, sum < 0x1p-60f));
    for (var i = 0u; i < loop_end(); i++) {
        (*x)[i] = fma(rate, (*gradient)[i] * to_unit, (*x)[i]);
    }
}
