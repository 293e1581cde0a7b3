"""Statements: relations, what joins them, and the case distinctions that rest on them."""

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

import sympy

from .brackets import group
from .dispatch import Rule, each, layout_of
from .nodes import Aligned, Cases, Node, Relation, Sequence, Text
from .roles import has_variable
from .style import Style

__all__ = ["RULES"]

_SIGNS: Mapping[str, str] = MappingProxyType(
    {
        "Equality": "=",
        "Unequality": "≠",
        "StrictLessThan": "<",
        "LessThan": "≤",
        "StrictGreaterThan": ">",
        "GreaterThan": "≥",
    }
)


def _relation(expr: Any, style: Style) -> Node:
    left, right = expr.args
    if isinstance(expr, sympy.Eq) and all(
        isinstance(side, sympy.MatrixBase) and side.shape[1] == 1 for side in (left, right)
    ):
        pairs = zip(left, right, strict=True) if left.shape == right.shape else ()
        lines = tuple(Relation(each(pair, style), ("=",)) for pair in pairs)
        if lines:
            return Aligned(lines) if len(lines) > 1 else lines[0]
    if left.is_number and not right.is_number and not isinstance(expr, sympy.Eq):
        expr = expr.reversed
    return Relation(each(expr.args, style), (_SIGNS[type(expr).__name__],))


def _conjunction(expr: Any, style: Style) -> Node:
    """Statements joined by and; two bounds on one quantity become a chain."""
    statements = sorted(expr.args, key=_statement_key)
    items: list[Node] = []
    used: set[int] = set()
    for i, first in enumerate(statements):
        if i in used:
            continue
        chain = None
        for j in range(len(statements)):
            if (
                j != i
                and j not in used
                and (chain := _two_sided(first, statements[j]) or _two_sided(statements[j], first))
            ):
                used.add(j)
                break
        used.add(i)
        items.append(Relation(each(chain[0], style), chain[1]) if chain else _statement(first, style))
    return items[0] if len(items) == 1 else Sequence(tuple(items), " and ")


def _statement_key(statement: Any) -> tuple[int, Any]:
    kinds = ["Equality", "Unequality"]
    kind = type(statement).__name__
    return kinds.index(kind) if kind in kinds else 2, sympy.default_sort_key(statement)


def _statement(expr: Any, style: Style) -> Node:
    node = layout_of(expr, style)
    return group(node) if isinstance(node, Sequence) else node


def _two_sided(lower: Any, upper: Any) -> tuple[tuple[Any, Any, Any], tuple[str, str]] | None:
    """lo <= r and r <= hi as one chain."""
    sides = [_rising(lower), _rising(upper)]
    if sides[0] is None or sides[1] is None:
        return None
    (low, first, middle), (same, second, high) = sides[0], sides[1]
    # A shared number is no quantity that two bounds enclose.
    return ((low, middle, high), (first, second)) if middle == same and not middle.is_number else None


def _rising(statement: Any) -> tuple[Any, str, Any] | None:
    kind = type(statement).__name__
    if kind in ("StrictLessThan", "LessThan"):
        return statement.args[0], _SIGNS[kind], statement.args[1]
    if kind in ("StrictGreaterThan", "GreaterThan"):
        return statement.args[1], "<" if kind.startswith("Strict") else "≤", statement.args[0]
    return None


def _joined(word: str) -> Rule:
    return lambda expr, style: Sequence(
        tuple(_statement(arg, style) for arg in sorted(expr.args, key=_statement_key)), f" {word} "
    )


def _implication(expr: Any, style: Style) -> Node:
    return Relation(tuple(_statement(arg, style) for arg in expr.args), ("⇒",))


def _equivalence(expr: Any, style: Style) -> Node:
    statements = tuple(_statement(arg, style) for arg in expr.args)
    return Relation(statements, ("⇔",) * (len(statements) - 1))


def _truth(expr: Any, style: Style) -> Node:
    return Text("true" if expr else "false")


def _cases(expr: Any, style: Style) -> Node:
    inner = replace(style, nested=False)
    branches = []
    for value, condition in expr.args:
        branches.append(
            (layout_of(value, inner), None if condition == sympy.true else layout_of(_condition(condition), inner))
        )
    return Cases(tuple(branches))


def _condition(condition: Any) -> Any:
    """A bound on a variable, the variable on the left; SymPy turns x > theta round."""
    if isinstance(condition, sympy.core.relational.Relational):
        left, right = condition.args
        return condition.reversed if has_variable(right) and not has_variable(left) else condition
    if isinstance(condition, sympy.And | sympy.Or):
        return type(condition)(*(_condition(part) for part in condition.args), evaluate=False)
    return condition


RULES: Mapping[str, Rule] = MappingProxyType(
    {
        **dict.fromkeys(_SIGNS, _relation),
        "And": _conjunction,
        "Or": _joined("or"),
        "Implies": _implication,
        "Equivalent": _equivalence,
        "BooleanTrue": _truth,
        "BooleanFalse": _truth,
        "Piecewise": _cases,
    }
)
