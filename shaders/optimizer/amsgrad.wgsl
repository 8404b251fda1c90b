// Adam's m and v, w ← max(w, v), x ← x − η m̂ / (√ŵ + ε). Hyper-parameters: η, β₁, β₂, ε. State: m, v, w and the powers of
// both β. Twin of src/optimizer/amsgrad.rs.

fn optimizer_update(updates: f32, hyper: ptr<function, Hyper>, state: ptr<function, State>, x: ptr<function, Point>, gradient: ptr<function, Point>) {
    let powers = 3u * DIM;
    let size = sqrt(optimizer_complement(updates, (*hyper)[2], state, powers + 2u));
    let rate = -(*hyper)[0] * size / optimizer_complement(updates, (*hyper)[1], state, powers);
    let epsilon = (*hyper)[3] * size;
    for (var i = 0u; i < loop_end(); i++) {
        let v = optimizer_moments(hyper, state, i, (*gradient)[i]);
        let before = (*state)[2u * DIM + i];
        let largest = select(before, v, before < v);
        (*state)[2u * DIM + i] = largest;
        (*x)[i] = fma(rate, (*state)[i] / (sqrt(largest) + epsilon), (*x)[i]);
    }
}
