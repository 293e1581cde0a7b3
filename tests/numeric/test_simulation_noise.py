"""Noise: the process that is asked for, the tutorial's scheme with its biases, and how both drive a simulation."""

import math

import mpmath
import numpy as np
import pytest
import rounding
import routes
import scenarios
import tutorial
from nullcline.numeric import OU, EulerMaruyamaOU, compile_model, normal_numbers, simulate
from nullcline.symbolic import ParameterError, RateModel, transfer
from nullcline.symbolic.schemes import SCHEMES
from numpy.random import SFC64, SeedSequence
from told import told

SINGLE = RateModel.single()
PAIR = RateModel.wilson_cowan()
U = rounding.U
LINEAR_NOISE = scenarios.golden()["linear_noise"]
KINDS = [OU, EulerMaruyamaOU]
# A correct estimator leaves four of its standard errors once in 16 000 seeds; the seeds here are fixed.
STANDARD_ERRORS = 4

# What the compiled and NumPy's Box and Muller may differ by: the radius is below sqrt(2 * 53 ln 2) < 8.6 and right to 4
# U, the angle 2 pi u to 2 pi * 2 U, its cosine to 2 U more.
NORMALS = 2 * 8.6 * (4 + 4 * math.pi + 2) * U


# The processes -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("case", LINEAR_NOISE, ids=lambda c: c["id"])
def test_the_chains_have_the_reference_numbers(case):
    sigma, tau, dt = (float(case[name]) for name in ("sigma", "tau_ou", "dt"))
    decay, amplitude = OU(sigma, tau).update(dt)
    # The inputs are rounded, and each formula has a handful of roundings.
    assert abs(decay - float(case["exact_ou"]["rho"])) <= 4 * U
    assert abs(amplitude / float(case["exact_ou"]["innovation_std"]) - 1) <= 10 * U
    assert abs(EulerMaruyamaOU(sigma, tau).stationary_variance(dt) / float(case["em_ou_stationary_var"]) - 1) <= 10 * U


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("h", [1e-12, 1e-6, 0.1, 0.5, 0.999])
def test_a_step_leaves_the_stationary_variance_and_forgets_at_the_correlation_time(kind, h):
    noise = kind(sigma=0.7, tau=3.0)
    dt = 3.0 * h
    decay, amplitude = noise.update(dt)
    variance, time = noise.stationary_variance(dt), noise.correlation_time(dt)
    # V = decay^2 V + amplitude^2, with 1 - decay^2 left over: it is what the rounding of decay, U, is divided by.
    assert abs(decay**2 * variance + amplitude**2 - variance) <= 8 * U * variance
    with mpmath.workdps(40):
        h = mpmath.mpf(dt) / 3
        exact_time = mpmath.mpf(3) if kind is OU else -mpmath.mpf(dt) / mpmath.log1p(-h)
        exact_variance = mpmath.mpf(0.7) ** 2 / (1 if kind is OU else 1 - h / 2)
        # The rounding of dt/tau enters ln(1 - h) by its condition number.
        condition = 0 if kind is OU else -h / (1 - h) / mpmath.log1p(-h)
        assert abs(time / exact_time - 1) <= 8 * (1 + condition) * U
        assert abs(variance / exact_variance - 1) <= 8 * U


def test_the_exact_update_has_no_bias_at_any_step():
    noise = OU(sigma=0.7, tau=1.0)
    for dt in (1e-9, 0.1, 1.0, 2.0, 50.0):
        assert noise.stationary_variance(dt) == pytest.approx(0.49, rel=4 * U)
        assert noise.correlation_time(dt) == 1.0


