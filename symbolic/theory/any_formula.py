"""Turning points, folds, cusps and bounds of a formula of one's own: the lines that hold for any F.

They are conditions on the input x; what fulfils them is found numerically, with proof on a stated interval.
Reference: theory, sections 2.1 and 3.
"""

from typing import Any

import mpmath
import sympy
from sympy import Eq, Expr, ImmutableMatrix, Symbol

from ..checks import DIFFERENCED, AnotherLine, Point, numerical, right_sides, sides, specialises, symbolic
from ..derivation import Step
from ..proof import evaluate
from ..transfer import formula_derivative, x
from .response import bounds_of, stable_value
from .turning_points import x_c
from .vocabulary import Vocabulary, r_0, r_of_t, t

FOUND = "found numerically, with proof on a stated interval"


def bifurcation_steps(m: Vocabulary) -> tuple[Step, ...]:
    """Return the turning points, the fold curve and the cusps; nothing of an F that is flat but for jumps."""
    if _vanishes(m, 1):
        return ()
    return critical_points(m), fold_curve(m), cusp(m)


def _vanishes(m: Vocabulary, order: int) -> bool:
    """Whether a derivative of F is 0 in each of its cases."""
    slope = formula_derivative(m.population.transfer, order)
    cases = [case for case, _ in slope.args] if isinstance(slope, sympy.Piecewise) else [slope]
    return all(case == 0 for case in cases)


def _difference(m: Vocabulary, point: Point, order: int) -> Any:
    return mpmath.diff(lambda v: stable_value(m, v, point), point[x], order)


def critical_points(m: Vocabulary) -> Step:
    general = Eq(m.w * m.dF(x_c), 1, evaluate=False)
    equation = Eq(m.put_in(m.w * m.dF(x_c)), 1, evaluate=False)
    height = x_c - m.I_ext - m.w * m.population.response(x_c, 0)
    branches = m.branches_of(x_c, vary=x_c)
    kinks = bool(m.population.transfer.kinks)

    def slope_of_height(step: Step) -> list[Expr]:
        return [(a - b) + sympy.diff(height, x_c) for a, b in sides(step.equation)]

    def by_difference(step: Step, point: Point) -> list[Any]:
        rise = point[m.w] * _difference(m, point, 1) - 1
        return [evaluate(a - b, {**point, x_c: point[x]}) - rise for a, b in sides(step.equation)]

    domain = m.domain(x)
    return Step(
        "critical_points",
        "The turning points",
        f"No closed form: the inputs at which F has slope 1/w are {FOUND}."
        + (" At a kink or a jump of F the slope of h jumps too: h may turn there as well." if kinks else ""),
        equation,
        "Fixed points are the zeros of h(x) = x − I_ext − w F(x). Its slope 1 − w F′(x) vanishes only here, "
        "so between these points h is monotone and has at most one zero.",
        ("fixed_point_equation", "transfer_derivative"),
        (
            specialises(m.put_in, domain, branches),
            symbolic("the slope of h, by SymPy", slope_of_height, domain, branches),
            numerical("a difference quotient of F", by_difference, domain, within=DIFFERENCED),
        ),
        general=general,
    )


