"""A firing-rate model: populations with their transfer functions, and the weights between them.

    tau_i dr_i/dt = -r_i + F_i(sum_j s_j w_ij r_j + I_i),    i = 1 ... N

One population is the case N = 1. s_j is the sign of population j: weights from an inhibitory population are given
positive and enter with a minus sign; where no sign is declared the weights carry their own.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING

import sympy
from sympy import Expr, Symbol

from . import transfer as transfer_functions
from .errors import ModelError
from .parameter import Parameter, positive, real
from .transfer import TransferFunction

if TYPE_CHECKING:
    from .derivation import Derivation

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_]{0,31}")


@dataclass(frozen=True)
class Population:
    """One population: its name, the sign of its weights, its transfer function and its own parameters.

    `sign` is 1 (excitatory), -1 (inhibitory) or 0 (each weight carries its own sign). `shape` are the parameters of
    the transfer function under the names they have in this model.
    """

    name: str
    transfer: TransferFunction
    sign: int
    tau: Parameter
    shape: tuple[Parameter, ...]
    I_ext: Parameter

    @classmethod
    def named(
        cls,
        name: str,
        transfer: TransferFunction = transfer_functions.sigmoid,
        *,
        sign: int = 0,
        defaults: Mapping[str, float] | None = None,
    ) -> "Population":
        """Return a population whose parameters carry its name: tau_E, a_E, theta_E, I_ext_E.

        `defaults` gives default values by bare name (tau, a, theta, I_ext).

        Raises ModelError if the name, the sign or a bare name is not one it can have.
        """
        if not _NAME.fullmatch(name):
            raise ModelError(f"a population's name is 1 to 32 letters, digits or underscores, got {name!r}")
        if sign not in (-1, 0, 1):
            raise ModelError(f"the sign of population {name!r} must be 1, -1 or 0, got {sign!r}")
        bare = (_tau(), *transfer.parameters, _input())
        given = dict(defaults or {})
        made = [p.suffixed(name, default=given.pop(p.name, None)) for p in bare]
        if given:
            known = ", ".join(p.name for p in bare)
            raise ModelError(f"population {name!r} has no parameter {next(iter(given))!r} (known: {known})")
        return cls(name, transfer, sign, made[0], tuple(made[1:-1]), made[-1])

    @property
    def rate(self) -> Symbol:
        """The symbol of the population's rate: r, or r_E in a model of several."""
        return Symbol(f"r_{self.name}" if self.name else "r", real=True)

    @property
    def into_shape(self) -> dict[Symbol, Symbol]:
        """From the transfer function's own symbols to this population's."""
        return {own.symbol: here.symbol for own, here in zip(self.transfer.parameters, self.shape, strict=True)}

    def response(self, argument: Expr, order: int = 0) -> Expr:
        """Return F, F' or F'' (order 0, 1, 2) of this population at `argument`."""
        own = self.transfer.at(self.transfer.variable, order).subs(self.into_shape, simultaneous=True)
        return own.subs(self.transfer.variable, argument)