def test_the_tutorials_scheme_settles_for_steps_below_twice_tau():
    noise = EulerMaruyamaOU(sigma=1.0, tau=1.0)
    assert noise.stationary_variance(1.5) == 4.0
    assert noise.stationary_variance(2.0) == noise.stationary_variance(2.5) == math.inf
    assert noise.correlation_time(1.0) == 0.0
    assert math.isnan(noise.correlation_time(1.5))
    for dt in (1.0, 1.5, 2.0, 2.5):
        run, _ = told(simulate, SINGLE, noise=noise, dt=dt, T=30.0, seed=1)
        assert np.isfinite(run.r).all()
        path = noise.path(normal_numbers(1, run.t.size), dt)
        decays, amplitude = 1 - dt, math.sqrt(2 * dt)
        normals = normal_numbers(1, run.t.size)
        expected = [normals[0]]
        for normal in normals[1:]:
            expected.append(decays * expected[-1] + amplitude * normal)
        np.testing.assert_allclose(path, expected, rtol=1e-13)


@pytest.mark.parametrize("kind", KINDS)
def test_a_path_answers_each_normal_number_as_its_chain_says(kind):
    noise, dt = kind(sigma=0.5, tau=2.0), 0.25
    decay, amplitude = noise.update(dt)
    k = np.arange(12)
    answers = noise.path(np.eye(12), dt)
    assert answers.shape == (12, 12)
    for first, answer in enumerate(answers):
        start = 0.5 if first == 0 else amplitude
        expected = np.where(k < first, 0.0, start * decay ** np.maximum(k - first, 0.0))
        assert np.abs(answer - expected).max() <= 2 * 12 * U
    normals = normal_numbers(3, 12)
    # The sum of the answers: twelve products and sums, each of at most 4.
    assert np.abs(noise.path(normals, dt) - normals @ answers).max() <= 12 * 4 * 8 * U


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("dt", [0.1, 0.5])
def test_paths_have_the_variance_and_the_correlation_that_are_stated(kind, dt):
    noise, M, n = kind(sigma=0.7, tau=1.0), 200_000, 80
    eta = noise.path(np.random.default_rng(5).standard_normal((n, M)).T, dt)
    # Stationary to (1 - h)^(2 * 60) < 1e-5 at the 60th step, also where the start is not.
    one, later = eta[:, 60], eta[:, 60 + round(1 / dt)]
    variance = noise.stationary_variance(dt)
    # The standard error of a variance from M independent Gaussian samples: V sqrt(2/M).
    for sample in (one, later):
        assert abs(sample.var() - variance) <= STANDARD_ERRORS * variance * math.sqrt(2 / M)
        assert abs(sample.mean()) <= STANDARD_ERRORS * math.sqrt(variance / M)
    correlation = math.exp(-1.0 / noise.correlation_time(dt))
    # That of a correlation: (1 - rho^2)/sqrt(M).
    found = np.corrcoef(one, later)[0, 1]
    assert abs(found - correlation) <= STANDARD_ERRORS * (1 - correlation**2) / math.sqrt(M)


# The tutorial --------------------------------------------------------------------------------------------------------


def tutorials_run(seed, T, dt, sigma, tau_ou, **parameters):
    """The tutorial's run with the normal numbers of a seed, and how far rounding may bring ours off at each step."""
    p = tutorial.PARAMETERS | parameters
    normals = normal_numbers(seed, np.arange(0, T, dt).size)
    eta = tutorial.my_OU(normals, dt, tau_ou, sigma)
    r = tutorial.simulate_single(**(p | {"I_ext": p["I_ext"] + eta}), T=T, dt=dt)
    largest, h = np.abs(eta).max(), dt / tau_ou
    of_eta = (8 * U * (largest + 2 * sigma * 8.6) + sigma * math.sqrt(2 * h) * NORMALS) / h
    slopes = 1 - dt / p["tau"] * (
        1 - p["w"] * compile_model(SINGLE).dF(p["w"] * r + p["I_ext"] + eta, p["a"], p["theta"])
    )
    one_step = 2 * rounding.of_one_step(p, dt / p["tau"], extra=largest) + dt / p["tau"] * p["a"] / 4 * of_eta
    return r, rounding.along_a_run(slopes[:-1], one_step)