def fold_curve(m: Vocabulary) -> Step:
    names = ImmutableMatrix([m.w, m.I_ext, m.r])
    response, slope = (m.population.response(x, order) for order in (0, 1))
    if m.is_in_cases:
        # Where F is flat there is no fold, and 1/F' no number: w stays on the left.
        left = ImmutableMatrix([m.w * m.dF(x), m.I_ext, m.r])
        right = ImmutableMatrix([1, x - m.w * m.F(x), m.F(x)])
        put_in = [ImmutableMatrix([m.put_in(e) for e in side]) for side in (left, right)]
        general, equation = Eq(left, right, evaluate=False), Eq(*put_in, evaluate=False)
    else:
        general = Eq(names, ImmutableMatrix([1 / m.dF(x), x - m.F(x) / m.dF(x), m.F(x)]), evaluate=False)
        equation = Eq(names, ImmutableMatrix([1 / slope, x - response / slope, response]), evaluate=False)
    branches = m.branches_of(x, vary=x)

    def weight_of(step: Step) -> Expr:
        return m.w if m.is_in_cases else right_sides(step.equation, *names)[0]

    def tangent(step: Step) -> list[Expr]:
        pairs = sides(step.equation)
        if len(pairs) != len(names) or [a for a, _ in pairs[1:]] != list(names)[1:]:
            raise AnotherLine(f"expected {names} on the left")
        drive, rate = (right for _, right in pairs[1:])
        steepness = weight_of(step) * sympy.diff(response, x) - 1
        # In cases the line itself says w F' = 1; else it says what w is.
        first = pairs[0][0] - pairs[0][1] - steepness if m.is_in_cases else steepness
        return [first, weight_of(step) * rate + drive - x, rate - response]

    def double_root(step: Step, point: Point) -> list[Any]:
        rise = _difference(m, point, 1)
        if abs(rise) < mpmath.mpf(10) ** -12:
            return [0]  # no weight makes this a fold
        here = {**point, m.w: 1 / rise}
        drive, rate = (evaluate(right, here) for _, right in sides(step.equation)[1:])
        own_weight = evaluate(weight_of(step), here)
        height = point[x] - drive - own_weight * stable_value(m, point[x], point)
        first = sides(step.equation)[0]
        steepness = evaluate(first[0] - first[1], here) if m.is_in_cases else own_weight * rise - 1
        scale = 1 + abs(own_weight) * (1 + abs(rate)) + abs(drive)
        return [height / scale, steepness / scale, rate - stable_value(m, point[x], point)]

    domain = m.domain(x)
    return Step(
        "fold_curve",
        "The fold curve",
        "On this curve two fixed points meet and vanish. Every input x at which F is not flat names one point of it; "
        "it breaks where F′ is 0, where it runs to infinite weights"
        + (", and where F has a kink or jumps." if m.population.transfer.kinks else "."),
        equation,
        "A fixed point is double where w F′(x) = 1: solve for w, then I_ext = x − w F(x) and r = F(x).",
        ("critical_points", "transfer"),
        (
            symbolic("r = F(w r + I_ext) and w F′(w r + I_ext) = 1 along the curve", tangent, domain, branches),
            specialises(m.put_in, domain, branches),
            numerical("h and its difference quotient vanish along the curve", double_root, domain, within=DIFFERENCED),
        ),
        general=general,
        condition=sympy.Ne(m.dF(x), 0, evaluate=False),
    )


def cusp(m: Vocabulary) -> Step:
    straight = _vanishes(m, 2)
    response = m.population.response(x, 0)
    general = Eq(m.d2F(x), 0, evaluate=False)
    equation = general if straight else Eq(m.put_in(m.d2F(x)), 0, evaluate=False)
    branches = m.branches_of(x, vary=x)
    domain = m.domain(x)

    def bend(step: Step) -> list[Expr]:
        ((left, right),) = sides(step.equation)
        if straight:
            (right,) = right_sides(step.equation, m.d2F(x))
            left = sympy.Integer(0)
        return [left - right - sympy.diff(response, x, 2)]

    def by_difference(step: Step, point: Point) -> list[Any]:
        ((left, right),) = sides(step.equation)
        left = sympy.Integer(0) if straight else left
        return [evaluate(left - right, point) - _difference(m, point, 2)]

    with_F_put_in = () if straight else (specialises(m.put_in, domain, branches),)
    checks = (
        *with_F_put_in,
        symbolic("F differentiated twice, by SymPy", bend, domain, branches),
        numerical("a second difference quotient of F", by_difference, domain, within=DIFFERENCED),
    )
    return Step(
        "cusp",
        "No cusp" if straight else "The cusps",
        "F is straight between its kinks, so there is no point of the fold curve at which it bends."
        if straight
        else "Where F″ changes its sign, and F′ is not 0, two branches of the fold curve meet: for weights on one side "
        f"of that there is no fold nearby, on the other there are two. These inputs are {FOUND}.",
        equation,
        "Along the fold curve w = 1/F′(x) turns back where F″ changes its sign.",
        ("fold_curve", "transfer_second_derivative"),
        checks,
        general=None if straight else general,
    )


