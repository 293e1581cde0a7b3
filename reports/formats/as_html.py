"""A report as one HTML file: nothing is fetched, no script is needed, and the same report gives the same bytes."""

from base64 import b64encode
from importlib.metadata import PackageNotFoundError, version
from importlib.resources import files
from string import Template

import sympy

from ...symbolic.derivation import CheckResult, Step, Verdict
from ...symbolic.model import RateModel
from ...symbolic.notation import Aligned, Node, Relation, Sequence, layout
from ...symbolic.transfer import catalogue
from ...symbolic.typeset import to_text
from ..content import Chapter, Entry, Illustration, Row, Table
from ..drawing import data_tables, drawn
from ..numbers import joined, plain, residual
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
        version=escaped(_version()),
        again=_again(report),
    )


def command_line(report: Report) -> str | None:
    """Return the command that makes this report again, or None if the command does not know the model.

    What differs from the defaults is set.
    """
    model = report.model
    transfer = model.populations[0].transfer.name
    if transfer not in catalogue:
        return None
    built_in = {m.name: m for m in (RateModel.single(catalogue[transfer]), RateModel.wilson_cowan(catalogue[transfer]))}
    if built_in.get(model.name) != model:
        return None
    words = ["nullcline", "report"]
    if model != RateModel.single():
        words.append(model.name)
    if transfer != "sigmoid":
        words += ["--transfer", transfer]
    for name, value in report.parameters.items():
        if value != model.parameters[name].default:
            words += ["--set", f"{name}={plain(value)}"]
    return " ".join(words)


def _again(report: Report) -> str:
    command = command_line(report)
    if command is None:
        return ""
    shown = element("pre", element("code", escaped(command)), tabindex="0", role="group", aria_label="Command")
    return f"<p>To write it again:</p>\n{shown}"


def _version() -> str:
    try:
        return version("nullcline")
    except PackageNotFoundError:
        return "(not installed)"


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
    parts = [heading, introduction]
    tables = [_table(table, report) for table in chapter.tables]
    # Numbers first where they are what the chapter is about.
    lead, rest = (tables, []) if not chapter.entries else ([], tables)
    parts += [*lead, *(_entry(entry, report) for entry in chapter.entries)]
    pictures = [_illustration(picture, report) for picture in chapter.illustrations]
    if pictures:
        parts.append(element("div", "\n".join(pictures), class_="figures"))
    parts += rest
    return element(
        "section",
        "\n".join(filter(None, parts)),
        id=chapter.key,
        class_="chapter",
        aria_labelledby=f"{chapter.key}-heading",
    )


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
    step = entry.step
    lines = _lines(step)
    condition = _condition(step, model)
    width = max(len(to_text(part)) for line in lines for part in (line.lines if isinstance(line, Aligned) else (line,)))
    boxes = "".join(element("div", display(line), class_="line") for line in lines)
    scroll = {"tabindex": "0", "role": "group", "aria_label": f"Equation {entry.number}"} if width > _WIDE else {}
    body = element("div", boxes, class_="lines", **scroll)
    if condition:
        body = element("div", body + condition, class_="body")
    return element("div", f'{body}<span class="number" aria-hidden="true">({entry.number})</span>', class_="equation")


def _lines(step: Step) -> tuple[Node, ...]:
    """The layout of a step: the line for any F, then the explicit one, aligned where they say the same of one name."""
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
        case Aligned(lines):
            return lines
    return ()


def _apart(whole: Node) -> tuple[Node, ...]:
    """Relations that are joined by a word get a line each."""
    return whole.items if isinstance(whole, Sequence) and whole.separator.strip().isalpha() else (whole,)


def _condition(step: Step, model: RateModel) -> str:
    """Where the equation holds, or what a name in it stands for."""
    if step.condition is sympy.true:
        return ""
    given = {p.symbol for p in model.parameters.values()}
    defines = isinstance(step.condition, sympy.Eq) and step.condition.lhs not in given
    return element("p", f"{'where' if defines else 'for'} {inline(step.condition)}", class_="condition")


def _because(step: Step, report: Report) -> str:
    numbers = {entry.step.key: entry.number for entry in report.entries}
    cited = sorted((key for key in step.follows_from if key in numbers), key=list(numbers).index)
    links = [element("a", f"({numbers[key]})", href=f"#{_anchor(key)}") for key in cited]
    source = f' <span class="from">From {joined(links)}.</span>' if links else ""
    return element("p", f"{sentence(step.because)}{source}", class_="because")


def _checks(entry: Entry) -> str:
    count = len(entry.results)
    shown = f"{count} check{'' if count == 1 else 's'}" if count else "no check"
    summary = element("summary", f"{_badge(entry.verdict)} <span>{shown}</span>")
    rows = "".join(element("li", _result(result)) for result in entry.results)
    opened = None if entry.verdict in (Verdict.PROVED, Verdict.VERIFIED) else ""
    return element("details", summary + (element("ul", rows) if rows else ""), class_="checks", open=opened)


def _badge(verdict: Verdict | str) -> str:
    return element("span", escaped(str(verdict)), class_="verdict", data_verdict=str(verdict))


def _result(result: CheckResult) -> str:
    what = sentence(result.name)
    if result.verdict is Verdict.PROVED:
        found = "the difference is exactly 0"
    elif result.verdict is Verdict.VERIFIED:
        found = f"largest residual {sentence(residual(result.residual))} at {result.points} points"
    elif result.verdict is Verdict.UNDECIDED:
        found = f"not decided symbolically; what is left: {element('code', escaped(result.residual))}"
    else:
        found = f"residual {sentence(residual(result.residual))}" + (
            f" at {result.points} points" if result.points else ""
        )
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
    for position, (text, numeric) in enumerate(zip(row.cells, table.numeric, strict=True)):
        content = _cell(text, position, row, report)
        kind = "numeric" if numeric else None
        cells.append(
            element("td", content, class_=kind) if position else element("th", content, scope="row", class_=kind)
        )
    return element("tr", "".join(cells), **{f"data_{name}": value for name, value in row.data.items()})


def _cell(text: str, position: int, row: Row, report: Report) -> str:
    if position == 0 and text in report.model.parameters:
        return inline(report.model.parameters[text].symbol)
    if position == 0 and "step" in row.data:
        return element("a", sentence(text), href=f"#{_anchor(row.data['step'])}")
    if text == row.data.get("verdict"):
        return _badge(text)
    return sentence(text)
