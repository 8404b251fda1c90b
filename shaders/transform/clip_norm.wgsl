// g ← g min(1, c/‖g‖). Hyper-parameter: c. Twin of src/transform/clip_norm.rs.

fn transform_clip_norm(hyper: f32, x: ptr<function, Point>, gradient: ptr<function, Point>) {
    let norm = point_norm(gradient);
    let share = select(1.0, hyper / norm, hyper < norm);
    for (var i = 0u; i < loop_end(); i++) {
        (*gradient)[i] = share * (*gradient)[i];
    }
}
