"""Fixed points of several populations: interval branch and prune, complete or honest about what is undecided.

Boxes of rates are contracted by the transfer functions, proved to hold exactly one root or none by Krawczyk's operator,
and otherwise cut (reference: theory, section 6.2). Bounds are rounded outward by margins that cover the rounding of
each formula, so a box is only dropped when it holds no root.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .cases import STABILITIES, Case
from .compile import CompiledModel, sorted_eigenvalues
from .door import Array, parameters_of
from .formula_ranges import Ranges, ranges_of
from .results import FixedPoints
from .transfer_kernels import TransferKernels

_EPS = float(np.finfo(np.float64).eps)
_TINY = 1e-300
# F and F' are good to a few units in the last place once their argument is; x and x - theta each round once or twice.
_ROUNDINGS = 64 * _EPS
# Boxes this narrow (against the widest rate possible) that are still undecided touch a multiple root.
_NARROWEST = 1e-8
# So many boxes below this width cannot be the neighbourhoods of simple roots: they cover a multiple one.
_SMALL, _MANY_SMALL = 1e-4, 1_000
_BUDGET = 200_000
# Undecided boxes are joined pair by pair up to this many, beyond it first on a grid.
_MANY_HULLS = 200
# Cut off the middle: roots like to sit on symmetric places, and a root on a cut is in two boxes.
_CUT = 0.4873
# How far a box is widened before it is proved, so that a root on its edge lies inside.
_WIDENED = 0.05
# Newton's method: so many steps, each halved so many times where the residual is not yet this small.
_STEPS, _PARTS, _NEAR = 100, 40, 1e-8
# Where nothing bounds the rates, they are searched up to this.
_SEARCHED = 1e3
# And slopes that nothing bounds are taken for this.
_STEEPEST = 1e12


@dataclass(frozen=True, eq=False)
class _Problem:
    """One set of parameters: r = F(W r + I), with W and I as numbers."""

    kernels: tuple[TransferKernels, ...]
    shapes: list[list[Array]]
    W: Array
    I: Array
    ranges: tuple[Ranges | None, ...]  # of formulas of which it is not known that they rise

    def inputs(self, r: Array) -> Array:
        return r @ self.W.T + self.I

    def F(self, x: Array) -> Array:
        return np.stack(
            [k.F(x[..., i], *p) for i, (k, p) in enumerate(zip(self.kernels, self.shapes, strict=True))], axis=-1
        )

    def input_range(self, low: Array, high: Array) -> tuple[Array, Array]:
        """Enclose W r + I over boxes, with room for the rounding of x and of x - threshold."""
        up, down = np.maximum(self.W, 0), np.minimum(self.W, 0)
        size = np.maximum(np.abs(low), np.abs(high)) @ np.abs(self.W).T + np.abs(self.I) + self.places
        margin = _ROUNDINGS * size + _TINY
        return low @ up.T + high @ down.T + self.I - margin, high @ up.T + low @ down.T + self.I + margin

    @property
    def places(self) -> Array:
        """The magnitude of each population's threshold or inflection, which F subtracts from x."""
        places = []
        for k, p in zip(self.kernels, self.shapes, strict=True):
            points = [*k.inflections, *([k.threshold] if k.threshold else [])]
            places.append(sum(abs(float(point(*p))) for point in points) + sum(abs(float(v)) for v in p))
        return np.array(places)

    def response_range(self, x_low: Array, x_high: Array) -> tuple[Array, Array]:
        """Enclose F over boxes of inputs; from its ends where F increases."""
        low, high = self.F(x_low), self.F(x_high)
        low, high = low - _ROUNDINGS * np.abs(low) - _TINY, high + _ROUNDINGS * np.abs(high) + _TINY
        for i, ranges in enumerate(self.ranges):
            if ranges is not None:
                low[..., i], high[..., i] = _enclosed(ranges, x_low[..., i], x_high[..., i], 0)
        return low, high

    def slope_range(self, x_low: Array, x_high: Array) -> tuple[Array, Array]:
        """Enclose F' over boxes of inputs: from the ends, the inflections and the threshold inside."""
        lows, highs = [], []
        for i, (k, p) in enumerate(zip(self.kernels, self.shapes, strict=True)):
            a, b = x_low[..., i], x_high[..., i]
            own = self.ranges[i]
            if own is not None:
                low, high = _enclosed(own, a, b, 1)
                # A slope without a bound: as good as none, but a number that matrices can hold.
                lows.append(np.maximum(low, -_STEEPEST))
                highs.append(np.minimum(high, _STEEPEST))
                continue
            ends = [k.dF(a, *p), k.dF(b, *p)]
            low, high = np.minimum(*ends), np.maximum(*ends)
            for point in k.inflections:
                at = np.broadcast_to(point(*p), a.shape)
                inside = (a <= at) & (at <= b)
                value = k.dF(at, *p)
                low, high = (
                    np.where(inside, np.minimum(low, value), low),
                    np.where(inside, np.maximum(high, value), high),
                )
            if k.threshold is not None:
                at = k.threshold(*p)
                inside = (a <= at) & (at <= b)
                above = k.slope_at_threshold(at, *p) if k.slope_at_threshold else 0.0
                # At a kink dF is nan: the slopes of both sides stand for it.
                low = np.where(inside, np.fmin(np.fmin(low, 0.0), above), low)
                high = np.where(inside, np.fmax(np.fmax(high, 0.0), above), high)
            lows.append(low - _ROUNDINGS * np.abs(low) - _TINY)
            highs.append(high + _ROUNDINGS * np.abs(high) + _TINY)
        return np.stack(lows, axis=-1), np.stack(highs, axis=-1)


