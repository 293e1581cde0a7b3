"""The figures of a firing-rate model: each is drawn on the axes it is given and returns them.

Every function takes the model and its parameters by name and calls the public numeric functions for what it shows.
Without `ax` it makes a figure of its own through pyplot, as a notebook expects. Colours are those of Okabe and Ito,
which readers with any colour vision tell apart; stability shows in the marker as well: a stable fixed point is a
filled circle, an unstable one an open circle, a half-stable one is filled on the side from which it attracts.
"""

import math
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from numpy.typing import NDArray

from ..numeric import FixedPoints, Trajectory, compile_model, fixed_points, simulate
from ..numeric.door import read
from ..symbolic.errors import NullclineWarning
from ..symbolic.model import Population, RateModel
from ..symbolic.notation import layout
from ..symbolic.typeset import to_latex

__all__ = [
    "plot_feedforward",
    "plot_phase_plane",
    "plot_rate_of_change",
    "plot_trajectories",
    "plot_transfer",
    "plot_transfer_derivative",
]

BLUE, VERMILLION, PURPLE, GREEN, ORANGE = "#0072b2", "#d55e00", "#cc79a7", "#009e73", "#e69f00"
GREY = "#767676"
PRIMED = "F'"

_POPULATION_COLOURS = (BLUE, ORANGE, GREEN, PURPLE)
_POPULATION_LINES = ("-", (0, (6, 2)), (0, (1, 1.5)), (0, (6, 2, 1, 2)))
_STARTS = tuple(i / 10 for i in range(10))

Array = NDArray[np.float64]


def plot_transfer(model: RateModel, /, *, ax: Axes | None = None, **parameters: float) -> Axes:
    """Draw F against the total input, one line a population; return the axes.

    Raises ParameterError if a parameter is unknown or out of bounds.
    """
    axes = _axes(ax)
    _draw_transfer(axes, model, _values(model, parameters), "F")
    axes.set_ylabel(f"response ${_of_input(model, 'F')}$ (dimensionless)")
    return axes


def plot_transfer_derivative(model: RateModel, /, *, ax: Axes | None = None, **parameters: float) -> Axes:
    """Draw F', the gain, against the total input, one line a population; return the axes.

    At a kink F' is not defined and the line is broken.

    Raises ParameterError if a parameter is unknown or out of bounds.
    """
    axes = _axes(ax)
    _draw_transfer(axes, model, _values(model, parameters), "dF")
    axes.set_ylabel(f"slope ${_of_input(model, PRIMED)}$ (per unit of $x$)")
    return axes


def plot_rate_of_change(model: RateModel, /, *, ax: Axes | None = None, **parameters: float) -> Axes:
    """Draw dr/dt against r with every fixed point marked and arrows along the flow; return the axes. One population.

    Raises ParameterError if a parameter is unknown or out of bounds, NullclineError for several populations.
    """
    axes = _axes(ax)
    values = _values(model, parameters)
    found = fixed_points(model, **values)
    compiled = compile_model(model)
    low, high = _rate_window(found)
    r = np.linspace(low, high, 801)
    axes.axhline(0, color=GREY, linewidth=0.8, zorder=1)
    axes.plot(r, compiled.drdt(r, **values), color=BLUE, zorder=2, label=_unseen("dr/dt"))
    axes.set_xlim(low, high)
    _draw_flow(axes, found, lambda at: compiled.drdt(at, **values), (low, high))
    _mark(axes, found, lambda at: compiled.drdt(at, **values), high)
    axes.set_xlabel("rate $r$ (dimensionless)")
    axes.set_ylabel("rate of change $dr/dt$ (1/ms)")
    _legend(axes)
    return axes


