"""A figure as SVG to stand in a page: no fixed size, colours from the page's style sheet, the same bytes every time."""

import io
import re
from collections.abc import Mapping
from typing import Any

import matplotlib
from matplotlib.backends.backend_svg import FigureCanvasSVG

from .. import figures
from ..drawing import Drawing, settings
from .markup import element, escaped

__all__ = ["COLOURS", "PRINTED", "STYLE", "inline_svg", "svg_file"]

_INK, _PAPER = "#010203", "#fdfeff"

# From the colours that are drawn to the style sheet's names; the names have a light and a dark value.
COLOURS: Mapping[str, str] = {
    _INK: "--ink",
    _PAPER: "--paper",
    figures.GREY: "--fig-grey",
    figures.BLUE: "--fig-blue",
    figures.VERMILLION: "--fig-vermillion",
    figures.PURPLE: "--fig-purple",
    figures.GREEN: "--fig-green",
    figures.ORANGE: "--fig-orange",
}

# What a page draws with: the colours of its style sheet, by stand-ins that are put in afterwards.
STYLE: Mapping[str, Any] = {
    "axes.edgecolor": _INK,
    "axes.facecolor": _PAPER,
    "axes.labelcolor": _INK,
    "axes.linewidth": 0.7,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.unicode_minus": True,
    "figure.facecolor": _PAPER,
    "font.family": "STIXGeneral",
    "font.size": 10.5,
    "legend.fontsize": "small",
    "lines.linewidth": 1.6,
    "mathtext.fontset": "stix",
    "svg.fonttype": "path",
    "text.color": _INK,
    "text.usetex": False,
    "path.simplify": True,
    "xtick.color": _INK,
    "xtick.major.width": 0.7,
    "ytick.color": _INK,
    "ytick.major.width": 0.7,
}

# The same without colours of a page: black on white, as a file of its own has it.
PRINTED: Mapping[str, Any] = {key: value for key, value in STYLE.items() if value not in (_INK, _PAPER)}


def inline_svg(drawing: Drawing, *, key: str, title: str, description: str) -> str:
    """Return an `svg` element that shows a drawing in `STYLE`; `key` makes its ids unique in the page."""
    return _themed(_with_own_names(_bare(svg_file(drawing, STYLE, key=key), key, title, description), key))


def svg_file(drawing: Drawing, style: Mapping[str, Any], *, key: str) -> str:
    """Return a drawing as the text of an SVG file, without a date: the same bytes every time."""
    with matplotlib.rc_context(settings({**style, "svg.hashsalt": key})):
        file = io.StringIO()
        print_svg: Any = FigureCanvasSVG(drawing.figure).print_svg
        print_svg(file, metadata={"Date": None, "Creator": None, "Format": None, "Type": None})
    return file.getvalue()


def _bare(svg: str, key: str, title: str, description: str) -> str:
    """Take the document's prologue, its metadata and its size away; say in words what it shows."""
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"\s*<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    box = re.search(r'viewBox="([^"]*)"', svg)
    inside = svg[svg.index(">") + 1 : svg.rindex("</svg>")]
    if box is None:
        raise ValueError("the SVG has no viewBox")
    words = element("title", escaped(title), id="title") + element("desc", escaped(description), id="description")
    return element(
        "svg",
        words + _compact(inside),
        xmlns="http://www.w3.org/2000/svg",
        viewBox=box.group(1),
        role="img",
        aria_labelledby=f"{key}-title {key}-description",
    )


def _compact(svg: str) -> str:
    """Drop what only a person reading the source would miss."""
    svg = re.sub(r"<!--.*?-->", "", svg, flags=re.DOTALL)
    # Two decimals of a point are enough for a path; a scale needs them all.
    svg = re.sub(r' d="[^"]*"', lambda path: re.sub(r"(\d+\.\d{2})\d+", r"\1", path.group()), svg)
    return re.sub(r"\s*\n\s*", "\n", svg)


def _with_own_names(svg: str, key: str) -> str:
    svg = re.sub(r'\bid="([^"]+)"', rf'id="{key}-\1"', svg)
    svg = re.sub(r'(xlink:href|href)="#([^"]+)"', rf'href="#{key}-\2"', svg)
    return re.sub(r"url\(#([^)]+)\)", rf"url(#{key}-\1)", svg)


def _themed(svg: str) -> str:
    for colour, name in COLOURS.items():
        svg = svg.replace(colour, f"var({name})")
    return svg
