"""A formula as MathML Core."""

import re
from collections.abc import Iterable
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
    is_indented,
    is_tall,
)
from .marks import around, is_word, primes_of

__all__ = ["to_mathml"]

_THIN = '<mspace width="0.167em"/>'
_INDENT = '<mspace width="1em"/>'
_QUAD = '<mspace width="1em"/>'
_TIMES = "<mo>\u2062</mo>"
_APPLY = "<mo>\u2061</mo>"
_LEFT = ' style="text-align: left"'
# Chromium aligns a cell's formula by the prefixed value alone; others skip it and take the first.
_TO_SIGN = ' style="text-align: right; text-align: -webkit-right; padding-right: 0"'
_FROM_SIGN = ' style="text-align: left; padding-left: 0"'


def to_mathml(node: Node, display: bool = True, *, latex: str = "") -> str:
    """Write a formula as a MathML Core `math` element, set on its own line or (display=False) in a line of text.

    It carries its LaTeX as an annotation, if that is given: not shown, but found by programs that copy or read it.
    """
    mode = ' display="block"' if display else ""
    body = _mathml(node)
    if latex:
        body = f'<semantics>{body}<annotation encoding="application/x-tex">{_escaped(latex)}</annotation></semantics>'
    return f'<math xmlns="http://www.w3.org/1998/Math/MathML"{mode}>{body}</math>'


def _mathml(node: Node, script: bool = False) -> str:
    """One element; in a script the signs stand close."""

    def inner(part: Node) -> str:
        return _mathml(part, script)

    match node:
        case Number(digits, exponent):
            if exponent is None:
                return f"<mn>{_escaped(digits)}</mn>"
            sign = _mo("−", "prefix") if exponent < 0 else ""
            power = f"<msup><mn>10</mn>{_mrow([sign, f'<mn>{abs(exponent)}</mn>'])}</msup>"
            return _mrow([f"<mn>{_escaped(digits)}</mn>", _infix("×", script), power])
        case Identifier(text, upright):
            return _mathml_name(text, upright)
        case Operator(sign):
            return f'<mo lspace="0" rspace="0">{_escaped(sign)}</mo>'
        case Text(text):
            return f"<mtext>{_escaped(text)}</mtext>"
        case Decorated():
            return _mathml_decorated(node)
        case Sum(terms):
            parts = []
            for position, term in enumerate(terms):
                sign = "−" if term.sign == "-" else "+"
                if position:
                    parts.append(_infix(sign, script))
                elif term.sign == "-":
                    parts.append(_mo(sign, "prefix"))
                parts.append(inner(term.body))
            return _mrow(parts)
        case Product(factors, dotted):
            parts = [inner(factors[0])]
            for before, after in pairwise(factors):
                parts.append(_infix("·", script) if dotted else _TIMES)
                if not dotted and (is_word(before) or is_word(after)):
                    parts.append(_THIN)
                parts.append(inner(after))
            return _mrow(parts)
        case Fraction(numerator, denominator, "inline"):
            return _mrow([inner(numerator), '<mo lspace="0" rspace="0">/</mo>', inner(denominator)])
        case Fraction(numerator, denominator, style):
            size = ' displaystyle="false"' if style == "small" else ""
            return f"<mfrac{size}>{inner(numerator)}{inner(denominator)}</mfrac>"
        case Power(base, exponent):
            if isinstance(base, Decorated) and base.sub is not None:
                lower = _mathml(base.sub, True)
                return f"<msubsup>{inner(base.base)}{lower}{_mathml(exponent, True)}</msubsup>"
            return f"<msup>{inner(base)}{_mathml(exponent, True)}</msup>"
        case Root(radicand):
            return f"<msqrt>{inner(radicand)}</msqrt>"
        case Group(body, depth):
            return _mathml_fence(*around(inner(body), depth), is_tall(body))
        case Fenced(left, body, right):
            return _mathml_fence(left, inner(body), right, is_tall(body))
        case Apply(function, arguments):
            listed = _separated(map(inner, arguments), ",", script)
            return _mrow([inner(function), _APPLY, _mathml_fence("(", listed, ")", any(map(is_tall, arguments)))])
        case Derivative():
            return _mathml_derivative(node)
        case BigOperator():
            return _mathml_big(node, script)
        case Relation(sides, signs):
            parts = [inner(sides[0])]
            for sign, side in zip(signs, sides[1:], strict=True):
                parts += [_infix(sign, script), inner(side)]
            return _mrow(parts)
        case Sequence(items, separator):
            word = separator.strip()
            if word.isalpha():
                return _mrow(f"{_QUAD}<mtext>{word}</mtext>{_QUAD}".join(map(inner, items)))
            return _separated(map(inner, items), word, script or separator == ",")
        case Cases(branches):
            pairs = ((_mathml(value), _mathml_condition(condition)) for value, condition in branches)
            table = _mathml_table(
                f"<mtd{_LEFT}>{value}</mtd><mtd{_LEFT}>{condition}</mtd>" for value, condition in pairs
            )
            return _mrow(['<mo form="prefix" fence="true" stretchy="true">{</mo>', table])
        case Matrix(rows):
            cells = ("".join(f"<mtd>{_mathml(cell)}</mtd>" for cell in row) for row in rows)
            return _mathml_fence("[", _mathml_table(cells), "]", True)
        case Aligned(relations):
            indents = (_INDENT if is_indented(line, relations[0]) else "" for line in relations)
            return _mathml_table(map(_mathml_line, relations, indents))
        case _:
            assert_never(node)


