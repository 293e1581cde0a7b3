"""A report as one LaTeX file: article class, numbered equations, figures drawn in the file itself by TikZ.

Section, equation, figure and table numbers are LaTeX's own, and come out as the report has them.
"""

import re
from collections.abc import Iterator

from ...symbolic.derivation import CheckResult
from ...symbolic.notation import Aligned
from ...symbolic.typeset import to_latex, to_text
from .. import wording
from ..content import Chapter, Entry, Illustration, Row, Table
from ..drawing import data_tables, drawn
from ..numbers import joined
from ..origin import command_line, version
from ..report import Report
from .latex_text import code, heading, inline, sentence, words
from .tikz import DRAWN_FOR_LATEX, tikz_picture

__all__ = ["as_latex"]

# A formula longer than this, as text, may be wider than the line: LaTeX looks and makes it smaller if it is.
_WIDE = 60
# A table of more rows may go over several pages.
_MOST_ROWS = 15
# Words longer than this get lines of their own in a table.
_LONG = 24

_PREAMBLE = r"""\documentclass[11pt,a4paper]{article}
\usepackage[margin=27mm]{geometry}
\usepackage{amsmath,amssymb,textcomp}
\usepackage{array,longtable}
\usepackage{tikz}
\usepackage[hidelinks]{hyperref}
\numberwithin{equation}{section}
\setlength{\parindent}{0pt}
\setlength{\parskip}{0.5\baselineskip}
\emergencystretch=3em
\DeclareTextCommandDefault{\textquotedbl}{''}
% A formula as wide as the line at most, with its number beside it.
\newsavebox{\formula}
\newcommand{\fitted}[1]{\sbox{\formula}{$\displaystyle #1$}%
  \ifdim\wd\formula>0.88\linewidth\resizebox{0.88\linewidth}{!}{\usebox{\formula}}\else\usebox{\formula}\fi}
\newenvironment{checks}{\begin{list}{\textperiodcentered}{\small
  \setlength{\topsep}{0pt}\setlength{\itemsep}{0pt}\setlength{\parsep}{0pt}}}{\end{list}}
"""


def as_latex(report: Report) -> str:
    """Return the report as the text of a LaTeX document, for pdflatex or lualatex (twice, for the references).

    It needs amsmath, hyperref and TikZ, and no other file.
    """
    body = [part for chapter in report.chapters for part in _chapter(chapter, report)]
    appendix = list(_appendix(report))
    colours = sorted(set(re.findall(r"figure([0-9A-F]{6})\b", "\n".join(body))))
    parts = [
        f"% Written by nullcline {words(version())}.",
        _PREAMBLE + "\n".join(rf"\definecolor{{figure{each}}}{{HTML}}{{{each}}}" for each in colours),
        rf"\hypersetup{{pdftitle={{{words(report.title)}}}}}",
        rf"\title{{{heading(report.title)}}}" + "\n\\author{}\n\\date{}",
        r"\begin{document}" + "\n" + r"\maketitle",
        "\n\n".join(sentence(told) for told in report.abstract),
        r"\tableofcontents",
        *body,
        *appendix,
        *_origin(report),
        r"\end{document}",
    ]
    return "\n\n".join(parts) + "\n"


def _origin(report: Report) -> Iterator[str]:
    command = command_line(report)
    told = f"Written by nullcline {words(version())}."
    if command is not None:
        told += rf" To write it again:\par{{\raggedright {code(f'{command} --format tex')}\par}}"
    yield rf"\bigskip{{\small {told}\par}}"


def _chapter(chapter: Chapter, report: Report) -> Iterator[str]:
    yield rf"\section{{{heading(chapter.title)}}}\label{{sec:{chapter.key}}}"
    if chapter.introduction:
        yield sentence(chapter.introduction)
    for part in wording.parts(chapter):
        match part:
            case Table():
                yield _table(part, report)
            case Entry():
                yield from _entry(part, report)
            case _:
                yield from (_illustration(picture) for picture in part)


# A step ---------------------------------------------------------------------------------------------------------------


def _entry(entry: Entry, report: Report) -> Iterator[str]:
    step = entry.step
    yield rf"\subsection{{{heading(step.title)}}}"
    yield f"{sentence(step.statement)}\n{_equation(entry)}"
    condition = wording.condition(step, report.model)
    if condition is not None:
        yield f"{condition.word} {inline(condition.formula)}"
    cited = [rf"\eqref{{eq:{other.step.key}}}" for other in wording.cited(step, report.entries)]
    yield sentence(step.because) + (f" From {joined(cited)}." if cited else "")
    checks = "\n".join(_check(result) for result in entry.results)
    told = rf"{{\small \textbf{{{entry.verdict}}}, {wording.number_of_checks(entry)}}}"
    yield f"{told}\n\\begin{{checks}}\n{checks}\n\\end{{checks}}" if checks else told


