"""The symbols a derivation for one population is written in, and F put in for its name."""

import re
from dataclasses import dataclass

import sympy
from sympy import Expr, Function, Symbol

from ..checks import AS_IT_IS, Substitution
from ..errors import ModelError
from ..model import Population, RateModel
from ..parameter import Parameter
from ..proof import Domain

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
        return f"{words} of population {self.population.name}" if self.population.name and told == words else told

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
        return sympy.piecewise_fold(expression) if self.threshold is not None else expression  # one brace, outermost

    def domain(
        self, *symbols: Symbol, condition: Expr | bool = True, derived: dict[Symbol, Expr] | None = None
    ) -> Domain:
        """Return where a formula in the parameters and these further symbols is checked."""
        ranges = {p.symbol: p.sample for p in self.model.parameters.values() if p.symbol not in (derived or {})}
        ranges.update(
            {
                s: self.coordinate_range if s == self.population.transfer.coordinate.z else _RANGES[s.name]
                for s in symbols
            }
        )
        return Domain(ranges, condition, derived or {}, frozenset(s for s in symbols if s.is_integer))

    @property
    def coordinate_range(self) -> tuple[float, float]:
        """Where checks draw the coordinate in which F is simple: inside its domain, on both sides of the inflection."""
        low, high = self.population.transfer.coordinate.domain.args[:2]
        inside = (-3.0 if low == -sympy.oo else float(low), 4.0 if high == sympy.oo else float(high))
        margin = (inside[1] - inside[0]) / 20
        return inside[0] + margin, inside[1] - margin

    def branches_of(self, argument: Expr, *, vary: Symbol) -> tuple[Substitution, ...]:
        """Return substitutions for `vary` that put `argument` above and below the threshold of F, if it has one."""
        if self.threshold is None:
            return AS_IT_IS
        distance = sympy.Dummy("d", positive=True)
        rest = argument - vary
        return tuple({vary: self.threshold + side * distance - rest} for side in (1, -1))


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
