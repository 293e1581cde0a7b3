"""SymPy expressions in ball arithmetic: what comes back encloses the true value, over a number, a box or a half-line.

A ball is a midpoint with a bound on the error, a number of python-flint (Johansson 2017), which rounds outward by
itself. A `Span` has two ends instead, which may be infinite: for half-lines, and where a ball is too crude. Balls are
computed with as many bits as `precision` sets; with fewer they are wider, never wrong.
"""

import importlib
import math
import operator
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from fractions import Fraction
from functools import lru_cache, partial
from itertools import product
from types import MappingProxyType
from typing import Any

import sympy

from ..symbolic.errors import MissingExtra, NullclineError
from ..symbolic.functions import textbook

Ball = Any  # flint.arb: python-flint has no type information for it


@lru_cache(maxsize=1)
def flint() -> Any:
    """Return the module python-flint, or raise MissingExtra that says how to get it."""
    try:
        return importlib.import_module("flint")
    except ImportError:
        line = "certify=True needs python-flint: pip install 'nullcline[certify]'"
        raise MissingExtra(line, extra="certify") from None


def precision(bits: int) -> AbstractContextManager[None]:
    """Return a context in which balls are computed with so many bits."""
    context: AbstractContextManager[None] = flint().ctx.workprec(bits)
    return context


def ball(number: Fraction | int) -> Ball:
    """Return the ball of a rational number: exact where the precision can hold it."""
    number = Fraction(number)
    return flint().arb(flint().fmpq(number.numerator, number.denominator))


def fraction(exact: Ball) -> Fraction:
    """Return the rational number that an exact ball is."""
    mantissa, exponent = exact.man_exp()
    return Fraction(int(mantissa)) * Fraction(2) ** int(exponent)


def sign(value: Ball) -> int:
    """Return 1 or -1 where every number of a ball has that sign, else 0."""
    return 1 if value > 0 else -1 if value < 0 else 0


def doubles(value: "Ball | Span") -> tuple[float, float]:
    """Return the nearest doubles below and above a ball or span; an end beyond the doubles is an infinity.

    >>> with precision(80):
    ...     doubles(ball(Fraction(1, 3)))
    (0.3333333333333333, 0.33333333333333337)
    """
    lo, hi = (value.lo, value.hi) if isinstance(value, Span) else (value.lower(), value.upper())
    return _outward(lo, -math.inf), _outward(hi, math.inf)


def _outward(exact: Ball, side: float) -> float:
    arb = flint().arb
    if exact.is_nan():
        return side
    near = float(exact)
    while (arb(near) > exact) if side < 0 else (arb(near) < exact):
        near = math.nextafter(near, side)
    return near


@dataclass(frozen=True, slots=True)
class Span:
    """The numbers between two exact ends. An infinite end is a limit, never attained, so that 0 times it is 0."""

    lo: Ball
    hi: Ball

    @property
    def sign(self) -> int:
        """1 or -1 where every number has that sign, else 0."""
        return 1 if self.lo > 0 else -1 if self.hi < 0 else 0

    @property
    def weak_sign(self) -> int:
        """1 where no number is negative, -1 where none is positive, else 0."""
        return 1 if self.lo >= 0 else -1 if self.hi <= 0 else 0

    @property
    def finite(self) -> bool:
        """Whether both ends are numbers."""
        return bool(self.lo.is_finite() and self.hi.is_finite())

    def within(self, other: "Span") -> "Span":
        """Return what two spans have in common, which must be something."""
        return Span(self.lo if self.lo >= other.lo else other.lo, self.hi if self.hi <= other.hi else other.hi)


def span(lowest: Ball, highest: Ball) -> Span:
    """Return the span from the lowest number of one ball to the highest of another; nan is no bound."""
    lo, hi = lowest.lower(), highest.upper()
    return Span(_infinity(-1) if lo.is_nan() else lo, _infinity(1) if hi.is_nan() else hi)


def line() -> Span:
    """Return the span of all numbers."""
    return Span(_infinity(-1), _infinity(1))


def _infinity(side: int) -> Ball:
    return flint().arb("inf" if side > 0 else "-inf")


