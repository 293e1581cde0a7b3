"""From expressions to functions: stable forms and the model's own equations, compiled once and cached.

No expression is typed here. F, F', F'' and the inverse come from `symbolic.stable`; dr/dt, the Jacobian and the
eigenvalue from the model's right-hand side, with the transfer functions left open.
"""

import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np
import sympy
from numpy.typing import ArrayLike, NDArray
from scipy import special
from sympy import Expr, Function, Symbol
from sympy.printing.numpy import NumPyPrinter

from ..symbolic.errors import NullclineError
from ..symbolic.functions import expm1
from ..symbolic.model import Population, RateModel
from ..symbolic.parameter import Parameter
from ..symbolic.stable import stable_forms
from ..symbolic.transfer import TransferFunction, formula_derivative, x, y
from . import door
from .door import Array

Kernel = Callable[..., Array]

# Inputs beyond this are cut to it: every bounded F is at its limit there to the last bit, and products such as
# a (x - theta) stay finite for every parameter of magnitude 1e-140 to 1e140.
FARTHEST = 1e150
_TINY = 5e-324
_JUST_ABOVE_MINUS_ONE = np.nextafter(-1.0, 0.0)
# e^v overflows beyond 709.78; where v > 700, 1 + e^v is e^v to the last bit and its logarithm is v.
_LARGE_EXPONENT = 700.0


@dataclass(frozen=True, eq=False)
class TransferKernels:
    """The raw functions of one transfer function: arrays in, arrays out, nothing validated.

    Each takes x (or y) and then the transfer function's parameters in order; `inflections`, `threshold`, `low`, `high`
    and the asymptote take the parameters alone. `asymptotic_slope` is the limit of F' where F is unbounded (inf for a
    power above 1), `asymptotic_offset` the limit of x - F/slope where that slope is finite.
    """

    transfer: TransferFunction
    F: Kernel
    dF: Kernel
    d2F: Kernel
    F_inverse: Kernel
    inflections: tuple[Kernel, ...]
    threshold: Kernel | None
    slope_at_threshold: Kernel | None
    low: Kernel
    high: Kernel
    asymptotic_slope: Kernel | None
    asymptotic_offset: Kernel | None
    is_affine: bool


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

    def __repr__(self) -> str:
        return f"CompiledTransfer({self.transfer.name}: {', '.join(p.name for p in self.transfer.parameters)})"


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
        return self._stack(self.velocity(rates, values))

    def eigenvalue(self, r: ArrayLike, **parameters: ArrayLike) -> Any:
        """Return the slope of dr/dt at r, in 1/ms: at a fixed point, its eigenvalue. One population only."""
        self._only("eigenvalue")
        rates, values = self._read(r, parameters)
        (slope,) = self.raw_jacobian(*values, *self.slopes(self.inputs(rates, values), values))
        return _scalar_or_array(np.broadcast_to(slope, np.broadcast_shapes(slope.shape, rates[0].shape)).copy())

    def jacobian(self, r: ArrayLike, **parameters: ArrayLike) -> Array:
        """Return the matrix of d(dr_i/dt)/dr_j at r[..., N], in 1/ms; shape [..., N, N]."""
        rates, values = self._read(r, parameters)
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
        (rates,) = self.feedforward(times, [start[after]], [v[after] for v in values])
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
        return [values[i] for i in _shape_positions(self.model)[population]]

    def weights(self, values: Sequence[Array]) -> Sequence[Array]:
        """Return the entries of W, row by row, with the populations' signs in them."""
        return self.raw_weights(*values)

    def value_of(self, parameter: Parameter, values: Sequence[Any]) -> Any:
        """Pick one parameter out of all values."""
        return values[list(self.model.parameters).index(parameter.name)]

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
        solutions = [
            np.asarray(_feedforward(population)(t, start, f, self.value_of(population.tau, values)))
            for population, start, f in zip(self.model.populations, starts, responses, strict=True)
        ]
        shape = np.broadcast_shapes(*(s.shape for s in solutions))
        return [np.array(np.broadcast_to(s, shape)) for s in solutions]

    def _read(self, r: ArrayLike, parameters: dict[str, ArrayLike]) -> tuple[list[Array], tuple[Array, ...]]:
        values = door.read(self.model, parameters)
        rates = door.numbers_in("r", r, finite=False)
        if self.model.is_single:
            return [rates], values
        size = len(self.populations)
        if rates.ndim == 0 or rates.shape[-1] != size:
            raise NullclineError(f"r must have a last axis of {size} populations, got shape {rates.shape}")
        return [rates[..., i] for i in range(size)], values

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

    def __repr__(self) -> str:
        return f"CompiledModel({self.model.name}: {', '.join(self.model.parameters)})"


