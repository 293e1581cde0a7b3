"""The values that a formula of one's own, and its slope, take between two inputs: enclosed in ball arithmetic."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from ..symbolic.errors import NullclineError
from ..symbolic.transfer import TransferFunction
from . import balls
from .ball_programs import Function
from .balls import Ball, Span
from .certified_bracket import enclosed
from .certified_pieces import cuts_and_pieces
from .exact_population import exact_population
from .residual import RUNGS, Residual, residual

Range = tuple[float, float]


@dataclass(frozen=True, eq=False)
class Ranges:
    """F and F' of one set of parameters, in pieces: between the first two cuts, the next two, and so on."""

    cuts: tuple[Ball, ...]
    pieces: tuple[Residual, ...]

    def over(self, low: float, high: float) -> tuple[Range, Range]:
        """Return ranges that hold every value of F, and every slope of a line through two of its points."""
        arb = balls.flint().arb
        # Of a box without a point the ends have changed places.
        a, b = arb(min(low, high)), arb(max(low, high))
        values: list[Span] = []
        slopes: list[Span] = []
        jumps = False
        with balls.precision(RUNGS[0]):
            for k, piece in enumerate(self.pieces):
                start = self.cuts[k - 1].lower() if k else balls.line().lo
                stop = self.cuts[k].upper() if k < len(self.cuts) else balls.line().hi
                lo, hi = (a if a > start else start), (b if b < stop else stop)
                if lo > hi:
                    continue
                value, slope = _on_piece(piece, lo, hi)
                # At a cut inside both formulas have a value; where these differ no line through it is bounded.
                jumps = jumps or (bool(values) and not _same(self.pieces[k - 1].F, piece.F, self.cuts[k - 1]))
                values.append(value)
                slopes.append(slope)
        steepness = balls.line() if jumps else _hull(slopes)
        return balls.doubles(_hull(values)), balls.doubles(steepness)


def _on_piece(piece: Residual, lo: Ball, hi: Ball) -> tuple[Span, Span]:
    """Return the values of F and of F'; from those at the ends, which are tighter, where they rise or fall."""
    value, slope, bend = piece.F.over(Span(lo, hi), 2)
    if not (lo.is_finite() and hi.is_finite()):
        return enclosed(piece, Span(lo, hi), 0), enclosed(piece, Span(lo, hi), 1)
    if slope.weak_sign or bend.weak_sign:
        first, last = (piece.F.over(Span(end, end), 1) for end in (lo, hi))
        if bend.weak_sign:
            slope = slope.within(_hull([first[1], last[1]]))
        if slope.weak_sign:
            value = value.within(_hull([first[0], last[0]]))
    return value, slope


def _same(one: Function, other: Function, place: Ball) -> bool:
    return bool(one.at(place, 0)[0].overlaps(other.at(place, 0)[0]))


def _hull(spans: Sequence[Span]) -> Span:
    lo, hi = spans[0].lo, spans[0].hi
    for span in spans[1:]:
        lo, hi = (lo if lo < span.lo else span.lo), (hi if hi > span.hi else span.hi)
    return Span(lo, hi)


def ranges_of(transfer: TransferFunction, shape: Sequence[float]) -> Ranges:
    """Return the ranges of a transfer function for parameters that are taken as the doubles that they are.

    Raises NullclineError where it is not decided which of its cases holds where.
    """
    one = Fraction(1)
    population = exact_population(transfer, [Fraction(v) for v in shape], one, one, one)
    found = cuts_and_pieces(population)
    if found is None:
        raise NullclineError(f"it is not decided which case of {transfer.name} holds where, for {tuple(shape)}")
    cuts, pieces = found
    with balls.precision(RUNGS[0]):
        return Ranges(tuple(cut.ball for cut in cuts), tuple(residual(p, 2) for p in pieces))
