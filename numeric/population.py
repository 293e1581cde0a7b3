"""Every fixed point of one population, for many sets of parameters side by side.

With x = w r + I_ext the fixed points are the zeros of h(x) = x - I_ext - w F(x). Where F knows only how far x is above
its threshold, the unknown is that distance, t, of which x would lose the digits. h is cut at the threshold, at the
inflections of F and where w F'(x) = 1; between these it is monotone and convex or concave, so a change of sign is one
root and no change is none (reference: theory, section 3). No initial guess enters, and no residual is compared with a
tolerance: where rounding hides the sign of h at a cut, that set is solved with 120 digits.
"""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..symbolic.transfer import TransferFunction
from . import near_fold
from .bracketing import Index, roots_between
from .cases import CASES, STABILITIES, Case
from .compile import CompiledModel
from .door import Array
from .elementary import product_error
from .newton import polished, solved
from .promise import LARGEST
from .transfer_kernels import FARTHEST, TransferKernels

Signs = NDArray[np.int8]

_EPS = float(np.finfo(np.float64).eps)
# What a handful of roundings in h, and in F at an input that is itself rounded, can amount to.
ROUNDINGS = 16 * _EPS
# Responses are cut to this before they are multiplied by a weight.
_TALLEST = 1e200
_EXPANSIONS = 540  # by 4 each time: from one end of the doubles to the other

_CODE = {word: np.int8(i) for i, word in enumerate(STABILITIES)}
_CASE = {case: np.int8(i) for i, case in enumerate(CASES)}
_STABLE, _UNSTABLE = _CODE["stable"], _CODE["unstable"]


@dataclass(frozen=True, eq=False)
class Table:
    """The fixed points of n parameter sets, one row each, by rising input; what a row does not use is nan and ''.

    `stability` and `case` are positions in STABILITIES and CASES. `sides` are the two eigenvalues at a kink, for the
    sets that have one.
    """

    x: Array
    r: Array
    eigenvalue: Array
    stability: Signs
    count: NDArray[np.int64]
    case: Signs
    sides: dict[int, tuple[float, float]]

    @classmethod
    def empty(cls, kernels: TransferKernels, size: int) -> "Table":
        """Return a table with room for as many fixed points as a set can have; its rows are to be cleared first."""
        # Between inflections w F' is 1 at most once, which makes two monotone pieces with a root each; two pieces that
        # meet at an inflection are one. Below the threshold there is one more.
        shape = (size, len(kernels.inflections) + 2 + (kernels.threshold is not None))
        # One large block of memory is used again by the next call, where several small ones go back to the system.
        x, r, eigenvalue = np.empty((3, *shape))
        codes, case = np.empty(shape, dtype=np.int8), np.empty(size, dtype=np.int8)
        return cls(x, r, eigenvalue, codes, np.empty(size, dtype=np.int64), case, {})

    def clear(self) -> None:
        """Make every row one without a fixed point."""
        self.x[:] = self.r[:] = self.eigenvalue[:] = np.nan
        self.stability[:] = self.count[:] = 0
        self.case[:] = _CASE[Case.REGULAR]

    @property
    def columns(self) -> tuple[NDArray[Any], ...]:
        """The arrays, row by row."""
        return self.x, self.r, self.eigenvalue, self.stability, self.count, self.case

    def part(self, start: int, stop: int) -> "Table":
        """Return some rows, to be filled; `sides` are those rows' own."""
        x, r, eigenvalue, stability, count, case = (column[start:stop] for column in self.columns)
        return Table(x, r, eigenvalue, stability, count, case, {})


