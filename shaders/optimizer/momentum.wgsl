// b ← μ b + (1 − d) g, x ← x − η b, the first b being g. Hyper-parameters: η, μ, d. State: b. Twin of src/optimizer/momentum.rs.

fn optimizer_update(moment: Moment, hyper: ptr<function, Hyper>, state: ptr<function, State>, x: ptr<function, Point>, gradient: ptr<function, Point>) {
    let rate = -(*hyper)[0];
    let share = select(1.0 - (*hyper)[2], 1.0, moment.updates < 1.0);
    for (var i = 0u; i < loop_end(); i++) {
        let b = fma((*hyper)[1], (*state)[i], share * (*gradient)[i]);
        (*state)[i] = b;
        (*x)[i] = fma(rate, b, (*x)[i]);
    }
}
