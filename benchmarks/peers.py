"""What others do, written as they would write it: the programs that the benchmarks compare with.

The tutorial's schemes are stated again from their description; the hand-written numba loops are what an expert writes
for this one model, with bounds on nothing else.
"""

import itertools
import math

import numpy as np
from scipy import optimize

A, THETA, TAU = 1.2, 2.8, 1.0


def textbook_response(x):
    return 1 / (1 + np.exp(-A * (x - THETA))) - 1 / (1 + np.exp(A * THETA))


def tutorial_trajectory(steps, w, I_ext, dt, r_init):
    """The tutorial's loop: NumPy functions of single numbers."""
    inputs = I_ext * np.ones(steps)
    r = np.zeros(steps)
    r[0] = r_init
    for k in range(steps - 1):
        r[k + 1] = r[k] + dt / TAU * (-r[k] + textbook_response(w * r[k] + inputs[k]))
    return r


def tutorial_fixed_points(w, I_ext):
    """The tutorial's finder: a general root finder from three guesses, kept where the residual is small."""
    found = []
    for guess in (0.0, 0.4, 0.9):
        r = optimize.root(lambda r: -r + textbook_response(w * r + I_ext), guess).x.item()
        if (-r + textbook_response(w * r + I_ext)) ** 2 < 1e-4 and not any(abs(r - other) < 1e-4 for other in found):
            found.append(r)
    return sorted(found)


def numpy_ensemble(r, steps, w, I_ext, dt):
    """Many initial values, each operation in place."""
    r, u, c = r.copy(), np.empty_like(r), 1 / (1 + math.exp(A * THETA))
    h = dt / TAU
    for _ in range(steps - 1):
        np.multiply(r, w, out=u)
        u += I_ext
        u -= THETA
        u *= -A
        np.exp(u, out=u)
        u += 1
        np.divide(1, u, out=u)
        u -= c
        u -= r
        u *= h
        r += u
    return r


def numpy_noise(trials, steps, w, I_ext, dt, sigma, tau, r_init, seed):
    """Many trials of Ornstein-Uhlenbeck input by its exact update, in place; the last rates and their means."""
    random = np.random.default_rng(seed)
    r, u, total = np.full(trials, r_init), np.empty(trials), np.zeros(trials)
    eta, normal = sigma * random.standard_normal(trials), np.empty(trials)
    c, h, rho = 1 / (1 + math.exp(A * THETA)), dt / TAU, math.exp(-dt / tau)
    amplitude = sigma * math.sqrt(-math.expm1(-2 * dt / tau))
    for _ in range(steps - 1):
        total += r
        np.multiply(r, w, out=u)
        u += eta
        u += I_ext - THETA
        u *= -A
        np.exp(u, out=u)
        u += 1
        np.divide(1, u, out=u)
        u -= c
        u -= r
        u *= h
        r += u
        random.standard_normal(out=normal)
        normal *= amplitude
        eta *= rho
        eta += normal
    total += r
    return r, total / steps


def numpy_split_bisect(w, I_ext):
    """All fixed points of a grid: h split at its closed-form turning points, each piece bisected, with NumPy."""
    c = 1 / (1 + math.exp(A * THETA))
    low = I_ext + np.minimum(-w * c, w * (1 - c)) - 1e-9
    high = I_ext + np.maximum(-w * c, w * (1 - c)) + 1e-9
    turns = A * w > 4
    reach = 2 / A * np.arccosh(np.sqrt(np.where(turns, A * w, 4.0)) / 2)
    ends = [
        low,
        np.where(turns, np.clip(THETA - reach, low, high), low),
        np.where(turns, np.clip(THETA + reach, low, high), low),
        high,
    ]
    r, eigenvalue = np.full((*w.shape, 3), np.nan), np.full((*w.shape, 3), np.nan)
    count = np.zeros(w.shape, dtype=int)
    for left, right in itertools.pairwise(ends):
        h_left = left - I_ext - w * textbook_response(left)
        h_right = right - I_ext - w * textbook_response(right)
        which = np.nonzero((left < right) & ((h_left > 0) != (h_right > 0)))
        a, b, ws, inputs, rises = left[which], right[which], w[which], I_ext[which], h_left[which] < 0
        for _ in range(52):
            middle = 0.5 * (a + b)
            below = (middle - inputs - ws * textbook_response(middle) < 0) == rises
            a, b = np.where(below, middle, a), np.where(below, b, middle)
        x = 0.5 * (a + b)
        s = 1 / (1 + np.exp(-A * (x - THETA)))
        place = (*which, count[which])
        r[place], eigenvalue[place] = s - c, (-1 + ws * A * s * (1 - s)) / TAU
        count[which] += 1
    return r, eigenvalue, count


