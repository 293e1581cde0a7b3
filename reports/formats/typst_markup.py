"""Typst in small pieces: calls, lists, sentences, and formulas, each with the words to read it aloud."""

import re
from collections.abc import Iterable, Iterator

from ...symbolic.notation import Aligned, Node, Number
from ...symbolic.typeset import to_spoken, to_text, to_typst
from ...symbolic.typeset.typst import quoted
from ...symbolic.typeset.typst_lines import ENCLOSED, Line, Piece, to_typst_lines
from ..wording import phrases, visible

__all__ = ["breakable", "call", "content", "display", "inline", "listed", "quoted", "sentence"]


def call(function: str, *arguments: str, **named: str) -> str:
    """Return a call of a function of the template with arguments that are written already.

    >>> call("step", quoted("4.2"), holds="true")
    'step("4.2", holds: true)'
    """
    written = [*arguments, *(f"{name}: {value}" for name, value in named.items())]
    return f"{function}({', '.join(written)})"


def listed(items: Iterable[str]) -> str:
    """Return an array.

    >>> listed(["1"]), listed([])
    ('(1,)', '()')
    """
    return "(" + "".join(f"{item}," for item in items) + ")"


def content(parts: Iterable[str]) -> str:
    """Return expressions, set one after the other, as one piece of content."""
    return "[" + "".join(f"#{part}" for part in parts) + "]"


def inline(formula: Node, *, full_size: bool = False) -> str:
    """Return a formula in a line of text; its fractions are small unless it has the full size of a displayed one."""
    written = to_typst(formula)
    return call("m", quoted(to_spoken(formula)), f"$display({written})$" if full_size else f"${written}$")


# A formula longer than this, as text, may be wider than a page.
_WIDE = 45


def display(formula: Node) -> str:
    """Return a formula for a line of its own: how it is spoken, how it is set, and where it may be broken."""
    long = any(len(to_text(line)) > _WIDE for line in (formula.lines if isinstance(formula, Aligned) else (formula,)))
    lines = listed(map(_line, to_typst_lines(formula))) if long else "none"
    return listed([quoted(to_spoken(formula)), f"$ {to_typst(formula)} $", lines])


def _line(line: Line) -> str:
    return _dictionary(
        head=f"${line.head}$",
        pieces=_with_signs(line.pieces),
        branches=listed(
            _dictionary(
                pieces=_with_signs(branch.pieces), condition=f"${branch.condition}$" if branch.condition else "none"
            )
            for branch in line.branches
        ),
        before=f"{ENCLOSED} => ${line.before}$",
        after=f"{ENCLOSED} => ${line.after}$",
    )


def _with_signs(pieces: Iterable[Piece]) -> str:
    return listed(
        _dictionary(rank=str(piece.rank), sign=f"${piece.sign}$" if piece.sign else "none", body=f"${piece.body}$")
        for piece in pieces
    )


def _dictionary(**entries: str) -> str:
    return "(" + ", ".join(f"{name}: {value}" for name, value in entries.items()) + ")"


def sentence(text: str) -> str:
    """Return a sentence as content, its mathematics set as such.

    >>> sentence("Set w = 0 & solve.")
    '[#"Set "#m("w equals 0", $w=0$)#" & solve."]'
    """
    return content(piece for phrase in phrases(text) for piece in _pieces(phrase))


def breakable(text: str) -> str:
    """Return text with places to end a line in words that are longer than words are, so that none leaves the page."""
    return re.sub(r"(\S{30})(?=\S)", "\\1\u200b", text)


_POWER_OF_TEN = re.compile(r"(\d+(?:\.\d+)?) × 10([⁻⁰¹²³⁴-⁹]+)")
_LOWERED = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")


def _pieces(phrase: str | Node) -> Iterator[str]:
    if not isinstance(phrase, str):
        yield inline(phrase)
        return
    phrase = breakable(visible(phrase))
    end = 0
    for power in _POWER_OF_TEN.finditer(phrase):
        if power.start() > end:
            yield quoted(phrase[end : power.start()])
        yield inline(Number(power.group(1), int(power.group(2).translate(_LOWERED))))
        end = power.end()
    if phrase[end:]:
        yield quoted(phrase[end:])
