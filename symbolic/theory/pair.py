"""What is special to two populations: trace and determinant, nullclines, fold and Hopf conditions in closed form.

Reference: theory, section 5.
"""

from collections.abc import Callable
from typing import Any

import mpmath
import sympy
from sympy import Eq, Expr, ImmutableMatrix, Symbol

from ..checks import DIFFERENCED, Point, numerical, sides, symbolic
from ..derivation import Check, Step
from ..model import RateModel
from ..proof import Domain, evaluate
from ..transfer import x, y
from .coupling import (
    branches_of,
    domain_of,
    entries_of,
    input_symbol,
    numeric_jacobian,
    numeric_rates_of_change,
    put_in,
    total_inputs,
)
from .response import inside_range, stable_value
from .vocabulary import Vocabulary, eigenvalue

trace_symbol = Symbol("T", real=True)
determinant_symbol = Symbol("D", real=True)


def trace(model: RateModel, populations: tuple[Vocabulary, ...]) -> Step:
    entries = entries_of(model, populations)
    checks = _of_jacobian(model, populations, _true_jacobian(model).trace(), lambda n: n[0, 0] + n[1, 1])
    return Step(
        "trace",
        "The trace",
        "The sum of the two eigenvalues: negative where an area of small deviations shrinks.",
        Eq(trace_symbol, entries.trace()),
        "Add the diagonal of J.",
        ("jacobian",),
        checks,
    )


def determinant(model: RateModel, populations: tuple[Vocabulary, ...]) -> Step:
    entries = entries_of(model, populations)
    taus = sympy.Mul(*(m.tau for m in populations))
    numerator = sympy.simplify(entries.det() * taus)
    checks = _of_jacobian(model, populations, _true_jacobian(model).det(), mpmath.det)
    return Step(
        "determinant",
        "The determinant",
        "The product of the two eigenvalues: a fixed point with a negative one is a saddle.",
        Eq(determinant_symbol, _by_weights(numerator, model, populations) / taus, evaluate=False),
        "Multiply out the 2 × 2 determinant of J.",
        ("jacobian",),
        checks,
    )


def _of_jacobian(
    model: RateModel, populations: tuple[Vocabulary, ...], value: Expr, number: Callable[[Any], Any]
) -> tuple[Check, ...]:
    """The two checks shared by trace and determinant: against SymPy's on the full Jacobian, and against differences."""
    totals = total_inputs(model, populations)

    def residual(step: Step) -> list[Expr]:
        return [put_in(populations, right.subs(totals)) - value for _, right in sides(step.equation)]

    def by_difference(step: Step, point: Point) -> list[Any]:
        got = number(numeric_jacobian(model, populations, point))
        return [evaluate(put_in(populations, right.subs(totals)), point) - got for _, right in sides(step.equation)]

    domain = domain_of(model)
    return (
        symbolic("the Jacobian with F put in, by SymPy", residual, domain, branches_of(model, populations)),
        numerical(
            "the Jacobian by difference quotients", by_difference, domain, within=mpmath.mpf(10) ** -15, points=5
        ),
    )


def _true_jacobian(model: RateModel) -> Any:
    return sympy.Matrix(model.right_hand_side()).jacobian(sympy.Matrix(model.rates))


def _by_weights(numerator: Expr, model: RateModel, populations: tuple[Vocabulary, ...]) -> Expr:
    """Write the determinant as the product of the diagonal plus the loop between the populations."""
    first, second = populations
    entries = entries_of(model, populations)
    diagonal = sympy.simplify(-entries[0, 0] * first.tau) * sympy.simplify(-entries[1, 1] * second.tau)
    loop = sympy.simplify(-entries[0, 1] * first.tau * entries[1, 0] * second.tau)
    split = diagonal + loop
    return split if sympy.expand(split - numerator) == 0 else numerator