def plot_trajectories(
    model: RateModel,
    /,
    *,
    r_init: Sequence[float] = _STARTS,
    ax: Axes | None = None,
    **parameters: float,
) -> Axes:
    """Draw r(t) from each start in `r_init` and from every unstable fixed point; return the axes. One population.

    Stable fixed points are dotted lines. The run takes 20 time constants.

    Raises ParameterError if a parameter is unknown or out of bounds, NullclineError for several populations.
    """
    axes = _axes(ax)
    values = _values(model, parameters)
    found = fixed_points(model, **values)
    low, high = _rate_window(found)
    unstable = unstable_rates(found)
    run = trajectory_run(found, [*(float(r) for r in r_init), *unstable])
    for index, rates in enumerate(_clipped(run.r, low, high)):
        if index < len(r_init):
            axes.plot(run.t, rates, color=BLUE, linewidth=1.1, label=_from(float(r_init[index])))
        else:
            start = _from(unstable[index - len(r_init)])
            axes.plot(run.t, rates, color=VERMILLION, linestyle=(0, (5, 2)), zorder=3, label=start)
            _beside_line(axes, rates[0], "unstable fixed point", VERMILLION)
    for r, stability in zip(found.r, map(str, found.stability), strict=True):
        if stability != "unstable":
            axes.axhline(r, color=GREY, linewidth=0.9, linestyle=(0, (1, 2)), zorder=1)
            _beside_line(axes, float(r), f"{stability} fixed point", _MARKERS[stability].colour)
    axes.set_xlim(0, 20 * _time_constant(model, values))
    axes.set_xlabel("time $t$ (ms)")
    axes.set_ylabel("rate $r(t)$ (dimensionless)")
    return axes


def plot_feedforward(model: RateModel, /, *, r_init: float = 0.2, ax: Axes | None = None, **parameters: float) -> Axes:
    """Draw r(t) without recurrence, simulated by Euler's method and exact, and the rate it goes to; return the axes.

    One population. The weight is set to zero, whatever `parameters` say; the run takes 10 time constants.

    Raises ParameterError if a parameter is unknown or out of bounds, NullclineError for several populations.
    """
    axes = _axes(ax)
    values = _values(model, parameters) | {w.name: 0.0 for row in model.weights for w in row if w is not None}
    (population,) = model.populations
    compiled = compile_model(model)
    tau = _time_constant(model, values)
    run = _simulated(model, values, 10 * tau, 0.1 * tau, r_init)
    target = float(compiled.F(values[population.I_ext.name], *(values[p.name] for p in population.shape)))
    t = np.linspace(0, 10 * tau, 401)
    exact = compiled.feedforward_solution(t, r_init, **values)
    axes.axhline(target, color=GREY, linewidth=0.9, linestyle=(0, (1, 2)), zorder=1, label=r"$F(I_{\mathrm{ext}})$")
    axes.plot(t, exact, color=BLUE, zorder=2, label="exact solution")
    axes.plot(
        run.t[::4],
        run.r[::4],
        linestyle="none",
        marker="o",
        markersize=3.6,
        markerfacecolor="none",
        markeredgewidth=1.0,
        color=VERMILLION,
        zorder=3,
        label=rf"Euler scheme, $dt = {_short(0.1 * tau)}$ ms",
    )
    axes.set_xlim(0, 10 * tau)
    axes.set_xlabel("time $t$ (ms)")
    axes.set_ylabel("rate $r(t)$ (dimensionless)")
    _legend(axes)
    return axes


def plot_phase_plane(model: RateModel, /, *, ax: Axes | None = None, **parameters: float) -> Axes:
    """Draw the nullclines of two populations, their fixed points and a few trajectories; return the axes.

    Raises ParameterError if a parameter is unknown or out of bounds, ValueError unless there are two populations.
    """
    if len(model.populations) != 2:
        raise ValueError(f"a phase plane needs two populations, model {model.name!r} has {len(model.populations)}")
    axes = _axes(ax)
    values = _values(model, parameters)
    found = fixed_points(model, **values)
    compiled = compile_model(model)
    windows = [_response_window(found, i) for i in (0, 1)]
    grid = np.meshgrid(*(np.linspace(low, high, 301) for low, high in windows))
    change = compiled.drdt(np.stack(grid, axis=-1), **values)
    names = [_symbol(p) for p in model.populations]
    for r in phase_plane_run(found).r:
        axes.plot(r[:, 0], r[:, 1], color=GREY, linewidth=0.8, zorder=1)
    for i in (0, 1):
        contour = axes.contour(
            *grid,
            change[..., i],
            levels=[0],
            colors=[_POPULATION_COLOURS[i]],
            linestyles=[_POPULATION_LINES[i]],
            zorder=2,
        )
        label = f"$d{names[i]}/dt = 0$"
        contour.set_label(_unseen(label))
        axes.plot([], [], color=_POPULATION_COLOURS[i], linestyle=_POPULATION_LINES[i], label=label)
    axes.plot([], [], color=GREY, linewidth=0.8, label="trajectories")
    for r, stability in zip(found.r, found.stability, strict=True):
        _mark_one(axes, float(r[0]), float(r[1]), str(stability), "full")
    axes.set_xlim(windows[0])
    axes.set_ylim(windows[1])
    axes.set_xlabel(f"rate ${names[0]}$ (dimensionless)")
    axes.set_ylabel(f"rate ${names[1]}$ (dimensionless)")
    _legend(axes)
    return axes


