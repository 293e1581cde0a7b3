"""How right: the largest error known of each numeric function, hunted for by random search and then locally.

    python benchmarks/accuracy.py                      all catalogue functions, 20,000 points and 400 climbs each
    python benchmarks/accuracy.py --points 500         fewer

Errors are in units in the last place of the truth, which comes from balls that are far narrower (tests/truth.py).
Inputs are any doubles; parameters have magnitudes from 1e-6 to 1e6. A climb starts at one of the worst points and
moves x and the parameters by small and large steps for as long as the error grows.
"""

import argparse
import math
import sys
from pathlib import Path

import numpy as np
from nullcline.numeric.transfer_kernels import transfer_kernels
from nullcline.symbolic import transfer
from timing import table

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))
import truth

# What is claimed: docs/accuracy.md says where each holds. F_inverse: the backward error beyond F'(x) ulp(x).
BOUNDS = {
    "sigmoid": {"F": 8, "dF": 8, "d2F": 16, "F_inverse": 8},
    "tanh": {"F": 8, "dF": 8, "d2F": 16, "F_inverse": 8},
    "relu": {"F": 2, "dF": 0, "F_inverse": 2},
    "softplus": {"F": 4, "dF": 5, "d2F": 10, "F_inverse": 4},
    "erf": {"F": 16, "dF": 8, "d2F": 10, "F_inverse": 16},
    "power": {"F": 4, "dF": 4, "d2F": 5, "F_inverse": 4},
    "naka_rushton": {"F": 6, "dF": 8, "F_inverse": 4},
}
TINY, LARGE = 2.2250738585072014e-308, 1.7976931348623157e308


def drawn(name: str, n: int, random: np.random.Generator) -> list[tuple[float, ...]]:
    """Return n points (x, parameters...): around the threshold, in the tails, near 0, and of every magnitude."""
    size = lambda low, high: 10 ** random.uniform(low, high, n)  # noqa: E731
    either = lambda a, b: np.where(random.random(n) < 0.5, a, b)  # noqa: E731
    theta = either(random.normal(size=n) * size(-6, 6), random.uniform(-5, 5, n)).clip(-1e6, 1e6)
    # Without a threshold x - theta may be as small as x, down to the last bit of the doubles.
    theta[random.random(n) < 0.1] = 0.0
    gain = either(size(-6, 6), size(-1, 2))
    exponent = 1 + size(-2, 1.3)
    shape, centre, width = {
        "sigmoid": ((gain, theta), theta, 1 / gain),
        "tanh": ((gain, theta), theta, 1 / gain),
        "relu": ((gain, theta), theta, 1 + abs(theta)),
        "softplus": ((gain, either(size(-6, 6), size(-1, 2)), theta), theta, 1 / gain),
        "erf": ((theta, either(size(-6, 6), size(-1, 1))), theta, gain),
        "power": ((size(-3, 3), exponent, theta), theta, 1 + abs(theta)),
        "naka_rushton": ((size(-3, 3), size(-3, 3), exponent), 0 * theta, gain),
    }[name]
    if name in ("softplus", "erf"):
        width = 1 / shape[1] if name == "softplus" else shape[1]
    kind = random.integers(0, 6, n)
    x = np.select(
        [kind == 0, kind == 1, kind == 2, kind == 3, kind == 4],
        [
            centre + width * random.normal(size=n) * 3,
            width * random.normal(size=n) * size(-20, 0),
            centre + width * random.uniform(-760, 760, n),
            random.choice([-1.0, 1.0], n) * size(-307, 308),
            random.choice([-1.0, 1.0], n) * size(-323, -280),
        ],
        random.uniform(-1000, 1000, n),
    )
    return [tuple(map(float, row)) for row in zip(x, *shape, strict=True)]