def eigenvalues_of_two(model: RateModel, populations: tuple[Vocabulary, ...]) -> Step:
    names = [Symbol("lambda_1"), Symbol("lambda_2")]
    roots = sympy.solve(eigenvalue**2 - trace_symbol * eigenvalue + determinant_symbol, eigenvalue)
    ordered = sorted(roots, key=lambda e: -sympy.N(e.subs({trace_symbol: 3, determinant_symbol: 2})))
    written = [_half_trace(e) for e in ordered]
    entries = entries_of(model, populations)
    value = {trace_symbol: entries.trace(), determinant_symbol: entries.det()}
    totals = total_inputs(model, populations)

    def characteristic(step: Step) -> list[Expr]:
        generic = sympy.Matrix(2, 2, sympy.symbols("j_11 j_12 j_21 j_22", real=True))
        return [
            (
                generic - right.subs({trace_symbol: generic.trace(), determinant_symbol: generic.det()}) * sympy.eye(2)
            ).det()
            for _, right in sides(step.equation)
        ] + [sides(step.equation)[0][1] + sides(step.equation)[1][1] - trace_symbol]

    def by_algorithm(step: Step, point: Point) -> list[Any]:
        numbers = numeric_jacobian(model, populations, point)
        found, _ = mpmath.eig(numbers)
        explicit = {s: evaluate(put_in(populations, e.subs(totals)), point) for s, e in value.items()}
        got = [evaluate(right, explicit) for _, right in sides(step.equation)]
        # The product over the found values vanishes only at one of them, whatever their order.
        return [mpmath.fprod(g - f for f in found) for g in got]

    return Step(
        "eigenvalues",
        "The eigenvalues",
        "A fixed point is stable where both have a negative real part. A complex pair means that deviations spiral.",
        Eq(ImmutableMatrix(names), ImmutableMatrix(written), evaluate=False),
        "Solve λ² − T λ + D = 0 with the trace T and the determinant D of J.",
        ("trace", "determinant"),
        (
            symbolic(
                "det(J − λ 1) = 0 for a general 2 × 2 matrix, and their sum",
                characteristic,
                Domain({trace_symbol: (-3, 3), determinant_symbol: (-2, 2)}),
            ),
            numerical(
                "the QR algorithm on a Jacobian by difference quotients",
                by_algorithm,
                domain_of(model),
                within=mpmath.mpf(10) ** -15,
                points=4,
            ),
        ),
    )


def _half_trace(root: Expr) -> Expr:
    """Write (T +- sqrt(T^2 - 4D))/2 as T/2 +- sqrt(T^2/4 - D)."""
    half = trace_symbol / 2
    rest = sympy.expand(root - half)
    sign = 1 if rest.could_extract_minus_sign() is False else -1
    return half + sign * sympy.sqrt(sympy.expand(rest**2))


def nullcline(model: RateModel, populations: tuple[Vocabulary, ...], index: int) -> Step:
    m, other = populations[index], populations[1 - index]
    total = model.inputs()[index]
    weight = model.weights[index][1 - index]
    key, title = m.key("nullcline"), f"The {m.population.name}-nullcline"
    if weight is None:
        return _free_nullcline(model, populations, index, key, title)
    needed = Symbol("needed", real=True)
    (solved,) = sympy.solve(total - needed, other.population.rate)
    general_right = _over_weight(solved, weight.symbol).subs(needed, m.F_inverse(m.population.rate))
    inverse = m.own(m.population.transfer.inverse)

    def put_inverse(expression: Expr) -> Expr:
        return expression.replace(m.F_inverse, lambda at: inverse.subs(y, at))

    inside = {k.subs(y, m.population.rate): v for k, v in inside_range(m).items()}
    names_positive = {weight.symbol: sympy.Dummy("w", positive=True)}

    def at_rest(step: Step) -> list[Expr]:
        formula = m.own(m.population.transfer.formula)
        return [
            (formula.subs(x, total.subs(left, put_inverse(right))) - m.population.rate).subs(names_positive)
            for left, right in sides(step.equation)
        ]

    def at_points(step: Step, point: Point) -> list[Any]:
        at = evaluate(m.own(m.population.transfer.coordinate.x), point)
        rate = stable_value(m, at, point)
        residuals = []
        for left, right in sides(step.equation):
            here = {**point, m.population.rate: rate}
            here[left] = evaluate(put_inverse(right), here)
            residuals.append(numeric_rates_of_change(model, populations, here)[index])
        return residuals

    z = m.population.transfer.coordinate.z
    return Step(
        key,
        title,
        f"On this curve r_{m.population.name} does not change; where it meets the other nullcline lie the "
        "fixed points.",
        Eq(other.population.rate, general_right),
        f"Set dr_{m.population.name}/dt = 0, invert F_{m.population.name} and solve for r_{other.population.name}.",
        ("fixed_point_equations", m.key("transfer_inverse")),
        (
            symbolic("put back into the fixed-point equation", at_rest, domain_of(model), (inside,)),
            numerical(
                "dr/dt vanishes at points of the curve",
                at_points,
                domain_of(model, (z, (0.1, 0.9))),
                within=DIFFERENCED,
            ),
        ),
        condition=sympy.Ne(weight.symbol, 0),
    )


