"""Sentences with formulas in them: which stretches are mathematics, so that a format can set them as such.

The sentences of a derivation are plain text: 'a deviation ε = r − r* changes', 'h′(x) = 1 − w F′(x) vanishes there'.
A single letter is a quantity (but not the words a and I), alone or with others, signs, numbers and brackets around it.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from ..symbolic.notation import Fenced, Group, Identifier, Node, Number, Operator, Power, Root, Sequence, name

__all__ = ["THIN", "TIMES", "Span", "formula", "spans", "tokens"]

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


# The space before a differential, and what stands between the factors of a product.
THIN, TIMES = Operator("\u2009"), Operator("\u2062")


def formula(maths: str) -> Node:
    """Return a stretch of mathematics as a layout tree: quantities, signs and brackets side by side, powers, roots.

    >>> formula("e^(−k)")
    Sequence(items=(Power(base=Identifier(text='e', upright=False), exponent=Sequence(items=(Operator(text='−'), \
Identifier(text='k', upright=False)), separator='')),), separator='')
    """
    pieces = list(tokens(maths))
    items: list[Node] = []
    while pieces:
        _take_next(pieces, items)
    return _side_by_side(items)


def _side_by_side(items: list[Node]) -> Sequence:
    return Sequence(tuple(items), "")


def _take_next(pieces: list[tuple[str, str]], items: list[Node]) -> None:
    """Read the next piece, or the next group of pieces, and take it away."""
    kind, text = pieces.pop(0)
    if kind == "space":
        # Products stand as close as in a displayed formula; only a differential keeps its distance.
        if items and pieces and pieces[0][0] == "name" and not isinstance(items[-1], Operator):
            items.append(THIN if pieces[0][1] == "dt" else TIMES)
    elif kind == "name":
        items.append(_quantity(text))
    elif kind == "number":
        items.append(Number(text))
    elif text == "^" and items:
        base = items.pop()
        raised: list[Node] = []
        if pieces:
            _take_next(pieces, raised)
        # An exponent written e^(...) needs no brackets once it is raised.
        inside = raised[0].body if raised and isinstance(raised[0], Fenced) and raised[0].left == "(" else None
        items.append(_power(base, inside if isinstance(inside, Sequence) else _side_by_side(raised)))
    elif text == "√" and pieces:
        root: list[Node] = []
        _take_next(pieces, root)
        items.append(Root(_side_by_side(root)))
    elif kind == "open":
        items.append(Fenced(text, *_until("close", pieces)))
    elif kind == "bar" and _is_closed(pieces):
        items.append(Fenced("|", *_until("bar", pieces)))
    else:
        items.append(Operator(text))


def _until(kind: str, pieces: list[tuple[str, str]]) -> tuple[Node, str]:
    """Read up to a closing piece; return what is before it, and the piece."""
    inside: list[Node] = []
    while pieces and pieces[0][0] != kind:
        _take_next(pieces, inside)
    return _side_by_side(inside), pieces.pop(0)[1] if pieces else ""


def _is_closed(pieces: list[tuple[str, str]]) -> bool:
    """Say whether a bar follows before the brackets end in which this one stands."""
    depth = 0
    for kind, _ in pieces:
        depth += (kind == "open") - (kind == "close")
        if depth < 0 or (kind == "bar" and depth == 0):
            return depth == 0
    return False


def _power(base: Node, exponent: Node) -> Power:
    """A power; what has something raised already gets brackets."""
    raised = isinstance(base, Power) or getattr(base, "sup", None) is not None
    return Power(Group(base) if raised else base, exponent)


def _quantity(text: str) -> Node:
    """A name such as r*, I_ext, F″ or dr_E, spelled out the way the notation layer reads it."""
    if text[0] == "d" and text[1:2].isalpha() and text != "dt":
        return _side_by_side([Identifier("d"), _quantity(text[1:])])
    power = {"²": "2", "³": "3"}.get(text[-1])
    if power is not None:
        return _power(_quantity(text[:-1]), Number(power))
    plain = text.replace("⁻¹", "^-1").replace("∗", "*").replace("″", "''").replace("′", "'")
    digits = "".join(c for c in plain if c in _SUBSCRIPTS)
    if digits:
        plain = plain.replace(digits, "_" + "".join(_SUBSCRIPTS[c] for c in digits))
    return name(plain)


_SUBSCRIPTS = {**{chr(0x2080 + i): str(i) for i in range(10)}, "₊": "+", "₋": "-"}


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
