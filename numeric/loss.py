"""What floating point loses of a transfer function: its numeric functions against 50 digits, over a grid of inputs.

The catalogue's functions are held to their bounds by tests; for any other this measures what the rewriting has left.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import mpmath
import numpy as np
import sympy

from ..symbolic.functions import textbook
from ..symbolic.transfer import TransferFunction, formula_derivative
from .transfer_kernels import transfer_kernels

# More than this many units in the last place is reported. What the catalogue's own forms lose is below ten.
BOUND = 1000.0
_DIGITS = 50
# The formula itself may cancel: it is evaluated with more and more digits, until two values agree in 50.
_WORKING = (60, 120, 480, 1920)


@dataclass(frozen=True)
class Loss:
    """The largest error found of F or F', in units in the last place, and the input at which it was found."""

    function: str
    ulp: float
    x: float

    @property
    def exceeds_bound(self) -> bool:
        """Whether it is more than is expected of a form fit for floating point."""
        return not self.ulp <= BOUND


@lru_cache(maxsize=64)
def loss(transfer: TransferFunction) -> Loss:
    """Return the largest error of F and F' at the default parameters, over inputs of every size.

    >>> from nullcline.symbolic import transfer
    >>> loss(transfer.sigmoid).exceeds_bound
    False
    """
    kernels = transfer_kernels(transfer)
    shape = [p.default for p in transfer.parameters]
    worst = Loss("F", 0.0, 0.0)
    for name, order in (("F", 0), ("dF", 1)):
        exact = _exact(transfer, order)
        for x in _inputs(transfer, shape):
            value = float(getattr(kernels, name)(np.asarray(x), *(np.asarray(v) for v in shape)))
            error = _in_ulp(value, _settled(exact, [x, *shape]))
            if not error <= worst.ulp:
                worst = Loss(name, error, x)
    return worst


def _settled(exact: Callable[..., Any], arguments: "list[float]") -> Any:
    """Return a value of which 50 digits are right."""
    last = None
    for digits in _WORKING:
        with mpmath.workdps(digits):
            value = mpmath.mpmathify(exact(*map(mpmath.mpf, arguments)))
            if last is not None and abs(value - last) <= abs(value) * mpmath.mpf(10) ** -_DIGITS:
                break
            last = value
    return value


def _inputs(transfer: TransferFunction, shape: "list[float]") -> "list[float]":
    """Return inputs in the middle of F's range of action, in its tails, and of every size near 0."""
    c = transfer.coordinate
    if c is None:
        return _inputs_of_any(transfer, shape)
    numbers = {p.symbol: v for p, v in zip(transfer.parameters, shape, strict=True)}
    ends = (c.domain.inf, c.domain.sup)
    low, high = (float(end.subs(numbers)) if end.subs(numbers).is_finite else float("nan") for end in ends)
    inside = np.linspace(0.02, 0.98, 25)
    if np.isfinite(low) and np.isfinite(high):
        places = low + inside * (high - low)
    else:
        reach = np.geomspace(0.05, 20.0, 25)
        places = low + reach if np.isfinite(low) else high - reach if np.isfinite(high) else np.linspace(-6, 6, 25)
    middle = [sympy.N(c.x.subs(numbers).subs(c.z, z)) for z in places]
    edge = -np.inf if transfer.threshold is None else float(transfer.threshold.subs(numbers))
    near = [sign * 10.0**k for k in range(-15, 4) for sign in (1, -1)]
    return sorted(x for x in [*(float(v) for v in middle if v.is_real), *near] if x > edge)


def _inputs_of_any(transfer: TransferFunction, shape: "list[float]") -> "list[float]":
    """Return inputs of every size, about 0 and about where a case ends, of those that the formula is meant for."""
    numbers = {p.symbol: v for p, v in zip(transfer.parameters, shape, strict=True)}
    switches = [complex(sympy.N(place.subs(numbers))) for place in transfer.switches]
    middles = {0.0, *(place.real for place in switches if place.imag == 0 and np.isfinite(place.real))}
    low, high = transfer.inputs or (-1000.0, 1000.0)
    steps = [0.5 * k for k in range(1, 13)] + [10.0**k for k in range(-15, 3)]
    found = {middle + side * step for middle in middles for step in steps for side in (1, -1)}
    return sorted(place for place in found - middles if low <= place <= high)


def _exact(transfer: TransferFunction, order: int) -> Callable[..., Any]:
    own = [transfer.variable, *(p.symbol for p in transfer.parameters)]
    names = [sympy.Symbol(f"p{i}") for i in range(len(own))]
    formula = textbook(formula_derivative(transfer, order) if order else transfer.formula)
    function: Callable[..., Any] = sympy.lambdify(names, formula.xreplace(dict(zip(own, names, strict=True))), "mpmath")
    return function


def _in_ulp(value: float, exact: Any) -> float:
    """Return the error in units in the last place of the exact value; 0 where that is no normal number."""
    if not isinstance(exact, mpmath.mpf) or not mpmath.isfinite(exact):
        return float("inf")
    nearest = float(exact)
    if not np.isfinite(nearest) or abs(nearest) < float(np.finfo(np.float64).tiny):
        return 0.0 if np.isfinite(value) or value == nearest else float("inf")
    with mpmath.workdps(_DIGITS):
        return float(abs(mpmath.mpf(value) - exact) / mpmath.mpf(float(np.spacing(abs(nearest)))))
