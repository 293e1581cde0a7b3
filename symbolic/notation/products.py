"""Products: what stands above and below the fraction line, what beside it, and in which order."""

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any, Literal

import sympy
from sympy.core.function import AppliedUndef

from .brackets import group, is_tall
from .dispatch import Rule, layout_of
from .fractions import fraction
from .functions import LOGISTIC, POWERED
from .nodes import (
    Aligned,
    BigOperator,
    Cases,
    Derivative,
    Fraction,
    Node,
    Number,
    Power,
    Product,
    Relation,
    Sequence,
    Sum,
    Text,
    negated,
)
from .roles import FRACTIONS_OF_ONE, has_variable, is_perturbation, is_symbol_like, letter_of, symbol_rank
from .style import Style
from .terms import factors_of, has_leak, is_curved, spelled

__all__ = ["RULES", "product_of"]


def _product(expr: Any, style: Style) -> Node:
    sign, body = product_of(*factors_of(expr), style)
    return body if sign == "+" else negated(group(body) if isinstance(body, Sum) else body)


def product_of(
    negative: bool, factors: list[Any], style: Style, *, in_sum: bool = False
) -> tuple[Literal["+", "-"], Node]:
    """A product as a sign and a node: sort the factors, split off the denominator, place the functions."""
    if len(factors) > 1:
        turned = [_turned(factor, in_sum=in_sum) for factor in factors]
        negative ^= sum(flipped for flipped, _ in turned) % 2 == 1
        factors = [factor for _, factor in turned]
    negative, factors = _turned_expm1(negative, factors)
    sign: Literal["+", "-"] = "-" if negative else "+"
    if len(factors) == 1 and factors[0].is_Rational:
        return sign, layout_of(factors[0], style)
    above, below = _split(factors)
    if not below:
        return sign, _row(above, style)
    inner = replace(style, nested=True)
    beside: list[Any] = []
    if not style.script and all(_is_plain(factor) for factor in below):
        beside = [factor for factor in above if _stands_beside(factor)] or _tall_sum(above, inner)
        above = [factor for factor in above if factor not in beside]
    quotient = fraction(_row(above, inner), _row(below, inner), style)
    if not beside:
        return sign, quotient
    if isinstance(quotient, Fraction) and quotient.style == "inline":
        return sign, Product((group(quotient), *_row_items(beside, style)))
    return sign, Product((quotient, *_row_items(beside, style)))


def _turned(factor: Any, *, in_sum: bool) -> tuple[bool, Any]:
    """Take the minus out of s - 1 and of a sum of negative terms, unless that stands alone and has the leak."""
    base, exponent = factor.as_base_exp()
    if _is_less_one(base) and exponent.is_Integer:
        return exponent.is_odd, sympy.Pow(-base, exponent)
    if not isinstance(factor, sympy.Add) or not all(factors_of(term)[0] for term in factor.args):
        return False, factor
    if not in_sum and has_leak(factor.args):
        return False, factor
    return True, sympy.Add(*(-term for term in factor.args))


def _is_less_one(expr: Any) -> bool:
    """s - 1, where s is a value of the logistic function."""
    return (
        isinstance(expr, sympy.Add)
        and len(expr.args) == 2
        and sympy.S.NegativeOne in expr.args
        and any(isinstance(term, sympy.Symbol) and letter_of(term) in FRACTIONS_OF_ONE for term in expr.args)
    )


def _turned_expm1(negative: bool, factors: list[Any]) -> tuple[bool, list[Any]]:
    """Write -expm1(u) times something as (1 - e^u) times it."""
    for position, factor in enumerate(factors):
        if negative and type(factor).__name__ == "expm1":
            turned = sympy.Add(1, -sympy.exp(factor.args[0]), evaluate=False)
            return False, [*factors[:position], turned, *factors[position + 1 :]]
    return negative, factors


def _split(factors: list[Any]) -> tuple[list[Any], list[Any]]:
    """The factors above and below the fraction line, each in the order of writing."""
    above: list[Any] = []
    below: list[Any] = []
    for factor in factors:
        if factor.is_Rational and not factor.is_Integer:
            above += [sympy.Integer(factor.p)] if factor.p != 1 else []
            below.append(sympy.Integer(factor.q))
        elif isinstance(factor, sympy.exp) and factor.args[0].is_Number and factor.args[0].is_negative:
            below.append(sympy.exp(-factor.args[0]))
        elif isinstance(factor, sympy.Pow) and factor.exp.as_coeff_Mul()[0].is_extended_negative:
            below.append(sympy.Pow(factor.base, -factor.exp, evaluate=False) if factor.exp != -1 else factor.base)
        else:
            above.append(factor)
    above, below = _roots_below(above, below)
    return _arranged(above), _arranged(below)


def _roots_below(above: list[Any], below: list[Any]) -> tuple[list[Any], list[Any]]:
    """Undo SymPy's sqrt(2)/2 for 1/sqrt(2)."""
    for root in above:
        if isinstance(root, sympy.Pow) and root.exp == sympy.S.Half and root.base.is_Integer:
            for number in below:
                if number.is_Integer and number % root.base == 0:
                    above = [factor for factor in above if factor is not root]
                    below = [factor for factor in below if factor is not number]
                    left = number // root.base
                    return above, [root, *below] if left == 1 else [left, root, *below]
    return above, below


