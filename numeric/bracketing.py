"""Many monotone functions, one root each: bracketed until no double lies between."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from .door import Array

Index = NDArray[np.intp]

_EPS = np.finfo(np.float64).eps
# After this many steps only the ordered integers behind the doubles are halved, which ends within 64 more.
_PATIENCE = 60


def roots_between(f: Callable[[Array, Index], Array], left: Array, right: Array, rising: NDArray[np.bool_]) -> Array:
    """Return for each bracket the double at which f is smallest among the two that enclose its change of sign.

    `f(x, which)` is evaluated for the brackets `which`. It is taken to be negative at the left end where `rising`, and
    positive there otherwise, with the opposite sign at the right end, whatever rounding makes of it.

    Chandrupatla's method (Adv. Eng. Softw. 28:145, 1997); where it would halve, a bracket across zero is cut at zero
    and one across magnitudes in the exponent, so that a root at or near zero costs no more than another.
    """
    everything = np.arange(left.size)
    sign = np.where(rising, 1.0, -1.0)
    x1, x2 = right.astype(np.float64).copy(), left.astype(np.float64).copy()
    if not left.size:
        return x1
    least = np.finfo(np.float64).tiny
    f1 = np.maximum(sign * f(x1, everything), least)
    f2 = np.minimum(sign * f(x2, everything), -least)
    found = np.empty_like(x1)
    active = everything
    x3, f3 = x2.copy(), f2.copy()
    step = np.full(x1.shape, 0.5)
    for iteration in range(_PATIENCE + 130):
        new = x1 + step * (x2 - x1)
        halve = (step == 0.5) | (iteration >= _PATIENCE)
        if halve.any():
            new = np.where(halve, _middle(x1, x2, exact=iteration >= _PATIENCE), new)
        stuck = (new == x1) | (new == x2)
        if stuck.any():
            new = np.where(stuck, _middle(x1, x2, exact=True), new)
            stuck = (new == x1) | (new == x2)
        value = sign[active] * f(new, active)
        # Parameters near the end of the doubles may leave f without a value; whoever asks calls such a set undecided.
        done = stuck | (value == 0) | np.isnan(value)
        if done.any():
            best = np.where(np.abs(f1) < np.abs(f2), x1, x2)
            found[active[done]] = np.where(value == 0, new, best)[done]
            keep = ~done
            active, new, value = active[keep], new[keep], value[keep]
            x1, x2, x3, f1, f2, f3 = (v[keep] for v in (x1, x2, x3, f1, f2, f3))
            if not active.size:
                return found
        same = (value > 0) == (f1 > 0)
        x3, f3 = np.where(same, x1, x2), np.where(same, f1, f2)
        x2, f2 = np.where(same, x2, x1), np.where(same, f2, f1)
        x1, f1 = new, value
        step = _interpolation(x1, x2, x3, f1, f2, f3)
    raise AssertionError("a bracket of doubles is halved at most 64 times")


def _interpolation(x1: Array, x2: Array, x3: Array, f1: Array, f2: Array, f3: Array) -> Array:
    """Return where between x1 (0) and x2 (1) to look next: by inverse quadratic interpolation, or halfway."""
    width = x2 - x1
    span, rise = x3 - x2, f3 - f2
    usable = (span != 0) & (rise != 0) & (f3 != f1) & (width != 0) & (np.abs(rise) < 1e300)
    span, rise = np.where(usable, span, 1.0), np.where(usable, rise, 1.0)
    xi, phi = (x1 - x2) / span, np.clip((f1 - f2) / rise, -2.0, 2.0)
    usable &= (phi**2 < xi) & ((1 - phi) ** 2 < 1 - xi)
    d21, d31 = np.where(usable, f2 - f1, 1.0), np.where(usable, f3 - f1, 1.0)
    ratio = np.where(usable, (x3 - x1) / np.where(usable, width, 1.0), 0.0)
    g1, g2, g3 = (np.where(usable, g, 0.0) for g in (f1, f2, f3))
    step = (g1 / d21) * (g3 / -rise) + ratio * (g1 / d31) * (g2 / rise)
    best = np.where(np.abs(f1) < np.abs(f2), np.abs(x1), np.abs(x2))
    # At least one double away from either end.
    least = np.minimum(_EPS * best / np.where(width == 0, 1.0, np.abs(width)), 0.5)
    return np.where(usable, np.clip(step, least, 1 - least), 0.5)


def _middle(a: Array, b: Array, *, exact: bool) -> Array:
    """Return the middle of a bracket: zero if it is inside, else halfway, or halfway in the exponent."""
    across = (np.minimum(a, b) < 0) & (np.maximum(a, b) > 0)
    magnitudes = np.maximum(np.abs(a), np.abs(b)) > 1e3 * np.minimum(np.abs(a), np.abs(b))
    halfway = np.where(magnitudes | exact, _from_order(_mean(_to_order(a), _to_order(b))), a + (b - a) / 2)
    return np.where(across, 0.0, halfway)


def _to_order(x: Array) -> NDArray[np.int64]:
    """Number the doubles in order."""
    bits = (x + 0.0).view(np.int64)
    return np.where(bits < 0, np.int64(-(2**63)) - bits, bits)


def _from_order(order: NDArray[np.int64]) -> Array:
    bits = np.where(order < 0, np.int64(-(2**63)) - order, order)
    return bits.view(np.float64)


def _mean(a: NDArray[np.int64], b: NDArray[np.int64]) -> NDArray[np.int64]:
    return (a & b) + ((a ^ b) >> 1)
