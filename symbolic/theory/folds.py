"""How many fixed points there are, and where their number changes: folds and cusps of one population.

Work with the input x = w r + I: fixed points are the zeros of h(x) = x - I - w F(x). Two of them can only meet where
h'(x) = 1 - w F'(x) vanishes as well; where F is unbounded, one may also come from infinity.
Reference: theory, section 3.
"""

from typing import Any

import mpmath
import sympy
from sympy import Eq, Expr, ImmutableMatrix, oo

from ..checks import DIFFERENCED, Point, both_sides, numerical, right_sides, symbolic
from ..derivation import Step
from ..proof import evaluate
from ..transfer import formula_derivative, in_coordinate, x
from .response import stable_value
from .turning_points import cleared, exponents_above_one, steepest
from .vocabulary import Vocabulary


def fold_curve(m: Vocabulary) -> Step:
    f = m.population.transfer
    c = m.coordinate
    rise, value = in_coordinate(f, 1), in_coordinate(f)
    names = ImmutableMatrix([m.w, m.I_ext, m.r])
    general = Eq(names, ImmutableMatrix([1 / m.dF(x), x - m.F(x) / m.dF(x), m.F(x)]), evaluate=False)
    curve = [m.own(e) for e in (1 / rise, c.x - value / rise, value)]
    equation = Eq(names, ImmutableMatrix(curve), evaluate=False)
    straight = in_coordinate(f, 2) == 0
    inside = m.domain(c.z)

    def tangent(step: Step) -> list[Expr]:
        weight, drive, rate = right_sides(step.equation, *names)
        at = weight * rate + drive
        return [
            weight * m.own(rise).subs(c.z, m.own(c.z_of_x).subs(x, at)) - 1,
            rate - m.own(f.formula).subs(x, at),
            at - m.own(c.x),
            step.condition.lhs - c.z,
            step.condition.rhs.subs(x, m.own(c.x)) - c.z,
        ]

    def as_general(step: Step) -> list[Expr]:
        active, active_slope = m.own(f.formula), m.own(formula_derivative(f, 1))
        residuals = []
        pairs = zip(*(right_sides(line, *names) for line in (step.general, step.equation)), strict=True)
        for named, explicit in pairs:
            put = named.replace(m.dF, lambda at: active_slope.subs(x, at)).replace(m.F, lambda at: active.subs(x, at))
            residuals.append(put.subs(x, m.own(c.x)) - explicit)
        return residuals

    def double_root(step: Step, point: Point) -> list[Any]:
        weight, drive, rate = (evaluate(right, point) for right in right_sides(step.equation, *names))

        def height(v: Any) -> Any:
            return v - drive - weight * stable_value(m, v, point)

        at = weight * rate + drive
        return [height(at), mpmath.diff(height, at), rate - stable_value(m, at, point)]

    parameter = m.own(c.z_of_x)
    return Step(
        "fold_curve",
        "The fold curve",
        (
            "F is straight above its threshold, so the curve shrinks to one point: w a = 1 and I_ext = θ, "
            "where all rates "
            "r ≥ 0 are fixed points. Elsewhere the number of fixed points changes at I_ext = θ, where one meets the "
            "threshold (a border collision), and at a w = 1, where one comes from infinity."
            if straight
            else "On this curve a stable and an unstable fixed point meet and vanish. Every z "
            + _runs_through(m)
            + " names one point of it; z is the coordinate in which F is simple, given below."
        ),
        equation,
        "A fixed point is double where w F′(x) = 1: solve for w, then I_ext = x − w F(x) and r = F(x), all "
        "in terms of x(z).",
        ("critical_points", "transfer_inverse"),
        (
            symbolic(
                "r = F(w r + I_ext) and w F′(w r + I_ext) = 1 along the curve", tangent, inside, _coordinate_branches(m)
            ),
            symbolic("the line for any F, with this F put in", as_general, inside, _coordinate_branches(m)),
            numerical("h and its difference quotient vanish along the curve", double_root, inside, within=DIFFERENCED),
        ),
        general=general,
        condition=Eq(c.z, parameter),
    )


def _runs_through(m: Vocabulary) -> str:
    """Say where the coordinate runs."""
    low, high = m.coordinate.domain.args[:2]
    if low == -oo:
        return "on the line"
    return f"above {low}" if high == oo else f"between {low} and {high}"


