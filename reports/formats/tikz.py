"""A figure as a TikZ picture: the paths that matplotlib draws, with the words set by the document's own fonts."""

import re
from collections.abc import Iterator
from typing import Any

import matplotlib
import numpy as np
from matplotlib.backend_bases import GraphicsContextBase, RendererBase
from matplotlib.colors import to_hex
from matplotlib.path import Path
from matplotlib.transforms import Transform

from ..drawing import Drawing, settings
from .inline_svg import PRINTED
from .latex_text import words

__all__ = ["DRAWN_FOR_LATEX", "tikz_picture"]

# A serif face, near in size to what LaTeX sets, so that the labels get the room they need.
DRAWN_FOR_LATEX = {**PRINTED, "font.size": 10.0}

_LONGEST_LINE = 100


def tikz_picture(drawing: Drawing) -> str:
    """Return a `tikzpicture`, lengths in big points; colours are named by their digits, as in `figure0072B2`.

    A document that holds it defines them: `\\definecolor{figure0072B2}{HTML}{0072B2}`.
    """
    figure = drawing.figure
    with matplotlib.rc_context(settings(DRAWN_FOR_LATEX)):
        figure.set_dpi(72)
        renderer = _Renderer(*(float(v) * 72 for v in figure.get_size_inches()))
        figure.draw(renderer)
    body = "\n".join(renderer.lines)
    return f"\\begin{{tikzpicture}}[x=1bp,y=1bp]\n{body}\n\\end{{tikzpicture}}"


class _Renderer(RendererBase):
    """Writes what it is told to draw; one pixel is a big point."""

    def __init__(self, width: float, height: float) -> None:
        super().__init__()
        self._size = (width, height)
        self.lines: list[str] = [rf"\path (0,0) rectangle ({_number(width)},{_number(height)});"]

    def get_canvas_width_height(self) -> tuple[float, float]:
        return self._size

    def flipy(self) -> bool:
        """Say that y goes up."""
        return False

    def points_to_pixels(self, points: Any) -> Any:
        return points

    def draw_path(self, gc: GraphicsContextBase, path: Path, transform: Transform, rgbFace: Any = None) -> None:
        """Write a path that is drawn, filled or both."""
        options = list(self._options(gc, rgbFace))
        if not options:
            return
        clip = (0.0, 0.0, *self._size) if rgbFace is None else None
        pieces = list(_pieces(path.cleaned(transform, clip=clip, simplify=rgbFace is None, curves=True)))
        if pieces:
            self._write(gc, rf"\path[{','.join(options)}] ", pieces)

    def draw_image(self, gc: Any, x: float, y: float, im: Any, transform: Any = None) -> None:
        raise NotImplementedError("a figure of a report holds no image")

    def draw_text(
        self, gc: Any, x: float, y: float, s: str, prop: Any, angle: float, ismath: Any = False, mtext: Any = None
    ) -> None:
        """Write words where they are meant to stand; LaTeX knows their size better than matplotlib."""
        anchor = "base west"
        is_plain = mtext is not None and (angle == 0 or mtext.get_rotation_mode() == "anchor")
        if is_plain and mtext.get_verticalalignment() != "center_baseline":
            x, y = mtext.get_transform().transform(mtext.get_unitless_position())
            up = {"top": "north", "bottom": "south", "baseline": "base", "center": ""}[mtext.get_verticalalignment()]
            across = {"left": "west", "right": "east", "center": ""}[mtext.get_horizontalalignment()]
            anchor = f"{up} {across}".strip() or "center"
            anchor = {"base": "base", "west": "west"}.get(anchor, anchor)
        options = [f"anchor={anchor}", "inner sep=0", f"text={_colour(gc.get_rgb())}"]
        if angle:
            options.append(f"rotate={_number(angle)}")
        size = float(prop.get_size_in_points())
        font = rf"\fontsize{{{_number(size)}}}{{{_number(1.2 * size)}}}\selectfont"
        node = rf"\node[{','.join(options)},font={{{font}}}] at ({_number(x)},{_number(y)}) {{{_label(s)}}};"
        self.lines.append(node)

    def _options(self, gc: GraphicsContextBase, face: Any) -> Iterator[str]:
        alpha = gc.get_alpha() if gc.get_forced_alpha() else None
        if face is not None and (len(face) < 4 or face[3] != 0):
            yield f"fill={_colour(face)}"
            opacity = alpha if alpha is not None else face[3] if len(face) == 4 else 1.0
            if opacity != 1:
                yield f"fill opacity={_number(opacity)}"
        width = float(gc.get_linewidth())
        rgb = gc.get_rgb()
        if width == 0 or (len(rgb) == 4 and rgb[3] == 0):
            return
        yield f"draw={_colour(rgb)}"
        yield f"line width={_number(width)}bp"
        opacity = alpha if alpha is not None else rgb[3] if len(rgb) == 4 else 1.0
        if opacity != 1:
            yield f"draw opacity={_number(opacity)}"
        if (cap := {"round": "round", "projecting": "rect"}.get(str(gc.get_capstyle()))) is not None:
            yield f"line cap={cap}"
        if (join := {"round": "round", "bevel": "bevel"}.get(str(gc.get_joinstyle()))) is not None:
            yield f"line join={join}"
        offset, dashes = gc.get_dashes()
        if dashes is not None:
            lengths = [float(each) for each in np.atleast_1d(np.asarray(dashes, dtype=float))]
            on_off = zip(lengths[::2], lengths[1::2], strict=True)
            yield "dash pattern=" + " ".join(f"on {_number(a)}bp off {_number(b)}bp" for a, b in on_off)
            if offset:
                yield f"dash phase={_number(offset)}bp"

    def _write(self, gc: GraphicsContextBase, start: str, pieces: list[str]) -> None:
        lines = [start]
        for piece in pieces:
            if len(lines[-1]) + len(piece) > _LONGEST_LINE:
                lines.append("")
            lines[-1] += piece
        lines[-1] += ";"
        clips = list(_clips(gc))
        if clips:
            lines = [r"\begin{scope}", *clips, *lines, r"\end{scope}"]
        self.lines += lines


