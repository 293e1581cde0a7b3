"""A formula in pieces: where its conditions change, and the smooth formula that holds between two such places."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache

import sympy
from sympy import Expr, Piecewise, Symbol

from .attempt import attempted
from .errors import ModelError
from .parameter import Parameter

# A formula in more pieces than this is not told apart in a reasonable time.
_MOST_PIECES = 40


@dataclass(frozen=True)
class Piece:
    """A smooth formula in the input and the parameters, as a transfer function that has no threshold and no kink."""

    formula: Expr
    parameters: tuple[Parameter, ...]
    variable: Symbol

    @property
    def name(self) -> str:
        return str(self.formula)

    @property
    def threshold(self) -> None:
        return None

    @property
    def coordinate(self) -> None:
        return None

    @property
    def kinks(self) -> tuple[Expr, ...]:
        return ()


def in_cases(expression: Expr) -> Expr:
    """Return an equal expression that is smooth, or one `Piecewise` of smooth expressions.

    Raises ModelError where that would have too many cases.

    >>> x = Symbol("x", real=True)
    >>> in_cases(1 + Piecewise((x, x > 0), (0, True)))
    Piecewise((x + 1, x > 0), (1, True))
    """
    if not expression.has(Piecewise):
        return expression
    if sympy.prod(len(p.args) for p in expression.atoms(Piecewise)) > 4 * _MOST_PIECES:
        raise ModelError("the formula has too many cases within cases: write it as one conditional")
    folded = sympy.piecewise_fold(expression)
    if isinstance(folded, Piecewise) and len(folded.args) > _MOST_PIECES:
        raise ModelError(f"the formula has {len(folded.args)} cases: nullcline takes {_MOST_PIECES}")
    return folded


def case_by_case(expression: Expr, change: Callable[[Expr], Expr]) -> Expr:
    """Return the expression with each of its cases changed, or the expression itself if it has none."""
    if not isinstance(expression, Piecewise):
        return change(expression)
    return Piecewise(*((change(case), condition) for case, condition in expression.args), evaluate=False)


def conditions(expression: Expr, variable: Symbol) -> tuple[sympy.core.relational.Relational, ...]:
    """Return the comparisons on which the cases depend, and which depend on the variable."""
    found = {
        relation
        for case in expression.atoms(Piecewise)
        for _, condition in case.args
        for relation in condition.atoms(sympy.core.relational.Relational)
        if relation.has(variable)
    }
    return tuple(sorted(found, key=sympy.default_sort_key))


@lru_cache(maxsize=256)
def switches(expression: Expr, variable: Symbol) -> tuple[Expr, ...]:
    """Return every input at which a comparison may change, in the parameters; in no order, since that depends on these.

    Raises ModelError where a comparison cannot be solved for the input.
    """
    found: list[Expr] = []
    for relation in conditions(expression, variable):
        gap = relation.lhs - relation.rhs
        found += [place for place in _zeros(gap, variable, relation) if place not in found]
    return tuple(found)


def _zeros(gap: Expr, variable: Symbol, relation: sympy.Basic) -> list[Expr]:
    """Return every zero of a gap that is a line or a parabola in the variable, or rises or falls throughout."""
    try:
        degree = sympy.Poly(gap, variable).degree()
    except sympy.PolynomialError:
        degree = None
    if degree == 1:
        slope = sympy.diff(gap, variable)
        return [sympy.factor_terms(sympy.expand(variable - gap / slope))]
    slope = sympy.diff(gap, variable)
    places = None
    if degree == 2 or slope.is_positive or slope.is_negative:
        places = attempted(lambda: sympy.solve(gap, variable), "where cases change")
    # Of anything else SymPy may find some zeros and not all.
    if places is None or (degree is None and len(places) > 1):
        line = f"nullcline cannot tell at which inputs {relation} changes"
        raise ModelError(f"{line}: compare the input with numbers and parameters, as in x > theta")
    return [place for place in places if place.is_real is not False]


def case_at(expression: Expr, variable: Symbol, place: Expr, values: Mapping[Symbol, Expr]) -> Expr | None:
    """Return the smooth expression that holds at an exact place for exact values of the parameters.

    None where SymPy does not decide a comparison.

    >>> x = Symbol("x", real=True)
    >>> case_at(Piecewise((x, x > 0), (0, True)), x, sympy.Integer(1), {})
    x
    """
    if not isinstance(expression, Piecewise):
        return expression
    for case, condition in expression.args:
        holds = condition.xreplace(dict(values)).subs(variable, place)
        if holds == sympy.true:
            return case
        if holds != sympy.false:
            return None
    return None
