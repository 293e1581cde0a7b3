"""Expressions as calls of another arithmetic than that of doubles: intervals, which enclose them, or many digits."""

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
# Those that digits.js has, beside arithmetic.
_MANY_DIGITS = frozenset(["exp", "log", "tanh", "erf"])
DIGITS = _MANY_DIGITS | {"add", "sub", "neg", "mul", "div", "powi", "sqrt", "power", "ratio", "pi"}
_RELATIONS = {
    sympy.StrictGreaterThan: "gt({0}, {1})",
    sympy.GreaterThan: "ge({0}, {1})",
    sympy.StrictLessThan: "gt({1}, {0})",
    sympy.LessThan: "ge({1}, {0})",
    sympy.Equality: "eq({0}, {1})",
    sympy.Unequality: "not(eq({0}, {1}))",
}


class Calls:
    """Statements that compute expressions in one variable; each is computed once.

    What does not depend on the variable goes into `prepared`, which is computed once for all its values. With `many`
    digits numbers are quotients of whole ones and constants; otherwise each is the smallest interval that holds it.
    """

    def __init__(self, variable: Symbol, names: Mapping[Symbol, str], *, many: bool = False) -> None:
        self.prepared: list[str] = []
        self._many = many
        self._variable = variable
        self._constants: dict[Expr, str] = dict(names)
        self._local: dict[Expr, str] = {}
        self._lines: list[str] = []

    def function(self, expression: Expr, argument: str) -> str:
        """Return an arrow function of the variable."""
        self._lines, self._local = [], {self._variable: argument}
        result = self._value(expression)
        return "\n".join([f"({argument}) => {{", *(f"  {line}" for line in self._lines), f"  return {result};", "}"])

    def constant(self, expression: Expr) -> str:
        """Return the name of what does not depend on the variable."""
        return self._value(expression)

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
        if self._many:
            if e.is_Rational:
                return f"ratio({e.p}n, {e.q}n)"
            if e == sympy.pi:
                return "pi()"
        elif e.is_number:
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
        above = [f for f in e.args if not _is_below(f)] or [sympy.Integer(1)]
        below = [1 / f for f in e.args if _is_below(f)]
        text = self._value(above[0])
        for factor in above[1:]:
            text = f"mul({text}, {self._value(factor)})"
        for factor in below:
            text = f"div({text}, {self._value(factor)})"
        saturating = None if self._many else _saturating(e)
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
    calls = Calls(variable, {s: f"P{i}" for i, s in enumerate(arguments)})
    parts = [f"{key}: {calls.function(e, 'X')}," for key, e in expressions.items()]
    lines = [*(f"const P{i} = [{n}, {n}];" for i, n in enumerate(names)), *calls.prepared]
    inner = "\n".join(parts).split("\n")
    lines += ["return {", *(f"  {line}" for line in inner), "};"]
    return "\n".join([f"function {name}({', '.join(names)}) {{", *(f"  {line}" for line in lines), "}"])


def far_out(expression: Expr, variable: Symbol, side: int) -> Expr:
    """Return an expression at side/s, in the variable s: it has a value at s = 0 if it has a limit there.

    Each sum is brought over one power of s, and these powers meet: x/sqrt(1 + x^2) becomes 1/sqrt(s^2 + 1).
    """
    s = Symbol("s", positive=True)

    def gathered(e: Expr) -> Expr:
        if not e.has(s) or e == s or isinstance(e, sympy.core.relational.Relational):
            return e
        made = e.func(*(gathered(a) if isinstance(a, Expr) else a for a in e.args))
        return sympy.factor_terms(sympy.together(made)) if isinstance(made, Add) else made

    return gathered(expression.subs(variable, side / s)).subs(s, variable)


def exactly(name: str, variable: Symbol, arguments: Sequence[Symbol], forms: Mapping[str, Expr | None]) -> str | None:
    """Return the text of a function of p0, p1, ..., numbers of many digits, that returns an object of what is asked.

    Forms in the variable become functions, others numbers, those that are called inflection0, ... a list, and None
    becomes null. Where an expression has a function that many digits lack, the answer is None.
    """
    known = [e for e in forms.values() if e is not None]
    if not all(type(f).__name__ in _MANY_DIGITS for e in known for f in e.atoms(sympy.Function)):
        return None
    names = [f"p{i}" for i in range(len(arguments))]
    calls = Calls(variable, dict(zip(arguments, names, strict=True)), many=True)
    parts, inflections = [], []
    for key, e in forms.items():
        if key in ("F", "h", "dh", "d2h"):
            parts.append(f"{key}: {calls.function(e, 'x')},")
        elif key.startswith("inflection"):
            inflections.append(calls.constant(e))
        else:
            parts.append(f"{key}: {'null' if e is None else calls.constant(e)},")
    parts.append(f"inflections: [{', '.join(inflections)}],")
    inner = "\n".join(parts).split("\n")
    lines = [*calls.prepared, "return {", *(f"  {line}" for line in inner), "};"]
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
