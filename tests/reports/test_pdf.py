"""The PDF: tagged after PDF/UA-1, its formulas spoken, its figures drawn in lines, and saying what the report says."""

import io
import os
import re
import subprocess
import sys
import unicodedata
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pypdf
import pypdfium2
import pytest
from nullcline.reports import Report, wording
from nullcline.reports.formats.as_pdf import as_pdf
from nullcline.reports.numbers import decimals
from nullcline.symbolic import RateModel, load_model, transfer
from nullcline.symbolic.typeset import to_spoken
from pypdf.generic import ArrayObject, DictionaryObject, IndirectObject

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.fixture(scope="module")
def written(bistable: Report) -> bytes:
    return as_pdf(bistable)


@pytest.fixture(scope="module")
def document(written: bytes) -> pypdf.PdfReader:
    return opened(written)


# Reports that differ in what they show: kinks, powers, several populations, formulas of one's own.
OTHERS = {
    "relu": lambda: Report.of(RateModel.single(transfer.relu), w=0.5, I_ext=3.5),
    "power": lambda: Report.of(RateModel.single(transfer.power)),
    "wilson-cowan": lambda: Report.of(RateModel.wilson_cowan()),
    "non-monotone": lambda: Report.of(load_model(EXAMPLES / "nonmonotone.toml")),
    "disinhibition": lambda: Report.of(load_model(EXAMPLES / "disinhibition.toml")),
}


QUICK = ("bistable", "relu")
each_report = [name if name in QUICK else pytest.param(name, marks=pytest.mark.slow) for name in ("bistable", *OTHERS)]


@pytest.fixture(scope="module", params=each_report)
def each(request: pytest.FixtureRequest) -> tuple[Report, bytes]:
    if request.param == "bistable":
        return request.getfixturevalue("bistable"), request.getfixturevalue("written")
    report = OTHERS[request.param]()
    return report, as_pdf(report)


def opened(written: bytes) -> pypdf.PdfReader:
    return pypdf.PdfReader(io.BytesIO(written))


def elements(node: Any, above: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], DictionaryObject]]:
    """Every element of the tree of tags with the path of its names, in the order of reading."""
    node = node.get_object() if isinstance(node, IndirectObject) else node
    if isinstance(node, ArrayObject):
        for child in node:
            yield from elements(child, above)
    elif isinstance(node, DictionaryObject):
        if "/S" in node:
            above = (*above, str(node["/S"]))
            yield above, node
        if "/K" in node:
            yield from elements(node["/K"], above)


def tags(document: pypdf.PdfReader) -> list[tuple[tuple[str, ...], DictionaryObject]]:
    return list(elements(document.trailer["/Root"]["/StructTreeRoot"]["/K"]))


def alternatives(document: pypdf.PdfReader, name: str) -> list[str | None]:
    return [None if (alt := tag.get("/Alt")) is None else str(alt) for path, tag in tags(document) if path[-1] == name]


def text_of(document: pypdf.PdfReader) -> str:
    """The text of all pages, letters of mathematics as plain ones, without spaces."""
    text = unicodedata.normalize("NFKC", "".join(page.extract_text() for page in document.pages))
    return re.sub(r"\s", "", text)


def without_spaces(text: str) -> str:
    return re.sub(r"\s", "", unicodedata.normalize("NFKC", text))


# What PDF/UA asks for ------------------------------------------------------------------------------------------------


def test_the_document_says_what_it_is(document: pypdf.PdfReader, bistable: Report):
    root = document.trailer["/Root"]
    assert bool(root["/MarkInfo"]["/Marked"])
    assert root["/Lang"] == "en"
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    assert document.metadata.title == bistable.title
    assert document.metadata.author == "nullcline"
    xmp = root["/Metadata"].get_object().get_data().decode()
    assert "<pdfuaid:part>1</pdfuaid:part>" in xmp
    assert bistable.title in xmp


def test_every_formula_and_every_figure_has_words(each: tuple[Report, bytes]):
    report, written = each
    document = opened(written)
    spoken, described = alternatives(document, "/Formula"), alternatives(document, "/Figure")
    # What a voice can say: words, numbers and pauses. A name in a model is written as it is.
    assert all(alt is not None and re.fullmatch(r"[A-Za-z0-9 .,;:_]+", alt) for alt in spoken)
    assert described == [picture.description for chapter in report.chapters for picture in chapter.illustrations]
    lines = [to_spoken(line) for entry in report.entries for line in wording.lines(entry.step)]
    displayed = iter(spoken)
    # In the order of the report, among the formulas of the sentences.
    assert all(any(alt == line for alt in displayed) for line in lines)


