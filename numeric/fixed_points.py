"""Fixed points of firing-rate models: all of them, or a statement of what is undecided.

One population: with x = w r + I_ext the fixed points are the zeros of h(x) = x - I_ext - w F(x). h is cut at the
threshold and at the inputs where w F'(x) = 1; between these it is monotone, so a change of sign is one root and no
change is none (reference: theory, section 3). No initial guess enters, and no residual is compared with a tolerance.
"""

import itertools
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..symbolic.model import RateModel
from . import door, near_fold
from .bracketing import Index, roots_between
from .compile import FARTHEST, CompiledModel, TransferKernels, compile_model
from .door import Array
from .results import Case, FixedPoints

_EPS = float(np.finfo(np.float64).eps)
# What a handful of roundings in h, and in F at an input that is itself rounded, can amount to.
_ROUNDINGS = 16 * _EPS
_WORD = "U20"  # stable-nonhyperbolic
# Parameters are valid up to _LARGEST, inputs up to FARTHEST, where F' is cut: their products then stay within doubles.
_LARGEST = 1e140
_EXPANSIONS = 540  # by 4 each time: from one end of the doubles to the other


def fixed_points(model: RateModel, **parameters: ArrayLike) -> FixedPoints:
    """Return every fixed point of the model, with eigenvalues and stability.

    Parameters not given take their defaults. Parameters may be arrays: they broadcast, and the result has their shape
    and a last axis of fixed points, padded with nan. Rates are dimensionless, eigenvalues in 1/ms. The points are
    ordered by rising input x = w r + I_ext (of the first population, where there are several).

    For one population the list is complete for every transfer function of the catalogue, however close to a fold:
    where doubles cannot decide, that set of parameters is solved with 120 digits. It is not complete, and `case` says
    so, where a fixed point lies beyond the largest double, and where a parameter exceeds 1e140 or an input 1e150 in
    magnitude. For several populations the search is by interval branch and prune, and `complete` is False where it
    could not decide a region. A network of one named population is solved as one population.

    Raises ParameterError if a parameter is unknown, not a finite number or out of bounds.

    >>> fixed_points(RateModel.single(), w=5, I_ext=0.5)
    3 fixed points of 'single' (tau=1, a=1.2, theta=2.8, w=5, I_ext=0.5), complete
      r          eigenvalue  stability
      0.0415367  -0.58321    stable
      0.447119   0.497762    unstable
      0.899717   -0.626423   stable
    """
    compiled = compile_model(model)
    values = door.read(model, parameters)
    shape = door.broadcast_shape(list(model.parameters), list(values))
    if len(model.populations) > 1:
        from .network_fixed_points import network_fixed_points  # imports what is below

        return network_fixed_points(compiled, values, shape)
    sets = _Sets.of(compiled, [np.broadcast_to(v, shape).reshape(-1) for v in values])
    return _assembled(model, door.parameters_of(model, values), shape, _solve(sets))


@dataclass(frozen=True, eq=False)
class _Sets:
    """Parameter sets side by side: every array has one entry a set."""

    compiled: CompiledModel
    values: list[Array]
    w: Array
    I: Array
    tau: Array
    shape: list[Array]

    @classmethod
    def of(cls, compiled: CompiledModel, values: list[Array]) -> "_Sets":
        (population,) = compiled.model.populations
        (weight,) = compiled.weights(values)
        return cls(
            compiled,
            values,
            np.broadcast_to(weight, values[0].shape),
            compiled.value_of(population.I_ext, values),
            compiled.value_of(population.tau, values),
            compiled.shape_of(0, values),
        )

    def __getitem__(self, which: Any) -> "_Sets":
        return _Sets.of(self.compiled, [v[which] for v in self.values])

    @property
    def size(self) -> int:
        return int(self.w.size)

    @property
    def kernels(self) -> TransferKernels:
        return self.compiled.kernels[0]

    def F(self, x: Array) -> Array:
        return self.kernels.F(x, *self.shape)

    def dF(self, x: Array) -> Array:
        return self.kernels.dF(x, *self.shape)

    def h(self, x: Array) -> Array:
        """x minus the input that the response to x produces."""
        (back,) = self.compiled.inputs([self.F(x)], self.values)
        # An infinite response (a power of a large input) keeps its sign and stays out of the interpolation.
        return np.clip(x - back, -1e300, 1e300)

    def h_slope(self, x: Array) -> Array:
        """h'(x) = 1 - w F'(x)."""
        return np.clip(1 - self.w * self.dF(x), -1e300, 1e300)

    def eigenvalue(self, x: Array) -> Array:
        (slope,) = self.compiled.raw_jacobian(*self.values, self.dF(x))
        return slope

    def rate(self, x: Array) -> Array:
        """Return r at a fixed point's input: the one of F(x) and (x - I)/w that does not magnify the rounding of x."""
        steep = np.abs(1 - self.h_slope(x)) > 1
        return np.where(steep, (x - self.I) / np.where(steep, self.w, 1.0), self.F(x))


