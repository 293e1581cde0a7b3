"""The door: the one place where what a user gives becomes validated float64 arrays in model order."""

import math
import numbers
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeGuard

import numpy as np
from numpy.typing import NDArray

from ..symbolic.errors import ModelError, ParameterError, shown, unknown_name
from ..symbolic.model import RateModel
from ..symbolic.parameter import Parameter, must, real_number

Array = NDArray[np.float64]

# 2**31 samples of eight bytes. A run of that size is a mistake in T or dt far more often than a wish.
LARGEST_RESULT = 2**34


def read(model: RateModel, given: Mapping[str, object]) -> tuple[Array, ...]:
    """Return one array for each parameter of the model, in model order; a name not given takes its default.

    Every array is float64, finite and within its bounds; a number becomes an array without axes.

    Raises ParameterError for an unknown name, for what is not a finite real number, and for a value out of bounds.
    """
    known = model_given(model).parameters
    for name in given:
        if name not in known:
            line = unknown_name("parameter", name, list(known), f"model {model.name!r}")
            raise ParameterError(line, name=name, value=given[name], allowed=tuple(known))
    return tuple(
        np.asarray(p.default, dtype=np.float64) if p.name not in given else _one_of(p, given[p.name])
        for p in known.values()
    )


def _one_of(parameter: Parameter, value: object) -> Array:
    # One plain number is by far the most frequent case, and NumPy is slow with it.
    if _is_plain(value) and parameter.allows(value):
        return np.asarray(value, dtype=np.float64)
    return bounded(parameter, numbers_in(parameter.name, value, parameter.unit))


def broadcast_shape(names: "list[str]", arrays: "list[Array]") -> tuple[int, ...]:
    """Return the common shape of the arrays.

    Raises ParameterError naming two that do not fit together, with their shapes.
    """
    shape: tuple[int, ...] = ()
    grown_by: list[tuple[str, tuple[int, ...]]] = []
    for name, array in zip(names, arrays, strict=True):
        try:
            shape = np.broadcast_shapes(shape, array.shape)
        except ValueError:
            other, its = next((n, s) for n, s in reversed(grown_by) if not _fit(s, array.shape))
            line = f"{other} has shape {its} and {name} has shape {array.shape}: they do not broadcast"
            raise ParameterError(line, name=name, value=array, allowed=its) from None
        if array.shape:
            grown_by.append((name, array.shape))
    return shape


def model_given(model: object) -> RateModel:
    """Return the model, if it is one.

    Raises ModelError for anything else, with the nearest thing to write.
    """
    if isinstance(model, RateModel):
        return model
    raise ModelError(
        f"model must be a RateModel, got {shown(model)}: write RateModel.single() or RateModel.wilson_cowan()"
    )


def read_transfer(
    parameters: tuple[Parameter, ...], values: tuple[object, ...], named: Mapping[str, object]
) -> tuple[Array, ...]:
    """Return the parameters of one transfer function, given by position and by name, as `read` does for a model."""
    names = [p.name for p in parameters]
    if len(values) > len(names):
        line = f"{len(values)} parameters given, the transfer function has {len(names)} ({', '.join(names)})"
        raise ParameterError(line, name="", value=values, allowed=tuple(names))
    given = dict(zip(names, values, strict=False))
    for name, value in named.items():
        if name not in names:
            raise ParameterError(unknown_name("parameter", name, names), name=name, value=value, allowed=tuple(names))
        if name in given:
            raise ParameterError(f"{name} is given twice", name=name, value=value)
        given[name] = value
    return tuple(
        _one_of(p, given[p.name]) if p.name in given else np.asarray(p.default, dtype=np.float64) for p in parameters
    )


def numbers_in(name: str, value: object, unit: str = "", *, finite: bool = True) -> Array:
    """Return `value` as a float64 array.

    Text, truth values, None, complex numbers and containers of anything but real numbers are refused, and so are
    infinities and nan unless `finite` is False.
    """
    array = _as_float64(name, value)
    if array.size == 0:
        raise ParameterError(f"{name} must hold at least one number, got an empty array", name=name, value=value)
    if finite:
        _refuse(name, array, ~np.isfinite(array), "be finite", "", value)
    return array


def bounded(parameter: Parameter, array: Array) -> Array:
    """Return the array if every value is within the parameter's bounds; refuse the first that is not."""
    p = parameter
    if p.minimum > -math.inf:
        # "not value > minimum" and not "value <= minimum": it refuses nan as well.
        wrong = ~(array > p.minimum) if p.open_minimum else ~(array >= p.minimum)
        _refuse(p.name, array, wrong, p.above, p.unit, array)
    if p.maximum < math.inf:
        _refuse(p.name, array, ~(array <= p.maximum), p.below, p.unit, array)
    return array


