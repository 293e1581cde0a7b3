"""What theory proves of trajectories: they are trapped, keep their order, run downhill, at the eigenvalues' rates."""

import math

import flint
import numpy as np
import pytest
from flint import arb
from hypothesis import assume, event, given
from hypothesis import strategies as st
from nullcline.numeric import OU, fixed_points
from nullcline.symbolic import transfer
from properties.bounds import U, apart, euler_step, largest_bend
from properties.roots import BITS, Problem, widened
from properties.runs import METHODS, SINGLE, simulated
from strategies import between, examples, initial_rates, magnitudes, moderate_population, reals, single_population

# Up to these dt/tau a step is a convex combination of r and of values of F (see below).
LONGEST = {"euler": 1.0, "exponential_euler": 50.0, "heun": 1.0, "rk4": 1.295}
# What a step rounds, in U of max(|r|, 1): F is between -c and 1 - c however its argument is rounded, but c itself is
# right to 5 U. Euler: h r, three sums of up to 2 |r| + 1, c, and for exponential Euler the gain, 5 U of |r| + 1. Heun:
# 12 operations on numbers of up to 4. Runge-Kutta: 28 on numbers of up to 8.2, each multiplied by at most h^3 < 2.2.
STEP = {"euler": 27, "exponential_euler": 27, "heun": 55, "rk4": 600}


def multiplier(method, h):
    """What a step multiplies r by where F is held: the scheme's own e^(-h)."""
    return {
        "euler": 1 - h,
        "exponential_euler": math.exp(-h),
        "heun": 1 - h + h**2 / 2,
        "rk4": 1 - h + h**2 / 2 - h**3 / 6 + h**4 / 24,
    }[method]


def inputs_in_time():
    """Nothing, samples, a function of time, or noise: the region does not depend on it."""
    return st.one_of(
        st.just({}),
        st.lists(reals(1e3), min_size=21, max_size=21).map(lambda samples: {"input": samples}),
        st.tuples(reals(100.0), magnitudes(0.01, 100.0)).map(lambda v: {"input": lambda t: v[0] * np.sin(v[1] * t)}),
        st.tuples(magnitudes(0.01, 100.0), magnitudes(0.01, 100.0), st.integers(0, 2**64)).map(
            lambda v: {"noise": OU(v[0], v[1]), "seed": v[2]}
        ),
    )


@pytest.mark.parametrize("method", METHODS)
@examples(60)
@given(p=single_population(), share=st.floats(1e-3, 1.0), r_init=initial_rates(), given=inputs_in_time())
def test_the_trapping_region_is_entered_and_kept(method, p, share, r_init, given):
    """theory 2.1 with the scheme's multiplier M in place of e^(-h): -c + (r0 + c) M^k <= r_k <= 1-c + (r0 - 1+c) M^k.

    Each stage has F_s in (-c, 1-c), whatever its argument, and a step is M r + sum_s c_s F_s with sum c_s = 1 - M:
      Euler: c = h, exponential Euler: 1 - e^(-h);  Heun: (h/2)(1 - h), h/2;
      Runge-Kutta: (h/6)(1 - h + h^2/2 - h^3/4), (h/6)(2 - h + h^2/2), (h/6)(2 - h), h/6.
    All are positive for h <= 1 (Heun), h < 1.2955 (Runge-Kutta, the root of 4 - 4h + 2h^2 - h^3). Then r + c and
    1 - c - r are multiplied by M >= 0 and something not negative is added, in every step.
    """
    with pytest.MonkeyPatch.context() as now:
        # One compiled kernel is enough here: the other schemes' noise is drawn by NumPy.
        if method != "euler":
            now.setenv("NULLCLINE_NUMBA", "0")
        run, h = simulated(p, h=share * LONGEST[method], steps=20, method=method, r_init=r_init, **given)
    assume(h <= LONGEST[method])
    v = p["a"] * p["theta"]
    c, rest = (1 / (1 + math.exp(v)), 1 / (1 + math.exp(-v))) if abs(v) < 700 else (float(v < 0), float(v > 0))
    k = np.arange(21)
    power = multiplier(method, h) ** k
    slack = (STEP[method] + 10) * (k + 1) * U * max(abs(r_init), 1.0)
    assert (run.r >= -c + (r_init + c) * power - slack).all()
    assert (run.r <= rest + (r_init - rest) * power + slack).all()


