"""What cannot be meant is refused with one line, whatever was given, and before anything is computed or allocated."""

import datetime
import math
import sys
import tracemalloc
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from bad_inputs import ENTRIES, LEFT_OUT, arguments
from nullcline.numeric import (
    OU,
    Case,
    EulerMaruyamaOU,
    NullclineWarning,
    compile_model,
    euler_sup_error,
    euler_worst_step,
    fixed_points,
    normal_numbers,
    simulate,
)
from nullcline.symbolic import NullclineError, ParameterError, RateModel, transfer
from told import told

SINGLE, PAIR = RateModel.single(), RateModel.wilson_cowan()
F, PAIRED = compile_model(SINGLE), compile_model(PAIR)
NOISE = OU(sigma=0.7, tau=1.0)


def refusal(call: Callable[..., Any], *given: Any, **named: Any) -> str:
    """Return the line that refuses a call; whatever else happens is a failure."""
    with pytest.raises(NullclineError) as refused:
        call(*given, **named)
    line = str(refused.value)
    assert "\n" not in line
    assert len(line) < 400
    return line


# The entries of bad_inputs.json ---------------------------------------------------------------------------------------

LINES = {
    "p-gempty": "unknown parameter 'guesses' for model 'single' (known: tau, a, theta, w, I_ext)",
    "p-ginf": "unknown parameter 'guesses' for model 'single' (known: tau, a, theta, w, I_ext)",
    "p-gnan": "unknown parameter 'guesses' for model 'single' (known: tau, a, theta, w, I_ext)",
    "p-ou0": "noise tau must be positive, got 0.0 ms",
    "p-ouneg": "noise tau must be positive, got -1.0 ms",
    "p-snan": "noise sigma must be finite, got nan",
    "p-seedneg": "seed must be at least 0, got -1",
    "p-a0": "a must be positive, got 0.0",
    "p-I2d": "I_ext must be a number or one sample per time step, got an array of shape (3, 200)",
    "p-Iempty": "I_ext must hold at least one number, got an empty array",
    "p-Ilen1": "I_ext has 1 sample, the time grid has 200 (T=20.0, dt=0.1)",
    "p-T0": "T must be positive, got 0.0 ms",
    "p-Tinf": "T must be finite, got inf",
    "p-Tstr": "T must be a number, got '20' (str)",
    "p-decimalcomma": "tau must be a number, got '1,5' (str)",
    "p-dict": "a must be a number, got {'value': 1.2} (dict)",
    "p-dtnan": "dt must be finite, got nan",
    "p-rnan": "r_init must be finite, got nan",
    "p-tauneg": "tau must be positive, got -1.0 ms",
    "p-typo1": "unknown parameter 'wexc' for model 'single'; did you mean 'w'? (known: tau, a, theta, w, I_ext)",
}
WARNINGS = {
    "p-Tnotmult": "T=1.0 ms is not a multiple of dt=0.3 ms: the last sample is at 0.9 ms",
    "p-dt2.0": (
        "dt=2.0 ms reaches the stability limit 2 ms of Euler's method (2 tau/(1 - w F') at the stable fixed point "
        "r = 0): the run need not come near the model's behaviour"
    ),
}
OTHERS = {"p-foldout", "p-a800", "p-list", "p-mem1", "p-mem2", "m-swworkers0"}
# The command's own: tests/reports/test_bad_inputs_cli.py.
FILES = {"m-missing", "m-symlink"}


@pytest.mark.parametrize("name", LINES)
def test_an_entry_is_refused_by_its_line(name):
    assert refusal(lambda: simulate(SINGLE, **arguments(name))) == LINES[name]
    given = ENTRIES[name]["input"]
    if all(key in F.model.parameters or key in ("wexc", "guesses") for key in given):
        assert refusal(lambda: fixed_points(SINGLE, **arguments(name))) == LINES[name]


@pytest.mark.parametrize("name", WARNINGS)
def test_an_entry_that_is_legal_but_doubtful_warns_once(name):
    _, warned = told(simulate, SINGLE, **arguments(name))
    assert [str(w.message) for w in warned] == [WARNINGS[name]]


