"""Numbers and constants."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Literal

from .dispatch import Rule
from .names import literal
from .nodes import Apply, Fraction, Identifier, Node, Number, Text, negated
from .style import Style

__all__ = ["RULES", "constant"]


def _integer(expr: Any, style: Style) -> Node:
    return Number(str(expr)) if expr >= 0 else negated(Number(str(-expr)))


def _rational(expr: Any, style: Style) -> Node:
    numerator, denominator = Number(str(abs(expr.p))), Number(str(expr.q))
    shape: Literal["small", "inline"] = "inline" if style.script or style.nested else "small"
    node = Fraction(numerator, denominator, shape)
    return node if expr > 0 else negated(node)


def _float(expr: Any, style: Style) -> Node:
    if not expr.is_finite:
        return Text(str(expr))
    mantissa, _, exponent = f"{abs(float(expr)):.6g}".partition("e")
    node = Number(mantissa, int(exponent) if exponent else None)
    return negated(node) if expr < 0 else node


def constant(glyph: str, *, upright: bool = False) -> Rule:
    """The rule for a class that has one value and one glyph."""
    return lambda expr, style: Identifier(glyph, upright)


def _euler_number(expr: Any, style: Style) -> Node:
    return Identifier("e") if "e" not in style.taken else Apply(literal("exp"), (Number("1"),))


def _imaginary_unit(expr: Any, style: Style) -> Node:
    return Identifier("i", upright="i" in style.taken)


RULES: Mapping[str, Rule] = MappingProxyType(
    {
        "Integer": _integer,
        "Rational": _rational,
        "Float": _float,
        "Pi": constant("π"),
        "Exp1": _euler_number,
        "ImaginaryUnit": _imaginary_unit,
        "EulerGamma": constant("γ"),
        "Infinity": constant("∞", upright=True),
        "NegativeInfinity": lambda expr, style: negated(Identifier("∞", upright=True)),
    }
)
