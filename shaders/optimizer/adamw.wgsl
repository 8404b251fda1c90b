// x ← (1 − η λ) x, then as Adam. Hyper-parameters: η, β₁, β₂, ε, λ. State: m, v and the powers of both β.
// Twin of src/optimizer/adamw.rs.

fn optimizer_update(moment: Moment, hyper: ptr<function, Hyper>, state: ptr<function, State>, x: ptr<function, Point>, gradient: ptr<function, Point>) {
    let scale = optimizer_scale(moment.updates, hyper, state, 2u * DIM);
    let shrink = -(*hyper)[0] * (*hyper)[4];
    for (var i = 0u; i < loop_end(); i++) {
        let v = optimizer_moments(hyper, state, i, (*gradient)[i]);
        let decayed = fma(shrink, (*x)[i], (*x)[i]);
        (*x)[i] = fma(scale.x, (*state)[i] / (sqrt(v) + scale.y), decayed);
    }
}
