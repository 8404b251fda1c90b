// g ← g + λx. Hyper-parameter: λ. Twin of src/transform/weight_decay.rs.

fn transform_weight_decay(hyper: f32, x: ptr<function, Point>, gradient: ptr<function, Point>) {
    for (var i = 0u; i < loop_end(); i++) {
        (*gradient)[i] = fma(hyper, (*x)[i], (*gradient)[i]);
    }
}
