"""A report as one HTML file: nothing is fetched, no script is needed, and the same report gives the same bytes."""

from base64 import b64encode
from importlib.resources import files
from string import Template

from ...symbolic.derivation import CheckResult, Step, Verdict
from ...symbolic.model import RateModel
from ...symbolic.notation import Aligned
from ...symbolic.typeset import to_text
from .. import wording
from ..content import Chapter, Entry, Illustration, Row, Table
from ..drawing import data_tables, drawn
from ..numbers import joined
from ..origin import command_line, version
from ..report import Report
from .inline_svg import STYLE, inline_svg
from .markup import display, element, escaped, inline, sentence

__all__ = ["as_html"]

# A formula longer than this, as text, may be wider than a phone: its box can then be reached and scrolled by keyboard.
_WIDE = 34


def as_html(report: Report) -> str:
    """Return the report as an HTML document.

    Each fixed point is a `tr` with `data-r` and `data-eigenvalue` at full precision; each step a `section` whose id is
    its key.
    """
    page = files("nullcline.reports.page")
    style = page.joinpath("style.css").read_text(encoding="utf-8")
    font = b64encode(page.joinpath("maths.woff2").read_bytes()).decode("ascii")
    return Template(page.joinpath("page.html").read_text(encoding="utf-8")).substitute(
        title=escaped(report.title),
        style=style.replace("MATHS_FONT", f"data:font/woff2;base64,{font}"),
        heading=escaped(report.title),
        abstract="\n".join(element("p", sentence(text)) for text in report.abstract),
        state="ok" if report.ok else "failed",
        contents="\n".join(_contents_line(chapter) for chapter in report.chapters),
        chapters="\n".join(_chapter(chapter, report) for chapter in report.chapters),
        version=escaped(version()),
        again=_again(report),
    )


def _again(report: Report) -> str:
    command = command_line(report)
    if command is None:
        return ""
    shown = element("pre", element("code", escaped(command)), tabindex="0", role="group", aria_label="Command")
    return f"<p>To write it again:</p>\n{shown}"


def _contents_line(chapter: Chapter) -> str:
    link = element(
        "a", f'<span class="number">{chapter.number}</span> {sentence(chapter.title)}', href=f"#{chapter.key}"
    )
    return element("li", link)


def _chapter(chapter: Chapter, report: Report) -> str:
    heading = (
        f'<h2 id="{chapter.key}-heading"><span class="number">{chapter.number}</span> {sentence(chapter.title)}</h2>'
    )
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
        f'<h3><span class="number">{entry.number}</span> {sentence(step.title)}</h3>',
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
        data_verdict=str(entry.verdict),
    )


def _anchor(key: str) -> str:
    return f"step-{key}"


def _equation(entry: Entry, model: RateModel) -> str:
    lines = wording.lines(entry.step)
    condition = wording.condition(entry.step, model)
    width = max(len(to_text(part)) for line in lines for part in (line.lines if isinstance(line, Aligned) else (line,)))
    boxes = "".join(element("div", display(line), class_="line") for line in lines)
    scroll = {"tabindex": "0", "role": "group", "aria_label": f"Equation {entry.number}"} if width > _WIDE else {}
    body = element("div", boxes, class_="lines", **scroll)
    if condition:
        told = element("p", f"{condition.word} {inline(condition.formula)}", class_="condition")
        body = element("div", body + told, class_="body")
    return element("div", f'{body}<span class="number" aria-hidden="true">({entry.number})</span>', class_="equation")


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
        element("th", sentence(text), scope="col", class_="numeric" if numeric else None) if text else "<td></td>"
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
            element("td", content, class_=kind) if position else element("th", content, scope="row", class_=kind)
        )
    return element("tr", "".join(cells), **{f"data_{name}": value for name, value in row.data.items()})


def _cell(cell: wording.Cell) -> str:
    if cell.formula is not None:
        return inline(cell.formula)
    if cell.step is not None:
        return element("a", sentence(cell.text), href=f"#{_anchor(cell.step)}")
    return _badge(cell.text) if cell.is_verdict else sentence(cell.text)
