"""The explorer's trajectories and noise in V8: Euler's steps as in nullcline.numeric, noise as theory has it."""

import itertools
import json
import math

import numpy as np
import own_formulas
import pytest
from javascript_engine import engine_of
from nullcline.numeric import OU, simulate
from nullcline.numeric.euler_error import euler_sup_error
from nullcline.reports.explorer.controls import controls
from nullcline.reports.explorer.functions import fixed_text, numerics_script
from nullcline.symbolic import RateModel, transfer
from properties.bounds import U, apart, euler_step
from py_mini_racer import MiniRacer

SIGMOID = RateModel.single()


def run(v8, given, **how):
    return v8.value("NC.simulate(NC.model, p, how)", p=given, how={"noise": None, **how})


@pytest.mark.parametrize(
    "given",
    [
        {"w": 5.0, "I_ext": 0.5},
        {"w": 5.0, "I_ext": 0.56, "tau": 3.0},
        {"w": -6.0, "I_ext": 2.0, "a": 2.5},
        {"w": 0.0, "I_ext": 1.0},
    ],
    ids=str,
)
def test_a_run_is_that_of_the_numeric_package(given):
    """Both round each step of a run, and the gap grows as the equation lets it (tests/properties/bounds)."""
    with engine_of(SIGMOID) as v8:
        there = run(v8, given, T=20.0, dt=0.1, rInit=0.2)
    here = simulate(SIGMOID, T=20.0, dt=0.1, r_init=0.2, **given)
    values = {name: given.get(name, p.default) for name, p in SIGMOID.parameters.items()}
    h = 0.1 / values["tau"]
    bound = apart(here.r, values, h, 2 * euler_step(values, h, 1.0))
    assert np.array_equal(there["t"], here.t)
    assert np.all(np.abs(np.array(there["r"]) - here.r) <= bound)


@pytest.mark.parametrize("function", transfer.catalogue.values(), ids=transfer.catalogue)
def test_every_function_is_stepped_alike(function):
    model = RateModel.single(function)
    given = {"w": 0.5, "I_ext": 1.5}
    with engine_of(model) as v8:
        there = run(v8, given, T=5.0, dt=0.05, rInit=0.3)
    here = simulate(model, T=5.0, dt=0.05, r_init=0.3, **given)
    # The same operations, but for the last digit of exp and the like. Seen: one unit in the last place.
    assert np.array(there["r"]) == pytest.approx(here.r, rel=1e-14)


@pytest.mark.filterwarnings("ignore:a rate grew")
def test_a_rate_without_bound_goes_to_infinity_and_stays_there():
    with engine_of(RateModel.single(transfer.power)) as v8:
        r = run(v8, {"w": 5.0, "I_ext": 0.5}, T=5.0, dt=0.1, rInit=0.2)["r"]
    here = simulate(RateModel.single(transfer.power), w=5.0, I_ext=0.5, T=5.0, dt=0.1, r_init=0.2).r
    assert np.array_equal(np.isinf(r), np.isinf(here))
    assert r[-1] == math.inf


@pytest.mark.parametrize(("T", "dt"), [(1.0, 0.1), (0.95, 0.1), (0.3, 0.1), (7.0, 0.7), (0.05, 0.1)])
def test_the_times_are_those_of_arange(T, dt):
    with engine_of(SIGMOID) as v8:
        assert v8.value("NC.simulate(NC.model, {}, how).t", how={"T": T, "dt": dt, "rInit": 0}) == list(
            np.arange(0, T, dt)
        )


def test_a_run_without_end_is_refused():
    with engine_of(SIGMOID) as v8:
        for how in ({"T": 1.0, "dt": 0.0}, {"T": -1.0, "dt": 0.1}, {"T": 1e9, "dt": 1.0}):
            text = "(() => { try { NC.simulate(NC.model, {}, how); return ''; } catch (e) { return e.message; } })()"
            assert "T and dt" in v8.value(text, how={**how, "rInit": 0})


@pytest.mark.parametrize("h", [1e-6, 1e-3, 0.1, 0.25, 0.3, 0.9, 1.0, 1.5, 2.0, 2.5])
def test_the_bound_of_eulers_error_is_the_exact_one(h):
    with engine_of(SIGMOID) as v8:
        assert v8.value(f"NC.eulerErrorBound({h!r})") == pytest.approx(euler_sup_error(h), rel=1e-12)


@pytest.mark.parametrize("noise", [None, {"sigma": 0.7, "tau": 1.0, "seed": 5}], ids=["quiet", "noisy"])
def test_of_several_steps_to_a_sample_the_last_is_kept(noise):
    given = {"w": 5.0, "I_ext": 0.56}
    with engine_of(SIGMOID) as v8:
        fine = run(v8, given, T=20.0, dt=0.125, rInit=0.1, noise=noise)
        coarse = run(v8, given, T=20.0, dt=0.5, rInit=0.1, noise=noise, inner=4)
    assert coarse == {"t": fine["t"][::4], "r": fine["r"][::4]}


