"""Where h(x) = x - I - w F(x) turns: the inputs at which F has slope 1/w, which divide the line between fixed points.

Reference: theory, section 3.
"""

from typing import Any

import mpmath
import sympy
from sympy import Eq, Expr, ImmutableMatrix, Symbol, oo

from ..checks import DIFFERENCED, Point, numerical, right_sides, sides, symbolic
from ..derivation import Step
from ..proof import evaluate
from ..transfer import formula_derivative, in_coordinate, slope, x
from .response import stable_value
from .vocabulary import Vocabulary

x_c = Symbol("x_c", real=True)
x_minus, x_plus = Symbol("x_minus", real=True), Symbol("x_plus", real=True)


def critical_points(m: Vocabulary) -> Step:
    f = m.population.transfer
    general = Eq(m.w * m.dF(x_c), 1)
    exist = _folds_exist(m)
    found = [m.own(e).subs(slope, 1 / m.w) for e in f.inputs_of_slope]
    because = (
        "Fixed points are the zeros of h(x) = x − I_ext − w F(x). Its slope 1 − w F′(x) vanishes only here, "
        "so between these points h is monotone and has at most one zero."
    )
    domain = m.domain(x, condition=exist)
    if not found:
        return _implicit_critical_points(m, general, because)
    if len(found) == 1:
        equation = Eq(x_c, _with_positive_weight(m, found[0]))
    else:
        both = ImmutableMatrix([_with_positive_weight(m, e) for e in found])
        equation = Eq(ImmutableMatrix([x_minus, x_plus]), both, evaluate=False)
    names = (x_c,) if len(found) == 1 else (x_minus, x_plus)
    positive_w = Symbol("w_above_zero", positive=True)

    def where_it_holds(step: Step, point: Point) -> list[Any]:
        largest = f.largest_slope
        possible = point[m.w] > 0 if largest == oo else point[m.w] * steepest(m, point) > 1
        claimed = step.condition.subs({s: sympy.Float(v, 30) for s, v in point.items()})
        return [int(bool(claimed) is not bool(possible))]

    def slopes(step: Step) -> list[Expr]:
        active = m.own(formula_derivative(f, 1))
        return [
            (m.w * active.subs(x, right) - 1).subs(m.w, _beyond_fold(m, positive_w))
            for right in right_sides(step.equation, *names)
        ]

    def bisected(step: Step, point: Point) -> list[Any]:
        found_at = right_sides(step.equation, *names)
        return [
            (_bisect_slope(m, point, rising=index == 0) - evaluate(right, point))
            for index, right in enumerate(found_at)
        ]

    return Step(
        "critical_points",
        "The turning points",
        "At "
        + ("these inputs" if len(found) == 2 else "this input")
        + " F has slope 1/w: there h(x) = x − I_ext − w F(x) turns from rising to falling"
        + (", and back." if len(found) == 2 else "."),
        equation,
        because,
        ("fixed_point_equation", "transfer_derivative"),
        (
            symbolic("w F′ = 1 at each of them", slopes, m.domain(), exponents_above_one(m)),
            numerical(
                "bisection of 1 − w F′ on either side of the steepest point",
                bisected,
                domain,
                within=mpmath.mpf(10) ** -40,
                points=6,
            ),
            numerical("the condition, at weights that meet it and weights that do not", where_it_holds, m.domain()),
            symbolic(
                "the line for any F, with this F put in",
                lambda step: _general_slope(m, step, positive_w, names),
                m.domain(),
                exponents_above_one(m),
            ),
        ),
        general=general,
        condition=exist,
    )


def _general_slope(m: Vocabulary, step: Step, positive_w: Symbol, names: tuple[Symbol, ...]) -> list[Expr]:
    active = m.own(formula_derivative(m.population.transfer, 1))
    ((left, right),) = sides(step.general)
    line = (left - right).replace(m.dF, lambda at: active.subs(x, at))
    return [line.subs(x_c, e).subs(m.w, _beyond_fold(m, positive_w)) for e in right_sides(step.equation, *names)]


def _folds_exist(m: Vocabulary) -> Expr:
    """The condition on w under which h has turning points."""
    largest = m.own(m.population.transfer.largest_slope)
    return sympy.Gt(m.w, 0) if largest == oo else sympy.Gt(*cleared(m.w, largest), evaluate=False)


def cleared(weight: Symbol, largest: Expr) -> tuple[Expr, Expr]:
    """Write the two sides of w sup F' against 1 without a fraction on the left: a w against 4."""
    numerator, denominator = sympy.fraction(largest)
    if numerator.is_Symbol:
        return weight * numerator, denominator
    powers = [e for e in largest.atoms(sympy.Pow) if not e.exp.is_number]
    return weight, 1 / largest if powers else sympy.simplify(1 / largest)


def _beyond_fold(m: Vocabulary, q: Symbol) -> Expr:
    """A weight in terms of something positive, such that turning points exist: w sup F' = 1 + q."""
    largest = m.own(m.population.transfer.largest_slope)
    return q if largest == oo else (1 + q) / largest


def _with_positive_weight(m: Vocabulary, expression: Expr) -> Expr:
    positive = Symbol(m.w.name, positive=True)
    tidy = expression.subs(m.w, positive).replace(lambda e: isinstance(e, sympy.log), _tidy_logarithm)
    tidy = tidy.replace(_is_minus_logarithm, lambda e: sympy.log(1 / (-e).args[0]))
    return tidy.subs(positive, m.w)


