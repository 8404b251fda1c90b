"""Writes golden.json: the first five points of every rule that torch.optim has, and of two under transforms, and the learning rates of every schedule
that torch.optim.lr_scheduler has, in f64, with settings that are f32 numbers.

    pip install torch numpy && python golden.py
"""

import json
import math

import numpy
import torch

A = [[3.0, 0.5, 0.0], [0.5, 1.0, -0.25], [0.0, -0.25, 9.0]]
CENTER = [0.5, -1.0, 2.0]

LOSSES = {
    "0.5*(3*(x-0.5)^2 + (y+1)^2 + 9*(z-2)^2) + 0.5*(x-0.5)*(y+1) - 0.25*(y+1)*(z-2)": [1.5, 2.0, -1.0],
    "(1-x)^2 + 100*(y-x^2)^2": [-1.25, 1.0],
    "20 + x^2 + y^2 - 10*(cos(2*pi*x) + cos(2*pi*y))": [0.75, -1.375],
}


# NAdam keeps the product of its momenta in the default type.
torch.set_default_dtype(torch.float64)


def quadratic(p):
    d = p - torch.tensor(CENTER)
    return 0.5 * d @ torch.tensor(A) @ d


def rosenbrock(p):
    return (1 - p[0]) ** 2 + 100 * (p[1] - p[0] ** 2) ** 2


def rastrigin(p):
    return 20 + (p**2).sum() - 10 * torch.cos(2 * math.pi * p).sum()


def f32(value):
    return float(numpy.float32(value))


def sgd(**fixed):
    return lambda p, s: torch.optim.SGD([p], lr=s["learning_rate"], **{k: s.get(k, 0.0) for k in ("momentum", "dampening")}, **fixed)


def betas(s):
    return (s.get("beta1", f32(0.9)), s.get("beta2", f32(0.999)))


def adam(make, rate, **fixed):
    def build(p, s):
        decay = {"weight_decay": s.get("weight_decay", f32(0.01))} if make is torch.optim.AdamW else {}
        return make([p], lr=s.get("learning_rate", f32(rate)), betas=betas(s), eps=s.get("epsilon", f32(1e-8)), **decay, **fixed)

    return build


def adagrad(p, s):
    return torch.optim.Adagrad(
        [p],
        lr=s.get("learning_rate", f32(0.01)),
        lr_decay=s.get("learning_rate_decay", 0.0),
        eps=s.get("epsilon", f32(1e-10)),
        initial_accumulator_value=s.get("initial_accumulator_value", 0.0),
    )


def rmsprop(p, s):
    return torch.optim.RMSprop(
        [p],
        lr=s.get("learning_rate", f32(0.01)),
        alpha=s.get("alpha", f32(0.99)),
        eps=s.get("epsilon", f32(1e-8)),
        momentum=s.get("momentum", 0.0),
    )


def nadam(p, s):
    rate, decay = s.get("learning_rate", f32(2e-3)), s.get("momentum_decay", f32(4e-3))
    return torch.optim.NAdam([p], lr=rate, betas=betas(s), eps=s.get("epsilon", f32(1e-8)), momentum_decay=decay)


ODD = {"learning_rate": 0.0625, "beta1": 0.3, "beta2": 0.6, "epsilon": 0.05}
RULES = [
    ("gradient_descent", sgd(), {"learning_rate": 1e-3}),
    ("momentum", sgd(), {"learning_rate": 1e-3, "momentum": 0.9}),
    ("momentum", sgd(), {"learning_rate": 7e-4, "momentum": 1.25, "dampening": 0.4}),
    ("nesterov", sgd(nesterov=True), {"learning_rate": 1e-3, "momentum": 0.9}),
    ("nesterov", sgd(nesterov=True), {"learning_rate": 3e-4, "momentum": 0.35}),
    ("adagrad", adagrad, {}),
    ("adagrad", adagrad, {"learning_rate": 0.3, "learning_rate_decay": 0.5, "epsilon": 0.1, "initial_accumulator_value": 2.0}),
    ("rmsprop", rmsprop, {}),
    ("rmsprop", rmsprop, {"learning_rate": 0.02, "alpha": 0.4, "epsilon": 0.01, "momentum": 0.7}),
    ("adam", adam(torch.optim.Adam, 1e-3), {}),
    ("adam", adam(torch.optim.Adam, 1e-3), ODD),
    ("amsgrad", adam(torch.optim.Adam, 1e-3, amsgrad=True), {}),
    ("amsgrad", adam(torch.optim.Adam, 1e-3, amsgrad=True), ODD),
    ("adamw", adam(torch.optim.AdamW, 1e-3), {}),
    ("adamw", adam(torch.optim.AdamW, 1e-3), {**ODD, "weight_decay": 0.75}),
    ("nadam", nadam, {}),
    ("nadam", nadam, {**ODD, "momentum_decay": 0.5}),
]


