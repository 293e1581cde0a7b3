"""The notebook runs from top to bottom, and the LaTeX document compiles, where their programs are installed."""

import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from nullcline.reports import Report
from nullcline.symbolic import ModelError, RateModel, load_model, transfer

EXAMPLES = Path(__file__).parents[2] / "examples"
HOSTILE = (
    '<script>alert(1)</script> #eval(1) \\input{/etc/passwd} $x$ 50% `rm` *b* _i_ a|b ~ ^ & "q" {x} \x1b[2J\n'
    "\\end{document} 日本 é"
)


def hostile() -> RateModel:
    """A model that says of itself what LaTeX or Python might run."""
    (population,) = RateModel.single(transfer.relu).populations
    shape = tuple(replace(p, meaning=HOSTILE, unit=HOSTILE) for p in population.transfer.parameters)
    function = replace(population.transfer, name="own", title=HOSTILE, source=HOSTILE, parameters=shape)
    return replace(RateModel.single(function), name=HOSTILE)


REPORTS = {
    **{n: (lambda n=n: Report.of(RateModel.single(transfer.catalogue[n]), w=0.5)) for n in transfer.catalogue},
    "sigmoid": lambda: Report.of(RateModel.single(), w=5, I_ext=0.5),
    "kink": lambda: Report.of(RateModel.single(transfer.relu), I_ext=2.8),
    "continuum": lambda: Report.of(RateModel.single(transfer.relu), a=1, w=1, I_ext=2.8),
    "hostile": lambda: Report.of(hostile()),
    "wilson-cowan": lambda: Report.of(RateModel.wilson_cowan()),
    **{path.stem: (lambda path=path: Report.of(load_model(path))) for path in sorted(EXAMPLES.glob("*.toml"))},
}

# The notebook ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def kernel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A kernel that is this Python, whatever else is installed."""
    folder = tmp_path / "kernels" / "this-python"
    folder.mkdir(parents=True)
    command = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    (folder / "kernel.json").write_text(json.dumps({"argv": command, "display_name": "this", "language": "python"}))
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path))
    return "this-python"


def executed(text: str, kernel: str) -> nbformat.NotebookNode:
    notebook = nbformat.reads(text, as_version=4)
    NotebookClient(notebook, timeout=600, kernel_name=kernel).execute()
    return notebook


@pytest.mark.slow
@pytest.mark.parametrize(
    "name", ["sigmoid", "kink", "continuum", "hostile", "wilson-cowan", "nonmonotone", "supralinear"]
)
def test_the_notebook_runs_from_top_to_bottom(name: str, kernel: str):
    report = REPORTS[name]()
    notebook = executed(str(report.write("ipynb")), kernel)
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert [cell.execution_count for cell in cells] == list(range(1, len(cells) + 1))
    by_id = {cell.id: cell for cell in cells}
    for key in report.derivation:
        printed = "".join(o.text for o in by_id[f"code-{key}"].outputs if o.output_type == "stream")
        assert len(printed.splitlines()) == len(report.verification.of(key))
    drawn = [c for c in cells if c.id.startswith("figure-")]
    assert all(any("image/png" in o.get("data", {}) for o in cell.outputs) for cell in drawn)
    assert len(drawn) == sum(len(chapter.illustrations) for chapter in report.chapters)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("written", "instead", "told"),
    [
        (r"\\lambda = \\frac{1}{\\tau}", r"\\lambda = -\\frac{1}{\\tau}", "eigenvalue was derived differently"),
        ("0.04153669901331767", "0.04153699901331767", "Not equal to tolerance"),
        ("'w': 5.0", "'w': 4.9", "Not equal to tolerance"),
    ],
)
def test_a_notebook_stops_where_what_it_states_is_not_so(written: str, instead: str, told: str, kernel: str):
    notebook = json.loads(str(REPORTS["sigmoid"]().write("ipynb")))
    changed = 0
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            source = "".join(cell["source"])
            changed += written in source
            cell["source"] = source.replace(written, instead)
    assert changed == 1
    with pytest.raises(CellExecutionError, match=told):
        executed(json.dumps(notebook), kernel)


def test_a_notebook_of_a_model_that_no_file_can_say_is_refused():
    relu = transfer.catalogue["relu"]
    (population,) = RateModel.single().populations
    import sympy

    strange = replace(relu, name="strange", formula=sympy.besselj(0, relu.variable), coordinate=None, threshold=None)
    report = REPORTS["sigmoid"]()
    model = replace(RateModel.single(), populations=(replace(population, transfer=replace(strange)),))
    with pytest.raises(ModelError, match="a notebook carries its model as a file"):
        replace(report, model=model).write("ipynb")


# The LaTeX document ---------------------------------------------------------------------------------------------------


def compiled(text: str, folder: Path, engine: str) -> str:
    """Compile a document twice, as its references need; return what the engine says the second time."""
    program = shutil.which(engine)
    found = program and subprocess.run(["kpsewhich", "tikz.sty"], capture_output=True, check=False).stdout
    if not found:
        pytest.skip(f"{engine} with TikZ is not installed (Debian: texlive-pictures)")
    (folder / "report.tex").write_text(text, encoding="utf-8")
    for _ in range(2):
        done = subprocess.run(
            [program, "-interaction=nonstopmode", "-halt-on-error", "-no-shell-escape", "report.tex"],
            cwd=folder,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            env={**os.environ, "max_print_line": "10000"},
            timeout=300,
            check=False,
        )
        assert done.returncode == 0, done.stdout[-3000:]
    return done.stdout


@pytest.mark.slow
@pytest.mark.parametrize("name", REPORTS)
def test_the_document_compiles_without_a_warning(name: str, tmp_path: Path):
    said = compiled(str(REPORTS[name]().write("tex")), tmp_path, "pdflatex")
    assert "Output written on report.pdf" in said
    # Nothing undefined, nothing defined twice, no line that sticks out of the page by more than a letter.
    assert re.findall(r"LaTeX Warning: (?!Label\(s\) may).*", said) == []
    wide = [float(points) for points in re.findall(r"Overfull \\hbox \(([\d.]+)pt too wide\)", said)]
    assert [points for points in wide if points > 6 and name != "hostile"] == []


@pytest.mark.slow
def test_the_document_compiles_with_lualatex_too(tmp_path: Path):
    said = compiled(str(REPORTS["relu"]().write("tex")), tmp_path, "lualatex")
    assert "Output written on report.pdf" in said


@pytest.mark.slow
def test_latex_numbers_everything_as_the_report_does(tmp_path: Path):
    report = REPORTS["sigmoid"]()
    compiled(str(report.write("tex")), tmp_path, "pdflatex")
    labels = dict(re.findall(r"\\newlabel\{([\w:-]+)\}\{\{([\w.]+)\}", (tmp_path / "report.aux").read_text()))
    for chapter in report.chapters:
        assert labels[f"sec:{chapter.key}"] == str(chapter.number)
        assert {labels[f"eq:{e.step.key}"]: e.number for e in chapter.entries} == {
            e.number: e.number for e in chapter.entries
        }
        assert [labels[f"fig:{p.key}"] for p in chapter.illustrations] == [str(p.number) for p in chapter.illustrations]
        assert [labels[f"tab:{t.key}"] for t in chapter.tables] == [str(t.number) for t in chapter.tables]
