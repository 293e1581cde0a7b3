"""Folds and cusps of one population over all weights and inputs, for any F: where fixed points meet.

Along the fold curve the input x is the parameter: w = 1/F'(x), I_ext = x - F(x)/F'(x), r = F(x). It turns back on
itself, in a cusp, where F'' changes its sign.
"""

import math
from collections.abc import Collection, Mapping
from itertools import pairwise

import numpy as np
import sympy
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import brentq

from ..symbolic.model import RateModel
from ..symbolic.transfer import formula_derivative
from . import balls, door
from .closed_forms import doubles_around, with_fifty_digits
from .compile import CompiledTransfer, compile_model
from .door import Array
from .fold_results import Cusp, Cusps, FoldCurve
from .fold_window import Window, window_of
from .level_roots import BITS, LevelRoot, LevelRoots, level_roots
from .one_set import Interval, OneSet, interval_given, one_set
from .turning import not_complete, rate_at

_EVERYWHERE = (-math.inf, math.inf)


def cusp(model: RateModel, *, within: tuple[float, float] | None = None, **parameters: ArrayLike) -> Cusps:
    """Return every cusp: the inputs at which F'' changes its sign and F' is not 0, with w, I_ext and r there.

    Two branches of the fold curve meet in a cusp; for weights on one side of it there is no fold beside it, on the
    other there are two. The weight and the external input are what is found: values given for them do not enter.
    Where SymPy has the inflections in closed form they are evaluated with fifty digits; else (extra "certify") F'' is
    searched with proof, on the interval `within`, on the inputs that the formula states, or on the line, as far as it
    is known how F goes on. `interval` and `complete` of the result say which.

    One population and one set of parameters. Raises ParameterError for an array, NullclineError for several
    populations, and MissingExtra where python-flint is needed and missing.

    >>> cusp(RateModel.single(), a=1.2, theta=2.8)
    1 cusp of 'single' (a=1.2, theta=2.8), complete
      w        I_ext    r         x    kind    status
      3.33333  1.24523  0.466431  2.8  smooth  closed form
    """
    return cusps_of(model, parameters, within)


def cusps_of(model: RateModel, parameters: Mapping[str, object], within: tuple[float, float] | None = None) -> Cusps:
    """Return the same for parameters in a mapping, where one may be called `within`."""
    s = one_set(model, parameters, "cusp", ("within",))
    return _cusps(s, interval_given(within) or s.inputs)[0]


def fold_curve(
    model: RateModel, *, points: int = 401, within: tuple[float, float] | None = None, **parameters: ArrayLike
) -> FoldCurve:
    """Trace where two fixed points meet in the (I_ext, w) plane, with the input x as the parameter.

    On the curve w F'(x) = 1, so that it is explicit for any F and needs no continuation: w = 1/F'(x),
    I_ext = x - w F(x), r = F(x), right to the rounding of F and F'. It falls into branches where F' is 0 (there w has
    no bound) and at kinks and jumps of F. Inputs go through `within`, or the inputs that the formula states; by default
    through those at which F' is more than a hundredth of its largest value. The weight and the external input are what
    is traced: values given for them do not enter. A negative w is that of a falling F, or of inhibition.

    Returns x, w, I_ext and r as arrays of shape (points,), ordered by x and so through the cusps, with the cusps
    themselves (see `cusp`). Points at which F' is 0 to rounding are left out, and no branch is without a point.

    One population and one set of parameters. Raises ParameterError for an array, NullclineError for several
    populations, and MissingExtra where the cusps need python-flint and it is missing.

    >>> curve = fold_curve(RateModel.single(), a=1.2, theta=2.8)
    >>> curve.cusp
    Cusp(w=3.3333, I_ext=1.2452, r=0.4664)
    """
    s = one_set(model, parameters, "fold_curve", ("points", "within"))
    number = door.whole_number("points", points, 2, below=10**7)
    stated = interval_given(within) or s.inputs
    cusps, bends = _cusps(s, stated)
    f = compile_model(model).populations[0]
    window = window_of(s, f, stated, cusps.interval, bends)
    flat = {at for at in bends if at not in {point.x for point in cusps.points}}
    x, branch = _places(s, f, window, flat, number)
    with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
        F, dF = np.atleast_1d(f.F(x, **s.own_shape)), np.atleast_1d(f.dF(x, **s.own_shape))
        w = 1 / dF
        I_ext = x - w * F
    kept = np.isfinite(w) & np.isfinite(I_ext)
    _, branch = np.unique(branch[kept], return_inverse=True)
    return FoldCurve(
        model=model,
        parameters=dict(s.parameters),
        x=x[kept],
        w=s.sign * w[kept],
        I_ext=I_ext[kept],
        r=F[kept],
        branch=branch.astype(np.int_),
        cusps=cusps,
        interval=(float(window.places[0]), float(window.places[-1])),
    )


