"""Sentences with formulas in them: which stretches are mathematics, so that a format can set them as such.

The sentences of a derivation are plain text: 'a deviation ε = r − r* changes', 'h′(x) = 1 − w F′(x) vanishes there'.
A single letter is a quantity (but not the words a and I), alone or with others, signs, numbers and brackets around it.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

__all__ = ["Span", "spans", "tokens"]

_GREEK = "α-ωΓΔΘΛΞΠΣΦΨΩ"
_MARKS = r"[₀-₉₊₋]*(?:\*|∗)?[′″]*(?:⁻¹|[²³])?"
_SUBSCRIPT = r"(?:_[A-Za-z0-9]+)+"
_TOKEN = re.compile(
    rf"""
      (?P<space>[ \u00a0]+)
    | (?P<name>
        (?<![\w'’.-])(?:d(?=[rtxhVε](?:_|\b)))?[A-Za-z{_GREEK}](?:{_SUBSCRIPT})?{_MARKS}(?![\w'’-]|\.\w)
      )
    | (?P<number>(?<![\w.])\d+(?:\.\d+)?(?![\w]|\.\d))
    | (?P<sign>[=<>≤≥≠≈±+−·×/^√])
    | (?P<bar>\|)
    | (?P<open>[(\[{{])
    | (?P<close>[)\]}}])
    | (?P<word>\w+|.)
    """,
    re.VERBOSE | re.DOTALL,
)
# Words of English rather than quantities, unless a sign follows.
_WORDS = frozenset({"a", "A", "I", "E"})


@dataclass(frozen=True)
class Span:
    """A stretch of a sentence, either words or mathematics."""

    text: str
    is_maths: bool


@dataclass(frozen=True)
class _Token:
    kind: str
    text: str


def spans(sentence: str) -> tuple[Span, ...]:
    """Return the sentence in stretches of words and of mathematics; joined they are the sentence.

    >>> [s.text for s in spans("Put r = r* + ε into F(I_ext), a line.") if s.is_maths]
    ['r = r* + ε', 'F(I_ext)']
    """
    parts: list[Span] = []
    for run, is_maths in _runs(_with_loose_brackets_as_words(list(_scan(sentence)))):
        text = "".join(token.text for token in run)
        if parts and parts[-1].is_maths == is_maths and not is_maths:
            parts[-1] = Span(parts[-1].text + text, False)
        else:
            parts.append(Span(text, is_maths))
    return tuple(parts)


def tokens(maths: str) -> tuple[tuple[str, str], ...]:
    """Return the pieces of a stretch of mathematics with their kinds: name, number, sign, bar, open, close, space.

    >>> tokens("e^(−kh)")[2:]
    (('open', '('), ('sign', '−'), ('name', 'k'), ('name', 'h'), ('close', ')'))
    """
    pieces: list[tuple[str, str]] = []
    for match in _TOKEN.finditer(maths):
        kind, text = str(match.lastgroup), match.group()
        # kh is a product of two quantities.
        pieces += [("name", letter) for letter in text] if kind == "word" and text.isalpha() else [(kind, text)]
    return tuple(pieces)


def _scan(sentence: str) -> Iterator[_Token]:
    for match in _TOKEN.finditer(sentence):
        kind, text = str(match.lastgroup), match.group()
        if kind == "name" and text in _WORDS and not re.match(r"\s*[=<>≤≥^·/]", sentence[match.end() :]):
            kind = "word"
        if kind == "word" and _is_product_in_exponent(sentence, match.start(), text):
            kind = "name"
        yield _Token(kind, text)


def _is_product_in_exponent(sentence: str, start: int, text: str) -> bool:
    return len(text) == 2 and text.isalpha() and bool(re.search(r"\^\([^()\s]*$", sentence[:start]))


def _with_loose_brackets_as_words(found: list[_Token]) -> list[_Token]:
    """Brackets and bars without a partner in the same stretch of mathematics belong to the words."""
    result = list(found)
    opened: list[int] = []
    bars: list[int] = []

    def demote(positions: list[int]) -> None:
        for position in positions:
            result[position] = _Token("word", found[position].text)
        positions.clear()

    for position, token in enumerate(found):
        if token.kind == "open":
            opened.append(position)
        elif token.kind == "close":
            if opened:
                opened.pop()
            else:
                result[position] = _Token("word", token.text)
        elif token.kind == "bar":
            bars = bars[:-1] if bars else [position]
        elif token.kind == "word":
            demote(opened)
            demote(bars)
    demote(opened)
    demote(bars)
    return result


def _runs(found: list[_Token]) -> Iterator[tuple[list[_Token], bool]]:
    run: list[_Token] = []
    for token in [*found, _Token("word", "")]:
        if token.kind != "word":
            run.append(token)
            continue
        yield from _trimmed(run)
        yield [token], False
        run = []


def _trimmed(run: list[_Token]) -> Iterator[tuple[list[_Token], bool]]:
    """Cut from a stretch what belongs to the words around it: spaces, and signs with nothing on one side."""
    if not any(token.kind == "name" for token in run):
        if run:
            yield run, False
        return
    start, end = 0, len(run)
    while run[start].kind == "space" or (run[start].kind == "sign" and run[start].text not in "−±√"):
        start += 1
    while run[end - 1].kind in ("space", "sign"):
        end -= 1
    yield run[:start], False
    yield run[start:end], True
    yield run[end:], False