@dataclass(frozen=True, eq=False)
class Sets:
    """Parameter sets side by side: each parameter is an array of one entry a set, or one number for all of them.

    `given` are the sets that these stand for, where the unknown is t = x - threshold.
    """

    compiled: CompiledModel
    values: Sequence[Array]
    size: int
    given: "Sets | None" = None

    def select(self, which: Index) -> "Sets":
        """Return some of the sets."""
        given = None if self.given is None else self.given.select(which)
        return Sets(self.compiled, [v if v.ndim == 0 else v[which] for v in self.values], which.size, given)

    def from_threshold(self) -> "Sets":
        """Return the sets in t = x - threshold, with the threshold at 0 and the input I - threshold."""
        of, values = self.compiled.positions, list(self.values)
        alone = threshold_alone(self.kernels.transfer)
        assert alone is not None
        place = of.shape[0][alone]
        I = of.of[self.compiled.model.populations[0].I_ext.name]
        values[I], values[place] = np.asarray(values[I] - values[place]), np.zeros(())
        return Sets(self.compiled, values, self.size, self)

    @property
    def kernels(self) -> TransferKernels:
        return self.compiled.kernels[0]

    @property
    def w(self) -> Array:
        (weight,) = self.compiled.weights(self.values)
        return weight

    @property
    def I(self) -> Array:  # noqa: E743  mathematics keeps its letters
        return self._of(self.compiled.model.populations[0].I_ext)

    @property
    def tau(self) -> Array:
        return self._of(self.compiled.model.populations[0].tau)

    @property
    def shape(self) -> list[Array]:
        return self.compiled.shape_of(0, self.values)

    def _of(self, parameter: Any) -> Array:
        value: Array = self.compiled.value_of(parameter, self.values)
        return value

    def each(self, value: NDArray[Any]) -> NDArray[Any]:
        """Return a value with one entry a set."""
        return np.broadcast_to(value, (self.size,))

    def F(self, x: Array) -> Array:
        return self.kernels.F(x, *self.shape)

    def dF(self, x: Array) -> Array:
        return self.kernels.dF(x, *self.shape)

    def back(self, F: Array) -> Array:
        """The input that a response produces; an infinite one keeps its sign and stays out of the arithmetic."""
        (back,) = self.compiled.inputs([np.minimum(F, _TALLEST)], self.values)
        return back

    def h(self, x: Array) -> Array:
        """x minus the input that the response to x produces."""
        return x - self.back(self.F(x))

    def rough(self, x: Array) -> tuple[Array, Array]:
        """F and F', right to rounding of the largest F."""
        return self.kernels.rough(x, *self.shape)

    @cached_property
    def rough_size(self) -> Array:
        """What the error of the rough h is relative to, beside x and I: |w| times the largest |F|, 0 without one."""
        low, high = (np.abs(end(*self.shape)) for end in (self.kernels.low, self.kernels.high))
        largest = np.maximum(*(np.where(np.isfinite(end), end, 0.0) for end in (low, high)))
        size: Array = np.abs(self.w) * largest
        return size

    def rough_h(self, x: Array) -> tuple[Array, Array]:
        """h and h' from the rough forms; nan where F or F' leaves what can be multiplied."""
        F, dF = self.rough(x)
        h, slope = x - self.back(F), 1 - self.w * np.minimum(dF, _TALLEST)
        if self.kernels.asymptotic_slope is not None:
            h = np.where((F < _TALLEST) & (dF < _TALLEST), h, np.nan)
        return h, slope

    def rough_dF(self, x: Array) -> Array:
        return np.minimum(self.rough(x)[1], _TALLEST)

    def slope_of(self, dF: Array) -> Array:
        """h' = 1 - w F'."""
        return np.clip(1 - self.w * np.minimum(dF, _TALLEST), -1e300, 1e300)

    def slope(self, x: Array) -> Array:
        """h'(x), from the stable form."""
        return self.slope_of(self.dF(x))

    def eigenvalue(self, dF: Array) -> Array:
        (slope,) = self.compiled.raw_jacobian(*self.values, dF)
        return self.each(slope)

    def rate(self, x: Array, F: Array, dF: Array) -> Array:
        """Return r at a fixed point's input: the one of F(x) and (x - I)/w that does not magnify the rounding of x."""
        steep = np.abs(self.w * dF) > 1
        return np.where(steep, (x - self.I) / np.where(steep, self.w, 1.0), F)


