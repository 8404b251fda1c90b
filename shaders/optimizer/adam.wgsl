// m ← β₁ m + (1 − β₁) g, v ← β₂ v + (1 − β₂) g², x ← x − η m̂ / (√v̂ + ε). Hyper-parameters: η, β₁, β₂, ε. State: m, v and
// the powers of both β. Twin of src/optimizer/adam.rs.

fn optimizer_update(updates: f32, hyper: ptr<function, Hyper>, state: ptr<function, State>, x: ptr<function, Point>, gradient: ptr<function, Point>) {
    let powers = 2u * DIM;
    let size = sqrt(optimizer_complement(updates, (*hyper)[2], state, powers + 2u));
    let rate = -(*hyper)[0] * size / optimizer_complement(updates, (*hyper)[1], state, powers);
    let epsilon = (*hyper)[3] * size;
    for (var i = 0u; i < loop_end(); i++) {
        let v = optimizer_moments(hyper, state, i, (*gradient)[i]);
        (*x)[i] = fma(rate, (*state)[i] / (sqrt(v) + epsilon), (*x)[i]);
    }
}
