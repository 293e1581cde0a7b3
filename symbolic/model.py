"""A firing-rate model: populations with their transfer functions, and the weights between them.

    tau_i dr_i/dt = -r_i + F_i(sum_j s_j w_ij r_j + I_i),    i = 1 ... N

One population is the case N = 1. s_j is the sign of population j: weights from an inhibitory population are given
positive and enter with a minus sign; where no sign is declared the weights carry their own.
"""

import numbers
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, TypeVar

import sympy
from sympy import Expr, Symbol

from . import transfer as transfer_functions
from .errors import ModelError, nearest, shown, unknown_name
from .named import Named
from .parameter import Parameter, must, positive, real
from .transfer import TransferFunction

if TYPE_CHECKING:
    from .derivation import Derivation

V = TypeVar("V")

# Of a name that every population has with its own, so many are offered.
_MOST_MEANT = 4
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_]{0,31}")


@dataclass(frozen=True)
class Population:
    """One population: its name, the sign of its weights, its transfer function and its own parameters.

    `sign` is 1 (excitatory), -1 (inhibitory) or 0 (each weight carries its own sign). `shape` are the parameters of
    the transfer function under the names they have in this model. Only the population of `RateModel.single` has an
    empty name.

    >>> Population.named("E", sign=1)
    Population(E: sigmoid, sign 1; tau_E, a_E, theta_E, I_ext_E)
    """

    name: str
    transfer: TransferFunction
    sign: int
    tau: Parameter
    shape: tuple[Parameter, ...]
    I_ext: Parameter

    def __post_init__(self) -> None:
        _transfer_function(self.transfer)
        if self.name != "":
            _population_name(self.name)
        if type(self.sign) is not int or self.sign not in (-1, 0, 1):
            raise ModelError(f"the sign of population {self.name!r} must be 1, -1 or 0, got {shown(self.sign)}")
        object.__setattr__(self, "shape", tuple(self.shape))
        for parameter in (self.tau, *self.shape, self.I_ext):
            if not isinstance(parameter, Parameter):
                line = f"population {self.name!r} is made of Parameters, got {shown(parameter)}"
                raise ModelError(f"{line}: Population.named makes them")
        if len(self.shape) != len(self.transfer.parameters):
            asked = ", ".join(p.name for p in self.transfer.parameters)
            line = f"population {self.name!r} has {len(self.shape)} shape parameters"
            raise ModelError(f"{line}, {self.transfer.name} has {len(self.transfer.parameters)} ({asked})")

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

        Raises ModelError if the name, the sign, a bare name or a default value is not one it can have.
        """
        _population_name(name)
        bare = (_tau(), *_transfer_function(transfer).parameters, _input())
        given = {} if defaults is None else defaults
        if not isinstance(given, Mapping):
            line = f"the defaults of population {name!r} must be values by name, got {shown(given)}"
            raise ModelError(f"{line}: write them as {{'tau': 2.0}}")
        known = [p.name for p in bare]
        for unknown in given:
            if unknown not in known:
                raise ModelError(unknown_name("parameter", unknown, known, f"population {name!r}"))
        made = [replace(p.suffixed(name), default=given.get(p.name, p.default)) for p in bare]
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

    def __repr__(self) -> str:
        names = ", ".join(p.name for p in (self.tau, *self.shape, self.I_ext))
        called = f"{self.name}: " if self.name else ""
        return f"Population({called}{self.transfer.name}, sign {self.sign}; {names})"


@dataclass(frozen=True)
class RateModel:
    """A model as mathematics: what `derive`, the numeric functions and the reports start from.

    `weights[i][j]` is the parameter of the connection to population i from population j, or None where there is none.

    Every symbol of a model has one meaning: a population E has the rate r_E, which starts at r_E0 and rests at
    r_E_star, so no other population may be called E0 or E_star; nor may two weights make one name, such as w_A_B_C.

    Raises ModelError for what is no model, and where two symbols would be one.
    """

    name: str
    populations: tuple[Population, ...]
    weights: tuple[tuple[Parameter | None, ...], ...]

    def __post_init__(self) -> None:
        if not isinstance(self.name, str) or not self.name:
            raise ModelError(f"a model's name must be text, got {shown(self.name)}")
        object.__setattr__(self, "populations", _populations(self.populations))
        names = [p.name for p in self.populations]
        if not names:
            raise ModelError(f"model {self.name!r} has no population: give it one")
        if len(set(names)) < len(names):
            raise ModelError(f"model {self.name!r} names a population twice ({', '.join(names)}): rename one")
        object.__setattr__(self, "weights", _matrix(self.weights, len(names)))
        for to, row in zip(names, self.weights, strict=True):
            for source, w in zip(names, row, strict=True):
                if not isinstance(w, Parameter | None):
                    line = f"the weight to {to!r} from {source!r} must be a Parameter or None, got {shown(w)}"
                    raise ModelError(f"{line}: RateModel.network takes numbers")
        if self.weights == ((None,),):
            line = f"model {self.name!r} has one population without a recurrent weight"
            raise ModelError(f"{line}: give it one, zero if need be")
        meanings: dict[str, str] = {}
        for symbol, meaning in _meanings(self):
            if symbol in meanings:
                line = f"model {self.name!r}: {symbol} is both {meanings[symbol]} and {meaning}"
                raise ModelError(f"{line}: rename a population")
            meanings[symbol] = meaning

    @classmethod
    def single(cls, transfer: TransferFunction = transfer_functions.sigmoid) -> "RateModel":
        """Return one population with recurrent weight w: tau dr/dt = -r + F(w r + I_ext).

        >>> RateModel.single()
        RateModel(single: tau=1, a=1.2, theta=2.8, w=0, I_ext=0)
        """
        weight = real("w", 0.0, "recurrent weight: input per unit of the population's own rate", sample=(-8.0, 8.0))
        population = Population("", transfer, 0, _tau(), _transfer_function(transfer).parameters, _input())
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

        Raises ModelError where the shapes do not agree, a weight is no finite number or has the wrong sign, or two
        symbols of the model would be one.
        """
        populations = _populations(populations)
        rows = tuple(
            tuple(
                None if value is None else _weight(to, source, value)
                for source, value in zip(populations, row, strict=True)
            )
            for to, row in zip(populations, _matrix(weights, len(populations)), strict=True)
        )
        return cls(name, populations, rows)

    @cached_property
    def parameters(self) -> Mapping[str, Parameter]:
        """The parameters by name, in model order: for each population tau, its shape, its weights, its input."""
        ordered = [
            parameter
            for population, row in zip(self.populations, self.weights, strict=True)
            for parameter in (population.tau, *population.shape, *(w for w in row if w is not None), population.I_ext)
        ]
        return Named("parameter", {p.name: p for p in ordered}, f"model {self.name!r}")

    @cached_property
    def _hash(self) -> int:
        return hash((self.name, self.populations, self.weights))

    def __hash__(self) -> int:
        # Every numeric function looks its model up: the hash of all its expressions is computed once.
        return self._hash

    def __getstate__(self) -> dict[str, object]:
        # Equal models are pickled alike, whether or not someone has asked for their parameters.
        return {"name": self.name, "populations": self.populations, "weights": self.weights}

    @property
    def rates(self) -> tuple[Symbol, ...]:
        """The symbols of the rates."""
        return tuple(p.rate for p in self.populations)

    @cached_property
    def is_single(self) -> bool:
        """Whether the model is one population under the plain names: tau, a, theta, w, I_ext and the rate r.

        A network of one named population is derived and shaped as every network is.
        """
        return [(p.name, p.sign) for p in self.populations] == [("", 0)]

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

    @property
    def is_of_the_catalogue(self) -> bool:
        """Whether every population's transfer function is one of the catalogue."""
        known = transfer_functions.catalogue
        return all(known.get(p.transfer.name) == p.transfer for p in self.populations)

    def derive(self) -> "Derivation":
        """Return what follows from the model, step by step, each with its checks.

        Raises BudgetExceeded where SymPy takes too long with a formula of one's own.
        """
        return _derive(self)

    def explore(self, *, r_init: float = 0.2, seed: int = 0, **parameters: float) -> object:
        """Return the explorer, opened at these parameters: show it in a cell of a notebook. One population.

        It works in the saved notebook as well, without a kernel or a network. It is a part of the reports, of which
        nothing here knows: it is found as the entry point `cell` of the group `nullcline.explorer`.

        Raises ModelError for several populations, ParameterError for a parameter that is unknown or out of bounds.

        >>> RateModel.single().explore(w=5, I_ext=0.5)
        Explorer of 'single' at w=5, I_ext=0.5 (a notebook shows it; .page is HTML)
        """
        from .notebook import explored  # typesetting is loaded for who shows something

        return explored(self, parameters, r_init=r_init, seed=seed)

    def __repr__(self) -> str:
        defaults = ", ".join(f"{name}={p.default:g}" for name, p in self.parameters.items())
        return f"RateModel({self.name}: {defaults})"

    def _repr_mimebundle_(
        self, include: Collection[str] | None = None, exclude: Collection[str] | None = None
    ) -> dict[str, str]:
        from .notebook import of_model  # typesetting is loaded for who shows something

        return of_model(self, include, exclude)


