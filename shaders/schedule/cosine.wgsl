// ηₜ = η_min + ½ (η − η_min)(1 + cos(π min(t, T)/T)). Hyper-parameters: T, η_min. Twin of src/schedule/cosine.rs.

fn schedule_rate(rate: f32, time: f32, hyper: ptr<function, Hyper>) -> f32 {
    let left = select(0.0, ((*hyper)[SCHEDULE] - time) / (*hyper)[SCHEDULE], time < (*hyper)[SCHEDULE]);
    let sine = function_sin(1.5707963267949 * left);
    return fma(rate - (*hyper)[SCHEDULE + 1u], sine * sine, (*hyper)[SCHEDULE + 1u]);
}