def _coordinate_branches(m: Vocabulary) -> tuple[dict[Expr, Expr], ...]:
    """Write the coordinate as a function of something positive that runs through its domain."""
    c = m.coordinate
    p = sympy.Dummy("p", positive=True)
    if c.domain.inf == 0 and c.domain.sup == 1:
        return ({c.z: p / (1 + p)},)
    return ({c.z: p},) if c.domain.inf == 0 else ({},)


def cusp(m: Vocabulary) -> Step:
    f = m.population.transfer
    bend = m.own(in_coordinate(f, 2))
    curvature = m.own(formula_derivative(f, 2))

    if not f.inflections:
        return _no_cusp(m, bend, curvature)

    (at,) = (m.own(e) for e in f.inflections)
    weight = _simple(m.own(1 / f.largest_slope))
    rate, share = _at_inflection(m)
    drive = at * share if share is not None else at - sympy.Add(*(weight * e for e in sympy.Add.make_args(rate)))
    names = ImmutableMatrix([x, m.w, m.I_ext, m.r])
    equation = Eq(names, ImmutableMatrix([at, weight, drive, rate]), evaluate=False)
    above_one = exponents_above_one(m)

    def triple(step: Step) -> list[Expr]:
        place, w, i, r = right_sides(step.equation, *names)
        active, steep = m.own(f.formula), m.own(formula_derivative(f, 1))
        return [
            curvature.subs(x, place),
            w * steep.subs(x, place) - 1,
            active.subs(x, place) - r,
            place - i - w * r,
        ]

    def flat(step: Step, point: Point) -> list[Any]:
        place, w, i, r = (evaluate(right, point) for right in right_sides(step.equation, *names))

        def height(v: Any) -> Any:
            return v - i - w * stable_value(m, v, point)

        return [
            height(place),
            mpmath.diff(height, place),
            mpmath.diff(height, place, 2),
            r - stable_value(m, place, point),
        ]

    return Step(
        "cusp",
        "The cusp",
        "The two branches of the fold curve meet here. For smaller w there is one fixed point for every input; "
        "above, there is a range of inputs with three.",
        equation,
        "On the fold curve, the point where F″ vanishes too: F is steepest there and w is smallest.",
        ("fold_curve", "transfer_second_derivative"),
        (
            symbolic("h, h′ and h″ vanish together", triple, m.domain(), above_one),
            numerical(
                "h and its first two difference quotients vanish", flat, m.domain(), within=mpmath.mpf(10) ** -15
            ),
        ),
    )


def _simple(expression: Expr) -> Expr:
    """Simplify, unless there are symbolic powers, which SymPy would take apart."""
    return expression if any(not e.exp.is_number for e in expression.atoms(sympy.Pow)) else sympy.simplify(expression)


def _at_inflection(m: Vocabulary) -> tuple[Expr, Expr | None]:
    """Return F at its inflection and, for a power law, the external input there as a share of the total."""
    f = m.population.transfer
    c = m.coordinate
    (at,) = f.inflections
    z = sympy.simplify(c.z_of_x.subs(x, at))
    if not z.is_Pow:
        return m.own(f.formula).subs(x, m.own(at)), None
    # SymPy does not know that the base of the root is positive: name it, so that (q^(1/n))^n becomes q.
    q = sympy.Dummy(positive=True)
    rate, rise = (in_coordinate(f, order).subs(c.z, q**z.exp) for order in (0, 1))
    share = sympy.simplify(1 - rate / rise / c.x.subs(c.z, q**z.exp))
    return tuple(m.own(sympy.factor(e.subs(q, z.base))) for e in (rate, share))