def test_every_entry_is_covered_or_left_out_with_a_reason():
    covered = {*LINES, *WARNINGS, *OTHERS, *FILES}
    left_out = {name for name, entry in ENTRIES.items() if {name, entry["kind"]} & set(LEFT_OUT)}
    assert covered | left_out == set(ENTRIES)
    assert not covered & left_out
    assert set(LEFT_OUT) <= {*ENTRIES, *(entry["kind"] for entry in ENTRIES.values())}


def test_a_ghost_outside_the_fold_is_no_fixed_point():
    assert fixed_points(SINGLE, **arguments("p-foldout")).count == 1


@pytest.mark.filterwarnings("error")
def test_a_steep_transfer_function_gives_finite_and_right_answers():
    given = arguments("p-a800")
    found = fixed_points(SINGLE, **given)
    assert (found.r.tolist(), found.eigenvalue.tolist(), found.complete) == ([0.0], [-1.0], True)
    assert [F.F(x, **given) for x in (0.0, 1.0, 2.0)] == [0.0, 0.5, 1.0]
    assert simulate(SINGLE, I_ext=2.0, r_init=1.0, **given).r.tolist() == [1.0] * 200


def test_a_list_of_one_is_an_ensemble_of_one():
    assert fixed_points(SINGLE, **arguments("p-list")).r.shape == (1, 1)
    assert simulate(SINGLE, **arguments("p-list")).r.shape == (1, 200)


def test_no_workers_are_too_few():
    workers = ENTRIES["m-swworkers0"]["input"]["workers"]
    for call in (fixed_points, simulate):
        assert refusal(call, SINGLE, workers=workers) == "workers must be at least 1, got 0"


# What is too large ----------------------------------------------------------------------------------------------------

POWER = RateModel.single(transfer.power)
WIDE, LONG = np.broadcast_to(1.0, (10**5, 1)), np.broadcast_to(1.0, (10**5,))
ENDLESS = np.broadcast_to(1.0, (10**12,))
ROWS = np.broadcast_to(1.0, (1500, 1, 1, 1)), np.broadcast_to(1.0, (1500, 1, 1))
ENORMOUS = {
    "p-mem1": lambda: simulate(SINGLE, **arguments("p-mem1")),
    "p-mem2": lambda: simulate(SINGLE, **arguments("p-mem2")),
    "samples beyond doubles": lambda: simulate(SINGLE, T=1e300, dt=1e-300),
    "days of steps": lambda: simulate(SINGLE, T=1e14, store="last"),
    "trials": lambda: simulate(SINGLE, noise=NOISE, trials=10**12),
    "trials of which the last sample is kept": lambda: simulate(SINGLE, noise=NOISE, trials=10**12, store="last"),
    "members": lambda: simulate(SINGLE, w=WIDE, r_init=LONG),
    "samples before the last one": lambda: simulate(SINGLE, T=1e8, dt=1e-3, method="adaptive", store="last"),
    "dense output": lambda: simulate(SINGLE, T=1e4, noise=NOISE, trials=10**4, method="adaptive", store="last"),
    "fixed points": lambda: fixed_points(SINGLE, w=WIDE, I_ext=LONG),
    "certificates": lambda: fixed_points(SINGLE, certify=True, w=WIDE, I_ext=LONG),
    "fixed points of a network": lambda: fixed_points(PAIR, w_EE=WIDE, I_ext_E=LONG),
    "an array that repeats itself": lambda: fixed_points(SINGLE, w=ENDLESS),
    "initial rates": lambda: simulate(SINGLE, r_init=ENDLESS),
    "inputs": lambda: F.F(ENDLESS),
    "responses": lambda: F.F(WIDE, a=LONG),
    "slopes": lambda: F.eigenvalue(WIDE, w=LONG),
    "normal numbers": lambda: normal_numbers(1, 10**12),
}


@pytest.mark.parametrize("name", ENORMOUS)
def test_what_is_too_large_is_refused_before_it_is_allocated(name):
    simulate(SINGLE, T=1.0, method="adaptive")  # loads SciPy
    tracemalloc.start()
    line = refusal(ENORMOUS[name])
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 2**24
    assert any(word in line for word in ("GiB", "more than a double can count", "take hours or days"))
    assert ": " in line