@dataclass(frozen=True, eq=False)
class Program:
    """Expressions in one variable and parameters, as steps that are taken in order.

    `constants` are the steps without the variable, which are taken once for a set of parameters; `stops[k]` is how
    many of the other steps the first k + 1 expressions need. A step names a function and the places of its arguments:
    the parameters come first, then the constants, the variable, and the results so far.
    """

    constants: tuple["_Step", ...]
    steps: tuple["_Step", ...]
    stops: tuple[int, ...]
    places: tuple[int, ...]

    def bound(self, parameters: Sequence[Ball]) -> "Function":
        """Return the program as a function of the variable."""
        slots = [*parameters]
        for step in self.constants:
            slots.append(_BALL[step.name](*step.extra, *(slots[i] for i in step.arguments)))
        return Function(self, slots)


@dataclass(frozen=True, slots=True)
class _Step:
    name: str
    arguments: tuple[int, ...]
    extra: tuple[Any, ...] = ()


@dataclass(frozen=True, eq=False)
class Function:
    """A program with its parameters put in: the expressions' values as balls or as spans."""

    program: Program
    constants: list[Ball]
    _spans: list[Span] = field(default_factory=list)

    def at(self, x: Ball, last: int) -> list[Ball]:
        """Return the values of the expressions 0 to `last` at every number of a ball; nan where nothing is known."""
        slots = [*self.constants, x]
        append = slots.append
        for call, i, j in _ball_steps(self.program, last):
            append(call(slots[i]) if j < 0 else call(slots[i], slots[j]))
        return [slots[place] for place in self.program.places[: last + 1]]

    def over(self, x: Span, last: int) -> list[Span]:
        """Return the values of the expressions 0 to `last` at every number strictly between the ends of a span."""
        if not self._spans:
            self._spans.extend(span(c, c) for c in self.constants)
        slots = [*self._spans, x]
        for step in self.program.steps[: self.program.stops[last]]:
            slots.append(_SPAN[step.name](*step.extra, *(slots[i] for i in step.arguments)))
        return [slots[place] for place in self.program.places[: last + 1]]


@lru_cache(maxsize=256)
def _ball_steps(program: Program, last: int) -> list[tuple[Callable[..., Ball], int, int]]:
    return [
        (partial(_BALL[s.name], *s.extra) if s.extra else _BALL[s.name], s.arguments[0], (*s.arguments, -1)[1])
        for s in program.steps[: program.stops[last]]
    ]


@lru_cache(maxsize=256)
def compiled(
    expressions: tuple[sympy.Expr, ...], variable: sympy.Symbol | None, parameters: tuple[sympy.Symbol, ...]
) -> Program:
    """Return the program of some expressions, which shares what they have in common.

    Raises NullclineError for a function that has no ball arithmetic here.
    """
    writer = _Writer(variable, parameters)
    places, stops = [], []
    for expression in expressions:
        places.append(writer.place(textbook(expression)))
        stops.append(len(writer.steps))
    shift = len(parameters) + len(writer.constants)

    # While they are written, the places of what depends on the variable are counted from -1 downwards.
    def final(i: int) -> int:
        return i if i >= 0 else shift - 1 - i

    steps = tuple(_Step(s.name, tuple(map(final, s.arguments)), s.extra) for s in writer.steps)
    return Program(tuple(writer.constants), steps, tuple(stops), tuple(map(final, places)))


def value(expression: sympy.Expr) -> Ball:
    """Return the ball of an expression without symbols."""
    program = compiled((expression,), None, ())
    (place,) = program.places
    constant: Ball = program.bound(()).constants[place]
    return constant


