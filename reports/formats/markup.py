"""HTML in small pieces: escaped text, elements, and sentences with their formulas as MathML."""

import re
from html import escape
from typing import Any

from ...symbolic.notation import Node, layout, name
from ...symbolic.typeset import to_mathml
from ..prose import spans, tokens

__all__ = ["display", "element", "escaped", "inline", "sentence"]

_NAMESPACE = ' xmlns="http://www.w3.org/1998/Math/MathML"'


def escaped(text: str) -> str:
    """Return text fit for an element's content or for an attribute in double quotes."""
    return escape(text, quote=True)


def element(tag: str, content: str, /, **attributes: str | None) -> str:
    """Return an element around markup; an attribute that is None is left out, `_` in its name becomes `-`.

    >>> element("p", "3 &lt; 4", id="so", class_="note", title=None)
    '<p id="so" class="note">3 &lt; 4</p>'
    """
    written = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escaped(value)}"'
        for key, value in attributes.items()
        if value is not None
    )
    return f"<{tag}{written}>{content}</{tag}>"


def display(formula: Node) -> str:
    """Return a formula as MathML on a line of its own."""
    return to_mathml(formula, display=True).replace(_NAMESPACE, "")


def inline(expression: Any) -> str:
    """Return an expression as MathML in a line of text."""
    return to_mathml(layout(expression), display=False).replace(_NAMESPACE, "")


def sentence(text: str) -> str:
    """Return a sentence as markup, its mathematics as MathML.

    >>> sentence("Set w = 0 & solve.")
    'Set <math><mrow><mi>w</mi><mo>=</mo><mn>0</mn></mrow></math> &amp; solve.'
    """
    written: list[str] = []
    after_maths = False
    for span in filter(lambda span: span.text, spans(text)):
        if span.is_maths:
            written.append(_maths(span.text))
        else:
            closing = re.match(r"[.,;:!?)\]]+", span.text) if after_maths else None
            end = closing.end() if closing else 0
            if end:
                # A line may end after a formula, and a full stop must not begin the next one.
                written[-1] = element("span", written[-1] + escaped(span.text[:end]), class_="whole")
            written.append(_words(span.text[end:]))
        after_maths = span.is_maths
    return "".join(written)


def _words(text: str) -> str:
    """Text with powers of ten raised by the page rather than by whichever font has the small digits."""
    return re.sub("10([⁻⁰¹²³⁴-⁹]+)", lambda power: f"10<sup>{power.group(1).translate(_LOWERED)}</sup>", escaped(text))


_LOWERED = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "−0123456789")


def _maths(text: str) -> str:
    pieces = list(tokens(text))
    written: list[str] = []
    while pieces:
        _write_next(pieces, written)
    return f"<math><mrow>{''.join(written)}</mrow></math>"


def _write_next(pieces: list[tuple[str, str]], written: list[str]) -> None:
    """Write the next piece, or the next group of pieces, and take it away."""
    kind, text = pieces.pop(0)
    if kind == "space":
        # Products stand as close as in a displayed formula; only a differential keeps its distance.
        if written and pieces and pieces[0] == ("name", "dt") and not written[-1].startswith("<mo"):
            written.append('<mspace width="0.17em"/>')
    elif kind == "name":
        written.append(_quantity(text))
    elif kind == "number":
        written.append(f"<mn>{escaped(text)}</mn>")
    elif text == "^" and written:
        base = written.pop()
        raised: list[str] = []
        _write_next(pieces, raised)
        # An exponent written e^(...) needs no brackets once it is raised.
        raised = [part.removeprefix(_OPEN).removesuffix(_CLOSE) for part in raised]
        written.append(f"<msup>{base}<mrow>{''.join(raised)}</mrow></msup>")
    elif text == "√" and pieces:
        root: list[str] = []
        _write_next(pieces, root)
        written.append(f"<msqrt>{''.join(root)}</msqrt>")
    elif kind == "open":
        inside: list[str] = []
        while pieces and pieces[0][0] != "close":
            _write_next(pieces, inside)
        right = pieces.pop(0)[1] if pieces else ""
        written.append(f"<mrow>{_fence(text, 'prefix')}{''.join(inside)}{_fence(right, 'postfix')}</mrow>")
    elif kind == "bar":
        written.append('<mo stretchy="false" lspace="0" rspace="0">|</mo>')
    else:
        is_prefix = text in "−±" and (not written or written[-1].startswith("<mo"))
        tight = ' lspace="0" rspace="0"' if text == "/" or is_prefix else ""
        written.append(f"<mo{tight}>{escaped(text)}</mo>")


def _fence(sign: str, form: str) -> str:
    return f'<mo form="{form}" stretchy="false">{escaped(sign)}</mo>'


_OPEN, _CLOSE = f"<mrow>{_fence('(', 'prefix')}", f"{_fence(')', 'postfix')}</mrow>"


def _quantity(text: str) -> str:
    """A name such as r*, I_ext, F″ or dr_E as MathML, spelled out the way the notation layer reads it."""
    if text[0] == "d" and text[1:2].isalpha() and text != "dt":
        return f"<mrow><mi>d</mi>{_quantity(text[1:])}</mrow>"
    power = {"²": "2", "³": "3"}.get(text[-1])
    if power is not None:
        return f"<msup>{_quantity(text[:-1])}<mn>{power}</mn></msup>"
    plain = text.replace("⁻¹", "^-1").replace("∗", "*").replace("″", "''").replace("′", "'")
    digits = "".join(c for c in plain if c in _SUBSCRIPTS)
    if digits:
        plain = plain.replace(digits, "_" + "".join(_SUBSCRIPTS[c] for c in digits))
    whole = to_mathml(name(plain), display=False).replace(_NAMESPACE, "")
    return whole.removeprefix("<math>").removesuffix("</math>")


_SUBSCRIPTS = {**{chr(0x2080 + i): str(i) for i in range(10)}, "₊": "+", "₋": "-"}
