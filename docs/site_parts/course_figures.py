"""The figures of the course: those of `nullcline.reports.figures`, and drawings of the public numeric functions."""

import warnings
from collections.abc import Callable, Mapping

import numpy as np
from matplotlib.axes import Axes
from nullcline.numeric import OU, NullclineWarning, compile_model, fixed_points, normal_numbers, simulate
from nullcline.reports import figures
from nullcline.reports.figures import BLUE, GREEN, GREY, VERMILLION
from nullcline.symbolic import RateModel

MODEL = RateModel.single()
SHAPE = {"a": 1.2, "theta": 2.8}
BISTABLE = {"w": 5.0, "I_ext": 0.5}
NOISE = OU(sigma=0.7, tau=1.0)
# Three lines of one figure: told apart by colour and by dashes.
THREE = ((BLUE, "-"), (VERMILLION, (0, (6, 2))), (GREEN, (0, (1, 1.5))))

RATE = "rate $r$ (dimensionless)"
RATE_IN_TIME = "rate $r(t)$ (dimensionless)"
TIME = "time $t$ (ms)"
INPUT = r"total input $x$ (in the unit of $\theta$)"


def gains(ax: Axes) -> Axes:
    """F for three gains."""
    return _transfers(ax, [{"a": a, "theta": 2.8} for a in (0.6, 1.2, 3.0)], "a")


def thresholds(ax: Axes) -> Axes:
    """F for three thresholds."""
    return _transfers(ax, [{"a": 1.2, "theta": theta} for theta in (2.0, 2.8, 4.0)], "theta")


def _transfers(ax: Axes, shapes: list[dict[str, float]], varied: str) -> Axes:
    x = np.linspace(0, 10, 401)
    letter = {"a": "a", "theta": r"\theta"}[varied]
    for shape, (colour, line) in zip(shapes, THREE, strict=True):
        F = compile_model(MODEL).F(x, **shape)
        ax.plot(x, F, color=colour, linestyle=line, label=f"${letter} = {shape[varied]:g}$")
    return _finished(ax, INPUT, "response $F(x)$ (dimensionless)", (0, 10))


def time_constants(ax: Axes) -> Axes:
    """The exact solution without recurrence, for three time constants."""
    t = np.linspace(0, 20, 401)
    for tau, (colour, line) in zip((1.0, 3.0, 5.0), THREE, strict=True):
        r = compile_model(MODEL).feedforward_solution(t, 0.2, I_ext=5.0, tau=tau)
        ax.plot(t, r, color=colour, linestyle=line, label=rf"$\tau = {tau:g}$ ms")
    return _finished(ax, TIME, RATE_IN_TIME, (0, 20))


def long_steps(ax: Axes) -> Axes:
    """Euler's method with steps of half, one and a half and two time constants, beside the exact solution."""
    t = np.linspace(0, 10, 401)
    exact = compile_model(MODEL).feedforward_solution(t, 0.2, I_ext=5.0)
    ax.plot(t, exact, color=GREY, linewidth=2.2, label="exact")
    for dt, (colour, line) in zip((0.5, 1.5, 2.0), THREE, strict=True):
        with warnings.catch_warnings():
            # The steps are too long on purpose.
            warnings.simplefilter("ignore", NullclineWarning)
            run = simulate(MODEL, I_ext=5.0, r_init=0.2, T=10 + dt, dt=dt)
        ax.plot(run.t, run.r, color=colour, linestyle=line, marker="o", markersize=3, label=f"$dt = {dt:g}$ ms")
    # Room for the legend above the highest zigzag.
    ax.set_ylim(0, 2.1)
    ax.legend(frameon=False, loc="upper center", ncols=4, columnspacing=1.2, handlelength=1.6)
    return _finished(ax, TIME, RATE_IN_TIME, (0, 10))


def inputs(ax: Axes) -> Axes:
    """The rate of change for three inputs, with every fixed point."""
    r = np.linspace(0, 1, 401)
    ax.axhline(0, color=GREY, linewidth=0.8)
    for I_ext, (colour, line) in zip((0.0, 0.5, 1.0), THREE, strict=True):
        drdt = compile_model(MODEL).drdt(r, w=5.0, I_ext=I_ext)
        ax.plot(r, drdt, color=colour, linestyle=line, label=rf"$I_\mathrm{{ext}} = {I_ext:g}$")
        found = fixed_points(MODEL, w=5.0, I_ext=I_ext)
        for point, stability in zip(found.r, found.stability, strict=True):
            ground = ax.get_facecolor() if str(stability) == "unstable" else colour
            ax.plot(point, 0, marker="o", color=colour, markerfacecolor=ground, clip_on=False, zorder=4)
    return _finished(ax, RATE, "rate of change $dr/dt$ (1/ms)", (0, 1))


def departures(ax: Axes) -> Axes:
    """How a deviation of 0.001 from each fixed point changes, as simulated and as its eigenvalue says."""
    found = fixed_points(MODEL, **BISTABLE)
    run = simulate(MODEL, **BISTABLE, r_init=found.r + 1e-3, T=8.0, dt=0.01, method="rk4")
    for i, (colour, line) in enumerate(THREE):
        ax.semilogy(
            run.t, np.abs(run.r[i] - found.r[i]), color=colour, linestyle=line, label=f"$r^* = {found.r[i]:.3f}$"
        )
        ax.semilogy(run.t[::80], 1e-3 * np.exp(found.eigenvalue[i] * run.t[::80]), "o", color=colour, markersize=3.5)
    ax.plot([], [], "o", color=GREY, markersize=3.5, label=r"$0.001\,e^{\lambda t}$")
    return _finished(ax, TIME, r"deviation $|r - r^*|$", (0, 8))


