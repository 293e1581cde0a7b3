"""The explicit Euler scheme: its map, its exact solution without recurrence, its sharp error, its limit of stability.

Reference: theory, sections 2.2 and 2.3.
"""

from typing import Any

import mpmath
import sympy
from sympy import Abs, Eq, Expr, Function, Symbol

from ..checks import Point, both_sides, equals, evaluates_to, numerical, right_sides, specialises, symbolic
from ..derivation import Step
from ..proof import Domain, evaluate
from .response import stable_value
from .vocabulary import Vocabulary, dt, eigenvalue, h, r_0, r_star

dt_max = Symbol("dt_max", real=True)


def _indexed(m: Vocabulary, letter: str, shift: str = "") -> Symbol:
    return Symbol(f"{letter}_{m.index.name}{shift}", real=True)


def euler_map(m: Vocabulary) -> Step:
    r_k, r_next = _indexed(m, "r"), _indexed(m, "r", "_next")
    argument = m.w * r_k + m.I_ext
    general_right = r_k + dt / m.tau * (-r_k + m.F(argument))
    (right,) = m.model.right_hand_side()
    domain = m.domain(m.r, dt, derived={})
    domain = Domain({**domain.ranges, r_k: (-0.5, 1.5)})
    branches = m.branches_of(argument, vary=m.I_ext)

    def one_step(point: Point) -> list[Any]:
        drive = point[m.w] * point[r_k] + point[m.I_ext]
        ratio = point[dt] / point[m.tau]
        # A weighted mean of where the rate is and where it is drawn.
        return [(1 - ratio) * point[r_k] + ratio * stable_value(m, drive, point)]

    return Step(
        "euler_map",
        "The Euler scheme",
        "One step of length dt follows the present rate of change. Its fixed points are those of the rate "
        "equation, for every dt.",
        Eq(r_next, m.put_in(general_right)),
        "Replace dr/dt by the change over one step, divided by dt.",
        ("drdt",),
        (
            specialises(m.put_in, domain, branches),
            equals(
                "one step along the network's right-hand side",
                {r_next: r_k + dt * right.subs(m.r, r_k)},
                domain,
                branches,
            ),
            evaluates_to("the weighted mean (1 − h) r + h F with h = dt/τ", one_step, domain),
        ),
        general=Eq(r_next, general_right),
    )


def euler_feedforward_solution(m: Vocabulary) -> Step:
    iterate, k, r_k = Function("r"), m.index, _indexed(m, "r")
    target = sympy.Dummy("target", real=True)
    step_size = sympy.Dummy("h", positive=True)
    solved = sympy.rsolve(
        iterate(k + 1) - (1 - step_size) * iterate(k) - step_size * target, iterate(k), {iterate(0): r_0}
    )
    power = (1 - step_size) ** k
    general_right = (target + sympy.factor(sympy.expand(solved).coeff(power)) * power).subs(
        {target: m.F(m.I_ext), step_size: dt / m.tau}
    )
    if sympy.simplify(solved - (target + sympy.expand(solved).coeff(power) * power)) != 0:
        raise ArithmeticError("the Euler recurrence was not solved in the expected form")
    domain = m.domain(r_0, dt, k)
    branches = m.branches_of(m.I_ext, vary=m.I_ext)

    def satisfies(step: Step) -> list[Expr]:
        (right,) = right_sides(step.equation, r_k)
        # The full scheme, at the weight for which the line claims to hold.
        drive = m.population.response(m.w * right + m.I_ext).subs(dict([step.condition.args]))
        ratio = dt / m.tau
        return [right.subs(k, k + 1) - (1 - ratio) * right - ratio * drive, right.subs(k, 0) - r_0]

    def iterated(point: Point) -> list[Any]:
        rate, ratio = point[r_0], point[dt] / point[m.tau]
        drive = stable_value(m, point[m.I_ext], point)
        for _ in range(int(point[k])):
            rate += ratio * (drive - rate)
        return [rate]

    return Step(
        "euler_feedforward_solution",
        "Without recurrence: the Euler scheme solved",
        "For w = 0 every Euler step is known exactly: a power of 1 − dt/τ takes the place of the exponential.",
        Eq(r_k, m.put_in(general_right)),
        "With w = 0 the scheme is a linear recurrence: solve it with r(0) = r₀.",
        ("euler_map", "feedforward_solution"),
        (
            specialises(m.put_in, domain, branches),
            symbolic("put into the recurrence, and at k = 0", satisfies, domain, branches),
            evaluates_to("the scheme iterated k times", iterated, domain),
        ),
        general=Eq(r_k, general_right),
        condition=Eq(m.w, 0),
    )


def error_bound() -> Expr:
    """Return B(h), the bound on sup over k of |(1-h)^k - e^(-kh)| for 0 < h <= 1, derived.

    The difference is (e^(-h) - 1 + h) times a sum of k terms, none above e^(-(k-1)h); B is its maximum over k.
    """
    steps = Symbol("k", positive=True)
    envelope = (sympy.exp(-h) - 1 + h) * steps * sympy.exp(-(steps - 1) * h)
    (worst,) = sympy.solve(sympy.diff(envelope, steps), steps)
    return sympy.factor(sympy.simplify(sympy.expand(envelope.subs(steps, worst))))


def sup_error_location() -> tuple[Expr, Expr]:
    """Return p = -ln(1-h)/h and t* = ln p/(p-1): the error (1-h)^k - e^(-kh) is largest at a step next to t*/h."""
    p = Symbol("p", positive=True)
    time = Symbol("t", positive=True)
    # (1-h)^(t/h) = e^(-p t); the gap e^(-t) - e^(-p t) is largest where its slope vanishes.
    (best,) = sympy.solve(sympy.log(p) - (p - 1) * time, time)
    return -sympy.log(1 - h) / h, best


