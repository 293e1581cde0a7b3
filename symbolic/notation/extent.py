"""How wide a formula is on a line of its own, in units of its letter size: near enough to break lines by."""

from typing import assert_never

from .brackets import is_tall
from .nodes import (
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
    is_indented,
)

__all__ = ["INDENT", "SIGN", "extent"]

# Below a line that begins without a sign, lines with a relation sign stand so much to the right.
INDENT = 1.0

# A relation sign or the sign of a term, with the space on both sides.
SIGN = 1.25
_SCRIPT = 0.72


def extent(node: Node, *, full_size: bool = True) -> float:
    """Return the width of a formula in ems; `full_size` says that its fractions are not set smaller.

    The letters are taken as wide as those of common mathematical fonts on the average; a measured line differs by a
    tenth or so.
    """

    def inner(part: Node) -> float:
        return extent(part, full_size=full_size)

    def in_fraction(part: Node) -> float:
        # The parts of a full-size fraction keep their size; fractions in them, and their parts, do not.
        return extent(part, full_size=False) * (1 if full_size else _SCRIPT)

    match node:
        case Number(digits, exponent):
            power = 0 if exponent is None else 1 + SIGN + _SCRIPT * 0.5 * len(str(exponent))
            return 0.5 * len(digits) + power
        case Identifier(text, upright):
            return sum(map(_letter, text)) * (0.9 if upright else 1)
        case Operator(text):
            return 0.6 * len(text)
        case Text(text):
            return 0.48 * len(text)
        case Decorated(base, sub, sup, primes):
            scripts = max((extent(script, full_size=False) for script in (sub, sup) if script is not None), default=0)
            return inner(base) + _SCRIPT * scripts + 0.28 * primes
        case Sum(terms):
            signs = SIGN * (len(terms) - 1) + (0.7 if terms[0].sign == "-" else 0)
            return signs + sum(inner(term.body) for term in terms)
        case Product(factors, dotted):
            return sum(map(inner, factors)) + (0.7 if dotted else 0.08) * (len(factors) - 1)
        case Fraction(numerator, denominator, "inline"):
            return inner(numerator) + 0.5 + inner(denominator)
        case Fraction(numerator, denominator, "small"):
            return _SCRIPT * max(inner(numerator), inner(denominator)) + 0.15
        case Fraction(numerator, denominator):
            return max(in_fraction(numerator), in_fraction(denominator)) + 0.15
        case Power(base, exponent):
            return inner(base) + _SCRIPT * extent(exponent, full_size=False) + 0.05
        case Root(radicand):
            return 0.9 + inner(radicand)
        case Group(body) | Fenced(_, body):
            return inner(body) + 2 * _fence(is_tall(body))
        case Apply(function, arguments):
            listed = sum(map(inner, arguments)) + 0.45 * (len(arguments) - 1)
            return inner(function) + listed + 2 * _fence(any(map(is_tall, arguments)))
        case Derivative(operand, variables):
            below = sum(0.55 + inner(variable) for variable, _ in variables)
            if isinstance(operand, Group | Apply):
                return below + 0.3 + inner(operand)
            return max(below, 0.55 + inner(operand)) + 0.15
        case BigOperator(kind, body, variable, lower, upper):
            limits = max((extent(part, full_size=False) for part in (lower, upper) if part is not None), default=0)
            sign = 0.7 + _SCRIPT * limits if kind == "integral" else max(1.3, _SCRIPT * limits + 1)
            return sign + inner(body) + (0.75 + inner(variable) if kind == "integral" else 0.2)
        case Relation(sides, signs):
            return sum(map(inner, sides)) + SIGN * sum(map(bool, signs))
        case Sequence(items, separator):
            word = separator.strip()
            between = 2 + 0.5 * len(word) if word.isalpha() else 0.45 if word else 0.05
            return sum(map(inner, items)) + between * max(len(items) - 1, 0)
        case Cases(branches):
            values = max(extent(value) for value, _ in branches)
            return 0.8 + values + 1 + max(condition_extent(condition) for _, condition in branches)
        case Matrix(rows):
            columns = zip(*rows, strict=True)
            return 1.2 + sum(max(map(extent, column)) for column in columns) + 0.9 * (len(rows[0]) - 1)
        case Aligned(lines):
            before = max(extent(line.sides[0]) for line in lines)
            indents = (INDENT if is_indented(line, lines[0]) else 0 for line in lines)
            return before + max(
                indent + extent(line) - extent(line.sides[0]) for indent, line in zip(indents, lines, strict=True)
            )
        case _:
            assert_never(node)


def condition_extent(condition: Node | None) -> float:
    """Return the width of "otherwise", or of "if" with a condition."""
    return 4.0 if condition is None else 0.9 + extent(condition)


def _letter(letter: str) -> float:
    if letter.isupper():
        return 0.66
    if letter in "iljft":
        return 0.36
    return 0.85 if letter in "mw" else 0.54


def _fence(tall: bool) -> float:
    return 0.5 if tall else 0.34
