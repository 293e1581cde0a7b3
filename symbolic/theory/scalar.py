"""What follows from tau dr/dt = -r + F(w r + I_ext): one population, from the equation to its bifurcations.

Each function returns one Step or a few. Formulas: reference, theory, sections 1 to 3.
"""

from collections.abc import Sequence
from typing import Any

import mpmath
import sympy
from sympy import Derivative, Eq, Expr, Integral, oo

from ..checks import DIFFERENCED, Point, equals, evaluates_to, numerical, right_sides, sides, specialises, symbolic
from ..derivation import Step
from ..proof import evaluate
from ..transfer import x
from .response import between, bounds_of, differences, stable_value
from .vocabulary import (
    Vocabulary,
    eigenvalue,
    epsilon,
    epsilon_0,
    potential,
    r_0,
    r_of_t,
    r_star,
    rho,
    t,
    tau_eff,
)

NO_CLOSED_FORM = "No closed form; found numerically."


def rate_equation(m: Vocabulary) -> Step:
    general = Eq(m.tau * Derivative(r_of_t(t), t), -r_of_t(t) + m.F(m.w * r_of_t(t) + m.I_ext))
    (right,) = m.model.right_hand_side()

    def residual(step: Step) -> list[Expr]:
        rate = {r_of_t(t): m.r}
        (response,) = right_sides(step.equation, m.tau * Derivative(r_of_t(t), t))
        return [m.tau * right - m.put_in(response.xreplace(rate))]

    def by_hand(step: Step, point: Point) -> list[Any]:
        # sum_j W_ij r_j + I_i, then the leak, in plain arithmetic.
        drive = sum(point[m.w] * point[m.r] for _ in m.model.populations) + point[m.I_ext]
        change = (-point[m.r] + stable_value(m, drive, point)) / point[m.tau]
        rates = {r_of_t(t): m.r, Derivative(r_of_t(t), t): sympy.Symbol("change")}
        with_names = [(m.put_in((a - b).xreplace(rates))) for a, b in sides(step.equation)]
        return [evaluate(e, {**point, sympy.Symbol("change"): change}) for e in with_names]

    domain = m.domain(m.r)
    return Step(
        "rate_equation",
        "The rate equation",
        "The rate of the population relaxes with time constant τ towards its response to the total input, "
        "the recurrent w r plus the external I_ext.",
        general,
        "This is the model: everything below follows from it.",
        checks=(
            symbolic(
                "the general network equation with N = 1",
                residual,
                domain,
                m.branches_of(m.w * m.r + m.I_ext, vary=m.I_ext),
            ),
            numerical("the right-hand side summed term by term", by_hand, domain),
        ),
    )


def feedforward_solution(m: Vocabulary) -> Step:
    target = sympy.Dummy("target", real=True)
    relax = Eq(m.tau * r_of_t(t).diff(t), -r_of_t(t) + target)
    solution = sympy.dsolve(relax, r_of_t(t), ics={r_of_t(0): r_0}).rhs
    general_right = sympy.collect(sympy.expand(solution), sympy.exp(-t / m.tau)).subs(target, m.F(m.I_ext))

    def satisfies(step: Step) -> list[Expr]:
        (right,) = right_sides(step.equation, r_of_t(t))
        # The full equation, at the weight for which the line claims to hold.
        where = dict([step.condition.args])
        drive = m.population.response(m.w * right + m.I_ext).subs(where)
        return [m.tau * sympy.diff(right, t) + right - drive, right.subs(t, 0) - r_0]

    def by_series(point: Point) -> list[Any]:
        # Picard iteration sums the exponential series term by term; it knows no exp.
        drive, h = stable_value(m, point[m.I_ext], point), point[t] / point[m.tau]
        total, term, n = point[r_0], point[r_0] - drive, 0
        while abs(term) > mpmath.mpf(10) ** -70 or n < h:
            n += 1
            term *= -h / n
            total += term
        return [total]

    domain = m.domain(r_0, t)
    return Step(
        "feedforward_solution",
        "Without recurrence: the exact solution",
        "For w = 0 and constant input the rate approaches F(I_ext) exponentially, with time constant τ.",
        Eq(r_of_t(t), m.put_in(general_right)),
        "With w = 0 the equation is linear in r: solve it with r(0) = r₀.",
        follows_from=("rate_equation", "transfer"),
        checks=(
            specialises(m.put_in, domain, m.branches_of(m.I_ext, vary=m.I_ext)),
            symbolic(
                "put into the rate equation, and at t = 0", satisfies, domain, m.branches_of(m.I_ext, vary=m.I_ext)
            ),
            evaluates_to("Picard iteration of the rate equation", by_series, domain),
        ),
        general=Eq(r_of_t(t), general_right),
        condition=Eq(m.w, 0),
    )


