"""Where the roots of h lie: boxes that cover them are cut until ball arithmetic settles each, at one precision.

A box is settled where h has no zero on it, or is monotone, or convex or concave with a known sign at its extremum, or
where h' is (reference: theory, section 6.1). What the precision does not tell, a multiple root from near ones or none,
is narrowed and stays open.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

from . import balls
from .balls import Ball
from .next_place import CUTS, between, newton
from .residual import ORDER, Box, Curve, Over, Place


@dataclass(frozen=True, slots=True)
class Searched:
    """What one pass has found: one simple root in each of `roots`, and `open` boxes of which nothing is known.

    Outside these h has no root where the pass looked. Open boxes do not touch. `boxes` were examined.
    """

    roots: tuple[Box, ...]
    open: tuple[Box, ...]
    boxes: int


def search(h: Curve, start: Iterable[Box], allowance: int) -> Searched:
    """Examine boxes until none is left or so many were examined. At both ends of each h has a certified sign."""
    roots: list[Box] = []
    undecided: list[Box] = []
    left, examined = list(start), 0
    while left and examined < allowance:
        verdict = _examined(h, *left.pop())
        roots += verdict.roots
        undecided += verdict.open
        left += verdict.parts
        examined += 1
    return Searched(tuple(roots), _joined([*undecided, *left]), examined)


def _joined(boxes: list[Box]) -> tuple[Box, ...]:
    """Join boxes that have an end in common: what lies near that end would else be counted for both."""
    joined: list[Box] = []
    for a, b in sorted(boxes, key=lambda box: box[0].t):
        if joined and joined[-1][1].t == a.t:
            joined[-1] = (joined[-1][0], b)
        else:
            joined.append((a, b))
    return tuple(joined)


@dataclass(frozen=True, slots=True)
class _Verdict:
    """What becomes of a box: parts with one simple root, parts to examine, parts that stay open; no root elsewhere."""

    roots: tuple[Box, ...] = ()
    parts: tuple[Box, ...] = ()
    open: tuple[Box, ...] = ()


_NO_ROOT = _Verdict()


def _examined(h: Curve, a: Place, b: Place) -> _Verdict:
    over = Over(h, a, b)
    if over.sign(0):
        return _NO_ROOT
    kept = _kept_on(over)
    if kept.order == 0 and over.is_rough:
        over.sharpen()
        kept = _kept_on(over)
    if kept.order == 1 and a.sign == b.sign:
        return _NO_ROOT
    if (kept.order == 1 and kept.least > 0) or (kept.order == 2 and a.sign != b.sign):
        # Monotone, convex or concave: a change of sign is one simple root.
        return _Verdict(roots=((a, b),))
    if kept.order == 2:
        return _beside_extremum(kept) if kept.sign == a.sign else _NO_ROOT
    if kept.order == 3:
        return _beside_inflection(kept)
    return _halves(h, a, b)


@dataclass(frozen=True, slots=True)
class _Kept:
    """The lowest order whose derivative keeps one sign on a box, that sign, and the least size; order 0 for none."""

    h: Curve
    a: Place
    b: Place
    order: int
    sign: int
    least: Ball


def _kept_on(over: Over) -> _Kept:
    """Return which derivative of h is known to keep its sign on a box."""
    h, a, b = over.h, over.a, over.b
    order = next((k for k in range(1, ORDER + 1) if over.sign(k)), 0)
    if order == 0:
        return _Kept(h, a, b, 0, 0, balls.ball(0))
    sign, least = over.sign(order), over.least(order)
    while order > 1:
        # The derivative of order - 1 is monotone, that of order - 2 convex or concave: the ends tell.
        if a.sign_of(order - 1) == b.sign_of(order - 1) != 0:
            order -= 1
        elif order > 2 and a.sign_of(order - 2) == b.sign_of(order - 2) == -sign:
            order -= 2
        else:
            break
        sign = a.sign_of(order)
        least = min(a.values[order].abs_lower(), b.values[order].abs_lower())
    return _Kept(h, a, b, order, sign, least)


def _beside_extremum(kept: _Kept) -> _Verdict:
    """Settle a box where h bends from one sign towards 0 and back: two roots, none, or a double one."""
    h, a, b = kept.h, kept.a, kept.b
    verdict, c = _extremum(kept)
    if verdict == 1:
        return _NO_ROOT
    if verdict == -1:
        return _Verdict(roots=((a, c), (c, b)))
    if verdict is None:
        return _halves(h, a, b)
    if kept.least > 0:
        return _Verdict(open=(_narrowed(kept, c),))
    if Over(h, a, b).starts_at_threshold:
        # There h'' is 0: the rest of the box will tell.
        cut = _cut(h, a, b, (c.t / 2).mid())
        if cut is not None:
            return cut
    return _Verdict(open=((a, b),))


def _beside_inflection(kept: _Kept) -> _Verdict:
    """Settle or cut a box where h' bends one way: h is monotone, turns twice, or nearly has a triple root."""
    h, a, b = kept.h, kept.a, kept.b
    verdict, c = _extremum(kept)
    if verdict == 1:
        return _NO_ROOT if a.sign == b.sign else _Verdict(roots=((a, b),))
    if verdict == -1:
        return _cut_near(kept, c)
    if verdict is None:
        return _halves(h, a, b)
    near = _narrowed(kept, c) if kept.least > 0 else (a, b)
    if near[1].t - near[0].t < (b.t - a.t) / 2:
        return _Verdict(parts=(near,))
    if not any(map(balls.sign, c.values[:3])):
        return _Verdict(open=(near,))
    return _halves(h, *near)


