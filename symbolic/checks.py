"""Building checks: a symbolic residual that must vanish, a numerical one at 50 digits by another route."""

import zlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import mpmath
import sympy
from sympy import Expr, Symbol
from sympy.core.function import AppliedUndef

from .derivation import Check, Kind, Outcome, Step, Verdict
from .proof import Domain, evaluate, remainder, working_precision

# At 50 digits with 30 to spare, routes that only evaluate agree to this; a finite difference loses about half of them.
EVALUATED = mpmath.mpf(10) ** -45
DIFFERENCED = mpmath.mpf(10) ** -20

Point = Mapping[Symbol, Any]
# What to put in for symbols, or a rule that changes an expression.
Substitution = Mapping[Symbol, Expr] | Callable[[Expr], Expr]
AS_IT_IS: tuple[Substitution, ...] = ({},)


def sides(relation: sympy.Basic | None) -> list[tuple[Expr, Expr]]:
    """Return the left and right sides of a relation, one pair for each component."""
    if relation is None:
        return []
    if isinstance(relation, sympy.And):
        return [pair for part in sorted(relation.args, key=sympy.default_sort_key) for pair in sides(part)]
    left, right = relation.args
    if isinstance(left, sympy.MatrixBase | sympy.MatrixExpr) and isinstance(right, sympy.MatrixBase):
        if isinstance(left, sympy.MatrixSymbol):
            return [(left, entry) for entry in right]
        return list(zip(left, right, strict=True))
    return [(left, right)]


class AnotherLine(LookupError):
    """A step's line is not about what the step is about: another name on the left, or another relation sign."""


def right_sides(relation: sympy.Basic | None, *names: Expr, sign: type[sympy.Rel] = sympy.Eq) -> tuple[Expr, ...]:
    """Return the right sides of a line that must have these names on the left, in this order, and this sign."""
    pairs = sides(relation)
    if not isinstance(relation, sign) or [left for left, _ in pairs] != list(names):
        raise AnotherLine(f"expected {names} on the left of {sign.rel_op}")
    return tuple(right for _, right in pairs)


def both_sides(relation: sympy.Basic | None, sign: type[sympy.Rel]) -> tuple[Expr, Expr]:
    """Return the two sides of a line that must have this relation sign, strict or not as given."""
    if not isinstance(relation, sign):
        raise AnotherLine(f"expected the sign {sign.rel_op}")
    left, right = relation.args
    return left, right


def symbolic(
    name: str,
    residual: Callable[[Step], Iterable[Expr]],
    domain: Domain,
    branches: Sequence[Substitution] = AS_IT_IS,
) -> Check:
    """Return a check that proves every residual zero, on every branch.

    A residual that stays is evaluated at points of the domain: one that is not zero there refutes the step.
    """

    def run(step: Step) -> Outcome:
        try:
            lines = list(residual(step))
        except AnotherLine as other:
            return Outcome(Verdict.REFUTED, str(other))
        posed = [_on(branch, r) for r in lines for branch in branches]
        # Numbers first: they refute a wrong line at once, where exact simplification of it may take long.
        plain = _without_names_of_functions(posed)
        values = _covering(domain, plain)
        worst, count = _largest(
            lambda point: [_real_value(r, point) for r in plain], values, step.key, 3, enough=EVALUATED
        )
        if worst > EVALUATED:
            return Outcome(Verdict.REFUTED, _written(worst), count)
        # Before simplification nothing is assumed; here the exact rewriting decides, or leaves it undecided.
        left = [r for r in map(remainder, posed) if r != 0]
        return Outcome(Verdict.UNDECIDED, str(left[0])) if left else Outcome(Verdict.PROVED, "0")

    return Check(name, Kind.SYMBOLIC, run)


def _on(branch: Substitution, residual: Expr) -> Expr:
    if callable(branch):
        return branch(residual)
    return residual.subs(branch, simultaneous=True) if branch else residual


def _without_names_of_functions(expressions: Sequence[Expr]) -> list[Expr]:
    """Return the expressions with a number in place of each function that is only a name, such as epsilon(t)."""
    names = {f for e in expressions for f in e.atoms(AppliedUndef)}
    numbers = {f: sympy.Dummy(real=True) for f in names}
    return [e.xreplace(numbers) for e in expressions]


