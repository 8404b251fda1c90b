"""PyTorch, on CPU or GPU; see peer.py for how to call it."""

import torch

from peer import Later, measure, statuses


def loss(x, wells, hessian, linear):
    """f(x) for one descent, x [D]."""
    if wells is not None:
        offset, center, curvature = wells[:, 0], wells[:, 1:3], wells[:, 3:5]
        return (0.5 * (curvature * (x - center) ** 2).sum(-1) + offset).min()
    return 0.5 * x @ hessian @ x + linear @ x


class Tensors:
    """An experiment's arrays on the device."""

    def __init__(self, e, device):
        torch.backends.cuda.matmul.allow_tf32 = False
        place = {"cpu": "cpu", "gpu": "cuda"}[device]
        tensor = lambda array: torch.as_tensor(array, device=place)
        self.x = tensor(e.x)
        self.rate = tensor(e.rate).reshape(-1, 1)
        self.wells = None if e.wells is None else tensor(e.wells)
        self.hessian, self.linear = (None, None) if e.wells is not None else (tensor(e.hessian), tensor(e.linear))


def slope_by_grad(e, tensors):
    shared = None if e.is_shared else 0
    batch = torch.func.vmap(torch.func.grad(loss), in_dims=(0, None, shared, shared))
    return lambda x, _: batch(x, tensors.wells, tensors.hessian, tensors.linear)


def slope_by_hand(e, tensors):
    if e.wells is not None:
        offset, center, curvature = tensors.wells[:, 0], tensors.wells[:, 1:3], tensors.wells[:, 3:5]

        def wells(x, _):
            height = 0.5 * (curvature * (x[:, None] - center) ** 2).sum(-1) + offset
            lowest = height.argmin(1)
            return curvature[lowest] * (x - center[lowest])

        return wells
    if e.is_shared:
        return lambda x, _: torch.addmm(tensors.linear, x, tensors.hessian)
    return lambda x, left: (tensors.hessian[left] * x[:, None]).sum(-1) + tensors.linear[left]


def with_slope(make_slope):
    """A variant: whole batches, eagerly; what has ended is left out of them."""

    def prepare(e, device):
        tensors = Tensors(e, device)
        slope = make_slope(e, tensors)

        def synchronized(result):
            if device == "gpu":
                torch.cuda.synchronize()
            return tuple(None if part is None else Later(part.cpu) for part in result)

        def fixed():
            x = tensors.x.clone()
            for _ in range(e.steps):
                x -= tensors.rate * slope(x, slice(None))
            return x, None, None

        def ends(g, x):
            return (g * g).sum(1) <= float(e.squared_tolerance), (x * x).sum(1) > float(e.squared_radius)

        def until_stop():
            x, rate = tensors.x.clone(), tensors.rate.expand(e.count, 1)
            points, steps = torch.empty_like(x), torch.empty(e.count, dtype=torch.int32, device=x.device)
            status = torch.empty_like(steps)
            left = torch.arange(e.count, device=x.device)
            for step in range(e.steps + 1):
                g = slope(x, left)
                converged, diverged = ends(g, x)
                ended = converged | diverged
                if step == e.steps or ended.any():
                    ended = torch.ones_like(ended) if step == e.steps else ended
                    gone, stay = left[ended], ~ended
                    points[gone], steps[gone] = x[ended], step
                    status[gone] = statuses(torch, converged[ended], diverged[ended]).int()
                    left, x, g, rate = left[stay], x[stay], g[stay], rate[stay]
                    if len(left) == 0:
                        break
                x -= rate * g
            return points, steps, status

        return lambda: synchronized(fixed() if e.is_fixed else until_stop())

    return torch.no_grad()(prepare)


if __name__ == "__main__":
    measure("torch", {"ordinary": with_slope(slope_by_grad), "expert": with_slope(slope_by_hand)})
