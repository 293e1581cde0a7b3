"""What rounding can amount to in simulations of the sigmoid population; counts of roundings come from the package."""

import math

import numpy as np
from nullcline.numeric.verification.bounds import (
    ELEMENTARY,
    LARGEST_NORMAL,
    NORMAL,
    SECOND_ORDER,
    TINY,
    TRANSFER,
    U,
)

__all__ = [
    "ELEMENTARY",
    "LARGEST_NORMAL",
    "NORMAL",
    "SECOND_ORDER",
    "TINY",
    "TRANSFER",
    "U",
    "apart",
    "euler_step",
    "largest_bend",
    "noise_of_two_routes",
    "response_step",
    "sigmoid_slope",
]


def response_step(parameters, r: float, extra: float = 0.0) -> float:
    """Bound the error of F at w r + I_ext + extra as the rough form has it, 1/(1 + e^v) - 1/(1 + e^(a theta)), in U.

    v = a theta - a I - a extra - a w r is a sum of products: each of its terms is rounded at most four times, so it is
    off by 4 Q, with Q the sum of their sizes. That and the exponential's own error enter by at most 1/4; the sum with 1
    and the quotient add 2. The constant is off by 0.23 + 1 + 3, since |v|/((1 + e^v)(1 + e^-v)) is below 0.23.
    """
    p = parameters
    Q = p["a"] * (abs(p["theta"]) + abs(p["I_ext"]) + abs(extra) + abs(p["w"] * r))
    return Q + ELEMENTARY / 4 + 2 + 4.23


def euler_step(parameters, h: float, r: float, extra: float = 0.0) -> float:
    """Bound the rounding of one step r - h r - h c + h/(1 + e^v) of size r (at least 1), for h up to 2.

    Beside h times the response: h r and three sums, each of at most (1 + h) r + h; for exponential Euler, h is the gain
    1 - e^(-dt/tau), and right to 5 U.
    """
    size = max(r, 1.0)
    return (
        SECOND_ORDER * U * (h * response_step(parameters, size, extra) + 4 * ((1 + h) * size + h) + 5 * h * (size + 1))
    )


def sigmoid_slope(parameters, x):
    """F' = (a/4) sech^2(a (x - theta)/2), for bounds."""
    small = np.exp(-np.abs(parameters["a"] * (np.asarray(x) - parameters["theta"])))
    return parameters["a"] * small / (1 + small) ** 2


def largest_bend(parameters) -> float:
    """sup |F''| = a^2/(6 sqrt 3): that of s (1 - s)(1 - 2s)."""
    return parameters["a"] ** 2 / (6 * math.sqrt(3))


def apart(rates, parameters, h: float, each_step: float, inputs=0.0):
    """Bound how far a run of Euler's method is, at each step, from any that differs by `each_step` a step.

    A gap g grows by |1 - h + h w F'(xi)| a step, with xi between the two inputs: |F'(xi) - F'(x)| <= sup|F''| |w| g.
    For exponential Euler, h is the gain 1 - e^(-dt/tau).
    """
    w = parameters["w"]
    slopes = np.abs(1 - h + h * w * sigmoid_slope(parameters, w * rates + parameters["I_ext"] + inputs))
    gaps = [0.0]
    for slope in slopes[:-1]:
        gap = (slope + 4 * U + h * w**2 * largest_bend(parameters) * gaps[-1]) * gaps[-1] + each_step
        # Runs from between -10 and 10 are never further apart.
        gaps.append(min(gap, 20.0))
    return SECOND_ORDER * np.array(gaps)


def noise_of_two_routes(noise, dt: float, eta) -> float:
    """Bound how far two routes are apart in eta: normal numbers and three roundings a step, never magnified."""
    _, amplitude = noise.update(dt)
    amplitude = max(amplitude, noise.sigma)
    each = 2 * amplitude * NORMAL * LARGEST_NORMAL + 6 * (np.abs(eta).max() + amplitude * LARGEST_NORMAL)
    return SECOND_ORDER * U * len(eta) * each