@pytest.mark.parametrize("route", routes.ROUTES)
def test_the_tutorials_noisy_run_is_reproduced_to_rounding(route):
    """The tutorial's last figure: a bistable population under noise, switching between its stable states."""
    setting = {"w": 5.0, "I_ext": 0.56}
    expected, bound = tutorials_run(2020, T=1000.0, dt=0.1, sigma=0.7, tau_ou=1.0, **setting)
    with routes.by(route):
        run = simulate(SINGLE, T=1000.0, noise=EulerMaruyamaOU(sigma=0.7, tau=1.0), seed=2020, **setting)
    assert run.r.shape == (10_000,)
    assert expected.min() < 0.2 < 0.8 < expected.max()
    assert bound.max() < 1e-9
    assert (np.abs(run.r - expected) <= bound).all()


# How noise drives a simulation ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("route", routes.ROUTES)
@pytest.mark.parametrize("method", [*SCHEMES, "adaptive"])
@pytest.mark.parametrize("kind", KINDS)
def test_noise_is_an_input_that_holds_over_each_step(kind, method, route):
    noise = kind(sigma=0.7, tau=1.5)
    given = {"w": 1.5, "I_ext": 0.25, "T": 6.0, "method": method}
    eta = noise.path(normal_numbers(9, 60, trial=2), 0.1)
    with routes.by(route):
        noisy = simulate(SINGLE, noise=noise, seed=9, trial=2, **given)
    p = tutorial.PARAMETERS | {"w": 1.5, "I_ext": 0.25}
    # eta's own rounding is that of its normal numbers and of its sums, divided by 1 - its decay; F' <= a/4 = 0.3, and a
    # contraction leaves h times it at most 2/(1 - q) times.
    of_eta = (NORMALS + 8 * U * np.abs(eta).max()) / -math.expm1(-0.1 / 1.5)
    bound = 2 * rounding.where_it_contracts(p, 0.1, extra=np.abs(eta).max()) + 0.3 * of_eta * 2 / (1 - 0.45)
    bound += 1e-9 if method == "adaptive" else 0.0
    assert np.abs(noisy.r - simulate(SINGLE, input=eta, **given).r).max() <= bound
    if method in ("euler", "exponential_euler"):
        # A scheme of one stage takes a function at the samples.
        with routes.by(route):
            both = simulate(SINGLE, noise=noise, input=np.sin, seed=9, trial=2, **given)
        together = simulate(SINGLE, input=eta + np.sin(noisy.t), **given)
        assert np.abs(both.r - together.r).max() <= bound


@pytest.mark.parametrize("route", routes.ROUTES)
def test_each_population_has_noise_of_its_own(route):
    given = {"T": 3.0, "I_ext_E": 0.5, "r_init": [0.2, 0.1]}
    one, other = OU(sigma=0.7, tau=1.0), EulerMaruyamaOU(sigma=0.2, tau=4.0)
    paths = [n.path(normal_numbers(4, 30, population=i), 0.1) for i, n in enumerate((one, other))]
    expected = {
        "both": {"E": paths[0], "I": paths[1]},
        "E": {"E": paths[0]},
        "I": {"I": paths[1]},
        "same": {"E": paths[0], "I": one.path(normal_numbers(4, 30, population=1), 0.1)},
    }
    asked = {"both": {"E": one, "I": other}, "E": {"E": one}, "I": {"I": other}, "same": one}
    with routes.by(route):
        for name, noise in asked.items():
            run = simulate(PAIR, noise=noise, seed=4, **given)
            # Rounding of 30 steps and of the noise, grown by at most e^(3 t) (test_simulation_input): below 1e-10.
            assert np.abs(run.r - simulate(PAIR, input=expected[name], **given).r).max() <= 1e-10


