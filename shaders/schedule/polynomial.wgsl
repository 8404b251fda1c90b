// ηₜ = η (1 − min(t, T)/T)ᵖ. Hyper-parameters: T, p. Twin of src/schedule/polynomial.rs.

fn schedule_rate(rate: f32, time: f32, hyper: ptr<function, Hyper>) -> f32 {
    let left = select(0.0, ((*hyper)[SCHEDULE] - time) / (*hyper)[SCHEDULE], time < (*hyper)[SCHEDULE]);
    return rate * function_power(left, (*hyper)[SCHEDULE + 1u]);
}
