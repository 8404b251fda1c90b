// b ← μ b + g, x ← x − η (g + μ b). Hyper-parameters: η, μ. State: b. Twin of src/optimizer/nesterov.rs.

fn optimizer_update(moment: Moment, hyper: ptr<function, Hyper>, state: ptr<function, State>, x: ptr<function, Point>, gradient: ptr<function, Point>) {
    let rate = -(*hyper)[0];
    for (var i = 0u; i < loop_end(); i++) {
        let b = fma((*hyper)[1], (*state)[i], (*gradient)[i]);
        (*state)[i] = b;
        (*x)[i] = fma(rate, fma((*hyper)[1], b, (*gradient)[i]), (*x)[i]);
    }
}