def test_more_members_than_an_index_can_count_are_refused():
    big = {name: np.ones((10**4,) + (1,) * axis) for axis, name in enumerate(F.model.parameters)}
    assert refusal(fixed_points, SINGLE, **big) == (
        "with I_ext of shape (10000, 1, 1, 1, 1) the parameters have more members than can be counted"
    )


def test_an_adaptive_run_that_would_not_end_is_refused():
    assert refusal(simulate, SINGLE, method="adaptive", tau=1e-9) == (
        "method='adaptive' takes steps of about tau: T=20.0 ms is 2e+10 times tau=1e-09 ms, "
        "use method='exponential_euler'"
    )


# What is no number ----------------------------------------------------------------------------------------------------


class Unreadable:
    """Looks like an array, and is none."""

    def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
        raise RuntimeError("on another device")

    def __repr__(self) -> str:
        raise RuntimeError("no text either")


endless: list[Any] = []
endless.append(endless)
NO_NUMBERS = [
    *(True, np.True_, None, "1.0", "nan", b"1", "a\nb", "x" * 10_000, 1 + 0j, np.complex128(1)),
    *(Decimal("1.5"), datetime.timedelta(1), np.timedelta64(1, "ms"), np.datetime64("2020")),
    *({"value": 1.0}, {1.0}, range(3), (i for i in [1.0]), float, ..., SINGLE, Unreadable()),
    *([], np.empty(0), np.empty((0, 3)), [[], []], [1.0, [2.0]], [1.0, True], ["1"], endless),
    *(np.array(True), np.array("1"), np.array(None), np.array([1j]), np.array([1, None]), np.array(["1"])),
    *(np.ma.array([1.0, 2.0], mask=[0, 1]), np.zeros(2, dtype=[("a", "f8")]), np.array([1], dtype="m8[ms]")),
]
INFINITE = [
    *(math.nan, math.inf, -math.inf, np.float32("nan"), 10**400, -(10**400), 10**5000, Fraction(10**400, 3)),
    *([1.0, math.nan], np.array([math.inf]), np.longdouble("1e4000"), np.array([np.longdouble("1e4000")])),
    *(1.1e300, -1.7e308),
]
NUMBERS = {
    "w": lambda value: fixed_points(SINGLE, w=value),
    "tau": lambda value: fixed_points(SINGLE, certify=True, tau=value),
    "a": lambda value: simulate(SINGLE, a=value),
    "w_EE": lambda value: fixed_points(PAIR, w_EE=value),
    "T": lambda value: simulate(SINGLE, T=value),
    "dt": lambda value: simulate(SINGLE, dt=value),
    "r_init": lambda value: simulate(SINGLE, r_init=value),
    "r_init['E']": lambda value: simulate(PAIR, r_init={"E": value, "I": 0.1}),
    "input": lambda value: simulate(SINGLE, input=value),
    "input['I']": lambda value: simulate(PAIR, input={"I": value}),
    "input at t=0 ms": lambda value: simulate(SINGLE, input=lambda t: value),
    "noise sigma": lambda value: OU(sigma=value, tau=1.0),
    "noise tau": lambda value: EulerMaruyamaOU(sigma=1.0, tau=value),
    "t": lambda value: simulate(SINGLE, T=1.0, method="adaptive").at(value),
    "h": euler_sup_error,
    "normals": lambda value: NOISE.path(value, 0.1),
    "r": F.drdt,
}
STEPS = [
    *(NOISE.update, NOISE.stationary_variance, NOISE.correlation_time, euler_worst_step),
    *(EulerMaruyamaOU(1.0, 1.0).stationary_variance, EulerMaruyamaOU(1.0, 1.0).correlation_time),
    lambda value: NOISE.path([1.0], value),
]
POSITIVE = [0, -0.0, -1, 5e-324, 1e-301]
# None is no input and a function is one; rates may be what pads a list, and what has left the doubles.
ALLOWED = {
    "input": [None, float],
    "input['I']": [float],
    "r": [v for v in INFINITE if not isinstance(v, int | Fraction)],
}


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("name", NUMBERS)
def test_what_is_no_finite_number_is_refused_by_name(name):
    for value in NO_NUMBERS + INFINITE:
        if not any(value is other for other in ALLOWED.get(name, [])):
            line = refusal(NUMBERS[name], value)
            assert line.startswith(name), line


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("call", STEPS)
def test_what_is_no_step_is_refused(call):
    for value in NO_NUMBERS + INFINITE + POSITIVE:
        assert refusal(call, value).startswith(("dt", "h")), value


