// x ← x − η sign ∇f(x). Hyper-parameters: η. Twin of src/optimizer/sign_descent.rs.

fn optimizer_update(moment: Moment, hyper: ptr<function, Hyper>, state: ptr<function, State>, x: ptr<function, Point>, gradient: ptr<function, Point>) {
    let rate = -(*hyper)[0];
    for (var i = 0u; i < loop_end(); i++) {
        (*x)[i] = fma(rate, sign((*gradient)[i]), (*x)[i]);
    }
}