class _Rows:
    """Gathers fixed points as they are found; each set's must come by rising input."""

    def __init__(self, sets: Sets, table: Table) -> None:
        self.sets, self._table = sets, table
        self.x, self.r, self.eigenvalue, self.stability = table.x, table.r, table.eigenvalue, table.stability
        self.count, self.case, self.sides = table.count, table.case, table.sides
        # One index is faster than two.
        self._flat = [t.reshape(-1) for t in (self.x, self.r, self.eigenvalue, self.stability)]

    def put(self, of: Index, x: Array, r: Array, eigenvalue: Array, stability: "np.int8 | Signs") -> None:
        counted = self.count[of]
        place = of * self.x.shape[1] + counted
        for column, values in zip(self._flat, (x, r, eigenvalue, stability), strict=True):
            column[place] = values
        self.count[of] = counted + 1

    def forget(self, of: Index) -> None:
        """Drop what was found for some sets."""
        self.x[of] = self.r[of] = self.eigenvalue[of] = np.nan
        self.stability[of] = 0
        self.count[of] = 0
        for which in of.tolist():
            self.sides.pop(which, None)

    def mark(self, of: "Index | NDArray[np.bool_]", case: Case) -> None:
        self.case[of] = _CASE[case]

    def finish(self) -> None:
        if not self.sets.kernels.is_affine:
            far = np.abs(self.x) > FARTHEST
            if far.any():
                self.mark(np.asarray(far.any(axis=-1)), Case.OUTSIDE)
        steep = np.isinf(self.eigenvalue)
        if steep.any():
            self.mark(np.asarray(steep.any(axis=-1)), Case.OUTSIDE)
        wrong = (self.stability == _STABLE) & ~(self.eigenvalue < 0)
        wrong |= (self.stability == _UNSTABLE) & ~(self.eigenvalue > 0)
        if wrong.any():
            self.mark(wrong.any(axis=-1) & (self.case == _CASE[Case.REGULAR]), Case.UNDECIDED)
            self.stability[wrong] = _CODE["undecided"]
        doubtful = self.sets.kernels.asymptotic_slope is not None or (self.case == _CASE[Case.OUTSIDE]).any()
        if doubtful or not np.isfinite(np.nansum(np.abs(self.x))):
            used = np.arange(self.x.shape[1]) < self.count[:, None]
            lost = used & ~(np.isfinite(self.x) & np.isfinite(self.r))
            if lost.any():
                self._drop(lost)

    def _drop(self, lost: NDArray[np.bool_]) -> None:
        """Take out fixed points beyond the largest double."""
        self.mark(np.asarray(lost.any(axis=-1)), Case.BEYOND)
        # A stable sort by "lost" moves what is kept to the front, in order.
        order = np.argsort(lost, axis=-1, kind="stable")
        for table, nothing in ((self.x, np.nan), (self.r, np.nan), (self.eigenvalue, np.nan), (self.stability, 0)):
            table[lost] = nothing
            table[:] = np.take_along_axis(table, order, axis=-1)
        self.count -= lost.sum(axis=-1)


def fill(sets: Sets, table: Table) -> None:
    """Find every fixed point of each set, or the case that says what is not decided."""
    kernels = sets.kernels
    found = _Rows(sets, table)
    edge = sets.each(np.asarray(-np.inf) if kernels.threshold is None else kernels.threshold(*sets.shape))
    if kernels.threshold is not None:
        _silent(sets, edge, found)
    if kernels.is_affine:
        _affine(sets, edge, found)
    else:
        active = edge < sets.I if kernels.threshold is not None else np.ones(sets.size, dtype=bool)
        without = np.flatnonzero(sets.each(sets.w == 0) & active)
        if without.size:
            _without_recurrence(sets.select(without), without, found)
        if without.size == 0 and sets.size:
            _recurrent(sets, edge, np.arange(sets.size), found)
        else:
            recurrent = np.flatnonzero(sets.each(sets.w != 0))
            if recurrent.size:
                _recurrent(sets.select(recurrent), edge[recurrent], recurrent, found)
    beyond = np.logical_or.reduce([sets.each(np.abs(v) > LARGEST) for v in (sets.w, sets.I, *sets.shape)])
    if beyond.any():
        found.mark(beyond, Case.OUTSIDE)
    found.finish()
    if beyond.any():
        # Nor is anything known of points that were dropped there.
        found.mark(beyond, Case.OUTSIDE)