# A population that is linear where the noise takes it: F = F' (x - theta) with theta far below, so that theory 4.2
# holds without approximation, for the chain that Euler's method makes.
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("case", LINEAR_NOISE, ids=lambda c: c["id"])
def test_the_variance_of_a_linear_population_is_the_reference_one(case, kind):
    sigma, tau_ou, dt = (float(case[name]) for name in ("sigma", "tau_ou", "dt"))
    p, M = scenarios.parameters_of(case), 200_000
    point = case["stable_points"][0]
    gain = float(point["b"]) * p["tau"]
    linear = {"a": gain, "theta": -64.0, "w": p["w"], "tau": p["tau"]}
    rest = gain * 64 / (1 - gain * p["w"])
    # Until what is left of the start is below e^(-2 * 6) of the variance.
    T = 6 / float(point["kappa"]) + 6 * tau_ou
    model, noise = RateModel.single(transfer.relu), kind(sigma, tau_ou)
    run = simulate(
        model, noise=noise, T=math.ceil(T / dt) * dt, dt=dt, r_init=rest, seed=7, trials=M, store="last", **linear
    )
    r = run.r[:, 0]
    variance = float(point["var_r_euler_with_em_ou" if kind is EulerMaruyamaOU else "var_r_euler_with_exact_ou"])
    assert abs(r.var() - variance) <= (STANDARD_ERRORS * math.sqrt(2 / M) + math.exp(-12)) * variance
    assert abs(r.mean() - rest) <= STANDARD_ERRORS * math.sqrt(variance / M)


def test_without_recurrence_the_mean_rate_is_the_mean_of_F():
    """Each step goes towards F at the held noise, and is linear in r: the stationary mean is E F, whatever the step."""
    (case,) = (c for c in scenarios.golden()["ou_driven_nonlinear"] if float(c["params"]["w"]) == 0)
    noise, M = OU(float(case["sigma"]), float(case["tau_ou"])), 100_000
    mean = float(case["stationary_mean_r"])
    for method in ("euler", "exponential_euler"):
        # From the mean itself: no transient of the mean is left, and the variance has settled after 40 ms = 10 tau.
        given = {"dt": 0.5, "T": 40.0, "r_init": mean, "method": method} | scenarios.parameters_of(case)
        run = simulate(SINGLE, noise=noise, seed=8, trials=M, store="last", **given)
        error = run.r.std() / math.sqrt(M)
        # The reference has seven digits.
        assert abs(run.r.mean() - mean) <= STANDARD_ERRORS * error + 1e-7


# Normal numbers ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", [0, 1, 2020, 2**32, 2**64 + 3, 2**130])
def test_normal_numbers_are_made_of_numpys_streams(seed):
    for trial, population in [(0, 0), (0, 1), (5, 0), (2**32 - 1, 2), (2**32, 1), (2**40 + 7, 0)]:
        bits = SFC64(SeedSequence(seed, spawn_key=(trial, population))).random_raw(8)
        # Box and Muller's method on the upper 52 bits of each: u in (0, 1] for the radius, in [0, 1) for the turn.
        upper = [int(b) >> 12 for b in bits]
        expected = []
        for one, other in zip(upper[::2], upper[1::2], strict=True):
            radius, turn = math.sqrt(-2 * math.log(1 - one / 2**52)), 2 * math.pi * other / 2**52
            expected += [radius * math.cos(turn), radius * math.sin(turn)]
        found = normal_numbers(seed, 8, trial=trial, population=population)
        assert np.abs(found - expected).max() <= NORMALS
        np.testing.assert_array_equal(normal_numbers(seed, 7, trial=trial, population=population), found[:7])


def test_normal_numbers_are_normal():
    n = 1_000_000
    z = normal_numbers(11, n)
    # The standard errors of the first four moments of n independent normal numbers, from the moments up to the eighth.
    for power, moment, spread in [(1, 0, 1), (2, 1, 2), (3, 0, 15), (4, 3, 96)]:
        assert abs((z**power).mean() - moment) <= STANDARD_ERRORS * math.sqrt(spread / n)
    # The share below each quantile, whose standard error is sqrt(p (1 - p)/n).
    for at, share in [(-3, 0.0013498980316300946), (-1, 0.15865525393145707), (0, 0.5), (2, 0.9772498680518208)]:
        assert abs((z < at).mean() - share) <= STANDARD_ERRORS * math.sqrt(share * (1 - share) / n)


