"""Whether F is finite wherever it is asked for: between monotone stretches a pole would part it unseen."""

from fractions import Fraction
from functools import lru_cache
from itertools import pairwise

import sympy

from . import ball_programs, balls
from .balls import Ball, Span
from .certified_pieces import cuts_and_pieces
from .exact_population import ExactPopulation
from .level_curve import LevelCurve, level_curve
from .residual import RUNGS

_PARTS = 2000
_FARTHEST = 2**40
# These have an end or poles of their own: of them only an enclosure tells.
_PARTIAL = (
    *(sympy.tan, sympy.cot, sympy.sec, sympy.csc, sympy.coth, sympy.csch),
    *(sympy.asin, sympy.acos, sympy.atanh, sympy.acosh, sympy.erfinv, sympy.LambertW),
)


def has_no_pole(p: ExactPopulation, interval: tuple[float, float]) -> bool:
    """Say whether F is proved to be finite on each piece of an interval, whose ends may be infinite."""
    divided = cuts_and_pieces(p)
    if divided is None:
        return False
    cuts, pieces = divided
    low, high = map(balls.flint().arb, interval)
    with balls.precision(RUNGS[1]):
        for piece, (left, right) in zip(pieces, pairwise([None, *cuts, None]), strict=True):
            start = low if left is None or not left.ball > low else left.ball.lower()
            stop = high if right is None or not right.ball < high else right.ball.upper()
            if start < stop and not _is_finite(level_curve(piece, 0, Fraction(0)), Span(start, stop)):
                return False
    return True


def _is_finite(curve: LevelCurve, where: Span) -> bool:
    parts = [where]
    for _ in range(_PARTS):
        if not parts:
            return True
        part = parts.pop()
        if _nothing_vanishes(curve, part) or curve.spans(part, 0)[0].finite:
            continue
        middle = _middle(part)
        if middle is None:
            return False
        parts += [Span(part.lo, middle), Span(middle, part.hi)]
    return False


def _nothing_vanishes(curve: LevelCurve, where: Span) -> bool:
    """Say whether nothing that F divides by, or takes the logarithm of, is 0 on a span."""
    p = curve.population
    divisors = _divisors(p.transfer.formula)
    if divisors is None:
        return False
    if not divisors:
        return True
    symbols = tuple(q.symbol for q in p.transfer.parameters)
    program = ball_programs.compiled(divisors, p.transfer.variable, symbols)
    values = program.bound([balls.ball(v) for v in p.shape]).over(where, len(divisors) - 1)
    return all(value.sign for value in values)


@lru_cache(maxsize=128)
def _divisors(formula: sympy.Expr) -> tuple[sympy.Expr, ...] | None:
    """Return all that a formula divides by or takes the logarithm of; None where it has other poles."""
    if formula.has(*_PARTIAL):
        return None
    powers = {e.base for e in formula.atoms(sympy.Pow) if not (e.exp.is_nonnegative or e.base is sympy.E)}
    logarithms = {e.args[0] for e in formula.atoms(sympy.log)}
    return tuple(sorted(powers | logarithms, key=sympy.default_sort_key))


def _middle(part: Span) -> Ball | None:
    """Return a place inside a span, far out where an end is infinite; None beyond what is looked at."""
    if part.finite:
        middle = ((part.lo + part.hi) / 2).mid()
    elif part.lo.is_finite():
        middle = (2 * abs(part.lo) + 1).mid()
    elif part.hi.is_finite():
        middle = -(2 * abs(part.hi) + 1).mid()
    else:
        middle = balls.ball(0)
    return middle if part.lo < middle < part.hi and abs(middle) < _FARTHEST else None
