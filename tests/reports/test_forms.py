"""One report, many forms: each says the same steps, numbers and verdicts, the same bytes every time."""

import ast
import json
import os
import re
import subprocess
import sys
import unicodedata
from dataclasses import replace
from functools import cache
from importlib.resources import files
from pathlib import Path

import jsonschema
import nbformat
import numpy as np
import pytest
from markdown_it import MarkdownIt
from nullcline.reports import Report
from nullcline.reports.content import Illustration
from nullcline.reports.drawing import data_tables, drawn
from nullcline.reports.formats import FORMATS
from nullcline.reports.wording import cells, cited, finding
from nullcline.symbolic import MissingExtra, NullclineError, RateModel, load_model, transfer
from nullcline.symbolic.typeset import to_text
from pdf_reader import said_in_pdf
from report_readers import READERS, Said, as_shown

EXAMPLES = Path(__file__).parents[2] / "examples"

# What a text of a model may try in one of the forms, and in a terminal.
HOSTILE = (
    '<script>alert(1)</script> #eval(1) \\input{/etc/passwd} $x$ 50% `rm` *b* _i_ a|b ~ ^ & "q" {x} '
    "[l](javascript:f) --- ![i](http://e) \x1b[2J\x07\x9b \u202eright\nnext ''' \"\"\" Schrödinger"
)


def hostile_model() -> RateModel:
    """A model whose every text is hostile."""
    (population,) = RateModel.single(transfer.relu).populations
    shape = tuple(replace(p, meaning=HOSTILE, unit=HOSTILE) for p in population.transfer.parameters)
    function = replace(population.transfer, name="own", title=HOSTILE, source=HOSTILE, parameters=shape)
    model = RateModel.single(function)
    return replace(model, name=HOSTILE)


REPORTS = {
    **{n: (lambda n=n: Report.of(RateModel.single(transfer.catalogue[n]), w=0.5)) for n in transfer.catalogue},
    "sigmoid": lambda: Report.of(RateModel.single(), w=5, I_ext=0.5),
    "relu": lambda: Report.of(RateModel.single(transfer.relu), w=-2.0, I_ext=4.0),
    "hostile": lambda: Report.of(hostile_model()),
    "wilson-cowan": lambda: Report.of(RateModel.wilson_cowan()),
    "nonmonotone": lambda: Report.of(load_model(EXAMPLES / "nonmonotone.toml")),
}
QUICK = ("sigmoid", "hostile")
each_report = pytest.mark.parametrize(
    "name", [name if name in QUICK else pytest.param(name, marks=pytest.mark.slow) for name in REPORTS]
)
TEXTS = tuple(name for name in FORMATS if name != "pdf")


@cache
def report_of(name: str) -> Report:
    return REPORTS[name]()


@cache
def written(name: str, format: str) -> str:
    text = report_of(name).write(format)
    assert isinstance(text, str)
    return text


def said(name: str, format: str) -> Said:
    if format == "pdf":
        return said_in_pdf(report_of(name).write("pdf"))
    return READERS[format](written(name, format))


# The same in each -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("format", FORMATS)
@each_report
def test_every_form_states_the_same_steps(name: str, format: str):
    report = report_of(name)
    steps = said(name, format).steps
    assert list(steps) == [entry.step.key for entry in report.entries]
    for entry in report.entries:
        told, place = steps[entry.step.key], 0
        wanted = [entry.number, entry.step.title, entry.step.statement, entry.step.because]
        wanted += [f"({other.number})" for other in cited(entry.step, report.entries)]
        wanted.append(str(entry.verdict))
        for result in entry.results:
            wanted += [result.name, str(result.verdict), str(finding(result))]
        for each in map(as_shown, wanted):
            assert each in told[place:], (format, entry.step.key, each, told)
            place = told.index(each, place) + len(each)


@pytest.mark.parametrize("format", FORMATS)
@each_report
def test_every_form_has_the_same_numbers_in_its_tables(name: str, format: str):
    report = report_of(name)
    wanted = [
        [
            [as_shown(to_text(c.formula) if c.formula else c.text) for c in cells(row, report.model)]
            for row in table.rows
        ]
        for chapter in report.chapters
        for table in chapter.tables
    ]
    assert said(name, format).tables == wanted


@each_report
def test_the_equations_are_the_same_latex_in_every_form(name: str):
    lines = [step["lines"] for step in json.loads(written(name, "json"))["steps"]]
    in_tex = re.findall(
        r"\\begin\{equation\}\\label\{eq:\w+\}\n(.*?)\n\\end\{equation\}", written(name, "tex"), re.DOTALL
    )
    in_md = re.findall(r"```math\n(.*?) \\tag\{[\d.]+\}\n```", written(name, "md"), re.DOTALL)
    cells = json.loads(written(name, "ipynb"))["cells"]
    whole = "\n".join("".join(cell["source"]) for cell in cells)
    in_ipynb = re.findall(r"\$\$\n(.*?) \\tag\{[\d.]+\}\n\$\$", whole, re.DOTALL)
    assert [bare(body) for body in in_tex] == [bare(body) for body in in_md] == [bare(body) for body in in_ipynb]
    assert [bare(body) for body in in_md] == [" \\\\ ".join(each) for each in lines]