@pytest.mark.parametrize("method", ["euler", "heun", "rk4"])
@examples(20)
@given(beyond=st.floats(0.01, 0.5))
def test_just_beyond_the_longest_step_the_region_can_be_left(method, beyond):
    # The coefficient of the first stage is then negative: r and all F at the bottom but the first, at the top.
    h = LONGEST[method] + beyond
    top, bottom = (1 if method != "euler" else -1), -0.5
    p = {"tau": 1.0, "a": 16.0, "theta": 0.0, "w": 0.0, "I_ext": 0.0}
    start = -bottom if method == "euler" else bottom
    # F(+-100) = +-1/2 to the last bit.
    run, h = simulated(
        p, h=h, steps=1, method=method, r_init=start, input=lambda t: np.where(t > 0, -100.0, top * 100.0)
    )
    first = {
        "euler": 1 - h,
        "heun": h / 2 * (1 - h),
        "rk4": h / 6 * (1 - h + h**2 / 2 - h**3 / 4),
    }[method]
    assert abs(run.r[1] - (bottom + first)) <= STEP[method] * U * (1 + abs(first)) + 8 * U
    assert run.r[1] < bottom


@examples(6)
@given(
    p=moderate_population(),
    r_init=st.floats(-2, 2),
    given=st.one_of(
        st.lists(reals(10.0), min_size=8, max_size=8).map(lambda samples: {"input": samples}),
        st.integers(0, 2**64).map(lambda seed: {"noise": OU(1.0, 1.0), "seed": seed}),
    ),
    h=st.floats(0.01, 5.0),
)
def test_the_adaptive_method_keeps_the_trapping_region_to_its_tolerance(p, r_init, given, h):
    """The solution keeps it; from one sample to the next, each step's estimated error is below 1e-12 + 1e-10 |r|.

    What a step adds is not magnified: outside the region the flow carries r back. The estimate is the method's own, not
    a theorem; the number of steps is what it took.
    """
    run, h = simulated(p, h=h, steps=7, method="adaptive", r_init=r_init, **given)
    c, rest = 1 / (1 + math.exp(p["a"] * p["theta"])), 1 / (1 + math.exp(-p["a"] * p["theta"]))
    power = np.exp(-h * np.arange(8))
    (solution,) = run.dense.solutions
    slack = len(solution.interpolants) * (1e-12 + 1e-10 * max(abs(r_init), 1.0))
    assert (run.r >= -c + (r_init + c) * power - slack).all()
    assert (run.r <= rest + (r_init - rest) * power + slack).all()


@examples(100)
@given(
    p=moderate_population(w=between(0, 10)),
    h=st.floats(0.01, 1.0),
    one=st.floats(-2, 2),
    other=st.floats(-2, 2),
)
def test_eulers_method_keeps_the_order_of_two_trajectories(p, h, one, other):
    """theory 2.3: for w >= 0 and dt <= tau the map G is increasing.

    With r_k <= s_k + e, G(r_k) <= G(s_k + e) <= G(s_k) + L e: the roundings of both runs, of size d a step, add up as
    two runs that differ by 2 d a step come apart.
    """
    lower, ratio = simulated(p, h=h, steps=60, r_init=min(one, other))
    assume(ratio <= 1)
    upper, _ = simulated(p, h=h, steps=60, r_init=max(one, other))
    slack = apart(upper.r, p, ratio, 2 * euler_step(p, ratio, 2.0))
    assert (lower.r <= upper.r + slack).all()