def fixed_point_equation(m: Vocabulary) -> Step:
    argument = m.w * r_star + m.I_ext
    general = Eq(r_star, m.F(argument))
    explicit = Eq(r_star, m.put_in(m.F(argument)))
    (right,) = m.model.right_hand_side()

    def at_rest(step: Step) -> list[Expr]:
        (response,) = right_sides(step.equation, r_star)
        return [r_star - response + m.tau * right.subs(m.r, r_star)]

    def at_roots(step: Step, point: Point) -> list[Any]:
        # Any r* is a fixed point for the input I = F^-1(r*) - w r*: no root finder is needed to have one.
        at = (evaluate(m.threshold, point) if m.threshold is not None else 0) + abs(point[x])
        rate = stable_value(m, at, point)
        here = {**point, r_star: rate, m.I_ext: at - point[m.w] * rate}
        return [evaluate(a - b, here) for a, b in sides(step.equation)]

    domain = m.domain(r_star)
    branches = m.branches_of(argument, vary=m.I_ext)
    return Step(
        "fixed_point_equation",
        "Fixed points",
        "A rate r* that does not change reproduces itself through the recurrent loop. It has a solution in closed form "
        "only for special F; all solutions are found numerically, "
        + ("by bracketing between the extrema below." if m.has_closed_forms else "by a search with proof."),
        explicit,
        "Set dr/dt = 0.",
        follows_from=("rate_equation",),
        checks=(
            specialises(m.put_in, domain, branches),
            symbolic("the network's right-hand side at rest", at_rest, domain, branches),
            numerical(
                "at fixed points made by choosing r* first and I_ext after it",
                at_roots,
                m.domain(x),
                within=mpmath.mpf(10) ** -40,
            ),
        ),
        general=general,
    )


def drdt(m: Vocabulary) -> Step:
    argument = m.w * m.r + m.I_ext
    left = Derivative(r_of_t(t), t)
    general_right = (-m.r + m.F(argument)) / m.tau
    (right,) = m.model.right_hand_side()
    domain = m.domain(m.r)
    branches = m.branches_of(argument, vary=m.I_ext)

    def value(point: Point) -> list[Any]:
        return [(stable_value(m, point[m.w] * point[m.r] + point[m.I_ext], point) - point[m.r]) / point[m.tau]]

    return Step(
        "drdt",
        "The rate of change",
        "Where this is positive the rate rises, where it is negative it falls; it vanishes at the fixed points.",
        Eq(left, m.put_in(general_right)),
        "Divide the rate equation by τ.",
        follows_from=("rate_equation", "transfer"),
        checks=(
            specialises(m.put_in, domain, branches),
            equals("the network's right-hand side", {left: right}, domain, branches),
            evaluates_to("the form fit for floating point", value, domain),
        ),
        general=Eq(left, general_right),
    )


