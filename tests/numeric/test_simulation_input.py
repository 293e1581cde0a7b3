"""Input that changes with time: the ways to say it, when a scheme asks for it, and what is refused."""

import math
import warnings

import numpy as np
import pytest
import rounding
import routes
import tutorial
from nullcline.numeric import simulate
from nullcline.symbolic import ParameterError, RateModel
from nullcline.symbolic.schemes import SCHEMES

SINGLE = RateModel.single()
PAIR = RateModel.wilson_cowan()
METHODS = (*SCHEMES, "adaptive")
GIVEN = {"w": 1.5, "T": 10.0}
TIMES = np.arange(0, 10.0, 0.1)
# |w| a <= 2 and h = 0.1; the input is at most 1.
U = rounding.U
ROUNDING = rounding.where_it_contracts(tutorial.PARAMETERS | {"w": 1.5}, h=0.1, extra=1.0)


# Two populations: each of 20 steps is rounded like one of a population with an input of at most 30. A difference grows
# by at most e^(3 t): the largest row of J in the sense of the logarithmic norm is -1 + (9 + 4) 1.2/4 < 3.
PAIR_ROUNDING = 2 * 20 * math.exp(3 * 2) * rounding.of_one_step(tutorial.PARAMETERS, h=0.1, extra=30.0)


def same(one, other):
    np.testing.assert_array_equal(one.r, other.r)


@pytest.mark.parametrize("method", METHODS)
def test_one_constant_input_in_five_ways(method):
    number = simulate(SINGLE, input=0.75, method=method, **GIVEN)
    function = simulate(SINGLE, input=lambda t: 0.75, method=method, **GIVEN)
    of_arrays = simulate(SINGLE, input=lambda t: 0.75 + 0 * t, method=method, **GIVEN)
    same(function, of_arrays)
    samples = simulate(SINGLE, input=np.full(100, 0.75), method=method, **GIVEN)
    as_parameter = simulate(SINGLE, I_ext=[0.75] * 100, method=method, **GIVEN)
    same(samples, as_parameter)
    parameter = simulate(SINGLE, I_ext=0.75, method=method, **GIVEN)
    if method == "adaptive":
        # Solved from sample to sample, its steps are others: each run is right to 1e-9 (test_adaptive).
        assert np.abs(samples.r - number.r).max() <= 2e-9
        # So they are where a function of time keeps them within dt.
        assert np.abs(function.r - number.r).max() <= 2e-9
        same(number, parameter)
    else:
        same(number, function)
        same(samples, number)
        # I_ext is multiplied out with the constants, what comes on top of it is not.
        assert np.abs(parameter.r - number.r).max() <= 2 * ROUNDING


@pytest.mark.parametrize("method", SCHEMES)
def test_input_comes_on_top_of_I_ext(method):
    both = simulate(SINGLE, I_ext=0.25, input=0.5, method=method, **GIVEN)
    one = simulate(SINGLE, I_ext=0.75, method=method, **GIVEN)
    assert np.abs(both.r - one.r).max() <= 2 * ROUNDING
    samples = np.sin(TIMES)
    both = simulate(SINGLE, I_ext=0.25, input=samples, method=method, **GIVEN)
    one = simulate(SINGLE, I_ext=0.25 + samples, method=method, **GIVEN)
    assert np.abs(both.r - one.r).max() <= 2 * ROUNDING


@pytest.mark.parametrize("method", ["euler", "exponential_euler"])
def test_a_scheme_of_one_stage_sees_a_function_at_the_samples_alone(method):
    same(
        simulate(SINGLE, input=np.sin, method=method, **GIVEN),
        simulate(SINGLE, input=np.sin(TIMES), method=method, **GIVEN),
    )


@pytest.mark.parametrize("model", [SINGLE, PAIR], ids=lambda m: m.name)
@pytest.mark.parametrize("scheme", SCHEMES.values(), ids=lambda s: s.name)
def test_a_function_is_asked_for_the_times_of_the_stages(model, scheme):
    asked = []

    def function(t):
        asked.extend(np.ravel(t))
        return 0.5 * t

    simulate(model, input=function if model is SINGLE else {"I": function}, method=scheme.name, T=1.0)
    # No step follows the last sample.
    expected = {(k + float(node)) * 0.1 for k in range(10) for node in scheme.nodes if k < 9 or node == 0}
    assert set(asked) == expected


