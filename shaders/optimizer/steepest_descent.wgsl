// x ← x − θ (gᵀg / gᵀAg) g; where f does not curve up along g, as far as that leads. Hyper-parameters: θ.
// Twin of src/optimizer/steepest_descent.rs.

fn optimizer_update(moment: Moment, hyper: ptr<function, Hyper>, state: ptr<function, State>, x: ptr<function, Point>, gradient: ptr<function, Point>) {
    let rate = -(*hyper)[0] * moment.exact_rate;
    for (var i = 0u; i < loop_end(); i++) {
        (*x)[i] = fma(rate, (*gradient)[i], (*x)[i]);
    }
}
