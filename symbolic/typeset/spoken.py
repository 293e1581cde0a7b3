"""A formula as English words, to be read aloud.

In the manner of MathSpeak: what a reader sees as a bar, a raised line or a pair of brackets is said where it begins and
where it ends, so that two formulas never sound alike. A short part (a letter, a number, a name with its marks) needs no
such words: 'x over 2', 'r squared', 'F of x'. Capital letters are announced.
"""

import unicodedata
from collections.abc import Mapping
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
)
from .marks import BRACKETS

__all__ = ["to_spoken"]

_LETTERS: Mapping[str, str] = MappingProxyType(
    {
        glyph: (f"capital {word.lower()}" if word[0].isupper() else word)
        for word, glyph in GREEK.items()
        if word != "lamda"
    }
)
_SIGNS: Mapping[str, str] = MappingProxyType(
    {
        "=": "equals",
        "≠": "is not equal to",
        "<": "is less than",
        ">": "is greater than",
        "≤": "is less than or equal to",
        "≥": "is greater than or equal to",
        "≈": "is approximately",
        "∈": "is in",
        "⊂": "is a subset of",
        "⊆": "is a subset of or equal to",
        "∪": "union",
        "∩": "intersection",
        "∖": "without",
        "⇒": "implies",
        "⇔": "if and only if",
        "→": "goes to",
        "↦": "is mapped to",
        "+": "plus",
        "-": "minus",
        "−": "minus",
        "±": "plus or minus",
        "∗": "star",
        "*": "star",
        "·": "times",
        "×": "times",
        "/": "over",
        "^": "to the power",
        "√": "the square root of",
        ",": "comma",
        ";": "semicolon",
        ":": "colon",
        "|": "vertical bar",
        "′": "prime",
        "∞": "infinity",
        "∅": "the empty set",
        "ℝ": "the real numbers",
        "(": "open parenthesis",
        ")": "close parenthesis",
        "[": "open bracket",
        "]": "close bracket",
        "{": "open brace",
        "}": "close brace",
        "\u2009": "",
    }
)
_FUNCTIONS: Mapping[str, str] = MappingProxyType(
    {
        "exp": "the exponential",
        "ln": "the natural logarithm",
        "log": "the logarithm",
        "erf": "the error function",
        "max": "the maximum",
        "min": "the minimum",
        "det": "the determinant",
        "tr": "the trace",
        "sgn": "the sign",
        "sin": "sine",
        "cos": "cosine",
        "tan": "tangent",
        "cot": "cotangent",
        "sec": "secant",
        "csc": "cosecant",
        "sinh": "hyperbolic sine",
        "cosh": "hyperbolic cosine",
        "tanh": "hyperbolic tangent",
        "coth": "hyperbolic cotangent",
        "arcsin": "inverse sine",
        "arccos": "inverse cosine",
        "arctan": "inverse tangent",
        "arsinh": "inverse hyperbolic sine",
        "arcosh": "inverse hyperbolic cosine",
        "artanh": "inverse hyperbolic tangent",
        "Re": "the real part",
        "Im": "the imaginary part",
    }
)
_PRIMES = ("", "prime", "double prime", "triple prime")
_ORDERS = {1: "", 2: "second ", 3: "third "}


def to_spoken(node: Node) -> str:
    """Write a formula as it is read aloud.

    >>> from nullcline.symbolic.notation import Fraction, Identifier, Number, Sum, Term, name
    >>> rise = Sum((Term("+", Number("1")), Term("-", name("r_star"))))
    >>> to_spoken(Fraction(rise, name("tau_E")))
    'the fraction with numerator 1 minus r star and denominator tau sub capital E end fraction'
    """
    return " ".join(_spoken(node).split())


def _spoken(node: Node) -> str:
    match node:
        case Number(digits, exponent):
            if exponent is None:
                return digits
            power = f"minus {-exponent} end power" if exponent < 0 else str(exponent)
            return f"{digits} times 10 to the power {power}"
        case Identifier(text):
            return _word(text)
        case Operator(sign):
            return _sign(sign)
        case Text(text):
            return f"the expression {text} end expression"
        case Decorated(base, sub, sup, primes):
            lower = "" if sub is None else f" sub {_spoken(sub)}{'' if _is_index(sub) else ' end sub'}"
            upper = "" if sup is None else f" {_mark(sup)}"
            return f"{_spoken(base)}{lower}{upper} {_primes(primes)}".rstrip()
        case Sum(terms):
            first, *others = terms
            start = ("minus " if first.sign == "-" else "") + _spoken(first.body)
            return start + "".join(
                f" {'minus' if term.sign == '-' else 'plus'} {_spoken(term.body)}" for term in others
            )
        case Product(factors):
            return " times ".join(map(_spoken, factors))
        case Fraction(numerator, denominator):
            if _is_short(numerator) and _is_short(denominator):
                return f"{_spoken(numerator)} over {_spoken(denominator)}"
            above, below = _spoken(numerator), _spoken(denominator)
            return f"the fraction with numerator {above} and denominator {below} end fraction"
        case Power(base, exponent):
            whole = _is_short(base) or isinstance(base, Group | Fenced)
            return _power(_spoken(base) + ("" if whole else ", all"), exponent)
        case Root(radicand):
            return f"the square root of {_closed(radicand, 'root')}"
        case Group(body, depth):
            left, right = BRACKETS[min(depth, 2)]
            return f"{_sign(left)} {_spoken(body)} {_sign(right)}"
        case Fenced(left, body, right):
            return _fenced(left, body, right)
        case Apply(function, arguments):
            return f"{_function(function)} of {_arguments(arguments)}"
        case Derivative():
            return _derivative(node)
        case BigOperator():
            return _big(node)
        case Relation(sides, signs):
            return _spoken(sides[0]) + "".join(
                f" {_sign(sign)} {_spoken(side)}" for sign, side in zip(signs, sides[1:], strict=True)
            )
        case Sequence(items, separator):
            word = separator.strip()
            return f"{'' if word in ('', ',') else ' ' + word}{' ' if word != ',' else ', '}".join(map(_spoken, items))
        case Cases(branches):
            told = (
                f"case {position}, {_spoken(value)} {'otherwise' if condition is None else f'if {_spoken(condition)}'}"
                for position, (value, condition) in enumerate(branches, start=1)
            )
            return f"{len(branches)} cases: {'; '.join(told)}; end cases"
        case Matrix(rows):
            told = (f"row {position}, {', '.join(map(_spoken, row))}" for position, row in enumerate(rows, start=1))
            return f"the {len(rows)} by {len(rows[0]) if rows else 0} matrix: {'; '.join(told)}; end matrix"
        case Aligned(lines):
            return "; ".join(f"line {position}, {_spoken(line)}" for position, line in enumerate(lines, start=1))
        case _:
            assert_never(node)


