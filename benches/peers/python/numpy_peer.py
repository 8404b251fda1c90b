"""NumPy: an array operation for every part of a step; see peer.py for how to call it."""

import os
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from peer import measure, statuses

BLOCK = 8192  # descents whose arrays stay in a core's second-level cache


def gradient(e):
    """The gradient at rows x of the descents `part`."""
    if e.wells is not None:
        return lambda x, part: wells_gradient(e, x)
    if e.is_shared:
        return lambda x, part: x @ e.hessian + e.linear
    return lambda x, part: np.einsum("nij,nj->ni", e.hessian[part], x) + e.linear[part]


def wells_gradient(e, x):
    offset, center, curvature = e.wells[:, 0], e.wells[:, 1:3], e.wells[:, 3:5]
    difference = x[:, None] - center
    height = 0.5 * (curvature * difference**2).sum(-1) + offset
    lowest = height.argmin(1)
    return curvature[lowest] * (x - center[lowest])


def ordinary(e, _device):
    """Whole arrays; what has ended is masked."""
    slope, rate = gradient(e), np.reshape(e.rate, (-1, 1))

    def fixed():
        x = e.x
        for _ in range(e.steps):
            x = x - rate * slope(x, slice(None))
        return x, None, None

    def until_stop():
        x, steps, alive = e.x, np.zeros(e.count, np.uint32), np.ones(e.count, bool)
        for step in range(e.steps + 1):
            g = slope(x, slice(None))
            converged, diverged = (g * g).sum(1) <= e.squared_tolerance, (x * x).sum(1) > e.squared_radius
            alive = alive & ~(converged | diverged)
            if step == e.steps or not alive.any():
                break
            x = np.where(alive[:, None], x - rate * g, x)
            steps += alive
        return x, steps, statuses(np, converged, diverged)

    return fixed if e.is_fixed else until_stop


def expert(e, _device):
    """Blocks that stay in cache, on all cores, updated in place; what has ended is left out of the arrays."""
    slope = gradient(e)
    rate = np.broadcast_to(np.float32(e.rate), e.count)[:, None]

    def fixed(part):
        x = e.x[part].copy()
        if e.wells is None and e.is_shared:
            g = np.empty_like(x)
            for _ in range(e.steps):
                np.matmul(x, e.hessian, out=g)
                g += e.linear
                g *= e.rate
                x -= g
        else:
            for _ in range(e.steps):
                g = slope(x, part)
                g *= e.rate
                x -= g
        return x, None, None

    def until_stop(part):
        x, eta = e.x[part].copy(), rate[part]
        points, steps, status = np.empty_like(x), np.empty(len(x), np.uint32), np.empty(len(x), np.uint8)
        index = np.arange(len(x))
        for step in range(e.steps + 1):
            g = slope(x, part)
            converged, diverged = np.einsum("ni,ni->n", g, g) <= e.squared_tolerance, np.einsum("ni,ni->n", x, x) > e.squared_radius
            ended = converged | diverged | (step == e.steps)
            if ended.any():
                gone, left = index[ended], ~ended
                points[gone], steps[gone], status[gone] = x[ended], step, statuses(np, converged[ended], diverged[ended])
                index, x, g, eta = index[left], x[left], g[left], eta[left]
                if len(index) == 0:
                    break
            g *= eta
            x -= g
        return points, steps, status

    # A product with a large matrix uses all cores by itself.
    block = BLOCK if e.dimension < 16 else e.count
    parts = [slice(first, first + block) for first in range(0, e.count, block)]

    def run():
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            points, steps, status = zip(*pool.map(fixed if e.is_fixed else until_stop, parts))
        return (np.concatenate(points), *(None if e.is_fixed else np.concatenate(part) for part in (steps, status)))

    return run


if __name__ == "__main__":
    measure("numpy", {"ordinary": ordinary, "expert": expert})
