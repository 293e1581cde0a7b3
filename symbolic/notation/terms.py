"""What a term of a sum is: its sign and factors, its shape, and whether it is a leak, an input or a transient."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import sympy
from sympy.core.function import AppliedUndef

from .roles import (
    INPUTS,
    PERTURBATIONS,
    STATES,
    WEIGHTS,
    has_variable,
    has_weight,
    is_constant_rate,
    is_symbol_like,
    letter_of,
)

__all__ = [
    "factors_of",
    "has_leak",
    "input_rank",
    "is_curved",
    "is_leak",
    "is_recurrent",
    "is_transient",
    "looks_back",
    "shape_of",
    "spelled",
]


@lru_cache(maxsize=4096)
def spelled(part: Any) -> str:
    """How SymPy spells a part: the last thing to order by. The steps of a derivation share many parts."""
    return str(part)


def factors_of(term: Any) -> tuple[bool, list[Any]]:
    """The sign of a term and its factors without sign; no factors means one."""
    negative = False
    factors = []
    for factor in term.args if isinstance(term, sympy.Mul | sympy.MatMul) else (term,):
        if factor.is_Number and factor.is_extended_negative:
            negative, factor = not negative, -factor
        if factor is not sympy.S.One:
            factors.append(factor)
    return negative, factors


def shape_of(term: Any) -> tuple[int, int]:
    """The kind of a term (-1 derivative, 0 product of symbols, 1 fraction, 2 function) and its degree."""
    if term.has(sympy.Derivative):
        return -1, 0
    kind = degree = 0
    for factor in factors_of(term)[1]:
        base, exponent = (factor.base, factor.exp) if isinstance(factor, sympy.Pow) else (factor, sympy.S.One)
        if factor.is_number:
            continue
        if isinstance(factor, sympy.Sum) and has_weight(factor):
            degree += 2
        elif is_symbol_like(base) and exponent.is_Integer and exponent > 0:
            degree += int(exponent)
        elif is_symbol_like(base) and exponent == sympy.S.Half:
            continue
        elif isinstance(factor, sympy.Pow) and exponent.is_Rational and exponent < 0 and is_symbol_like(base):
            kind = max(kind, 1)
        else:
            kind = 2
    return kind, degree


def looks_back(inner: Any) -> bool:
    """Whether the variable of a sum of products of symbols comes with a minus: theta - x."""
    if any(shape_of(term)[0] != 0 for term in inner.args):
        return False
    leading = [term for term in inner.args if has_variable(term)]
    return bool(leading) and all(factors_of(term)[0] for term in leading)


def has_leak(terms: Sequence[Any]) -> bool:
    """Whether one of the terms is the leak beside the others."""
    return any(is_leak(term, [other for other in terms if other is not term]) for term in terms)


def is_leak(term: Any, others: list[Any]) -> bool:
    """Whether a term is the leak beside the others: -r beside an input or a function, -1 beside a slope."""
    negative, factors = factors_of(term)
    if not negative:
        return False
    if not factors:  # -1
        return any(_calls_transfer(other) or (has_weight(other) and is_curved(other)) for other in others)
    if len(factors) == 1 and letter_of(factors[0]) in STATES | PERTURBATIONS and not is_constant_rate(factors[0]):
        return any(is_curved(other) or input_rank(other) <= 1 or _has_input_factor(other) for other in others)
    return False


def is_recurrent(term: Any) -> bool:
    """Whether a term is a recurrent input: a weight times a rate, or a sum over weights."""
    if isinstance(term, sympy.Sum):
        return has_weight(term)
    _, factors = factors_of(term)
    letters = [letter_of(factor) for factor in factors]
    return (
        len(factors) >= 2
        and any(letter in WEIGHTS for letter in letters)
        and any(letter in STATES for letter in letters)
    )


def input_rank(term: Any) -> int:
    """The place of a term in an input: recurrent (0), external (1), the rest (2)."""
    if is_recurrent(term):
        return 0
    _, factors = factors_of(term)
    return 1 if len(factors) == 1 and letter_of(factors[0]) in INPUTS else 2


def is_curved(term: Any) -> bool:
    """Whether a term contains a function of the state, a case distinction or a symbolic power."""
    if term.has(sympy.Piecewise, sympy.Max, sympy.Min) or _calls_transfer(term):
        return True
    if any(not isinstance(call, AppliedUndef) for call in term.atoms(sympy.Function)):
        return True
    return any(not power.exp.is_Rational for power in term.atoms(sympy.Pow))


def is_transient(term: Any) -> bool:
    """Whether a term has a factor that runs with time, e^(-t/tau), or with the number of steps, (1 - dt/tau)^k."""
    for factor in factors_of(term)[1]:
        base, exponent = factor.as_base_exp()
        if isinstance(factor, sympy.exp) and "t" in _names(factor):
            return True
        if isinstance(base, sympy.Add) and isinstance(exponent, sympy.Symbol) and _names(base) & {"dt", "h"}:
            return True
    return False


def _has_input_factor(term: Any) -> bool:
    """a (w r + I_ext - theta), the active part of a rectifier."""
    sums = [factor for factor in factors_of(term)[1] if isinstance(factor, sympy.Add)]
    return any(is_recurrent(part) for each in sums for part in each.args)


def _calls_transfer(term: Any) -> bool:
    return any(letter_of(call) in ("F", "f") for call in term.atoms(AppliedUndef))


def _names(expr: Any) -> set[str]:
    return {symbol.name for symbol in expr.free_symbols if isinstance(symbol, sympy.Symbol)}
