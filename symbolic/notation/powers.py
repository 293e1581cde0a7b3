"""Powers and roots."""

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

import sympy

from .brackets import group
from .dispatch import Rule, layout_of
from .functions import POWERED
from .nodes import Apply, Decorated, Fenced, Group, Identifier, Matrix, Node, Number, Power, Root, negated
from .products import product_of
from .style import Style
from .terms import looks_back

__all__ = ["RULES"]


def _power(expr: Any, style: Style) -> Node:
    base, exponent = expr.base, expr.exp
    if exponent.as_coeff_Mul()[0].is_extended_negative:
        sign, node = product_of(False, [expr], style)
        return node if sign == "+" else negated(node)
    if exponent == sympy.S.Half:
        return Root(layout_of(base, style))
    if isinstance(base, sympy.Add) and exponent.is_Integer and exponent.is_even and looks_back(base):
        base = sympy.Add(*(-term for term in base.args))
    return _raised(
        layout_of(base, style), base, layout_of(exponent, replace(style, script=True, nested=False)), exponent
    )


def _raised(node: Node, base: Any, exponent_node: Node, exponent: Any) -> Node:
    if isinstance(node, Apply) and type(base).__name__ in POWERED and exponent.is_Integer and exponent > 1:
        return Apply(Power(node.function, exponent_node), node.arguments)
    bare = isinstance(node, Identifier | Apply | Group | Fenced | Matrix) and not (
        isinstance(node, Apply) and _is_bare_word_power(node)
    )
    bare = bare or (isinstance(node, Decorated) and node.sup is None and not node.primes)
    bare = bare or (isinstance(node, Number) and node.exponent is None)
    return Power(node if bare else group(node), exponent_node)


def _is_bare_word_power(node: Apply) -> bool:
    """ln(x)² would be read both ways, and tanh²(x)² is no better."""
    function = node.function
    return isinstance(function, Power) or (isinstance(function, Identifier) and function.upright)


RULES: Mapping[str, Rule] = MappingProxyType({"Pow": _power})
