"""From expressions to functions: stable forms and the model's own equations, compiled once and cached.

No expression is typed here. F, F', F'' and the inverse come from `symbolic.stable`; dr/dt, the Jacobian and the
eigenvalue from the model's right-hand side, with the transfer functions left open.
"""

import inspect
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
import sympy
from numpy.typing import ArrayLike, NDArray
from sympy import Expr, Function, Symbol

from ..symbolic.errors import NullclineError, NullclineWarning, ParameterError
from ..symbolic.functions import expm1
from ..symbolic.model import Population, RateModel
from ..symbolic.parameter import Parameter
from ..symbolic.transfer import TransferFunction, catalogue, x
from . import door, elementary
from .door import Array
from .generated import executed
from .loss import Loss, loss
from .promise import quiet_beyond
from .source import function
from .transfer_kernels import Kernel, TransferKernels, transfer_kernels


@dataclass(frozen=True, eq=False)
class CompiledTransfer:
    """F, F', F'' and the inverse of one transfer function, under its own parameter names.

    Parameters follow the input by position or by name; one not given takes its default. Numbers give a float, arrays
    broadcast. Where the derivative does not exist (a kink) dF is nan, and so is d2F at a threshold. F_inverse is nan
    outside the open range of F, where no inverse exists.
    """

    transfer: TransferFunction
    F: Callable[..., Any]
    dF: Callable[..., Any]
    d2F: Callable[..., Any]
    F_inverse: Callable[..., Any]

    @property
    def loss(self) -> Loss:
        """The largest error of F and F' against 50 digits, at the default parameters."""
        return loss(self.transfer)

    def __repr__(self) -> str:
        return f"CompiledTransfer({self.transfer.name}: {', '.join(p.name for p in self.transfer.parameters)})"


@dataclass(frozen=True, eq=False)
class Positions:
    """Where each parameter stands among all values: `of` by name, `shape` for each population's transfer function."""

    of: Mapping[str, int]
    shape: tuple[tuple[int, ...], ...]


