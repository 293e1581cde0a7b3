"""The schemes: exact where they are meant to be, of the order that they claim, and indifferent to units."""

import math
from contextlib import contextmanager

import flint
import numpy as np
import pytest
import truth
from flint import arb, arb_poly, arb_series
from hypothesis import assume, given
from hypothesis import strategies as st
from nullcline.numeric import OU, EulerMaruyamaOU
from properties.bounds import SECOND_ORDER, U, apart, euler_step
from properties.runs import METHODS, simulated
from strategies import examples, initial_rates, magnitudes, moderate_population, reals, single_population


@examples(60)
@given(
    p=single_population(w=0.0),
    h=magnitudes(1e-3, 20.0),
    r_init=initial_rates(),
    samples=st.lists(reals(100.0), min_size=11, max_size=11),
)
def test_exponential_euler_is_exact_for_inputs_that_hold(p, h, r_init, samples):
    """theory 2.2: from sample to sample r goes the part 1 - e^(-h) of the way to F(I), exactly.

    Each step's rounding is handed on with the factor e^(-h) < 1, so that k of them add up to at most k times that.
    """
    run, h = simulated(p, h=h, steps=10, method="exponential_euler", r_init=r_init, input=samples)
    largest = max(map(abs, samples))
    with flint.ctx.workprec(300):
        r, left = arb(r_init), (-arb(run.dt) / arb(p["tau"])).exp()
        for k, sample in enumerate(samples):
            assert abs(arb(float(run.r[k])) - r) <= k * euler_step(p, 1.0, abs(r_init), largest) + 1e-300
            F = truth.FORMULAS["sigmoid"](arb(p["I_ext"]) + arb(sample), p["a"], p["theta"])
            r = F + (r - F) * left


def given_inputs(scale_of_time=1.0, scale=1.0):
    """The same inputs in other units: none, samples, or noise."""
    return {
        "none": {},
        "samples": {"input": scale * np.cos(np.arange(31.0))},
        "noise": {"noise": OU(0.5 * scale, 0.75 * scale_of_time), "seed": 7},
        "biased noise": {"noise": EulerMaruyamaOU(0.5 * scale, 8.0 * scale_of_time), "seed": 7},
    }


@pytest.mark.parametrize("method", METHODS)
@examples(25)
@given(p=moderate_population(), h=st.floats(0.01, 1.0), r_init=st.floats(-1, 1), k=st.integers(-8, 8), data=st.data())
def test_scaling_all_times_by_a_power_of_two_changes_no_bit(method, p, h, r_init, k, data):
    # Only dt/tau and dt/tau_noise enter, and a power of two is scaled exactly; in the amplitude of the biased noise, by
    # roots of dt and of tau_noise, an even one is.
    kind = data.draw(st.sampled_from([*given_inputs()]))
    k = 2 * k if kind == "biased noise" else k
    with pytest.MonkeyPatch.context() as now:
        now.setenv("NULLCLINE_NUMBA", "0")
        run, _ = simulated(p, h=h, steps=30, method=method, r_init=r_init, **given_inputs()[kind])
        q = p | {"tau": p["tau"] * 2.0**k}
        scaled, _ = simulated(q, h=h, steps=30, method=method, r_init=r_init, **given_inputs(2.0**k)[kind])
    assume(scaled.dt == run.dt * 2.0**k)
    assert scaled.r.tolist() == run.r.tolist()
    assert (scaled.t * 2.0**-k).tolist() == run.t.tolist()


@pytest.mark.parametrize("method", METHODS)
@examples(25)
@given(p=moderate_population(), h=st.floats(0.01, 1.0), r_init=st.floats(-1, 1), k=st.integers(-8, 8), data=st.data())
def test_scaling_all_inputs_by_a_power_of_two_changes_no_bit(method, p, h, r_init, k, data):
    # Only a I, a theta and a w enter.
    c = 2.0**k
    kind = data.draw(st.sampled_from([*given_inputs()]))
    q = p | {"a": p["a"] / c, "theta": c * p["theta"], "w": c * p["w"], "I_ext": c * p["I_ext"]}
    with pytest.MonkeyPatch.context() as now:
        now.setenv("NULLCLINE_NUMBA", "0")
        run, _ = simulated(p, h=h, steps=30, method=method, r_init=r_init, **given_inputs()[kind])
        scaled, _ = simulated(q, h=h, steps=30, method=method, r_init=r_init, **given_inputs(scale=c)[kind])
    assert scaled.r.tolist() == run.r.tolist()


@examples(60)
@given(p=moderate_population(), h=st.floats(0.01, 1.0), r_init=st.floats(-2, 2), c=magnitudes(1e-3, 1e3))
def test_scaling_all_times_by_any_number_changes_a_run_to_rounding(p, h, r_init, c):
    # c tau, c h tau, and the two quotients: dt/tau differs by at most 5 U of itself, which moves a step by that times
    # |F - r| < 3; both runs round.
    run, h = simulated(p, h=h, steps=40, r_init=r_init)
    scaled, _ = simulated(p | {"tau": c * p["tau"]}, h=h, steps=40, r_init=r_init)
    assert (np.abs(scaled.r - run.r) <= apart(run.r, p, h, 2 * euler_step(p, h, 2.0) + 15 * U * h)).all()


