"""A formula on one line of Unicode text."""

import re
from itertools import pairwise
from typing import assert_never

from ..notation import (
    Aligned,
    Apply,
    BigOperator,
    Cases,
    Decorated,
    Derivative,
    Fenced,
    Fraction,
    Group,
    Identifier,
    Matrix,
    Node,
    Number,
    Operator,
    Power,
    Product,
    Relation,
    Root,
    Sequence,
    Sum,
    Text,
)
from .marks import BRACKETS, primes_of

__all__ = ["to_text"]

_SUBSCRIPTS = str.maketrans("0123456789+−", "₀₁₂₃₄₅₆₇₈₉₊₋")
_SUPERSCRIPTS = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")


def to_text(node: Node) -> str:
    """Write a formula on one line of Unicode text."""
    return _text(node)


def _text(node: Node) -> str:
    match node:
        case Number(digits, exponent):
            return digits if exponent is None else f"{digits}×10{str(exponent).translate(_SUPERSCRIPTS)}"
        case Identifier(text) | Text(text):
            return text
        case Operator(sign):
            return {"∗": "*", "−": "-", "\u2062": " "}.get(sign, sign)
        case Decorated(base, sub, sup, primes):
            lower = "" if sub is None else _text_subscript(sub)
            upper = "" if sup is None else _text(sup) if isinstance(sup, Operator) else _text_exponent(sup)
            return _text(base) + lower + upper + primes_of(primes)
        case Sum(terms):
            first, *others = terms
            start = f"-{_text(first.body)}" if first.sign == "-" else _text(first.body)
            return start + "".join(f" {term.sign} {_text(term.body)}" for term in others)
        case Product(factors, dotted):
            return _text_product(factors, dotted)
        case Fraction(numerator, denominator):
            return f"{_text_numerator(numerator)}/{_text_denominator(denominator)}"
        case Power(base, exponent):
            bare = not isinstance(base, Decorated) or base.sup is None
            return (_text(base) if bare else _bracketed(_text(base))) + _text_exponent(exponent)
        case Root(radicand):
            bare = isinstance(radicand, Number | Identifier | Decorated)
            return f"√{_text(radicand)}" if bare else f"√({_text(radicand)})"
        case Group(body):
            return f"[{_text(body)}]" if isinstance(body, Cases) else _bracketed(_text(body))
        case Fenced(left, body, right):
            return left + _text(body) + right
        case Apply(function, arguments):
            return f"{_text(function)}({', '.join(map(_text, arguments))})"
        case Derivative():
            return _text_derivative(node)
        case BigOperator():
            return _text_big(node)
        case Relation(sides, signs):
            return _text(sides[0]) + "".join(
                f" {sign} {_text(side)}" for sign, side in zip(signs, sides[1:], strict=True)
            )
        case Sequence(items, separator):
            return separator.join(map(_text, items))
        case Cases(branches):
            return (
                "{" + "; ".join(f"{_text(value)} {_text_condition(condition)}" for value, condition in branches) + "}"
            )
        case Matrix(rows):
            return "[" + "; ".join(", ".join(map(_text, row)) for row in rows) + "]"
        case Aligned(lines):
            return "; ".join(map(_text, lines))
        case _:
            assert_never(node)


def _bracketed(text: str) -> str:
    """Round brackets around no brackets, square around round, curly around square."""
    left, right = BRACKETS[2 if "[" in text else 1 if "(" in text else 0]
    return left + text + right


def _text_subscript(sub: Node) -> str:
    match sub:
        case Number(digits, None):
            return digits.translate(_SUBSCRIPTS)
        case Operator(sign):
            return sign.translate(_SUBSCRIPTS)
        case Identifier():
            return f"_{_text(sub)}"
        case Sequence(items, "") if all(isinstance(item, Identifier) for item in items):
            return f"_{_text(sub)}"
        case _:
            return "_{" + _text(sub).replace(" ", "") + "}"


def _text_exponent(exponent: Node) -> str:
    written = _text(exponent)
    if re.fullmatch(r"-?\d+", written):
        return written.translate(_SUPERSCRIPTS)
    return f"^{written}" if isinstance(exponent, Identifier | Decorated | Operator) else f"^({written})"


def _text_product(factors: tuple[Node, ...], dotted: bool) -> str:
    written = []
    for factor in factors:
        loose = isinstance(factor, Fraction) or (
            isinstance(factor, Derivative | BigOperator) and factor is not factors[-1]
        )
        written.append(_bracketed(_text(factor)) if loose else _text(factor))
    parts = [written[0]]
    for (before, after), text in zip(pairwise(factors), written[1:], strict=True):
        tight = isinstance(after, Group) and isinstance(before, Number | Identifier | Decorated | Group) and not dotted
        parts.append(("" if tight else " · " if dotted else " ") + text)
    return "".join(parts)


def _text_numerator(node: Node) -> str:
    loose = isinstance(node, Sum | Fraction | BigOperator | Derivative | Cases | Relation)
    return _bracketed(_text(node)) if loose else _text(node)


def _text_denominator(node: Node) -> str:
    loose = isinstance(node, Sum | Fraction | Product | BigOperator | Derivative | Cases | Relation)
    loose = loose or (isinstance(node, Number) and node.exponent is not None)
    return _bracketed(_text(node)) if loose else _text(node)


def _text_derivative(node: Derivative) -> str:
    d = "∂" if node.partial else "d"
    order = sum(count for _, count in node.variables)
    power = str(order).translate(_SUPERSCRIPTS) if order > 1 else ""
    below = " ".join(
        d + _text(variable) + (str(count).translate(_SUPERSCRIPTS) if count > 1 else "")
        for variable, count in node.variables
    )
    below = f"({below})" if len(node.variables) > 1 else below
    if isinstance(node.operand, Group | Apply):
        return f"{d}{power}/{below} {_text(node.operand)}"
    return f"{d}{power}{_text(node.operand)}/{below}"


def _text_big(node: BigOperator) -> str:
    def script(mark: str, part: str) -> str:
        return mark + (part if re.fullmatch(r"[^\W_]+|∞", part) else f"({part})")

    variable = _text(node.variable)
    lower = "" if node.lower is None else _text(node.lower)
    if node.kind == "limit":
        return f"lim_({variable} → {lower}) {_text(node.body)}"
    limits = "" if node.upper is None else script("^", _text(node.upper))
    if node.kind == "integral":
        return "∫" + (script("_", lower) if lower else "") + limits + f" {_text(node.body)} d{variable}"
    return (
        ("∑" if node.kind == "sum" else "∏")
        + f"_({variable}"
        + (f"={lower}" if lower else "")
        + f"){limits} {_text(node.body)}"
    )


def _text_condition(condition: Node | None) -> str:
    return "otherwise" if condition is None else f"if {_text(condition)}"