@pytest.mark.parametrize("route", routes.ROUTES)
@pytest.mark.parametrize("method", SCHEMES)
def test_a_function_that_looks_up_the_samples_is_never_asked_beyond_them(method, route):
    levels = np.sin(TIMES)
    for more in ({}, {"r_init": [0.2, 0.5]}, {"store": "last"}, {"T": 0.1}):
        with routes.by(route):
            given = GIVEN | more
            run = simulate(SINGLE, input=lambda t: levels[int(round(t / 0.05) // 2)], method=method, **given)
            samples = levels[: round(given["T"] / 0.1)]
            if method in ("euler", "exponential_euler"):
                same(run, simulate(SINGLE, input=samples, method=method, **given))


def test_one_number_for_many_times_is_not_taken_for_all_of_them():
    """Such a function made it of all the times, or drew it once: it is asked for each."""

    def late(t):
        return 1.0 if np.any(t > 5) else 0.0

    same(simulate(SINGLE, input=late, **GIVEN), simulate(SINGLE, input=np.where(TIMES > 5, 1.0, 0.0), **GIVEN))
    drawn, levels = [np.random.default_rng(seed) for seed in (1, 1)]
    run = simulate(SINGLE, input=lambda t: drawn.normal(), **GIVEN)
    levels.normal()  # the one that was drawn for all times at once
    same(run, simulate(SINGLE, input=levels.normal(size=100), **GIVEN))


def test_a_function_whose_arrays_make_numpy_warn_is_asked_time_by_time():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(ParameterError) as refusal:
            simulate(SINGLE, input=lambda t: t / 0, **GIVEN)
        assert str(refusal.value) == "input raised ZeroDivisionError('float division by zero') at t=0 ms"
        # Also where there is nothing wrong with any one time.
        run = simulate(SINGLE, input=lambda t: np.where(t > 0, 1.0, 0.0) if np.ndim(t) == 0 else t / 0, **GIVEN)
    same(run, simulate(SINGLE, input=np.where(TIMES > 0, 1.0, 0.0), **GIVEN))


@pytest.mark.parametrize("method", METHODS)
def test_a_sample_holds_until_the_next_one(method):
    samples = np.random.default_rng(7).uniform(-1, 1, 100)
    run = simulate(SINGLE, input=samples, method=method, **GIVEN)
    for k in range(0, 99, 7):
        step = simulate(SINGLE, w=1.5, I_ext=samples[k], r_init=run.r[k], T=0.2, method=method)
        one = rounding.of_one_step(tutorial.PARAMETERS | {"w": 1.5}, 0.1, extra=1.0)
        assert abs(step.r[1] - run.r[k + 1]) <= 2 * one + (1e-12 if method == "adaptive" else 0.0)


def test_a_function_of_single_numbers_serves_as_well():
    def stepwise(t):
        return 1.0 if t < 5 else 0.0

    for method in METHODS:
        same(
            simulate(SINGLE, input=math.cos, method=method, **GIVEN),
            simulate(SINGLE, input=np.cos, method=method, **GIVEN),
        )
    same(simulate(SINGLE, input=stepwise, **GIVEN), simulate(SINGLE, input=np.where(TIMES < 5, 1.0, 0.0), **GIVEN))
    same(
        simulate(SINGLE, input=lambda t: [1.0 + v for v in t], **GIVEN),
        simulate(SINGLE, input=lambda t: 1 + t, **GIVEN),
    )


@pytest.mark.parametrize("method", METHODS)
def test_populations_take_their_input_by_name(method):
    wave = {"number": 0.5, "samples": np.full(20, 0.5), "function": lambda t: 0.5 + 0.0 * t}
    runs = {kind: simulate(PAIR, input={"E": one}, T=2.0, method=method) for kind, one in wave.items()}
    # Two populations: bounded by 20 steps' rounding and its growth, below e^(2 t max |W| a/4) = e^(2 * 2 * 4) overall.
    close = (
        1e-9 if method == "adaptive" else 20 * math.exp(16) * rounding.of_one_step(tutorial.PARAMETERS, 0.1, extra=10)
    )
    for kind in ("samples", "function"):
        assert np.abs(runs[kind].r - runs["number"].r).max() <= (close if method == "adaptive" else 0.0)
    parameter = simulate(PAIR, I_ext_E=0.5, T=2.0, method=method)
    assert np.abs(parameter.r - runs["number"].r).max() <= close
    both = simulate(PAIR, input={"E": wave["function"], "I": wave["samples"]}, T=2.0, method=method)
    assert np.abs(both.r - simulate(PAIR, I_ext_E=0.5, I_ext_I=0.5, T=2.0, method=method).r).max() <= close
    sampled = simulate(PAIR, I_ext_E=wave["samples"], I_ext_I=0.5, T=2.0, method=method)
    assert np.abs(sampled.r - both.r).max() <= close


def test_I_ext_may_be_an_ensemble_where_input_is_given():
    levels = np.array([0.0, 0.5, 1.0])
    for input in (0, 0.0, 0.25, np.sin(TIMES), np.sin):
        run = simulate(SINGLE, I_ext=levels, input=input, **GIVEN)
        assert run.r.shape == (3, 100)
        for level, r in zip(levels, run.r, strict=True):
            alone = simulate(SINGLE, I_ext=level, input=input, **GIVEN)
            assert np.abs(alone.r - r).max() <= 2 * ROUNDING


@pytest.mark.parametrize("route", routes.ROUTES)
def test_how_the_time_is_cut_changes_no_bit(route, monkeypatch):
    given = {"input": np.sin, "w": 1.5, "T": 60.0, "method": "rk4", "r_init": [0.1, 0.2]}
    with routes.by(route):
        whole = simulate(SINGLE, **given)
        monkeypatch.setattr("nullcline.numeric.stepping._TABLED", 14)
        monkeypatch.setattr("nullcline.numeric.stepping._DRAWN", 10)
        same(whole, simulate(SINGLE, **given))


WRONG = [
    (np.zeros(99), "input has 99 samples, the time grid has 100 (T=10.0, dt=0.1)"),
    ([1.0], "input has 1 sample, the time grid has 100 (T=10.0, dt=0.1)"),
    (np.zeros((2, 100)), "input must be a number or one sample per time step, got an array of shape (2, 100)"),
    (np.full(100, np.nan), "input must be finite, got nan at index 0"),
    ("sin", "input must be a number, got 'sin' (str)"),
    ({"E": 1.0}, "input must be a number, samples or a function of time for model 'single', got a mapping"),
]


@pytest.mark.parametrize(("given", "line"), WRONG, ids=lambda v: v[:60] if isinstance(v, str) else "")
def test_input_that_means_nothing_is_refused(given, line):
    with pytest.raises(ParameterError) as refusal:
        simulate(SINGLE, input=given, **GIVEN)
    assert str(refusal.value) == line
    assert refusal.value.name == "input" or line.startswith(refusal.value.name)


WRONG_FUNCTIONS = [
    (lambda t: None if t > 5 else 0.0, "input at t=5.1 ms must be a number, got None (NoneType)"),
    (lambda t: np.where(t < 5, 0.0, np.inf), "input at t=5 ms must be finite, got inf"),
    (
        lambda t: t > 5,
        "input at t=0 ms must be a number, got False (bool): write 1.0*(...) around the condition, as in 1.0*(t > 5)",
    ),
    (lambda t: 1j * t, "input at t=0 ms must be a number, got 0j (complex)"),
    (lambda t: [t], "input at t=0 ms must be one number, got an array of shape (1,)"),
    (lambda t: {}["later"], "input raised KeyError('later') at t=0 ms"),
    (lambda: 1, "input raised TypeError"),
]


@pytest.mark.parametrize(("given", "line"), WRONG_FUNCTIONS, ids=[line for _, line in WRONG_FUNCTIONS])
def test_a_function_is_refused_at_the_time_at_which_it_means_nothing(given, line):
    with pytest.raises(ParameterError) as refusal:
        simulate(SINGLE, input=given, **GIVEN)
    assert str(refusal.value).startswith(line)
    with pytest.raises(ParameterError) as refusal:
        simulate(SINGLE, input=given, method="adaptive", **GIVEN)
    # It asks at times of its own.
    assert str(refusal.value)[:9] == line[:9]


def test_an_error_of_the_function_is_told_to_its_end():
    def off(t):
        raise IndexError("index 200 is out of bounds for axis 0 with size 200, says the one who looked it up")

    with pytest.raises(ParameterError) as refusal:
        simulate(SINGLE, input=off, **GIVEN)
    assert str(refusal.value) == (
        "input raised IndexError('index 200 is out of bounds for axis 0 with size 200, says the one who looked it up') "
        "at t=0 ms"
    )

    def long(t):
        raise ValueError("a" * 500 + "z" * 147)

    with pytest.raises(ParameterError) as refusal:
        simulate(SINGLE, input=long, **GIVEN)
    beginning, end = "ValueError('" + "a" * 135, "z" * 145 + "')"
    assert str(refusal.value) == f"input raised {beginning} ... {end} at t=0 ms"


@pytest.mark.parametrize(
    ("given", "line"),
    [
        (1.0, "input must name its population, as in input={'E': ...}: model 'wilson-cowan' has 2"),
        (np.sin, "input must name its population, as in input={'E': ...}: model 'wilson-cowan' has 2"),
        ({"X": 1.0}, "unknown population 'X' for input (known: E, I)"),
        ({"E": np.zeros(3)}, "input['E'] has 3 samples, the time grid has 100 (T=10.0, dt=0.1)"),
        ({"E": None}, "input['E'] must be a number, got None (NoneType)"),
    ],
    ids=str,
)
def test_several_populations_refuse_by_name(given, line):
    with pytest.raises(ParameterError) as refusal:
        simulate(PAIR, input=given, T=10.0)
    assert str(refusal.value) == line
