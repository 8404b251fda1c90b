"""What the Python peers share: the experiment as experiment.py prepares it, timing, and results.

python PEER.py VARIANT EXPERIMENT REPEATS [--stride N] [--device cpu|gpu] [--results FOLDER]
"""

import argparse
import json
import time
from pathlib import Path

import numpy as np

CONVERGED, DIVERGED, EXHAUSTED = 1, 2, 4  # as thalweg numbers them
PATIENCE = 5  # seconds after which a slow program is not repeated again


class Experiment:
    """Every `stride`-th descent of what stands in `folder`; arrays are f32.

    x [n, D]; rate, a number or [n]; either formula, a Python expression in x, y and z, or wells [W, 1 + 2D], or hessian [D, D] and
    linear [D], with a leading n where each descent has its own; optimizer, a name, or None for gradient descent.
    """

    def __init__(self, folder, stride):
        load = lambda name: np.load(Path(folder) / f"{name}.npy")
        self.wells = load("wells") if (Path(folder) / "wells.npy").exists() else None
        written = Path(folder) / "formula.txt"
        self.formula = written.read_text().replace("^", "**") if written.exists() else None
        named = Path(folder) / "optimizer.txt"
        self.optimizer = named.read_text() if named.exists() else None
        has_rows = self.wells is None and self.formula is None
        hessians, linear = (load("hessians"), load("linear")) if has_rows else (np.zeros(1), np.zeros(1))
        rates, starts = load("learning_rates"), load("starts")
        rule = load("stop_rule")
        self.steps, self.is_fixed = int(rule[0]), bool(rule[3])
        self.squared_tolerance, self.squared_radius = rule[1] * rule[1], rule[2] * rule[2]
        index = np.arange(0, len(hessians) * len(rates) * len(starts), stride)
        self.x = starts[index % len(starts)]
        self.count, self.dimension = self.x.shape
        self.rate = rates[index // len(starts) % len(rates)] if len(rates) > 1 else rates[0]
        self.is_shared = len(hessians) == 1
        problem = 0 if self.is_shared else index // (len(starts) * len(rates))
        self.hessian, self.linear = hessians[problem], linear[problem]

    @property
    def is_diagonal(self):
        return self.is_shared and self.wells is None and self.formula is None and np.count_nonzero(self.hessian - np.diag(np.diag(self.hessian))) == 0


class Later:
    """An array that is brought to the host and into shape after timing, by `make`."""

    def __init__(self, make):
        self.make = make

    def __array__(self, dtype=None, copy=None):
        return np.asarray(self.make(), dtype=dtype)


def statuses(xp, converged, diverged):
    """A status for each descent, with `xp`'s where."""
    return xp.where(converged, CONVERGED, xp.where(diverged, DIVERGED, EXHAUSTED))


def save(folder, points, steps, status):
    folder.mkdir(parents=True, exist_ok=True)
    np.save(folder / "points.npy", np.asarray(points, dtype=np.float32))
    if steps is not None:
        np.save(folder / "steps.npy", np.asarray(steps, dtype=np.uint32))
        np.save(folder / "statuses.npy", np.asarray(status, dtype=np.uint8))


def measure(name, variants):
    """Runs what the command line asks for and prints one line of JSON.

    A variant is a function of the experiment and the device that returns a function without arguments, which computes and returns points
    [n, D], steps and statuses, the last two None where steps are fixed; it returns once the results are there, on the device.
    """
    parser = argparse.ArgumentParser(prog=f"{name}.py")
    parser.add_argument("variant", choices=list(variants))
    parser.add_argument("experiment", type=Path)
    parser.add_argument("repeats", type=int)
    parser.add_argument("--stride", type=int, default=1)
    parser.add_argument("--device", choices=["cpu", "gpu"], default="cpu")
    parser.add_argument("--results", type=Path)
    options = parser.parse_args()
    experiment = Experiment(options.experiment, options.stride)
    run = variants[options.variant](experiment, options.device)
    run()  # compiles and warms up
    seconds = []
    while len(seconds) < options.repeats and sum(seconds) < PATIENCE:
        started = time.perf_counter()
        points, steps, status = run()
        seconds.append(time.perf_counter() - started)
    taken = experiment.count * experiment.steps if steps is None else int(np.asarray(steps, dtype=np.int64).sum())
    if options.results:
        save(options.results, points, steps, status)
    print(json.dumps({
        "workload": options.experiment.name, "peer": name, "variant": options.variant, "detail": options.device,
        "descents": experiment.count, "stride": options.stride, "steps_taken": taken, "seconds": seconds,
    }))  # fmt: skip