def _recurrent(sets: Sets, edge: Array, number: Index, found: _Rows) -> None:
    if threshold_alone(sets.kernels.transfer) is None:
        _monotone_pieces(sets, edge, number, found)
    else:
        _monotone_pieces(sets.from_threshold(), np.zeros(sets.size), number, found)


@lru_cache(maxsize=128)
def threshold_alone(transfer: TransferFunction) -> int | None:
    """Return which parameter the threshold is, if F depends on x and on it only by x - threshold; else None."""
    edge, symbols = transfer.threshold, [p.symbol for p in transfer.parameters]
    if edge not in symbols or transfer.formula.subs(transfer.variable, transfer.variable + edge).has(edge):
        return None
    return symbols.index(edge)


def _without_recurrence(sets: Sets, number: Index, found: _Rows) -> None:
    x = sets.each(sets.I)
    found.put(number, x, sets.F(x), sets.eigenvalue(sets.dF(x)), _STABLE)


def _silent(sets: Sets, edge: Array, found: _Rows) -> None:
    """r = 0 is a fixed point where the input alone does not pass the threshold."""
    I = sets.each(sets.I)
    smooth = edge > I if sets.kernels.slope_at_threshold is not None else edge >= I
    below = np.flatnonzero(smooth)
    if below.size:
        some = sets.select(below)
        found.put(below, I[below], np.zeros(below.size), some.eigenvalue(np.zeros(below.size)), _STABLE)
    if sets.kernels.slope_at_threshold is not None:
        _kinks(sets, np.flatnonzero(edge == I), found)


def _kinks(sets: Sets, which: Index, found: _Rows) -> None:
    """A fixed point at the kink: r = 0, with one eigenvalue for each side."""
    if not which.size:
        return
    some = sets.select(which)
    assert sets.kernels.slope_at_threshold is not None
    I, slope = some.each(some.I), some.each(sets.kernels.slope_at_threshold(some.I, *some.shape))
    below, above = some.eigenvalue(np.zeros(which.size)), some.eigenvalue(slope)
    # Without recurrence the kink is not felt: both sides have one eigenvalue.
    smooth, bent = below == above, below != above
    found.put(which[smooth], I[smooth], np.zeros(smooth.sum()), below[smooth], _STABLE)
    found.put(which[bent], I[bent], np.zeros(bent.sum()), np.full(bent.sum(), np.nan), _CODE["nonsmooth"])
    found.sides.update(
        zip(which[bent].tolist(), zip(below[bent].tolist(), above[bent].tolist(), strict=True), strict=True)
    )
    found.mark(which[bent], Case.KINK)


def _affine(sets: Sets, edge: Array, found: _Rows) -> None:
    """F = g (x - edge) above the threshold: solved in closed form (reference: theory, section 3.1)."""
    g = sets.each(sets.dF(np.where(edge > -np.inf, 2 * np.abs(edge) + 1, 0.0)))
    w, I, tau = (sets.each(v) for v in (sets.w, sets.I, sets.tau))
    margin = _one_minus(g, w)
    above = I - edge
    exists = (margin != 0) & (above != 0) & ((above > 0) == (margin > 0))
    which = np.flatnonzero(exists)
    if which.size:
        scale = above[which] / margin[which]
        kind = np.where(margin[which] > 0, _STABLE, _UNSTABLE)
        r, w, I, edge_here = g[which] * scale, w[which], I[which], edge[which]
        # x is both sums: the one of smaller terms cancels less.
        small = np.abs(w * r) + np.abs(I) < np.abs(edge_here) + np.abs(scale)
        x = np.where(small, w * r + I, edge_here + scale)
        found.put(which, x, r, -margin[which] / tau[which], kind)
    found.mark((above > 0) & ~exists, Case.NONE)
    continuum = np.flatnonzero((margin == 0) & (above == 0))
    found.forget(continuum)
    found.mark(continuum, Case.CONTINUUM)


