"""The functions that a target lacks, each as one expression in those that it has.

None overflows: an exponential is taken of what is not positive only, or of what makes the result infinite too.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import sympy
from sympy import Abs, Expr, Piecewise, Symbol, exp, log, tanh

from ...symbolic import functions
from ...symbolic.errors import NullclineError

u, v = Symbol("u", real=True), Symbol("v", real=True)
_fall = exp(-Abs(u))


@dataclass(frozen=True)
class Helper:
    """A function of u by its name, and the expression that computes it."""

    name: str
    value: Expr


def helpers_for(equations: Iterable[Expr], has: frozenset[str], target: str) -> list[Helper]:
    """Return the helpers that the equations need in a target that has these functions, each after what it calls.

    Raises NullclineError for a function that the target can in no way be given.
    """
    needed: dict[str, Helper] = {}

    def add(expression: Expr) -> None:
        for application in sorted(expression.atoms(sympy.Function), key=str):
            name = type(application).__name__
            if name in has or name in needed or isinstance(application, _EVERYWHERE):
                continue
            if name not in _HELPERS:
                line = f"{target} has no function {name}"
                raise NullclineError(
                    f"{line}: write F with exp, log, tanh, erf and conditions, or choose another format"
                )
            add(_HELPERS[name])
            needed[name] = Helper(name, _HELPERS[name])

    for equation in equations:
        add(equation)
    return [*needed.values()]


def _polynomial(coefficients: str, at: Expr) -> Expr:
    """A polynomial, its highest power first, by Horner's rule."""
    total: Expr = sympy.Integer(0)
    for coefficient in coefficients.split():
        total = total * at + (sympy.Integer(1) if coefficient == "1" else sympy.Float(coefficient, 17))
    return total


def _error_function() -> Expr:
    """erf by the rational functions of W. J. Cody, Math. Comp. 23:631, 1969, as in netlib's CALERF."""
    size, square = Abs(u), u**2
    middle = exp(-square) * (
        _polynomial(
            "2.15311535474403846e-8 5.64188496988670089e-1 8.88314979438837594 6.61191906371416295e1"
            " 2.98635138197400131e2 8.81952221241769090e2 1.71204761263407058e3 2.05107837782607147e3"
            " 1.23033935479799725e3",
            size,
        )
        / _polynomial(
            "1 1.57449261107098347e1 1.17693950891312499e2 5.37181101862009858e2 1.62138957456669019e3"
            " 3.29079923573345963e3 4.36261909014324716e3 3.43936767414372164e3 1.23033935480374942e3",
            size,
        )
    )
    inner = u * (
        _polynomial(
            "1.85777706184603153e-1 3.16112374387056560 1.13864154151050156e2 3.77485237685302021e2"
            " 3.20937758913846947e3",
            square,
        )
        / _polynomial(
            "1 2.36012909523441209e1 2.44024637934444173e2 1.28261652607737228e3 2.84423683343917062e3", square
        )
    )
    # Beyond 4 the middle form is still right to 1e-8 of what is itself below 2e-8; from 6 on erf is 1 as a double.
    return Piecewise((inner, size <= sympy.Float("0.46875")), ((1 - middle) * u / size, size < 6), (u / size, True))


_EVERYWHERE = (Piecewise, sympy.Min, sympy.Max, Abs, exp, log)
_HELPERS = {
    "expit": exp((u - Abs(u)) / 2) / (1 + _fall),
    "softplus": (u + Abs(u)) / 2 + functions.log1p(_fall),
    "log1p": log(1 + u),
    "expm1": tanh(u / 2) * (exp(u) + 1),
    "sech": 2 * _fall / (1 + _fall**2),
    "erf": _error_function(),
}