def euler_error_bound(m: Vocabulary) -> Step:
    bound, delta_k = error_bound(), _indexed(m, "delta")
    gap = Abs(r_0 - m.F(m.I_ext))
    general = sympy.Le(Abs(delta_k), gap * bound, evaluate=False)
    explicit = sympy.Le(Abs(delta_k), m.put_in(gap) * bound, evaluate=False)
    domain = m.domain(r_0, h)
    branches = m.branches_of(m.I_ext, vary=m.I_ext)
    steps = Symbol("k", positive=True)

    def largest_of_envelope(step: Step) -> list[Expr]:
        (left, right), (same, named) = both_sides(step.equation, sympy.Le), both_sides(step.general, sympy.Le)
        envelope = (sympy.exp(-h) - 1 + h) * steps * sympy.exp(-(steps - 1) * h)
        at_worst = envelope.subs(steps, 1 / h)
        return [
            left - Abs(delta_k),
            same - Abs(delta_k),
            sympy.diff(envelope, steps).subs(steps, 1 / h),
            right / Abs(r_0 - m.population.response(m.I_ext)) - at_worst,
            named / gap - at_worst,
        ]

    def attained(step: Step, point: Point) -> list[Any]:
        ratio = point[h]
        drive = stable_value(m, point[m.I_ext], point)
        errors = [(1 - ratio) ** n - mpmath.exp(-n * ratio) for n in range(1, int(3 / ratio) + 3)]
        worst = max(map(abs, errors))
        allowed = evaluate(step.equation.args[1], point)
        over = max(0, abs(point[r_0] - drive) * worst - allowed)
        # Sharp where h is 1: there the bound is the error of the first step, 1/e.
        at_one = evaluate(step.equation.args[1], {**point, h: mpmath.mpf(1)}) - abs(point[r_0] - drive) * mpmath.exp(-1)
        # What the statement adds: never more than h/e, and always nearer to the target than the exact solution.
        loosest = max(0, allowed - abs(point[r_0] - drive) * ratio / mpmath.e)
        return [over, at_one, loosest, max(0, *errors)]

    return Step(
        "euler_error_bound",
        "Without recurrence: the error of the Euler scheme",
        "With h = dt/τ ≤ 1, the difference δ between the Euler rate and the exact one is at most this at "
        "every step, and never more than |r₀ − F(I_ext)| h/e. "
        "The Euler rate is always nearer to F(I_ext) than the exact one.",
        explicit,
        f"The error after {m.index} steps is r₀ − F(I_ext) times (1−h)^{m.index} − e^(−{m.index}h). This "
        "difference is e^(−h) − 1 + h times "
        f"a sum of {m.index} terms, each at most e^(−({m.index}−1)h); take the {m.index} for which that is largest.",
        ("feedforward_solution", "euler_feedforward_solution"),
        (
            symbolic("the maximum over k of the estimate", largest_of_envelope, domain, branches),
            numerical("every step of the scheme against the exact solution, and h = 1", attained, domain, points=6),
        ),
        general=general,
        condition=sympy.And(Eq(m.w, 0), sympy.Le(h, 1), evaluate=False),
    )


def euler_stability_limit(m: Vocabulary) -> Step:
    argument = m.w * r_star + m.I_ext
    (step_limit,) = sympy.solve(1 + dt * (-1 + m.w * Symbol("slope", real=True)) / m.tau + 1, dt)
    general_right = step_limit.subs(Symbol("slope", real=True), m.dF(argument))
    general_right = (
        2 * m.tau / (1 - m.w * m.dF(argument))
        if sympy.simplify(general_right - 2 * m.tau / (1 - m.w * m.dF(argument))) == 0
        else general_right
    )
    (right,) = m.model.right_hand_side()
    domain = m.domain(r_star)
    branches = m.branches_of(argument, vary=m.I_ext)

    def multiplier_is_minus_one(step: Step) -> list[Expr]:
        rate = sympy.diff(right, m.r).subs(m.r, r_star)
        (limit,) = right_sides(step.equation, dt_max)
        return [1 + limit * rate + 1]

    def by_difference(step: Step, point: Point) -> list[Any]:
        (limit,) = (evaluate(e, point) for e in right_sides(step.equation, dt_max))

        def mapped(r: Any, length: Any) -> Any:
            drive = point[m.w] * r + point[m.I_ext]
            return r + length / point[m.tau] * (stable_value(m, drive, point) - r)

        # A positive limit, and so a line that says something, exactly where the fixed point is stable.
        stable = mpmath.diff(lambda r: mapped(r, 1), point[r_star]) < 1
        claimed = bool(step.condition.subs(eigenvalue, -1 if stable else 1))
        multiplier = mpmath.diff(lambda r: mapped(r, limit), point[r_star])
        return [multiplier + 1, int(claimed is not stable), int(stable is not (limit > 0))]

    return Step(
        "euler_stability_limit",
        "How large a step may be",
        "Near a stable fixed point the Euler scheme converges only for dt below this limit; without "
        "overshoot, below half of it.",
        Eq(dt_max, m.put_in(general_right)),
        "A deviation is multiplied by 1 + λ dt at each step; the limit is where this is −1.",
        ("euler_map", "eigenvalue"),
        (
            specialises(m.put_in, domain, branches),
            symbolic("the multiplier of a deviation is −1 at the limit", multiplier_is_minus_one, domain, branches),
            numerical(
                "a difference quotient of the map at the limit", by_difference, domain, within=mpmath.mpf(10) ** -15
            ),
        ),
        general=Eq(dt_max, general_right),
        condition=sympy.Lt(eigenvalue, 0),
    )
