"""Fixed points by exact arguments, for what no precision decides: a multiple root, a root that is a double."""

import math
from dataclasses import replace
from fractions import Fraction

import sympy

from . import ball_programs, balls
from .balls import Ball
from .certificate import CertifiedPoint
from .enclosed_point import ENOUGH, exact_point, point_in
from .exact_population import ExactPopulation, expanded, fraction, rational
from .residual import ORDER, RUNGS, Place, Residual, first_order, residual


def exact_points(h: Residual, a: Place, b: Place) -> list[CertifiedPoint] | None:
    """Return the fixed points between two places by an exact argument, None where there is none."""
    p = h.population
    if p.exact_origin is None:
        return None
    from_origin, to_origin = balls.fraction(a.t), balls.fraction(b.t)
    if from_origin is None or to_origin is None:
        return None
    lo, hi = p.exact_origin + from_origin, p.exact_origin + to_origin
    if p.factors is not None:
        return _by_factors(p, a, b, lo, hi)
    order = first_order(h, a, b)
    if order is None:
        return None
    for x in candidates(p, lo, hi):
        if _is_root(p, x, order):
            # By Taylor's formula h is h^(k)/k! (x - c)^k there, and h^(k) has no zero.
            exact, stability = fraction(x), _stability(a, b, order)
            if exact is not None:
                return [_point_at(p, exact, order, stability)]
            with balls.precision(ENOUGH):
                return [_multiple_in(p, ball_programs.value(x), order, stability)]
    return None


def rational_point(population: ExactPopulation, t: Ball, stability: str) -> CertifiedPoint | None:
    """Return the only root in a ball, a simple one, where it is proved to be a rational with few digits."""
    p = population
    if p.exact_origin is None:
        return None
    lo, hi = balls.fraction(t.lower()), balls.fraction(t.upper())
    if lo is None or hi is None:
        return None
    simplest = _simplest(lo, hi)
    x = simplest + p.exact_origin
    # A number with many digits is in every interval: it says nothing.
    if simplest.denominator.bit_length() < balls.bits() // 4 and _is_root(p, rational(x), 1):
        return _point_at(p, x, 1, stability)
    return None


def _by_factors(
    population: ExactPopulation, a: Place, b: Place, lo: Fraction, hi: Fraction
) -> list[CertifiedPoint] | None:
    """F is a rational function: Sturm's theorem counts the roots of each irreducible factor of h."""
    ends: tuple[sympy.Rational, sympy.Rational] = (rational(lo), rational(hi))
    inside = [(f, m, f.count_roots(*ends)) for f, m in population.factors or []]
    number = sum(count for *_, count in inside)
    if number == 0:
        return []
    if number > 1:
        return None
    factor, multiplicity = next((f, m) for f, m, count in inside if count)
    stability = _stability(a, b, multiplicity)
    if factor.degree() == 1:
        leading, constant = factor.all_coeffs()
        root = fraction(-constant / leading)
        assert root is not None
        return [_point_at(population, root, multiplicity, stability)]
    for _ in range(2):  # the second time with the size of the root known
        size = max(map(abs, ends))
        ends = factor.refine_root(*ends, eps=size / 2**200)
    with balls.precision(ENOUGH):
        s, t = (balls.ball(Fraction(int(e.p), int(e.q))) for e in ends)
        return [_multiple_in(population, s.union(t), multiplicity, stability)]


def _stability(a: Place, b: Place, multiplicity: int) -> str:
    """Say how stable the only root between two places is."""
    if a.sign == b.sign:
        return "half-stable"
    if a.sign > 0:
        return "unstable"
    return "stable" if multiplicity == 1 else "stable-nonhyperbolic"