def _arranged(factors: list[Any]) -> list[Any]:
    if any(factor.is_commutative is False for factor in factors):
        return factors
    return sorted(_join_roots(factors), key=_factor_key)


def _join_roots(factors: list[Any]) -> list[Any]:
    """Write sqrt(a) sqrt(w) under one root, as it was before SymPy took it apart."""
    roots = [
        factor
        for factor in factors
        if isinstance(factor, sympy.Pow) and factor.exp == sympy.S.Half and not isinstance(factor.base, sympy.Add)
    ]
    # For two numbers of unknown sign the two are not equal.
    if len(roots) < 2 or sum(not root.base.is_nonnegative for root in roots) > 1:
        return factors
    joined = sympy.Pow(sympy.Mul(*(root.base for root in roots)), sympy.S.Half, evaluate=False)
    return [joined, *(factor for factor in factors if factor not in roots)]


def _factor_key(factor: Any) -> tuple[Any, ...]:
    base = factor.base if isinstance(factor, sympy.Pow) and not isinstance(factor, sympy.exp) else factor
    if factor.is_Number:
        return 0, 0, (), 0, ""
    if isinstance(factor, sympy.Pow) and factor.base.is_Number:
        return 1, 0, (), 0, spelled(factor)
    if factor.is_number:
        return 2, 0, (), 0, spelled(factor)
    if isinstance(factor, sympy.Integral | sympy.Sum | sympy.Product | sympy.Limit):
        kind = 11
    elif isinstance(factor, sympy.Derivative):
        kind = 10
    elif is_perturbation(base):
        kind = 9
    elif isinstance(factor, sympy.Piecewise):
        kind = 8
    elif isinstance(factor, sympy.exp):
        kind = 7
    elif isinstance(base, sympy.Symbol) and base.name == "t":
        return 5, 0, symbol_rank(base), 0, spelled(factor)
    elif isinstance(base, sympy.Symbol | sympy.Indexed) or type(base).__name__ == "MatrixElement":
        plain = not isinstance(factor, sympy.Pow) or factor.exp.is_Rational
        return 3, 0 if plain else 1, symbol_rank(base), 0, spelled(factor)
    elif isinstance(base, sympy.Add) or type(base).__name__ == "expm1":
        return 4, int(isinstance(factor, sympy.Pow)), (), base.count_ops(), spelled(factor)
    else:
        kind = 6
    minus = kind == 6 and any(arg.could_extract_minus_sign() for arg in base.args if isinstance(arg, sympy.Expr))
    return kind, 2 * minus + (not has_variable(base)), (), base.count_ops(), spelled(factor)


def _tall_sum(above: list[Any], style: Style) -> list[Any]:
    """The one sum of a numerator, if too tall for it or with functions and a coefficient; ε goes along."""
    sums = [factor for factor in above if isinstance(factor, sympy.Add)]
    perturbations = [factor for factor in above if is_perturbation(factor)]
    coefficient = [factor for factor in above if factor not in [*sums, *perturbations]]
    if len(sums) != 1 or not all(_is_plain(factor) for factor in coefficient):
        return []
    beside = (coefficient and (is_curved(sums[0]) or has_leak(sums[0].args))) or is_tall(layout_of(sums[0], style))
    return [*sums, *perturbations] if beside else []


def _stands_beside(factor: Any) -> bool:
    """A factor too tall or too wordy for a numerator: (1/a) ln(...), (1/tau) times an integral."""
    if factor.has(sympy.Integral, sympy.Sum, sympy.Product, sympy.Limit, sympy.Piecewise, sympy.Derivative):
        return True
    if isinstance(factor, sympy.Pow) and type(factor.base).__name__ in POWERED and factor.exp.is_Integer:
        factor = factor.base
    if isinstance(factor, AppliedUndef | sympy.exp) or not isinstance(factor, sympy.Function | sympy.Max | sympy.Min):
        return False
    return type(factor).__name__ not in LOGISTIC | {"expm1", "Abs", "exp"} and bool(factor.free_symbols)


def _is_plain(factor: Any) -> bool:
    """A number, a symbol, or a power of one."""
    base = factor.base if isinstance(factor, sympy.Pow) else factor
    return bool(factor.is_number) or is_symbol_like(base)


def _row(factors: list[Any], style: Style) -> Node:
    if not factors:
        return Number("1")
    if len(factors) == 1:
        return layout_of(factors[0], style)
    items = _row_items(factors, style)
    return Product(items, dotted=any(_starts_with_digit(item) for item in items[1:]))


def _row_items(factors: list[Any], style: Style) -> tuple[Node, ...]:
    items = []
    for position, factor in enumerate(factors):
        item = layout_of(factor, style)
        last = position == len(factors) - 1
        loose = isinstance(item, Sum | Product | Cases | Relation | Aligned | Sequence | Text)
        if (
            loose
            or (isinstance(item, Fraction) and item.style == "inline")
            or (isinstance(item, BigOperator | Derivative) and not last)
        ):
            item = group(item)
        items.append(item)
    return tuple(items)


def _starts_with_digit(node: Node) -> bool:
    match node:
        case Number():
            return True
        case Power(base, _):
            return _starts_with_digit(base)
        case Fraction(numerator, _, "inline"):
            return _starts_with_digit(numerator)
        case Fraction(_, _, "small"):
            return True
        case Product(factors):
            return _starts_with_digit(factors[0])
        case _:
            return False


RULES: Mapping[str, Rule] = MappingProxyType({"Mul": _product, "MatMul": _product})
