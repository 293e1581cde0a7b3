"""The elementary functions that the stable forms are written in, each equal to its textbook expression."""

from typing import Any

import sympy


class _Elementary(sympy.Function):
    """A real function that has a name in numerical libraries and a textbook expression."""

    nargs = 1

    @staticmethod
    def textbook(*arguments: sympy.Expr) -> sympy.Expr:
        raise AssertionError("each function states its own textbook expression")

    def fdiff(self, argindex: int = 1) -> sympy.Expr:
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


class log1p_scaled(_Elementary):
    """ln(1 + u (1 + e^v)), also where e^v overflows."""

    nargs = 2

    @staticmethod
    def textbook(u: sympy.Expr, v: sympy.Expr) -> sympy.Expr:
        return sympy.log(1 + u * (1 + sympy.exp(v)))


def textbook(expression: sympy.Basic) -> sympy.Basic:
    """Return the expression with every function of this module replaced by its textbook form.

    >>> from sympy import Symbol
    >>> textbook(expit(Symbol("u")) * expm1(Symbol("u")))
    (exp(u) - 1)/(1 + exp(-u))
    """
    return expression.replace(lambda e: isinstance(e, _Elementary), lambda e: e.textbook(*e.args))
