"""A report as one HTML file: nothing is fetched, no script is needed, and the same report gives the same bytes."""

import re
from string import Template

from ...symbolic.derivation import CheckResult, Step, Verdict
from ...symbolic.model import RateModel
from ...symbolic.notation import Node, broken, extent
from .. import wording
from ..content import Chapter, Entry, Illustration, Row, Table
from ..drawing import data_tables, drawn
from ..explorer.explorer import Explorer, explorer
from ..numbers import joined
from ..origin import command_line, version
from ..report import Report
from .assets import policy, read, script, style_sheet
from .inline_svg import STYLE, inline_svg
from .markup import display, element, escaped, inline, sentence

__all__ = ["as_html"]

# In ems of the formula: the room in the column of text.
_COLUMN = 34.0
# One wider than this may be wider than a phone: its box can be reached and scrolled by keyboard.
_WIDE = 15.0
# The room on paper, with what an estimate of a width may lack.
_PAPER = 36.0


def as_html(report: Report) -> str:
    """Return the report as an HTML document.

    Each fixed point is a `tr` with `data-r` and `data-eigenvalue` at full precision; each step a `section` whose id is
    its key.
    """
    live = explorer(report.model, report.parameters) if report.model.is_single else None
    scripts = [script(text) for text in (read("page.js"), live.script if live else "") if text]
    return Template(read("page.html")).substitute(
        title=escaped(report.title),
        style=style_sheet() + (live.style if live else ""),
        script_sources=policy(*scripts),
        scripts="\n".join(element("script", text) for text in scripts),
        heading=escaped(report.title),
        abstract="\n".join(element("p", sentence(text)) for text in report.abstract),
        state="ok" if report.ok else "failed",
        contents="\n".join(
            [*([_EXPLORE_LINE] if live else []), *(_contents_line(chapter) for chapter in report.chapters)]
        ),
        explorer=_explorer(live) if live else "",
        chapters="\n".join(_chapter(chapter, report) for chapter in report.chapters),
        version=escaped(version()),
        again=_again(report),
    )


_EXPLORE_LINE = '<li><a href="#explorer"><span class="number">◦</span> Explore</a></li>'


def _explorer(live: Explorer) -> str:
    heading = '<h2 id="explorer-heading">Explore</h2>'
    return element(
        "section",
        f"{heading}\n{live.markup}",
        id="explorer",
        class_="chapter",
        aria_labelledby="explorer-heading",
    )


def _again(report: Report) -> str:
    command = command_line(report)
    if command is None:
        return ""
    shown = element("pre", element("code", escaped(command)), tabindex="0", role="group", aria_label="Command")
    return f"<p>To write it again:</p>\n{shown}"


def _contents_line(chapter: Chapter) -> str:
    steps = "".join(
        element("li", _contents_link(entry.number, entry.step.title, _anchor(entry.step.key)))
        for entry in chapter.entries
    )
    link = _contents_link(str(chapter.number), chapter.title, chapter.key)
    return element("li", link + (element("ol", steps) if steps else ""))


def _contents_link(number: str, title: str, key: str) -> str:
    return element("a", f'<span class="number">{number}</span> {sentence(title)}', href=f"#{key}")


def _heading(tag: str, number: str, title: str, key: str) -> str:
    """Write a heading whose number is the link to what it heads."""
    link = element("a", number, class_="number anchor", href=f"#{key}", aria_label=f"{number}, link to this place")
    return element(tag, f"{link} {sentence(title)}", id=f"{key}-heading")


def _chapter(chapter: Chapter, report: Report) -> str:
    heading = _heading("h2", str(chapter.number), chapter.title, chapter.key)
    introduction = element("p", sentence(chapter.introduction), class_="introduction") if chapter.introduction else ""
    parts = [heading, introduction, *(_part(part, report) for part in wording.parts(chapter))]
    return element(
        "section",
        "\n".join(filter(None, parts)),
        id=chapter.key,
        class_="chapter",
        aria_labelledby=f"{chapter.key}-heading",
    )


def _part(part: Table | Entry | tuple[Illustration, ...], report: Report) -> str:
    match part:
        case Table():
            return _table(part, report)
        case Entry():
            return _entry(part, report)
    return element("div", "\n".join(_illustration(picture, report) for picture in part), class_="figures")


def _entry(entry: Entry, report: Report) -> str:
    step = entry.step
    parts = [
        _heading("h3", entry.number, step.title, _anchor(step.key)),
        element("p", sentence(step.statement), class_="statement"),
        _equation(entry, report.model),
        _because(step, report),
        _checks(entry),
    ]
    return element(
        "section",
        "\n".join(p for p in parts if p),
        id=_anchor(step.key),
        class_="step",
        data_number=entry.number,
        data_verdict=str(entry.verdict),
    )


def _anchor(key: str) -> str:
    return f"step-{key}"


