"""What follows from the transfer function alone: its range, slope, curvature and inverse.

Formulas: reference, theory, sections 1 and 3.1.
"""

from collections.abc import Sequence
from typing import Any

import mpmath
import sympy
from sympy import Eq, Expr, oo

from ..checks import DIFFERENCED, Point, evaluates_to, numerical, right_sides, symbolic
from ..derivation import Check, Step
from ..proof import evaluate
from ..stable import stable_forms
from ..transfer import in_coordinate, x, y
from ..verbatim import Sentence, Verbatim
from .vocabulary import Vocabulary


def stable_value(m: Vocabulary, at: Any, point: Point, order: int = 0) -> Any:
    """Return F, F' or F'' at an input, at 50 digits, from the stable form: a route apart from the derived formulas."""
    forms = stable_forms(m.population.transfer)
    if m.threshold is not None and at <= evaluate(m.threshold, point):
        return mpmath.mpf(0)
    form = m.own((forms.F, forms.dF, forms.d2F)[order])
    return evaluate(form, {**point, x: at})


def transfer(m: Vocabulary) -> Step:
    f = m.population.transfer
    domain = m.domain(x)

    def by_integral(point: Point) -> list[Any]:
        start = point[x] - 1
        path = [start, *sorted(c for c in m.corners(point) if start < c < point[x]), point[x]]
        with mpmath.workdps(30):
            rise = mpmath.quad(lambda v: stable_value(m, v, point, 1), path)
        return [stable_value(m, start, point) + rise]

    return Step(
        m.key("transfer"),
        m.title("The transfer function"),
        Sentence(
            f"{m.told('F')} is the ",
            Verbatim(f.title),
            *((". Source: ", Verbatim(f.source), ".") if f.source else (".",)),
        ),
        Eq(m.F(x), m.own(f.expression)),
        "This is the definition; x is the total input."
        + ("" if f.threshold is None else " Below the threshold there is no response."),
        follows_from=("rate_equation" if m.model.is_single else "rate_equations",),
        checks=(
            _by_another_form(m, 0),
            evaluates_to(
                "F one unit of input lower plus the integral of F′", by_integral, domain, within=DIFFERENCED, points=4
            ),
        ),
    )


def _by_another_form(m: Vocabulary, order: int) -> Check:
    """The derived formula against one that comes from elsewhere.

    That is the form written by hand for floating point, or, where the formula itself is fit for that, the derivative
    taken in the coordinate in which F is simple (for F itself: its inverse, solved for separately).
    """
    f = m.population.transfer
    forms = stable_forms(f)
    form = m.own((forms.F, forms.dF, forms.d2F)[order])
    own = [{m.own(v): m.own(e) for v, e in branch.items()} for branch in forms.branches]
    name = (m.F, m.dF, m.d2F)[order](x)
    if not f.has_closed_forms:
        return symbolic("the form fit for floating point", lambda step: _case_by_case(step, name, form), m.domain(x))
    d = sympy.Dummy("d", positive=True)
    c = m.coordinate
    in_z = m.own(in_coordinate(f, order).subs(c.z, c.z_of_x))

    def residual(step: Step) -> list[Expr]:
        (right,) = right_sides(step.equation, name)
        if m.threshold is None:
            return [(right - form).subs(branch, simultaneous=True) for branch in own]
        above, below = ({x: m.threshold + side * d} for side in (1, -1))
        if forms.written:
            everywhere = [branch or above for branch in own]
            return [*((right - form).subs(branch, simultaneous=True) for branch in everywhere), right.subs(below)]
        if order == 0:
            return [m.own(f.inverse).subs(y, right.subs(above)) - (m.threshold + d), right.subs(below)]
        return [(right - in_z).subs(above), right.subs(below)]

    if forms.written:
        title = "the form fit for floating point, written independently"
    else:
        title = (
            "the inverse, solved for separately, gives back x"
            if order == 0
            else "the derivative in the coordinate of F"
        )
    return symbolic(title, residual, m.domain(x))


def _case_by_case(step: Step, name: Expr, form: Expr) -> list[Expr]:
    """Return the differences of a line and a form in the same cases, case by case."""
    (right,) = right_sides(step.equation, name)
    ours, theirs = (
        [(e, c) for e, c in side.args if e is not sympy.nan] if isinstance(side, sympy.Piecewise) else [(side, True)]
        for side in (right, form)
    )
    if [c for _, c in ours] != [c for _, c in theirs]:
        # Some of them are equal, and were made one.
        return [sympy.piecewise_fold(right - form)]
    return [a - b for (a, _), (b, _) in zip(ours, theirs, strict=True)]


