"""A formula as LaTeX with amsmath."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from itertools import pairwise
from types import MappingProxyType
from typing import assert_never

from ..notation import (
    GREEK,
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

__all__ = ["to_latex"]

_LATEX_SYMBOLS: Mapping[str, str] = MappingProxyType(
    {
        **{glyph: f"\\{word}" for word, glyph in GREEK.items() if word != "lamda"},
        "ε": r"\varepsilon",
        "φ": r"\varphi",
        "∞": r"\infty",
        "∅": r"\varnothing",
        "ℝ": r"\mathbb{R}",
        "−": "-",
        "∗": "*",
        "·": r"\cdot",
        "×": r"\times",
        "±": r"\pm",
        "≈": r"\approx",
        "\u2009": r"\,",
        "\u2062": " ",
        "≤": r"\le",
        "≥": r"\ge",
        "≠": r"\ne",
        "∈": r"\in",
        "∪": r"\cup",
        "⇒": r"\Rightarrow",
        "⇔": r"\Leftrightarrow",
        "⌊": r"\lfloor",
        "⌋": r"\rfloor",
        "⌈": r"\lceil",
        "⌉": r"\rceil",
        "{": r"\{",
        "}": r"\}",
    }
)
_LATEX_ESCAPES = str.maketrans(
    {
        "\\": r"\textbackslash{}",
        "{": r"\{",
        "}": r"\}",
        "$": r"\$",
        "&": r"\&",
        "#": r"\#",
        "%": r"\%",
        "_": r"\_",
        "^": r"\textasciicircum{}",
        "~": r"\textasciitilde{}",
    }
)
_NOTHING = Identifier("")
_LATEX_FUNCTIONS = frozenset(
    {
        *("sin", "cos", "tan", "cot", "sec", "csc", "sinh", "cosh", "tanh", "coth", "arcsin", "arccos", "arctan"),
        *("exp", "ln", "max", "min", "det", "arg"),
    }
)


def to_latex(node: Node) -> str:
    """Write a formula as LaTeX for math mode; it needs the package amsmath (and amssymb for ℝ and ∅)."""
    return _latex(node, display=True)


def _latex(node: Node, *, display: bool) -> str:
    """`display` says whether a fraction is full size here without being told so."""
    match node:
        case Number(digits, exponent):
            return digits if exponent is None else rf"{digits} \times 10^{{{exponent}}}"
        case Identifier(text, upright):
            return _latex_name(text, upright, r"\mathrm")
        case Operator(sign):
            return _LATEX_SYMBOLS.get(sign, sign)
        case Text(text):
            return rf"\text{{{text.translate(_LATEX_ESCAPES)}}}"
        case Decorated(base, sub, sup, primes):
            lower = "" if sub is None else _latex_script("_", sub)
            upper = "" if sup is None else _latex_script("^", sup)
            return _latex(base, display=display) + lower + upper + "'" * primes
        case Sum(terms):
            first, *others = terms
            start = ("-" if first.sign == "-" else "") + _latex(first.body, display=display)
            return start + "".join(f" {term.sign} {_latex(term.body, display=display)}" for term in others)
        case Product(factors, dotted):
            return _latex_product(factors, dotted, display)
        case Fraction(numerator, denominator, style):
            above, below = _latex(numerator, display=False), _latex(denominator, display=False)
            if style == "inline":
                return f"{above}/{below}"
            command = r"\tfrac" if style == "small" else r"\frac"
            return f"{command}{{{above}}}{{{below}}}"
        case Power(base, exponent):
            return _latex(base, display=display) + _latex_script("^", exponent)
        case Root(radicand):
            return rf"\sqrt{{{_latex(radicand, display=display)}}}"
        case Group(body, depth):
            return _latex_fence(*around(_latex(body, display=display), depth), is_tall(body))
        case Fenced(left, body, right):
            return _latex_fence(left, _latex(body, display=display), right, is_tall(body))
        case Apply(function, arguments):
            head = _latex_function(function)
            listed = ", ".join(_latex(argument, display=display) for argument in arguments)
            tall = any(map(is_tall, arguments))
            return head + (r"\!" if tall else "") + _latex_fence("(", listed, ")", tall)
        case Derivative():
            return _latex_derivative(node, display)
        case BigOperator():
            return _latex_big(node, display)
        case Relation(sides, signs):
            start, *rest = (_latex(side, display=display) for side in sides)
            return start + "".join(
                f" {_LATEX_SYMBOLS.get(sign, sign)} {side}" for sign, side in zip(signs, rest, strict=True)
            )
        case Sequence(items, separator):
            written = [_latex(item, display=display) for item in items]
            word = separator.strip()
            if word.isalpha():
                return rf" \quad\text{{{word}}}\quad ".join(written)
            return _adjoined(written) if separator == "" else separator.join(written)
        case Cases(branches):
            lines = [f"{_full_size(value)} & {_latex_condition(condition)}" for value, condition in branches]
            return _latex_environment("cases", lines, (value for value, _ in branches))
        case Matrix(rows):
            lines = [" & ".join(map(_full_size, row)) for row in rows]
            return _latex_environment("bmatrix", lines, (cell for row in rows for cell in row))
        case Aligned(relations):
            return _latex_environment("aligned", [_latex_line(line) for line in relations], relations)
        case _:
            assert_never(node)


def _latex_name(text: str, upright: bool, command: str) -> str:
    if text in _LATEX_SYMBOLS:
        return _LATEX_SYMBOLS[text]
    if not upright:
        return text if text.isalnum() or not text else rf"\mathit{{{text.translate(_LATEX_ESCAPES)}}}"
    return rf"{command}{{{text.translate(_LATEX_ESCAPES)}}}"


def _latex_function(node: Node) -> str:
    """The name of a function; a word is set as an operator, which brings the space around it."""
    match node:
        case Identifier(text, True) if text in _LATEX_FUNCTIONS:
            return f"\\{text}"
        case Identifier(text, upright):
            return _latex_name(text, upright, r"\operatorname" if len(text) > 1 and text.isalpha() else r"\mathrm")
        case Decorated(base):
            marks = _latex(replace(node, base=_NOTHING), display=False)
            return _latex_function(base) + marks
        case Power(base, exponent):
            return _latex_function(base) + _latex_script("^", exponent)
        case _:
            return _latex(node, display=False)


def _latex_script(mark: str, script: Node) -> str:
    written = _latex(script, display=False)
    return mark + (written if re.fullmatch(r"[A-Za-z0-9*]", written) else f"{{{written}}}")


def _latex_fence(left: str, body: str, right: str, tall: bool) -> str:
    left, right = _LATEX_SYMBOLS.get(left, left), _LATEX_SYMBOLS.get(right, right)
    if tall:
        return rf"\left{left} {body} \right{right}"
    if left == "|":
        return rf"\lvert {body} \rvert"
    return _adjoined([left, f"{body}{right}"])


def _adjoined(parts: list[str]) -> str:
    """Put pieces together; a space only where a command would swallow the next letter."""
    joined = parts[0]
    for part in parts[1:]:
        joined += (" " if re.search(r"\\[A-Za-z]+$", joined) and part[:1].isalpha() else "") + part
    return joined


def _latex_product(factors: tuple[Node, ...], dotted: bool, display: bool) -> str:
    written = [_latex(factor, display=display) for factor in factors]
    parts = [written[0]]
    for (before, after), text in zip(pairwise(factors), written[1:], strict=True):
        if dotted:
            parts.append(rf" \cdot {text}")
        elif (is_word(before) or is_word(after)) and not (_is_upright_application(after) and not is_word(before)):
            parts.append(rf"\, {text}")
        else:
            # An operator such as \ln brings its own thin space.
            parts.append(f" {text}")
    return "".join(parts)


def _is_upright_application(node: Node) -> bool:
    return isinstance(node, Apply) and is_word(node.function)


def _latex_derivative(node: Derivative, display: bool) -> str:
    d = r"\partial " if node.partial else "d"
    order = sum(count for _, count in node.variables)
    power = f"^{order}" if order > 1 else ""
    below = r"\, ".join(
        _adjoined([d, _latex(variable, display=False)]) + (f"^{count}" if count > 1 else "")
        for variable, count in node.variables
    )
    operand = _latex(node.operand, display=display)
    if isinstance(node.operand, Group | Apply):
        return rf"\frac{{{d.strip()}{power}}}{{{below}}} {operand}"
    return (
        rf"\frac{{{d.strip() if power else d}{power}{operand}}}{{{below}}}"
        if power
        else rf"\frac{{{d}{operand}}}{{{below}}}"
    )


def _latex_big(node: BigOperator, display: bool) -> str:
    variable, body = _latex(node.variable, display=False), _latex(node.body, display=display)
    lower = "" if node.lower is None else _latex(node.lower, display=False)
    upper = "" if node.upper is None else _latex_script("^", node.upper)
    if node.kind == "limit":
        return rf"\lim_{{{variable} \to {lower}}} {body}"
    if node.kind == "integral":
        below = "" if node.lower is None else _latex_script("_", node.lower)
        return rf"\int{below}{upper} {body} \, {_adjoined(['d', variable])}"
    below = f"_{{{variable} = {lower}}}" if lower else f"_{{{variable}}}"
    return rf"\{'sum' if node.kind == 'sum' else 'prod'}{below}{upper} {body}"


def _latex_condition(condition: Node | None) -> str:
    return r"\text{otherwise}" if condition is None else rf"\text{{if }} {_latex(condition, display=False)}"


def _full_size(node: Node) -> str:
    r"""A cell of a table: LaTeX would shrink its fractions."""
    written = _latex(node, display=True)
    return rf"\displaystyle {written}" if is_tall(node) else written


def _latex_line(line: Relation) -> str:
    first, *others = line.sides
    sign, *signs = line.signs
    rest = _latex(Relation(tuple(others), tuple(signs)), display=True) if signs else _latex(others[0], display=True)
    return f"{_latex(first, display=True)} &{_LATEX_SYMBOLS.get(sign, sign)} {rest}"


def _latex_environment(kind: str, lines: list[str], cells: Iterable[Node]) -> str:
    gap = r" \\[6pt] " if any(map(is_tall, cells)) else r" \\ "
    return rf"\begin{{{kind}}} {gap.join(lines)} \end{{{kind}}}"
