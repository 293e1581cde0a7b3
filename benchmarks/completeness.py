"""How complete: fixed points of random parameter sets against a truth in ball arithmetic: missed, false, listed twice.

    python benchmarks/completeness.py                   a million sets in four regions, and every distance from a fold
    python benchmarks/completeness.py --sets 4000       fewer

The truth is the closed form of the fold inputs (theory, section 3), evaluated in balls until they do not touch I; each
root found is held against a certified change of sign of h within the conditioning of the problem. The tutorial's finder
is run on a sample of each region for comparison.
"""

import argparse
import itertools
import sys

import flint
import numpy as np
import peers
from flint import arb
from nullcline.numeric import fixed_points
from nullcline.symbolic import RateModel
from timing import table

REGIONS = {
    "the tutorial's sliders": {"w": (1, 7), "I_ext": (0, 3), "a": (0.3, 3), "theta": (2, 4)},
    "a bistable strip": {"w": (4, 8), "I_ext": (0, 1.2), "a": (1, 2), "theta": (2, 4)},
    "steep": {"w": (-5, 10), "I_ext": (-3, 3), "a": (5, 50), "theta": (-2, 4)},
    "inhibitory": {"w": (-20, 0), "I_ext": (-2, 4), "a": (0.3, 3), "theta": (-2, 4)},
}
MODEL = RateModel.single()
EPS = 2.0**-52


def folds(w: float, a: float, theta: float) -> tuple[arb, arb] | None:
    """Return balls around I_low and I_high; None where there is no fold, a w <= 4."""
    aw = arb(a) * arb(w)
    if aw <= 4:
        return None
    if not aw > 4:
        raise ArithmeticError("a w is too near 4 for this precision")
    q, c = (1 - 4 / aw).sqrt(), 1 / (1 + (arb(a) * arb(theta)).exp())
    middle = arb(theta) + arb(w) * c - arb(w) / 2
    half = arb(w) * q / 2 - 2 / arb(a) * q.atanh()
    return middle - half, middle + half


def true_count(w: float, I_ext: float, a: float, theta: float) -> int:
    """Return the number of fixed points, decided by balls that do not touch."""
    kept = flint.ctx.prec
    try:
        for bits in (64, 128, 512, 4096):
            flint.ctx.prec = bits
            try:
                ends = folds(w, a, theta)
            except ArithmeticError:
                continue
            if ends is None or arb(I_ext) < ends[0] or arb(I_ext) > ends[1]:
                return 1
            if ends[0] < arb(I_ext) < ends[1]:
                return 3
    finally:
        flint.ctx.prec = kept
    raise ArithmeticError(f"w={w!r}, I_ext={I_ext!r}, a={a!r}, theta={theta!r} is at a fold")


def is_root(x: float, rising: bool, slope: float, w: float, I_ext: float, a: float, theta: float) -> bool:
    """Whether h changes sign, in balls, within what a rounding of each term moves the root by."""
    reach = 64 * EPS * (abs(x) + abs(I_ext) + abs(w) + abs(theta)) / min(slope, 1.0)
    before, after = (
        arb(x + s)
        - arb(I_ext)
        - arb(w) * (logistic(arb(a) * (arb(x + s) - arb(theta))) - logistic(-arb(a) * arb(theta)))
        for s in (-reach, reach)
    )
    return bool(before < 0 < after) if rising else bool(after < 0 < before)


def logistic(u: arb) -> arb:
    return 1 / (1 + (-u).exp())


def examined(sets: dict[str, np.ndarray]) -> tuple[int, int, int]:
    """Return how many fixed points are missed, false, and listed twice."""
    found = fixed_points(MODEL, **sets)
    missed = false = twice = 0
    flint.ctx.prec = 100
    columns = [sets[name].tolist() for name in ("w", "I_ext", "a", "theta")]
    counts, complete = found.count.tolist(), found.complete.tolist()
    rows = zip(found.x.tolist(), found.eigenvalue.tolist(), counts, complete, *columns, strict=True)
    for xs, eigenvalues, count, is_complete, *given in rows:
        truth = true_count(*given)
        missed += max(truth - count, 0) + (not is_complete)
        false += max(count - truth, 0)
        false += sum(
            not is_root(x, e < 0, abs(e), *given) for x, e in zip(xs[:count], eigenvalues[:count], strict=True)
        )
        twice += sum(not a < b for a, b in itertools.pairwise(xs[:count]))
    return missed, false, twice


def tutorial_misses(sets: dict[str, np.ndarray], sample: int) -> float:
    """Return the share of sets of which the tutorial's finder misses a fixed point."""
    missed = 0
    kept = peers.A, peers.THETA
    for w, I_ext, a, theta in list(zip(*(sets[n] for n in ("w", "I_ext", "a", "theta")), strict=True))[:sample]:
        peers.A, peers.THETA = a, theta
        missed += len(peers.tutorial_fixed_points(w, I_ext)) < true_count(w, I_ext, a, theta)
    peers.A, peers.THETA = kept
    return missed / sample


def near_folds(distance: float, sets: int, random: np.random.Generator) -> dict[str, np.ndarray]:
    """Return sets at a distance from a fold, inside and outside of it in turn."""
    a, theta = random.uniform(0.5, 3, sets), random.uniform(-2, 4, sets)
    w = (4 + 10 ** random.uniform(-1, 1, sets)) / a
    I_ext = np.empty(sets)
    flint.ctx.prec = 200
    for i in range(sets):
        ends = folds(float(w[i]), float(a[i]), float(theta[i]))
        assert ends is not None
        I_ext[i] = float((ends[i % 2] + (distance if (i // 2) % 2 else -distance)).mid())
    return {"w": w, "I_ext": I_ext, "a": a, "theta": theta}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sets", type=int, default=1_000_000, help="parameter sets, over all regions")
    sets = parser.parse_args().sets
    rows = [("parameter sets", "number", "missed", "false", "twice", "the tutorial's finder misses")]
    failures = 0
    for number, (name, ranges) in enumerate(REGIONS.items()):
        random = np.random.default_rng(number)
        drawn = {p: random.uniform(*r, sets // 4) for p, r in ranges.items()}
        outcome = examined(drawn)
        failures += sum(outcome)
        share = tutorial_misses(drawn, min(sets // 40, 2000))
        rows.append((name, f"{sets // 4:,}", *map(str, outcome), f"{share:.1%}"))
    random = np.random.default_rng(99)
    each = max(sets // 500, 40)
    for exponent in range(-1, -13, -1):
        outcome = examined(near_folds(10.0**exponent, each, random))
        failures += sum(outcome)
        rows.append((f"1e{exponent} from a fold", f"{each:,}", *map(str, outcome), ""))
    print(table(rows))
    if failures:
        sys.exit(1)


if __name__ == "__main__":
    main()