def _word(text: str) -> str:
    """A name: a letter by its name, a capital announced; a longer word as it is spelled."""
    if text in _LETTERS:
        return _LETTERS[text]
    if text in _SIGNS:
        return _SIGNS[text]
    if len(text) == 1 and text.isupper():
        return f"capital {text}"
    return "d t" if text == "dt" else text


def _sign(sign: str) -> str:
    return _SIGNS[sign] if sign in _SIGNS else (unicodedata.name(sign, sign).lower() if len(sign) == 1 else sign)


def _mark(sup: Node) -> str:
    """A superscript that is no power: a star, or the inverse of a function."""
    match sup:
        case Operator(sign):
            return _sign(sign)
        case Sum((term,)) if term.sign == "-" and term.body == Number("1"):
            return "inverse"
        case _:
            return f"super {_closed(sup, 'super')}"


def _primes(count: int) -> str:
    return _PRIMES[count] if count < len(_PRIMES) else f"with {count} primes"


def _is_short(node: Node) -> bool:
    """Whether a part is one thing to the ear, so that nothing need tell where it ends."""
    match node:
        case Number(_, None) | Identifier() | Operator():
            return True
        case Decorated(_, sub, sup):
            return all(part is None or _is_short(part) or _mark(part) == "inverse" for part in (sub, sup))
        case _:
            return False


def _is_index(node: Node) -> bool:
    """Whether a subscript is a mark or a row of marks, which ends with them."""
    match node:
        case Number(_, None) | Identifier() | Operator():
            return True
        case Sequence(items):
            return all(map(_is_index, items))
        case _:
            return False


def _closed(node: Node, what: str) -> str:
    """A part with the word for its end, if it needs one."""
    return _spoken(node) if _is_short(node) else f"{_spoken(node)} end {what}"


def _power(base: str, exponent: Node) -> str:
    match exponent:
        case Number("2", None):
            return f"{base} squared"
        case Number("3", None):
            return f"{base} cubed"
        case _:
            return f"{base} to the power {_closed(exponent, 'power')}"


def _function(node: Node) -> str:
    match node:
        case Identifier(text) if text in _FUNCTIONS:
            return _FUNCTIONS[text]
        case Power(base, exponent):
            return _power(_function(base), exponent)
        case _:
            return _spoken(node)


def _arguments(arguments: tuple[Node, ...]) -> str:
    if len(arguments) == 1 and _is_short(arguments[0]):
        return _spoken(arguments[0])
    return f"open parenthesis {', '.join(map(_spoken, arguments))} close parenthesis"


def _fenced(left: str, body: Node, right: str) -> str:
    inside = _spoken(body)
    match left, right:
        case "|", "|":
            return f"the absolute value of {inside} end absolute value"
        case "⌊", "⌋":
            return f"the floor of {inside} end floor"
        case "⌈", "⌉":
            return f"the ceiling of {inside} end ceiling"
        case "{", "}":
            return f"the set {inside} end set"
        case _:
            return f"{_sign(left)} {inside} {_sign(right)}"


def _derivative(node: Derivative) -> str:
    kind = "partial derivative" if node.partial else "derivative"
    order = sum(count for _, count in node.variables)
    by = " and ".join(
        f"{_spoken(variable)}{'' if count == 1 or len(node.variables) == 1 else f' {count} times'}"
        for variable, count in node.variables
    )
    name = f"the {_ORDERS.get(order, f'{order}-fold ')}{kind}"
    if not _is_short(node.operand):
        return f"{name}, with respect to {by}, of {_spoken(node.operand)}"
    return f"{name} of {_spoken(node.operand)} with respect to {by}"


def _big(node: BigOperator) -> str:
    variable, body = _spoken(node.variable), _spoken(node.body)
    lower = "" if node.lower is None else _spoken(node.lower)
    upper = "" if node.upper is None else f" to {_spoken(node.upper)}"
    if node.kind == "limit":
        return f"the limit as {variable} goes to {_approached(node.lower)} of {body} end limit"
    start = f" from {lower}" if lower else ""
    if node.kind == "integral":
        return f"the integral{start}{upper} of {body} with respect to {variable} end integral"
    return f"the {node.kind} over {variable}{start}{upper} of {body} end {node.kind}"


def _approached(target: Node | None) -> str:
    match target:
        case None:
            return ""
        case Power(point, Operator(sign)):
            return f"{_spoken(point)} from {'above' if sign == '+' else 'below'}"
        case _:
            return _spoken(target)