@dataclass(frozen=True, eq=False)
class _Nodes:
    """Where h is cut, from left to right, its sign there, and for each piece whether F' rises on it (F'' > 0)."""

    at: list[Array]
    sign: list[Signs]
    bends_up: list[bool]


def _monotone_pieces(sets: Sets, edge: Array, number: Index, found: _Rows) -> None:
    """Find the roots above the threshold of sets with w != 0; `number` is what each set is called in `found`."""
    bounds = _bracket(sets, edge)
    doubtful = bounds.doubtful.copy()
    nodes = _cut(sets, bounds, doubtful, edge)
    signs = nodes.sign
    regular = ~doubtful if doubtful.any() else None
    pieces = [np.flatnonzero((a != b) if regular is None else (a != b) & regular) for a, b in itertools.pairwise(signs)]
    which = np.concatenate(pieces)
    if which.size:
        left = np.concatenate([node[p] for node, p in zip(nodes.at, pieces, strict=False)])
        right = np.concatenate([node[p] for node, p in zip(nodes.at[1:], pieces, strict=False)])
        falls = np.concatenate([sign[p] for sign, p in zip(signs, pieces, strict=False)])
        up = np.repeat(nodes.bends_up, [p.size for p in pieces])
        some = sets.select(which)
        # h'' = -w F'': the end to start from is where h has that sign.
        bend = np.where(up == (some.each(some.w) < 0), 1, -1)
        from_left = falls == bend
        rising = falls < 0
        slack = some.each(8 * _EPS * some.rough_size)
        x, F, dF = solved(
            some,
            np.where(from_left, left, right),
            np.where(from_left, right, left),
            rising,
            _at_zero(some, left - slack, right + slack),
            slack,
        )
        r, eigenvalue = some.rate(x, F, dF), some.eigenvalue(dF)
        if some.given is not None:
            x, r, eigenvalue = _from_distance(some, x, F, r, eigenvalue, left, right, rising)
        kind = np.where(rising, _STABLE, _UNSTABLE)
        first = 0
        for piece in pieces:
            part = slice(first, first + piece.size)
            found.put(number[piece], x[part], r[part], eigenvalue[part], kind[part])
            first += piece.size
    # h keeps one sign on all of the line above the threshold: no root there, none at all if the input is above it.
    if sets.kernels.asymptotic_slope is not None:
        none = (edge < sets.I) & np.logical_and.reduce([s == bounds.sign_lo for s in signs])
        found.mark(number[none & ~doubtful], Case.NONE)
    for i in np.flatnonzero(doubtful):
        _with_more_digits(sets, int(i), number[i : i + 1], found)


def _from_distance(
    sets: Sets, t: Array, F: Array, r: Array, eigenvalue: Array, left: Array, right: Array, rising: NDArray[np.bool_]
) -> tuple[Array, Array, Array]:
    """Return x = threshold + t, r and the eigenvalue; where the sum cancels, x is polished, and they are its own."""
    given = sets.given
    assert given is not None
    assert given.kernels.threshold is not None
    edge = given.each(given.kernels.threshold(*given.shape))
    x: Array = np.where(F == 0, given.I, edge + t)
    which = np.flatnonzero((np.abs(x) < np.abs(t)) & (F != 0))
    if which.size:
        r, eigenvalue = r.copy(), eigenvalue.copy()
        some, edge = given.select(which), edge[which]
        slack = 8 * _EPS * np.abs(edge)
        low, high = edge + left[which] - slack, edge + right[which] + slack
        at = np.where(_at_zero(some, low, high), 0.0, x[which])
        x[which], F, dF = polished(some, at, low, high, rising[which])
        r[which], eigenvalue[which] = some.rate(x[which], F, dF), some.eigenvalue(dF)
    return x, r, eigenvalue