def numba_trajectory():
    """The tutorial's loop, compiled: what one writes to have it fast."""
    from numba import njit

    @njit
    def loop(steps, w, I_ext, dt, r_init, a, theta, tau):
        r = np.zeros(steps)
        r[0] = r_init
        h = dt / tau
        for k in range(steps - 1):
            F = 1 / (1 + np.exp(-a * (w * r[k] + I_ext - theta))) - 1 / (1 + np.exp(a * theta))
            r[k + 1] = r[k] + h * (-r[k] + F)
        return r

    return lambda steps, w, I_ext, dt, r_init: loop(steps, w, I_ext, dt, r_init, A, THETA, TAU)


def numba_fixed_points():
    """Split for each point of a grid, Newton's method within the bracket, compiled."""
    from numba import njit

    @njit(error_model="numpy")
    def one(x, w, I_ext, a, theta, c):
        return x - I_ext - w * (1 / (1 + math.exp(-a * (x - theta))) - c)

    @njit(error_model="numpy")
    def grid(w, I_ext, a, theta, tau):
        n = w.size
        r, eigenvalue = np.full((n, 3), np.nan), np.full((n, 3), np.nan)
        count = np.zeros(n, np.int64)
        c = 1 / (1 + math.exp(a * theta))
        for i in range(n):
            low = I_ext[i] + min(-w[i] * c, w[i] * (1 - c)) - 1e-9
            high = I_ext[i] + max(-w[i] * c, w[i] * (1 - c)) + 1e-9
            first, second = low, low
            if a * w[i] > 4:
                reach = 2 / a * math.acosh(math.sqrt(a * w[i]) / 2)
                first, second = min(max(theta - reach, low), high), min(max(theta + reach, low), high)
            for piece in range(3):
                left = low if piece == 0 else (first if piece == 1 else second)
                right = first if piece == 0 else (second if piece == 1 else high)
                if not left < right:
                    continue
                h_left = one(left, w[i], I_ext[i], a, theta, c)
                h_right = one(right, w[i], I_ext[i], a, theta, c)
                if (h_left > 0) == (h_right > 0):
                    continue
                x = 0.5 * (left + right)
                for _ in range(60):
                    s = 1 / (1 + math.exp(-a * (x - theta)))
                    h, slope = x - I_ext[i] - w[i] * (s - c), 1 - w[i] * a * s * (1 - s)
                    if (h > 0) == (h_left > 0):
                        left = x
                    else:
                        right = x
                    # Newton's step where it stays inside the bracket, the middle of it elsewhere.
                    new = x - h / slope
                    if not left < new < right:
                        new = 0.5 * (left + right)
                    done = abs(new - x) <= 1e-15 * abs(x)
                    x = new
                    if done:
                        break
                s = 1 / (1 + math.exp(-a * (x - theta)))
                r[i, count[i]] = s - c
                eigenvalue[i, count[i]] = (-1 + w[i] * a * s * (1 - s)) / tau
                count[i] += 1
        return r, eigenvalue, count

    return lambda w, I_ext: grid(w, I_ext, A, THETA, TAU)