def noisy_input(ax: Axes) -> Axes:
    """A path of the Ornstein-Uhlenbeck input."""
    dt = 0.1
    path = OU(sigma=0.1, tau=1.0).path(normal_numbers(2026, 1000), dt)
    for level in (-0.1, 0.1):
        ax.axhline(level, color=GREY, linewidth=0.8, linestyle=(0, (1, 2)))
    ax.plot(dt * np.arange(path.size), path, color=VERMILLION, linewidth=0.9)
    return _finished(ax, TIME, r"input $\eta(t)$ (in the unit of $\theta$)", (0, 100))


def switching(ax: Axes) -> Axes:
    """A rate that noise drives between two fixed points."""
    run = simulate(MODEL, w=5.0, I_ext=0.56, T=1000.0, dt=0.1, noise=NOISE, seed=2026)
    found = fixed_points(MODEL, w=5.0, I_ext=0.56)
    for point, stability in zip(found.r, found.stability, strict=True):
        dashes = (0, (1, 2)) if str(stability) == "stable" else (0, (5, 3))
        ax.axhline(point, color=GREY, linewidth=1, linestyle=dashes, zorder=3)
    ax.plot(run.t, run.r, color=BLUE, linewidth=0.7)
    return _finished(ax, TIME, RATE_IN_TIME, (0, 1000))


def two_humps(ax: Axes) -> Axes:
    """How often each rate is visited, in an ensemble, for three strengths of the noise."""
    bins = np.linspace(-0.05, 1.05, 67)
    for sigma, (colour, line) in zip((0.1, 0.4, 0.7), THREE, strict=True):
        run = simulate(
            MODEL, w=5.0, I_ext=0.56, T=500.0, dt=0.1, noise=OU(sigma=sigma, tau=1.0), seed=1, trials=200, r_init=0.2
        )
        density, _ = np.histogram(run.r[:, 2000:], bins, density=True)
        ax.stairs(density, bins, color=colour, linestyle=line, label=rf"$\sigma = {sigma:g}$")
    ax.set_yscale("log")
    ax.set_ylim(0.02, 60)
    return _finished(ax, RATE, "density of the rates", (-0.05, 1.05))


def inhibition_speed(ax: Axes) -> Axes:
    """The approach to rest for three weights."""
    for w, (colour, line) in zip((0.0, -5.0, -20.0), THREE, strict=True):
        run = simulate(MODEL, w=w, I_ext=5.0, r_init=0.0, T=5.0, dt=0.01, method="rk4")
        ax.plot(run.t, run.r, color=colour, linestyle=line, label=f"$w = {w:g}$".replace("-", "−"))
    return _finished(ax, TIME, RATE_IN_TIME, (0, 5))


def false_oscillation(ax: Axes) -> Axes:
    """An oscillation that the scheme makes and the population does not."""
    with warnings.catch_warnings():
        # The step is too long on purpose.
        warnings.simplefilter("ignore", NullclineWarning)
        long = simulate(MODEL, w=-20.0, I_ext=3.0, r_init=0.2, T=13.0, dt=1.0)
    short = simulate(MODEL, w=-20.0, I_ext=3.0, r_init=0.2, T=12.0, dt=0.01)
    ax.plot(long.t, long.r, color=VERMILLION, linestyle=(0, (6, 2)), marker="o", markersize=3.5, label="$dt = 1$ ms")
    ax.plot(short.t, short.r, color=BLUE, label="$dt = 0.01$ ms")
    ax.set_ylim(-0.08, 0.95)
    ax.legend(frameon=False, loc="upper center", ncols=2)
    return _finished(ax, TIME, RATE_IN_TIME, (0, 12))


def _finished(ax: Axes, across: str, up: str, window: tuple[float, float]) -> Axes:
    ax.set_xlim(*window)
    ax.set_xlabel(across)
    ax.set_ylabel(up)
    if ax.get_legend() is None and ax.get_legend_handles_labels()[1]:
        ax.legend(frameon=False)
    return ax


def _of_the_report(plot: Callable[..., Axes], **parameters: float) -> Callable[[Axes], Axes]:
    return lambda ax: plot(MODEL, ax=ax, **parameters)


DRAWN: Mapping[str, Callable[[Axes], Axes]] = {
    "fi-curve": _of_the_report(figures.plot_transfer, **SHAPE),
    "gains": gains,
    "thresholds": thresholds,
    "feedforward": _of_the_report(figures.plot_feedforward, I_ext=5.0),
    "time-constants": time_constants,
    "long-steps": long_steps,
    "rate-of-change": _of_the_report(figures.plot_rate_of_change, **BISTABLE),
    "inputs": inputs,
    "trajectories": _of_the_report(figures.plot_trajectories, **BISTABLE),
    "slope": _of_the_report(figures.plot_transfer_derivative, **SHAPE),
    "departures": departures,
    "noisy-input": noisy_input,
    "switching": switching,
    "two-humps": two_humps,
    "inhibition": _of_the_report(figures.plot_rate_of_change, w=-5.0, I_ext=3.0),
    "inhibition-speed": inhibition_speed,
    "false-oscillation": false_oscillation,
}
