"""What must hold of turning points, folds, cusps and the bounds of F: signs at both ends of each enclosure, counts."""

import importlib.util
import math
from typing import Any

import mpmath
import numpy as np

from ..fixed_points import fixed_points
from ..fold_results import CriticalPoints
from ..folds import cusps_of
from ..rate_range import bounds_of_F
from ..turning import turning_points
from .bounds import SECOND_ORDER, TINY, U
from .rest_properties import mostly_near_a_fold
from .search import Case, Judge, Property, hypothesis
from .subject import Parameters, Subject

# Of a number rounded once from many digits, and of the difference of two such.
_ROUNDED = 2 * U
# Of a longer list so many are looked at, and so many counted on both sides.
_MOST, _MOST_COUNTED = 20, 4


def _places(subject: Subject) -> dict[str, Any]:
    st = hypothesis().strategies
    return {"reach": st.floats(1.0, 30.0), "middle": st.floats(-5.0, 8.0)}


def _grid(subject: Subject, case: Case, interval: tuple[float, float]) -> Any:
    """Drawn inputs, and those around which most functions respond, as far as an interval goes."""
    low, high = case["middle"] - case["reach"], case["middle"] + case["reach"]
    x = np.unique(np.concatenate([np.linspace(low, high, 200), np.linspace(-20.0, 20.0, 200)]))
    return x[(x >= interval[0]) & (x <= interval[1])]


def _height(subject: Subject, at: Any, p: Parameters) -> Any:
    """1 - w F'(x) with fifty digits."""
    return 1 - mpmath.mpf(subject.weights(p)[0][0]) * subject.F(0, at, p, 1)


def _signs_beside(value: Any, low: float, high: float) -> list[int]:
    """The signs of a function at the doubles next to an enclosure, on either side."""
    ends = (math.nextafter(low, -math.inf), math.nextafter(high, math.inf))
    return [int(mpmath.sign(v)) if not mpmath.isnan(v := value(mpmath.mpf(end))) else 0 for end in ends]


def _turning(subject: Subject, case: Case, judge: Judge) -> None:
    """The slope of h changes its sign across each enclosure, in the direction told, and nowhere between two of them."""
    p = case["parameters"]
    found = turning_points(subject.model, p)
    judge.assume("undecided" not in found.status and not found.note.startswith("F has"))
    with mpmath.workdps(50):
        for i in range(min(found.count, _MOST)):
            _one_turning_point(subject, found, i, p, judge)
    _none_is_missing(subject, case, found, judge)


def _one_turning_point(subject: Subject, found: CriticalPoints, i: int, p: Parameters, judge: Judge) -> None:
    x, r, I_ext = (float(v[i]) for v in (found.x, found.r, found.I_ext))
    low, high = found.enclosure[i].tolist()
    direction = str(found.direction[i])
    told = {"x": x, "kind": str(found.kind[i]), "direction": direction}
    apart = [abs(x - float(other)) for k, other in enumerate(found.x) if k != i]
    if found.kind[i] != "jump" and min(apart, default=math.inf) > 8 * U * abs(x):
        signs = _signs_beside(lambda at: _height(subject, at, p), low, high)
        expected = {"maximum": [1, -1], "minimum": [-1, 1]}.get(direction, [signs[0], signs[0]])
        judge.holds(signs == expected, **told, signs_of_the_slope_of_h=signs)
    if found.kind[i] == "smooth":
        w, F = subject.weights(p)[0][0], subject.F(0, x, p)
        slope = abs(float(subject.F(0, x, p, 1))) + TINY
        away = slope * (high - low + _ROUNDED * abs(x))
        judge.within(abs(mpmath.mpf(r) - F), SECOND_ORDER * (away + _ROUNDED * abs(r)) + TINY, **told, r=r)
        exact = mpmath.mpf(x) - mpmath.mpf(w) * F
        # x is rounded, and I_ext once more.
        most = (1 + abs(w) * slope) * (high - low + _ROUNDED * abs(x)) + _ROUNDED * abs(I_ext)
        judge.within(abs(mpmath.mpf(I_ext) - exact), SECOND_ORDER * most + TINY, **told, I_ext=I_ext)