def linear_stability(m: Vocabulary) -> tuple[Step, ...]:
    """The linearised equation, its eigenvalue, its solution and its time constant."""
    argument = m.w * r_star + m.I_ext
    (right,) = m.model.right_hand_side()
    rate_of_change = sympy.diff(right, m.r).subs(m.r, r_star)
    multiplier = (-1 + m.w * m.dF(argument)) / m.tau
    explicit = m.put_in(multiplier)
    domain = m.domain(r_star)
    branches = m.branches_of(argument, vary=m.I_ext)
    depsilon = Derivative(epsilon(t), t)

    def by_difference(point: Point) -> Any:
        def change(r: Any) -> Any:
            return (stable_value(m, point[m.w] * r + point[m.I_ext], point) - r) / point[m.tau]

        return mpmath.diff(change, point[r_star])

    def deviation(step: Step, point: Point) -> list[Any]:
        (line,) = right_sides(step.equation, depsilon)
        return [by_difference(point) * point[epsilon_0] - evaluate(line.subs(epsilon(t), epsilon_0), point)]

    linear = Step(
        "linearisation",
        "A small deviation from a fixed point",
        "To first order, a deviation ε = r − r* changes in proportion to itself.",
        Eq(depsilon, explicit * epsilon(t)),
        "Put r = r* + ε into the rate equation and keep the terms of first order in ε.",
        ("drdt", "fixed_point_equation", "transfer_derivative"),
        (
            specialises(m.put_in, domain, branches),
            equals("the derivative of dr/dt by r, by SymPy", {depsilon: rate_of_change * epsilon(t)}, domain, branches),
            numerical("a difference quotient of dr/dt", deviation, m.domain(r_star, epsilon_0), within=DIFFERENCED),
        ),
        general=Eq(depsilon, multiplier * epsilon(t)),
    )
    value = Step(
        "eigenvalue",
        "The eigenvalue",
        "A fixed point is stable where λ < 0 and unstable where λ > 0.",
        Eq(eigenvalue, explicit),
        "The factor of ε in the linearised equation.",
        ("linearisation",),
        (
            specialises(m.put_in, domain, branches),
            equals("the derivative of dr/dt by r, by SymPy", {eigenvalue: rate_of_change}, domain, branches),
            evaluates_to(
                "a difference quotient of dr/dt", lambda point: [by_difference(point)], domain, within=DIFFERENCED
            ),
        ),
        general=Eq(eigenvalue, multiplier),
    )
    return (linear, value, _perturbation(m), _time_constant(m, by_difference))


def _perturbation(m: Vocabulary) -> Step:
    equation = Eq(epsilon(t).diff(t), eigenvalue * epsilon(t))
    solution = sympy.dsolve(equation, epsilon(t), ics={epsilon(0): epsilon_0})
    argument = m.w * r_star + m.I_ext
    rate = m.put_in((-1 + m.w * m.dF(argument)) / m.tau)
    branches = m.branches_of(argument, vary=m.I_ext)

    def satisfies(step: Step) -> list[Expr]:
        (right,) = right_sides(step.equation, epsilon(t))
        with_rate = right.subs(eigenvalue, rate)
        return [sympy.diff(with_rate, t) - rate * with_rate, right.subs(t, 0) - epsilon_0]

    def by_series(point: Point) -> list[Any]:
        at = point[m.w] * point[r_star] + point[m.I_ext]
        growth = (point[m.w] * stable_value(m, at, point, 1) - 1) / point[m.tau]
        # Over intervals short enough for the series to converge without cancellation, one after another.
        intervals = int(abs(growth * point[t])) + 1
        ratio, factor, term, n = growth * point[t] / intervals, mpmath.mpf(1), mpmath.mpf(1), 0
        while abs(term) > mpmath.mpf(10) ** -90:
            n += 1
            term *= ratio / n
            factor += term
        return [point[epsilon_0] * factor**intervals]

    def value(step: Step, point: Point) -> list[Any]:
        (right,) = right_sides(step.equation, epsilon(t))
        (expected,) = by_series(point)
        got = evaluate(right.subs(eigenvalue, rate), point)
        return [(expected - got) / max(1, abs(expected))]

    domain = m.domain(r_star, epsilon_0, t)
    return Step(
        "perturbation_solution",
        "How a small deviation evolves",
        "Near a fixed point a deviation decays exponentially where λ < 0 and grows exponentially where λ > 0.",
        solution,
        "Solve the linearised equation with ε(0) = ε₀.",
        ("linearisation", "eigenvalue"),
        (
            symbolic("put into the linearised equation, and at t = 0", satisfies, domain, branches),
            numerical("the power series of the linearised equation", value, domain, within=mpmath.mpf(10) ** -40),
        ),
    )


