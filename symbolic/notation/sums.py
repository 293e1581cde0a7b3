"""Sums: the order of their terms."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

import sympy
from sympy.core.function import AppliedUndef

from .brackets import group
from .dispatch import Rule
from .nodes import Cases, Node, Relation, Sum, Term
from .products import product_of
from .roles import has_variable, symbol_rank
from .style import Style
from .terms import factors_of, input_rank, is_leak, is_recurrent, is_transient, shape_of, spelled

__all__ = ["RULES"]


def _sum(expr: Any, style: Style) -> Node:
    terms = []
    for term in _in_order(list(expr.args)):
        negative, factors = factors_of(term)
        sign, body = product_of(negative, factors, style, in_sum=True)
        if isinstance(body, Sum | Cases | Relation):
            body = group(body)
        terms.append(Term(sign, body))
    return Sum(tuple(terms))


def _in_order(terms: list[Any]) -> list[Any]:
    polynomial = _by_degree(terms)
    if polynomial is not None:
        return polynomial
    transients = [term for term in terms if is_transient(term)]
    if 0 < len(transients) < len(terms):
        return _in_order([term for term in terms if term not in transients]) + _in_order(transients)
    leaks = [term for term in terms if is_leak(term, [other for other in terms if other is not term])]
    if len(leaks) == 1:
        return leaks + _in_general_order([term for term in terms if term is not leaks[0]], all_terms=terms)
    return _in_general_order(terms, all_terms=terms)


def _by_degree(terms: list[Any]) -> list[Any] | None:
    """The terms of a polynomial in one symbol by degree: falling, unless that begins with a minus."""
    symbols = set().union(*(term.free_symbols for term in terms))
    if len(symbols) != 1:
        return None
    degrees = {}
    for term in terms:
        coefficient, power = term.as_coeff_Mul()
        base, exponent = power.as_base_exp()
        if power is sympy.S.One:
            exponent = sympy.S.Zero
        elif base not in symbols:
            return None
        if not (coefficient.is_Rational and exponent.is_Integer and exponent >= 0):
            return None
        degrees[term] = int(exponent)
    if max(degrees.values()) < 2:
        return None
    falling = sorted(terms, key=lambda term: -degrees[term])
    negative_ends = factors_of(falling[0])[0], factors_of(falling[-1])[0]
    return falling[::-1] if negative_ends == (True, False) else falling


def _in_general_order(terms: list[Any], *, all_terms: list[Any]) -> list[Any]:
    if any(is_recurrent(term) for term in terms) and not any(shape_of(term)[0] >= 1 for term in terms):
        ordered = sorted(terms, key=lambda term: (input_rank(term), _sum_key(term, terms)[1:]))
        first_positive = next((term for term in ordered if not factors_of(term)[0]), None)
        if first_positive is not None and len(terms) == len(all_terms):
            ordered.remove(first_positive) if factors_of(ordered[0])[0] else None
            return ordered if first_positive in ordered else [first_positive, *ordered]
        return ordered
    return sorted(terms, key=lambda term: _sum_key(term, terms))


def _sum_key(term: Any, terms: list[Any]) -> tuple[Any, ...]:
    negative, factors = factors_of(term)
    shape, degree = shape_of(term)
    if not term.free_symbols and not term.has(AppliedUndef):
        others = [other for other in terms if other is not term]
        alone = all(shape_of(other) == (0, 1) for other in others)
        lonely_negative = negative and all(factors_of(other)[0] for other in others)
        shape = -2 if (not negative and not alone) or lonely_negative else 9
    symbols = sorted((-group, position, spelled) for group, position, spelled in map(symbol_rank, _symbols_in(factors)))
    if shape in (0, 9, -2):
        return negative, shape, -degree, symbols, (), spelled(term)
    calls = len([factor for factor in factors if not factor.is_number]) > 1, not has_variable(term), term.count_ops()
    return negative, shape, 0, [], calls, symbols, spelled(term)


def _symbols_in(factors: Sequence[Any]) -> list[Any]:
    return [factor.base if isinstance(factor, sympy.Pow) else factor for factor in factors if not factor.is_number]


RULES: Mapping[str, Rule] = MappingProxyType({"Add": _sum})