def _at_zero(sets: Sets, low: Array, high: Array) -> NDArray[np.bool_]:
    """Whether the root is exactly 0: Newton's method only comes near 0, for ever nearer."""
    if sets.given is not None:
        # At t = 0 F is 0, and so is the input: that root is not above the threshold.
        return np.zeros(sets.size, dtype=np.bool_)
    at_zero: NDArray[np.bool_] = sets.each((sets.I + sets.w * sets.F(np.zeros(()))) == 0) & (low <= 0) & (high >= 0)
    return at_zero


@dataclass(frozen=True, eq=False)
class _Bracket:
    """An interval above the threshold that holds every root there, and the signs of h at its ends; hi may be inf."""

    lo: Array
    sign_lo: Signs
    hi: Array
    sign_hi: Signs
    doubtful: NDArray[np.bool_]


def _bracket(sets: Sets, edge: Array) -> _Bracket:
    kernels, w, I = sets.kernels, sets.each(sets.w), sets.each(sets.I)
    low = kernels.low(*sets.shape)
    doubtful = np.zeros(sets.size, dtype=bool)
    sign_hi = np.ones(sets.size, dtype=np.int8)
    if kernels.asymptotic_slope is None:
        one, other = w * low, w * kernels.high(*sets.shape)
        margin = 8 * _EPS * (np.abs(I) + np.maximum(np.abs(one), np.abs(other))) + 1e-300
        lo, hi = I + np.minimum(one, other) - margin, I + np.maximum(one, other) + margin
    else:
        # F >= 0 without bound: x >= I where w > 0; I + w F(I) <= x <= I where w < 0.
        at_input = np.where(w < 0, np.minimum(sets.F(np.where(w < 0, I, 0.0)), _TALLEST), 0.0)
        reach = np.abs(w * at_input)
        margin = 8 * _EPS * (np.abs(I) + reach) + 1e-300
        lo, hi = I - reach - margin, np.where(w < 0, I + margin, np.inf)
        slope = sets.each(kernels.asymptotic_slope(*sets.shape))
        if kernels.asymptotic_offset is None:
            far = np.where(w > 0, -1.0, 1.0)
        else:
            far = np.where(w > 0, _one_minus(slope, w), 1.0)
            offset = kernels.asymptotic_offset(*sets.shape)
            # Where 1 - w F'(oo) is zero h has a limit, which it approaches from below.
            doubtful |= (w > 0) & (np.abs(far) < 1e-10) & (far != 0)
            far = np.where(far == 0, np.where(offset > I, 1.0, -1.0), far)
        sign_hi = np.where(far > 0, 1, -1).astype(np.int8)
    sign_lo = np.full(sets.size, -1, dtype=np.int8)
    if kernels.threshold is not None:
        cut = lo < edge
        # At the threshold h is edge - I; where that is 0 it rises from there, since F' is 0 at a smooth threshold.
        lo, sign_lo = np.where(cut, edge, lo), np.where(cut & (edge >= I), 1, sign_lo).astype(np.int8)
        hi = np.maximum(hi, lo)
    return _Bracket(lo, sign_lo, hi, sign_hi, doubtful)