def positive_number(name: str, value: object, unit: str = "ms") -> float:
    """Return one finite number greater than zero."""
    number = one_number(name, value)
    if not number > 0:
        raise ParameterError(must(name, "be positive", number, unit), name=name, value=value)
    return number


def number_at_least_zero(name: str, value: object, unit: str = "") -> float:
    """Return one finite number that is not negative."""
    number = one_number(name, value)
    if not number >= 0:
        raise ParameterError(must(name, "not be negative", number, unit), name=name, value=value)
    return number


def one_number(name: str, value: object) -> float:
    """Return one finite number."""
    if _is_plain(value) and math.isfinite(value):
        return float(value)
    array = numbers_in(name, value)
    if array.ndim:
        raise ParameterError(f"{name} must be one number, got an array of shape {array.shape}", name=name, value=value)
    return float(array)


def whole_number(name: str, value: object, least: int) -> int:
    """Return one whole number from `least` on."""
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, (int, np.integer)):
        raise ParameterError(f"{name} must be a whole number, got {shown(value)}", name=name, value=value)
    if value < least:
        raise ParameterError(
            f"{name} must be at least {least}, got {int(value)}", name=name, value=value, allowed=least
        )
    return int(value)


def seed_given(seed: object) -> int:
    """Return a seed: any whole number from 0 on."""
    return whole_number("seed", seed, 0)


def threads_given(workers: object) -> int:
    """Return a number of threads; -1 stands for all processors, as in SciPy."""
    if type(workers) is int and workers == -1:
        return os.cpu_count() or 1
    return whole_number("workers", workers, 1)