@examples(60)
@given(p=moderate_population(), h=st.floats(0.01, 1.0), r_init=st.floats(-2, 2), c=magnitudes(1e-3, 1e3))
def test_scaling_all_inputs_by_any_number_changes_a_run_to_rounding(p, h, r_init, c):
    # a/c, c theta, c w and c I are rounded: each product of two changes by 2 U, the argument by that of their sizes, F
    # by a quarter, its constant by as much; both runs round.
    q = p | {"a": p["a"] / c, "theta": c * p["theta"], "w": c * p["w"], "I_ext": c * p["I_ext"]}
    run, h = simulated(p, h=h, steps=40, r_init=r_init)
    scaled, _ = simulated(q, h=h, steps=40, r_init=r_init)
    size = p["a"] * (2 * abs(p["theta"]) + abs(p["I_ext"]) + 2 * abs(p["w"]))
    moved = SECOND_ORDER * 2 * U * size / 4 * h
    assert (np.abs(scaled.r - run.r) <= apart(run.r, p, h, 2 * euler_step(p, h, 2.0) + moved)).all()


# The order ------------------------------------------------------------------------------------------------------------

ORDERS = {"euler": 1, "exponential_euler": 1, "heun": 2, "rk4": 4}
_TERMS = 26


def solution(p, drive, r_init, times):
    """The solution at rising times, by Taylor's series in balls over a twentieth of tau; the last term is tiny."""
    a, theta, w, I, tau = (arb(p[n]) for n in ("a", "theta", "w", "I_ext", "tau"))
    amplitude, frequency, phase = map(arb, drive)
    c = 1 / (1 + (a * theta).exp())
    now, r, found = arb(0), arb(r_init), []
    for t in times:
        count = math.ceil(20 * (float(t) - float(now)) / p["tau"])
        step = (arb(t) - now) / count
        for _ in range(count):
            with capped(_TERMS):
                wave = amplitude * (frequency * arb_series([now, 1], _TERMS) + phase).sin()
            series = arb_series([r], 1)
            for n in range(1, _TERMS):
                # One more coefficient is right with each: r = r_0 + integral of (F - r)/tau.
                with capped(n):
                    slope = (1 / (1 + (-a * (w * series + I + wave - theta)).exp()) - c - series) / tau
                with capped(n + 1):
                    series = arb_series([r, *(slope[k] / (k + 1) for k in range(n))], n + 1)
            assert abs(series[_TERMS - 1] * step ** (_TERMS - 1)) < 1e-17
            r, now = arb_poly(list(series))(step).mid(), (now + step).mid()
        found.append(float(r))
    return np.array(found)


@contextmanager
def capped(terms):
    kept, flint.ctx.cap = flint.ctx.cap, terms
    try:
        yield
    finally:
        flint.ctx.cap = kept


@pytest.mark.parametrize("method", METHODS)
@examples(6)
@given(
    p=moderate_population(
        a=st.floats(1.0, 2.0),
        theta=st.floats(-1.0, 1.0),
        w=st.one_of(st.floats(1.0, 3.0), st.floats(-3.0, -1.0)),
        I_ext=st.floats(-1.0, 1.0),
    ),
    r_init=st.floats(-0.5, 1.0),
    drive=st.tuples(st.floats(1.0, 2.0), st.floats(1.0, 2.0), st.floats(0.0, 6.0)),
)
def test_the_order_is_the_one_claimed(method, p, r_init, drive):
    """The error at a fixed time is C dt^p (1 + K dt + ...): the slope p is fitted over five halvings, with K.

    Within 0.05, as is asked of every integrator here. The ranges keep the response far from saturation: where F is flat
    the error of a scheme of fourth order would be rounding.
    """
    amplitude, frequency, phase = drive[0], drive[1] / p["tau"], drive[2]
    coarse = {1: 32, 2: 16, 4: 8}[ORDERS[method]]
    steps = coarse * 2 ** np.arange(6)
    with flint.ctx.workprec(80):
        exact = solution(p, (amplitude, frequency, phase), r_init, p["tau"] * np.arange(1, 9) / 4)

    def wave(t):
        return amplitude * np.sin(frequency * t + phase)

    errors = []
    for n in steps:
        run, _ = simulated(p, h=1 / n, steps=2 * n, method=method, r_init=r_init, input=wave)
        errors.append(np.abs(run.r[n // 4 :: n // 4] - exact).max())
    terms = np.stack([np.ones(6), np.log2(steps), coarse / steps], axis=1)
    slope = -np.linalg.lstsq(terms, np.log2(errors), rcond=None)[0][1]
    assert abs(slope - ORDERS[method]) < 0.05