@pytest.mark.parametrize("name", ["tau", "a", "T", "dt", "noise tau", "h"])
def test_what_must_be_positive_is(name):
    for value in POSITIVE:
        assert refusal(NUMBERS[name], value).startswith(f"{name} must be ")


WHOLE = {
    "seed": lambda value: simulate(SINGLE, noise=NOISE, seed=value),
    "trials": lambda value: simulate(SINGLE, noise=NOISE, trials=value),
    "trial": lambda value: simulate(SINGLE, noise=NOISE, trials=7, trial=value),
    "workers": lambda value: simulate(SINGLE, workers=value),
    "store": lambda value: simulate(SINGLE, store=value),
    "count": lambda value: normal_numbers(1, value),
    "population": lambda value: normal_numbers(1, 2, population=value),
}


@pytest.mark.parametrize("name", WHOLE)
def test_what_is_no_whole_number_is_refused_by_name(name):
    others = [1.0, np.float64(2), math.nan, Fraction(3), "each", -3, -(10**400), -(10**5000)]
    for value in [v for v in NO_NUMBERS if v is not None or name in ("workers", "store", "count")] + others:
        assert name in refusal(WHOLE[name], value), value


@pytest.mark.parametrize("name", ["method", "noise", "certify", "model"])
def test_what_is_not_among_the_choices_is_refused(name):
    calls = {
        "method": lambda value: simulate(SINGLE, method=value),
        "noise": lambda value: simulate(SINGLE, noise=value),
        "certify": lambda value: fixed_points(SINGLE, certify=value),
        "model": lambda value: [call(value) for call in (compile_model, fixed_points, simulate)],
    }
    meant = {"noise": [None], "certify": [True, np.True_], "model": [SINGLE]}
    for value in NO_NUMBERS + INFINITE:
        if not any(value is other for other in meant.get(name, [])):
            assert name in refusal(calls[name], value)


# The lines, whole -----------------------------------------------------------------------------------------------------