@dataclass(frozen=True, eq=False)
class Grid:
    """The samples of a run: arange(0, T, dt), as in the tutorial, and which of them are kept.

    `first` is the first sample kept and `every` how many steps lie between two.
    """

    T: float
    dt: float
    samples: int
    first: int
    every: int

    @property
    def kept(self) -> int:
        return -(-(self.samples - self.first) // self.every)

    @property
    def t(self) -> Array:
        """The times that are kept, in ms."""
        if self.kept == self.samples:
            return np.arange(0, self.T, self.dt)
        return np.asarray(np.arange(self.first, self.samples, self.every) * self.dt, dtype=np.float64)


def time_grid(T: object, dt: object, store: object, *, states: int, work: int = 0) -> Grid:
    """Return the samples of a run that keeps `states` numbers a sample, and needs `work` numbers beside them.

    A run that needs more than 16 GiB (2**31 numbers), or half of this machine's memory, is refused before anything is
    allocated.
    """
    T, dt = positive_number("T", T), positive_number("dt", dt)
    samples = math.ceil(T / dt) if T / dt < 1e300 else math.inf
    first, every = _kept(store, samples)
    kept = -(-(samples - first) // every) if samples < math.inf else math.inf
    needed = 8.0 * (kept * (max(states, 1) + 1) + work)
    limit = min(LARGEST_RESULT, _memory() // 2)
    if not needed <= limit:
        line = (
            f"T={T!r} with dt={dt!r} needs {needed / 2**30:,.1f} GiB ({samples:.3g} samples"
            + (f" of {states} numbers" if states > 1 else "")
            + f"), more than the limit of {limit / 2**30:,.1f} GiB: choose a shorter T or a larger dt"
            + (", or keep fewer samples (store=100, store='last')" if kept > 1 and states > 1 else "")
        )
        raise ParameterError(line, name="dt", value=dt, allowed=limit)
    return Grid(T, dt, int(samples), int(first), int(every))


def _kept(store: object, samples: float) -> tuple[float, float]:
    """Return the first sample kept and the distance between two."""
    if isinstance(store, str):
        if choice("store", store, ("all", "last")) == "all":
            return 0, 1
        return samples - 1, 1
    if isinstance(store, (bool, np.bool_)) or not isinstance(store, (int, np.integer)):
        line = f"store must be 'all', 'last' or a whole number of steps between samples, got {shown(store)}"
        raise ParameterError(line, name="store", value=store, allowed=("all", "last"))
    return 0, whole_number("store", store, 1)


def population_names(given: "Mapping[Any, Any]", known: "tuple[str, ...]", where: str) -> None:
    """Refuse a mapping by population that names one there is not."""
    for name in given:
        if name not in known:
            line = unknown_name("population", str(name), list(known), where)
            raise ParameterError(line, name=where, value=given, allowed=known)


def initial_rates(model: RateModel, value: object) -> Array:
    """Return the initial rates: the values as they are for one population, with a last axis of N for several.

    For several populations a number starts all of them, a list gives one number each, a mapping gives them by name
    (each of which may be an array of ensemble members).
    """
    names = [p.name for p in model.populations]
    if model.is_single:
        if _is_plain(value) and math.isfinite(value):
            return np.asarray(value, dtype=np.float64)
        return numbers_in("r_init", value)
    if isinstance(value, Mapping):
        population_names(value, tuple(names), "r_init")
        missing = [n for n in names if n not in value]
        if missing:
            raise ParameterError(f"r_init has no value for population {missing[0]!r}", name="r_init", value=value)
        columns = [numbers_in(f"r_init[{n!r}]", value[n]) for n in names]
        broadcast_shape([f"r_init[{n!r}]" for n in names], columns)
        return np.stack(np.broadcast_arrays(*columns), axis=-1)
    array = numbers_in("r_init", value)
    if array.ndim == 0:
        return np.full(len(names), float(array))
    if array.shape[-1] != len(names):
        has = f"model {model.name!r} has {len(names)} populations ({', '.join(names)})"
        line = f"r_init has {array.shape[-1]} values, {has}"
        raise ParameterError(line, name="r_init", value=value, allowed=tuple(names))
    return array


def on_grid(name: str, array: Array, grid: Grid) -> Array:
    """Return an input that is a number or has one sample for each time."""
    if array.ndim > 1:
        line = f"{name} must be a number or one sample per time step, got an array of shape {array.shape}"
        raise ParameterError(line, name=name, value=array, allowed=(grid.samples,))
    if array.ndim == 1:
        as_long_as_grid(name, array.size, grid, array)
    return array


def as_long_as_grid(name: str, size: int, grid: Grid, value: object) -> None:
    """Refuse a number of samples other than the time grid's; both are named."""
    if size != grid.samples:
        line = f"{name} has {size} sample{'s' * (size != 1)}, the time grid has {grid.samples}"
        line = f"{line} (T={grid.T!r}, dt={grid.dt!r})"
        raise ParameterError(line, name=name, value=value, allowed=(grid.samples,))


def choice(name: str, value: object, known: tuple[str, ...]) -> str:
    """Return one of the known words."""
    if not isinstance(value, str) or value not in known:
        line = unknown_name(name, str(value), list(known))
        raise ParameterError(line, name=name, value=value, allowed=known)
    return value


def _is_plain(value: object) -> TypeGuard[float]:
    """Whether a value is a float, or an integer that is one without rounding."""
    return type(value) is float or (type(value) is int and -(2**53) <= value <= 2**53)


def _as_float64(name: str, value: object) -> Array:
    if isinstance(value, (bool, np.bool_)) or value is None or isinstance(value, (str, bytes, complex, Mapping)):
        raise _not_a_number(name, value)
    if isinstance(value, numbers.Real):
        return np.asarray(real_number(name, value))
    if isinstance(value, (list, tuple)):
        return _sequence(name, value)
    if isinstance(value, np.ma.MaskedArray) and np.ma.is_masked(value):
        raise ParameterError(f"{name} must be given without masked values", name=name, value=value)
    if isinstance(value, (np.ndarray, np.generic)) or hasattr(value, "__array__"):
        array = np.asarray(value)
        if array.dtype.kind in "iuf":
            return array.astype(np.float64)
        if array.ndim == 0:
            raise _not_a_number(name, array.item())
        line = f"{name} must hold real numbers, got an array of dtype {array.dtype}"
        raise ParameterError(line, name=name, value=value)
    raise _not_a_number(name, value)


def _sequence(name: str, value: "list[object] | tuple[object, ...]") -> Array:
    """Return a list as an array; its items are looked at one by one, since NumPy takes True for 1.0."""
    items = [_as_float64(f"{name}[{i}]", item) for i, item in enumerate(value)]
    if not items:
        return np.empty(0)
    if len({item.shape for item in items}) > 1:
        raise ParameterError(f"{name} must be rectangular: its items have different lengths", name=name, value=value)
    return np.stack(items)


def _not_a_number(name: str, value: object) -> ParameterError:
    return ParameterError(f"{name} must be a number, got {shown(value)}", name=name, value=value)


def _refuse(name: str, array: Array, wrong: NDArray[np.bool_], rule: str, unit: str, value: object) -> None:
    if not wrong.any():
        return
    index = tuple(int(i) for i in np.argwhere(wrong)[0])
    bad = float(array[index])
    where = "" if not index else f" at index {index[0] if len(index) == 1 else index}"
    raise ParameterError(must(name, rule, bad, unit) + where, name=name, value=bad if index else value)


@cache
def _memory() -> int:
    """The machine's memory in bytes; where the system does not tell, the largest result counts as half of it."""
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, OSError, ValueError):
        return 2 * LARGEST_RESULT


def _fit(one: tuple[int, ...], other: tuple[int, ...]) -> bool:
    return all(a in (1, b) or b == 1 for a, b in zip(reversed(one), reversed(other), strict=False))


def parameters_of(model: RateModel, values: Sequence[Array]) -> dict[str, Any]:
    """Return the parameters by name: a float for a number, the array for an array."""
    return {n: float(v) if v.ndim == 0 else v for n, v in zip(model.parameters, values, strict=True)}
