"""Markdown in small pieces: escaped words, sentences with their formulas, equations, tables, checks.

Two programs read it, GitHub and Jupyter; they differ in how an equation is set apart. In a line of text both take
$...$, but Markdown may read marks of its own in the formula before MathJax sees it: these are written as commands.
"""

import re
from dataclasses import dataclass

from ...symbolic.derivation import CheckResult
from ...symbolic.notation import Node
from ...symbolic.typeset import to_latex
from .. import wording
from ..content import Entry, Table
from ..numbers import joined
from ..report import Report

__all__ = [
    *("GITHUB", "JUPYTER", "Flavour"),
    *("because", "checks", "code", "equation", "inline", "sentence", "table", "words"),
]


@dataclass(frozen=True)
class Flavour:
    """How a program has its mathematics: what stands before and after an equation, and a dollar that is none of it."""

    before: str
    after: str
    dollar: str
    # Where Markdown could still read a mark in a formula GitHub has backticks around it.
    has_shield: bool


GITHUB = Flavour("```math\n", "\n```", "<span>$</span>", has_shield=True)
JUPYTER = Flavour("$$\n", "\n$$", r"\$", has_shield=False)


def words(text: str, flavour: Flavour) -> str:
    r"""Return text that Markdown shows letter by letter.

    >>> words("1. <b> costs *$2*", GITHUB)
    '1\\. &lt;b&gt; costs \\*<span>$</span>2\\*'
    """
    shown = re.sub(r"[\\`*_{}\[\]#|~]", r"\\\g<0>", wording.visible(text))
    shown = shown.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("$", flavour.dollar)
    # GitHub reads people, issues and addresses in the letters that are shown, so that escaping a sign is not enough.
    shown = _LINKS.sub(r"<span>\g<0></span>", shown)
    # At the start of a line these would begin a list.
    return re.sub(r"^(\s*\d*)([-+.)=])(?!\S)", r"\1\\\2", shown)


# The sign without which it is no mention (@name), no issue (#1, GH-1) and no address (a@b.org, http://, www.).
_LINKS = re.compile(r"@|\\#(?=\d)|(?<=GH)-(?=\d)|:(?=//)|(?<=www)\.", re.IGNORECASE)


def sentence(text: str, flavour: Flavour) -> str:
    """Return a sentence with its formulas between dollars.

    >>> sentence("A rate r* that rests: w < 1.", GITHUB)
    'A rate $r^\\\\ast$ that rests: $w\\\\lt 1$.'
    """
    pieces = wording.phrases(text)
    written = []
    for position, piece in enumerate(pieces):
        if isinstance(piece, str):
            # Only what begins the sentence may begin a line.
            written.append(words(piece, flavour) if position == 0 else words(f"x{piece}", flavour)[1:])
        else:
            after = pieces[position + 1] if position + 1 < len(pieces) else ""
            touches = isinstance(after, str) and after[:1].isalnum()
            written.append(inline(piece, flavour, shield=touches))
    return "".join(written)


def inline(formula: Node, flavour: Flavour, *, shield: bool = False) -> str:
    """Return a formula in a line of text."""
    latex = _without_marks(to_latex(formula))
    doubtful = shield or re.search(r"\\[^A-Za-z ]|[^A-Za-z0-9]_|[`#~@&]", latex)
    return f"$`{latex}`$" if doubtful and flavour.has_shield else f"${latex}$"


# What Markdown or a table in it would read as a mark of its own, and the command that shows the same.
_COMMANDS = {
    r"\\": r"\cr",
    r"\{": r"\lbrace",
    r"\}": r"\rbrace",
    r"\,": r"\thinspace",
    r"\!": r"\negthinspace",
    "*": r"\ast",
    "<": r"\lt",
    ">": r"\gt",
    "|": r"\vert",
}
_MARK = re.compile(r"\\[\\{},!]|[*<>|]")


def _without_marks(latex: str) -> str:
    def command(found: re.Match[str]) -> str:
        after = latex[found.end() : found.end() + 1]
        return _COMMANDS[found.group()] + (" " if after.isalnum() else "")

    return _MARK.sub(command, latex)


def equation(entry: Entry, report: Report, flavour: Flavour) -> str:
    """Return the numbered equation of a step, with its condition."""
    written = [to_latex(line) for line in wording.lines(entry.step)]
    several = r" \\ ".join(written)
    body = several if len(written) == 1 else rf"\begin{{gathered}} {several} \end{{gathered}}"
    shown = f"{flavour.before}{body} \\tag{{{entry.number}}}{flavour.after}"
    condition = wording.condition(entry.step, report.model)
    return shown if condition is None else f"{shown}\n\n{condition.word} {inline(condition.formula, flavour)}"


def because(entry: Entry, report: Report, flavour: Flavour) -> str:
    """Return why a step holds, with links to the steps from which it follows."""
    links = [f"[({other.number})](#step-{other.step.key})" for other in wording.cited(entry.step, report.entries)]
    told = sentence(entry.step.because, flavour)
    return f"{told} From {joined(links)}." if links else told


def checks(entry: Entry, flavour: Flavour) -> str:
    """Return the checks of a step as a list."""
    return "\n".join(f"- {_check(result, flavour)}" for result in entry.results)


def _check(result: CheckResult, flavour: Flavour) -> str:
    found = wording.finding(result)
    left = code(found.residual) if found.is_code else words(f"x{found.residual}", flavour)[1:]
    return f"{sentence(result.name, flavour)}: **{result.verdict}**, {found.before}{left}{found.after}"


def code(text: str) -> str:
    """Return a text as code in a line, with as many backticks around it as it takes.

    >>> code("a`b")
    '`` a`b ``'
    """
    shown = wording.visible(text)
    longest = max((len(run) for run in re.findall("`+", shown)), default=0)
    ticks = "`" * (longest + 1)
    return f"{ticks}{shown}{ticks}" if not longest else f"{ticks} {shown} {ticks}"


def table(table: Table, report: Report, flavour: Flavour, *, label: str = "") -> str:
    """Return a table under its caption; one without a number of its own has a label instead."""
    told = sentence(table.caption, flavour)
    caption = told if label else f"**Table {table.number}.** {told}"
    heads = [sentence(head, flavour) or " " for head in table.heads]
    rules = ["--:" if numeric else ":--" for numeric in table.numeric]
    rows = [[_cell(cell, flavour) for cell in wording.cells(row, report.model)] for row in table.rows]
    lines = [f"| {' | '.join(cells)} |" for cells in (heads, rules, *rows)]
    return f"{caption}\n\n" + "\n".join(lines)


def _cell(cell: wording.Cell, flavour: Flavour) -> str:
    if cell.formula is not None:
        return inline(cell.formula, flavour)
    if cell.step is not None:
        return f"[{sentence(cell.text, flavour)}](#step-{cell.step})"
    return sentence(cell.text, flavour)