KNOWN = "(known: tau, a, theta, w, I_ext)"
KNOWN_OF_PAIR = "(known: tau_E, a_E, theta_E, w_EE, w_EI, I_ext_E, tau_I, a_I, theta_I, w_IE, w_II, I_ext_I)"
METHODS = "(known: euler, exponential_euler, heun, rk4, adaptive, exact)"
NOISES = "OU(sigma=..., tau=...) or EulerMaruyamaOU(...)"
STORES = "'all', 'last' or a whole number of steps between samples"
OPTIONS = [
    ({"trails": 3}, f"unknown parameter 'trails' for model 'single'; did you mean 'trials'? {KNOWN}"),
    ({"DT": 3}, f"unknown parameter 'DT' for model 'single'; did you mean 'dt'? {KNOWN}"),
    ({"Tmax": 3}, f"unknown parameter 'Tmax' for model 'single'; did you mean 'T'? {KNOWN}"),
    ({"rinit": 3}, f"unknown parameter 'rinit' for model 'single'; did you mean 'r_init'? {KNOWN}"),
    ({"r": 0.3}, f"unknown parameter 'r' for model 'single'; did you mean 'r_init'? {KNOWN}"),
    ({"I": 0.5}, f"unknown parameter 'I' for model 'single'; did you mean 'I_ext'? {KNOWN}"),
    (
        {"sigma": 0.7},
        "unknown parameter 'sigma' for model 'single': noise is given as noise=OU(sigma=..., tau=...)",
    ),
    (
        {"I_ext": np.sin},
        "I_ext must be a number, got <ufunc 'sin'> (ufunc): a function of time is given as input=...",
    ),
    ({"w": np.sin}, "w must be a number, got <ufunc 'sin'> (ufunc)"),
    (
        {"I_ext": [0.5, 0.6, 0.7]},
        "I_ext has 3 samples, the time grid has 200 (T=20.0, dt=0.1): for an ensemble, write input=0.0 beside it",
    ),
    ({"I_ext": [0.5] * 201}, "I_ext has 201 samples, the time grid has 200 (T=20.0, dt=0.1)"),
    ({"x" * 99: 1}, f"unknown parameter '{'x' * 56}... for model 'single' {KNOWN}"),
    ({"method": "Euler"}, f"unknown method 'Euler'; did you mean 'euler'? {METHODS}"),
    ({"method": None}, f"unknown method None {METHODS}"),
    ({"store": "Last"}, "unknown store 'Last'; did you mean 'last'? (known: all, last)"),
    ({"store": True}, f"store must be {STORES}, got True (bool)"),
    ({"store": 1.5}, f"store must be {STORES}, got 1.5 (float)"),
    ({"store": 0}, "store must be at least 1, got 0"),
    ({"workers": 1025}, "workers must be below 1025, got 1025"),
    ({"trials": 3}, "trials needs noise: without it every trial is the same, write noise=OU(sigma=0.7, tau=1.0)"),
    ({"noise": NOISE, "trials": 0}, "trials must be at least 1, got 0"),
    ({"noise": NOISE, "trials": 2**63}, "trials must be below 9223372036854775807, got 9223372036854775808"),
    ({"noise": NOISE, "trials": 5, "trial": 5}, "trial must be below trials=5, got 5"),
    ({"noise": NOISE, "seed": 2**1024}, f"seed must be below 2**1024, got {str(2**1024)[:57]}..."),
    ({"noise": NOISE, "seed": -(10**5000)}, "seed must be at least 0, got something that cannot be shown"),
    ({"noise": {"": NOISE}}, f"noise must be {NOISES}, got {{'': OU(sigma=0.7, tau=1.0)}} (dict)"),
    ({"tau": np.timedelta64(1, "ms")}, "tau must be a number, got np.timedelta64(1,'ms') (timedelta64)"),
    ({"tau": 10**5000}, "tau must be finite, got a number above 1.8e308"),
    ({"w": -(10**400)}, "w must be finite, got a number below -1.8e308"),
    ({"w": [0.0, -1.1e300]}, "w must be at most 1e+300 in magnitude, got -1.1e+300 at index 1"),
    ({"a": 1e-301}, "a must be at least 1e-300, got 1e-301"),
    ({"a": [1.0, 5e-324]}, "a must be at least 1e-300, got 5e-324 at index 1"),
    ({"T": 5e-324}, "T must be at least 1e-300, got 5e-324 ms"),
    ({"w": endless}, "w must be nested at most 24 deep: is a list in itself?"),
    ({"w": np.ones((1,) * 33)}, "w must have at most 24 axes, got an array of 33"),
    (
        {"w": Unreadable()},
        "w must hold real numbers, got something that cannot be shown (Unreadable), which NumPy cannot read",
    ),
    ({"w": np.ones(3), "r_init": np.ones(4)}, "w has shape (3,) and r_init has shape (4,): they do not broadcast"),
    ({"input": {"": 1.0}}, "input must be a number, samples or a function of time for model 'single', got a mapping"),
    ({"input": np.zeros(199)}, "input has 199 samples, the time grid has 200 (T=20.0, dt=0.1)"),
    ({"r_init": {"": 0.1}}, "r_init must be a number, got {'': 0.1} (dict)"),
    ({"method": "exact", "w": 1.0}, "the exact solution (method='exact') holds for w = 0, got w=1.0"),
]


@pytest.mark.parametrize(("given", "line"), OPTIONS, ids=lambda value: "" if isinstance(value, str) else str([*value]))
def test_a_refusal_says_what_where_and_what_to_do(given, line):
    assert refusal(simulate, SINGLE, **given) == line