@lru_cache(maxsize=64)
def compile_model(model: RateModel) -> CompiledModel:
    """Return the numeric functions of a model, compiled once and kept.

    >>> from nullcline.symbolic import RateModel
    >>> f = compile_model(RateModel.single())
    >>> f.F(0.0, a=1.2, theta=2.8)
    0.0
    >>> round(f.drdt(0.2, w=5, I_ext=0.5), 6)
    -0.059923
    """
    rates = door.model_given(model).rates
    symbols = [p.symbol for p in model.parameters.values()]
    responses = [Symbol(f"f{i}") for i in range(len(rates))]
    slopes = [Symbol(f"d{i}") for i in range(len(rates))]
    velocity, jacobian = general_equations(model, responses, slopes)
    kernels = tuple(transfer_kernels(p.transfer) for p in model.populations)
    return CompiledModel(
        model,
        tuple(_checked(k) for k in kernels),
        kernels,
        _several([*rates, *symbols], model.inputs()),
        _several([*rates, *symbols, *responses], velocity),
        _several([*symbols, *slopes], jacobian),
        _several(symbols, list(model.weight_matrix())),
    )


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


@lru_cache(maxsize=128)
def transfer_kernels(transfer: TransferFunction) -> TransferKernels:
    """Return the raw numeric functions of a transfer function."""
    forms = stable_forms(transfer)
    own = [p.symbol for p in transfer.parameters]
    threshold = None if transfer.threshold is None else _compiled(own, transfer.threshold)

    slope = None if transfer.bounded else transfer.largest_slope

    def everywhere(form: Expr, at_threshold: float, reach: Callable[[Kernel], Kernel]) -> Kernel:
        active = reach(_compiled([x, *own], form))
        return active if threshold is None else _above(threshold, active, at_threshold)

    F = everywhere(
        forms.F, 0.0, _within_reach if slope is None else _linear_beyond_reach if slope != sympy.oo else _as_it_is
    )
    low: Kernel
    high: Kernel
    if threshold is None:
        low = (lambda *p: F(np.asarray(-FARTHEST), *p)) if transfer.range.inf.is_finite else _constant(-np.inf)
    else:
        low = _constant(0.0)
    if transfer.bounded:
        high = lambda *p: F(np.asarray(FARTHEST), *p)  # noqa: E731
    else:
        high = _constant(np.inf)
    offset = None
    if slope is not None and slope != sympy.oo:
        offset = _compiled(own, sympy.limit(sympy.expand(x - transfer.formula / slope), x, sympy.oo))
    return TransferKernels(
        transfer=transfer,
        F=F,
        dF=everywhere(forms.dF, np.nan if transfer.kinks else 0.0, _within_reach),
        d2F=everywhere(forms.d2F, np.nan, _within_reach),
        F_inverse=_inside(low, high, _compiled([y, *own], forms.F_inverse)),
        inflections=tuple(_compiled(own, point) for point in transfer.inflections),
        threshold=threshold,
        # The derivative from above: a kink is where it is not zero.
        slope_at_threshold=_compiled([x, *own], forms.dF) if transfer.kinks else None,
        low=low,
        high=high,
        asymptotic_slope=None if slope is None else _compiled(own, slope),
        asymptotic_offset=offset,
        is_affine=formula_derivative(transfer, 2) == 0,
    )


def sorted_eigenvalues(matrices: Array) -> NDArray[np.complex128]:
    """Return the eigenvalues of each matrix by falling real part, a conjugate pair with the positive one first."""
    values = np.linalg.eigvals(matrices).astype(np.complex128)
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
    """Compile r(t) = r_init e^(slope t) + rest (1 - e^(slope t)), the solution without weights."""
    f, d = Symbol("f"), Symbol("d")
    (velocity,), _ = general_equations(RateModel.network((population,), ((0.0,),)), [f], [d])
    slope = sympy.diff(velocity, population.rate)
    (rest,) = sympy.solve(velocity, population.rate)
    t, start = Symbol("t", real=True), Symbol("r_init", real=True)
    # In this form r is r_init at t = 0 and F(I_ext) at the end, to the last bit.
    return _compiled([t, start, f, population.tau.symbol], start * sympy.exp(slope * t) - rest * expm1(slope * t))


@lru_cache(maxsize=64)
def _weight_names(model: RateModel) -> frozenset[str]:
    return frozenset(w.name for row in model.weights for w in row if w is not None)