class _Writer:
    """Writes steps in the order in which they can be taken, each subexpression once."""

    def __init__(self, variable: sympy.Symbol | None, parameters: tuple[sympy.Symbol, ...]) -> None:
        self.known: dict[Any, int] = {parameter: i for i, parameter in enumerate(parameters)}
        if variable is not None:
            self.known[variable] = -1
        self.number = len(parameters)
        self.constants: list[_Step] = []
        self.steps: list[_Step] = []

    def place(self, e: sympy.Expr) -> int:
        if e not in self.known:
            self.known[e] = self.write(e)
        return self.known[e]

    def step(self, name: str, *arguments: int, extra: tuple[Any, ...] = ()) -> int:
        key = (name, arguments, extra)
        if key not in self.known:
            step = _Step(name, arguments, extra)
            if any(i < 0 for i in arguments):
                self.steps.append(step)
                self.known[key] = -1 - len(self.steps)
            else:
                self.constants.append(step)
                self.known[key] = self.number + len(self.constants) - 1
        return self.known[key]

    def write(self, e: sympy.Expr) -> int:
        if e.is_Rational:
            return self.step("number", extra=(int(e.p), int(e.q)))
        if e.is_Float:
            return self.place(sympy.Rational(e))
        if e is sympy.pi or e is sympy.E:
            return self.step(str(e))
        if e.is_Add:
            return self.fold("add", [self.place(term) for term in e.args])
        if e.is_Mul:
            return self.write_product(e)
        if e.is_Pow:
            return self.write_power(e)
        name = _METHODS.get(type(e))
        if name is None:
            line = f"certify=True has no ball arithmetic for {type(e).__name__!r}, which is in the transfer function"
            raise NullclineError(f"{line}: write it in {', '.join(sorted({*_METHODS.values()}))} and powers")
        return self.step(name, self.place(e.args[0]))

    def fold(self, name: str, places: list[int]) -> int:
        # What does not depend on the variable comes first, so that it is one constant.
        first, *rest = sorted(places, key=lambda i: (i < 0, abs(i)))
        for place in rest:
            first = self.step(name, first, place)
        return first

    def write_product(self, e: sympy.Expr) -> int:
        below = [f for f in e.args if f.is_Pow and f.exp.is_Rational and f.exp.is_negative]
        above = [f for f in e.args if f not in below]
        negative = sympy.S.NegativeOne in above
        factors = [self.place(f) for f in above if f is not sympy.S.NegativeOne]
        result = self.fold("multiply", factors) if factors else self.place(sympy.S.One)
        if below:
            divisor = self.fold("multiply", [self.place(f.base**-f.exp) for f in below])
            result = self.step("divide", result, divisor)
        return self.step("negative", result) if negative else result

    def write_power(self, e: sympy.Expr) -> int:
        base, exponent = self.place(e.base), e.exp
        if exponent.is_Rational and exponent.is_negative:
            return self.step("divide", self.place(sympy.S.One), self.place(e.base**-exponent))
        if exponent.is_Integer and exponent <= _LARGEST_POWER:
            return self.step("whole_power", base, extra=(int(exponent),))
        if exponent == sympy.S.Half:
            return self.step("sqrt", base)
        place = self.place(exponent)
        if place < 0:
            return self.step("exp", self.step("multiply", self.step("log", base), place))
        return self.step("power", base, place)


_LARGEST_POWER = 64

_METHODS: Mapping[type, str] = MappingProxyType(
    {
        getattr(sympy, name): name
        for name in [
            "exp",
            "log",
            "sinh",
            "cosh",
            "tanh",
            "sech",
            "csch",
            "coth",
            "asinh",
            "acosh",
            "atanh",
            "sin",
            "cos",
            "tan",
            "sec",
            "csc",
            "cot",
            "asin",
            "acos",
            "atan",
            "erf",
            "erfc",
            "erfi",
            "LambertW",
        ]
    }
)


def _whole_power(n: int, u: Ball) -> Ball:
    """u^n, n > 0, by multiplication: arb's own power is nan for a ball with 0 inside."""
    if n == 1:
        return u
    # |u| is known to lie on one side of 0, which a product of u with itself does not know.
    size = abs(u)
    if u.rel_accuracy_bits() < _WIDE:
        # A product of balls is much wider than the power of the ball.
        even = _product(size.abs_lower(), n & ~1).union(_product(size.abs_upper(), n & ~1))
    else:
        even = _product(size, n & ~1)
    return even * u if n % 2 else even


_WIDE = 8


