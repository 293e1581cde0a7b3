"""Expressions as JavaScript that encloses them: a call of interval arithmetic for each operation."""

import math
from collections.abc import Mapping, Sequence

import sympy
from sympy import Abs, Add, Expr, Max, Min, Mul, Piecewise, Pow, Symbol

from ...symbolic.errors import NullclineError

_DIGITS = 40
# The functions that intervals.js has.
INTERVALS = frozenset(
    [
        *("add", "sub", "neg", "mul", "div", "powi", "sqrt", "power", "abs", "min", "max", "sign", "product"),
        *("exp", "expm1", "log", "log1p", "sin", "cos", "tan", "asin", "acos", "atan", "sinh", "cosh", "tanh", "asinh"),
        *("acosh", "atanh", "tanhc", "sech", "expit", "softplus", "gaussian", "erf", "erfc", "erfinv", "erfcinv"),
        *("log1p_scaled", "erf_increment", "meet", "gt", "ge", "eq", "not", "and", "or", "cases"),
    ]
)
_RELATIONS = {
    sympy.StrictGreaterThan: "gt({0}, {1})",
    sympy.GreaterThan: "ge({0}, {1})",
    sympy.StrictLessThan: "gt({1}, {0})",
    sympy.LessThan: "ge({1}, {0})",
    sympy.Equality: "eq({0}, {1})",
    sympy.Unequality: "not(eq({0}, {1}))",
}


class Enclosure:
    """Statements that enclose expressions in one variable; each is computed once.

    What does not depend on the variable goes into `prepared`, which is computed once for all intervals.
    """

    def __init__(self, variable: Symbol, names: Mapping[Symbol, str]) -> None:
        self.prepared: list[str] = []
        self._variable = variable
        self._constants: dict[Expr, str] = dict(names)
        self._local: dict[Expr, str] = {}
        self._lines: list[str] = []

    def function(self, expression: Expr, argument: str) -> str:
        """Return an arrow function of the variable's interval."""
        self._lines, self._local = [], {self._variable: argument}
        result = self._value(expression)
        return "\n".join([f"({argument}) => {{", *(f"  {line}" for line in self._lines), f"  return {result};", "}"])

    def _value(self, e: Expr) -> str:
        constant = not e.has(self._variable)
        known = self._constants if constant else self._local
        if e not in known:
            text = self._text(e)
            lines, letter = (self.prepared, "c") if constant else (self._lines, "i")
            name = f"{letter}{len(lines)}"
            lines.append(f"const {name} = {text};")
            known[e] = name
        return known[e]

    def _text(self, e: Expr) -> str:
        if e.is_number:
            return _number(e)
        if isinstance(e, Add | Mul):
            e = self._with_constants_together(e)
        if isinstance(e, Add):
            first, *others = e.args
            text = self._value(first)
            for term in others:
                negative = term.as_coeff_Mul()[0].is_negative is True
                text = f"sub({text}, {self._value(-term)})" if negative else f"add({text}, {self._value(term)})"
            return text
        if isinstance(e, Mul):
            return self._product(e)
        if isinstance(e, Pow):
            return self._power(e)
        if isinstance(e, Piecewise):
            cases = [f"[{self._condition(c)}, {self._value(v)}]" for v, c in e.args]
            return f"cases({', '.join(cases)})"
        if isinstance(e, Min | Max):
            name = "min" if isinstance(e, Min) else "max"
            text = self._value(e.args[0])
            for other in e.args[1:]:
                text = f"{name}({text}, {self._value(other)})"
            return text
        name = "abs" if isinstance(e, Abs) else type(e).__name__
        return f"{name}({', '.join(self._value(a) for a in e.args)})"

    def _with_constants_together(self, e: Expr) -> Expr:
        """Let what is constant in a sum or a product be one factor or term, so that it is computed once."""
        constant = [a for a in e.args if not a.has(self._variable)]
        if len(constant) < 2 or len(constant) == len(e.args):
            return e
        together = e.func(*constant)
        symbol = Symbol(f"constant {self._value(together)}", positive=together.is_positive)
        self._constants[symbol] = self._value(together)
        return e.func(symbol, *(a for a in e.args if a.has(self._variable)))

    def _product(self, e: Mul) -> str:
        if e.args[0] == -1:
            return f"neg({self._value(Mul(*e.args[1:]))})"
        above = [f for f in e.args if not _is_below(f)]
        below = [1 / f for f in e.args if _is_below(f)]
        text = self._value(above[0]) if above else "[1, 1]"
        for factor in above[1:]:
            text = f"mul({text}, {self._value(factor)})"
        for factor in below:
            text = f"div({text}, {self._value(factor)})"
        saturating = _saturating(e)
        return text if saturating is None else f"meet({text}, {self._value(saturating)})"

    def _power(self, e: Pow) -> str:
        base, exponent = e.args
        if base == sympy.E:
            return f"exp({self._value(exponent)})"
        if exponent.is_Integer and abs(int(exponent)) <= 64:
            return f"powi({self._value(base)}, {int(exponent)})"
        if exponent == sympy.S.Half:
            return f"sqrt({self._value(base)})"
        return f"power({self._value(base)}, {self._value(exponent)})"

    def _condition(self, e: Expr) -> str:
        if e in (sympy.true, sympy.false):
            return "true" if e == sympy.true else "false"
        if isinstance(e, sympy.And | sympy.Or):
            name = "and" if isinstance(e, sympy.And) else "or"
            text = self._condition(e.args[0])
            for other in e.args[1:]:
                text = f"{name}({text}, {self._condition(other)})"
            return text
        relation = _RELATIONS.get(type(e))
        if relation is None:
            raise NullclineError(f"there is no enclosure of the condition {e}: compare with <, <=, > or >=")
        return relation.format(self._value(e.lhs), self._value(e.rhs))


