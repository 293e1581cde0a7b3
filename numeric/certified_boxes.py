"""Every root of h in some boxes, each to the nearest doubles, with more bits where fewer leave something open."""

from collections.abc import Sequence
from dataclasses import dataclass

from . import balls
from .balls import Ball
from .certificate import CertifiedPoint
from .certified_search import search
from .enclosed_point import undecided_point
from .exact_population import ExactPopulation
from .exact_roots import exact_points
from .refined_roots import refined
from .residual import RUNGS, Box, residual

_BOXES = 4000  # a triple root through all rungs takes some hundred


@dataclass(frozen=True)
class Roots:
    """The points found, in order, each after the left end of its box; how many boxes were examined, with what bits."""

    points: tuple[tuple[Ball, CertifiedPoint], ...]
    boxes: int
    bits: int


def roots_in(population: ExactPopulation, start: Sequence[Box]) -> Roots:
    """Return every root of h in some boxes, or what of them is undecided."""
    p = population
    points: list[tuple[Ball, CertifiedPoint]] = []
    boxes, bits = 0, RUNGS[0]
    # Where no sign is known at an end, as at a threshold, nothing can be concluded from signs.
    unsettled = [(a, b) for a, b in start if a.sign and b.sign]
    unproved = [(a, b) for a, b in start if not (a.sign and b.sign)]
    for bits in RUNGS if unsettled else ():
        with balls.precision(bits):
            h = residual(p)
            found = search(h, [(h.again(a), h.again(b)) for a, b in unsettled], _BOXES - boxes)
            boxes += found.boxes
            for a, b in found.roots:
                point = refined(p, a, b)
                if point is None:
                    unproved.append((a, b))
                else:
                    points.append((a.t, point))
            unsettled = []
            for a, b in found.open:
                exact = exact_points(h, a, b)
                if exact is None:
                    unsettled.append((a, b))
                else:
                    points += [(a.t, point) for point in exact]
        if not unsettled or boxes >= _BOXES:
            break
    unsettled += unproved
    if unsettled:
        with balls.precision(RUNGS[-1]):
            h = residual(p)
            points += [(a.t, undecided_point(h, a, b)) for a, b in unsettled]
    # Boxes have exact ends: several roots may have one and the same enclosure by doubles.
    return Roots(tuple(sorted(points, key=lambda found: found[0])), boxes, bits)
