"""What is special to two populations: trace and determinant, nullclines, fold and Hopf conditions in closed form.

Reference: theory, section 5.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import mpmath
import sympy
from sympy import Eq, Expr, ImmutableMatrix, Symbol

from ..checks import DIFFERENCED, Point, both_sides, numerical, right_sides, symbolic
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
        at = evaluate(m.own(m.population.transfer.coordinate.x), point)
        rate = stable_value(m, at, point)
        (right,) = right_sides(step.equation, other.population.rate)
        here = {**point, m.population.rate: rate}
        here[other.population.rate] = evaluate(put_inverse(right), here)
        return [numeric_rates_of_change(model, populations, here)[index]]

    z = m.population.transfer.coordinate.z
    silent = (
        ""
        if m.threshold is None
        else f" Where the total input of {m.population.name} is below threshold, the line r_{m.population.name} = 0 "
        "belongs to it as well."
    )
    return Step(
        key,
        title,
        f"On this curve r_{m.population.name} does not change; where it meets the other nullcline lie the "
        "fixed points." + silent,
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
            sympy.Ne(weight.symbol, 0), *_conjuncts(between(ends[0], m.population.rate, ends[1])), evaluate=False
        ),
    )


def _conjuncts(relation: sympy.Basic) -> tuple[sympy.Basic, ...]:
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


_alpha, _beta = Symbol("alpha", positive=True), Symbol("beta", positive=True)


@dataclass(frozen=True)
class _Signs:
    """The Jacobian with a letter for each slope, and what the signs of the weights alone say of it."""

    entries: ImmutableMatrix
    letters: dict[Expr, Symbol]
    self_coupling: tuple[Expr, Expr]
    loop: Expr

    @property
    def feeds_itself(self) -> tuple[bool, bool]:
        """Whether each population may excite itself."""
        return tuple(weight.is_nonpositive is not True for weight in self.self_coupling)  # type: ignore[return-value]

    def named(self, expression: Expr) -> Expr:
        """Return an expression with the slopes F_i'(x_i) in place of their letters."""
        return expression.subs({letter: slope for slope, letter in self.letters.items()})

    def matrix(self, point: Point) -> Any:
        """Return the Jacobian at a point, in numbers."""
        return mpmath.matrix([[evaluate(self.entries[i, j], point) for j in range(2)] for i in range(2)])


def _signs(model: RateModel, populations: tuple[Vocabulary, ...]) -> _Signs:
    slopes = [m.dF(input_symbol(m.population)) for m in populations]
    letters = dict(zip(slopes, (_alpha, _beta), strict=True))
    weights = model.weight_matrix()
    return _Signs(
        entries_of(model, populations).subs(letters),
        letters,
        (weights[0, 0], weights[1, 1]),
        weights[0, 1] * weights[1, 0],
    )


def _slope_domain(model: RateModel) -> Domain:
    return domain_of(model, (_alpha, (0.1, 2.0)), (_beta, (0.1, 2.0)))


_FOLD_TITLE = "Where fixed points meet: the fold condition"
_FOLD = (
    "On a fold two fixed points meet and an eigenvalue passes zero. It can be met only where the slopes on both sides "
    "are slopes that F can have. "
)


def fold_condition(model: RateModel, populations: tuple[Vocabulary, ...]) -> Step:
    signs = _signs(model, populations)
    if not any(signs.feeds_itself) and signs.loop.is_nonpositive:
        return _no_fold(model, populations, signs)
    if signs.loop == 0:
        return _fold_of_one(model, populations, signs)
    numerator = sympy.numer(sympy.together(signs.entries.det()))
    letter = _beta if sympy.solve(numerator, _beta) else _alpha
    (slope,) = (name for name, of in signs.letters.items() if of == letter)
    right = signs.named(_leading_minus_one(sympy.solve(numerator, letter)[0]))

    def singular(step: Step) -> list[Expr]:
        (solution,) = right_sides(step.equation, slope)
        return [signs.entries.det().subs(letter, solution.subs(signs.letters))]

    def zero_eigenvalue(step: Step, point: Point) -> list[Any]:
        (solution,) = right_sides(step.equation, slope)
        matrix = signs.matrix({**point, letter: evaluate(solution.subs(signs.letters), point)})
        found, _ = mpmath.eig(matrix)
        return [min(abs(f) for f in found) / max(1, mpmath.mnorm(matrix))]

    domain = _slope_domain(model)
    return Step(
        "fold_condition",
        _FOLD_TITLE,
        _FOLD + "For given slopes no continuation is needed.",
        Eq(slope, right),
        "Set D = 0 and solve for one slope.",
        ("determinant",),
        (
            symbolic("the determinant of J vanishes", singular, domain),
            numerical("the QR algorithm finds an eigenvalue zero", zero_eigenvalue, domain, within=_ROUNDED),
        ),
        condition=sympy.Gt(slope, 0, evaluate=False),
    )


