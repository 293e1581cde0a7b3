"""Where h(x) = x - I_ext - w F(x) turns: from the closed form where SymPy has it, else searched with proof.

At these inputs two fixed points meet: for any F, smooth or with kinks and jumps, at the weight that is given.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import sympy
from numpy.typing import ArrayLike

from ..symbolic.model import RateModel
from ..symbolic.transfer import formula_derivative, in_coordinate, slope
from . import balls
from .balls import Ball
from .closed_forms import doubles_around, sign_of, with_fifty_digits
from .exact_population import ExactPopulation, rational
from .fold_results import CriticalPoints
from .level_curve import level_curve
from .level_roots import BITS, LevelRoot, level_roots
from .one_set import Interval, OneSet, interval_given, one_set

_EVERYWHERE = (-math.inf, math.inf)


def critical_points(
    model: RateModel, *, within: tuple[float, float] | None = None, **parameters: ArrayLike
) -> CriticalPoints:
    """Return every input at which h(x) = x - I_ext - w F(x) turns, with the rate and the I_ext of the fold there.

    Between two of them h is monotone and has at most one fixed point. They are the inputs with w F'(x) = 1, and the
    kinks at which the slope of F jumps over 1/w; jumps of F are listed too. I_ext itself does not enter. Where SymPy
    has solved F'(x) = m the closed form is evaluated with fifty digits; else (extra "certify") the search is by ball
    arithmetic, with proof that there is exactly one in each enclosure and none elsewhere: on the interval `within`, on
    the inputs that the formula states, or on the line, as far as it is known how F' goes on. `interval` and `complete`
    of the result say which.

    One population and one set of parameters. Raises ParameterError for an array, NullclineError for several
    populations, and MissingExtra where python-flint is needed and missing.

    >>> critical_points(RateModel.single(), w=5)
    2 turning points of 'single' (tau=1, a=1.2, theta=2.8, w=5, I_ext=0), complete
      x        r         I_ext     direction  kind    status
      1.70254  0.177756  0.813757  maximum    smooth  closed form
      3.89746  0.755106  0.121935  minimum    smooth  closed form
    """
    return turning_points(model, parameters, within)


def turning_points(
    model: RateModel, parameters: Mapping[str, object], within: tuple[float, float] | None = None
) -> CriticalPoints:
    """Return the same for parameters in a mapping, where one may be called `within`."""
    s = one_set(model, parameters, "critical_points", ("within",))
    stated = interval_given(within) or s.inputs
    found = _closed(s)
    if found is not None:
        interval = stated or _EVERYWHERE
        rows = [row for row in found if interval[0] <= row.x <= interval[1]]
        return _assembled(s, rows, interval, complete=True, note="")
    if s.w == 0:
        return _assembled(s, [], stated or _EVERYWHERE, complete=True, note="")
    roots = level_roots(s.in_cases(), 1, 1 / s.w, within=stated, otherwise=s.reach(100 * (1 + abs(s.I_ext))))
    rows = [row for root in roots.roots for row in _rows(s, root)]
    note = ""
    if roots.flat:
        note = "F has the slope 1/w all along " + ", ".join(f"x from {lo:g} to {hi:g}" for lo, hi in roots.flat)
    elif not roots.complete:
        note = not_complete(roots.interval, all(root.is_proved for root in roots.roots) and roots.is_decided)
    return _assembled(s, rows, roots.interval, complete=roots.complete, note=note)


def not_complete(interval: Interval, is_decided: bool) -> str:
    """Say why a list may lack some."""
    if not is_decided:
        return "not decided: there may be more or fewer in the enclosures that are called undecided"
    low, high = interval
    where = (
        f"up to {high:g}"
        if math.isinf(low)
        else f"from {low:g} on"
        if math.isinf(high)
        else f"from {low:g} to {high:g}"
    )
    return f"only inputs {where} were searched: how F goes on beyond is not known; within=(low, high) states others"


@dataclass(frozen=True)
class _Row:
    x: float
    r: float
    I_ext: float
    direction: str
    kind: str
    status: str
    enclosure: Interval
    I_ext_enclosure: Interval


def _assembled(s: OneSet, rows: Sequence[_Row], interval: Interval, *, complete: bool, note: str) -> CriticalPoints:
    def words(name: str) -> "np.ndarray[tuple[int], np.dtype[np.str_]]":
        return np.array([getattr(row, name) for row in rows], dtype=np.str_)

    return CriticalPoints(
        model=s.model,
        parameters=dict(s.parameters),
        x=np.array([row.x for row in rows]),
        r=np.array([row.r for row in rows]),
        I_ext=np.array([row.I_ext for row in rows]),
        direction=words("direction"),
        kind=words("kind"),
        status=words("status"),
        enclosure=np.array([row.enclosure for row in rows]).reshape(-1, 2),
        I_ext_enclosure=np.array([row.I_ext_enclosure for row in rows]).reshape(-1, 2),
        interval=interval,
        complete=complete,
        note=note,
    )


# In closed form -------------------------------------------------------------------------------------------------------


def _closed(s: OneSet) -> list[_Row] | None:
    """Return the turning points of an F that rises and whose F'(x) = m SymPy has solved; None of any other."""
    f, w = s.transfer, rational(s.w)
    if not f.has_closed_forms:
        return None
    if w <= 0:
        return []
    is_straight = in_coordinate(f, 2) == 0
    if not (is_straight or (f.inputs_of_slope and not f.kinks)):
        return None
    excess = 1 if f.largest_slope == sympy.oo else sign_of(w * f.largest_slope - 1, s.exact_values)
    if excess < 0:
        return []
    if is_straight:
        return [_closed_row(s, f.kinks[0], "maximum", "kink")] if excess and f.kinks else []
    if excess == 0:
        # Where the largest slope is only approached it is never 1/w.
        return [_closed_row(s, place, "none", "smooth") for place in f.inflections]
    bend, values = formula_derivative(f, 2), _values(s)
    sides = [sign_of(bend.subs(f.variable, place), values) for place in f.inputs_of_slope]
    return [
        _closed_row(s, place, "maximum" if side > 0 else "minimum", "smooth")
        for place, side in zip(f.inputs_of_slope, sides, strict=True)
    ]


