"""The methods: the order of each, what each is exact for, and what none of them may do."""

import itertools
import math
import warnings
from dataclasses import replace

import mpmath
import numpy as np
import pytest
import rounding
import routes
import sympy
import tutorial
from nullcline.numeric import OU, compile_model, simulate
from nullcline.numeric.integrators import METHODS
from nullcline.symbolic import ParameterError, RateModel, transfer
from nullcline.symbolic.schemes import SCHEMES, multiplier
from told import told

SINGLE = RateModel.single()
PAIR = RateModel.wilson_cowan()
FIXED_STEP = tuple(SCHEMES)
U = rounding.U


def steps_of(first):
    """Steps per ms, doubled five times; powers of two, so that every time and every ratio is exact."""
    return first * 2 ** np.arange(6)


PROBLEMS = {
    "one population": (SINGLE, {"w": 3.0, "I_ext": 0.5}),
    "inhibition": (SINGLE, {"w": -4.0, "I_ext": 0.5, "r_init": 0.6}),
    "changing input": (SINGLE, {"w": 3.0, "I_ext": 0.5, "input": lambda t: np.sin(3 * t)}),
    "two populations": (PAIR, {"I_ext_E": 1.0, "r_init": [0.3, 0.1]}),
    "two with input": (PAIR, {"r_init": [0.3, 0.1], "input": {"E": lambda t: 1 + np.cos(t)}}),
}


@pytest.mark.parametrize("problem", PROBLEMS)
@pytest.mark.parametrize(("method", "first"), [("euler", 64), ("exponential_euler", 64), ("heun", 32), ("rk4", 16)])
def test_halving_the_step_divides_the_error_by_two_to_the_order(problem, method, first):
    model, given = PROBLEMS[problem]
    n = steps_of(first)
    ends = [simulate(model, method=method, T=2.0 + 1 / k, dt=1 / k, **given).r[-1] for k in n]
    # Two runs differ by C h^p (1 - 2^-p) + O(h^(p + 1)), whatever the solution is; that next term is h C'/C of the
    # first, 1/16 at most, and bends the fitted slope by a few hundredths.
    differences = [np.max(np.abs(one - other)) for one, other in itertools.pairwise(ends)]
    slope = -np.polyfit(np.log2(n[:-1]), np.log2(differences), 1)[0]
    assert abs(slope - SCHEMES[method].order) < 0.05


@pytest.mark.parametrize("method", FIXED_STEP)
@pytest.mark.parametrize("problem", PROBLEMS)
def test_every_scheme_ends_at_the_solution_of_the_adaptive_method(problem, method):
    model, given = PROBLEMS[problem]
    run, half = (simulate(model, method=method, T=2.0 + 1 / k, dt=1 / k, **given) for k in (256, 512))
    solution = simulate(model, method="adaptive", T=2.0 + 1 / 256, dt=1 / 256, **given)
    # The error of the finer run is at most what halving changed, for a scheme of order 1 and more, to first order; and
    # the adaptive method's own error is at most its steps times its tolerance, 1e-10 (test_adaptive).
    changed = np.abs(run.r - half.r[::2]).max()
    assert np.abs(half.r[::2] - solution.r).max() <= 1.1 * changed + 1e-9


# F = a (x - theta) above theta: the equation is linear, with lambda = (a w - 1)/tau and the fixed point at a (I -
# theta)/(1 - a w). All numbers are short in binary.
LINEAR = {"a": 0.5, "theta": -8.0, "w": -2.0, "I_ext": 0.0}
REST, RISE = 2.0, 2.0  # 1 - a w


@pytest.mark.parametrize("h", [1 / 64, 1 / 8, 1 / 2, 7 / 8])
@pytest.mark.parametrize("scheme", SCHEMES.values(), ids=lambda s: s.name)
def test_a_step_multiplies_the_distance_from_rest_by_the_schemes_multiplier(scheme, h):
    run = simulate(RateModel.single(transfer.relu), method=scheme.name, dt=h, T=12 * h, r_init=REST + 1, **LINEAR)
    R = 1 + math.expm1(-h) * RISE if scheme.exponential else float(multiplier(scheme, -RISE * h))
    expected = REST + R ** np.arange(12)
    # Each step has some twenty roundings of at most 2 (rates below 3, F below 4, times a half); the multiplier shrinks
    # what was there, so k steps have at most k times that; R^k is off by 2 k U.
    assert (np.abs(run.r - expected) <= np.arange(12) * 50 * U).all()


