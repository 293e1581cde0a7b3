"""The exponential function: its exponent factored, its variable positive, a crowded one written exp(...)."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

import sympy

from .dispatch import Rule, apply, layout_of
from .functions import FUNCTION_NAMES
from .nodes import Apply, Identifier, Node, Number, Power, Sum, Term
from .style import Style
from .terms import looks_back

__all__ = ["RULES"]


def _exponential(expr: Any, style: Style) -> Node:
    argument = _facing(_factored(expr.args[0]))
    crowded = (
        argument.has(sympy.exp, sympy.Piecewise, sympy.Integral, sympy.Sum, sympy.Derivative)
        or argument.count_ops() > 24
    )
    if crowded or "e" in style.taken:
        return apply(Identifier("exp", upright=True), (argument,), style)
    return Power(Identifier("e"), layout_of(argument, replace(style, script=True, nested=False)))


def _factored(argument: Any) -> Any:
    """A short polynomial with a common factor, factored: -a x + a theta becomes -a (x - theta)."""
    if (
        not isinstance(argument, sympy.Add)
        or not 2 <= len(argument.args) <= 4
        or not argument.is_polynomial(*argument.free_symbols)
    ):
        return argument
    # A sum without a symbol common to all its terms has no factor worth pulling out; x^2 - 1 stays as it is.
    common = set.intersection(*(set(term.free_symbols) for term in argument.args))
    factored = sympy.factor(argument) if common else argument
    if not isinstance(factored, sympy.Mul):
        return argument
    sums = [factor for factor in factored.args if isinstance(factor, sympy.Add)]
    rest = [factor for factor in factored.args if not isinstance(factor, sympy.Add)]
    if len(sums) != 1 or any(isinstance(factor, sympy.Pow) and isinstance(factor.base, sympy.Add) for factor in rest):
        return argument
    return sympy.Mul(*_with_one_number(rest), sums[0], evaluate=False)


def _facing(product: Any) -> Any:
    """A product with one sum in it, the sum with its variable positive: a (theta - x) becomes -a (x - theta)."""
    if not isinstance(product, sympy.Mul):
        return product
    sums = [factor for factor in product.args if isinstance(factor, sympy.Add)]
    if len(sums) != 1 or not looks_back(sums[0]):
        return product
    rest = [factor for factor in product.args if factor is not sums[0]]
    inner = sympy.Add(*(-term for term in sums[0].args))
    return sympy.Mul(*_with_one_number([sympy.S.NegativeOne, *rest]), inner, evaluate=False)


def _with_one_number(factors: list[Any]) -> list[Any]:
    number = sympy.Mul(*(factor for factor in factors if factor.is_Number))
    others = [factor for factor in factors if not factor.is_Number]
    return others if number == 1 else [number, *others]


def _expm1(expr: Any, style: Style) -> Node:
    return Sum((Term("+", _exponential(expr, style)), Term("-", Number("1"))))


def _logaddexp(expr: Any, style: Style) -> Node:
    return Apply(FUNCTION_NAMES["log"], (Sum(tuple(Term("+", _exponential(_Only(arg), style)) for arg in expr.args)),))


@dataclass(frozen=True, slots=True)
class _Only:
    """One argument on its own, in the shape of a call."""

    argument: Any

    @property
    def args(self) -> tuple[Any]:
        return (self.argument,)


RULES: Mapping[str, Rule] = MappingProxyType({"exp": _exponential, "expm1": _expm1, "logaddexp": _logaddexp})