def is_claimed(name: str, function: str, point: tuple[float, ...]) -> bool:
    """Whether a bound is stated for a point (docs/accuracy.md)."""
    x, *shape = point
    if not all(map(math.isfinite, point)) or any(not 1e-6 <= abs(p) <= 1e6 for p in shape if p != 0.0):
        return False
    if name == "softplus":
        return function == "d2F" or shape[1] * (x - shape[2]) > -700
    if name == "power":
        base = x - shape[2]
        return base > 0 and abs((shape[1] + 2) * math.log(base)) < 690
    if name == "naka_rushton":
        return x > 0 and abs((shape[2] + 2) * (math.log(x) - math.log(shape[1]))) < 690
    if name == "relu":
        return x > shape[1]
    return True


def error(name: str, function: str, point: tuple[float, ...]) -> float:
    """Return the error at a point in units in the last place; 0 where nothing is claimed."""
    kernels = transfer_kernels(transfer.catalogue[name])
    x, *shape = point
    if any(p <= 0 for p, declared in zip(shape, kernels.transfer.parameters, strict=True) if declared.minimum == 0.0):
        return 0.0
    if any(p <= 1 for p, declared in zip(shape, kernels.transfer.parameters, strict=True) if declared.minimum == 1.0):
        return 0.0
    if function == "F_inverse":
        return inverse_error(name, point)
    if not is_claimed(name, function, point):
        return 0.0
    value = float(getattr(kernels, function)(np.asarray(x), *map(np.asarray, shape)))
    order = ("F", "dF", "d2F").index(function)
    exact = truth.exact(name, x, tuple(shape), order)
    nearest = float(exact.mid())
    if abs(nearest) < TINY:
        # No digits are claimed there, but that it is as small.
        return 0.0 if abs(value) <= 2 * TINY else math.inf
    if abs(nearest) > LARGE:
        return 0.0
    return truth.error_in_ulp(value, exact)


def inverse_error(name: str, point: tuple[float, ...]) -> float:
    """Return |F(F_inverse(y)) - y| - F' ulp(x) in ulp(y), for y = F(x) as it is computed."""
    kernels = transfer_kernels(transfer.catalogue[name])
    x, *shape = point
    if not is_claimed(name, "F", point):
        return 0.0
    own = list(map(np.asarray, shape))
    y = float(kernels.F(np.asarray(x), *own))
    if not float(kernels.low(*own)) < y < float(kernels.high(*own)) or abs(y) < 1e-290:
        return 0.0
    back = float(kernels.F_inverse(np.asarray(y), *own))
    if not math.isfinite(back) or not is_claimed(name, "F", (back, *shape)):
        return 0.0
    exact = truth.exact(name, back, tuple(shape), 0)
    slope = float(kernels.dF(np.asarray(back), *own))
    return max(
        truth.error_in_units(y, exact, np.spacing(abs(y))) - slope * np.spacing(abs(back)) / np.spacing(abs(y)), 0
    )


def hunted(name: str, function: str, points: int, climbs: int) -> tuple[float, tuple[float, ...]]:
    """Return the largest error found and where."""
    random = np.random.default_rng([ord(c) for c in name + function])
    candidates = drawn(name, points, random)
    errors = [error(name, function, p) for p in candidates]
    order = np.argsort(errors)[::-1][:climbs]
    worst = (errors[order[0]], candidates[order[0]])
    for i in order:
        size, here = errors[i], candidates[i]
        for _ in range(30):
            step = 10.0 ** random.uniform(-16, -1)
            moved = tuple(v * (1 + step * random.normal()) if random.random() < 0.6 else v for v in here)
            found = error(name, function, moved)
            if found > size:
                size, here = found, moved
        worst = max(worst, (size, here))
    return worst


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--points", type=int, default=20_000, help="random points for each function")
    points = parser.parse_args().points
    rows = [("transfer function", "function", "largest error known", "bound", "at x and parameters")]
    failures = 0
    for name, bounds in BOUNDS.items():
        for function, bound in bounds.items():
            size, place = hunted(name, function, points, max(points // 50, 5))
            failures += size > bound
            rows.append((name, function, f"{size:.2f}", f"{bound}", ", ".join(f"{v:.17g}" for v in place)))
    print(table(rows))
    if failures:
        sys.exit(1)


if __name__ == "__main__":
    main()
