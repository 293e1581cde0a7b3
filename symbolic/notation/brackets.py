"""Brackets that group: which kind comes next around a node, and whether they must be tall."""

from .nodes import (
    Aligned,
    Apply,
    BigOperator,
    Cases,
    Derivative,
    Fenced,
    Fraction,
    Group,
    Matrix,
    Node,
    Power,
    Product,
    Relation,
    Root,
    Sequence,
    Sum,
)

__all__ = ["group", "is_tall"]


def is_tall(node: Node) -> bool:
    """Whether brackets around this node must be taller than a line."""
    match node:
        case Fraction(_, _, style):
            return style != "inline" or any(is_tall(part) for part in (node.numerator, node.denominator))
        case BigOperator() | Cases() | Matrix() | Aligned() | Derivative():
            return True
        case Power(base, _):
            return is_tall(base)
        case _:
            return any(is_tall(child) for child in _children(node))


def group(node: Node) -> Group:
    """The node in the brackets that come next around it."""
    # Curly brackets around the one of a case distinction would read as part of it.
    return Group(node, 1 if isinstance(node, Cases) else _brackets(node))


def _brackets(node: Node) -> int:
    """Which brackets come next around a node; those in exponents are set smaller and do not count."""
    inside = max((_brackets(child) for child in _children(node)), default=0)
    match node:
        case Group():
            return inside + 1
        case Apply() | Fenced("(" | "[" | "{"):
            return max(inside, 1)
        case _:
            return inside


def _children(node: Node) -> tuple[Node, ...]:
    """The parts of a node that stand on the line, without scripts."""
    match node:
        case Sum(terms):
            return tuple(term.body for term in terms)
        case Product(factors):
            return factors
        case Fraction(numerator, denominator):
            return numerator, denominator
        case Power(base, _) | Root(base) | Group(base) | Fenced(_, base):
            return (base,)
        case Derivative(operand):
            return (operand,)
        case BigOperator(_, body):
            return (body,)
        case Apply(_, arguments):
            return arguments
        case Relation(sides):
            return sides
        case Sequence(items):
            return items
        case Cases(branches):
            return tuple(part for branch in branches for part in branch if part is not None)
        case Matrix(rows):
            return tuple(cell for row in rows for cell in row)
        case Aligned(lines):
            return lines
        case _:
            return ()