PAIRS = [
    ({"w": 5}, f"unknown parameter 'w' for model 'wilson-cowan' {KNOWN_OF_PAIR}"),
    (
        {"I_ext": 0.5},
        f"unknown parameter 'I_ext' for model 'wilson-cowan'; did you mean 'I_ext_E' or 'I_ext_I'? {KNOWN_OF_PAIR}",
    ),
    (
        {"I": 0.5},
        f"unknown parameter 'I' for model 'wilson-cowan'; did you mean 'I_ext_E' or 'I_ext_I'? {KNOWN_OF_PAIR}",
    ),
    (
        {"tau": 2.0},
        f"unknown parameter 'tau' for model 'wilson-cowan'; did you mean 'tau_E' or 'tau_I'? {KNOWN_OF_PAIR}",
    ),
    ({"r": 0.3}, f"unknown parameter 'r' for model 'wilson-cowan'; did you mean 'r_init'? {KNOWN_OF_PAIR}"),
    (
        {"I_ext_I": np.sin},
        "I_ext_I must be a number, got <ufunc 'sin'> (ufunc): a function of time is given as input={'I': ...}",
    ),
    ({"r_init": [0.1]}, "r_init has 1 value, model 'wilson-cowan' has 2 populations (E, I)"),
    ({"wEE": 5}, f"unknown parameter 'wEE' for model 'wilson-cowan'; did you mean 'w_EE'? {KNOWN_OF_PAIR}"),
    ({"r_init": {0: 0.1, 1: 0.2}}, "unknown population 0 for r_init (known: E, I)"),
    (
        {"r_init": {"E": [0.1, 0.2], "I": [1, 2, 3]}},
        "r_init['E'] has shape (2,) and r_init['I'] has shape (3,): they do not broadcast",
    ),
    ({"input": {"e": 1.0}}, "unknown population 'e' for input; did you mean 'E'? (known: E, I)"),
    ({"input": {"E": [1.0]}}, "input['E'] has 1 sample, the time grid has 200 (T=20.0, dt=0.1)"),
    ({"input": 0.1}, "input must name its population, as in input={'E': ...}: model 'wilson-cowan' has 2"),
    ({"noise": {"E": 1}}, f"noise['E'] must be {NOISES}, got 1 (int)"),
]


@pytest.mark.parametrize(("given", "line"), PAIRS, ids=lambda value: "" if isinstance(value, str) else str([*value]))
def test_a_refusal_names_the_population(given, line):
    assert refusal(simulate, PAIR, **given) == line


FUNCTIONS = [
    (lambda: F.F(), "F needs x: write F(x, ...)"),
    (lambda: F.F(1, 1, 1, 1), "3 parameters given, the transfer function has 2 (a, theta)"),
    (lambda: F.F(1, thta=1), "unknown parameter 'thta'; did you mean 'theta'? (known: a, theta)"),
    (lambda: F.dF(1, 1, a=1), "a is given twice"),
    (lambda: F.d2F(np.ones(3), a=np.ones(4)), "a has shape (4,) and x has shape (3,): they do not broadcast"),
    (lambda: F.F_inverse("0.5"), "y must be a number, got '0.5' (str)"),
    (lambda: F.drdt(np.ones(3), w=np.ones(4)), "w has shape (4,) and r has shape (3,): they do not broadcast"),
    (
        lambda: F.feedforward_solution(1, np.ones(3), tau=np.ones(4)),
        "tau has shape (4,) and r_init has shape (3,): they do not broadcast",
    ),
    (lambda: F.feedforward_solution(1, 1, w=1), "the feedforward solution holds for w = 0, got w=1.0"),
    (lambda: PAIRED.F(1), "model 'wilson-cowan' has 2 populations: use populations[i].F"),
    (lambda: PAIRED.drdt([1, 2, 3]), "r must have a last axis of 2 populations, got shape (3,)"),
    (lambda: PAIRED.jacobian(1), "r must have a last axis of 2 populations, got shape ()"),
    (
        lambda: fixed_points(PAIR, certify=True),
        "certify is for one population, model 'wilson-cowan' has 2: "
        "without it, `complete` says whether the interval search left anything undecided",
    ),
    (
        lambda: fixed_points(SINGLE, certfy=True),
        f"unknown parameter 'certfy' for model 'single'; did you mean 'certify'? {KNOWN}",
    ),
    (lambda: simulate(SINGLE).at(1.0), "only method='adaptive' has rates between samples, this run is by 'euler'"),
    (
        lambda: simulate(SINGLE, T=1.0, method="adaptive").at(2.0),
        "t must lie within the run, from 0 to its last sample at 0.9 ms, got 2: choose a longer T",
    ),
    (lambda: fixed_points(SINGLE).enclosure, "enclosure needs a certificate: call fixed_points(..., certify=True)"),
    (lambda: OU(sigma=-0.1, tau=1.0), "noise sigma must not be negative, got -0.1"),
    (lambda: OU(sigma=1e-200, tau=1.0), "noise sigma must be 0, or from 1e-150 to 1e+150, got 1e-200"),
    (lambda: NOISE.path(1.0, 0.1), "normals must have an axis of time, got one number (1.0)"),
]


