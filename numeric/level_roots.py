"""Where F, or a derivative of it, passes a level: every such input on a stated interval, or on the line, with proof.

The line is cut where cases may change. On each piece level - F^(n) is smooth, and the search is that of any smooth
function; each cut is looked at by itself, since there a derivative may jump over the level.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise

import sympy

from ..symbolic.transfer import formula_derivative
from . import ball_programs, balls
from .balls import Ball
from .certificate import Enclosure
from .certified_pieces import Cut, beside, cuts_and_pieces, is_zero, value_at
from .certified_search import search
from .exact_population import ExactPopulation, expanded, rational
from .exact_roots import candidates, vanishes
from .level_curve import LevelCurve, level_curve
from .level_tails import clear_end
from .refined_roots import enclosure
from .residual import ORDER, RUNGS, Box, Over, Place

_BOXES = 8000
BITS = 256  # of the enclosures, which are then rounded to doubles


@dataclass(frozen=True)
class LevelRoot:
    """An input at which the curve g = level - F^(n) is 0, or jumps over 0.

    `x` is a ball around it, `piece` the population with the formula that holds there (below it, at a cut), `beyond`
    that above it. `before` and `after` are the signs of g on its two sides: the same where g only touches 0.
    `kind` is "smooth", "kink" (g jumps over 0), or "jump" (F itself jumps). Where `is_proved` is False nothing but g's
    having no other zeros outside is known.
    """

    x: Ball
    piece: ExactPopulation
    beyond: ExactPopulation
    before: int
    after: int
    kind: str = "smooth"
    is_proved: bool = True

    @property
    def is_crossed(self) -> bool:
        """Whether g changes its sign there."""
        return self.before * self.after < 0


@dataclass(frozen=True)
class LevelRoots:
    """All that were found, by rising input, and where was searched.

    `interval` has an infinite end where it is proved that nothing lies beyond. `is_stated` says that its ends were
    given. `flat` are the stretches on which g is 0 throughout.
    """

    roots: tuple[LevelRoot, ...]
    interval: Enclosure
    is_stated: bool
    flat: tuple[Enclosure, ...] = ()
    is_decided: bool = True

    @property
    def complete(self) -> bool:
        """Whether none is missing where was searched, and that is the line or as far as was asked."""
        whole = self.is_stated or self.interval == (-math.inf, math.inf)
        return whole and self.is_decided and all(root.is_proved for root in self.roots)


@dataclass(frozen=True)
class _Piece:
    """What was found strictly between two cuts; `start` and `stop` are the signs of g just inside its ends."""

    roots: tuple[LevelRoot, ...]
    start: int
    stop: int
    reached: Enclosure = (-math.inf, math.inf)
    is_flat: bool = False


def level_roots(
    population: ExactPopulation,
    derived: int,
    level: Fraction,
    *,
    within: Enclosure | None = None,
    otherwise: Enclosure,
) -> LevelRoots:
    """Return every input at which the derivative of F of an order passes a level.

    The search goes over the stated interval `within`, over the line where it is known how F goes on, and as far as
    `otherwise` where not.
    """
    p = population
    divided = cuts_and_pieces(p)
    if divided is None:
        return LevelRoots((), within or otherwise, within is not None, is_decided=False)
    low, high = (None, None) if within is None else (Cut(rational(Fraction(end))) for end in within)
    cuts, pieces = divided
    found: list[tuple[_Piece, ExactPopulation, Cut | None, Cut | None]] = []
    with balls.precision(RUNGS[-1]):
        for piece, (left, right) in zip(pieces, pairwise([None, *cuts, None]), strict=True):
            start = left if low is None or (left is not None and left.ball > low.ball) else low
            stop = right if high is None or (right is not None and right.ball < high.ball) else high
            if start is None or stop is None or start.ball < stop.ball:
                found.append((_on_piece(piece, derived, level, start, stop, otherwise), piece, start, stop))
    roots: list[LevelRoot] = []
    for k, (here, piece, start, _) in enumerate(found):
        if k:
            roots += _at_cut(found[k - 1][0], here, found[k - 1][1], piece, derived, start)
        elif start is not None:
            roots += _at_stated_end(piece, derived, level, start)
        roots += here.roots
    if found and found[-1][3] is not None:
        roots += _at_stated_end(found[-1][1], derived, level, found[-1][3])
    lowest = found[0][0].reached[0] if found else -math.inf
    highest = found[-1][0].reached[1] if found else math.inf
    return LevelRoots(
        tuple(sorted(roots, key=lambda root: root.x.mid())),
        within or (lowest, highest),
        within is not None,
        tuple(_ends(start, stop) for one, _, start, stop in found if one.is_flat),
    )


def _ends(start: Cut | None, stop: Cut | None) -> Enclosure:
    return (
        -math.inf if start is None else float(start.ball),
        math.inf if stop is None else float(stop.ball),
    )


# Between two cuts -----------------------------------------------------------------------------------------------------


def _on_piece(
    p: ExactPopulation, derived: int, level: Fraction, left: Cut | None, right: Cut | None, otherwise: Enclosure
) -> _Piece:
    constant = _constant(p, derived)
    if constant is not None:
        gap = rational(level) - constant
        if is_zero(gap):
            return _Piece((), 0, 0, is_flat=True)
        with balls.precision(RUNGS[-1]):
            side = balls.sign(ball_programs.value(gap))
        return _Piece((), side, side)
    with balls.precision(RUNGS[1]):
        curve = level_curve(p, derived, level)
        low, low_proved = (
            (_beside(curve, left, 1), True)
            if left is not None
            else clear_end(curve, -1, None if right is None else right.ball, otherwise[0])
        )
        high, high_proved = (
            (_beside(curve, right, -1), True)
            if right is not None
            else clear_end(curve, 1, None if left is None else left.ball, otherwise[1])
        )
        reached = (
            -math.inf if low_proved else balls.doubles(low.t)[0],
            math.inf if high_proved else balls.doubles(high.t)[1],
        )
        if not low.t < high.t and low_proved and high_proved:
            # Beyond either there is nothing.
            return _Piece((), low.sign or high.sign, high.sign or low.sign, reached)
    roots = _between(p, derived, level, low, high)
    return _Piece(roots, low.sign, high.sign, reached)


def _constant(p: ExactPopulation, derived: int) -> sympy.Expr | None:
    """Return the derivative where it is the same at every input of a piece."""
    value = derivative(p, derived)
    if value.has(p.transfer.variable) and not p.has_small_powers:
        return None
    value = value.xreplace(p.values)
    value = value if not value.has(p.transfer.variable) else sympy.expand(value)
    return None if value.has(p.transfer.variable) else value


def derivative(p: ExactPopulation, order: int) -> sympy.Expr:
    """Return F, F', ... of a piece, as an expression."""
    return p.transfer.formula if order == 0 else formula_derivative(p.transfer, order)