@dataclass(frozen=True, eq=False)
class _Roots:
    """Fixed points of many sets in one list: `of` says whose each is. Cases are one a set."""

    of: Index
    x: Array
    r: Array
    eigenvalue: Array
    stability: NDArray[np.str_]
    sides: Array
    case: NDArray[np.object_]

    @property
    def complete(self) -> NDArray[np.bool_]:
        return ~np.isin(self.case.astype(np.str_), [Case.UNDECIDED, Case.BEYOND, Case.OUTSIDE])


def _solve(sets: _Sets) -> _Roots:
    kernels = sets.kernels
    found = _Collector(sets)
    edge = kernels.threshold(*sets.shape) if kernels.threshold else np.full(sets.size, -np.inf)
    edge = np.broadcast_to(edge, sets.I.shape)
    below = edge > sets.I
    at_edge = edge == sets.I
    found.add(np.flatnonzero(below), sets.I[below], "stable")
    if kernels.slope_at_threshold is not None:
        _kinks(sets, np.flatnonzero(at_edge), found)
    else:
        found.add(np.flatnonzero(at_edge), sets.I[at_edge], "stable")
    if kernels.is_affine:
        _affine(sets, edge, found)
    else:
        without = (sets.w == 0) & ~below & ~at_edge
        found.add(np.flatnonzero(without), sets.I[without], "stable")
        recurrent = np.flatnonzero(sets.w != 0)
        if recurrent.size:
            _monotone_pieces(sets[recurrent], edge[recurrent], recurrent, found)
    large = np.logical_or.reduce([np.abs(v) > _LARGEST for v in (sets.w, sets.I, *sets.shape)])
    found.case[large] = Case.OUTSIDE
    return found.roots()


class _Collector:
    """Gathers fixed points as they are found."""

    def __init__(self, sets: _Sets) -> None:
        self.sets = sets
        self.case = np.full(sets.size, Case.REGULAR, dtype=object)
        self.parts: list[tuple[Index, Array, Array, Array, NDArray[np.str_], Array]] = []

    def add(self, of: Index, x: Array, stability: "str | NDArray[np.str_]") -> None:
        """Add points by their inputs."""
        if of.size:
            some = self.sets[of]
            self.put(of, x, some.rate(x), some.eigenvalue(x), stability)

    def put(
        self,
        of: Index,
        x: Array,
        r: Array,
        eigenvalue: Array,
        stability: "str | NDArray[np.str_]",
        sides: Array | None = None,
    ) -> None:
        words = np.broadcast_to(np.asarray(stability, dtype=_WORD), of.shape)
        self.parts.append((of, x, r, eigenvalue, words, np.full((of.size, 2), np.nan) if sides is None else sides))

    def forget(self, of: Index) -> None:
        """Drop what was found for some sets."""
        drop = np.zeros(self.sets.size, dtype=bool)
        drop[of] = True
        kept = [~drop[part[0]] for part in self.parts]
        self.parts = [tuple(a[k] for a in part) for part, k in zip(self.parts, kept, strict=True)]  # type: ignore[misc]

    def roots(self) -> _Roots:
        nothing = (np.empty(0, dtype=np.intp), *(np.empty(0),) * 3, np.empty(0, dtype=_WORD), np.empty((0, 2)))
        of, x, r, eigenvalue, stability, sides = (
            np.concatenate([nothing[i], *(part[i] for part in self.parts)]) for i in range(6)
        )
        if not self.sets.kernels.is_affine:
            self.case[of[np.abs(x) > FARTHEST]] = Case.OUTSIDE
        hidden = ((stability == "stable") & ~(eigenvalue < 0)) | ((stability == "unstable") & ~(eigenvalue > 0))
        self.case[of[hidden & (self.case[of] == Case.REGULAR)]] = Case.UNDECIDED
        stability = np.where(hidden, "undecided", stability)
        held = np.isfinite(x) & np.isfinite(r)
        self.case[of[~held]] = Case.BEYOND
        of, x, r, eigenvalue, stability, sides = (v[held] for v in (of, x, r, eigenvalue, stability, sides))
        order = np.lexsort((x, of))
        return _Roots(of[order], x[order], r[order], eigenvalue[order], stability[order], sides[order], self.case)