def _over_weight(expression: Expr, weight: Symbol) -> Expr:
    """Write a solution of a linear equation as one fraction over the weight, its sign in the numerator."""
    numerator = sympy.expand(expression * weight)
    return numerator / weight


def _free_nullcline(model: RateModel, populations: tuple[Vocabulary, ...], index: int, key: str, title: str) -> Step:
    m = populations[index]
    total = model.inputs()[index]

    def at_rest(step: Step) -> list[Expr]:
        return [put_in(populations, a - b) + m.tau * model.right_hand_side()[index] for a, b in sides(step.equation)]

    def summed(step: Step, point: Point) -> list[Any]:
        change = numeric_rates_of_change(model, populations, point)[index]
        return [evaluate(put_in(populations, a - b), point) + point[m.tau] * change for a, b in sides(step.equation)]

    return Step(
        key,
        title,
        "The other population has no influence here, so the nullcline is a set of straight lines, one for "
        "each solution.",
        Eq(m.population.rate, m.F(total)),
        f"Set dr_{m.population.name}/dt = 0.",
        ("fixed_point_equations",),
        (
            symbolic("the right-hand side at rest", at_rest, domain_of(model), branches_of(model, populations)),
            numerical("the total input summed weight by weight", summed, domain_of(model)),
        ),
    )


def _slopes(populations: tuple[Vocabulary, ...]) -> tuple[Expr, Expr]:
    first, second = populations
    return first.dF(input_symbol(first.population)), second.dF(input_symbol(second.population))


def fold_condition(model: RateModel, populations: tuple[Vocabulary, ...]) -> Step:
    alpha, beta = _slopes(populations)
    a, b = Symbol("alpha", positive=True), Symbol("beta", positive=True)
    entries = entries_of(model, populations).subs({alpha: a, beta: b})
    solved = sympy.solve(sympy.numer(sympy.together(entries.det())), b)
    if not solved:
        unknown, of, solved = alpha, a, sympy.solve(sympy.numer(sympy.together(entries.det())), a)
    else:
        unknown, of = beta, b
    if not solved:
        return _no_fold(model, populations)
    right = _leading_minus_one(solved[0]).subs({a: alpha, b: beta})

    def singular(step: Step) -> list[Expr]:
        ((left, solution),) = sides(step.equation)
        return [entries.det().subs(of, solution.subs({alpha: a, beta: b})), left - unknown]

    def zero_eigenvalue(step: Step, point: Point) -> list[Any]:
        ((_, solution),) = sides(step.equation)
        value = evaluate(solution.subs({alpha: a, beta: b}), point)
        matrix = mpmath.matrix(2, 2)
        for i in range(2):
            for j in range(2):
                matrix[i, j] = evaluate(entries[i, j], {**point, of: value})
        found, _ = mpmath.eig(matrix)
        return [min(abs(f) for f in found) / max(1, mpmath.mnorm(matrix))]

    return Step(
        "fold_condition",
        "Where fixed points meet: the fold condition",
        "On a fold two fixed points meet and an eigenvalue passes zero. For given slopes the fold curve in "
        "the plane of the "
        "two inputs is explicit, no continuation is needed.",
        Eq(unknown, right),
        "Set D = 0 and solve for one slope.",
        ("determinant",),
        (
            symbolic("the determinant of J vanishes", singular, domain_of(model, (a, (0.1, 2.0)))),
            numerical(
                "the QR algorithm finds an eigenvalue zero",
                zero_eigenvalue,
                domain_of(model, (a, (0.1, 2.0)), (b, (0.1, 2.0))),
                within=mpmath.mpf(10) ** -30,
            ),
        ),
    )