def transfer_at_zero(m: Vocabulary) -> Step:
    f = m.population.transfer
    value = sympy.piecewise_fold(m.own(f.expression.subs(x, 0)))
    if value != 0:
        statement = (
            "Without input the population still responds a little."
            if f.threshold is None
            else "Without input the population is silent, unless its threshold is negative."
        )
    elif f.threshold is None:
        statement = "Without input the population is silent: the second term of F is chosen for that."
    else:
        statement = "Without input the population is silent."

    def limit(point: Point) -> list[Any]:
        tiny = mpmath.mpf(10) ** -60
        return [(stable_value(m, tiny, point) + stable_value(m, -tiny, point)) / 2]

    d = sympy.Dummy("d", positive=True)
    varied = f.threshold is not None and not f.threshold.is_number
    branches = ({m.threshold: d}, {m.threshold: -d}, {m.threshold: sympy.Integer(0)}) if varied else ({},)
    form = m.own(stable_forms(f).F.subs(x, 0))

    def residual(step: Step) -> list[Expr]:
        (right,) = right_sides(step.equation, m.F(0))
        if f.threshold is None:
            return [right - form]
        # Below its threshold F is 0; above, it is simple in its coordinate.
        c = m.coordinate
        start = m.own(in_coordinate(f).subs(c.z, c.z_of_x.subs(x, 0)))
        return [right - sympy.Piecewise((start, sympy.Lt(m.threshold, 0)), (0, True))]

    return Step(
        m.key("transfer_at_zero"),
        m.title("The response to no input"),
        m.told(statement),
        Eq(m.F(0), value, evaluate=False),
        m.told("Put x = 0 into F."),
        follows_from=(m.key("transfer"),),
        checks=(
            symbolic("F at x = 0, from a form of its own", residual, m.domain(), branches),
            evaluates_to("F just above and just below 0", limit, m.domain()),
        ),
    )


def bounds_of(relation: sympy.Basic, subject: Expr) -> tuple[Expr | None, Expr | None]:
    """Return the lower and the upper bound that a relation, or several joined by And, set for `subject`."""
    low = high = None
    for part in relation.args if isinstance(relation, sympy.And) else (relation,):
        if isinstance(part, sympy.Ne):
            continue
        if part.gts == subject:
            low = part.lts
        elif part.lts == subject:
            high = part.gts
    return low, high


def ends_included(relation: sympy.Basic, subject: Expr) -> tuple[bool, bool]:
    """Return whether the lower and the upper bound of a relation include their ends."""
    parts = relation.args if isinstance(relation, sympy.And) else (relation,)
    loose = [part for part in parts if isinstance(part, sympy.Le | sympy.Ge)]
    return any(part.gts == subject for part in loose), any(part.lts == subject for part in loose)


def differences(bounds: Sequence[Expr | None], ends: Sequence[Expr]) -> list[Expr]:
    """Return bounds minus ends; a bound that is missing where the end is finite, or set where it is not, is one off."""
    return [
        bound - end
        if bound is not None and end.is_finite is not False
        else sympy.Integer(bound is not None or end.is_finite is not False)
        for bound, end in zip(bounds, ends, strict=True)
    ]


def between(low: Expr, subject: Expr, high: Expr, *, closed: bool = False, low_closed: bool = False) -> sympy.Basic:
    """Return the relation low < subject < high, with <= where closed; without the upper part where it is infinite."""
    below = sympy.Le(low, subject, evaluate=False) if closed or low_closed else sympy.Lt(low, subject, evaluate=False)
    if high == oo:
        return below
    above = sympy.Le(subject, high, evaluate=False) if closed else sympy.Lt(subject, high, evaluate=False)
    return sympy.And(below, above, evaluate=False)


def transfer_range(m: Vocabulary) -> Step:
    f = m.population.transfer
    low, high = m.own(f.range.inf), m.own(f.range.sup)
    far = 10**30

    def residual(step: Step) -> list[Expr]:
        start = f.formula.subs(x, f.threshold) if f.threshold is not None else sympy.limit(f.formula, x, -oo)
        end = sympy.limit(f.formula, x, oo)
        # The lower end is taken, below the threshold, or it is not; the upper end never is.
        taken = ends_included(step.equation, m.F(x))
        wrong = sympy.Integer(taken[0] is (f.threshold is None)) + sympy.Integer(bool(taken[1]))
        return [*differences(bounds_of(step.equation, m.F(x)), (m.own(start), m.own(end))), wrong]

    def stays_inside(step: Step, point: Point) -> list[Any]:
        lower, upper = (None if b is None else evaluate(b, point) for b in bounds_of(step.equation, m.F(x)))
        if lower is None or (upper is None) is f.bounded:
            return [1]
        value = stable_value(m, point[x], point)
        outside = [max(0, lower - value), stable_value(m, mpmath.mpf(-far), point) - lower]
        if upper is not None:
            # Further out still: the Naka-Rushton function approaches its limit only as a power of x.
            outside += [max(0, value - upper), stable_value(m, mpmath.mpf(far) ** 4, point) - upper]
        return outside

    finite = "F is bounded" if f.bounded else "F grows without bound"
    return Step(
        m.key("transfer_range"),
        m.title("The range of F"),
        m.told(f"{finite}: it takes exactly these values."),
        between(low, m.F(x), high, low_closed=f.threshold is not None),
        m.told("F rises from its limit at low input to its limit at high input."),
        follows_from=(m.key("transfer"),),
        checks=(
            symbolic("the limits of F at either end, in x", residual, m.domain()),
            numerical("F far out, and F inside, at 50 digits", stays_inside, m.domain(x), within=mpmath.mpf(10) ** -25),
        ),
    )


