// x ← x − η ∇f(x), in place. Hyper-parameters: η, the learning rate. Twin of src/optimizer/gradient_descent.rs.

fn optimizer_update(moment: Moment, hyper: ptr<function, Hyper>, state: ptr<function, State>, x: ptr<function, Point>, gradient: ptr<function, Point>) {
    let rate = -(*hyper)[0];
    for (var i = 0u; i < loop_end(); i++) {
        (*x)[i] = fma(rate, (*gradient)[i], (*x)[i]);
    }
}
