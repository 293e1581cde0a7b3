"""Running error analysis: an exact value, the size of what it is made of, and what rounding can have done to it.

An expression is evaluated once, with many digits; beside the value go a bound on the sum of the sizes of its terms and
a bound on the error that doubles would leave, in U (half a unit in the last place of 1). Each operation adds one
rounding of the size of its terms, each elementary function ELEMENTARY of its value. Sizes do not cancel where values
do, so the bound also covers the same expression multiplied out, or summed in another order.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import mpmath
import sympy
from sympy import Expr, Symbol

from ...symbolic.functions import expm1, log1p, softplus, textbook
from .bounds import ELEMENTARY, TINY, U


@dataclass(frozen=True, slots=True)
class Rounded:
    """A number: its exact value, the sum of the sizes of its terms, and how far off a double may be, in U."""

    value: Any
    size: Any
    error: Any

    @classmethod
    def exact(cls, value: Any) -> "Rounded":
        """Return what a double stands for: no error yet."""
        number = mpmath.mpf(value)
        return cls(number, abs(number), mpmath.mpf(0))

    def __add__(self, other: "Rounded") -> "Rounded":
        size = self.size + other.size
        return Rounded(self.value + other.value, size, self.error + other.error + size)

    def __sub__(self, other: "Rounded") -> "Rounded":
        size = self.size + other.size
        return Rounded(self.value - other.value, size, self.error + other.error + size)

    def __mul__(self, other: "Rounded") -> "Rounded":
        size = self.size * other.size
        return Rounded(self.value * other.value, size, self.error * other.size + other.error * self.size + size)

    def __truediv__(self, other: "Rounded") -> "Rounded":
        below = abs(other.value)
        if below <= 2 * U * other.error:
            return Rounded(self.value / other.value, mpmath.inf, mpmath.inf)
        size = self.size / below
        # 1/(b + e) is off by e/b^2 to first order, and by no more than twice that where e is below b/2.
        return Rounded(self.value / other.value, size, self.error / below + 2 * other.error * size / below + size)

    @property
    def bound(self) -> float:
        """Bound how far a double may be off; where numbers underflow they lose digits beside that."""
        return float(self.error) * U + TINY

    def times_error(self, factor: float) -> "Rounded":
        """Return the number with a larger error."""
        return Rounded(self.value, self.size, self.error * factor)


Environment = Mapping[Symbol, Rounded]
Evaluator = Callable[[Environment], Rounded]


@lru_cache(maxsize=256)
def evaluator(expression: Expr) -> Evaluator:
    """Return the function that evaluates an expression at rounded numbers; nan where it has no real value."""
    return _made(sympy.sympify(expression))


def _made(e: Any) -> Evaluator:
    if e.is_Symbol:
        return lambda at: at[e]
    if e.is_number and not e.has(sympy.Piecewise):
        return _constant(e)
    if e.is_Add:
        return _folded([_made(a) for a in e.args], Rounded.__add__)
    if e.is_Mul:
        return _product(e)
    if e.is_Pow:
        return _power(e)
    if isinstance(e, sympy.Piecewise):
        return _piecewise(e)
    if isinstance(e, sympy.exp):
        return _exponential(_made(e.args[0]))
    if isinstance(e, sympy.Max | sympy.Min):
        return _extreme([_made(a) for a in e.args], isinstance(e, sympy.Max))
    if isinstance(e, sympy.Abs):
        inner = _made(e.args[0])
        return lambda at: _absolute(inner(at))
    return _function(e)


def _constant(e: Expr) -> Evaluator:
    digits = sympy.N(e, 60)
    if digits == sympy.oo or digits == -sympy.oo:
        infinite = mpmath.inf if digits == sympy.oo else -mpmath.inf
        return lambda _: Rounded(infinite, mpmath.inf, mpmath.mpf(0))
    with mpmath.workdps(60):
        value = mpmath.mpf(sympy.Rational(e).p) / sympy.Rational(e).q if e.is_Rational else mpmath.mpf(str(digits))
        error = mpmath.mpf(0) if mpmath.mpf(float(value)) == value else abs(value)
    constant = Rounded(value, abs(value), error)
    return lambda _: constant


def _folded(parts: Sequence[Evaluator], together: Callable[[Rounded, Rounded], Rounded]) -> Evaluator:
    def value(at: Environment) -> Rounded:
        total = parts[0](at)
        for part in parts[1:]:
            total = together(total, part(at))
        return total

    return value


def _product(e: Expr) -> Evaluator:
    above: list[Evaluator] = []
    below: list[Evaluator] = []
    for factor in e.args:
        inverse = factor.is_Pow and factor.exp.could_extract_minus_sign()
        (below if inverse else above).append(_made(1 / factor if inverse else factor))
    top = _folded(above, Rounded.__mul__) if above else _constant(sympy.Integer(1))
    if not below:
        return top
    bottom = _folded(below, Rounded.__mul__)
    return lambda at: top(at) / bottom(at)


def _power(e: Expr) -> Evaluator:
    base, exponent = e.base, e.exp
    if exponent.could_extract_minus_sign():
        one, under = Rounded.exact(1), _made(base**-exponent)
        return lambda at: one / under(at)
    inner = _made(base)
    if exponent.is_Integer and exponent <= 4:
        return _folded([inner] * int(exponent), Rounded.__mul__)
    raised = _made(exponent)

    def value(at: Environment) -> Rounded:
        b, p = inner(at), raised(at)
        size = abs(b.value)
        if size == 0 and p.value > 0:
            # So near 0 only the size is known.
            low = mpmath.mpf(0) if b.error == 0 else (U * b.error) ** p.value / U
            return Rounded(mpmath.mpf(0), mpmath.mpf(0), low)
        found = mpmath.power(b.value, p.value)
        if not isinstance(found, mpmath.mpf):
            return _NAN
        off = U * b.error
        if p.value < 1 and off > size / 2:
            return Rounded(found, abs(found), mpmath.inf)
        # The power of what the base may be, less that of what it is; twice that, for exponents below 1.
        moved = 2 * abs(mpmath.power(size + off, p.value) - abs(found)) / U
        own = abs(found) * (abs(mpmath.log(size)) * p.error + ELEMENTARY)
        return Rounded(found, abs(found), moved + own)

    return value


_NAN = Rounded(mpmath.nan, mpmath.inf, mpmath.inf)


def _exponential(inner: Evaluator) -> Evaluator:
    def value(at: Environment) -> Rounded:
        u = inner(at)
        found = mpmath.exp(u.value)
        moved = u.error if U * u.error < 1e-3 else mpmath.expm1(min(U * u.error, mpmath.mpf(1e6))) / U
        return Rounded(found, found, found * (2 * moved + ELEMENTARY))

    return value


def _absolute(u: Rounded) -> Rounded:
    return Rounded(abs(u.value), u.size, u.error)


def _extreme(parts: Sequence[Evaluator], largest: bool) -> Evaluator:
    def value(at: Environment) -> Rounded:
        found = [part(at) for part in parts]
        chosen = (max if largest else min)(f.value for f in found)
        return Rounded(chosen, max(f.size for f in found), max(f.error for f in found))

    return value


def _piecewise(e: sympy.Piecewise) -> Evaluator:
    branches = [(_made(value), _condition(condition)) for value, condition in e.args]

    def value(at: Environment) -> Rounded:
        for branch, holds in branches:
            if holds(at):
                return branch(at)
        return _NAN

    return value


def _condition(condition: Any) -> Callable[[Environment], bool]:
    if condition in (True, sympy.true):
        return lambda _: True
    if condition in (False, sympy.false):
        return lambda _: False
    if isinstance(condition, sympy.And | sympy.Or):
        parts = [_condition(a) for a in condition.args]
        every = all if isinstance(condition, sympy.And) else any
        return lambda at: every(part(at) for part in parts)
    if isinstance(condition, sympy.Not):
        inner = _condition(condition.args[0])
        return lambda at: not inner(at)
    left, right = (_made(side) for side in condition.args)
    compare = _COMPARED[condition.rel_op]
    return lambda at: bool(compare(left(at).value, right(at).value))


_COMPARED: Mapping[str, Callable[[Any, Any], Any]] = {
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
    "==": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
}


# Where the textbook form cancels, mpmath has a function of its own.
_VALUES: Mapping[type, Callable[..., Any]] = {
    expm1: mpmath.expm1,
    log1p: mpmath.log1p,
    softplus: lambda u: mpmath.log1p(mpmath.exp(u)) if u < 0 else u + mpmath.log1p(mpmath.exp(-u)),
}


@lru_cache(maxsize=64)
def _numeric(kind: Any, arguments: int) -> tuple[Callable[..., Any], list[Callable[..., Any]]]:
    """Return the value and the slopes of an elementary function, with many digits."""
    names = sympy.symbols(f"u0:{arguments}", real=True)
    form = textbook(kind(*names))
    slopes = [sympy.lambdify(names, sympy.diff(form, name), "mpmath") for name in names]
    return _VALUES.get(kind) or sympy.lambdify(names, form, "mpmath"), slopes


def _function(e: Expr) -> Evaluator:
    parts = [_made(a) for a in e.args]
    kind: Any = type(e)
    of, slopes = _numeric(kind, len(parts))

    def value(at: Environment) -> Rounded:
        arguments = [part(at) for part in parts]
        values = [a.value for a in arguments]
        found = of(*values)
        if not isinstance(found, mpmath.mpf):
            return _NAN
        error = ELEMENTARY * abs(found)
        for argument, slope in zip(arguments, slopes, strict=True):
            if argument.error:
                steep = abs(slope(*values))
                # Where the argument itself is lost, so is the function, up to twice its own size.
                small = U * argument.error < 0.1
                error += 2 * steep * argument.error if small else (2 * abs(found) + 2) / U
        return Rounded(found, abs(found), error)

    return value
