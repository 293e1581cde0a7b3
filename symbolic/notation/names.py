"""Names: how one is written, by its spelling alone."""

import re
from collections.abc import Mapping
from types import MappingProxyType

from .nodes import Decorated, Identifier, Node, Number, Operator, Sequence, Sum, Term
from .roles import WEIGHTS

__all__ = ["GREEK", "INVERSE", "literal", "name"]

_SMALL = (
    *(
        "alpha",
        "beta",
        "gamma",
        "delta",
        "epsilon",
        "zeta",
        "eta",
        "theta",
        "iota",
        "kappa",
        "lambda",
        "mu",
        "nu",
        "xi",
    ),
    *("pi", "rho", "sigma", "tau", "upsilon", "phi", "chi", "psi", "omega"),
)
_CAPITAL = ("Gamma", "Delta", "Theta", "Lambda", "Xi", "Pi", "Sigma", "Upsilon", "Phi", "Psi", "Omega")
GREEK: Mapping[str, str] = MappingProxyType(
    {
        **dict(zip(_SMALL, "αβγδεζηθικλμνξπρστυφχψω", strict=True)),
        **dict(zip(_CAPITAL, "ΓΔΘΛΞΠΣΥΦΨΩ", strict=True)),
        "lamda": "λ",
    }
)
_MARKS: Mapping[str, Operator | Identifier] = MappingProxyType(
    {
        **dict.fromkeys(["minus", "-", "−"], Operator("−")),
        **dict.fromkeys(["plus", "+"], Operator("+")),
        **dict.fromkeys(["inf", "oo", "infty", "infinity"], Identifier("∞", upright=True)),
    }
)
INVERSE = Sum((Term("-", Number("1")),))
_STAR = Operator("∗")


def name(text: str) -> Identifier | Decorated:
    """How a name is written, by its spelling alone.

    >>> name("tau_E")
    Decorated(base=Identifier(text='τ', upright=False), sub=Identifier(text='E', upright=False), sup=None, primes=0)
    >>> name("gain")
    Identifier(text='gain', upright=True)
    """
    rest, sup, primes = _strip_marks(_marked(text))
    head, *suffixes = rest.split("_")
    head, sup_inside, primes_inside = _strip_marks(head)
    sup, primes = sup or sup_inside, primes + primes_inside
    parts = re.fullmatch(r"([^\W\d_]+)(\d*)", head)
    if parts is None or not all(suffixes):
        return literal(text)
    letters, digits = parts.groups()
    if _is_glyph(letters):
        base = _glyph(letters)
        subscripts = [digits, *suffixes] if digits else suffixes
    elif suffixes:
        base = Identifier("_".join([head, *suffixes[:-1]]), upright=True)
        subscripts = suffixes[-1:]
    else:
        base = Identifier(letters, upright=True)
        subscripts = [digits] if digits else []
    indices = tuple(_index(part, of_weight=letters in WEIGHTS) for part in subscripts)
    sub = None if not indices else indices[0] if len(indices) == 1 else Sequence(indices, ",")
    return Decorated(base, sub, sup, primes) if sub or sup or primes else base


def _marked(text: str) -> str:
    """Turn the words that stand for marks, in names that are to be read back by programs, into the marks."""
    return re.sub(r"_(\w)_next$", r"_\1+1", re.sub(r"_star$", "*", text))


def _strip_marks(text: str) -> tuple[str, Node | None, int]:
    """Take the star, the inverse sign and the primes off the end of a name."""
    sup: Node | None = None
    primes = 0
    while text:
        if text.endswith(("'", "′")):
            text, primes = text[:-1], primes + 1
        elif text.endswith("*") and sup is None:
            text, sup = text[:-1], _STAR
        elif text.endswith("^-1") and sup is None:
            text, sup = text[:-3], INVERSE
        else:
            break
    return text, sup, primes


def literal(text: str) -> Identifier:
    """The name as it is spelled, upright."""
    return Identifier(text, upright=True)


def _is_glyph(letters: str) -> bool:
    return len(letters) == 1 or letters in GREEK or letters == "dt"


def _glyph(letters: str) -> Identifier:
    glyph = GREEK.get(letters, letters)
    return Identifier(glyph, upright=glyph in "ΓΔΘΛΞΠΣΥΦΨΩ")


def _index(part: str, *, of_weight: bool) -> Node:
    """A part of a subscript; two capitals on a weight are two indices, any other word is upright."""
    if part in _MARKS:
        return _MARKS[part]
    if part.isdecimal():
        return Number(part)
    if shifted := re.fullmatch(r"(\w+?)([+\-−])(\w+)", part):
        left, sign, right = shifted.groups()
        terms = (
            Term("+", _index(left, of_weight=False)),
            Term("+" if sign == "+" else "-", _index(right, of_weight=False)),
        )
        return Sum(terms)
    if part in GREEK or len(part) == 1:
        return _glyph(part)
    if re.fullmatch(r"[A-Za-z]\d+", part):
        return Sequence((Identifier(part[0]), Number(part[1:])), ",")
    if of_weight and re.fullmatch(r"[A-Z]{2}|[ijkl]{2}", part):
        return Sequence(tuple(Identifier(letter) for letter in part), "")
    return Identifier(part, upright=True)
