// x ← (1 − η λ) x, then as Adam. Hyper-parameters: η, β₁, β₂, ε, λ. State: m, v and the powers of both β.
// Twin of src/optimizer/adamw.rs.

fn optimizer_update(updates: f32, hyper: ptr<function, Hyper>, state: ptr<function, State>, x: ptr<function, Point>, gradient: ptr<function, Point>) {
    let powers = 2u * DIM;
    let size = sqrt(optimizer_complement(updates, (*hyper)[2], state, powers + 2u));
    let rate = -(*hyper)[0] * size / optimizer_complement(updates, (*hyper)[1], state, powers);
    let epsilon = (*hyper)[3] * size;
    let shrink = -(*hyper)[0] * (*hyper)[4];
    for (var i = 0u; i < loop_end(); i++) {
        let v = optimizer_moments(hyper, state, i, (*gradient)[i]);
        let decayed = fma(shrink, (*x)[i], (*x)[i]);
        (*x)[i] = fma(rate, (*state)[i] / (sqrt(v) + epsilon), decayed);
    }
}
