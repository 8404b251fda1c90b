// Adam's m and v, x ← x − η [(1 − μₜ) g / (1 − Π μ) + μₜ₊₁ m / (1 − μₜ₊₁ Π μ)] / (√v̂ + ε), μₜ = β₁ (1 − ½ · 0.96^(t ψ)).
// Hyper-parameters: η, β₁, β₂, ε, ψ. State: m, v, the power of β₂ and Π μ. Twin of src/optimizer/nadam.rs.

const OPTIMIZER_LOG2_DECAY = -0.058893689053568565;

fn optimizer_momentum(hyper: ptr<function, Hyper>, time: f32) -> f32 {
    return (*hyper)[1] * (1.0 - 0.5 * exp2(time * (*hyper)[4] * OPTIMIZER_LOG2_DECAY));
}

fn optimizer_update(moment: Moment, hyper: ptr<function, Hyper>, state: ptr<function, State>, x: ptr<function, Point>, gradient: ptr<function, Point>) {
    let now = optimizer_momentum(hyper, moment.updates + 1.0);
    let next = optimizer_momentum(hyper, moment.updates + 2.0);
    let size = optimizer_complement(moment.updates, (*hyper)[2], state, 2u * DIM);
    let product = now * select((*state)[2u * DIM + 2u], 1.0, moment.updates < 1.0);
    (*state)[2u * DIM + 2u] = product;
    let by_gradient = -(*hyper)[0] * (1.0 - now) / (1.0 - product);
    let by_moment = -(*hyper)[0] * next / (1.0 - product * next);
    for (var i = 0u; i < loop_end(); i++) {
        let v = optimizer_moments(hyper, state, i, (*gradient)[i]);
        let denominator = sqrt(v / size) + (*hyper)[3];
        (*x)[i] = fma(by_moment, (*state)[i], by_gradient * (*gradient)[i]) / denominator + (*x)[i];
    }
}
