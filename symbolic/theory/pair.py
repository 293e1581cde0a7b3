"""What is special to two populations: trace and determinant, nullclines, fold and Hopf conditions in closed form.

Reference: theory, section 5.
"""

from collections.abc import Callable
from typing import Any

import mpmath
import sympy
from sympy import Eq, Expr, ImmutableMatrix, Symbol

from ..checks import DIFFERENCED, Point, numerical, right_sides, symbolic
from ..derivation import Check, Step
from ..model import RateModel
from ..proof import Domain, evaluate
from ..transfer import x, y
from ..verbatim import Sentence, Verbatim
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
from .response import between, bounds_of, differences, inside_range, stable_value
from .vocabulary import Vocabulary, eigenvalue

trace_symbol = Symbol("T", real=True)
determinant_symbol = Symbol("D", real=True)


def trace(model: RateModel, populations: tuple[Vocabulary, ...]) -> Step:
    entries = entries_of(model, populations)
    checks = _of_jacobian(model, populations, trace_symbol, _true_jacobian(model).trace(), lambda n: n[0, 0] + n[1, 1])
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
    checks = _of_jacobian(model, populations, determinant_symbol, _true_jacobian(model).det(), mpmath.det)
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
    model: RateModel, populations: tuple[Vocabulary, ...], symbol: Symbol, value: Expr, number: Callable[[Any], Any]
) -> tuple[Check, ...]:
    """The two checks shared by trace and determinant: against SymPy's on the full Jacobian, and against differences."""
    totals = total_inputs(model, populations)

    def residual(step: Step) -> list[Expr]:
        (right,) = right_sides(step.equation, symbol)
        return [put_in(populations, right.subs(totals)) - value]

    def by_difference(step: Step, point: Point) -> list[Any]:
        got = number(numeric_jacobian(model, populations, point))
        (right,) = right_sides(step.equation, symbol)
        return [evaluate(put_in(populations, right.subs(totals)), point) - got]

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
        of_generic = {trace_symbol: generic.trace(), determinant_symbol: generic.det()}
        larger, smaller = right_sides(step.equation, *names)
        return [
            *((generic - e.subs(of_generic) * sympy.eye(2)).det() for e in (larger, smaller)),
            # Their difference, so that they are two and in this order.
            larger - smaller - sympy.sqrt(trace_symbol**2 - 4 * determinant_symbol),
        ]

    def by_algorithm(step: Step, point: Point) -> list[Any]:
        numbers = numeric_jacobian(model, populations, point)
        found, _ = mpmath.eig(numbers)
        explicit = {s: evaluate(put_in(populations, e.subs(totals)), point) for s, e in value.items()}
        got = [evaluate(e, explicit) for e in right_sides(step.equation, *names)]
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
                "det(J − λ 1) = 0 for a general 2 × 2 matrix, and their difference",
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
    ends = (m.own(m.population.transfer.range.inf), m.own(m.population.transfer.range.sup))

    def at_rest(step: Step) -> list[Expr]:
        formula = m.own(m.population.transfer.formula)
        (right,) = right_sides(step.equation, other.population.rate)
        back = formula.subs(x, total.subs(other.population.rate, put_inverse(right))) - m.population.rate
        needs_weight = sympy.Integer(sympy.Ne(weight.symbol, 0) not in step.condition.args)
        return [back, *differences(bounds_of(step.condition, m.population.rate), ends), needs_weight]

    def at_points(step: Step, point: Point) -> list[Any]:
        at = evaluate(m.own(m.coordinate.x), point)
        rate = stable_value(m, at, point)
        (right,) = right_sides(step.equation, other.population.rate)
        here = {**point, m.population.rate: rate}
        here[other.population.rate] = evaluate(put_inverse(right), here)
        return [numeric_rates_of_change(model, populations, here)[index]]

    z = m.coordinate.z
    silent = (
        ""
        if m.threshold is None
        else Sentence(
            " Where the total input of ",
            Verbatim(m.population.name),
            f" is below threshold, the line r_{m.population.name} = 0 belongs to it as well.",
        )
    )
    return Step(
        key,
        title,
        Sentence(
            f"On this curve r_{m.population.name} does not change; where it meets the other nullcline lie the fixed "
            "points.",
            silent,
        ),
        Eq(other.population.rate, general_right),
        f"Set dr_{m.population.name}/dt = 0, invert F_{m.population.name} and solve for r_{other.population.name}.",
        ("fixed_point_equations", m.key("transfer_inverse")),
        (
            symbolic("put back into the fixed-point equation", at_rest, domain_of(model), (inside,)),
            numerical(
                "dr/dt vanishes at points of the curve",
                at_points,
                domain_of(model, (z, m.coordinate_range)),
                within=DIFFERENCED,
            ),
        ),
        condition=sympy.And(
            sympy.Ne(weight.symbol, 0), *conjuncts(between(ends[0], m.population.rate, ends[1])), evaluate=False
        ),
    )


def conjuncts(relation: sympy.Basic) -> tuple[sympy.Basic, ...]:
    """Return the parts of a relation joined by And, or the relation alone."""
    return relation.args if isinstance(relation, sympy.And) else (relation,)


def _over_weight(expression: Expr, weight: Symbol) -> Expr:
    """Write a solution of a linear equation as one fraction over the weight, its sign in the numerator."""
    numerator = sympy.expand(expression * weight)
    return numerator / weight


def _free_nullcline(model: RateModel, populations: tuple[Vocabulary, ...], index: int, key: str, title: str) -> Step:
    m = populations[index]
    total = model.inputs()[index]

    def at_rest(step: Step) -> list[Expr]:
        (response,) = right_sides(step.equation, m.population.rate)
        return [m.population.rate - put_in(populations, response) + m.tau * model.right_hand_side()[index]]

    def summed(step: Step, point: Point) -> list[Any]:
        change = numeric_rates_of_change(model, populations, point)[index]
        (response,) = right_sides(step.equation, m.population.rate)
        gap = m.population.rate - put_in(populations, response)
        return [evaluate(gap, point) + point[m.tau] * change]

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
