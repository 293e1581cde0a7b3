"""Simulation: the tutorial's scheme step for step, several populations, the known error of Euler's method."""

import inspect
import json
import math

import numpy as np
import pytest
import rounding
import scenarios
import tutorial
from nullcline.numeric import compile_model, fixed_points, simulate
from nullcline.numeric.euler_error import euler_sup_error, euler_worst_step
from nullcline.symbolic import NullclineError, RateModel

SINGLE = RateModel.single()
PAIR = RateModel.wilson_cowan()
EPS = np.finfo(float).eps


def test_help_names_the_types_and_does_not_write_them_out():
    for function in (simulate, fixed_points):
        signature = str(inspect.signature(function))
        assert "ArrayLike" in signature
        assert "numpy._typing" not in signature


@pytest.mark.parametrize(
    "parameters",
    [
        {},
        {"w": 5.0, "I_ext": 0.5},
        {"w": -5.0, "I_ext": 0.5, "tau": 3.0},
        {"w": 5.0, "I_ext": 0.5, "r_init": 0.9, "T": 7.0, "dt": 0.25},
        {"I_ext": np.sin(np.linspace(0, 9, 200)), "w": 2.0},
    ],
    ids=["tutorial", "bistable", "inhibition", "coarse", "samples"],
)
def test_euler_is_the_tutorials_scheme(parameters):
    run = simulate(SINGLE, **parameters)
    expected = tutorial.simulate_single(**parameters)
    assert run.r.shape == expected.shape == run.t.shape
    assert (np.abs(run.r - expected) <= 2 * rounding_along(expected, **parameters)).all()
    np.testing.assert_array_equal(run.t, np.arange(0, parameters.get("T", 20.0), parameters.get("dt", 0.1)))


def rounding_along(r, dt=0.1, T=20.0, r_init=0.2, **parameters):
    """Bound the rounding error of a run, each step's and its growth by the steps after it."""
    p = tutorial.PARAMETERS | parameters
    h, slope = dt / p["tau"], compile_model(SINGLE).dF(p["w"] * r + p["I_ext"], p["a"], p["theta"])
    one_step = rounding.of_one_step(p | {"I_ext": np.abs(p["I_ext"]).max()}, h)
    return rounding.along_a_run((1 - h + h * p["w"] * slope)[:-1], one_step)


def test_the_tutorials_ten_starts_are_one_ensemble():
    starts = np.arange(10) / 10
    together = simulate(SINGLE, w=5, I_ext=0.5, r_init=starts)
    assert together.r.shape == (10, 200)
    for start, r in zip(starts, together.r, strict=True):
        expected = tutorial.simulate_single(w=5, I_ext=0.5, r_init=start)
        assert (np.abs(r - expected) <= 2 * rounding_along(expected, w=5, I_ext=0.5)).all()


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