@pytest.mark.parametrize(("call", "line"), FUNCTIONS, ids=lambda value: value if isinstance(value, str) else "")
def test_a_function_refuses_with_the_same_lines(call, line):
    assert refusal(call) == line


INPUTS = [
    (lambda t: math.nan, "input at t=0 ms must be finite, got nan"),
    (lambda t: np.where(np.asarray(t) > 0.5, np.nan, 0.0), "input at t=0.6 ms must be finite, got nan"),
    (lambda t: math.inf if t > 0.5 else 0.0, "input at t=0.6 ms must be finite, got inf"),
    (lambda t: 1e308, "input at t=0 ms must be at most 1e+300 in magnitude, got 1e+308"),
    (lambda t: [1.0, 2.0], "input at t=0 ms must be one number, got an array of shape (2,)"),
    (lambda t: np.ones((2, 2)), "input at t=0 ms must be one number, got an array of shape (2, 2)"),
    (lambda t: [[1], [1, 2]], "input at t=0 ms must be rectangular: its items have different lengths"),
    (lambda t: None, "input at t=0 ms must be a number, got None (NoneType)"),
    (lambda t: "1", "input at t=0 ms must be a number, got '1' (str)"),
    (
        lambda t: t > 0,
        "input at t=0 ms must be a number, got False (bool): write 1.0*(...) around the condition, as in 1.0*(t > 5)",
    ),
    (lambda t: 1 / 0, "input raised ZeroDivisionError('division by zero') at t=0 ms"),
    (lambda t: {}[t], "input raised KeyError(0.0) at t=0 ms"),
    (lambda t: math.log(t), "input raised ValueError('math domain error') at t=0 ms"),
    (lambda: 1.0, "input raised TypeError('test_bad_inputs.<lambda>() takes 0 positio... at t=0 ms"),
]


@pytest.mark.parametrize("method", ["euler", "adaptive"])
@pytest.mark.parametrize(("function", "line"), INPUTS, ids=[line for _, line in INPUTS])
def test_an_input_function_that_fails_is_refused_with_the_time(function, line, method):
    told_of = refusal(simulate, SINGLE, T=1.0, method=method, input=function)
    if "t=0.6" in line and method == "adaptive":
        assert told_of.startswith("input at t=0.5")
    elif "TypeError" in line:
        assert told_of.startswith("input raised TypeError(")
    else:
        assert told_of == line


def test_the_error_of_an_input_function_is_kept_as_the_cause():
    with pytest.raises(ParameterError) as refused:
        simulate(SINGLE, input=lambda t: 1 / 0)
    assert isinstance(refused.value.__cause__, ZeroDivisionError)


# What is not refused is right -----------------------------------------------------------------------------------------


@pytest.mark.filterwarnings("error")
def test_numbers_of_every_kind_are_welcome():
    w = [5, 5.0, np.float32(5), np.float16(5), np.longdouble(5), np.array(5), np.uint8(5), Fraction(5), -0.0, 5e-324]
    for value in w:
        assert fixed_points(SINGLE, w=value).complete
    for seed in (0, np.int64(3), 2**1024 - 1):
        assert simulate(SINGLE, noise=NOISE, seed=seed).seed == int(seed)
    for store in (np.int8(1), 10**400, 10**5000):
        assert simulate(SINGLE, store=store).t[0] == 0.0
    assert simulate(SINGLE, noise=NOISE, trial=2**40, seed=1).r.shape == (200,)
    assert simulate(SINGLE, workers=np.int64(-1)).r.shape == (200,)
    assert F.F(x=0.5, a=1.2) == F.F(0.5, 1.2)