def page_results(model, given, asked):
    """Return what the page computes at some values: the value of an expression in `results`."""
    values = {name: p.default for name, p in model.parameters.items()} | given
    shown = controls(model, values, r_init=0.2, seed=0)
    told = [{"name": c.name, "role": c.role, "value": c.value, "min": c.minimum, "max": c.maximum} for c in shown]
    state = {c.name: c.value for c in shown}
    names = ("numbers.js", "windows.js", "results.js", "panels/trajectories.js", "panels/noise.js")
    parts = "\n".join(["NC.panels = [];", *(fixed_text(name) for name in names)])
    with MiniRacer() as v8:
        v8.eval(f"{numerics_script(model)}\n{parts}")
        made = f"NC.resultsOf(NC.model, {json.dumps(state)}, {json.dumps(told)}, null)"
        return json.loads(v8.eval(f"(() => {{ const results = {made}; return JSON.stringify({asked}); }})()"))


@pytest.mark.parametrize("a", [0.5, 3.0, 100.0, 550.0, 1000.0])
@pytest.mark.parametrize("function", [transfer.sigmoid, own_formulas.CATALOGUE["sigmoid"]], ids=["known", "searched"])
def test_the_page_draws_no_swing_that_the_equation_does_not_have(function, a):
    """With dt |lambda| <= 1 everywhere Euler's step keeps order, as the flow does: no run passes the fixed point."""
    given = {"w": -7.0, "I_ext": 3.0, "a": a}
    steps, r, fixed = page_results(
        RateModel.single(function),
        given,
        "[results.steps, Array.from(results.simulated({ rInit: 0.2 }).r), results.fixed.points]",
    )
    (point,) = fixed
    assert not steps["tooLong"]
    assert steps["dt"] * abs(point["eigenvalue"]) <= 1
    # Where it arrives it stays, to the rounding of F, of which w F is a large multiple.
    assert all(later <= earlier + 1e-12 for earlier, later in itertools.pairwise(r))
    # After 20 tau what is left is at most e^-20 = 2e-9 of the start.
    assert r[-1] == pytest.approx(point["r"], abs=1e-8)
    assert len(r) <= 1000


@pytest.mark.parametrize(("a", "is_too_long"), [(3.0, False), (1e5, True)])
def test_a_step_that_is_too_long_is_said_to_be(a, is_too_long):
    asked = "[results.steps.tooLong, ...NC.panels.map((panel) => panel.describe(results))]"
    too_long, *told = page_results(SIGMOID, {"w": -7.0, "I_ext": 3.0, "a": a}, asked)
    assert too_long is is_too_long
    assert [("The step is too long" in text) for text in told] == [is_too_long, is_too_long]


# The generator -----------------------------------------------------------------------------------------------------


def xoshiro128(state, count):
    """xoshiro128** in Python's whole numbers, from its definition (Blackman and Vigna 2021, figure 8)."""
    mask = 2**32 - 1
    turned = lambda u, k: ((u << k) | (u >> (32 - k))) & mask  # noqa: E731
    s, out = list(state), []
    for _ in range(count):
        out.append(turned(s[1] * 5 & mask, 7) * 9 & mask)
        kept = s[1] << 9 & mask
        s[2] ^= s[0]
        s[3] ^= s[1]
        s[1] ^= s[2]
        s[0] ^= s[3]
        s[2] ^= kept
        s[3] = turned(s[3], 11)
    return out


def test_the_generator_is_xoshiro128():
    with engine_of(SIGMOID) as v8:
        text = "(() => { const next = NC.xoshiro128(state); return Array.from({length: 1000}, next); })()"
        for state in ([1, 2, 3, 4], [2**32 - 1, 0, 7, 2**31]):
            assert v8.value(text, state=state) == xoshiro128(state, 1000)
    # The first numbers from the state 1, 2, 3, 4, by hand: 2 * 5 = 10, turned by 7 bits 1280, times 9; then s1 is 0.
    assert xoshiro128([1, 2, 3, 4], 2) == [11520, 0]


def test_the_state_is_filled_by_splitmix():
    """SplitMix64's first numbers for the seed 1234567, as its published test has them."""
    first, second = 6457827717110365317, 3203168211198807973
    state = [first % 2**32, first >> 32, second % 2**32, second >> 32]
    with engine_of(SIGMOID) as v8:
        assert v8.value(
            "(() => { const next = NC.randomBits(1234567); return Array.from({length: 50}, next); })()"
        ) == xoshiro128(state, 50)


