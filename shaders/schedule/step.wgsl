// ηₜ = η γ^⌊(t + ½)/s⌋. Hyper-parameters: s, γ. Twin of src/schedule/step.rs.

fn schedule_rate(rate: f32, time: f32, hyper: ptr<function, Hyper>) -> f32 {
    let falls = floor((time + 0.5) / (*hyper)[SCHEDULE]);
    return rate * function_power((*hyper)[SCHEDULE + 1u], falls);
}