def _beside(curve: LevelCurve, cut: Cut, side: int) -> Place:
    return beside(curve, cut, side, starts_at_zero=_sign_at(curve, cut) == 0, sign=lambda value: value.weak_sign)


def _sign_at(curve: LevelCurve, cut: Cut) -> int | None:
    """Return the sign of g at a cut by the formula of a piece; None where it is not decided, or g has no value."""
    exact = value_at(curve.population, derivative(curve.population, curve.derived), cut)
    with balls.precision(RUNGS[-1]):
        level = balls.fraction(curve.level.mid())
        if exact is not None and curve.level.is_exact() and level is not None and is_zero(rational(level) - exact):
            return 0
        return balls.sign(curve.at(cut.ball, 0)[0]) or None


def _between(p: ExactPopulation, derived: int, level: Fraction, low: Place, high: Place) -> tuple[LevelRoot, ...]:
    """Return every root between two places, each in a ball, with more bits where fewer leave something open."""
    if not (low.sign and high.sign):
        return (_undecided(p, low, high),)
    roots: list[LevelRoot] = []
    unsettled: list[Box] = [(low, high)]
    examined = 0
    for bits in RUNGS:
        with balls.precision(bits):
            curve = level_curve(p, derived, level)
            found = search(curve, [(curve.again(a), curve.again(b)) for a, b in unsettled], _BOXES - examined)
        examined += found.boxes
        roots += [_simple(p, derived, level, a, b) for a, b in found.roots]
        unsettled = []
        for a, b in found.open:
            touching = _multiple(p, derived, level, a, b)
            if touching is None:
                unsettled.append((a, b))
            else:
                roots.append(touching)
        if not unsettled or examined >= _BOXES:
            break
    return (*roots, *(_undecided(p, a, b) for a, b in unsettled))


def _undecided(p: ExactPopulation, a: Place, b: Place) -> LevelRoot:
    return LevelRoot(a.t.union(b.t), p, p, a.sign, b.sign, is_proved=False)


