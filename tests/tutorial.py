"""The tutorial's scheme and noise, stated again from its text: plain NumPy, textbook formulas, one step at a time."""

import math

import numpy as np

# default_pars_single
PARAMETERS = {"tau": 1.0, "a": 1.2, "theta": 2.8, "w": 0.0, "I_ext": 0.0}


def F(x, a, theta):
    return 1 / (1 + math.exp(-a * (x - theta))) - 1 / (1 + math.exp(a * theta))


def simulate_single(tau=1.0, a=1.2, theta=2.8, w=0.0, I_ext=0.0, T=20.0, dt=0.1, r_init=0.2):
    """Return the rates at arange(0, T, dt) by Euler's method; I_ext is a number or has one sample for each time."""
    times = np.arange(0, T, dt)
    I_ext = I_ext * np.ones(times.size)
    r = np.zeros(times.size)
    r[0] = r_init
    for k in range(times.size - 1):
        dr = dt / tau * (-r[k] + F(w * r[k] + I_ext[k], a, theta))
        r[k + 1] = r[k] + dr
    return r


def my_OU(noise, dt, tau_ou, sig):
    """Return the tutorial's Ornstein-Uhlenbeck input, from normal numbers that are given."""
    I_ou = np.zeros(noise.size)
    I_ou[0] = noise[0] * sig
    for it in range(noise.size - 1):
        I_ou[it + 1] = I_ou[it] + dt / tau_ou * (0.0 - I_ou[it]) + np.sqrt(2 * dt / tau_ou) * sig * noise[it + 1]
    return I_ou
