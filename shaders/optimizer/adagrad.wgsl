// s ← s + g², x ← x − η / (1 + k l) · g / (√s + ε). Hyper-parameters: η, l, ε, the first s. State: s. Twin of src/optimizer/adagrad.rs.

fn optimizer_update(moment: Moment, hyper: ptr<function, Hyper>, state: ptr<function, State>, x: ptr<function, Point>, gradient: ptr<function, Point>) {
    let rate = -(*hyper)[0] / fma(moment.updates, (*hyper)[1], 1.0);
    for (var i = 0u; i < loop_end(); i++) {
        let before = select((*state)[i], (*hyper)[3], moment.updates < 1.0);
        let sum = fma((*gradient)[i], (*gradient)[i], before);
        (*state)[i] = sum;
        (*x)[i] = fma(rate, (*gradient)[i] / (sqrt(sum) + (*hyper)[2]), (*x)[i]);
    }
}
