"""h(t) = t - J - w F and its derivatives in ball arithmetic: at a place, on a ball, on a box of any width.

t is the input x counted from the threshold, where there is one, and J the external input counted so.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Protocol

import sympy

from ..symbolic.pieces import Piece
from ..symbolic.transfer import TransferFunction, formula_derivative
from . import ball_programs, balls
from .ball_programs import Function, Program
from .balls import Ball, Span
from .exact_population import ExactPopulation

RUNGS = (53, 128, 256, 512)  # bits with which a sign is looked for, one after the other
ORDER = 3  # of the derivatives the search looks at
_LAST_ORDER = 6  # of those that bound the number of roots in what stays undecided


@dataclass(frozen=True, slots=True)
class Place:
    """An exact t with h, h', ... there, and the certified sign of h (0 where there is none)."""

    t: Ball
    values: list[Ball]
    sign: int

    def sign_of(self, order: int) -> int:
        """Return the certified sign of a derivative of h, 0 where there is none."""
        return balls.sign(self.values[order])


Box = tuple[Place, Place]


class Curve(Protocol):
    """What a search for zeros looks at: a function of t with its derivatives, h itself or a level less a derivative."""

    @property
    def population(self) -> ExactPopulation: ...

    @property
    def order(self) -> int: ...

    @property
    def scale(self) -> Ball:
        """The size below which a slope is small."""

    def at(self, t: Ball, last: int) -> list[Ball]:
        """Return the function and its derivatives up to an order on a ball; nan where nothing is known."""

    def spans(self, box: Span, last: int) -> list[Span]:
        """Return enclosures of the same strictly inside a box of any width."""

    def place(self, t: Ball) -> Place:
        """Return the place at an exact t."""

    def again(self, place: Place) -> Place:
        """Return a place at this precision; a sign once certified stays so."""


@dataclass(frozen=True, eq=False)
class Residual:
    """h and its derivatives up to an order, at the precision that was set when it was made.

    `F` has the transfer function and its derivatives; `origin` is the x at which t is 0.
    """

    population: ExactPopulation
    order: int
    F: Function
    w: Ball
    J: Ball
    origin: Ball

    def at(self, t: Ball, last: int) -> list[Ball]:
        """Return h, h', ... on a ball; nan where nothing is known."""
        F = self.F.at(t, last)
        if not all(v.is_finite() for v in F):
            # Where a ball is too wide, or an exponential too large, the ends may still say something.
            ends = self.F.over(balls.span(t, t), last)
            F = [v if v.is_finite() else s.lo.union(s.hi) if s.finite else v for v, s in zip(F, ends, strict=True)]
        linear = [t - self.J, 1]
        return [(linear[k] if k < 2 else 0) - self.w * v for k, v in enumerate(F)]

    def over(self, box: Span, F: Sequence[Span]) -> list[Span]:
        """Return h, h', ... on a span from enclosures of F, F', ... there."""
        linear = [balls.span(box.lo - self.J, box.hi - self.J), balls.span(balls.ball(1), balls.ball(1))]
        weight = balls.span(-self.w, -self.w)
        changes = [balls.multiplied(weight, v) for v in F]
        return [balls.added(linear[k], v) if k < 2 else v for k, v in enumerate(changes)]

    @property
    def scale(self) -> Ball:
        """The size below which a slope is small: h' is 1 - w F'."""
        return balls.ball(1)

    def spans(self, box: Span, last: int) -> list[Span]:
        """Return h, h', ... on a span."""
        return self.over(box, self.F.over(box, last))

    def place(self, t: Ball) -> Place:
        """Return the place at an exact t."""
        values = self.at(t, ORDER)
        return Place(t, values, balls.sign(values[0]))

    def again(self, place: Place) -> Place:
        """Return a place at this precision; a sign once certified stays so."""
        values = self.at(place.t, ORDER)
        return Place(place.t, values, balls.sign(values[0]) or place.sign)


def residual(population: ExactPopulation, order: int = ORDER) -> Residual:
    """Return h with its derivatives up to an order, at the precision that is set.

    Raises NullclineError for a function that has no ball arithmetic.
    """
    p, origin, exact = population, _origin(population), population.exact_origin
    return Residual(
        population=p,
        order=order,
        F=program(p.transfer, order).bound([balls.ball(v) for v in p.shape]),
        w=balls.ball(p.w),
        J=balls.ball(p.I) - origin if exact is None else balls.ball(p.I - exact),
        origin=origin,
    )