def bare(body: str) -> str:
    """An equation without what its form has around it."""
    body = re.sub(r"^\\fitted\{(.*)\}$", r"\1", body, flags=re.DOTALL)
    found = re.fullmatch(r"\\begin\{gathered\}(.*)\\end\{gathered\}", body, re.DOTALL)
    return " \\\\ ".join(re.split(r"\s*\\\\\n\s*|\s\\\\\s(?!\[)", found[1].strip())) if found else body


@pytest.mark.parametrize("format", [name for name in FORMATS if name != "json"])
@each_report
def test_every_form_has_the_same_numbers_of_its_figures(name: str, format: str):
    wanted = [
        [[as_shown(cell) for cell in cells] for cells in (table.heads, *(row.cells for row in table.rows))]
        for picture in pictures_of(name)
        for table in data_tables(picture, drawn(picture.draw, {}))
    ]
    assert said(name, format).numbers == wanted
    assert len(wanted) >= len(pictures_of(name))


@each_report
def test_the_json_has_all_that_was_drawn_to_the_last_bit(name: str):
    figures = json.loads(written(name, "json"))["figures"]
    assert [figure["key"] for figure in figures] == [picture.key for picture in pictures_of(name)]
    for figure, picture in zip(figures, pictures_of(name), strict=True):
        drawing = drawn(picture.draw, {})
        assert (figure["x_label"], figure["y_label"]) == (drawing.x_label, drawing.y_label)
        assert [series["name"] for series in figure["series"]] == [series.name for series in drawing.series]
        for told, series in zip(figure["series"], drawing.series, strict=True):
            for axis in ("x", "y"):
                values = getattr(series, axis)
                assert told[axis] == [float(v) if np.isfinite(v) else None for v in values]
                assert len(told[axis]) > 0


def pictures_of(name: str) -> list[Illustration]:
    return [picture for chapter in report_of(name).chapters for picture in chapter.illustrations]


# The same bytes -------------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_the_same_report_gives_the_same_bytes_in_any_process():
    code = """
import sys
from nullcline.reports import Report
from nullcline.symbolic import RateModel, transfer
report = Report.of(RateModel.single(transfer.relu), w=0.5, I_ext=3.0)
for format in ("html", "tex", "md", "ipynb", "json"):
    sys.stdout.buffer.write(report.write(format).encode())
"""
    made = [
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": seed, "SOURCE_DATE_EPOCH": date},
            capture_output=True,
            check=True,
        ).stdout
        for seed, date in (("0", "0"), ("4242", "1700000000"))
    ]
    assert made[0] == made[1]
    assert len(made[0]) > 100_000


# Each by its own rules ------------------------------------------------------------------------------------------------


