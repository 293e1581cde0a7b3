"""The audit: what it says of a run's step, error, noise and end, and the one warning of what is doubtful."""

import math
import warnings

import numpy as np
import pytest
import rounding
import scenarios
import tutorial
from nullcline.numeric import (
    OU,
    EulerMaruyamaOU,
    NullclineWarning,
    compile_model,
    euler_sup_error,
    fixed_points,
    simulate,
)
from nullcline.numeric.integrators import METHODS
from nullcline.symbolic import RateModel, transfer
from nullcline.symbolic.schemes import SCHEMES
from told import told

SINGLE = RateModel.single()
PAIR = RateModel.wilson_cowan()
RELU = RateModel.single(transfer.relu)
BISTABLE = scenarios.BISTABLE.parameters
ORDER = "Euler's method is of first order: halving dt halves the error."


def quietly(model=SINGLE, **given):
    """Simulate without a word of what is doubtful."""
    return told(simulate, model, **given)[0]


def lines_of(model=SINGLE, **given):
    """The warnings of a run, each shown at the line that asked for it."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        simulate(model, **given)
    assert all(w.filename == __file__ for w in caught)
    return [str(w.message) for w in caught]


# The one warning -----------------------------------------------------------------------------------------------------


def test_a_step_beyond_the_stability_limit_is_warned_of():
    assert lines_of(dt=2.0) == [
        "dt=2.0 ms reaches the stability limit 2 ms of Euler's method "
        "(2 tau/(1 - w F') at the stable fixed point r = 0): the run need not come near the model's behaviour"
    ]
    assert lines_of(dt=1.999, T=19.99) == []
    assert len(lines_of(w=-20, tau=1.0, I_ext=3.0, dt=1.0)) == 1
    assert lines_of(a=800.0, theta=1.0) == []
    assert lines_of(method="rk4", dt=2.5, T=25.0) == []
    assert len(lines_of(method="rk4", dt=2.8, T=28.0)) == 1
    assert len(lines_of(method="heun", dt=2.0)) == 1
    assert lines_of(method="exponential_euler", dt=50.0, T=500.0) == []
    # Of many members, one is enough.
    assert len(lines_of(tau=np.array([4.0, 0.5]), dt=1.0)) == 1
    assert lines_of(tau=np.array([4.0, 0.6]), dt=1.0) == []
    assert len(lines_of(w=np.array([-20.0, 0.0]), I_ext=6.0, input=0, dt=1.0)) == 1


def test_a_duration_that_is_no_multiple_of_the_step_is_warned_of():
    assert lines_of(T=1.0, dt=0.3) == ["T=1.0 ms is not a multiple of dt=0.3 ms: the last sample is at 0.9 ms"]
    assert not quietly(T=1.0, dt=0.3).audit.T_is_multiple_of_dt
    # 0.3/0.1 and 1.1/0.1 are not whole numbers in doubles.
    for T in (0.3, 1.1, 7.0, 1e4):
        assert lines_of(T=T) == []
        assert quietly(T=T).audit.T_is_multiple_of_dt


def test_all_that_is_doubtful_is_one_warning_and_heads_the_notes():
    noise = EulerMaruyamaOU(sigma=0.1, tau=1.0)
    given = {"dt": 2.3, "T": 5.0, "noise": noise, "seed": 1}
    (line,) = lines_of(**given)
    doubts = line.split("; ")
    assert [doubt.split(" ms ")[0] for doubt in doubts] == ["T=5.0", "dt=2.3", "dt=2.3"]
    assert doubts[2] == "dt=2.3 ms reaches 2 tau = 2.0 ms of the noise: the Euler-Maruyama scheme does not settle"
    audit = quietly(**given).audit
    assert list(audit.doubts) == doubts
    assert list(audit.notes[:3]) == [f"{doubt}." for doubt in doubts]
    assert quietly().audit.doubts == ()


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("model", [SINGLE, PAIR], ids=lambda m: m.name)
def test_nothing_is_warned_of_in_a_clean_run_nor_in_its_audit(model, method):
    silent = {n: 0.0 for n in model.parameters if n[0] == "w"} if method == "exact" else {}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        run = simulate(model, method=method, **silent)
        assert run.audit.notes
        assert run.audit.method == method
        if method != "exact":
            assert simulate(model, method=method, T=5.0, noise=OU(0.7, 1.0), seed=1, trials=3).audit.notes
        # The audit is where doubts are said again; it warns of none.
    doubtful = quietly(dt=3.0, T=30.0)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert doubtful.audit.notes[0].startswith("dt=3.0 ms reaches the stability limit 2 ms")


def test_a_doubt_takes_back_the_promise_of_the_order():
    assert ORDER in quietly(**BISTABLE).audit.notes
    assert ORDER not in quietly(dt=4.0, **BISTABLE).audit.notes
    gone = quietly(RELU, w=2, I_ext=4, T=1000)
    assert gone.audit.notes[0] == "a rate grew beyond 1e+150; from there on it is given as infinite."
    assert ORDER not in gone.audit.notes


# The stability limit -------------------------------------------------------------------------------------------------


STIFF = {
    "upper state": {"w": 5.0, "I_ext": 0.5},
    "inhibition": {"w": -20.0, "I_ext": 6.0},
    "slow": {"w": -8.0, "I_ext": 4.0, "tau": 10.0},
}


@pytest.mark.parametrize("given", STIFF.values(), ids=STIFF)
@pytest.mark.parametrize("method", SCHEMES)
def test_the_limit_is_the_step_from_which_on_a_scheme_leaves_the_fixed_point(method, given):
    limit = quietly(method=method, dt=0.1, **given).audit.stability_limit
    points = fixed_points(SINGLE, **given)
    steepest = np.argmin(np.where(points.stability == "stable", points.eigenvalue, np.inf))
    if method == "exponential_euler" and given["w"] > 0:
        # Its multiplier 1 - (1 - e^(-h)) (1 - w F') lies within 0 and 1.
        assert limit == math.inf
        return
    rest, away = points.r[steepest], 1e-7
    for share, grows in ((0.97, False), (1.03, True)):
        dt = share * limit
        run = quietly(method=method, dt=dt, T=80 * dt, r_init=rest + away, **given)
        assert (abs(run.r[-1] - rest) > away) == grows
        assert (run.audit.dt_over_limit >= 1) == grows


@pytest.mark.parametrize("scheme", ["euler", "heun", "rk4"])
def test_the_limit_of_a_runge_kutta_scheme_is_that_of_the_steepest_stable_point(scheme):
    # |R(z)| < 1 on the real axis from -2 on, from -2.785293563405282 on for rk4 (Hairer and Wanner, section IV.2).
    interval = {"euler": 2.0, "heun": 2.0, "rk4": 2.785293563405282}[scheme]
    run = quietly(method=scheme, **BISTABLE)
    found = fixed_points(SINGLE, **BISTABLE)
    limit = min(-interval / found.eigenvalue[found.stability == "stable"])
    assert run.audit.stability_limit == pytest.approx(limit, rel=1e-14)
    assert run.audit.dt_over_limit == 0.1 / run.audit.stability_limit


def test_the_limit_of_an_ensemble_is_its_smallest():
    weights = np.array([0.0, -2.0, -20.0])
    ensemble = quietly(w=weights, I_ext=6.0, input=0).audit
    assert ensemble.stability_limit == min(quietly(w=w, I_ext=6.0).audit.stability_limit for w in weights)
    taus = quietly(tau=np.array([4.0, 0.5, 2.0])).audit
    assert taus.stability_limit == 1.0


@pytest.mark.parametrize("method", SCHEMES)
@pytest.mark.parametrize("given", [{"I_ext_E": 1.0}, {"w_II": 40.0, "w_EI": 20.0, "I_ext_E": 3.0}], ids=str)
def test_the_limit_of_two_populations_is_that_of_the_model_linearised_where_the_run_ended(given, method):
    settled = quietly(PAIR, method=method, dt=0.1, T=190.0, **given)
    rest, limit = settled.r[-1], settled.audit.stability_limit
    assert "linearised where the run ended" in settled.audit.notes[0] or limit == math.inf
    if limit == math.inf:
        assert method == "exponential_euler"
        return
    for share, grows in ((0.95, False), (1.05, True)):
        dt = share * limit
        run = quietly(PAIR, method=method, dt=dt, T=400 * dt, r_init=rest + 1e-7, **given)
        assert (np.abs(run.r[-1] - rest).max() > 1e-7) == grows


def test_the_limit_of_two_populations_knows_their_input():
    parameter = quietly(PAIR, I_ext_E=3.0).audit.stability_limit
    for input in (3.0, np.full(200, 3.0), lambda t: 3.0):
        assert quietly(PAIR, input={"E": input}).audit.stability_limit == pytest.approx(parameter, rel=1e-9)
    assert quietly(PAIR, I_ext_E=np.full(200, 3.0)).audit.stability_limit == pytest.approx(parameter, rel=1e-9)
    # Of an ensemble of inputs or parameters, or at a kink of F, none is known.
    assert math.isnan(quietly(PAIR, I_ext_E=np.array([1.0, 3.0]), input=0).audit.stability_limit)
    assert math.isnan(quietly(PAIR, w_EE=np.array([1.0, 3.0])).audit.stability_limit)
    kinked = RateModel.wilson_cowan(transfer.relu)
    assert math.isnan(quietly(kinked, theta_E=0.0, r_init=0.0).audit.stability_limit)
    # Nor where the run ended at a point that it would leave.
    assert math.isnan(quietly(PAIR, r_init=fixed_points(PAIR).r[1], T=1.0).audit.stability_limit)


def test_changing_input_has_the_limit_that_no_fixed_point_falls_below():
    for given in ({"I_ext": np.sin(np.arange(200))}, {"input": np.sin}, {"w": np.linspace(0, 3, 10_001), "T": 1.0}):
        audit = quietly(**({"w": 3.0} | given)).audit
        assert audit.stability_limit == 2.0
        assert audit.notes[0] == (
            "dt is 0.05 of the stability limit 2 ms of Euler's method "
            "(2 tau, which no stable fixed point falls below while w >= 0)."
        )


def test_a_step_without_a_known_fixed_point_is_said_to_be_not_judged():
    for model, given in [
        (RELU, {"w": 2.0, "I_ext": 4.0, "T": 1.0}),
        (SINGLE, {"w": np.linspace(-3, 3, 10_001), "input": np.sin, "T": 1.0}),
        (SINGLE, {"w": np.linspace(-3, 3, 10_001), "T": 1.0}),
    ]:
        audit = quietly(model, **given).audit
        assert math.isnan(audit.stability_limit)
        assert audit.notes[0] == (
            "dt is not judged: no stable fixed point is known from which Euler's method would have a limit."
        )


INHIBITED = {"w": -10.0, "dt": 1.0, "T": 200.0}


@pytest.mark.parametrize(
    "given", [{"I_ext": np.full(200, 6.0)}, {"input": np.full(200, 6.0)}, {"I_ext": 2.0, "input": [4.0] * 200}], ids=str
)
def test_the_same_sample_over_and_over_is_constant_input(given):
    constant = {"I_ext": 6.0, **INHIBITED}
    assert lines_of(**given, **INHIBITED) == lines_of(**constant)
    assert len(lines_of(**constant)) == 1
    short = INHIBITED | {"dt": 0.01, "T": 2.0}
    audit, other = (quietly(**g, **short).audit for g in (given, {"I_ext": 6.0}))
    assert audit.stability_limit == other.stability_limit
    assert audit.distance_to_rest == pytest.approx(other.distance_to_rest, rel=1e-9)
    assert audit.notes[-1] == other.notes[-1]
    assert "tends to" in audit.notes[-1]
    # Without recurrence its solution is known.
    given = {name: 200 * [2.0] if np.ndim(value) else 0.0 for name, value in given.items()}
    assert quietly(**given).audit.exact_error == quietly(I_ext=2.0).audit.exact_error


@pytest.mark.parametrize(
    "given",
    [
        {"I_ext": 6.0, "input": lambda t: 0.01 * np.sin(t)},
        {"input": 6.0 + 0.01 * np.sin(np.arange(200))},
        {"I_ext": 6.0 + 0.01 * np.sin(np.arange(200))},
        {"I_ext": np.array([0.0, 6.0]), "input": lambda t: 0.01 * math.sin(t)},
    ],
    ids=["function", "samples", "I_ext", "ensemble"],
)
def test_a_step_is_judged_at_the_inputs_that_a_changing_input_takes(given):
    limits = [quietly(I_ext=6.0 + level, **INHIBITED).audit.stability_limit for level in (-0.01, 0.01)]
    run = quietly(**given, **INHIBITED)
    assert min(limits) * (1 - 1e-9) <= run.audit.stability_limit <= max(limits)
    (line,) = lines_of(**given, **INHIBITED)
    assert line == run.audit.notes[0][:-1]
    level = 6.0 + 0.01 * np.sin(np.arange(199))
    worst = level.min() if limits[0] < limits[1] else level.max()
    points = fixed_points(SINGLE, w=-10.0, I_ext=worst)
    assert line == (
        f"dt=1.0 ms reaches the stability limit {-2 / points.eigenvalue[0]:.6g} ms of Euler's method "
        f"(2 tau/(1 - w F') at the stable fixed point r = {points.r[0]:.6g}, which an input of {worst:.6g} has): "
        "the run need not come near the model's behaviour"
    )
    assert lines_of(**given, **INHIBITED | {"dt": 0.01, "T": 0.02 if callable(given.get("input")) else 2.0}) == []


def test_a_long_run_is_judged_at_some_of_its_inputs():
    asked = []

    def function(t):
        asked.append(np.size(t))
        return 6.0 + np.sin(t)

    run = quietly(w=-10.0, input=function, dt=0.5, T=10_000.0)
    assert run.audit.stability_limit < 1
    assert 10_000 in asked


def test_exponential_euler_without_inhibition_has_no_limit():
    audit = quietly(w=3.0, method="exponential_euler").audit
    assert audit.stability_limit == math.inf
    assert audit.dt_over_limit == 0.0
    assert audit.notes[0] == "The exponential Euler method leaves no stable fixed point of this run, whatever the step."


# The error -----------------------------------------------------------------------------------------------------------


def test_without_recurrence_the_error_of_euler_is_the_known_one():
    for h in (0.1, 0.5, 1.5):
        run = quietly(I_ext=2.0, dt=h, T=40 * h, r_init=0.9)
        gap = 0.9 - compile_model(SINGLE).F(2.0)
        # theory 2.2: sharp, and attained within these forty steps.
        assert run.audit.exact_error == pytest.approx(gap * euler_sup_error(h), rel=1e-14)
        exact = quietly(I_ext=2.0, dt=h, T=40 * h, r_init=0.9, method="exact")
        assert np.abs(run.r - exact.r).max() == pytest.approx(run.audit.exact_error, rel=1e-10)
    assert quietly(I_ext=2.0, dt=2.5, T=50.0).audit.exact_error == math.inf
    assert quietly(I_ext=2.0, dt=2.5, T=50.0, r_init=compile_model(SINGLE).F(2.0)).audit.exact_error == 0.0
    # An input by another name is the same; each member has its own.
    assert quietly(I_ext=1.0, input=1.0).audit.exact_error == quietly(I_ext=2.0).audit.exact_error
    many = quietly(I_ext=2.0, r_init=[0.1, 0.5], tau=np.array([[1.0], [2.0]])).audit.exact_error
    assert many.shape == (2, 2)
    assert many[1, 0] == quietly(I_ext=2.0, r_init=0.1, tau=2.0).audit.exact_error


@pytest.mark.parametrize("method", ["heun", "rk4", "exponential_euler"])
def test_without_recurrence_the_error_of_other_schemes_is_measured(method):
    run = quietly(I_ext=2.0, method=method, tau=0.5)
    exact = quietly(I_ext=2.0, method="exact", tau=0.5)
    assert run.audit.exact_error == np.abs(run.r - exact.r).max()
    if method == "exponential_euler":
        assert run.audit.exact_error <= 2 * rounding.where_it_contracts(tutorial.PARAMETERS | {"I_ext": 2.0}, 0.2)
    many = quietly(I_ext=2.0, method=method, tau=0.5, r_init=[0.2, 0.9])
    assert many.audit.exact_error.shape == (2,)
    assert f"the error is at most {run.audit.exact_error:.3g}." in run.audit.notes[1]


@pytest.mark.parametrize(
    ("model", "given"),
    [
        (SINGLE, {"w": 3.0}),
        (SINGLE, {"input": np.sin}),
        (SINGLE, {"I_ext": np.linspace(0, 1, 200)}),
        (SINGLE, {"noise": OU(0.1, 1.0), "seed": 1}),
        (PAIR, {}),
        (PAIR, {name: 0.0 for name in PAIR.parameters if name.startswith("w_")}),
    ],
)
def test_elsewhere_no_exact_error_is_claimed(model, given):
    assert math.isnan(quietly(model, **given).audit.exact_error)


HALVED = {
    "one population": (SINGLE, {"w": 3.0, "I_ext": 0.5}),
    "ensemble": (SINGLE, {"w": 5.0, "I_ext": 0.5, "r_init": [0.1, 0.6, 0.9]}),
    "inhibition": (SINGLE, {"w": -4.0, "I_ext": 1.0, "r_init": 0.6}),
    "function": (SINGLE, {"w": 3.0, "input": np.sin}),
    "samples": (SINGLE, {"w": 3.0, "I_ext": "samples"}),
    "input": (SINGLE, {"w": 3.0, "input": "samples"}),
    "every third": (SINGLE, {"w": 3.0, "I_ext": 0.5, "store": 3}),
    "last": (SINGLE, {"w": 3.0, "I_ext": 0.5, "store": "last", "T": 2.0}),
    "two populations": (PAIR, {"I_ext_E": 1.0, "r_init": [0.3, 0.1]}),
    "two with input": (PAIR, {"r_init": [0.3, 0.1], "input": {"E": "samples", "I": np.sin}}),
}


def with_samples(value, n):
    if isinstance(value, dict):
        return {name: with_samples(v, n) for name, v in value.items()}
    return np.random.default_rng(1).uniform(-1, 1, n) if isinstance(value, str) and value == "samples" else value


@pytest.mark.parametrize("case", HALVED)
@pytest.mark.parametrize(
    ("method", "dt"), [("euler", 0.125), ("exponential_euler", 0.125), ("heun", 0.125), ("rk4", 0.25)]
)
def test_the_estimate_by_halving_is_the_error_up_to_a_share_of_the_step(method, dt, case):
    model, given = HALVED[case]
    given = {"T": 8.0} | given
    given = {name: with_samples(value, round(given["T"] / dt)) for name, value in given.items()}
    run = quietly(model, method=method, dt=dt, **given)
    solution = quietly(model, method="adaptive", dt=dt, **given)
    error = np.abs(run.r - solution.r).max()
    # e(h) = C h^p + O(h^(p+1)): the difference from half the step, over 1 - 2^-p, is e(h) but for a share of order h.
    # That is at most h times the largest slope of dr/dt, 3/ms here, and a third of it for the schemes of higher order.
    # The adaptive run is right to 1e-9.
    share = dt * (3 if SCHEMES[method].order == 1 else 1)
    assert abs(run.audit.error_estimate - error) <= share * error + 1e-9
    assert error > 5e-8
    of = {"every third": " of the samples kept", "last": " of the last sample"}.get(case, "")
    assert f"By a run with half the step, the error{of} is about {run.audit.error_estimate:.3g}." in run.audit.notes


def test_an_error_is_said_to_be_of_the_samples_that_are_kept():
    for method in ("heun", "rk4"):
        given = {"I_ext": 2.0, "method": method}
        for store, of in (("all", ""), (1, ""), (7, " of the samples kept"), ("last", " of the last sample")):
            audit = quietly(store=store, **given).audit
            line = f"Without recurrence the exact solution is known: the error{of} is at most {audit.exact_error:.3g}."
            assert line in audit.notes


def test_an_error_of_the_size_of_the_rates_is_told_as_one():
    line = "That is a tenth of the largest rate or more: choose a smaller dt."
    kicks = 6.0 * (np.arange(20) % 2)
    rough = quietly(w=-3.0, I_ext=kicks, dt=1.0).audit
    assert rough.error_estimate > 0.1
    assert rough.notes[rough.notes.index(line) - 1].startswith("By a run with half the step, the error is about ")
    assert line not in quietly(w=-3.0, I_ext=np.repeat(kicks, 20), dt=0.05).audit.notes


def test_no_run_is_repeated_that_would_say_nothing_or_take_long(monkeypatch):
    for given in ({"noise": OU(0.1, 1.0), "seed": 1, "w": 3.0}, {"w": 3.0, "dt": 4.0}, {"I_ext": 2.0}):
        assert math.isnan(quietly(**given).audit.error_estimate)
    assert math.isnan(quietly(RELU, w=2, I_ext=4, T=1000).audit.error_estimate)
    monkeypatch.setattr("nullcline.numeric.audit._AUDITED_STEPS", 199)
    audit = quietly(w=3.0).audit
    assert math.isnan(audit.error_estimate)
    assert ORDER in audit.notes
    assert not any("half the step" in note for note in audit.notes)


def test_the_other_methods_say_what_they_are_worth():
    assert quietly(method="exact").audit.notes[0] == "The solution is the exact one; only rounding is left."
    assert quietly(method="exact").audit.exact_error == 0.0
    assert quietly(method="adaptive").audit.notes[0] == "Each step's estimated error is at most 1e-12 + 1e-10 |r|."


# Where a run went ----------------------------------------------------------------------------------------------------


def test_a_run_is_measured_from_the_fixed_point_of_its_basin():
    low, _, high = fixed_points(SINGLE, **BISTABLE).r
    starts = [0.0, 0.44, 0.45, 2.0]
    audit = quietly(r_init=starts, T=2.0, **BISTABLE).audit
    ends = quietly(r_init=starts, T=2.0, **BISTABLE).r[:, -1]
    np.testing.assert_array_equal(audit.distance_to_rest, np.abs(ends - [low, low, high, high]))
    assert audit.notes[-1] == (
        f"The runs ended at most {audit.distance_to_rest.max():.3g} from the fixed points that they tend to."
    )
    one = quietly(T=2.0, **BISTABLE)
    assert one.audit.distance_to_rest == abs(one.r[-1] - low)
    assert one.audit.notes[-1] == (
        f"The run ended {one.audit.distance_to_rest:.3g} from the fixed point that it tends to."
    )


def test_a_half_stable_point_parts_the_rates_as_well():
    # A double root at 1/5, which attracts from below, and a stable point at 9/25 (theory, section 3.1).
    model, fold = RateModel.single(transfer.naka_rushton), scenarios.NAKA_RUSHTON_FOLD
    above = quietly(model, r_init=0.25, T=100.0, **fold).audit
    assert above.distance_to_rest == pytest.approx(0.36 - quietly(model, r_init=0.25, T=100.0, **fold).r[-1], rel=1e-9)
    below = quietly(model, r_init=0.0, T=100.0, **fold).audit
    assert math.isnan(below.distance_to_rest)
    assert below.visits == ()
    assert not any("ended" in note for note in below.notes)


def test_a_run_visits_the_fixed_points_whose_basins_it_was_in_and_those_it_came_close_to():
    points = fixed_points(SINGLE, **BISTABLE)
    visits = quietly(**BISTABLE).audit.visits
    assert [visit.r for visit in visits] == [points.r[0]]
    (visit,) = visits
    assert visit.eigenvalue == points.eigenvalue[0]
    assert visit.stability == "stable"
    assert visit.dt == 0.1
    assert visit.limit == pytest.approx(-2 / points.eigenvalue[0], rel=1e-14)
    # From the unstable point, where rounding alone decides.
    visits = quietly(r_init=points.r[1], **BISTABLE).audit.visits
    assert points.r[1] in [visit.r for visit in visits]
    assert [math.isnan(visit.limit) for visit in visits] == [visit.r == points.r[1] for visit in visits]
    # The tutorial's last figure: noise takes it to both states, and past the point between them.
    setting = {"w": 5.0, "I_ext": 0.56}
    noisy = quietly(noise=EulerMaruyamaOU(0.7, 1.0), seed=2020, T=1000.0, **setting).audit
    assert [visit.r for visit in noisy.visits] == fixed_points(SINGLE, **setting).r.tolist()
    assert not any("ended" in note for note in noisy.notes)


def test_a_run_that_stays_at_an_unstable_point_is_not_said_to_tend_to_another():
    point = fixed_points(SINGLE, **BISTABLE).r[1]
    place = "stayed at the unstable fixed point r = 0.447119"
    unsteady = ", which any perturbation leaves, and rounding is one: a longer run need not stay."
    said = place + unsteady
    until = quietly(r_init=point, store=7, **BISTABLE).audit.notes[-1]
    assert until == f"The run {place} until 19.6 ms, the last sample kept{unsteady}"
    assert not any("stayed" in note for note in quietly(r_init=point, store=1000, **BISTABLE).audit.notes)
    for store in ("all", "last", 199):
        audit = quietly(r_init=point, store=store, **BISTABLE).audit
        assert audit.notes[-1] == f"The run {said}"
        assert not any("tend" in note or "error is" in note for note in audit.notes)
        assert math.isnan(audit.distance_to_rest)
    for start in (point + 1e-2, point - 1e-2):
        assert "tends to" in quietly(r_init=start, **BISTABLE).audit.notes[-1]
    # It came near and left: it did not stay, whatever is kept of it.
    left = quietly(r_init=point + 1e-4, store="last", **BISTABLE)
    assert "tends to" in left.audit.notes[-1]
    several = quietly(r_init=[0.2, point, 0.6], **BISTABLE).audit
    assert several.notes[-2:] == (
        f"1 of the 3 runs {said}",
        f"The others ended at most {np.nanmax(several.distance_to_rest):.3g} from the fixed points that they tend to.",
    )
    assert np.isnan(several.distance_to_rest).tolist() == [False, True, False]
    assert quietly(r_init=[point, point], **BISTABLE).audit.notes[-1] == f"All 2 runs {said}"
    # With noise nothing stays.
    noisy = quietly(r_init=point, noise=OU(0.0, 1.0), seed=1, **BISTABLE).audit
    assert not any("stayed" in note for note in noisy.notes)


def test_the_last_sample_that_is_kept_is_not_taken_for_the_end():
    whole = quietly(**BISTABLE)
    low = fixed_points(SINGLE, **BISTABLE).r[0]
    for store, t in ((7, "19.6"), (1000, "0"), (199, ""), ("last", "")):
        k = {7: 196, 1000: 0}.get(store, 199)
        ended = f"At {t} ms, the last sample kept, the run was" if t else "The run ended"
        note = f"{ended} {abs(whole.r[k] - low):.3g} from the fixed point that it tends to."
        assert quietly(store=store, **BISTABLE).audit.notes[-1] == note
    several = quietly(store=7, r_init=[0.2, 0.3], **BISTABLE).audit
    assert several.notes[-1] == (
        f"At 19.6 ms, the last sample kept, the runs were at most {several.distance_to_rest.max():.3g} "
        "from the fixed points that they tend to."
    )


def test_growth_without_bound_is_said_before_it_leaves_the_doubles():
    said = "left all fixed points behind: the rate grows without bound."
    run = quietly(RELU, w=2.0, I_ext=5.0, T=50.0)
    assert np.isfinite(run.r).all()
    assert run.audit.notes[-1] == f"The run {said}"
    assert quietly(RELU, w=2.0, I_ext=np.full(500, 5.0), T=50.0).audit.notes[-1] == f"The run {said}"
    # An unstable point parts what grows from what comes to rest at 0.
    beyond = quietly(RELU, w=2.0, I_ext=1.0, r_init=[0.0, 10.0], T=2.0).audit
    assert beyond.notes[-1] == f"1 of the 2 runs {said}"
    for model, given in [
        (RELU, {"w": 0.5, "I_ext": 5.0}),
        (RELU, {"w": 1.0, "I_ext": 2.8, "a": 1.0, "r_init": 3.0}),  # a half-line of fixed points
        (SINGLE, BISTABLE),
    ]:
        assert not any("grows" in note for note in quietly(model, **given).audit.notes)


def test_with_changing_input_and_of_several_populations_no_end_is_claimed():
    for model, given in ((SINGLE, {"input": np.sin}), (PAIR, {}), (SINGLE, {"w": [0.0, 5.0]})):
        audit = quietly(model, **given).audit
        assert math.isnan(audit.distance_to_rest)
        assert audit.visits == ()


# Noise ---------------------------------------------------------------------------------------------------------------


def noise_notes(noise, **given):
    return [n for n in quietly(noise=noise, seed=1, T=4.0, **given).audit.notes if "noise" in n]


@pytest.mark.parametrize("case", scenarios.golden()["linear_noise"], ids=lambda c: c["id"])
def test_the_bias_of_the_tutorials_noise_is_said(case):
    sigma, tau, dt = (float(case[name]) for name in ("sigma", "tau_ou", "dt"))
    biased = quietly(noise=EulerMaruyamaOU(sigma, tau), dt=dt, T=100 * dt, seed=1).audit
    variance = float(case["em_ou_stationary_var"])
    assert biased.noise_variance == (pytest.approx(variance, rel=1e-15),)
    assert biased.noise_bias == (pytest.approx(variance / sigma**2 - 1, abs=1e-15),)
    assert biased.noise_correlation_time == (pytest.approx(-dt / math.log1p(-dt / tau), rel=1e-15),)
    exact = quietly(noise=OU(sigma, tau), dt=dt, T=100 * dt, seed=1).audit
    assert exact.noise_variance == (pytest.approx(sigma**2, rel=1e-15),)
    assert exact.noise_bias == (pytest.approx(0, abs=1e-15),)
    assert exact.noise_correlation_time == (tau,)


def test_what_is_said_of_noise():
    assert noise_notes(EulerMaruyamaOU(0.1, 1.0)) == [
        "The Euler-Maruyama noise has variance 0.0105263 (+5.26% of sigma^2) and correlation time 0.949122 ms "
        "(-5.09% of tau): OU(...) has neither bias."
    ]
    assert noise_notes(OU(0.1, 1.0)) == [
        "The noise has variance 0.01 and correlation time 1 ms, as asked, at any step."
    ]
    assert noise_notes(OU(0.1, 0.05)) == [
        "The noise has variance 0.01 and correlation time 0.05 ms, as asked, at any step.",
        "The noise changes faster (tau = 0.05 ms) than it is sampled (dt = 0.1 ms).",
    ]
    assert noise_notes(EulerMaruyamaOU(1.0, 1.0), dt=1.6)[0] == (
        "The Euler-Maruyama noise has variance 5 (+400.00% of sigma^2) and an autocorrelation that alternates in sign: "
        "OU(...) has neither bias."
    )
    unsettled = noise_notes(EulerMaruyamaOU(1.0, 1.0), dt=2.0)
    assert len(unsettled) == 1
    assert "the Euler-Maruyama scheme does not settle" in unsettled[0]
    assert quietly(noise=OU(0.0, 1.0), seed=1).audit.noise_bias == (0.0,)


def test_each_population_has_its_noise_audited():
    audit = quietly(PAIR, noise={"I": OU(0.5, 2.0)}, seed=1).audit
    assert audit.noise_variance == (0.0, 0.25)
    assert audit.noise_bias == (0.0, 0.0)
    assert math.isnan(audit.noise_correlation_time[0])
    assert audit.noise_correlation_time[1] == 2.0
    assert quietly(PAIR).audit.noise_variance == ()


def test_the_audit_prints_as_a_list():
    assert str(quietly(**BISTABLE).audit).startswith(
        "Audit of a run by method 'euler':\n  - dt is 0.031 of the stability limit 3.19273 ms of Euler's method"
    )


def test_warnings_are_of_the_packages_own_kind():
    with pytest.warns(NullclineWarning):
        simulate(SINGLE, dt=2.0)