def _enclosed(ranges: Ranges, low: Array, high: Array, order: int) -> tuple[Array, Array]:
    found = np.array([ranges.over(a, b)[order] for a, b in zip(low.ravel(), high.ravel(), strict=True)])
    found = found.reshape(*low.shape, 2)
    return found[..., 0], found[..., 1]


@dataclass(frozen=True, eq=False)
class _List:
    """The fixed points of one set of parameters."""

    r: Array
    complete: bool
    case: str


def network_fixed_points(compiled: CompiledModel, values: Sequence[Array], shape: tuple[int, ...]) -> FixedPoints:
    """Return the fixed points of a model of several populations; `values` have passed the door."""
    flat = [np.broadcast_to(v, shape).reshape(-1) for v in values]
    size, N = flat[0].size, len(compiled.populations)
    lists = [_find(_problem(compiled, [v[i] for v in flat])) for i in range(size)]
    longest = max((len(found.r) for found in lists), default=0)
    r, x = np.full((size, longest, N), np.nan), np.full((size, longest, N), np.nan)
    eigenvalue = np.full((size, longest, N), complex(np.nan, np.nan))
    stability, kind = np.zeros((size, longest), dtype=np.int8), np.full((size, longest), "", dtype="U20")
    for i, found in enumerate(lists):
        n = len(found.r)
        if not n:
            continue
        now = [v[i] for v in flat]
        columns = compiled.inputs(list(found.r.T), now)
        inputs = np.stack([np.broadcast_to(column, n) for column in columns], axis=-1)
        # Symmetric networks have inputs that differ only by rounding: those are ordered by the next population's.
        order = np.lexsort(np.round(inputs, 9).T[::-1])
        r[i, :n], x[i, :n] = found.r[order], inputs[order]
        jacobian = compiled.jacobian_at(list(x[i, :n].T), now)
        smooth = np.asarray(np.isfinite(jacobian).all(axis=(-1, -2)))
        eigenvalue[i, :n][smooth] = sorted_eigenvalues(jacobian[smooth])
        for j in range(n):
            word, kind[i, j] = _classified(eigenvalue[i, j], jacobian[j]) if smooth[j] else ("nonsmooth", "")
            stability[i, j] = STABILITIES.index(word)
    scalar = shape == ()
    count = np.array([len(found.r) for found in lists])

    def shaped(array: NDArray[Any]) -> NDArray[Any]:
        return array.reshape((*shape, *array.shape[1:]))

    return FixedPoints(
        model=compiled.model,
        parameters=parameters_of(compiled.model, values),
        r=shaped(r),
        x=shaped(x),
        eigenvalue=shaped(eigenvalue),
        count=int(count[0]) if scalar else shaped(count),
        stability_codes=shaped(stability),
        case_codes=None,
        sentences=shaped(np.array([found.case for found in lists])),
        settled=shaped(np.array([found.complete for found in lists], dtype=bool)),
        type=shaped(kind),
    )


def _problem(compiled: CompiledModel, values: list[Any]) -> _Problem:
    N = len(compiled.populations)
    W = np.array([float(w) for w in compiled.weights(values)]).reshape(N, N)
    I = np.array([float(compiled.value_of(p.I_ext, values)) for p in compiled.model.populations])
    shapes = [compiled.shape_of(i, values) for i in range(N)]
    ranges = tuple(
        None if k.transfer.has_closed_forms else ranges_of(k.transfer, [float(v) for v in shape])
        for k, shape in zip(compiled.kernels, shapes, strict=True)
    )
    return _Problem(compiled.kernels, shapes, W, I, ranges)