@lru_cache(maxsize=64)
def _shape_positions(model: RateModel) -> tuple[tuple[int, ...], ...]:
    position = {name: i for i, name in enumerate(model.parameters)}
    return tuple(tuple(position[p.name] for p in population.shape) for population in model.populations)


def _checked(kernels: TransferKernels) -> CompiledTransfer:
    parameters = kernels.transfer.parameters
    return CompiledTransfer(
        kernels.transfer,
        _through_the_door("F", "x", kernels.F, parameters),
        _through_the_door("dF", "x", kernels.dF, parameters),
        _through_the_door("d2F", "x", kernels.d2F, parameters),
        _through_the_door("F_inverse", "y", kernels.F_inverse, parameters),
    )


def _through_the_door(
    name: str, variable: str, kernel: Kernel, parameters: tuple[Parameter, ...]
) -> Callable[..., Any]:
    """Return the kernel as a public function: parameters validated, a float for numbers, an array for arrays."""

    def function(argument: ArrayLike, *values: ArrayLike, **named: ArrayLike) -> Any:
        shape = door.read_transfer(parameters, values, named)
        return _scalar_or_array(np.asarray(kernel(door.numbers_in(variable, argument, finite=False), *shape)))

    function.__name__ = function.__qualname__ = name
    function.__doc__ = f"Return {name} at {variable}; the parameters are {', '.join(p.name for p in parameters)}."
    kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
    signature = [inspect.Parameter(variable, inspect.Parameter.POSITIONAL_ONLY)]
    signature += [inspect.Parameter(p.name, kind, default=p.default) for p in parameters]
    function.__signature__ = inspect.Signature(signature)  # type: ignore[attr-defined]
    return function


def _scalar_or_array(value: Array) -> Any:
    return float(value) if value.ndim == 0 else value


def _constant(value: float) -> Kernel:
    return lambda *parameters: np.full(np.broadcast_shapes(*(np.shape(p) for p in parameters)), value)


def _within_reach(active: Kernel) -> Kernel:
    return lambda at, *p: active(np.minimum(np.maximum(at, -FARTHEST), FARTHEST), *p)


def _linear_beyond_reach(active: Kernel) -> Kernel:
    """F with an asymptote: beyond the reach it is proportional to the input to the last bit."""
    within = _within_reach(active)
    return lambda at, *p: within(at, *p) * np.maximum(at / FARTHEST, 1.0)


def _as_it_is(active: Kernel) -> Kernel:
    return active


def _above(threshold: Kernel, active: Kernel, at_threshold: float) -> Kernel:
    def function(at: Array, *p: Array) -> Array:
        edge = threshold(*p)
        above = at > edge
        # The formula is not meant for inputs below the threshold: there it is given one that is above.
        inside = np.where(above, at, 2 * np.abs(edge) + 1)
        below = np.where(at < edge, 0.0, np.where(at == edge, at_threshold, np.nan))
        return np.where(above, active(inside, *p), below)

    return function


def _inside(low: Kernel, high: Kernel, inverse: Kernel) -> Kernel:
    def function(value: Array, *p: Array) -> Array:
        bottom, top = low(*p), high(*p)
        inside = (value > bottom) & (value < top)
        somewhere = np.where(np.isfinite(top), bottom + (np.where(np.isfinite(top), top, 0.0) - bottom) / 2, bottom + 1)
        return np.where(inside, inverse(np.where(inside, value, somewhere), *p), np.nan)

    return function


def _compiled(arguments: Sequence[Symbol], expression: Expr) -> Callable[..., Any]:
    (function,) = (_several(arguments, [expression]),)
    return lambda *values: function(*values)[0]


def _several(arguments: Sequence[Symbol], expressions: Sequence[Expr]) -> Callable[..., Sequence[Array]]:
    """Compile expressions into one function of the arguments.

    Every symbol is renamed first: no name that a user chose reaches the generated source.
    """
    names = [Symbol(f"p{i}") for i in range(len(arguments))]
    renamed = [
        _numbers_evaluated(e.xreplace(dict(zip(arguments, names, strict=True))))
        for e in map(sympy.sympify, expressions)
    ]
    compiled = sympy.lambdify(names, renamed, modules=[_FUNCTIONS, "numpy"], printer=_Printer, cse=True)

    def function(*values: Array) -> Sequence[Array]:
        return [np.asarray(v) for v in compiled(*values)]

    return function


def _numbers_evaluated(expression: Expr) -> Expr:
    """Replace irrational constants by their nearest double, so that they are not computed at every call."""
    return expression.replace(
        lambda e: e.is_number and e.is_irrational is True, lambda e: sympy.Float(float(e.evalf(30)), 17)
    )


