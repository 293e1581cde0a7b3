"""What rounding can amount to in the numerical core: counts of roundings, each of at most U of its result.

An elementary function is taken to be right to ELEMENTARY U, two units in the last place: `elementary` states about one,
and the libraries of the processor makers differ in the last. Products of two errors are covered by SECOND_ORDER.
"""

import math

import numpy as np

U = 2.0**-53
ELEMENTARY = 4
SECOND_ORDER = 1.01
# Below this, numbers lose digits as they underflow.
TINY = 1e-290

# The relative error of F, F' and F'' in U, for the forms of `symbolic.stable` with their arguments carried as hi + lo:
# what is left of the argument's rounding is of second order. An application of a function f to hi + lo costs the error
# of f and the rounding of the sum with the correction.
#   expit: exp 4, at most half of which reaches 1 + e, that sum and the quotient: 4; times e on the other side: 9; 10
#   sech: exp 4, in e^2 8 + 1 of which half reaches 1 + e^2, that sum and the quotient: 10.5; 11.5
#   gaussian: exp 4, the two corrections 2: 6;  softplus: exp 4, log1p 4, the sum 1: 9; 10;  power: 4 + 2
# sigmoid and tanh: F is expm1 (4, its argument 1), two expit, 2 products: 27; F' two sech, 2 products: 25; F'' has 4
# products more, tanh(u)/u (4, its argument 1, the quotient 1) and x - theta (1): 36.
# softplus: F 10 + 2; F' 10 + 1; F'' 2 x 11.5 + 3.
# erf: F is a short increment, of a step (1), a slope (6 + 2), ten positive terms (argument 8, exp 4, weight and product
# 2, sums 10) and 2 products: 35, or a difference of tails (12 each, which cancel by less than 2.3, and the sum 1): 29;
# F' two gaussians, the constant, 3 operations: 16; F'' two gaussians, the constant, x - theta, 6 operations: 20.
# power: power 6, 1 product; F' 1 product more; F'' 2 more.
# naka_rushton: q = (smaller/larger)^n 6, 1 + q at most 4, 2 operations: 12; F' 2 x 4 + 1, power 6, 4 operations: 19;
# F'' 3 x 4 + 2, power 6, 6 operations: 26, and the bend, which cancels, 10 of the sum of its terms' sizes.
TRANSFER = {
    "sigmoid": (27, 25, 36),
    "tanh": (27, 25, 36),
    "relu": (2, 0, 0),
    "softplus": (12, 11, 26),
    "erf": (35, 16, 20),
    "power": (7, 8, 10),
    "naka_rushton": (12, 19, 26),
}

# Simulation of the sigmoid population --------------------------------------------------------------------------------


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


# Noise ----------------------------------------------------------------------------------------------------------------

# A normal number is a radius, sqrt(-2 ln(1 - v)): the logarithm 4, halved by the root, and its rounding: 3; times a
# cosine, off by 2 U of an angle up to 2 pi, 12.6, and 4 of its own: 17; and the product 1. The radius is at most
# sqrt(104 ln 2) < 8.5, since v is a multiple of 2^-52.
NORMAL, LARGEST_NORMAL = 21, 8.5


def noise_of_two_routes(noise, dt: float, eta) -> float:
    """Bound how far two routes are apart in eta: normal numbers and three roundings a step, never magnified."""
    _, amplitude = noise.update(dt)
    amplitude = max(amplitude, noise.sigma)
    each = 2 * amplitude * NORMAL * LARGEST_NORMAL + 6 * (np.abs(eta).max() + amplitude * LARGEST_NORMAL)
    return SECOND_ORDER * U * len(eta) * each