def transfer_derivatives(m: Vocabulary) -> tuple[Step, Step]:
    f = m.population.transfer
    domain = m.domain(x)
    steps = []
    for order, name, key, title, why in (
        (
            1,
            m.dF,
            "transfer_derivative",
            m.title("The slope of F"),
            "Differentiate F with respect to x. The slope is the gain of the population at the input x.",
        ),
        (
            2,
            m.d2F,
            "transfer_second_derivative",
            m.title("The curvature of F"),
            "Differentiate once more.",
        ),
    ):
        expression = m.own(f.derivative if order == 1 else f.second_derivative)

        def by_difference(point: Point, order: int = order) -> list[Any]:
            return [mpmath.diff(lambda v: stable_value(m, v, point), point[x], order)]

        steps.append(
            Step(
                m.key(key),
                title,
                m.told(_slope_statement(m) if order == 1 else _curvature_statement(m)),
                Eq(name(x), expression, evaluate=False),
                m.told(why),
                follows_from=(m.key("transfer" if order == 1 else "transfer_derivative"),),
                checks=(
                    _by_another_form(m, order),
                    evaluates_to("a difference quotient of F", by_difference, domain, within=DIFFERENCED),
                ),
            )
        )
    return steps[0], steps[1]


def _slope_statement(m: Vocabulary) -> str:
    f = m.population.transfer
    if not f.has_closed_forms:
        return "Where F′ is positive F rises, where it is negative F falls." + (
            " It is not defined where F has a kink or jumps." if f.kinks else ""
        )
    kink = " It jumps at the threshold, where it is not defined." if f.kinks else ""
    return ("F rises everywhere." if f.threshold is None else "F rises everywhere above its threshold.") + kink


def _curvature_statement(m: Vocabulary) -> str:
    f = m.population.transfer
    if not f.has_closed_forms:
        return "Where F″ is positive the slope of F grows with the input, where it is negative it falls." + (
            " It is not defined where its cases meet." if f.switches else ""
        )
    if f.second_derivative == 0 or in_coordinate(f, 2) == 0:
        return "F is straight on either side of its threshold."
    if f.inflections:
        return "F is first convex, then concave: it has one inflection, where the slope is largest."
    return "F is convex: its slope only grows with the input."


def transfer_inverse(m: Vocabulary) -> Step:
    f = m.population.transfer
    expression = m.own(f.inverse)
    low, high = (m.own(e) for e in (f.range.inf, f.range.sup))
    where = (
        sympy.Lt(low, y, evaluate=False)
        if high == oo
        else sympy.And(sympy.Lt(low, y, evaluate=False), sympy.Lt(y, high, evaluate=False), evaluate=False)
    )

    def round_trip(step: Step) -> list[Expr]:
        (right,) = right_sides(step.equation, m.F_inverse(y))
        return [m.own(f.formula).subs(x, right) - y, *differences(bounds_of(step.condition, y), (low, high))]

    def stable_round_trip(step: Step) -> list[Expr]:
        return [m.own(f.formula).subs(x, m.own(stable_forms(f).F_inverse)) - y]

    def back(step: Step, point: Point) -> list[Any]:
        (right,) = right_sides(step.equation, m.F_inverse(y))
        at = evaluate(m.own(m.coordinate.x), point)
        value = stable_value(m, at, point)
        return [evaluate(right, {**point, y: value}) - at]

    return Step(
        m.key("transfer_inverse"),
        m.title("The inverse of F"),
        (
            "Every response inside the range belongs to exactly one input; outside it there is none."
            if f.threshold is None
            else "Every positive response that F takes belongs to exactly one input; "
            "no response, to every input below threshold."
        ),
        Eq(m.F_inverse(y), expression),
        m.told("Solve y = F(x) for x."),
        follows_from=(m.key("transfer"), m.key("transfer_range")),
        checks=(
            symbolic("F of the inverse gives back y", round_trip, m.domain(), (inside_range(m),)),
            symbolic("so does the form fit for floating point", stable_round_trip, m.domain(), (inside_range(m),)),
            numerical(
                "the inverse of F at random inputs",
                back,
                m.domain(m.coordinate.z),
                within=DIFFERENCED,
            ),
        ),
        condition=where,
    )


def inside_range(m: Vocabulary) -> dict[Expr, Expr]:
    """Write y as a function of something positive that runs through the range of F, where the range starts at 0."""
    f = m.population.transfer
    p = sympy.Dummy("p", positive=True)
    if f.range.inf != 0:
        return {}
    return {y: p if f.range.sup == oo else m.own(f.range.sup) * p / (1 + p)}
