"""Turns a thalweg command line into the arrays that the peers start from: python experiment.py FOLDER thalweg bench …

What is written to FOLDER, all in f32: hessians [P, D, D] and linear [P, D], or wells [W, 1 + 2D], or the text formula.txt; learning_rates
[R]; starts [S, D]; stop_rule (steps, gradient norm, divergence radius, whether steps are fixed); and the text optimizer.txt where it is not
gradient descent, with its own defaults. Descent p·R·S + r·S + s belongs to problem p, learning rate r
and start s.
"""

import argparse
import csv
import sys
from pathlib import Path

import numpy as np


def values(text):
    """A number, a list 'a,b', a matrix 'a,b;c,d', a range from:to:count, log:from:to:count, or @file.npy."""
    if text.startswith("@"):
        return np.load(text[1:]).astype(np.float64)
    if ":" in text:
        *form, low, high, count = text.split(":")
        space = {"": np.linspace, "log": np.geomspace}["".join(form)]
        return space(float(low), float(high), int(count))
    rows = [[float(number) for number in row.split(",")] for row in text.split(";")]
    return np.squeeze(np.array(rows))


def starts(inputs, dimension):
    """The grid of the variables, the first of them running fastest, [S, D]."""
    if "start" in inputs:
        table = values(inputs["start"])
        return table if table.ndim == 2 else np.full((1, dimension), table)
    names = ["x", "y", "z"][:dimension]
    grid = np.meshgrid(*(values(inputs[name]) for name in reversed(names)), indexing="ij")
    return np.stack([axis.ravel() for axis in reversed(grid)], axis=1)


def quadratic(options):
    """Hessians [P, D, D] and linear terms [P, D]."""
    hessian = values(options.hessian)
    hessian = np.diag(hessian) if hessian.ndim == 1 else hessian
    hessian = hessian.reshape(-1, *hessian.shape[-2:])
    linear = np.zeros(hessian.shape[-1]) if options.linear is None else values(options.linear)
    return {"hessians": hessian, "linear": np.broadcast_to(linear, hessian.shape[:2])}


def wells(path):
    """Rows of offset, centre and curvatures."""
    with open(path, newline="") as file:
        header, *rows = csv.reader(file)
    if header != ["offset", "c1", "c2", "a1", "a2"]:
        sys.exit(f"{path}: the columns are {header}; offset, c1, c2, a1, a2 are wanted")
    return {"wells": np.array(rows, dtype=np.float64)}


def parse(words):
    parser = argparse.ArgumentParser(prog="thalweg bench")
    parser.add_argument("loss", help="quadratic, wells, or a formula in the variables that are set")
    parser.add_argument("inputs", nargs="*")
    for option in ["--hessian", "--linear", "--wells", "--optimizer", "--backend"]:
        parser.add_argument(option)
    parser.add_argument("--steps", type=float, default=1000)
    parser.add_argument("--gradient-norm", type=float, default=1e-4)
    parser.add_argument("--divergence-radius", type=float, default=1e6)
    for option in ["--fixed-steps", "--largest"]:
        parser.add_argument(option, action="store_true")
    return parser.parse_intermixed_args(words)


def main(folder, words):
    if words[:2] != ["thalweg", "bench"]:
        sys.exit(f"{words} is not a call of thalweg bench")
    options = parse(words[2:])
    inputs = dict(pair.split("=", 1) for pair in options.inputs)
    folder.mkdir(parents=True, exist_ok=True)
    if options.loss == "quadratic":
        arrays = quadratic(options)
        dimension = arrays["linear"].shape[1]
    elif options.loss == "wells":
        arrays = wells(options.wells)
        dimension = (arrays["wells"].shape[1] - 1) // 2
    else:
        arrays = {}
        dimension = sum(name in inputs for name in "xyz")
        (folder / "formula.txt").write_text(options.loss)
    if options.optimizer:
        (folder / "optimizer.txt").write_text(options.optimizer)
    arrays["learning_rates"] = np.atleast_1d(values(inputs["lr"]))
    arrays["starts"] = starts(inputs, dimension)
    arrays["stop_rule"] = np.array([options.steps, options.gradient_norm, options.divergence_radius, options.fixed_steps])
    for name, array in arrays.items():
        np.save(folder / f"{name}.npy", np.ascontiguousarray(array, dtype=np.float32))


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
