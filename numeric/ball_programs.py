"""SymPy expressions in ball arithmetic: their values over a number, a box or a half-line, enclosed.

An expression is compiled once to a list of steps in which what occurs more than once is computed once. Parameters are
put in for one set and precision; what does not depend on the variable is then computed already.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache, partial
from types import MappingProxyType
from typing import Any

import sympy

from ..symbolic.errors import NullclineError
from ..symbolic.functions import textbook
from .balls import ELEMENTARY, OF_BALLS, OF_SPANS, Ball, Span, span


@lru_cache(maxsize=256)
def compiled(
    expressions: tuple[sympy.Expr, ...], variable: sympy.Symbol | None, parameters: tuple[sympy.Symbol, ...]
) -> "Program":
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
    return program.bound(()).constants[place]


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
            slots.append(OF_BALLS[step.name](*step.extra, *(slots[i] for i in step.arguments)))
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

    def at(self, x: Ball, last: int) -> list[Ball]:
        """Return the values of the expressions 0 to `last` at every number of a ball; nan where nothing is known."""
        slots = [*self.constants, x]
        append = slots.append
        for call, i, j in _ball_steps(self.program, last):
            append(call(slots[i]) if j < 0 else call(slots[i], slots[j]))
        return [slots[place] for place in self.program.places[: last + 1]]

    def over(self, x: Span, last: int) -> list[Span]:
        """Return the values of the expressions 0 to `last` at every number strictly between the ends of a span."""
        slots = [*self._constant_spans, x]
        for step in self.program.steps[: self.program.stops[last]]:
            slots.append(OF_SPANS[step.name](*step.extra, *(slots[i] for i in step.arguments)))
        return [slots[place] for place in self.program.places[: last + 1]]

    @cached_property
    def _constant_spans(self) -> list[Span]:
        return [span(c, c) for c in self.constants]


@lru_cache(maxsize=256)
def _ball_steps(program: Program, last: int) -> list[tuple[Callable[..., Ball], int, int]]:
    """Return each step's function and its one or two arguments, -1 for none: the inner loop of all there is."""
    return [
        (partial(OF_BALLS[s.name], *s.extra) if s.extra else OF_BALLS[s.name], s.arguments[0], (*s.arguments, -1)[1])
        for s in program.steps[: program.stops[last]]
    ]


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
        step = _Step(name, arguments, extra)
        if step not in self.known:
            if any(i < 0 for i in arguments):
                self.steps.append(step)
                self.known[step] = -1 - len(self.steps)
            else:
                self.constants.append(step)
                self.known[step] = self.number + len(self.constants) - 1
        return self.known[step]

    def write(self, e: sympy.Expr) -> int:
        if e.is_Rational:
            return self.step("number", extra=(int(e.p), int(e.q)))
        if e.is_Float:
            return self.place(sympy.Rational(e))
        if e is sympy.pi or e is sympy.E:
            return self.step(str(e))
        if e.is_Add and (complement := self.write_complement(e)) is not None:
            return complement
        if e.is_Add:
            return self.fold("add", [self.place(term) for term in e.args])
        if e.is_Mul:
            return self.write_product(e)
        if e.is_Pow:
            return self.write_power(e)
        name = _METHODS.get(type(e))
        if name is None:
            line = f"certify=True has no ball arithmetic for {type(e).__name__!r}, which is in the transfer function"
            raise NullclineError(f"{line}: write it in {', '.join(sorted(ELEMENTARY))} and powers")
        return self.step(name, self.place(e.args[0]))

    def write_complement(self, e: sympy.Expr) -> int | None:
        """Write c ± c erf(u) as c erfc(∓u), and c - c tanh(u)^2 as c sech(u)^2: far out these cancel."""
        if len(e.args) != 2 or not any(isinstance(f, (sympy.erf, sympy.tanh)) for f in e.atoms(sympy.Function)):
            return None
        for constant, term in (e.args, e.args[::-1]):
            ratio = term / constant
            sign = -1 if ratio.could_extract_minus_sign() else 1
            function = sign * ratio
            if isinstance(function, sympy.erf):
                u = self.place(function.args[0])
                one = self.step("erfc", self.step("negative", u) if sign > 0 else u)
            elif function.is_Pow and function.exp == 2 and isinstance(function.base, sympy.tanh) and sign < 0:
                one = self.step("whole_power", self.step("sech", self.place(function.base.args[0])), extra=(2,))
            else:
                continue
            return self.step("multiply", self.place(constant), one)
        return None

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
_METHODS: Mapping[type, str] = MappingProxyType({getattr(sympy, name): name for name in ELEMENTARY})
