"""JAX, on CPU or GPU; see peer.py for how to call it."""

import os
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import optax
from jax.sharding import PartitionSpec

from peer import Later, measure, statuses

BLOCK = 4096  # descents whose coordinates stay in a core's first- and second-level cache
UNROLLED = 8  # steps in the body of a loop, so that XLA fuses them


def loss(x, problem):
    """f(x) for one descent, x [D]."""
    if isinstance(problem, str):
        names = {"sin": jnp.sin, "cos": jnp.cos, "exp": jnp.exp, "sqrt": jnp.sqrt}
        return eval(problem, names, dict(zip("xyz", x)))  # the project's own list of workloads, nobody else's text
    if "wells" in problem:
        rows = problem["wells"]
        offset, center, curvature = rows[:, 0], rows[:, 1:3], rows[:, 3:5]
        return jnp.min(0.5 * (curvature * (x - center) ** 2).sum(-1) + offset)
    return 0.5 * x @ problem["hessian"] @ x + problem["linear"] @ x


def optimized(e, slope, x, unroll=1):
    """All steps of Optax's rule from x, given the gradient."""
    rule = {"adam": optax.adam}[e.optimizer](float(e.rate))

    def once(_, state):
        x, kept = state
        change, kept = rule.update(slope(x), kept, x)
        return optax.apply_updates(x, change), kept

    return jax.lax.fori_loop(0, e.steps, once, (x, rule.init(x)), unroll=unroll)[0]


def ordinary(e, _device):
    """vmap of grad, in a loop; where descents stop early, vmap of the whole while loop."""
    slope = jax.grad(loss) if e.formula is None else lambda x, _: jax.grad(loss)(x, e.formula)
    problem = {"wells": e.wells} if e.wells is not None else {"hessian": e.hessian, "linear": e.linear}
    in_axes = None if e.is_shared else 0
    rate = jnp.broadcast_to(e.rate, e.count)

    def fixed(x, rate, problem):
        if e.optimizer is not None:
            return optimized(e, lambda x: jax.vmap(slope, in_axes=(0, in_axes))(x, problem), x), None, None
        step = lambda x, rate, problem: x - rate * slope(x, problem)
        batch = jax.vmap(step, in_axes=(0, 0, in_axes))
        return jax.lax.fori_loop(0, e.steps, lambda _, x: batch(x, rate, problem), x), None, None

    def descend(x, rate, problem):
        def ends(x):
            g = slope(x, problem)
            return g @ g <= e.squared_tolerance, x @ x > e.squared_radius

        def goes_on(state):
            x, step = state
            converged, diverged = ends(x)
            return ~converged & ~diverged & (step < e.steps)

        x, step = jax.lax.while_loop(goes_on, lambda state: (state[0] - rate * slope(state[0], problem), state[1] + 1), (x, 0))
        return x, step, statuses(jnp, *ends(x))

    compiled = jax.jit(fixed if e.is_fixed else jax.vmap(descend, in_axes=(0, 0, in_axes)))
    arguments = jax.device_put((e.x, rate, problem))
    return lambda: jax.block_until_ready(compiled(*arguments))


def quadratic_slope(a, b, x):
    """Coordinates are arrays of their own, so that XLA fuses a step into one loop over descents."""
    dimension = range(len(x))
    return [sum((a[i][j] * x[j] for j in dimension if a[i][j] is not None), b[i]) for i in dimension]


def wells_slope(rows, x):
    lowest, g = None, None
    for offset, *row in rows:
        center, curvature = row[:2], row[2:]
        slope = [k * (x - c) for k, x, c in zip(curvature, x, center)]
        height = 0.5 * sum(s * (x - c) for s, x, c in zip(slope, x, center)) + offset
        if lowest is None:
            lowest, g = height, slope
        else:
            is_lower = height < lowest
            lowest, g = jnp.where(is_lower, height, lowest), [jnp.where(is_lower, s, g) for s, g in zip(slope, g)]
    return g


def formula_slope(formula, x):
    """By grad: what a formula is by hand, XLA finds."""
    ones = [jnp.ones_like(x) for x in x]
    return list(jax.vjp(lambda *x: loss(x, formula), *x)[1](ones[0]))


