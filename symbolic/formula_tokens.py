"""A formula's text as tokens: numbers, names and signs, each with its place. What is none of these is refused."""

import math
import re
import unicodedata
from dataclasses import dataclass
from fractions import Fraction

from .errors import FormulaError, escaped
from .formula_names import NAME

LONGEST_TEXT, LONGEST_NUMBER = 2000, 40

_SPACE = " \t\r\n"
_NUMBER = re.compile(r"(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_SIGNS = ("**", "<=", ">=", "+", "-", "*", "/", "^", "(", ")", ",", "<", ">")
_INSTEAD = {
    "==": "values are compared by < <= > >=",
    "!=": "values are compared by < <= > >=",
    "<<": "there are no shifts: write u*2**n",
    ">>": "there are no shifts: write u/2**n",
    "//": "there is no division without remainder: write u/v",
    "=": "a formula is only what stands to the right of '='",
    "%": "there is no remainder",
    "&": "write and",
    "|": "write or, or abs(u) for |u|",
    "!": "write not",
    "~": "write not",
    ".": "a point stands only in a number (write exp(x), not np.exp(x))",
    "[": "use parentheses",
    "]": "use parentheses",
    "{": "use parentheses",
    "}": "use parentheses",
    "'": "there are no texts in a formula",
    '"': "there are no texts in a formula",
    ";": "a formula is one expression",
    ":": "a formula is one expression",
}


@dataclass(frozen=True, slots=True)
class Token:
    """A number, a name or word, a sign, or the end."""

    kind: str
    text: str
    position: int

    def __str__(self) -> str:
        return "the end" if self.kind == "end" else repr(self.text)


def tokens(text: str) -> list[Token]:
    """Return the tokens of a text, the last of them the end.

    Raises FormulaError for a text that is too long, and for a character that no formula has.
    """
    if len(text) > LONGEST_TEXT:
        line = f"a formula has at most {LONGEST_TEXT:,} characters, this one has {len(text):,}"
        raise FormulaError(f"{line}: shorten it", text, LONGEST_TEXT)
    found: list[Token] = []
    position = 0
    while position < len(text):
        if text[position] in _SPACE:
            position += 1
            continue
        token = _token(text, position)
        found.append(token)
        position += len(token.text)
    return [*found, Token("end", "", len(text.rstrip(_SPACE)))]


def _token(text: str, position: int) -> Token:
    if word := _WORD.match(text, position):
        if not NAME.fullmatch(word[0]):
            shown = word[0] if len(word[0]) <= 40 else f"{word[0][:37]}..."
            line = f"'{shown}' is no name: 1 to 32 letters, digits and underscores, the first a letter"
            raise FormulaError(line, text, position)
        return Token("name", word[0], position)
    if number := _NUMBER.match(text, position):
        _refuse_spelling(number[0], text, position)
        return Token("number", number[0], position)
    for sign in ("==", "<<", ">>", "//"):
        if text.startswith(sign, position):
            raise FormulaError(f"'{sign}' is no sign of a formula: {_INSTEAD[sign]}", text, position)
    for sign in _SIGNS:
        if text.startswith(sign, position):
            return Token("sign", sign, position)
    raise FormulaError(_unknown(text, position), text, position)


def _refuse_spelling(number: str, text: str, position: int) -> None:
    end = position + len(number)
    if len(number) > LONGEST_NUMBER:
        line = f"a number has at most {LONGEST_NUMBER} characters, this one has {len(number):,}"
        raise FormulaError(f"{line}: a double holds 17 digits", text, position)
    after = text[end : end + 1]
    if after == "_":
        raise FormulaError("a number has no underscores: write the digits together", text, end)
    if after == ".":
        raise FormulaError("a number has one point", text, end)


def value(number: Token, text: str) -> Fraction:
    """Return the exact value of a number; raise FormulaError for one that no double can hold.

    >>> value(Token("number", "0.1", 0), "0.1")
    Fraction(1, 10)
    """
    nearest = float(number.text)
    if not math.isfinite(nearest):
        raise FormulaError(f"{number.text} is beyond the largest double, 1.8e308", text, number.position)
    if nearest == 0:
        if re.search("[1-9]", re.split("[eE]", number.text)[0]):
            raise FormulaError(f"{number.text} is below the smallest double, 5e-324", text, number.position)
        # Of zero the exponent may be anything, and would be written out.
        return Fraction(0)
    return Fraction(number.text)


def _unknown(text: str, position: int) -> str:
    for sign, instead in _INSTEAD.items():
        if text.startswith(sign, position):
            return f"{sign!r} is no sign of a formula: {instead}"
    character = text[position]
    if " " < character <= "~":
        return f"{character!r} is no sign of a formula"
    name = unicodedata.name(character, "a control character" if ord(character) < 0xA0 else "not printable").lower()
    like = unicodedata.normalize("NFKC", character)
    hint = f": write {like}" if like != character and like.isascii() and like.isprintable() else ""
    hint = hint or _LIKE.get(character, "")
    return f"{escaped(character)} ({name}) is no character of a formula{hint}"


_LIKE = {
    "−": ": write -",
    "–": ": write -",
    "×": ": write *",
    "·": ": write *",
    "⋅": ": write *",
    "÷": ": write /",
    "≤": ": write <=",
    "≥": ": write >=",
    "θ": ": write theta",
    "ϑ": ": write theta",
    "π": ": write pi",
    "√": ": write sqrt(u)",
    "∞": ": there is no infinite number in a formula",
}
