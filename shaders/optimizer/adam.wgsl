// m ← β₁ m + (1 − β₁) g, v ← β₂ v + (1 − β₂) g², x ← x − η m̂ / (√v̂ + ε). Hyper-parameters: η, β₁, β₂, ε. State: m, v and
// the powers of both β. Twin of src/optimizer/adam.rs.

fn optimizer_update(moment: Moment, hyper: ptr<function, Hyper>, state: ptr<function, State>, x: ptr<function, Point>, gradient: ptr<function, Point>) {
    let scale = optimizer_scale(moment.updates, hyper, state, 2u * DIM);
    for (var i = 0u; i < loop_end(); i++) {
        let v = optimizer_moments(hyper, state, i, (*gradient)[i]);
        (*x)[i] = fma(scale.x, (*state)[i] / (sqrt(v) + scale.y), (*x)[i]);
    }
}
