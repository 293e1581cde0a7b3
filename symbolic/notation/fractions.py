"""Fractions: stacked, or with a slash where there is no room."""

from .brackets import group
from .nodes import (
    BigOperator,
    Cases,
    Decorated,
    Fenced,
    Fraction,
    Identifier,
    Node,
    Number,
    Power,
    Product,
    Relation,
    Root,
    Sum,
)
from .style import Style

__all__ = ["fraction"]


def fraction(numerator: Node, denominator: Node, style: Style) -> Fraction:
    """The quotient of two nodes, with the brackets that a slash needs."""
    simple = _is_simple(numerator) and _is_simple(denominator)
    if style.script or (style.nested and simple):
        if isinstance(numerator, Sum | BigOperator | Cases | Relation | Fraction):
            numerator = group(numerator)
        if isinstance(denominator, Sum | Product | Fraction | BigOperator | Cases | Relation) or _is_scientific(
            denominator
        ):
            denominator = group(denominator)
        return Fraction(numerator, denominator, "inline")
    return Fraction(numerator, denominator)


def _is_simple(node: Node) -> bool:
    match node:
        case Number() | Identifier() | Decorated():
            return True
        case Power(base, exponent):
            return _is_simple(base) and _is_simple(exponent)
        case Root(body) | Fenced("|", body):
            return _is_simple(body)
        case Product(factors):
            return len(factors) <= 3 and all(_is_simple(factor) for factor in factors)
        case _:
            return False


def _is_scientific(node: Node) -> bool:
    return isinstance(node, Number) and node.exponent is not None
