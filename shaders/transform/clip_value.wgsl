// gᵢ ← max(−c, min(c, gᵢ)). Hyper-parameter: c. Twin of src/transform/clip_value.rs.

fn transform_clip_value(hyper: f32, x: ptr<function, Point>, gradient: ptr<function, Point>) {
    for (var i = 0u; i < loop_end(); i++) {
        let below = select((*gradient)[i], hyper, hyper < (*gradient)[i]);
        (*gradient)[i] = select(below, -hyper, below < -hyper);
    }
}