def normals(v8, seed, count):
    text = "(() => { const next = NC.normalNumbers(seed); return Array.from({length: count}, next); })()"
    return np.array(v8.value(text, seed=seed, count=count))


def test_normal_numbers_are_normal():
    """The largest gap between their distribution and the normal one is below Kolmogorov's 1e-6 quantile, and every
    moment within five of its standard deviations: one seed in a million would fail; this one is fixed.
    """
    count = 200_000
    with engine_of(SIGMOID) as v8:
        z = normals(v8, 2020, count)
    ordered = np.sort(z)
    cdf = np.array([math.erfc(-u / math.sqrt(2)) / 2 for u in ordered])
    ranks = np.arange(1, count + 1) / count
    gap = max(np.max(ranks - cdf), np.max(cdf - ranks + 1 / count))
    assert gap <= math.sqrt(-math.log(1e-6 / 2) / 2 / count)
    for power, mean, variance in ((1, 0, 1), (2, 1, 2), (3, 0, 15), (4, 3, 96)):
        assert abs(np.mean(z**power) - mean) <= 5 * math.sqrt(variance / count)
    # Neighbours, and the two of a pair, are not correlated.
    for lag in (1, 2, 3):
        assert abs(np.mean(z[:-lag] * z[lag:])) <= 5 / math.sqrt(count)


def test_seeds_differ_and_repeat():
    with engine_of(SIGMOID) as v8:
        assert np.array_equal(normals(v8, 7, 100), normals(v8, 7, 100))
        assert len({tuple(normals(v8, seed, 4)) for seed in range(200)}) == 200


# Ornstein-Uhlenbeck noise ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("sigma", "tau", "dt"), [(0.7, 1.0, 0.1), (0.5, 5.0, 1.0), (2.0, 1.0, 3.0)])
def test_the_noise_has_the_mean_the_variance_and_the_correlation_of_theory(sigma, tau, dt):
    """Of a stationary chain with rho = e^(-dt/tau) the mean of n numbers has a variance of at most
    sigma^2 (1 + rho)/(1 - rho)/n, an autocovariance at any lag one of at most 2 sigma^4 (1 + rho^2)/(1 - rho^2)/n
    (Bartlett 1946). Five standard deviations.
    """
    count = 100_000
    with engine_of(SIGMOID) as v8:
        text = "(() => { const next = NC.ornsteinUhlenbeck(noise, dt); return Array.from({length: count}, next); })()"
        eta = np.array(v8.value(text, noise={"sigma": sigma, "tau": tau, "seed": 3}, dt=dt, count=count))
    rho = math.exp(-dt / tau)
    assert abs(eta.mean()) <= 5 * sigma * math.sqrt((1 + rho) / (1 - rho) / count)
    for lag in (0, 1, 2, 5, 20):
        covariance = np.mean(eta[: count - lag] * eta[lag:])
        slack = 5 * sigma**2 * math.sqrt(2 * (1 + rho**2) / (1 - rho**2) / (count - lag))
        assert abs(covariance - sigma**2 * rho**lag) <= slack


def test_the_noise_is_the_chain_of_the_numeric_package():
    """From the same normal numbers: three roundings a step, which decay."""
    with engine_of(SIGMOID) as v8:
        z = normals(v8, 11, 2000)
        text = "(() => { const next = NC.ornsteinUhlenbeck(noise, dt); return Array.from({length: 2000}, next); })()"
        eta = np.array(v8.value(text, noise={"sigma": 0.7, "tau": 2.0, "seed": 11}, dt=0.1))
    wanted = OU(sigma=0.7, tau=2.0).path(z, dt=0.1)
    rho = math.exp(-0.05)
    assert np.max(np.abs(eta - wanted)) <= 20 * U * np.max(np.abs(wanted)) / (1 - rho)


def test_a_noisy_run_takes_the_noise_on_top_of_the_input():
    given, dt = {"w": 5.0, "I_ext": 0.56}, 0.1
    noise = {"sigma": 0.7, "tau": 1.0, "seed": 5}
    with engine_of(SIGMOID) as v8:
        r = np.array(run(v8, given, T=50.0, dt=dt, rInit=0.1, noise=noise)["r"])
        z = normals(v8, 5, r.size)
        without = run(v8, given, T=50.0, dt=dt, rInit=0.1, noise=noise | {"sigma": 0.0})["r"]
        quiet = run(v8, given, T=50.0, dt=dt, rInit=0.1)["r"]
    eta = OU(sigma=0.7, tau=1.0).path(z, dt=dt)
    here = simulate(SIGMOID, T=50.0, dt=dt, r_init=0.1, input=eta, **given).r
    # The same operations, but for the last digit of exp and log. Seen: 4e-17.
    assert r == pytest.approx(here, abs=1e-14)
    assert without == quiet