def _values(s: OneSet) -> dict[sympy.Symbol, sympy.Rational]:
    """Return the parameters, and the slope 1/w: put in as numbers, SymPy would look for roots of large fractions."""
    return {**s.exact_values, slope: 1 / rational(s.w)}


def _closed_row(s: OneSet, place: sympy.Expr, direction: str, kind: str) -> _Row:
    f = s.transfer
    rate = sympy.Integer(0) if kind == "kink" else f.formula.subs(f.variable, place)
    x, r, I_ext = with_fifty_digits([place, rate, place - rational(s.w) * rate], _values(s))
    return _Row(
        float(x), float(r), float(I_ext), direction, kind, "closed form", doubles_around(x), doubles_around(I_ext)
    )


# By the search --------------------------------------------------------------------------------------------------------


def _rows(s: OneSet, root: LevelRoot) -> list[_Row]:
    """Return the row of a root of 1/w - F', or the two rows of a jump, one for each side."""
    side = 1 if s.w > 0 else -1
    turn = {(1, -1): "maximum", (-1, 1): "minimum"}.get((side * root.before, side * root.after), "none")
    status = "certified" if root.is_proved else "undecided"
    if root.kind != "jump":
        return [_row(s, root.piece, root.x, turn if root.is_proved else "none", root.kind, status)]
    return [_row(s, piece, root.x, "none", "jump", status) for piece in (root.piece, root.beyond)]


def _row(s: OneSet, piece: ExactPopulation, x: Ball, direction: str, kind: str, status: str) -> _Row:
    with balls.precision(BITS):
        r = rate_at(piece, x)
        I_ext = x - balls.ball(s.w) * r
        return _Row(float(x), float(r), float(I_ext), direction, kind, status, balls.doubles(x), balls.doubles(I_ext))


def rate_at(piece: ExactPopulation, x: Ball, order: int = 0) -> Ball:
    """Return F, F', ... of a piece in a ball, at the precision that is set."""
    return -level_curve(piece, order, 0 * piece.w).at(x, 0)[0]
