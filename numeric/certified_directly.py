"""The fixed points that need no search: at or below a threshold, of a straight line, and without recurrence."""

from dataclasses import replace
from fractions import Fraction

from . import balls
from .cases import Case
from .certificate import Certificate, CertifiedPoint, certificate_of
from .enclosed_point import ENOUGH, REFINING, exact_point, kink_point, steps_between
from .exact_population import ExactPopulation, expanded, fraction, rational
from .residual import RUNGS, residual, side_of_threshold


def certified_directly(population: ExactPopulation) -> Certificate | None:
    """Return every fixed point where F is a straight line above its threshold or w is 0, None elsewhere."""
    p = population
    if p.line is not None:
        return _of_line(p, *p.line)
    if p.w == 0:
        return certificate_of([without_recurrence(p)], boxes=0, precision=RUNGS[0])
    return None


def at_or_below_threshold(population: ExactPopulation) -> list[CertifiedPoint]:
    """Return the fixed point x = I, where I is not above the threshold and F is 0."""
    p, side = population, side_of_threshold(population)
    if side == 1:
        return []
    # Without recurrence a kink is not felt.
    if side == 0 and p.transfer.kinks and p.w != 0:
        with balls.precision(ENOUGH):
            return [kink_point(p, residual(p).at(balls.ball(0), 1)[1])]
    return [exact_point(p.I, Fraction(0), -1 / p.tau, "stable")]


def _of_line(population: ExactPopulation, slope: Fraction, start: Fraction) -> Certificate:
    """F = start + slope t: solved in rationals (reference: theory, section 3.1)."""
    p = population
    assert p.exact_origin is not None
    J, gap = p.I - p.exact_origin, 1 - p.w * slope
    level = J + p.w * start
    whole_line = not p.has_threshold and gap == level == 0
    if whole_line or (p.has_threshold and gap == J == 0):
        note = "a line of fixed points: every rate" if whole_line else str(Case.CONTINUUM)
        return Certificate((), True, None, None, None, note, 0, RUNGS[0], continuum=True)
    points = at_or_below_threshold(p)
    if gap != 0 and (not p.has_threshold or level / gap > 0):
        t = level / gap
        stability = "stable" if gap > 0 else "unstable"
        points.append(exact_point(p.exact_origin + t, start + slope * t, -gap / p.tau, stability))
    return certificate_of(points, boxes=0, precision=RUNGS[0])


def without_recurrence(population: ExactPopulation) -> CertifiedPoint:
    """Return the one fixed point for w = 0, r = F(I)."""
    p = population
    if side_of_threshold(p) in (0, -1):
        return exact_point(p.I, Fraction(0), -1 / p.tau, "stable")
    for bits in REFINING:
        with balls.precision(bits):
            h = residual(p)
            r = h.F.at(h.J, 0)[0]
            ends, mid = balls.doubles(r), float(r)
        if steps_between(*ends) <= 1:
            break
        exact = fraction(expanded(p.response_at(rational(p.I), 0))) if p.has_small_powers else None
        if exact is not None:
            return exact_point(p.I, exact, -1 / p.tau, "stable")
    return replace(exact_point(p.I, Fraction(0), -1 / p.tau, "stable"), r=ends, r_mid=mid)
