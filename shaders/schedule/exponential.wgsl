// ηₜ = η γᵗ. Hyper-parameters: γ. Twin of src/schedule/exponential.rs.

fn schedule_rate(rate: f32, time: f32, hyper: ptr<function, Hyper>) -> f32 {
    return rate * function_power((*hyper)[SCHEDULE], time);
}
