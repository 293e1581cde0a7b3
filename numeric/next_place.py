"""The next exact place to look at between two others: a share of the way, or a step of Newton's method."""

from fractions import Fraction

from . import balls
from .balls import Ball

# Off the centre, where roots often lie: at 0, or between symmetric ends.
CUTS = (0.4873, 0.3541, 0.6180, 0.2718, 0.7321)
_FAST = 8  # a step of Newton's method that gains less than this is followed by a cut
_FAR_APART = 65536


def between(lo: Ball, hi: Ball, share: float = CUTS[0]) -> Ball | None:
    """Return an exact number inside a box: at a share of it or, across magnitudes, of the exponents; None for none."""
    near, far = (lo, hi) if abs(lo) < abs(hi) else (hi, lo)
    if balls.sign(near) * balls.sign(far) < 0:
        near = near * 0
    start = abs(near) if near != 0 else balls.ball(1)
    if abs(far) > _FAR_APART * start:
        middle = (abs(far) / start).log() * share + start.log()
        inside = middle.exp().mid() * (1 if far > 0 else -1)
    else:
        inside = (lo + (hi - lo) * share).mid()
    return inside if lo < inside < hi else None


def newton(t: Ball, value: Ball, slope: Ball, lo: Ball, hi: Ball, *, was: Ball | None, now: Ball) -> Ball | None:
    """Return the next exact place where to look for a zero between lo and hi, None where there is no place left.

    `was` and `now` are the sizes of what tends to 0, at the last place (None for the first) and at t.
    """
    step = value / slope
    if step.is_finite():
        new = (t - step).mid()
        if abs(new - t) <= abs(t) * balls.ball(Fraction(8, 2 ** balls.bits())):
            return None
        if lo < new < hi and (was is None or _FAST * now < was):
            return new
    return between(lo, hi)
