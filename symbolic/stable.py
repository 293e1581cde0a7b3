"""Forms fit for floating point: each equal to the derived expression, and the numeric functions are made of these.

The textbook forms lose every digit where two terms cancel and overflow where an exponential does. The forms below
do neither (reference: theory, section 1.1), but for one: erf near x = 0, and its inverse near y = 0, are right to
rounding of the threshold, not of the small result. They are written by hand, so each is proved equal to what
was derived: `proofs` gives the differences that must vanish, and the derivation carries them as checks.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType

import sympy
from sympy import Abs, Expr, Integer, Piecewise, Symbol, exp, log, sqrt

from .functions import erfc, erfcinv, expit, expm1, log1p_scaled, softplus
from .transfer import TransferFunction, x, y

a, b, s, k, R, n = (Symbol(name, positive=True) for name in ("a", "b", "s", "k", "R", "n"))
theta = Symbol("theta", real=True)
_p = Symbol("p", positive=True)


@dataclass(frozen=True)
class StableForms:
    """F, F', F'' and the inverse above the threshold, in the transfer function's own symbols.

    `written` says whether they are written by hand; otherwise they are the derived ones.

    `branches` are substitutions for x that together reach every input; within each no condition changes its value.
    """

    F: Expr
    dF: Expr
    d2F: Expr
    F_inverse: Expr
    branches: tuple[Mapping[Symbol, Expr], ...] = (MappingProxyType({}),)
    written: bool = True


def _sigmoid(gain: Expr, height: Expr) -> StableForms:
    """height * [expit(gain (x - theta)) - expit(-gain theta)]."""
    u = gain * (x - theta)
    # One product for both signs of x: no term is ever subtracted from another of the same size.
    side = Piecewise((1, x >= 0), (-1, True))
    level = y / height
    return StableForms(
        F=height * side * -expm1(-gain * Abs(x)) * expit(side * u) * expit(side * gain * theta),
        dF=height * gain * expit(u) * expit(-u),
        d2F=-height * gain**2 * expit(u) * expit(-u) * sympy.tanh(u / 2),
        # ln(1 + y/c) - ln(1 - y/(1 - c)): neither 1/c nor 1/(1 - c) is formed by a subtraction or may overflow.
        F_inverse=(log1p_scaled(level, gain * theta) - log1p_scaled(-level, -gain * theta)) / gain,
        branches=({x: _p}, {x: -_p}, {x: Integer(0)}),
    )


def _softplus() -> StableForms:
    u, v = b * (x - theta), b * y / a
    return StableForms(
        F=a / b * softplus(u),
        dF=a * expit(u),
        d2F=a * b * expit(u) * expit(-u),
        F_inverse=theta + (v + log(-expm1(-v))) / b,
    )


def _erf() -> StableForms:
    u = (x - theta) / (sqrt(2) * s)
    u0 = theta / (sqrt(2) * s)
    # In the tails both error functions are close to 1 and their difference is in erfc.
    lower = Piecewise(
        ((erfc(-u) - erfc(u0)) / 2, sympy.And(u < 0, u0 > 0)),
        ((erfc(-u0) - erfc(u)) / 2, sympy.And(u > 0, u0 < 0)),
        ((sympy.erf(u) + sympy.erf(u0)) / 2, True),
    )
    slope = exp(-(u**2)) / (sqrt(2 * sympy.pi) * s)
    return StableForms(
        F=lower,
        dF=slope,
        d2F=-(x - theta) / s**2 * slope,
        # Twice the share of the distribution below x, or above it: whichever is small keeps its digits.
        F_inverse=Piecewise(
            (theta - sqrt(2) * s * erfcinv(2 * y + erfc(u0)), 2 * y + erfc(u0) <= 1),
            (theta + sqrt(2) * s * erfcinv(erfc(-u0) - 2 * y), True),
        ),
        branches=(
            {theta: sqrt(2) * s * _p, x: sqrt(2) * s * (_p - Symbol("q", positive=True))},
            {theta: -sqrt(2) * s * _p, x: sqrt(2) * s * (-_p + Symbol("q", positive=True))},
            {theta: Integer(0)},
        ),
    )


def _naka_rushton() -> StableForms:
    # (x/s)^n over- and underflows long before F or F' does: take its logarithm, and one exponential for all factors.
    L = log(x / s)
    v = n * L
    bend = -n * sympy.tanh(v / 2) - 1
    return StableForms(
        F=R * expit(v),
        dF=R * n / s * exp((n - 1) * L - 2 * softplus(v)),
        d2F=R * n / s * exp((n - 1) * L - 2 * softplus(v)) * bend / x,
        F_inverse=s * exp((log(y) - log(R - y)) / n),
        branches=({x: _p},),
    )


def _derived(function: TransferFunction) -> StableForms:
    """The derived forms themselves: right for polynomials and powers, which neither cancel nor overflow early."""
    from .transfer import formula_derivative

    return StableForms(
        function.formula,
        formula_derivative(function, 1),
        formula_derivative(function, 2),
        function.inverse,
        written=False,
    )


_WRITTEN: Mapping[str, Callable[[], StableForms]] = MappingProxyType(
    {
        "sigmoid": lambda: _sigmoid(a, Integer(1)),
        # tanh(a(x - theta)) + tanh(a theta) is twice the sigmoid of gain 2a (reference: theory, section 3.1).
        "tanh": lambda: _sigmoid(2 * a, Integer(2)),
        "softplus": _softplus,
        "erf": _erf,
        "naka_rushton": _naka_rushton,
    }
)


@lru_cache(maxsize=64)
def stable_forms(function: TransferFunction) -> StableForms:
    """Return the forms from which the numeric functions of a transfer function are generated."""
    from .transfer import catalogue

    written = _WRITTEN.get(function.name) if catalogue.get(function.name) == function else None
    return written() if written else _derived(function)