def _point_at(population: ExactPopulation, x: Fraction, multiplicity: int, stability: str) -> CertifiedPoint:
    """Return the fixed point at an exact x."""
    p, r = population, (x - population.I) / population.w
    if multiplicity > 1:
        return exact_point(x, r, Fraction(0), stability, multiplicity)
    slope = p.derivative_at(rational(x), 1)
    exact = fraction(expanded(slope))
    if exact is not None:
        return exact_point(x, r, -exact / p.tau, stability)
    with balls.precision(ENOUGH):
        eigenvalue = -ball_programs.value(slope) / balls.ball(p.tau)
        ends, mid = balls.doubles(eigenvalue), float(eigenvalue)
    return replace(exact_point(x, r, Fraction(0), stability), eigenvalue=ends, eigenvalue_mid=mid)


def _multiple_in(population: ExactPopulation, x: Ball, multiplicity: int, stability: str) -> CertifiedPoint:
    """Return the fixed point whose x is in a ball, at the precision that is set."""
    h = residual(population)
    point = point_in(h, x - h.origin, stability)
    if multiplicity == 1:
        return point
    return replace(point, eigenvalue=(0.0, 0.0), eigenvalue_mid=0.0, multiplicity=multiplicity)


def candidates(population: ExactPopulation, lo: Fraction, hi: Fraction) -> list[sympy.Expr]:
    """Where a multiple root could be exactly: the simplest rational, and the centres of the functions in F.

    A centre is where the argument of an exponential and the like is 0: the inflection of a sigmoid. It need not be
    rational. (`TransferFunction.inflections` would solve an equation, and for some functions that does not end.)
    """
    p, x = population, population.transfer.variable
    formula = p.transfer.formula
    arguments = {e.args[0] for e in formula.atoms(sympy.Function, sympy.Pow)}
    places = []
    for argument in sorted((a.xreplace(p.values) for a in arguments if a.has(x)), key=sympy.default_sort_key):
        slope = sympy.diff(argument, x)
        if not slope.has(x) and slope != 0:
            places.append(x - argument / slope)
    centres = [expanded(place) for place in places]
    return [rational(_simplest(lo, hi)), *(c for c in dict.fromkeys(centres) if _contains(lo, hi, c))]


def _contains(lo: Fraction, hi: Fraction, number: sympy.Expr) -> bool:
    exact = fraction(number)
    if exact is not None:
        return lo < exact < hi
    return bool(number.is_number and balls.ball(lo) < ball_programs.value(number) < balls.ball(hi))


def _simplest(lo: Fraction, hi: Fraction) -> Fraction:
    """Return the rational with the smallest denominator between two numbers, by their continued fractions.

    >>> _simplest(Fraction("0.19"), Fraction("0.21"))
    Fraction(1, 5)
    """
    if lo <= 0 <= hi:
        return Fraction(0)
    if hi < 0:
        return -_simplest(-hi, -lo)
    terms = []
    while math.ceil(lo) > hi:
        term = math.ceil(lo) - 1
        terms.append(term)
        lo, hi = 1 / (hi - term), 1 / (lo - term)
    simplest = Fraction(math.ceil(lo))
    for term in reversed(terms):
        simplest = term + 1 / simplest
    return simplest


def _is_root(population: ExactPopulation, x: sympy.Expr, orders: int) -> bool:
    """Say whether h and its derivatives up to so many are proved to be 0 at an exact x."""
    p = population
    if not p.has_small_powers:
        return False
    with balls.precision(RUNGS[-1]):
        # Cheap, and nearly always enough to say no.
        h = residual(p, max(orders - 1, ORDER))
        if not all(v.contains(0) for v in h.at(ball_programs.value(x) - h.origin, orders - 1)):
            return False
    return all(vanishes(p.derivative_at(x, order)) for order in range(orders))


def vanishes(expression: sympy.Expr) -> bool:
    """Say whether an exact number is proved to be 0, by algebra that treats exponentials and the like as letters."""
    expression = expanded(expression)
    if expression == 0:
        return True
    if expression.has(sympy.nan, sympy.zoo, sympy.oo):
        return False
    letters = {e: sympy.Dummy() for e in expression.atoms(sympy.Function)}
    return bool(sympy.cancel(sympy.together(expression.xreplace(letters))) == 0)