class _Printer(NumPyPrinter):  # type: ignore[misc]
    """NumPy code that broadcasts, and that uses the functions below."""

    def __init__(self, settings: dict[str, Any] | None = None) -> None:
        super().__init__(
            {**(settings or {}), "fully_qualified_modules": False, "inline": True, "allow_unknown_functions": True}
        )

    def _print_Pow(self, expr: Expr, rational: bool = False) -> str:
        base, exponent = self._print(expr.base), self._print(expr.exp)
        if expr.exp == 2 and not expr.base.is_Symbol:
            return f"safe_square({base})"
        if not expr.exp.is_number:
            return f"safe_power({base}, {exponent})"
        return str(super()._print_Pow(expr, rational=rational))

    def _print_Piecewise(self, expr: Expr) -> str:
        code = "nan"
        for value, condition in reversed(expr.args):
            always = condition == sympy.true
            code = self._print(value) if always else f"where({self._print(condition)}, {self._print(value)}, {code})"
        return code

    def _print_And(self, expr: Expr) -> str:
        code = self._print(expr.args[0])
        for other in expr.args[1:]:
            code = f"logical_and({code}, {self._print(other)})"
        return str(code)

    def _named(self, name: str) -> Callable[[Expr], str]:
        return lambda expr: f"{name}({', '.join(self._print(a) for a in expr.args)})"

    def _print_log(self, expr: Expr) -> str:
        return self._named("safe_log")(expr)

    def _print_erf(self, expr: Expr) -> str:
        return self._named("erf")(expr)

    def _print_erfc(self, expr: Expr) -> str:
        return self._named("erfc")(expr)

    def _print_erfinv(self, expr: Expr) -> str:
        return self._named("erfinv")(expr)

    def _print_erfcinv(self, expr: Expr) -> str:
        return self._named("erfcinv")(expr)

    def _print_expm1(self, expr: Expr) -> str:
        return self._named("expm1")(expr)

    def _print_log1p(self, expr: Expr) -> str:
        return self._named("safe_log1p")(expr)


def _safe_log(u: Array) -> Array:
    """ln u, where u may have underflowed to 0; what multiplies or exponentiates it then underflows as it should."""
    return np.log(np.maximum(u, _TINY))


def _safe_log1p(u: Array) -> Array:
    """ln(1 + u), where rounding may have brought u down to -1."""
    return np.log1p(np.maximum(u, _JUST_ABOVE_MINUS_ONE))


def _safe_square(u: Array) -> Array:
    """u^2, cut at 1e300."""
    return np.square(np.minimum(np.abs(u), FARTHEST))


def _safe_power(base: Array, exponent: Array) -> Array:
    """base^exponent for base > 0; inf, silently, where the true value exceeds every double."""
    largest = np.exp(np.minimum(_LARGE_EXPONENT / np.maximum(np.abs(exponent), 1.0), _LARGE_EXPONENT))
    value = np.power(np.clip(base, 1 / largest, largest), exponent)
    outside = (base > largest) | (base < 1 / largest)
    if not np.any(outside):
        return value
    # Beyond e^(+-700) the power is taken in two halves: what over- or underflows there does so in truth.
    half = _safe_log(base) * exponent
    return np.where(outside, np.where(half > _OVERFLOW, np.inf, np.exp(np.minimum(half, _OVERFLOW))), value)


_OVERFLOW = 709.78


def _log1p_scaled(u: Array, v: Array) -> Array:
    """ln(1 + u (1 + e^v)); beyond v = 700 through logarithms (reference: theory, section 1.1)."""
    moderate = _safe_log1p(u * (1 + np.exp(np.minimum(v, _LARGE_EXPONENT))))
    large = np.greater(v, _LARGE_EXPONENT)
    if not np.any(large):
        return moderate
    exponent = _safe_log(np.abs(u)) + v
    rising = np.logaddexp(0.0, exponent)
    falling = _safe_log1p(-np.exp(np.minimum(exponent, 0.0)))
    return np.where(large, np.where(np.equal(u, 0.0), 0.0, np.where(np.greater(u, 0.0), rising, falling)), moderate)


def _softplus(u: Array) -> Array:
    return np.logaddexp(0.0, u)


_FUNCTIONS: dict[str, Any] = {
    "expit": special.expit,
    "softplus": _softplus,
    "expm1": np.expm1,
    "erf": special.erf,
    "erfc": special.erfc,
    "erfinv": special.erfinv,
    "erfcinv": special.erfcinv,
    "safe_log": _safe_log,
    "safe_log1p": _safe_log1p,
    "safe_square": _safe_square,
    "safe_power": _safe_power,
    "log1p_scaled": _log1p_scaled,
}