def test_headings_go_down_one_level_at_a_time_and_stand_in_the_order_of_the_report(
    document: pypdf.PdfReader, bistable: Report
):
    headings = [path[-1] for path, _ in tags(document) if re.fullmatch("/H[0-9]", path[-1])]
    expected = [level for chapter in bistable.chapters for level in ("/H1", *("/H2" for _ in chapter.entries))]
    assert headings == [*expected, "/H1"]  # the last has the numbers of the figures
    bookmarks = [[mark.title for mark in each] if isinstance(each, list) else each.title for each in document.outline]
    told: list[Any] = []
    for chapter in bistable.chapters:
        told.append(f"{chapter.number} {chapter.title}")
        told += [[f"{entry.number} {entry.step.title}" for entry in chapter.entries]] if chapter.entries else []
    assert bookmarks == [*told, "Numbers in the figures"]


def test_tables_have_heads(document: pypdf.PdfReader):
    found = tags(document)
    tables = sum(path[-1] == "/Table" for path, _ in found)
    assert tables > 5
    assert sum(path[-1] == "/THead" for path, _ in found) == tables
    assert all("/THead" in path for path, _ in found if path[-1] == "/TH")
    # Also the column that only counts has a name.
    assert "no.r∗x∗λ(1/ms)" in text_of(document)


def test_every_font_is_part_of_the_file(document: pypdf.PdfReader):
    fonts = {font for page in document.pages for font in page["/Resources"].get("/Font", {}).values()}
    assert fonts
    for font in fonts:
        (inner,) = font.get_object()["/DescendantFonts"]
        descriptor = inner.get_object()["/FontDescriptor"]
        assert {"/FontFile", "/FontFile2", "/FontFile3"} & set(descriptor)
        assert "/ToUnicode" in font.get_object()


def test_every_link_leads_to_a_page_and_says_where(document: pypdf.PdfReader, bistable: Report):
    links = [
        link
        for page in document.pages
        for link in map(IndirectObject.get_object, page.get("/Annots", []))
        if link["/Subtype"] == "/Link"
    ]
    cited = sum(len(wording.cited(entry.step, bistable.entries)) for entry in bistable.entries)
    # One for each step in the table of checks, and for each line of the contents.
    assert len(links) >= cited + len(bistable.entries) + len(bistable.chapters)
    assert all(link.get("/Contents") for link in links)
    pages = {page.indirect_reference.idnum for page in document.pages}
    for link in links:
        target = (link["/Dest"] if "/Dest" in link else link["/A"]["/D"]).get_object()
        if not isinstance(target, ArrayObject):
            target = document.named_destinations[str(target)].dest_array
        assert target[0].idnum in pages


# What it says --------------------------------------------------------------------------------------------------------


def test_it_has_every_step_every_check_and_every_fixed_point(each: tuple[Report, bytes]):
    report, written = each
    text = text_of(opened(written))
    for entry in report.entries:
        assert without_spaces(f"{entry.number}{entry.step.title}").replace("_", "") in text
        assert f"({entry.number})" in text
    counted = sum(len(entry.results) for entry in report.entries)
    assert text.count("provednumerically") + text.count("thedifferenceisexactly0") + text.count("residual") >= counted
    for rate in np.ravel(report.fixed_points.r):
        assert without_spaces(decimals(float(rate))) in text


def test_figures_are_lines_and_no_pictures(document: pypdf.PdfReader):
    def kinds(resources: Any) -> Iterator[str]:
        for each in resources.get("/XObject", {}).values():
            form = each.get_object()
            yield str(form["/Subtype"])
            yield from kinds(form.get("/Resources", {}))

    drawn = [kind for page in document.pages for kind in kinds(page["/Resources"])]
    assert "/Image" not in drawn


def test_the_numbers_of_a_figure_are_in_a_table(document: pypdf.PdfReader):
    text = text_of(document)
    for number in range(1, 6):
        assert f"SomeofthenumbersinFigure{number}." in text


def test_nothing_leaves_the_page(each: tuple[Report, bytes]):
    """Also the formulas of the non-monotone unit, which are up to three times as wide as a page."""
    for page in pypdfium2.PdfDocument(each[1]):
        assert inked(page) == pytest.approx((29, 181), abs=2)  # mm; a letter may lean over the edge of its line


def inked(page: pypdfium2.PdfPage) -> tuple[float, float]:
    """How far to the left and to the right something stands on a page of A4, in mm."""
    ink = page.render(scale=1.5).to_numpy()[..., :3].min(axis=(0, 2)) < 200
    columns = np.flatnonzero(ink) / ink.size * 210
    return columns.min(), columns.max()


