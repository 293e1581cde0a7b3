"""Asking SymPy for something that it may not find, or not in time: then the answer is that it is not known."""

from collections.abc import Callable
from typing import TypeVar

import sympy

from .budget import within
from .errors import BudgetExceeded

T = TypeVar("T")

# SymPy fails in many ways.
_NOT_FOUND = (
    ArithmeticError,
    AttributeError,
    IndexError,
    KeyError,
    NotImplementedError,
    RecursionError,
    TypeError,
    ValueError,
    sympy.PoleError,
)
_MEGABYTES = 500.0


def attempted(compute: Callable[[], T], what: str, *, seconds: float = 10.0) -> T | None:
    """Return what SymPy computes; None where it fails, or takes more time or memory than it is given.

    >>> attempted(lambda: sympy.limit(1 / sympy.Symbol("x"), sympy.Symbol("x"), sympy.oo), "the limit")
    0
    >>> attempted(lambda: sympy.solve(sympy.cos(sympy.Symbol("x")) - sympy.Symbol("x")), "the solution")
    """
    try:
        with within(seconds=seconds, megabytes=_MEGABYTES, what=what):
            return compute()
    except (*_NOT_FOUND, BudgetExceeded):
        return None