@dataclass(frozen=True)
class RateModel:
    """A model as mathematics: what `derive`, the numeric functions and the reports start from.

    `weights[i][j]` is the parameter of the connection to population i from population j, or None where there is none.
    """

    name: str
    populations: tuple[Population, ...]
    weights: tuple[tuple[Parameter | None, ...], ...]

    def __post_init__(self) -> None:
        names = [p.name for p in self.populations]
        if not names:
            raise ModelError(f"model {self.name!r} has no population")
        if len(set(names)) < len(names):
            raise ModelError(f"model {self.name!r} names a population twice: {', '.join(names)}")
        if any(len(row) != len(names) for row in self.weights) or len(self.weights) != len(names):
            raise ModelError(
                f"model {self.name!r} has {len(names)} populations and needs as many rows and columns of weights"
            )

    @classmethod
    def single(cls, transfer: TransferFunction = transfer_functions.sigmoid) -> "RateModel":
        """Return one population with recurrent weight w: tau dr/dt = -r + F(w r + I_ext).

        >>> RateModel.single()
        RateModel(single: tau, a, theta, w, I_ext)
        """
        weight = real("w", 0.0, "recurrent weight: input per unit of the population's own rate", sample=(-8.0, 8.0))
        population = Population("", transfer, 0, _tau(), transfer.parameters, _input())
        return cls("single", (population,), ((weight,),))

    @classmethod
    def wilson_cowan(cls, transfer: TransferFunction = transfer_functions.sigmoid) -> "RateModel":
        """Return an excitatory and an inhibitory population, coupled (Wilson and Cowan 1972, without refractoriness).

        w_EI is the weight to E from I, given positive and entering with a minus sign.

        >>> list(RateModel.wilson_cowan().parameters)[:6]
        ['tau_E', 'a_E', 'theta_E', 'w_EE', 'w_EI', 'I_ext_E']
        """
        shape_I = {"a": 1.0, "theta": 4.0} if transfer is transfer_functions.sigmoid else {}
        excitatory = Population.named("E", transfer, sign=1)
        inhibitory = Population.named("I", transfer, sign=-1, defaults={"tau": 2.0, **shape_I})
        return cls.network((excitatory, inhibitory), ((9.0, 4.0), (13.0, 11.0)), name="wilson-cowan")

    @classmethod
    def network(
        cls,
        populations: Sequence[Population],
        weights: Sequence[Sequence[float | None]],
        *,
        name: str = "network",
    ) -> "RateModel":
        """Return N coupled populations with default weights[i][j] to population i from population j.

        None, in place of a number, means no connection. Weights from a population with a sign must not be negative.

        Raises ModelError where the shapes do not agree or a weight has the wrong sign.
        """
        if len(weights) != len(populations) or any(len(row) != len(populations) for row in weights):
            raise ModelError(
                f"{len(populations)} populations need a {len(populations)} x {len(populations)} matrix of weights"
            )
        rows = tuple(
            tuple(
                None if value is None else _weight(to, source, float(value))
                for source, value in zip(populations, row, strict=True)
            )
            for to, row in zip(populations, weights, strict=True)
        )
        return cls(name, tuple(populations), rows)

    @cached_property
    def parameters(self) -> Mapping[str, Parameter]:
        """The parameters by name, in model order: for each population tau, its shape, its weights, its input."""
        ordered = [
            parameter
            for population, row in zip(self.populations, self.weights, strict=True)
            for parameter in (population.tau, *population.shape, *(w for w in row if w is not None), population.I_ext)
        ]
        return MappingProxyType({p.name: p for p in ordered})

    def __getstate__(self) -> dict[str, object]:
        # The cached view of the parameters cannot be pickled, and need not be.
        return {"name": self.name, "populations": self.populations, "weights": self.weights}

    @property
    def rates(self) -> tuple[Symbol, ...]:
        """The symbols of the rates."""
        return tuple(p.rate for p in self.populations)

    @property
    def is_single(self) -> bool:
        """Whether the model has one population."""
        return len(self.populations) == 1

    def weight_matrix(self) -> sympy.ImmutableMatrix:
        """Return W, with the populations' signs in it: the total inputs are x = W r + I."""
        return sympy.ImmutableMatrix(
            [
                [
                    0 if w is None else (w.symbol if source.sign >= 0 else -w.symbol)
                    for source, w in zip(self.populations, row, strict=True)
                ]
                for row in self.weights
            ]
        )

    def inputs(self) -> tuple[Expr, ...]:
        """Return the total input of each population as an expression in the rates."""
        recurrent = self.weight_matrix() * sympy.Matrix(self.rates)
        return tuple(recurrent[i] + p.I_ext.symbol for i, p in enumerate(self.populations))

    def right_hand_side(self) -> tuple[Expr, ...]:
        """Return dr_i/dt of each population as an expression in the rates and the parameters."""
        return tuple(
            (-p.rate + p.response(argument)) / p.tau.symbol
            for p, argument in zip(self.populations, self.inputs(), strict=True)
        )

    def derive(self) -> "Derivation":
        """Return what follows from the model, step by step, each with its checks."""
        return _derive(self)

    def __repr__(self) -> str:
        return f"RateModel({self.name}: {', '.join(self.parameters)})"


@lru_cache(maxsize=64)
def _derive(model: RateModel) -> "Derivation":
    from .theory import derive  # the theory imports the model

    return derive(model)


def _tau() -> Parameter:
    return positive("tau", 1.0, "time constant of the population", unit="ms", sample=(0.5, 4.0))


def _input() -> Parameter:
    return real("I_ext", 0.0, "external input", sample=(-2.0, 4.0))


def _weight(to: Population, source: Population, default: float) -> Parameter:
    name = f"w_{to.name}{source.name}" if len(to.name + source.name) == 2 else f"w_{to.name}_{source.name}"
    meaning = f"weight to {to.name} from {source.name}"
    if source.sign == 0:
        return real(name, default, meaning, sample=(-8.0, 8.0))
    if not default >= 0:
        raise ModelError(
            f"{name} must not be negative, got {default}: the sign of population {source.name!r} says how it enters"
        )
    # Zero is allowed (no connection), which a positive symbol would deny.
    return Parameter(name, Symbol(name, nonnegative=True), default, meaning, minimum=0.0, sample=(0.5, 12.0))
