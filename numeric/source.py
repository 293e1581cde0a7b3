"""Expressions as lines of Python, in two accuracies; what the lines call comes from an `elementary` module.

*Plain* lines compute an expression as it stands. *Compensated* lines carry the argument of each function that
magnifies rounding as an unevaluated sum hi + lo of two doubles, by error-free sums and products, and put lo in to first
order (reference: theory, section 1.1; Dekker, Numer. Math. 18:224, 1971; Ogita, Rump and Oishi, SIAM J. Sci. Comput.
26:1955, 2005). The same lines serve arrays, numbers and the compiler: only the functions that they call differ.

Every symbol goes by a neutral name: no name that a user chose reaches the generated lines.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import sympy
from sympy import Abs, Add, Expr, Max, Min, Mul, Piecewise, Pow, Symbol

from ..symbolic.errors import NullclineError
from ..symbolic.functions import RELATIVE, erf_increment, gaussian, product, sensitivity, textbook

# A number, or hi + lo; None says that lo is zero.
Pair = tuple[str, str | None]

_DIGITS = 40
_RELATIONS = {
    sympy.StrictGreaterThan: ">",
    sympy.GreaterThan: ">=",
    sympy.StrictLessThan: "<",
    sympy.LessThan: "<=",
    sympy.Equality: "==",
    sympy.Unequality: "!=",
}
# Functions of one argument go by these names in every elementary module.
_NAMES = frozenset(
    [
        *("exp", "expm1", "log", "log1p", "sqrt", "sign", "sin", "cos", "tan", "asin", "acos", "atan"),
        *("sinh", "cosh", "tanh", "asinh", "acosh", "atanh", "tanhc", "sech", "expit", "softplus", "gaussian"),
        *("erf", "erfc", "erfinv", "erfcinv", "log1p_scaled"),
    ]
)


class Source:
    """Lines that compute expressions; each is computed once, and known by a name from then on."""

    def __init__(
        self,
        names: Mapping[Symbol, str],
        *,
        compensated: bool,
        constants: frozenset[Symbol] = frozenset(),
        first: int = 0,
    ) -> None:
        """Start with what is known already; names of lines are counted from `first`."""
        self.lines: list[str] = []
        # Lines that need nothing but the constants: a loop computes them once, before it starts.
        self.prepared: list[str] = []
        self._constants, self._preparing = constants, False
        self._compensated, self._first = compensated, first
        self._plain: dict[Expr, str] = dict(names)
        self._pairs: dict[Expr, Pair] = {}

    def value(self, expression: Expr) -> str:
        """Add the lines that compute an expression; return the name of the result, or the number that it is."""
        known = self._plain.get(expression)
        if known is None:
            outer = self._preparing
            self._preparing = outer or self._is_constant(expression)
            known = self._plain[expression] = self._computed(expression)
            self._preparing = outer
        return known

    def name(self, text: str) -> str:
        """Add a line that gives a name to what a text computes."""
        lines, letter = (self.prepared, "q") if self._preparing else (self.lines, "t")
        name = f"{letter}{self._first + len(lines)}"
        lines.append(f"{name} = {text}")
        return name

    def _is_constant(self, e: Expr) -> bool:
        return bool(self._constants) and not e.is_number and e.free_symbols <= self._constants

    def _with_constants_together(self, e: Expr) -> Expr:
        """Give what is constant in a sum or a product a symbol of its own, so that it is computed once."""
        constant = [a for a in e.args if a.is_number or self._is_constant(a)]
        if self._preparing or len(constant) < 2 or len(constant) == len(e.args):
            return e
        together = e.func(*constant)
        symbol = Symbol(f"constant {self.value(together)}", positive=together.is_positive)
        self._plain[symbol] = self.value(together)
        return e.func(symbol, *(a for a in e.args if a not in constant))

    def bind(self, symbol: Symbol, name: str) -> None:
        """Let a symbol go by a name from here on."""
        self._plain[symbol] = name

    # An expression as one double ---------------------------------------------------------------------------------

    def _computed(self, e: Expr) -> str:
        if e.is_number:
            return _literal(e)
        if e in self._pairs:
            return self._pairs[e][0]
        if isinstance(e, Add | Mul):
            if self._constants:
                e = self._with_constants_together(e)
            return self.name(self._sum(e) if isinstance(e, Add) else self._product(e))
        if isinstance(e, Pow):
            return self._power(e)
        if isinstance(e, Piecewise):
            return self._cases([(self.value(v), c) for v, c in e.args])
        if isinstance(e, Min | Max):
            text = self.value(e.args[0])
            for other in e.args[1:]:
                text = f"{'minimum' if isinstance(e, Min) else 'maximum'}({text}, {self.value(other)})"
            return self.name(text)
        if isinstance(e, Abs):
            return self.name(f"abs({self.value(e.args[0])})")
        return self._function(e)

    def _function(self, e: Expr) -> str:
        if isinstance(e, erf_increment):
            return self._erf_increment(e)
        if isinstance(e, product):
            return self.name("*".join(self.value(factor) for factor in e.args))
        name = type(e).__name__
        if name not in _NAMES:
            raise NullclineError(
                f"there is no numerical form of the function {name}: write F with elementary functions"
            )
        answer = sensitivity(e) if self._compensated else None
        if answer is None:
            return self.name(f"{name}({', '.join(self.value(a) for a in e.args)})")
        (argument,) = e.args
        high, low = self.pair(argument)
        value = self.name(f"{name}({high})")
        if low is None:
            return value
        kind, slope = answer
        if isinstance(e, gaussian):
            # Where lo is as large as that the function is 0, and what its slope, -2 u, makes of lo may overflow.
            low = self.name(f"clipped({low}, 1.0)")
        # The slope is needed to a few digits only: it is taken at hi, in plain lines.
        at = Symbol(f"hi of {argument}")
        self._plain[at] = high
        compensated, self._compensated = self._compensated, False
        steepness = self.value(slope.subs(argument, at))
        self._compensated = compensated
        step = low if steepness == "1.0" else self.name(f"{low}*{steepness}")
        if kind != RELATIVE:
            return self.name(f"{value} + {step}")
        # An infinite value stays infinite in the second form, whatever lo is; the first is rounded once less.
        bounded = argument.is_nonpositive is True or not isinstance(e, sympy.exp | sympy.cosh)
        return self.name(f"{value} + {value}*{step}" if bounded else f"{value}*(1.0 + clipped({step}, 0.5))")

    def _erf_increment(self, e: Expr) -> str:
        start, step = e.args
        end = textbook(start + step)
        pairs = [self.pair(p) if self._compensated else (self.value(p), None) for p in (start, sympy.expand(end))]
        ends = ", ".join(f"{high}, {low or '0.0'}" for high, low in pairs)
        return self.name(f"erf_increment({ends}, {self.value(step)})")

    def _sum(self, e: Add) -> str:
        text = ""
        for term in sorted(e.args, key=_what_is_simple_first):
            negative = term.as_coeff_Mul()[0].is_negative is True
            operand = self.value(-term if negative else term)
            text += (f" - {operand}" if text else f"-{operand}") if negative else (f" + {operand}" if text else operand)
        return text

    def _product(self, e: Mul) -> str:
        above, below = _factors(e)
        negative = bool(above) and above[0] == -1
        # Last factors first: what is carried as hi + lo serves the others too.
        values = {f: self.value(f) for f in [*above, *below][::-1] if f != -1}

        # Parameters are divided by before functions come in, which may be small, and powers, which may be large.
        text = ""
        for wanted in (True, False):
            top = [values[f] for f in above[negative:] if _is_rational(f) is wanted and not _may_be_large(f)]
            bottom = [values[f] for f in below if _is_rational(f) is wanted]
            if top or bottom:
                text = _quotient("*".join([text] * bool(text) + top) or "1.0", bottom)
        for large in (values[f] for f in above if _may_be_large(f)):
            text = f"times({text}, {large})" if text else large
        return f"-{text}" if negative else text

    def _power(self, e: Pow) -> str:
        base, exponent = e.args
        if exponent.is_Integer:
            times = "*".join([self.value(base)] * abs(int(exponent)))
            if abs(exponent) <= 4:
                return self.name(times if exponent > 0 else f"1.0/({times})")
        if exponent in (sympy.S.Half, -sympy.S.Half):
            root = self.name(f"sqrt({self.value(base)})")
            return root if exponent > 0 else self.name(f"1.0/{root}")
        if base == sympy.E:
            return self.value(sympy.exp(exponent))
        if not self._compensated:
            return self.name(f"power({self.value(base)}, {self.value(exponent)})")
        (high, low), (power, rest) = self.pair(base), self.pair(exponent)
        value = self.name(f"power({high}, {power})")
        steps = [] if low is None else [f"{power}*({low}/maximum({high}, TINIEST))"]
        steps += [] if rest is None else [f"{rest}*log({high})"]
        return self.name(f"{value}*(1.0 + {self.name(' + '.join(steps))})") if steps else value

    def _cases(self, cases: Sequence[tuple[str, Expr]]) -> str:
        values = {value for value, _ in cases}
        if len(values) == 1:
            return values.pop()
        text = "nan"
        for value, condition in reversed(cases):
            text = value if condition == sympy.true else f"where({self.condition(condition)}, {value}, {text})"
        return self.name(text)

    def condition(self, e: Expr) -> str:
        """Return the text of a condition, after adding the lines that its sides need."""
        if isinstance(e, sympy.And | sympy.Or):
            joined = "logical_and" if isinstance(e, sympy.And) else "logical_or"
            text = self.condition(e.args[0])
            for other in e.args[1:]:
                text = f"{joined}({text}, {self.condition(other)})"
            return text
        relation = _RELATIONS.get(type(e))
        if relation is None:
            raise NullclineError(f"there is no numerical form of the condition {e}: compare with <, <=, > or >=")
        return f"({self.value(e.lhs)} {relation} {self.value(e.rhs)})"

    # An expression as hi + lo ------------------------------------------------------------------------------------

    def pair(self, expression: Expr) -> Pair:
        """Add the lines that compute an expression as hi + lo, which together have about twice a double's digits."""
        known = self._pairs.get(expression)
        if known is None:
            known = self._pairs[expression] = self._pair(expression)
            self._plain.setdefault(expression, known[0])
        return known

    def _pair(self, e: Expr) -> Pair:
        if not _is_rational(e):
            # A function may be infinite, and then has no error to be carried.
            return self.value(e), None
        if e.is_number:
            nearest = _nearest(e)
            left = sympy.Integer(0) if e.is_infinite else sympy.N(e - sympy.Rational(nearest), _DIGITS)
            return _literal(e), None if left == 0 else repr(float(left))
        if isinstance(e, Add):
            total, *others = [self.pair(term) for term in sorted(e.args, key=_what_is_simple_first)]
            for other in others:
                total = self._added(total, other)
            return total
        if isinstance(e, Mul):
            return self._multiplied(e)
        if isinstance(e, Pow) and e.exp.is_Integer and 2 <= abs(e.exp) <= 4:
            return self._multiplied(Mul(*[e.base ** (1 if e.exp > 0 else -1)] * abs(int(e.exp)), evaluate=False))
        if isinstance(e, Pow) and e.exp == -1:
            return self._divided(("1.0", None), self.pair(e.base))
        if isinstance(e, Piecewise):
            pairs = [(self.pair(v), c) for v, c in e.args]
            high = self._cases([(p[0], c) for p, c in pairs])
            exact = all(low is None for (_, low), _ in pairs)
            return high, None if exact else self._cases([(low or "0.0", c) for (_, low), c in pairs])
        return self.value(e), None

    def _added(self, one: Pair, other: Pair) -> Pair:
        (a, a_low), (b, b_low) = one, other
        total = self.name(f"{a} + {b}")
        error = self.name(f"sum_error({a}, {b}, {total})")
        rest = [low for low in (a_low, b_low) if low is not None]
        return self._normal(total, self.name(f"{error} + ({' + '.join(rest)})")) if rest else (total, error)

    def _multiplied(self, e: Mul) -> Pair:
        above, below = _factors(e)
        scales = [f for f in above if _is_exact_scale(f)]
        total: Pair | None = None
        for factor in above:
            if factor not in scales:
                pair = self.pair(factor)
                total = pair if total is None else self._times(total, pair)
        divisors = [f for f in below if not _is_exact_scale(f)]
        scales += [1 / f for f in below if _is_exact_scale(f)]
        if total is None:
            total = ("1.0", None)
        for divisor in divisors:
            total = self._divided(total, self.pair(divisor))
        for scale in scales:
            by = "-" if scale == -1 else f"{self.value(scale)}*"
            high, low = total
            total = (self.name(f"{by}{high}"), None if low is None else self.name(f"{by}{low}"))
        return total

    def _times(self, one: Pair, other: Pair) -> Pair:
        (a, a_low), (b, b_low) = one, other
        product = self.name(f"{a}*{b}")
        error = self.name(f"product_error({a}, {b}, {product})")
        rest = [f"{x}*{low}" for x, low in ((a, b_low), (b, a_low)) if low is not None]
        return self._normal(product, self.name(f"{error} + ({' + '.join(rest)})")) if rest else (product, error)

    def _divided(self, one: Pair, other: Pair) -> Pair:
        (a, a_low), (b, b_low) = one, other
        quotient = self.name(f"{a}/{b}")
        product = self.name(f"{quotient}*{b}")
        left = f"({a} - {product}) - product_error({quotient}, {b}, {product})"
        left += "" if a_low is None else f" + {a_low}"
        left += "" if b_low is None else f" - {quotient}*{b_low}"
        return self._normal(quotient, self.name(f"({left})/{b}"))

    def _normal(self, high: str, low: str) -> Pair:
        """hi + lo with lo below half a unit in the last place of hi."""
        total = self.name(f"{high} + {low}")
        return total, self.name(f"{low} - ({total} - {high})")


