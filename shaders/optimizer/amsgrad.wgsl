// Adam's m and v, w ← max(w, v), x ← x − η m̂ / (√ŵ + ε). Hyper-parameters: η, β₁, β₂, ε. State: m, v, w and the powers of
// both β. Twin of src/optimizer/amsgrad.rs.

fn optimizer_update(moment: Moment, hyper: ptr<function, Hyper>, state: ptr<function, State>, x: ptr<function, Point>, gradient: ptr<function, Point>) {
    let scale = optimizer_scale(moment.updates, hyper, state, 3u * DIM);
    for (var i = 0u; i < loop_end(); i++) {
        let v = optimizer_moments(hyper, state, i, (*gradient)[i]);
        let before = (*state)[2u * DIM + i];
        let largest = select(before, v, before < v);
        (*state)[2u * DIM + i] = largest;
        (*x)[i] = fma(scale.x, (*state)[i] / (sqrt(largest) + scale.y), (*x)[i]);
    }
}