def _equation(entry: Entry) -> str:
    lines = wording.lines(entry.step)
    written = [to_latex(line) for line in lines]
    several = " \\\\\n".join(written)
    body = several if len(written) == 1 else f"\\begin{{gathered}}\n{several}\n\\end{{gathered}}"
    width = max(len(to_text(part)) for line in lines for part in (line.lines if isinstance(line, Aligned) else (line,)))
    shown = rf"\fitted{{{body}}}" if width > _WIDE else body
    return f"\\begin{{equation}}\\label{{eq:{entry.step.key}}}\n{shown}\n\\end{{equation}}"


def _check(result: CheckResult) -> str:
    found = wording.finding(result)
    left = code(found.residual) if found.is_code else words(found.residual)
    return (
        rf"\item {sentence(result.name)}: \textbf{{{result.verdict}}}, {words(found.before)}{left}{words(found.after)}"
    )


# Figures and tables ---------------------------------------------------------------------------------------------------


def _illustration(picture: Illustration) -> str:
    drawing = drawn(picture.draw, DRAWN_FOR_LATEX)
    told = f"% {wording.visible(picture.description)}"
    label = rf"\label{{fig:{picture.key}}}"
    inside = f"{told}\n{tikz_picture(drawing)}\n\\caption{{{sentence(picture.caption)}}}{label}"
    return f"\\begin{{figure}}[!htbp]\n\\centering\n{inside}\n\\end{{figure}}"


def _appendix(report: Report) -> Iterator[str]:
    """The numbers of the figures, as the other forms have them beside each."""
    pictures = [picture for chapter in report.chapters for picture in chapter.illustrations]
    if not pictures:
        return
    yield r"\clearpage\appendix" + "\n" + r"\section{Numbers in the figures}"
    for picture in pictures:
        for table in data_tables(picture, drawn(picture.draw, DRAWN_FOR_LATEX)):
            rows = "\n".join(_row(row, report) for row in table.rows)
            columns = "".join("r" if numeric else "l" for numeric in table.numeric)
            caption = rf"\textit{{{sentence(table.caption)}}}\par\smallskip"
            inside = f"\\begin{{tabular}}{{{columns}}}\n{_heads(table)}\n{rows}\n\\end{{tabular}}"
            size = r"\resizebox{\linewidth}{!}{%" + f"\n{inside}}}" if len(table.heads) > 4 else inside
            yield f"\\begin{{center}}\\small\n{caption}\n{size}\n\\end{{center}}"


def _table(table: Table, report: Report) -> str:
    """A numbered table; where its words are long they get lines of their own."""
    widths = [max(len(head), *(len(row.cells[i]) for row in table.rows)) for i, head in enumerate(table.heads)]
    is_long = [not n and width > _LONG for n, width in zip(table.numeric, widths, strict=True)]
    taken = sum(0.0115 * width for width, long in zip(widths, is_long, strict=True) if not long)
    share = max(0.15, (0.95 - 0.03 * len(widths) - taken) / max(1, sum(is_long)))
    columns = "".join(
        rf">{{\raggedright\arraybackslash}}p{{{share:.2f}\linewidth}}" if long else "r" if numeric else "l"
        for long, numeric in zip(is_long, table.numeric, strict=True)
    )
    rows = "\n".join(_row(row, report) for row in table.rows)
    caption = rf"\caption{{{sentence(table.caption)}}}\label{{tab:{table.key}}}"
    if len(table.rows) <= _MOST_ROWS:
        inside = f"\\begin{{tabular}}{{{columns}}}\n{_heads(table)}\n{rows}\n\\end{{tabular}}"
        return f"\\begin{{table}}[!htbp]\n\\centering\\small\n{caption}\n{inside}\n\\end{{table}}"
    heads = f"{caption}\\\\\n{_heads(table)}\n\\endfirsthead\n{_heads(table)}\n\\endhead"
    return f"{{\\small\n\\begin{{longtable}}{{{columns}}}\n{heads}\n{rows}\n\\end{{longtable}}}}"


def _heads(table: Table) -> str:
    return f"{' & '.join(sentence(head) for head in table.heads)} \\\\\n\\hline"


def _row(row: Row, report: Report) -> str:
    return f"{' & '.join(_cell(cell) for cell in wording.cells(row, report.model))} \\\\"


def _cell(cell: wording.Cell) -> str:
    if cell.formula is not None:
        return inline(cell.formula)
    if cell.step is not None:
        return rf"\hyperref[eq:{cell.step}]{{{sentence(cell.text)}}}"
    return sentence(cell.text)