def _none_is_missing(subject: Subject, case: Case, found: CriticalPoints, judge: Judge) -> None:
    """Where 1 - w F' differs from 0 by far more than its rounding, its sign says how many lie between: even or odd."""
    p, f = case["parameters"], subject.functions.populations[0]
    x = _grid(subject, case, found.interval)
    if not x.size:
        return
    slope = subject.weights(p)[0][0] * np.atleast_1d(f.dF(x, **subject.own_shape(0, p)))
    certain = np.abs(1 - slope) > 2.0**-30 * (1 + np.abs(slope))
    for place in found.x:
        certain &= np.abs(x - place) > 1e-9 * (1 + abs(place))
    x, signs = x[certain], np.sign(1 - slope[certain])
    if len(x) < 2:
        return
    turns = np.array([float(at) for at, way in zip(found.x, found.direction, strict=True) if way != "none"])
    inside = np.histogram(turns, bins=x)[0] if turns.size else np.zeros(len(x) - 1, dtype=int)
    jumps = np.histogram(found.x[found.kind == "jump"], bins=x)[0]
    wrong = np.flatnonzero(((inside % 2 == 1) != (signs[1:] != signs[:-1])) & (jumps == 0))
    told = {} if not wrong.size else {"from_x": float(x[wrong[0]]), "to_x": float(x[wrong[0] + 1])}
    judge.holds(not wrong.size, listed_x=found.x.tolist(), **told)


def _folds(subject: Subject, case: Case, judge: Judge) -> None:
    """Just below the I_ext of a maximum there are two fixed points more than just above it; of a minimum, two less."""
    p = case["parameters"]
    parameter = subject.model.populations[0].I_ext
    found = turning_points(subject.model, p)
    judge.assume("undecided" not in found.status and found.count > 0)
    for i in range(min(found.count, _MOST_COUNTED)):
        at = float(found.I_ext[i])
        near = 1e-6 * (1 + abs(at))
        others = [abs(at - float(v)) for k, v in enumerate(found.I_ext) if k != i]
        if found.direction[i] == "none" or min(others, default=math.inf) < 4 * near:
            continue
        if not (parameter.allows(at - near) and parameter.allows(at + near)):
            continue
        lists = [fixed_points(subject.model, **{**p, parameter.name: at + side * near}) for side in (-1, 1)]
        if not all(bool(points.complete) for points in lists):
            continue
        counts = [int(points.count) for points in lists]
        change = 2 if found.direction[i] == "maximum" else -2
        told = {"x": float(found.x[i]), "direction": str(found.direction[i])}
        judge.holds(counts[0] - counts[1] == change, **told, I_ext=at, below=counts[0], above=counts[1])


def _cusps(subject: Subject, case: Case, judge: Judge) -> None:
    """F'' changes its sign across each enclosure, and w F' = 1; elsewhere only where F' is 0 or jumps."""
    p = case["parameters"]
    found = cusps_of(subject.model, p)
    judge.assume(all(point.status != "undecided" for point in found.points))
    sign = -1 if subject.model.populations[0].sign < 0 else 1
    with mpmath.workdps(50):
        for point in found.points[:_MOST]:
            told = {"x": point.x, "w": point.w, "kind": point.kind}
            signs = _signs_beside(lambda at: subject.F(0, at, p, 2), *point.enclosure)
            judge.holds(signs[0] * signs[1] < 0, **told, signs_of_the_curvature=signs)
            F, slope = (subject.F(0, point.x, p, order) for order in (0, 1))
            off = _ROUNDED * abs(point.x) + point.enclosure[1] - point.enclosure[0]
            judge.within(abs(sign * point.w * slope - 1), SECOND_ORDER * 4 * U, **told, slope=float(slope))
            judge.within(abs(point.r - F), SECOND_ORDER * (abs(slope) * off + _ROUNDED * abs(F)) + TINY, **told)
            I_ext = point.x - F / slope
            most = off + _ROUNDED * (abs(point.x) + 2 * abs(F / slope) + abs(I_ext))
            judge.within(abs(point.I_ext - I_ext), SECOND_ORDER * most + TINY, **told, I_ext=point.I_ext)
        _none_is_missing_of_cusps(subject, case, [point.x for point in found.points], found.interval, judge)


