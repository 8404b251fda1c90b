// ηₜ = η_min + ½ (η − η_min)(1 + cos(π min(t, T)/T)). Hyper-parameters: T, η_min. Twin of src/schedule/cosine.rs.

fn schedule_rate(rate: f32, time: f32, hyper: ptr<function, Hyper>) -> f32 {
    let used = select(1.0, time / (*hyper)[SCHEDULE], time < (*hyper)[SCHEDULE]);
    let share = fma(0.5, function_cos(3.14159265358979 * used), 0.5);
    return fma(rate - (*hyper)[SCHEDULE + 1u], share, (*hyper)[SCHEDULE + 1u]);
}
