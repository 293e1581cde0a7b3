"""What a notebook is given of an object: one content, written as plain text, as LaTeX and as HTML.

The HTML has no colours and no fonts of its own, so that it is readable in a light notebook and in a dark one, and asks
MathJax to leave it alone: its formulas are MathML, and a `$` in a model's name is no mathematics. The LaTeX stands in
display mode throughout, which MathJax, and LaTeX with amsmath, set alike.
"""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from html import escape
from typing import TypeAlias

from .notation import Node, Operator, Text
from .typeset import to_latex, to_mathml

__all__ = ["Block", "Bundle", "Drawing", "Formula", "Grid", "Line", "bundle", "escaped"]

Bundle: TypeAlias = dict[str, str]
Cell: TypeAlias = str | Node

PLAIN, LATEX, HTML = "text/plain", "text/latex", "text/html"

_LEFT = ' style="text-align:left;vertical-align:baseline;padding:0.3em 0.8em;border-bottom:thin solid"'
_UNFIT = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff\ufffe\uffff]")


@dataclass(frozen=True)
class Line:
    """A sentence, or a heading."""

    text: str
    is_heading: bool = False


@dataclass(frozen=True)
class Formula:
    """A formula on a line of its own."""

    node: Node


@dataclass(frozen=True)
class Grid:
    """A table: its heads, and rows of texts and formulas."""

    heads: Sequence[Cell]
    rows: Sequence[Sequence[Cell]]


@dataclass(frozen=True)
class Drawing:
    """A picture as an svg element, for HTML alone; `instead` says in words what it shows, and a Line should too."""

    svg: str
    instead: str


Block: TypeAlias = Line | Formula | Grid | Drawing


def bundle(
    plain: str, blocks: Sequence[Block], include: Collection[str] | None = None, exclude: Collection[str] | None = None
) -> Bundle:
    """Return the content by MIME type; of `include` only these types, of `exclude` none.

    >>> made = bundle("3 < 4", [Line("3 < 4")])
    >>> made["text/latex"], made["text/html"].count("3 &lt; 4")
    ('$$\\\\text{3 < 4}$$', 1)
    """
    wanted = [kind for kind in (PLAIN, LATEX, HTML) if (include is None or kind in include)]
    writers = {PLAIN: lambda: plain, LATEX: lambda: _as_latex(blocks), HTML: lambda: _as_html(blocks)}
    return {kind: writers[kind]() for kind in wanted if exclude is None or kind not in exclude}


def escaped(text: str) -> str:
    """Return text fit for HTML, in an element or in an attribute; what no page may hold becomes U+FFFD."""
    return escape(_UNFIT.sub("\ufffd", text), quote=True)


def _as_html(blocks: Sequence[Block]) -> str:
    return f'<div class="nullcline tex2jax_ignore mathjax_ignore">{"".join(map(_html, blocks))}</div>'


def _html(block: Block) -> str:
    match block:
        case Line(text, True):
            return f"<p><strong>{escaped(text)}</strong></p>"
        case Line(text):
            return f"<p>{escaped(text)}</p>"
        case Formula(node):
            return to_mathml(node)
        case Drawing(svg, instead):
            return f'<figure style="margin:0" role="img" aria-label="{escaped(instead)}">{svg}</figure>'
    head = "".join(f'<th scope="col"{_LEFT}>{_html_cell(each)}</th>' for each in block.heads)
    rows = "".join(f"<tr>{''.join(f'<td{_LEFT}>{_html_cell(c)}</td>' for c in row)}</tr>" for row in block.rows)
    table = f'<table style="border-collapse:collapse"><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>'
    return f'<div style="overflow-x:auto;margin:0.6em 0">{table}</div>'


def _html_cell(cell: Cell) -> str:
    return escaped(cell) if isinstance(cell, str) else _full_size(to_mathml(cell, display=False))


def _full_size(maths: str) -> str:
    """A formula in a cell: set in a line of text its fractions would be small."""
    return maths.replace("<math ", '<math displaystyle="true" ', 1)


def _as_latex(blocks: Sequence[Block]) -> str:
    return "\n\n".join(f"$${_latex(block)}$$" for block in blocks if not isinstance(block, Drawing))


def _latex(block: Line | Formula | Grid) -> str:
    match block:
        case Line(text):
            return _latex_text(text)
        case Formula(node):
            return to_latex(node)
    lines = [" & ".join(map(_latex_cell, block.heads)) + r" \\ \hline"]
    lines += [" & ".join(map(_latex_cell, row)) + r" \\" for row in block.rows]
    return "\n".join([rf"\begin{{array}}{{{'l' * len(block.heads)}}}", *lines, r"\end{array}"])


def _latex_cell(cell: Cell) -> str:
    return _latex_text(cell) if isinstance(cell, str) else rf"\displaystyle {to_latex(cell)}"


def _latex_text(text: str) -> str:
    # An empty line would end the formula.
    line = " ".join(_UNFIT.sub("\ufffd", text).split())
    return "".join(map(_latex_piece, re.findall(r"[\x00-\x7f]+|[^\x00-\x7f]", line)))


def _latex_piece(piece: str) -> str:
    """Write words as text, and a sign that a text font may lack as mathematics."""
    if piece.isascii():
        return to_latex(Text(piece))
    written = _PRIMES.get(piece) or to_latex(Operator(piece))
    return f"{written}{{}}" if written.isascii() else to_latex(Text(piece))


_PRIMES = {"′": "{}'", "″": "{}''"}
