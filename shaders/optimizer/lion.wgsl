// x ← (1 − η λ) x − η sign(β₁ m + (1 − β₁) g), m ← β₂ m + (1 − β₂) g. Hyper-parameters: η, β₁, β₂, λ. State: m.
// Twin of src/optimizer/lion.rs.

fn optimizer_update(moment: Moment, hyper: ptr<function, Hyper>, state: ptr<function, State>, x: ptr<function, Point>, gradient: ptr<function, Point>) {
    let rate = -(*hyper)[0];
    let shrink = rate * (*hyper)[3];
    for (var i = 0u; i < loop_end(); i++) {
        let direction = sign(fma((*hyper)[1], (*state)[i], (1.0 - (*hyper)[1]) * (*gradient)[i]));
        (*x)[i] = fma(rate, direction, fma(shrink, (*x)[i], (*x)[i]));
        (*state)[i] = fma((*hyper)[2], (*state)[i], (1.0 - (*hyper)[2]) * (*gradient)[i]);
    }
}
