"""What must hold of noise: the moments of the exact update, and that a noisy run is the run with that input."""

import math
from typing import Any

import mpmath
import numpy as np

from ..integrators import simulate
from ..noise import OU, normal_numbers
from .bounds import ELEMENTARY, LARGEST_NORMAL, NORMAL, SECOND_ORDER, TINY, U
from .rounded import Rounded
from .run_properties import METHODS
from .search import Case, Judge, Property, hypothesis
from .subject import Subject

_STEPS = 8


def _a_noise(subject: Subject) -> dict[str, Any]:
    st = hypothesis().strategies

    def magnitude(low: float, high: float) -> Any:
        return st.floats(math.log10(low), math.log10(high)).map(lambda e: 10.0**e)

    return {"sigma": magnitude(0.01, 10.0), "noise_tau": magnitude(0.05, 20.0), "dt": magnitude(0.001, 5.0)}


def _moments(subject: Subject, case: Case, judge: Judge) -> None:
    """theory 4.1: eta is a linear map of normal numbers, so its covariance is a sum over unit vectors, no statistics.

    rho = e^(-dt/tau) is right to dt/tau and 4 U, and each multiplication by it adds 1; the amplitude is right to 6 U.
    Two such coefficients, and a sum of as many terms of one sign as there are steps.
    """
    sigma, tau, dt = case["sigma"], case["noise_tau"], case["dt"]
    noise = OU(sigma=sigma, tau=tau)
    path = noise.path(np.eye(_STEPS), dt)
    covariance, x = path.T @ path, dt / tau
    slack = SECOND_ORDER * U * (2 * (_STEPS * (x + ELEMENTARY + 1) + 6) + _STEPS + _STEPS * x + 8)
    with mpmath.workdps(50):
        for j in range(_STEPS):
            for k in range(j, _STEPS):
                exact = mpmath.mpf(sigma) ** 2 * mpmath.exp(-(k - j) * mpmath.mpf(dt) / mpmath.mpf(tau))
                told = {"steps": [j, k], "covariance": float(covariance[j, k]), "exact": float(exact)}
                judge.within(abs(mpmath.mpf(float(covariance[j, k])) - exact), slack * float(exact) + TINY, **told)
    settled = noise.stationary_variance(dt)
    judge.within(abs(settled - sigma**2), 8 * U * sigma**2, stationary_variance=settled)


def _a_noisy_run(subject: Subject) -> dict[str, Any]:
    st = hypothesis().strategies
    start = st.lists(st.floats(-0.5, 1.5), min_size=subject.size, max_size=subject.size)
    h, seed, trial = st.floats(0.02, 0.5), st.integers(0, 2**64), st.integers(0, 50)
    noise = {k: v for k, v in _a_noise(subject).items() if k != "dt"}
    return {"method": st.sampled_from(METHODS[:1]), "h": h, "seed": seed, "trial": trial, "r_init": start, **noise}


def _noisy_runs(subject: Subject, case: Case, judge: Judge) -> None:
    """A run with noise is the run whose input are the samples of that noise, made from the trial's normal numbers.

    The two routes round each step, and draw normal numbers that may differ in their last places; what is off grows by
    at most 1 + h (1 + |W| sup F') a step, with F' at the inputs of the run.
    """
    p, n = case["parameters"], subject.size
    dt = case["h"] * min(subject.tau(i, p) for i in range(n))
    noise = OU(sigma=case["sigma"], tau=case["noise_tau"])
    time: dict[str, Any] = {"T": (_STEPS - 0.5) * dt, "dt": dt, "r_init": subject.start(case["r_init"]), **p}
    noisy = simulate(subject.model, noise=noise, seed=case["seed"], trial=case["trial"], method=case["method"], **time)
    paths = [noise.path(normal_numbers(case["seed"], _STEPS, trial=case["trial"], population=i), dt) for i in range(n)]
    given = paths[0] if subject.model.is_single else dict(zip(subject.names, paths, strict=True))
    driven = simulate(subject.model, input=given, method=case["method"], **time)
    one, other = subject.rates_of(noisy.r), subject.rates_of(driven.r)
    judge.assume(bool((np.abs(other) < 1e3).all()))
    _, amplitude = noise.update(dt)
    amplitude = max(amplitude, noise.sigma)
    W = np.abs(np.array(subject.weights(p)))
    gap = np.zeros(n)
    for k in range(_STEPS):
        told = {"step": k, "with_noise": one[k].tolist(), "with_its_samples": other[k].tolist()}
        judge.within(np.abs(one[k] - other[k]).max(), SECOND_ORDER * float(gap.max()) + 1e-300, **told)
        rates = [Rounded.exact(r) for r in other[k]]
        inputs = subject.inputs(rates, p, [float(path[k]) for path in paths])
        # Normal numbers and three roundings a step, never magnified.
        eta = max(float(np.abs(path).max()) for path in paths)
        off = (
            SECOND_ORDER
            * U
            * (k + 1)
            * (2 * amplitude * NORMAL * LARGEST_NORMAL + 6 * (eta + amplitude * LARGEST_NORMAL))
        )
        new = np.zeros(n)
        for i in range(n):
            h = dt / subject.tau(i, p)
            spread = float(W[i] @ gap) + off
            at = Rounded(inputs[i].value, inputs[i].size, 2 * inputs[i].error)
            F = subject.response(i, at, p)
            judge.assume(bool(mpmath.isfinite(F.value)))
            steep = max(float(abs(subject.F(i, at.value + share * spread, p, 1))) for share in (-1.0, 0.0, 1.0))
            judge.assume(math.isfinite(steep) and math.isfinite(float(F.error)))
            own = 4 * U * (h * float(F.error + 4 * F.size) + 8 * (1 + h) * (1 + abs(float(other[k][i]))))
            new[i] = abs(1 - h) * gap[i] + 1.5 * h * steep * spread + own
        gap = new


PROPERTIES = (
    Property(
        "noise",
        "the exact update has the variance and the correlation of the process at every step",
        _moments,
        _a_noise,
    ),
    Property(
        "noisy_runs",
        "a run with noise is the run whose input are the samples of that noise",
        _noisy_runs,
        _a_noisy_run,
        cost=4,
    ),
)