@each_report
def test_the_json_is_what_its_schema_says(name: str):
    schema = json.loads(files("nullcline.reports.formats").joinpath("report.schema.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)

    def refuse(constant: str) -> None:
        raise AssertionError(f"{constant} in JSON")

    document = json.loads(written(name, "json"), parse_constant=refuse)
    jsonschema.Draft202012Validator(schema).validate(document)
    assert document["title"] == report_of(name).title
    assert '"Unknown"' not in written(name, "json")


def test_the_schema_refuses_what_a_program_could_not_read():
    schema = json.loads(files("nullcline.reports.formats").joinpath("report.schema.json").read_text(encoding="utf-8"))
    document = json.loads(written("sigmoid", "json"))
    for spoil in (
        lambda d: d.pop("steps"),
        lambda d: d["steps"][0].pop("equation"),
        lambda d: d["steps"][0].update(verdict="probably"),
        lambda d: d["parameters"][0].update(value="1"),
        lambda d: d.update(schema="nullcline-report/2"),
    ):
        changed = json.loads(json.dumps(document))
        spoil(changed)
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(changed, schema)


@each_report
def test_the_json_has_the_fixed_points_to_the_last_bit(name: str):
    document, found = json.loads(written(name, "json")), report_of(name).fixed_points
    assert document["fixed_points"] == json.loads(json.dumps(found.to_dict()))


@each_report
def test_the_notebook_is_valid(name: str):
    notebook = nbformat.reads(written(name, "ipynb"), as_version=4)
    nbformat.validate(notebook)
    assert (notebook.nbformat, notebook.nbformat_minor) == (4, 5)
    ids = [cell.id for cell in notebook.cells]
    assert len(ids) == len(set(ids))
    assert {f"code-{key}" for key in report_of(name).derivation} <= set(ids)


OWN_HTML = re.compile(r'<a id="[\w-]+">|</a>|</?details>|</?summary>|<span>|</span>')


@each_report
def test_markdown_is_read_as_it_is_meant(name: str):
    text = written(name, "md")
    tokens = MarkdownIt("gfm-like", {"linkify": False}).parse(text)
    inside = [child for token in tokens for child in [token, *(token.children or ())]]
    assert {t.content for t in inside if t.type == "html_inline" and not OWN_HTML.fullmatch(t.content)} == set()
    for block in (t.content for t in inside if t.type == "html_block"):
        rest = re.sub(r"<summary>[\w ,.]*</summary>", "", block)
        assert OWN_HTML.sub("", rest).strip() == "", block
    headings = [tokens[i + 1].content for i, t in enumerate(tokens) if t.type == "heading_open"]
    report = report_of(name)
    assert len(headings) == 1 + len(report.chapters) + len(report.entries)
    assert sum(t.type == "fence" and t.info == "math" for t in tokens) == len(report.entries)
    links = {t.attrs["href"] for t in inside if t.type == "link_open"}
    assert all(link.startswith("#") for link in links)
    assert {link[1:] for link in links} <= set(re.findall(r'<a id="([\w-]+)">', text))
    assert [t for t in inside if t.type == "image"] == []


@pytest.mark.parametrize("format", TEXTS)
def test_nothing_that_a_terminal_obeys_is_in_any_form(format: str):
    text = written("hostile", format)
    bad = {c for c in text if unicodedata.category(c)[0] == "C" and c != "\n"}
    assert {c for c in bad if c not in "\u2061\u2062"} == set()


def test_a_hostile_text_is_no_code_of_the_notebook():
    for cell in json.loads(written("hostile", "ipynb"))["cells"]:
        if cell["cell_type"] != "code":
            continue
        tree = ast.parse("".join(cell["source"]))
        names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
        assert names & {"eval", "exec", "alert", "script", "rm"} == set()
        assert all("%" not in line[:1] and "!" not in line[:1] for line in "".join(cell["source"]).splitlines())


def test_a_hostile_text_is_no_command_of_latex():
    text = written("hostile", "tex")
    assert re.findall(r"\\(?:input|include|write|openout|immediate|catcode|def)(?![A-Za-z])", text) == []
    assert text.isascii()


# Files ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("format", TEXTS)
def test_a_report_is_saved_in_the_format_of_its_ending(format: str, tmp_path: Path):
    report_of("sigmoid").save(tmp_path / f"mine.{format}")
    saved = (tmp_path / f"mine.{format}").read_text(encoding="utf-8")
    assert saved == written("sigmoid", format) or format == "md"


def test_markdown_links_the_figures_that_lie_beside_it(tmp_path: Path):
    report_of("sigmoid").save(tmp_path / "my report.md")
    text = (tmp_path / "my report.md").read_text(encoding="utf-8")
    tokens = MarkdownIt("gfm-like", {"linkify": False}).parse(text)
    linked = [c.attrs["src"] for t in tokens for c in (t.children or ()) if c.type == "image"]
    assert [link.replace("%20", " ") for link in linked] == sorted(
        f"my report-figures/{path.name}" for path in (tmp_path / "my report-figures").iterdir()
    )
    assert len(linked) == 5
    first = {path.name: path.read_bytes() for path in (tmp_path / "my report-figures").iterdir()}
    report_of("sigmoid").save(tmp_path / "my report.md")
    assert first == {path.name: path.read_bytes() for path in (tmp_path / "my report-figures").iterdir()}


def test_a_format_and_an_ending_that_disagree_are_refused(tmp_path: Path):
    report = report_of("sigmoid")
    with pytest.raises(NullclineError) as refusal:
        report.save(tmp_path / "x.html", "tex")
    assert str(refusal.value) == "a report in format tex is a file that ends in .tex, got 'x.html'"
    with pytest.raises(NullclineError) as refusal:
        report.save(tmp_path / "x.docx")
    told = "the ending of a report's file tells its format (.html, .pdf, .tex, .md, .ipynb, .json), got 'x.docx'"
    assert str(refusal.value) == told
    with pytest.raises(NullclineError, match="unknown format 'docx'"):
        report.write("docx")
    assert list(tmp_path.iterdir()) == []


def test_a_format_whose_extra_is_missing_names_it(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("nullcline.reports.formats.find_spec", lambda name: None)
    with pytest.raises(MissingExtra) as refusal:
        report_of("sigmoid").write("pdf")
    assert refusal.value.extra == "pdf"
    assert str(refusal.value).endswith("run pip install 'nullcline[pdf]'")
