"""Simulation: the tutorial's scheme step for step, the exact solution, and what the audit says of both."""

import json
import math
import warnings

import numpy as np
import pytest
import scenarios
from nullcline.numeric import compile_model, fixed_points, simulate
from nullcline.numeric.euler_error import euler_sup_error, euler_worst_step
from nullcline.numeric.results import NullclineWarning
from nullcline.symbolic import NullclineError, RateModel, transfer

SINGLE = RateModel.single()
PAIR = RateModel.wilson_cowan()
EPS = np.finfo(float).eps


def textbook_sigmoid(x, a, theta):
    return 1 / (1 + math.exp(-a * (x - theta))) - 1 / (1 + math.exp(a * theta))


def tutorial(tau=1.0, a=1.2, theta=2.8, w=0.0, I_ext=0.0, T=20.0, dt=0.1, r_init=0.2):
    """The scheme, stated again from the tutorial's text with its own textbook formula."""
    times = np.arange(0, T, dt)
    inputs = I_ext * np.ones(times.size)
    r = np.zeros(times.size)
    r[0] = r_init
    for k in range(times.size - 1):
        dr = dt / tau * (-r[k] + textbook_sigmoid(w * r[k] + inputs[k], a, theta))
        r[k + 1] = r[k] + dr
    return r


@pytest.mark.parametrize(
    "parameters",
    [
        {},
        {"w": 5.0, "I_ext": 0.5},
        {"w": -5.0, "I_ext": 0.5, "tau": 3.0},
        {"w": 5.0, "I_ext": 0.5, "r_init": 0.9, "T": 7.0, "dt": 0.25},
        {"I_ext": np.sin(np.linspace(0, 9, 200)), "w": 2.0},
    ],
    ids=str,
)
def test_euler_is_the_tutorials_scheme(parameters):
    run = simulate(SINGLE, **parameters)
    expected = tutorial(**parameters)
    assert run.r.shape == expected.shape == run.t.shape
    # F agrees to 4 eps here; each step adds at most h times that and contracts, or grows by (w a/4 - 1) h on the way
    # between two fixed points: a factor below 1e3 over these runs.
    assert np.abs(run.r - expected).max() <= 1e3 * EPS
    np.testing.assert_array_equal(run.t, np.arange(0, parameters.get("T", 20.0), parameters.get("dt", 0.1)))


def test_an_ensemble_equals_its_members():
    starts = np.arange(10) / 10
    together = simulate(SINGLE, w=5, I_ext=0.5, r_init=starts)
    assert together.r.shape == (10, 200)
    for start, r in zip(starts, together.r, strict=True):
        assert np.abs(simulate(SINGLE, w=5, I_ext=0.5, r_init=start).r - r).max() <= 1e3 * EPS
    grid = simulate(SINGLE, w=np.array([0.0, 5.0])[:, None], r_init=starts, T=1.0)
    assert grid.r.shape == (2, 10, 10)


def test_a_run_from_the_unstable_fixed_point_stays_for_as_long_as_rounding_lets_it():
    _, unstable, _ = fixed_points(SINGLE, w=5, I_ext=0.5).r
    run = simulate(SINGLE, w=5, I_ext=0.5, r_init=unstable)
    # A rounding of a few eps grows by e^(0.498 * 20) = 2e4.
    assert np.abs(run.r - unstable).max() <= 100 * 2.2e4 * EPS


def test_several_populations_follow_their_equations():
    f = compile_model(PAIR)
    run = simulate(PAIR, r_init={"E": 0.3, "I": 0.1}, I_ext_E=1.0, T=2.0)
    r = np.array([0.3, 0.1])
    for k in range(20):
        assert np.abs(run.r[k] - r).max() <= 100 * EPS
        r = r + 0.1 * f.drdt(r, I_ext_E=1.0)
    assert run.r.shape == (20, 2)
    assert simulate(PAIR, r_init=[0.3, 0.1], I_ext_E=1.0, T=2.0).r.tolist() == run.r.tolist()
    assert simulate(PAIR, r_init=[[0.3, 0.1], [0.0, 0.0], [1.0, 0.5]], T=2.0).r.shape == (3, 20, 2)
    assert simulate(PAIR, r_init=0.2, I_ext_E=np.ones(20), T=2.0).r.shape == (20, 2)
    assert simulate(PAIR, r_init={"E": np.linspace(0, 1, 4), "I": 0.1}, T=2.0).r.shape == (4, 20, 2)


def test_the_exact_method_is_exact():
    run = simulate(SINGLE, I_ext=2.0, tau=3.0, method="exact")
    f = compile_model(SINGLE)
    assert run.r.tolist() == f.feedforward_solution(run.t, 0.2, I_ext=2.0, tau=3.0).tolist()
    assert run.audit.exact_error == 0.0
    silent = {name: 0.0 for name in PAIR.parameters if name.startswith("w_")}
    run = simulate(PAIR, method="exact", r_init=[0.2, 0.1], I_ext_E=1.0, **silent)
    assert run.r.shape == (200, 2)
    assert run.r[-1, 0] == pytest.approx(f.F(1.0), abs=1e-8)


@pytest.mark.parametrize(
    ("given", "line"),
    [
        ({"w": 5}, "the exact solution (method='exact') holds for w = 0, got w=5.0"),
        (
            {"I_ext": np.zeros(200)},
            "the exact solution (method='exact') needs a constant input: use method='exponential_euler' for samples",
        ),
    ],
)
def test_the_exact_method_is_refused_where_there_is_none(given, line):
    with pytest.raises(NullclineError) as refusal:
        simulate(SINGLE, method="exact", **given)
    assert str(refusal.value) == line


