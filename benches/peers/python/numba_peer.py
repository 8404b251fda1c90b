"""Numba: a scalar loop for each descent, compiled, on all cores; see peer.py for how to call it."""

import numpy as np
from numba import njit, prange

from peer import CONVERGED, DIVERGED, EXHAUSTED, measure

OPTIONS = {"parallel": True, "fastmath": True}


@njit(**OPTIONS)
def plane(starts, rates, a, b, is_fixed, limit, tolerance, radius, points, steps, status):
    for n in prange(len(starts)):
        x, y, rate = starts[n, 0], starts[n, 1], rates[n]
        step, ending = 0, EXHAUSTED
        while True:
            gx, gy = a[0, 0] * x + a[0, 1] * y + b[0], a[1, 0] * x + a[1, 1] * y + b[1]
            if not is_fixed:
                if gx * gx + gy * gy <= tolerance:
                    ending = CONVERGED
                    break
                if x * x + y * y > radius:
                    ending = DIVERGED
                    break
            if step == limit:
                break
            x, y = x - rate * gx, y - rate * gy
            step += 1
        points[n, 0], points[n, 1], steps[n], status[n] = x, y, step, ending


@njit(**OPTIONS)
def wells(starts, rates, rows, limit, tolerance, radius, points, steps, status):
    for n in prange(len(starts)):
        x, y, rate = starts[n, 0], starts[n, 1], rates[n]
        step, ending = 0, EXHAUSTED
        while True:
            lowest, gx, gy = np.float32(np.inf), np.float32(0), np.float32(0)
            for w in range(len(rows)):
                dx, dy = x - rows[w, 1], y - rows[w, 2]
                sx, sy = rows[w, 3] * dx, rows[w, 4] * dy
                height = np.float32(0.5) * (dx * sx + dy * sy) + rows[w, 0]
                if height < lowest:
                    lowest, gx, gy = height, sx, sy
            if gx * gx + gy * gy <= tolerance:
                ending = CONVERGED
                break
            if x * x + y * y > radius:
                ending = DIVERGED
                break
            if step == limit:
                break
            x, y = x - rate * gx, y - rate * gy
            step += 1
        points[n, 0], points[n, 1], steps[n], status[n] = x, y, step, ending


@njit(fastmath=True)
def descend(x, g, rate, a, b, is_fixed, limit, tolerance, radius):
    """Moves x to its end, with room for the gradient in g; returns steps and status."""
    for step in range(limit + 1):
        slope, distance = np.float32(0), np.float32(0)
        for i in range(len(x)):
            total = b[i]
            for j in range(len(x)):
                total += a[i, j] * x[j]
            g[i] = total
            slope += total * total
            distance += x[i] * x[i]
        if not is_fixed and slope <= tolerance:
            return step, CONVERGED
        if not is_fixed and distance > radius:
            return step, DIVERGED
        if step < limit:
            for i in range(len(x)):
                x[i] -= rate * g[i]
    return limit, EXHAUSTED


@njit(**OPTIONS)
def space(starts, rates, a, b, is_fixed, limit, tolerance, radius, points, steps, status):
    """Any number of variables; a and b have one item for all descents or one for each."""
    for n in prange(len(starts)):
        p = min(np.int64(n), len(a) - 1)
        points[n] = starts[n]
        g = np.empty(starts.shape[1], np.float32)
        steps[n], status[n] = descend(points[n], g, rates[n], a[p], b[p], is_fixed, limit, tolerance, radius)


def ordinary(e, _device):
    points, steps, status = np.empty_like(e.x), np.empty(e.count, np.uint32), np.empty(e.count, np.uint8)
    rates = np.broadcast_to(np.float32(e.rate), e.count).copy()
    rule, results = (e.steps, e.squared_tolerance, e.squared_radius), (points, steps, status)

    def run():
        if e.wells is not None:
            wells(e.x, rates, e.wells, *rule, *results)
        elif e.dimension == 2:
            plane(e.x, rates, e.hessian, e.linear, e.is_fixed, *rule, *results)
        else:
            hessians, linear = e.hessian.reshape(-1, e.dimension, e.dimension), e.linear.reshape(-1, e.dimension)
            space(e.x, rates, hessians, linear, e.is_fixed, *rule, *results)
        return (points, None, None) if e.is_fixed else results

    return run


if __name__ == "__main__":
    measure("numba", {"ordinary": ordinary})
