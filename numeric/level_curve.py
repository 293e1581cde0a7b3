"""g = level - F, or a level less F', F'', ..., in ball arithmetic: what vanishes where F turns, is 1/w steep, or bends.

With the level 1/w and the first derivative its zeros are those of h'(x) = 1 - w F'(x); with the level 0 and the second,
the inflections of F.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from . import balls
from .ball_programs import Function
from .balls import Ball, Span
from .exact_population import ExactPopulation
from .residual import ORDER, Place, program


@dataclass(frozen=True, eq=False)
class LevelCurve:
    """A level less the derivative of F of the order `derived`, at the precision that was set when it was made."""

    population: ExactPopulation
    derived: int
    level: Ball
    F: Function
    order: int = ORDER

    def at(self, t: Ball, last: int) -> list[Ball]:
        """Return g, g', ... on a ball; nan where nothing is known."""
        F = self.F.at(t, self.derived + last)[self.derived :]
        if not all(v.is_finite() for v in F):
            # Where a ball is too wide, or an exponential too large, the ends may still say something.
            ends = self.F.over(balls.span(t, t), self.derived + last)[self.derived :]
            F = [v if v.is_finite() else s.lo.union(s.hi) if s.finite else v for v, s in zip(F, ends, strict=True)]
        return [self.level - F[0], *(-v for v in F[1:])]

    @property
    def scale(self) -> Ball:
        """The size below which a slope is small: F may vanish by any number of magnitudes."""
        return abs(self.level)

    def spans(self, box: Span, last: int) -> list[Span]:
        """Return g, g', ... strictly inside a box of any width, also one that is infinite."""
        return self._from(self.F.over(box, self.derived + last)[self.derived :])

    def _from(self, F: Sequence[Span]) -> list[Span]:
        minus = balls.span(balls.ball(-1), balls.ball(-1))
        first, *rest = (balls.multiplied(minus, v) for v in F)
        return [balls.added(balls.span(self.level, self.level), first), *rest]

    def place(self, t: Ball) -> Place:
        """Return the place at an exact t."""
        values = self.at(t, ORDER)
        return Place(t, values, balls.sign(values[0]))

    def again(self, place: Place) -> Place:
        """Return a place at this precision; a sign once certified stays so."""
        values = self.at(place.t, ORDER)
        return Place(place.t, values, balls.sign(values[0]) or place.sign)


def level_curve(population: ExactPopulation, derived: int, level: Fraction) -> LevelCurve:
    """Return the curve of a population without a threshold, at the precision that is set."""
    bound = program(population.transfer, derived + ORDER).bound([balls.ball(v) for v in population.shape])
    return LevelCurve(population, derived, balls.ball(level), bound)
