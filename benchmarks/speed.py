"""How fast: each kind of work against its best peer in one run, both sides checked to have computed the same first.

python benchmarks/speed.py            the whole table; one core unless it says otherwise
python benchmarks/speed.py --quick    the same with little work: shows that it runs, and no more
NULLCLINE_NUMBA=0 python ...          without the compiler
"""

import argparse
import sys

import numpy as np
import peers
from nullcline.numeric import OU, fixed_points, simulate
from nullcline.numeric.accelerator import is_available
from nullcline.symbolic import RateModel
from timing import HEADS, Pair, row, side_by_side, table

MODEL = RateModel.single()


def trajectory(quick: bool) -> list[tuple[str, ...]]:
    steps, given = (500 if quick else 10_000), {"w": 5.0, "I_ext": 0.5, "dt": 0.1, "r_init": 0.2}
    ours = lambda: simulate(MODEL, T=steps * 0.1, **given).r  # noqa: E731
    tutorial = lambda: peers.tutorial_trajectory(steps, **given)  # noqa: E731
    same(ours(), tutorial(), 1e-13, "rates")
    work = f"one Euler trajectory, {steps:,} steps, the whole call"
    rows = [row(work, "the tutorial's loop", side_by_side(ours, tutorial, rounds=3 if quick else 15), 2.5)]
    if is_available():
        bare = peers.numba_trajectory()
        same(ours(), bare(steps, **given), 1e-13, "rates")
        pair = side_by_side(ours, lambda: bare(steps, **given), rounds=3 if quick else 25, repeat=1 if quick else 10)
        rows.append(row(work, "the bare loop, hand-written numba", pair, 0.9))
    return rows


def ensemble(quick: bool) -> list[tuple[str, ...]]:
    members, steps = (2_000, 50) if quick else (100_000, 1_000)
    r = np.linspace(0, 1, members)
    ours = lambda workers=1: simulate(  # noqa: E731
        MODEL, w=5.0, I_ext=0.5, T=steps * 0.1, dt=0.1, r_init=r, store="last", workers=workers
    ).r[:, 0]
    theirs = lambda: peers.numpy_ensemble(r, steps, 5.0, 0.5, 0.1)  # noqa: E731
    # A rounding of an ulp grows by at most e^(0.498 * 100) near the unstable point; elsewhere it contracts.
    near = np.abs(r - 0.4471192) < 1e-4
    same(ours()[~near], theirs()[~near], 1e-9, "last rates")
    work, floor = f"{members:,} initial values x {steps:,} Euler steps", 2.0 if is_available() else 0.9
    rows = [row(work, "NumPy in place", side_by_side(ours, theirs, rounds=3 if quick else 7), floor)]
    return [*rows, cores(work, ours, quick)]


def noise(quick: bool) -> list[tuple[str, ...]]:
    trials, steps = (500, 100) if quick else (10_000, 10_000 if is_available() else 1_000)
    given = {"w": 5.0, "I_ext": 0.56, "dt": 0.1}

    def ours(workers: int = 1):
        run = simulate(
            MODEL, T=steps * 0.1, noise=OU(0.7, 1.0), seed=1, trials=trials, store="last", workers=workers, **given
        )
        return run.r[:, 0], run.mean

    theirs = lambda: peers.numpy_noise(trials, steps, sigma=0.7, tau=1.0, r_init=0.2, seed=2, **given)  # noqa: E731
    # Other random numbers, the same distribution: the means agree within five standard errors.
    (_, a), (_, b) = ours(), theirs()
    same(a.mean(), b.mean(), 5 * np.hypot(a.std(), b.std()) / trials**0.5, "mean rates")
    work, floor = f"OU-driven: {trials:,} trials x {steps:,} steps, last state and mean", 2.0 if is_available() else 0.0
    rows = [row(work, "NumPy in place", side_by_side(ours, theirs, rounds=3), floor)]
    return [*rows, cores(work, ours, quick)]


def grid(quick: bool) -> list[tuple[str, ...]]:
    side = 32 if quick else 512
    w, I_ext = np.meshgrid(np.linspace(0, 10, side), np.linspace(-2, 4, side), indexing="ij")
    ours = lambda workers=1: fixed_points(MODEL, w=w[:, :1], I_ext=I_ext[:1], workers=workers)  # noqa: E731
    theirs = lambda: peers.numpy_split_bisect(w, I_ext)  # noqa: E731
    check_grid(ours(), *theirs())
    work = f"all fixed points and eigenvalues, {side} x {side} grid of (w, I_ext)"
    rounds = 3 if quick else 9
    rows = [row(work, "NumPy, split and bisect", side_by_side(ours, theirs, rounds=rounds), 1.0)]
    if is_available():
        bare = peers.numba_fixed_points()
        flat = w.ravel(), I_ext.ravel()
        r, eigenvalue, count = bare(*flat)
        check_grid(ours(), r.reshape(*w.shape, 3), eigenvalue.reshape(*w.shape, 3), count.reshape(w.shape))
        rows.append(row(work, "hand-written numba", side_by_side(ours, lambda: bare(*flat), rounds=rounds), 2.0))
    sample = np.random.default_rng(0).integers(0, side, (20 if quick else 300, 2))
    one = lambda: [peers.tutorial_fixed_points(w[i, j], I_ext[i, j]) for i, j in sample]  # noqa: E731
    found, truth = one(), ours().count
    missed = sum(len(f) < truth[i, j] for f, (i, j) in zip(found, sample, strict=True))
    pair = side_by_side(ours, one, rounds=3)
    scaled = Pair(pair.ours, pair.theirs * w.size / len(sample), tuple(r * w.size / len(sample) for r in pair.ratios))
    rows.append(row(work, f"the tutorial's finder, which misses {missed / len(sample):.0%} of the sets", scaled, 1.0))
    return [*rows, cores(work, ours, quick)]


def cores(work: str, ours, quick: bool) -> tuple[str, ...]:
    pair = side_by_side(lambda: ours(workers=2), lambda: ours(workers=1), rounds=3 if quick else 7)
    return row(work, "itself: two threads, one thread", pair, 1.7 if is_available() else 0.0)


def same(ours, theirs, bound: float, what: str) -> None:
    """End the benchmark where both sides did not compute the same."""
    difference = float(np.max(np.abs(np.asarray(ours) - np.asarray(theirs))))
    if not difference <= bound:
        sys.exit(f"not the same {what}: they differ by {difference:.3g}, more than {bound:.3g}")


def check_grid(found, r, eigenvalue, count) -> None:
    # Bisection of h decides by the sign of a rounded h: at a fold of the grid it may differ, nowhere else.
    agree = found.count == count
    if agree.mean() < 0.9999:
        sys.exit(f"not the same counts: {np.sum(~agree)} of {count.size} differ")
    ours, theirs = found.r[agree], r[agree]
    slope = np.abs(np.nan_to_num(found.eigenvalue[agree], nan=1.0))
    difference = np.nan_to_num(np.abs(ours - theirs[..., : ours.shape[-1]]))
    if not (difference <= 1e-13 / np.minimum(slope, 1.0)).all():
        sys.exit(f"not the same rates: they differ by {difference.max():.3g}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="little work, to show that it runs")
    quick = parser.parse_args().quick
    print(f"with{'' if is_available() else 'out'} numba")
    rows = [HEADS, *trajectory(quick), *ensemble(quick), *noise(quick), *grid(quick)]
    print(table(rows))


if __name__ == "__main__":
    main()
