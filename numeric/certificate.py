"""What was proved of the fixed points of one population, with a sentence for what is special about it."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from .cases import Case

Enclosure = tuple[float, float]


@dataclass(frozen=True)
class CertifiedPoint:
    """A fixed point that is proved to exist and to be the only one in its enclosure, or a place left undecided.

    `x`, `r` and `eigenvalue` (1/ms) are enclosures: the doubles next below and above the true value, both the same
    where that is a double. `x_mid`, `r_mid` and `eigenvalue_mid` are the nearest doubles. A value beyond the largest
    double has an infinite end.

    `stability` has the words of `FixedPoints`; an odd multiple root that repels is "unstable". At a kink `eigenvalue`
    is nan and `one_sided_eigenvalues` encloses both, from below and from above; `one_sided_mid` are their nearest
    doubles. `multiplicity` is that of the root x of h, None at a kink and where it is not decided.

    Where `status` is "undecided" there are at most `largest_count` fixed points in the enclosure, perhaps none; None
    where there is no bound. `extremum_bound` bounds |h| at its extremum there, where it has one extremum: some input
    that differs from I by no more than this has a double fixed point.
    """

    x: Enclosure
    r: Enclosure
    eigenvalue: Enclosure
    x_mid: float
    r_mid: float
    eigenvalue_mid: float
    status: Literal["certified", "undecided"]
    stability: str
    multiplicity: int | None
    largest_count: int | None = 1
    extremum_bound: float | None = None
    one_sided_eigenvalues: tuple[Enclosure, Enclosure] | None = None
    one_sided_mid: tuple[float, float] | None = None


@dataclass(frozen=True)
class Certificate:
    """What was proved of the fixed points of one population.

    `points` are ordered by rising x. `complete` says that nothing is undecided and that all of the line was covered;
    `count` is then their number. Where it is not known how h goes on far out, `interval` holds the only inputs that
    were searched (an infinite end: that side is covered by proof), and `count` is the number there. `count` is None
    where anything is undecided, and for a `continuum` of fixed points, which has no `points`. `largest_count` counts
    each undecided place with the most fixed points it may hold; None where that has no bound.

    `note` says what is special, "" where nothing is. `boxes` is how many boxes were examined, `precision` the bits
    with which the count was decided.
    """

    points: tuple[CertifiedPoint, ...]
    complete: bool
    count: int | None
    largest_count: int | None
    interval: Enclosure | None
    note: str
    boxes: int
    precision: int
    continuum: bool = False


def certificate_of(
    points: Sequence[CertifiedPoint], *, boxes: int, precision: int, interval: Enclosure | None = None
) -> Certificate:
    """Return the certificate of points that are in order, with the count and the note that follow from them."""
    undecided = any(point.status == "undecided" for point in points)
    limits = [point.largest_count for point in points]
    known = [limit for limit in limits if limit is not None]
    return Certificate(
        points=tuple(points),
        complete=not undecided and interval is None,
        count=None if undecided else len(points),
        largest_count=sum(known) if len(known) == len(limits) else None,
        interval=interval,
        note=_note(points, interval),
        boxes=boxes,
        precision=precision,
    )


def _note(points: Sequence[CertifiedPoint], interval: Enclosure | None) -> str:
    open_point = next((point for point in points if point.status == "undecided"), None)
    if open_point is not None:
        return _open_note(open_point)
    if interval is not None:
        lo, hi = interval
        where = f"up to {hi:g}" if math.isinf(lo) else f"from {lo:g} on" if math.isinf(hi) else f"from {lo:g} to {hi:g}"
        return f"only inputs {where} were searched: how h goes on beyond is not known"
    if not points:
        return str(Case.NONE)
    if any(math.isinf(end) for point in points for end in (*point.x, *point.r)):
        return str(Case.BEYOND)
    if any(point.stability == "nonsmooth" for point in points):
        return str(Case.KINK)
    multiplicity = max(point.multiplicity or 1 for point in points)
    if multiplicity > 3:
        return f"{multiplicity} fixed points have met"
    return {3: str(Case.TRIPLE), 2: str(Case.DOUBLE)}.get(multiplicity, "")


def _open_note(point: CertifiedPoint) -> str:
    most = {None: "an unknown number of fixed points", 1: "at most one fixed point"}.get(
        point.largest_count, f"at most {point.largest_count} fixed points"
    )
    note = f"not decided: {most} between the inputs {point.x[0]!r} and {point.x[1]!r}"
    if point.extremum_bound is None:
        return note
    # Rounded up, so that it stays a bound.
    return f"{note}; two have met for some external input within {1.01 * point.extremum_bound:.2e} of this one"