# The QR algorithm finds the eigenvalues of a 2 x 2 matrix to about the working precision, a double one to half of it.
_ROUNDED = mpmath.mpf(10) ** -30


def _fold_of_one(model: RateModel, populations: tuple[Vocabulary, ...], signs: _Signs) -> Step:
    """Without a loop between the populations D is a product, and each factor vanishes by itself."""
    factors = [
        1 - weight * letter
        for weight, letter, feeds in zip(signs.self_coupling, (_alpha, _beta), signs.feeds_itself, strict=True)
        if feeds
    ]
    product = signs.named(sympy.Mul(*factors))
    diagonal = zip(signs.self_coupling, (_alpha, _beta), signs.feeds_itself, strict=True)
    others = sympy.Mul(*(1 - weight * letter for weight, letter, feeds in diagonal if not feeds))
    taus = sympy.Mul(*(m.tau for m in populations))

    def factor_of_determinant(step: Step) -> list[Expr]:
        left, right = both_sides(step.equation, sympy.Eq)
        return [(left - right).subs(signs.letters) * others - signs.entries.det() * taus]

    def by_eigenvalues(step: Step, point: Point) -> list[Any]:
        left, right = both_sides(step.equation, sympy.Eq)
        matrix = signs.matrix(point)
        found, _ = mpmath.eig(matrix)
        got = evaluate((left - right).subs(signs.letters) * others / taus, point)
        return [(got - mpmath.fprod(found)) / max(1, mpmath.mnorm(matrix)) ** 2]

    domain = _slope_domain(model)
    return Step(
        "fold_condition",
        _FOLD_TITLE,
        _FOLD + "Neither population acts on the other and is acted on by it, so each has its folds by itself.",
        Eq(product, 0, evaluate=False),
        "Set D = 0; the factors that cannot vanish are left out.",
        ("determinant",),
        (
            symbolic("times the factors left out, the determinant of J", factor_of_determinant, domain),
            numerical("the product of the eigenvalues by the QR algorithm", by_eigenvalues, domain, within=_ROUNDED),
        ),
    )


def _no_fold(model: RateModel, populations: tuple[Vocabulary, ...], signs: _Signs) -> Step:
    return _settled_sign(
        model,
        populations,
        signs,
        key="fold_condition",
        title="Fixed points never meet",
        statement="No population excites itself, directly or through the other, so D is positive whatever the rates: "
        "there is no fold.",
        because="A fold needs D = 0.",
        relation=sympy.Gt,
        value=signs.entries.det(),
    )


def _settled_sign(
    model: RateModel,
    populations: tuple[Vocabulary, ...],
    signs: _Signs,
    *,
    key: str,
    title: str,
    statement: str,
    because: str,
    relation: type[sympy.Rel],
    value: Expr,
) -> Step:
    """A trace or determinant whose sign the signs of the weights decide."""

    def same_and_signed(step: Step) -> list[Expr]:
        left, right = both_sides(step.equation, relation)
        terms = sympy.expand(value)
        certain = terms.is_positive if relation is sympy.Gt else terms.is_negative
        return [(left - right).subs(signs.letters) - value, sympy.Integer(certain is not True)]

    def by_eigenvalues(step: Step, point: Point) -> list[Any]:
        left, right = both_sides(step.equation, relation)
        matrix = signs.matrix(point)
        found, _ = mpmath.eig(matrix)
        true = mpmath.fprod(found) if relation is sympy.Gt else mpmath.fsum(found)
        got = evaluate((left - right).subs(signs.letters), point)
        held = got > 0 if relation is sympy.Gt else got < 0
        return [(got - true) / max(1, mpmath.mnorm(matrix)) ** 2, int(not held)]

    domain = _slope_domain(model)
    return Step(
        key,
        title,
        statement,
        relation(signs.named(sympy.expand(value)), 0, evaluate=False),
        because,
        ("determinant" if relation is sympy.Gt else "trace",),
        (
            symbolic("each term has this sign, by the signs of the weights", same_and_signed, domain),
            numerical("the eigenvalues by the QR algorithm", by_eigenvalues, domain, within=_ROUNDED),
        ),
    )


def _leading_minus_one(expression: Expr) -> Expr:
    """Choose the sign of numerator and denominator such that the numerator ends in -1, not 1."""
    numerator, denominator = sympy.fraction(sympy.together(expression))
    numerator, denominator = sympy.expand(numerator), sympy.expand(denominator)
    constant = numerator.as_coeff_Add()[0]
    return -numerator / -denominator if constant > 0 else numerator / denominator