def _cut(sets: Sets, bounds: _Bracket, doubtful: NDArray[np.bool_], edge: Array) -> _Nodes:
    """Cut the bracket at the inflections and where w F' = 1; mark in `doubtful` where rounding hides a sign."""
    lo, hi, kernels = bounds.lo, bounds.hi, sets.kernels
    places = [sets.each(point(*sets.shape)) for point in kernels.inflections]
    size = (
        np.abs(sets.I)
        + sets.rough_size
        + sum(np.abs(p) for p in places)
        + np.where(np.isfinite(edge), np.abs(edge), 0.0)
    )
    last = hi if kernels.asymptotic_slope is None else _last_end(sets, bounds, places, doubtful)
    ends = [lo, *(np.minimum(np.maximum(place, lo), last) for place in places), last]
    nodes = _Nodes([lo], [bounds.sign_lo], [])
    inner = [sets.rough_h(end) for end in ends[1:-1]]
    excitatory = sets.each(sets.w > 0)
    for end, (h, slope) in zip(ends[1:-1], inner, strict=True):
        unsure = excitatory & (np.abs(slope) <= 64 * _EPS) & (end > lo) & (end < last)
        if unsure.any():
            doubtful |= unsure & (np.abs(h) <= ROUNDINGS * (size + np.abs(end) + np.abs(end - h)) + 1e-300)
    critical = _critical_points(sets, ends, [None, *(slope for _, slope in inner), None], excitatory, doubtful)
    for piece, (point, exists) in enumerate(critical):
        # F' rises from the left up to the first inflection, and then falls and rises by turns.
        up = piece % 2 == 0
        h, _ = sets.rough_h(point)
        # Where there is no critical point the node repeats the one before it: no piece, no root.
        nodes.at.append(np.where(exists, point, nodes.at[-1]))
        nodes.sign.append(np.where(exists, np.where(h > 0, 1, -1), nodes.sign[-1]).astype(np.int8))
        nodes.bends_up.append(up)
        doubtful |= exists & (np.abs(h) <= ROUNDINGS * (size + np.abs(point) + np.abs(point - h)) + 1e-300)
        if piece < len(inner):
            place, (h, _) = ends[piece + 1], inner[piece]
            further = place > nodes.at[-1]
            # At the end of the bracket the sign is known, where rounding might hide it.
            sign = np.where((place >= last) & np.isfinite(hi), bounds.sign_hi, np.where(h > 0, 1, -1))
            nodes.at.append(np.where(further, place, nodes.at[-1]))
            nodes.sign.append(np.where(further, sign, nodes.sign[-1]).astype(np.int8))
            nodes.bends_up.append(up)
    end = last
    if kernels.asymptotic_slope is not None:
        open_end = ~np.isfinite(hi)
        reaches = open_end & (nodes.sign[-1] != bounds.sign_hi)
        end = np.where(open_end, nodes.at[-1], hi)
        if reaches.any():
            far, failed = _expand(sets, nodes.at[-1], bounds.sign_hi, reaches, slope=False)
            end = np.where(reaches, far, end)
            doubtful |= failed
    nodes.at.append(np.maximum(end, nodes.at[-1]))
    nodes.sign.append(bounds.sign_hi)
    nodes.bends_up.append(len(places) % 2 == 0)
    return nodes


def _last_end(sets: Sets, bounds: _Bracket, places: list[Array], doubtful: NDArray[np.bool_]) -> Array:
    """Where F has no bound: an input beyond the last one at which w F' may be 1."""
    lo, hi = bounds.lo, bounds.hi
    start = np.maximum(places[-1], lo) if places else lo
    if np.isfinite(hi).all():
        return hi
    falls = sets.each(sets.w > 0) & (bounds.sign_hi < 0) & ~np.isfinite(hi)
    # Only where F' can exceed 1/w far out is there a critical point to reach.
    if sets.kernels.asymptotic_offset is not None and sets.kernels.asymptotic_slope is not None:
        falls &= _one_minus(sets.each(sets.kernels.asymptotic_slope(*sets.shape)), sets.each(sets.w)) < 0
    falls &= ~doubtful
    far, failed = _expand(sets, start, np.full(lo.shape, -1, dtype=np.int8), falls, slope=True)
    doubtful |= failed
    return np.where(np.isfinite(hi), hi, np.where(falls, far, start))