# Cusps ----------------------------------------------------------------------------------------------------------------


def _cusps(s: OneSet, stated: Interval | None) -> tuple[Cusps, list[float]]:
    """Return the cusps, and every input at which F'' changes its sign: between them F' is monotone."""
    interval, note, complete = stated or _EVERYWHERE, "", True
    if s.transfer.has_closed_forms:
        found = [_closed(s, place) for place in s.transfer.inflections]
        found = [point for point in found if interval[0] <= point.x <= interval[1]]
        bends = [point.x for point in found]
    else:
        roots = level_roots(s.in_cases(), 2, 0 * s.w, within=stated, otherwise=s.reach(100.0))
        made = [_certified(s, root) for root in roots.roots if root.kind != "jump" and _may_change(root)]
        found = [point for point in made if point is not None]
        bends = [float(root.x) for root in roots.roots if _may_change(root)]
        interval, complete = roots.interval, _is_complete(roots, found)
        note = "" if complete else not_complete(interval, all(point.status != "undecided" for point in found))
    return Cusps(s.model, dict(s.parameters), tuple(found), interval, complete, note), bends


def _may_change(root: LevelRoot) -> bool:
    return root.is_crossed or not root.is_proved


def _is_complete(roots: LevelRoots, found: list[Cusp]) -> bool:
    return roots.complete and all(point.status != "undecided" for point in found)


def _closed(s: OneSet, place: sympy.Expr) -> Cusp:
    f = s.transfer
    F, dF = (e.subs(f.variable, place) for e in (f.formula, formula_derivative(f, 1)))
    values = with_fifty_digits([place, s.sign / dF, place - F / dF, F], s.exact_values)
    x, w, I_ext, r = map(float, values)
    return Cusp(x, w, I_ext, r, "smooth", "closed form", *map(doubles_around, values))


def _certified(s: OneSet, root: LevelRoot) -> Cusp | None:
    """Return the cusp at a root of F''; None where F' is 0 there, so that no weight makes it one."""
    with balls.precision(BITS):
        F, dF = (rate_at(root.piece, root.x, order) for order in (0, 1))
        if dF == 0 or (dF.contains(0) and root.x.is_exact()):
            return None
        w = s.sign / dF
        values = [root.x, w, root.x - F / dF, F]
        status = "certified" if root.is_proved and w.is_finite() else "undecided"
        kind = "switch" if root.kind == "kink" else "smooth"
        at, weight, I_ext, r = map(float, values)
        return Cusp(at, weight, I_ext, r, kind, status, *map(balls.doubles, values))


# The curve ------------------------------------------------------------------------------------------------------------


def _places(
    s: OneSet, f: CompiledTransfer, window: Window, flat: Collection[float], number: int
) -> tuple[Array, NDArray[np.int_]]:
    """Spread the points over the branches, none of them at an end, and number the branches."""
    breaks = [window.u_of(at) for at in _breaks(s, f, window, flat)]
    edges = [window.u_of(float(window.places[0])), *breaks, window.u_of(float(window.places[-1]))]
    lengths = np.diff(edges)
    shares = np.maximum(1, np.floor(number * lengths / lengths.sum())).astype(int)
    # What is left over goes to the longest.
    while shares.sum() != number:
        if shares.sum() < number:
            shares[np.argmax(lengths / shares)] += 1
        elif shares.max() > 1:
            shares[np.argmax(shares)] -= 1
        else:
            break
    parts = [
        window.x_of(low + (np.arange(n) + 0.5) / n * (high - low))
        for (low, high), n in zip(pairwise(edges), shares, strict=True)
    ]
    return np.concatenate(parts), np.repeat(np.arange(len(parts)), shares)


def _breaks(s: OneSet, f: CompiledTransfer, window: Window, flat: Collection[float]) -> list[float]:
    """Return the inputs inside a window at which F' is 0 or F has a kink or jumps, in order.

    Between two places in the window F' is monotone: its sign at them tells whether it is 0 between. At those in `flat`
    F' is 0 and turns.
    """

    def slope(x: float) -> float:
        return float(f.dF(x, **s.own_shape))

    low, high = float(window.places[0]), float(window.places[-1])
    found = [at for at in (*window.corners, *flat) if low < at < high]
    for a, b in pairwise(window.places.tolist()):
        # Just inside, since at a kink F' has no value.
        left, right = a + 1e-9 * (b - a), b - 1e-9 * (b - a)
        if slope(left) * slope(right) < 0:
            found.append(float(brentq(slope, left, right, xtol=1e-300, rtol=8.9e-16)))
    return sorted(set(found))