def _classified(eigenvalues: NDArray[np.complex128], jacobian: Array) -> tuple[str, str]:
    # A backward stable eigenvalue solver is off by about this much for a matrix that is not far from normal.
    rounding = 1e3 * _EPS * float(np.abs(jacobian).sum())
    real = eigenvalues.real
    if (np.abs(real) <= rounding).any():
        return "undecided", ""
    rising = int((real > 0).sum())
    turns = "focus" if abs(eigenvalues[0].imag if rising < real.size else eigenvalues[-1].imag) > 0 else "node"
    if rising == 0:
        return "stable", f"stable {turns}"
    return "unstable", f"unstable {turns}" if rising == real.size else "saddle"


def _find(problem: _Problem) -> _List:
    low, high, bounded = _first_box(problem)
    width = np.maximum(high - low, 1e-6)
    boxes_low, boxes_high = low[None], high[None]
    proofs: list[tuple[Array, Array, Array]] = []
    undecided: list[tuple[Array, Array]] = []
    seen = 0
    while boxes_low.size:
        seen += len(boxes_low)
        if seen > _BUDGET:
            undecided.append((boxes_low, boxes_high))
            break
        boxes_low, boxes_high = _contracted(problem, boxes_low, boxes_high)
        if not boxes_low.size:
            break
        verdict = _Verdict.of(problem, boxes_low, boxes_high, width)
        proofs += [
            (verdict.low[i], verdict.high[i], _refined(problem, verdict.root[i])) for i in np.flatnonzero(verdict.one)
        ]
        go_on = ~(verdict.one | verdict.none)
        boxes_low = np.maximum(boxes_low, verdict.low)[go_on]
        boxes_high = np.minimum(boxes_high, verdict.high)[go_on]
        # What is left of some lies in their margin alone, which is a neighbour's.
        there = (boxes_low <= boxes_high).all(axis=-1)
        boxes_low, boxes_high = boxes_low[there], boxes_high[there]
        size = ((boxes_high - boxes_low) / width).max(axis=-1)
        narrow = size <= _NARROWEST
        if (size <= _SMALL).sum() > _MANY_SMALL:
            narrow = size <= _SMALL
        if narrow.any():
            undecided.append((boxes_low[narrow], boxes_high[narrow]))
        boxes_low, boxes_high = _halved(boxes_low[~narrow], boxes_high[~narrow], width)
    roots = _distinct(proofs)
    left_over = _clusters(*_joined(undecided, width, proofs), width)
    return _List(roots, bounded and not left_over, _case(problem, bounded, left_over, seen))


def _first_box(problem: _Problem) -> tuple[Array, Array, bool]:
    """Return a box with every fixed point in it; or one to search, and False, where nothing bounds the rates."""
    low = np.array([float(k.low(*p)) for k, p in zip(problem.kernels, problem.shapes, strict=True)])
    high = np.array([float(k.high(*p)) for k, p in zip(problem.kernels, problem.shapes, strict=True)])
    for i, ranges in enumerate(problem.ranges):
        if ranges is not None:
            low[i], high[i] = ranges.over(-np.inf, np.inf)[0]
    unbounded_below = ~np.isfinite(low)
    low = np.where(unbounded_below, -_SEARCHED, low)
    bounded = np.isfinite(high) & ~unbounded_below
    if bounded.all():
        margin = _ROUNDINGS * np.maximum(np.abs(low), np.abs(high)) + _TINY
        return low - margin, high + margin, True
    # F(x) <= F(0) + slope max(x, 0) and r >= low: r <= b + A r bounds r if A has a spectral radius below 1.
    slopes = np.array(
        [
            _largest_slope(k, p) if not b else 0.0
            for k, p, b in zip(problem.kernels, problem.shapes, bounded, strict=True)
        ]
    )
    floor = np.where(bounded | unbounded_below, low, 0.0)
    if np.isfinite(slopes).all() and not unbounded_below.any():
        at_zero = problem.F(np.zeros(len(high)))
        least = np.minimum(problem.W, 0) @ np.minimum(floor, 0) + np.maximum(problem.I, 0)
        b = np.where(bounded, high, at_zero + slopes * least)
        A = slopes[:, None] * np.maximum(problem.W, 0)
        if np.isfinite(A).all() and np.abs(np.linalg.eigvals(A)).max() < 1 - 1e-9:
            top = np.linalg.solve(np.eye(len(high)) - A, b)
            return floor - 1e-9, top * (1 + 1e-6) + 1e-6, True
    return floor - 1e-9, np.where(np.isfinite(high), high, _SEARCHED), False