@dataclass(frozen=True, eq=False)
class CompiledModel:
    """The numeric functions of a model; made by `compile_model`.

    `populations` holds F, dF, d2F and F_inverse for each population. For one population they are also attributes of
    the model itself, and rates have no axis of populations; for several, rates are r[..., N]. All other axes
    broadcast against the parameters'.
    """

    model: RateModel
    populations: tuple[CompiledTransfer, ...]
    kernels: tuple[TransferKernels, ...]
    raw_inputs: Callable[..., Sequence[Array]]
    raw_drdt: Callable[..., Sequence[Array]]
    raw_jacobian: Callable[..., Sequence[Array]]
    raw_weights: Callable[..., Sequence[Array]]
    positions: Positions

    @cached_property
    def is_bounded(self) -> bool:
        """Whether every population's F is bounded."""
        return all(k.transfer.bounded for k in self.kernels)

    @cached_property
    def has_closed_forms(self) -> bool:
        """Whether the range and the inverse of every population's F are known."""
        return all(k.transfer.has_closed_forms for k in self.kernels)

    @property
    def F(self) -> Callable[..., Any]:
        """F(x, *parameters) of the only population."""
        return self._only("F").F

    @property
    def dF(self) -> Callable[..., Any]:
        """F'(x, *parameters) of the only population."""
        return self._only("dF").dF

    @property
    def d2F(self) -> Callable[..., Any]:
        """F''(x, *parameters) of the only population."""
        return self._only("d2F").d2F

    @property
    def F_inverse(self) -> Callable[..., Any]:
        """The input at which the only population responds with y; nan where there is none."""
        return self._only("F_inverse").F_inverse

    def drdt(self, r: ArrayLike, **parameters: ArrayLike) -> Any:
        """Return dr/dt at the rates r, in 1/ms."""
        rates, values = self._read(r, parameters)
        with quiet_beyond([*rates, *values]):
            return self._stack(self.velocity(rates, values))

    def eigenvalue(self, r: ArrayLike, **parameters: ArrayLike) -> Any:
        """Return the slope of dr/dt at r, in 1/ms: at a fixed point, its eigenvalue. One population only."""
        self._only("eigenvalue")
        rates, values = self._read(r, parameters)
        with quiet_beyond([*rates, *values]):
            (slope,) = self.raw_jacobian(*values, *self.slopes(self.inputs(rates, values), values))
        return _scalar_or_array(np.broadcast_to(slope, np.broadcast_shapes(slope.shape, rates[0].shape)).copy())

    def jacobian(self, r: ArrayLike, **parameters: ArrayLike) -> Array:
        """Return the matrix of d(dr_i/dt)/dr_j at r[..., N], in 1/ms; shape [..., N, N]."""
        rates, values = self._read(r, parameters)
        with quiet_beyond([*rates, *values]):
            inputs = self.inputs(rates, values)
            return self.jacobian_at(np.broadcast_arrays(*inputs, *rates)[: len(inputs)], values)

    def eigenvalues(self, r: ArrayLike, **parameters: ArrayLike) -> NDArray[np.complex128]:
        """Return the eigenvalues of the Jacobian at r[..., N], by falling real part; shape [..., N], in 1/ms."""
        return sorted_eigenvalues(self.jacobian(r, **parameters))

    def feedforward_solution(self, t: ArrayLike, r_init: ArrayLike, **parameters: ArrayLike) -> Any:
        """Return the exact r(t) from r_init at t = 0, without recurrence (w = 0) and with constant input.

        The result has the axes of r_init and the parameters, then those of t.

        Raises NullclineError where w is not 0.
        """
        self._only("feedforward_solution")
        values = door.read(self.model, parameters)
        start, times = door.numbers_in("r_init", r_init), door.numbers_in("t", t)
        self.refuse_recurrence(values, "the feedforward solution")
        after = (...,) + (None,) * times.ndim
        start, columns = start[after], [v[after] for v in values]
        door.refuse_misfits([*self.model.parameters, "r_init", "t"], [*columns, start, times])
        with quiet_beyond([*columns, start, times]):
            (rates,) = self.feedforward(times, [start], columns)
        return _scalar_or_array(rates)

    def refuse_recurrence(self, values: Sequence[Array], what: str) -> None:
        """Raise NullclineError unless every weight is zero."""
        for name, value in zip(self.model.parameters, values, strict=True):
            if name in _weight_names(self.model) and np.any(value != 0):
                first = value[value != 0].flat[0] if value.ndim else float(value)
                raise NullclineError(f"{what} holds for {name} = 0, got {name}={float(first)!r}")

    # What follows takes arrays that have passed the door: the finders and integrators use it.

    def shape_of(self, population: int, values: Sequence[Any]) -> list[Any]:
        """Pick the parameters of one population's transfer function out of all values."""
        return [values[i] for i in self.positions.shape[population]]

    def weights(self, values: Sequence[Array]) -> Sequence[Array]:
        """Return the entries of W, row by row, with the populations' signs in them."""
        return self.raw_weights(*values)

    def value_of(self, parameter: Parameter, values: Sequence[Any]) -> Any:
        """Pick one parameter out of all values."""
        return values[self.positions.of[parameter.name]]

    def inputs(self, rates: Sequence[Array], values: Sequence[Array]) -> Sequence[Array]:
        """Return the total input of each population."""
        return self.raw_inputs(*rates, *values)

    def responses(self, inputs: Sequence[Array], values: Sequence[Array]) -> list[Array]:
        """Return F of each population's input."""
        return [k.F(at, *self.shape_of(i, values)) for i, (k, at) in enumerate(zip(self.kernels, inputs, strict=True))]

    def slopes(self, inputs: Sequence[Array], values: Sequence[Array]) -> list[Array]:
        """Return F' at each population's input."""
        return [k.dF(at, *self.shape_of(i, values)) for i, (k, at) in enumerate(zip(self.kernels, inputs, strict=True))]

    def velocity(self, rates: Sequence[Array], values: Sequence[Array]) -> list[Array]:
        """Return dr/dt of each population."""
        return list(self.raw_drdt(*rates, *values, *self.responses(self.inputs(rates, values), values)))

    def jacobian_at(self, inputs: Sequence[Array], values: Sequence[Array]) -> Array:
        """Return the Jacobian, given the populations' inputs."""
        entries = self.raw_jacobian(*values, *self.slopes(inputs, values))
        # An entry without a weight is -1/tau or 0, whatever the rates are.
        shape = np.broadcast_shapes(*(np.shape(v) for v in (*entries, *inputs)))
        size = len(self.populations)
        return np.stack([np.broadcast_to(e, shape) for e in entries], axis=-1).reshape(*shape, size, size)

    def feedforward(self, t: Array, starts: Sequence[Array], values: Sequence[Array]) -> list[Array]:
        """Return the exact rates at the times t, without recurrence."""
        inputs = self.inputs([np.zeros(()) for _ in starts], values)
        responses = self.responses(inputs, values)
        with quiet_beyond([*responses, *values]):
            solutions = [
                np.asarray(_feedforward(population)(t, start, f, self.value_of(population.tau, values)))
                for population, start, f in zip(self.model.populations, starts, responses, strict=True)
            ]
        shape = np.broadcast_shapes(*(s.shape for s in solutions))
        return [np.array(np.broadcast_to(s, shape)) for s in solutions]

    def _read(self, r: ArrayLike, parameters: dict[str, ArrayLike]) -> tuple[list[Array], tuple[Array, ...]]:
        values = door.read(self.model, parameters)
        rates = door.numbers_in("r", r, finite=False)
        columns = [rates]
        if not self.model.is_single:
            size = len(self.populations)
            if rates.ndim == 0 or rates.shape[-1] != size:
                raise NullclineError(f"r must have a last axis of {size} populations, got shape {rates.shape}")
            columns = [rates[..., i] for i in range(size)]
        door.refuse_misfits([*self.model.parameters, "r"], [*values, columns[0]])
        return columns, values

    def _stack(self, columns: Sequence[Array]) -> Any:
        if self.model.is_single:
            return _scalar_or_array(np.asarray(columns[0]))
        return np.stack(np.broadcast_arrays(*columns), axis=-1)

    def _only(self, name: str) -> CompiledTransfer:
        if not self.model.is_single:
            instead = {"eigenvalue": "eigenvalues(r, ...)", "feedforward_solution": "simulate(..., method='exact')"}
            hint = instead.get(name, f"populations[i].{name}")
            raise NullclineError(f"model {self.model.name!r} has {len(self.populations)} populations: use {hint}")
        return self.populations[0]

    def __reduce__(self) -> tuple[Any, ...]:
        # Functions do not travel to another process: the model does, and is compiled there.
        return compile_model, (self.model,)

    def __repr__(self) -> str:
        return f"CompiledModel({self.model.name}: {', '.join(self.model.parameters)})"


