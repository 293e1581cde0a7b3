"""A report as a PDF, typeset by Typst: tagged after PDF/UA-1, its figures drawn in lines, the same bytes every time."""

import re
from collections.abc import Iterator
from importlib.resources import files
from tempfile import TemporaryDirectory
from typing import cast

from ...symbolic.derivation import CheckResult
from .. import wording
from ..content import Chapter, Entry, Illustration, Row, Table
from ..drawing import data_tables, drawn
from ..origin import command_line, version
from ..report import Report
from . import ask_for_extra
from .inline_svg import PRINTED, svg_file
from .typst_markup import breakable, call, content, display, inline, listed, quoted, sentence

__all__ = ["as_pdf", "as_typst"]


def as_pdf(report: Report) -> bytes:
    """Return the report as a PDF on A4, tagged for readers of the screen (PDF/UA-1).

    Every formula has its spoken text and every figure its description. Typst reads the text it is given and no file.
    The fonts are Typst's own; a name in letters that they lack is set in a font of the system. The same report gives
    the same bytes, with the same version of Typst and, for such a name, the same fonts.

    Raises MissingExtra if Typst is not installed.
    """
    ask_for_extra("pdf")
    import typst

    source = as_typst(report)
    with TemporaryDirectory() as root:

        def written(text: str, *, own_fonts: bool) -> bytes:
            compiler = typst.Compiler(
                text.encode(),
                root=root,
                package_path=root,
                package_cache_path=root,
                ignore_system_fonts=own_fonts,
            )
            return cast("bytes", compiler.compile(format="pdf", pdf_standards=["ua-1"]))

        own_fonts = True
        while True:
            try:
                return written(source, own_fonts=own_fonts)
            except typst.TypstError as error:
                missing = _without_glyph(error.diagnostic) & set(source)
                if not missing:
                    raise
            if own_fonts:
                own_fonts = False
            else:
                # A letter that no font has may not stand in a PDF that is to be read aloud.
                source = source.translate({ord(letter): "?" for letter in missing})


def as_typst(report: Report) -> str:
    """Return the report as one text for Typst, template and figures included."""
    template = files("nullcline.reports.page").joinpath("report.typ").read_text(encoding="utf-8")
    return "\n".join([template, *(f"#{each}" for each in _document(report))]) + "\n"


def _without_glyph(diagnostic: str) -> set[str]:
    """The letters that Typst says it has no font for; it spells some of them by their numbers."""
    clusters = re.findall(r'the text `"(.+?)"` could not be displayed', diagnostic, flags=re.DOTALL)
    told = re.sub(r"\\u\{([0-9a-f]+)\}", lambda number: chr(int(number.group(1), 16)), "".join(clusters))
    return {letter for letter in told if not letter.isascii()}


def _document(report: Report) -> Iterator[str]:
    title = wording.visible(report.title) if report.title.strip() else "Report"
    shown, running = quoted(breakable(title)), quoted(_shortened(title))
    yield f"show: report.with(title: {_spelled(quoted(title))}, shown: {shown}, running: {running})"
    yield call("abstract", *map(sentence, report.abstract), holds="true" if report.ok else "false")
    yield "contents()"
    data: list[str] = []
    for chapter in report.chapters:
        yield from _chapter(chapter, report, data)
    if data:
        yield call("appendix", quoted("Numbers in the figures"))
        yield from data
    told = (
        "Every formula in this report was derived from the rate equation and typeset from the derivation itself; none "
        f"was typed in. Written by nullcline {version()}."
    )
    command = command_line(report)
    yield call("colophon", quoted(told), "none" if command is None else quoted(command))


def _spelled(literal: str) -> str:
    """A string literal in plain characters: what no font can show is still part of a document's properties."""
    return "".join(letter if letter.isascii() else f"\\u{{{ord(letter):x}}}" for letter in literal)


def _shortened(title: str, most: int = 70) -> str:
    return title if len(title) <= most else f"{title[: most - 1].rstrip()}…"


