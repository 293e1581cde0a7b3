"""The figures of a report: which there are for a model, with captions and a description in words."""

import math
from collections.abc import Callable, Mapping
from functools import partial

import numpy as np
from matplotlib.axes import Axes

from ..numeric import FixedPoints, Trajectory, compile_model
from ..symbolic.model import RateModel
from ..symbolic.transfer import TransferFunction
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
    told = _for_each(model, _response)
    return (
        "transfer",
        figures.plot_transfer,
        "The transfer function." if model.is_single else "The transfer functions of the populations.",
        f"Line graph of the response F against the total input x: {told}.",
    )


def _response(f: TransferFunction) -> str:
    if not f.has_closed_forms:
        return "as its formula says"
    start = "zero up to a threshold, then rising" if f.threshold is not None else "rising from its lower limit"
    return f"{start} {'towards its upper limit' if f.bounded else 'without bound'}"


def _slope(model: RateModel) -> _Plan:
    return (
        "transfer_derivative",
        figures.plot_transfer_derivative,
        "Its slope, the gain of the population: how strongly a small change of the input moves the response."
        if model.is_single
        else "Their slopes, the gains of the populations.",
        f"Line graph of the slope of F against the total input x: {_for_each(model, _gain)}.",
    )


def _gain(f: TransferFunction) -> str:
    if not f.has_closed_forms:
        return "above zero where F rises, below where it falls" + (", with gaps at kinks" if f.kinks else "")
    if f.inflections:
        return "it rises to a single maximum and falls again"
    return "it jumps from zero to a constant" if f.kinks else "it rises with the input"


def _for_each(model: RateModel, told: Callable[[TransferFunction], str]) -> str:
    """What is said of the transfer functions: once if it holds for all, else for each population by name."""
    said = [told(p.transfer) for p in model.populations]
    if len(set(said)) == 1:
        return said[0] if len(said) == 1 else f"for each population {said[0]}"
    return "; ".join(f"for population {p.name} {words}" for p, words in zip(model.populations, said, strict=True))


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
        f"The rate of change against the rate. Fixed points lie where the curve {_zero(found)}: {_markers(found)}. "
        "Arrows show where the rate moves.",
        f"Line graph of dr/dt against r {_with_points(found)}.",
    )


def _zero(found: FixedPoints) -> str:
    return "is zero" if found.count < 0 else "crosses zero"


def _trajectories(found: FixedPoints) -> _Plan:
    starts = figures.unstable_rates(found)
    run = figures.trajectory_run(found, [*(i / 10 for i in range(10)), *starts])
    return (
        "trajectories",
        figures.plot_trajectories,
        f"The rate over time from r(0) = 0.0, 0.1, …, 0.9 (solid){_dashed(run, len(starts))}.{_coarse(run)}",
        f"Line graph of the rate against time from ten initial values, {_with_points(found)}.",
    )


def _dashed(run: Trajectory, unstable: int) -> str:
    """What the runs from the unstable fixed points, the last ones, are seen to do."""
    if not unstable:
        return ""
    rates = run.r[-unstable:]
    which = "the unstable fixed point" if unstable == 1 else "each unstable fixed point"
    # A hundredth of the height of the figure is about the width of the line.
    if np.all(np.abs(rates - rates[:, :1]) < 0.01 * max(1.0, float(np.max(run.r[:, 0])))):
        return f", and from {which} itself, where it stays (dashed)"
    return f", and from {which} as computed, which the rate leaves as a rounding error grows (dashed)"


def _coarse(run: Trajectory) -> str:
    """What must be said of a run whose steps are not short enough for the scheme to follow the model."""
    if not run.audit.dt_over_limit >= 1:
        return ""
    return (
        f" The time step of {signed(run.dt)} ms is not below the stability limit of the Euler scheme, "
        f"{signed(run.audit.stability_limit)} ms: jumps from sample to sample are the scheme's, not the model's."
    )


def _phase_plane(found: FixedPoints) -> _Plan:
    run = figures.phase_plane_run(found)
    return (
        "phase_plane",
        figures.plot_phase_plane,
        "The plane of the two rates. On each nullcline one of them does not change, and where the two cross both rest: "
        f"{_markers(found)}. Grey: the first {signed(run.T)} ms of a few trajectories.{_coarse(run)}",
        f"The two nullclines, {_with_points(found)}.",
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
    if found.count < 0:
        return f"here they fill the thick line, {_continuum(found)}"
    kinds = set(map(str, found.stability))
    if not kinds:
        return "here there are none" if found.complete else f"here {_NONE_FOUND}"
    known = joined([words for kind, words in _MARKERS.items() if kind in kinds])
    return known if found.complete else f"{known} (the search could not be completed, there may be more)"


def _with_points(found: FixedPoints) -> str:
    if found.count < 0:
        return f"with a continuum of fixed points, {_continuum(found)}"
    listed = [f"{rates(r)} ({s})" for r, s in zip(found.r, found.stability, strict=True)]
    if not listed:
        return "without a fixed point" if found.complete else f"without fixed points: {_NONE_FOUND}"
    more = "" if found.complete else "at least "
    return f"with {more}the fixed point{'s' if len(listed) > 1 else ''} {joined(listed)}"


_NONE_FOUND = "none was found, and the search could not be completed"


def _continuum(found: FixedPoints) -> str:
    start, end = (float(v) for v in found.continuum)
    return (
        f"every rate from {signed(start)} on"
        if math.isinf(end)
        else f"every rate from {signed(start)} to {signed(end)}"
    )
