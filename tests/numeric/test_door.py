"""What is refused at the door, and the whole line that says so."""

import json
from fractions import Fraction

import numpy as np
import pytest
from nullcline.numeric import compile_model, fixed_points, simulate
from nullcline.symbolic import NullclineError, ParameterError, RateModel, transfer

SINGLE = RateModel.single()
PAIR = RateModel.wilson_cowan()

PARAMETERS = [
    (
        {"thetha": 1},
        "unknown parameter 'thetha' for model 'single'; did you mean 'theta'? (known: tau, a, theta, w, I_ext)",
    ),
    ({"wexc": 5.0}, "unknown parameter 'wexc' for model 'single'; did you mean 'w'? (known: tau, a, theta, w, I_ext)"),
    ({"guesses": []}, "unknown parameter 'guesses' for model 'single' (known: tau, a, theta, w, I_ext)"),
    ({"tau": -1.0}, "tau must be positive, got -1.0 ms"),
    ({"tau": 0}, "tau must be positive, got 0.0 ms"),
    ({"a": 0.0}, "a must be positive, got 0.0"),
    ({"tau": "20"}, "tau must be a number, got '20' (str)"),
    ({"tau": "1,5"}, "tau must be a number, got '1,5' (str)"),
    ({"tau": True}, "tau must be a number, got True (bool)"),
    ({"tau": np.True_}, f"tau must be a number, got {np.True_!r} (bool)"),
    ({"tau": None}, "tau must be a number, got None (NoneType)"),
    ({"tau": 1j}, "tau must be a number, got 1j (complex)"),
    ({"a": {"value": 1.2}}, "a must be a number, got {'value': 1.2} (dict)"),
    ({"w": [1.0, True]}, "w[1] must be a number, got True (bool)"),
    ({"w": np.array([1j])}, "w must hold real numbers, got an array of dtype complex128"),
    ({"w": np.array([1, None])}, "w must hold real numbers, got an array of dtype object"),
    ({"w": np.array([True])}, "w must hold real numbers, got an array of dtype bool"),
    ({"w": [[1, 2], [3]]}, "w must be rectangular: its items have different lengths"),
    ({"w": []}, "w must hold at least one number, got an empty array"),
    ({"w": float("nan")}, "w must be finite, got nan"),
    ({"w": [0.0, float("inf")]}, "w must be finite, got inf at index 1"),
    ({"a": np.array([[1.0, 2.0], [-3.0, 1.0]])}, "a must be positive, got -3.0 at index (1, 0)"),
    ({"tau": 10**400}, "tau must be finite, got a number above 1.8e308"),
    ({"w": np.ones(3), "a": np.ones(4)}, "a has shape (4,) and w has shape (3,): they do not broadcast"),
]


@pytest.mark.parametrize(("given", "line"), PARAMETERS, ids=lambda v: str(v)[:30])
@pytest.mark.parametrize("function", [fixed_points, simulate])
def test_a_parameter_that_means_nothing_is_refused(function, given, line):
    with pytest.raises(ParameterError) as refusal:
        function(SINGLE, **given)
    assert str(refusal.value) == line
    assert "\n" not in line