def _largest_slope(kernels: TransferKernels, shape: list[Array]) -> float:
    return float(kernels.asymptotic_slope(*shape)) if kernels.asymptotic_slope is not None else np.inf


def _contracted(problem: _Problem, low: Array, high: Array) -> tuple[Array, Array]:
    """Shrink each box to what r = F(W r + I) allows, a few times, and drop those of which nothing is left."""
    for _ in range(3):
        f_low, f_high = problem.response_range(*problem.input_range(low, high))
        low, high = np.maximum(low, f_low), np.minimum(high, f_high)
        kept = (low <= high).all(axis=-1)
        low, high = low[kept], high[kept]
        if not low.size:
            break
    return low, high


@dataclass(frozen=True, eq=False)
class _Verdict:
    """Krawczyk's test of boxes: `one` and `none` are proved; low and high enclose what roots there are."""

    one: NDArray[np.bool_]
    none: NDArray[np.bool_]
    low: Array
    high: Array
    root: Array

    @classmethod
    def of(cls, problem: _Problem, low: Array, high: Array, width: Array) -> "_Verdict":
        # Where F is constant a box may have no width at all: it is given more than what rounding amounts to.
        margin = _WIDENED * (high - low) + 64 * _EPS * np.maximum(width, np.maximum(np.abs(low), np.abs(high)))
        low, high = low - margin, high + margin
        middle = low + (high - low) / 2
        radius = np.maximum(high - middle, middle - low)
        N = low.shape[-1]
        d_low, d_high = problem.slope_range(*problem.input_range(low, high))
        d_mid, d_rad = (d_low + d_high) / 2, (d_high - d_low) / 2 * (1 + 4 * _EPS)
        J = np.eye(N) - d_mid[..., :, None] * problem.W
        J_rad = d_rad[..., :, None] * np.abs(problem.W) + 8 * _EPS * np.abs(J)
        x_low, x_high = problem.input_range(middle, middle)
        f_low, f_high = problem.response_range(x_low, x_high)
        residual = middle - (f_low + f_high) / 2
        residual_rad = (f_high - f_low) / 2 * (1 + 4 * _EPS) + 4 * _EPS * (np.abs(middle) + np.abs(f_low)) + _TINY
        determinant = np.linalg.det(J)
        regular = np.isfinite(determinant) & (np.abs(determinant) > 1e-200)
        C = np.linalg.inv(np.where(regular[:, None, None], J, np.eye(N)))
        absC = np.abs(C)
        spread = np.abs(np.eye(N) - C @ J) + absC @ J_rad + N * 8 * _EPS * (absC @ np.abs(J) + np.eye(N))
        centre = middle - (C @ residual[..., None])[..., 0]
        reach = (spread @ radius[..., None])[..., 0] + (
            absC @ (residual_rad + N * 8 * _EPS * np.abs(residual))[..., None]
        )[..., 0]
        reach = reach * (1 + 1e-10) + 4 * _EPS * np.abs(centre)
        k_low, k_high = centre - reach, centre + reach
        one = regular & ((k_low > low) & (k_high < high)).all(axis=-1)
        none = regular & ((k_low > high) | (k_high < low)).any(axis=-1)
        new_low = np.where(regular[:, None], np.maximum(low, k_low), low)
        new_high = np.where(regular[:, None], np.minimum(high, k_high), high)
        # Where a root is proved the whole box is where it is the only one.
        return cls(one, none, np.where(one[:, None], low, new_low), np.where(one[:, None], high, new_high), centre)


def _halved(low: Array, high: Array, width: Array) -> tuple[Array, Array]:
    if not low.size:
        return low, high
    rows = np.arange(len(low))
    widest = np.argmax((high - low) / width, axis=-1)
    cut = low[rows, widest] + _CUT * (high - low)[rows, widest]
    left_high, right_low = high.copy(), low.copy()
    left_high[rows, widest] = right_low[rows, widest] = cut
    return np.concatenate([low, right_low]), np.concatenate([left_high, high])


