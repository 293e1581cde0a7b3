"""Noise as what it is, a linear map of normal numbers: its moments are sums over unit vectors, not statistics."""

import flint
import mpmath
import numpy as np
from flint import arb
from hypothesis import given
from hypothesis import strategies as st
from mpmath import mpf
from nullcline.numeric import OU, EulerMaruyamaOU, normal_numbers
from numpy.random import SFC64, SeedSequence
from properties.bounds import ELEMENTARY, NORMAL, SECOND_ORDER, TINY, U
from strategies import examples, magnitudes

STEPS = 12

sigmas, times = magnitudes(1e-3, 1e3), magnitudes(1e-2, 1e2)


def relative_errors(x, k):
    """Bound the relative error of the coefficients of eta[k] at steps of x = dt/tau.

    rho = e^(-x): x and the exponential are right to x and 4 U, and each multiplication by it adds 1. The amplitude
    sigma sqrt(1 - rho^2): expm1 5, halved by the root, the root, the product: 5.
    """
    return SECOND_ORDER * U * (k * (x + ELEMENTARY + 1) + 6)


@examples(100)
@given(sigma=sigmas, tau=times, x=magnitudes(1e-3, 10.0))
def test_a_unit_normal_fades_by_the_exact_propagator(sigma, tau, x):
    dt = x * tau
    path = OU(sigma, tau).path(np.eye(STEPS), dt)
    with mpmath.workdps(40):
        rho = mpmath.exp(-mpf(dt) / mpf(tau))
        amplitude = mpf(sigma) * mpmath.sqrt(1 - rho**2)
        for j in range(STEPS):
            # Nothing before it comes; from then on rho^(k - j) of it is left.
            assert (path[j, :j] == 0).all()
            for k in range(j, STEPS):
                exact = (mpf(sigma) if j == 0 else amplitude) * rho ** (k - j)
                assert abs(path[j, k] - exact) <= relative_errors(x * (1 + U), k) * exact + TINY


@examples(100)
@given(sigma=sigmas, tau=times, x=magnitudes(1e-3, 10.0))
def test_the_exact_update_has_the_variance_and_the_autocorrelation_of_the_process_at_every_step(sigma, tau, x):
    """Cov(eta_j, eta_k) = sum over the normal numbers of what each leaves in both: sigma^2 rho^|j - k| (theory 4.1)."""
    dt = x * tau
    path = OU(sigma, tau).path(np.eye(STEPS), dt)
    covariance = path.T @ path
    exact = sigma**2 * np.exp(-np.abs(np.subtract.outer(np.arange(STEPS), np.arange(STEPS))) * dt / tau)
    # Two coefficients each; a sum of STEPS terms of one sign; the test's own exponential, square and product.
    slack = 2 * relative_errors(x, STEPS) + (STEPS + STEPS * x + 8) * U
    assert (np.abs(covariance - exact) <= slack * exact + TINY).all()


@examples(100)
@given(sigma=sigmas, tau=times, x=magnitudes(1e-3, 1.99))
def test_the_biased_scheme_has_the_variance_of_its_own_at_every_step(sigma, tau, x):
    """theory 4.1: V + (sigma^2 - V) d^(2k) with V = sigma^2/(1 - x/2), d = 1 - x; covariances fall by d a step.

    With a in place of the amplitude, the variance is sigma^2 d^(2k) + a^2 sum of d^(2i): d is right to 2 U in absolute
    terms, which enters by the derivative, at most 2 k sigma^2 + a^2 k^2 (|d| <= 1); a and the sums to 6 + 2 k U.
    """
    dt = x * tau
    path = EulerMaruyamaOU(sigma, tau).path(np.eye(STEPS), dt)
    covariance = path.T @ path
    with mpmath.workdps(40):
        step, s = mpf(dt) / mpf(tau), mpf(sigma) ** 2
        settled, d = s / (1 - step / 2), 1 - step
        for j in range(STEPS):
            variance = settled + (s - settled) * d ** (2 * j)
            inward = s * 2 * step
            slack = 2 * U * (2 * STEPS * s + inward * STEPS**2) + (6 + 4 * STEPS) * U * (s + STEPS * inward)
            for k in range(j, STEPS):
                assert abs(covariance[j, k] - variance * d ** (k - j)) <= 2 * SECOND_ORDER * slack