def _none_is_missing_of_cusps(
    subject: Subject, case: Case, listed: list[float], interval: tuple[float, float], judge: Judge
) -> None:
    p, x = case["parameters"], _grid(subject, case, interval)
    if not x.size:
        return
    corners = [float(at) for at in subject.exact(0).corners(subject.shape(0, p))]
    edge = float(subject.exact(0).edge(subject.shape(0, p)))
    f, shape = subject.functions.populations[0], subject.own_shape(0, p)
    bend, slope = (np.atleast_1d(g(x, **shape)) for g in (f.d2F, f.dF))
    largest = np.nanmax(np.abs(bend), initial=0.0)
    missing: dict[str, float] = {}
    for k in np.flatnonzero(bend[1:] * bend[:-1] < 0):
        low, high = float(x[k]), float(x[k + 1])
        if min(abs(bend[k]), abs(bend[k + 1])) <= 1e-9 * largest or slope[k] * slope[k + 1] <= 0:
            continue
        if any(low <= at <= high for at in (*corners, edge)) or _is_flat_between(subject, p, low, high):
            continue
        if not any(low <= at <= high for at in listed):
            missing = {"from_x": low, "to_x": high}
    judge.holds(not missing, listed_x=listed, **missing)


def _is_flat_between(subject: Subject, p: Parameters, low: float, high: float) -> bool:
    """Whether F' is 0 where F'' changes its sign: no weight makes that a cusp."""
    start = mpmath.sign(subject.F(0, low, p, 2))
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if mpmath.sign(subject.F(0, middle, p, 2)) == start else (low, middle)
    return bool(abs(subject.F(0, low, p, 1)) < 1e-12)


def _bounded(subject: Subject, case: Case, judge: Judge) -> None:
    """No value of F, with fifty digits, lies outside the bounds: at the ends, and where F was seen to be largest."""
    p = case["parameters"]
    found = bounds_of_F(subject.model, p)
    judge.assume(math.isfinite(found.low) or math.isfinite(found.high))
    x = _grid(subject, case, found.interval)
    judge.assume(bool(x.size))
    values = np.atleast_1d(subject.functions.populations[0].F(x, **subject.own_shape(0, p)))
    judge.assume(bool(np.isfinite(values).all()))
    for at in {float(x[0]), float(x[-1]), float(x[np.argmin(values)]), float(x[np.argmax(values)])}:
        value = subject.F(0, at, p)
        if not mpmath.isfinite(value):
            continue
        # F takes values below its infimum by the rounding of its fifty digits at most.
        outside = max(found.low - value, value - found.high, mpmath.mpf(0))
        judge.within(outside, abs(value) * mpmath.mpf(10) ** -45, x=at, F=float(value), low=found.low, high=found.high)


def _needs(subject: Subject) -> str | None:
    if subject.size > 1:
        return f"turning points are of one population, {subject.model.name!r} has {subject.size}"
    transfer = subject.model.populations[0].transfer
    if importlib.util.find_spec("flint") is None and not (transfer.has_closed_forms and transfer.inputs_of_slope):
        return "without a closed form turning points need python-flint: pip install 'nullcline[certify]'"
    return None


PROPERTIES = (
    Property(
        "critical_points",
        "the slope of h changes its sign across each turning point, as told, and nowhere else",
        _turning,
        _places,
        _needs,
        cost=20,
        parameters=mostly_near_a_fold,
    ),
    Property(
        "folds",
        "the number of fixed points changes by two across the I_ext of each fold",
        _folds,
        reason=_needs,
        cost=40,
        parameters=mostly_near_a_fold,
    ),
    Property(
        "cusps",
        "F'' changes its sign across each cusp, where w F' = 1, and none is missing",
        _cusps,
        _places,
        _needs,
        cost=20,
    ),
    Property("range", "no value of F lies outside the bounds that are proved", _bounded, _places, _needs, cost=20),
)
