"""A student's list of fixed points against the complete one: what is missing, what is twice there, what is a ghost."""

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

import numpy as np
import sympy

from ...symbolic.errors import NullclineError, shown, unknown_name
from ...symbolic.model import RateModel
from ...symbolic.notation import layout
from ...symbolic.typeset import to_text
from ..cases import STABILITIES
from ..compile import compile_model
from ..door import Array
from ..fixed_points import fixed_points
from ..results import FixedPoints
from ..wording import counted, joined
from .answer import Answer, Finding

# With fewer digits a rate is a guess and no answer, and no solver stops at a smaller error than the second.
_COARSEST, _FINEST = 0.005, 1e-6
# Below this residual a root finder may report a root: the tutorial's own test is 1e-4.
_SMALL = 1e-3
# How finely a ghost's surroundings are looked at, and how far.
_STEP, _MOST_STEPS = 1e-3, 2000


@dataclass(frozen=True)
class _Listed:
    """One entry: the rate, as it was written, how near it must be, and the stability that was said of it."""

    rate: float
    written: str
    tolerance: float
    stability: str | None


def grade_list(given: Iterable[Any], model: RateModel, values: Mapping[str, float], tolerance: float | None) -> Answer:
    """Return the grade of a list of fixed points."""
    listed = _read(given, tolerance)
    found = fixed_points(model, **dict[str, Any](values))
    if not found.complete:
        raise NullclineError(f"a list cannot be graded here ({found.case}): choose other parameters")
    number = counted(len(listed), "fixed point")
    if found.count < 0:
        finding = Finding("fixed_points", "every rate from 0 on is a fixed point: no list holds them all")
        return Answer(model.name, (f"{number} listed, a continuum there is",), (finding,))
    checked = (f"{number} listed, {found.count} there {'is' if found.count == 1 else 'are'}",)
    matched = _matched(listed, found.r)
    strays = [_stray(entry, found) for entry, place in zip(listed, matched, strict=True) if place is None]
    # A root that was meant, and written with a wrong digit, is not missing as well.
    meant = {place for _, place in strays if place is not None}
    findings = [*_missing_and_twice(listed, found.r, matched, meant), *(finding for finding, _ in strays)]
    for entry, place in zip(listed, matched, strict=True):
        if (
            place is not None
            and entry.stability is not None
            and (wrong := _of_stability(entry, found, place)) is not None
        ):
            findings.append(wrong)
    return Answer(model.name, checked, tuple(findings))


# Reading --------------------------------------------------------------------------------------------------------------


def _read(given: Iterable[Any], tolerance: float | None) -> list[_Listed]:
    if isinstance(given, str | bytes | Mapping) or not isinstance(given, Iterable):
        raise NullclineError(f"fixed_points must be a list of rates, got {shown(given)}: write [0.1, 0.9]")
    return [_one(*_split(entry), tolerance) for entry in given]


def _split(entry: Any) -> tuple[Any, str | None]:
    stability = None
    if isinstance(entry, tuple | list) and len(entry) == 2 and isinstance(entry[1], str):
        entry, stability = entry
        if stability not in STABILITIES[1:]:
            raise NullclineError(unknown_name("stability", stability, list(STABILITIES[1:])))
    if isinstance(entry, str):
        return entry.strip(), stability
    try:
        number = np.asarray(entry)
        if number.dtype.kind not in "iuf" or number.size != 1:
            raise TypeError
        return float(number.reshape(-1)[0]), stability
    except (TypeError, ValueError):
        line = f"a fixed point is a rate, or a pair such as (0.9, 'stable'), got {shown(entry)}"
        raise NullclineError(line) from None


def _one(rate: Any, stability: str | None, tolerance: float | None) -> _Listed:
    decimals = _decimals(rate if isinstance(rate, str) else repr(rate))
    try:
        value = float(Decimal(rate)) if isinstance(rate, str) else rate
    except (InvalidOperation, ValueError, OverflowError):
        raise NullclineError(f"a fixed point is a number, got {shown(rate)}") from None
    if not math.isfinite(value):
        raise NullclineError(f"a fixed point must be finite, got {shown(rate)}")
    written = rate if isinstance(rate, str) else f"{value:.6g}"
    if tolerance is None:
        tolerance = min(max(10.0**-decimals, _FINEST), _COARSEST) * max(1.0, abs(value))
    return _Listed(value, written, tolerance, stability)


def _decimals(text: str) -> int:
    """How many decimals a number is written with: 3 for 0.900, 4 for 1e-4."""
    try:
        exponent = Decimal(text).as_tuple().exponent
    except InvalidOperation:
        return 0
    return max(-exponent, 0) if isinstance(exponent, int) else 0


# Matching -------------------------------------------------------------------------------------------------------------


def _matched(listed: list[_Listed], r: Array) -> list[int | None]:
    """Return for each entry which fixed point it is; as many as can be are told apart, the rest are there twice."""
    if not listed or not r.size:
        return [None] * len(listed)
    from scipy.optimize import linear_sum_assignment

    gaps = np.abs(np.array([entry.rate for entry in listed])[:, None] - r)
    near = gaps <= np.array([entry.tolerance for entry in listed])[:, None]
    # A pair that does not fit costs more than all that fit together.
    cost = np.where(near, gaps, 1.0 + float(np.sum(gaps, where=near)))
    first = {int(i): int(j) for i, j in zip(*linear_sum_assignment(cost), strict=True) if near[i, j]}
    nearest = np.argmin(np.where(near, gaps, np.inf), axis=1)
    return [first.get(i, int(nearest[i]) if near[i].any() else None) for i in range(len(listed))]


