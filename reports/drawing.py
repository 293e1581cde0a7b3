"""A figure as it is drawn, and as the numbers that were drawn: the same curves for the eye and for a table.

The numbers are read from the axes themselves, so that a table can say nothing that the picture does not show.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.contour import ContourSet
from matplotlib.figure import Figure
from numpy.typing import NDArray

from ..symbolic.verbatim import Sentence, Verbatim
from .content import Illustration, Row, Table
from .numbers import signed

__all__ = ["Drawing", "Series", "data_tables", "drawn"]

Array = NDArray[np.float64]

SIZE = (4.6, 3.0)  # inches
_MOST_ROWS = 11


@dataclass(frozen=True, eq=False)
class Series:
    """One named curve or set of points of a figure, in the units of its axes."""

    name: str
    x: Array
    y: Array


@dataclass(frozen=True, eq=False)
class Drawing:
    """A figure with the names of its axes and the numbers in it."""

    figure: Figure
    x_label: str
    y_label: str
    series: tuple[Series, ...]


def drawn(draw: Callable[[Axes], Axes], style: Mapping[str, Any]) -> Drawing:
    """Draw a figure in a style (settings of matplotlib over its defaults) and read off what was drawn."""
    with matplotlib.rc_context(settings(style)):
        figure = Figure(figsize=SIZE, layout="constrained")
        axes = draw(figure.add_subplot())
        return Drawing(figure, _words(axes.get_xlabel()), _words(axes.get_ylabel()), tuple(_series(axes)))


def settings(style: Mapping[str, Any]) -> dict[Any, Any]:
    """Return all settings of matplotlib: its defaults, and a style over them, whatever the user has set."""
    whole: dict[Any, Any] = {**matplotlib.rcParamsDefault, **style}
    # The backend is the one setting that rc_context does not put back.
    whole.pop("backend", None)
    return whole


def data_tables(picture: Illustration, drawing: Drawing, *, rows: int = _MOST_ROWS) -> tuple[Table, ...]:
    """Return a drawing's curves as tables of about so many rows, curves over the same inputs side by side."""
    by_inputs = [list(group) for _, group in groupby(drawing.series, key=lambda s: (s.x.size > 1, s.x.tobytes()))]
    curves = [group for group in by_inputs if group[0].x.size > 1]
    points = [each for group in by_inputs if group[0].x.size <= 1 for each in group]
    tables = [_curves(picture, drawing, group, rows) for group in curves]
    if points:
        tables.append(_points(picture, drawing, points))
    return tuple(tables)


def _curves(picture: Illustration, drawing: Drawing, group: list[Series], rows: int) -> Table:
    x = group[0].x
    kept = np.unique(np.linspace(0, x.size - 1, min(rows, x.size)).round().astype(int))
    return _table(
        picture,
        (drawing.x_label, *(_head(each.name) or drawing.y_label for each in group)),
        [(signed(x[i]), *(_number(each.y[i]) for each in group)) for i in kept],
        (True, *(True for _ in group)),
    )


def _head(name: str) -> str:
    """A curve's name in the legend as a sentence: only a population is called what a user calls it."""
    before, population, called = name.partition("population ")
    return Sentence(population, Verbatim(called)) if population and not before else name


def _points(picture: Illustration, drawing: Drawing, points: list[Series]) -> Table:
    return _table(
        picture,
        ("point", drawing.x_label, drawing.y_label),
        [(each.name, signed(float(each.x[0])), signed(float(each.y[0]))) for each in points],
        (False, True, True),
    )


def _table(
    picture: Illustration, heads: tuple[str, ...], rows: list[tuple[str, ...]], numeric: tuple[bool, ...]
) -> Table:
    caption = f"Some of the numbers in Figure {picture.number}."
    return Table(f"{picture.key}_data", caption, heads, numeric, tuple(Row(cells) for cells in rows))


def _number(value: float) -> str:
    return signed(float(value)) if np.isfinite(value) else "–"


def _series(axes: Axes) -> Iterator[Series]:
    for line in axes.get_lines():
        name = _name(line.get_label())
        x, y = (np.asarray(values, dtype=float) for values in (line.get_xdata(), line.get_ydata()))
        # A line over the whole width, such as a level, is drawn in the coordinates of the axes.
        if name is None or not x.size or line.get_transform() != axes.transData:
            continue
        yield Series(name, x, y)
    for contour in axes.collections:
        name = _name(contour.get_label())
        if name is None or not isinstance(contour, ContourSet):
            continue
        for path in contour.get_paths():
            vertices = np.asarray(path.vertices, dtype=float)
            if len(vertices):
                yield Series(name, vertices[:, 0], vertices[:, 1])


def _name(label: object) -> str | None:
    """Return the name of a curve; None for one that is there for the eye alone, which has the label of its birth."""
    text = str(label)
    return None if text.startswith("_child") else _words(text.removeprefix("_"))


_GREEK = {r"\theta": "θ", r"\tau": "τ", r"\lambda": "λ", r"\sigma": "σ", r"\varepsilon": "ε", r"\epsilon": "ε"}


def _words(label: str) -> str:
    """Return a label of matplotlib as a sentence of a report writes it: I_ext for $I_{\\mathrm{ext}}$."""
    text = re.sub(r"\\(?:mathrm|mathit|text|operatorname)\{([^{}]*)\}", r"\1", label)
    for command, letter in _GREEK.items():
        text = re.sub(re.escape(command) + r"(?![A-Za-z])", letter, text)
    return text.replace("''", "″").replace("'", "′").translate(_NO_BRACES)


_NO_BRACES = str.maketrans("", "", "${}\\")