lr_scheduler = torch.optim.lr_scheduler
SCHEDULES = [
    ("step", {"step_size": 4.0, "gamma": 0.3}, lambda o, s: lr_scheduler.StepLR(o, int(s["step_size"]), s["gamma"])),
    ("step", {"step_size": 7.0}, lambda o, s: lr_scheduler.StepLR(o, int(s["step_size"]), s.get("gamma", f32(0.1)))),
    ("exponential", {"gamma": 0.9}, lambda o, s: lr_scheduler.ExponentialLR(o, s["gamma"])),
    ("polynomial", {"decay_steps": 18.0}, lambda o, s: lr_scheduler.PolynomialLR(o, int(s["decay_steps"]))),
    ("polynomial", {"decay_steps": 30.0, "power": 2.5}, lambda o, s: lr_scheduler.PolynomialLR(o, int(s["decay_steps"]), s["power"])),
    ("cosine", {"decay_steps": 25.0}, lambda o, s: lr_scheduler.CosineAnnealingLR(o, int(s["decay_steps"]))),
    (
        "cosine",
        {"decay_steps": 40.0, "min_learning_rate": 0.02},
        lambda o, s: lr_scheduler.CosineAnnealingLR(o, int(s["decay_steps"]), s["min_learning_rate"]),
    ),
]
RATE, WARMUP, UPDATES = 0.3, 5, 25


def warming(make):
    def build(optimizer, settings):
        warm = lr_scheduler.LinearLR(optimizer, start_factor=1 / (WARMUP + 1), total_iters=WARMUP)
        return lr_scheduler.SequentialLR(optimizer, [warm, make(optimizer, settings)], milestones=[WARMUP])

    return build


def rates(make, settings):
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=settings["learning_rate"])
    scheduler, found = make(optimizer, settings), []
    for _ in range(UPDATES):
        found.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    return found


def schedules():
    found = []
    for schedule, settings, make in SCHEDULES:
        settings = {name: f32(value) for name, value in {"learning_rate": RATE, **settings}.items()}
        found.append({"schedule": schedule, "settings": settings, "rates": rates(make, settings)})
        found.append({"schedule": schedule, "settings": {**settings, "warmup": WARMUP}, "rates": rates(warming(make), settings)})
    return found


# A transform is what is done between backward and step, weight decay the optimizer's own.
TRANSFORMED = [
    ("gradient_descent", lambda p, s: torch.optim.SGD([p], lr=s["learning_rate"], weight_decay=s["weight_decay"]), {"learning_rate": 1e-3}),
    ("adam", lambda p, s: torch.optim.Adam([p], lr=f32(1e-3), betas=betas(s), eps=f32(1e-8), weight_decay=s["weight_decay"]), {}),
]


def main():
    cases = []
    decaying = [(rule, make, {**settings, "weight_decay": 0.7, "clip_value": 3.0}) for rule, make, settings in TRANSFORMED]
    for rule, make, settings in RULES + decaying:
        settings = {name: f32(value) for name, value in settings.items()}
        for (formula, start), loss in zip(LOSSES.items(), [quadratic, rosenbrock, rastrigin]):
            point = torch.tensor(start, dtype=torch.float64, requires_grad=True)
            optimizer = make(point, settings)
            points = []
            for _ in range(5):
                optimizer.zero_grad()
                loss(point).backward()
                if "clip_value" in settings:
                    torch.nn.utils.clip_grad_value_([point], settings["clip_value"])
                optimizer.step()
                points.append(point.tolist())
            cases.append({"rule": rule, "settings": settings, "formula": formula, "start": start, "points": points})
    with open("golden.json", "w") as file:
        json.dump({"torch": torch.__version__, "cases": cases, "schedules": schedules()}, file, indent=1)
        file.write("\n")


main()
