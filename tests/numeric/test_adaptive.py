"""The adaptive method: its error, its dense output, and where there is none."""

import math
import warnings

import mpmath
import numpy as np
import pytest
from nullcline.numeric import OU, NullclineWarning, simulate
from nullcline.numeric.adaptive import ATOL, RTOL
from nullcline.numeric.integrators import METHODS
from nullcline.symbolic import NullclineError, RateModel, transfer

SINGLE = RateModel.single()
PAIR = RateModel.wilson_cowan()

# Populations whose flow brings neighbours together everywhere: w F' < 1.
CONTRACTING = [
    {"w": 3.0, "I_ext": 0.5, "r_init": 0.2},
    {"w": -4.0, "I_ext": 0.5, "r_init": 0.6},
    {"w": 2.0, "I_ext": 2.0, "r_init": 0.0, "tau": 0.5},
]


def tolerance(run):
    """What the steps' errors, each estimated to be at most ATOL + RTOL |r|, add up to where none of them grows."""
    steps = max(len(solution.ts) for solution in run.dense.solutions)
    return steps * (ATOL + RTOL * max(1.0, float(np.abs(run.r).max())))


def time_to_reach(end, *, w, I_ext, r_init, tau=1.0, a=1.2, theta=2.8):
    """The time at which the solution is at a rate, and its speed there: t is the integral of 1/(dr/dt)."""

    def speed(r):
        s = [1 / (1 + mpmath.exp(-u)) for u in (a * (w * r + I_ext - theta), -a * theta)]
        return (-r + s[0] - s[1]) / tau

    a, theta, w, I_ext, tau = (mpmath.mpf(v) for v in (a, theta, w, I_ext, tau))
    return mpmath.quad(lambda r: 1 / speed(r), [mpmath.mpf(r_init), mpmath.mpf(end)]), speed(mpmath.mpf(end))


@pytest.mark.parametrize("given", CONTRACTING, ids=str)
def test_a_run_is_at_each_rate_when_the_equation_says(given):
    run = simulate(SINGLE, method="adaptive", T=6.0, dt=0.75, **given)
    between = np.array([0.3, 0.77, 1.51, 3.3])
    for t, r in [*zip(run.t[1:], run.r[1:], strict=True), *zip(between, run.at(between), strict=True)]:
        with mpmath.workdps(30):
            reached, speed = time_to_reach(float(r), **given)
            # What it is late by, times its speed, is what it is off by.
            assert abs((reached - mpmath.mpf(float(t))) * speed) <= tolerance(run)


@pytest.mark.parametrize("given", [{}, {"I_ext": np.sin(np.arange(200))}], ids=["constant", "samples"])
def test_without_recurrence_a_run_is_the_closed_form(given):
    run = simulate(SINGLE, method="adaptive", tau=2.0, **given)
    # Exact for w = 0 and samples that hold (test_simulation_methods).
    exact = simulate(SINGLE, method="exponential_euler", tau=2.0, **given)
    assert np.abs(run.r - exact.r).max() <= tolerance(run)


def test_dense_output_passes_through_the_samples_and_keeps_the_axes():
    one = simulate(SINGLE, method="adaptive", w=3.0, T=2.0)
    np.testing.assert_array_equal(one.at(one.t), one.r)
    assert one.at(0.05).shape == ()
    assert one.at(np.full((2, 3), 0.5)).shape == (2, 3)
    assert one.at(0.0) == 0.2

    many = simulate(SINGLE, method="adaptive", w=np.array([[0.0], [3.0]]), r_init=[0.1, 0.2, 0.3], T=2.0)
    assert many.at(0.5).shape == (2, 3)
    assert many.at([0.5, 1.0]).shape == (2, 3, 2)
    np.testing.assert_array_equal(many.at(many.t), many.r)

    pair = simulate(PAIR, method="adaptive", r_init=[[0.1, 0.2], [0.3, 0.4], [0.5, 0.6]], T=2.0)
    assert pair.at(0.5).shape == (3, 2)
    assert pair.at([0.5, 1.0]).shape == (3, 2, 2)
    np.testing.assert_array_equal(pair.at(pair.t), pair.r)

    noisy = simulate(SINGLE, method="adaptive", noise=OU(0.7, 1.0), seed=1, trials=2, r_init=[0.1, 0.2, 0.3], T=2.0)
    assert noisy.at([0.5, 1.0]).shape == (3, 2, 2)
    np.testing.assert_array_equal(noisy.at(noisy.t), noisy.r)


def test_dense_output_between_samples_that_hold_is_the_closed_form():
    samples = np.array([0.0, 2.0, -1.0, 4.0, 0.0])
    run = simulate(SINGLE, method="adaptive", input=samples, T=5.0, dt=1.0)
    fine = simulate(SINGLE, method="exponential_euler", input=np.repeat(samples, 8)[:-7], T=4.125, dt=0.125)
    assert np.abs(run.at(fine.t) - fine.r).max() <= tolerance(run)


PULSE = {"w": 5.0, "I_ext": 0.5, "T": 60.0}


@pytest.mark.parametrize("more", [{}, {"noise": OU(0.0, 1.0), "seed": 1}, {"store": "last"}], ids=str)
def test_a_pulse_of_a_function_is_not_passed_over(more):
    """At rest an integrator's steps grow: without a limit to them it would step from 40 to 60 ms at once."""

    def pulse(t):
        return 30.0 * ((t > 50.02) & (t < 50.22))

    run = simulate(SINGLE, method="adaptive", input=pulse, **PULSE, **more)
    fine = simulate(SINGLE, method="rk4", input=pulse, dt=0.001, **PULSE)
    after = (fine.t > 50.3) & (fine.t < 59.9)
    assert fine.r[after].max() > 0.15
    # The jumps lie on the grid of the fixed steps: at most one step at each of the two has a stage on the wrong side,
    # and is off by at most dt sup F = 0.001. The flow brings neighbours together from there on (w F' < 1 below
    # r = 0.2), but for e^(0.5 * 0.2) within the pulse.
    assert np.abs(run.at(fine.t[after]) - fine.r[after]).max() <= 2 * 0.001 * 1.2