def _simple(p: ExactPopulation, derived: int, level: Fraction, a: Place, b: Place) -> LevelRoot:
    """Return the only root between two places of different signs, which interval Newton encloses."""
    for bits in (BITS, 2 * BITS, 8 * BITS):
        with balls.precision(bits):
            curve = level_curve(p, derived, level)
            x = enclosure(curve, curve.again(a), curve.again(b))
            if x is not None:
                return LevelRoot(_exact(p, derived, level, x), p, p, a.sign, b.sign)
    # That there is one is proved by the signs; its box is then all that is said of where.
    return LevelRoot(a.t.union(b.t), p, p, a.sign, b.sign)


def _exact(p: ExactPopulation, derived: int, level: Fraction, x: Ball) -> Ball:
    """Return the rational that the root in a ball is, where it is one with few digits: else the ball."""
    if not p.has_small_powers or not x.is_finite():
        return x
    double = Fraction(float(x))
    for near in (double, double.limit_denominator(2**20)):
        if x.contains(balls.ball(near)) and vanishes(_gap(p, derived, level, rational(near))):
            return balls.ball(near)
    return x


def _gap(p: ExactPopulation, derived: int, level: Fraction, x: sympy.Expr) -> sympy.Expr:
    value = derivative(p, derived).xreplace(p.values).xreplace({p.transfer.variable: x})
    return expanded((rational(level)) - value)


def _multiple(p: ExactPopulation, derived: int, level: Fraction, a: Place, b: Place) -> LevelRoot | None:
    """Return the one root of a box where it is proved, exactly, to be a multiple one; None otherwise."""
    lo, hi = balls.fraction(a.t), balls.fraction(b.t)
    if lo is None or hi is None or not p.has_small_powers:
        return None
    with balls.precision(RUNGS[-1]):
        over = Over(level_curve(p, derived, level), a, b)
        order = next((k for k in range(1, ORDER + 1) if over.strict_sign(k)), None)
        if order is None:
            return None
        for x in candidates(p, lo, hi):
            # Cheap, and nearly always enough to say no.
            if not all(v.contains(0) for v in over.h.at(ball_programs.value(x), order - 1)):
                continue
            gaps = [_gap(p, derived, level, x)] + [_gap(p, derived + k, Fraction(0), x) for k in range(1, order)]
            # By Taylor's formula g is g^(k)/k! (x - c)^k there, and g^(k) has no zero.
            if all(map(vanishes, gaps)):
                return LevelRoot(ball_programs.value(x), p, p, a.sign, b.sign)
    return None


# At a cut -------------------------------------------------------------------------------------------------------------


def _at_cut(
    before: _Piece,
    after: _Piece,
    left: ExactPopulation,
    right: ExactPopulation,
    derived: int,
    cut: Cut | None,
) -> list[LevelRoot]:
    """Return what is at a cut: F jumps, or the derivative jumps over the level, or passes it smoothly."""
    assert cut is not None
    kinds = [goes_on(left, right, order, cut) for order in range(derived + 1)]
    here = LevelRoot(cut.ball, left, right, before.stop, after.start)
    if None in kinds:
        return [replace(here, is_proved=False)]
    if not kinds[0]:
        return [replace(here, kind="jump")]
    if not (before.stop and after.start):
        # Along a flat stretch nothing changes; elsewhere the sign beside the cut is not known.
        return [] if before.is_flat or after.is_flat else [replace(here, is_proved=False)]
    if before.stop == after.start or not all(kinds[1:derived]):
        return []
    return [replace(here, kind="smooth" if kinds[derived] else "kink")]


def goes_on(left: ExactPopulation, right: ExactPopulation, order: int, cut: Cut) -> bool | None:
    """Say whether a derivative has the same value on both sides of a cut; None where that is not decided."""
    values = [value_at(side, derivative(side, order), cut) for side in (left, right)]
    if values[0] is not None and values[1] is not None:
        return is_zero(values[0] - values[1])
    with balls.precision(RUNGS[-1]):
        one, other = (level_curve(side, order, Fraction(0)).at(cut.ball, 0)[0] for side in (left, right))
        return False if not one.overlaps(other) else None


def _at_stated_end(p: ExactPopulation, derived: int, level: Fraction, cut: Cut) -> Sequence[LevelRoot]:
    """Return the root that lies exactly on an end of the interval, as the formula there goes on."""
    if _constant(p, derived) is not None:
        return []
    with balls.precision(RUNGS[-1]):
        curve = level_curve(p, derived, level)
        if _sign_at(curve, cut) != 0:
            return []
        slope = balls.sign(curve.at(cut.ball, 1)[1])
    return [LevelRoot(cut.ball, p, p, -slope, slope)]