def _refined(problem: _Problem, r: Array) -> Array:
    """Newton's method from inside a box where the root is the only one, to the last bits.

    From far off a whole step may lead further away: then a part of it is taken that brings the residual down, which
    there is as long as the Jacobian is regular, as it is in the box.
    """
    best, residual = r, r - problem.F(problem.inputs(r))
    smallest = float(np.abs(residual).max())
    for _ in range(_STEPS):
        x = problem.inputs(best)
        d = np.array(
            [float(k.dF(x[i], *p)) for i, (k, p) in enumerate(zip(problem.kernels, problem.shapes, strict=True))]
        )
        J = np.eye(r.size) - np.nan_to_num(d)[:, None] * problem.W
        if smallest == 0 or not np.isfinite(J).all() or np.linalg.det(J) == 0:
            break
        step = np.linalg.solve(J, residual)
        # Near the root a step that does not help is rounding: there is nothing left to divide.
        parts = _PARTS if smallest > _NEAR * (1 + float(np.abs(best).max())) else 1
        for part in range(parts):
            trial = best - step / 2**part
            left = trial - problem.F(problem.inputs(trial))
            size = float(np.abs(left).max())
            if size < smallest:
                break
        else:
            break
        best, residual, smallest = trial, left, size
    # Newton's method only comes near 0, for ever nearer.
    at_zero = np.where(np.abs(best) < 1e-100, 0.0, best)
    return at_zero if (at_zero == problem.F(problem.inputs(at_zero)))[best != at_zero].all() else best


def _distinct(proofs: list[tuple[Array, Array, Array]]) -> Array:
    """Return each root once: a root inside another's box is that other."""
    if not proofs:
        return np.empty((0, 0))
    kept: list[tuple[Array, Array, Array]] = []
    for low, high, root in proofs:
        if not any(((a < root) & (root < b)).all() and ((low < other) & (other < high)).all() for a, b, other in kept):
            kept.append((low, high, root))
    return np.array([root for _, _, root in kept])


def _joined(
    boxes: list[tuple[Array, Array]], width: Array, proofs: list[tuple[Array, Array, Array]]
) -> tuple[Array, Array]:
    """Return the boxes outside every proof; where they are many, the hulls of those in one cell of a grid."""
    low = np.concatenate([np.empty((0, width.size)), *(a for a, _ in boxes)])
    high = np.concatenate([np.empty((0, width.size)), *(b for _, b in boxes)])
    for a, b, _ in proofs:
        outside = ~((a < low) & (high < b)).all(axis=-1)
        low, high = low[outside], high[outside]
    cell = _NARROWEST
    while len(low) > _MANY_HULLS and cell < 1:
        places, whose = np.unique(np.floor(low / (cell * width)), axis=0, return_inverse=True)
        hull_low, hull_high = np.full(places.shape, np.inf), np.full(places.shape, -np.inf)
        np.minimum.at(hull_low, whose.reshape(-1), low)
        np.maximum.at(hull_high, whose.reshape(-1), high)
        low, high, cell = hull_low, hull_high, 4 * cell
    return low, high


def _clusters(low: Array, high: Array, width: Array) -> list[tuple[Array, Array]]:
    """Join boxes that touch; return the hulls."""
    hulls: list[tuple[Array, Array]] = []
    gap = 4 * _NARROWEST * width
    for a, b in zip(low, high, strict=True):
        touching = [h for h in hulls if ((h[0] <= b + gap) & (a - gap <= h[1])).all()]
        hulls = [h for h in hulls if not any(h is t for t in touching)]
        ends = [(a, b), *touching]
        hulls.append((np.min([e[0] for e in ends], axis=0), np.max([e[1] for e in ends], axis=0)))
    return hulls


def _case(problem: _Problem, bounded: bool, left_over: list[tuple[Array, Array]], seen: int) -> str:
    parts = []
    if not bounded:
        parts.append(
            f"searched for rates up to {_SEARCHED:g}: the transfer function is unbounded, "
            "and nothing rules out fixed points beyond"
        )
    if seen > _BUDGET:
        parts.append(f"stopped after {_BUDGET} boxes: the list may lack fixed points")
    elif left_over:
        places = "; ".join(f"({', '.join(f'{v:.6g}' for v in (a + b) / 2)})" for a, b in left_over[:3])
        region = "a region" if len(left_over) == 1 else f"{len(left_over)} regions"
        parts.append(f"{region} near {places} undecided: fixed points have met there, or nearly")
    return "; ".join(parts) if parts else str(Case.REGULAR)