def _equation(entry: Entry, model: RateModel) -> str:
    lines = wording.lines(entry.step)
    condition = wording.condition(entry.step, model)
    fitted = [broken(line, _COLUMN) for line in lines]
    widths = [extent(line) for line in fitted]
    boxes = "".join(map(_line, fitted, widths, lines))
    scroll = {"tabindex": "0", "role": "group", "aria_label": f"Equation {entry.number}"} if max(widths) > _WIDE else {}
    body = element("div", boxes, class_="lines", **scroll)
    if condition:
        told = element("p", f"{condition.word} {inline(condition.formula)}", class_="condition")
        body = element("div", body + told, class_="body")
    return element("div", f'{body}<span class="number" aria-hidden="true">({entry.number})</span>', class_="equation")


def _line(formula: Node, width: float, whole: Node) -> str:
    """A formula on its lines; one that has no more places to break is set smaller on paper, where nothing scrolls."""
    fit = None if width <= _PAPER else f"--fit: {_PAPER / width:.2f}"
    return element("div", display(formula, whole), class_="line", style=fit)


def _because(step: Step, report: Report) -> str:
    cited = wording.cited(step, report.entries)
    links = [element("a", f"({entry.number})", href=f"#{_anchor(entry.step.key)}") for entry in cited]
    source = f' <span class="from">From {joined(links)}.</span>' if links else ""
    return element("p", f"{sentence(step.because)}{source}", class_="because")


def _checks(entry: Entry) -> str:
    summary = element("summary", f"{_badge(entry.verdict)} <span>{wording.number_of_checks(entry)}</span>")
    rows = "".join(element("li", _result(result)) for result in entry.results)
    opened = None if entry.verdict in (Verdict.PROVED, Verdict.VERIFIED) else ""
    return element("details", summary + (element("ul", rows) if rows else ""), class_="checks", open=opened)


def _badge(verdict: Verdict | str) -> str:
    return element("span", escaped(str(verdict)), class_="verdict", data_verdict=str(verdict))


def _result(result: CheckResult) -> str:
    what = sentence(result.name)
    told = wording.finding(result)
    left = element("code", escaped(told.residual)) if told.is_code else sentence(told.residual)
    found = f"{escaped(told.before)}{left}{escaped(told.after)}"
    return f'<span class="what">{what}</span> <span class="found">{_badge(result.verdict)}, {found}</span>'


def _illustration(picture: Illustration, report: Report) -> str:
    key = f"figure-{picture.key}"
    drawing = drawn(picture.draw, STYLE)
    svg = inline_svg(drawing, key=key, title=f"Figure {picture.number}", description=picture.description)
    caption = (
        f'<figcaption><span class="label">Figure {picture.number}.</span> {sentence(picture.caption)}</figcaption>'
    )
    numbers = "\n".join(
        _table(table, report, id=f"{key}-data-{i}", label=f"Numbers in Figure {picture.number}")
        for i, table in enumerate(data_tables(picture, drawing), start=1)
    )
    data = element("details", element("summary", "Numbers") + numbers, class_="data") if numbers else ""
    return element("figure", svg + caption + data, id=key)


def _table(table: Table, report: Report, *, id: str | None = None, label: str = "") -> str:
    """Write a table; one without a number of its own has a label instead."""
    name = label or f"Table {table.number}"
    told = sentence(table.caption) if label else f'<span class="label">{name}.</span> {sentence(table.caption)}'
    caption = f'<caption><span class="told">{told}</span></caption>'
    heads = "".join(
        element("th", _heard(sentence(text), text), scope="col", class_="numeric" if numeric else None)
        if text
        else "<td></td>"
        for text, numeric in zip(table.heads, table.numeric, strict=True)
    )
    rows = "\n".join(_row(row, table, report) for row in table.rows)
    whole = f"<table>{caption}<thead><tr>{heads}</tr></thead><tbody>\n{rows}\n</tbody></table>"
    return element(
        "div",
        whole,
        class_=f"table {table.key.replace('_', '-')}",
        id=id,
        role="group",
        aria_label=name,
        tabindex="0",
    )


def _row(row: Row, table: Table, report: Report) -> str:
    cells = []
    for position, (cell, numeric) in enumerate(zip(wording.cells(row, report.model), table.numeric, strict=True)):
        content = _cell(cell)
        kind = "numeric" if numeric else None
        cells.append(
            element("td", content, class_=kind)
            if position
            else element("th", _heard(content, cell.text), scope="row", class_=kind)
        )
    return element("tr", "".join(cells), **{f"data_{name}": value for name, value in row.data.items()})


def _heard(markup: str, text: str) -> str:
    """A head that is a formula alone, with its text for who listens: not every reader finds a word in a formula."""
    if re.sub("<math.*?</math>|<[^>]*>", "", markup).strip():
        return markup
    return element("span", escaped(text), class_="unseen") + markup.replace("<math>", '<math aria-hidden="true">')


def _cell(cell: wording.Cell) -> str:
    if cell.formula is not None:
        return inline(cell.formula)
    if cell.step is not None:
        return element("a", sentence(cell.text), href=f"#{_anchor(cell.step)}")
    return _badge(cell.text) if cell.is_verdict else sentence(cell.text)
