"""Euler's method without recurrence, against its exact iterate and the sharp bound on its error (theory 2.2)."""

import math
import warnings
from fractions import Fraction

import mpmath
import numpy as np
import sympy
from hypothesis import assume, given
from hypothesis import strategies as st
from nullcline.numeric import NullclineWarning, compile_model, simulate
from nullcline.numeric.euler_error import euler_sup_error, euler_worst_step
from nullcline.symbolic import RateModel
from nullcline.symbolic.theory.euler import sup_error_location
from strategies import initial_rates, magnitudes, single_population

MODEL = RateModel.single()
U = 2.0**-53


def run_of(parameters, h, r_init, steps):
    """Simulate `steps` steps of about h tau; return the run and the h that its doubles make."""
    dt = h * parameters["tau"]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NullclineWarning)
        run = simulate(MODEL, method="euler", dt=dt, T=(steps + 0.5) * dt, r_init=r_init, **parameters)
    return run, dt / parameters["tau"]


def response(parameters) -> float:
    return compile_model(MODEL).F(parameters["I_ext"], parameters["a"], parameters["theta"])


def rounding(k, h, r_init, rest, parameters):
    """Bound the rounding error of step k of the scheme, for 0 < h <= 2.

    One step computes r + h (f - r) with three roundings: |error| <= 2.01 u h |f - r| + u |r'|. Later steps multiply
    an error by |1 - h| <= 1, so k of them add up to at most k times that. |f - r_j| <= |f - r_init| for h <= 2, and
    |r_j| <= |f| + |f - r_init|. 1e-300 covers underflow.

    The rate steps towards the rough form of F: expit(a I - a theta) - expit(-a theta), each expit right to 2 u but for
    its argument, whose rounding, 2 u (|a I| + |a theta|) and u |a theta|, enters by at most 1/4. Since the sum of h (1
    - h)^j is at most 2, the rates differ by at most twice that.
    """
    gap = abs(rest - r_init)
    size = parameters["a"] * (abs(parameters["I_ext"]) + abs(parameters["theta"]))
    rough = 2 * U * (5 + 0.75 * size)
    return rough + k * U * (2.01 * h * gap + 1.01 * (abs(rest) + gap)) + 1e-300


@given(parameters=single_population(w=0.0), h=magnitudes(1e-4, 2.0), r_init=initial_rates(), steps=st.integers(1, 60))
def test_euler_is_its_exact_iterate(parameters, h, r_init, steps):
    run, h = run_of(parameters, h, r_init, steps)
    assume(h <= 2)
    rest = response(parameters)
    shrink, start, end = 1 - Fraction(h), Fraction(r_init), Fraction(rest)
    for k, r in enumerate(run.r):
        exact = end + (start - end) * shrink**k
        assert abs(Fraction(float(r)) - exact) <= rounding(k, h, r_init, rest, parameters)


@given(parameters=single_population(w=0.0), h=magnitudes(0.01, 2.0), r_init=initial_rates())
def test_the_error_is_at_most_the_known_one_and_attains_it(parameters, h, r_init):
    worst = euler_worst_step(h)
    run, h = run_of(parameters, h, r_init, worst + 5)
    assume(h <= 2)
    rest = response(parameters)
    gap = abs(r_init - rest)
    k = np.arange(run.t.size)
    # The exact solution at the times k h tau that the scheme means: arange rounds t by up to k u dt, which moves
    # e^(-t/tau) by at most u; its own rounding, that of the product and of the sum are 4 u more.
    exact = rest + (r_init - rest) * np.exp(-k * h)
    error = np.abs(run.r - exact)
    slack = rounding(k, h, r_init, rest, parameters) + (4 + k * h) * U * (gap + abs(rest)) + 4 * U * gap
    bound = gap * euler_sup_error(h)
    assert (error <= bound + slack).all()
    assert (error >= bound - 2 * slack)[euler_worst_step(h)]


@given(parameters=single_population(w=0.0), h=st.floats(0.001, 0.999), r_init=initial_rates())
def test_euler_is_always_nearer_to_rest_than_the_solution(parameters, h, r_init):
    run, h = run_of(parameters, h, r_init, 30)
    rest = response(parameters)
    k = np.arange(run.t.size)
    slack = rounding(k, h, r_init, rest, parameters) + (4 + k * h) * U * (abs(r_init - rest) + abs(rest))
    assert (np.abs(run.r - rest) <= np.abs(r_init - rest) * np.exp(-k * h) + slack).all()


@given(
    parameters=single_population(w=0.0),
    h=st.floats(1.001, 2.0),
    r_init=initial_rates(),
)
def test_beyond_tau_the_worst_step_is_the_first(parameters, h, r_init):
    assert euler_worst_step(h) == 1
    run, h = run_of(parameters, h, r_init, 20)
    rest = response(parameters)
    error = np.abs(run.r - (rest + (r_init - rest) * np.exp(-np.arange(run.t.size) * h)))
    assert error.max() <= error[1] + 3 * rounding(20, h, r_init, rest, parameters)


@given(
    I_ext=st.floats(-2, 8),
    r_init=st.floats(-1, 1),
    tau=magnitudes(0.1, 10.0),
)
def test_the_order_is_one(I_ext, r_init, tau):
    rest = compile_model(MODEL).F(I_ext)
    assume(abs(r_init - rest) > 1e-3)
    steps = 64 * 2 ** np.arange(6)
    errors = []
    for n in steps:
        # Up to t = tau, where the error is largest; n + 1 samples end there.
        run = simulate(MODEL, tau=tau, I_ext=I_ext, r_init=r_init, dt=tau / n, T=tau * (1 + 1 / n))
        exact = rest + (r_init - rest) * math.exp(-1.0)
        errors.append(abs(run.r[n] - exact))
    slope = -np.polyfit(np.log2(steps), np.log2(errors), 1)[0]
    assert abs(slope - 1) < 0.05


@given(h=magnitudes(1e-3, 2.0))
def test_the_sup_error_is_the_largest_over_the_steps(h):
    k = np.arange(1, int(20 / h) + 2)
    gaps = np.abs((1 - h) ** k - np.exp(-k * h))
    # (1-h)^k in doubles: 1 - h rounds by u/(1-h) relative, k times.
    slack = 4 * U * (k * np.abs(1 - h) ** np.maximum(k - 1, 0) + k * h * np.exp(-k * h) + 1)
    assert abs(gaps.max() - euler_sup_error(h)) <= slack.max()
    # theory 2.2: below h/e
    assert euler_sup_error(h) <= h / math.e * (1 + 4 * U) or h > 1


@given(h=st.floats(1e-3, 0.999))
def test_the_worst_step_lies_where_the_derivation_puts_it(h):
    p, best = sup_error_location()
    with mpmath.workdps(50):
        step = mpmath.mpf(h)
        ratio = mpmath.mpf(sympy.N(p.subs(sympy.Symbol("h", positive=True), sympy.Float(step, 50)), 50))
        turn = mpmath.mpf(sympy.N(best.subs(sympy.Symbol("p", positive=True), sympy.Float(ratio, 50)), 50)) / step
    # The derived maximum is over real k; the worst whole step is one of its neighbours.
    assert euler_worst_step(h) in (max(1, int(mpmath.floor(turn))), int(mpmath.floor(turn)) + 1)