def _no_cusp(m: Vocabulary, bend: Expr, curvature: Expr) -> Step:
    c = m.coordinate
    straight = bend == 0
    relation = Eq(m.d2F(x), 0, evaluate=False) if straight else sympy.Gt(curvature, 0, evaluate=False)
    where = {x: m.own(c.x)}
    shift = exponents_above_one(m)[0]

    def sign(step: Step) -> list[Expr]:
        if straight:
            return [curvature - right for right in right_sides(step.equation, m.d2F(x))]
        left, right = both_sides(step.equation, sympy.Gt)
        inside = bend.subs(shift)
        certain = sympy.Integer(0) if inside.is_positive else sympy.Integer(1)
        return [(left - right).subs(where) - bend, certain]

    def by_difference(step: Step, point: Point) -> list[Any]:
        at = evaluate(m.own(c.x), point) if m.threshold is None else evaluate(m.threshold, point) + point[c.z]
        value = mpmath.diff(lambda v: stable_value(m, v, point), at, 2)
        if straight:
            return [value]
        left, right = both_sides(step.equation, sympy.Gt)
        return [evaluate(left - right, {**point, x: at}) - value, max(0, -value)]

    return Step(
        "cusp",
        "No cusp",
        (
            "Above its threshold F is straight, so three fixed points can never meet: there is no cusp."
            if straight
            else "F is convex, so a straight line meets it at most twice: "
            "there are never three fixed points, and no cusp."
        ),
        relation,
        "A cusp needs F″ = 0 at a point of the fold curve."
        if not straight
        else "F″ vanishes on whole intervals, not at a point where it changes sign.",
        ("fold_curve", "transfer_second_derivative"),
        (
            symbolic(
                "F″ in the coordinate in which F is simple, and its sign", sign, m.domain(c.z), _coordinate_branches(m)
            ),
            numerical("a second difference quotient of F", by_difference, m.domain(c.z), within=DIFFERENCED),
        ),
        condition=sympy.true if m.threshold is None else sympy.Gt(x, m.threshold, evaluate=False),
    )


def uniqueness(m: Vocabulary) -> Step:
    f = m.population.transfer
    largest = m.own(f.largest_slope)
    attained = bool(f.inflections)
    # Where the largest slope is taken at one point only, h still rises if w times it is just 1.
    sign = sympy.Le if attained or largest == oo else sympy.Lt
    if largest == oo:
        relation = sign(m.w, 0, evaluate=False)
    else:
        relation = sign(*cleared(m.w, largest), evaluate=False)

    def bound(step: Step) -> list[Expr]:
        left, right = both_sides(step.equation, sign)
        if largest == oo:
            largest_limit = sympy.limit(formula_derivative(f, 1).subs(exponents_above_one(m)[0]), x, oo)
            return [left - right - m.w, sympy.Integer(largest_limit != oo)]
        c = m.coordinate
        steep = in_coordinate(f, 1)
        if attained:
            (at,) = f.inflections
            z = sympy.simplify(c.z_of_x.subs(x, at))
            q = sympy.Dummy(positive=True)
            top = steep.subs(c.z, q**z.exp).subs(q, z.base) if z.is_Pow else steep.subs(c.z, z)
        else:
            top = sympy.limit(formula_derivative(f, 1), x, oo)
        return [left / right - m.w * m.own(top)]

    def climbed(step: Step, point: Point) -> list[Any]:
        left, right = both_sides(step.equation, sign)
        if largest == oo:
            # For any w > 0, however small, F is steeper than 1/w somewhere, and h falls there.
            far = mpmath.mpf(10) ** 60
            steep_enough = abs(point[m.w]) * stable_value(m, far, point, 1) > 1 or point[m.w] == 0
            return [evaluate(left - right, point) - point[m.w], int(not steep_enough)]
        return [evaluate(left / right, point) - point[m.w] * steepest(m, point)]

    attained_text = (
        f"With {'no more' if attained else 'less'} recurrence than this there is exactly one fixed point for "
        "every input, and it is stable"
        + (" (at the cusp itself it attracts, though λ = 0 there)." if attained else ".")
    )
    without = (
        "Only without excitatory recurrence is there exactly one fixed point for every input: F becomes "
        "steeper than any line."
        if largest == oo
        else attained_text
    )
    return Step(
        "uniqueness",
        "When the fixed point is unique",
        without,
        relation,
        "Then the slope 1 − w F′(x) of h is never negative, so h rises everywhere, from −∞ to ∞, and crosses zero "
        "once. All inhibitory weights are included.",
        ("critical_points", "transfer_derivative"),
        (
            symbolic("the slope at the inflection, or its limit", bound, m.domain(), exponents_above_one(m)),
            numerical("the largest slope, found by climbing F′", climbed, m.domain(), within=DIFFERENCED, points=6),
        ),
    )
