"""What a report says, read from each of its forms: the text of every step, the cells of every table.

Sentences come as bare letters and signs, `reduced`: each form sets mathematics in a way of its own.
"""

import html
import json
import re
import unicodedata
from dataclasses import dataclass
from html.parser import HTMLParser

_GLYPHS = {
    **dict(
        zip(
            ["alpha", "beta", "gamma", "delta", "varepsilon", "theta", "kappa", "lambda", "mu", "pi", "rho", "sigma"],
            "αβγδεθκλμπρσ",
            strict=True,
        )
    ),
    "tau": "τ",
    "Delta": "Δ",
    "varphi": "φ",
    "omega": "ω",
    "infty": "∞",
    "pm": "±",
    "cdot": "·",
    "times": "×",
    "le": "≤",
    "ge": "≥",
    "ne": "≠",
    "approx": "≈",
    "ast": "*",
    "lt": "<",
    "gt": ">",
    "vert": "|",
    "lvert": "|",
    "rvert": "|",
    "lbrace": "{",
    "rbrace": "}",
    "surd": "√",
    "dots": "…",
    "textperiodcentered": "·",
    "to": "→",
    "textbackslash": "\\",
    "textasciitilde": "~",
    "textasciicircum": "^",
    "textless": "<",
    "textgreater": ">",
    "textbar": "|",
    "textquotedbl": '"',
    "textasciigrave": "`",
    "textquotesingle": "'",
    "sqrt": "√",
    "thinspace": "",
    "negthinspace": "",
    "cr": "",
    "left": "",
    "right": "",
    "item": "",
    "small": "",
    "par": "",
    "mathrm": "",
    "operatorname": "",
    "mathit": "",
    "textbf": "",
    "textit": "",
    "texttt": "",
    "smallskip": "",
    "allowbreak": "",
}
_ACCENTS = {"`": "\u0300", "'": "\u0301", "^": "\u0302", "~": "\u0303", "=": "\u0304", ".": "\u0307", '"': "\u0308"}
_SCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻₀₁₂₃₄₅₆₇₈₉₊₋∗−", "0123456789-0123456789+-*-")
_LEFT_OUT = str.maketrans("", "", "√ \n\t\u00a0\u2009\u2061\u2062_^{}()[]$")


@dataclass(frozen=True)
class Said:
    """The text of each step by its key, and each numbered table as rows of cells.

    `numbers` are the tables of the figures' numbers, in order, the heads of the columns first; JSON has all the numbers
    and no such tables.
    """

    steps: dict[str, str]
    tables: list[list[list[str]]]
    numbers: list[list[list[str]]] | None


def reduced(text: str) -> str:
    """Letters, digits and signs alone, however they are raised or spaced.

    >>> reduced("a rate r∗ of 1.05 × 10⁻⁸") == reduced("a rate r^* of 1.05 ×10^{-8}")
    True
    """
    plain = text.replace("″", "''").replace("′", "'").replace("’", "'").replace("–", "--")
    return plain.translate(_SCRIPTS).translate(_LEFT_OUT).replace("--", "-")


def as_shown(text: str) -> str:
    """A text of the report as a form for people may show it: what cannot be printed by its name."""
    spaced = text.replace("\n", " ")
    return reduced("".join(f"<U+{ord(c):04X}>" if unicodedata.category(c)[0] == "C" else c for c in spaced))


def without_latex(text: str) -> str:
    """LaTeX as the letters that it shows."""
    text = re.sub(r"\\texorpdfstring\{((?:[^{}]|\{(?:[^{}]|\{[^{}]*\})*\})*)\}\{[^{}]*\}", r"\1", text)
    text = re.sub(r"\\(?:hyperref\[[^\]]*\]|label\{[^}]*\})", "", text)
    text = re.sub(r"\\([A-Za-z]+)(?:\{\})?", lambda c: _GLYPHS.get(c[1], c[1]), text)
    text = re.sub(r"\\([\"'^~`=.])\{(\w)\}", lambda c: unicodedata.normalize("NFC", c[2] + _ACCENTS[c[1]]), text)
    return re.sub(r"\\([^A-Za-z])", lambda c: "" if c[1] in ",!" else c[1], text)