@pytest.mark.filterwarnings("ignore:overflow encountered:RuntimeWarning")
def test_what_cannot_be_decided_in_doubles_is_called_incomplete():
    # The last has an eigenvalue beyond the doubles.
    steep = {"tau": 1e-300, "a": 1e10, "w": 1e10, "I_ext": -1.0, "theta": 0.0}
    for function, given in [("sigmoid", {"a": 1e300}), ("sigmoid", {"theta": -1e300}), ("relu", steep)]:
        found = fixed_points(RateModel.single(transfer.catalogue[function]), **given)
        assert (found.complete, found.case) == (False, Case.OUTSIDE), given
    for name in ("erf", "naka_rushton"):
        found = fixed_points(RateModel.single(transfer.catalogue[name]), s=1e300, w=5.0)
        assert not found.complete
        assert np.isfinite(found.r).all()


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("name", transfer.catalogue)
def test_an_infinite_input_has_its_limit_and_nan_stays_nan(name):
    f, largest = compile_model(RateModel.single(transfer.catalogue[name])), sys.float_info.max
    for function in (f.F, f.dF, f.d2F):
        assert math.isnan(function(math.nan))
        assert function(-math.inf) == function(-largest)
        assert not math.isnan(function(math.inf))
    assert f.F(math.inf) == (f.F(largest) if transfer.catalogue[name].bounded else math.inf)
    assert f.dF(math.inf) == f.dF(largest)


def test_eigenvalues_of_padded_rates_are_padded():
    values = PAIRED.eigenvalues([[0.1, 0.2], [math.nan, math.nan]])
    assert np.isfinite(values[0]).all()
    assert np.isnan(values[1]).all()


@pytest.mark.parametrize("route", ["0", "1"])
@pytest.mark.parametrize("method", ["euler", "heun", "rk4", "exponential_euler", "adaptive"])
def test_a_rate_that_leaves_the_doubles_is_infinite_and_never_nan(method, route, monkeypatch):
    monkeypatch.setenv("NULLCLINE_NUMBA", route)
    for start in (0.2, [0.2, 0.3]):
        with pytest.warns(NullclineWarning, match="a rate grew beyond 1e\\+150; from there on it is given as infinite"):
            run = simulate(POWER, w=5.0, T=5.0, r_init=start, method=method)
        assert not np.isnan(run.r).any()
        assert (run.r >= 0.2).all()
        assert (run.r[..., -1] == math.inf).all()


def test_a_run_shorter_than_its_step_warns():
    _, warned = told(simulate, SINGLE, T=1e-12)
    assert [str(w.message) for w in warned] == ["T=1e-12 ms is not a multiple of dt=0.1 ms: the last sample is at 0 ms"]


def test_a_certificate_of_a_root_next_to_nothing_comes_at_once():
    # F(I_ext) is e^(-10^20), whose digits as a fraction would fill the memory.
    found = fixed_points(RateModel.single(transfer.erf), certify=True, s=1e-10, w=0.001)
    assert (found.count, found.complete) == (1, True)
    assert fixed_points(SINGLE, certify=True, a=1e20, w=0.5).complete


@pytest.mark.parametrize("route", ["0", "1"])
def test_a_run_of_numbers_beyond_the_promise_says_so_itself(route, monkeypatch):
    monkeypatch.setenv("NULLCLINE_NUMBA", route)
    softplus = RateModel.single(transfer.softplus)
    # The product of two of them is 0, which Python does not divide by.
    given = {"a": 1e-200, "b": 1e-300, "theta": 1e-6, "w": 1e-6, "I_ext": -1e-6, "tau": 1e-50, "T": 2e-50, "dt": 1e-51}
    line, _ = told(refusal, simulate, softplus, **given)
    assert line == "the rates are not numbers: some parameter is too large or too small to be computed with"