def compile_model(model: RateModel) -> CompiledModel:
    """Return the numeric functions of a model, compiled once and kept.

    >>> from nullcline.symbolic import RateModel
    >>> f = compile_model(RateModel.single())
    >>> f.F(0.0, a=1.2, theta=2.8)
    0.0
    >>> round(f.drdt(0.2, w=5, I_ext=0.5), 6)
    -0.059923
    """
    # What is no model may not even have a hash.
    return _compiled_model(door.model_given(model))


@lru_cache(maxsize=64)
def _compiled_model(model: RateModel) -> CompiledModel:
    rates = model.rates
    symbols = [p.symbol for p in model.parameters.values()]
    responses = [Symbol(f"f{i}") for i in range(len(rates))]
    slopes = [Symbol(f"d{i}") for i in range(len(rates))]
    velocity, jacobian = general_equations(model, responses, slopes)
    kernels = tuple(transfer_kernels(p.transfer) for p in model.populations)
    for transfer in dict.fromkeys(p.transfer for p in model.populations):
        _warn_of_loss(transfer)
    return CompiledModel(
        model,
        tuple(_checked(k) for k in kernels),
        kernels,
        _several([*rates, *symbols], model.inputs()),
        _several([*rates, *symbols, *responses], velocity),
        _several([*symbols, *slopes], jacobian),
        _several(symbols, list(model.weight_matrix())),
        _positions(model),
    )