def unknown_parameter(model: RateModel, name: object, also: tuple[str, ...] = ()) -> str:
    """Return the line that refuses a name which is no parameter of a model, nor one of the options in `also`.

    Where the name of a population is missing, it offers each population's.

    >>> print(unknown_parameter(RateModel.wilson_cowan(), "I_ext")[:88])
    unknown parameter 'I_ext' for model 'wilson-cowan'; did you mean 'I_ext_E' or 'I_ext_I'?
    """
    meant = []
    for population in () if model.is_single or name in also else model.populations:
        own = [p.name for p in (population.tau, *population.shape, population.I_ext)]
        bare = [n.removesuffix(f"_{population.name}") for n in own]
        meant += [n for n, b in zip(own, bare, strict=True) if b == name or b.startswith(f"{name}_")]
    known = list(model.parameters)
    return unknown_name("parameter", name, known, f"model {model.name!r}", also, tuple(meant[:_MOST_MEANT]))


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
    if isinstance(default, numbers.Real) and default < 0:
        line = must(name, "not be negative", float(default))
        raise ModelError(f"{line}: the sign of population {source.name!r} says how it enters")
    # Zero is allowed (no connection), which a positive symbol would deny.
    return Parameter(name, Symbol(name, nonnegative=True), default, meaning, minimum=0.0, sample=(0.5, 12.0))


