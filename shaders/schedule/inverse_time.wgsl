// ηₜ = η/(1 + k t). Hyper-parameters: k. Twin of src/schedule/inverse_time.rs.

fn schedule_rate(rate: f32, time: f32, hyper: ptr<function, Hyper>) -> f32 {
    return rate / fma((*hyper)[SCHEDULE], time, 1.0);
}
