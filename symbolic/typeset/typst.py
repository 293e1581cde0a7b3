"""A formula in the mathematics of Typst.

Names, words and expressions without a notation are written as string literals, in which nothing is markup; what stands
bare is a letter, a digit or a sign. Nothing is left to spaces, which Typst shows beside a text: air is written out.
"""

import re
from collections.abc import Iterable
from dataclasses import replace
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
    is_tall,
)
from .marks import around, is_word

__all__ = ["between_factors", "function_name", "quoted", "sign_of", "tight", "to_typst"]

_NOTHING = Identifier("")


def to_typst(node: Node) -> str:
    r"""Write a formula for Typst's mathematics mode, what stands between dollar signs.

    >>> from nullcline.symbolic.notation import Fraction, Identifier, Product, Text, name
    >>> to_typst(Fraction(Product((name("w"), name("gain"))), name("tau_E")))
    'frac(w thin"gain",attach(τ,b:E))'
    >>> to_typst(Text('#read("secret")'))
    '"#read(\\"secret\\")"'
    """
    return _typst(node)


def quoted(text: str) -> str:
    r"""Return a string literal of Typst that stands for this text, whatever is in it.

    >>> quoted('a "quoted" \\ *word*')
    '"a \\"quoted\\" \\\\ *word*"'
    """
    # What cannot be printed is replaced: a control character has no glyph, and half a surrogate pair no encoding.
    text = re.sub(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufffe\uffff]", "\ufffd", text)
    return '"' + re.sub(r"\s", " ", text).replace("\\", "\\\\").replace('"', '\\"') + '"'


def _typst(node: Node) -> str:
    match node:
        case Number(digits, exponent):
            power = "" if exponent is None else f"×attach(10,t:{'−' if exponent < 0 else ''}{abs(exponent)})"
            return sign_of(digits) + power
        case Identifier(text, upright):
            return _name(text, upright)
        case Operator(sign):
            return sign_of(sign)
        case Text(text):
            return quoted(text)
        case Decorated(base, sub, sup, primes):
            # A prime is raised by its glyph, or by Typst's own construction, never as an ordinary script.
            upper = tight([*([] if sup is None else [_typst(sup)]), *([f"primes(#{primes})"] if primes else [])])
            return _attached(_typst(base), "" if sub is None else _typst(sub), upper)
        case Sum(terms):
            parts = []
            for position, term in enumerate(terms):
                parts += ["−" if term.sign == "-" else "+"] if position or term.sign == "-" else []
                parts.append(_typst(term.body))
            return tight(parts)
        case Product(factors, dotted):
            parts = [_typst(factors[0])]
            for before, after in pairwise(factors):
                parts += [between_factors(before, after, dotted), _typst(after)]
            return tight(parts)
        case Fraction(numerator, denominator, "inline"):
            return tight([_typst(numerator), r"\/", _typst(denominator)])
        case Fraction(numerator, denominator, style):
            whole = f"frac({_typst(numerator)},{_typst(denominator)})"
            return f"inline({whole})" if style == "small" else whole
        case Power(Decorated(base, sub, None, 0), exponent) if sub is not None:
            return _attached(_typst(base), _typst(sub), _typst(exponent))
        case Power(base, exponent):
            return _attached(_typst(base), "", _typst(exponent))
        case Root(radicand):
            return f"sqrt({_typst(radicand)})"
        case Group(body, depth):
            return _fence(*around(_typst(body), depth), is_tall(body))
        case Fenced(left, body, right):
            return _fence(left, _typst(body), right, is_tall(body))
        case Apply(function, arguments):
            listed = r"\, ".join(map(_typst, arguments))
            return tight([function_name(function), _fence("(", listed, ")", any(map(is_tall, arguments)))])
        case Derivative():
            return _derivative(node)
        case BigOperator():
            return _big(node)
        case Relation(sides, signs):
            parts = [_typst(sides[0])]
            for sign, side in zip(signs, sides[1:], strict=True):
                parts += [sign_of(sign), _typst(side)]
            return tight(parts)
        case Sequence(items, separator):
            return _sequence(items, separator.strip())
        case Cases(branches):
            rows = (tight([_full_size(value), "&", _condition(condition)]) for value, condition in branches)
            return f"cases({_gap('gap', (value for value, _ in branches))}{','.join(rows)})"
        case Matrix(rows):
            cells = ";".join(",".join(map(_full_size, row)) for row in rows)
            gap = _gap("row-gap", (cell for row in rows for cell in row))
            return f'mat(delim:"[",{gap}{cells})'
        case Aligned(lines):
            return " \\\n".join(map(_line, lines))
        case _:
            assert_never(node)


def tight(parts: Iterable[str]) -> str:
    """Put pieces together; a space only where two would run into one word or number."""
    joined = ""
    for part in parts:
        apart = bool(re.search(r"[\w.]\Z", joined) and re.match(r"[\w.]", part))
        joined += (" " if apart else "") + part
    return joined


