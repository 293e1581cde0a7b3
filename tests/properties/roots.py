"""A fixed point as a zero of h(x) = x - I - w F(x) in ball arithmetic, and what conditioning allows its double."""

import math
from dataclasses import dataclass

import flint
import truth
from flint import arb, arb_series
from properties.bounds import SECOND_ORDER, TRANSFER, U

BITS = 400


@dataclass(frozen=True)
class Problem:
    """One population, its parameters taken as the exact numbers that the doubles are.

    Balls are computed at the precision that is set; `sign` raises it until the sign shows.
    """

    name: str
    shape: tuple[float, ...]
    tau: float
    w: float
    I: float

    @classmethod
    def of(cls, function, parameters):
        shape = tuple(parameters[p.name] for p in function.parameters)
        return cls(function.name, shape, *(parameters[name] for name in ("tau", "w", "I_ext")))

    @property
    def edge(self) -> float:
        """Where F starts to respond."""
        return {"relu": self.shape[-1], "power": self.shape[-1], "naka_rushton": 0.0}.get(self.name, -math.inf)

    def F(self, x):
        """F, F' and F'' on a ball of inputs on one side of the threshold."""
        if x <= self.edge:
            return arb(0), arb(0), arb(0)
        series = truth.FORMULAS[self.name](arb_series([x, 1], 3), *self.shape)
        return series[0], series[1], 2 * series[2]

    def h(self, x):
        """h on a ball of inputs."""
        return x - arb(self.I) - arb(self.w) * self.F(x)[0]

    def sign(self, x) -> int:
        """The sign of h at an exact input; 0 where 25 600 bits do not tell."""
        for bits in (BITS, 4 * BITS, 16 * BITS, 64 * BITS):
            with flint.ctx.workprec(bits):
                value = self.h(x)
                if value > 0 or value < 0:
                    return 1 if value > 0 else -1
        return 0

    def slope(self, x):
        """h' on a ball of inputs."""
        return 1 - arb(self.w) * self.F(x)[1]

    def eigenvalue(self, x):
        """-h'/tau on a ball of inputs."""
        return -self.slope(x) / arb(self.tau)


def residual_bound(problem: Problem, x: float) -> float:
    """Bound |h| at the double that a Newton step on h, as it is computed, leaves.

    The step subtracts h/h': what is computed of h is wrong by the error of F (its count of roundings) and one rounding
    each of w F, of w F + I and of the difference; the new x is rounded once, which is worth |h'| |x| U, and the slope's
    own error costs a small part of a step that is itself of this size. Newton's method is stopped where what it leaves
    is below 2 U |x|, worth 2 |h'| |x| U.
    """
    F, dF, _ = (float(abs(v).upper()) for v in problem.F(arb(x)))
    if problem.name == "relu":
        # x = theta + t, t = (I - theta)/(1 - a w), or w (a t) + I, whichever has the smaller terms: three roundings of
        # the quotient, two products, one of the sum.
        terms = min(abs(problem.edge) + abs(x - problem.edge), abs(problem.w) * F + abs(problem.I))
        return SECOND_ORDER * U * (1 + abs(problem.w) * dF) * (5 * terms + abs(x))
    if problem.name == "power":
        # t = x - theta is the unknown: I - theta and theta + t are rounded once more, each at most that large.
        extra = abs(problem.I) + 2 * abs(problem.edge) + abs(x)
        roundings = (TRANSFER[problem.name][0] + 2) * abs(problem.w) * F + abs(problem.I) + 2 * abs(x) + extra
        return SECOND_ORDER * U * (roundings + 3 * (1 + abs(problem.w) * dF) * abs(x))
    roundings = (TRANSFER[problem.name][0] + 2) * abs(problem.w) * F + abs(problem.I) + 2 * abs(x)
    return SECOND_ORDER * U * (roundings + 3 * (1 + abs(problem.w) * dF) * abs(x))


def widened(problem: Problem, x: float, change: float = 0.0):
    """Return a ball around the double x that must hold the true root, or None where that is too near a fold to say.

    With a change, also the root of any h that differs from the problem's by no more than that.

    h(x + d) >= h' d - sup|h''| d^2/2 + h(x); with d twice the residual over h', and residual sup|h''| <= h'^2/4, the
    first two terms are worth 1.5 residuals, so that h changes sign between x - d and x + d.
    """
    with flint.ctx.workprec(BITS):
        residual = residual_bound(problem, x) + change
        slope = float(abs(problem.slope(arb(x))).lower())
        if slope == 0:
            return None
        ball = arb(x, 2 * residual / slope)
        if not (ball > problem.edge or x <= problem.edge):
            return None
        bend = float(abs(arb(problem.w) * problem.F(ball)[2]).upper())
        return ball if residual * bend <= slope**2 / 4 else None
