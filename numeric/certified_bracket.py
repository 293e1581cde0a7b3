"""A box outside which h has no root: where F is bounded, or else from how F goes on far out.

Reference: theory, section 6.1. Where SymPy does not find how it goes on, a wide interval is searched, and that is said.
"""

import math
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from functools import lru_cache

import sympy

from ..symbolic.attempt import attempted
from ..symbolic.pieces import Piece
from ..symbolic.transfer import TransferFunction, formula_derivative, in_coordinate
from . import ball_programs, balls
from .balls import Ball, Span
from .certificate import Enclosure
from .exact_population import ExactPopulation, fraction
from .residual import Box, Place, Residual, residual, side_of_threshold

_FAR = (128, 512)  # bits: far out a slope may differ from 1/w by very little
_UNPROVED = 1000  # how far to look where nothing is known beyond, in units of 1 + |I|


def bracket(population: ExactPopulation) -> tuple[Box | None, Enclosure | None]:
    """Return the box that holds every root above the threshold, and the ends of the search where that is not proved."""
    box = interval = None
    for bits in _FAR:
        with balls.precision(bits):
            box, interval = _bracket_now(population)
        if interval is None:
            break
    return box, interval


def _bracket_now(population: ExactPopulation) -> tuple[Box | None, Enclosure | None]:
    h = residual(population)
    everything = balls.line()
    domain = Span(balls.ball(0), everything.hi) if population.has_threshold else everything
    reach = reach_of(h, domain)
    if population.has_threshold and not reach.hi > 0:
        return None, None
    high, high_proved = end_of_search(h, reach, 1)
    if population.has_threshold and not reach.lo > 0:
        low, low_proved = _past_threshold(h, high.t), True
    else:
        low, low_proved = end_of_search(h, reach, -1)
    if low_proved and high_proved:
        return (low, high), None
    lo = -math.inf if low_proved else balls.doubles(low.t + h.origin)[0]
    hi = math.inf if high_proved else balls.doubles(high.t + h.origin)[1]
    return (low, high), (lo, hi)


def _past_threshold(h: Residual, high: Ball) -> Place:
    """Return a place at or just past the threshold, with no root between; its sign is 0 where none is found."""
    edge = h.place(balls.ball(0))
    if edge.sign:
        return edge
    side = side_of_threshold(h.population)
    if side:
        return replace(edge, sign=-side)
    # h(0) = 0: where h is monotone from there on it has no other root.
    for halvings in (0, *(2**j for j in range(12))):
        end = (high * balls.ball(Fraction(1, 2**halvings))).mid()
        box = Span(edge.t, end)
        trend = h.over(box, h.F.over(box, 1))[1].weak_sign
        if trend:
            return replace(h.place(end), sign=trend)
    return edge


def reach_of(h: Residual, domain: Span) -> Span:
    """Return a span that holds every root in a domain: each is J + w F somewhere in it."""
    return balls.added(balls.span(h.J, h.J), balls.multiplied(balls.span(h.w, h.w), enclosed(h, domain, 0)))


def end_of_search(h: Residual, reach: Span, side: int) -> tuple[Place, bool]:
    """Return a place beyond which h has no root, and whether that is proved."""
    bound, other = (reach.hi, reach.lo) if side > 0 else (reach.lo, reach.hi)
    if bound.is_finite():
        # A little beyond the bound h has a size to show its sign by; below the threshold it is another function.
        room = abs(bound) + (0 if h.population.has_threshold and side < 0 else abs(reach.hi - reach.lo))
        step = (room if room.is_finite() and room > 0 else 1 + abs(bound)) / 64
        return _signed(h, bound, side * step), True
    start = other if other.is_finite() else h.J
    step = side * 4 * (1 + abs(start) + abs(h.J))
    for k in range(13):
        place = h.place((start + step * balls.ball(2 ** (2**k - 1))).mid())
        if place.sign and _is_clear(h, place, side):
            return place, True
    bound = h.population.root_bound
    if bound is not None:
        end = side * balls.ball(bound)
        return _signed(h, end - h.origin, end / 64), True
    return _signed(h, start, side * _UNPROVED * (1 + abs(h.J))), False


def _signed(h: Residual, start: Ball, step: Ball) -> Place:
    """Return the first of a few places after a start at which h has a certified sign."""
    place = h.place((start + step).mid())
    for k in range(2, 61):
        if place.sign:
            break
        place = h.place((start + step * k).mid())
    return place


