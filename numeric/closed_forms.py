"""Closed forms as numbers: evaluated with more and more digits until fifty are sure, then rounded to doubles."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import mpmath
import sympy

from ..symbolic.proof import evaluate

_DIGITS = 50
_WORKING = (60, 120, 480)

Values = Mapping[sympy.Symbol, sympy.Rational]


def with_fifty_digits(expressions: Sequence[sympy.Expr], values: Values) -> list[Any]:
    """Return the values of closed forms, right to fifty digits; nan where one has no real value.

    What is 0 to some four hundred digits is taken for 0.
    """
    last: list[Any] = []
    for digits in _WORKING:
        with mpmath.workdps(digits):
            point = {s: mpmath.mpf(int(v.p)) / int(v.q) for s, v in values.items()}
            found = [_real(e, point) for e in expressions]
            if last and all(_agree(a, b) for a, b in zip(last, found, strict=True)):
                return found
            last = found
    with mpmath.workdps(_WORKING[-1]):
        floor = mpmath.mpf(10) ** (-_WORKING[-1] + _DIGITS)
        return [mpmath.mpf(0) if abs(v) < floor else v for v in last]


def _real(expression: sympy.Expr, point: Mapping[sympy.Symbol, Any]) -> Any:
    try:
        value = mpmath.mpmathify(evaluate(expression, point))
    except (ArithmeticError, ValueError, TypeError):
        return mpmath.nan
    return value if isinstance(value, mpmath.mpf) and mpmath.isfinite(value) else mpmath.nan


def _agree(one: Any, other: Any) -> bool:
    if mpmath.isnan(one) or mpmath.isnan(other):
        return bool(mpmath.isnan(one) and mpmath.isnan(other))
    return bool(abs(one - other) <= abs(other) * mpmath.mpf(10) ** -_DIGITS)


def sign_of(expression: sympy.Expr, values: Values) -> int:
    """Return the sign of a closed form, exactly where it is rational."""
    if expression.is_rational_function(*values) and (exact := expression.xreplace(dict(values))).is_Rational:
        return int(sympy.sign(exact))
    (value,) = with_fifty_digits([expression], values)
    return 0 if mpmath.isnan(value) else int(mpmath.sign(value))


def doubles_around(value: Any) -> tuple[float, float]:
    """Return the doubles next below and above a number, both the same where it is one to fifty digits."""
    near = float(value)
    with mpmath.workdps(_WORKING[-1]):
        gap = value - mpmath.mpf(near)
        if not math.isfinite(near) or abs(gap) <= abs(value) * mpmath.mpf(10) ** -(_DIGITS - 10):
            return near, near
        other = math.nextafter(near, math.inf if gap > 0 else -math.inf)
    return min(near, other), max(near, other)
