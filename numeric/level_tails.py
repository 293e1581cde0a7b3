"""Where a curve level - F^(n) has no zero any more: from how F goes on far out, or from the signs of factors."""

from functools import lru_cache

import sympy

from ..symbolic.attempt import attempted
from ..symbolic.pieces import Piece
from ..symbolic.transfer import TransferFunction, formula_derivative
from . import ball_programs, balls
from .balls import Ball, Span
from .certified_bracket import limit_far_out
from .exact_population import ExactPopulation
from .level_curve import LevelCurve
from .residual import Place

_DOUBLINGS = 11


def clear_end(curve: LevelCurve, side: int, other: Ball | None, otherwise: float) -> tuple[Place, bool]:
    """Return a place beyond which the curve does not change its sign, and whether that is proved.

    Where it is not, the place is as far out as `otherwise` says, or nearer to `other`, the other end of the piece,
    where no sign can be told there.
    """
    for k in range(_DOUBLINGS):
        place = curve.place(balls.ball(side * 4 * 2 ** (2**k - 1)) + balls.ball(1) / 16)
        if place.sign and _is_clear(curve, place, side):
            return place, True
    start = balls.ball(0) if other is None else other
    far = balls.flint().arb(otherwise) - start
    for share in _SHARES:
        place = curve.place((start + far * balls.flint().arb(share)).mid())
        if place.sign:
            break
    return place, False


_SHARES = tuple(2.0**-k * part for k in range(10) for part in (1.0, 0.71))


def _is_clear(curve: LevelCurve, place: Place, side: int) -> bool:
    beyond = Span(place.t, balls.line().hi) if side > 0 else Span(balls.line().lo, place.t)
    value, slope = curve.spans(beyond, 1)
    if value.weak_sign:
        return True
    trend = slope.weak_sign or _sign_of_factors(curve, beyond, curve.derived + 1, -1)
    if trend * side == place.sign:
        return True
    if trend and _side_of_limit(curve, side) in (0, place.sign):
        # Monotone, and it does not pass what it tends to.
        return True
    return bool(curve.level == 0 and _sign_of_factors(curve, beyond, curve.derived, -1))


def _side_of_limit(curve: LevelCurve, side: int) -> int | None:
    """Return the sign of what the curve tends to, None where SymPy does not find it or it is not decided."""
    limit = limit_far_out(curve.population.transfer, curve.derived, side)
    if limit is None:
        return None
    if limit in (sympy.oo, -sympy.oo):
        return -1 if limit == sympy.oo else 1
    gap = curve.level - value_of(curve.population, limit)
    return balls.sign(gap) or (0 if gap.is_exact() and gap == 0 else None)


def value_of(p: ExactPopulation, expression: sympy.Expr) -> Ball:
    """Return the ball of an expression in the parameters alone."""
    symbols = tuple(q.symbol for q in p.transfer.parameters)
    function = ball_programs.compiled((expression,), None, symbols).bound([balls.ball(v) for v in p.shape])
    return function.at(balls.ball(0), 0)[0]


def _sign_of_factors(curve: LevelCurve, where: Span, order: int, times: int) -> int:
    """Return the sign that a derivative of F, times a sign, keeps on a span, from those of its factors; 0 for none."""
    transfer = curve.population.transfer
    for factors in _factors(transfer, order):
        program = ball_programs.compiled(factors, transfer.variable, tuple(p.symbol for p in transfer.parameters))
        values = program.bound([balls.ball(v) for v in curve.population.shape]).over(where, len(factors) - 1)
        sign = times
        for value in values:
            sign *= value.weak_sign
        if sign:
            return sign
    return 0


@lru_cache(maxsize=128)
def _factors(transfer: TransferFunction | Piece, order: int) -> tuple[tuple[sympy.Expr, ...], ...]:
    """Return a derivative as products, in the forms in which it may be one."""
    slope = formula_derivative(transfer, order)
    forms = [slope, attempted(lambda: sympy.factor(slope), "factors", seconds=3.0)]
    return tuple(tuple(sympy.Mul.make_args(form)) for form in forms if form is not None and form.is_Mul)
