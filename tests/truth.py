"""The transfer functions in ball arithmetic: values whose last digits are known to be right.

Stated again from theory, sections 1 and 3.1, in python-flint's arb; F' and F'' by its power series. Precision is raised
until the ball is far narrower than a double's last digit; a value that stays wide is an error of the test.
"""

import math

import flint
import numpy as np
from flint import arb, arb_series

_ENOUGH = 2.0**-90
_MOST_BITS = 1 << 16


def _series(x: float) -> arb_series:
    return arb_series([arb(x), 1], 3)


def _logistic(u):
    # Far out the exponential that grows is a ball that no precision keeps away from 0: the one that vanishes is taken.
    if (u[0] if isinstance(u, arb_series) else u) < 0:
        small = u.exp()
        return small / (1 + small)
    return 1 / (1 + (-u).exp())


def _sigmoid(x, a, theta):
    return _logistic(arb(a) * (x - arb(theta))) - _logistic(-arb(a) * arb(theta))


def _tanh(x, a, theta):
    return 2 * (_logistic(2 * arb(a) * (x - arb(theta))) - _logistic(-2 * arb(a) * arb(theta)))


def _relu(x, a, theta):
    return arb(a) * (x - arb(theta))


def _softplus(x, a, b, theta):
    return arb(a) / arb(b) * (1 + (arb(b) * (x - arb(theta))).exp()).log()


def _erf(x, theta, s):
    root = arb(2).sqrt() * arb(s)
    return ((((x - arb(theta)) / root).erf()) + (arb(theta) / root).erf()) / 2


def _power(x, k, n, theta):
    return arb(k) * _raised(x - arb(theta), n)


def _naka_rushton(x, R, s, n):
    return arb(R) * _raised(x, n) / (_raised(x, n) + arb(s) ** arb(n))


def _raised(base, n):
    return (arb(n) * base.log()).exp() if isinstance(base, arb_series) else base ** arb(n)


FORMULAS = {
    "sigmoid": _sigmoid,
    "tanh": _tanh,
    "relu": _relu,
    "softplus": _softplus,
    "erf": _erf,
    "power": _power,
    "naka_rushton": _naka_rushton,
}


def exact(name: str, x: float, shape: tuple[float, ...], order: int) -> arb:
    """Return F, F' or F'' (order 0, 1, 2) above the threshold as a ball narrower than 2^-90 of its size."""
    kept, bits = flint.ctx.prec, 200
    try:
        while bits <= _MOST_BITS:
            flint.ctx.prec = bits
            if order == 0:
                value = FORMULAS[name](arb(x), *shape)
            else:
                value = FORMULAS[name](_series(x), *shape)[order] * math.factorial(order)
            if value.is_finite() and _relative_radius(value) <= _ENOUGH:
                return value
            if value.is_finite() and float(abs(value).upper()) == 0.0:
                return value
            bits *= 4
    finally:
        flint.ctx.prec = kept
    raise AssertionError(f"the truth of {name} at {x!r}, {shape} is not tight: {value}")


def _relative_radius(value: arb) -> float:
    if value.is_zero():
        return 0.0
    lower = value.abs_lower()
    return float("inf") if lower == 0 else float((arb(value.rad()) / lower).upper())


def error_in_ulp(value: float, truth: arb) -> float:
    """Return |value - truth| in units in the last place of the truth."""
    nearest = float(truth.mid())
    if not math.isfinite(value):
        return 0.0 if value == nearest else math.inf
    return error_in_units(value, truth, float(np.spacing(abs(nearest))))


def error_in_units(value: float, truth: arb, unit: float) -> float:
    """Return |value - truth| in some unit."""
    kept = flint.ctx.prec
    flint.ctx.prec = 256
    try:
        return float(abs(arb(value) - truth).mid()) / unit
    finally:
        flint.ctx.prec = kept