def _kinks(sets: _Sets, which: Index, found: _Collector) -> None:
    """A fixed point at the kink: r = 0, with one eigenvalue for each side."""
    if not which.size:
        return
    some = sets[which]
    assert sets.kernels.slope_at_threshold is not None
    slope = sets.kernels.slope_at_threshold(some.I, *some.shape)
    sides = [
        some.compiled.raw_jacobian(*some.values, d)[0]
        for d in (np.zeros(some.size), np.broadcast_to(slope, some.I.shape))
    ]
    below, above = (np.broadcast_to(side, which.shape) for side in sides)
    # Without recurrence the kink is not felt: both sides have one eigenvalue.
    smooth, bent = below == above, below != above
    found.put(which[smooth], some.I[smooth], np.zeros(smooth.sum()), below[smooth], "stable")
    nan = np.full(bent.sum(), np.nan)
    both = np.stack([below, above], axis=-1)[bent]
    found.put(which[bent], some.I[bent], np.zeros(bent.sum()), nan, "nonsmooth", both)
    found.case[which[bent]] = Case.KINK


def _affine(sets: _Sets, edge: Array, found: _Collector) -> None:
    """F = g (x - edge) above the threshold: solved in closed form (reference: theory, section 3.1)."""
    g = np.broadcast_to(sets.dF(np.where(edge > -np.inf, 2 * np.abs(edge) + 1, 0.0)), sets.w.shape)
    margin = _one_minus(g, sets.w)
    above = sets.I - edge
    exists = (margin != 0) & (above != 0) & ((above > 0) == (margin > 0))
    which = np.flatnonzero(exists)
    if which.size:
        some, scale = sets[which], above[which] / margin[which]
        r = g[which] * scale
        found.put(
            which, edge[which] + scale, r, -margin[which] / some.tau, np.where(margin[which] > 0, "stable", "unstable")
        )
    found.case[(above > 0) & ~exists] = Case.NONE
    continuum = np.flatnonzero((margin == 0) & (above == 0))
    found.forget(continuum)
    found.case[continuum] = Case.CONTINUUM


