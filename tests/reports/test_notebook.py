"""Notebooks: the explorer in a cell, and a notebook that is run, saved and read again."""

import re
import shutil
import subprocess
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from nullcline.numeric import check_answer, fixed_points, simulate
from nullcline.reports.explorer.cell import ExplorerCell, explorer_cell
from nullcline.reports.explorer.explorer import explorer
from nullcline.symbolic import ModelError, NullclineError, ParameterError, RateModel, transfer
from shown import HOSTILE

MODEL = RateModel.single()
BISTABLE = {"w": 5.0, "I_ext": 0.5}


class _Frame(HTMLParser):
    """The attributes of the frames of a cell, and its elements."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.frames: list[dict[str, str | None]] = []
        self.elements: list[str] = []
        self.addresses: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append(tag)
        given = dict(attrs)
        self.addresses += [str(given[name]) for name in ("src", "href", "action", "data") if name in given]
        if tag == "iframe":
            self.frames.append(given)


def html_of(cell: ExplorerCell) -> str:
    return cell._repr_mimebundle_()["text/html"]


@pytest.fixture(scope="module")
def cell() -> ExplorerCell:
    made = MODEL.explore(**BISTABLE)
    assert isinstance(made, ExplorerCell)
    return made


def test_a_cell_holds_the_whole_explorer_and_asks_for_nothing(cell: ExplorerCell):
    read = _Frame(html_of(cell))
    assert read.elements == ["script", "p", "iframe"]
    (frame,) = read.frames
    assert frame["srcdoc"] == cell.page
    assert frame["sandbox"] == "allow-scripts"
    made = explorer(MODEL, BISTABLE)
    assert made.script in cell.page
    assert made.style in cell.page
    assert re.findall(r'data-param="(\w+)"', cell.page) == re.findall(r'data-param="(\w+)"', made.markup)
    inside = _Frame(cell.page)
    # Links to questions stay in the cell; the steps that the report has are not there.
    assert {address.partition("&")[0] for address in inside.addresses} == {"#explorer"}
    assert not re.search(r"https?://(?!www\.w3\.org/(?:1998/Math/MathML|2000/svg)\b)|@import|url\((?!#)", cell.page)


def test_a_cell_says_in_text_what_it_is(cell: ExplorerCell):
    line = "Explorer of 'single' at w=5, I_ext=0.5 (a notebook shows it; .page is HTML)"
    assert repr(cell) == line
    assert cell._repr_mimebundle_(include={"text/plain"}) == {"text/plain": line}
    assert list(cell._repr_mimebundle_(exclude={"text/plain"})) == ["text/html"]


def test_a_cell_opens_at_the_parameters_that_it_was_given():
    made = MODEL.explore(w=3.25, r_init=0.7, seed=11)
    assert isinstance(made, ExplorerCell)
    assert made == explorer_cell(MODEL, {"w": 3.25}, r_init=0.7, seed=11)
    boxes = re.findall(r'<input type="number" data-param="(\w+)".*?value="(.*?)"', made.page)
    assert {"w": "3.25", "r_init": "0.7", "seed": "11", "I_ext": "0"}.items() <= dict(boxes).items()


def test_a_name_does_no_harm():
    made = replace(MODEL, name=HOSTILE).explore()
    assert isinstance(made, ExplorerCell)
    read = _Frame(html_of(made))
    assert read.elements == ["script", "p", "iframe"]
    inside = _Frame(made.page)
    assert inside.elements.count("script") == 2
    assert inside.elements.count("title") == 1


def test_what_cannot_be_explored_is_refused():
    with pytest.raises(ModelError, match="the explorer shows models of one population"):
        RateModel.wilson_cowan().explore()
    with pytest.raises(ParameterError, match="unknown parameter 'thetha'"):
        MODEL.explore(thetha=1.0)
    with pytest.raises(ParameterError, match=r"tau must be positive, got -1\.0 ms"):
        MODEL.explore(tau=-1.0)


def test_an_installation_without_the_explorer_says_so(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("nullcline.symbolic.notebook.entry_points", lambda **_: ())
    with pytest.raises(NullclineError) as refusal:
        MODEL.explore()
    assert str(refusal.value) == (
        "no explorer is registered: this installation is older than its code; "
        "install nullcline again (pip install -e .)"
    )


# A notebook that is run -----------------------------------------------------------------------------------------------

CELLS = [
    "from nullcline.symbolic import RateModel\nfrom nullcline.numeric import check_answer, fixed_points, simulate\n"
    "model = RateModel.single()\nmodel",
    "derivation = model.derive()\nderivation",
    'derivation["eigenvalue"]',
    "fixed_points(model, w=5, I_ext=0.5)",
    "simulate(model, w=5, I_ext=0.5)",
    "check_answer(model, fixed_points=[0.042, 0.447, 0.447], w=5, I_ext=0.5)",
    "model.explore(w=5, I_ext=0.5)",
]


@pytest.mark.slow
def test_a_notebook_that_was_run_shows_everything_without_a_kernel(tmp_path: Path, cell: ExplorerCell):
    nbformat = pytest.importorskip("nbformat")
    nbclient = pytest.importorskip("nbclient")
    pytest.importorskip("ipykernel")
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in CELLS])
    nbclient.NotebookClient(
        notebook, timeout=300, kernel_name="python3", resources={"metadata": {"path": str(tmp_path)}}
    ).execute()
    path = tmp_path / "run.ipynb"
    nbformat.write(notebook, path)

    saved = nbformat.read(path, as_version=4)
    nbformat.validate(saved)
    outputs = [each.outputs for each in saved.cells]
    assert [[o.output_type for o in each] for each in outputs] == [["execute_result"]] * len(CELLS)
    data = [each[0].data for each in outputs]
    for bundle in data[:-1]:
        assert set(bundle) == {"text/plain", "text/latex", "text/html"}
        assert bundle["text/html"].startswith('<div class="nullcline ')
        assert bundle["text/latex"].startswith("$$")
    assert "<math" in data[0]["text/html"]
    assert r"\lambda = \frac{-1 + w F'(w r^* + I_{\mathrm{ext}})}{\tau}" in data[2]["text/latex"]
    assert "0.0415367" in data[3]["text/html"]
    assert "<svg" in data[4]["text/html"]
    assert "you list 0.447 twice and miss 0.900" in data[5]["text/html"]
    assert set(data[6]) == {"text/plain", "text/html"}
    # What the file holds is the page that the explorer is, whole.
    assert _Frame(data[6]["text/html"]).frames[0]["srcdoc"] == cell.page


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="not found: pdflatex")
def test_the_latex_of_everything_is_set_by_pdflatex_as_it_is(tmp_path: Path):
    named = replace(MODEL, name=f"{HOSTILE} é – … ≈ x₁₀ 10⁻⁸")
    models = [*(RateModel.single(f) for f in transfer.catalogue.values()), RateModel.wilson_cowan(), named]
    values: list[object] = [*models, fixed_points(RateModel.wilson_cowan()), fixed_points(named, w=[0.0, 5.0])]
    for model in models:
        derivation = model.derive()
        values += [derivation, *derivation.values()]
    values += [MODEL.derive().check(), simulate(MODEL, T=5.0), simulate(MODEL, T=5.0).audit]
    values += [check_answer(MODEL, F="1/(1 + exp(-a*(x - theta)))", fixed_points=[0.3])]
    bundles = "\n\n".join(value._repr_mimebundle_()["text/latex"] for value in values)  # type: ignore[attr-defined]
    # A page so large that nothing need be broken: what is asked is whether it can be set.
    frame = r"""\documentclass{article}
\usepackage[T1]{fontenc}\usepackage[utf8]{inputenc}\usepackage{amsmath,amssymb}
\usepackage[paperwidth=300cm,paperheight=300cm,margin=1cm]{geometry}
\begin{document}
%s
\end{document}
"""
    (tmp_path / "all.tex").write_text(frame % bundles, encoding="utf-8")
    command = ["pdflatex", "-interaction=nonstopmode", "-no-shell-escape", "all.tex"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, timeout=300)
    log = (tmp_path / "all.log").read_text(encoding="utf-8", errors="replace")
    assert re.findall(r"^! .*(?:\n.*){3}", log, re.MULTILINE) == []
    assert done.returncode == 0
    assert (tmp_path / "all.pdf").stat().st_size > 10_000