@dataclass(frozen=True)
class _Marker:
    """How a fixed point of one kind is drawn."""

    marker: str
    colour: str
    open: bool = False


_MARKERS: Mapping[str, _Marker] = {
    "stable": _Marker("o", BLUE),
    "unstable": _Marker("o", VERMILLION, open=True),
    "half-stable": _Marker("o", PURPLE),
    "stable-nonhyperbolic": _Marker("s", BLUE),
    "nonsmooth": _Marker("D", ORANGE),
    "undecided": _Marker("X", GREY),
}


def _mark(axes: Axes, found: FixedPoints, drdt: Any, high: float) -> None:
    for r, stability in zip(found.r, found.stability, strict=True):
        side = _attracting_side(float(r), drdt) if stability == "half-stable" else "full"
        _mark_one(axes, float(r), 0.0, str(stability), side)
    if found.continuum is not None:
        start, end = (float(v) for v in found.continuum)
        axes.plot(
            [start, min(end, high)],
            [0, 0],
            color=PURPLE,
            linewidth=4,
            solid_capstyle="butt",
            label="all of these rates",
        )


def _mark_one(axes: Axes, across: float, up: float, stability: str, side: str) -> None:
    kind = _MARKERS.get(stability, _MARKERS["undecided"])
    ground = axes.get_facecolor()
    axes.plot(
        [across],
        [up],
        linestyle="none",
        marker=kind.marker,
        markersize=7,
        markeredgewidth=1.6,
        color=kind.colour,
        markerfacecolor=ground if kind.open else kind.colour,
        markerfacecoloralt=ground,
        fillstyle=side,
        clip_on=False,
        zorder=5,
        label=stability,
    )


def _attracting_side(r: float, drdt: Any) -> str:
    """The side of a double root from which the rate comes to it: where dr/dt points at it."""
    nearby = 1e-3 * max(1.0, abs(r))
    return "left" if drdt(r - nearby) > 0 else "right"


def _draw_flow(axes: Axes, found: FixedPoints, drdt: Any, window: tuple[float, float]) -> None:
    """Put an arrow on the axis in the middle of each stretch between fixed points, pointing where the rate moves."""
    low, high = window
    ends = [low, *(float(r) for r in sorted(found.r)), high]
    for left, right in pairwise(ends):
        middle = (left + right) / 2
        change = float(drdt(middle))
        if right - left > 0.05 * (high - low) and change != 0:
            axes.plot(
                [middle], [0], marker=">" if change > 0 else "<", color=GREY, markersize=5, linestyle="none", zorder=3
            )


def _draw_transfer(axes: Axes, model: RateModel, values: Mapping[str, float], which: str) -> None:
    compiled = compile_model(model)
    windows = [_input_window(model, i, values) for i in range(len(model.populations))]
    low, high = min(w[0] for w in windows), max(w[1] for w in windows)
    for i, (population, functions) in enumerate(zip(model.populations, compiled.populations, strict=True)):
        shape = [values[p.name] for p in population.shape]
        x = _input_grid(functions, shape, low, high)
        y = getattr(functions, which)(x, *shape)
        axes.plot(
            x,
            y,
            color=_POPULATION_COLOURS[i % 4],
            linestyle=_POPULATION_LINES[i % 4],
            label=f"population {population.name}" if population.name else _unseen(which.replace("dF", PRIMED) + "(x)"),
        )
    axes.set_xlim(low, high)
    axes.set_xlabel(
        r"total input $x$ (in the unit of $\theta$)"
        if any(name.startswith("theta") for name in values)
        else "total input $x$"
    )
    if len(model.populations) > 1:
        _legend(axes)


