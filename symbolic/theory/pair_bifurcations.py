"""Where a pair of populations bifurcates: fold and Hopf conditions, claimed only where the signs of the weights allow.

Reference: theory, section 5.
"""

from dataclasses import dataclass
from typing import Any

import mpmath
import sympy
from sympy import Eq, Expr, ImmutableMatrix, Symbol

from ..checks import Point, both_sides, numerical, right_sides, symbolic
from ..derivation import Step
from ..model import RateModel
from ..proof import Domain, evaluate
from .coupling import domain_of, entries_of, input_symbol
from .pair import conjuncts, determinant_symbol, trace_symbol
from .vocabulary import Vocabulary

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
        claimed = all(bool(part.subs({determinant_symbol: area, slope: 1})) for part in conjuncts(step.condition))
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
