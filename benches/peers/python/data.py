"""Makes the data files that the workloads name, the same ones every time: python data.py FOLDER."""

import sys
from pathlib import Path

import numpy as np

TOLERANCE = 1e-4  # of the gradient norm, thalweg's default


def rotations(generator, count, dimension):
    """Random orthogonal matrices, [count, dimension, dimension]."""
    return np.linalg.qr(generator.normal(size=(count, dimension, dimension)))[0]


def hessians(rotation, eigenvalues):
    """Q diag(eigenvalues) Qᵀ in f32, symmetric bit for bit."""
    matrices = (rotation * eigenvalues[..., None, :]) @ np.swapaxes(rotation, -1, -2)
    return (0.5 * (matrices + np.swapaxes(matrices, -1, -2))).astype(np.float32)


def dense(folder, dimension, count):
    """One Hessian of condition 20 for all, eigenvalues 0.05 to 1, so that a hundred steps of 0.1 end well short of the minimum."""
    generator = np.random.default_rng(dimension)
    rotation = rotations(generator, 1, dimension)[0]
    np.save(folder / f"quad{dimension}.npy", hessians(rotation, np.geomspace(0.05, 1, dimension)))
    np.save(folder / f"quad{dimension}-starts.npy", generator.normal(size=(count, dimension)).astype(np.float32))


def own(folder, dimension, count):
    """A quadratic for each descent."""
    generator = np.random.default_rng(0)
    eigenvalues = generator.uniform(0.2, 5, size=(count, dimension))
    np.save(folder / f"own{dimension}.npy", hessians(rotations(generator, count, dimension), eigenvalues))
    np.save(folder / f"own{dimension}-linear.npy", generator.uniform(-1, 1, size=(count, dimension)).astype(np.float32))


def skewed_steps(generator, count):
    """Half take at most 10 steps, 1 % take 10 000, the rest anything between, evenly on a logarithmic scale; in random order."""
    half, few = count // 2, count // 100
    short = generator.integers(1, 11, size=half)
    between = np.exp(generator.uniform(np.log(10), np.log(10_000), size=count - half - few)).astype(int)
    return generator.permutation(np.concatenate([short, between, np.full(few, 10_000)]))


def skew(folder, dimension, count, learning_rate):
    """Starts that take as many steps as wanted: along an eigenvector of eigenvalue m the gradient after k steps is m z (1 − ηm)ᵏ.

    What stands along the other eigenvectors is below the tolerance from the start.
    """
    generator = np.random.default_rng(100 + dimension)
    eigenvalues = np.geomspace(0.01, 10, dimension)
    rotation = rotations(generator, 1, dimension)[0]
    steps = skewed_steps(generator, count)
    modes = generator.normal(size=(count, dimension)) * 0.05 * TOLERANCE / eigenvalues
    shrink = np.log1p(-learning_rate * eigenvalues[0])
    modes[:, 0] = np.sign(modes[:, 0]) * TOLERANCE / eigenvalues[0] * np.exp(-(steps - 0.5) * shrink)
    name = "skew" if dimension == 8 else f"skew{dimension}"
    np.save(folder / f"{name}.npy", hessians(rotation, eigenvalues))
    np.save(folder / f"{name}-starts.npy", (modes @ rotation.T).astype(np.float32))


def main(folder):
    folder.mkdir(parents=True, exist_ok=True)
    dense(folder, 16, 2**17)
    dense(folder, 128, 2**14)
    own(folder, 4, 2**18)
    skew(folder, 8, 2**18, learning_rate=0.1)
    skew(folder, 2, 2**18, learning_rate=0.1)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
