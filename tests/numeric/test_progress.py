"""The progress bar: for a long run, and for a person who watches."""

import io

import numpy as np
import pytest
import routes
import tqdm
from nullcline.numeric import OU, simulate
from nullcline.symbolic import RateModel

SINGLE = RateModel.single()


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.fixture
def bars(monkeypatch):
    """The bars that a run makes: each the number of steps it was told of, and where."""
    made = []

    class Bar:
        def __init__(self, *, total, file, **_):
            self.total, self.file, self.done, self.closed = total, file, 0, False
            made.append(self)

        def update(self, steps):
            self.done += steps

        def close(self):
            self.closed = True

    monkeypatch.setattr(tqdm, "tqdm", Bar)
    return made


def watched(monkeypatch, *, terminal, long):
    stream = Terminal() if terminal else io.StringIO()
    monkeypatch.setattr("sys.stderr", stream)
    if long:
        monkeypatch.setattr("nullcline.numeric.stepping._LONG", 1_000)
    return stream


@pytest.mark.parametrize("route", routes.ROUTES)
@pytest.mark.parametrize("noise", [None, OU(0.7, 1.0)])
@pytest.mark.parametrize("workers", [1, 2])
def test_a_long_run_before_a_terminal_has_a_bar_of_all_its_steps(noise, workers, route, monkeypatch, bars):
    stream = watched(monkeypatch, terminal=True, long=True)
    monkeypatch.setattr("nullcline.numeric.stepping._AT_A_TIME", 500)
    with routes.by(route):
        simulate(SINGLE, r_init=np.linspace(0, 1, 30), noise=noise, seed=1, workers=workers)
    (bar,) = bars
    assert (bar.total, bar.done, bar.closed) == (30 * 200, 30 * 200, True)
    assert bar.file is stream


@pytest.mark.parametrize(("terminal", "long"), [(True, False), (False, True), (False, False)])
def test_a_short_run_and_one_that_nobody_watches_have_none(terminal, long, monkeypatch, bars):
    stream = watched(monkeypatch, terminal=terminal, long=long)
    simulate(SINGLE, r_init=np.linspace(0, 1, 30))
    assert bars == []
    assert stream.getvalue() == ""


def test_the_bar_goes_where_the_run_fails(monkeypatch, bars):
    watched(monkeypatch, terminal=True, long=True)

    def failing(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr("nullcline.numeric.stepping._compiled_piece", failing)
    monkeypatch.setattr("nullcline.numeric.stepping._array_piece", failing)
    with pytest.raises(KeyboardInterrupt):
        simulate(SINGLE, r_init=np.linspace(0, 1, 30))
    assert bars[0].closed


def test_a_run_that_is_quick_after_all_leaves_nothing_on_the_screen(monkeypatch):
    # The real bar waits a second before it shows.
    stream = watched(monkeypatch, terminal=True, long=True)
    simulate(SINGLE, r_init=np.linspace(0, 1, 30))
    assert stream.getvalue().strip() == ""
