"""Calculus: derivatives, integrals, sums and products over an index, limits."""

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any, Literal

import sympy
from sympy.core.function import AppliedUndef

from .brackets import group
from .dispatch import Rule, apply, each, layout_of
from .names import name
from .nodes import (
    Apply,
    BigOperator,
    Cases,
    Decorated,
    Derivative,
    Identifier,
    Node,
    Number,
    Operator,
    Power,
    Relation,
    Sum,
    Text,
)
from .style import Style

__all__ = ["RULES"]


def _derivative(expr: Any, style: Style) -> Node:
    inner = expr.expr
    variables = tuple(
        (layout_of(variable, style), int(count)) for variable, count in expr.variable_count if count.is_Integer
    )
    if len(variables) != len(expr.variable_count):
        return Text(str(expr))
    partial = any(len(call.args) > 1 for call in inner.atoms(AppliedUndef))
    if isinstance(inner, AppliedUndef) and all(isinstance(arg, sympy.Symbol) for arg in inner.args):
        function = name(inner.func.__name__)
        if isinstance(function, Identifier) or function.sup is None:
            return Derivative(function, variables, partial)
    operand = layout_of(inner, replace(style, nested=False))
    if not isinstance(operand, Apply):
        operand = group(operand)
    return Derivative(operand, variables, partial)


def _substitution(expr: Any, style: Style) -> Node:
    """F'(u), which SymPy keeps as a derivative taken at a point."""
    inner, points = expr.expr, expr.point
    if isinstance(inner, sympy.Derivative) and len(points) == 1 and isinstance(inner.expr, AppliedUndef):
        (variable, order), *others = inner.variable_count
        if not others and order.is_Integer and inner.expr.args == (variable,) == tuple(expr.variables):
            function = name(inner.expr.func.__name__)
            base = function if isinstance(function, Decorated) else Decorated(function)
            if base.sup is None:
                return apply(replace(base, primes=base.primes + int(order)), points, style)
    done = expr.doit()
    return Text(str(expr)) if done.has(sympy.Subs) else layout_of(done, style)


def _integral(expr: Any, style: Style) -> Node:
    return _over("integral", expr, style)


def _summation(expr: Any, style: Style) -> Node:
    return _over("sum", expr, style)


def _big_product(expr: Any, style: Style) -> Node:
    return _over("product", expr, style)


def _over(kind: Literal["sum", "product", "integral"], expr: Any, style: Style) -> Node:
    body = layout_of(expr.function, replace(style, nested=False))
    script = replace(style, script=True, nested=False)
    if isinstance(body, Sum | Cases | Relation | Text):
        body = group(body)
    for variable, *bounds in expr.limits:
        lower, upper = (
            each(bounds, script) if len(bounds) == 2 else (None, *each(bounds, script)) if bounds else (None, None)
        )
        body = BigOperator(kind, body, layout_of(variable, style), lower, upper)
    return body


def _limit(expr: Any, style: Style) -> Node:
    inner, variable, point, direction = expr.args
    script = replace(style, script=True, nested=False)
    target = layout_of(point, script)
    if point.is_finite and str(direction) in "+-":
        mark = Operator("+" if str(direction) == "+" else "−")
        target = Power(target if isinstance(target, Number | Identifier) else group(target), mark)
    body = layout_of(inner, replace(style, nested=False))
    body = group(body) if isinstance(body, Sum | Cases | Relation | Text) else body
    return BigOperator("limit", body, layout_of(variable, script), target)


RULES: Mapping[str, Rule] = MappingProxyType(
    {
        "Derivative": _derivative,
        "Subs": _substitution,
        "Integral": _integral,
        "Sum": _summation,
        "Product": _big_product,
        "Limit": _limit,
    }
)