def _monotone_pieces(sets: _Sets, edge: Array, number: Index, found: _Collector) -> None:
    """Find the roots above the threshold of sets with w != 0; `number` is what each set is called in `found`."""
    bounds = _bracket(sets, edge)
    lo, sign_lo, hi, sign_hi = bounds.lo, bounds.sign_lo, bounds.hi, bounds.sign_hi
    doubtful = bounds.doubtful.copy()
    nodes, signs = [lo], [sign_lo]
    for point, exists in _critical_points(sets, bounds, doubtful):
        value = np.where(exists, sets.h(point), 0.0)
        doubtful |= exists & (np.abs(value) <= _rounding(sets, point, edge))
        # Where there is no critical point the node repeats the one before it: no piece, no root.
        nodes.append(np.where(exists, point, nodes[-1]))
        signs.append(np.where(exists, np.where(value > 0, 1, -1), signs[-1]))
    open_end = ~np.isfinite(hi)
    reaches = open_end & (signs[-1] != sign_hi)
    hi = np.where(open_end, nodes[-1], hi)
    if reaches.any():
        far, failed = _expand(sets, nodes[-1], sign_hi, reaches, slope=False)
        hi, doubtful = np.where(reaches, far, hi), doubtful | failed
    nodes.append(np.maximum(hi, nodes[-1]))
    signs.append(sign_hi)
    pieces = [np.flatnonzero((a * b < 0) & ~doubtful) for a, b in itertools.pairwise(signs)]
    which = np.concatenate(pieces)
    if which.size:
        left = np.concatenate([node[p] for node, p in zip(nodes, pieces, strict=False)])
        right = np.concatenate([node[p] for node, p in zip(nodes[1:], pieces, strict=False)])
        rising = np.concatenate([sign[p] > 0 for sign, p in zip(signs[1:], pieces, strict=False)])
        some = sets[which]
        x = roots_between(_each(some, "h"), left, right, rising)
        found.add(number[which], x, np.where(rising, "stable", "unstable"))
    # h keeps one sign on all of the line above the threshold: no root there, none at all if the input is above it.
    none = (edge < sets.I) & np.logical_and.reduce([s == sign_lo for s in signs])
    found.case[number[none & ~doubtful]] = Case.NONE
    for i in np.flatnonzero(doubtful):
        _with_more_digits(sets, int(i), number[i : i + 1], found)


@dataclass(frozen=True, eq=False)
class _Bracket:
    """An interval above the threshold that holds every root there, and the signs of h at its ends; hi may be inf."""

    lo: Array
    sign_lo: NDArray[np.int64]
    hi: Array
    sign_hi: NDArray[np.int64]
    reach: Array
    doubtful: NDArray[np.bool_]


def _bracket(sets: _Sets, edge: Array) -> _Bracket:
    kernels, w, I = sets.kernels, sets.w, sets.I
    low = np.broadcast_to(kernels.low(*sets.shape), w.shape)
    doubtful = np.zeros(w.shape, dtype=bool)
    sign_hi = np.ones(w.shape, dtype=np.int64)
    if kernels.asymptotic_slope is None:
        high = np.broadcast_to(kernels.high(*sets.shape), w.shape)
        reach = np.abs(w) * np.maximum(np.abs(low), np.abs(high))
        margin = 8 * _EPS * (np.abs(I) + reach) + 1e-300
        lo, hi = I + np.minimum(w * low, w * high) - margin, I + np.maximum(w * low, w * high) + margin
    else:
        # F >= 0 without bound: x >= I where w > 0; I + w F(I) <= x <= I where w < 0.
        at_input = np.where(w < 0, np.minimum(sets.F(np.where(w < 0, I, 0.0)), 1e200), 0.0)
        reach = np.abs(w * at_input)
        margin = 8 * _EPS * (np.abs(I) + reach) + 1e-300
        lo, hi = I - reach - margin, np.where(w < 0, I + margin, np.inf)
        slope = np.broadcast_to(kernels.asymptotic_slope(*sets.shape), w.shape)
        if kernels.asymptotic_offset is None:
            far = np.where(w > 0, -1.0, 1.0)
        else:
            far = np.where(w > 0, _one_minus(slope, w), 1.0)
            offset = np.broadcast_to(kernels.asymptotic_offset(*sets.shape), w.shape)
            # Where 1 - w F'(oo) is zero h has a limit, which it approaches from below.
            doubtful |= (w > 0) & (np.abs(far) < 1e-10) & (far != 0)
            far = np.where(far == 0, np.where(offset > I, 1.0, -1.0), far)
        sign_hi = np.where(far > 0, 1, -1)
    sign_lo = np.full(w.shape, -1, dtype=np.int64)
    cut = lo < edge
    # At the threshold h is edge - I; where that is 0 it rises from there, since F' is 0 at a smooth threshold.
    lo, sign_lo = np.where(cut, edge, lo), np.where(cut & (edge >= I), 1, sign_lo)
    return _Bracket(lo, sign_lo, np.maximum(hi, lo), sign_hi, reach, doubtful)