def few_variables(e, device):
    """Gradient by hand on one array a coordinate; blocks in cache, spread over the cores, each ending with its last descent."""
    dimension = range(e.dimension)
    block = BLOCK if device == "cpu" else e.count
    devices = jax.device_count() if device == "cpu" else 1
    total = -(-e.count // (block * devices)) * block * devices
    cut = lambda values: np.resize(values, total).reshape(-1, block)
    data = {"x": [cut(e.x[:, i]) for i in dimension], "rate": cut(np.broadcast_to(e.rate, e.count)) if np.ndim(e.rate) else None}
    if not e.is_shared:
        data["a"] = [[cut(e.hessian[:, i, j]) for j in dimension] for i in dimension]
        data["b"] = [cut(e.linear[:, i]) for i in dimension]

    def slope(x, block):
        if e.formula is not None:
            return formula_slope(e.formula, x)
        if e.wells is not None:
            return wells_slope(e.wells.tolist(), x)
        if not e.is_shared:
            return quadratic_slope(block["a"], block["b"], x)
        entries = [[a if a != 0 else None for a in row] for row in e.hessian.tolist()]
        return quadratic_slope(entries, e.linear.tolist(), x)

    def step(x, g, rate):
        return [x - rate * g for x, g in zip(x, g)]

    def fixed(block):
        if e.optimizer is not None:
            return optimized(e, lambda x: slope(x, block), block["x"], UNROLLED), None, None
        rate = float(e.rate) if block["rate"] is None else block["rate"]
        once = lambda _, x: step(x, slope(x, block), rate)
        return jax.lax.fori_loop(0, e.steps, once, block["x"], unroll=UNROLLED), None, None

    def until_stop(block):
        rate = float(e.rate) if block["rate"] is None else block["rate"]

        def ends(x):
            g = slope(x, block)
            return sum(g * g for g in g) <= e.squared_tolerance, sum(x * x for x in x) > e.squared_radius

        def advance(_, state):
            x, steps, count = state
            converged, diverged = ends(x)
            alive = ~(converged | diverged) & (count < e.steps)
            moved = step(x, slope(x, block), jnp.where(alive, rate, 0))
            return moved, steps + alive, count + 1

        goes_on = lambda state: (state[2] < e.steps) & ~jnp.all(jnp.logical_or(*ends(state[0])))
        several = lambda state: jax.lax.fori_loop(0, UNROLLED, advance, state, unroll=True)
        x, steps, _ = jax.lax.while_loop(goes_on, several, (block["x"], jnp.zeros(block["x"][0].shape, jnp.int32), 0))
        return x, steps, statuses(jnp, *ends(x))

    mesh = jax.make_mesh((devices,), ("cores",))
    spread = PartitionSpec("cores")
    blocks = partial(jax.lax.map, fixed if e.is_fixed else until_stop)
    compiled = jax.jit(jax.shard_map(blocks, mesh=mesh, in_specs=spread, out_specs=spread, check_vma=False))
    data = jax.device_put(data, jax.NamedSharding(mesh, spread))

    def run():
        x, steps, status = jax.block_until_ready(compiled(data))
        flat = lambda values: np.asarray(values).reshape(-1)[: e.count]
        later = lambda values: None if values is None else Later(lambda: flat(values))
        return Later(lambda: np.stack([flat(x) for x in x], axis=1)), later(steps), later(status)

    return run


def many_variables(e, _device):
    """A product of matrices for each step of all descents; what has ended is masked."""
    rate = np.reshape(e.rate, (-1, 1))
    x = jax.device_put(e.x)
    slope = lambda x: x @ e.hessian + e.linear

    def fixed(x):
        return jax.lax.fori_loop(0, e.steps, lambda _, x: x - rate * slope(x), x), None, None

    def until_stop(x):
        def ends(x):
            g = slope(x)
            return (g * g).sum(1) <= e.squared_tolerance, (x * x).sum(1) > e.squared_radius

        def advance(state):
            x, steps, count, alive = state
            x = jnp.where(alive[:, None], x - rate * slope(x), x)
            converged, diverged = ends(x)
            return x, steps + alive, count + 1, alive & ~(converged | diverged)

        goes_on = lambda state: (state[2] < e.steps) & state[3].any()
        alive = ~jnp.logical_or(*ends(x))
        x, steps, _, _ = jax.lax.while_loop(goes_on, advance, (x, jnp.zeros(e.count, jnp.int32), 0, alive))
        return x, steps, statuses(jnp, *ends(x))

    compiled = jax.jit(fixed if e.is_fixed else until_stop)
    return lambda: jax.block_until_ready(compiled(x))


def expert(e, device):
    return few_variables(e, device) if e.dimension <= 4 else many_variables(e, device)


def on(variant, spreads):
    """`variant` on the device asked for; JAX takes a core for a device of its own where `spreads`."""

    def prepare(e, device):
        jax.config.update("jax_platforms", {"cpu": "cpu", "gpu": "cuda"}[device])
        jax.config.update("jax_default_matmul_precision", "highest")
        if device == "cpu" and spreads and e.dimension <= 4:
            jax.config.update("jax_num_cpu_devices", os.cpu_count())
        return variant(e, device)

    return prepare


if __name__ == "__main__":
    measure("jax", {"ordinary": on(ordinary, spreads=False), "expert": on(expert, spreads=True)})