def _warn_of_loss(transfer: TransferFunction) -> None:
    """Warn where a function of the user's own loses digits that the rewriting could not keep."""
    if transfer in catalogue.values():
        return
    found = loss(transfer)
    if found.exceeds_bound:
        line = (
            f"{found.function} of {transfer.name!r} is off by {found.ulp:.1e} units in the last place "
            f"at x={found.x:.6g}: two terms of its formula cancel there, write it without the difference"
        )
        warnings.warn(line, NullclineWarning, stacklevel=5)


def general_equations(
    model: RateModel, responses: Sequence[Symbol], slopes: Sequence[Symbol]
) -> tuple[list[Expr], list[Expr]]:
    """Return dr_i/dt and the entries of the Jacobian, with symbols in place of F_i and F_i' at the inputs.

    The model states its right-hand side once; here it is stated for functions without a formula.
    """
    opened = [_open_function(i) for i in range(len(model.populations))]
    populations = tuple(
        replace(p, transfer=replace(p.transfer, name=f"open {i}", formula=opened[i][0](x), threshold=None))
        for i, p in enumerate(model.populations)
    )
    equations = replace(model, populations=populations).right_hand_side()

    def closed(expression: Expr) -> Expr:
        for (response, slope), f, d in zip(opened, responses, slopes, strict=True):
            expression = expression.replace(response, lambda _, f=f: f).replace(slope, lambda _, d=d: d)
        return expression

    entries = [closed(sympy.diff(e, r)) for e in equations for r in model.rates]
    return [closed(e) for e in equations], entries


def sorted_eigenvalues(matrices: Array) -> NDArray[np.complex128]:
    """Return the eigenvalues of each matrix by falling real part, a conjugate pair with the positive one first."""
    there = np.isfinite(matrices).all(axis=(-1, -2))
    # What is padded with nan stays so.
    values = np.full(matrices.shape[:-1], complex(np.nan, np.nan))
    values[there] = np.linalg.eigvals(matrices[there])
    order = np.lexsort((-values.imag, -values.real), axis=-1)
    return np.take_along_axis(values, order, axis=-1)


def _open_function(index: int) -> "tuple[Any, Any]":
    """Return F_i and F_i' as functions without a formula, the second the derivative of the first."""
    slope = type(f"slope{index}", (Function,), {"nargs": 1})
    response = type(
        f"response{index}", (Function,), {"nargs": 1, "fdiff": lambda self, argindex=1: slope(self.args[0])}
    )
    return response, slope


@lru_cache(maxsize=64)
def _feedforward(population: Population) -> Callable[..., Any]:
    return _compiled(*feedforward_form(population))


def feedforward_form(population: Population) -> tuple[list[Symbol], Expr]:
    """Return r(t) = r_init e^(slope t) + rest (1 - e^(slope t)), the solution without weights, and what it depends on:
    t, r_init, F at the input, tau.
    """
    f, d = Symbol("f"), Symbol("d")
    (velocity,), _ = general_equations(RateModel.network((population,), ((0.0,),)), [f], [d])
    slope = sympy.diff(velocity, population.rate)
    (rest,) = sympy.solve(velocity, population.rate)
    t, start = Symbol("t", real=True), Symbol("r_init", real=True)
    # In this form r is r_init at t = 0 and F(I_ext) at the end, to the last bit.
    solution = start * sympy.exp(slope * t) - rest * expm1(slope * t)
    return [t, start, f, population.tau.symbol], solution