def _name(text: str, upright: bool) -> str:
    if not text:
        return '""'
    if text == "∞":
        return text
    if re.fullmatch(r"[A-Za-z\u0391-\u03f5]", text):
        return f"upright({text})" if upright else text
    return quoted(text) if upright else f"italic({quoted(text)})"


def sign_of(sign: str) -> str:
    """Return a sign, or digits: what is markup to Typst is escaped, what is neither sign nor digit a string."""
    if re.fullmatch(r"[0-9]+(?:\.[0-9]+)?", sign):
        return sign
    sign = {"-": "−", "*": "∗", "\u2009": "thin"}.get(sign, sign)
    if sign == "thin":
        return sign
    if len(sign) != 1 or sign.isalnum() or sign.isspace() or not sign.isprintable():
        return quoted(sign)
    return f"\\{sign}" if sign.isascii() and sign not in "=+<>" else sign


def function_name(node: Node) -> str:
    """Return the name of a function; a word is set as an operator, which brings the space around it."""
    match node:
        case Identifier(text, True) if len(text) > 1:
            return f"op({quoted(text)})"
        case Decorated(Identifier(text, True)) if len(text) > 1:
            marks = _typst(replace(node, base=_NOTHING))
            return f"op({marks.replace(quoted(''), quoted(text), 1)})"
        case Power(base, exponent):
            return _attached(function_name(base), "", _typst(exponent))
        case _:
            return _typst(node)


def _attached(base: str, lower: str, upper: str) -> str:
    scripts = [f"{place}:{script}" for place, script in (("b", lower), ("t", upper)) if script]
    return f"attach({','.join([base, *scripts])})" if scripts else base


def _fence(left: str, body: str, right: str, tall: bool) -> str:
    # A bar does not say by itself which side it closes.
    ends = ('class("opening",\\|)', 'class("closing",\\|)') if left == right == "|" else (sign_of(left), sign_of(right))
    whole = tight([ends[0], body, ends[1]])
    return f"lr({whole})" if tall else whole


def between_factors(before: Node, after: Node, dotted: bool) -> str:
    """Return what stands between two factors: a dot, air, or nothing."""
    if dotted:
        return "⋅"
    if (is_word(before) or is_word(after)) and not (_is_upright_application(after) and not is_word(before)):
        return "thin"
    # The bar of a root ends where the next letter begins.
    return "thin" if isinstance(before, Root) else ""


def _is_upright_application(node: Node) -> bool:
    """Whether a factor brings its own space, as an operator such as ln does."""
    return isinstance(node, Apply) and is_word(node.function)


def _derivative(node: Derivative) -> str:
    d = "∂" if node.partial else "d"
    order = sum(count for _, count in node.variables)
    above = f"attach({d},t:{order})" if order > 1 else d
    below: list[str] = []
    for variable, count in node.variables:
        written = _typst(variable)
        below += ["thin"] if below else []
        below += [d, f"attach({written},t:{count})" if count > 1 else written]
    if isinstance(node.operand, Group | Apply):
        return f"frac({above},{tight(below)})thin {_typst(node.operand)}"
    return f"frac({tight([above, _typst(node.operand)])},{tight(below)})"


def _big(node: BigOperator) -> str:
    variable, body = _typst(node.variable), _typst(node.body)
    lower = "" if node.lower is None else _typst(node.lower)
    upper = "" if node.upper is None else _typst(node.upper)
    if node.kind == "integral":
        return tight([_attached("integral", lower, upper), body, "thin", "d", variable])
    if node.kind == "limit":
        return tight([_attached("lim", tight([variable, "→", lower]), ""), body])
    start = tight([variable, "=", lower]) if lower else variable
    return tight([_attached("sum" if node.kind == "sum" else "product", start, upper), body])


def _sequence(items: tuple[Node, ...], separator: str) -> str:
    written = [_typst(item) for item in items]
    if separator.isalpha():
        return f" quad {quoted(separator)}quad ".join(written)
    return r"\, ".join(written) if separator == "," else tight(written)


def _condition(condition: Node | None) -> str:
    return 'quad "otherwise"' if condition is None else f'quad "if"med {_typst(condition)}'


def _full_size(node: Node) -> str:
    """A cell of a table: Typst would shrink its fractions."""
    written = _typst(node)
    return f"display({written})" if is_tall(node) else written


def _gap(name: str, cells: Iterable[Node]) -> str:
    """Room between rows, which Typst does not widen for tall ones."""
    return f"{name}:#0.65em," if any(map(is_tall, cells)) else ""


def _line(line: Relation) -> str:
    first, *others = line.sides
    sign, *signs = line.signs
    rest = _typst(Relation(tuple(others), tuple(signs)) if signs else others[0])
    return tight([_typst(first), "&", sign_of(sign), rest])
