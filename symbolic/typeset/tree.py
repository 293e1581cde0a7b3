"""A formula as a tree of lists, for programs: the head first, as MathJSON has it.

A number is an integer, or a float with all of its digits. A symbol is its name ("tau", "r_star", "I_ext"), and so are
the constants Pi, ExponentialE, ImaginaryUnit and PositiveInfinity. All else is a list: ["Add", ...], ["Divide", a, b].
"""

from collections.abc import Mapping
from itertools import chain
from types import MappingProxyType
from typing import Any, TypeAlias

import sympy
from sympy.core.function import AppliedUndef

__all__ = ["HEADS", "Tree", "to_tree"]

Tree: TypeAlias = "int | float | str | list[Any]"

_CONSTANTS: Mapping[Any, Tree] = MappingProxyType(
    {
        sympy.pi: "Pi",
        sympy.E: "ExponentialE",
        sympy.I: "ImaginaryUnit",
        sympy.oo: "PositiveInfinity",
        -sympy.oo: ["Negate", "PositiveInfinity"],
        sympy.true: "True",
        sympy.false: "False",
    }
)

# Classes that are written with all their arguments as they stand; those of SymPy's sets are sorted first.
_BY_CLASS: Mapping[str, str] = MappingProxyType({
    "Equality": "Equal", "Unequality": "NotEqual", "StrictLessThan": "Less", "LessThan": "LessEqual",
    "StrictGreaterThan": "Greater", "GreaterThan": "GreaterEqual", "And": "And", "Or": "Or", "Not": "Not",
    "Add": "Add", "Max": "Max", "Min": "Min", "Abs": "Abs", "sign": "Sign", "Heaviside": "Heaviside",
    "exp": "Exp", "log": "Ln", "erf": "Erf", "erfc": "Erfc", "erfinv": "ErfInv", "LambertW": "LambertW",
    "sin": "Sin", "cos": "Cos", "tan": "Tan", "asin": "Arcsin", "acos": "Arccos", "atan": "Arctan",
    "sinh": "Sinh", "cosh": "Cosh", "tanh": "Tanh", "asinh": "Arsinh", "acosh": "Arcosh", "atanh": "Artanh",
    "sech": "Sech", "re": "Real", "im": "Imaginary", "arg": "Argument",
    # The elementary functions of symbolic/functions.py.
    "expit": "Expit", "softplus": "Softplus", "expm1": "Expm1", "log1p": "Log1p",
    "Contains": "Element", "Union": "Union", "Intersection": "Intersection", "FiniteSet": "Set",
})  # fmt: skip
_UNORDERED = (sympy.And, sympy.Or, sympy.Max, sympy.Min, sympy.Union, sympy.Intersection, sympy.FiniteSet)

HEADS = frozenset(
    {
        *_BY_CLASS.values(),
        *("Rational", "Negate", "Multiply", "Divide", "Power", "Sqrt", "Which", "Apply", "D", "Integrate", "Limits"),
        *("Matrix", "List", "Interval", "Open", "Sum", "Product", "Limit", "Unknown"),
    }
)


def to_tree(expression: Any) -> Tree:
    """Return an expression, relation, condition or matrix as nested lists.

    A function that is only a name is ["Apply", "F'", argument]; cases are ["Which", condition, value, ...], tried in
    this order; a derivative is ["D", expression, variable, ...]; an integral is
    ["Integrate", integrand, ["Limits", variable, low, high]]; a matrix is a list of its rows, each ["List", ...].
    What has no head here is ["Unknown", text].

    >>> tau, r = sympy.symbols("tau r")
    >>> to_tree(sympy.Eq(tau, (1 - r / 2) / tau, evaluate=False))
    ['Equal', 'tau', ['Divide', ['Add', 1, ['Multiply', ['Rational', -1, 2], 'r']], 'tau']]
    """
    if expression in _CONSTANTS:
        known = _CONSTANTS[expression]
        return list(known) if isinstance(known, list) else known
    match expression:
        case sympy.Integer():
            return int(expression)
        case sympy.Rational():
            return ["Rational", int(expression.p), int(expression.q)]
        case sympy.Float():
            return float(expression)
        case sympy.Symbol() | sympy.MatrixSymbol():
            return str(expression.name)
        case AppliedUndef():
            return ["Apply", str(expression.func.__name__), *map(to_tree, expression.args)]
        case sympy.Mul():
            return _product(expression)
        case sympy.Pow():
            return _power(expression.base, expression.exp)
        case sympy.Piecewise():
            return ["Which", *chain.from_iterable((to_tree(held), to_tree(value)) for value, held in expression.args)]
        case sympy.Derivative():
            variables = [v for v, count in expression.variable_count for _ in range(int(count))]
            return ["D", to_tree(expression.expr), *map(to_tree, variables)]
        case sympy.Integral() | sympy.Sum() | sympy.Product():
            head = {"Integral": "Integrate"}.get(type(expression).__name__, type(expression).__name__)
            return [
                head,
                to_tree(expression.function),
                *(["Limits", *map(to_tree, each)] for each in expression.limits),
            ]
        case sympy.Limit():
            body, variable, point, side = expression.args
            return ["Limit", to_tree(body), to_tree(variable), to_tree(point), str(side)]
        case sympy.Interval():
            ends = ((expression.start, expression.left_open), (expression.end, expression.right_open))
            return ["Interval", *(["Open", to_tree(end)] if is_open else to_tree(end) for end, is_open in ends)]
    if isinstance(expression, sympy.MatrixBase):
        return ["Matrix", ["List", *(["List", *map(to_tree, row)] for row in expression.tolist())]]
    return _plainly(expression)


def _plainly(expression: Any) -> Tree:
    head = _BY_CLASS.get(type(expression).__name__)
    if head is None:
        return ["Unknown", str(expression)]
    arguments = expression.args
    if isinstance(expression, _UNORDERED):
        arguments = sorted(arguments, key=sympy.default_sort_key)
    return [head, *map(to_tree, arguments)]


def _product(expression: Any) -> Tree:
    """A product, over what has a negative power."""
    below = [f for f in expression.args if f.is_Pow and f.exp.is_number and f.exp.is_negative]
    if not below:
        return ["Multiply", *map(to_tree, expression.args)]
    above = [to_tree(f) for f in expression.args if f not in below]
    under = [_power(f.base, -f.exp) for f in below]
    return ["Divide", _multiplied(above), _multiplied(under)]


def _multiplied(factors: list[Tree]) -> Tree:
    return 1 if not factors else factors[0] if len(factors) == 1 else ["Multiply", *factors]


def _power(base: Any, exponent: Any) -> Tree:
    if exponent.is_number and exponent.is_negative:
        return ["Divide", 1, _power(base, -exponent)]
    if exponent == 1:
        return to_tree(base)
    if exponent == sympy.S.Half:
        return ["Sqrt", to_tree(base)]
    return ["Power", to_tree(base), to_tree(exponent)]