def test_trials_populations_and_steps_are_independent():
    n = 200_000
    streams = [
        normal_numbers(12, n),
        normal_numbers(12, n, trial=1),
        normal_numbers(12, n, population=1),
        normal_numbers(13, n),
    ]
    rows = [*streams, *(np.roll(s, 1) for s in streams)]
    # Correlations of independent numbers have a standard error of 1/sqrt(n); 28 pairs.
    off = np.corrcoef(rows) - np.eye(len(rows))
    assert np.abs(off).max() <= (STANDARD_ERRORS + 1) / math.sqrt(n)
    # The two of a pair share their radius: also their squares are independent.
    off = np.corrcoef(np.square(rows)) - np.eye(len(rows))
    assert np.abs(off).max() <= (STANDARD_ERRORS + 1) / math.sqrt(n)


# Refusals ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "line"),
    [
        ({"sigma": -1, "tau": 1}, "noise sigma must not be negative, got -1.0"),
        ({"sigma": 1, "tau": 0}, "noise tau must be positive, got 0.0 ms"),
        ({"sigma": math.nan, "tau": 1}, "noise sigma must be finite, got nan"),
        ({"sigma": "0.7", "tau": 1}, "noise sigma must be a number, got '0.7' (str)"),
        ({"sigma": [0.7], "tau": 1}, "noise sigma must be one number, got an array of shape (1,)"),
    ],
    ids=str,
)
@pytest.mark.parametrize("kind", KINDS)
def test_noise_that_means_nothing_is_refused(kind, given, line):
    with pytest.raises(ParameterError) as refusal:
        kind(**given)
    assert str(refusal.value) == line


@pytest.mark.parametrize(
    ("model", "given", "line"),
    [
        (SINGLE, 0.7, "noise must be OU(sigma=..., tau=...) or EulerMaruyamaOU(...), got 0.7 (float)"),
        (PAIR, {"E": 0.7}, "noise['E'] must be OU(sigma=..., tau=...) or EulerMaruyamaOU(...), got 0.7 (float)"),
        (PAIR, {"X": OU(1, 1)}, "unknown population 'X' for noise (known: E, I)"),
    ],
)
def test_what_is_not_noise_is_refused(model, given, line):
    with pytest.raises(ParameterError) as refusal:
        simulate(model, noise=given)
    assert str(refusal.value) == line


def test_noise_by_population_needs_populations_with_names():
    with pytest.raises(ParameterError) as refusal:
        simulate(SINGLE, noise={"E": OU(1, 1)})
    assert str(refusal.value).startswith("noise must be OU(sigma=..., tau=...) or EulerMaruyamaOU(...), got {'E': OU(")


@pytest.mark.parametrize(
    ("given", "line"),
    [
        ({"seed": -1}, "seed must be at least 0, got -1"),
        ({"seed": 1.5}, "seed must be a whole number, got 1.5 (float)"),
        ({"seed": True}, "seed must be a whole number, got True (bool)"),
        ({"trials": 0}, "trials must be at least 1, got 0"),
        ({"trial": -1}, "trial must be at least 0, got -1"),
        ({"trials": 3, "trial": 3}, "trial must be below trials=3, got 3"),
    ],
    ids=str,
)
def test_seeds_and_trials_that_mean_nothing_are_refused(given, line):
    with pytest.raises(ParameterError) as refusal:
        simulate(SINGLE, noise=OU(1, 1), **given)
    assert str(refusal.value) == line


@pytest.mark.parametrize("name", ["trials", "trial"])
def test_trials_need_noise(name):
    with pytest.raises(ParameterError) as refusal:
        simulate(SINGLE, **{name: 2})
    line = f"{name} needs noise: without it every trial is the same, write noise=OU(sigma=0.7, tau=1.0)"
    assert str(refusal.value) == line


@pytest.mark.parametrize(
    ("given", "line"),
    [
        ({"count": -1}, "count must be at least 0, got -1"),
        ({"count": 2.5}, "count must be a whole number, got 2.5 (float)"),
        ({"trial": -1}, "trial must be at least 0, got -1"),
        ({"population": -1}, "population must be at least 0, got -1"),
    ],
    ids=str,
)
def test_normal_numbers_of_nothing_are_refused(given, line):
    with pytest.raises(ParameterError) as refusal:
        normal_numbers(1, **({"count": 3} | given))
    assert str(refusal.value) == line