# Markdown -------------------------------------------------------------------------------------------------------------


def without_markdown(text: str) -> str:
    """Markdown as the letters that it shows: formulas, links, entities, what is escaped."""
    text = text.replace("<span>$</span>", "&#36;")
    parts = re.split(r"(\$`.*?`\$|\$[^$\n]+\$|(?<![`\\])`[^`\n]+`(?!`))", text)
    shown = []
    for position, part in enumerate(parts):
        if position % 2 and part.startswith("`"):
            shown.append(part.strip("`"))
            continue
        if position % 2:
            shown.append(without_latex(part.strip("$`")))
            continue
        part = re.sub(r"<[^>]*>", "", part).replace("**", "")
        part = re.sub(r"\[(\([\d.]+\))\]\(#[\w-]+\)", r"\1", part)
        part = re.sub(r"(?<!\\)\[(.*?)(?<!\\)\]\(#[\w-]+\)", r"\1", part)
        shown.append(html.unescape(re.sub(r"\\([^A-Za-z0-9\s])", r"\1", part)))
    return "".join(shown)


def _linked(text: str) -> str:
    """The words of a link whose words hold a formula, which would otherwise be cut in two."""
    return re.sub(r"(?<!\\)\[(.*?)(?<!\\)\]\(#[\w-]+\)", r"\1", text)


def tables_of_markdown(text: str) -> list[list[list[str]]]:
    found = re.findall(r"\*\*Table \d+\.\*\* [^\n]*\n\n((?:\|.*\|\n?)+)", text)
    return [[_cells(line) for line in table.strip().split("\n")[2:]] for table in found]


def numbers_in_markdown(text: str) -> list[list[list[str]]]:
    found = re.findall(r"Some of the numbers in Figure \d+\.\n\n((?:\|.*\|\n?)+)", text)
    return [[_cells(line) for line in (heads, *rows)] for heads, _, *rows in (t.strip().split("\n") for t in found)]


def _cells(line: str) -> list[str]:
    return [reduced(without_markdown(_linked(cell))) for cell in re.split(r"(?<!\\)\|", line.strip())[1:-1]]


def said_in_md(text: str) -> Said:
    text = re.sub(r"```math\n.*?\n```", "", text, flags=re.DOTALL)
    parts = re.split(r'<a id="(?:step-(\w+)|[\w-]+)"></a>', text)
    steps = {key: reduced(without_markdown(body)) for key, body in zip(parts[1::2], parts[2::2], strict=True) if key}
    return Said(steps, tables_of_markdown(text), numbers_in_markdown(text))


def said_in_ipynb(text: str) -> Said:
    cells = [cell for cell in json.loads(text)["cells"] if cell["cell_type"] == "markdown"]
    whole = "\n\n".join("".join(cell["source"]) for cell in cells)
    whole = re.sub(r"\$\$\n.*?\n\$\$", "", whole, flags=re.DOTALL)
    return said_in_md(whole.replace(r"\$", "&#36;"))


# LaTeX ----------------------------------------------------------------------------------------------------------------


def said_in_tex(text: str) -> Said:
    numbers = _numbers_of_labels(text)
    body = text[text.index(r"\tableofcontents") : text.index(r"\clearpage\appendix")]
    body = re.sub(r"\\eqref\{eq:(\w+)\}", lambda found: f"({numbers[found[1]]})", body)
    steps = {}
    for part in re.split(r"\\(?:sub)?section\{", body)[1:]:
        found = re.search(r"\\label\{eq:(\w+)\}", part)
        if found:
            part = re.sub(r"\\begin\{equation\}.*?\\end\{equation\}", "", part, flags=re.DOTALL)
            steps[found[1]] = numbers[found[1]] + reduced(without_latex(part))
    tables = re.findall(r"\\begin\{(?:longtable|table)\}(.*?)\\end\{(?:longtable|table)\}", text, flags=re.DOTALL)
    numbers = re.findall(
        r"\\textit\{Some of the numbers.*?\\begin\{tabular\}\{\w+\}\n(.*?\\end\{tabular\})", text, re.DOTALL
    )
    return Said(steps, [_rows_of_tex(t) for t in tables], [[*_heads_of_tex(t), *_rows_of_tex(t)] for t in numbers])


