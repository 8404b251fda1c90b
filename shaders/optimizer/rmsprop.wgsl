// v ← α v + (1 − α) g², b ← μ b + g / (√v + ε), x ← x − η b. Hyper-parameters: η, α, ε, μ. State: v, b.
// Twin of src/optimizer/rmsprop.rs.

fn optimizer_update(moment: Moment, hyper: ptr<function, Hyper>, state: ptr<function, State>, x: ptr<function, Point>, gradient: ptr<function, Point>) {
    let rate = -(*hyper)[0];
    let rest = 1.0 - (*hyper)[1];
    for (var i = 0u; i < loop_end(); i++) {
        let v = fma((*hyper)[1], (*state)[i], rest * (*gradient)[i] * (*gradient)[i]);
        let b = fma((*hyper)[3], (*state)[DIM + i], (*gradient)[i] / (sqrt(v) + (*hyper)[2]));
        (*state)[i] = v;
        (*state)[DIM + i] = b;
        (*x)[i] = fma(rate, b, (*x)[i]);
    }
}
