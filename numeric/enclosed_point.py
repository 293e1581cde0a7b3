"""One fixed point with its numbers enclosed by doubles: from exact numbers, a ball, or a box left undecided."""

import math
from dataclasses import replace
from fractions import Fraction

from . import balls
from .balls import Ball, Span
from .certificate import CertifiedPoint, Enclosure
from .certified_search import extremum_bound
from .exact_population import ExactPopulation
from .residual import Place, Residual, first_order

REFINING = (128, 256, 512, 1024, 2048)  # bits for rounding a number to doubles, which the count does not need
ENOUGH = 256  # bits: what is then still on both sides of a double is likely to stay so


def exact_point(
    x: Fraction, r: Fraction, eigenvalue: Fraction, stability: str, multiplicity: int | None = 1
) -> CertifiedPoint:
    """Return the fixed point with these numbers."""
    return CertifiedPoint(
        x=_outward(x),
        r=_outward(r),
        eigenvalue=_outward(eigenvalue),
        x_mid=_nearest(x),
        r_mid=_nearest(r),
        eigenvalue_mid=_nearest(eigenvalue),
        status="certified",
        stability=stability,
        multiplicity=multiplicity,
    )


def kink_point(population: ExactPopulation, slope_above: Ball) -> CertifiedPoint:
    """Return the fixed point at a threshold where F has a kink; h' is 1 below and in a ball above."""
    p = population
    sides = [-1 / balls.ball(p.tau), -slope_above / balls.ball(p.tau)]
    below, above = map(balls.doubles, sides)
    return replace(
        exact_point(p.I, Fraction(0), -1 / p.tau, "nonsmooth", None),
        eigenvalue=(math.nan, math.nan),
        eigenvalue_mid=math.nan,
        one_sided_eigenvalues=(below, above),
        one_sided_mid=(float(sides[0]), float(sides[1])),
    )


def point_in(h: Residual, t: Ball, stability: str) -> CertifiedPoint:
    """Return the simple fixed point whose t is in a ball, at the precision of h."""
    p = h.population
    value, slope = h.F.at(t, 1)
    # The one of F(x) and (x - I)/w that does not magnify the error of x.
    r = (t - h.J) / h.w if abs(h.w * slope) > 1 else value
    x, x_mid = _beside(p.I, t + h.origin, h.w * value)
    eigenvalue, eigenvalue_mid = _beside(-1 / p.tau, (h.w * slope - 1) / balls.ball(p.tau), h.w * slope)
    return CertifiedPoint(
        x=x,
        r=balls.doubles(r),
        eigenvalue=eigenvalue,
        x_mid=x_mid,
        r_mid=float(r),
        eigenvalue_mid=eigenvalue_mid,
        status="certified",
        stability=stability,
        multiplicity=1,
    )


def _beside(base: Fraction, value: Ball, change: Ball) -> tuple[Enclosure, float]:
    """Return a ball's ends and middle as doubles, knowing on which side of a number it lies however close it is."""
    (lo, hi), side = balls.doubles(value), balls.sign(change)
    low, high = _outward(base)
    return (max(lo, low) if side > 0 else lo, min(hi, high) if side < 0 else hi), float(value)


def undecided_point(h: Residual, a: Place, b: Place) -> CertifiedPoint:
    """Say what is known of the fixed points between two places."""
    box = Span(a.t, b.t)
    F = h.F.over(box, 1)
    rate = -1 / balls.ball(h.population.tau)
    x = Span((a.t + h.origin).lower(), (b.t + h.origin).upper())
    eigenvalue = balls.multiplied(h.over(box, F)[1], balls.span(rate, rate))
    middle = ((a.t + b.t) / 2).mid()
    return CertifiedPoint(
        x=balls.doubles(x),
        r=balls.doubles(F[0]),
        eigenvalue=balls.doubles(eigenvalue),
        x_mid=float(middle + h.origin),
        r_mid=float(h.F.at(middle, 0)[0]),
        eigenvalue_mid=float(h.at(middle, 1)[1] * rate),
        status="undecided",
        stability="undecided",
        multiplicity=None,
        largest_count=first_order(h, a, b),
        extremum_bound=extremum_bound(h, a, b),
    )


def steps_between(lo: float, hi: float) -> int:
    """Return how many doubles up from one the other is: 0, 1, 2, or 3 for more."""
    steps = 0
    while lo < hi and steps < 3:
        lo, steps = math.nextafter(lo, math.inf), steps + 1
    return steps


def _outward(number: Fraction) -> Enclosure:
    near = _nearest(number)
    if math.isinf(near):
        last = math.nextafter(near, 0)
        return (last, near) if near > 0 else (near, last)
    if near == number:
        return near, near
    other = math.nextafter(near, math.inf if near < number else -math.inf)
    return min(near, other), max(near, other)


def _nearest(number: Fraction) -> float:
    try:
        return float(number)
    except OverflowError:
        return math.inf if number > 0 else -math.inf
