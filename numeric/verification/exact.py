"""A transfer function with fifty digits: values of its formula, and its slope by a step into the complex plane.

The formula is the one that the user stated, in its textbook form; nothing of the forms that the numeric functions are
generated from enters. It may cancel, so it is evaluated with more and more digits until two values agree in fifty.
"""

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

import mpmath
import sympy

from ...symbolic.functions import textbook
from ...symbolic.transfer import TransferFunction

_DIGITS = 50
_WORKING = (60, 120, 480, 1920)
# Functions that are not analytic: a step into the complex plane says nothing of their slope.
_NOT_ANALYTIC = (sympy.Piecewise, sympy.Abs, sympy.Min, sympy.Max, sympy.sign, sympy.Heaviside, sympy.re, sympy.im)
_STEP = mpmath.mpf(10) ** -40
# What a step leaves of the slope's digits, for curvatures up to 1e40 of it.
STEP_ERROR = mpmath.mpf(10) ** -38

ARITHMETIC = (ValueError, ArithmeticError, TypeError, OverflowError)


class Exact:
    """F, F' and F'' of one transfer function with fifty digits, for parameters that are doubles."""

    def __init__(self, transfer: TransferFunction) -> None:
        self.transfer = transfer
        own = [transfer.variable, *(p.symbol for p in transfer.parameters)]
        names = [sympy.Symbol(f"p{i}") for i in range(len(own))]
        renamed = dict(zip(own, names, strict=True))
        formula = textbook(transfer.formula)
        self._of: list[Callable[..., Any]] = [
            sympy.lambdify(names, sympy.diff(formula, transfer.variable, order).xreplace(renamed), "mpmath")
            for order in (0, 1, 2)
        ]
        edge = sympy.Integer(0) if transfer.threshold is None else transfer.threshold
        self._edge = sympy.lambdify(names[1:], edge.xreplace(renamed), "mpmath")
        self._switches = [sympy.lambdify(names[1:], e.xreplace(renamed), "mpmath") for e in transfer.switches]
        self.is_analytic = not formula.has(*_NOT_ANALYTIC)

    def edge(self, shape: Sequence[float]) -> Any:
        """Return the threshold, -inf without one."""
        return -mpmath.inf if self.transfer.threshold is None else mpmath.mpf(self._edge(*map(mpmath.mpf, shape)))

    def corners(self, shape: Sequence[float]) -> list[Any]:
        """Return the inputs at which F may pass from one case to another, as numbers."""
        found = [self._switch(k, shape) for k in range(len(self._switches))]
        return [place for place in found if isinstance(place, mpmath.mpf)]

    def _switch(self, k: int, shape: Sequence[float]) -> Any:
        try:
            return mpmath.mpmathify(self._switches[k](*map(mpmath.mpf, shape)))
        except ARITHMETIC:
            return None

    def value(self, x: Any, shape: Sequence[float], order: int = 0) -> Any:
        """Return F, F' or F'' (order 0, 1, 2) at x; nan where it has no real value."""
        if x <= self.edge(shape):
            return mpmath.mpf(0)
        last = None
        for digits in _WORKING:
            with mpmath.workdps(digits):
                try:
                    value = self._of[order](mpmath.mpf(x), *map(mpmath.mpf, shape))
                except ARITHMETIC:
                    return mpmath.nan
                if not isinstance(value, mpmath.mpf):
                    value = mpmath.mpf(value) if isinstance(value, int | float) else mpmath.nan
                if not mpmath.isfinite(value):
                    return mpmath.nan
                # Two values that have both lost every digit agree in zero.
                if value and last is not None and abs(value - last) <= abs(value) * mpmath.mpf(10) ** -_DIGITS:
                    return value
                last = value
        return last

    def slope_by_a_step(self, x: float, shape: Sequence[float]) -> Any:
        """Return F' without differentiating: Im F(x + ih)/h, or a difference quotient where F is not analytic.

        Either is off by h^2 F'''/6, with h of 1e-40 of the scale on which F can change.
        """
        edge = self.edge(shape)
        if x <= edge:
            return mpmath.mpf(0)
        last = None
        for digits in _WORKING[1:]:
            with mpmath.workdps(digits + 60):
                slope = self._quotient(mpmath.mpf(x), [mpmath.mpf(v) for v in shape], edge)
                if slope and last is not None and abs(slope - last) <= abs(slope) * STEP_ERROR:
                    return slope
                last = slope
        # No digits have settled: nothing is known.
        return mpmath.nan

    def _quotient(self, at: Any, shape: Sequence[Any], edge: Any) -> Any:
        h = _STEP * min(mpmath.mpf(1), at - edge)
        try:
            if self.is_analytic:
                slope = mpmath.im(self._of[0](mpmath.mpc(at, h), *shape)) / h
            else:
                before, here, after = (self._of[0](at + k * h, *shape) for k in (-1, 0, 1))
                slope = (after - before) / (2 * h)
                # At a kink each side has a slope of its own, and at a jump none.
                if abs(after + before - 2 * here) > h * (abs(slope) + abs(here)) * mpmath.mpf(10) ** -20:
                    return mpmath.nan
        except ARITHMETIC:
            return mpmath.nan
        return slope if isinstance(slope, mpmath.mpf) and mpmath.isfinite(slope) else mpmath.nan


@lru_cache(maxsize=64)
def exact(transfer: TransferFunction) -> Exact:
    """Return the transfer function with fifty digits."""
    return Exact(transfer)