def _transfer_function(value: object) -> TransferFunction:
    if isinstance(value, TransferFunction):
        return value
    known = list(transfer_functions.catalogue)
    near = nearest(value, known)
    instead = f"write transfer.{near}" if near else f"nullcline.symbolic.transfer has {', '.join(known)}"
    raise ModelError(f"transfer must be a TransferFunction, got {shown(value)}: {instead}")


def _population_name(value: object) -> None:
    if not isinstance(value, str) or not _NAME.fullmatch(value):
        line = "a population's name is 1 to 32 letters, digits or underscores, the first no underscore"
        raise ModelError(f"{line}, got {shown(value)}")


def _populations(value: object) -> tuple[Population, ...]:
    if not isinstance(value, Iterable):
        line = f"populations must be a list of Populations, got {shown(value)}"
        raise ModelError(f"{line}: write [Population.named('E'), Population.named('I')]")
    populations = tuple(value)
    for p in populations:
        if not isinstance(p, Population):
            name = p if isinstance(p, str) and _NAME.fullmatch(p) else "E"
            raise ModelError(f"populations must be Populations, got {shown(p)}: write Population.named({name!r})")
        if not p.name and len(populations) > 1:
            raise ModelError("a population without a name stands alone: name each of several by Population.named")
    return populations


def _matrix(value: Iterable[Iterable[V]], size: int) -> tuple[tuple[V, ...], ...]:
    """Return the rows of a square matrix of whatever it holds."""
    rows = tuple(value) if isinstance(value, Iterable) else ()
    matrix = tuple(tuple(row) if isinstance(row, Iterable) else () for row in rows)
    if [len(row) for row in matrix] != [size] * size:
        line = f"weights must be a {size} x {size} matrix, got {shown(value)}"
        raise ModelError(f"{line}: write a row for each population, with a weight from each")
    return matrix


def _meanings(model: RateModel) -> Iterator[tuple[str, str]]:
    """Yield the name of every symbol of the model with what it stands for."""
    for to, row in zip(model.populations, model.weights, strict=True):
        whose = f"population {to.name!r}"
        yield f"r_{to.name}", f"the rate of {whose}"
        yield f"r_{to.name}0", f"the start value of {whose}"
        yield f"r_{to.name}_star", f"the resting rate of {whose}"
        for parameter in (to.tau, *to.shape, to.I_ext):
            yield parameter.name, f"a parameter of {whose}"
        for source, weight in zip(model.populations, row, strict=True):
            if weight is not None:
                yield weight.name, f"the weight to {to.name!r} from {source.name!r}"