@pytest.mark.parametrize("method", ["euler", "heun", "rk4"])
def test_short_numbers_are_stepped_without_any_error(method):
    # Four steps of 1/8 need fewer than 53 bits in each of these schemes but for the sixths of rk4.
    run = simulate(RateModel.single(transfer.relu), method=method, dt=0.125, T=0.5, r_init=REST + 1, **LINEAR)
    R = float(multiplier(SCHEMES[method], -RISE / 8))
    error = np.abs(run.r - (REST + R ** np.arange(4)))
    assert error.max() == 0.0 or method == "rk4"
    assert error.max() <= 8 * U


@pytest.mark.parametrize("method", ["exact", "exponential_euler"])
def test_without_recurrence_two_methods_are_exact_at_any_step(method):
    for tau, dt, I_ext, r_init in [(1.0, 0.1, 2.0, 0.2), (3.0, 0.7, -1.0, 0.9), (0.25, 2.0, 5.0, -0.5)]:
        run = simulate(SINGLE, tau=tau, I_ext=I_ext, r_init=r_init, dt=dt, T=30 * dt, method=method)
        gain = -math.expm1(-dt / tau)
        bound = rounding.of_one_step(tutorial.PARAMETERS | {"I_ext": I_ext}, gain) / gain
        with mpmath.workdps(40):
            level = _sigmoid(mpmath.mpf(I_ext))
            for k, r in enumerate(run.r):
                decayed = mpmath.exp(-k * mpmath.mpf(dt) / mpmath.mpf(tau))
                # A difference shrinks by e^(-h) a step, so one step's rounding adds up to at most 1/(1 - e^(-h)) times.
                assert abs(level + (r_init - level) * decayed - r) <= bound


def _sigmoid(x, a=1.2, theta=2.8):
    one = mpmath.mpf(1)
    return one / (1 + mpmath.exp(-mpmath.mpf(a) * (x - mpmath.mpf(theta)))) - one / (
        1 + mpmath.exp(mpmath.mpf(a) * mpmath.mpf(theta))
    )


def test_the_exact_method_serves_ensembles_and_networks():
    tau, I_ext, start = np.array([[0.5], [2.0]]), np.array([1.0, 2.0, 4.0]), 0.3
    run = simulate(SINGLE, tau=tau, I_ext=I_ext, input=0, r_init=start, method="exact", T=5.0, store=10)
    assert run.r.shape == (2, 3, 5)
    for i, j in np.ndindex(2, 3):
        alone = simulate(SINGLE, tau=tau[i, 0], I_ext=I_ext[j], r_init=start, method="exact", T=5.0)
        np.testing.assert_array_equal(run.r[i, j], alone.r[::10])
    silent = {name: 0.0 for name in PAIR.parameters if name.startswith("w_")}
    pair = simulate(PAIR, method="exact", I_ext_E=1.0, tau_I=5.0, r_init=[[0.2, 0.4], [0.1, 0.0]], **silent)
    e = simulate(SINGLE, method="exact", I_ext=1.0, r_init=[0.2, 0.1])
    i = simulate(SINGLE, method="exact", tau=5.0, a=1.0, theta=4.0, r_init=[0.4, 0.0])
    np.testing.assert_array_equal(pair.r, np.stack([e.r, i.r], axis=-1))


def test_the_exact_method_has_no_noise():
    with pytest.raises(ParameterError) as refusal:
        simulate(SINGLE, method="exact", noise=OU(0.7, 1.0))
    assert str(refusal.value) == "the exact solution (method='exact') has no noise: use method='exponential_euler'"


@pytest.mark.parametrize("route", routes.ROUTES)
def test_a_function_of_the_users_own_is_stepped_as_it_is_evaluated(route):
    R, s, _ = transfer.naka_rushton.parameters
    x, z = transfer.x, sympy.Symbol("z", positive=True)
    own = replace(
        transfer.naka_rushton,
        name="saturating",
        formula=R.symbol * (1 - sympy.exp(-((x / s.symbol) ** 2))),
        parameters=(R, s),
        coordinate=transfer.Coordinate(
            z, s.symbol * sympy.sqrt(z), x**2 / s.symbol**2, sympy.Interval.open(0, sympy.oo)
        ),
    )
    model, given = RateModel.single(own), {"w": 2.0, "I_ext": 0.5}
    f = compile_model(model)
    expected = np.array([0.2, 0.4])
    with routes.by(route):
        together = simulate(model, r_init=[0.2, 0.4], T=4.0, **given)
        alone = [simulate(model, r_init=start, T=4.0, **given).r for start in (0.2, 0.4)]
    for k in range(40):
        # F' is below 1 and w F' below 2: an error grows by 1 + h in each of forty steps, of at most ten roundings each.
        for r in (together.r[:, k], np.array(alone)[:, k]):
            assert np.abs(r - expected).max() <= k * 1.1**k * 10 * U
        expected = expected + 0.1 * f.drdt(expected, **given)


