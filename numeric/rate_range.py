"""Which values F takes, and so where the rate is confined: from the closed form, else enclosed with proof.

Between two inputs at which F' changes its sign F is monotone: its values there, at the ends and at the cuts, or what it
tends to, are all that counts.
"""

import math
from collections.abc import Iterable, Mapping
from fractions import Fraction
from itertools import pairwise

import sympy
from numpy.typing import ArrayLike

from ..symbolic.model import RateModel
from . import balls
from .balls import Ball, Span
from .certified_bracket import limit_far_out
from .certified_pieces import Cut, cuts_and_pieces, is_zero, value_at
from .closed_forms import doubles_around, with_fifty_digits
from .exact_population import ExactPopulation, rational
from .fold_results import RateRange
from .formula_ranges import ranges_of
from .level_roots import BITS, LevelRoots, level_roots
from .level_tails import value_of
from .one_set import Interval, OneSet, interval_given, one_set
from .poles import has_no_pole
from .turning import rate_at

_EVERYWHERE = (-math.inf, math.inf)


def range_of(model: RateModel, *, within: tuple[float, float] | None = None, **parameters: ArrayLike) -> RateRange:
    """Return bounds on F, which confine the rate whatever the weight and the input: the trapping region [low, high].

    The rate is pulled towards F of its input. If that never leaves [low, high], neither does a rate that starts there,
    and any other is drawn to it at least as fast as e^(-t/tau). For the inputs `within`, or those that the formula
    states, else for every input. Where the range of F is known in closed form that is evaluated with fifty digits;
    else (extra "certify") F is enclosed by ball arithmetic, tightly where all its extrema are found. An F without
    bound has infinite ends.

    One population and one set of parameters. Raises ParameterError for an array, NullclineError for several
    populations, and MissingExtra where python-flint is needed and missing.

    >>> range_of(RateModel.single(), a=1.2, theta=2.8)
    F of 'single' (a=1.2, theta=2.8) lies from -0.0335692 to 0.966431, for every input (closed form)
    """
    return bounds_of_F(model, parameters, within)


def bounds_of_F(
    model: RateModel, parameters: Mapping[str, object], within: tuple[float, float] | None = None
) -> RateRange:
    """Return the same for parameters in a mapping, where one may be called `within`."""
    s = one_set(model, parameters, "range_of", ("within",))
    stated = interval_given(within) or s.inputs
    if s.transfer.has_closed_forms and stated is None:
        low, high = (_closed(s, end) for end in (s.transfer.range.inf, s.transfer.range.sup))
        return _assembled(s, low, high, _EVERYWHERE, "closed form")
    interval = stated or _EVERYWHERE
    p = s.in_cases()
    if not has_no_pole(p, interval):
        # It may go anywhere on both sides of one.
        return _assembled(s, (-math.inf, math.inf), (-math.inf, math.inf), interval, "certified")
    # From outside, whatever is found of the extrema.
    (least, most), _ = ranges_of(p.transfer, s.shape).over(*interval)  # type: ignore[arg-type]
    values = _extremes(p, level_roots(p, 1, Fraction(0), within=stated, otherwise=s.reach(100.0)))
    if values is None:
        return _assembled(s, (least, math.inf), (-math.inf, most), interval, "certified")
    with balls.precision(BITS):
        ends = [balls.doubles(v) for v in values]
    low = (max(least, min(a for a, _ in ends)), min(b for _, b in ends))
    high = (max(a for a, _ in ends), min(most, max(b for _, b in ends)))
    return _assembled(s, low, high, interval, "certified")


def _assembled(s: OneSet, low: Interval, high: Interval, interval: Interval, status: str) -> RateRange:
    return RateRange(s.model, dict(s.parameters), low[0], high[1], low, high, interval, status)


def _closed(s: OneSet, end: sympy.Expr) -> Interval:
    if end in (sympy.oo, -sympy.oo):
        return float(end), float(end)
    (value,) = with_fifty_digits([end], s.exact_values)
    return doubles_around(value)


def _extremes(p: ExactPopulation, turns: LevelRoots) -> list[Span | Ball] | None:
    """Return values among which are the infimum and the supremum of F; None where it is not known where it turns."""
    divided = cuts_and_pieces(p)
    if divided is None or not turns.complete:
        return None
    cuts, pieces = divided
    low, high = turns.interval
    with balls.precision(BITS):
        values: list[Span | Ball] = [rate_at(root.piece, root.x) for root in turns.roots]
        values += [rate_at(root.beyond, root.x) for root in turns.roots]
        for piece, (left, right) in zip(pieces, pairwise([None, *cuts, None]), strict=True):
            for end, side, stated in ((left, -1, low), (right, 1, high)):
                found = _at_end(piece, end, side, stated, (left, right))
                if found is None:
                    return None
                values += found
    return values


def _at_end(
    piece: ExactPopulation, end: Cut | None, side: int, stated: float, ends: tuple[Cut | None, Cut | None]
) -> Iterable[Span | Ball] | None:
    """Return the value at an end of a piece, at the end that is stated if that comes first, or what F tends to."""
    left, right = ends
    if math.isfinite(stated):
        limit = Cut(rational(Fraction(stated)))
        is_before, is_after = (
            left is not None and limit.ball < left.ball,
            right is not None and limit.ball > right.ball,
        )
        if (is_before and side > 0) or (is_after and side < 0):
            return []  # the piece lies outside altogether
        return [_value(piece, end if (is_before or is_after) and end is not None else limit)]
    if end is not None:
        return [_value(piece, end)]
    tends_to = limit_far_out(piece.transfer, 0, side)
    if tends_to is None:
        return None
    if tends_to in (sympy.oo, -sympy.oo):
        infinity = balls.line().hi * (1 if tends_to == sympy.oo else -1)
        return [Span(infinity, infinity)]
    return [value_of(piece, tends_to)]


def _value(piece: ExactPopulation, at: Cut) -> Ball:
    exact = value_at(piece, piece.transfer.formula, at)
    return balls.ball(0) if exact is not None and is_zero(exact) else rate_at(piece, at.ball)