def _critical_points(
    sets: Sets,
    ends: list[Array],
    slopes: "list[Array | None]",
    excitatory: NDArray[np.bool_],
    doubtful: NDArray[np.bool_],
) -> list[tuple[Array, NDArray[np.bool_]]]:
    """Return where w F'(x) = 1: (inputs, whether there is one) for each piece on which F' is monotone, left to right.

    In closed form where F' can be inverted, else bracketed.
    """
    kernels = sets.kernels
    closed: Sequence[Array | None] = [None] * (len(ends) - 1)
    if kernels.inputs_of_slope is not None:
        wanted = 1 / np.where(excitatory, np.maximum(sets.w, np.finfo(np.float64).tiny), 1.0)
        if kernels.largest_slope is not None:
            # Elsewhere there is no such input, and any slope serves that F' has.
            largest = kernels.largest_slope(*sets.shape)
            excitatory = excitatory & (wanted < largest)
            wanted = np.where(excitatory, wanted, largest / 2)
        closed = kernels.inputs_of_slope(wanted, *sets.shape)
    found = []
    for left, right, a, b, point in zip(ends, ends[1:], slopes, slopes[1:], closed, strict=False):
        slope_left = sets.slope(left) if a is None and point is None else a
        slope_right = sets.slope(right) if b is None and point is None else b
        if point is not None:
            # F' is monotone here: it passes 1/w inside if the point where it does lies inside.
            steep = a if a is not None else b
            exists = excitatory & (left < point) & (point < right)
            if steep is not None:
                exists &= steep < 0
        else:
            assert slope_left is not None
            assert slope_right is not None
            exists = excitatory & ((slope_left > 0) != (slope_right > 0)) & (left < right)
            point = left.copy()
            which = np.flatnonzero(exists)
            if which.size:
                some = sets.select(which)
                point[which] = roots_between(
                    lambda at, of, some=some: (some if of.size == some.size else some.select(of)).slope(at),  # type: ignore[misc]
                    left[which],
                    right[which],
                    slope_left[which] <= 0,
                )
        found.append((np.where(exists, point, left), exists))
    return found


def _expand(
    sets: Sets, start: Array, sign: Signs, wanted: NDArray[np.bool_], *, slope: bool
) -> tuple[Array, NDArray[np.bool_]]:
    """Return, for the wanted sets, a point right of `start` where h (or h') has the sign, and where none was met."""
    reached, which = start.copy(), np.flatnonzero(wanted)
    step = 1e-6 * (1 + np.abs(start))
    for _ in range(_EXPANSIONS):
        if not which.size:
            break
        some, x = sets.select(which), np.minimum(start[which] + step[which], 1e300)
        value = some.slope(x) if slope else some.h(x)
        there = value * sign[which] > 0
        reached[which[there]] = x[there]
        which = which[~there & (x < 1e300)] if (x >= 1e300).any() else which[~there]
        step[which] *= 4
    failed = wanted & (reached <= start)
    return reached, failed


def _with_more_digits(sets: Sets, i: int, number: Index, found: _Rows) -> None:
    found.forget(number)
    origin = 0.0
    one = sets.select(np.array([i]))
    if one.given is not None:
        # The numbers as they were given: their difference may have been rounded.
        assert one.given.kernels.threshold is not None
        origin = float(one.given.each(one.given.kernels.threshold(*one.given.shape))[0])
    given = one if one.given is None else one.given
    unsettled = None
    w, I, tau, *shape = (float(one.each(v)[0]) for v in (one.w, given.I, one.tau, *one.shape))
    try:
        roots = near_fold.resolve(sets.kernels.transfer, shape, w, I, tau, origin)
    except near_fold.Undecided as stop:
        roots, unsettled = stop.roots, Case.BEYOND if stop.beyond else Case.UNDECIDED
    for root in roots:
        x, r, eigenvalue = (np.array([v]) for v in (root.x, root.r, root.eigenvalue))
        found.put(number, x, r, eigenvalue, _CODE[root.stability])
    kinds = {root.stability for root in roots}
    if unsettled:
        found.mark(number, unsettled)
    elif "stable-nonhyperbolic" in kinds:
        found.mark(number, Case.TRIPLE)
    elif "half-stable" in kinds:
        found.mark(number, Case.DOUBLE)
    else:
        found.mark(number, Case.REGULAR if roots else Case.NONE)


def _one_minus(a: Array, b: Array) -> Array:
    """Return 1 - a b, rounded once: the product is taken as the exact sum of two doubles (Dekker 1971)."""
    product = a * b
    # Beyond these the splitting would overflow, and rounding the product no longer matters.
    near = (np.abs(product) > 0.25) & (np.abs(product) < 4) & (np.abs(a) < 1e200) & (np.abs(b) < 1e200)
    a, b = np.where(near, a, 1.0), np.where(near, b, 1.0)
    return np.where(near, (1 - product) - product_error(a, b, a * b), 1 - product)