def enclosed(h: Residual, where: Span, order: int) -> Span:
    """Return the values of F or a derivative on a long span: between its values at the ends where it is monotone."""
    F = h.F.over(where, order + 1)
    rising = F[order + 1].weak_sign
    if F[order].finite or not rising:
        return F[order]
    first, last = _at_end(h, where.lo, order), _at_end(h, where.hi, order)
    return F[order].within(Span(first.lo, last.hi) if rising > 0 else Span(last.lo, first.hi))


def _at_end(h: Residual, t: Ball, order: int) -> Span:
    """Return the value of F or a derivative at an exact t or, where that is infinite, what it tends to."""
    if t.is_finite():
        value = h.F.at(t, order)[order]
        return balls.span(value, value)
    limit = limit_far_out(h.population.transfer, order, 1 if t > 0 else -1)
    if limit is None:
        return balls.line()
    if limit in (sympy.oo, -sympy.oo):
        infinity = balls.line().hi * (1 if limit == sympy.oo else -1)
        return Span(infinity, infinity)
    symbols = tuple(p.symbol for p in h.population.transfer.parameters)
    function = ball_programs.compiled((limit,), None, symbols).bound([balls.ball(v) for v in h.population.shape])
    value = function.at(balls.ball(0), 0)[0]
    return balls.span(value, value)


def _is_clear(h: Residual, place: Place, side: int) -> bool:
    """Say whether h is proved to have no root beyond a place."""
    beyond = Span(place.t, balls.line().hi) if side > 0 else Span(balls.line().lo, place.t)
    value, slope = h.over(beyond, [enclosed(h, beyond, 0), enclosed(h, beyond, 1)])
    if value.sign:
        return True
    if slope.weak_sign * side == place.sign:
        return True
    trend, limit = _asymptote(h, beyond, side)
    # A monotone h that tends to 0 never reaches it.
    return trend * side == place.sign or (trend != 0 and limit in (0, place.sign))


def _asymptote(h: Residual, beyond: Span, side: int) -> tuple[int, int | None]:
    """Return the signs of h' and of the limit of h, where w F' tends to exactly 1; 0 and None otherwise."""
    p = h.population
    slope = limit_far_out(p.transfer, 1, side)
    exact = None if slope is None else fraction(slope.xreplace(p.values))
    bend = h.F.over(beyond, 2)[2].weak_sign
    if exact is None or p.w * exact != 1 or not bend:
        return 0, None
    offset = _offset(p.transfer, side)
    limit = None if offset is None else fraction(offset.xreplace(p.values))
    # h' = w (F'(oo) - F'), and F' is below its limit where it rises to the right or falls to the left.
    trend = bend * side * (1 if p.w > 0 else -1)
    return trend, None if limit is None else (limit > p.I) - (limit < p.I)


@lru_cache(maxsize=256)
def limit_far_out(transfer: TransferFunction | Piece, order: int, side: int) -> sympy.Expr | None:
    """Return what F or a derivative tends to at an end of the line, None where SymPy does not find it."""
    c = transfer.coordinate
    if c is None or isinstance(transfer, Piece):
        F = formula_derivative(transfer, order) if order else transfer.formula
        return _found(lambda: sympy.limit(F, transfer.variable, side * sympy.oo), transfer)
    end, direction = (c.domain.sup, "-") if side > 0 else (c.domain.inf, "+")
    return _found(lambda: sympy.limit(in_coordinate(transfer, order), c.z, end, direction), transfer)


@lru_cache(maxsize=256)
def _offset(transfer: TransferFunction | Piece, side: int) -> sympy.Expr | None:
    """Return what x - F/F'(oo) tends to, None where SymPy does not find it."""
    slope = limit_far_out(transfer, 1, side)
    x = transfer.variable
    return _found(lambda: sympy.limit(sympy.expand(x - transfer.formula / slope), x, side * sympy.oo), transfer)


def _found(limit: Callable[[], sympy.Expr], transfer: TransferFunction | Piece) -> sympy.Expr | None:
    value = attempted(limit, "the limit of F far out")
    if value is None:
        return None
    known = {p.symbol for p in transfer.parameters}
    plain = not value.has(sympy.Limit, sympy.AccumBounds, sympy.nan, sympy.zoo) and value.free_symbols <= known
    return value if plain and (value in (sympy.oo, -sympy.oo) or not value.has(sympy.oo)) else None
