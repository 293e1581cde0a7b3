"""Words and figures for LaTeX: letter by letter, point by point."""

import re

import pytest
from nullcline.reports import Report
from nullcline.reports.drawing import drawn
from nullcline.reports.formats.latex_text import code, heading, sentence, words
from nullcline.reports.formats.tikz import DRAWN_FOR_LATEX, tikz_picture


@pytest.mark.parametrize(
    ("text", "latex"),
    [
        (r"\input{x} 50% of $x_1$ & #1^2~", None),
        ("−0.5 × 10⁻⁸¹", r"$-0.5 \times 10^{-81}$"),
        ("Tübingen, Łódź, façade", r"T\"{u}bingen, \L{}\'{o}d\'{z}, fa\c{c}ade"),
        ("日", r"\textless{}U+65E5\textgreater{}"),
        ("a\x1b[2J\nb", r"a\textless{}U+001B\textgreater{}[2J b"),
        ("''' -- ---", "'{}'{}' -{}- -{}-{}-"),
        ("τ ≤ 1", r"$\tau$ $\le$ 1"),
        ("“so”", "``so''"),
    ],
)
def test_words_are_set_letter_by_letter(text: str, latex: str | None):
    written = words(text)
    assert written.isascii()
    if latex is None:
        bare = re.sub(r"\\(?:textbackslash|textasciicircum|textasciitilde)\{\}|\\[{}$&#%_]", "", written)
        assert not re.search(r"[\\{}$&#%_^~]", bare)
    else:
        assert written == latex


def test_a_heading_spells_its_formulas_for_bookmarks():
    assert sentence("The slope of F′") == "The slope of $F'$"
    assert heading("The rate r_E") == r"The rate \texorpdfstring{$r_E$}{r\_E}"


def test_code_may_go_on_in_the_next_line():
    assert code("a*b_1") == r"\texttt{a*\allowbreak{}b\_1}"


def test_a_tikz_picture_goes_through_the_points_that_are_drawn(bistable: Report):
    picture = next(p for chapter in bistable.chapters for p in chapter.illustrations if p.key == "rate_of_change")
    drawing = drawn(picture.draw, DRAWN_FOR_LATEX)
    text = tikz_picture(drawing)
    (axes,) = drawing.figure.axes
    curve = next(each for each in drawing.series if each.x.size > 100)
    paths = [
        [tuple(map(float, point)) for point in re.findall(r"\((-?[\d.]+),(-?[\d.]+)\)", path)]
        for path in re.findall(r"\\path\[[^\]]*\](.*?);", text, re.DOTALL)
    ]
    longest = max(paths, key=len)
    for x, y in (longest[0], longest[len(longest) // 2], longest[-1]):
        r, slope = axes.transData.inverted().transform((x, y))
        at = min(range(curve.x.size), key=lambda i: abs(curve.x[i] - r))
        # Coordinates have two decimals of a point, in an axis of some 200.
        height = curve.y.max() - curve.y.min()
        assert abs(curve.y[at] - slope) < 0.01 * height
    assert text.count(r"\node[") > 10
    assert "stable" in text
    assert tikz_picture(drawn(picture.draw, DRAWN_FOR_LATEX)) == text
