"""LaTeX in small pieces: words that are set letter by letter, sentences with their formulas, cells of tables.

Only ASCII is written, so that every engine reads it: other letters become commands, and what has none is named.
"""

import re
import unicodedata

from ...symbolic.errors import escaped
from ...symbolic.notation import GREEK, Node
from ...symbolic.typeset import to_latex, to_text
from .. import wording

__all__ = ["ESCAPES", "code", "heading", "inline", "sentence", "words"]

_MATHS = {
    **{glyph: f"\\{word}" for word, glyph in GREEK.items() if word != "lamda"},
    "ε": r"\varepsilon",
    "φ": r"\varphi",
    "ο": "o",
    "Ο": "O",
    "−": "-",
    "×": r"\times",
    "·": r"\cdot",
    "±": r"\pm",
    "≤": r"\le",
    "≥": r"\ge",
    "≠": r"\ne",
    "≈": r"\approx",
    "∞": r"\infty",
    "√": r"\surd",
    "→": r"\to",
    "∂": r"\partial",
    "∈": r"\in",
    "∗": "*",
    "′": "{}'",
    "″": "{}''",
}
# What LaTeX reads as something else than itself.
ESCAPES = {
    "\\": r"\textbackslash{}",
    **{c: f"\\{c}" for c in "{}$&#%_"},
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    "`": r"\textasciigrave{}",
}
_TEXT = {
    **ESCAPES,
    '"': r"\textquotedbl{}",
    "’": "'",
    "‘": "`",
    "“": "``",
    "”": "''",
    "–": "--",
    "—": "---",
    "…": r"\dots{}",
    "\u00a0": "~",
    "\u2009": r"\,",
    "ß": r"\ss{}",
    "ø": r"\o{}",
    "Ø": r"\O{}",
    "æ": r"\ae{}",
    "Æ": r"\AE{}",
    "œ": r"\oe{}",
    "Œ": r"\OE{}",
    "ı": r"\i{}",
    "ł": r"\l{}",
    "Ł": r"\L{}",
    "§": r"\S{}",
    "°": r"\textdegree{}",
    "µ": r"\textmu{}",
}
# Marks over and under letters: Unicode's own characters for them, and the commands.
_ACCENTS = {
    "\u0300": "`",
    "\u0301": "'",
    "\u0302": "^",
    "\u0303": "~",
    "\u0304": "=",
    "\u0306": "u",
    "\u0307": ".",
    "\u0308": '"',
    "\u030a": "r",
    "\u030b": "H",
    "\u030c": "v",
    "\u0323": "d",
    "\u0327": "c",
    "\u0328": "k",
}
_RAISED = {**dict(zip("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789", strict=True)), "⁻": "-", "⁺": "+"}
_LOWERED = {**dict(zip("₀₁₂₃₄₅₆₇₈₉", "0123456789", strict=True)), "₋": "-", "₊": "+"}
# A number as reports write it, a raised or lowered number, or one character.
_PIECE = re.compile(
    rf"(?P<number>−?\d+(?:\.\d+)?(?P<power> × 10[{''.join(_RAISED)}]+)?)"
    rf"|(?P<run>'{{2,}}|-{{2,}})|(?P<raised>[{''.join(_RAISED)}]+)|(?P<lowered>[{''.join(_LOWERED)}]+)|(?P<other>.)",
    re.DOTALL,
)


def words(text: str) -> str:
    r"""Return text that LaTeX sets letter by letter, its numbers as numbers.

    >>> words("50% of −1.5 × 10⁻⁸ in a {Tübingen}")
    '50\\% of $-1.5 \\times 10^{-8}$ in a \\{T\\"{u}bingen\\}'
    """
    return "".join(_piece(found) for found in _PIECE.finditer(wording.visible(text)))


def _piece(found: re.Match[str]) -> str:
    text = found.group()
    if found["number"]:
        mantissa, times, power = text.partition(" × 10")
        if times:
            return rf"${mantissa.replace('−', '-')} \times 10^{{{_translated(power, _RAISED)}}}$"
        return f"${text.replace('−', '-')}$" if text.startswith("−") else text
    if found["run"]:
        # Two of them would be set as one other sign.
        return "{}".join(text)
    if found["raised"]:
        return f"$^{{{_translated(text, _RAISED)}}}$"
    if found["lowered"]:
        return f"$_{{{_translated(text, _LOWERED)}}}$"
    return _character(text)


def _translated(text: str, table: dict[str, str]) -> str:
    return "".join(table[c] for c in text)


def _character(c: str) -> str:
    if c in _TEXT:
        return _TEXT[c]
    if c in _MATHS:
        return f"${_MATHS[c]}$"
    if c.isascii():
        return c
    letter, *marks = list(unicodedata.normalize("NFD", c))
    if letter.isascii() and letter.isalpha() and marks and all(mark in _ACCENTS for mark in marks):
        for mark in marks:
            # Over an i or a j the dot makes way.
            letter = rf"\{_ACCENTS[mark]}{{{letter}}}"
        return letter
    return "".join(_TEXT.get(each, each) for each in escaped(c))


def code(text: str) -> str:
    """Return an expression as code, which may go on in the next line after a sign."""
    parts = re.split(r"(?<=[*+,( ])", wording.visible(text))
    broken = r"\allowbreak{}".join(map(words, parts))
    return rf"\texttt{{{broken}}}"


def sentence(text: str) -> str:
    """Return a sentence with its formulas in math mode.

    >>> sentence("Set w = 0 & solve.")
    'Set $w=0$ \\\\& solve.'
    """
    return "".join(words(piece) if isinstance(piece, str) else inline(piece) for piece in wording.phrases(text))


def heading(text: str) -> str:
    """Return a sentence for a heading, its formulas spelled out as well where a bookmark cannot have them."""
    return "".join(
        words(piece) if isinstance(piece, str) else rf"\texorpdfstring{{{inline(piece)}}}{{{_spelled(piece)}}}"
        for piece in wording.phrases(text)
    )


def inline(formula: Node) -> str:
    """Return a formula in a line of text."""
    return f"${to_latex(formula)}$"


def _spelled(formula: Node) -> str:
    names = {glyph: word for word, glyph in GREEK.items() if word != "lamda"}
    spelled = "".join(names.get(c, c) for c in to_text(formula))
    return "".join(_TEXT.get(c, c) for c in spelled.replace("′", "'") if c.isascii() and c not in "'\"`^~")
