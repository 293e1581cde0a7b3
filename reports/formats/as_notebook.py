"""A report as a Jupyter notebook that derives it again: beside each step stands the cell that finds it anew.

A cell stops the notebook where what it finds is not what is written above it. Texts of the model come into code as
Python literals alone, never as code.
"""

import json
import re
import zlib
from collections.abc import Iterator
from typing import Any

from ...numeric import FixedPoints
from ...symbolic.errors import ModelError
from ...symbolic.model import RateModel
from ...symbolic.model_text import model_text
from ...symbolic.notation import layout
from ...symbolic.transfer import catalogue
from ...symbolic.typeset import to_latex
from .. import figures, wording
from ..content import Chapter, Entry, Illustration, Table
from ..drawing import data_tables, drawn
from ..origin import version
from ..report import Report
from .inline_svg import PRINTED
from .markdown_text import JUPYTER, because, checks, equation, sentence, table, words

__all__ = ["as_notebook"]

_SETUP = '''\
import numpy as np
from math import inf, nan

from nullcline.numeric import fixed_points
from nullcline.reports import figures
from nullcline.symbolic import RateModel, Verification, load_model, transfer
from nullcline.symbolic.notation import layout
from nullcline.symbolic.typeset import to_latex


def confirm(step, equation, verdict):
    """Check a step anew, and that it is what is written here."""
    assert to_latex(layout(step.equation)) == equation, f"{step.key} was derived differently"
    found = Verification((step,), step.check())
    for result in found.results:
        print(result.sentence())
    assert found.verdict(step.key) == verdict, f"{step.key} is {found.verdict(step.key)}, not {verdict}"'''