def trapping_region(m: Vocabulary) -> Step:
    low, high = _bounds(m)
    limit = sympy.Dummy("limit", real=True)
    relax = sympy.dsolve(Eq(m.tau * r_of_t(t).diff(t), -r_of_t(t) + limit), r_of_t(t), ics={r_of_t(0): r_0}).rhs
    collected = sympy.collect(sympy.expand(relax), sympy.exp(-t / m.tau))
    equation = sympy.And(
        sympy.Le(collected.subs(limit, low), r_of_t(t), evaluate=False),
        sympy.Le(r_of_t(t), collected.subs(limit, high), evaluate=False),
        evaluate=False,
    )

    def extremes(step: Step) -> list[Expr]:
        bounds = bounds_of(step.equation, r_of_t(t))
        residuals = []
        for bound, end in zip(bounds, (low, high), strict=True):
            if bound is None:
                raise AnotherLine("expected a lower and an upper bound of r(t)")
            residuals += [m.tau * sympy.diff(bound, t) + bound - end, bound.subs(t, 0) - r_0]
        return residuals

    def simulated(step: Step, point: Point) -> list[Any]:
        # Euler with dt <= tau is a chain of weighted means of r and F, so it obeys the bound of its own scheme:
        # (1 - dt/tau)^k in place of exp(-t/tau). F of its inputs lies between the least and the largest of these.
        f, steps, rate, taken = m.population.transfer, 100, point[r_0], []
        dt = point[t] / steps
        for _ in range(steps):
            drive = point[m.w] * rate + point[m.I_ext]
            if f.inputs is not None and not f.inputs[0] <= drive <= f.inputs[1]:
                break  # past what the formula is meant for
            taken.append(stable_value(m, drive, point))
            rate += dt / point[m.tau] * (taken[-1] - rate)
        if not taken:
            return [0]
        ends = {low: min(taken), high: max(taken), t: dt * len(taken)}
        lower, upper = (evaluate(b, {**point, **ends}) for b in bounds_of(step.equation, r_of_t(t)) if b is not None)
        room = max(abs(point[r_0] - end) for end in (min(taken), max(taken))) * dt / point[m.tau]
        return [max(0, lower - rate - room), max(0, rate - upper - room)]

    domain = m.domain(r_0, t)
    return Step(
        "trapping_region",
        "Where the rate is confined",
        f"Here {low.name} and {high.name} are bounds of F, {FOUND}. Where F has both, the rate is drawn towards the "
        "values between them, whatever the weight and however the input varies, and inside them it stays: it cannot "
        "blow up. An F without bound sets none.",
        equation,
        "F never leaves its bounds, so the rate is pulled at least as strongly as by a constant response at one of "
        "them.",
        ("rate_equation", "transfer"),
        (
            symbolic("each bound solves the rate equation with F held at it", extremes, domain),
            numerical("simulated trajectories stay inside", simulated, domain, within=mpmath.mpf(0), points=4),
        ),
    )


def _bounds(m: Vocabulary) -> tuple[Symbol, Symbol]:
    """Return the names of the bounds of F, which no parameter has."""
    pairs = (("F_min", "F_max"), ("F_low", "F_high"), ("F_inf", "F_sup"))
    free = [pair for pair in pairs if not set(pair) & set(m.model.parameters)]
    low, high = free[0] if free else pairs[0]
    return Symbol(low, real=True), Symbol(high, real=True)