# softplus alone is positive at 0.
AT_REST = [f for f in transfer.catalogue.values() if f.name != "softplus"]


@pytest.mark.parametrize("route", routes.ROUTES)
@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("function", AT_REST, ids=lambda f: f.name)
def test_without_input_a_model_at_rest_stays_there_to_the_last_bit(function, method, route):
    model, rng = RateModel.single(function), np.random.default_rng(1)
    shape = {p.name: p.default * rng.uniform(0.1, 3, 40) for p in function.parameters if p.name != "n"}
    recurrence = {} if method == "exact" else {"w": rng.uniform(-8, 8, 40)}
    with routes.by(route):
        together = simulate(model, r_init=0.0, T=1.0, method=method, **shape, **recurrence)
        first = {name: float(values[0]) for name, values in (shape | recurrence).items()}
        alone = simulate(model, r_init=0.0, T=5.0, method=method, **first)
        # So many steps that a single run is compiled; with one stage, F is multiplied out.
        many = 2_100 if method in ("euler", "exponential_euler") else 100
        long = simulate(model, r_init=0.0, T=0.1 * many, method=method, **first)
    assert together.r.shape == (40, 10)
    for run in (together, alone, long):
        assert not run.r.any()


@pytest.mark.parametrize("route", routes.ROUTES)
@pytest.mark.parametrize("method", FIXED_STEP)
@pytest.mark.parametrize("function", [transfer.relu, transfer.softplus, transfer.power], ids=lambda f: f.name)
def test_growth_without_bound_ends_at_infinity_and_never_at_nan(function, method, route):
    model = RateModel.single(function)
    # 1500 steps are taken by Python, and 5000 by a compiled loop.
    given = {"w": 4.0, "I_ext": 4.0, "T": 500.0 if function is transfer.relu else 150.0, "method": method}
    with routes.by(route):
        alone, warned = told(simulate, model, **given)
        together, warned_too = told(simulate, model, r_init=np.array([0.2, 1.0, 1e149]), **given)
    for caught in (warned, warned_too):
        assert [str(w.message) for w in caught] == ["a rate grew beyond 1e+150; from there on it is given as infinite"]
    for r in (alone.r, *together.r):
        assert r[-1] == math.inf
        assert not np.isnan(r).any()
        # Once gone, gone.
        assert (np.diff(np.isinf(r).astype(int)) >= 0).all()


@pytest.mark.parametrize("route", routes.ROUTES)
def test_beyond_the_stability_limit_rates_end_at_infinity_as_well(route):
    # 1 - h = -2: the distance from rest doubles at each step, and changes sign.
    with routes.by(route):
        run, warned = told(simulate, SINGLE, dt=3.0, T=3.0 * 600, r_init=np.array([0.5, 1.0]), I_ext=0.0)
    assert len(warned) == 1
    assert np.isinf(run.r[:, -1]).all()
    assert not np.isnan(run.r).any()
    np.testing.assert_array_equal(run.r[0, :5], [0.5, -1.0, 2.0, -4.0, 8.0])


def test_nothing_is_warned_of_and_nothing_overflows_in_an_ordinary_run():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for method in FIXED_STEP:
            for route in routes.ROUTES:
                with routes.by(route):
                    simulate(SINGLE, a=800.0, theta=1.0, w=5.0, I_ext=0.5, method=method)
                    simulate(SINGLE, a=800.0, theta=1.0, w=5.0, I_ext=0.5, method=method, r_init=[-1e3, 0.2, 1e3])


def test_a_fixed_point_of_the_equation_is_one_of_every_scheme():
    r = 0.4471  # near the unstable point, where nothing pulls back
    w = 5.0
    I_ext = compile_model(SINGLE).F_inverse(r) - w * r
    for method in FIXED_STEP:
        run = simulate(SINGLE, w=w, I_ext=I_ext, r_init=r, T=5.0, method=method)
        # I_ext is rounded (2 U of size 3, times F' < 0.3); a step's rounding grows by 1 + h/2 in each of 50 steps.
        growth = 1.05**50
        step = rounding.of_one_step(tutorial.PARAMETERS | {"w": w, "I_ext": I_ext}, 0.1)
        assert np.abs(run.r - r).max() <= growth * (50 * step + 2 * 3 * U)