@pytest.mark.parametrize("row", scenarios.golden()["euler_w0_sup_error"], ids=lambda r: f"h={r['h']}")
def test_the_sup_error_is_the_reference_one(row):
    h = float(row["h"])
    if row.get("sup") == "inf":
        assert euler_sup_error(h) == math.inf
        return
    # h is rounded (relative eps), and dE/dh * h <= 2 E for every h <= 2.
    assert abs(euler_sup_error(h) - float(row["sup_over_k"])) <= 8 * EPS * float(row["sup_over_k"])
    assert euler_worst_step(h) == row["argmax_k"]


def test_the_sup_error_of_a_tiny_step_is_h_over_2e():
    # theory 2.2: E(h) = h/(2e) + O(h^2)
    for h in (1e-3, 1e-6, 1e-9):
        assert abs(euler_sup_error(h) / (h / (2 * math.e)) - 1) <= 2 * h


def test_the_audit_states_the_stability_limit_and_the_exact_error():
    run = simulate(SINGLE, w=5, I_ext=0.5)
    found = fixed_points(SINGLE, w=5, I_ext=0.5)
    limit = min(-2 / found.eigenvalue[found.stability == "stable"])
    assert run.audit.stability_limit == pytest.approx(limit)
    assert run.audit.dt_over_limit == pytest.approx(0.1 / limit)
    feedforward = simulate(SINGLE, I_ext=2.0, T=40.0)
    exact = simulate(SINGLE, I_ext=2.0, T=40.0, method="exact")
    assert np.abs(feedforward.r - exact.r).max() == pytest.approx(feedforward.audit.exact_error, rel=1e-10)
    assert math.isnan(run.audit.exact_error)


def warnings_of(**given):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        run = simulate(SINGLE, **given)
    assert all(issubclass(w.category, NullclineWarning) for w in caught)
    assert all(w.filename == __file__ for w in caught)
    return run, [str(w.message) for w in caught]


def test_a_doubtful_step_warns_once():
    _, lines = warnings_of(dt=2.0)
    assert lines == [
        "dt=2.0 ms reaches the stability limit 2 ms of Euler's method "
        "(2 tau/(1 - w F') at the stable fixed point r = 0): the run need not come near the model's behaviour"
    ]
    run, lines = warnings_of(T=1.0, dt=0.3)
    assert lines == ["T=1.0 ms is not a multiple of dt=0.3 ms: the last sample is at 0.9 ms"]
    assert not run.audit.T_is_multiple_of_dt
    assert len(warnings_of(T=1.0, dt=2.3)[1]) == 1
    assert warnings_of(w=5, I_ext=0.5)[1] == []
    assert warnings_of(a=800.0, theta=1.0)[1] == []
    assert warnings_of(dt=1.999, T=19.99)[1] == []
    assert len(warnings_of(w=-20, tau=1.0, I_ext=3.0, dt=1.0)[1]) == 1


def test_the_order_is_not_promised_after_a_doubt_about_stability():
    order = "Euler's method is of first order: halving dt halves the error."
    assert order in warnings_of(w=5, I_ext=0.5)[0].audit.notes
    assert order not in warnings_of(w=5, I_ext=0.5, dt=4.0)[0].audit.notes
    with pytest.warns(NullclineWarning, match="grew beyond"):
        gone = simulate(RateModel.single(transfer.relu), w=2, I_ext=4, T=1000)
    assert order not in gone.audit.notes


def test_a_step_without_a_stable_fixed_point_is_said_to_be_not_judged():
    run = simulate(RateModel.single(transfer.relu), w=2, I_ext=4, T=1.0)
    assert math.isnan(run.audit.stability_limit)
    assert "dt is not judged: no stable fixed point" in run.audit.notes[0]
    assert not any("not judged" in note for note in simulate(SINGLE, w=5, I_ext=0.5).audit.notes)


def test_growth_without_bound_ends_at_infinity_and_is_said():
    run, lines = warnings_of(dt=3.0, T=3000.0)
    assert lines[0].endswith("a rate grew beyond 1e+150; from there on it is given as infinite")
    assert np.isinf(run.r[-1])
    assert not np.isnan(run.r).any()
    for function in (transfer.relu, transfer.softplus, transfer.power):
        with pytest.warns(NullclineWarning, match="grew beyond"):
            r = simulate(RateModel.single(function), w=2, I_ext=4, T=1000).r
        assert not np.isnan(r).any()


def test_the_trajectory_is_a_frozen_value_that_prints():
    run = simulate(SINGLE, w=5, I_ext=0.5, T=1.0)
    assert str(run).splitlines()[:3] == [
        "Trajectory of 'single' by method 'euler': 10 samples, T=1.0, dt=0.1 ms",
        "  t    r",
        "  0    0.2",
    ]
    with pytest.raises(ValueError, match="read-only"):
        run.r[0] = 1
    document = run.to_dict()
    assert json.loads(json.dumps(document, allow_nan=False)) == document
    assert document["r"] == run.r.tolist()
    assert str(run.audit).startswith(
        "Audit of a run by method 'euler':\n  - dt is 0.031 of the stability limit 3.19273 ms"
    )