def _no_fold(model: RateModel, populations: tuple[Vocabulary, ...]) -> Step:
    inverse_taus = 1 / sympy.Mul(*(m.tau for m in populations))

    def product(step: Step) -> list[Expr]:
        left, right = step.equation.args
        return [left - right - inverse_taus]

    def by_difference(step: Step, point: Point) -> list[Any]:
        left, right = step.equation.args
        return [evaluate(left - right, point) - mpmath.det(numeric_jacobian(model, populations, point))]

    domain = domain_of(model)
    return Step(
        "fold_condition",
        "Fixed points never meet",
        "No population acts back on itself, directly or through the other, so D is positive whatever the "
        "rates: there is no fold.",
        sympy.Gt(sympy.simplify(entries_of(model, populations).det()), 0, evaluate=False),
        "A fold needs D = 0.",
        ("determinant",),
        (
            symbolic("the product of the leaks alone", product, domain),
            numerical(
                "the Jacobian by difference quotients", by_difference, domain, within=mpmath.mpf(10) ** -15, points=5
            ),
        ),
    )


def _leading_minus_one(expression: Expr) -> Expr:
    ""
    """Choose the sign of numerator and denominator such that the numerator ends in -1, not 1."""
    numerator, denominator = sympy.fraction(sympy.together(expression))
    numerator, denominator = sympy.expand(numerator), sympy.expand(denominator)
    constant = numerator.as_coeff_Add()[0]
    return -numerator / -denominator if constant > 0 else numerator / denominator


def hopf_condition(model: RateModel, populations: tuple[Vocabulary, ...]) -> Step:
    alpha, beta = _slopes(populations)
    a, b = Symbol("alpha", positive=True), Symbol("beta", positive=True)
    entries = entries_of(model, populations).subs({alpha: a, beta: b})
    solved = sympy.solve(entries.trace(), b)
    unknown, of = (beta, b) if solved else (alpha, a)
    solved = solved or sympy.solve(entries.trace(), a)
    if not solved:
        return _no_hopf(model, populations)
    numerator, denominator = sympy.fraction(sympy.together(solved[0]))
    right = (sympy.expand(numerator) / denominator).subs({a: alpha, b: beta})

    def balanced(step: Step) -> list[Expr]:
        ((left, solution),) = sides(step.equation)
        return [entries.trace().subs(of, solution.subs({alpha: a, beta: b})), left - unknown]

    def opposite(step: Step, point: Point) -> list[Any]:
        ((_, solution),) = sides(step.equation)
        value = evaluate(solution.subs({alpha: a, beta: b}), point)
        matrix = mpmath.matrix(2, 2)
        for i in range(2):
            for j in range(2):
                matrix[i, j] = evaluate(entries[i, j], {**point, of: value})
        found, _ = mpmath.eig(matrix)
        return [mpmath.fsum(found) / max(1, mpmath.mnorm(matrix))]

    return Step(
        "hopf_condition",
        "Where oscillations begin: the Hopf condition",
        "With D > 0 as well, the eigenvalues are then ±i√D: a pair crosses the imaginary axis and an "
        "oscillation of angular "
        "frequency √D begins. With D < 0 the point is a neutral saddle and nothing happens.",
        Eq(unknown, right),
        "Set T = 0 and solve for one slope.",
        ("trace", "determinant"),
        (
            symbolic("the trace of J vanishes", balanced, domain_of(model, (a, (0.1, 2.0)))),
            numerical(
                "the QR algorithm finds eigenvalues that sum to zero",
                opposite,
                domain_of(model, (a, (0.1, 2.0)), (b, (0.1, 2.0))),
                within=mpmath.mpf(10) ** -30,
            ),
        ),
        condition=sympy.Gt(determinant_symbol, 0),
    )


def _no_hopf(model: RateModel, populations: tuple[Vocabulary, ...]) -> Step:
    entries = entries_of(model, populations)
    relation = sympy.Lt(entries.trace(), 0, evaluate=False)
    rates = sympy.Add(*(1 / m.tau for m in populations))

    def total(step: Step) -> list[Expr]:
        left, right = step.equation.args
        return [left - right + rates]

    def sign(step: Step, point: Point) -> list[Any]:
        left, right = step.equation.args
        return [
            max(0, evaluate(left - right, point)),
            evaluate(left - right, point) + mpmath.fsum(1 / point[m.tau] for m in populations),
        ]

    return Step(
        "hopf_condition",
        "No Hopf bifurcation",
        "Neither population acts on itself, so the trace is negative whatever the rates: no oscillation can begin.",
        relation,
        "A Hopf bifurcation needs T = 0.",
        ("trace",),
        (
            symbolic("the trace without self-coupling", total, domain_of(model)),
            numerical("its value", sign, domain_of(model)),
        ),
    )
