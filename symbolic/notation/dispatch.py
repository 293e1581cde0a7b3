"""Which rule writes a part of an expression: the table of rules, by class name, and the way down through the parts.

The modules that hold the rules import this one, to lay out the parts of what they write; so the table starts empty, and
the package fills it.
"""

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any, TypeAlias

import sympy
from sympy.core.function import AppliedUndef

from .names import literal, name
from .nodes import Apply, Node, Text
from .style import Style

__all__ = ["RULES", "Rule", "apply", "each", "layout_of"]

Rule: TypeAlias = Callable[[Any, Style], Node]
RULES: dict[str, Rule] = {}


def layout_of(expr: Any, style: Style) -> Node:
    """The tree of a part: by its own method, by its name, by the rule for its class, or as SymPy spells it."""
    own = getattr(expr, "_nullcline_layout", None)
    if own is not None:
        node: Node = own(lambda part: layout_of(part, style))
        return node
    if type(expr).__name__ == "Dummy" or isinstance(expr, sympy.Symbol):
        return literal(expr.name) if expr.name in style.literal else name(expr.name)
    if isinstance(expr, AppliedUndef):
        return apply(name(expr.func.__name__), expr.args, style)
    # By class name, so that a function defined in a module above or beside this one needs no import here.
    for kind in type(expr).__mro__:
        if rule := RULES.get(kind.__name__):
            return rule(expr, style)
    if isinstance(expr, sympy.Function):
        return apply(literal(type(expr).__name__), expr.args, style)
    return Text(str(expr))


def each(args: Iterable[Any], style: Style) -> tuple[Node, ...]:
    """The trees of several parts."""
    return tuple(layout_of(arg, style) for arg in args)


def apply(function: Node, args: Iterable[Any], style: Style) -> Apply:
    """A function applied to parts that are still to be laid out."""
    return Apply(function, each(args, replace(style, nested=False) if not style.nested else style))