def _time_constant(m: Vocabulary, by_difference: Any) -> Step:
    argument = m.w * r_star + m.I_ext
    general_right = m.tau / (1 - m.w * m.dF(argument))
    domain = m.domain(r_star)
    branches = m.branches_of(argument, vary=m.I_ext)
    rate = m.put_in((-1 + m.w * m.dF(argument)) / m.tau)

    def inverse_rate(step: Step) -> list[Expr]:
        (right,) = right_sides(step.equation, tau_eff)
        return [rate * right + 1]

    return Step(
        "effective_time_constant",
        "The effective time constant",
        "Excitatory recurrence slows the approach to a stable fixed point, inhibitory recurrence speeds it up. "
        "At an unstable point it is negative: the deviation grows by e in |τ_eff|.",
        Eq(tau_eff, m.put_in(general_right)),
        "τ_eff = −1/λ is the time in which a deviation falls to 1/e.",
        ("eigenvalue", "perturbation_solution"),
        (
            specialises(m.put_in, domain, branches),
            symbolic("its product with λ is −1", inverse_rate, domain, branches),
            evaluates_to(
                "a difference quotient of dr/dt",
                lambda point: [-1 / by_difference(point)],
                domain,
                within=mpmath.mpf(10) ** -15,
            ),
        ),
        general=Eq(tau_eff, general_right),
    )


def trapping_region(m: Vocabulary) -> Step:
    f = m.population.transfer
    ends = (m.own(f.range.inf), m.own(f.range.sup))
    limit = sympy.Dummy("limit", real=True)
    relax = sympy.dsolve(Eq(m.tau * r_of_t(t).diff(t), -r_of_t(t) + limit), r_of_t(t), ics={r_of_t(0): r_0}).rhs
    collected = sympy.collect(sympy.expand(relax), sympy.exp(-t / m.tau))
    low, high = (oo if end == oo else collected.subs(limit, end) for end in ends)

    def extremes(step: Step) -> list[Expr]:
        bounds = bounds_of(step.equation, r_of_t(t))
        driven = tuple(None if b is None else m.tau * sympy.diff(b, t) + b for b in bounds)
        started = tuple(None if b is None else b.subs(t, 0) for b in bounds)
        starts = tuple(r_0 if end != oo else oo for end in ends)
        return [*differences(driven, ends), *differences(started, starts)]

    def simulated(step: Step, point: Point) -> list[Any]:
        # Euler with dt <= tau is a chain of weighted means of r and F, so it obeys the bound of its own scheme:
        # (1 - dt/tau)^k in place of exp(-t/tau). With small steps the difference is below the margin taken off.
        steps, rate = 100, point[r_0]
        dt = point[t] / steps
        for _ in range(steps):
            drive = point[m.w] * rate + point[m.I_ext]
            rate += dt / point[m.tau] * (stable_value(m, drive, point) - rate)
        got = [None if b is None else evaluate(b, point) for b in bounds_of(step.equation, r_of_t(t))]
        if m.population.transfer.bounded:
            room = (abs(point[r_0]) + 3 * max(abs(evaluate(e, point)) for e in ends)) * dt / point[m.tau]
        else:
            room = abs(point[r_0]) * dt / point[m.tau]
        below = 0 if got[0] is None else max(0, got[0] - rate - room)
        above = 0 if got[1] is None else max(0, rate - got[1] - room)
        return [below, above]

    domain = m.domain(r_0, t)
    stays = (
        "Whatever the weight and however the input varies, the rate is drawn towards the range of F, and inside it "
        "it stays: it cannot blow up."
        if f.bounded
        else "Whatever the weight and however the input varies, a negative rate decays, a positive one stays so. "
        "F alone sets no upper bound: with enough excitatory recurrence the rate grows without limit."
    )
    return Step(
        "trapping_region",
        "Where the rate is confined",
        stays,
        between(low, r_of_t(t), high, closed=True),
        "F never leaves its range, so the rate is pulled at least as strongly as by a constant response at "
        "the ends of it.",
        ("rate_equation", "transfer_range"),
        (
            symbolic("each bound solves the rate equation with F held at an end of its range", extremes, domain),
            numerical("simulated trajectories stay inside", simulated, domain, within=mpmath.mpf(0), points=4),
        ),
    )


