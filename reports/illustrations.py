"""The figures of a report: which there are for a model, with captions and a description in words."""

from collections.abc import Callable, Mapping
from functools import partial

from matplotlib.axes import Axes

from ..numeric import FixedPoints, compile_model
from ..symbolic.model import RateModel
from . import figures
from .content import Illustration
from .numbers import joined, rates, signed

__all__ = ["illustrations"]


def illustrations(model: RateModel, values: Mapping[str, float], found: FixedPoints) -> dict[str, Illustration]:
    """Return the figures by key."""
    shown = [_transfer(model), _slope(model)]
    if model.is_single:
        shown += [_feedforward(model, values), _rate_of_change(found), _trajectories(found)]
    elif len(model.populations) == 2:
        shown.append(_phase_plane(found))
    return {
        key: Illustration(key, caption, description, partial(_drawn, plot, model, dict(values)))
        for key, plot, caption, description in shown
    }


_Plan = tuple[str, Callable[..., Axes], str, str]


def _drawn(plot: Callable[..., Axes], model: RateModel, values: dict[str, float], ax: Axes) -> Axes:
    return plot(model, ax=ax, **values)


def _transfer(model: RateModel) -> _Plan:
    f = model.populations[0].transfer
    start = "zero up to a threshold, then rising" if f.threshold is not None else "rising from its lower limit"
    end = "towards its upper limit" if f.bounded else "without bound"
    return (
        "transfer",
        figures.plot_transfer,
        "The transfer function." if model.is_single else "The transfer functions of the populations.",
        f"Line graph of the response F against the total input x: {start} {end}.",
    )


def _slope(model: RateModel) -> _Plan:
    f = model.populations[0].transfer
    if f.inflections:
        shape = "it rises to a single maximum and falls again"
    else:
        shape = "it jumps from zero to a constant" if f.kinks else "it rises with the input"
    return (
        "transfer_derivative",
        figures.plot_transfer_derivative,
        "Its slope, the gain of the population: how strongly a small change of the input moves the response."
        if model.is_single
        else "Their slopes, the gains of the populations.",
        f"Line graph of the slope of F against the total input x: {shape}.",
    )


def _feedforward(model: RateModel, values: Mapping[str, float]) -> _Plan:
    (population,) = model.populations
    shape = [values[p.name] for p in population.shape]
    target = signed(compile_model(model).F(values[population.I_ext.name], *shape))
    return (
        "feedforward",
        figures.plot_feedforward,
        "Without recurrence (w = 0), from r(0) = 0.2: the exact solution, and every fourth step of the Euler scheme. "
        f"Both approach F(I_ext) = {target}.",
        f"Line graph of the rate against time: from 0.2 it approaches {target} exponentially; the simulated points "
        "lie next to the exact curve, slightly nearer to its limit.",
    )


def _rate_of_change(found: FixedPoints) -> _Plan:
    return (
        "rate_of_change",
        figures.plot_rate_of_change,
        f"The rate of change against the rate. Fixed points lie where the curve crosses zero: {_markers(found)}. "
        "Arrows show where the rate moves.",
        f"Line graph of dr/dt against r with the fixed points marked: {_points(found)}.",
    )


def _trajectories(found: FixedPoints) -> _Plan:
    also = (
        ", and from the unstable fixed point itself, where it stays (dashed)" if "unstable" in found.stability else ""
    )
    return (
        "trajectories",
        figures.plot_trajectories,
        f"The rate over time from r(0) = 0.0, 0.1, …, 0.9 (solid){also}.",
        f"Line graph of the rate against time from ten initial values, with the fixed points {_points(found)}.",
    )


def _phase_plane(found: FixedPoints) -> _Plan:
    return (
        "phase_plane",
        figures.plot_phase_plane,
        "The plane of the two rates. On each nullcline one of them does not change, and where the two cross both rest: "
        f"{_markers(found)}. Grey: a few trajectories.",
        f"The two nullclines with the fixed points where they cross: {_points(found)}.",
    )


_MARKERS = {
    "stable": "filled circles are stable",
    "unstable": "open circles unstable",
    "half-stable": "the half-filled one attracts from its filled side",
    "stable-nonhyperbolic": "the square one is stable, though its eigenvalue is zero",
    "nonsmooth": "the diamond lies at the kink of F",
    "undecided": "crosses are undecided",
}


def _markers(found: FixedPoints) -> str:
    kinds = set(map(str, found.stability))
    return joined([words for kind, words in _MARKERS.items() if kind in kinds] or ["here there are none"])


def _points(found: FixedPoints) -> str:
    return joined([f"{rates(r)} ({s})" for r, s in zip(found.r, found.stability, strict=True)] or ["none"])