def _numbers_of_labels(text: str) -> dict[str, str]:
    """The number that LaTeX gives each equation: section and place in it."""
    section = place = 0
    numbers = {}
    for found in re.finditer(r"\\section\{|\\label\{eq:(\w+)\}", text):
        if found[1] is None:
            section, place = section + 1, 0
        else:
            place += 1
            numbers[found[1]] = f"{section}.{place}"
    return numbers


def _rows_of_tex(table: str) -> list[list[str]]:
    return _cells_of_tex(table.split(r"\hline")[-1].replace("\\endhead", "").split(r"\end{tabular}")[0])


def _heads_of_tex(table: str) -> list[list[str]]:
    return _cells_of_tex(table.split(r"\hline")[0])


def _cells_of_tex(rows: str) -> list[list[str]]:
    lines = [line for line in rows.split("\\\\\n") if line.strip()]
    return [[reduced(without_latex(cell)) for cell in re.split(r"(?<!\\)&", line)] for line in lines]


# The page and JSON ----------------------------------------------------------------------------------------------------


class _Page(HTMLParser):
    """Collects the text of each step's section and of each cell of a table, by whether it is a figure's numbers."""

    _SILENT = frozenset({"annotation", "button", "script", "style", "title", "desc", "unseen"})
    _VOID = frozenset({"meta", "br", "hr", "img", "input", "link", "col", "wbr"})

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.steps: dict[str, str] = {}
        self.tables: list[list[list[str]]] = []
        self.numbers: list[list[list[str]]] = []
        self._open: list[tuple[str, str | None]] = []
        self._table: list[list[str]] | None = None
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag in self._VOID:
            return
        step = given.get("id") or "" if tag == "section" and "step" in (given.get("class") or "").split() else None
        # What is only heard repeats in words what a formula shows.
        self._open.append(("unseen" if given.get("class") == "unseen" else tag, step))
        if step is not None:
            self.steps[step.removeprefix("step-")] = ""
        found = re.fullmatch(r"(Table|Numbers in Figure) \d+", given.get("aria-label") or "") if tag == "div" else None
        if found:
            self._table = []
            (self.tables if found[1] == "Table" else self.numbers).append(self._table)
        if tag == "tr" and self._table is not None:
            self._table.append([])
        if tag in ("td", "th") and self._table:
            self._table[-1].append("")

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop()[0] not in (tag, "unseen"):
            pass
        if tag == "table":
            self._table = None

    def handle_data(self, data: str) -> None:
        if any(tag in self._SILENT for tag, _ in self._open):
            return
        for _, step in self._open:
            if step is not None:
                self.steps[step.removeprefix("step-")] += data
        if self._table and any(tag in ("td", "th") for tag, _ in self._open):
            self._table[-1][-1] += data


def said_in_html(text: str) -> Said:
    page = _Page(text)
    tables = [[[reduced(cell) for cell in row] for row in table[1:]] for table in page.tables]
    numbers = [[[reduced(cell) for cell in row] for row in table] for table in page.numbers]
    return Said({key: reduced(told) for key, told in page.steps.items()}, tables, numbers)


def said_in_json(text: str) -> Said:
    document = json.loads(text)
    numbers = {step["key"]: step["number"] for step in document["steps"]}
    steps = {}
    for step in document["steps"]:
        cited = [f"({numbers[key]})" for key in step["follows_from"]]
        checks = [f"{check['name']}: {check['verdict']}, {check['finding']}" for check in step["checks"]]
        told = [step["number"], step["title"], step["statement"], step["because"], *cited, step["verdict"], *checks]
        steps[step["key"]] = as_shown(" ".join(told))
    symbols = {p["name"]: reduced(without_latex(p["latex"])) for p in document["parameters"]}
    tables = [
        [[symbols.get(cell, as_shown(cell)) for cell in row["cells"]] for row in table["rows"]]
        for table in document["tables"]
    ]
    return Said(steps, tables, None)


READERS = {
    "html": said_in_html,
    "tex": said_in_tex,
    "md": said_in_md,
    "ipynb": said_in_ipynb,
    "json": said_in_json,
}
