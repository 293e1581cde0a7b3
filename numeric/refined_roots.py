"""A root of h to the nearest doubles: interval Newton proves it, with as many bits as that takes."""

from fractions import Fraction

from . import balls
from .balls import Ball
from .certificate import CertifiedPoint
from .enclosed_point import ENOUGH, REFINING, point_in, steps_between
from .exact_population import ExactPopulation
from .exact_roots import rational_point
from .next_place import between, newton
from .residual import Curve, Place, residual


def refined(population: ExactPopulation, a: Place, b: Place) -> CertifiedPoint | None:
    """Return the only root between two places, enclosed by doubles; None where it could not be told from a multiple.

    Fewer bits than are set are not tried.
    """
    p, best, least = population, None, balls.bits()
    for bits in REFINING:
        if bits < least:
            continue
        with balls.precision(bits):
            h = residual(p, 1)
            t = enclosure(h, a, b)
            if t is None:
                continue
            best = point_in(h, t, "stable" if a.sign < 0 else "unstable")
            widest = max(steps_between(*ends) for ends in (best.x, best.r, best.eigenvalue))
            if widest <= 1:
                return best
            # A double, or a rate that is one, stays inside the enclosure however many bits there are.
            exact = rational_point(p, t, best.stability) if bits <= ENOUGH else None
            if exact is not None:
                return exact
        if widest <= 2 and bits >= ENOUGH:
            return best
    return best


def enclosure(h: Curve, a: Place, b: Place) -> Ball | None:
    """Return a ball in which interval Newton proves one root, between two places with one root between."""
    best = _nearly_root(h, a, b)
    if best is None:
        return None
    value, slope = h.at(best, 1)
    # Wider than the error of h allows to tell, so that the proof has room; not 0 where h happens to be exactly 0.
    least = (best.abs_upper() if best != 0 else 1) * balls.ball(Fraction(1, 2**_LEAST))
    radius = (2 * value.abs_upper() / slope.abs_lower() + least).upper()
    if not radius.is_finite():
        return None
    around = (best - radius).union(best + radius)
    image = best - value / h.at(around, 1)[1]
    if image.is_finite() and around.contains_interior(image) and a.t < image < b.t:
        return image
    return None


def _nearly_root(h: Curve, a: Place, b: Place) -> Ball | None:
    """Return the exact place where h is smallest of those that Newton's method, kept between signs, visits."""
    lo, hi = a.t, b.t
    t = between(lo, hi)
    best: Ball | None = None
    smallest: Ball | None = None
    before: Ball | None = None
    for _ in range(_PATIENCE):
        if t is None:
            break
        value, slope = h.at(t, 1)
        side, size = balls.sign(value), abs(value)
        if side == 0:
            return t
        if smallest is None or size < smallest:
            best, smallest = t, size
        lo, hi = (t, hi) if side == a.sign else (lo, t)
        t = newton(t, value, slope, lo, hi, was=before, now=size)
        before = size
    return best


_PATIENCE = 400
_LEAST = 1100  # bits below which no difference is seen after refining
