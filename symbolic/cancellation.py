"""How much cancels when an expression is evaluated as it stands: to choose between equal ones."""

from collections.abc import Mapping, Sequence
from typing import Any

import mpmath
import sympy
from sympy import Add, Expr, Symbol

from .kept import answer, generator
from .proof import evaluate, working_precision

_LARGEST = mpmath.mpf(10) ** 300
_NOT_EVALUATED = (ValueError, ArithmeticError, TypeError, AttributeError)


def least_cancelling(candidates: Sequence[Expr], variable: Symbol, points: Sequence[Mapping[Symbol, Any]]) -> Expr:
    """Return the one of some equal expressions in which least cancels at these points; the shorter one of two alike.

    Which one it is is kept on disk.

    >>> x = Symbol("x", real=True)
    >>> least_cancelling([1 / x - 1 / (x + 1), 1 / (x * (x + 1))], x, [{x: mpmath.mpf(1000)}])
    1/(x*(x + 1))
    """

    def found() -> int:
        costs = [(round(float(_magnified(e, variable, points)), 1), sympy.count_ops(e)) for e in candidates]
        return costs.index(min(costs))

    question = (*map(sympy.srepr, (variable, *candidates)), repr(points), generator())
    return candidates[answer("cancelling", question, found, lambda i: type(i) is int and 0 <= i < len(candidates))]


def _magnified(expression: Expr, variable: Symbol, points: Sequence[Mapping[Symbol, Any]]) -> Any:
    """Return the decimal digits that the worst sum loses at the worst point; inf where an exponential overflows."""
    sums = [e for e in expression.atoms(Add) if e.has(variable) and not _is_linear(e, variable)]
    exponentials = [e for e in expression.atoms(sympy.exp, sympy.sinh, sympy.cosh) if e.has(variable)]
    worst = mpmath.mpf(0)
    with working_precision():
        for point in points:
            try:
                if any(abs(evaluate(e, point)) > _LARGEST for e in exponentials):
                    return mpmath.inf
                for total in sums:
                    left = abs(evaluate(total, point))
                    if left:
                        size = sum(abs(evaluate(term, point)) for term in total.args)
                        worst = max(worst, mpmath.log10(size / left))
            except _NOT_EVALUATED:
                continue
    return worst


def _is_linear(e: Expr, variable: Symbol) -> bool:
    return not sympy.diff(e, variable).has(variable)