def _missing_and_twice(
    listed: list[_Listed], r: Array, matched: list[int | None], meant: set[int]
) -> Iterable[Finding]:
    counts = Counter(place for place in matched if place is not None)
    as_written = {place: entry.written for entry, place in zip(listed, matched, strict=True)}
    digits = max([3, *(_decimals(entry.written) for entry in listed)])
    twice = [f"{as_written[place]} {_times(count)}" for place, count in sorted(counts.items()) if count > 1]
    lacking = [place for place in range(r.size) if place not in counts and place not in meant]
    missing = [f"{r[place]:.{min(digits, 6)}f}" for place in lacking]
    parts = [f"list {joined(twice)}"] if twice else []
    parts += [f"miss {joined(missing)}"] if missing else []
    if parts:
        expected = float(r[lacking[0]]) if lacking else None
        yield Finding("fixed_points", f"you {' and '.join(parts)}", {}, expected)


def _times(count: int) -> str:
    return {2: "twice", 3: "three times"}.get(count, f"{count} times")


# What is no fixed point -----------------------------------------------------------------------------------------------


def _stray(entry: _Listed, found: FixedPoints) -> tuple[Finding, int | None]:
    """Say of a rate that is none of the fixed points whether it is near one (and which), a ghost, or neither."""
    change = _Change(found)
    residual = abs(change.residual(entry.rate))
    r = found.r
    nearest = float(r[np.argmin(np.abs(r - entry.rate))]) if r.size else None
    inputs = {"r": entry.rate, **found.parameters}

    def told(line: str, meant: int | None = None) -> tuple[Finding, int | None]:
        expected = None if meant is None else float(r[meant])
        return Finding("fixed_points", line, inputs, expected, entry.rate), meant

    if residual < _SMALL:
        low, high, meant = change.surroundings(entry.rate)
        if meant is None:
            at, least = change.nearest_to_zero(low, high)
            sign = "above" if change.residual(at) > 0 else "below"
            line = (
                f"{entry.written} is a ghost: the residual |{change.formula()}| is {residual:.2g}, small, but no root "
                f"exists there: from r = {low:.4g} to r = {high:.4g} dr/dt stays {sign} zero, "
                f"by {least:.2g} 1/ms at least (at r = {at:.4g})"
            )
            return told(line)
        digits, root = max(3, _decimals(entry.written)) + 1, float(r[meant])
        line = f"{entry.written} is {abs(root - entry.rate):.2g} from the fixed point {root:.{min(digits, 8)}f}"
        return told(f"{line}, and must be within {entry.tolerance:.2g} of it", meant)
    line = f"{entry.written} is no fixed point: dr/dt is {change.drdt(entry.rate):.3g} 1/ms there"
    return told(line if nearest is None else f"{line}, and the nearest fixed point is {nearest:.3f}")


@dataclass(frozen=True)
class _Change:
    """dr/dt of a model at the parameters of a list of fixed points, and the residual, which is tau times that."""

    found: FixedPoints

    def formula(self) -> str:
        """Return the residual as it is written for any F, in the model's own names."""
        (rate,), (argument,) = self.found.model.rates, self.found.model.inputs()
        return to_text(layout(sympy.Function("F")(argument) - rate))

    def drdt(self, r: Any) -> Any:
        return compile_model(self.found.model).drdt(r, **self.found.parameters)

    def residual(self, r: Any) -> Any:
        (population,) = self.found.model.populations
        return self.found.parameters[population.tau.name] * self.drdt(r)

    def surroundings(self, r: float) -> tuple[float, float, int | None]:
        """Return how far the residual stays small around a rate, and which fixed point lies in there, if one does."""
        ends = []
        for side in (-1, 1):
            steps = r + side * _STEP * max(1.0, abs(r)) * np.arange(1, _MOST_STEPS + 1)
            large = np.abs(self.residual(steps)) >= _SMALL
            ends.append(float(steps[np.argmax(large)] if large.any() else steps[-1]))
        low, high = ends
        inside = [i for i, value in enumerate(self.found.r) if low <= value <= high]
        return low, high, min(inside, key=lambda i: abs(self.found.r[i] - r)) if inside else None

    def nearest_to_zero(self, low: float, high: float) -> tuple[float, float]:
        """Return the rate between two at which dr/dt is nearest to zero, and how near (1/ms); no root lies between."""
        from scipy.optimize import minimize_scalar

        grid = np.linspace(low, high, 201)
        size = np.abs(self.drdt(grid))
        place = int(np.argmin(size))
        bounds = (grid[max(place - 1, 0)], grid[min(place + 1, grid.size - 1)])
        best = minimize_scalar(lambda r: abs(float(self.drdt(r))), bounds=bounds, method="bounded")
        return min([(float(best.x), float(best.fun)), (float(grid[place]), float(size[place]))], key=lambda p: p[1])


def _of_stability(entry: _Listed, found: FixedPoints, place: int) -> Finding | None:
    stability = str(found.stability[place])
    if stability == "nonsmooth":
        # At a kink what happens on either side says it, where both sides agree.
        signs = np.sign(found.one_sided_eigenvalues[place])
        stability = "stable" if np.all(signs < 0) else "unstable" if np.all(signs > 0) else stability
        accepted = {stability, "nonsmooth"}
    else:
        accepted = {stability}
    if entry.stability in accepted:
        return None
    eigenvalue = float(found.eigenvalue[place])
    why = f": its eigenvalue is {eigenvalue:.3g} 1/ms" if math.isfinite(eigenvalue) else ""
    line = f"{entry.written} is {stability}, not {entry.stability}{why}"
    return Finding("fixed_points", line, {"r": float(found.r[place]), **found.parameters})