def _critical_points(
    sets: _Sets, bounds: _Bracket, doubtful: NDArray[np.bool_]
) -> list[tuple[Array, NDArray[np.bool_]]]:
    """Return where w F'(x) = 1: (inputs, whether there is one) for each piece on which F' is monotone, left to right.

    Marks in `doubtful` the sets where rounding hides whether w F' exceeds 1 at an inflection that may be a root.
    """
    lo, hi, excitatory = bounds.lo, bounds.hi, sets.w > 0
    inflections = [np.broadcast_to(point(*sets.shape), lo.shape) for point in sets.kernels.inflections]
    ends = [lo, *(np.clip(point, lo, hi) for point in sorted(inflections, key=lambda p: float(p.flat[0])))]
    last = hi
    if not np.isfinite(hi).all():
        falls = excitatory & (bounds.sign_hi < 0) & ~np.isfinite(hi)
        # Only where F' can exceed 1/w far out is there a critical point to reach.
        if sets.kernels.asymptotic_offset is not None and sets.kernels.asymptotic_slope is not None:
            falls &= _one_minus(sets.kernels.asymptotic_slope(*sets.shape), sets.w) < 0
        falls &= ~doubtful
        far, failed = _expand(sets, ends[-1], np.full(lo.shape, -1), falls, slope=True)
        doubtful |= failed
        last = np.where(np.isfinite(hi), hi, np.where(falls, far, ends[-1]))
    ends.append(last)
    slopes = [sets.h_slope(end) for end in ends]
    for end, slope in zip(ends[1:-1], slopes[1:-1], strict=True):
        unsure = excitatory & (np.abs(slope) <= 64 * _EPS) & (end > lo) & (end < last)
        if unsure.any():
            doubtful |= unsure & (np.abs(sets.h(end)) <= _rounding(sets, end, lo))
    found = []
    for left, right, a, b in zip(ends, ends[1:], slopes, slopes[1:], strict=False):
        exists = excitatory & ((a > 0) != (b > 0)) & (left < right)
        point = left.copy()
        which = np.flatnonzero(exists)
        if which.size:
            some = sets[which]
            point[which] = roots_between(_each(some, "h_slope"), left[which], right[which], a[which] <= 0)
        found.append((point, exists))
    return found


def _expand(
    sets: _Sets, start: Array, sign: NDArray[np.int64], wanted: NDArray[np.bool_], *, slope: bool
) -> tuple[Array, NDArray[np.bool_]]:
    """Return, for the wanted sets, a point right of `start` where h (or h') has the sign, and where none was met."""
    reached, which = start.copy(), np.flatnonzero(wanted)
    step = 1e-6 * (1 + np.abs(start))
    for _ in range(_EXPANSIONS):
        if not which.size:
            break
        some, x = sets[which], np.minimum(start[which] + step[which], 1e300)
        value = some.h_slope(x) if slope else some.h(x)
        there = value * sign[which] > 0
        reached[which[there]] = x[there]
        which = which[~there & (x < 1e300)] if (x >= 1e300).any() else which[~there]
        step[which] *= 4
    failed = wanted & (reached <= start)
    return reached, failed


def _rounding(sets: _Sets, x: Array, edge: Array) -> Array:
    """Bound the error of a computed h at a critical point, where w F' = 1 carries the rounding of x over."""
    places = [np.abs(np.broadcast_to(point(*sets.shape), x.shape)) for point in sets.kernels.inflections]
    places.append(np.where(np.isfinite(edge), np.abs(edge), 0.0))
    return (
        _ROUNDINGS * (np.abs(x) + np.abs(sets.I) + np.abs(sets.w * np.minimum(np.abs(sets.F(x)), 1e200)) + sum(places))
        + 1e-300
    )