def test_each_step_of_a_run_driven_by_a_function_is_within_dt_and_the_audit_says_so():
    run = simulate(SINGLE, method="adaptive", input=lambda t: 0.5, w=5.0, T=60.0)
    assert max(np.diff(run.dense.solutions[0].ts)) <= 0.1 * (1 + 1e-9)
    note = (
        "The input is a function of time and no step is longer than dt = 0.1 ms: "
        "what the input does for less than that may be passed over."
    )
    assert note in run.audit.notes
    for input in (None, 0.5, np.full(600, 0.5)):
        assert note not in simulate(SINGLE, method="adaptive", input=input, w=5.0, T=60.0).audit.notes
    assert note in simulate(PAIR, method="adaptive", input={"I": np.sin}, T=2.0).audit.notes


def test_more_steps_than_fit_into_memory_are_refused():
    with pytest.raises(NullclineError) as refusal:
        simulate(SINGLE, method="adaptive", input=np.sin, T=1e6, dt=0.05)
    told = str(refusal.value)
    assert told.startswith(
        "method='adaptive' with no step longer than dt (20000000 samples, 1 members) needs 22.4 GiB, "
    )
    assert told.endswith(" GiB: choose a shorter T, fewer trials or method='rk4'")


def test_dense_output_ends_with_the_last_sample():
    run = simulate(SINGLE, method="adaptive", T=2.0)
    for t, line in [
        (2.0, "t must lie within the run, from 0 to its last sample at 1.9 ms, got 2: choose a longer T"),
        ([0.5, -0.1], "t must lie within the run, from 0 to its last sample at 1.9 ms, got -0.1 to 0.5"),
        # Rounded, this would be the last sample itself.
        (
            1.9000000000000004,
            "t must lie within the run, from 0 to its last sample at 1.9000000000000001 ms, got 1.9000000000000004: "
            "choose a longer T",
        ),
    ]:
        with pytest.raises(NullclineError) as refusal:
            run.at(t)
        assert str(refusal.value) == line
    with pytest.raises(NullclineError, match="t must be finite, got nan"):
        run.at(math.nan)


@pytest.mark.parametrize("method", [m for m in METHODS if m != "adaptive"])
def test_other_methods_have_no_rates_between_samples(method):
    with pytest.raises(NullclineError) as refusal:
        simulate(SINGLE, method=method).at(0.05)
    assert str(refusal.value) == f"only method='adaptive' has rates between samples, this run is by '{method}'"


def test_a_run_of_one_sample_goes_nowhere():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NullclineWarning)  # T is no multiple of dt
        run = simulate(SINGLE, method="adaptive", T=0.05, r_init=[0.1, 0.2])
    assert run.t.tolist() == [0.0]
    assert run.r.tolist() == [[0.1], [0.2]]
    assert run.at([0.0, 0.0]).tolist() == [[0.1, 0.1], [0.2, 0.2]]


@pytest.mark.parametrize("samples", [False, True])
def test_growth_without_bound_ends_at_infinity_also_between_samples(samples):
    given = {"I_ext": np.full(400, 4.0) if samples else 4.0, "dt": 2.0, "T": 800.0}
    with pytest.warns(NullclineWarning, match="grew beyond"):
        run = simulate(RateModel.single(transfer.relu), a=1.0, theta=0.0, w=2.0, method="adaptive", **given)
    # r = 4.2 e^t - 4 passes 1e150 at t = 343.95.
    np.testing.assert_array_equal(run.r == math.inf, run.t > 343.95)
    np.testing.assert_array_equal(
        run.at([0.1, 343.9, 344.0, 500.3, 797.9]) == math.inf, [False, False, True, True, True]
    )
    assert run.at(343.9) == pytest.approx(4.2 * math.exp(343.9), rel=1e-8)  # e^t magnifies what the start is off by
    assert run.mean == math.inf


def test_a_blow_up_in_finite_time_is_infinite_from_there_on():
    # r' = -r + (2 r + 4)^2, and the integral of dr/(4 r^2 + 15 r + 16) from 0 to infinity is 0.12780.
    model = RateModel.single(transfer.power)
    given = {"k": 1.0, "n": 2.0, "theta": 0.0, "w": 2.0, "I_ext": 4.0, "r_init": 0.0, "dt": 0.01, "T": 1.0}
    with pytest.warns(NullclineWarning, match="grew beyond"):
        run = simulate(model, method="adaptive", **given)
    assert np.isfinite(run.r[run.t < 0.1278]).all()
    assert (run.r[run.t > 0.1279] == math.inf).all()
    assert not np.isnan(run.r).any()


@pytest.mark.parametrize("store", ["all", 7, "last"])
def test_what_is_kept_changes_nothing_of_it(store):
    everything = simulate(SINGLE, method="adaptive", w=3.0, T=5.0)
    run = simulate(SINGLE, method="adaptive", w=3.0, T=5.0, store=store)
    kept = {"all": slice(None), 7: slice(None, None, 7), "last": slice(-1, None)}[store]
    np.testing.assert_array_equal(run.r, everything.r[kept])
    assert run.mean == everything.mean
    assert run.at(1.234) == everything.at(1.234)