SIMULATIONS = [
    ({"T": 0.0}, "T must be positive, got 0.0 ms"),
    ({"T": float("inf")}, "T must be finite, got inf"),
    ({"T": "20"}, "T must be a number, got '20' (str)"),
    ({"T": [20.0]}, "T must be one number, got an array of shape (1,)"),
    ({"dt": float("nan")}, "dt must be finite, got nan"),
    ({"dt": -0.1}, "dt must be positive, got -0.1 ms"),
    # The quotient T/dt is below every double: no sample would be left.
    (
        {"T": 1e-200, "dt": 1e200, "store": "last"},
        "T must not vanish beside dt, got T=1e-200 with dt=1e+200: choose a longer T or a smaller dt",
    ),
    ({"r_init": float("nan")}, "r_init must be finite, got nan"),
    (
        {"I_ext": np.zeros((3, 200))},
        "I_ext must be a number or one sample per time step, got an array of shape (3, 200)",
    ),
    ({"I_ext": []}, "I_ext must hold at least one number, got an empty array"),
    ({"I_ext": [1.0]}, "I_ext has 1 sample, the time grid has 200 (T=20.0, dt=0.1)"),
    ({"I_ext": np.zeros(199)}, "I_ext has 199 samples, the time grid has 200 (T=20.0, dt=0.1)"),
    (
        {"method": "rk5"},
        "unknown method 'rk5'; did you mean 'rk4'? (known: euler, exponential_euler, heun, rk4, adaptive, exact)",
    ),
    ({"r_init": np.ones(2), "w": np.ones(3)}, "w has shape (3,) and r_init has shape (2,): they do not broadcast"),
]


@pytest.mark.parametrize(("given", "line"), SIMULATIONS, ids=lambda v: str(v)[:30])
def test_a_simulation_that_means_nothing_is_refused(given, line):
    with pytest.raises(ParameterError) as refusal:
        simulate(SINGLE, **given)
    assert str(refusal.value) == line


@pytest.mark.parametrize(("given", "samples"), [({"dt": 1e-12}, "2e+13"), ({"T": 1e9}, "1e+10")])
def test_a_huge_time_grid_is_refused_before_allocation(given, samples):
    with pytest.raises(ParameterError) as refusal:
        simulate(SINGLE, **given)
    line = str(refusal.value)
    assert "GiB" in line
    assert f"{samples} samples" in line
    assert line.endswith("choose a shorter T or a larger dt")


@pytest.mark.parametrize(
    ("given", "line"),
    [
        ({"w_EI": -1.0}, "w_EI must not be negative, got -1.0"),
        ({"r_init": [1, 2, 3]}, "r_init has 3 values, model 'wilson-cowan' has 2 populations (E, I)"),
        ({"r_init": {"E": 1}}, "r_init has no value for population 'I'"),
        ({"r_init": {"E": 1, "X": 1}}, "unknown population 'X' for r_init (known: E, I)"),
    ],
)
def test_several_populations_are_refused_by_name(given, line):
    with pytest.raises(ParameterError) as refusal:
        simulate(PAIR, **given)
    assert str(refusal.value) == line


def test_an_open_bound_other_than_zero_is_named():
    with pytest.raises(ParameterError) as refusal:
        fixed_points(RateModel.single(transfer.power), n=0.5)
    assert str(refusal.value) == "n must be greater than 1, got 0.5"


def test_the_refusal_carries_name_value_and_what_is_allowed():
    with pytest.raises(ParameterError) as refusal:
        fixed_points(SINGLE, thetha=1.0)
    assert refusal.value.name == "thetha"
    assert refusal.value.value == 1.0
    assert refusal.value.allowed == ("tau", "a", "theta", "w", "I_ext")


def test_every_kind_of_real_number_is_welcome():
    exact = fixed_points(SINGLE, w=5, I_ext=0.5).r
    for w in (5.0, np.float32(5), np.int8(5), Fraction(5), np.array(5)):
        assert (fixed_points(SINGLE, w=w, I_ext=0.5).r == exact).all()
    assert fixed_points(SINGLE, w=[5], I_ext=0.5).r.shape == (1, 3)


def test_what_the_user_gave_stays_his_own():
    w = np.linspace(0, 5, 7)
    fixed_points(SINGLE, w=w)
    w[0] = 3.0
    assert json.dumps(fixed_points(SINGLE, w=w).to_dict())


@pytest.mark.parametrize("call", [compile_model, fixed_points, simulate])
def test_what_is_not_a_model_is_refused(call):
    with pytest.raises(NullclineError) as refused:
        call("single")
    assert str(refused.value) == (
        "model must be a RateModel, got 'single' (str): write RateModel.single() or RateModel.wilson_cowan()"
    )
