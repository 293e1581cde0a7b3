"""The exact error of Euler's method without recurrence, and the step at which it is largest (theory, section 2.2)."""

import math

from . import door


def euler_sup_error(h: float) -> float:
    """Return E(h), the largest over all steps k of |(1 - h)^k - e^(-k h)|, with h = dt/tau > 0.

    Without recurrence a step multiplies the deviation from F(I_ext) by 1 - h, and the exact solution by e^(-h): the
    error is at most |r_init - F(I_ext)| E(h), and some step attains it. Beyond h = 2 it is infinite.

    >>> round(euler_sup_error(0.1), 12)
    0.019201001071
    """
    return _largest_euler_error(h)[0]


def euler_worst_step(h: float) -> int:
    """Return the step k at which |(1 - h)^k - e^(-k h)| is largest, for 0 < h <= 2."""
    return _largest_euler_error(h)[1]


def _largest_euler_error(h: float) -> tuple[float, int]:
    h = door.positive_number("h", h, unit="")
    if h > 2:
        return math.inf, 0
    if h >= 1:
        return h + math.expm1(-h), 1
    # q = p - 1 with p = -ln(1-h)/h; the continuous maximum is at k h = ln(p)/(p - 1).
    q = _minus_log1p_excess(h) / h
    turn = math.log1p(q) / q if q > 0 else 1.0
    first = max(math.floor(turn / h), 1)
    return max((_euler_gap(h, k), k) for k in (first, first + 1))


def _euler_gap(h: float, k: int) -> float:
    """Return e^(-k h) - (1-h)^k for h < 1 without cancellation."""
    return math.exp(-k * h) * -math.expm1(-k * _minus_log1p_excess(h))


def _minus_log1p_excess(h: float) -> float:
    """Return -ln(1-h) - h = h^2/2 + h^3/3 + ..., summed where the difference would cancel."""
    if h > 0.25:
        return -math.log1p(-h) - h
    total, power, j = 0.0, h, 1
    while True:
        j, power = j + 1, power * h
        term = power / j
        if total + term == total:
            return total
        total += term
