"""What every format says: sentences in words and formulas, the lines of a step, the cells of a table."""

import pytest
from nullcline.reports import Report
from nullcline.reports.prose import formula
from nullcline.reports.wording import Finding, cells, cited, condition, finding, lines, parts, phrases
from nullcline.symbolic.derivation import CheckResult, Kind, Verdict
from nullcline.symbolic.notation import Aligned
from nullcline.symbolic.typeset import to_latex, to_text


@pytest.mark.parametrize(
    ("maths", "latex"),
    [
        ("r = r* + ε", r"r=r^*+\varepsilon"),
        ("h′(x) = 1 − w F′(x)", "h'(x)=1-w F'(x)"),
        ("[r²/2 − r F(I_ext)]/τ", r"[r^2/2-r F(I_{\mathrm{ext}})]/\tau"),
        ("dr_E/dt", r"dr_E/dt"),
        ("±i√D", r"\pm i\sqrt{D}"),
        ("e^(−kh)", "e^{-kh}"),
        ("|r − r*| ≤ 1", r"\lvert r-r^* \rvert\le1"),
        ("r*²", r"(r^*)^2"),
        ("F⁻¹", "F^{-1}"),
    ],
)
def test_mathematics_in_a_sentence_is_a_tree_that_every_writer_knows(maths: str, latex: str):
    assert to_latex(formula(maths)) == latex


def test_a_sentence_comes_in_words_and_formulas():
    words, at, rest = phrases("Put r = 0, then solve.")
    assert (words, rest) == ("Put ", ", then solve.")
    assert not isinstance(at, str)
    assert to_text(at) == "r=0"


def test_a_chapter_is_gone_through_in_one_order(bistable: Report):
    for chapter in bistable.chapters:
        found = list(parts(chapter))
        flat = [each for part in found for each in (part if isinstance(part, tuple) else (part,))]
        assert sorted(map(id, flat)) == sorted(map(id, [*chapter.entries, *chapter.illustrations, *chapter.tables]))
        assert not chapter.entries or found[0] is chapter.entries[0]


def test_a_step_is_told_for_any_F_and_for_this_one(bistable: Report):
    (line,) = lines(bistable.derivation["eigenvalue"])
    assert isinstance(line, Aligned)
    assert next(to_text(relation.sides[1]) for relation in line.lines) == "[-1 + w F′(w r* + I_ext)]/τ"


def test_a_condition_says_where_or_what(bistable: Report):
    told = {step.key: condition(step, bistable.model) for step in bistable.derivation.values()}
    assert {c.word for c in told.values() if c is not None} == {"for", "where"}
    assert told["rate_equation"] is None


def test_what_a_step_follows_from_is_cited_by_its_number(bistable: Report):
    numbers = [entry.number for entry in cited(bistable.derivation["eigenvalue"], bistable.entries)]
    assert numbers == ["5.1"]


@pytest.mark.parametrize(
    ("verdict", "residual", "points", "told"),
    [
        (Verdict.PROVED, "0", 0, "the difference is exactly 0"),
        (Verdict.VERIFIED, "1.05e-81", 12, "largest residual 1.05 × 10⁻⁸¹ at 12 points"),
        (Verdict.UNDECIDED, "x - 1", 0, "not decided symbolically; what is left: x - 1"),
        (Verdict.REFUTED, "0.5", 3, "residual 0.5 at 3 points"),
        (Verdict.REFUTED, "expected (x,)", 0, "residual expected (x,)"),
    ],
)
def test_what_a_check_found_is_told(verdict: Verdict, residual: str, points: int, told: str):
    said = finding(CheckResult("step", "name", Kind.SYMBOLIC, verdict, residual, points))
    assert str(said) == told
    assert said.is_code == (verdict is Verdict.UNDECIDED)
    assert isinstance(said, Finding)


def test_a_cell_says_what_it_is(bistable: Report):
    tables = {table.key: table for chapter in bistable.chapters for table in chapter.tables}
    symbol, value, *_ = cells(tables["parameters"].rows[0], bistable.model)
    assert symbol.formula is not None
    assert (to_text(symbol.formula), value.formula, value.text) == ("τ", None, "1")
    step, verdict, *_ = cells(tables["checks"].rows[0], bistable.model)
    assert (step.step, step.is_verdict) == ("rate_equation", False)
    assert (verdict.step, verdict.is_verdict) == (None, True)
