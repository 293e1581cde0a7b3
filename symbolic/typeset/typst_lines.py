"""Where a wide formula may be broken: its pieces for Typst, which are filled into lines as wide as the page.

A formula breaks before a relation sign first, then before the signs of a sum, then before those of sums in brackets,
the outer ones first. Brackets that are opened in one line and closed in another are as tall as what they enclose.
"""

from dataclasses import dataclass, replace
from itertools import pairwise

from ..notation import (
    Aligned,
    Apply,
    Cases,
    Fenced,
    Group,
    Node,
    Power,
    Product,
    Relation,
    Sequence,
    Sum,
    is_tall,
)
from .marks import around
from .typst import between_factors, function_name, sign_of, tight, to_typst

__all__ = ["ENCLOSED", "Branch", "Line", "Piece", "to_typst_lines"]

# What stands for the case distinction in the brackets before and after it.
ENCLOSED = "cases"

_NOTHING = Sequence(())


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch that stays whole, and the sign before it, where a line may end: the lower the rank, the better."""

    rank: int
    sign: str
    body: str


@dataclass(frozen=True, slots=True)
class Branch:
    """One value of a case distinction, with its condition as the mathematics of Typst."""

    pieces: tuple[Piece, ...]
    condition: str


@dataclass(frozen=True, slots=True)
class Line:
    """A relation: its left side, and the pieces of the rest, or the branches of the case distinction in it.

    `before` and `after` are what stands around the case distinction; a bracket around it is written with ENCLOSED in
    its place: `#opening(sign, body)` and `#closing(sign, body)` are functions that the document has to have.
    """

    head: str
    pieces: tuple[Piece, ...]
    branches: tuple[Branch, ...] = ()
    before: str = ""
    after: str = ""


def to_typst_lines(node: Node) -> tuple[Line, ...]:
    """Take a formula apart at the places where a line may end.

    >>> from nullcline.symbolic.notation import Number, Term, name
    >>> (line,) = to_typst_lines(Relation((name("y"), Sum((Term("+", name("x")), Term("-", Number("1"))))), ("=",)))
    >>> line.head, line.pieces
    ('y', (Piece(rank=0, sign='=', body='x'), Piece(rank=1, sign='class("binary",−)', body='1')))
    """
    return tuple(map(_line, node.lines if isinstance(node, Aligned) else (node,)))


def _line(node: Node) -> Line:
    match node:
        case Relation((head, side), (sign,)) if (found := _with_cases(side)) is not None:
            before, cases, after = found
            branches = tuple(
                Branch(tuple(_pieces(value, 1)), "" if condition is None else to_typst(condition))
                for value, condition in cases.branches
            )
            return Line(to_typst(head), (Piece(0, sign_of(sign), ""),), branches, before, after)
        case Relation((head, *sides), signs):
            rest = _pieces(Relation((_NOTHING, *sides), signs), 0)
            return Line(to_typst(head), tuple(rest)[1:])
        case _:
            return Line("", tuple(_pieces(node, 0)))


def _with_cases(node: Node) -> tuple[str, Cases, str] | None:
    """What stands before a case distinction, the distinction, what stands after it; None if there is none, or more."""
    match node:
        case Cases():
            return "", node, ""
        case Group(body, depth) if (found := _with_cases(body)) is not None:
            before, cases, after = found
            left, right = around("", depth)[::2]
            return _opening(left, ENCLOSED) + before, cases, after + _closing(right, ENCLOSED)
        case Product(factors):
            within = [
                (place, found) for place, factor in enumerate(factors) if (found := _with_cases(factor)) is not None
            ]
            if len(within) != 1:
                return None
            ((place, (before, cases, after)),) = within
            ahead = tight([to_typst(replace(node, factors=factors[:place])), before]) if place else before
            behind = [after, to_typst(replace(node, factors=factors[place + 1 :]))] if factors[place + 1 :] else [after]
            return ahead, cases, tight(behind)
        case _:
            return None


def _pieces(node: Node, rank: int) -> list[Piece]:
    """A node in pieces, of which the first has no sign; `rank` is that of the best place in it."""
    match node:
        case Relation(sides, signs):
            pieces = _pieces(sides[0], rank + 1)
            for sign, side in zip(signs, sides[1:], strict=True):
                first, *rest = _pieces(side, rank + 1)
                pieces += [Piece(rank, sign_of(sign), first.body), *rest]
            return pieces
        case Sum(terms):
            pieces = []
            for position, term in enumerate(terms):
                sign = "−" if term.sign == "-" else "+"
                first, *rest = _pieces(term.body, rank + 1)
                if position:
                    # A sign that begins a line keeps its distance.
                    first = Piece(rank, f'class("binary",{sign})', first.body)
                elif term.sign == "-":
                    first = replace(first, body=tight([sign, first.body]))
                pieces += [first, *rest]
            return pieces
        case Product(factors, dotted):
            pieces = _pieces(factors[0], rank + 1)
            for before, after in pairwise(factors):
                pieces = _adjoin(pieces, between_factors(before, after, dotted), _pieces(after, rank + 1))
            return pieces
        case Group(body, depth):
            return _fenced(*around("", depth)[::2], body, rank)
        case Fenced("|", _, "|"):
            return _whole(node)
        case Fenced(left, body, right):
            return _fenced(left, right, body, rank)
        case Apply(function, (argument,)):
            return _adjoin(_whole_text(function_name(function)), "", _fenced("(", ")", argument, rank))
        case Power(Group(body, depth), exponent):
            return _fenced(*around("", depth)[::2], body, rank, to_typst(exponent))
        case _:
            return _whole(node)


def _whole(node: Node) -> list[Piece]:
    return _whole_text(to_typst(node))


def _whole_text(text: str) -> list[Piece]:
    return [Piece(0, "", text)]


def _adjoin(pieces: list[Piece], between: str, others: list[Piece]) -> list[Piece]:
    """Put pieces after pieces: where they meet, no line ends."""
    *before, last = pieces
    first, *after = others
    return [*before, replace(last, body=tight([last.body, between, first.body])), *after]


def _fenced(left: str, right: str, body: Node, rank: int, exponent: str = "") -> list[Piece]:
    if is_tall(body):
        enclosed = f"${to_typst(body)}$"
        start, end = _opening(left, enclosed), _closing(right, enclosed)
    else:
        start, end = sign_of(left), sign_of(right)
    end = f"attach({end},t:{exponent})" if exponent else end
    return _adjoin(_adjoin(_whole_text(start), "", _pieces(body, rank + 1)), end, _whole_text(""))


def _opening(sign: str, enclosed: str) -> str:
    return f"#opening(${sign_of(sign)}$,{enclosed})"


def _closing(sign: str, enclosed: str) -> str:
    return f"#closing(${sign_of(sign)}$,{enclosed})"
