"""The figures: each takes axes and returns them, marks stability by shape, and leaves pyplot alone."""

import inspect
import subprocess
import sys
from collections.abc import Callable

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from nullcline.numeric import compile_model, fixed_points
from nullcline.reports import figures
from nullcline.symbolic import ParameterError, RateModel, transfer

SINGLE = [
    figures.plot_transfer,
    figures.plot_transfer_derivative,
    figures.plot_rate_of_change,
    figures.plot_trajectories,
    figures.plot_feedforward,
]


@pytest.fixture
def axes() -> Axes:
    return Figure().add_subplot()


@pytest.mark.parametrize("plot", SINGLE, ids=lambda plot: plot.__name__)
@pytest.mark.parametrize("name", list(transfer.catalogue))
def test_a_figure_draws_on_the_axes_it_is_given(plot: Callable[..., Axes], name: str, axes: Axes):
    assert plot(RateModel.single(transfer.catalogue[name]), ax=axes, w=-1.5, I_ext=1.0) is axes
    assert axes.lines
    assert axes.get_title() == ""
    assert axes.get_xlabel().startswith(("total input", "rate", "time"))
    assert "(" in axes.get_ylabel()  # the unit


def test_the_phase_plane_draws_on_the_axes_it_is_given(axes: Axes):
    model = RateModel.wilson_cowan()
    assert figures.plot_phase_plane(model, ax=axes) is axes
    marked = [line for line in axes.lines if line.get_marker() == "o"]
    assert sorted((line.get_xdata()[0], line.get_ydata()[0]) for line in marked) == sorted(
        map(tuple, fixed_points(model).r.tolist())
    )


def test_every_figure_takes_axes_and_returns_them():
    names = [name for name in figures.__all__ if name.startswith("plot_")]
    assert names == sorted(name for name in vars(figures) if name.startswith("plot_"))
    for name in names:
        plot = getattr(figures, name)
        ax = inspect.signature(plot).parameters["ax"]
        assert (ax.kind, ax.default) == (ax.KEYWORD_ONLY, None)
        model = RateModel.wilson_cowan() if plot is figures.plot_phase_plane else RateModel.single()
        given = Figure().add_subplot()
        assert plot(model, ax=given) is given
        assert given.has_data()


def test_pyplot_is_left_alone():
    code = """
import sys
from matplotlib.figure import Figure
from nullcline.reports import figures
from nullcline.symbolic import RateModel
for name in ("transfer", "transfer_derivative", "rate_of_change", "trajectories", "feedforward"):
    getattr(figures, f"plot_{name}")(RateModel.single(), ax=Figure().add_subplot())
print("matplotlib.pyplot" in sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


def test_without_axes_a_figure_of_its_own_is_made(monkeypatch: pytest.MonkeyPatch):
    import matplotlib.pyplot as plt

    monkeypatch.setattr(plt, "show", lambda *_, **__: pytest.fail("the figure was shown"))
    with plt.rc_context({"backend": "agg"}):
        axes = figures.plot_transfer(RateModel.single())
    assert isinstance(axes, Axes)
    plt.close(axes.figure)


def test_stability_shows_in_the_marker(axes: Axes):
    figures.plot_rate_of_change(RateModel.single(), ax=axes, w=5, I_ext=0.5)
    marked = {line.get_xdata()[0]: line for line in axes.lines if line.get_marker() == "o"}
    stable, unstable = marked[min(marked)], marked[sorted(marked)[1]]
    assert stable.get_markerfacecolor() == figures.BLUE
    assert tuple(unstable.get_markerfacecolor()) == tuple(axes.get_facecolor())
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["stable", "unstable"]


def test_a_half_stable_point_is_filled_where_it_attracts(axes: Axes):
    # k x^2 with k = 1/2, theta = 0: at w = 1, I = 1/2 the line touches F at r = 1/2, and dr/dt > 0 on both sides.
    figures.plot_rate_of_change(RateModel.single(transfer.power), ax=axes, w=1.0, I_ext=0.5)
    (marked,) = [line for line in axes.lines if line.get_marker() == "o"]
    assert marked.get_fillstyle() == "left"


def test_the_curve_is_the_compiled_function(axes: Axes):
    model = RateModel.single()
    figures.plot_rate_of_change(model, ax=axes, w=5, I_ext=0.5)
    curve = max(axes.lines, key=lambda line: len(line.get_xdata()))
    r = np.asarray(curve.get_xdata())
    assert np.array_equal(curve.get_ydata(), compile_model(model).drdt(r, w=5, I_ext=0.5))


def test_the_slope_is_broken_at_a_kink(axes: Axes):
    figures.plot_transfer_derivative(RateModel.single(transfer.relu), ax=axes)
    (curve,) = axes.lines
    x, y = np.asarray(curve.get_xdata()), np.asarray(curve.get_ydata())
    assert x[np.isnan(y)].tolist() == [2.8]


def test_trajectories_start_where_they_are_told_and_on_the_unstable_point(axes: Axes):
    found = fixed_points(RateModel.single(), w=5, I_ext=0.5)
    figures.plot_trajectories(RateModel.single(), r_init=(0.1, 0.6), ax=axes, w=5, I_ext=0.5)
    starts = [line.get_ydata()[0] for line in axes.lines if len(line.get_xdata()) > 2]
    assert starts == [0.1, 0.6, found.r[1]]


@pytest.mark.parametrize("plot", SINGLE, ids=lambda plot: plot.__name__)
def test_an_unknown_parameter_is_refused(plot: Callable[..., Axes], axes: Axes):
    with pytest.raises(ParameterError, match="unknown parameter 'thetha'"):
        plot(RateModel.single(), ax=axes, thetha=1.0)


@pytest.mark.parametrize("theta", [0.0, 5e6, -1e6, 1e12])
@pytest.mark.parametrize("a", [1e-6, 1.0, 1e6])
@pytest.mark.parametrize("name", ["sigmoid", "tanh", "relu", "softplus"])
def test_the_rise_of_f_is_in_the_window(name: str, a: float, theta: float, axes: Axes):
    model = RateModel.single(transfer.catalogue[name])
    figures.plot_transfer(model, ax=axes, a=a, theta=theta)
    (curve,) = axes.lines
    y = np.asarray(curve.get_ydata())
    # All but a hundredth of the range at each end, or two units where there is no upper end.
    assert np.ptp(y) >= 0.97
    assert axes.get_xlim()[0] < axes.get_xlim()[1]


@pytest.mark.parametrize("theta", [1e200, -1e300])
@pytest.mark.parametrize("name", ["sigmoid", "relu"])
def test_a_threshold_out_of_reach_still_gives_a_picture(name: str, theta: float, axes: Axes):
    figures.plot_transfer(RateModel.single(transfer.catalogue[name]), ax=axes, theta=theta)
    assert np.isfinite(axes.get_xlim()).all()


def test_a_phase_plane_takes_a_bounded_number_of_steps_and_none_too_long():
    found = fixed_points(RateModel.wilson_cowan(), tau_I=1e4)
    run = figures.phase_plane_run(found)
    assert run.r.shape == (6, 4000, 2)
    assert run.dt == 0.05
    assert figures.phase_plane_run(fixed_points(RateModel.wilson_cowan())).T == 80
