"""Expressions as functions of arrays, as they stand: what a student's formula does is not mended."""

from collections.abc import Callable, Sequence

import numpy as np
from sympy import Expr, Symbol

from .. import elementary
from ..door import Array
from ..generated import executed
from ..source import function


def compiled(arguments: Sequence[Symbol], expressions: Sequence[Expr]) -> Callable[..., list[Array]]:
    """Return a function of arrays that gives the value of each expression; it may overflow, and warns of nothing."""
    made = executed(function("f", arguments, list(expressions)), elementary.namespace())["f"]

    def values(*numbers: Array) -> list[Array]:
        # A wrong formula may divide by zero where the right one does not.
        with np.errstate(all="ignore"):
            return [np.asarray(value, dtype=float) for value in made(*numbers)]

    return values
