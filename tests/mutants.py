"""Wrong versions of a derived line: a sign flipped, a factor dropped, an exponent or a number changed, one by one."""

from collections.abc import Iterator
from dataclasses import replace

import sympy
from nullcline.symbolic import Step
from sympy.core.function import AppliedUndef
from sympy.matrices.expressions.matexpr import MatrixElement


def mutants(step: Step) -> Iterator[tuple[str, Step]]:
    """Yield every single-fault version of a step's equation, with the name of the fault.

    Faults that happen to leave the mathematics as it was (sinh flipped inside a square, say) are left out: two lines
    that take the same values at random points are the same line.
    """
    for fault, relation in _about_something_else(step.equation):
        yield fault, replace(step, equation=relation)
    for fault, equation in _faulty(step.equation):
        if not _same_values(step.equation, equation):
            yield fault, replace(step, equation=equation)


_REVERSED = {sympy.Lt: sympy.Gt, sympy.Gt: sympy.Lt, sympy.Le: sympy.Ge, sympy.Ge: sympy.Le}
_LOOSENED = {sympy.Lt: sympy.Le, sympy.Gt: sympy.Ge, sympy.Le: sympy.Lt, sympy.Ge: sympy.Gt}


def _about_something_else(relation: sympy.Basic) -> Iterator[tuple[str, sympy.Basic]]:
    """Yield the relation with its sign reversed, its strictness changed, or another name on its left."""
    if isinstance(relation, sympy.And):
        return
    left, right = relation.args
    if isinstance(relation, sympy.Eq):
        yield "equality became an inequality", sympy.Le(sympy.Symbol("u"), sympy.Symbol("v"))
        if isinstance(left, sympy.Symbol | AppliedUndef):
            yield "another name on the left", sympy.Eq(sympy.Symbol("another", real=True), right, evaluate=False)
        if isinstance(left, sympy.MatrixBase) and len(left) > 1:
            names = sympy.ImmutableMatrix(*left.shape, [*list(left)[1:], left[0]])
            yield "names exchanged on the left", sympy.Eq(names, right, evaluate=False)
        return
    for word, signs in (("reversed", _REVERSED), ("strictness", _LOOSENED)):
        yield word, signs[type(relation)](left, right, evaluate=False)


def _faulty(expression: sympy.Basic) -> Iterator[tuple[str, sympy.Basic]]:
    """Yield the expression with one fault, in every place where there can be one."""
    if isinstance(expression, sympy.Rel):
        left, right = expression.args
        # The left side of an equation is the name of what is derived; of an inequality both sides are derived.
        sides = (1,) if isinstance(expression, sympy.Eq) and not left.has(sympy.Pow) else (0, 1)
        for index in sides:
            for fault, side in _faulty(expression.args[index]):
                arguments = (side, right) if index == 0 else (left, side)
                yield fault, expression.func(*arguments, evaluate=False)
        return
    if isinstance(expression, sympy.And | sympy.MatrixBase):
        parts = list(expression.args) if isinstance(expression, sympy.And) else list(expression)
        for i, part in enumerate(parts):
            for fault, changed in _faulty(part):
                new = [*parts[:i], changed, *parts[i + 1 :]]
                if isinstance(expression, sympy.And):
                    yield fault, sympy.And(*new, evaluate=False)
                else:
                    yield fault, sympy.ImmutableMatrix(*expression.shape, new)
        return
    if isinstance(expression, sympy.Add):
        for term in expression.args:
            yield f"sign of {term}", expression - 2 * term
    if isinstance(expression, sympy.Mul):
        for factor in expression.args:
            if factor != -1:
                yield f"dropped {factor}", expression / factor
    if isinstance(expression, sympy.Pow) and expression.exp != -1:
        yield f"exponent of {expression}", expression.base ** (expression.exp + 1)
    if isinstance(expression, sympy.Integer | sympy.Rational) and expression not in (0, 1, -1):
        yield f"number {expression}", expression + 1
    if expression.is_Symbol or isinstance(expression, AppliedUndef | MatrixElement):
        yield f"sign of {expression}", -expression
        return
    if isinstance(expression, sympy.Piecewise):
        for i, (value, condition) in enumerate(expression.args):
            for fault, changed in _faulty(value):
                pairs = [*expression.args[:i], (changed, condition), *expression.args[i + 1 :]]
                yield fault, sympy.Piecewise(*pairs, evaluate=False)
        return
    if isinstance(expression, sympy.Integral):
        for fault, changed in _faulty(expression.function):
            yield fault, sympy.Integral(changed, *expression.limits)
        return
    if isinstance(expression, sympy.Derivative):
        return
    for i, argument in enumerate(expression.args):
        for fault, changed in _faulty(argument):
            yield fault, expression.func(*expression.args[:i], changed, *expression.args[i + 1 :])


def _same_values(first: sympy.Basic, second: sympy.Basic) -> bool:
    """Whether two relations take the same values at two points, to 20 digits."""
    names: dict[sympy.Basic, sympy.Basic] = {}
    for shift in (0, 1):
        values = {
            s: sympy.Rational(7 + 5 * i + 3 * shift, 11 + shift) + (1 if s.name == "n" else 0)
            for i, s in enumerate(sorted(first.free_symbols | second.free_symbols, key=str))
        }
        for a, b in zip(_flat(first), _flat(second), strict=True):
            # Names of functions and integrals count as numbers: one that a fault has changed is another number.
            kinds = (sympy.Integral, AppliedUndef, MatrixElement)
            for f in sorted(a.atoms(*kinds) | b.atoms(*kinds), key=str):
                names.setdefault(f, sympy.Rational(3 + len(names), 7))
            if not _vanishes((a - b).xreplace(names).subs(values)):
                return False
    return True


def _vanishes(difference: sympy.Expr) -> bool:
    try:
        value = sympy.N(difference, 30)
    except ValueError:  # mpmath's word for an argument outside the domain, where the right line has none
        return False
    return bool(value.is_finite) and abs(value) < 1e-20


def _flat(relation: sympy.Basic) -> list[sympy.Expr]:
    if isinstance(relation, sympy.And):
        return [e for part in relation.args for e in _flat(part)]
    left, right = relation.args
    if isinstance(right, sympy.MatrixBase):
        return list(right)
    return [left - right]
