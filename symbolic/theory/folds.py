"""How many fixed points there are, and where their number changes: folds and cusps of one population.

Work with the input x = w r + I: fixed points are the zeros of h(x) = x - I - w F(x). Two of them can only meet where
h'(x) = 1 - w F'(x) vanishes as well; where F is unbounded, one may also come from infinity.
Reference: theory, section 3.
"""

from typing import Any

import mpmath
import sympy
from sympy import Eq, Expr, ImmutableMatrix, Symbol, oo

from ..checks import DIFFERENCED, Point, both_sides, numerical, right_sides, sides, symbolic
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
        possible = point[m.w] > 0 if largest == oo else point[m.w] * _steepest(m, point) > 1
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
            symbolic("w F′ = 1 at each of them", slopes, m.domain(), _exponents_above_one(m)),
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
                _exponents_above_one(m),
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
    return sympy.Gt(m.w, 0) if largest == oo else sympy.Gt(*_cleared(m.w, largest), evaluate=False)


def _cleared(weight: Symbol, largest: Expr) -> tuple[Expr, Expr]:
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
    z = f.coordinate.z
    active = m.own(formula_derivative(f, 1)).subs(x, x_c)
    equation = Eq(m.w * active, 1, evaluate=False)
    edge = m.threshold if m.threshold is not None else -oo
    above_threshold = sympy.Gt(x_c, edge, evaluate=False)
    place = x_c - (m.threshold if m.threshold is not None else 0)
    distance = sympy.Dummy("d", positive=True)
    above = {x_c: x_c - place + distance}
    steepness = m.own(in_coordinate(f, 1).subs(z, f.coordinate.z_of_x.subs(x, x_c)))

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


def fold_curve(m: Vocabulary) -> Step:
    f = m.population.transfer
    c = f.coordinate
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
    low, high = m.population.transfer.coordinate.domain.args[:2]
    if low == -oo:
        return "on the line"
    return f"above {low}" if high == oo else f"between {low} and {high}"


def _coordinate_branches(m: Vocabulary) -> tuple[dict[Expr, Expr], ...]:
    """Write the coordinate as a function of something positive that runs through its domain."""
    c = m.population.transfer.coordinate
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
    above_one = _exponents_above_one(m)

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
    c = f.coordinate
    (at,) = f.inflections
    z = sympy.simplify(c.z_of_x.subs(x, at))
    if not z.is_Pow:
        return m.own(f.formula).subs(x, m.own(at)), None
    # SymPy does not know that the base of the root is positive: name it, so that (q^(1/n))^n becomes q.
    q = sympy.Dummy(positive=True)
    rate, rise = (in_coordinate(f, order).subs(c.z, q**z.exp) for order in (0, 1))
    share = sympy.simplify(1 - rate / rise / c.x.subs(c.z, q**z.exp))
    return tuple(m.own(sympy.factor(e.subs(q, z.base))) for e in (rate, share))


def _exponents_above_one(m: Vocabulary) -> tuple[dict[Expr, Expr], ...]:
    shift = {
        p.symbol: sympy.nsimplify(p.minimum) + sympy.Dummy(positive=True) for p in m.population.shape if p.minimum > 0
    }
    return (shift,)


def _no_cusp(m: Vocabulary, bend: Expr, curvature: Expr) -> Step:
    f = m.population.transfer
    c = f.coordinate
    straight = bend == 0
    relation = Eq(m.d2F(x), 0, evaluate=False) if straight else sympy.Gt(curvature, 0, evaluate=False)
    where = {x: m.own(c.x)}
    shift = _exponents_above_one(m)[0]

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
        relation = sign(*_cleared(m.w, largest), evaluate=False)

    def bound(step: Step) -> list[Expr]:
        left, right = both_sides(step.equation, sign)
        if largest == oo:
            steepest = sympy.limit(formula_derivative(f, 1).subs(_exponents_above_one(m)[0]), x, oo)
            return [left - right - m.w, sympy.Integer(steepest != oo)]
        c = f.coordinate
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
        return [evaluate(left / right, point) - point[m.w] * _steepest(m, point)]

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
            symbolic("the slope at the inflection, or its limit", bound, m.domain(), _exponents_above_one(m)),
            numerical("the largest slope, found by climbing F′", climbed, m.domain(), within=DIFFERENCED, points=6),
        ),
    )


def _steepest(m: Vocabulary, point: Point) -> Any:
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
