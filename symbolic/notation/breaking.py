"""A formula broken over lines where it is too wide: at relation signs and between the terms of sums.

What was read from left to right is read line by line; nothing is added and nothing turned round.
"""

from collections.abc import Iterable
from dataclasses import replace

from .extent import INDENT, SIGN, condition_extent, extent
from .nodes import (
    Aligned,
    Apply,
    BigOperator,
    Cases,
    Fenced,
    Fraction,
    Group,
    Node,
    Power,
    Product,
    Relation,
    Root,
    Sequence,
    Sum,
    Term,
)

__all__ = ["broken"]

_NOTHING = Sequence(())

# A left side wider than this part of the line has a line of its own: what follows would have no room beside it.
_LONGEST_LEFT_SIDE = 0.3
# Nothing inside a line is broken into lines shorter than this, which would be a column of single letters.
_SHORTEST = 12.0


def broken(node: Node, width: float) -> Node:
    """Return a formula in which no line is wider than `width` ems, as far as it has places to break.

    Lines begin with the sign at which they are broken. A formula that fits is returned as it is.

    >>> from sympy import Eq, symbols
    >>> from nullcline.symbolic.notation import layout
    >>> from nullcline.symbolic.typeset import to_latex
    >>> total, a, b, c = symbols("S apples pears plums")
    >>> print(to_latex(broken(layout(Eq(total, a + b + c)), 9)))
    \\begin{aligned} S &= \\mathrm{apples} + \\mathrm{pears} \\\\  &+ \\mathrm{plums} \\end{aligned}
    """
    if extent(node) <= width:
        return node
    lines = _broken(node, width)
    return lines if extent(lines) < extent(node) else node


def _broken(node: Node, width: float) -> Node:
    match node:
        case Relation():
            return _aligned(_relation(node, width))
        case Aligned(lines):
            before = max(extent(line.sides[0]) for line in lines)
            if before > _LONGEST_LEFT_SIDE * width:
                return Aligned(tuple(part for line in lines for part in _relation(line, width)))
            return Aligned(tuple(part for line in lines for part in _right_sides(line, width - before)))
        case Sum():
            return _aligned(_continued("", node, width))
        case Product(factors):
            return replace(node, factors=_widest_first(factors, width - (extent(node) - sum(map(extent, factors)))))
        case Fraction(numerator, denominator, "stacked"):
            room = max(width, _SHORTEST)
            return replace(node, numerator=broken(numerator, room), denominator=broken(denominator, room))
        case Group(body) | Fenced(_, body):
            return replace(node, body=_inside(body, node, width))
        case Root(radicand):
            return replace(node, radicand=_inside(radicand, node, width))
        case Power(base):
            return replace(node, base=_inside(base, node, width))
        case Apply(_, arguments):
            outside = extent(node) - sum(map(extent, arguments))
            return replace(node, arguments=_widest_first(arguments, width - outside))
        case BigOperator(_, body):
            return replace(node, body=_inside(body, node, width))
        case Cases(branches):
            conditions = max(condition_extent(condition) for _, condition in branches)
            room = max(width - conditions - 1.8, _SHORTEST)
            return Cases(tuple((broken(value, room), condition) for value, condition in branches))
    return node


def _aligned(lines: tuple[Relation, ...]) -> Node:
    """Lines one below the other; a single one is no table."""
    if len(lines) > 1:
        return Aligned(lines)
    line = lines[0]
    return line if line.sides[0] != _NOTHING else line.sides[1]


def _relation(line: Relation, width: float) -> tuple[Relation, ...]:
    """Break one relation into lines."""
    first = extent(line.sides[0])
    if first <= _LONGEST_LEFT_SIDE * width:
        return _right_sides(line, width - first)
    alone = _continued("", line.sides[0], width)
    return (*alone, *_right_sides(replace(line, sides=(_NOTHING, *line.sides[1:])), width - INDENT))


def _right_sides(line: Relation, width: float) -> tuple[Relation, ...]:
    """Break what follows the left side, at relation signs first."""
    if extent(line) - extent(line.sides[0]) <= width:
        return (line,)
    left = line.sides[0]
    lines: list[Relation] = []
    for sign, side in zip(line.signs, line.sides[1:], strict=True):
        for i, part in enumerate(_continued(sign, side, width)):
            if i == 0 and lines:
                joined = Relation((*lines[-1].sides, side), (*lines[-1].signs, sign))
                if extent(joined) <= width:
                    lines[-1] = joined
                    break
            lines.append(part)
    return (replace(lines[0], sides=(left, *lines[0].sides[1:])), *lines[1:])


def _continued(sign: str, node: Node, width: float) -> tuple[Relation, ...]:
    """Lines of one expression, the first of which begins with a sign and the others with those of its terms."""
    room = width - SIGN
    if extent(node) <= room or not isinstance(node, Sum):
        return (_line(sign, broken(node, max(room, _SHORTEST))),)
    lines: list[Relation] = []
    for position, terms in enumerate(_packed(node.terms, room)):
        leading = "" if position == 0 else terms[0].sign
        # The sign of a line's first term stands in the column of the signs.
        inside = Sum(terms) if position == 0 else Sum((replace(terms[0], sign="+"), *terms[1:]))
        lines.append(_line(sign if position == 0 else leading, _plain(inside)))
    return tuple(lines)


def _line(sign: str, node: Node) -> Relation:
    return Relation((_NOTHING, node), (sign,))


def _plain(terms: Sum) -> Node:
    """A sum of one term with a plus is that term."""
    return terms.terms[0].body if len(terms.terms) == 1 and terms.terms[0].sign == "+" else terms


def _packed(terms: Iterable[Term], width: float) -> tuple[tuple[Term, ...], ...]:
    """As many terms in each line as it has room for; a term that is too wide alone is broken inside."""
    lines: list[list[Term]] = []
    for term in terms:
        if lines and extent(Sum((*lines[-1], term))) <= width:
            lines[-1].append(term)
        else:
            lines.append([replace(term, body=broken(term.body, max(width, _SHORTEST)))])
    return tuple(map(tuple, lines))


def _inside(body: Node, whole: Node, width: float) -> Node:
    """The body of brackets, a root or an integral, with the room that these leave."""
    return broken(body, max(width - (extent(whole) - extent(body)), _SHORTEST))


def _widest_first(parts: tuple[Node, ...], width: float) -> tuple[Node, ...]:
    """Break the widest of some parts that stand in one line, and the next, until they fit."""
    fitted = list(parts)
    for i in sorted(range(len(parts)), key=lambda i: extent(parts[i]), reverse=True):
        others = sum(extent(part) for j, part in enumerate(fitted) if j != i)
        if others + extent(fitted[i]) <= width:
            break
        fitted[i] = broken(fitted[i], max(width - others, _SHORTEST))
    return tuple(fitted)