def _with_more_digits(sets: _Sets, i: int, number: Index, found: _Collector) -> None:
    found.forget(number)
    unsettled = None
    try:
        roots = near_fold.resolve(
            sets.kernels.transfer,
            [float(p[i]) for p in sets.shape],
            float(sets.w[i]),
            float(sets.I[i]),
            float(sets.tau[i]),
        )
    except near_fold.Undecided as stop:
        roots, unsettled = stop.roots, Case.BEYOND if stop.beyond else Case.UNDECIDED
    for root in roots:
        x, r, eigenvalue = (np.array([v]) for v in (root.x, root.r, root.eigenvalue))
        found.put(number, x, r, eigenvalue, root.stability)
    kinds = {root.stability for root in roots}
    if unsettled:
        found.case[number] = unsettled
        return
    found.case[number] = (
        Case.TRIPLE
        if "stable-nonhyperbolic" in kinds
        else Case.DOUBLE
        if "half-stable" in kinds
        else Case.REGULAR
        if roots
        else Case.NONE
    )


def _each(sets: _Sets, function: str) -> Any:
    """Return h or h' as a function of inputs and of which sets they belong to."""

    def evaluate(x: Array, which: Index) -> Array:
        some = sets if which.size == sets.size else sets[which]
        return some.h(x) if function == "h" else some.h_slope(x)

    return evaluate


def _one_minus(a: Array, b: Array) -> Array:
    """Return 1 - a b, rounded once: the product is taken as the exact sum of two doubles (Dekker 1971)."""
    product = a * b
    split = 134217729.0  # 2**27 + 1
    a_high, b_high = split * a - (split * a - a), split * b - (split * b - b)
    a_low, b_low = a - a_high, b - b_high
    error = ((a_high * b_high - product) + a_high * b_low + a_low * b_high) + a_low * b_low
    # Beyond these the splitting would overflow, and rounding the product no longer matters.
    near = (np.abs(product) > 0.25) & (np.abs(product) < 4) & (np.abs(a) < 1e200) & (np.abs(b) < 1e200)
    return (1 - product) - np.where(near, error, 0.0)


def _assembled(model: RateModel, parameters: dict[str, Any], shape: tuple[int, ...], roots: _Roots) -> FixedPoints:
    size = roots.case.size
    count = np.bincount(roots.of, minlength=size)
    longest = int(count.max(initial=0))
    first = np.cumsum(count) - count
    column = np.arange(roots.of.size) - first[roots.of]

    def padded(values: NDArray[Any], filler: Any) -> NDArray[Any]:
        table = np.full((size, longest, *values.shape[1:]), filler, dtype=values.dtype)
        table[roots.of, column] = values
        return table.reshape(*shape, longest, *values.shape[1:])

    continuum = roots.case == Case.CONTINUUM
    count = np.where(continuum, -1, count)
    complete = roots.complete
    case = roots.case.astype(np.str_)
    ends = np.where(continuum[:, None], [0.0, np.inf], np.nan)
    scalar = shape == ()
    r, x, eigenvalue, kind = roots.r, roots.x, roots.eigenvalue, None
    if not model.is_single:
        # A network's arrays have an axis of populations, also where there is only one.
        r, x, eigenvalue = r[:, None], x[:, None], eigenvalue[:, None].astype(np.complex128)
        node = np.isin(roots.stability, ["stable", "unstable"])
        kind = padded(np.where(node, np.char.add(roots.stability, " node"), "").astype(_WORD), "")
    return FixedPoints(
        model=model,
        parameters=parameters,
        r=padded(r, np.nan),
        x=padded(x, np.nan),
        eigenvalue=padded(eigenvalue, complex(np.nan, np.nan) if kind is not None else np.nan),
        stability=padded(roots.stability, ""),
        type=kind,
        one_sided_eigenvalues=padded(roots.sides, np.nan),
        count=int(count[0]) if scalar else count.reshape(shape),
        complete=bool(complete[0]) if scalar else complete.reshape(shape),
        case=str(case[0]) if scalar else case.reshape(shape),
        continuum=((0.0, float("inf")) if continuum[0] else None) if scalar else ends.reshape(*shape, 2),
    )