def _product(u: Ball, n: int) -> Ball:
    result = square = u * u
    for _ in range(n // 2 - 1):
        result = result * square
    return result


def _number(p: int, q: int) -> Ball:
    return flint().arb(flint().fmpq(p, q))


_BALL: Mapping[str, Callable[..., Ball]] = MappingProxyType(
    {name: operator.methodcaller(name.lower()) for name in _METHODS.values()}
    | {
        "sqrt": operator.methodcaller("sqrt"),
        "number": _number,
        "pi": lambda: flint().arb.pi(),
        "E": lambda: flint().arb.const_e(),
        "add": operator.add,
        "multiply": operator.mul,
        "divide": operator.truediv,
        "negative": operator.neg,
        "power": operator.pow,
        "whole_power": _whole_power,
    }
)


def added(u: Span, v: Span) -> Span:
    """Return the sums of the numbers of two spans."""
    return span(u.lo + v.lo, u.hi + v.hi)


def _times(a: Ball, b: Ball) -> Ball:
    return a * b if a != 0 and b != 0 else flint().arb(0)


def multiplied(u: Span, v: Span) -> Span:
    """Return the products of the numbers of two spans."""
    products = [_times(a, b) for a, b in product((u.lo, u.hi), (v.lo, v.hi))]
    lo, hi = (p.lower() for p in products), (p.upper() for p in products)
    return Span(_least(lo), _greatest(hi))


def _least(ends: Any) -> Ball:
    least, *rest = ends
    for end in rest:
        least = end if end < least else least
    return least


def _greatest(ends: Any) -> Ball:
    greatest, *rest = ends
    for end in rest:
        greatest = end if end > greatest else greatest
    return greatest


def _inverse(u: Span) -> Span:
    if u.lo >= 0:
        return span(1 / u.hi, 1 / u.lo if u.lo > 0 else _infinity(1))
    if u.hi <= 0:
        return span(1 / u.hi if u.hi < 0 else _infinity(-1), 1 / u.lo)
    return line()


def _divide(u: Span, v: Span) -> Span:
    return multiplied(u, _inverse(v))


def _negative(u: Span) -> Span:
    return Span(-u.hi, -u.lo)


def _whole_power_of_span(n: int, u: Span) -> Span:
    lo, hi = _whole_power_of_end(n, u.lo), _whole_power_of_end(n, u.hi)
    if n % 2 or u.lo >= 0:
        return span(lo, hi)
    if u.hi <= 0:
        return span(hi, lo)
    return Span(flint().arb(0), _greatest((lo.upper(), hi.upper())))


def _whole_power_of_end(n: int, end: Ball) -> Ball:
    return _whole_power(n, end) if end.is_finite() else (abs(end) if n % 2 == 0 else end)


def _power(u: Span, v: Span) -> Span:
    """u^v for an exponent v that is one number, known as well as its ends say."""
    if v.lo == 0 and v.hi == 0:
        return Span(flint().arb(1), flint().arb(1))
    if not u.lo >= 0 or not (v.lo > 0 or v.hi < 0):
        return line()
    if v.hi < 0:
        return _inverse(_power(u, _negative(v)))
    # u^v rises with u; with v it rises where u > 1 and falls below.
    lo = u.lo ** (v.lo if u.lo > 1 else v.hi) if u.lo > 0 else u.lo
    hi = u.hi ** (v.hi if u.hi > 1 else v.lo) if u.hi > 0 and u.hi.is_finite() else u.hi
    return span(lo, hi).within(Span(flint().arb(0), _infinity(1)))


_RISING = frozenset(["exp", "log", "sinh", "tanh", "asinh", "acosh", "atanh", "asin", "atan", "erf", "erfi", "sqrt"])
_BETWEEN: Mapping[str, tuple[float, float]] = MappingProxyType(
    {
        "exp": (0, math.inf),
        "sqrt": (0, math.inf),
        "cosh": (1, math.inf),
        "sech": (0, 1),
        "tanh": (-1, 1),
        "erf": (-1, 1),
        "erfc": (0, 2),
        "sin": (-1, 1),
        "cos": (-1, 1),
    }
)


def _elementary(name: str, u: Span) -> Span:
    call = _BALL[name]
    if name in _RISING:
        found = span(call(u.lo), call(u.hi))
    elif name == "erfc":
        found = span(call(u.hi), call(u.lo))
    elif u.finite:
        whole = call(u.lo.union(u.hi))
        found = span(whole, whole)
    else:
        found = line()
    arb = flint().arb
    return found.within(Span(*(arb(end) for end in _BETWEEN[name]))) if name in _BETWEEN else found


_SPAN: Mapping[str, Callable[..., Span]] = MappingProxyType(
    {name: partial(_elementary, name) for name in (*_METHODS.values(), "sqrt")}
    | {
        "add": added,
        "multiply": multiplied,
        "divide": _divide,
        "negative": _negative,
        "power": _power,
        "whole_power": _whole_power_of_span,
    }
)