def _extremum(kept: _Kept) -> tuple[int | None, Place]:
    """Follow g, the derivative of order k - 2, to its extremum; that of order k keeps its sign s.

    Returns a place and 1 if g has the sign s throughout, -1 if it has the other sign at the place, 0 if the
    precision does not tell, and None if the extremum was not reached.
    """
    g, s, c = kept.order - 2, kept.sign, kept.a
    lo, hi = kept.a.t, kept.b.t
    width = (hi - lo).abs_upper()
    t = between(lo, hi)
    before: Ball | None = None
    for _ in range(_STEPS):
        if t is None:
            return 0, c
        c = kept.h.place(t)
        value, slope, bend = c.values[g : g + 3]
        if balls.sign(value) == -s:
            return -1, c
        steepness = slope.abs_upper()
        depth = steepness * width
        if kept.least > 0:
            # |bend| >= least, so that no tangent parabola falls below this.
            depth = min(depth, (steepness * steepness / (2 * kept.least)).abs_upper())
        if s * value - depth > 0:
            return 1, c
        side = balls.sign(slope) * s
        if side == 0:
            return 0, c
        lo, hi = (lo, t) if side > 0 else (t, hi)
        t = newton(t, slope, bend, lo, hi, was=before, now=steepness)
        before = steepness
    return None, c


_STEPS = 60


def _narrowed(kept: _Kept, c: Place) -> Box:
    """Return the part of a box around c outside which h has no root.

    With |h^(k)| >= m on the box, Taylor's formula at c makes t - c a root of a polynomial with leading coefficient
    at least m/k!, and Fujiwara's bound (1916) holds it.
    """
    h, a, b, k = kept.h, kept.a, kept.b, kept.order
    radius = balls.ball(0)
    for j in range(1, k + 1):
        share = c.values[k - j].abs_upper() * (math.factorial(k) // math.factorial(k - j)) / kept.least
        radius = max(radius, share.root(j).abs_upper())
    # More than nothing also where all of these are exactly 0.
    reach = 4 * radius + (b.t - a.t) * balls.ball(Fraction(1, 2 ** (balls.bits() // k)))
    return _beyond(h, c, -reach, a), _beyond(h, c, reach, b)


def _beyond(h: Curve, c: Place, step: Ball, end: Place) -> Place:
    """Return the first place at a step, or 8, 64, ... steps, from c at which h has a certified sign, or the end."""
    while True:
        t = (c.t + step).mid()
        if not (end.t < t if step < 0 else t < end.t):
            return end
        place = h.place(t)
        if place.sign:
            return place
        step = 8 * step


def _cut_near(kept: _Kept, c: Place) -> _Verdict:
    """Cut a box near c, where h' has the sign that makes h turn twice."""
    h, a, b = kept.h, kept.a, kept.b
    if c.sign:
        return _Verdict(parts=((a, c), (c, b)))
    step = (c.values[1].abs_upper() / kept.least).sqrt() / 4 if kept.least > 0 else (b.t - a.t) / 8
    for share in (1, -1, 2):
        cut = _cut(h, a, b, (c.t + share * step).mid())
        if cut is not None:
            return cut
    return _halves(h, a, b)


def _halves(h: Curve, a: Place, b: Place) -> _Verdict:
    """Cut a box where h has a certified sign; leave it open where no such place is found."""
    for share in CUTS:
        t = between(a.t, b.t, share)
        if t is None:
            break
        cut = _cut(h, a, b, t)
        if cut is not None:
            return cut
    return _Verdict(open=((a, b),))


def _cut(h: Curve, a: Place, b: Place, t: Ball) -> _Verdict | None:
    """Cut a box at t, if that is inside and h has a certified sign there."""
    if not a.t < t < b.t:
        return None
    place = h.place(t)
    return _Verdict(parts=((a, place), (place, b))) if place.sign else None


def extremum_bound(h: Curve, a: Place, b: Place) -> float | None:
    """Return a bound on |h| at its extremum between two places, None where it is not known to have just one."""
    kept = _kept_on(Over(h, h.again(a), h.again(b)))
    if kept.order != 2 or not kept.least > 0 or not a.sign == b.sign == kept.sign:
        return None
    _, c = _extremum(kept)
    bound = c.values[0].abs_upper() + c.values[1].abs_upper() ** 2 / (2 * kept.least)
    return max(balls.doubles(bound)[1], math.ulp(0.0))
