"""What a user has called something is words in every form of a report, also where it looks like mathematics."""

import json
import re
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path

import pytest
from nullcline.reports import Report
from nullcline.reports.drawing import data_tables, drawn
from nullcline.reports.formats.as_pdf import as_typst
from nullcline.reports.formats.latex_text import words as in_latex
from nullcline.reports.formats.markdown_text import GITHUB, JUPYTER, Flavour
from nullcline.reports.formats.markdown_text import words as in_markdown
from nullcline.reports.formats.markup import escaped
from nullcline.reports.formats.tikz import DRAWN_FOR_LATEX
from nullcline.reports.wording import phrases
from nullcline.symbolic import load_model
from nullcline.symbolic.typeset.typst import quoted
from pdf_reader import said_in_pdf
from report_readers import reduced

# Words that look like mathematics, and as many that do not.
NAME, TITLE, SOURCE, MEANING, UNIT = "a_b_c src=x", "b=1 at x", "src=x, p < 1", "w = 0 or r*", "<b>"
PLAIN = {NAME: "Apples", TITLE: "pears", SOURCE: "plums", MEANING: "cherries", UNIT: "kg"}

ONE = f"""
schema = 1
name = "{NAME}"
[transfer]
formula = "1/(1 + exp(-a*(x - theta)))"
title = "{TITLE}"
source = "{SOURCE}"
[parameters]
a = {{ value = 1.2, min = 0.3, max = 3.0, meaning = "{MEANING}", unit = "{UNIT}" }}
theta = 2.8
"""
TWO = """
schema = 1
name = "network"
[populations.a_b]
sign = 1
transfer = { catalogue = "relu" }
[populations.x_y]
sign = -1
transfer = { catalogue = "relu" }
[weights]
a_b_a_b = 0.5
a_b_x_y = 1.0
x_y_a_b = 1.0
x_y_x_y = 0.5
"""


def report_of(folder: Path, text: str) -> Report:
    path = folder / "model.toml"
    path.write_text(text, encoding="utf-8")
    return Report.of(load_model(path))


@pytest.fixture(scope="module")
def odd(tmp_path_factory: pytest.TempPathFactory) -> Report:
    return report_of(tmp_path_factory.mktemp("odd"), ONE)


@pytest.fixture(scope="module")
def even(tmp_path_factory: pytest.TempPathFactory) -> Report:
    text = ONE
    for word, plain in PLAIN.items():
        text = text.replace(f'"{word}"', f'"{plain}"')
    return report_of(tmp_path_factory.mktemp("even"), text)


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Report:
    return report_of(tmp_path_factory.mktemp("network"), TWO)


def of_markdown(flavour: Flavour) -> Callable[[str], str]:
    # Not at the beginning of a line.
    return lambda text: in_markdown(f"x{text}", flavour)[1:]


def html(report: Report) -> str:
    return str(report.write("html"))


def notebook(report: Report) -> str:
    cells = json.loads(report.write("ipynb"))["cells"]
    return "\n\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown")


# How a form is written, the words in it, and what marks a formula.
FORMS: dict[str, tuple[Callable[[Report], str], Callable[[str], str], str]] = {
    "html": (html, escaped, "<math"),
    "tex": (lambda report: str(report.write("tex")), in_latex, r"(?<!\\)\$"),
    "md": (lambda report: str(report.write("md")), of_markdown(GITHUB), r"(?<!\\)\$"),
    "ipynb": (notebook, of_markdown(JUPYTER), r"(?<!\\)\$"),
    "pdf": (as_typst, lambda text: quoted(text)[1:-1], r"#m\("),
}


@pytest.mark.parametrize("form", FORMS)
def test_words_of_a_model_file_are_words(odd: Report, even: Report, form: str):
    write, words, formula = FORMS[form]
    text = write(odd)
    for word in (NAME, f"is the {TITLE}.", f"Source: {SOURCE}.", MEANING, UNIT):
        assert words(word) in text, word
    assert len(re.findall(formula, text)) == len(re.findall(formula, write(even)))


def test_words_of_a_model_file_are_in_the_json_as_they_are(odd: Report):
    told = json.loads(odd.write("json"))
    assert told["title"] == NAME
    assert f"Source: {SOURCE}." in odd.write("json")
    rows = {row["data"]["name"]: row["cells"] for row in told["tables"][0]["rows"]}
    assert rows["a"][2:] == [UNIT, MEANING]


class _Heading(HTMLParser):
    """The elements in the main heading of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.inside, self.elements = False, list[str]()
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.elements += [tag] if self.inside else []
        self.inside |= tag == "h1"

    def handle_endtag(self, tag: str) -> None:
        self.inside &= tag != "h1"


def test_the_heading_of_a_page_is_words(odd: Report):
    assert _Heading(html(odd)).elements == []


@pytest.mark.slow
def test_words_of_a_model_file_are_letters_of_the_printed_report(odd: Report):
    pytest.importorskip("typst")
    said = said_in_pdf(odd.write("pdf"))
    assert reduced(f"Source: {SOURCE}.") in said.steps["transfer"]
    assert any(row[2:] == [reduced(UNIT), reduced(MEANING)] for row in said.tables[0])


def test_a_population_is_called_what_it_is_called(network: Report):
    assert phrases(network.title) == ("Two coupled populations, a_b and x_y",)
    titles = [entry.step.title for entry in network.entries]
    assert phrases(titles[titles.index("The transfer function of population a_b")]) == (
        "The transfer function of population a_b",
    )
    checked = [row.cells[0] for table in network.chapters[-1].tables for row in table.rows]
    (listed,) = (cell for cell in checked if cell.endswith("The transfer function of population x_y"))
    assert len(phrases(listed)) == 1
    (silent,) = (e.step.statement for e in network.entries if e.step.key == "nullcline_a_b")
    assert " Where the total input of a_b is below threshold, the line " in phrases(silent)[2]
    # What is called after it is a quantity.
    (heads,) = (t.heads for c in network.chapters for t in c.tables if t.key == "fixed_points")
    assert [len(phrases(head)) == 1 and not isinstance(phrases(head)[0], str) for head in heads[1:3]] == [True, True]


def test_a_population_is_called_so_in_the_numbers_of_a_figure(network: Report):
    pictures = {each.key: each for chapter in network.chapters for each in chapter.illustrations}
    picture = pictures["transfer"]
    heads = [head for table in data_tables(picture, drawn(picture.draw, DRAWN_FOR_LATEX)) for head in table.heads]
    named = [head for head in heads if head.startswith("population ")]
    assert {phrases(head) for head in named} == {("population a_b",), ("population x_y",)}