def hopf_condition(model: RateModel, populations: tuple[Vocabulary, ...]) -> Step:
    signs = _signs(model, populations)
    if not any(signs.feeds_itself):
        return _settled_sign(
            model,
            populations,
            signs,
            key="hopf_condition",
            title="No Hopf bifurcation",
            statement="No population excites itself, so the trace is negative whatever the rates: "
            "no oscillation can begin.",
            because="A Hopf bifurcation needs T = 0.",
            relation=sympy.Lt,
            value=signs.entries.trace(),
        )
    if signs.loop.is_nonnegative:
        return _no_spiral(model, signs)
    letter = _beta if sympy.solve(signs.entries.trace(), _beta) else _alpha
    (slope,) = (name for name, of in signs.letters.items() if of == letter)
    numerator, denominator = sympy.fraction(sympy.together(sympy.solve(signs.entries.trace(), letter)[0]))
    right = signs.named(sympy.expand(numerator) / denominator)

    def balanced(step: Step) -> list[Expr]:
        (solution,) = right_sides(step.equation, slope)
        return [signs.entries.trace().subs(letter, solution.subs(signs.letters))]

    def on_the_axis(step: Step, point: Point) -> list[Any]:
        (solution,) = right_sides(step.equation, slope)
        matrix = signs.matrix({**point, letter: evaluate(solution.subs(signs.letters), point)})
        found, _ = mpmath.eig(matrix)
        size = max(1, mpmath.mnorm(matrix))
        area = mpmath.det(matrix)
        claimed = all(bool(part.subs({determinant_symbol: area, slope: 1})) for part in _conjuncts(step.condition))
        imaginary = all(abs(mpmath.re(f)) < size * _ROUNDED for f in found) and area > 0
        return [*((f**2 + area) / size**2 for f in found), int(claimed is not imaginary)]

    domain = _slope_domain(model)
    return Step(
        "hopf_condition",
        "Where oscillations begin: the Hopf condition",
        "With D > 0 as well, the eigenvalues are then ±i√D: a pair crosses the imaginary axis and an oscillation of "
        "angular frequency √D begins. With D < 0 the point is a neutral saddle and nothing happens.",
        Eq(slope, right),
        "Set T = 0 and solve for one slope.",
        ("trace", "determinant"),
        (
            symbolic("the trace of J vanishes", balanced, domain),
            numerical(
                "the squares of the eigenvalues, by the QR algorithm, are −D", on_the_axis, domain, within=_ROUNDED
            ),
        ),
        condition=sympy.And(sympy.Gt(determinant_symbol, 0), sympy.Gt(slope, 0, evaluate=False), evaluate=False),
    )


def _no_spiral(model: RateModel, signs: _Signs) -> Step:
    """Where the populations do not act on each other with opposite signs, T = 0 leaves D without a positive term."""
    first = signs.entries[0, 0]
    loop = signs.entries[0, 1] * signs.entries[1, 0]

    def at_zero_trace(step: Step) -> list[Expr]:
        (right,) = right_sides(step.equation, determinant_symbol)
        value = sympy.Matrix([[first, signs.entries[0, 1]], [signs.entries[1, 0], -first]]).det()
        return [right.subs(signs.letters) - value, sympy.Integer(loop.is_nonnegative is not True)]

    def real_eigenvalues(step: Step, point: Point) -> list[Any]:
        (right,) = right_sides(step.equation, determinant_symbol)
        matrix = signs.matrix(point)
        matrix[1, 1] = -matrix[0, 0]
        found, _ = mpmath.eig(matrix)
        size = max(1, mpmath.mnorm(matrix))
        got = evaluate(right.subs(signs.letters), point)
        return [(got - mpmath.fprod(found)) / size**2, *(abs(mpmath.im(f)) / size for f in found)]

    domain = _slope_domain(model)
    return Step(
        "hopf_condition",
        "No Hopf bifurcation",
        "The populations do not push each other in opposite directions, so where the trace vanishes the determinant is "
        "not positive: the eigenvalues are real and no oscillation can begin.",
        Eq(determinant_symbol, signs.named(-(first**2) - loop)),
        "Put T = 0, that is J with opposite numbers on the diagonal, into D.",
        ("trace", "determinant"),
        (
            symbolic("the determinant of such a matrix, and the sign of its last term", at_zero_trace, domain),
            numerical("real eigenvalues by the QR algorithm", real_eigenvalues, domain, within=_ROUNDED),
        ),
        condition=Eq(trace_symbol, 0),
    )