@examples(100)
@given(
    sigma=sigmas,
    tau=times,
    x=magnitudes(1e-3, 1.99),
    normals=st.lists(st.floats(-8.5, 8.5), min_size=STEPS, max_size=STEPS),
)
def test_the_biased_scheme_is_the_tutorials_step_by_step(sigma, tau, x, normals):
    """The tutorial: noise[k+1] = noise[k] + dt/tau (0 - noise[k]) + sqrt(2 dt/tau) sig N[k+1], noise[0] = sig N[0].

    The factor 1 - dt/tau is right to 2 U, the amplitude to 6 U of itself; two products and a sum are rounded.
    """
    dt = x * tau
    path = EulerMaruyamaOU(sigma, tau).path(normals, dt)
    with mpmath.workdps(40):
        step, sig = mpf(dt) / mpf(tau), mpf(sigma)
        noise, off = sig * mpf(normals[0]), U * sig * abs(normals[0])
        for k, normal in enumerate(normals):
            if k:
                inward = mpmath.sqrt(2 * step) * sig * mpf(normal)
                rounding = 3 * abs(noise) + 7 * abs(inward) + abs(noise * (1 - step)) + abs(noise * (1 - step) + inward)
                off = abs(1 - step) * off + SECOND_ORDER * U * rounding
                noise = noise + step * (0 - noise) + inward
            assert abs(path[k] - noise) <= SECOND_ORDER * off + TINY


@examples(150)
@given(sigma=sigmas, tau=times, x=magnitudes(1e-6, 1.999), biased=st.booleans())
def test_the_variance_and_correlation_time_are_those_of_the_formulas(sigma, tau, x, biased):
    # sigma^2/(1 - x/2) = 2 sigma^2 tau/(2 tau - dt): five operations. -dt/ln(1 - x): the logarithm 4, its argument by x
    # U in absolute terms, the quotients.
    dt, noise = x * tau, (EulerMaruyamaOU if biased else OU)(sigma, tau)
    variance, time = noise.stationary_variance(dt), noise.correlation_time(dt)
    if not biased:
        assert abs(variance - sigma**2) <= 2 * U * sigma**2
        assert time == tau
        return
    with mpmath.workdps(40):
        step = mpf(dt) / mpf(tau)
        exact = mpf(sigma) ** 2 / (1 - step / 2)
        assert abs(variance - exact) <= 6 * U * exact
        if dt >= tau:
            assert time == 0 if dt == tau else np.isnan(time)
            return
        exact = -mpf(dt) / mpmath.log(1 - step)
        argument = step / ((1 - step) * -mpmath.log(1 - step))
        assert abs(time - exact) <= SECOND_ORDER * U * (ELEMENTARY + 2 + argument) * exact


@examples(100)
@given(seed=st.integers(0, 2**200), trial=st.integers(0, 2**40), population=st.integers(0, 5), count=st.integers(1, 20))
def test_the_normal_numbers_are_box_and_mullers_of_numpys_bits(seed, trial, population, count):
    numbers = normal_numbers(seed, count, trial=trial, population=population)
    bits = SFC64(SeedSequence(seed, spawn_key=(trial, population))).random_raw(count + count % 2).tolist()
    assert len(numbers) == count
    with flint.ctx.workprec(120):
        # The upper 52 bits are a number in [0, 1).
        shares = [arb(b >> 12) / arb(1 << 52) for b in bits]
        for i in range(0, count, 2):
            radius, turn = (-2 * (1 - shares[i]).log()).sqrt(), 2 * arb.pi() * shares[i + 1]
            for number, exact in zip(numbers[i : i + 2], (radius * turn.cos(), radius * turn.sin()), strict=False):
                assert abs(arb(float(number)) - exact) <= SECOND_ORDER * NORMAL * U * radius


@examples(50)
@given(seed=st.integers(0, 2**70), trial=st.integers(0, 2**20), one=st.integers(1, 40), more=st.integers(1, 40))
def test_fewer_normal_numbers_are_the_first_of_more(seed, trial, one, more):
    together = normal_numbers(seed, one + more, trial=trial)
    assert normal_numbers(seed, one, trial=trial).tolist() == together[:one].tolist()
    assert not set(normal_numbers(seed, one, trial=trial + 1).tolist()) & set(together.tolist())


@examples(50)
@given(
    sigma=sigmas,
    tau=times,
    x=magnitudes(1e-2, 1.0),
    rows=st.integers(1, 4),
    biased=st.booleans(),
    seed=st.integers(0, 99),
)
def test_many_paths_equal_a_loop_over_them_bit_for_bit(sigma, tau, x, rows, biased, seed):
    noise = (EulerMaruyamaOU if biased else OU)(sigma, tau)
    normals = np.array([normal_numbers(seed, STEPS, trial=i) for i in range(rows)])
    together = noise.path(normals, x * tau)
    assert together.tolist() == [noise.path(row, x * tau).tolist() for row in normals]