def as_notebook(report: Report) -> str:
    """Return the report as a notebook in format 4.5; it runs wherever nullcline is installed.

    Raises ModelError for a model that can be made neither by its name nor from a model file.
    """
    cells = [
        _markdown("title", f"# {sentence(report.title, JUPYTER)}", *(sentence(t, JUPYTER) for t in report.abstract)),
        _markdown(
            "about",
            "Each step is derived again by the cell below it, which stops where it finds anything else than what is "
            f"written. Written by nullcline {words(version(), JUPYTER)}; the notebook needs `nullcline[certify]`.",
        ),
        _code("setup", _SETUP),
        _code("model-code", _model(report.model)),
        _code("parameters-code", f"parameters = {_parameters(report)}\nderivation = model.derive()"),
        *(cell for chapter in report.chapters for cell in _chapter(chapter, report)),
    ]
    document = {
        "cells": cells,
        "metadata": {
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
        },
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    # Every other letter is spelled: what a terminal might obey is not in the file.
    return json.dumps(document, indent=1, ensure_ascii=True, allow_nan=False) + "\n"


def _chapter(chapter: Chapter, report: Report) -> Iterator[dict[str, Any]]:
    title = f'<a id="{chapter.key}"></a>\n\n## {chapter.number} {sentence(chapter.title, JUPYTER)}'
    yield _markdown(f"chapter-{chapter.key}", title, sentence(chapter.introduction, JUPYTER))
    for part in wording.parts(chapter):
        match part:
            case Table():
                yield _markdown(f"table-{part.key}", table(part, report, JUPYTER))
                if part.key == "fixed_points":
                    yield _code("fixed-points-code", _fixed_points(report.fixed_points))
            case Entry():
                yield from _entry(part, report)
            case _:
                for picture in part:
                    yield from _illustration(picture, report)


def _entry(entry: Entry, report: Report) -> Iterator[dict[str, Any]]:
    step = entry.step
    told = f"**{entry.verdict}**, {wording.number_of_checks(entry)}"
    yield _markdown(
        f"step-{step.key}",
        f'<a id="step-{step.key}"></a>\n\n### {entry.number} {sentence(step.title, JUPYTER)}',
        sentence(step.statement, JUPYTER),
        equation(entry, report, JUPYTER),
        because(entry, report, JUPYTER),
        f"{told}:\n\n{checks(entry, JUPYTER)}" if entry.results else told,
    )
    stated = to_latex(layout(step.equation))
    lines = [
        f"step = derivation[{step.key!r}]",
        f"confirm(step, {stated!a}, {str(entry.verdict)!a})",
        "step.equation",
    ]
    yield _code(f"code-{step.key}", "\n".join(lines))


def _illustration(picture: Illustration, report: Report) -> Iterator[dict[str, Any]]:
    tables = [
        table(each, report, JUPYTER, label="Numbers") for each in data_tables(picture, drawn(picture.draw, PRINTED))
    ]
    told = "\n\n".join(tables)
    yield _markdown(
        f"figure-{picture.key}",
        f"**Figure {picture.number}.** {sentence(picture.caption, JUPYTER)}",
        f"<details><summary>Numbers in Figure {picture.number}</summary>\n\n{told}\n\n</details>" if tables else "",
    )
    plot = f"plot_{picture.key}"
    if plot in figures.__all__:
        yield _code(f"figure-{picture.key}-code", f"figures.{plot}(model, **parameters);")


# Code -----------------------------------------------------------------------------------------------------------------


def _model(model: RateModel) -> str:
    """The lines that make the model: by its name, or from the text of its file."""
    transfer = model.populations[0].transfer.name
    for make in ("single", "wilson_cowan"):
        if transfer in catalogue and getattr(RateModel, make)(catalogue[transfer]) == model:
            return f"model = RateModel.{make}(transfer.{transfer})\nmodel"
    try:
        text = model_text(model)
    except ModelError as error:
        raise ModelError(f"a notebook carries its model as a file, and {error}") from None
    lines = ",\n".join(f"    {line!a}" for line in text.splitlines())
    return f"""\
import tempfile
from pathlib import Path

model_text = [
{lines},
]
with tempfile.TemporaryDirectory() as folder:
    path = Path(folder, "model.toml")
    path.write_text("\\n".join(model_text), encoding="utf-8")
    model = load_model(path)
model"""


def _parameters(report: Report) -> str:
    return "{" + ", ".join(f"{name!r}: {float(value)!r}" for name, value in report.parameters.items()) + "}"


def _fixed_points(found: FixedPoints) -> str:
    rates = ", ".join(_number(r) for r in found.r.tolist())
    eigenvalues = ", ".join(_number(value) for value in found.eigenvalue.tolist())
    return f"""\
found = fixed_points(model, **parameters)
# To the six digits that the table shows.
np.testing.assert_allclose(found.r, [{rates}], rtol=1e-6, atol=1e-9)
np.testing.assert_allclose(found.eigenvalue, [{eigenvalues}], rtol=1e-6, atol=1e-9)
assert found.stability.tolist() == {[str(s) for s in found.stability]!r}
assert found.complete is {bool(found.complete)}
found"""


def _number(value: Any) -> str:
    if isinstance(value, list):
        return f"[{', '.join(map(_number, value))}]"
    if isinstance(value, complex):
        return f"complex({value.real!r}, {value.imag!r})"
    return repr(float(value))


# Cells ----------------------------------------------------------------------------------------------------------------


def _markdown(name: str, *parts: str) -> dict[str, Any]:
    text = "\n\n".join(part for part in parts if part)
    return {"cell_type": "markdown", "id": _id(name), "metadata": {}, "source": text.splitlines(keepends=True)}


def _code(name: str, text: str) -> dict[str, Any]:
    return {
        "cell_type": "code",
        "execution_count": None,
        "id": _id(name),
        "metadata": {},
        "outputs": [],
        "source": text.splitlines(keepends=True),
    }


def _id(name: str) -> str:
    """A cell's id: letters, digits, _ and -, at most 64 of them."""
    plain = re.sub(r"[^A-Za-z0-9_-]", "-", name)
    return plain if len(plain) <= 64 else f"{plain[:55]}-{zlib.crc32(plain.encode()):08x}"
