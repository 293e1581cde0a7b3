"""What a symbol stands for, by its leading letter: a rate, a weight, an input, a parameter, a variable."""

import re
from typing import Any

import sympy
from sympy.core.function import AppliedUndef

__all__ = [
    "FRACTIONS_OF_ONE",
    "INPUTS",
    "PERTURBATIONS",
    "STATES",
    "WEIGHTS",
    "has_variable",
    "has_weight",
    "is_constant_rate",
    "is_perturbation",
    "is_symbol_like",
    "letter_of",
    "symbol_rank",
]

WEIGHTS = frozenset({"w", "W", "J"})
STATES = frozenset({"r"})
INPUTS = frozenset({"I"})
FRACTIONS_OF_ONE = frozenset({"s", "z"})  # values of the logistic function
PERTURBATIONS = frozenset({"epsilon"})
_VARIABLES = ("r", "x", "y", "t", "u", "v", "z")
_PARAMETERS = ("tau", "a", "b", "theta", "R", "k", "n", "w", "W", "I", "s")


def letter_of(expr: Any) -> str:
    """The leading letter or Greek name of a symbol or applied function: what tells a rate from a weight."""
    if isinstance(expr, sympy.Indexed):
        expr = expr.base.label
    elif type(expr).__name__ == "MatrixElement":
        expr = expr.parent
    text = getattr(expr, "name", None) or (expr.func.__name__ if isinstance(expr, AppliedUndef) else "")
    found = re.match(r"[^\W\d_]+", str(text))
    return found.group() if found else ""


def symbol_rank(symbol: Any) -> tuple[int, int, tuple[tuple[int, str], ...]]:
    """Parameters in model order, then other symbols, then variables; each by name, numbers in it by size."""
    letter = letter_of(symbol)
    if isinstance(symbol, sympy.Dummy):
        return 2, len(_VARIABLES), ((-1, symbol.name),)
    spelled = tuple(
        (int(part), "") if part.isdecimal() else (-1, part) for part in re.split(r"(\d+)", str(symbol)) if part
    )
    if letter in _PARAMETERS:
        return 0, _PARAMETERS.index(letter), spelled
    if letter in _VARIABLES:
        return 2, _VARIABLES.index(letter), spelled
    return 1, 0, spelled


def has_variable(term: Any) -> bool:
    """Whether a term depends on a variable, such as r, x or t."""
    return any(symbol_rank(symbol)[0] == 2 for symbol in term.free_symbols)


def has_weight(term: Any) -> bool:
    """Whether a term depends on a weight."""
    return any(letter_of(symbol) in WEIGHTS for symbol in term.free_symbols)


def is_symbol_like(expr: Any) -> bool:
    """A symbol, an element of a vector or matrix, or a rate as a function of time."""
    if isinstance(expr, sympy.Symbol | sympy.Indexed) or type(expr).__name__ in ("MatrixElement", "MatrixSymbol"):
        return True
    return isinstance(expr, AppliedUndef) and letter_of(expr) in STATES | PERTURBATIONS


def is_perturbation(factor: Any) -> bool:
    """The function epsilon(t), or the symbol epsilon alone; epsilon0 is a constant like any other."""
    return isinstance(factor, AppliedUndef | sympy.Symbol) and str(getattr(factor, "name", "")) in PERTURBATIONS


def is_constant_rate(expr: Any) -> bool:
    """An initial or final value: a rate, but none that leaks."""
    return isinstance(expr, sympy.Symbol) and bool(re.search(r"_(init|inf|infty|oo)|0$", expr.name))