def potential_step(m: Vocabulary) -> Step:
    f = m.population.transfer
    integrand = m.F(m.w * rho + m.I_ext)
    general = Eq(potential(m.r), (m.r**2 / 2 - Integral(integrand, (rho, 0, m.r))) / m.tau)
    primitive = f.primitive
    if primitive is None:
        explicit = (m.r**2 / 2 - Integral(m.put_in(integrand), (rho, 0, m.r))) / m.tau
        statement = "No elementary closed form for this F; the integral is found numerically."
    else:
        phi = m.own(primitive)
        # What is linear in x integrates to the same multiple of r; the rest is a difference over w.
        multiples = [e for e in sympy.Add.make_args(phi) if not (e / x).has(x)]
        linear, rest = sympy.expand(sympy.Add(*multiples) / x), phi - sympy.Add(*multiples)
        difference = _one_logarithm(rest.subs(x, m.w * m.r + m.I_ext) - rest.subs(x, m.I_ext))
        explicit = (m.r**2 / 2 - linear * m.r - difference / m.w) / m.tau
        statement = "For w = 0 the limit is [r²/2 − r F(I_ext)]/τ."
    (right,) = m.model.right_hand_side()

    def slope_and_zero(step: Step) -> list[Expr]:
        lines = [right_sides(line, potential(m.r))[0] for line in (step.equation, step.general)]
        residuals = []
        for written in lines:
            # SymPy's derivative of a power of max(0, u) is 0/0 where u < 0; cases have none such.
            expression = sympy.piecewise_fold(written.rewrite(sympy.Piecewise)) if written.has(sympy.Max) else written
            residuals.append(m.put_in(sympy.diff(expression, m.r)) + right)
            residuals.append(expression.subs(m.r, 0).doit())
        return residuals

    def by_quadrature(point: Point) -> list[Any]:
        def slope_of_V(r: Any) -> Any:
            return (r - stable_value(m, point[m.w] * r + point[m.I_ext], point)) / point[m.tau]

        path = [mpmath.mpf(0), point[m.r]]
        if point[m.w] != 0:
            corners = [(corner - point[m.I_ext]) / point[m.w] for corner in m.corners(point)]
            inside = sorted((c for c in corners if min(path) < c < max(path)), reverse=point[m.r] < 0)
            path = [0, *inside, point[m.r]]
        with mpmath.workdps(30):
            return [mpmath.quad(slope_of_V, path)]

    # An integral that stays one is evaluated by quadrature too, which is accurate only where the integrand is smooth.
    inputs = (m.I_ext, m.w * m.r + m.I_ext)
    if primitive is not None:
        smooth = sympy.true
    elif m.threshold is not None:
        smooth = sympy.And(*(at > m.threshold + 1 for at in inputs))
    else:
        smooth = sympy.And(*((inputs[0] - place) * (inputs[1] - place) > 0 for place in m.switches))
    domain = m.domain(m.r, condition=smooth)
    return Step(
        "potential",
        "The potential",
        "The rate always moves downhill in V: minima are stable, maxima unstable fixed points, and no "
        "oscillation is possible. " + statement,
        Eq(potential(m.r), explicit),
        "Integrate −dr/dt over r from 0, so that dr/dt = −dV/dr and V(0) = 0.",
        ("drdt",),
        (
            symbolic("dr/dt = −dV/dr, and V(0) = 0", slope_and_zero, domain, _potential_branches(m)),
            evaluates_to("quadrature of dr/dt", by_quadrature, domain, within=DIFFERENCED, points=4),
        ),
        general=general,
        condition=sympy.true if primitive is None else sympy.Ne(m.w, 0),
    )


def _one_logarithm(difference: Expr) -> Expr:
    """Write c ln A - c ln B as c ln(A/B)."""
    terms = [e.as_independent(sympy.log) for e in sympy.Add.make_args(difference)]
    if len(terms) != 2 or terms[0][0] != -terms[1][0] or not all(isinstance(e, sympy.log) for _, e in terms):
        return difference
    (factor, first), (_, second) = sorted(terms, key=lambda term: len(term[1].free_symbols))
    return -factor * sympy.log(second.args[0] / first.args[0])


def _potential_branches(m: Vocabulary) -> Sequence[Any]:
    """Both the input at r and the input at 0 above or below the threshold: four cases."""
    if m.threshold is None:
        return ({},)
    d, e = sympy.Dummy("d", positive=True), sympy.Dummy("e", positive=True)
    return tuple(
        {m.I_ext: m.threshold + at_zero * d, m.w: (at_r * e - at_zero * d) / m.r}
        for at_zero in (1, -1)
        for at_r in (1, -1)
    )