def _tidy_logarithm(logarithm: Expr) -> Expr:
    numerator, denominator = sympy.fraction(sympy.cancel(sympy.together(logarithm.args[0])))
    return -sympy.log(denominator) if numerator == 1 else sympy.log(numerator / denominator)


def _is_minus_logarithm(expression: Expr) -> bool:
    """Whether this is -ln of a proper fraction, which reads better as ln of its inverse."""
    return isinstance(-expression, sympy.log) and sympy.fraction((-expression).args[0])[1] != 1


def _bisect_slope(m: Vocabulary, point: Point, *, rising: bool) -> Any:
    """Return where w F' passes 1, below (rising) or above the steepest point, by bisection of the stable form."""
    f = m.population.transfer
    (steepest,) = f.inflections or (None,)
    start = evaluate(m.own(steepest), point) if steepest is not None else None
    floor = evaluate(m.threshold, point) if m.threshold is not None else None

    def excess(at: Any) -> Any:
        return point[m.w] * stable_value(m, at, point, 1) - 1

    if start is None:
        # F' only grows: bracket from far below, or from the threshold, to far above.
        low = floor if floor is not None else mpmath.mpf(-1)
        while floor is None and excess(low) > 0:
            low *= 2
        high = mpmath.mpf(1) + low
        while excess(high) < 0:
            high += 2 * abs(high - low)
    else:
        inside, step = start, mpmath.mpf(-1 if rising else 1)
        outside = floor if floor is not None and rising else start + step
        while excess(outside) > 0:
            step *= 2
            outside = start + step
        low, high = outside, inside
    for _ in range(240):
        middle = (low + high) / 2
        if excess(middle) < 0:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def _implicit_critical_points(m: Vocabulary, general: Eq, because: str) -> Step:
    f = m.population.transfer
    straight = in_coordinate(f, 2) == 0
    z = m.coordinate.z
    active = m.own(formula_derivative(f, 1)).subs(x, x_c)
    equation = Eq(m.w * active, 1, evaluate=False)
    edge = m.threshold if m.threshold is not None else -oo
    above_threshold = sympy.Gt(x_c, edge, evaluate=False)
    place = x_c - (m.threshold if m.threshold is not None else 0)
    distance = sympy.Dummy("d", positive=True)
    above = {x_c: x_c - place + distance}
    steepness = m.own(in_coordinate(f, 1).subs(z, m.coordinate.z_of_x.subs(x, x_c)))

    def slope_in_coordinate(step: Step) -> list[Expr]:
        own = [(a - b) - (m.w * steepness - 1) for a, b in sides(step.equation)]
        named = [
            (a - b).replace(m.dF, lambda at: m.own(formula_derivative(f, 1)).subs(x, at)) - (m.w * steepness - 1)
            for a, b in sides(step.general)
        ]
        return [e.subs(above) for e in (*own, *named)]

    def by_difference(step: Step, point: Point) -> list[Any]:
        at = evaluate(m.threshold, point) + abs(point[x]) + mpmath.mpf(1) / 10
        rise = mpmath.diff(lambda v: stable_value(m, v, point), at)
        here = {**point, x_c: at}
        return [evaluate(a - b, here) - (point[m.w] * rise - 1) for a, b in sides(step.equation)]

    statement = (
        "F is straight above its threshold: h turns at the threshold itself, and only if its slope there changes sign. "
        "There is no turning point elsewhere; if its slope is exactly 1/w, then h is constant above the threshold."
        if straight
        else NO_CRITICAL_FORM
    )
    return Step(
        "critical_points",
        "The turning points",
        statement,
        equation,
        because,
        ("fixed_point_equation", "transfer_derivative"),
        (
            symbolic("F′ in the coordinate in which F is simple", slope_in_coordinate, m.domain()),
            numerical("a difference quotient of F", by_difference, m.domain(x), within=DIFFERENCED),
        ),
        general=general,
        condition=above_threshold if straight else sympy.And(_folds_exist(m), above_threshold, evaluate=False),
    )


NO_CRITICAL_FORM = (
    "No closed form for a general exponent; found numerically: F′ is monotone on either side of its largest value, "
    "so each turning point has a bracket of its own."
)


def exponents_above_one(m: Vocabulary) -> tuple[dict[Expr, Expr], ...]:
    """Write each parameter with a positive lower bound as that bound plus something positive: one branch."""
    shift = {
        p.symbol: sympy.nsimplify(p.minimum) + sympy.Dummy(positive=True) for p in m.population.shape if p.minimum > 0
    }
    return (shift,)


def steepest(m: Vocabulary, point: Point) -> Any:
    """Return the largest slope of F by ternary search on the stable form, or its value far out if F' only grows."""

    def rise(at: Any) -> Any:
        return stable_value(m, at, point, 1)

    if not m.population.transfer.inflections:
        return rise(mpmath.mpf(10) ** 6)
    floor = evaluate(m.threshold, point) if m.threshold is not None else mpmath.mpf(-40)
    low, high = floor, mpmath.mpf(40)
    for _ in range(200):
        third = (high - low) / 3
        if rise(low + third) < rise(high - third):
            low += third
        else:
            high -= third
    return rise((low + high) / 2)
