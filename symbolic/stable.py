"""Forms fit for floating point: each equal to the derived expression, and the numeric functions are made of these.

The textbook forms lose every digit where two terms cancel and overflow where an exponential does. The forms below
do neither (reference: theory, section 1.1). Those of the catalogue are written by hand, those of any other function
come from `rewriting`; each is proved equal to what was derived: the derivation carries that as checks.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from types import MappingProxyType

import mpmath
import sympy
from sympy import Abs, Expr, Integer, Max, Min, Piecewise, Symbol, acosh, exp, log, sqrt

from . import transfer
from .cancellation import least_cancelling
from .functions import (
    erf_increment,
    erfc,
    erfcinv,
    expit,
    expm1,
    gaussian,
    log1p_scaled,
    product,
    sech,
    softplus,
    tanhc,
)
from .pieces import case_by_case
from .rewriting import rewritten
from .transfer import TransferFunction, catalogue, formula_derivative, slope, twin_of, x, y

a, b, s, k, R, n = (Symbol(name, positive=True) for name in ("a", "b", "s", "k", "R", "n"))
theta = Symbol("theta", real=True)
_p = Symbol("p", positive=True)


@dataclass(frozen=True)
class StableForms:
    """F, F', F'' and the inverse above the threshold, in the transfer function's own symbols.

    `rough` are F and F' in forms that are right to a few units in the last place of the *largest* F, not of each
    value: enough where a rate is added to another, and cheaper, since they share one exponential.

    `inputs_of_slope` are the inputs at which F' is `slope`, rising; empty where there is no closed form.

    `written` says whether they are written by hand; otherwise they are the derived ones, rewritten.

    `branches` are substitutions for x that together reach every input; within each no condition changes its value.
    """

    F: Expr
    dF: Expr
    d2F: Expr
    F_inverse: Expr | None
    rough: tuple[Expr, Expr]
    inputs_of_slope: tuple[Expr, ...]
    branches: tuple[Mapping[Expr, Expr], ...] = (MappingProxyType({}),)
    written: bool = True


def _sigmoid(gain: Expr, height: Expr) -> StableForms:
    """height * [expit(gain (x - theta)) - expit(-gain theta)]."""
    u = gain * (x - theta)
    # One product for both signs of x: no term is ever subtracted from another of the same size.
    side = Piecewise((1, x >= 0), (-1, True))
    level = y / height
    # Written out: the logistic function's own form for either sign of u costs as much again.
    rise, offset = 1 / (1 + exp(-u)), 1 / (1 + exp(gain * theta))
    # sech^2 inverted: 1 - 4 slope/gain, which the quadratic formula takes a root of, would lose a small slope.
    away = 2 * acosh(sqrt(height * gain / slope) / 2) / gain
    return StableForms(
        F=height * side * -expm1(-gain * Abs(x)) * expit(side * u) * expit(side * gain * theta),
        # The square of one factor: expit(u) expit(-u) would underflow before gain times it does.
        dF=height * gain / 4 * sech(u / 2) ** 2,
        # tanh(u/2) with x - theta taken out: u may be subnormal, without digits, where gain^2 u is a normal number.
        d2F=-product(height * gain**3 / 8 * tanhc(u / 2), x - theta) * sech(u / 2) ** 2,
        # ln(1 + y/c) - ln(1 - y/(1 - c)): neither 1/c nor 1/(1 - c) is formed by a subtraction or may overflow.
        F_inverse=(log1p_scaled(level, gain * theta) - log1p_scaled(-level, -gain * theta)) / gain,
        # The offset is the same function of the same number as at x = 0, so that F(0) = 0 to the last bit here too.
        inputs_of_slope=(theta - away, theta + away),
        rough=(height * (rise - offset), height * gain * rise * (1 - rise)),
        branches=({x: _p}, {x: -_p}, {x: Integer(0)}),
    )


def _softplus() -> StableForms:
    u, v = b * (x - theta), b * y / a
    F, dF = a / b * softplus(u), a * expit(u)
    return StableForms(
        F=F,
        dF=dF,
        d2F=a * b / 4 * sech(u / 2) ** 2,
        F_inverse=theta + (v + log(-expm1(-v))) / b,
        rough=(F, dF),
        inputs_of_slope=transfer.softplus.inputs_of_slope,
    )


def _erf() -> StableForms:
    width = sqrt(2) * s
    z = (x - theta) / s
    u, u0 = (x - theta) / width, theta / width
    steepness = gaussian(z / 2) ** 2 / (sqrt(2 * sympy.pi) * s)
    return StableForms(
        # F is the integral of its slope from 0 to x: the increment knows x, which no difference of two values does.
        F=erf_increment(-u0, product(1 / width, x)) / 2,
        dF=steepness,
        # As above: z may have no digits. And one gaussian on each side, so that nothing overflows before it is 0.
        d2F=-product(gaussian(z / 2) / (sqrt(2 * sympy.pi) * s**3), x - theta) * gaussian(z / 2),
        # Twice the share of the distribution below x, or above it: whichever is small keeps its digits.
        F_inverse=Piecewise(
            (theta - width * erfcinv(2 * y + erfc(u0)), 2 * y + erfc(u0) <= 1),
            (theta + width * erfcinv(erfc(-u0) - 2 * y), True),
        ),
        rough=((sympy.erf(u) + sympy.erf(u0)) / 2, steepness),
        inputs_of_slope=transfer.erf.inputs_of_slope,
    )


def _naka_rushton() -> StableForms:
    # (x/s)^n over- and underflows long before F does: the smaller over the larger of x and s, to a positive power.
    smaller, larger = Min(x, s), Max(x, s)
    ratio = smaller / larger
    q = ratio**n

    def either(below: Expr, above: Expr) -> Expr:
        return Piecewise((below, larger <= s), (above, True))

    low, high = s * _p / (1 + _p), s + s * _p
    F = R * either(q, Integer(1)) / (1 + q)
    dF = R * n / s * ratio ** either(n - 1, n + 1) / (1 + q) ** 2
    bend = either(n - 1 - (n + 1) * q, (n - 1) * q - (n + 1))
    return StableForms(
        F=F,
        dF=dF,
        d2F=R * n / s**2 * ratio ** either(n - 2, n + 2) * bend / (1 + q) ** 3,
        F_inverse=s * (y / (R - y)) ** (1 / n),
        rough=(F, dF),
        inputs_of_slope=(),
        branches=(
            {smaller: low, larger: s, x: low},
            {smaller: s, larger: high, x: high},
        ),
    )


def _of_any_formula(function: TransferFunction) -> StableForms:
    """The formula, rewritten, and the derivatives of that: factored, those of the formula itself might overflow."""
    points = [
        {x: mpmath.mpf(at), **{p.symbol: mpmath.mpf(p.default) for p in function.parameters}}
        for at in _SAMPLED
        if function.inputs is None or function.inputs[0] <= at <= function.inputs[1]
    ]
    orders = [case_by_case(function.formula, rewritten)]
    for order in (1, 2):
        derived = _cases(formula_derivative(function, order))
        differentiated = [sympy.diff(case, x) for case in _cases(orders[-1])]
        chosen = [
            # Where a difference became a product of absolute values, the derivative is left to the formula.
            rewritten(one)
            if other.has(Abs, Piecewise)
            else least_cancelling([rewritten(other), rewritten(one)], x, points)
            for one, other in zip(derived, differentiated, strict=True)
        ]
        orders.append(_in_cases_of(function.formula, chosen))
    F, dF, d2F = orders
    return StableForms(F, dF, d2F, None, rough=(F, dF), inputs_of_slope=(), written=False)


# Inputs at which the derivatives of a formula are compared: in the middle and far out.
_SAMPLED = (-100.0, -20.0, -5.5, -2.3, -0.7, -0.01, 0.01, 0.6, 1.7, 3.3, 6.5, 25.0, 100.0)


def _in_cases_of(formula: Expr, values: list[Expr]) -> Expr:
    if not isinstance(formula, Piecewise):
        return values[0]
    return Piecewise(*((v, c) for v, (_, c) in zip(values, formula.args, strict=True)), evaluate=False)


def _cases(expression: Expr) -> list[Expr]:
    return [case for case, _ in expression.args] if isinstance(expression, Piecewise) else [expression]


def _derived(function: TransferFunction) -> StableForms:
    """The derived forms, rewritten where they would cancel or overflow."""
    if not function.has_closed_forms:
        return _of_any_formula(function)
    F, dF = rewritten(function.formula), rewritten(formula_derivative(function, 1))
    return StableForms(
        F,
        dF,
        rewritten(formula_derivative(function, 2)),
        rewritten(function.inverse),
        rough=(F, dF),
        inputs_of_slope=function.inputs_of_slope,
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
    written = _WRITTEN.get(function.name) if catalogue.get(function.name) == function else None
    if written is None and function.has_closed_forms and (twin := twin_of(function)) is not None:
        known, renaming = twin
        return _renamed(_WRITTEN[known.name](), {theirs: own for own, theirs in renaming.items()})
    return written() if written else _derived(function)


def _renamed(forms: StableForms, symbols: Mapping[sympy.Symbol, sympy.Symbol]) -> StableForms:
    """Return the forms of a catalogue's function in the symbols of another that has its formula."""

    def named(e: Expr) -> Expr:
        return e.xreplace(dict(symbols))

    return replace(
        forms,
        F=named(forms.F),
        dF=named(forms.dF),
        d2F=named(forms.d2F),
        F_inverse=None if forms.F_inverse is None else named(forms.F_inverse),
        rough=tuple(map(named, forms.rough)),
        inputs_of_slope=tuple(map(named, forms.inputs_of_slope)),
        branches=tuple({named(v): named(e) for v, e in branch.items()} for branch in forms.branches),
    )
