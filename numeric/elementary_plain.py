"""Elementary functions of Python numbers: the counterpart of `elementary`, for loops that nothing compiles.

Short runs of one parameter set are stepped with these: a call of NumPy for one number costs ten times as much.
"""

import math
from typing import Any

TINIEST = 5e-324
INFINITY = math.inf
nan = math.nan

sin, cos, tan, tanh, asinh, atan = math.sin, math.cos, math.tan, math.tanh, math.asinh, math.atan
erf, erfc, copysign, expm1 = math.erf, math.erfc, math.copysign, math.expm1
_exp = math.exp


def where(condition: bool, yes: float, no: float) -> float:
    return yes if condition else no


def minimum(a: float, b: float) -> float:
    return a if a < b else b


def maximum(a: float, b: float) -> float:
    return a if a > b else b


def logical_and(a: bool, b: bool) -> bool:
    return a and b


def logical_or(a: bool, b: bool) -> bool:
    return a or b


def clipped(u: float, end: float) -> float:
    return min(max(u, -end), end)


def times(a: float, b: float) -> float:
    return a * b


def sign(u: float) -> float:
    return math.copysign(1.0, u) if u else 0.0


def sqrt(u: float) -> float:
    return math.sqrt(u) if u > 0 else 0.0


def exp(u: float) -> float:
    return _exp(u) if u < 709.782 else math.inf


def expit(u: float) -> float:
    # A rate is added to it, so only the absolute error counts.
    return 1.0 / (1.0 + _exp(-u)) if u > -700.0 else 0.0


def sech(u: float) -> float:
    small = _exp(-abs(u))
    return 2.0 * small / (1.0 + small * small)


def tanhc(u: float) -> float:
    return math.tanh(u) / u if u else 1.0


def gaussian(u: float) -> float:
    return _exp(-min(u * u, 1000.0))


def softplus(u: float) -> float:
    return max(u, 0.0) + math.log1p(_exp(-abs(u)))


def log(u: float) -> float:
    return math.log(u) if u > 0 else -744.4400719213812


def log1p(u: float) -> float:
    return math.log1p(u) if u > -1 else -36.7368005696771


def sinh(u: float) -> float:
    return math.sinh(u) if abs(u) < 710.0 else math.copysign(math.inf, u)


def cosh(u: float) -> float:
    return math.cosh(u) if abs(u) < 710.0 else math.inf


def atanh(u: float) -> float:
    return math.atanh(u) if abs(u) < 1 else math.copysign(18.714973875118524, u)


def acosh(u: float) -> float:
    return math.acosh(u) if u > 1 else 0.0


def asin(u: float) -> float:
    return math.asin(min(max(u, -1.0), 1.0))


def acos(u: float) -> float:
    return math.acos(min(max(u, -1.0), 1.0))


def power(base: float, exponent: float) -> float:
    try:
        return base**exponent if base > 0 else 0.0
    except OverflowError:
        return math.inf


def namespace() -> dict[str, Any]:
    """Return what generated lines may call."""
    calls = {name: value for name, value in globals().items() if not name.startswith("_")}
    return calls | {"abs": abs, "len": len, "range": range}