def enclosing(name: str, variable: Symbol, arguments: Sequence[Symbol], expressions: Mapping[str, Expr]) -> str:
    """Return the text of a function of p0, p1, ... that returns an object of enclosures by name."""
    names = [f"p{i}" for i in range(len(arguments))]
    enclosure = Enclosure(variable, {s: f"P{i}" for i, s in enumerate(arguments)})
    parts = [f"{key}: {enclosure.function(e, 'X')}," for key, e in expressions.items()]
    lines = [*(f"const P{i} = [{n}, {n}];" for i, n in enumerate(names)), *enclosure.prepared]
    inner = "\n".join(parts).split("\n")
    lines += ["return {", *(f"  {line}" for line in inner), "};"]
    return "\n".join([f"function {name}({', '.join(names)}) {{", *(f"  {line}" for line in lines), "}"])


def _number(e: Expr) -> str:
    """The smallest interval of doubles that holds a number."""
    nearest = float(sympy.N(e, _DIGITS))
    if e.is_infinite or (e.is_Rational and sympy.Rational(nearest) == e):
        ends = (nearest, nearest)
    else:
        ends = (math.nextafter(nearest, -math.inf), math.nextafter(nearest, math.inf))
    return f"[{', '.join(repr(v).replace('inf', 'Infinity') for v in ends)}]"


def _saturating(e: Mul) -> Expr | None:
    """Write u/(k u + v) as 1/(k + v/u): u stands in it once, and it has a limit where u is infinite."""
    for factor in e.args:
        if not (isinstance(factor, Pow) and factor.exp == -1 and isinstance(factor.base, Add)):
            continue
        for u in e.args:
            multiples = [term for term in factor.base.args if u.free_symbols and not (term / u).free_symbols]
            if u is not factor and len(multiples) == 1:
                k, v = multiples[0] / u, factor.base - multiples[0]
                others = [f for f in e.args if f is not factor and f is not u]
                return Mul(*others, Pow(Add(k, Mul(v, 1 / u, evaluate=False), evaluate=False), -1, evaluate=False))
    return None


def _is_below(factor: Expr) -> bool:
    return bool(isinstance(factor, Pow) and factor.base != sympy.E and factor.exp.could_extract_minus_sign())
