"""HTML in small pieces: escaped text, elements, and sentences with their formulas as MathML."""

import re
from html import escape

from ...symbolic.notation import Fenced, Node, Number, Operator, Power, Root, Sequence
from ...symbolic.typeset import to_mathml
from ..prose import THIN, TIMES
from ..wording import phrases, visible

__all__ = ["display", "element", "escaped", "inline", "sentence"]

_NAMESPACE = ' xmlns="http://www.w3.org/1998/Math/MathML"'


def escaped(text: str) -> str:
    """Return text fit for an element's content or for an attribute in double quotes."""
    return escape(visible(text), quote=True)


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


def inline(formula: Node) -> str:
    """Return a formula as MathML in a line of text."""
    return to_mathml(formula, display=False).replace(_NAMESPACE, "")


def sentence(text: str) -> str:
    """Return a sentence as markup, its mathematics as MathML.

    >>> sentence("Set w = 0 & solve.")
    'Set <math><mrow><mi>w</mi><mo>=</mo><mn>0</mn></mrow></math> &amp; solve.'
    """
    written: list[str] = []
    after_maths = False
    for phrase in phrases(text):
        if isinstance(phrase, str):
            closing = re.match(r"[.,;:!?)\]]+", phrase) if after_maths else None
            end = closing.end() if closing else 0
            if end:
                # A line may end after a formula, and a full stop must not begin the next one.
                written[-1] = element("span", written[-1] + escaped(phrase[:end]), class_="whole")
            written.append(_words(phrase[end:]))
        else:
            written.append(_maths(phrase))
        after_maths = not isinstance(phrase, str)
    return "".join(written)


def _words(text: str) -> str:
    """Text with powers of ten raised by the page rather than by whichever font has the small digits."""
    return re.sub("10([⁻⁰¹²³⁴-⁹]+)", lambda power: f"10<sup>{power.group(1).translate(_LOWERED)}</sup>", escaped(text))


_LOWERED = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "−0123456789")


def _maths(formula: Node) -> str:
    """A formula in a sentence, its signs spaced as in a line of text."""
    return f"<math><mrow>{''.join(_pieces(formula))}</mrow></math>"


def _pieces(node: Node) -> list[str]:
    """The elements that stand side by side."""
    match node:
        case Sequence(items, ""):
            written: list[str] = []
            for item in items:
                if item != TIMES:
                    written += [_sign(item.text, written)] if isinstance(item, Operator) else _piece(item)
            return written
        case _:
            return _piece(node)


def _piece(node: Node) -> list[str]:
    match node:
        case Sequence():
            return [f"<mrow>{''.join(_pieces(node))}</mrow>"]
        case Number(digits, None):
            return [f"<mn>{escaped(digits)}</mn>"]
        case Power(base, Number(digits, None)):
            return [f"<msup>{_one(base)}<mn>{escaped(digits)}</mn></msup>"]
        case Power(base, exponent):
            return [f"<msup>{_one(base)}<mrow>{''.join(_pieces(exponent))}</mrow></msup>"]
        case Root(radicand):
            return [f"<msqrt>{''.join(_pieces(radicand))}</msqrt>"]
        case Fenced("|", body, "|"):
            return [_BAR, *_pieces(body), _BAR]
        case Fenced(left, body, right):
            return [f"<mrow>{_fence(left, 'prefix')}{''.join(_pieces(body))}{_fence(right, 'postfix')}</mrow>"]
        case _:
            whole = to_mathml(node, display=False).replace(_NAMESPACE, "")
            return [whole.removeprefix("<math>").removesuffix("</math>")]


def _one(node: Node) -> str:
    parts = _piece(node)
    return parts[0] if len(parts) == 1 else f"<mrow>{''.join(parts)}</mrow>"


def _sign(text: str, before: list[str]) -> str:
    if text == THIN.text:
        return '<mspace width="0.17em"/>'
    if text == "|":
        return _BAR
    is_prefix = text in "−±" and (not before or before[-1].startswith("<mo"))
    tight = ' lspace="0" rspace="0"' if text == "/" or is_prefix else ""
    return f"<mo{tight}>{escaped(text)}</mo>"


_BAR = '<mo stretchy="false" lspace="0" rspace="0">|</mo>'


def _fence(sign: str, form: str) -> str:
    return f'<mo form="{form}" stretchy="false">{escaped(sign)}</mo>'