def _input_grid(functions: Any, shape: list[float], low: float, high: float) -> Array:
    """Inputs across the window, kinks among them: there F' is not defined and the line breaks."""
    x = np.linspace(low, high, 801)
    own = {p.symbol: v for p, v in zip(functions.transfer.parameters, shape, strict=True)}
    kinks = [complex(k.subs(own)) for k in functions.transfer.kinks]
    return np.unique(np.concatenate([x, [k.real for k in kinks if k.imag == 0 and low < k.real < high]]))


def _input_window(model: RateModel, index: int, values: Mapping[str, float]) -> tuple[float, float]:
    """The inputs between which F covers all but a hundredth of its range (of two units of it where it is unbounded)."""
    population, functions = model.populations[index], compile_model(model).populations[index]
    shape = [values[p.name] for p in population.shape]
    if not population.transfer.has_closed_forms:
        return _window_of_any(functions, shape)
    bottom, top = _range_of(functions, shape)
    top = top if math.isfinite(top) else bottom + 2
    edge = 0.01 * (top - bottom)
    low, high = (float(functions.F_inverse(v, *shape)) for v in (bottom + edge, top - edge))
    if not (math.isfinite(low) and math.isfinite(high)):
        low, high = -1.0, 1.0
    # Narrower than this, the inputs of the window would be one double.
    wide = max(high - low, 1e-9 * abs(low))
    # No input is a place to show, unless the rise of F would be a mere step beside it.
    if max(low, -high, 0.0) <= 20 * wide:
        low, high = min(low, 0.0), max(high, 0.0)
    margin = 0.08 * max(high - low, wide)
    return low - margin, high + margin


def _window_of_any(functions: Any, shape: list[float]) -> tuple[float, float]:
    """The inputs among which F changes most, of those that its formula is meant for."""
    low, high = functions.transfer.inputs or (-20.0, 20.0)
    x = np.linspace(low, high, 2001)
    steepness = np.abs(functions.dF(x, *shape))
    steep = x[steepness >= 0.02 * np.nanmax(steepness, initial=0.0)]
    if functions.transfer.inputs is not None or not steep.size:
        return low, high
    # Of a function that changes everywhere, such as a wave or a line, the middle is enough.
    low, high = (-6.0, 8.0) if np.ptp(steep) > 30 else (min(steep[0], 0.0), max(steep[-1], 0.0))
    margin = 0.2 * (high - low)
    return float(low - margin), float(high + margin)


def _range_of(functions: Any, shape: Sequence[float]) -> tuple[float, float]:
    """The range of F at these parameters; its upper end may be infinite."""
    low = float(functions.F(-math.inf, *shape))
    high = float(functions.F(math.inf, *shape)) if functions.transfer.bounded else math.inf
    # With a threshold past 1e150 a compiled F shows nothing of its rise.
    return (low, high) if low < high else (0.0, 1.0)


def _rate_window(found: FixedPoints) -> tuple[float, float]:
    """The rates from 0 to 1, wider where fixed points lie outside."""
    rates = [float(r) for r in found.r if math.isfinite(r)]
    low, high = min([0.0, *rates]), max([1.0, *rates])
    margin = 0.06 * (high - low)
    return low - margin, high + margin


def _response_window(found: FixedPoints, index: int) -> tuple[float, float]:
    """The range of F where it is bounded, else the fixed points; with a margin."""
    functions = compile_model(found.model).populations[index]
    shape = [found.parameters[p.name] for p in found.model.populations[index].shape]
    rates = [float(r[index]) for r in found.r]
    low, high = _range_of(functions, shape)
    if not math.isfinite(high):
        low, high = min([0.0, *rates]), max([1.0, *rates])
    margin = 0.04 * (high - low)
    return low - margin, high + margin


def _corners(windows: Sequence[tuple[float, float]]) -> list[list[float]]:
    (left, right), (low, high) = windows
    across, up = right - left, high - low
    spots = ((0.1, 0.9), (0.9, 0.1), (0.92, 0.92), (0.3, 0.08), (0.5, 0.6), (0.08, 0.45))
    return [[left + x * across, low + y * up] for x, y in spots]


