"""Sets, membership and tuples."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from .dispatch import Rule, each
from .nodes import Fenced, Node, Relation, Sequence
from .numbers import constant
from .style import Style

__all__ = ["RULES"]


def _membership(expr: Any, style: Style) -> Node:
    return Relation(each(expr.args, style), ("∈",))


def _interval(expr: Any, style: Style) -> Node:
    ends = Sequence(each((expr.start, expr.end), style))
    return Fenced("(" if expr.left_open else "[", ends, ")" if expr.right_open else "]")


def _finite_set(expr: Any, style: Style) -> Node:
    return Fenced("{", Sequence(each(expr.args, style)), "}")


def _set_union(expr: Any, style: Style) -> Node:
    parts = each(expr.args, style)
    return Relation(parts, ("∪",) * (len(parts) - 1))


def _tuple(expr: Any, style: Style) -> Node:
    return Fenced("(", Sequence(each(expr.args, style)), ")")


RULES: Mapping[str, Rule] = MappingProxyType(
    {
        "Contains": _membership,
        "Interval": _interval,
        "FiniteSet": _finite_set,
        "Union": _set_union,
        "EmptySet": constant("∅", upright=True),
        "Reals": constant("ℝ", upright=True),
        "Tuple": _tuple,
    }
)