def _escaped(text: str) -> str:
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")
    # XML has no way to write the other control characters.
    return re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]", "\ufffd", text)


def _mrow(parts: str | Iterable[str]) -> str:
    return f"<mrow>{''.join(parts)}</mrow>"


def _mo(sign: str, form: str) -> str:
    return f'<mo form="{form}">{_escaped(sign)}</mo>'


def _infix(sign: str, script: bool) -> str:
    space = ' lspace="0" rspace="0"' if script else ""
    return f"<mo{space}>{_escaped(sign)}</mo>"


def _separated(items: Iterable[str], separator: str, tight: bool) -> str:
    space = ' lspace="0" rspace="0"' if tight else ""
    comma = f'<mo separator="true"{space}>{separator}</mo>' if separator else ""
    written = list(items)
    return written[0] if len(written) == 1 else _mrow(comma.join(written))


def _mathml_table(rows: Iterable[str]) -> str:
    return f'<mtable displaystyle="true">{"".join(f"<mtr>{row}</mtr>" for row in rows)}</mtable>'


def _mathml_name(text: str, upright: bool) -> str:
    if upright:
        # A longer name is upright by itself.
        variant = ' mathvariant="normal"' if len(text) == 1 else ""
        return f"<mi{variant}>{_escaped(text)}</mi>"
    return f"<mi>{_escaped(text)}</mi>" if len(text) == 1 else _mrow(f"<mi>{_escaped(letter)}</mi>" for letter in text)


def _mathml_decorated(node: Decorated) -> str:
    base = _mathml(node.base)
    lower = "" if node.sub is None else _mathml(node.sub, True)
    upper = "" if node.sup is None else _mathml(node.sup, True)
    if lower and upper:
        marked = f"<msubsup>{base}{lower}{upper}</msubsup>"
    elif lower or upper:
        marked = f"<msub>{base}{lower}</msub>" if lower else f"<msup>{base}{upper}</msup>"
    else:
        marked = base
    # The prime of a mathematical font is raised already: in a superscript it would be too high and too small.
    return _mrow([marked, f'<mo lspace="0" rspace="0">{primes_of(node.primes)}</mo>']) if node.primes else marked


def _mathml_fence(left: str, body: str, right: str, tall: bool) -> str:
    stretchy = str(tall).lower()
    ends = [
        f'<mo form="{form}" fence="true" stretchy="{stretchy}">{_escaped(sign)}</mo>'
        for form, sign in (("prefix", left), ("postfix", right))
    ]
    return _mrow([ends[0], body, ends[1]])


def _mathml_derivative(node: Derivative) -> str:
    d = "<mi>∂</mi>" if node.partial else "<mi>d</mi>"
    order = sum(count for _, count in node.variables)
    above = f"<msup>{d}<mn>{order}</mn></msup>" if order > 1 else d
    below: list[str] = []
    for variable, count in node.variables:
        below += [_THIN] if below else []
        below += [d, f"<msup>{_mathml(variable)}<mn>{count}</mn></msup>" if count > 1 else _mathml(variable)]
    if isinstance(node.operand, Group | Apply):
        return _mrow([f"<mfrac>{above}{_mrow(below)}</mfrac>", _THIN, _mathml(node.operand)])
    return f"<mfrac>{_mrow([above, _mathml(node.operand)])}{_mrow(below)}</mfrac>"


def _mathml_big(node: BigOperator, script: bool) -> str:
    variable, body = _mathml(node.variable, script), _mathml(node.body, script)
    lower = None if node.lower is None else _mathml(node.lower, True)
    upper = None if node.upper is None else _mathml(node.upper, True)
    if node.kind == "integral":
        sign = _with_limits("<mo>∫</mo>", lower, upper, ("msub", "msup", "msubsup"))
        return _mrow([sign, body, _THIN, "<mi>d</mi>", variable])
    bound = _mathml(node.variable, True)
    if node.kind == "limit":
        target = _mrow([bound, _infix("→", True), lower or ""])
        return _mrow([f"<munder><mi>lim</mi>{target}</munder>", _THIN, body])
    start = bound if lower is None else _mrow([bound, _infix("=", True), lower])
    sign = _with_limits(
        f"<mo>{'∑' if node.kind == 'sum' else '∏'}</mo>", start, upper, ("munder", "mover", "munderover")
    )
    return _mrow([sign, body])


def _with_limits(sign: str, lower: str | None, upper: str | None, elements: tuple[str, str, str]) -> str:
    if lower is None and upper is None:
        return sign
    element = elements[0] if upper is None else elements[1] if lower is None else elements[2]
    return f"<{element}>{sign}{lower or ''}{upper or ''}</{element}>"


def _mathml_condition(condition: Node | None) -> str:
    if condition is None:
        return "<mtext>otherwise</mtext>"
    return _mrow(["<mtext>if\u00a0</mtext>", _mathml(condition)])


def _mathml_line(line: Relation, indent: str) -> str:
    first, *others = line.sides
    sign, *signs = line.signs
    rest = _mathml(Relation(tuple(others), tuple(signs)) if signs else others[0])
    # A line of a broken formula may go on with a term, or begin without a sign.
    lead = _mo("−" if sign == "-" else sign, "infix") if sign else ""
    return f"<mtd{_TO_SIGN}>{_mathml(first)}</mtd><mtd{_FROM_SIGN}>{_mrow([indent, lead, rest])}</mtd>"
