// x ← x − η ∇f(x) / ‖∇f(x)‖, or x where the gradient is 0. Hyper-parameters: η. Twin of src/optimizer/normalized.rs.

fn optimizer_update(moment: Moment, hyper: ptr<function, Hyper>, state: ptr<function, State>, x: ptr<function, Point>, gradient: ptr<function, Point>) {
    let norm = point_norm(gradient);
    let rate = select(0.0, -(*hyper)[0] / norm, 0.0 < norm);
    for (var i = 0u; i < loop_end(); i++) {
        (*x)[i] = fma(rate, (*gradient)[i], (*x)[i]);
    }
}
