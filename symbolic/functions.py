"""The elementary functions that the stable forms are written in, each equal to its textbook expression.

Where a function's relative error grows with the size of its argument, the rounding of the argument is what costs the
digits (reference: theory, section 1.1). `sensitivity` says what a small change of the argument does to such a
function, so that an argument can be carried as a sum hi + lo of two doubles and lo be put in to first order.
"""

from collections.abc import Callable
from typing import Any

import sympy


class _Elementary(sympy.Function):
    """A real function that has a name in numerical libraries and a textbook expression."""

    nargs = 1

    @staticmethod
    def textbook(*arguments: sympy.Expr) -> sympy.Expr:
        raise AssertionError("each function states its own textbook expression")

    def fdiff(self, argindex: int = 1) -> sympy.Expr:
        # Of the textbook form the derivative would be a quotient of exponentials, which overflow.
        known = _SENSITIVITY.get(type(self))
        if known is not None:
            kind, slope = known
            return self * slope(self.args[0]) if kind == RELATIVE else slope(self.args[0])
        names = [sympy.Dummy("u", real=True) for _ in self.args]
        slope = sympy.diff(self.textbook(*names), names[argindex - 1])
        return slope.subs(dict(zip(names, self.args, strict=True)), simultaneous=True)

    def _eval_rewrite_as_exp(self, *arguments: sympy.Expr, **_: Any) -> sympy.Expr:
        return self.textbook(*arguments).rewrite(sympy.exp)

    def _eval_is_extended_real(self) -> bool | None:
        return sympy.core.logic.fuzzy_and(u.is_extended_real for u in self.args)  # type: ignore[no-any-return]

    def _eval_evalf(self, prec: int) -> sympy.Expr:
        return self.textbook(*self.args)._eval_evalf(prec)


class expit(_Elementary):
    """The logistic function 1/(1 + e^(-u))."""

    @staticmethod
    def textbook(u: sympy.Expr) -> sympy.Expr:
        return 1 / (1 + sympy.exp(-u))


class softplus(_Elementary):
    """ln(1 + e^u)."""

    @staticmethod
    def textbook(u: sympy.Expr) -> sympy.Expr:
        return sympy.log(1 + sympy.exp(u))


class sech(_Elementary):
    """1/cosh(u), kept as it is: SymPy's own differentiates into products that cancel."""

    @staticmethod
    def textbook(u: sympy.Expr) -> sympy.Expr:
        return 1 / sympy.cosh(u)


class tanhc(_Elementary):
    """tanh(u)/u, which is 1 at 0: even, and at small u it does not feel how small."""

    @classmethod
    def eval(cls, u: sympy.Expr) -> sympy.Expr | None:
        return sympy.S.One if u.is_zero else None

    @staticmethod
    def textbook(u: sympy.Expr) -> sympy.Expr:
        return sympy.tanh(u) / u


class gaussian(_Elementary):
    """e^(-u^2), kept as it is: its square then is one, where e^(-2 u^2) may be no normal number."""

    @staticmethod
    def textbook(u: sympy.Expr) -> sympy.Expr:
        return sympy.exp(-(u**2))


class expm1(_Elementary):
    """e^u - 1."""

    @staticmethod
    def textbook(u: sympy.Expr) -> sympy.Expr:
        return sympy.exp(u) - 1


class log1p(_Elementary):
    """ln(1 + u)."""

    @staticmethod
    def textbook(u: sympy.Expr) -> sympy.Expr:
        return sympy.log(1 + u)


class erfc(_Elementary):
    """1 - erf(u), kept as it is: SymPy's own erfc turns erfc(-u) into 2 - erfc(u), which cancels."""

    @staticmethod
    def textbook(u: sympy.Expr) -> sympy.Expr:
        return 1 - sympy.erf(u)


class erfcinv(_Elementary):
    """The inverse of erfc, which near 0 keeps the digits that erfinv loses near 1."""

    @staticmethod
    def textbook(u: sympy.Expr) -> sympy.Expr:
        return sympy.erfinv(1 - u)


class erf_increment(_Elementary):
    """erf(v + d) - erf(v), also where the two nearly cancel: for small d, and in the tails."""

    nargs = 2

    @staticmethod
    def textbook(v: sympy.Expr, d: sympy.Expr) -> sympy.Expr:
        return sympy.erf(v + d) - sympy.erf(v)


class log1p_scaled(_Elementary):
    """ln(1 + u (1 + e^v)), also where e^v overflows."""

    nargs = 2

    @staticmethod
    def textbook(u: sympy.Expr, v: sympy.Expr) -> sympy.Expr:
        return sympy.log(1 + u * (1 + sympy.exp(v)))


class product(_Elementary):
    """k d, kept as it is: k is computed first, and then multiplied by d, which may be too small to meet less than k."""

    nargs = 2

    @staticmethod
    def textbook(k: sympy.Expr, d: sympy.Expr) -> sympy.Expr:
        return k * d


# What d f(u)/du is, divided by f(u) where the first entry says so: f(hi + lo) = f(hi) (1 + lo s) or f(hi) + lo s.
RELATIVE, ABSOLUTE = "relative", "absolute"
_SENSITIVITY: dict[type, tuple[str, Callable[[sympy.Expr], sympy.Expr]]] = {
    sympy.exp: (RELATIVE, lambda u: sympy.Integer(1)),
    expit: (RELATIVE, lambda u: expit(-u)),
    sech: (RELATIVE, lambda u: -sympy.tanh(u)),
    gaussian: (RELATIVE, lambda u: -2 * u),
    sympy.sinh: (ABSOLUTE, sympy.cosh),
    sympy.cosh: (RELATIVE, sympy.tanh),
    softplus: (ABSOLUTE, expit),
    expm1: (ABSOLUTE, sympy.exp),
    erfc: (ABSOLUTE, lambda u: -2 / sympy.sqrt(sympy.pi) * sympy.exp(-(u**2))),
    sympy.sin: (ABSOLUTE, sympy.cos),
    sympy.cos: (ABSOLUTE, lambda u: -sympy.sin(u)),
}


def sensitivity(application: sympy.Expr) -> tuple[str, sympy.Expr] | None:
    """Return how f(u) answers to a change of u, as RELATIVE or ABSOLUTE and an expression; None where it hardly does.

    A function hardly answers if a relative error of u leaves an error of f no larger: the logarithm, the hyperbolic
    tangent, and e^u - 1 for negative u.
    """
    known = _SENSITIVITY.get(type(application))
    if known is None or (isinstance(application, expm1) and application.args[0].is_nonpositive):
        return None
    kind, slope = known
    return kind, slope(application.args[0])


def textbook(expression: sympy.Basic) -> sympy.Basic:
    """Return the expression with every function of this module replaced by its textbook form.

    >>> from sympy import Symbol
    >>> textbook(expit(Symbol("u")) * expm1(Symbol("u")))
    (exp(u) - 1)/(1 + exp(-u))
    """
    return expression.replace(lambda e: isinstance(e, _Elementary), lambda e: e.textbook(*e.args))
