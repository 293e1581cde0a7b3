"""Notebooks: the explorer in a cell, and a notebook that is run, saved and read again."""

import importlib.util
import re
import shutil
import subprocess
import time
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


# In a browser ---------------------------------------------------------------------------------------------------------

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
DRIVER = shutil.which("chromedriver")
MISSING = [
    what
    for what, there in (
        ("selenium (extra browser)", importlib.util.find_spec("selenium")),
        ("chromium", CHROMIUM),
        ("chromedriver (Debian: chromium-driver)", DRIVER),
    )
    if not there
]
in_a_browser = [
    pytest.mark.slow,
    pytest.mark.xdist_group("browser"),
    pytest.mark.skipif(bool(MISSING), reason=f"not found: {', '.join(MISSING)}"),
]


@pytest.fixture(scope="module")
def browser():
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service

    options = webdriver.ChromeOptions()
    options.binary_location = str(CHROMIUM)
    for argument in ("headless=new", "no-sandbox", "disable-gpu", "window-size=1100,1400"):
        options.add_argument(f"--{argument}")
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = webdriver.Chrome(options=options, service=Service(str(DRIVER)))
    yield driver
    driver.quit()


def eventually(condition, seconds: float = 10.0):
    """Return what a condition gives as soon as it holds."""
    end = time.monotonic() + seconds
    while not (value := condition()) and time.monotonic() < end:
        time.sleep(0.05)
    return value


class TestInABrowser:
    pytestmark = in_a_browser

    # A notebook's own style, which must not reach into the cell.
    STYLE = "<style>* { color: lime !important; font-size: 40px; } svg, table { display: none; }</style>"

    def page(self, tmp_path: Path, *cells: ExplorerCell) -> str:
        path = tmp_path / "notebook.html"
        outputs = "<hr>".join(map(html_of, cells))
        path.write_text(f'<!DOCTYPE html><meta charset="utf-8">{self.STYLE}<p>before</p>{outputs}', encoding="utf-8")
        return path.as_uri()

    def test_cells_draw_by_themselves_and_are_as_tall_as_what_they_hold(self, browser, tmp_path, cell):
        other = explorer_cell(RateModel.single(transfer.tanh), {"w": 0.5})
        browser.get_log("browser")
        browser.get(self.page(tmp_path, cell, other))
        frames = browser.find_elements("css selector", "iframe.nullcline-explorer")
        for frame, shown in zip(frames, (cell, other), strict=True):
            found = fixed_points(shown.model, **shown.parameters)
            browser.switch_to.frame(frame)
            rows = eventually(lambda: browser.find_elements("css selector", "tr[data-r]"))
            rates = [float(row.get_attribute("data-r")) for row in rows]
            # A fixed point is found by both to some units in its last place, at these condition numbers.
            assert rates == pytest.approx(found.r.tolist(), rel=1e-12)
            drawn = browser.find_elements("css selector", "[data-panels] svg")
            assert len(drawn) >= 6
            assert all(each.is_displayed() for each in drawn[:1])
            colour = browser.find_element("css selector", "body").value_of_css_property("color")
            assert colour not in ("rgb(0, 255, 0)", "rgba(0, 255, 0, 1)")
            height = browser.execute_script("return document.documentElement.offsetHeight")
            browser.switch_to.default_content()
            assert eventually(lambda frame=frame, height=height: abs(frame.size["height"] - height) <= 1)
        # What a notebook shows that runs nothing is not seen where the frame runs.
        notes = [p for p in browser.find_elements("css selector", "p") if p.get_attribute("textContent") != "before"]
        assert [p.is_displayed() for p in notes] == [False, False]
        assert [entry for entry in browser.get_log("browser") if entry["level"] == "SEVERE"] == []

    def test_a_slider_in_a_cell_moves_its_own_explorer_alone(self, browser, tmp_path, cell):
        browser.get(self.page(tmp_path, cell, cell))
        frames = browser.find_elements("css selector", "iframe.nullcline-explorer")

        def rows(frame) -> list[float]:
            browser.switch_to.frame(frame)
            found = eventually(lambda: browser.find_elements("css selector", "tr[data-r]"))
            rates = [float(row.get_attribute("data-r")) for row in found]
            browser.switch_to.default_content()
            return rates

        before = rows(frames[0])
        browser.switch_to.frame(frames[0])
        box = browser.find_element("css selector", 'input[type=number][data-param="w"]')
        browser.execute_script(
            "arguments[0].value = '0'; arguments[0].dispatchEvent(new Event('input', {bubbles: true}));"
            "arguments[0].dispatchEvent(new Event('change', {bubbles: true}))",
            box,
        )
        browser.switch_to.default_content()
        assert eventually(lambda: len(rows(frames[0])) == 1)
        assert rows(frames[0]) == pytest.approx(fixed_points(MODEL, w=0.0, I_ext=0.5).r.tolist(), rel=1e-12)
        assert rows(frames[1]) == before

    def test_the_page_of_a_cell_stands_alone(self, browser, tmp_path, cell):
        path = tmp_path / "explorer.html"
        path.write_text(cell.page, encoding="utf-8")
        browser.get_log("browser")
        browser.get(path.as_uri())
        assert eventually(lambda: len(browser.find_elements("css selector", "tr[data-r]")) == 3)
        assert browser.get_log("browser") == []
        assert browser.execute_script("return performance.getEntriesByType('resource').length") == 0


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
