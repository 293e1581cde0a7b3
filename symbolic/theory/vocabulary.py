"""The symbols a derivation for one population is written in, and F put in for its name."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import Any

import mpmath
import sympy
from sympy import Expr, Function, Symbol

from ..checks import AS_IT_IS, Substitution
from ..errors import ModelError
from ..model import Population, RateModel
from ..parameter import Parameter
from ..proof import Domain, evaluate
from ..transfer import Coordinate, coordinate_of, x
from ..verbatim import Sentence, Verbatim

t = Symbol("t", nonnegative=True)
dt = Symbol("dt", positive=True)
h = Symbol("h", positive=True)
r_0 = Symbol("r_0", real=True)
r_star = Symbol("r_star", real=True)
eigenvalue = Symbol("lambda", real=True)
epsilon_0 = Symbol("epsilon_0", real=True)
tau_eff = Symbol("tau_eff", real=True)
rho = Symbol("rho", real=True)
r_of_t = Function("r", real=True)
epsilon = Function("epsilon", real=True)
potential = Function("V", real=True)


@dataclass(frozen=True)
class Vocabulary:
    """One population of a model, the symbols of its formulas and where they are checked.

    In a model of several populations names carry the population's: F_E, transfer_E.
    """

    model: RateModel
    population: Population
    weight: Parameter | None

    @classmethod
    def of_single(cls, model: RateModel) -> "Vocabulary":
        """Return the vocabulary of a model of one population."""
        (population,) = model.populations
        ((weight,),) = model.weights
        if weight is None:
            raise ModelError(
                f"model {model.name!r} has one population without a recurrent weight: give it one, zero if need be"
            )
        return cls(model, population, weight)

    def key(self, name: str) -> str:
        """Return the key of a step about this population."""
        return f"{name}_{self.population.name}" if self.population.name else name

    def told(self, words: str) -> str:
        """Return a sentence about F as one about this population's F."""
        return re.sub(r"\bF(?=[\s′″(.,:])", self.F.__name__, f"{words} ")[:-1]

    def title(self, words: str) -> str:
        """Return the title of a step about this population, told apart from that of another."""
        told = self.told(words)
        if self.population.name and told == words:
            return Sentence(f"{words} of population ", Verbatim(self.population.name))
        return told

    def _named(self, order: str) -> sympy.FunctionClass:
        suffix = f"_{self.population.name}" if self.population.name else ""
        return Function(f"F{suffix}{order}", real=True)

    @property
    def F(self) -> sympy.FunctionClass:
        """The name of the transfer function."""
        return self._named("")

    @property
    def dF(self) -> sympy.FunctionClass:
        """The name of its derivative."""
        return self._named("'")

    @property
    def d2F(self) -> sympy.FunctionClass:
        """The name of its second derivative."""
        return self._named("''")

    @property
    def F_inverse(self) -> sympy.FunctionClass:
        """The name of its inverse."""
        return self._named("^-1")

    @property
    def tau(self) -> Symbol:
        """The time constant."""
        return self.population.tau.symbol

    @property
    def w(self) -> Symbol:
        """The recurrent weight."""
        assert self.weight is not None, "asked for the recurrent weight of one population among several"
        return self.weight.symbol

    @property
    def I_ext(self) -> Symbol:
        """The external input."""
        return self.population.I_ext.symbol

    @property
    def r(self) -> Symbol:
        """The rate."""
        return self.population.rate

    @property
    def index(self) -> Symbol:
        """The number of a step: k, or j where the model has a parameter k."""
        return Symbol("j" if "k" in self.model.parameters else "k", integer=True, nonnegative=True)

    @property
    def has_closed_forms(self) -> bool:
        """Whether the range of F, its inverse and what follows from them are known."""
        return self.population.transfer.has_closed_forms

    @property
    def coordinate(self) -> Coordinate:
        """The coordinate in which F is simple, where it has one."""
        return coordinate_of(self.population.transfer, "a simple form")

    @property
    def is_in_cases(self) -> bool:
        """Whether F is a formula in cases."""
        return isinstance(self.population.transfer.formula, sympy.Piecewise)

    @property
    def switches(self) -> tuple[Expr, ...]:
        """The inputs at which a formula in cases may pass from one to another, in the model's symbols."""
        return tuple(self.own(place) for place in self.population.transfer.switches)

    def corners(self, point: Mapping[Symbol, Any]) -> list[Any]:
        """Return the inputs at which F, or its formula, changes from one case to another, as numbers."""
        places = self.switches if self.threshold is None else (self.threshold,)
        return [value for place in places if mpmath.im(value := evaluate(place, point)) == 0]

    def places_in_cases(self, argument: Expr, vary: Symbol) -> list[dict[Symbol, Expr]]:
        """Return a value of `vary` for each stretch between two switches that puts the argument into it.

        All else is as `at_defaults` says.
        """
        values = at_defaults(self.model)
        edges = self.switches if self.threshold is None else (self.threshold,)
        found = sorted((place for place in (edge.subs(values) for edge in edges) if place.is_real), key=float)
        middles = ((a + b) / 2 for a, b in pairwise(found))
        inside = [found[0] - 1, *middles, found[-1] + 1] if found else [sympy.Integer(1)]
        return [{vary: at - (argument - vary).subs(values)} for at in inside]

    @property
    def threshold(self) -> Expr | None:
        """Where F starts to respond, in the model's symbols."""
        threshold = self.population.transfer.threshold
        return None if threshold is None else threshold.subs(self.population.into_shape)

    def own(self, expression: Expr) -> Expr:
        """Return an expression of the transfer function in the model's symbols."""
        return expression.subs(self.population.into_shape, simultaneous=True)

    def put_in(self, expression: Expr) -> Expr:
        """Return an expression with this model's F, F' and F'' in place of their names."""
        for name, order in ((self.F, 0), (self.dF, 1), (self.d2F, 2)):
            expression = expression.replace(
                name, lambda argument, order=order: self.population.response(argument, order)
            )
        # One brace, outermost.
        return sympy.piecewise_fold(expression) if self.threshold is not None or self.is_in_cases else expression

    def domain(
        self, *symbols: Symbol, condition: Expr | bool = True, derived: dict[Symbol, Expr] | None = None
    ) -> Domain:
        """Return where a formula in the parameters and these further symbols is checked."""
        ranges = {p.symbol: p.sample for p in self.model.parameters.values() if p.symbol not in (derived or {})}
        ranges.update({s: self._range_of(s) for s in symbols})
        condition = sympy.And(condition, *self._meant_for(symbols))
        return Domain(ranges, condition, derived or {}, frozenset(s for s in symbols if s.is_integer))

    def _range_of(self, symbol: Symbol) -> tuple[float, float]:
        f = self.population.transfer
        if f.coordinate is not None and symbol == f.coordinate.z:
            return self.coordinate_range
        return f.inputs if symbol == x and f.inputs is not None else _RANGES[symbol.name]

    def _meant_for(self, symbols: tuple[Symbol, ...]) -> Iterator[sympy.Basic]:
        """Keep every input of F in the range that the formula is meant for, where one is stated."""
        if self.population.transfer.inputs is not None and self.model.is_single:
            low, high = (sympy.Float(end) for end in self.population.transfer.inputs)
            rates = [s for s in symbols if s.name in _RATES]
            for at in (self.I_ext, *(self.w * rate + self.I_ext for rate in rates)):
                yield sympy.And(low <= at, at <= high)

    @property
    def coordinate_range(self) -> tuple[float, float]:
        """Where checks draw the coordinate in which F is simple: inside its domain, on both sides of the inflection."""
        low, high = self.coordinate.domain.args[:2]
        inside = (-3.0 if low == -sympy.oo else float(low), 4.0 if high == sympy.oo else float(high))
        margin = (inside[1] - inside[0]) / 20
        return inside[0] + margin, inside[1] - margin

    def branches_of(self, argument: Expr, *, vary: Symbol) -> tuple[Substitution, ...]:
        """Return what puts `argument` above and below the threshold of F, through `vary`, or into each of its cases."""
        if self.is_in_cases:
            fixed = at_defaults(self.model)
            return tuple(partial(where, fixed | place) for place in self.places_in_cases(argument, vary))
        if self.threshold is None:
            return AS_IT_IS
        distance = sympy.Dummy("d", positive=True)
        rest = argument - vary
        return tuple({vary: self.threshold + side * distance - rest} for side in (1, -1))


def at_defaults(model: RateModel) -> dict[Symbol, Expr]:
    """Return exact values for the parameters, their defaults, and for the rates."""
    values: dict[Symbol, Expr] = {p.symbol: sympy.Rational(p.default) for p in model.parameters.values()}
    return values | dict.fromkeys((*model.rates, r_0, r_star), sympy.Rational(3, 10))


def where(place: Mapping[Symbol, Expr], expression: Expr) -> Expr:
    """Return an expression with the cases that hold at a place, and so around it."""

    def chosen(cases: Expr) -> Expr:
        return next((value for value, condition in cases.args if condition.subs(place) == sympy.true), cases)

    return expression.replace(lambda e: isinstance(e, sympy.Piecewise), chosen)


_RATES = frozenset(["r", "r_star", "r_0"])
_RANGES = {
    "x": (-6.0, 8.0),
    "r": (-0.5, 1.5),
    "r_star": (-0.5, 1.5),
    "r_0": (-0.5, 1.5),
    "t": (0.0, 8.0),
    "dt": (0.01, 0.4),
    "h": (0.01, 0.99),
    "k": (0.0, 12.0),
    "j": (0.0, 12.0),
    "epsilon_0": (-0.5, 0.5),
}