@lru_cache(maxsize=64)
def _weight_names(model: RateModel) -> frozenset[str]:
    return frozenset(w.name for row in model.weights for w in row if w is not None)


def _positions(model: RateModel) -> Positions:
    of = {name: i for i, name in enumerate(model.parameters)}
    return Positions(of, tuple(tuple(of[p.name] for p in population.shape) for population in model.populations))


def _checked(kernels: TransferKernels) -> CompiledTransfer:
    parameters = kernels.transfer.parameters
    return CompiledTransfer(
        kernels.transfer,
        _through_the_door("F", "x", _at_infinity_too(kernels, kernels.F, grows=True), parameters),
        _through_the_door("dF", "x", _at_infinity_too(kernels, kernels.dF), parameters),
        _through_the_door("d2F", "x", _at_infinity_too(kernels, kernels.d2F), parameters),
        _through_the_door("F_inverse", "y", kernels.F_inverse, parameters),
    )


def _at_infinity_too(kernels: TransferKernels, kernel: Kernel, *, grows: bool = False) -> Kernel:
    """Return a kernel that has its limit at an infinite input, and nan at nan, also where F is unbounded.

    There the formulas subtract one infinity from another. Of a formula of one's own no limit is known: it is taken at
    the largest double.
    """
    if kernels.transfer.bounded:
        return kernel
    largest = np.finfo(np.float64).max
    if not kernels.transfer.has_closed_forms:

        def anything(at: Array, *shape: Array) -> Array:
            return np.where(np.isnan(at), np.nan, kernel(np.clip(at, -largest, largest), *shape))

        return anything

    def function(at: Array, *shape: Array) -> Array:
        value = kernel(np.clip(at, -largest, largest), *shape)
        value = np.where((at == np.inf) & grows, np.inf, value)
        return np.where(np.isnan(at), np.nan, value)

    return function


def _through_the_door(
    name: str, variable: str, kernel: Kernel, parameters: tuple[Parameter, ...]
) -> Callable[..., Any]:
    """Return the kernel as a public function: parameters validated, a float for numbers, an array for arrays."""

    def function(*values: ArrayLike, **named: ArrayLike) -> Any:
        if not values:
            values = (named.pop(variable),) if variable in named else ()
        if not values:
            raise ParameterError(f"{name} needs {variable}: write {name}({variable}, ...)", name=variable)
        shape = door.read_transfer(parameters, values[1:], named)
        argument = door.numbers_in(variable, values[0], finite=False)
        door.refuse_misfits([*(p.name for p in parameters), variable], [*shape, argument])
        with quiet_beyond(shape):
            return _scalar_or_array(np.asarray(kernel(argument, *shape)))

    function.__name__ = function.__qualname__ = name
    function.__doc__ = f"Return {name} at {variable}; the parameters are {', '.join(p.name for p in parameters)}."
    kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
    signature = [inspect.Parameter(variable, kind)]
    signature += [inspect.Parameter(p.name, kind, default=p.default) for p in parameters]
    function.__signature__ = inspect.Signature(signature)  # type: ignore[attr-defined]
    return function


def _scalar_or_array(value: Array) -> Any:
    return float(value) if value.ndim == 0 else value


def _compiled(arguments: Sequence[Symbol], expression: Expr) -> Callable[..., Any]:
    several = _several(arguments, [expression])
    return lambda *values: several(*values)[0]


def _several(arguments: Sequence[Symbol], expressions: Sequence[Expr]) -> Callable[..., Sequence[Array]]:
    """Compile expressions into one function of the arguments."""
    made = executed(function("f", arguments, list(map(sympy.sympify, expressions))), elementary.namespace())["f"]
    return lambda *values: [np.asarray(v) for v in made(*values)]