@examples(100)
@given(p=moderate_population(w=between(-8, 10)), share=st.floats(0.01, 1.0), r_init=st.floats(-2, 2))
def test_every_trajectory_of_an_increasing_map_is_monotone_and_runs_downhill(p, share, r_init):
    """theory 2.3 and 2.4: the map is increasing for w >= 0, dt <= tau, and for w < 0 where dt (1 + |w| a/4) <= tau.

    The order of r_0 and r_1 is kept, so that each step goes the same way; it passes no fixed point, between which V'
    has one sign: V falls. A step's rounding d moves V by at most |V'| d + sup|V''| d^2/2.
    """
    sup = abs(p["w"]) * p["a"] / 4
    longest = 1.0 if p["w"] >= 0 else 1 / (1 + sup)
    run, h = simulated(p, h=share * longest, steps=40, r_init=r_init)
    assume(h <= longest)
    step = euler_step(p, h, 2.0)
    slack = apart(run.r[1:], p, h, 2 * step) + step
    assert (np.sign(run.r[1] - run.r[0]) * np.diff(run.r) >= -slack).all()
    with flint.ctx.workprec(BITS):
        a, theta, w, I, tau = (arb(p[n]) for n in ("a", "theta", "w", "I_ext", "tau"))
        c = 1 / (1 + (a * theta).exp())

        def primitive(x):
            return (1 + (a * (x - theta)).exp()).log() / a - c * x

        def V(r):
            rise = (primitive(w * r + I) - primitive(I)) / w if p["w"] else r * (1 / (1 + (-a * (I - theta)).exp()) - c)
            return (r**2 / 2 - rise) / tau

        problem = Problem.of(transfer.sigmoid, p)
        heights = [V(arb(float(r))) for r in run.r]
        for k in range(40):
            r = arb(float(run.r[k + 1]))
            steepness = float(abs(r - problem.F(w * r + I)[0]).upper()) + step * (1 + sup)
            assert not heights[k + 1] - heights[k] > step * (steepness + step * (1 + sup)) / p["tau"]


@examples(60)
@given(p=moderate_population(w=between(-8, 12)), side=st.sampled_from([-1, 1]), size=magnitudes(1e-7, 1e-5))
def test_a_small_perturbation_grows_or_decays_at_the_rate_of_the_eigenvalue(p, side, size):
    """With e = r - r*: tau e' = lambda tau e + q, |q| <= M e^2, M = w^2 sup|F''|/2.

    In a Runge-Kutta step with z = lambda dt, |z| <= 0.05, the stages stay below 1.06 |e|, so that their q is below
    1.13 M e^2 and what they hand on below 1.2 h M e^2: e' = R(z) e + Q, |Q| <= 1.2 h M e^2; and |ln R(z) - z| <=
    |z|^5/100. So n steps give ln(e_n/e_0) = n z within n |z|^5/100 + 1.3 n h M max|e|, and what is off in e itself:
    each step's rounding and twice the distance of the double from the fixed point, over the least |e|.
    """
    found, problem = fixed_points(SINGLE, **p), Problem.of(transfer.sigmoid, p)
    M = p["w"] ** 2 * largest_bend(p) / 2
    for x, r, eigenvalue in zip(found.x, found.r, found.eigenvalue, strict=True):
        rate = eigenvalue * p["tau"]
        with flint.ctx.workprec(BITS):
            place = widened(problem, x)
            if place is None or abs(rate) < 0.02:
                event("too near a fold to measure")
                continue
            off = float(abs(arb(r) - problem.F(place)[0]).upper())
        n = 40
        run, h = simulated(p, h=0.05 / abs(rate), steps=n, method="rk4", r_init=float(r) + side * size)
        e = run.r - r
        largest, least, z = np.abs(e).max(), np.abs(e).min(), rate * h
        # Four stages of 3 operations on numbers of up to 2, times h, and 10 on r; F four times, with weights that add
        # up to h; handed on by at most 1.1.
        rounding = 1.1 * (U * (24 * h + 10) + h * euler_step(p, 1.0, 2.0))
        assume(n * rounding + 2 * off < least / 10)
        slack = n * abs(z) ** 5 / 100 + 1.3 * n * h * M * largest + 1.2 * (n * rounding + 2 * off) / least
        assert abs(math.log(e[-1] / e[0]) - n * z) <= slack + 8 * U * n