def has_numerical_form(expression: Expr) -> bool:
    """Whether an expression is made of functions that every elementary module has."""
    known = {*_NAMES, "erf_increment", "product"}
    plain = (sympy.Piecewise, sympy.Min, sympy.Max, sympy.Abs)
    functions = expression.atoms(sympy.Function)
    return all(isinstance(f, plain) or type(f).__name__ in known for f in functions)


def function(name: str, arguments: Sequence[Symbol], results: Sequence[Expr], *, compensated: bool = False) -> str:
    """Return the text of a function of p0, p1, ... that returns a tuple of the expressions' values."""
    names = [f"p{i}" for i in range(len(arguments))]
    source = Source(dict(zip(arguments, names, strict=True)), compensated=compensated)
    values = [source.value(e) for e in results]
    return definition(name, names, [*source.lines, f"return {', '.join(values)},"])


def definition(name: str, arguments: Sequence[str], lines: Sequence[str]) -> str:
    """Return the text of a function from its lines."""
    return "\n".join([f"def {name}({', '.join(arguments)}):", *(f"    {line}" for line in lines), ""])


def _literal(number: Expr) -> str:
    """The double nearest to a number, so that it reads back; a negative one in brackets."""
    value = _nearest(number)
    if value in (float("inf"), float("-inf")):
        return "INFINITY" if value > 0 else "(-INFINITY)"
    return repr(value) if value >= 0 else f"({value!r})"