@pytest.mark.slow
def test_a_wide_formula_is_broken_rather_than_made_small():
    """The slope and the curvature of the non-monotone unit are wider than a page."""
    report = Report.of(load_model(EXAMPLES / "nonmonotone.toml"))
    sizes: list[float] = []

    def look(text: str, cm: list[float], tm: list[float], font: Any, size: float) -> None:
        if text.strip():
            sizes.append(abs(size * tm[3] * cm[3]))

    pages = opened(as_pdf(report)).pages
    concerned = [
        page for page in pages if "The slope of" in page.extract_text() or "The curvature of" in page.extract_text()
    ]
    for page in concerned[:2]:
        page.extract_text(visitor_text=look)
    # A script of a script has half the size of its text, and the smallest text has 8.5 points.
    assert min(sizes) >= 8.5 / 2
    assert max(sizes) > 10


# Hostile and foreign words -------------------------------------------------------------------------------------------

HOSTILE = [
    '#eval("1+1")',
    '#read("/etc/passwd")',
    '#import "@preview/cetz:0.3.0"',
    "$x$",
    "*bold* _emphasised_",
    "@step-eigenvalue",
    "<label>",
    "\\",
    '"); #panic("out") //',
    "] #panic() [",
    "/* a comment",
    "`raw` = heading",
    "\\u{41} \\n",
]


@pytest.mark.parametrize("name", HOSTILE)
def test_a_name_is_never_markup(name: str, bistable: Report):
    first = bistable.chapters[0]
    (table,) = first.tables
    row = replace(table.rows[0], cells=(*table.rows[0].cells[:-1], f"meaning {name}"))
    table = replace(table, rows=(row, *table.rows[1:]), caption=f"caption {name}")
    entry = replace(first.entries[0], step=replace(first.entries[0].step, title=f"title {name}", because=f"why {name}"))
    chapter = replace(first, tables=(table,), entries=(entry,), title=f"chapter {name}", introduction=f"first {name}")
    report = replace(bistable, title=f"model {name}", abstract=(f"abstract {name}",), chapters=(chapter,))
    document = opened(as_pdf(report))
    text = text_of(document)
    for where in ("model", "abstract", "chapter", "first", "title", "why", "caption", "meaning"):
        assert without_spaces(f"{where} {name}") in text
    assert document.metadata.title == f"model {name}"
    assert "root:" not in text


@pytest.mark.slow
def test_a_name_in_a_model_file_is_never_markup(tmp_path: Path):
    text = (EXAMPLES / "refractory.toml").read_text()
    name = "#read('/etc/passwd') $x$ *b* @ref \\\\"
    (tmp_path / "my.toml").write_text(text.replace("refractory population", name).replace("mean threshold", name))
    written = text_of(opened(as_pdf(Report.of(load_model(tmp_path / "my.toml")))))
    assert written.count("#read('/etc/passwd')$x$*b*@ref\\") >= 2
    assert "root:" not in written


def test_letters_without_a_font_do_no_harm(bistable: Report):
    document = opened(as_pdf(replace(bistable, title="模型 😀 \x00 \ue000 ฟังก์ชัน", chapters=())))
    assert document.metadata.title == "模型 😀 <U+0000> <U+E000> ฟังก์ชัน"
    assert "<pdfuaid:part>1" in document.trailer["/Root"]["/Metadata"].get_object().get_data().decode()


def test_a_word_longer_than_a_line_is_broken(bistable: Report):
    report = replace(bistable, title="x" * 300, abstract=("y" * 300,), chapters=())
    (page,) = pypdfium2.PdfDocument(as_pdf(report))
    assert inked(page)[1] <= 183


# The same every time -------------------------------------------------------------------------------------------------


def test_the_same_report_gives_the_same_bytes(written: bytes, bistable: Report, tmp_path: Path):
    bistable.save(tmp_path / "report.pdf")
    assert (tmp_path / "report.pdf").read_bytes() == written
    assert b"CreationDate" not in written


@pytest.mark.slow
def test_another_process_gives_the_same_bytes(written: bytes):
    code = (
        "import sys\nfrom nullcline.reports import Report\nfrom nullcline.symbolic import RateModel\n"
        "sys.stdout.buffer.write(Report.of(RateModel.single(), w=5, I_ext=0.5).write('pdf'))"
    )
    environment = {**os.environ, "PYTHONHASHSEED": "7"}
    run = subprocess.run([sys.executable, "-P", "-c", code], capture_output=True, check=True, env=environment)
    assert run.stdout == written