def _origin(population: ExactPopulation) -> Ball:
    exact = population.exact_origin
    return ball_programs.value(population.origin) if exact is None else balls.ball(exact)


@lru_cache(maxsize=64)
def program(transfer: TransferFunction | Piece, order: int) -> Program:
    """Return F and its derivatives up to an order as a program in t."""
    expressions = [transfer.formula, *(formula_derivative(transfer, k) for k in range(1, min(order, ORDER) + 1))]
    # Higher orders are wanted on small boxes only, where what is not factored is good enough.
    for _ in range(ORDER, order):
        expressions.append(sympy.diff(expressions[-1], transfer.variable))
    t = sympy.Dummy("t", real=True)
    x = t if transfer.threshold is None else transfer.threshold + t
    shifted = tuple(e.xreplace({transfer.variable: x}) for e in expressions)
    return ball_programs.compiled(shifted, t, tuple(p.symbol for p in transfer.parameters))


def side_of_threshold(population: ExactPopulation) -> int | None:
    """Return the sign of I - threshold, 1 where there is no threshold, and None where the sign is not decided."""
    p, exact = population, population.exact_origin
    if not p.has_threshold:
        return 1
    if exact is not None:
        gap = p.I - exact
        return (gap > 0) - (gap < 0)
    with balls.precision(RUNGS[-1]):
        return balls.sign(balls.ball(p.I) - _origin(p)) or None


@dataclass(eq=False)
class Over:
    """h, h', ... on a box, computed as far as they are asked for."""

    h: Curve
    a: Place
    b: Place
    _values: list[Any] = field(default_factory=list)

    @property
    def starts_at_threshold(self) -> bool:
        """Whether the box starts at the threshold, below which a ball around it would reach."""
        return bool(self.h.population.has_threshold and self.a.t == 0)

    def value(self, order: int) -> Any:
        """Return a ball, or the span where a ball would not do, that holds h or a derivative on the whole box."""
        if len(self._values) <= order:
            last = 1 if order <= 1 else self.h.order
            self._values = [] if self.starts_at_threshold else self.h.at(self.a.t.union(self.b.t), last)
            if self.starts_at_threshold or not all(v.is_finite() for v in self._values):
                self._values = self._spans(last)
        return self._values[order]

    def _spans(self, last: int) -> list[Any]:
        box = Span(self.a.t, self.b.t)
        return list(self.h.spans(box, last))

    @property
    def is_rough(self) -> bool:
        """Whether a ball is much wider than h' at one end of the box."""
        slope = self.value(1)
        if isinstance(slope, Span):
            return False
        return not slope.rad() < _ROUGH * (self.h.scale + min(abs(self.a.values[1]), abs(self.b.values[1])))

    def sharpen(self) -> None:
        """Use spans: a ball around values of many magnitudes reaches below 0."""
        self._values = self._spans(self.h.order)

    def sign(self, order: int) -> int:
        """Return the sign that h keeps on the box or that a derivative keeps but for single points, 0 for none."""
        value = self.value(order)
        if not isinstance(value, Span):
            return balls.sign(value)
        # F is analytic and no straight line: a derivative that does not change sign vanishes at most at single points.
        return value.sign if order == 0 else value.weak_sign

    def strict_sign(self, order: int) -> int:
        """Return the sign that h or a derivative has at every point of the box, 0 for none."""
        value = self.value(order)
        return value.sign if isinstance(value, Span) else balls.sign(value)

    def least(self, order: int) -> Ball:
        """Return the least size of h or of a derivative that keeps its sign."""
        value = self.value(order)
        return min(abs(value.lo), abs(value.hi)) if isinstance(value, Span) else value.abs_lower()


_ROUGH = 32


def first_order(h: Residual, a: Place, b: Place) -> int | None:
    """Return the order of the first derivative that is nowhere 0 between two places; None if there is none known.

    By Rolle's theorem h has no more roots there, counted with multiplicity.
    """
    for order in (ORDER, _LAST_ORDER):
        over = Over(h if order == ORDER else residual(h.population, order), a, b)
        for k in range(1, order + 1):
            if over.strict_sign(k):
                return k
    return None
