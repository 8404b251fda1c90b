// ηₜ = η γ^⌊t/s⌋. Hyper-parameters: s, γ. Twin of src/schedule/step.rs.

fn schedule_rate(rate: f32, time: f32, hyper: ptr<function, Hyper>) -> f32 {
    let size = (*hyper)[SCHEDULE];
    let quotient = floor(time / size);
    let rest = fma(-size, quotient, time);
    let falls = select(select(quotient, quotient + 1.0, size <= rest), quotient - 1.0, rest < 0.0);
    return rate * function_power((*hyper)[SCHEDULE + 1u], falls);
}
