"""A report as Markdown for GitHub: $...$ and ```math for formulas, tables, figures as files beside it.

GitHub shows no picture that is part of the text. So a report that is saved gets its figures as SVG files in a folder;
the text alone has, as every report, the numbers of each figure in a table that unfolds.
"""

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from .. import wording
from ..content import Chapter, Entry, Illustration, Table
from ..drawing import data_tables, drawn
from ..origin import command_line, version
from ..report import Report
from .inline_svg import PRINTED, svg_file
from .markdown_text import GITHUB, because, checks, equation, sentence, table, words

__all__ = ["as_markdown", "figure_files"]


def as_markdown(report: Report, *, figures: str = "") -> str:
    """Return the report as Markdown; `figures` is the folder with `figure_files`, beside the text, if it is there."""
    parts = [f"# {sentence(report.title, GITHUB)}", *(sentence(told, GITHUB) for told in report.abstract)]
    parts.append("\n".join(_contents_line(chapter) for chapter in report.chapters))
    for chapter in report.chapters:
        parts += _chapter(chapter, report, figures)
    parts += ["---", *_origin(report)]
    return "\n\n".join(parts) + "\n"


def figure_files(report: Report) -> Mapping[str, str]:
    """Return the figures of a report as SVG, by the names of their files."""
    pictures = [picture for chapter in report.chapters for picture in chapter.illustrations]
    return MappingProxyType({_file(picture): _svg(picture) for picture in pictures})


def _file(picture: Illustration) -> str:
    return f"figure-{picture.number}-{picture.key.replace('_', '-')}.svg"


def _svg(picture: Illustration) -> str:
    text = svg_file(drawn(picture.draw, PRINTED), PRINTED, key=picture.key)
    return "".join(f"{line.rstrip()}\n" for line in text.splitlines())


def _origin(report: Report) -> Iterator[str]:
    yield f"Written by nullcline {words(version(), GITHUB)}."
    command = command_line(report)
    if command is not None:
        yield f"To write it again:\n\n```sh\n{command} --format md\n```"


def _contents_line(chapter: Chapter) -> str:
    return f"- [{chapter.number} {sentence(chapter.title, GITHUB)}](#{chapter.key})"


def _chapter(chapter: Chapter, report: Report, figures: str) -> Iterator[str]:
    yield f'<a id="{chapter.key}"></a>\n\n## {chapter.number} {sentence(chapter.title, GITHUB)}'
    if chapter.introduction:
        yield sentence(chapter.introduction, GITHUB)
    for part in wording.parts(chapter):
        match part:
            case Table():
                yield table(part, report, GITHUB)
            case Entry():
                yield from _entry(part, report)
            case _:
                for picture in part:
                    yield from _illustration(picture, report, figures)


def _entry(entry: Entry, report: Report) -> Iterator[str]:
    step = entry.step
    yield f'<a id="step-{step.key}"></a>\n\n### {entry.number} {sentence(step.title, GITHUB)}'
    yield sentence(step.statement, GITHUB)
    yield equation(entry, report, GITHUB)
    yield because(entry, report, GITHUB)
    summary = f"{entry.verdict}, {wording.number_of_checks(entry)}"
    yield f"<details><summary>{summary}</summary>\n\n{checks(entry, GITHUB)}\n\n</details>"


def _illustration(picture: Illustration, report: Report, figures: str) -> Iterator[str]:
    if figures:
        # The space in a name of a folder would end the address.
        address = f"{figures}/{_file(picture)}".replace("%", "%25").replace("<", "%3C").replace(">", "%3E")
        yield f"![{words(picture.description, GITHUB)}](<{wording.visible(address)}>)"
    yield f'<a id="figure-{picture.key}"></a>**Figure {picture.number}.** {sentence(picture.caption, GITHUB)}'
    drawing = drawn(picture.draw, PRINTED)
    tables = [table(each, report, GITHUB, label="Numbers") for each in data_tables(picture, drawing)]
    if tables:
        told = "\n\n".join(tables)
        yield f"<details><summary>Numbers in Figure {picture.number}</summary>\n\n{told}\n\n</details>"
