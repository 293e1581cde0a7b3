"""One population at one set of parameters: what turning points, folds and the range of F are asked of."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import sympy

from ..symbolic.errors import NullclineError, ParameterError, shown
from ..symbolic.model import Population, RateModel
from ..symbolic.parameter import LARGEST
from ..symbolic.transfer import TransferFunction
from . import door
from .certified_pieces import cuts_and_pieces
from .exact_population import ExactPopulation, exact_population, rational

Interval = tuple[float, float]


@dataclass(frozen=True)
class OneSet:
    """One population with its parameters as doubles; the weight has the sign with which it enters."""

    model: RateModel
    population: Population
    parameters: Mapping[str, float]

    @property
    def transfer(self) -> TransferFunction:
        return self.population.transfer

    @property
    def sign(self) -> int:
        """The sign with which the weight enters."""
        return -1 if self.population.sign < 0 else 1

    @property
    def w(self) -> Fraction:
        """The recurrent weight, with that sign."""
        ((weight,),) = self.model.weights
        return Fraction(0) if weight is None else self.sign * Fraction(self.parameters[weight.name])

    @property
    def I_ext(self) -> float:
        return self.parameters[self.population.I_ext.name]

    @property
    def shape(self) -> list[float]:
        """The parameters of the transfer function, in its order."""
        return [self.parameters[p.name] for p in self.population.shape]

    @property
    def own_shape(self) -> dict[str, float]:
        """The same by the names that the transfer function has for them."""
        return dict(zip((p.name for p in self.transfer.parameters), self.shape, strict=True))

    @property
    def exact_values(self) -> dict[sympy.Symbol, sympy.Rational]:
        """The same as exact rationals, by symbol."""
        symbols = [p.symbol for p in self.transfer.parameters]
        return {s: rational(Fraction(v)) for s, v in zip(symbols, self.shape, strict=True)}

    @property
    def inputs(self) -> Interval | None:
        """The inputs for which the formula is meant, where these are stated."""
        return self.transfer.inputs

    def in_cases(self) -> ExactPopulation:
        """Return the population with F as one formula for every input, which is cut where its cases change."""
        f = self.transfer
        given = f
        if f.has_closed_forms:
            given = TransferFunction(f.name, f.title, f.expression, f.parameters, source=f.source, inputs=f.inputs)
        one = Fraction(1)
        return exact_population(given, [Fraction(v) for v in self.shape], one, Fraction(0), one)

    def reach(self, around: float) -> Interval:
        """Return how far is searched where nothing is known of how F goes on: past every case, by `around`."""
        found = cuts_and_pieces(self.in_cases())
        places = [0.0, *(float(cut.ball) for cut in (found[0] if found else ()))]
        return min(places) - around, max(places) + around


def one_set(model: RateModel, given: Mapping[str, object], what: str, options: tuple[str, ...] = ()) -> OneSet:
    """Return the one population and its one set of parameters.

    Raises NullclineError for several populations, and ParameterError for a parameter that is unknown, out of bounds or
    no single number.
    """
    values = door.read(model, given, options)
    if len(model.populations) != 1:
        line = f"{what} is for one population, model {model.name!r} has {len(model.populations)}"
        raise NullclineError(f"{line}: take one of them as a model of its own")
    for name, value in zip(model.parameters, values, strict=True):
        if value.ndim:
            line = f"{name} must be one number for {what}, got an array of shape {value.shape}"
            raise ParameterError(f"{line}: call it for each", name=name, value=value)
    return OneSet(model, model.populations[0], door.parameters_of(model, values))


def interval_given(within: object) -> Interval | None:
    """Return the ends of an interval, the lower one first.

    Raises ParameterError for what is not two finite numbers in order.
    """
    if within is None:
        return None
    ends: list[Any] = []
    try:
        ends = [door.one_number("within", end) for end in within]  # type: ignore[attr-defined]
    except (TypeError, ParameterError):
        ends = []
    if len(ends) != 2 or not -LARGEST <= ends[0] < ends[1] <= LARGEST:
        line = f"within must be two numbers, the lower input first, got {shown(within)}"
        raise ParameterError(f"{line}: write within=(-10, 10)", name="within", value=within)
    return ends[0], ends[1]
