"""Writers for the layout tree: text on one line, LaTeX with amsmath, MathML Core. They choose spacing, nothing else.

>>> import sympy
>>> from nullcline.symbolic.notation import layout
>>> w, r, I_ext, tau, eigenvalue = sympy.symbols("w r* I_ext tau lambda")
>>> slope = sympy.Function("F'")(w * r + I_ext)
>>> node = layout(sympy.Eq(eigenvalue, (-1 + w * slope) / tau))
>>> print(to_text(node))
λ = [-1 + w F′(w r* + I_ext)]/τ
>>> print(to_latex(node))
\\lambda = \\frac{-1 + w F'(w r^* + I_{\\mathrm{ext}})}{\\tau}
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from itertools import pairwise
from types import MappingProxyType
from typing import assert_never

from .notation import (
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

__all__ = ["to_latex", "to_mathml", "to_text"]


def to_text(node: Node) -> str:
    """Write a formula on one line of Unicode text."""
    return _text(node)


def to_latex(node: Node) -> str:
    """Write a formula as LaTeX for math mode; it needs the package amsmath (and amssymb for ℝ and ∅)."""
    return _latex(node, display=True)


def to_mathml(node: Node, display: bool = True) -> str:
    """Write a formula as a MathML Core `math` element, set on its own line or (display=False) in a line of text."""
    mode = ' display="block"' if display else ""
    return f'<math xmlns="http://www.w3.org/1998/Math/MathML"{mode}>{_mathml(node)}</math>'


# What the writers share ----------------------------------------------------------------------------------------------

_BRACKETS = (("(", ")"), ("[", "]"), ("{", "}"))


def _around(body: str, depth: int) -> tuple[str, str, str]:
    left, right = _BRACKETS[min(depth, 2)]
    return left, body, right


def _is_word(node: Node) -> bool:
    """Whether a factor needs air around it: a word, or the application of one."""
    match node:
        case Identifier(text):
            return len(text) > 1
        case Decorated(base):
            return _is_word(base)
        case Power(base) | Apply(base):
            return _is_word(base)
        case _:
            return False


def _is_upright_application(node: Node) -> bool:
    return isinstance(node, Apply) and _is_word(node.function)


# Text ----------------------------------------------------------------------------------------------------------------

_SUBSCRIPTS = str.maketrans("0123456789+−", "₀₁₂₃₄₅₆₇₈₉₊₋")
_SUPERSCRIPTS = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")
_PRIMES = ("", "′", "″", "‴", "⁗")


def _text(node: Node) -> str:
    match node:
        case Number(digits, exponent):
            return digits if exponent is None else f"{digits}×10{str(exponent).translate(_SUPERSCRIPTS)}"
        case Identifier(text) | Text(text):
            return text
        case Operator(sign):
            return {"∗": "*", "−": "-"}.get(sign, sign)
        case Decorated(base, sub, sup, primes):
            lower = "" if sub is None else _text_subscript(sub)
            upper = "" if sup is None else _text(sup) if isinstance(sup, Operator) else _text_exponent(sup)
            return _text(base) + lower + upper + _primes(primes)
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


def _primes(count: int) -> str:
    return _PRIMES[count] if count < len(_PRIMES) else "′" * count


def _bracketed(text: str) -> str:
    """Round brackets around no brackets, square around round, curly around square."""
    left, right = _BRACKETS[2 if "[" in text else 1 if "(" in text else 0]
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


# LaTeX ---------------------------------------------------------------------------------------------------------------

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
            return _latex_fence(*_around(_latex(body, display=display), depth), is_tall(body))
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
        elif (_is_word(before) or _is_word(after)) and not (_is_upright_application(after) and not _is_word(before)):
            parts.append(rf"\, {text}")
        else:
            # An operator such as \ln brings its own thin space.
            parts.append(f" {text}")
    return "".join(parts)


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


# MathML --------------------------------------------------------------------------------------------------------------

_THIN = '<mspace width="0.167em"/>'
_QUAD = '<mspace width="1em"/>'
_TIMES = "<mo>\u2062</mo>"
_APPLY = "<mo>\u2061</mo>"
_LEFT = ' style="text-align: left"'
# Chromium aligns a cell's formula by the prefixed value alone; others skip it and take the first.
_TO_SIGN = ' style="text-align: right; text-align: -webkit-right; padding-right: 0"'
_FROM_SIGN = ' style="text-align: left; padding-left: 0"'


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
                if not dotted and (_is_word(before) or _is_word(after)):
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
            return _mathml_fence(*_around(inner(body), depth), is_tall(body))
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
            return _mathml_table(map(_mathml_line, relations))
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
    return _mrow([marked, f'<mo lspace="0" rspace="0">{_primes(node.primes)}</mo>']) if node.primes else marked


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


def _mathml_line(line: Relation) -> str:
    first, *others = line.sides
    sign, *signs = line.signs
    rest = _mathml(Relation(tuple(others), tuple(signs)) if signs else others[0])
    return f"<mtd{_TO_SIGN}>{_mathml(first)}</mtd><mtd{_FROM_SIGN}>{_mrow([_mo(sign, 'infix'), rest])}</mtd>"
