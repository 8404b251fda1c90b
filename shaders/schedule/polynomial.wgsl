// ηₜ = η (1 − min(t, T)/T)ᵖ. Hyper-parameters: T, p. Twin of src/schedule/polynomial.rs.

fn schedule_rate(rate: f32, time: f32, hyper: ptr<function, Hyper>) -> f32 {
    let used = select(1.0, time / (*hyper)[SCHEDULE], time < (*hyper)[SCHEDULE]);
    return rate * function_power(1.0 - used, (*hyper)[SCHEDULE + 1u]);
}
