"""Every fixed point for a formula of one's own, which may rise and fall, and may have cases, kinks and jumps.

The line is cut where cases may change. On each piece F is one smooth formula, and the search is that of any smooth F;
each cut is looked at by itself. What is not known to lie within reach is searched as far as is stated.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property, lru_cache
from itertools import pairwise

import sympy

from ..symbolic.pieces import Piece, case_at, switches
from . import ball_programs, balls
from .balls import Ball, Span
from .cases import Case
from .certificate import Certificate, CertifiedPoint, Enclosure, certificate_of
from .certified_boxes import roots_in
from .certified_bracket import end_of_search, reach_of
from .certified_directly import without_recurrence
from .enclosed_point import exact_point, point_in, undecided_point
from .exact_population import ExactPopulation, expanded, fraction, rational
from .residual import RUNGS, Curve, Place, Residual, residual

_BITS = RUNGS[-1]


@dataclass(frozen=True)
class Cut:
    """An exact input at which cases may change, or a stated end of the inputs."""

    x: sympy.Expr

    @cached_property
    def fraction(self) -> Fraction | None:
        return fraction(self.x)

    @cached_property
    def ball(self) -> Ball:
        with balls.precision(_BITS):
            return ball_programs.value(self.x)


@dataclass(frozen=True)
class _Found:
    """What was found on one piece; `unsearched` are the ends of the search on a side without proof beyond."""

    points: tuple[tuple[Ball, CertifiedPoint], ...] = ()
    boxes: int = 0
    bits: int = RUNGS[0]
    unsearched: tuple[float | None, float | None] = (None, None)
    continuum: bool = False


def certified_in_pieces(population: ExactPopulation, inputs: tuple[float, float] | None) -> Certificate:
    """Return every fixed point, with proof, or what of it is undecided; among the stated inputs, if there are any."""
    p = population
    low, high = (None, None) if inputs is None else (Cut(rational(Fraction(end))) for end in inputs)
    divided = cuts_and_pieces(p)
    if divided is None:
        return Certificate((), False, None, None, None, str(Case.UNDECIDED), 0, _BITS)
    cuts, pieces = divided
    within = "" if inputs is None else f" among the inputs from {inputs[0]:g} to {inputs[1]:g}, for which F is meant"
    if p.w == 0:
        if inputs is not None and not inputs[0] <= p.I <= inputs[1]:
            return replace(certificate_of([], boxes=0, precision=RUNGS[0]), note=f"no fixed point{within}")
        return _without_recurrence(p)
    found, places = [], []
    for piece, (left, right) in zip(pieces, pairwise([None, *cuts, None]), strict=True):
        start, stop = _later(left, low), _earlier(right, high)
        if start is None or stop is None or start.ball < stop.ball:
            found.append(_on_piece(piece, start, stop))
            # A stated end that is no cut lies on this piece alone.
            places += [
                (end, piece, piece) for end, own in ((start, left), (stop, right)) if end is not None and end is not own
            ]
    if any(f.continuum for f in found):
        return Certificate((), True, None, None, None, "a line of fixed points", 0, RUNGS[0], continuum=True)
    for cut, sides in zip(cuts, pairwise(pieces), strict=True):
        if (low is None or not cut.ball < low.ball) and (high is None or not cut.ball > high.ball):
            places.append((cut, *sides))
    at_cuts = [_at_cut(p, *place) for place in places]
    points = [*(point for f in found for point in f.points), *(point for there in at_cuts for point in there)]
    ordered = [point for _, point in sorted(points, key=lambda point: point[0])]
    boxes, bits = sum(f.boxes for f in found), max((f.bits for f in found), default=RUNGS[0])
    certificate = certificate_of(ordered, boxes=boxes, precision=bits, interval=_unsearched(found))
    jumps = [
        float(cut.ball)
        for (cut, *sides), there in zip(places, at_cuts, strict=True)
        if not there and _jumps_over_zero(cut, *sides)
    ]
    return replace(certificate, note=_note(p, certificate, pieces[0], jumps, within))


def _note(
    p: ExactPopulation, certificate: Certificate, first: ExactPopulation, jumps: Sequence[float], within: str
) -> str:
    """Return the sentence for what is special: of the points, else of a jump, else of why there is none."""
    if certificate.points and certificate.note:
        return certificate.note
    if jumps:
        # Where h falls over 0 the rate is driven to the jump from both sides, and has no velocity 0 there.
        return f"no fixed point where F jumps over the line of r, at x = {', '.join(f'{x:g}' for x in jumps)}"
    if certificate.points:
        return f"every fixed point{within}" if within else certificate.note
    if within or not certificate.complete:
        return f"no fixed point{within}" if within else certificate.note
    # dr/dt keeps the sign that it has far out: there h has that of -w dr/dt.
    with balls.precision(_BITS):
        h = residual(first)
        far = h.at(balls.ball(-(2**200)), 0)[0]
    side = -balls.sign(far) * (1 if p.w > 0 else -1)
    return {1: str(Case.NONE), -1: "no fixed point: the rate falls without bound"}.get(side, "no fixed point")


def _jumps_over_zero(cut: Cut, left: ExactPopulation, right: ExactPopulation) -> bool:
    with balls.precision(_BITS):
        before, after = (balls.sign(residual(piece).at(cut.ball, 0)[0]) for piece in (left, right))
    return before * after < 0


def cuts_and_pieces(p: ExactPopulation) -> "tuple[list[Cut], list[ExactPopulation]] | None":
    """Return where cases may change, in order, and the population with the formula between each two such places.

    None where that is not decided.
    """
    cuts = _in_order([Cut(place.xreplace(p.values)) for place in switches(p.transfer.formula, p.transfer.variable)])
    pieces = None if cuts is None else _pieces(p, cuts)
    return None if cuts is None or pieces is None else (cuts, pieces)


def _in_order(cuts: Sequence[Cut]) -> list[Cut] | None:
    """Return the cuts that are real numbers by their place, each once; None where two cannot be told apart."""
    kept: list[Cut] = []
    for cut in cuts:
        # Where a parabola has no zero, or a line does not depend on the input, nothing changes.
        if cut.x.is_real is False or cut.x in [k.x for k in kept]:
            continue
        if not cut.ball.is_finite():
            return None
        kept.append(cut)
    kept.sort(key=lambda cut: cut.ball.mid())
    return kept if all(a.ball < b.ball for a, b in pairwise(kept)) else None


def _later(one: Cut | None, other: Cut | None) -> Cut | None:
    return one if other is None or (one is not None and not one.ball < other.ball) else other


def _earlier(one: Cut | None, other: Cut | None) -> Cut | None:
    return one if other is None or (one is not None and not one.ball > other.ball) else other


def _pieces(p: ExactPopulation, cuts: Sequence[Cut]) -> list[ExactPopulation] | None:
    """Return the population with the formula that holds on each side of the cuts; None where that is not decided."""
    if not cuts:
        return [_with(p, p.transfer.formula)] if _is_smooth(p.transfer.formula) else _only_case(p)
    places = [cut.ball.mid() for cut in cuts]
    with balls.precision(_BITS):
        inside = [places[0] - 1, *((a + b) / 2 for a, b in pairwise(places)), places[-1] + 1]
        samples = [balls.fraction(place.mid()) for place in inside]
    formulas = [
        None if s is None else case_at(p.transfer.formula, p.transfer.variable, rational(s), p.values) for s in samples
    ]
    return [_with(p, f) for f in formulas if f is not None] if None not in formulas else None


def _only_case(p: ExactPopulation) -> list[ExactPopulation] | None:
    formula = case_at(p.transfer.formula, p.transfer.variable, sympy.Integer(0), p.values)
    return None if formula is None else [_with(p, formula)]


def _is_smooth(formula: sympy.Expr) -> bool:
    return not isinstance(formula, sympy.Piecewise)


def _with(p: ExactPopulation, formula: sympy.Expr) -> ExactPopulation:
    return replace(p, transfer=Piece(formula, p.transfer.parameters, p.transfer.variable))


def _on_piece(p: ExactPopulation, left: Cut | None, right: Cut | None) -> _Found:
    """Find the roots strictly between two cuts."""
    if _slope(p.transfer.formula, p.transfer.variable)[1]:
        return _on_line(p, left, right)
    with balls.precision(_BITS):
        h = residual(p)
        everything = balls.line()
        domain = Span(
            everything.lo if left is None else left.ball.lower(), everything.hi if right is None else right.ball.upper()
        )
        reach = reach_of(h, domain)
        if not (reach.hi >= domain.lo and reach.lo <= domain.hi):
            return _Found()
        low, low_proved = end_of_search(h, reach, -1) if left is None else (_beside(h, left, 1), True)
        high, high_proved = end_of_search(h, reach, 1) if right is None else (_beside(h, right, -1), True)
        unsearched = (
            None if low_proved else balls.doubles(low.t)[0],
            None if high_proved else balls.doubles(high.t)[1],
        )
        if not low.t < high.t:
            return _Found(unsearched=unsearched)
    roots = roots_in(p, [(low, high)])
    return _Found(roots.points, roots.boxes, roots.bits, unsearched)


@lru_cache(maxsize=256)
def _slope(formula: sympy.Expr, x: sympy.Symbol) -> tuple[sympy.Expr, bool]:
    """Return the derivative of a formula by x, and whether it is constant."""
    slope = sympy.diff(formula, x)
    return slope, sympy.diff(slope, x) == 0


def beside(curve: Curve, cut: Cut, side: int, *, starts_at_zero: bool, sign: Callable[[Span], int]) -> Place:
    """Return a place just beside a cut with no root between; its sign is 0 where none is found.

    `sign` is that of the curve between the two: the certain one excludes a root there, the weak one a change of sign.
    """
    c = cut.ball
    for bits in _NEAR:
        t = (c + side * (1 + abs(c)) * balls.ball(Fraction(1, 2**bits))).mid()
        gap = Span(c.lower(), t) if side > 0 else Span(t, c.upper())
        value, slope = curve.spans(gap, 1)
        place = curve.place(t)
        # Nothing between where the curve keeps a sign, or is monotone and starts from 0 or away from it.
        if sign(value) and place.sign:
            return place
        if slope.sign and (starts_at_zero or balls.sign(curve.at(c, 0)[0]) == slope.sign * side):
            return replace(place, sign=slope.sign * side)
    return replace(curve.place(c.mid()), sign=0)


def _beside(h: Residual, cut: Cut, side: int) -> Place:
    at_zero = _vanishes_at(h.population, h.population.transfer.formula, cut) is True
    return beside(h, cut, side, starts_at_zero=at_zero, sign=lambda value: value.sign)


_NEAR = (250, 120, 60, 40, 30, 20, 14)  # bits; a sign shows the sooner the farther off


def value_at(p: ExactPopulation, expression: sympy.Expr, cut: Cut) -> sympy.Expr | None:
    """Return the exact value of an expression in x at a cut; None where exact numbers would grow without measure."""
    x = p.transfer.variable
    inside = {
        power: sympy.Integer(0)
        for power in expression.atoms(sympy.Pow)
        if power.exp.xreplace(p.values).is_positive
        and fraction(sympy.expand(power.base.xreplace(p.values).subs(x, cut.x))) == 0
    }
    rest = expression.xreplace(inside)
    if not all(_is_short(power.exp.xreplace(p.values)) for power in rest.atoms(sympy.Pow)):
        return None
    return rest.xreplace(p.values).subs(x, cut.x)


def _is_short(exponent: sympy.Expr) -> bool:
    return bool(exponent.is_Rational) and abs(exponent.p) <= _LARGEST_POWER and exponent.q <= _LARGEST_POWER


_LARGEST_POWER = 64


def _vanishes_at(p: ExactPopulation, formula: sympy.Expr, cut: Cut) -> bool | None:
    """Say whether h is 0 at a cut by one formula, None where that is not decided."""
    F = value_at(p, formula, cut)
    if F is not None:
        return is_zero(cut.x - rational(p.I) - rational(p.w) * F)
    with balls.precision(_BITS):
        return False if balls.sign(residual(_with(p, formula)).at(cut.ball, 0)[0]) else None


def is_zero(number: sympy.Expr) -> bool | None:
    """Say whether an exact number is 0, None where that is not decided."""
    if number.has(sympy.nan, sympy.zoo, sympy.oo) or number.is_real is False:
        return False
    exact = fraction(expanded(number))
    if exact is not None:
        return exact == 0
    with balls.precision(_BITS):
        value = ball_programs.value(number)
    return False if balls.sign(value) else None


def _on_line(p: ExactPopulation, left: Cut | None, right: Cut | None) -> _Found:
    """F = slope x + start: solved in rationals, or in balls where it is not rational."""
    origin = Cut(sympy.Integer(0))
    slope, start = (
        value_at(p, e, origin) for e in (_slope(p.transfer.formula, p.transfer.variable)[0], p.transfer.formula)
    )
    m, b = (None if number is None else fraction(expanded(number)) for number in (slope, start))
    if m is None or b is None:
        return _on_line_of_balls(p, left, right)
    gap, level = 1 - p.w * m, p.I + p.w * b
    if gap == 0:
        return _Found(continuum=level == 0)
    root = level / gap
    with balls.precision(_BITS):
        place = balls.ball(root)
        if not (_is_after(root, place, left) and _is_before(root, place, right)):
            return _Found()
    point = exact_point(root, b + m * root, -gap / p.tau, "stable" if gap > 0 else "unstable")
    return _Found(((place, point),))


def _is_after(exact: Fraction | None, place: Ball, cut: Cut | None) -> bool:
    if cut is None:
        return True
    if exact is not None and cut.fraction is not None:
        return exact > cut.fraction
    return bool(place > cut.ball)


def _is_before(exact: Fraction | None, place: Ball, cut: Cut | None) -> bool:
    if cut is None:
        return True
    if exact is not None and cut.fraction is not None:
        return exact < cut.fraction
    return bool(place < cut.ball)


def _on_line_of_balls(p: ExactPopulation, left: Cut | None, right: Cut | None) -> _Found:
    with balls.precision(_BITS):
        h = residual(p)
        start, slope = h.F.at(balls.ball(0), 1)
        gap, level = 1 - h.w * slope, balls.ball(p.I) + h.w * start
        side = balls.sign(gap)
        if side == 0:
            place = level.mid()
            return _Found(((place, undecided_point(h, h.place(place - 1), h.place(place + 1))),))
        root = level / gap
        outside = (left is not None and root < left.ball) or (right is not None and root > right.ball)
        if outside:
            return _Found()
        for cut, is_inside in ((left, _is_after), (right, _is_before)):
            if cut is not None and not is_inside(None, root, cut):
                # On the cut, as far as can be seen: if that is exact it is listed there.
                if _vanishes_at(p, p.transfer.formula, cut):
                    return _Found()
                return _Found(((root.mid(), undecided_point(h, h.place(root.lower()), h.place(root.upper()))),))
        return _Found(((root.mid(), point_in(h, root, "stable" if side > 0 else "unstable")),))


def _at_cut(
    p: ExactPopulation, cut: Cut, left: ExactPopulation, right: ExactPopulation
) -> list[tuple[Ball, CertifiedPoint]]:
    """Return the fixed point exactly at a cut, if there is one."""
    formula = case_at(p.transfer.formula, p.transfer.variable, cut.x, p.values)
    zero = None if formula is None else _vanishes_at(p, formula, cut)
    if zero is False:
        return []
    with balls.precision(_BITS):
        before, after = residual(left), residual(right)
        if formula is None or zero is None:
            a, b = (before.place((cut.ball + side * (1 + abs(cut.ball)) / 2**200).mid()) for side in (-1, 1))
            return [(cut.ball.mid(), undecided_point(before, a, b))]
        values = [_vanishes_at(p, piece.transfer.formula, cut) for piece in (left, right)]
        return [(cut.ball.mid(), _point_at_cut(p, cut, before, after, is_continuous=values == [True, True]))]


def _point_at_cut(
    p: ExactPopulation, cut: Cut, before: Residual, after: Residual, *, is_continuous: bool
) -> CertifiedPoint:
    c, tau = cut.ball, balls.ball(p.tau)
    slopes = [h.at(c, 1)[1] for h in (before, after)]
    if cut.fraction is not None:
        point = exact_point(cut.fraction, (cut.fraction - p.I) / p.w, Fraction(0), "nonsmooth", None)
    else:
        r = (c - balls.ball(p.I)) / balls.ball(p.w)
        point = replace(
            exact_point(Fraction(0), Fraction(0), Fraction(0), "nonsmooth", None),
            x=balls.doubles(c),
            x_mid=float(c),
            r=balls.doubles(r),
            r_mid=float(r),
        )
    exact = [value_at(p, _slope(h.population.transfer.formula, p.transfer.variable)[0], cut) for h in (before, after)]
    below, above = exact
    is_smooth = is_continuous and below is not None and above is not None and is_zero(above - below)
    side = balls.sign(slopes[0])
    if is_smooth and side:
        eigenvalue = -slopes[0] / tau
        return replace(
            point,
            eigenvalue=balls.doubles(eigenvalue),
            eigenvalue_mid=float(eigenvalue),
            stability="stable" if side > 0 else "unstable",
            multiplicity=1,
        )
    sides = [-slope / tau for slope in slopes]
    known = is_continuous and all(side.is_finite() for side in sides)
    return replace(
        point,
        eigenvalue=(math.nan, math.nan),
        eigenvalue_mid=math.nan,
        one_sided_eigenvalues=(balls.doubles(sides[0]), balls.doubles(sides[1])) if known else None,
        one_sided_mid=(float(sides[0]), float(sides[1])) if known else None,
    )


def _without_recurrence(p: ExactPopulation) -> Certificate:
    """Return the one fixed point for w = 0, r = F(I)."""
    exact = case_at(p.transfer.formula, p.transfer.variable, rational(p.I), p.values)
    if exact is None:
        return Certificate((), False, None, None, None, str(Case.UNDECIDED), 0, _BITS)
    return certificate_of([without_recurrence(_with(p, exact))], boxes=0, precision=RUNGS[0])


def _unsearched(found: Sequence[_Found]) -> Enclosure | None:
    low = next((f.unsearched[0] for f in found if f.unsearched[0] is not None), None)
    high = next((f.unsearched[1] for f in found if f.unsearched[1] is not None), None)
    if low is None and high is None:
        return None
    return -math.inf if low is None else low, math.inf if high is None else high