def _nearest(number: Expr) -> float:
    return float(sympy.N(number, _DIGITS))


def _what_is_simple_first(term: Expr) -> tuple[int, object]:
    """Numbers, then what is rational, then functions: what takes longest to compute is put in last."""
    return (0 if term.is_number else 2 if term.has(sympy.Function) else 1, sympy.default_sort_key(term))


def _quotient(top: str, bottom: Sequence[str]) -> str:
    """Return the text of a quotient; each part may be a product."""
    under = "*".join(bottom)
    return top if not bottom else f"{top}/({under})" if len(bottom) > 1 else f"{top}/{under}"


def _may_be_large(factor: Expr) -> bool:
    return bool(isinstance(factor, Pow) and factor.free_symbols and not factor.exp.is_Integer)


def _is_rational(e: Expr) -> bool:
    """Whether an expression needs nothing but arithmetic, comparison and roots of numbers."""
    plain = (sympy.Piecewise, sympy.Min, sympy.Max, sympy.Abs)
    return all(isinstance(f, plain) for f in e.atoms(sympy.Function)) and not any(
        p.free_symbols and not p.exp.is_Integer for p in e.atoms(Pow)
    )


def _factors(product: Mul) -> tuple[list[Expr], list[Expr]]:
    """Return the factors above and below the line in the order in which they are multiplied.

    Numbers and parameters come first, functions after them, squares last: a factor that may underflow alone meets what
    makes the product a normal number before it is squared.
    """
    above: list[tuple[Any, Expr]] = []
    below: list[tuple[Any, Expr]] = []
    number, rest = product.as_independent(*product.free_symbols, as_Add=False)
    if number.is_Rational and number.p in (1, -1) and not _is_power_of_two(number.q):
        # Division by a whole number is rounded once, multiplication by its inverse twice.
        below.append(((0,), sympy.Integer(number.q)))
        number = sympy.Integer(number.p)
    if number != 1:
        above.append(((0,), number))
    for factor in Mul.make_args(rest) if rest != 1 else ():
        base, exponent = (factor.base, factor.exp) if isinstance(factor, Pow) else (factor, sympy.Integer(1))
        whole = exponent.is_Integer and abs(exponent) <= 4
        times = abs(int(exponent)) if whole else 1
        kind = 1 if base.is_number else 2 if base.is_Symbol else 3 if base.is_Piecewise else 4
        for i in range(times):
            key = (kind + 10 * (i > 0 or (kind == 4 and times > 1)), sympy.default_sort_key(base))
            if whole:
                (above if exponent > 0 else below).append((key, base))
            elif exponent.could_extract_minus_sign() and exponent.is_number:
                below.append((key, base**-exponent))
            else:
                above.append((key, factor))
    return [f for _, f in sorted(above, key=lambda v: v[0])], [f for _, f in sorted(below, key=lambda v: v[0])]


def _is_power_of_two(number: int) -> bool:
    return number > 0 and number & (number - 1) == 0


def _is_exact_scale(factor: Expr) -> bool:
    """Whether multiplying by it changes no digit: plus or minus a power of two, or one of several such."""
    if isinstance(factor, Piecewise):
        return all(_is_exact_scale(value) for value, _ in factor.args)
    return bool(factor.is_Rational) and _is_power_of_two(abs(factor.p)) and _is_power_of_two(factor.q)
