"""What a report says of a step, a check or a cell, in pieces that every format sets in its own way.

A sentence goes through `phrases`, an equation is a layout tree (`symbolic.notation`): a format needs a writer of such
trees, and the rest is its own.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

import sympy

from ..symbolic.derivation import CheckResult, Step, Verdict
from ..symbolic.errors import escaped
from ..symbolic.model import RateModel
from ..symbolic.notation import Aligned, Node, Relation, Sequence, layout
from ..symbolic.verbatim import Verbatim, pieces
from .content import Chapter, Entry, Illustration, Row, Table
from .numbers import residual
from .prose import Span, formula, spans

__all__ = [
    *("Cell", "Condition", "Finding"),
    *("cells", "cited", "condition", "finding", "lines", "number_of_checks", "parts", "phrases", "visible"),
]


def phrases(sentence: str) -> tuple[str | Node, ...]:
    """Return a sentence as words and formulas, in order; in a user's words no formula is looked for.

    >>> phrases("Set w = 0, then")[0], phrases("Set w = 0, then")[2]
    ('Set ', ', then')
    >>> from nullcline.symbolic.verbatim import Sentence
    >>> phrases(Sentence("It is from ", Verbatim("w = 0"), ", they say."))
    ('It is from w = 0, they say.',)
    """
    found: list[str | Node] = []
    for piece in pieces(sentence):
        for span in (Span(str(piece), False),) if isinstance(piece, Verbatim) else spans(piece):
            if span.is_maths:
                found.append(formula(span.text))
            elif found and isinstance(found[-1], str):
                found[-1] += span.text
            elif span.text:
                found.append(span.text)
    return tuple(found)


def visible(text: str) -> str:
    """Return a text on one line without characters that a program might obey: they are named instead.

    >>> visible("a\\nb\\x1b[2J")
    'a b<U+001B>[2J'
    """
    spaced = re.sub(r"[\t\n\r\u2028\u2029]+", " ", text)
    return "".join(escaped(c) if unicodedata.category(c)[0] == "C" else c for c in spaced)


def parts(chapter: Chapter) -> Iterator[Table | Entry | tuple[Illustration, ...]]:
    """Go through a chapter in the order of reading; its figures come together.

    Numbers come first where they are what the chapter is about.
    """
    if not chapter.entries:
        yield from chapter.tables
    yield from chapter.entries
    if chapter.illustrations:
        yield chapter.illustrations
    if chapter.entries:
        yield from chapter.tables


# A step ---------------------------------------------------------------------------------------------------------------


def lines(step: Step) -> tuple[Node, ...]:
    """Return what the equation of a step shows, line by line: the line for any F first, then the explicit one.

    They are one tree, aligned at the sign, where they say the same of one name.
    """
    explicit = layout(step.equation)
    if step.general is None:
        return _apart(explicit)
    general = layout(step.general)
    pairs = list(zip(_relations(general), _relations(explicit), strict=False))
    if all(len(g.sides) == len(e.sides) == 2 and g.sides[0] == e.sides[0] for g, e in pairs) and pairs:
        return (Aligned(tuple(line for g, e in pairs for line in (g, Relation((_NOTHING, e.sides[1]), ("=",))))),)
    return (*_apart(general), *_apart(explicit))


_NOTHING = Sequence(())


def _relations(whole: Node) -> tuple[Relation, ...]:
    match whole:
        case Relation():
            return (whole,)
        case Aligned(aligned):
            return aligned
    return ()


def _apart(whole: Node) -> tuple[Node, ...]:
    """Relations that are joined by a word get a line each."""
    return whole.items if isinstance(whole, Sequence) and whole.separator.strip().isalpha() else (whole,)


@dataclass(frozen=True)
class Condition:
    """Where an equation holds (`word` is "for"), or what a name in it stands for (`word` is "where")."""

    word: str
    formula: Node


def condition(step: Step, model: RateModel) -> Condition | None:
    """Return the condition of a step; None where it holds without one."""
    if step.condition is sympy.true:
        return None
    given = {p.symbol for p in model.parameters.values()}
    defines = isinstance(step.condition, sympy.Eq) and step.condition.lhs not in given
    return Condition("where" if defines else "for", layout(step.condition))


def cited(step: Step, entries: tuple[Entry, ...]) -> tuple[Entry, ...]:
    """Return the entries from which a step follows, in the order of the report: "From (2.1) and (3.1)."."""
    return tuple(entry for entry in entries if entry.step.key in step.follows_from)


# What was found -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Finding:
    """What a check has found: words before its residual, the residual, words after it.

    `residual` is a sentence; where `is_code` says so it is an expression of SymPy as SymPy prints it.
    """

    before: str
    residual: str = ""
    after: str = ""
    is_code: bool = False

    def __str__(self) -> str:
        return f"{self.before}{self.residual}{self.after}"


def finding(result: CheckResult) -> Finding:
    """Return what a check has found; its name and its verdict stand beside it."""
    at = f" at {result.points} points"
    if result.verdict is Verdict.PROVED:
        return Finding("the difference is exactly 0")
    if result.verdict is Verdict.VERIFIED:
        return Finding("largest residual ", residual(result.residual), at)
    if result.verdict is Verdict.UNDECIDED:
        return Finding("not decided symbolically; what is left: ", result.residual, is_code=True)
    return Finding("residual ", residual(result.residual), at if result.points else "")


def number_of_checks(entry: Entry) -> str:
    """Return how many checks a step has, in words.

    >>> from nullcline.reports import Report
    >>> from nullcline.symbolic import RateModel
    >>> number_of_checks(Report.of(RateModel.single()).entries[0])
    '2 checks'
    """
    count = len(entry.results)
    return f"{count} check{'' if count == 1 else 's'}" if count else "no check"


# A table --------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Cell:
    """A cell of a table: a sentence, and what it is beyond that.

    It is a parameter that has a `formula`, the title of the step whose key is `step`, or a verdict.
    """

    text: str
    formula: Node | None = None
    step: str | None = None
    is_verdict: bool = False


def cells(row: Row, model: RateModel) -> tuple[Cell, ...]:
    """Return the cells of a row."""
    return tuple(_cell(text, position, row, model) for position, text in enumerate(row.cells))


def _cell(text: str, position: int, row: Row, model: RateModel) -> Cell:
    if position == 0 and text == row.data.get("name") and text in model.parameters:
        return Cell(text, formula=layout(model.parameters[text].symbol))
    if position == 0 and "step" in row.data:
        return Cell(text, step=row.data["step"])
    return Cell(text, is_verdict=text == row.data.get("verdict"))
