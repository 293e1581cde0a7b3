"""Ornstein-Uhlenbeck input as a chain of steps: eta[k+1] = decay eta[k] + amplitude N[k+1], eta[0] = sigma N[0].

    tau deta/dt = -eta + sigma sqrt(2 tau) xi(t)        stationary variance sigma^2, correlation e^(-|t|/tau)

Sampled at steps of dt this process is exactly such a chain (Gillespie, Phys. Rev. E 54:2084, 1996); the
Euler-Maruyama scheme is another, whose stationary variance and correlation time are not the process's own
(reference: theory, section 4.1).
"""

from dataclasses import dataclass
from functools import cached_property

import sympy
from sympy import Derivative, Eq, Expr, Function, Symbol, exp, sqrt

from .functions import expm1, log1p, textbook

dt, tau, sigma = (Symbol(name, positive=True) for name in ("dt", "tau", "sigma"))
t = Symbol("t", real=True)
eta, xi = Function("eta")(t), Function("xi")(t)

# Both chains below are made from it; xi is white noise, of correlation delta(t).
PROCESS = Eq(tau * Derivative(eta, t), -eta + sigma * sqrt(2 * tau) * xi)


@dataclass(frozen=True)
class Chain:
    """A chain of steps dt: what is left of eta after one, and how much of a normal number comes in."""

    decay: Expr
    amplitude: Expr

    @cached_property
    def stationary_variance(self) -> Expr:
        """The variance V that a step does not change: V = decay^2 V + amplitude^2."""
        v = Symbol("v")
        (variance,) = sympy.solve(textbook(self.decay**2 * v + self.amplitude**2 - v), v)
        return sympy.factor(sympy.simplify(variance))

    @cached_property
    def correlation_time(self) -> Expr:
        """The T with decay^k = e^(-k dt/T); for a positive decay."""
        logarithm = sympy.log(self.decay)
        # Where it is not elementary, the logarithm of 1 - dt/tau would lose the digits of a short step.
        return -dt / (log1p(self.decay - 1) if logarithm.has(sympy.log) else logarithm)


EXACT = Chain(exp(-dt / tau), sigma * sqrt(-expm1(-2 * dt / tau)))
EULER_MARUYAMA = Chain(1 - dt / tau, sigma * sqrt(2 * dt / tau))
