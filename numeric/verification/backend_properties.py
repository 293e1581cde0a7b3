"""What must hold of the two ways to compute: loops compiled by numba, and NumPy and Python."""

import importlib.util
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import mpmath
import numpy as np

from ..fixed_points import fixed_points
from ..integrators import simulate
from .bounds import SECOND_ORDER
from .run_properties import exact_steps
from .search import Case, Judge, Property, hypothesis
from .subject import Subject, finite

_STEPS = 4
# A grid of at least as many parameter sets is searched by compiled loops.
_MANY = 20_000


def _no_numba(subject: Subject) -> str | None:
    if importlib.util.find_spec("numba") is None:
        return "compiled loops need numba: pip install 'nullcline[fast]'"
    if os.environ.get("NULLCLINE_NUMBA", "1") == "0":
        return "NULLCLINE_NUMBA=0 switches compiled loops off"
    return None


@contextmanager
def _without_numba() -> Iterator[None]:
    kept = os.environ.get("NULLCLINE_NUMBA")
    os.environ["NULLCLINE_NUMBA"] = "0"
    try:
        yield
    finally:
        if kept is None:
            del os.environ["NULLCLINE_NUMBA"]
        else:
            os.environ["NULLCLINE_NUMBA"] = kept


def _members(subject: Subject) -> dict[str, Any]:
    st = hypothesis().strategies
    start = st.lists(st.floats(-0.5, 1.5), min_size=2 * subject.size, max_size=2 * subject.size)
    return {"h": st.floats(0.02, 0.8), "r_init": start}


def _same_runs(subject: Subject, case: Case, judge: Judge) -> None:
    """Both routes round the same steps: each is within the running bound of the run with fifty digits."""
    p, n = case["parameters"], subject.size
    dt = case["h"] * min(subject.tau(i, p) for i in range(n))
    starts = np.array(case["r_init"]).reshape(2, n)
    given = starts[:, 0] if subject.model.is_single else starts
    time: dict[str, Any] = {"T": (_STEPS + 0.5) * dt, "dt": dt, "r_init": given, **p}
    compiled = simulate(subject.model, **time)
    with _without_numba():
        plain = simulate(subject.model, **time)
    for member in (0, 1):
        with mpmath.workdps(50):
            truth = exact_steps(subject, p, plain.dt, "euler", starts[member].tolist(), [[0.0] * n] * _STEPS)
        one, other = (subject.rates_of(run.r)[member] for run in (compiled, plain))
        for k, row in enumerate(truth):
            for i, r in enumerate(row):
                finite(judge, r.value)
                bound = 2 * SECOND_ORDER * r.bound
                judge.assume(bound < 1e-3)
                told = {"step": k, "population": subject.names[i], "exact": float(r.value)}
                for name, rates in (("compiled", one), ("NumPy", other)):
                    judge.within(
                        abs(mpmath.mpf(float(rates[k, i])) - r.value), bound, **told, **{name: float(rates[k, i])}
                    )


def _same_points(subject: Subject, case: Case, judge: Judge) -> None:
    """A large grid of inputs around the drawn one: as many fixed points of each kind, and the same ones.

    Beside a fold, at sets that either route leaves open, and to the square root of rounding there, they may differ.
    """
    p = case["parameters"]
    name = subject.model.populations[0].I_ext.name
    column = p[name] + np.linspace(-1.0, 1.0, _MANY)
    compiled = fixed_points(subject.model, **{**p, name: column})
    with _without_numba():
        plain = fixed_points(subject.model, **{**p, name: column})
    settled = np.asarray(compiled.complete) & np.asarray(plain.complete)
    judge.assume(bool(settled.any()))
    counts = np.asarray(compiled.count) != np.asarray(plain.count)
    wrong = np.flatnonzero(counts & settled)
    told = {} if not wrong.size else {name: float(column[wrong[0]])}
    judge.holds(
        not wrong.size,
        **told,
        compiled=np.asarray(compiled.count)[wrong[:1]].tolist(),
        NumPy=np.asarray(plain.count)[wrong[:1]].tolist(),
    )
    width = min(compiled.r.shape[1], plain.r.shape[1])
    if not width:
        return
    # A network of one population has an axis of one population.
    sizes = (_MANY, -1)
    one, other, x = (np.reshape(v, sizes)[:, :width] for v in (compiled.r, plain.r, plain.x))
    steep = np.abs(np.reshape(plain.eigenvalue, sizes)[:, :width] * subject.tau(0, p))
    with np.errstate(invalid="ignore"):
        gap = np.abs(one - other)
        # Each is right to some tens of roundings of its terms, over the slope.
        size = 1 + np.abs(other) + np.abs(x)
        bound = 2.0**-44 * size * (1 + abs(subject.weights(p)[0][0])) / np.maximum(steep, 1e-6)
        ratio = np.where(np.isnan(gap) | ~settled[:, None] | (steep < 1e-5), 0.0, gap / bound)
    worst = np.unravel_index(int(np.argmax(ratio)), ratio.shape)
    rates = {"compiled": float(one[worst]), "NumPy": float(other[worst])}
    judge.within(float(ratio[worst]), 1.0, **{name: float(column[worst[0]])}, **rates)


def _no_compiled_search(subject: Subject) -> str | None:
    transfer = subject.model.populations[0].transfer
    if not transfer.has_closed_forms:
        return f"{transfer.name} has no closed forms: its fixed points are searched with proof, on one route"
    if subject.size > 1:
        return f"only grids of one population are searched by compiled loops, {subject.model.name!r} has {subject.size}"
    return _no_numba(subject)


PROPERTIES = (
    Property("backends", "compiled loops step rates as NumPy does", _same_runs, _members, _no_numba, cost=10),
    Property(
        "backends_fixed_points",
        "compiled loops find the fixed points that NumPy finds",
        _same_points,
        reason=_no_compiled_search,
        cost=100,
    ),
)