def _clips(gc: GraphicsContextBase) -> Iterator[str]:
    box = gc.get_clip_rectangle()
    if box is not None:
        (x0, y0), (x1, y1) = (box.p0, box.p1)
        yield rf"\clip ({_number(x0)},{_number(y0)}) rectangle ({_number(x1)},{_number(y1)});"
    path, transform = gc.get_clip_path()
    if isinstance(path, Path):
        yield rf"\clip {''.join(_pieces(path.cleaned(transform, curves=True)))};"


def _pieces(path: Path) -> Iterator[str]:
    """A path in TikZ's words; a quadratic curve becomes the cubic one that it is."""
    here = np.zeros(2)
    for vertices, code in path.iter_segments(curves=True, simplify=False):
        points = np.asarray(vertices, dtype=float).reshape(-1, 2)
        if code == Path.MOVETO:
            yield f" {_point(points[0])}"
        elif code == Path.LINETO:
            yield f" -- {_point(points[0])}"
        elif code == Path.CURVE3:
            first, second = here + 2 / 3 * (points[0] - here), points[1] + 2 / 3 * (points[0] - points[1])
            yield f" .. controls {_point(first)} and {_point(second)} .. {_point(points[1])}"
        elif code == Path.CURVE4:
            yield f" .. controls {_point(points[0])} and {_point(points[1])} .. {_point(points[2])}"
        elif code == Path.CLOSEPOLY:
            yield " -- cycle"
            continue
        if code != Path.STOP:
            here = points[-1]


def _point(point: Any) -> str:
    return f"({_number(point[0])},{_number(point[1])})"


def _number(value: float) -> str:
    """Two decimals of a point are enough for any printer."""
    text = f"{float(value):.2f}".rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


def _colour(rgb: Any) -> str:
    return f"figure{to_hex(rgb[:3])[1:].upper()}"


def _label(text: str) -> str:
    """A label of matplotlib: its formulas are LaTeX already."""
    pieces = re.split(r"(?<!\\)\$", text)
    return "".join(f"${piece}$" if position % 2 else words(piece) for position, piece in enumerate(pieces))
