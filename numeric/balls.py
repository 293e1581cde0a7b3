"""Numbers with a bound on their error: what is computed with them encloses the true value, always.

A ball is a midpoint with a radius, a number of python-flint (Johansson 2017), which rounds outward by itself. A `Span`
has two ends instead, which may be infinite: for half-lines, and where a ball is too crude. Balls are computed with as
many bits as `precision` sets; with fewer they are wider, never wrong.
"""

import importlib
import math
import operator
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache, partial
from itertools import product
from types import MappingProxyType
from typing import Any

from ..symbolic.errors import MissingExtra

Ball = Any  # flint.arb: python-flint has no type information for it


@lru_cache(maxsize=1)
def flint() -> Any:
    """Return the module python-flint, or raise MissingExtra that says how to get it."""
    try:
        return importlib.import_module("flint")
    except ImportError:
        line = "certify=True, and fixed points of a formula of one's own, need python-flint"
        line += ": pip install 'nullcline[certify]'"
        raise MissingExtra(line, extra="certify") from None


def precision(bits: int) -> AbstractContextManager[None]:
    """Return a context in which balls are computed with so many bits."""
    context: AbstractContextManager[None] = flint().ctx.workprec(bits)
    return context


def bits() -> int:
    """Return with how many bits balls are computed now."""
    return int(flint().ctx.prec)


def ball(number: Fraction | int) -> Ball:
    """Return the ball of a rational number: exact where the precision can hold it."""
    return _quotient(number.numerator, number.denominator)


def _quotient(p: int, q: int) -> Ball:
    return flint().arb(flint().fmpq(p, q))


def fraction(exact: Ball) -> Fraction | None:
    """Return the rational number that an exact ball is; None where it would not fit into memory, as e^(-10^20)."""
    mantissa, exponent = exact.man_exp()
    if not abs(int(exponent)) <= _LARGEST_EXPONENT:
        return None
    return Fraction(int(mantissa)) * Fraction(2) ** int(exponent)


_LARGEST_EXPONENT = 1_000_000


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


def added(u: Span, v: Span) -> Span:
    """Return the sums of the numbers of two spans."""
    return span(u.lo + v.lo, u.hi + v.hi)


def multiplied(u: Span, v: Span) -> Span:
    """Return the products of the numbers of two spans."""
    products = [_times(a, b) for a, b in product((u.lo, u.hi), (v.lo, v.hi))]
    return Span(min([p.lower() for p in products]), max([p.upper() for p in products]))


def _times(a: Ball, b: Ball) -> Ball:
    return a * b if a != 0 and b != 0 else flint().arb(0)


# The functions that a program of `ball_programs` may call, by name: of balls here, of spans below.

ELEMENTARY = (
    *("exp", "log", "sinh", "cosh", "tanh", "sech", "csch", "coth", "asinh", "acosh", "atanh"),
    *("sin", "cos", "tan", "sec", "csc", "cot", "asin", "acos", "atan", "erf", "erfc", "erfi", "LambertW"),
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


OF_BALLS: Mapping[str, Callable[..., Ball]] = MappingProxyType(
    {name: operator.methodcaller(name.lower()) for name in (*ELEMENTARY, "sqrt")}
    | {
        "number": _quotient,
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


def _divide(u: Span, v: Span) -> Span:
    return multiplied(u, _inverse(v))


def _inverse(u: Span) -> Span:
    if u.lo >= 0:
        return span(1 / u.hi, 1 / u.lo if u.lo > 0 else _infinity(1))
    if u.hi <= 0:
        return span(1 / u.hi if u.hi < 0 else _infinity(-1), 1 / u.lo)
    return line()


def _negative(u: Span) -> Span:
    return Span(-u.hi, -u.lo)


def _whole_power_of_span(n: int, u: Span) -> Span:
    lo, hi = _whole_power_of_end(n, u.lo), _whole_power_of_end(n, u.hi)
    if n % 2 or u.lo >= 0:
        return span(lo, hi)
    if u.hi <= 0:
        return span(hi, lo)
    return Span(flint().arb(0), max(lo.upper(), hi.upper()))


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
    call = OF_BALLS[name]
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


OF_SPANS: Mapping[str, Callable[..., Span]] = MappingProxyType(
    {name: partial(_elementary, name) for name in (*ELEMENTARY, "sqrt")}
    | {
        "add": added,
        "multiply": multiplied,
        "divide": _divide,
        "negative": _negative,
        "power": _power,
        "whole_power": _whole_power_of_span,
    }
)
