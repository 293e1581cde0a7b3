"""Where a curve level - F^(n) has no zero any more: from how F goes on far out, or from the signs of factors."""

from functools import lru_cache

import sympy

from ..symbolic.attempt import attempted
from ..symbolic.pieces import Piece
from ..symbolic.transfer import TransferFunction, formula_derivative
from . import ball_programs, balls
from .balls import Span
from .certified_bracket import limit_far_out
from .level_curve import LevelCurve
from .residual import Place

_DOUBLINGS = 11


def clear_end(curve: LevelCurve, side: int, otherwise: float) -> tuple[Place, bool]:
    """Return a place beyond which the curve does not change its sign, and whether that is proved.

    Where it is not, the place is as far out as `otherwise` says.
    """
    for k in range(_DOUBLINGS):
        place = curve.place(balls.ball(side * 4 * 2 ** (2**k - 1)) + balls.ball(1) / 16)
        if place.sign and _is_clear(curve, place, side):
            return place, True
    end = balls.flint().arb(otherwise)
    step = side * (1 + abs(end)) / 1024
    place = curve.place(end.mid())
    for k in range(1, 61):
        if place.sign:
            break
        place = curve.place((end + step * k).mid())
    return place, False


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
    value = ball_programs.value(limit.xreplace(curve.population.values))
    gap = curve.level - value
    return balls.sign(gap) or (0 if gap.is_exact() and gap == 0 else None)


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