def _chapter(chapter: Chapter, report: Report, data: list[str]) -> Iterator[str]:
    """Write a chapter; the numbers in its figures are put aside, for the end."""
    key = quoted(f"chapter-{chapter.key}")
    yield call("chapter", quoted(str(chapter.number)), key, sentence(chapter.title))
    if chapter.introduction:
        yield call("introduction", sentence(chapter.introduction))
    for part in wording.parts(chapter):
        match part:
            case Table():
                yield _table(part, report)
            case Entry():
                yield from _entry(part, report)
            case _:
                for picture in part:
                    yield _illustration(picture, report, data)


def _anchor(key: str) -> str:
    return quoted(f"step-{key}")


def _entry(entry: Entry, report: Report) -> Iterator[str]:
    step = entry.step
    yield call("step", quoted(entry.number), _anchor(step.key), sentence(step.title))
    yield call("statement", sentence(step.statement))
    condition = wording.condition(step, report.model)
    where = {} if condition is None else {"condition": _condition(condition)}
    yield call("equation", quoted(entry.number), listed(map(display, wording.lines(step))), **where)
    cited = (listed([_anchor(each.step.key), quoted(each.number)]) for each in wording.cited(step, report.entries))
    yield call("because", sentence(step.because), *cited)
    results = map(_result, entry.results)
    yield call("checks", quoted(str(entry.verdict)), quoted(wording.number_of_checks(entry)), *results)


def _condition(condition: wording.Condition) -> str:
    return content([quoted(f"{condition.word} "), inline(condition.formula, full_size=True)])


def _result(result: CheckResult) -> str:
    told = wording.finding(result)
    left = call("raw", quoted(breakable(wording.visible(told.residual)))) if told.is_code else sentence(told.residual)
    found = content([quoted(told.before), left, quoted(told.after)])
    return call("check", sentence(result.name), quoted(str(result.verdict)), found)


def _illustration(picture: Illustration, report: Report, data: list[str]) -> str:
    drawing = drawn(picture.draw, PRINTED)
    data += [_data_table(table, report) for table in data_tables(picture, drawing)]
    number, key = quoted(str(picture.number)), quoted(f"figure-{picture.key}")
    svg = svg_file(drawing, PRINTED, key=picture.key)
    return call(
        "picture", number, key, sentence(picture.caption), quoted(wording.visible(picture.description)), quoted(svg)
    )


def _table(table: Table, report: Report) -> str:
    number, key = quoted(str(table.number)), quoted(f"table-{table.key}")
    return call("numbered-table", number, key, sentence(table.caption), *_columns(table, report))


def _data_table(table: Table, report: Report) -> str:
    return call("data-table", sentence(table.caption), *_columns(table, report))


# A table with more letters than this in its widest row has one column whose lines may break.
_WIDE = 70


def _columns(table: Table, report: Report) -> Iterator[str]:
    longest = [max(map(len, column)) for column in zip(table.heads, *(row.cells for row in table.rows), strict=True)]
    words = [position for position, numeric in enumerate(table.numeric) if not numeric]
    broken = max(words, key=lambda position: longest[position]) if words and sum(longest) > _WIDE else None
    yield listed("1fr" if position == broken else "auto" for position in range(len(longest)))
    yield listed("true" if numeric else "false" for numeric in table.numeric)
    # A voice that reads a table names the column of each cell, so that none may be without a name.
    yield listed(sentence(head or "no.") for head in table.heads)
    yield from (_row(row, report) for row in table.rows)


def _row(row: Row, report: Report) -> str:
    return listed(map(_cell, wording.cells(row, report.model)))


def _cell(cell: wording.Cell) -> str:
    if cell.formula is not None:
        return inline(cell.formula)
    if cell.step is not None:
        return call("link", call("label", _anchor(cell.step)), sentence(cell.text))
    return call("verdict", quoted(cell.text)) if cell.is_verdict else sentence(cell.text)