def _covering(domain: Domain, expressions: Sequence[Expr]) -> Domain:
    """Return the domain with a range for every further symbol of the expressions, in agreement with its sign."""
    known = {*domain.ranges, *domain.derived}
    unknown = sorted({s for e in expressions for s in e.free_symbols} - known, key=str)
    ranges = {s: (0.1, 2.0) if s.is_positive else (-2.0, 2.0) for s in unknown}
    return replace(domain, ranges={**domain.ranges, **ranges})


def _real_value(expression: Expr, point: Point) -> Any:
    """Return the value, or 0 where it is not one real number: outside its domain a formula says nothing."""
    try:
        value = mpmath.mpmathify(evaluate(expression, point))
    except (ZeroDivisionError, ValueError):
        return 0
    return value if isinstance(value, mpmath.mpf) and mpmath.isfinite(value) else 0


def numerical(
    name: str,
    residual: Callable[[Step, Point], Iterable[Any]],
    domain: Domain,
    *,
    within: Any = EVALUATED,
    points: int = 12,
) -> Check:
    """Return a check that evaluates the residuals at `points` points of the domain, at 50 digits."""

    def run(step: Step) -> Outcome:
        worst, count = _largest(lambda point: residual(step, point), domain, step.key, points, enough=within)
        verdict = Verdict.VERIFIED if worst <= within else Verdict.REFUTED
        return Outcome(verdict, _written(worst), count)

    return Check(name, Kind.NUMERICAL, run)


def _largest(
    residuals: Callable[[Point], Iterable[Any]], domain: Domain, key: str, count: int, *, enough: Any
) -> tuple[Any, int]:
    """Return the largest residual over points of the domain, and how many were tried; an undefined one is infinite.

    A residual above `enough` settles the matter, so no more points are tried.
    """
    worst, done = mpmath.mpf(0), 0
    with working_precision():
        for point in domain.points(count, seed=zlib.crc32(key.encode())):
            done += 1
            worst = max(worst, *_sizes(residuals, point))
            if worst > enough:
                break
    return worst, done


# Far out a residual may be smaller than any program can read: then this is said of it, which is more.
_LEAST = mpmath.mpf(10) ** -300


def _written(residual: Any) -> str:
    return str(mpmath.nstr(max(residual, _LEAST) if residual else residual, 3))


def _sizes(residuals: Callable[[Point], Iterable[Any]], point: Point) -> list[Any]:
    ""
    """Return the sizes of the residuals at a point; one that has no real value counts as infinite."""
    try:
        sizes = [abs(mpmath.mpmathify(value)) for value in residuals(point)]
    except (ValueError, TypeError, ArithmeticError, LookupError):
        return [mpmath.inf, 0]
    return [0, *(mpmath.inf if mpmath.isnan(size) else size for size in sizes)]


def equals(
    name: str, meaning: Mapping[Expr, Expr], domain: Domain, branches: Sequence[Substitution] = AS_IT_IS
) -> Check:
    """Return the check that both sides agree once each name on the left is replaced by what it stands for."""
    return symbolic(
        name, lambda step: [left.subs(meaning) - right for left, right in sides(step.equation)], domain, branches
    )


def evaluates_to(
    name: str,
    values: Callable[[Point], Sequence[Any]],
    domain: Domain,
    *,
    within: Any = EVALUATED,
    points: int = 12,
) -> Check:
    """Return the check that the right sides have these values, relative to their size where that is above one."""

    def residual(step: Step, point: Point) -> Iterable[Any]:
        pairs = sides(step.equation)
        for value, (_, right) in zip(values(point), pairs, strict=True):
            yield (value - evaluate(right, point)) / max(1, abs(value))

    return numerical(name, residual, domain, within=within, points=points)


def specialises(put_in: Callable[[Expr], Expr], domain: Domain, branches: Sequence[Substitution] = AS_IT_IS) -> Check:
    """Return the check that the general line, with this model's F put in, is the explicit one."""

    def residual(step: Step) -> Iterable[Expr]:
        general, explicit = sides(step.general), sides(step.equation)
        if len(general) != len(explicit):
            raise AnotherLine(f"expected {len(general)} components")
        return [put_in(g - h) - (e - f) for (g, h), (e, f) in zip(general, explicit, strict=True)]

    return symbolic("the line for any F, with this F put in", residual, domain, branches)
