"""What the audit says of a run, against the run itself."""

import math
import warnings
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from nullcline.numeric import OU, EulerMaruyamaOU, NullclineWarning, euler_worst_step, fixed_points, simulate
from properties.bounds import SECOND_ORDER, U, euler_step, largest_bend, response_step
from properties.runs import METHODS, SINGLE, simulated
from strategies import between, examples, initial_rates, magnitudes, moderate_population, strongly_inhibited


@examples(60)
@given(p=moderate_population(w=st.just(0.0)), h=magnitudes(0.02, 2.0), r_init=initial_rates())
def test_the_exact_error_of_eulers_method_is_the_largest_of_the_run(p, h, r_init):
    """It is |r_init - F(I)| E(h), which some step attains; the run, the exact solution and the audit are rounded.

    A run's roundings add up to at most k times a step's, since |1 - h| <= 1. The exact solution is taken at k dt as a
    double, which moves e^(-t/tau) by 2 U, and has 6 roundings of its size.
    """
    steps = euler_worst_step(h) + 5
    run, h = simulated(p, h=h, steps=steps, r_init=r_init)
    assume(h <= 2)
    exact, _ = simulated(p, h=h, steps=steps, r_init=r_init, method="exact")
    errors = np.abs(run.r - exact.r)
    slack = SECOND_ORDER * steps * euler_step(p, h, abs(r_init) + 1) + 10 * U * (abs(r_init) + 1)
    assert abs(run.audit.exact_error - errors.max()) <= slack
    assert exact.audit.exact_error == 0.0


# How much more a step's quadratic terms can be than h M e^2: for |z| <= 3 stages grow to 1, 2.5, 4.75 and 15.25 times
# e. Theirs are then 1, 6.25 + 1.5, 22.6 + 1.5 x 7.75, 232.6 + 3 x 34.2; in all (1 + 2 x 7.75 + 2 x 34.2 + 335)/6 < 80.
_STAGES = 80


@pytest.mark.parametrize("method", METHODS)
@examples(25)
@given(p=st.one_of(strongly_inhibited(), moderate_population(w=between(-8, 12))), side=st.sampled_from([-1, 1]))
def test_the_stability_limit_separates_decay_from_growth(method, p, side):
    """Two per cent below it a small perturbation of the fixed point shrinks in every step, two per cent above it grows.

    The multiplier is R(z) (for exponential Euler 1 - (1 - e^(-h)) (1 - w F')): at 1 -+ 0.02 of the limit it is at least
    0.02 from 1 for Runge-Kutta schemes, whose slope there is 1 (Euler, Heun) or 1.5 at z = 2 or 2.785; for exponential
    Euler 0.02 (1 - w F' - 2) h. In a step e^2 comes in with M = w^2 sup|F''|/2: stages of sizes y_s have
    dt q_s <= h M y_s^2, which later ones hand on by |z| a_s: in all at most 80 h M e^2 for |z| <= 3. With e below
    0.001/(80 h M) that is a tenth of the 0.02; a step's rounding, over e, is less still.
    """
    found = fixed_points(SINGLE, **p)
    short, _ = simulated(p, h=1e-3, steps=1, method=method)
    limit = short.audit.stability_limit
    assume(math.isfinite(limit))
    stable = np.flatnonzero(found.stability == "stable")
    i = stable[np.argmin(found.eigenvalue[stable])]
    rise = -found.eigenvalue[i] * p["tau"]
    # Near a fold nothing is left of the linear; for exponential Euler the multiplier hardly moves near rise = 2.
    assume(rise > 0.1 if method != "exponential_euler" else rise > 2.5)
    M, e = p["w"] ** 2 * largest_bend(p) / 2, 1e-5
    h_limit = limit / p["tau"]
    e = min(e, 1e-3 / (_STAGES * max(h_limit, 1.0) * max(M, 1e-9)))
    # The double r is off by less than F's rounding, magnified: that and a step's rounding are small against e.
    off = U * (response_step(p, 1.0) + 40) * (1 + 1 / rise)
    rounding = 1.1 * 16 * U * ((24 * h_limit + 10) + h_limit * response_step(p, 4.0))
    assume(off + rounding < 1e-4 * e)
    for share, grows in ((0.98, False), (1.02, True)):
        run, _ = simulated(p, h=share * h_limit, steps=3, method=method, r_init=float(found.r[i]) + side * e)
        ratios = np.abs(run.r[1:] - found.r[i]) / np.abs(run.r[:-1] - found.r[i])
        assert ((ratios > 1) == grows).all()
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            dt = share * limit
            simulate(SINGLE, dt=dt, T=4 * dt, method=method, **p)
        assert any("stability limit" in str(w.message) for w in caught if w.category is NullclineWarning) == grows


@examples(60)
@given(p=moderate_population(), sigma=magnitudes(0.01, 10.0), tau=magnitudes(0.1, 10.0), x=magnitudes(1e-3, 1.9))
def test_the_noise_bias_is_the_chains_own(p, sigma, tau, x):
    """The stationary variance V of eta' = d eta + a N solves V = d^2 V + a^2, with the d and a of the steps.

    d is right to 2 U, a to 6 U of itself, and the audit's V to 6 U: V moves by 2 |d| V dd/(1 - d^2) and 12 U V.
    """
    dt = x * tau
    for noise in (OU(sigma, tau), EulerMaruyamaOU(sigma, tau)):
        run, _ = simulated(p, h=dt / p["tau"], steps=1, noise=noise, seed=1)
        d, a = map(Fraction, noise.update(run.dt))
        settled = a**2 / (1 - d**2)
        (variance,), (bias,) = run.audit.noise_variance, run.audit.noise_bias
        own = 2 + (x + 5 if not isinstance(noise, EulerMaruyamaOU) else 0)
        slack = SECOND_ORDER * U * (2 * abs(d) * own / (1 - d**2) + 20)
        assert abs(Fraction(variance) - settled) <= slack * settled
        assert abs(Fraction(bias) - (settled / Fraction(noise.sigma) ** 2 - 1)) <= (slack + 4 * U) * (1 + abs(bias))
        if not isinstance(noise, EulerMaruyamaOU):
            # The exact update has no bias.
            assert abs(bias) <= 4 * U