def phase_plane_run(found: FixedPoints) -> Trajectory:
    """Return the runs of a phase plane: 40 of the longer time constant, or as far as 4000 steps lead.

    A step is a twentieth of the shorter time constant: longer ones would save time, and draw the scheme.
    """
    model, values = found.model, found.parameters
    taus = [values[p.tau.name] for p in model.populations]
    starts = _corners([_response_window(found, i) for i in (0, 1)])
    dt = 0.05 * min(taus)
    return _simulated(model, values, min(40 * max(taus), _MOST_STEPS * dt), dt, starts)


_MOST_STEPS = 4000


def unstable_rates(found: FixedPoints) -> list[float]:
    """Return the unstable fixed points of one population."""
    return [float(r) for r, stability in zip(found.r, found.stability, strict=True) if stability == "unstable"]


def trajectory_run(found: FixedPoints, starts: Sequence[float]) -> Trajectory:
    """Return runs of 20 time constants, in the tutorial's steps of a tenth, or smaller ones where that is too coarse.

    The steps are never smaller than a thousandth of the time constant; `audit` says whether that was enough.
    """
    model, values = found.model, found.parameters
    tau = _time_constant(model, values)
    fastest = max([1 / tau, *(abs(float(e)) for e in found.eigenvalue if math.isfinite(e))])
    dt = min(0.1 * tau, max(0.25 / fastest, 0.001 * tau))
    return _simulated(model, values, 20 * tau, dt, starts)


def _simulated(model: RateModel, values: Mapping[str, Any], T: float, dt: float, r_init: Any) -> Trajectory:
    with warnings.catch_warnings():
        # T and dt were chosen here, and a rate that grows without bound leaves the picture: nobody need be warned.
        warnings.simplefilter("ignore", NullclineWarning)
        return simulate(model, T=T, dt=dt, r_init=r_init, method="euler", **values)


def _clipped(r: Array, low: float, high: float) -> Array:
    """Rates as far as a little beyond the window, then nothing: what leaves must not set the scale."""
    margin = 0.04 * (high - low)
    return np.where((r > low - margin) & (r < high + margin), r, np.nan)


def _time_constant(model: RateModel, values: Mapping[str, float]) -> float:
    return values[model.populations[0].tau.name]


def _values(model: RateModel, parameters: Mapping[str, float]) -> dict[str, Any]:
    """The parameters as numbers, defaults filled in; an array is refused as float() refuses it."""
    return {name: float(value) for name, value in zip(model.parameters, read(model, parameters), strict=True)}


def _axes(ax: Axes | None) -> Axes:
    if ax is not None:
        return ax
    import matplotlib.pyplot as plt  # only here: with axes of its own a caller needs no pyplot

    return plt.subplots(layout="constrained")[1]


def _legend(axes: Axes) -> None:
    """One entry for each label, in the order drawn."""
    handles, labels = axes.get_legend_handles_labels()
    first: dict[str, Artist] = {}
    for handle, label in zip(handles, labels, strict=True):
        first.setdefault(label, handle)
    axes.legend(
        first.values(),
        first.keys(),
        framealpha=0.8,
        edgecolor="none",
        facecolor=axes.get_facecolor(),
        handlelength=1.8,
        borderaxespad=0.3,
    )


def _unseen(name: str) -> str:
    """A label that names a curve to who reads it off the axes, and stays out of the legend."""
    return f"_{name}"


def _from(start: float) -> str:
    return _unseen(f"r(t) from {_short(start)}")


def _beside_line(axes: Axes, height: float, text: str, colour: str) -> None:
    """Name a horizontal line at its right end, just above it."""
    axes.annotate(
        text,
        (1, height),
        xycoords=("axes fraction", "data"),
        xytext=(0, 2),
        textcoords="offset points",
        ha="right",
        va="bottom",
        color=colour,
        fontsize="small",
    )


def _of_input(model: RateModel, function: str) -> str:
    return f"{function}(x)" if model.is_single else f"{function}_i(x)"


def _symbol(population: Population) -> str:
    return to_latex(layout(population.rate))


def _short(value: float) -> str:
    return f"{value:.4g}"
